"""The glyphs of the pages on screen, and what a pointer means in them. Nothing here waits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future

import numpy as np
from PySide6.QtCore import QObject, QTextBoundaryFinder, Signal

from assistant.types import PageText, Span
from ui.jobs import Dispatcher

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

    Rows matter more than columns: a pointer right of a line means the end of that line.
    """
    if len(text.offsets) == 0:
        return None
    boxes = text.boxes
    dx = np.maximum(np.maximum(boxes[:, 0] - x, x - boxes[:, 2]), 0)
    dy = np.maximum(np.maximum(boxes[:, 1] - y, y - boxes[:, 3]), 0)
    index = int(np.argmin(dx + dy * 8))
    after = x > (float(boxes[index, 0]) + float(boxes[index, 2])) / 2
    return int(text.ends[index] if after else text.offsets[index])


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
