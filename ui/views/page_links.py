"""The links on the pages: inside the document they jump, those to outside are asked about first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import QObject, QPoint, Signal

from assistant.types import Link
from ui.i18n import tr
from ui.jobs import Dispatcher
from ui.models.addresses import address
from ui.views.page_geometry import Spot
from ui.views.page_view import PageView


class PageLinks(QObject):
    """One for a document's pages, whose links are asked for once they are drawn. See ``page_pointer.Spots``."""

    outside = Signal(str)
    """An address that leads out of the document was clicked."""

    over_mentions = True

    def __init__(
        self,
        pages: PageView,
        dispatcher: Dispatcher,
        ask: Callable[[int], Future[list[Link]] | None],
        parent: QObject | None = None,
    ) -> None:
        """``ask`` gives the links of a page (from 1); None while there is no document."""
        super().__init__(parent)
        self._pages = pages
        self._dispatcher = dispatcher
        self._ask = ask
        self._known: dict[int, list[Link]] = {}
        self._asked: set[int] = set()
        self._round = 0
        self.follow(pages)

    def follow(self, pages: PageView) -> None:
        """Answer for these pages of the document too: a second pane."""
        pages.settled.connect(lambda: self._want(pages))
        pages.pointer.spots.insert(0, self)
        pages.pointer.pressed.connect(lambda: self._use(pages))

    def forget(self) -> None:
        """Other pages are shown: the links of these are asked for once they are drawn."""
        self._known = {}
        self._asked = set()
        self._round += 1

    def _use(self, pages: PageView) -> None:
        self._pages = pages

    def links(self, page: int) -> list[Link]:
        """Those that are known by now."""
        return self._known.get(page, [])

    def holds(self, page: int, x: float, y: float) -> bool:
        return self._at(page, x, y) is not None

    def tip(self, page: int, x: float, y: float) -> str:
        link = self._at(page, x, y)
        if link is None:
            return ""
        return address(link.address).shown if link.address else tr("Go to page {page}", page=link.page)

    def click(self, page: int, x: float, y: float, place: QPoint) -> None:
        link = self._at(page, x, y)
        if link is not None and link.address:
            self.outside.emit(link.address)
        elif link is not None:
            gap = self._pages.look.sizes.page_gap
            self._pages.go_to(Spot(link.page, 0.0, max(link.y - gap, 0.0)), record=True)

    def _at(self, page: int, x: float, y: float) -> Link | None:
        def holds(link: Link) -> bool:
            x0, y0, x1, y1 = link.box
            return x0 <= x <= x1 and y0 <= y <= y1

        return next((link for link in self.links(page) if holds(link)), None)

    def _want(self, pages: PageView) -> None:
        for page in pages.visible_pages():
            future = self._ask(page) if page not in self._asked else None
            if future is not None:
                self._asked.add(page)
                self._dispatcher.when_done(future, self._on_links, (self._round, page))

    def _on_links(self, future: Future[list[Link]], asked: tuple[int, int]) -> None:
        number, page = asked
        if number != self._round:
            return
        if future.cancelled():
            self._asked.discard(page)
        elif future.exception() is None:
            self._known[page] = future.result()
