"""The formats that Docent reads, one row each. A file's content decides its format, never its name alone."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import cast

from assistant.documents import decode
from assistant.documents.base import BackendSpec, Head, Loader
from assistant.documents.dialect import separator
from assistant.documents.limits import MAX_MEGABYTES, MEGABYTE
from assistant.errors import DocumentError

HEAD_BYTES = 65_536

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_IMAGES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".webp", ".bmp", ".dib", ".gif", ".heic", ".heif", ".avif"),
)
_OPEN_DOCUMENT = (
    *(".odt", ".ods", ".odp", ".odg", ".ott", ".ots", ".otp"),
    *(".odm", ".oth", ".fodt", ".fods", ".fodp", ".sxw", ".sxc"),
)
_TABLES = (".csv", ".tsv", ".tab")
_TOLD = ("pdf", "docx", "pptx", "xlsx", "odf", "epub")
"""Formats whose name alone tells what a file was meant to be."""
_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_PDF = re.compile(rb"(?:^|[^\x20-\x7e])%PDF-\d")
_MHTML = (".mht", ".mhtml")
_ADDRESSED = frozenset({b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"received", b"return-path"})
_TRANSPORTED = frozenset(
    {b"message-id", b"received", b"return-path", b"mime-version", b"delivered-to", b"content-transfer-encoding"}
)


def _is_pdf(head: Head) -> bool:
    # Readers accept junk before the header; MuPDF looks through the first kilobyte as well. A text or a message that
    # is about PDF files is none.
    start = head.data[:1024]
    if start.lstrip()[:4] == b"%PDF":
        return True
    return _PDF.search(start) is not None and b" obj" in head.data and not _is_mail(head)


def _is_image(head: Head) -> bool:
    data = head.data
    if data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")):
        return True
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return True
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return True
    if data[4:8] == b"ftyp":
        return bool(_HEIF_BRANDS & {data[8:12], *(data[at : at + 4] for at in range(16, 64, 4))})
    # "BM" begins words as well; the size of the header that follows is one of few.
    return data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS


def _is_docx(head: Head) -> bool:
    # Some programs number the main part.
    return any(re.search(r"(?:^|/)word/document\d*\.xml$", name.lower()) for name in head.members)


def _is_pptx(head: Head) -> bool:
    return any(re.search(r"(?:^|/)ppt/presentation\d*\.xml$", name.lower()) for name in head.members)


def _is_msg(head: Head) -> bool:
    return "__properties_version1.0" in head.streams


def _is_doc(head: Head) -> bool:
    return "worddocument" in head.streams


def _is_xls(head: Head) -> bool:
    return bool(head.streams & {"workbook", "book"})


def _is_ppt(head: Head) -> bool:
    return "powerpoint document" in head.streams


def _fields(head: Head) -> frozenset[bytes]:
    """Lower-case names of the header fields that a message begins with; empty for what does not begin with any."""
    if head.data.startswith((b"<", b"{", b"%", b"PK", b"\0")):
        return frozenset()
    return decode.header_names(head.data)


def _is_mail(head: Head) -> bool:
    fields = _fields(head)
    if head.path.suffix.lower() == ".eml":
        return bool(fields & _ADDRESSED)
    # A memo has From, To and Subject, too; the others are written by machines.
    return len(fields & _ADDRESSED) >= 2 and bool(fields & _TRANSPORTED)


def _is_mhtml(head: Head) -> bool:
    fields = _fields(head)
    if b"content-type" not in fields or not re.search(
        rb"content-type:\s*(?:multipart/related|multipart/alternative|text/html)", head.data[:16_384], re.IGNORECASE
    ):
        return False
    saved = b"snapshot-content-location" in fields or b"content-location" in fields
    named = head.path.suffix.lower() in _MHTML
    # What a browser saved was sent by nobody to nobody.
    return (saved or named or b"from: <saved by" in head.data[:4096].lower()) and b"to" not in fields


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
    if head.path.suffix.lower() not in _MARKDOWN:
        return False
    text = decode.quick(head.data)
    return text is not None and not text.lstrip("\ufeff \t\r\n")[:20].lower().startswith(("<!doctype html", "<html"))


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
    BackendSpec("image", "pictures (PNG, JPEG, TIFF, WebP, BMP, GIF, HEIC)", _IMAGES, _is_image, _BACKENDS + "image"),
    BackendSpec("docx", "Word (DOCX)", (".docx", ".docm", ".dotx", ".dotm"), _is_docx, _BACKENDS + "docx"),
    BackendSpec(
        *("pptx", "PowerPoint (PPTX)", (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"), _is_pptx),
        _BACKENDS + "pptx",
    ),
    BackendSpec("xlsx", "Excel (XLSX)", (".xlsx", ".xlsm", ".xltx", ".xltm"), _is_xlsx, _BACKENDS + "xlsx"),
    BackendSpec("odf", "OpenDocument (ODT, ODS, ODP)", _OPEN_DOCUMENT, _is_odf, _BACKENDS + "odf"),
    BackendSpec("epub", "EPUB", (".epub",), _is_epub, _BACKENDS + "epub"),
    BackendSpec("fb2", "FictionBook (FB2)", (".fb2",), _is_fb2, _BACKENDS + "fb2"),
    BackendSpec("rtf", "RTF", (".rtf",), _is_rtf, _BACKENDS + "rtf"),
    BackendSpec("msg", "Outlook message (MSG)", (".msg",), _is_msg, _BACKENDS + "msg"),
    BackendSpec("doc", "old Word (DOC)", (".doc", ".dot"), _is_doc, _BACKENDS + "office"),
    BackendSpec("xls", "old Excel (XLS)", (".xls", ".xlt"), _is_xls, _BACKENDS + "office"),
    BackendSpec("ppt", "old PowerPoint (PPT)", (".ppt", ".pps"), _is_ppt, _BACKENDS + "office"),
    BackendSpec("mhtml", "saved web page (MHTML)", _MHTML, _is_mhtml, _BACKENDS + "mhtml"),
    BackendSpec("eml", "mail (EML)", (".eml",), _is_mail, _BACKENDS + "eml"),
    BackendSpec("md", "Markdown", _MARKDOWN, _is_markdown, _BACKENDS + "markdown"),
    BackendSpec("csv", "CSV", _TABLES, _is_csv, _BACKENDS + "csv"),
    BackendSpec("html", "HTML", (".html", ".htm", ".xhtml"), _is_html, _BACKENDS + "html"),
    BackendSpec("txt", "plain text", (".txt", ".text", ".log"), _is_text, _BACKENDS + "txt"),
)
"""In the order in which they are tried."""

_ENCRYPTED = BackendSpec("encrypted", "encrypted Office files", (), lambda _: False, _BACKENDS + "encrypted")


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
    if "encryptedpackage" in head.streams:
        # An encrypted OOXML file is an OLE2 container; what is inside is told when it is open.
        _check_size(head, _ENCRYPTED)
        return _ENCRYPTED
    for spec in SPECS:
        if spec.sniff(head):
            _check_size(head, spec)
            return spec
    if path.suffix.lower() == ".pdf" and b"endobj" in head.data:
        return next(spec for spec in SPECS if spec.name == "pdf")
    for spec in SPECS:
        if path.suffix.lower() in spec.extensions and spec.name in _TOLD:
            # It claims to be one and is not even text: say that, rather than that PDF were not supported.
            if spec.name != "pdf" and not head.data.startswith(b"PK"):
                break
            raise DocumentError("damaged_document", path=str(path))
    if head.data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise DocumentError("archive", path=str(path))
    raise DocumentError("unsupported_format", path=str(path), formats=titles())


def loader(spec: BackendSpec, *, printed: bool = False) -> Loader:
    """``printed``: of what LibreOffice makes of it."""
    if printed:
        return cast(Loader, import_module(_BACKENDS + "office").load_printed)
    return cast(Loader, import_module(spec.module).load)


def _check_size(head: Head, spec: BackendSpec) -> None:
    limit = MAX_MEGABYTES[spec.name]
    if head.size > limit * MEGABYTE:
        size = round(head.size / MEGABYTE)
        raise DocumentError("too_large", path=str(head.path), size=size, kind=spec.title, limit=limit)
