"""What is done with the results of one document: its thread of questions, suggestions, reasons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from assistant.errors import UserError
from assistant.types import Answer, Answers, Document, Evidence, Mention, Span
from ui.i18n import error_message, tr
from ui.jobs import Dispatcher, Job
from ui.models.session import Session
from ui.views.answer_card import AnswerCard
from ui.views.answer_picture import AnswerPicture, Strips
from ui.views.asking import Asking
from ui.views.explain_card import ExplainCard
from ui.views.notice_bar import NoticeBar
from ui.views.page_view import PageView
from ui.views.side_panels import SidePanels
from ui.views.widgets import page_text

if TYPE_CHECKING:
    from assistant.engine import Asked, Engine, Explanation, SectionSummary
    from assistant.jobs import JobContext

_STRIP_PIXELS = 2.0
"""Pixels a point of the strips, times the screen's own scale."""


class ResultDesk(QObject):
    """See the module. :meth:`wire` once the panels are there, :meth:`set_document` with each reading. Main thread only.

    A question is on the disk before its card can be closed; one that could not be kept is said in the notices.
    """

    def __init__(
        self,
        session: Session,
        pages: PageView,
        panels: SidePanels,
        asking: Asking,
        notices: NoticeBar,
        dispatcher: Dispatcher,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._pages = pages
        self._panels = panels
        self._asking = asking
        self._notices = notices
        self._strips = Strips(dispatcher, lambda: session.pages, self)
        self._suggesting: Job | None = None
        self._reason: Job | None = None
        session.analyses_ended.connect(lambda: panels.when_built(self.suggest))
        self.explain = ExplainCard(pages.look, pages)
        self.explain.cancelled.connect(self._stop_reason)

    def wire(self) -> None:
        ask = self._panels.ask
        ask.wanted.connect(self._on_wanted)
        ask.pictured.connect(self._on_pictured)
        ask.clear_wanted.connect(self.clear_thread)
        self._asking.answered.connect(self._keep)
        summary = self._panels.summary
        summary.why_requested.connect(self.explain_sentence)
        summary.sections_wanted.connect(lambda wanted: self._make_sections() if wanted else None)
        summary.level_changed.connect(lambda _: self._make_sections() if summary.by_section else None)
        summary.export_wanted.connect(self._choose_file)
        summary.hovered.connect(self._light)
        self._panels.type.why_requested.connect(self.explain_type)

    # --- the thread --------------------------------------------------------------------------------------------

    def set_document(self, document: Document) -> None:
        """Show the questions of earlier days."""
        job = self._run("", lambda engine, doc, _: engine.notebook.thread(doc), quiet=True)
        if job is not None:
            job.succeeded.connect(lambda thread: self._show_thread(document, thread))

    def _show_thread(self, document: Document, thread: tuple[Asked, ...]) -> None:
        if self._session.document is document:
            for asked in thread:
                self._panels.ask.add_kept(asked)

    def _keep(self, card: AnswerCard, answers: Answers) -> None:
        panel = self._panels.ask
        for other in panel.cards:
            if other is not card and other.question == card.question:
                panel.remove(other)
        job = self._run("", lambda engine, document, _: engine.notebook.keep(document, answers), quiet=True)
        if job is not None:
            job.succeeded.connect(lambda asked: setattr(card, "key", asked.id))

    def clear_thread(self) -> None:
        """Delete all questions to this document, on the disk first."""
        job = self._run("", lambda engine, document, _: engine.notebook.forget(document.sha256), quiet=True)
        if job is not None:
            job.succeeded.connect(lambda _: self._panels.ask.clear())

    def _on_wanted(self, card: AnswerCard, what: str, answer: Answer | None) -> None:
        if what == "delete":
            self._delete(card)
        elif answer is not None and what == "similar":
            place = answer.sentence
            job = self._run(
                tr("Looking for similar passages"), lambda engine, doc, ctx: engine.similar(doc, place, ctx)
            )
            if job is not None:
                job.succeeded.connect(card.show_similar)
        elif answer is not None and what == "why":
            self.explain_answer(card.question, answer, card)

    def _delete(self, card: AnswerCard) -> None:
        key = card.key
        if not key:
            self._panels.ask.remove(card)
            return
        job = self._run("", lambda engine, document, _: engine.notebook.forget(document.sha256, key), quiet=True)
        if job is not None:
            job.succeeded.connect(lambda _: self._panels.ask.remove(card))

    def _on_pictured(self, picture: AnswerPicture, answer: Answer) -> None:
        ratio = self._pages.devicePixelRatioF()
        self._strips.fill(picture, answer.page, answer.span, _STRIP_PIXELS * ratio)

    # --- suggestions -------------------------------------------------------------------------------------------

    def suggest(self) -> None:
        """Once all analyses are through: questions that this document answers."""
        document = self._session.document
        if document is None or not document.text or (self._suggesting is not None and self._suggesting.is_running):
            return
        job = self._run("", lambda engine, doc, ctx: engine.suggest(doc, ctx), quiet=True)
        if job is None:
            return
        self._suggesting = job

        def show(questions: tuple[str, ...]) -> None:
            if self._session.document is document:
                self._panels.ask.set_suggestions(questions)

        job.partial.connect(show)
        job.succeeded.connect(show)

    def forget_document(self) -> None:
        """The text is about to be another one."""
        if self._suggesting is not None:
            self._suggesting.drop()
            self._suggesting = None
        self.explain.close()

    # --- the summary -------------------------------------------------------------------------------------------

    def _make_sections(self) -> None:
        panel, document = self._panels.summary, self._session.document
        level = panel.level
        job = self._run(tr("Summarizing"), lambda engine, doc, ctx: engine.sections(doc, ctx, level))
        if job is None:
            return
        job.progress.connect(panel.set_progress)

        def show(found: tuple[SectionSummary, ...]) -> None:
            panel.set_progress(None)
            if self._session.document is document and panel.by_section and panel.level == level:
                panel.set_sections(found)

        job.succeeded.connect(show)

    def _light(self, span: Span | None) -> None:
        """Light up the place of a sentence, where it is on a page in sight."""
        layers = self._pages.layers
        layers.flash, layers.flash_opacity = span, 1.0 if span is not None else 0.0
        self._pages.refresh()

    def _choose_file(self, suffix: str) -> None:
        kinds = {"md": tr("Markdown (*.md)"), "docx": tr("Word document (*.docx)")}
        path = self._session.path
        proposed = path.with_name(f"{path.stem} - {tr('Summary')}.{suffix}")
        name, _ = QFileDialog.getSaveFileName(
            self._panels.summary, tr("Export the summary"), str(proposed), kinds[suffix]
        )
        if name:
            self.export_summary(Path(name), suffix)

    def export_summary(self, path: Path, suffix: str) -> Job | None:
        """Write the summary that is on show as ``md`` or ``docx``; a notice tells the end."""
        panel, document = self._panels.summary, self._session.document
        sections, summary = panel.sections, panel.summary
        if document is None or (sections is None and summary is None):
            return None
        content = sections or (summary.sentences if summary is not None else ())
        title = tr("Summary of {title}", title=document.title)
        # Words are this thread's: those for each page are made here.
        pages = {page.number: page_text(page.number) for page in document.pages}
        job = self._run(
            tr("Writing {name}", name=path.name),
            lambda engine, doc, _: engine.write_summary(path, suffix, title, doc, content, pages.__getitem__),
        )
        if job is not None:
            job.succeeded.connect(lambda _: self._notices.say(tr("{name} was written.", name=path.name)))
        return job

    # --- reasons -----------------------------------------------------------------------------------------------

    def explain_mention(self, mention: Mention, place: QRect) -> None:
        """Why these words are an entity of this type."""
        self._explain(lambda engine, document, ctx: engine.explain_mention(document, mention, ctx), place)

    def explain_answer(self, question: str, answer: Answer, beside: QWidget) -> None:
        self._explain(
            lambda engine, document, ctx: engine.explain_answer(document, question, answer, ctx), _box(beside)
        )

    def explain_sentence(self, evidence: Evidence, beside: QWidget) -> None:
        self._explain(lambda engine, document, ctx: engine.explain_sentence(document, evidence, ctx), _box(beside))

    def explain_type(self, label: str, evidence: Evidence, beside: QWidget) -> None:
        span = evidence.span
        self._explain(lambda engine, document, ctx: engine.explain_type(document, label, span, ctx), _box(beside))

    def _explain(self, call: Callable[[Engine, Document, JobContext], Explanation], place: QRect) -> None:
        self._stop_reason()
        document = self._session.document
        job = self._session.work(tr("Looking for the reason"), call)
        if job is None or document is None:
            return
        self._reason = job
        text = document.text
        job.succeeded.connect(lambda found: self.explain.show_explanation(found, text))
        job.failed.connect(self._on_no_reason)
        self.explain.wait(place)

    def _on_no_reason(self, error: BaseException) -> None:
        self.explain.show_problem(error_message(error))

    def _stop_reason(self) -> None:
        if self._reason is not None and self._reason.is_running:
            self._reason.drop()
        self._reason = None

    # --- helpers -----------------------------------------------------------------------------------------------

    def _run(
        self, title: str, call: Callable[[Engine, Document, JobContext], object], *, quiet: bool = False
    ) -> Job | None:
        job = self._session.work(title, call, quiet=quiet)
        if job is not None:
            job.failed.connect(self._on_failed)
            # The session, and with it the job, may outlive the widgets: in another language they are made anew.
            self.destroyed.connect(job.silence)
        return job

    def _on_failed(self, error: BaseException) -> None:
        self._notices.say(error_message(error))
        if not isinstance(error, UserError):
            self._asking.bug.emit(error)


def _box(widget: QWidget) -> QRect:
    """A widget on the screen; the pointer's place where it is out of sight."""
    if QApplication.focusWidget() is None and not widget.isVisible():
        return QRect(QCursor.pos(), QCursor.pos())
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())
