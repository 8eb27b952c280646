"""How one document's pages are shown: in which mode, in one pane or two, as a presentation; and what is kept of it."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QGuiApplication

from assistant.types import Document, Span
from ui.jobs import Dispatcher
from ui.models.quotation import quotation
from ui.models.session import Session
from ui.models.view_state import ViewState
from ui.views.page_geometry import MODES, Arrangement, Mode, Spot
from ui.views.page_images import PageImages
from ui.views.page_panes import Panes, Split
from ui.views.page_view import PageSource, PageView
from ui.views.presentation import Presentation
from ui.views.side_panels import SidePanels
from ui.views.widgets import Look

if TYPE_CHECKING:
    from assistant.engine import Place


class DocumentPanes(QObject):
    """One for each document. Main thread only."""

    page_changed = Signal(object, int)
    """The pane and its page."""
    changed = Signal()
    """Another pane is in use, or pages are laid out in another way."""

    def __init__(
        self,
        look: Look,
        session: Session,
        panels: SidePanels,
        dispatcher: Dispatcher,
        pool: Executor,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._session = session
        self._panels = panels
        self._dispatcher = dispatcher
        self._pool = pool
        self._stand_ins: PageImages | None = None
        self._other: PageSource | None = None
        self._waiting: ViewState | None = None
        self.presentation: Presentation | None = None
        self.first = PageView(look, dispatcher, pool)
        self.panes = Panes(look, self.first, self._make_second)
        self.panes.opened.connect(self._on_second)
        self.panes.current_changed.connect(self.changed)
        self._wire(self.first)

    @property
    def current(self) -> PageView:
        """The pane in use."""
        return self.panes.current

    # --- the document ----------------------------------------------------------------------------------------

    def open(self, place: Place | None, zoom: float | str) -> None:
        """Show the session's pages, at the ``place`` that was kept or new at ``zoom``."""
        source = self._session.pages
        if source is None:
            return
        state = ViewState.from_text(getattr(place, "view", ""))
        self.first.arrange(_arrangement(state.mode, state.rotation))
        kept = place.zoom if place is not None else 0.0
        self.first.open(source, "page" if state.fit == "page" else kept if kept > 0 else zoom)
        if place is not None:
            self.first.go_to(Spot(place.page, state.x, place.y))
        self.first.want_now()
        if state.left or state.right:
            self._panels.when_built(lambda: self._show_parts(state))
        # The second pane after the first page has come.
        self._waiting = state if state.split in ("beside", "below") else None

    def take_place(self, place: Place) -> None:
        """Show what is open already as it was left."""
        state = ViewState.from_text(place.view)
        self.first.arrange(_arrangement(state.mode, state.rotation))
        if state.fit == "page":
            self.first.fit_page()
        elif place.zoom > 0:
            self.first.set_zoom(place.zoom)
        self.first.go_to(Spot(place.page, state.x, place.y))

    def complete(self) -> None:
        """The true sizes of the pages are known."""
        source = self._session.pages
        if source is None:
            return
        for pane in self.all():
            pane.set_sizes(source)
        state, self._waiting = self._waiting, None
        if state is not None:
            self._open_again(state)

    def replace(self, source: PageSource | None, document: Document) -> None:
        """Show the same text on the pages of ``source``, or for None on the session's, with the same marks. Each pane
        goes to where it was in the text."""
        self._other = source
        shown = self._source()
        if shown is None:
            return
        kept = self.first.layers.kept()
        for pane in self.all():
            offset = _offset(pane)
            zoom = pane.fit or pane.zoom
            pane.close_document()
            pane.open(shown, zoom)
            pane.set_document(document)
            pane.history.clear()
            pane.history_changed.emit()
            pane.show_span(Span(offset, offset + 1), record=False)
        self.first.layers.restore(kept)

    def _source(self) -> PageSource | None:
        return self._other if self._other is not None else self._session.pages

    def set_document(self, document: Document) -> None:
        """The text was read, perhaps again."""
        for pane in self.all():
            pane.set_document(document)

    def set_stand_ins(self, thumbnails: PageImages) -> None:
        self._stand_ins = thumbnails
        for pane in self.all():
            pane.set_stand_ins(thumbnails)

    def close(self) -> None:
        """Nothing is drawn any more."""
        if self.presentation is not None:
            self.presentation.close()
        for pane in self.all():
            pane.close_document()

    # --- what is kept ----------------------------------------------------------------------------------------

    def zoom_to_keep(self) -> float:
        """0 is as wide as the view."""
        return 0.0 if self.first.fit == "width" else self.first.zoom

    def state_to_keep(self) -> str:
        """How the document is shown, beside the place and the zoom of the first pane."""
        first, second = self.first, self.panes.second
        here, there = first.here(), second.here() if second is not None else None
        built = self._panels.is_built
        return ViewState(
            mode=first.arrangement.mode,
            rotation=first.arrangement.rotation,
            fit="page" if first.fit == "page" else "",
            x=here.x if first.arrangement.rotation else 0.0,
            left=self._panels.left_switch.current if built else "",
            right=self._panels.right_switch.current if built else "",
            split=self.panes.split,
            second_page=there.page if there is not None else 1,
            second_y=there.y if there is not None else 0.0,
            second_zoom=second.zoom if second is not None and second.fit != "width" else 0.0,
            second_mode=second.arrangement.mode if second is not None else "continuous",
            second_rotation=second.arrangement.rotation if second is not None else 0,
        ).to_text()

    def _show_parts(self, state: ViewState) -> None:
        for switch, key in ((self._panels.left_switch, state.left), (self._panels.right_switch, state.right)):
            if key in switch.names():
                switch.set_current(key)

    def _open_again(self, state: ViewState) -> None:
        self.panes.set_split(cast(Split, state.split))
        second = self.panes.second
        if second is not None:
            second.arrange(_arrangement(state.second_mode, state.second_rotation))
            if state.second_zoom > 0:
                second.set_zoom(state.second_zoom)
            second.go_to(Spot(state.second_page, 0.0, state.second_y))
        self.panes.use(self.first)

    # --- panes -----------------------------------------------------------------------------------------------

    def toggle_split(self, split: Split) -> None:
        """Two panes in this way, or one where they were."""
        if self._session.handle is not None:
            self.panes.set_split("" if self.panes.split == split else split)

    def all(self) -> list[PageView]:
        """The panes, the first one first."""
        return [self.first] if self.panes.second is None else [self.first, self.panes.second]

    def _make_second(self) -> PageView:
        return PageView(self._look, self._dispatcher, self._pool, layers=self.first.layers)

    def _on_second(self, second: PageView) -> None:
        self._wire(second)
        self.wire_second(second)
        source, document = self._source(), self.first.document
        if source is None:
            return
        second.arrange(self.first.arrangement)
        second.open(source, self.first.fit or "width")
        if self._stand_ins is not None:
            second.set_stand_ins(self._stand_ins)
        if document is not None:
            second.set_document(document)
        second.go_to(self.first.here())

    def wire_second(self, second: PageView) -> None:
        """What whoever owns the panes connects to the first one is connected here to a second one."""
        first = self.first
        second.selection_changed.connect(first.selection_changed)
        second.mention_clicked.connect(first.mention_clicked)
        second.setContextMenuPolicy(first.contextMenuPolicy())
        second.customContextMenuRequested.connect(first.customContextMenuRequested)

    def _wire(self, pane: PageView) -> None:
        pane.page_changed.connect(lambda page: self.page_changed.emit(pane, page))
        for signal in (pane.zoom_changed, pane.history_changed, pane.arrangement_changed, pane.caret.changed):
            signal.connect(lambda *_: self.changed.emit())

    # --- presentation ----------------------------------------------------------------------------------------

    def present(self) -> None:
        """Show the page of the pane in use, and those after it, over the whole screen."""
        source = self._source()
        if source is None or self.presentation is not None:
            return
        pane = self.current
        shown = PageView(self._look, self._dispatcher, self._pool)
        window = self.panes.window()
        self.presentation = Presentation(shown, source, max(pane.page, 1), pane.arrangement.rotation, window)
        self.presentation.ended.connect(self._on_presented)
        self.presentation.begin()

    def _on_presented(self, page: int) -> None:
        self.presentation = None
        if page != self.current.page:
            self.current.go_to_page(page)
        self.current.setFocus()

    # --- copying ---------------------------------------------------------------------------------------------

    def copy_quotation(self) -> None:
        """Put the selected words on the clipboard, with the title and the page."""
        document, span, handle = self.first.document, self.first.layers.selection, self._session.handle
        if document is None or span is None or not len(span):
            return
        text = quotation(document, span, handle.labels if handle is not None else ())
        QGuiApplication.clipboard().setText(text)
        self.first.copied.emit(len(text))


def _offset(pane: PageView) -> int:
    """Of the text a third down the pane, where :meth:`PageView.show_span` puts it."""
    document = pane.document
    if document is None or not document.pages:
        return 0
    spot = pane.spot_at(QPointF(pane.viewport().width() / 2, pane.viewport().height() / 3))
    page = min(max(spot.page, 1), len(document.pages))
    text = pane.texts.get(page) if pane.texts is not None else None
    if text is not None:
        below = np.flatnonzero(text.boxes[:, 1] >= spot.y)
        if len(below):
            return int(text.offsets[below[0]])
    return document.pages[page - 1].span.start


def _arrangement(mode: str, rotation: int) -> Arrangement:
    known: Mode = next((each for each in MODES if each == mode), "continuous")
    return Arrangement(known, rotation if rotation in (90, 180, 270) else 0)
