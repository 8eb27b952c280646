"""What stands on a PDF's page beside its contents: values of form fields, text boxes, comments.

Values and text boxes are shown on the page, so they are drawn into its structured text, at their place. What no font
says gets glyphs of its own after those of the page: the state of a check box, which is a picture, and a comment, which
is shown by a symbol or a mark. Used in the document process only, single-threaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from pymupdf import mupdf

from assistant.documents import mupdf as mu

_WRITTEN = frozenset({mupdf.PDF_ANNOT_FREE_TEXT, mupdf.PDF_ANNOT_STAMP})
"""Annotations whose text is shown on the page."""
_SILENT = frozenset({mupdf.PDF_ANNOT_LINK, mupdf.PDF_ANNOT_POPUP, mupdf.PDF_ANNOT_WIDGET})
_HIDDEN = mupdf.PDF_ANNOT_IS_HIDDEN | mupdf.PDF_ANNOT_IS_NO_VIEW
_MOST = 2000
"""Annotations of a page that are looked at; maps of streets have some hundreds."""
_LONGEST = 20_000
"""Code points of one comment."""


class Extra(NamedTuple):
    """Text that has no glyphs in MuPDF's text of the page."""

    kind: Literal["mark", "note", "field"]
    """A mark stands in its line, a note after all else of the page; a field only says where its value stands."""
    text: str
    """Empty for a field: its value is in the page's text."""
    box: tuple[float, float, float, float]
    """Points; all its glyphs share it."""


def is_plain(page: Any) -> bool:
    """Whether a ``PdfPage`` has neither annotations nor fields, as most have."""
    return not mupdf.pdf_first_annot(page).m_internal and not mupdf.pdf_first_widget(page).m_internal


def text_page(page: Any, options: Any) -> Any:
    """``FzStextPage`` of a ``PdfPage``: its contents, then values of fields, then text boxes."""
    whole = mupdf.FzPage(page)
    result = mupdf.FzStextPage(mupdf.fz_bound_page(whole))
    device = mupdf.fz_new_stext_device(result, options)
    mupdf.fz_run_page_contents(whole, device, mupdf.FzMatrix(), mupdf.FzCookie())
    shown = [widget for widget in _widgets(page) if mupdf.pdf_widget_type(widget) not in _BUTTONS]
    shown += [each for each in _annotations(page) if mupdf.pdf_annot_type(each) in _WRITTEN]
    for each in shown:
        try:
            # MuPDF leaves out hidden ones by itself.
            mupdf.pdf_run_annot(each, device, mupdf.FzMatrix(), mupdf.FzCookie())
        except mu.Error:
            # One broken appearance does not take the page's text away.
            continue
    mupdf.fz_close_device(device)
    return result


def extras(page: Any) -> list[Extra]:
    """Check boxes and comments of a ``PdfPage``, in the order of the file."""
    found = []
    for widget in _widgets(page):
        kind = mupdf.pdf_widget_type(widget)
        if kind not in _BUTTONS:
            found.append(Extra("field", "", _box(widget)))
        elif not mupdf.pdf_annot_flags(widget) & _HIDDEN:
            on, off = ("☑", "☐") if kind == mupdf.PDF_WIDGET_TYPE_CHECKBOX else ("◉", "○")
            found.append(Extra("mark", on if _is_on(widget) else off, _box(widget)))
    for annotation in _annotations(page):
        if mupdf.pdf_annot_type(annotation) in _WRITTEN | _SILENT or mupdf.pdf_annot_flags(annotation) & _HIDDEN:
            continue
        text = " ".join(mupdf.pdf_annot_contents(annotation)[:_LONGEST].split())
        if text:
            found.append(Extra("note", text, _box(annotation)))
    return [extra for extra in found if extra.box[0] < extra.box[2] and extra.box[1] < extra.box[3]]


_BUTTONS = frozenset({mupdf.PDF_WIDGET_TYPE_CHECKBOX, mupdf.PDF_WIDGET_TYPE_RADIOBUTTON})


def _is_on(widget: Any) -> bool:
    state = mupdf.pdf_dict_gets(mupdf.pdf_annot_obj(widget), "AS")
    return bool(mupdf.pdf_is_name(state)) and mupdf.pdf_to_name(state) != "Off"


def _box(annotation: Any) -> tuple[float, float, float, float]:
    try:
        box = mupdf.pdf_bound_annot(annotation)
    except mu.Error:
        return 0.0, 0.0, 0.0, 0.0
    return box.x0, box.y0, box.x1, box.y1


def _annotations(page: Any) -> Iterator[Any]:
    annotation = mupdf.pdf_first_annot(page)
    for _ in range(_MOST):
        if not annotation.m_internal:
            return
        yield annotation
        annotation = mupdf.pdf_next_annot(annotation)


def _widgets(page: Any) -> Iterator[Any]:
    widget = mupdf.pdf_first_widget(page)
    for _ in range(_MOST):
        if not widget.m_internal:
            return
        yield widget
        widget = mupdf.pdf_next_widget(widget)
