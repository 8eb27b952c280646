"""A copy of a document as a PDF with annotations, and the links of its pages. Used in the document process only.

A PDF is copied byte for byte and the annotations are appended to it, so that nothing else in it changes (its signatures
stay valid); anything else is drawn page by page. The file lies in the process's own folder: who asked for it moves it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymupdf import mupdf

from assistant.documents import mupdf as mu
from assistant.documents import wire
from assistant.documents.opened import LETTER
from assistant.errors import DocumentError

Reply = tuple[wire.Header, bytes]
_KINDS = {
    "highlight": mupdf.PDF_ANNOT_HIGHLIGHT,
    "underline": mupdf.PDF_ANNOT_UNDERLINE,
    "note": mupdf.PDF_ANNOT_TEXT,
}
_MOST_LINKS = 2_000
_LONGEST_LINK = 4_096


class AnnotatedCopies:
    """Answers ``copy_begin``, ``copy_pages``, ``copy_annotate``, ``copy_save``, ``copy_drop`` and ``links``.

    ``find`` gives the open document (number and :class:`assistant.documents.base.Source`) that a request is about.
    """

    def __init__(self, find: Callable[[wire.Header], tuple[int, Any]]) -> None:
        self._find = find
        self._copies: dict[int, _Copy] = {}

    def operations(self) -> dict[str, Callable[[wire.Header], Reply]]:
        return {
            "copy_begin": self._begin,
            "copy_pages": self._pages,
            "copy_annotate": self._annotate,
            "copy_save": self._save,
            "copy_drop": self._drop,
            "links": self._links,
        }

    def _begin(self, header: wire.Header) -> Reply:
        document, source = self._find(header)
        self._drop(header)
        self._copies[document] = _Copy(source, Path(header["path"]), header["password"])
        return {}, b""

    def _pages(self, header: wire.Header) -> Reply:
        done, total = self._copy(header).draw(time.monotonic() + float(header["seconds"]))
        return {"done": done, "total": total}, b""

    def _annotate(self, header: wire.Header) -> Reply:
        self._copy(header).annotate(int(header["page"]), header["annotations"])
        return {}, b""

    def _save(self, header: wire.Header) -> Reply:
        return {"file": str(self._copy(header).save())}, b""

    def _drop(self, header: wire.Header) -> Reply:
        self.close(int(header["document"]))
        return {}, b""

    def close(self, document: int) -> None:
        """The document is closed: its copy goes with it, even if nobody is left to say so."""
        copy = self._copies.pop(document, None)
        if copy is not None:
            copy.drop()

    def _copy(self, header: wire.Header) -> _Copy:
        copy = self._copies.get(int(header["document"]))
        if copy is None:
            # The process was started again in between.
            raise DocumentError("export_interrupted", path=str(header["path"]))
        return copy

    def _links(self, header: wire.Header) -> Reply:
        _, source = self._find(header)
        try:
            links = source.links(int(header["page"])) if hasattr(source, "links") else []
        except (mu.Error, RuntimeError):
            # A page whose links cannot be read is still a page.
            links = []
        return {"links": links}, b""


class _Copy:
    def __init__(self, source: Any, path: Path, password: str | None) -> None:
        self._source = source
        self._password = password
        handle, name = tempfile.mkstemp(suffix=".pdf")
        os.close(handle)
        self.file = Path(name)
        self._document: Any = None
        self._writer: Any = None
        self._page = 0
        self._is_pdf = hasattr(source, "is_pdf") and source.is_pdf
        if self._is_pdf:
            shutil.copyfile(path, self.file)
            self._page = source.count()
        else:
            options = "compress,compress-images,compress-fonts"
            self._writer = mupdf.FzDocumentWriter(name, options, mupdf.FzDocumentWriter.PathType_PDF)

    def draw(self, until: float) -> tuple[int, int]:
        """Draw pages until then; (done, total)."""
        total = self._source.count()
        while self._page < total:
            width, height = self._source.size(self._page) or LETTER
            device = mupdf.fz_begin_page(self._writer, mupdf.FzRect(0, 0, width, height))
            try:
                shown = self._source.display_list(self._page)
                whole = mupdf.FzRect(mupdf.FzRect.Fixed_INFINITE)
                mupdf.fz_run_display_list(shown, device, mupdf.FzMatrix(), whole, mupdf.FzCookie())
            except mu.Error:
                # The page stays empty, as it is in the window; the others are what is wanted.
                pass
            mupdf.fz_end_page(self._writer)
            self._page += 1
            if time.monotonic() >= until:
                break
        return self._page, total

    def annotate(self, page: int, annotations: list[Any]) -> None:
        loaded = mupdf.pdf_load_page(self._opened(), page)
        for each in annotations:
            made = mupdf.pdf_create_annot(loaded, _KINDS[each["kind"]])
            if each["kind"] == "note":
                x0, y0, x1, y1 = each["boxes"][0]
                mupdf.pdf_set_annot_rect(made, mupdf.FzRect(x0, y0, x1, y1))
                mupdf.pdf_set_annot_icon_name(made, "Comment")
            else:
                for x0, y0, x1, y1 in each["boxes"]:
                    quad = mupdf.fz_quad_from_rect(mupdf.FzRect(x0, y0, x1, y1))
                    mupdf.pdf_add_annot_quad_point(made, quad)
            mupdf.pdf_set_annot_color(made, each["color"])
            if each["text"]:
                mupdf.pdf_set_annot_contents(made, each["text"])
            if each["author"]:
                mupdf.pdf_set_annot_author(made, each["author"])
            mupdf.pdf_set_annot_modification_date(made, int(each["time"]))
            mupdf.pdf_update_annot(made)

    def save(self) -> Path:
        document = self._opened()
        options = mupdf.PdfWriteOptions()
        if mupdf.pdf_can_be_saved_incrementally(document):
            options.do_incremental = 1
            mupdf.pdf_save_document(document, str(self.file), options)
        else:
            # A file that had to be repaired is written anew.
            aside = self.file.with_suffix(".new.pdf")
            options.do_compress = 1
            options.do_garbage = 1
            mupdf.pdf_save_document(document, str(aside), options)
            self._document = None
            aside.replace(self.file)
        return self.file

    def drop(self) -> None:
        self._document = self._writer = None
        self.file.unlink(missing_ok=True)

    def _opened(self) -> Any:
        if self._document is None:
            if self._writer is not None:
                mupdf.fz_close_document_writer(self._writer)
                self._writer = None
            self._document = mupdf.pdf_open_document(str(self.file))
            if self._is_pdf and mupdf.pdf_needs_password(self._document):
                mupdf.pdf_authenticate_password(self._document, self._password or "")
        return self._document


def pdf_links(document: Any, page: Any) -> list[list[Any]]:
    """``[x0, y0, x1, y1, page from 1 or 0, y, address]`` of each link of a ``PdfPage``, in points."""
    found: list[list[Any]] = []
    link = mupdf.fz_load_links(mupdf.FzPage(page))
    while link.m_internal and len(found) < _MOST_LINKS:
        rect, uri = link.m_internal.rect, str(link.m_internal.uri or "")[:_LONGEST_LINK]
        box = [rect.x0, rect.y0, rect.x1, rect.y1]
        if mupdf.fz_is_external_link(uri):
            found.append([*box, 0, 0.0, uri])
        elif uri:
            place, _, y = mupdf.fz_resolve_link(document.super(), uri)
            if place.page >= 0:
                # "Not a number" where the link names no height.
                found.append([*box, int(place.page) + 1, float(y) if 0.0 <= y < 200_000.0 else 0.0, ""])
        link = link.next()
    return found
