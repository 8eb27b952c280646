"""Lines of scripts that run from right to left, in the order in which they are read, by where their glyphs stand.

MuPDF turns around each run of such letters, but not what stands between (a full stop, brackets, numbers), and turns
the letters of a ligature around, too. Here the order of a line is made anew from the places of its glyphs, by the rules
of Unicode Standard Annex 9 read backwards: from right to left, numbers and words of other scripts from left to right.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from typing import NamedTuple

from assistant.documents.lines import Line

_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_ZERO = 0.05
"""Points; what is narrower has no width."""
_NEAR = 0.6
_MIRROR = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_OPENING = {"(": ")", "[": "]", "{": "}", "«": "»", "‹": "›"}
_BRACKETS = frozenset("()[]{}<>«»‹›")
_LTR, _NUMBER, _OTHER = "L", "N", "-"


def has_rtl(lines: Sequence[Line]) -> bool:
    """Whether any letter runs from right to left; a few microseconds."""
    text = "".join([line.text for line in lines])
    return not text.isascii() and _RTL.search(text) is not None


class Order(NamedTuple):
    """How the glyphs of lines that run from right to left stand now."""

    glyphs: dict[int, int]
    """The page's glyph at each place."""
    levels: dict[int, int]
    """1 for a place from right to left, 2 for one in a run from left to right."""


def in_reading_order(lines: list[Line], corners: array[float]) -> tuple[list[Line], Order]:
    """The lines with their letters in reading order. ``corners`` are :func:`mupdf.glyph_boxes`' of the page."""
    whole = "".join([line.text for line in lines])
    mostly = 2 * len(_RTL.findall(whole)) > sum(1 for char in whole if char.isalpha())
    result: list[Line] = []
    order = Order({}, {})
    for line in lines:
        found = _RTL.findall(line.text) if line.upright else []
        letters = sum(1 for char in line.text if char.isalpha())
        if not found or not (mostly or 2 * len(found) >= letters) or 8 * (line.start + len(line.text)) > len(corners):
            result.append(line)
            continue
        read = _order(line, corners)
        text = _mirrored([line.text[index] for index, _ in read])
        result.append(line._replace(text=text))
        for place, (index, level) in enumerate(read, line.start):
            order.glyphs[place] = line.start + index
            order.levels[place] = level
    return result, order


def rearranged(
    corners: array[float], levels: array[int], lines: Sequence[Line], order: Order
) -> tuple[array[float], array[int]]:
    """Boxes and levels in the order of the lines that :func:`in_reading_order` gave. The letters of a ligature get
    equal parts of its width."""
    new_corners, new_levels = array("f", corners), array("i", levels)
    for place, glyph in order.glyphs.items():
        new_corners[8 * place : 8 * place + 8] = corners[8 * glyph : 8 * glyph + 8]
        new_levels[place] = order.levels[place]
    for line in lines:
        at = 0
        while at < len(line.text):
            stop = at + 1
            while stop < len(line.text) and line.start + stop in order.glyphs and _is_part(line, stop, at, new_corners):
                stop += 1
            if stop - at > 1:
                _divide(new_corners, line.start + at, stop - at)
            at = stop
    return new_corners, new_levels


def _is_part(line: Line, at: int, base: int, corners: array[float]) -> bool:
    x0, x1 = corners[8 * (line.start + at)], corners[8 * (line.start + at) + 2]
    edge = corners[8 * (line.start + base) + 2]
    return unicodedata.category(line.text[at]) == "Lo" and abs(x1 - x0) < _ZERO and abs(x0 - edge) < _NEAR


def _divide(corners: array[float], first: int, parts: int) -> None:
    """Give each of ``parts`` glyphs from ``first`` its part of the first one's box, from right to left."""
    x0, y0, x1, _, _, y1 = corners[8 * first : 8 * first + 6]
    step = (x1 - x0) / parts
    for part in range(parts):
        right = x1 - part * step
        left = right - step
        corners[8 * (first + part) : 8 * (first + part) + 8] = array("f", (left, y0, right, y0, left, y1, right, y1))


def _order(line: Line, corners: array[float]) -> list[tuple[int, int]]:
    """Indices of the line's glyphs in reading order, and their levels."""
    text = line.text
    edges = [(corners[8 * glyph], corners[8 * glyph + 2]) for glyph in range(line.start, line.start + len(text))]
    clusters: list[list[int]] = []
    waiting: list[int] = []
    for index, (x0, x1) in enumerate(edges):
        flat = abs(x1 - x0) < _ZERO
        if flat and unicodedata.category(text[index]) == "Lo":
            # Further letters of a ligature stand, without width, at the right edge of the letter that follows here.
            waiting.append(index)
            continue
        if waiting and abs(max(x0, x1) - edges[waiting[0]][0]) < _NEAR:
            clusters.append([index, *reversed(waiting)])
        else:
            clusters.extend([each] for each in waiting)
            clusters.append([index])
        waiting = []
    clusters.extend([each] for each in waiting)
    clusters.sort(key=lambda cluster: -(edges[cluster[0]][0] + edges[cluster[0]][1]))
    kinds = [_kind(text[cluster[0]]) for cluster in clusters]
    result: list[tuple[int, int]] = []
    at = 0
    while at < len(clusters):
        stop = _ltr_run(clusters, kinds, text, at) if kinds[at] != _OTHER else at
        if stop > at:
            result.extend((index, 2) for cluster in reversed(clusters[at:stop]) for index in cluster)
            at = stop
        else:
            result.extend((index, 1) for index in clusters[at])
            at += 1
    return result


def _kind(char: str) -> str:
    direction = unicodedata.bidirectional(char)
    return _LTR if direction == "L" else _NUMBER if direction in ("EN", "AN") else _OTHER


def _ltr_run(clusters: list[list[int]], kinds: list[str], text: str, at: int) -> int:
    """Where the run of letters or figures that begins, on the right, at ``at`` ends."""
    stop = at + 1
    while stop < len(kinds):
        if kinds[stop] != _OTHER:
            stop += 1
            continue
        following = stop
        while following < len(kinds) and kinds[following] == _OTHER:
            following += 1
        between = "".join(text[clusters[index][0]] for index in range(stop, following))
        if following == len(kinds) or _RTL.search(between):
            break
        words = _LTR in kinds[at:stop] and kinds[following] == _LTR
        figures = len(between) == 1 and between in ".,:/-+"
        if not (words or figures):
            break
        stop = following + 1
    # A sign of per cent or of a currency belongs to its figure.
    if stop < len(kinds) and unicodedata.bidirectional(text[clusters[stop][0]]) == "ET" and kinds[stop - 1] == _NUMBER:
        stop += 1
    return stop


def _mirrored(chars: list[str]) -> str:
    """Brackets among letters from right to left turned around, where that is how they fit."""
    text = "".join(chars)
    if not _BRACKETS.intersection(chars):
        return text
    turned = [char if _among_ltr(chars, at) else char.translate(_MIRROR) for at, char in enumerate(chars)]
    other = "".join(turned)
    # Some fonts name the shape that is drawn, some the bracket that is meant.
    return other if _unopened(other) < _unopened(text) else text


def _among_ltr(chars: list[str], at: int) -> bool:
    return 0 < at < len(chars) - 1 and _kind(chars[at - 1]) == _kind(chars[at + 1]) == _LTR


def _unopened(text: str) -> int:
    """Closing brackets that nothing opened."""
    depth: dict[str, int] = {}
    wrong = 0
    closing = {value: key for key, value in _OPENING.items()}
    for char in text:
        if char in _OPENING:
            depth[char] = depth.get(char, 0) + 1
        elif char in closing:
            if depth.get(closing[char], 0):
                depth[closing[char]] -= 1
            else:
                wrong += 1
    return wrong
