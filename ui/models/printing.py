"""A document as LibreOffice prints it: made by a job when it is first wanted, kept until its session ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from assistant.types import Document
from ui.i18n import tr
from ui.jobs import Job, JobList
from ui.models.document_pages import PrintedPages

if TYPE_CHECKING:
    from assistant.engine import Engine, OpenDocument, Printed


class Printing(QObject):
    """The printed pages of one session. Main thread only."""

    made = Signal()
    failed = Signal(object)
    """The error, or None where it was stopped."""

    def __init__(self, engine: Engine, jobs: JobList, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._jobs = jobs
        self._job: Job | None = None
        self._of: Document | None = None
        self.printed: Printed | None = None

    def problem(self, opened: OpenDocument) -> str | None:
        """Why it cannot be had: a code of ``errors.MESSAGES``."""
        return self._engine.printed_problem(opened)

    @property
    def is_running(self) -> bool:
        return self._job is not None

    @property
    def pages(self) -> PrintedPages | None:
        return PrintedPages(self._engine, self.printed) if self.printed is not None else None

    def is_of(self, document: Document) -> bool:
        """Whether what was made stands on this text."""
        return self.printed is not None and self._of is document

    def start(self, opened: OpenDocument, document: Document) -> None:
        """Make it, or make it anew of another text. ``made`` or ``failed`` follows."""
        self.drop()
        engine = self._engine
        self._of = document
        title = tr("Preparing the printed pages")
        job = self._jobs.start(title, lambda ctx: engine.printed(opened, document, ctx), self)
        job.succeeded.connect(self._on_made)
        job.failed.connect(self._on_failed)
        job.cancelled.connect(lambda: self._on_failed(None))
        self._job = job

    def drop(self) -> None:
        """Let the pages go, and what still makes them. Idempotent."""
        job, self._job = self._job, None
        if job is not None and job.is_running:
            job.drop()
        printed, self.printed = self.printed, None
        if printed is not None:
            self._engine.close_printed(printed.opened)

    def _on_made(self, printed: Printed) -> None:
        self._job = None
        self.printed = printed
        self.made.emit()

    def _on_failed(self, error: BaseException | None) -> None:
        self._job = None
        self.failed.emit(error)
