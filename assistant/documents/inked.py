"""Where the ink is in the picture of one line: the edges of its words, and the size of its font."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from assistant.documents.textmap import is_cjk

_ASCENDING = frozenset("bdfhijklt0123456789!?/()[]{}|&%$#@\"'“”‘’§£€")
_DESCENDING = frozenset("gjpqy()[]{}|;,Q§@")
_CAP_HEIGHT, _X_HEIGHT, _DESCENT = 0.72, 0.52, 0.21
"""Parts of the font's size, of the usual fonts for text."""
_CJK_TOP, _CJK_BOTTOM = 0.83, 0.09
_ABOVE, _BELOW = 0.92, 0.24
"""How far a line's box goes above and below its base line."""


@dataclass(frozen=True, slots=True)
class Ink:
    """The ink in a line's picture; places are parts of its width and height."""

    columns: npt.NDArray[np.bool_]
    """Which columns have any."""
    top: float
    bottom: float

    def font(self, text: str) -> tuple[float, float, float]:
        """The font's size, and top and bottom of the line's box, from what the letters of ``text`` fill of it."""
        if any(is_cjk(char) for char in text):
            above, below = _CJK_TOP, _CJK_BOTTOM
        else:
            above = _CAP_HEIGHT if any(char in _ASCENDING or char.isupper() for char in text) else _X_HEIGHT
            below = _DESCENT if any(char in _DESCENDING for char in text) else 0.0
        size = (self.bottom - self.top) / (above + below)
        base = self.bottom - below * size
        return size, base - _ABOVE * size, base + _BELOW * size

    def edges(self, text: str, centres: Sequence[float]) -> list[tuple[float, float]]:
        """Where each character of ``text`` begins and ends. ``centres`` are those of all but blanks. Between words, and
        at the ends of the line, the ink decides; inside of words the middle between two centres."""
        count = len(self.columns)
        inked = np.flatnonzero(self.columns)
        first, last = (inked[0] / count, (inked[-1] + 1) / count) if len(inked) else (0.0, 1.0)
        starts: list[float] = []
        ends: list[float] = []
        begin = min(float(first), centres[0])
        at = -1
        gap = False
        for char in text:
            if char.isspace():
                gap = True
                starts.append(-1.0)
                ends.append(-1.0)
                continue
            at += 1
            if at > 0:
                left, right = centres[at - 1], centres[at]
                end, begin = self._gap(left, right) if gap else ((left + right) / 2,) * 2
                previous = max(index for index, value in enumerate(starts) if value >= 0)
                ends[previous] = end
            starts.append(begin)
            ends.append(begin)
            gap = False
        ends[max(index for index, value in enumerate(starts) if value >= 0)] = max(float(last), centres[-1])
        return _with_blanks(starts, ends)

    def _gap(self, left: float, right: float) -> tuple[float, float]:
        """The widest stretch without ink between two centres."""
        count = len(self.columns)
        low, high = round(left * count), max(round(right * count), round(left * count) + 1)
        best, run = (0, 0), 0
        for column in range(low, high + 1):
            if column < high and column < count and not self.columns[column]:
                run += 1
                continue
            if run > best[1] - best[0]:
                best = column - run, column
            run = 0
        if best[1] == best[0]:
            middle = (left + right) / 2
            return middle, middle
        return best[0] / count, best[1] / count


def ink_of(strip: npt.NDArray[np.uint8], narrowing: float) -> Ink:
    """Of a line's picture (h, w, 3)."""
    grey = cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY)
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    dark = grey <= level
    # The ground is what most of the picture is.
    ink = dark if dark.mean() < 0.5 else ~dark
    height, width = ink.shape
    rows = ink.sum(axis=1) > max(1.0, 0.004 * width)
    top, bottom = _band(rows, int(np.argmax(ink.sum(axis=1))))
    columns: npt.NDArray[np.bool_] = np.asarray(ink[top:bottom].sum(axis=0) > 0)
    return Ink(columns, top / height, max(bottom, top + 1) / height)


def _band(rows: npt.NDArray[np.bool_], densest: int) -> tuple[int, int]:
    """The rows around the densest one, without what reaches in from the lines above and below; dots of letters stand
    a little apart."""
    top = bottom = densest
    blank = 0
    for row in range(densest, -1, -1):
        blank = 0 if rows[row] else blank + 1
        if blank > 3:
            break
        top = row if rows[row] else top
    blank = 0
    for row in range(densest, len(rows)):
        blank = 0 if rows[row] else blank + 1
        if blank > 3:
            break
        bottom = row if rows[row] else bottom
    return top, bottom + 1


def _with_blanks(starts: list[float], ends: list[float]) -> list[tuple[float, float]]:
    """Blanks fill what is left between their neighbours."""
    found: list[tuple[float, float]] = []
    for index, start in enumerate(starts):
        if start >= 0:
            found.append((start, max(ends[index], start)))
            continue
        left = found[-1][1] if found else 0.0
        right = next((value for value in starts[index:] if value >= 0), left)
        found.append((left, max(right, left)))
    return found
