"""Summary and document type of one document, and how its analyses get on: from its session into its panels."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, Signal

from assistant.errors import UserError
from assistant.types import Classification, Evidence, Span, Summary, SummaryLevel
from ui.i18n import error_message
from ui.models.session import Session
from ui.views.page_view import PageView
from ui.views.side_panels import SidePanels

_log = logging.getLogger(__name__)


class Results(QObject):
    """See the module. :meth:`wire` once the panels are there. Main thread only."""

    level_chosen = Signal(str)

    def __init__(self, session: Session, pages: PageView, panels: SidePanels, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pages = pages
        self._panels = panels
        self._level: SummaryLevel = "short"
        session.summary_changed.connect(self._on_summary)
        session.classification_changed.connect(self._on_classification)
        show = self._panels.when_built
        session.entities_progress.connect(lambda progress: show(lambda: self._panels.entities.set_progress(progress)))
        session.summary_progress.connect(lambda progress: show(lambda: self._panels.summary.set_progress(progress)))
        session.classification_progress.connect(lambda progress: show(lambda: self._panels.type.set_progress(progress)))
        session.summary_started.connect(lambda _: show(lambda: self._panels.summary.set_state("loading")))
        session.entities_failed.connect(
            self._failed(lambda sentence: self._panels.entities.set_state("failed", sentence))
        )
        session.summary_failed.connect(
            self._failed(lambda sentence: self._panels.summary.set_state("failed", sentence))
        )
        session.classification_failed.connect(
            self._failed(lambda sentence: self._panels.type.set_state("failed", sentence))
        )

    def wire(self) -> None:
        """Hear what the user does in the panels."""
        summary, kind = self._panels.summary, self._panels.type
        summary.level_changed.connect(self._on_level)
        summary.sentence_activated.connect(self._on_sentence)
        summary.retry_requested.connect(lambda: self._session.summarize(self._level))
        self._panels.entities.retry_requested.connect(self._retry_entities)
        kind.evidence_activated.connect(self._on_type_evidence)
        kind.retry_requested.connect(self._session.classify)

    def set_states(self, state: Literal["loading", "failed"], sentence: str = "") -> None:
        """Of all panels that show what is found."""
        panels = self._panels
        for set_state in (panels.entities.set_state, panels.summary.set_state, panels.type.set_state):
            set_state(state, sentence)

    def _retry_entities(self) -> None:
        self._panels.entities.set_state("loading")
        self._session.find_entities(max(self._pages.page, 1))

    def _failed(self, say: Callable[[str], None]) -> Callable[[BaseException], None]:
        def show(error: BaseException) -> None:
            # The panel's own state says it, with a way to try again; a dialog for each would only be in the way.
            sentence = error_message(error)
            self._panels.when_built(lambda: say(sentence))
            if not isinstance(error, UserError):
                _log.error("an analysis failed", exc_info=error)

        return show

    def _on_summary(self, summary: Summary) -> None:
        self._panels.when_built(lambda: self._panels.summary.set_summary(summary))

    def _on_classification(self, classification: Classification) -> None:
        self._panels.when_built(lambda: self._show_classification(classification))

    def _show_classification(self, classification: Classification) -> None:
        self._panels.type.set_classification(classification)
        self._panels.summary.type_card.set_classification(classification)

    def _on_level(self, level: SummaryLevel) -> None:
        self._level = level
        self._session.summarize(level)
        self.level_chosen.emit(level)

    def _on_sentence(self, span: Span) -> None:
        self._panels.summary.set_current(span)
        self._pages.show_span(span, flash=True)

    def _on_type_evidence(self, evidence: Evidence) -> None:
        self._panels.type.set_current(evidence)
        self._pages.show_span(evidence.span, flash=True)

    @property
    def level(self) -> SummaryLevel:
        return self._level

    def set_level(self, level: SummaryLevel) -> None:
        """How long the summary is that the session has made, or will."""
        self._level = level
        self._panels.set_level(level)
