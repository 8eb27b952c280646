"""The formats that Docent reads, one row each. A file's content decides its format, never its name alone."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import cast

from assistant.documents import decode
from assistant.documents.base import BackendSpec, Head, Loader
from assistant.documents.dialect import separator
from assistant.documents.limits import MAX_MEGABYTES, MEGABYTE
from assistant.errors import DocumentError

HEAD_BYTES = 65_536

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPEN_DOCUMENT = (
    *(
        ".odt",
        ".ods",
        ".odp",
        ".odg",
        ".ott",
        ".ots",
        ".otp",
        ".odm",
        ".oth",
        ".fodt",
        ".fods",
        ".fodp",
        ".sxw",
        ".sxc",
    ),
)
_TABLES = (".csv", ".tsv", ".tab")
_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")


def _is_pdf(head: Head) -> bool:
    # Readers accept junk before the header; MuPDF looks through the first kilobyte as well.
    return b"%PDF-" in head.data[:1024] or (b"%FDF-" not in head.data[:64] and head.data.lstrip()[:4] == b"%PDF")


def _is_docx(head: Head) -> bool:
    return any(name.lower().endswith("word/document.xml") for name in head.members)


def _is_xlsx(head: Head) -> bool:
    return any(name.lower().endswith(("xl/workbook.xml", "worksheets/sheet1.xml")) for name in head.members)


def _is_odf(head: Head) -> bool:
    if head.members:
        names = [name.lower() for name in head.members]
        kind = b"mimetypeapplication/vnd.oasis.opendocument." in head.data[:200]
        return kind or ("content.xml" in names and "word/document.xml" not in names)
    # A flat file: one XML part.
    return b"office:document" in head.data[:4096] and b"urn:oasis:names:tc:opendocument" in head.data[:4096]


def _is_rtf(head: Head) -> bool:
    return head.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:5].lower() == b"{\\rtf"


def _is_epub(head: Head) -> bool:
    if b"mimetypeapplication/epub+zip" in head.data[:120]:
        return True
    names = [name.lower() for name in head.members]
    return "meta-inf/container.xml" in names or any(name.endswith(".opf") for name in names)


def _is_fb2(head: Head) -> bool:
    return b"<FictionBook" in head.data[:8192].replace(b"\0", b"")


def _is_html(head: Head) -> bool:
    text = decode.quick(head.data)
    return text is not None and decode.looks_like_html(text)


def _is_markdown(head: Head) -> bool:
    # Markdown is text; only its name tells it from notes with asterisks.
    return head.path.suffix.lower() in _MARKDOWN and decode.quick(head.data) is not None


def _is_csv(head: Head) -> bool:
    # A text with commas in it is no table: the name has to say so, too.
    if head.path.suffix.lower() not in _TABLES:
        return False
    text = decode.quick(head.data)
    return text is not None and not decode.looks_like_html(text) and separator(text) is not None


def _is_text(head: Head) -> bool:
    return decode.quick(head.data) is not None


_BACKENDS = "assistant.documents.backends."

SPECS: tuple[BackendSpec, ...] = (
    BackendSpec("pdf", "PDF", (".pdf",), _is_pdf, _BACKENDS + "pdf"),
    BackendSpec("docx", "Word (DOCX)", (".docx", ".docm"), _is_docx, _BACKENDS + "docx"),
    BackendSpec("xlsx", "Excel (XLSX)", (".xlsx", ".xlsm", ".xltx", ".xltm"), _is_xlsx, _BACKENDS + "xlsx"),
    BackendSpec("odf", "OpenDocument (ODT, ODS, ODP)", _OPEN_DOCUMENT, _is_odf, _BACKENDS + "odf"),
    BackendSpec("epub", "EPUB", (".epub",), _is_epub, _BACKENDS + "epub"),
    BackendSpec("fb2", "FictionBook (FB2)", (".fb2",), _is_fb2, _BACKENDS + "fb2"),
    BackendSpec("rtf", "RTF", (".rtf",), _is_rtf, _BACKENDS + "rtf"),
    BackendSpec("md", "Markdown", _MARKDOWN, _is_markdown, _BACKENDS + "markdown"),
    BackendSpec("csv", "CSV", _TABLES, _is_csv, _BACKENDS + "csv"),
    BackendSpec("html", "HTML", (".html", ".htm", ".xhtml"), _is_html, _BACKENDS + "html"),
    BackendSpec("txt", "plain text", (".txt", ".text", ".log"), _is_text, _BACKENDS + "txt"),
)
"""In the order in which they are tried."""


def titles() -> str:
    """The formats as people name them: ``PDF, Word (DOCX), ... and plain text``."""
    names = [spec.title for spec in SPECS]
    return ", ".join(names[:-1]) + " and " + names[-1]


def read_head(path: Path) -> Head:
    """Raises DocumentError for a file that cannot be read at all."""
    try:
        if path.is_dir():
            raise DocumentError("is_directory", path=str(path))
        size = path.stat().st_size
        with path.open("rb") as file:
            data = file.read(HEAD_BYTES)
    except FileNotFoundError:
        raise DocumentError("file_not_found", path=str(path)) from None
    except PermissionError:
        raise DocumentError("permission_denied", path=str(path)) from None
    except OSError:
        raise DocumentError("damaged_document", path=str(path)) from None
    if not data:
        raise DocumentError("empty_file", path=str(path))
    return Head(path, data, size)


def detect(path: Path) -> BackendSpec:
    """The format of a file by its content. Raises DocumentError (also for a file over its format's limit)."""
    head = read_head(path)
    if head.data.startswith(_OLE2):
        # An encrypted OOXML file is an OLE2 container with these two streams (names are UTF-16).
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes()[: 64 * MEGABYTE]:
            raise DocumentError("office_encrypted", path=str(path))
        raise DocumentError("unsupported_format", path=str(path), formats=titles())
    for spec in SPECS:
        if spec.sniff(head):
            _check_size(head, spec)
            return spec
    if path.suffix.lower() == ".pdf" and b"endobj" in head.data:
        return SPECS[0]
    for spec in SPECS:
        if path.suffix.lower() in spec.extensions and spec.name in ("pdf", "docx"):
            # It claims to be one and is not even text: say that, rather than that PDF were not supported.
            if spec.name == "docx" and not head.data.startswith(b"PK"):
                break
            raise DocumentError("damaged_document", path=str(path))
    raise DocumentError("unsupported_format", path=str(path), formats=titles())


def loader(spec: BackendSpec) -> Loader:
    return cast(Loader, import_module(spec.module).load)


def _check_size(head: Head, spec: BackendSpec) -> None:
    limit = MAX_MEGABYTES[spec.name]
    if head.size > limit * MEGABYTE:
        size = round(head.size / MEGABYTE)
        raise DocumentError("too_large", path=str(head.path), size=size, kind=spec.title, limit=limit)
