"""Finding words in one document: searched by its session, listed below its find bar, marked on pages and scroll bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from PySide6.QtCore import QObject, Signal

from assistant.types import Span
from ui.i18n import error_message, tr
from ui.models.session import Session
from ui.views.document_centre import DocumentCentre
from ui.views.find_bar import Search
from ui.views.marked_scroll_bar import MarkedScrollBar
from ui.views.page_view import PageView

_MOST_PLACES = 10_000


class Finding(QObject):
    """Wires the find bar. Main thread only."""

    changed = Signal()
    """There are other hits."""

    def __init__(
        self, session: Session, pages: PageView, centre: DocumentCentre, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._pages = pages
        self._bar = centre.find_bar
        self._list = centre.find_list
        self._bar.search.connect(self._on_search)
        self._bar.current_changed.connect(self._on_hit)
        self._bar.closed.connect(pages.setFocus)
        self._bar.list_toggled.connect(self._list.set_wanted)
        self._list.chosen.connect(self._bar.go_to)
        self.scroll_bar = MarkedScrollBar(pages.look, self._places)
        pages.setVerticalScrollBar(self.scroll_bar)

    def open(self, text: str = "") -> None:
        """Open the bar with ``text``, or the selected words."""
        self._bar.open_bar(text or self._pages.selected_text()[:80], self._reader_offset())

    def forget(self) -> None:
        """The text is another one: the hits are places of the old one."""
        if self._bar.hits:
            self._show("", [])

    def place_anew(self) -> None:
        """The same text is on other pages now."""
        if self._bar.hits:
            self._list_hits(self._bar.hits)
            self._list.set_current(self._bar.index)
            self.scroll_bar.refresh()

    def _reader_offset(self) -> int:
        document = self._pages.document
        if document is None or not document.pages:
            return 0
        return document.pages[max(self._pages.page, 1) - 1].span.start

    def _on_search(self, search: Search) -> None:
        self._list.say("")
        options = asdict(search)
        query = options.pop("query")
        job = self._session.find(query, **options) if query.strip() else None
        if job is None:
            self._show("", [])
            return
        # What is shown belongs to another search.
        self._bar.set_hits("", [])
        job.partial.connect(lambda hits: self._show(query, hits, complete=False))
        job.succeeded.connect(lambda hits: self._show(query, hits))
        job.failed.connect(lambda error: self._on_failed(query, error))

    def _on_failed(self, query: str, error: BaseException) -> None:
        hits = list(self._bar.hits)
        self._show(query if hits else "", hits)
        if not hits:
            self._bar.say(tr("No search"))
        self._list.say(error_message(error))

    def _show(self, query: str, hits: Sequence[Span], *, complete: bool = True) -> None:
        self._pages.layers.set_hits(hits)
        self._list_hits(hits)
        self._bar.set_hits(query, hits, complete=complete)
        if 0 <= self._bar.index < len(hits):
            # Told again, as the hits are new to the pages.
            self._pages.layers.current_hit = hits[self._bar.index]
            self._list.set_current(self._bar.index)
        else:
            self.scroll_bar.current = None
        self.scroll_bar.refresh()
        self._pages.refresh()
        self.changed.emit()

    def _list_hits(self, hits: Sequence[Span]) -> None:
        """With the pages that are shown."""
        handle, document = self._session.handle, self._pages.document or self._session.document
        own = handle is not None and document is self._session.document
        self._list.set_hits(document, hits, handle.labels if handle is not None and own else ())

    def _on_hit(self, span: Span) -> None:
        self._pages.layers.current_hit = span
        self._list.set_current(self._bar.index)
        self._pages.show_span(span)
        places = self._fractions([span.start])
        self.scroll_bar.current = places[0] if places else None
        self.scroll_bar.update()

    def _places(self) -> Sequence[float]:
        hits = self._bar.hits
        if 0 <= self._bar.index < len(hits):
            here = self._fractions([hits[self._bar.index].start])
            self.scroll_bar.current = here[0] if here else None
        # More than there are pixels on any bar.
        return self._fractions([hit.start for hit in hits[:: max(1, len(hits) // _MOST_PLACES)]])

    def _fractions(self, offsets: Sequence[int]) -> Sequence[float]:
        """Where offsets are in the height of all pages, about: as far down their page as they are in its text."""
        document, geometry = self._pages.document, self._pages.geometry_of_pages
        if document is None or not geometry.count or geometry.count != len(document.pages) or not offsets:
            return ()
        at = np.array(offsets)
        starts = np.array([page.span.start for page in document.pages])
        # Of pages with a hit only: a step from one hit to the next must not go through thousands of pages.
        on, which = np.unique(np.maximum(np.searchsorted(starts, at, side="right") - 1, 0), return_inverse=True)
        lengths = np.array([max(len(document.pages[page].span), 1) for page in on.tolist()])
        rects = [geometry.rect(page + 1, 1.0) for page in on.tolist()]
        tops, heights = np.array([rect.top() for rect in rects]), np.array([rect.height() for rect in rects])
        places = tops[which] + heights[which] * np.clip((at - starts[on][which]) / lengths[which], 0, 1)
        found: list[float] = np.unique(np.round(places / max(geometry.height, 1.0), 4)).tolist()
        return found
