"""Text that MuPDF's text of a page does not have (see ``pdf_annotations.Extra``), as lines, paragraphs and boxes.

Its glyphs are numbered after those of the page, one a code point, in the order of the extras.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from assistant.documents.lines import Line
from assistant.documents.paragraphs import Paragraph
from assistant.documents.pdf_annotations import Extra

_NOTE_SIZE = 100
"""Of the letters of a comment, in tenths of a point: they are written nowhere."""


def added(lines: list[Line], glyphs: int, extras: Sequence[Extra]) -> tuple[list[Line], list[Paragraph], int]:
    """The page's lines with marks among them, its notes as paragraphs, and the number of glyphs of both."""
    notes: list[Paragraph] = []
    result = list(lines)
    for kind, text, box in extras:
        x0, y0, x1, y1 = (round(10 * value) for value in box)
        if kind == "field":
            result = [_beside(line, lines, (x0, y0, x1, y1)) for line in result]
        elif kind == "mark":
            mark = Line(text, x0, y0, x1, y1, y1 - y0, False, True, glyphs, len(result))
            result.append(_beside(mark, lines, (x0, y0, x1, y1)))
        else:
            runs = [(glyphs, 0, len(text), len(text))]
            notes.append(
                Paragraph("footnote", text, runs, [], _NOTE_SIZE, False, y0, y1, -3, 0, 1, "other", False, True)
            )
        glyphs += len(text)
    return result, notes, glyphs


def _beside(line: Line, lines: Sequence[Line], box: tuple[int, int, int, int]) -> Line:
    """A field's value with the height and size of the text that names the field, so that both stand in one row."""
    x0, y0, x1, y1 = box
    if not (line.upright and x0 <= (line.x0 + line.x1) / 2 <= x1 and y0 <= (line.y0 + line.y1) / 2 <= y1):
        return line
    if y1 - y0 > 4 * line.size:
        # A field of several lines.
        return line._replace(bold=False)
    middle = (y0 + y1) / 2
    near = [
        other
        for other in lines
        if other.upright and other.start != line.start and other.y0 < middle < other.y1 and other.y1 - other.y0 < 600
    ]
    if not near:
        return line._replace(bold=False)
    label = min(near, key=lambda other: min(abs(other.x1 - x0), abs(other.x0 - x1)))
    return line._replace(y0=label.y0, y1=label.y1, size=label.size, bold=False)


def boxes(extras: Sequence[Extra]) -> tuple[array[float], array[int]]:
    """As :func:`mupdf.glyph_boxes`: all glyphs of one extra have its box."""
    corners, levels = array("f"), array("i")
    for _, text, (x0, y0, x1, y1) in extras:
        corners.extend((x0, y0, x1, y0, x0, y1, x1, y1) * len(text))
        levels.extend((0,) * len(text))
    return corners, levels
