"""Glyph boxes of a page, brought together with the offsets of the text that they show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assistant.documents.assemble import PageMap
from assistant.types import PageText

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

_INSET = 0.04
"""Points that a box is narrower than its glyph on either side, so that neighbours share no edge."""

_MOST_LINES = 1500
"""On a page; beyond, comparing each with each would take too long."""

_ACROSS, _BACKWARDS, _DOWN, _UP, _JUMP = 1, -1, 2, 3, 0


def page_text(page: int, page_map: PageMap, corners: Floats, levels: Ints) -> PageText:
    """``corners`` (n, 8) x, y of upper left, upper right, lower left, lower right of each glyph of the page;
    ``levels`` (n,) bidi levels, odd from right to left."""
    glyphs, starts, ends = page_map.offsets()
    if len(glyphs) == 0:
        return PageText(page, starts, ends, np.zeros((0, 4), np.float32), np.zeros(0, np.int32))
    shown = corners[glyphs]
    xs, ys = shown[:, 0::2], shown[:, 1::2]
    boxes = np.stack([xs.min(axis=1), ys.min(axis=1), xs.max(axis=1), ys.max(axis=1)], axis=1)
    steps = _steps(boxes)
    # Dropped glyphs between (a hyphen, blanks) and a change of the bidi level end a line as well as a jump.
    new = (steps == _JUMP) | (np.abs(np.diff(glyphs)) > 3) | (np.diff(levels[glyphs]) != 0)
    # A change of direction without a jump: the glyph at the turn stays with what comes before.
    new[1:] |= (steps[1:] != steps[:-1]) & ~new[:-1]
    lines = np.concatenate([[0], np.cumsum(new)]).astype(np.int32)
    boxes = _lines_apart(_apart(boxes, steps), lines)
    return PageText(page, starts, ends, np.ascontiguousarray(boxes, np.float32), lines)


def _steps(boxes: Floats) -> npt.NDArray[np.int64]:
    """Where each glyph's successor stands: beside it in one of four directions, or elsewhere.

    Runs of glyphs without a jump become one line each, so a rectangle around neighbours in the text holds no other."""
    before, after = boxes[:-1], boxes[1:]
    width = np.minimum(before[:, 2] - before[:, 0], after[:, 2] - after[:, 0])
    height = np.maximum(before[:, 3] - before[:, 1], after[:, 3] - after[:, 1])
    lower = np.minimum(before[:, 3] - before[:, 1], after[:, 3] - after[:, 1])
    same_row = np.minimum(before[:, 3], after[:, 3]) - np.maximum(before[:, 1], after[:, 1]) > 0.5 * lower
    same_column = np.minimum(before[:, 2], after[:, 2]) - np.maximum(before[:, 0], after[:, 0]) > 0.5 * width
    step_x = (after[:, 0] + after[:, 2] - before[:, 0] - before[:, 2]) / 2
    step_y = (after[:, 1] + after[:, 3] - before[:, 1] - before[:, 3]) / 2
    onwards = step_x >= -0.05
    gap = np.where(onwards, after[:, 0] - before[:, 2], before[:, 0] - after[:, 2])
    across = np.where(gap > 1.2 * height, _JUMP, np.where(onwards, _ACROSS, _BACKWARDS))
    tall = np.maximum(before[:, 2] - before[:, 0], after[:, 2] - after[:, 0])
    apart = np.maximum(np.abs(step_y) - height, 0)
    along = np.where(same_column & (apart < 1.2 * tall), np.where(step_y > 0, _DOWN, _UP), _JUMP)
    return np.where(same_row, across, along)


def _apart(boxes: Floats, steps: npt.NDArray[np.int64]) -> Floats:
    """The boxes, narrowed where neighbours overlap, so that the centre of each glyph is in its own box alone.

    Fonts lie about widths: leader dots, kerning, ligatures of which the second letter has no width."""
    result = boxes.copy()
    for low, high, onwards, backwards in ((0, 2, _ACROSS, _BACKWARDS), (1, 3, _DOWN, _UP)):
        centre = (boxes[:, low] + boxes[:, high]) / 2
        inset = np.minimum(_INSET, (boxes[:, high] - boxes[:, low]) * 0.1)
        result[:, low] += inset
        result[:, high] -= inset
        for direction, first, second in (
            (onwards, slice(None, -1), slice(1, None)),
            (backwards, slice(1, None), slice(None, -1)),
        ):
            near = steps == direction
            edge = (boxes[first, high] + boxes[second, low]) / 2
            # Strictly between the two centres.
            margin = (centre[second] - centre[first]) * 0.2
            edge = np.clip(edge, centre[first] + margin, np.maximum(centre[second] - margin, centre[first] + margin))
            overlap = near & (boxes[first, high] > boxes[second, low]) & (margin > 0)
            upper = np.where(overlap, np.minimum(result[first, high], edge - margin * 0.1), result[first, high])
            lower = np.where(overlap, np.maximum(result[second, low], edge + margin * 0.1), result[second, low])
            result[first, high] = np.maximum(upper, centre[first])
            result[second, low] = np.minimum(lower, centre[second])
        # What has no width keeps a place of its own.
        flat = result[:, high] - result[:, low] < _INSET / 2
        result[:, low] = np.where(flat, centre - _INSET / 4, result[:, low])
        result[:, high] = np.where(flat, centre + _INSET / 4, result[:, high])
    return result


def _lines_apart(boxes: Floats, lines: Ints) -> Floats:
    """The boxes, lowered where lines stand so close that the middle of one is inside the boxes of the next."""
    first = np.flatnonzero(np.concatenate([[True], np.diff(lines) != 0]))
    if len(first) > _MOST_LINES:
        return boxes
    centre = (boxes[:, 1] + boxes[:, 3]) / 2
    left, right = np.minimum.reduceat(boxes[:, 0], first), np.maximum.reduceat(boxes[:, 2], first)
    top, bottom = np.minimum.reduceat(boxes[:, 1], first), np.maximum.reduceat(boxes[:, 3], first)
    highest, lowest = np.minimum.reduceat(centre, first), np.maximum.reduceat(centre, first)
    beside = (left[:, None] < right[None, :]) & (left[None, :] < right[:, None])
    # Row i above row j: all centres of i are higher, and one of them reaches to the centre of the other.
    apart = highest[None, :] - lowest[:, None]
    close = (bottom[:, None] >= highest[None, :] - 0.1) | (top[None, :] <= lowest[:, None] + 0.1)
    above = beside & (apart > 0.05) & close
    middle = (lowest[:, None] + highest[None, :]) / 2
    floor = np.where(above, middle, np.inf).min(axis=1)
    ceiling = np.where(above, middle, -np.inf).max(axis=0)
    result = boxes.copy()
    result[:, 3] = np.minimum(result[:, 3], floor[lines])
    result[:, 1] = np.maximum(result[:, 1], ceiling[lines])
    return result
