"""The glyphs of the pages on screen, and what a pointer means in them. Nothing here waits."""

from __future__ import annotations

import bisect
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future

import numpy as np
from PySide6.QtCore import QObject, QRectF, QTextBoundaryFinder, Signal

from assistant.types import Document, PageText, Span
from ui.jobs import Dispatcher
from ui.models.word_steps import trimmed

_KEPT_PAGES = 128
_WORD_REACH = 200


class PageTexts(QObject):
    """Glyph boxes by page, asked for when a page comes into sight. Main thread only."""

    ready = Signal(int)

    def __init__(
        self,
        page_text: Callable[[int, int], Future[PageText]],
        dispatcher: Dispatcher,
        parent: QObject | None = None,
    ) -> None:
        """``page_text(page, priority)``: the engine's call for one document."""
        super().__init__(parent)
        self._page_text = page_text
        self._dispatcher = dispatcher
        self._texts: OrderedDict[int, PageText] = OrderedDict()
        self._pending: dict[int, Future[PageText]] = {}
        self._broken: set[int] = set()

    def get(self, page: int) -> PageText | None:
        text = self._texts.get(page)
        if text is not None:
            self._texts.move_to_end(page)
        return text

    def is_awaited(self, page: int) -> bool:
        """Whether the page's glyphs are still to come."""
        return page not in self._texts and page not in self._broken

    def want(self, pages: Iterable[int], priority: int = 0) -> None:
        """Ask for the pages that are missing; stop waiting for others."""
        wanted = list(pages)
        for page in [page for page in self._pending if page not in wanted]:
            self._pending.pop(page).cancel()
        for page in wanted:
            self.request(page, priority)

    def request(self, page: int, priority: int = 0) -> None:
        """Ask for one page without giving up others."""
        if page in self._texts or page in self._pending or page in self._broken:
            return
        future = self._page_text(page, priority)
        self._pending[page] = future
        self._dispatcher.when_done(future, self._accept, page)

    def cancel(self) -> None:
        for future in self._pending.values():
            future.cancel()
        self._pending.clear()

    def _accept(self, future: Future[PageText], page: int) -> None:
        if self._pending.get(page) is future:
            del self._pending[page]
        if future.cancelled():
            return
        if future.exception() is not None:
            # The page has no text to select then; why it has none, the engine says in the document's notices.
            self._broken.add(page)
            self.ready.emit(page)
            return
        self._texts[page] = future.result()
        while len(self._texts) > _KEPT_PAGES:
            self._texts.popitem(last=False)
        self.ready.emit(page)


def caret_at(text: PageText, x: float, y: float) -> int | None:
    """The gap between code points that is nearest to a point on the page (in points); None on a page without text.

    A pointer right of a line means the end of that line; one above or below a column stays in that column, even where
    another column has a line at its height.
    """
    if len(text.offsets) == 0:
        return None
    numbers, place = np.unique(text.lines, return_inverse=True)
    lines = np.empty((len(numbers), 4), np.float64)
    for side, pick in ((0, np.minimum), (1, np.minimum), (2, np.maximum), (3, np.maximum)):
        lines[:, side] = np.inf if pick is np.minimum else -np.inf
        pick.at(lines[:, side], place, text.boxes[:, side])
    dx = np.maximum(np.maximum(lines[:, 0] - x, x - lines[:, 2]), 0)
    dy = np.maximum(np.maximum(lines[:, 1] - y, y - lines[:, 3]), 0)
    beside = int(np.lexsort((dx, dy))[0])
    column = np.flatnonzero(dx == 0)
    line = beside
    if len(column):
        within = int(column[int(np.argmin(dy[column]))])
        shared = lines[within, 0] < lines[beside, 2] and lines[beside, 0] < lines[within, 2]
        if not shared:
            line = within
    glyphs = np.flatnonzero(place == line)
    boxes = text.boxes[glyphs]
    index = int(glyphs[int(np.argmin(np.maximum(np.maximum(boxes[:, 0] - x, x - boxes[:, 2]), 0)))])
    after = x > (float(text.boxes[index, 0]) + float(text.boxes[index, 2])) / 2
    return int(text.ends[index] if after else text.offsets[index])


def caret_box(text: PageText, offset: int) -> QRectF | None:
    """The line (points, without width) of a caret before the code point ``offset``, or behind the last glyph before
    it where it has none; None on another page."""
    if len(text.offsets) == 0 or offset < int(text.offsets[0]) or offset > int(text.ends[-1]):
        return None
    index = int(np.searchsorted(text.ends, offset, side="right"))
    if index < len(text.offsets) and int(text.offsets[index]) <= offset:
        x0, y0, _, y1 = text.boxes[index].tolist()
        return QRectF(x0, y0, 0.0, y1 - y0)
    _, y0, x1, y1 = text.boxes[max(index - 1, 0)].tolist()
    return QRectF(x1, y0, 0.0, y1 - y0)


def is_on_text(text: PageText, x: float, y: float) -> bool:
    """Whether a point lies on a glyph or in the space between glyphs of a line."""
    boxes = text.boxes
    if len(boxes) == 0:
        return False
    row = np.flatnonzero((boxes[:, 1] <= y) & (y <= boxes[:, 3]))
    if len(row) == 0:
        return False
    size = boxes[row, 3] - boxes[row, 1]
    return bool(((boxes[row, 0] - size <= x) & (x <= boxes[row, 2] + size)).any())


def line_at(text: PageText, offset: int) -> Span | None:
    """The visual line that shows the code point."""
    index = int(np.searchsorted(text.ends, offset, side="right"))
    if index >= len(text.offsets):
        index = len(text.offsets) - 1
    if index < 0:
        return None
    same = np.flatnonzero(text.lines == text.lines[index])
    return Span(int(text.offsets[same].min()), int(text.ends[same].max()))


def word_at(text: str, offset: int) -> Span:
    """The word around a code point by Unicode's rules (UAX 29); a single character between words."""
    start = max(0, offset - _WORD_REACH)
    part = text[start : offset + _WORD_REACH]
    # Qt counts UTF-16 units: a map from them back to code points.
    units: list[int] = []
    for index, character in enumerate(part):
        units.extend([index] * (2 if ord(character) > 0xFFFF else 1))
    units.append(len(part))
    if offset - start >= len(part):
        return Span(offset, offset)
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Word, part)
    finder.setPosition(units.index(offset - start))
    first = finder.position() if finder.isAtBoundary() else finder.toPreviousBoundary()
    last = finder.toNextBoundary()
    first = max(first, 0)
    last = len(units) - 1 if last < 0 else last
    return Span(start + units[first], start + units[last])


def paragraph_at(document: Document, offset: int) -> Span:
    """The paragraph (heading, list item, table row ...) that holds a code point, without white space around it."""
    blocks = document.blocks
    place = bisect.bisect_right(blocks, offset, key=lambda block: block.span.start) - 1
    if place < 0 or offset >= blocks[place].span.end:
        return Span(offset, offset)
    return trimmed(document.text, blocks[place].span)


_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_GRAMMAR = frozenset("的了和与及或在是为由对从被把将于向以之其该此并且而也都就不未等")
"""Characters that mostly stand for themselves: a word ends at them."""
_LONGEST_WORD = 8


def readable_word_at(text: str, offset: int) -> Span:
    """The word around a code point. Chinese does not mark its words: there it is the string around the character that
    the document itself repeats, which is how names and terms show; else the pair that it repeats most."""
    if not 0 <= offset < len(text) or not _HAN.match(text[offset]) or text[offset] in _GRAMMAR:
        return word_at(text, offset)

    def reach(step: int) -> int:
        place = offset
        while abs(place + step - offset) < _LONGEST_WORD and 0 <= place + step < len(text):
            if not _HAN.match(text[place + step]) or text[place + step] in _GRAMMAR:
                break
            place += step
        return place

    low, high = reach(-1), reach(1) + 1
    if high - low <= 2:
        return Span(low, high)
    pairs = [Span(start, start + 2) for start in (offset - 1, offset) if low <= start and start + 2 <= high]
    counts = {pair: text.count(pair.of(text)) for pair in pairs}
    best = max(pairs, key=lambda pair: counts[pair])
    often = counts[best]
    if often < 2:
        # Said once: a short run is a word as a whole, of a longer one the pair that begins here.
        return Span(low, high) if high - low <= 4 else pairs[-1]
    while len(best) < _LONGEST_WORD:
        ends = ((best.start - 1, best.end), (best.start, best.end + 1))
        wider = [Span(start, end) for start, end in ends if low <= start and end <= high]
        found = {each: text.count(each.of(text)) for each in wider}
        longer = max(wider, key=lambda each: found[each], default=None)
        if longer is None or found[longer] < max(2, round(often * 0.6)):
            break
        best = longer
    return best
