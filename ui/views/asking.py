"""Questions to one document: asked of its session, shown in its panel, answered on its pages."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from assistant.errors import UserError
from assistant.types import Answer, Answers
from ui.i18n import error_message, tr
from ui.jobs import Job
from ui.models.session import Session
from ui.views.page_view import PageView
from ui.views.side_panels import SidePanels


class Asking(QObject):
    """One question runs at a time. Main thread only."""

    bug = Signal(object)
    """An exception that is not the user's."""
    answered = Signal(object, object)
    """The :class:`AnswerCard` and its :class:`Answers`."""

    def __init__(self, session: Session, pages: PageView, panels: SidePanels, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pages = pages
        self._panels = panels
        self._job: Job | None = None
        self.last_answers: Answers | None = None
        self.error: BaseException | None = None

    def ask(self, question: str) -> None:
        """Ask; the panel has a waiting card for it already."""
        panel = self._panels.ask
        job = self._session.ask(question)
        if job is None:
            panel.set_failed(tr("The document is still being read. Ask again in a moment."))
            return
        self._job = job
        job.progress.connect(panel.set_progress)
        job.succeeded.connect(self._on_answers)
        job.failed.connect(self._on_failed)
        job.cancelled.connect(panel.set_cancelled)
        job.finished.connect(self._ended)

    def cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def drop(self) -> None:
        """The text is another one: the answer would point at places of the old one."""
        if self._job is not None:
            self._job.drop()
            self._job = None

    def show(self, answer: Answer) -> None:
        """Highlight the answering words and go there."""
        self._pages.layers.answer = answer.span
        self._panels.ask.set_current(answer)
        self._pages.show_span(answer.span)

    def _on_answers(self, answers: Answers) -> None:
        self.last_answers = answers
        panel = self._panels.ask
        card = panel.pending
        panel.set_answers(answers)
        if card is not None:
            self.answered.emit(card, answers)
        self._pages.layers.answer = None
        if answers.answer is not None:
            self.show(answers.answer)
        self._pages.refresh()

    def _on_failed(self, error: BaseException) -> None:
        self.error = error
        self._panels.ask.set_failed(error_message(error))
        if not isinstance(error, UserError):
            self.bug.emit(error)

    def _ended(self) -> None:
        self._job = None
