"""Where large pictures stand on a page. Decodes none of them. Document process only, single-threaded."""

from __future__ import annotations

from typing import Any

from pymupdf import mupdf

from assistant.documents.mixed import Box, Placed

_LEAST_PIXELS = 40_000
"""Of a picture: a stamp of one by a third of an inch at 200 dpi has 13,000, a slide's shadow a few hundred."""
_LEAST_POINTS = 12.0
_WHOLE_PAGE = 0.7
"""Of the page's area: a picture that takes more is what the page consists of."""
_MOST = 400
"""Entries of a page's resources that are looked at; and pictures on it."""
_DEEPEST = 3
"""Forms inside each other that are looked into; most programs write pictures into the page or one form."""


def placed(page: Any) -> list[Placed]:
    """Large pictures on a ``PdfPage``, in the order in which they are drawn. Costs some microseconds for a page without
    any, and as much as its text once more otherwise."""
    large = _large(page)
    if not large:
        return []
    options = mupdf.FzStextOptions()
    options.flags = mupdf.FZ_STEXT_PRESERVE_IMAGES
    found: list[Placed] = []
    for size, box in on_text_page(mupdf.FzStextPage(mupdf.FzPage(page), options)):
        number = large.get(size)
        if number is not None:
            found.append(Placed(number, box))
            if len(found) == _MOST:
                break
    return found


def placed_in_list(display_list: Any) -> list[Placed]:
    """The same of a display list of our own making, in which no two pictures are known to be one."""
    options = mupdf.FzStextOptions()
    options.flags = mupdf.FZ_STEXT_PRESERVE_IMAGES
    found = on_text_page(mupdf.FzStextPage(display_list, options))
    return [Placed(0, box) for (across, down), box in found if across * down >= _LEAST_PIXELS][:_MOST]


def shown(display_list: Any, size: tuple[float, float]) -> list[Box]:
    """Where pictures are on a page of ``size`` points, whoever made it: not those that are the page (a scan, a ground)
    and not the tiny ones that draw a line or a bullet."""
    options = mupdf.FzStextOptions()
    options.flags = mupdf.FZ_STEXT_PRESERVE_IMAGES
    page = size[0] * size[1]
    found: list[Box] = []
    for _, (x0, y0, x1, y1) in on_text_page(mupdf.FzStextPage(display_list, options)):
        across, down = max(x1 - x0, 0.0), max(y1 - y0, 0.0)
        if min(across, down) >= _LEAST_POINTS and across * down < _WHOLE_PAGE * page:
            found.append((x0, y0, x1, y1))
    return found[:_MOST]


def on_text_page(text_page: Any) -> list[tuple[tuple[int, int], Box]]:
    """Size in pixels and place of the pictures on an ``FzStextPage`` that was made with them."""
    found = []
    # Its blocks are its own: it is to live as long as they.
    for block in text_page:
        if block.m_internal.type == mupdf.FZ_STEXT_BLOCK_IMAGE:
            image, box = block.i_image(), block.m_internal.bbox
            place = float(box.x0), float(box.y0), float(box.x1), float(box.y1)
            found.append(((int(image.w()), int(image.h())), place))
    return found


def _large(page: Any) -> dict[tuple[int, int], int]:
    """Width and height in pixels -> number of the object, of the large pictures that a page may draw."""
    found: dict[tuple[int, int], int] = {}
    left = _MOST
    waiting = [(mupdf.pdf_page_resources(page), 0)]
    while waiting:
        resources, depth = waiting.pop()
        entries = mupdf.pdf_dict_gets(resources, "XObject")
        for index in range(min(int(mupdf.pdf_dict_len(entries)), left)):
            left -= 1
            entry = mupdf.pdf_dict_get_val(entries, index)
            kind = mupdf.pdf_to_name(mupdf.pdf_dict_gets(entry, "Subtype"))
            if kind == "Image":
                size = _integer(entry, "Width"), _integer(entry, "Height")
                if size[0] * size[1] >= _LEAST_PIXELS:
                    found[size] = int(mupdf.pdf_to_num(entry))
            elif kind == "Form" and depth < _DEEPEST:
                inner = mupdf.pdf_dict_gets(entry, "Resources")
                if mupdf.pdf_is_dict(inner):
                    waiting.append((inner, depth + 1))
    return found


def _integer(entry: Any, name: str) -> int:
    return int(mupdf.pdf_to_int(mupdf.pdf_dict_gets(entry, name)))
