"""DOCX, by mammoth. External relations are never followed, document type declarations are refused."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import mammoth

from assistant.documents.flow import FlowSource, clean_html
from assistant.documents.limits import DOCX_PART_MB, DOCX_UNPACKED_MB, MEGABYTE
from assistant.errors import DocumentError

_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => h2:fresh
p[style-name='Quote'] => blockquote:fresh
u => u
strike => s
"""
_TITLE = re.compile(rb"<dc:title>([^<]+)</dc:title>")


def load(path: Path, password: str | None) -> FlowSource:
    """Raises DocumentError. ``password`` is not used: encrypted files are no ZIP files and are told before."""
    try:
        with zipfile.ZipFile(path) as archive:
            title = _inspect(archive, path)
        with path.open("rb") as file:
            result = mammoth.convert_to_html(
                file, style_map=_STYLES, convert_image=mammoth.images.data_uri, external_file_access=False
            )
    except FileNotFoundError:
        raise DocumentError("file_not_found", path=str(path)) from None
    except PermissionError:
        raise DocumentError("permission_denied", path=str(path)) from None
    except (zipfile.BadZipFile, OSError, ExpatError, RecursionError, NotImplementedError, EOFError):
        raise DocumentError("damaged_document", path=str(path)) from None
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, UnicodeError, RuntimeError) as error:
        # mammoth answers malformed parts with whatever its readers stumble over.
        raise DocumentError("damaged_document", path=str(path)) from error
    body = clean_html(result.value)
    return FlowSource(path, [body or "<p></p>"], title)


def _inspect(archive: zipfile.ZipFile, path: Path) -> str | None:
    """Sizes and entities are checked before anything is parsed; returns the declared title."""
    infos = archive.infolist()
    total = sum(info.file_size for info in infos)
    if total > DOCX_UNPACKED_MB * MEGABYTE:
        raise _too_large(path, total, DOCX_UNPACKED_MB)
    title = None
    for info in infos:
        if not info.filename.lower().endswith((".xml", ".rels")):
            continue
        if info.file_size > DOCX_PART_MB * MEGABYTE:
            raise _too_large(path, info.file_size, DOCX_PART_MB)
        start = _start(archive, info)
        # OOXML never has a DTD; with one, entities could pull in files or grow without bound.
        if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
            raise DocumentError("document_unsafe", path=str(path))
        if info.filename == "docProps/core.xml":
            match = _TITLE.search(start)
            title = match.group(1).decode("utf-8", "replace").strip() if match else None
    return title or None


def _start(archive: zipfile.ZipFile, info: Any) -> bytes:
    with archive.open(info) as part:
        data: bytes = part.read(65_536)
    # UTF-16 is the other encoding that XML parsers take without being told.
    return data.replace(b"\0", b"")


def _too_large(path: Path, size: int, limit: int) -> DocumentError:
    return DocumentError("too_large", path=str(path), size=round(size / MEGABYTE), kind="unpacked text", limit=limit)
