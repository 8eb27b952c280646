"""The lines of a page as MuPDF found them, and which of them may be running heads or page numbers.

Pure Python; lengths are integers in tenths of a point (see ``mupdf.JSON_SCALE``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MarginRow = tuple[int, int, str, int, int]
"""Line index, band (0 top, 1 bottom), key, y in tenths of a point, rank from the edge (0 outermost row)."""

_LARGE = 10_000_000
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_JSON_LINE = re.compile(
    r'\{"wmode":([01]),"bbox":\{"x":(-?\d+),"y":(-?\d+),"w":(-?\d+),"h":(-?\d+),"flags":\d+\},"font":\{"name":'
    + _STRING
    + r',"family":"[a-z-]*","weight":"([a-z]*)","style":"[a-z]*","size":(-?\d+)\},"x":-?\d+,"y":-?\d+,"text":'
    + f"({_STRING})",
    re.DOTALL,
)
"""A line as MuPDF writes it. Read by this, a page takes half the time that the whole of its JSON would."""
_JSON_LINE_BEGINS = '"wmode":'
"""Once in each line, and nowhere else: quotes inside a string are escaped."""
_DECODER = json.JSONDecoder(strict=False)
_Found = tuple[str, str, str, str, str, str, str, str]
"""Writing mode, x, y, width, height, weight, size, text in quotes: as they are written."""
_DIGITS = re.compile(r"\d+")
_ROMAN = re.compile(r"^[ivxlc]{1,7}$")
_SPACES = re.compile(r"\s+")
_MARGIN = 0.13
_MARGIN_ROWS = 4
_DEEPEST = 0.3


class Line(NamedTuple):
    """A run of glyphs on one baseline without wide gaps."""

    text: str
    """As MuPDF gives it: one code point a glyph, ligatures kept."""
    x0: int
    y0: int
    x1: int
    y1: int
    size: int
    bold: bool
    upright: bool
    """False for rotated or vertical text."""
    start: int
    """Index of the first glyph in the page's stream of glyphs."""
    number: int
    """Its place among the page's lines."""


def parse(data: str) -> tuple[list[Line], int]:
    """Lines with something to read, in stream order, and the number of glyphs on the page. Raises ValueError, KeyError
    or TypeError for what is not as MuPDF writes it."""
    found: Sequence[_Found] = _JSON_LINE.findall(data)
    if len(found) != data.count(_JSON_LINE_BEGINS):
        found = list(_json_lines(data))
    lines: list[Line] = []
    make = tuple.__new__
    position = 0
    for wmode, left, top, across, down, weight, points, quoted in found:
        text = _DECODER.decode(quoted) if "\\" in quoted else quoted[1:-1]
        start = position
        position += len(text)
        if not text or text.isspace():
            continue
        x, y, width, height = int(left), int(top), int(across), int(down)
        if not -_LARGE < x < _LARGE or not -_LARGE < y < _LARGE or width > _LARGE or height > _LARGE:
            continue
        size = int(points) or height
        upright = wmode == "0" and (height <= 2 * size or width >= height)
        bold = weight == "bold"
        # For each of thousands of lines: a third of the time that Line's own constructor takes.
        lines.append(make(Line, (text, x, y, x + width, y + height, size, bold, upright, start, len(lines))))
    return lines, position


def _json_lines(data: str) -> Iterator[_Found]:
    """The same by a parser of JSON, where the pattern does not find all lines."""
    for block in _DECODER.decode(data)["blocks"]:
        if block["type"] == "text":
            for line in block["lines"]:
                box, font = line["bbox"], line["font"]
                text = json.dumps(line["text"], ensure_ascii=False)
                numbers = [str(number) for number in (line["wmode"], box["x"], box["y"], box["w"], box["h"])]
                wmode, x, y, width, height = numbers
                yield wmode, x, y, width, height, font["weight"], str(font["size"]), text


def margin_rows(lines: list[Line], height: float) -> list[MarginRow]:
    """The outermost rows in the top and the bottom eighth of a page, as candidates for running heads."""
    top, bottom = height * 10 * _MARGIN, height * 10 * (1 - _MARGIN)
    if lines and (first := min([line.y0 for line in lines])) > top / 2:
        # A small page printed on a large sheet: the outermost row is where its text begins.
        top = max(top, min(first + 150, height * 10 * _DEEPEST))
    found: list[MarginRow] = []
    for band in (0, 1):
        near = [line for line in lines if line.upright and (line.y1 <= top if band == 0 else line.y0 >= bottom)]
        near.sort(key=lambda line: line.y0 if band == 0 else -line.y1)
        rank, edge = -1, None
        for line in near:
            y = line.y0 if band == 0 else line.y1
            if edge is None or abs(y - edge) > 40:
                rank, edge = rank + 1, y
                if rank >= _MARGIN_ROWS:
                    break
            if len(line.text) <= 200:
                found.append((line.number, band, margin_key(line.text), y, rank))
    return found


def margin_key(text: str) -> str:
    """What stays the same from page to page: numbers become ``#``."""
    key = _SPACES.sub(" ", text.strip().casefold())
    return "#" if _ROMAN.match(key) else _DIGITS.sub("#", key)
