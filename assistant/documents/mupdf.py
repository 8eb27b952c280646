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

Error = mupdf.FzErrorBase


def warm_up() -> None:
    """Set and draw a page of our own, so that the first real one does not pay for fonts and tables."""
    document = pymupdf.open()
    page = document.new_page()
    for number, font in enumerate(("helv", "tiro", "cour")):
        page.insert_text((72, 72 + 20 * number), "The quick brown fox, 0123456789", fontname=font)
    again = pymupdf.open(stream=document.tobytes(), filetype="pdf")
    pixmap = render(again[0].get_displaylist(), 1.25, None)
    pixels(pixmap)


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


def vectors(page: Any) -> list[tuple[float, float, float, float, bool]]:
    """Boxes of what is drawn on an ``FzStextPage`` made with :func:`vector_options`, in units of ``1 / JSON_SCALE``
    points, and whether only the outline of a rectangle is drawn."""
    buffer = mupdf.fz_new_buffer(65_536)
    output = mupdf.FzOutput(buffer)
    mupdf.fz_print_stext_page_as_xml(output, page, 0)
    output.fz_close_output()
    found = []
    for box, stroked, rectangle in _VECTOR.findall(_decode(mupdf.fz_buffer_extract(buffer))):
        x0, y0, x1, y1 = map(float, box.split())
        found.append((x0 * JSON_SCALE, y0 * JSON_SCALE, x1 * JSON_SCALE, y1 * JSON_SCALE, stroked == rectangle == "1"))
    return found


def vector_options() -> Any:
    options = mupdf.FzStextOptions()
    options.flags = mupdf.FZ_STEXT_COLLECT_VECTORS
    return options


def render(display_list: Any, scale: float, clip: tuple[float, float, float, float] | None) -> Any:
    """``FzPixmap`` in RGB without alpha, white where nothing is drawn."""
    bounds = mupdf.fz_bound_display_list(display_list)
    if clip is not None:
        bounds = mupdf.fz_intersect_rect(bounds, mupdf.FzRect(*clip))
    matrix = mupdf.fz_scale(scale, scale)
    box = mupdf.fz_round_rect(mupdf.fz_transform_rect(bounds, matrix))
    if box.x1 <= box.x0 or box.y1 <= box.y0:
        box = mupdf.FzIrect(box.x0, box.y0, box.x0 + 1, box.y0 + 1)
    colorspace = mupdf.FzColorspace(mupdf.FzColorspace.Fixed_RGB)
    pixmap = mupdf.fz_new_pixmap_with_bbox(colorspace, box, mupdf.FzSeparations(), 0)
    mupdf.fz_clear_pixmap_with_value(pixmap, 0xFF)
    device = mupdf.fz_new_draw_device(matrix, pixmap)
    area = mupdf.FzRect(mupdf.FzRect.Fixed_INFINITE) if clip is None else bounds
    mupdf.fz_run_display_list(display_list, device, mupdf.FzMatrix(), area, mupdf.FzCookie())
    mupdf.fz_close_device(device)
    return pixmap


def pixels(pixmap: Any) -> memoryview:
    """The samples of a pixmap without copying; valid as long as the pixmap lives."""
    return memoryview(mupdf.fz_pixmap_samples_memoryview(pixmap))


def _decode(data: bytes) -> str:
    try:
        # Fonts with damaged Unicode tables yield lone surrogates, which MuPDF writes as such.
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def size(pixmap: Any) -> tuple[int, int]:
    """Width and height in pixels."""
    return int(mupdf.fz_pixmap_width(pixmap)), int(mupdf.fz_pixmap_height(pixmap))
