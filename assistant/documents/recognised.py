"""What was recognised on the picture of a page, and how it takes the place of a text layer.

Pure Python and numpy, for both sides of the pipe. Lengths are points. A page that lies on its side or was scanned askew
is read in a frame of its own, in which its lines are level; each line knows where that is on the page as it is shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.documents.lines import Line

PIPELINE = "1"
"""Changes with whatever changes the result; results of another one are made again."""
EDGE_UNITS = 10_000
_LEVEL_RISE = 0.2
"""A highlight of a slanting line is one box as long as the line does not rise by more than this part of its height."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text."""

    text: str
    score: float
    """Probability of its characters, on average."""
    box: tuple[float, float, float, float]
    """``x0, y0, x1, y1`` in the level frame, from the ascenders to the descenders of its font."""
    size: float
    """Of the font, as far as it can be told."""
    bold: bool
    upright: bool
    """False for a line across the others."""
    frame: tuple[float, float, float, float, float, float]
    """On the page: the corner at which the line begins, its direction with its length, and the way down it."""
    edges: tuple[int, ...]
    """Where each character of ``text`` begins and ends along the line, in ``EDGE_UNITS`` of its length."""


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """All lines of a page, from top to bottom."""

    width: float
    """Of the level frame."""
    height: float
    turn: int
    """Degrees by which the page was turned (clockwise) to be read."""
    skew: float
    """Degrees by which its lines fall to the right, after that."""
    blank: bool
    """There is nothing at all on the page."""
    lines: tuple[TextLine, ...]

    def for_layout(self) -> list[Any]:
        """What the document process needs to know for the text; the other way of :func:`layout_lines`."""
        return [
            self.height,
            [
                [line.text, *(round(x * 10) for x in line.box), round(line.size * 10), line.bold, line.upright]
                for line in self.lines
            ],
        ]

    @property
    def glyphs(self) -> int:
        return sum(len(line.text) for line in self.lines)

    def glyph_boxes(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
        """``(n, 8)`` corners and ``(n,)`` levels of all characters, as ``mupdf.glyph_boxes`` gives them for a layer.

        Characters of one line have one level, unless it slants: then words have different ones, so that a highlight
        follows the line in steps."""
        corners: list[npt.NDArray[np.float64]] = []
        levels: list[int] = []
        for line in self.lines:
            x, y, along_x, along_y, down_x, down_y = line.frame
            edges = np.array(line.edges, np.float64).reshape(-1, 2) / EDGE_UNITS
            origin = np.array((x, y))
            along, down = np.array((along_x, along_y)), np.array((down_x, down_y))
            upper_left = origin + edges[:, :1] * along
            upper_right = origin + edges[:, 1:] * along
            corners.append(np.hstack([upper_left, upper_right, upper_left + down, upper_right + down]))
            levels.extend(_levels(line))
        if not corners:
            return np.zeros((0, 8), np.float32), np.zeros(0, np.int32)
        return np.vstack(corners).astype(np.float32), np.array(levels, np.int32)


def on_page(part: RecognisedPage, left: float, top: float) -> RecognisedPage:
    """What was recognised on a part of a page, in the frame of the page, in which lines of a turned picture stand as
    they are shown. ``left`` and ``top`` are those of the part, in points."""
    lines = []
    for line in part.lines:
        x, y, *rest = line.frame
        frame = (x + left, y + top, rest[0], rest[1], rest[2], rest[3])
        if part.turn == 0 and not part.skew:
            x0, y0, x1, y1 = line.box
            box = (x0 + left, y0 + top, x1 + left, y1 + top)
        else:
            along = sorted((0.0, rest[0], rest[2], rest[0] + rest[2]))
            down = sorted((0.0, rest[1], rest[3], rest[1] + rest[3]))
            box = (frame[0] + along[0], frame[1] + down[0], frame[0] + along[-1], frame[1] + down[-1])
        lines.append(
            replace(
                line,
                box=(round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2)),
                frame=(round(frame[0], 2), round(frame[1], 2), *frame[2:]),
                upright=line.upright and part.turn in (0, 180),
            )
        )
    return replace(part, lines=tuple(lines))


def joined(parts: Sequence[RecognisedPage], size: tuple[float, float]) -> RecognisedPage:
    """What was recognised on several parts of a page of ``size``, each in the frame of the page."""
    lines = tuple(line for part in parts for line in part.lines)
    return RecognisedPage(*size, 0, 0.0, all(part.blank for part in parts), lines)


def to_message(page: RecognisedPage) -> list[Any]:
    return list(astuple(page))


def from_message(message: Sequence[Any]) -> RecognisedPage:
    """Raises ValueError or TypeError."""
    *head, lines = message
    found = []
    for text, score, box, size, bold, upright, frame, edges in lines:
        if len(edges) != 2 * len(text) or len(box) != 4 or len(frame) != 6:
            raise ValueError("not a line")
        found.append(
            TextLine(
                str(text),
                float(score),
                (float(box[0]), float(box[1]), float(box[2]), float(box[3])),
                float(size),
                bool(bold),
                bool(upright),
                (*(float(value) for value in frame),),  # type: ignore[arg-type]
                tuple(int(edge) for edge in edges),
            )
        )
    width, height, turn, skew, blank = head
    return RecognisedPage(float(width), float(height), int(turn), float(skew), bool(blank), tuple(found))


def layout_lines(message: Sequence[Any], first_glyph: int, first_line: int = 0) -> list[Line]:
    """Lines as they come from a text layer; their glyphs follow ``first_glyph`` others on the page."""
    lines: list[Line] = []
    glyph = first_glyph
    for text, x0, y0, x1, y1, size, bold, upright in message[1]:
        lines.append(Line(text, x0, y0, x1, y1, size, bold, upright, glyph, first_line + len(lines)))
        glyph += len(text)
    return lines


def _levels(line: TextLine) -> list[int]:
    _, _, along_x, along_y, down_x, down_y = line.frame
    length = math.hypot(along_x, along_y)
    rise = min(abs(along_x), abs(along_y)) / max(length, 1e-6)
    height = math.hypot(down_x, down_y)
    if rise * length <= _LEVEL_RISE * height:
        return [0] * len(line.text)
    levels, level = [], 0
    begun = 0.0
    for index, char in enumerate(line.text):
        at = line.edges[2 * index] / EDGE_UNITS * length
        if (char == " " or char >= "\u2e80") and (at - begun) * rise > _LEVEL_RISE * height:
            # Even ones run from left to right.
            level, begun = level + 2, at
        levels.append(level)
    return levels
