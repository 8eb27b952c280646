"""A page view on real documents of a real document process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from assistant.documents.host import DocumentHost, OpenDocument
from assistant.jobs import Context
from assistant.types import Document, Mention, PageImage, PageText, Span
from ui.icons import Icons
from ui.jobs import Dispatcher
from ui.page_theme import PageTheme
from ui.theme import Mode, Theme
from ui.views.page_view import PageView
from ui.views.widgets import Look


@dataclass
class HostPages:
    """The pages of a document straight from the host; counts what was asked for."""

    host: DocumentHost
    opened: OpenDocument
    asked: int = 0
    cancelled: int = 0

    @property
    def page_sizes(self) -> Sequence[tuple[float, float]]:
        return self.opened.page_sizes

    def render(
        self, page: int, scale: float, clip: tuple[float, float, float, float] | None, priority: int
    ) -> Future[PageImage]:
        self.asked += 1
        future = self.host.render(self.opened, page, scale, clip, priority)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, future: Future[PageImage]) -> None:
        self.cancelled += future.cancelled()

    def pictures(self, page: int, priority: int) -> Future[tuple[tuple[float, float, float, float], ...]]:
        return self.host.pictures_on(self.opened, page, priority)

    def page_text(self, page: int, priority: int) -> Future[PageText]:
        return self.host.page_text(self.opened, page, priority)


@dataclass(frozen=True)
class Shown:
    """A document in a page view."""

    view: PageView
    document: Document
    pages: HostPages
    look: Look
    qtbot: QtBot

    def settle(self) -> None:
        """Until everything in sight is drawn and its glyphs are known."""
        texts = self.view.texts
        self.qtbot.waitUntil(
            lambda: (
                self.view.is_settled
                and texts is not None
                and all(texts.get(page) is not None for page in self.view.visible_pages())
            ),
            timeout=20_000,
        )

    def span(self, words: str, number: int = 0) -> Span:
        """The place of words that the document holds."""
        start = -1
        for _ in range(number + 1):
            start = self.document.text.index(words, start + 1)
        return Span(start, start + len(words))

    def mention(self, words: str, label: str, number: int = 0) -> Mention:
        span = self.span(words, number)
        return Mention(span, self.document.page_at(span.start), words, label, 0.9, "model:test@1")

    def corner(self, offset: int, *, after: bool = False) -> QPointF:
        """The left (or right) edge of a code point's glyph in the viewport, a little inside."""
        page = self.document.page_at(offset)
        text = self.view.texts.get(page) if self.view.texts is not None else None
        assert text is not None
        quads = text.quads(Span(offset, offset + 1))
        assert quads, f"no glyph at {offset}"
        x0, y0, x1, y1 = quads[0].bounds
        x = x1 - (x1 - x0) * 0.2 if after else x0 + (x1 - x0) * 0.2
        return self.view.point_in_view(page, x, (y0 + y1) / 2)

    def drag(self, first: int, last: int) -> None:
        """Drag from before code point ``first`` to behind code point ``last``."""
        viewport = self.view.viewport()
        start, end = self.corner(first).toPoint(), self.corner(last, after=True).toPoint()
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
        QTest.mouseMove(viewport, (start + end) / 2)
        QTest.mouseMove(viewport, end)
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)

    def click(self, offset: int, times: int = 1) -> None:
        place = self.corner(offset).toPoint()
        for number in range(times):
            act = QTest.mouseDClick if number % 2 else QTest.mouseClick
            act(self.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


@contextmanager
def show(
    host: DocumentHost, qtbot: QtBot, path: Path, *, mode: Mode = "light", size: tuple[int, int] = (800, 700)
) -> Iterator[Shown]:
    """Open a document and show it; everything ends with the block."""
    context = Context()
    opened = host.open(path, context)
    document = host.read(opened, context)
    theme = Theme(mode)
    theme.apply()
    look = Look(theme, Icons(theme), PageTheme(theme))
    dispatcher = Dispatcher()
    pool = ThreadPoolExecutor(1)
    view = PageView(look, dispatcher, pool)
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    qtbot.waitExposed(view)
    source = HostPages(host, opened)
    view.open(source)
    view.set_document(document)
    try:
        yield Shown(view, document, source, look, qtbot)
    finally:
        view.close_document()
        view.hide()
        pool.shutdown(wait=True)
        dispatcher.close()
        host.close(opened)
