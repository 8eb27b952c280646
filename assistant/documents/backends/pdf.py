"""PDF, by MuPDF."""

from __future__ import annotations

import mimetypes
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pymupdf import mupdf

from assistant.documents import mupdf as mu
from assistant.documents import names, pdf_annotations, pdf_labels, pdf_parts, pdf_pictures
from assistant.documents.annotated_copy import pdf_links
from assistant.documents.base import Bookmark, KnownHeading, Note, Size
from assistant.documents.limits import OUTLINE_ITEMS
from assistant.documents.mixed import Placed
from assistant.errors import DocumentError, PasswordRequired

_KEPT_LISTS = 4
# Lengths that a page may have, in points. MuPDF itself replaces impossible boxes by US Letter.
_SMALLEST, _LARGEST = 1.0, 200_000.0


class PdfSource:
    """A PDF, read page by page from the disk."""

    kind: Literal["layer", "layout"] = "layer"
    is_pdf = True

    def __init__(self, path: Path, document: Any) -> None:
        self._path = path
        self._document = document
        self._lists: OrderedDict[int, Any] = OrderedDict()
        self._count = int(mupdf.pdf_count_pages(document))
        # As ``load`` left it.
        self._listed = False
        self._last: tuple[int, Any] | None = None

    def step(self) -> bool:
        return True

    def progress(self) -> tuple[int, int]:
        return self._count, self._count

    def count(self) -> int:
        return self._count

    def size(self, page: int) -> Size | None:
        try:
            box = mupdf.pdf_bound_page(self._load(page), mupdf.FZ_CROP_BOX)
        except mu.Error:
            return None
        return _length(box.x1 - box.x0, 612.0), _length(box.y1 - box.y0, 792.0)

    def title(self) -> str | None:
        try:
            text = mupdf.fz_lookup_metadata2(self._document.super(), "info:Title")
        except (mu.Error, RuntimeError):
            return None
        return str(text) if text else None

    def outline(self) -> Sequence[Bookmark]:
        items: list[Bookmark] = []
        try:
            root = mupdf.fz_load_outline(self._document.super())
            self._walk(root, 1, items)
        except mu.Error:
            # A broken tree of bookmarks is no reason not to read the document; what was found so far stays.
            return items
        return items

    def _walk(self, node: Any, level: int, items: list[Bookmark]) -> None:
        while node.m_internal and len(items) < OUTLINE_ITEMS:
            inner = node.m_internal
            title = " ".join((inner.title or "").split())
            number = int(inner.page.page)
            if title and 0 <= number < self._count:
                y = float(inner.y)
                items.append((level, title, number + 1, y if 0.0 <= y < _LARGEST else 0.0))
            if level < 32:
                self._walk(node.down(), level + 1, items)
            node = node.next()

    def headings(self) -> Sequence[KnownHeading]:
        return ()

    def display_list(self, page: int) -> Any:
        found = self._lists.get(page)
        if found is None:
            found = mupdf.fz_new_display_list_from_page(self._page(page))
            self._lists[page] = found
            while len(self._lists) > _KEPT_LISTS:
                self._lists.popitem(last=False)
        else:
            self._lists.move_to_end(page)
        return found

    def text_page(self, page: int, options: Any) -> Any:
        loaded = self._load(page)
        if pdf_annotations.is_plain(loaded):
            return mupdf.FzStextPage(mupdf.FzPage(loaded), options)
        return pdf_annotations.text_page(loaded, options)

    def extras(self, page: int) -> Sequence[pdf_annotations.Extra]:
        loaded = self._load(page)
        return () if pdf_annotations.is_plain(loaded) else pdf_annotations.extras(loaded)

    def pictures(self, page: int) -> Sequence[Placed]:
        """Large pictures on a page that has text besides."""
        return pdf_pictures.placed(self._load(page))

    def links(self, page: int) -> list[list[Any]]:
        return pdf_links(self._document, self._load(page))

    def labels(self) -> Sequence[str]:
        """Of all pages, where they are not their numbers."""
        return pdf_labels.labels(self._document, self._count)

    def notices(self) -> Sequence[Note]:
        return pdf_parts.notices(self._document)

    def attachments(self) -> Sequence[tuple[str, str, int]]:
        return [
            (names.safe(each.name), mimetypes.guess_type(each.name)[0] or "application/octet-stream", each.size)
            for each in pdf_parts.attachments(self._document)
        ]

    def attachment(self, number: int) -> bytes:
        found = pdf_parts.attachments(self._document)[number]
        try:
            return bytes(mupdf.fz_buffer_extract_copy(mupdf.pdf_load_stream_number(self._document, found.number)))
        except mu.Error:
            raise DocumentError("attachment_missing", path=str(self._path)) from None

    def _page(self, page: int) -> Any:
        return mupdf.FzPage(self._load(page))

    def _load(self, page: int) -> Any:
        if page > 0 and not self._listed:
            mupdf.pdf_set_page_tree_cache(self._document, 1)
            self._listed = True
        # A page's text is asked for, then its comments: it is loaded once for both.
        if self._last is None or self._last[0] != page:
            self._last = page, mupdf.pdf_load_page(self._document, page)
        return self._last[1]

    def close(self) -> None:
        self._lists.clear()
        self._last = None
        self._document = None


def load(path: Path, password: str | None) -> PdfSource:
    """Open a PDF. Raises PasswordRequired, or DocumentError for a file without readable pages."""
    try:
        # Not fz_open_document: that one chooses the format by the content and would open anything.
        document = mupdf.pdf_open_document(str(path))
        # Listing all pages takes longer than drawing the first one, which is found without the list.
        mupdf.pdf_set_page_tree_cache(document, 0)
        if mupdf.pdf_needs_password(document):
            if password is None:
                # Some files are encrypted with an empty password, which readers try by themselves.
                if not mupdf.pdf_authenticate_password(document, ""):
                    raise PasswordRequired("password_required", path=str(path))
            elif not mupdf.pdf_authenticate_password(document, password):
                raise PasswordRequired("password_wrong", path=str(path))
        count = pdf_parts.count_pages(document, path.stat().st_size)
        if count == 0 and not mupdf.pdf_was_repaired(document):
            mupdf.pdf_repair_xref(document)
            count = pdf_parts.count_pages(document, path.stat().st_size)
    except mu.Error:
        raise DocumentError("damaged_document", path=str(path)) from None
    if count == 0:
        raise DocumentError("no_pages", path=str(path))
    return PdfSource(path, document)


def _length(value: float, default: float) -> float:
    return float(value) if _SMALLEST <= value <= _LARGEST else default
