"""What the window tells beside the work: notifications, jobs that failed, errors with their reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from assistant.errors import DocumentError, UserError
from ui.dialogs.error import ErrorDialog
from ui.i18n import error_message, tr
from ui.jobs import Failure, JobList
from ui.views.status_bar import StatusBar
from ui.views.toasts import Toasts
from ui.views.widgets import Look
from ui.window_lists import WindowLists

if TYPE_CHECKING:
    from assistant.engine import Engine

_LOG_LINES = 60


class WindowAlerts(QObject):
    """One for the window. :meth:`attach` comes with each new status line. Main thread only."""

    def __init__(self, look: Look, engine: Engine, jobs: JobList, lists: WindowLists, window: QWidget) -> None:
        super().__init__(window)
        self._look, self._engine, self._jobs, self._lists, self._window = look, engine, jobs, lists, window
        self.toasts = Toasts(look, window, look.sizes.status_bar)
        jobs.failed.connect(self._on_failed)

    def attach(self, status: StatusBar) -> None:
        status.details_wanted.connect(self.show_failure)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The functions of the table of actions."""
        return {"notifications": self.toasts.focus}

    def show_failure(self, failure: Failure) -> None:
        """What a job was to do, why it could not, and a report to copy."""
        self._jobs.dismiss(failure)
        self.error(failure.error, failure.title)

    def error(self, error: BaseException, title: str = "") -> None:
        """Say what happened and what to do. The report's end, the log, is read in a job."""
        info = self._lists.provider
        provider = f"{info.name}, {info.precision}" if info is not None else ""
        dialog = ErrorDialog(self._look, error, title=title, provider=provider, reports=True, parent=self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        engine = self._engine
        job = self._jobs.start("", lambda ctx: engine.privacy.log_tail(_LOG_LINES), dialog, quiet=True)
        job.succeeded.connect(lambda lines: dialog.set_log(lines) if isValid(dialog) else None)
        dialog.open()

    def _on_failed(self, failure: Failure) -> None:
        error = failure.error
        # What concerns a document is said in its place; a bug is shown at once.
        if isinstance(error, UserError) and not isinstance(error, DocumentError):
            sentence = tr("{job}: {message}", job=failure.title, message=error_message(error))
            self.toasts.say(sentence, bad=True, action=tr("Show details"), run=lambda: self.show_failure(failure))
