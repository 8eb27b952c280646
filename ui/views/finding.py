"""Finding words in one document: searched by its session, listed in its find bar, marked on its pages."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from assistant.types import Span
from ui.i18n import error_message
from ui.models.session import Session
from ui.views.document_centre import DocumentCentre
from ui.views.page_view import PageView


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
        self._notices = centre.notices
        self._bar = centre.find_bar
        self._bar.search.connect(self._on_search)
        self._bar.current_changed.connect(self._on_hit)
        self._bar.closed.connect(pages.setFocus)

    def open(self, text: str = "") -> None:
        """Open the bar with ``text``, or the selected words."""
        self._bar.open_bar(text or self._pages.selected_text()[:80], self._reader_offset())

    def forget(self) -> None:
        """The text is another one: the hits are places of the old one."""
        if self._bar.hits:
            self._show("", [])

    def _reader_offset(self) -> int:
        document = self._pages.document
        if document is None or not document.pages:
            return 0
        return document.pages[max(self._pages.page, 1) - 1].span.start

    def _on_search(self, query: str, case: bool, words: bool) -> None:
        if not query.strip():
            self._show("", [])
            return
        job = self._session.find(query, case=case, words=words)
        if job is not None:
            job.succeeded.connect(lambda hits: self._show(query, hits))
            job.failed.connect(lambda error: self._notices.say(error_message(error)))

    def _show(self, query: str, hits: list[Span]) -> None:
        self._pages.layers.set_hits(hits)
        self._bar.set_hits(query, hits)
        self._pages.refresh()
        self.changed.emit()

    def _on_hit(self, span: Span) -> None:
        self._pages.layers.current_hit = span
        self._pages.show_span(span)
