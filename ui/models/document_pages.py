"""The pages of an open document, as the views that paint them ask for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING

from assistant.types import PageImage, PageText

if TYPE_CHECKING:
    from assistant.engine import Engine, OpenDocument, Printed

Rect = tuple[float, float, float, float]


class Ahead:
    """The picture of the page that will be in sight, asked for before the window knows that the document is open."""

    def __init__(self, page: int, scale: float, future: Future[PageImage]) -> None:
        self._page = page
        self._scale = scale
        self._future: Future[PageImage] | None = future

    def take(self, page: int, scale: float) -> Future[PageImage] | None:
        """The picture, if it is this one and was not taken before. Main thread."""
        if (page, scale) != (self._page, self._scale):
            return None
        future, self._future = self._future, None
        return future

    def drop(self) -> None:
        """Nobody wants it any more."""
        if self._future is not None:
            self._future.cancel()
            self._future = None


class DocumentPages:
    """The pages of one open document, for the views that paint them."""

    def __init__(self, engine: Engine, opened: OpenDocument, ahead: Ahead | None = None) -> None:
        self._engine = engine
        self._opened = opened
        self._ahead = ahead

    @property
    def page_sizes(self) -> Sequence[tuple[float, float]]:
        sizes: Sequence[tuple[float, float]] = self._opened.page_sizes
        return sizes

    def render(self, page: int, scale: float, clip: Rect | None, priority: int) -> Future[PageImage]:
        if self._ahead is not None and clip is None:
            future = self._ahead.take(page, scale)
            if future is not None:
                return _or_else(future, lambda: self._engine.render(self._opened, page, scale, clip, priority))
        return self._engine.render(self._opened, page, scale, clip, priority)

    def pictures(self, page: int, priority: int) -> Future[tuple[Rect, ...]]:
        return self._engine.pictures_on(self._opened, page, priority)

    def page_text(self, page: int, priority: int) -> Future[PageText]:
        return self._engine.page_text(self._opened, page, priority)


class PrintedPages:
    """The same of a document as it is printed: the glyphs have the offsets of the document's own text."""

    def __init__(self, engine: Engine, printed: Printed) -> None:
        self._engine = engine
        self._printed = printed

    @property
    def page_sizes(self) -> Sequence[tuple[float, float]]:
        sizes: Sequence[tuple[float, float]] = self._printed.opened.page_sizes
        return sizes

    def render(self, page: int, scale: float, clip: Rect | None, priority: int) -> Future[PageImage]:
        return self._engine.render(self._printed.opened, page, scale, clip, priority)

    def pictures(self, page: int, priority: int) -> Future[tuple[Rect, ...]]:
        return self._engine.pictures_on(self._printed.opened, page, priority)

    def page_text(self, page: int, priority: int) -> Future[PageText]:
        return self._engine.printed_text(self._printed, page, priority)


def _or_else(ahead: Future[PageImage], ask: Callable[[], Future[PageImage]]) -> Future[PageImage]:
    """The picture that was asked for ahead or, if that failed, as ``ask`` asks for it."""
    asked: Future[PageImage] = Future()

    def give(future: Future[PageImage]) -> None:
        if not asked.set_running_or_notify_cancel():
            return
        error = CancelledError() if future.cancelled() else future.exception()
        if error is None:
            asked.set_result(future.result())
        else:
            asked.set_exception(error)

    def first(future: Future[PageImage]) -> None:
        if not future.cancelled() and future.exception() is None:
            give(future)
        elif not asked.cancelled():
            ask().add_done_callback(give)

    ahead.add_done_callback(first)
    return asked
