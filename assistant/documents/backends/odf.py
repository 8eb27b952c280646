"""OpenDocument: texts, sheets and presentations, their templates and the flat files of one XML part."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from assistant.documents.archive import Archive
from assistant.documents.backends.odf_sheets import SheetsReader
from assistant.documents.backends.odf_text import Writer
from assistant.documents.base import Source
from assistant.documents.flow import FlowSource, read_file
from assistant.documents.flow_parts import Pictures, parts_of
from assistant.documents.grid import GridSource
from assistant.documents.limits import ARCHIVE_MB
from assistant.documents.markup import local, parse_xml
from assistant.documents.stream import feed
from assistant.errors import DocumentError

_HEAD = 4096
_SHEETS_MB = 1200


def load(path: Path, password: str | None) -> Source:
    """Raises DocumentError, or PasswordRequired."""
    with path.open("rb") as file:
        packed = file.read(2) == b"PK"
    if not packed:
        data = read_file(path)
        if b"<office:spreadsheet" in data:
            return _sheets(path, [data], None, None)
        root = parse_xml(data, path)
        return _flow(path, root, root, None, _title(root))
    archive = Archive(path, total_mb=max(ARCHIVE_MB, _SHEETS_MB))
    try:
        if "META-INF/manifest.xml" in archive:
            manifest = archive.read("META-INF/manifest.xml", limit_mb=20)
            if b"encryption-data" in manifest:
                return _encrypted(path, archive, manifest, password)
        return _packed(path, archive)
    except BaseException:
        archive.close()
        raise


def _encrypted(path: Path, archive: Archive, manifest: bytes, password: str | None) -> Source:
    from assistant.documents.backends.encrypted import DecryptedSource
    from assistant.documents.backends.encrypted_odf import unlocked

    with contextlib.ExitStack() as stack:
        inner_path = stack.enter_context(unlocked(path, archive, manifest, password))
        archive.close()
        inner = _packed(inner_path, Archive(inner_path, total_mb=max(ARCHIVE_MB, _SHEETS_MB)))
        return cast(Source, DecryptedSource(path, "odf", inner, stack.pop_all()))


def _packed(path: Path, archive: Archive) -> Source:
    part = next((name for name in archive.names if name.rpartition("/")[2].lower() == "content.xml"), None)
    if part is None:
        raise DocumentError("damaged_document", path=str(path))
    if "content.xml" in archive:
        part = "content.xml"
    meta = _optional(archive, "meta.xml", path)
    title = _title(meta) if meta is not None else None
    styles = _optional(archive, "styles.xml", path)
    if _is_sheets(archive, part):
        return _sheets(path, archive.pieces(part, limit_mb=_SHEETS_MB), title, archive, archive.size(part), styles)
    source = _flow(path, parse_xml(archive.read(part), path), styles, archive, title)
    archive.close()
    return source


def _is_sheets(archive: Archive, part: str) -> bool:
    if "mimetype" in archive:
        return b"spreadsheet" in archive.read("mimetype", limit_mb=1)[:200]
    seen = b""
    for piece in archive.pieces(part):
        seen = seen[-40:] + piece
        if b"<office:spreadsheet" in seen:
            return True
        if b"<office:text" in seen or b"<office:presentation" in seen:
            return False
    return False


def _optional(archive: Archive, name: str, path: Path) -> Any:
    """The root of a part that a document can do without."""
    if name not in archive:
        return None
    try:
        return parse_xml(archive.read(name, limit_mb=50), path)
    except DocumentError as error:
        if error.code != "damaged_document":
            raise
        return None


def _title(root: Any) -> str | None:
    for element in root.iter():
        if local(element) == "title" and "dc/elements" in str(element.tag):
            return " ".join((element.text or "").split()) or None
        if local(element) == "body":
            return None
    return None


def _flow(path: Path, root: Any, styles: Any, archive: Archive | None, title: str | None) -> FlowSource:
    body = next((each for each in root.iter() if local(each) == "body"), None)
    if body is None or not len(body):
        raise DocumentError("damaged_document", path=str(path))
    pictures = Pictures()

    def image(name: str) -> str:
        if archive is None or name not in archive:
            return ""
        try:
            return pictures.tag(archive.read(name, limit_mb=60))
        except DocumentError:
            pictures.left_out += 1
            return ""

    def formula(name: str) -> Any:
        return _optional(archive, f"{name}/content.xml", path) if archive is not None else None

    writer = Writer(root, styles, image, pictures.tag, formula)
    parts: list[str] = []
    for content in body:
        if local(content) in ("presentation", "drawing"):
            parts.extend(part for slide in writer.slides(content) for part in parts_of(slide))
        else:
            parts.extend(parts_of(writer.text(content)))
    return FlowSource(path, parts or ["<p></p>"], title, notices=pictures.notices())


def _sheets(
    path: Path, pieces: Any, title: str | None, archive: Archive | None, size: int = 0, styles: Any = None
) -> GridSource:
    reader = SheetsReader()
    done = 0

    def counted() -> Iterator[bytes]:
        nonlocal done
        for piece in pieces:
            done += len(piece)
            yield piece

    total = max(1, size)
    source = GridSource(
        path,
        reader.sheets(feed(counted(), path, reader), styles),
        title=title,
        progress=lambda: (min(done, total), total),
        on_close=archive.close if archive is not None else lambda: None,
    )
    reader.left_out = source.left_out
    return source
