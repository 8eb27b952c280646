"""Pages with a text layer and pictures beside it: which pictures may have text of their own, and where it belongs.

A screenshot in a report, a scanned annex below a typed head, a scan that a court stamped with a line of real text. Pure
Python. Boxes of pictures are points, those of lines and paragraphs tenths of a point.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from assistant.documents.lines import Line
from assistant.documents.packed import unpacked
from assistant.documents.paragraphs import Paragraph, paragraphs
from assistant.documents.recognised import layout_lines

Box = tuple[float, float, float, float]

_LEAST_WIDTH, _LEAST_HEIGHT = 80.0, 24.0
_LEAST_SHARE = 0.03
"""Of the page: a logo and a signature take less."""
_MOST_TEXT = 0.03
"""Of a picture's area that lines of the layer may cover: a stamp takes a hundredth, a title on a slide's background
five, a scan whose text was recognised before thirty."""
_COVERED = 0.4
"""Of a recognised line that lines of the layer may cover; more, and it says what they say."""
_TOUCHING = 2.0
_MOST_REGIONS = 20
_TEMPLATE_PAGES = 3
"""A picture on so many pages belongs to their design: a background, a letter head."""


class Placed(NamedTuple):
    """A picture on a page."""

    number: int
    """The same for the same picture on another page."""
    box: Box


def regions(pictures: Sequence[Placed], lines: Sequence[Line], size: tuple[float, float]) -> list[Placed]:
    """The parts of a page of ``size`` that are to be recognised: large pictures without text of the layer on them."""
    found: list[Placed] = []
    for number, box in _joined([Placed(number, _on_page(box, size)) for number, box in pictures]):
        x0, y0, x1, y1 = box
        area = (x1 - x0) * (y1 - y0)
        if x1 - x0 < _LEAST_WIDTH or y1 - y0 < _LEAST_HEIGHT or area < _LEAST_SHARE * size[0] * size[1]:
            continue
        tenths = (10 * x0, 10 * y0, 10 * x1, 10 * y1)
        if sum(_shared(_box(line), tenths) for line in lines) > _MOST_TEXT * 100 * area:
            continue
        # What is drawn later lies above.
        found = [other for other in found if _shared(other.box, box) < 0.5 * _area(other.box)]
        if all(_shared(other.box, box) < 0.5 * area for other in found):
            found.append(Placed(number, box))
    return found[:_MOST_REGIONS]


def without_templates(pages: Mapping[int, Sequence[Placed]]) -> dict[int, list[Placed]]:
    """The regions of each page but for pictures that are on many of them."""
    counts = Counter(number for found in pages.values() for number in {each.number for each in found})
    kept = {
        page: [each for each in found if counts[each.number] < _TEMPLATE_PAGES or each.number == 0]
        for page, found in pages.items()
    }
    return {page: found for page, found in kept.items() if found}


def with_pictures(
    written: Sequence[Paragraph], lines: Sequence[Line], found: Sequence[Placed], message: Any, first_glyph: int
) -> tuple[list[Paragraph], int, int]:
    """The paragraphs of a page with what was recognised on its pictures among them, the number of glyphs of the latter
    (which follow ``first_glyph`` others), and how many lines of it are shown.

    ``lines`` are the layer's; ``message`` is a :meth:`RecognisedPage.for_layout`. Each picture's text stays together
    and follows what stands above the picture."""
    recognised = layout_lines(message, first_glyph, len(lines))
    glyphs = sum(len(line.text) for line in recognised)
    fresh = [
        line for line in recognised if sum(_shared(_box(other), _box(line)) for other in lines) < _COVERED * _size(line)
    ]
    result = list(written)
    shown = sorted(lines, key=_start)
    order = sorted(found, key=lambda each: (each.box[1], each.box[0]))
    for number, (_, box) in enumerate(order):
        tenths = (10 * box[0], 10 * box[1], 10 * box[2], 10 * box[3])
        inside = [line for line in fresh if _holds(tenths, line)]
        if inside:
            # It neither continues what stands before it nor goes on after it.
            own = [item._replace(zone=1000 + number, top=False) for item in paragraphs(inside, {})]
            own[-1] = own[-1]._replace(open=False)
            at = _place(result, shown, tenths)
            result[at:at] = own
            shown = sorted([*shown, *inside], key=_start)
    return result, glyphs, len(fresh)


def _start(line: Line) -> int:
    return line.start


def _place(written: Sequence[Paragraph], shown: Sequence[Line], box: Box) -> int:
    """Index at which a picture's text goes into a page's paragraphs; ``shown`` has their lines by their glyphs."""
    starts = [line.start for line in shown]
    after, before, last = -1, -1, 0
    for index, item in enumerate(written):
        if item.kind in ("running_head", "page_number", "footnote"):
            continue
        last = index + 1
        mine = [shown[max(bisect_right(starts, run[0]) - 1, 0)] for run in unpacked(item.runs)] if shown else []
        if not mine or min(line.x0 for line in mine) >= box[2] or max(line.x1 for line in mine) <= box[0]:
            continue
        middle = (min(line.y0 for line in mine) + max(line.y1 for line in mine)) / 2
        if middle < (box[1] + box[3]) / 2:
            after = index + 1
        elif before < 0:
            before = index
    if after < 0 and before < 0:
        # It stands in a column of its own, or alone.
        below = (index for index, item in enumerate(written[:last]) if item.y0 > box[1] and index > 0)
        return next(below, last)
    return after if after >= 0 else before


def _joined(pictures: Sequence[Placed]) -> list[Placed]:
    """Strips of one picture, as scanners write them, become one."""
    result: list[Placed] = []
    for number, box in pictures:
        above = result[-1].box if result else None
        if (
            above is not None
            and abs(above[0] - box[0]) <= _TOUCHING
            and abs(above[2] - box[2]) <= _TOUCHING
            and (abs(above[3] - box[1]) <= _TOUCHING or abs(above[1] - box[3]) <= _TOUCHING)
        ):
            whole = (min(above[0], box[0]), min(above[1], box[1]), max(above[2], box[2]), max(above[3], box[3]))
            result[-1] = Placed(result[-1].number, whole)
        else:
            result.append(Placed(number, box))
    return result


def _on_page(box: Box, size: tuple[float, float]) -> Box:
    return max(box[0], 0.0), max(box[1], 0.0), min(box[2], size[0]), min(box[3], size[1])


def _box(line: Line) -> Box:
    return line.x0, line.y0, line.x1, line.y1


def _size(line: Line) -> float:
    return max(_area(_box(line)), 1.0)


def _area(box: Box) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def _shared(one: Box, other: Box) -> float:
    return _area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))


def _holds(box: Box, line: Line) -> bool:
    x, y = (line.x0 + line.x1) / 2, (line.y0 + line.y1) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
