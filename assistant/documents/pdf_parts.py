"""What a PDF holds beside its pages: files inside, portfolios, XFA forms, names of pages. Document process only."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from pymupdf import mupdf

from assistant.documents import mupdf as mu
from assistant.documents.base import Note

log = logging.getLogger(__name__)

_MOST_PAGES = 100_000
_MOST_FILES = 1000
_FEW_PAGES = 64
_PAGE_BYTES = 200
"""Of a file for each of its pages, at least; tightly packed empty pages take some 60."""
_DEEPEST = 12
"""Levels of a name tree; 64 names a level make more files than any PDF has."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the file. Its name is the sender's, not a path to write to."""

    name: str
    size: int
    """Bytes as the file says; 0 where it does not."""
    number: int
    """Of the object with its content."""


def count_pages(document: Any, size: int) -> int:
    """Number of pages in a file of ``size`` bytes. Where the tree of pages lies about it or runs in circles, it is made
    anew of the pages that are found in it. Raises ``mupdf.Error`` for a document without such a tree."""
    try:
        count = int(mupdf.pdf_count_pages(document))
        if count > 0:
            mupdf.pdf_lookup_page_obj(document, 0)
            # Finding the last of a thousand takes longer than drawing the first, so it is looked for where the number
            # may be a lie.
            if count <= _FEW_PAGES or count * _PAGE_BYTES > size:
                mupdf.pdf_lookup_page_obj(document, count - 1)
            return count
    except mu.Error:
        log.info("the tree of pages is damaged")
    root = mupdf.pdf_dict_gets(mupdf.pdf_dict_gets(mupdf.pdf_trailer(document), "Root"), "Pages")
    pages = _leaves(root)
    if not pages:
        return 0
    kids = mupdf.pdf_new_array(document, len(pages))
    for page in pages:
        mupdf.pdf_array_push(kids, page)
    mupdf.pdf_dict_puts(root, "Kids", kids)
    mupdf.pdf_dict_puts(root, "Count", mupdf.pdf_new_int(len(pages)))
    return int(mupdf.pdf_count_pages(document))


def _leaves(root: Any) -> list[Any]:
    """The pages below a node of the tree, in order, each once."""
    found: list[Any] = []
    seen: set[int] = set()
    stack = [root]
    while stack and len(found) < _MOST_PAGES:
        node = stack.pop()
        number = int(mupdf.pdf_to_num(node))
        if number in seen:
            continue
        if number:
            seen.add(number)
        kids = mupdf.pdf_dict_gets(node, "Kids")
        if mupdf.pdf_is_array(kids):
            stack.extend(mupdf.pdf_array_get(kids, index) for index in reversed(range(mupdf.pdf_array_len(kids))))
        elif number and mupdf.pdf_is_dict(node):
            found.append(node)
    return found


def notices(document: Any) -> list[Note]:
    """What the reader should know: the form is drawn by a program only, or the pages are a cover for files."""
    found: list[Note] = []
    try:
        root = mupdf.pdf_dict_gets(mupdf.pdf_trailer(document), "Root")
        form = mupdf.pdf_dict_gets(root, "AcroForm")
        fields = mupdf.pdf_array_len(mupdf.pdf_dict_gets(form, "Fields"))
        if mupdf.pdf_dict_gets(form, "XFA").m_internal and fields == 0:
            found.append(("xfa_form", {}))
        count = len(attachments(document))
        if count and mupdf.pdf_dict_gets(root, "Collection").m_internal:
            found.append(("portfolio", {"count": count}))
    except mu.Error:
        return found
    return found


def attachments(document: Any) -> list[Attachment]:
    """Embedded files, in the order of their names' tree; of a broken tree those that were found."""
    found: list[Attachment] = []
    try:
        root = mupdf.pdf_dict_gets(mupdf.pdf_trailer(document), "Root")
        _collect(mupdf.pdf_dict_gets(mupdf.pdf_dict_gets(root, "Names"), "EmbeddedFiles"), found, set(), 0)
    except mu.Error:
        return found
    return found


def _collect(node: Any, found: list[Attachment], seen: set[int], depth: int) -> None:
    number = int(mupdf.pdf_to_num(node))
    if depth > _DEEPEST or len(found) >= _MOST_FILES or (number and number in seen):
        return
    seen.add(number)
    names = mupdf.pdf_dict_gets(node, "Names")
    for index in range(1, min(mupdf.pdf_array_len(names), 2 * _MOST_FILES), 2):
        spec = mupdf.pdf_array_get(names, index)
        name = mupdf.pdf_to_text_string(mupdf.pdf_dict_gets(spec, "UF")) or mupdf.pdf_to_text_string(
            mupdf.pdf_dict_gets(spec, "F")
        )
        files = mupdf.pdf_dict_gets(spec, "EF")
        stream = mupdf.pdf_dict_gets(files, "F")
        if name and stream.m_internal:
            size = mupdf.pdf_to_int(mupdf.pdf_dict_gets(mupdf.pdf_dict_gets(stream, "Params"), "Size"))
            found.append(Attachment(" ".join(name.split()), max(0, int(size)), int(mupdf.pdf_to_num(stream))))
    kids = mupdf.pdf_dict_gets(node, "Kids")
    for index in range(min(mupdf.pdf_array_len(kids), _MOST_FILES)):
        _collect(mupdf.pdf_array_get(kids, index), found, seen, depth + 1)
