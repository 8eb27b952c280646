"""The ways to a file that are not the start page: the dialog, the sample, what is attached to a document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from assistant import settings as keys
from assistant.errors import UserError
from assistant.types import Attachment
from ui.i18n import error_message, tr
from ui.jobs import JobList
from ui.models.formats import PATTERNS
from ui.views.document_view import DocumentView

if TYPE_CHECKING:
    from assistant.engine import Engine


class WindowFiles(QObject):
    """One for the window. Main thread only."""

    chosen = Signal(list)
    """``list[Path]``: open these."""
    bug = Signal(object)

    def __init__(self, engine: Engine, jobs: JobList, sample: Path | None, window: QWidget) -> None:
        super().__init__(window)
        self._engine = engine
        self._jobs = jobs
        self._window = window
        self.sample = sample

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The functions of the table of actions that open files."""
        return {"open": self.ask}

    def ask(self) -> None:
        """Show the dialog for files."""
        folder = self._engine.settings.get(keys.LAST_FOLDER)
        names = tr("Documents ({patterns})", patterns=PATTERNS) + ";;" + tr("All files (*)")
        paths, _ = QFileDialog.getOpenFileNames(self._window, tr("Open a document"), folder, names)
        if paths:
            self._engine.settings.set(keys.LAST_FOLDER, str(Path(paths[0]).parent))
            self.chosen.emit([Path(path) for path in paths])

    def open_sample(self) -> None:
        if self.sample is not None:
            self.chosen.emit([self.sample])

    def open_attachment(self, view: DocumentView, attachment: Attachment) -> None:
        """Take it out of its document, in a job, and open it."""
        engine, handle = self._engine, view.session.handle
        if handle is None:
            return
        title = tr("Opening {name}", name=attachment.name)
        job = self._jobs.start(title, lambda ctx: engine.extract(handle, attachment.number, ctx), view)
        job.succeeded.connect(lambda path: self.chosen.emit([path]))
        job.failed.connect(lambda error: self._on_failed(view, error))

    def _on_failed(self, view: DocumentView, error: BaseException) -> None:
        if isinstance(error, UserError):
            view.notices.say(error_message(error))
        else:
            self.bug.emit(error)
