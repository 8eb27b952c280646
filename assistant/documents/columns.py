"""Reading order: a page's lines as zones that are read one after the other, each with a single column.

A gutter is looked for at the left edges that many lines share; lines that cross it (titles, wide tables) divide the
page into bands, and a band with text on both sides of the gutter is read left side first. Tables, whose cells stand
in line with each other, stay together. A variant of the recursive X-Y cut (Nagy, Seth, Viswanathan, "A prototype
document image analysis system for technical journals", IEEE Computer 25(7), 1992) that does not cut at every gap.
"""

from __future__ import annotations

import re
from collections import Counter

from assistant.documents.lines import Line

_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_BUCKET = 30
_CANDIDATES = 6
_DEEPEST = 4


def zones(lines: list[Line], depth: int = 0) -> list[list[Line]]:
    """The lines in zones, in reading order; within a zone in no particular order."""
    if len(lines) < 6 or depth > _DEEPEST:
        return [lines] if lines else []
    lefts = [line.x0 for line in lines]
    left = min(lefts)
    right = max([line.x1 for line in lines])
    minimum = left + (right - left) * 0.15
    starts = Counter([x // _BUCKET for x in lefts if x > minimum])
    ordered = sorted(lines, key=lambda line: line.y0 + line.y1)
    best: list[tuple[list[Line], list[Line], list[Line]]] | None = None
    best_score = 0
    for bucket, count in starts.most_common(_CANDIDATES):
        # Two neighbouring buckets: indented first lines and ragged edges start a little off.
        if count + starts.get(bucket + 1, 0) < 3:
            break
        gutter = min([x for x in lefts if x // _BUCKET == bucket])
        bands = _bands(ordered, gutter)
        score = sum([min(len(a), len(b)) for _, a, b in bands if a and b])
        if score > best_score:
            best, best_score = bands, score
    if best is None:
        return [lines]
    result: list[list[Line]] = []
    pending: list[Line] = []
    for wide, first, second in best:
        pending.extend(wide)
        if first and second:
            if pending:
                result.append(pending)
                pending = []
            result.extend(zones(first, depth + 1))
            result.extend(zones(second, depth + 1))
    if pending:
        result.append(pending)
    return result


def rtl(lines: list[Line]) -> bool:
    """Whether most lines are in a script that runs from right to left."""
    sample = lines[:40]
    text = "".join([line.text for line in sample])
    if text.isascii() or _RTL.search(text) is None:
        return False
    return sum(1 for line in sample if _RTL.search(line.text)) * 2 > len(sample)


def _bands(ordered: list[Line], gutter: int) -> list[tuple[list[Line], list[Line], list[Line]]]:
    """Bands from top to bottom: lines across, left of and right of the gutter. One of the kinds is filled:
    either the first or the other two. ``ordered`` are the lines from top to bottom."""
    bands: list[tuple[list[Line], list[Line], list[Line]]] = []
    first: list[Line] = []
    second: list[Line] = []

    def close() -> None:
        nonlocal first, second
        if _side_by_side(first, second):
            bands.append(([], first, second))
        else:
            bands.append((first + second, [], []))
        first, second = [], []

    edge = gutter - 5
    for line in ordered:
        if line.x0 >= edge:
            second.append(line)
        elif line.x1 <= edge:
            first.append(line)
        else:
            if first or second:
                close()
            bands.append(([line], [], []))
    if first or second:
        close()
    return bands


def _side_by_side(first: list[Line], second: list[Line]) -> bool:
    """Whether these are two columns of text, rather than a table or texts that merely stand apart."""
    if len(first) < 3 or len(second) < 3:
        return False
    a0, a1 = min([line.x0 for line in first]), max([line.x1 for line in first])
    b0, b1 = min([line.x0 for line in second]), max([line.x1 for line in second])
    size = median([line.size for line in first])
    if b0 - a1 < 0.5 * size:
        return False
    top = max(min([line.y0 for line in first]), min([line.y0 for line in second]))
    bottom = min(max([line.y1 for line in first]), max([line.y1 for line in second]))
    if bottom - top < 2.5 * size:
        return False
    rows = {line.y0 // 20 for line in second}
    rows |= {row + 1 for row in rows}
    aligned = len([1 for line in first if line.y0 // 20 in rows or line.y0 // 20 + 1 in rows]) / len(first)
    if min(a1 - a0, b1 - b0) < 0.35 * max(a1 - a0, b1 - b0) and aligned > 0.6:
        return False
    if aligned < 0.4:
        return True
    return _prose(first, a1 - a0) and _prose(second, b1 - b0)


def _prose(lines: list[Line], width: int) -> bool:
    """Lines of running text fill their column; table cells do not."""
    filled = median([line.x1 - line.x0 for line in lines]) / max(width, 1)
    length = sum([_weight(line.text) for line in lines]) / len(lines)
    return filled > 0.6 and length > 14


def median(values: list[int]) -> float:
    """As the library's, which takes longer to look at its argument than to find the middle of a page's lines."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _weight(text: str) -> int:
    return len(text) * 2 if text[len(text) // 2] >= "\u2e80" else len(text)
