"""The few calls into MuPDF that all formats share: text in reading form, glyph boxes, pixels.

Used in the document process only, single-threaded. The text of a page exists twice: :func:`lines_json` is cheap (C
code writes one JSON object a line of text), :func:`glyph_boxes` has a box for each character. Both walk the same
structured-text page in the same order, so the n-th character of one is the n-th of the other.
"""

from __future__ import annotations

import re
from array import array
from typing import Any

import pymupdf
from pymupdf import mupdf

pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)

JSON_SCALE = 10
"""Coordinates in :func:`lines_json` are integers in tenths of a point."""

_FLAGS: int = (
    pymupdf.TEXT_PRESERVE_LIGATURES
    | pymupdf.TEXT_PRESERVE_WHITESPACE
    | pymupdf.TEXT_MEDIABOX_CLIP
    | pymupdf.TEXT_CID_FOR_UNKNOWN_UNICODE
)

_LINE = re.compile(r"<line |<char [^>]*?quad=\"([^\"]+)\"[^>]*? bidi=\"(\d+)\"")
_VECTOR = re.compile(r'<vector bbox="([^"]+)" stroke="(\d)" rectangle="(\d)"')

_LEAST_VECTORS = 4
"""Two rows of two cells, each a rectangle."""

Error = mupdf.FzErrorBase


def warm_up() -> None:
    """Set and draw a page of our own, so that the first real one does not pay for fonts and tables."""
    document = pymupdf.open()
    page = document.new_page()
    for number, font in enumerate(("helv", "tiro", "cour")):
        page.insert_text((72, 72 + 20 * number), "The quick brown fox, 0123456789", fontname=font)
    again = pymupdf.open(stream=document.tobytes(), filetype="pdf")
    picture = Picture(again[0].get_displaylist(), 1.25, None)
    picture.draw(memoryview(bytearray(picture.bytes)))


def text_options() -> Any:
    options = mupdf.FzStextOptions()
    options.flags = _FLAGS
    return options


def lines_json(page: Any) -> str:
    """All lines of a ``FzStextPage`` as MuPDF writes them: blocks, lines, font of the first character, text."""
    buffer = mupdf.fz_new_buffer(16_384)
    output = mupdf.FzOutput(buffer)
    mupdf.fz_print_stext_page_as_json(output, page, JSON_SCALE)
    output.fz_close_output()
    return _decode(mupdf.fz_buffer_extract(buffer))


def glyph_boxes(page: Any) -> tuple[array[float], array[int]]:
    """``(n, 8)`` corners (upper left, upper right, lower left, lower right) and n bidi levels, in stream order."""
    buffer = mupdf.fz_new_buffer(262_144)
    output = mupdf.FzOutput(buffer)
    mupdf.fz_print_stext_page_as_xml(output, page, 0)
    output.fz_close_output()
    corners, levels = array("f"), array("i")
    for quad, bidi in _LINE.findall(_decode(mupdf.fz_buffer_extract(buffer))):
        if quad:
            corners.extend(map(float, quad.split()))
            levels.append(int(bidi))
    return corners, levels


def drawn(page: Any, most: int, data: str) -> str:
    """What :func:`vectors` makes boxes of, for an ``FzStextPage`` of :func:`drawn_options` whose :func:`lines_json` is
    ``data``; empty where there are not the lines of a table, or more than ``most``."""
    if not _LEAST_VECTORS <= data.count('"type":"vector"') <= most:
        return ""
    buffer = mupdf.fz_new_buffer(16_384)
    output = mupdf.FzOutput(buffer)
    # Without flags no characters are written, of which there is fifty times as much as of lines and rectangles.
    output.fz_print_stext_page_as_xml_with_flags(page, 0, 0)
    output.fz_close_output()
    return _decode(mupdf.fz_buffer_extract(buffer))


def vectors(drawn: str) -> list[tuple[float, float, float, float, bool]]:
    """Boxes of what is drawn on a page, in units of ``1 / JSON_SCALE`` points, and whether only the outline of a
    rectangle is drawn."""
    found = []
    for box, stroked, rectangle in _VECTOR.findall(drawn):
        x0, y0, x1, y1 = map(float, box.split())
        found.append((x0 * JSON_SCALE, y0 * JSON_SCALE, x1 * JSON_SCALE, y1 * JSON_SCALE, stroked == rectangle == "1"))
    return found


def drawn_options() -> Any:
    """As :func:`text_options`, with lines and rectangles. Lazily: otherwise one that is drawn in the middle of a line
    of text divides it."""
    options = text_options()
    options.flags |= mupdf.FZ_STEXT_COLLECT_VECTORS | mupdf.FZ_STEXT_LAZY_VECTORS
    return options


class Picture:
    """A display list, or the part of it that ``clip`` names in points, at ``scale`` pixels per point. Four bytes a
    pixel (blue, green, red, 255), white where nothing is drawn."""

    def __init__(self, display_list: Any, scale: float, clip: tuple[float, float, float, float] | None) -> None:
        bounds = mupdf.fz_bound_display_list(display_list)
        if clip is not None:
            bounds = mupdf.fz_intersect_rect(bounds, mupdf.FzRect(*clip))
        self._display_list = display_list
        self._matrix = mupdf.fz_scale(scale, scale)
        self._area = mupdf.FzRect(mupdf.FzRect.Fixed_INFINITE) if clip is None else bounds
        box = mupdf.fz_round_rect(mupdf.fz_transform_rect(bounds, self._matrix))
        if box.x1 <= box.x0 or box.y1 <= box.y0:
            box = mupdf.FzIrect(box.x0, box.y0, box.x0 + 1, box.y0 + 1)
        self._box = box
        self.left, self.top = int(box.x0), int(box.y0)
        """In pixels from the page's upper left corner."""
        self.width = int(box.x1) - int(box.x0)
        self.height = int(box.y1) - int(box.y0)

    @property
    def bytes(self) -> int:
        return self.width * self.height * 4

    def draw(self, into: memoryview) -> None:
        """Draw into the first bytes of ``into``, which is large enough and can be written to: without a copy, and
        without memory that the system would have to find first."""
        if len(into) < self.bytes:
            raise ValueError("too little room for the picture")
        samples = mupdf.python_buffer_data(into)
        colorspace = mupdf.FzColorspace(mupdf.FzColorspace.Fixed_BGR)
        pixmap = mupdf.fz_new_pixmap_with_bbox_and_data(colorspace, self._box, mupdf.FzSeparations(), 1, samples)
        mupdf.fz_clear_pixmap_with_value(pixmap, 0xFF)
        device = mupdf.fz_new_draw_device(self._matrix, pixmap)
        mupdf.fz_run_display_list(self._display_list, device, mupdf.FzMatrix(), self._area, mupdf.FzCookie())
        mupdf.fz_close_device(device)


def is_blank(display_list: Any) -> bool:
    """Whether a page draws nothing. Decodes no pictures."""
    marks = mupdf.FzRect(mupdf.FzRect.Fixed_EMPTY)
    device = mupdf.fz_new_bbox_device(marks)
    area = mupdf.FzRect(mupdf.FzRect.Fixed_INFINITE)
    mupdf.fz_run_display_list(display_list, device, mupdf.FzMatrix(), area, mupdf.FzCookie())
    mupdf.fz_close_device(device)
    return bool(mupdf.fz_is_empty_rect(marks))


def pixel_array(picture: Picture) -> Any:
    """``(height, width, 3)`` uint8 of a picture, in RGB."""
    import numpy as np

    data = bytearray(picture.bytes)
    picture.draw(memoryview(data))
    return np.ascontiguousarray(np.frombuffer(data, np.uint8).reshape(picture.height, picture.width, 4)[:, :, 2::-1])


def _decode(data: bytes) -> str:
    try:
        # Fonts with damaged Unicode tables yield lone surrogates, which MuPDF writes as such.
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")
