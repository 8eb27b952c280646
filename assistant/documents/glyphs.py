"""Glyph boxes of a page, brought together with the offsets of the text that they show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assistant.documents.assemble import PageMap
from assistant.types import PageText


def page_text(
    page: int, page_map: PageMap, corners: npt.NDArray[np.float32], levels: npt.NDArray[np.int32]
) -> PageText:
    """``corners`` (n, 8) x, y of upper left, upper right, lower left, lower right of each glyph of the page;
    ``levels`` (n,) bidi levels, odd from right to left."""
    glyphs, starts, ends = page_map.offsets()
    shown = corners[glyphs]
    xs, ys = shown[:, 0::2], shown[:, 1::2]
    boxes = (
        np.stack([xs.min(axis=1), ys.min(axis=1), xs.max(axis=1), ys.max(axis=1)], axis=1)
        if len(shown)
        else shown[:, :4]
    )
    return PageText(page, starts, ends, np.ascontiguousarray(boxes, np.float32), _lines(boxes, glyphs, levels[glyphs]))


def _lines(
    boxes: npt.NDArray[np.float32], glyphs: npt.NDArray[np.int64], levels: npt.NDArray[np.int32]
) -> npt.NDArray[np.int32]:
    """A new line wherever the next glyph does not stand beside the one before in its direction of writing, so that a
    rectangle around neighbours in the text never holds glyphs of other text."""
    count = len(boxes)
    if count == 0:
        return np.zeros(0, np.int32)
    before, after = boxes[:-1], boxes[1:]
    height = np.maximum(np.minimum(before[:, 3] - before[:, 1], after[:, 3] - after[:, 1]), 0.1)
    width = np.maximum(np.minimum(before[:, 2] - before[:, 0], after[:, 2] - after[:, 0]), 0.1)
    same_row = np.minimum(before[:, 3], after[:, 3]) - np.maximum(before[:, 1], after[:, 1]) > 0.5 * height
    same_column = np.minimum(before[:, 2], after[:, 2]) - np.maximum(before[:, 0], after[:, 0]) > 0.5 * width
    mid_x = (boxes[:, 0] + boxes[:, 2]) / 2
    mid_y = (boxes[:, 1] + boxes[:, 3]) / 2
    step_x, step_y = np.diff(mid_x), np.diff(mid_y)
    # Sign of the writing direction: 1 onwards, -1 backwards, 2 downwards, 3 upwards, 0 a jump.
    far = np.abs(step_x) > 4 * height + width
    across = np.where(far, 0, np.where(step_x >= -0.2, 1, -1))
    along = np.where(same_column & (np.abs(step_y) > 0.2), np.where(step_y > 0, 2, 3), 0)
    direction = np.where(same_row, across, along)
    # A jump in the page's stream of glyphs (another line, a dropped hyphen) ends a line too, but not a skipped blank.
    skipped = np.abs(np.diff(glyphs)) > 3
    new = (direction == 0) | skipped
    turned = np.zeros(count - 1, bool)
    turned[1:] = (direction[1:] != direction[:-1]) & ~new[:-1]
    return np.concatenate([[0], np.cumsum(new | turned)]).astype(np.int32)
