"""The privacy dialog and the indicator in the status line that counts connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from ui.dialogs.privacy import PrivacyDialog, connections_text
from ui.i18n import count, tr
from ui.jobs import JobList
from ui.views.document_view import DocumentView
from ui.views.status_bar import StatusBar
from ui.views.widgets import Look

if TYPE_CHECKING:
    from assistant.engine import Connections, Engine

_FIRST_MS = 2_000
_EVERY_MS = 15_000


class WindowPrivacy(QObject):
    """One for the window. :meth:`attach` comes with each new status line. Main thread only."""

    close_wanted = Signal(object)
    """:class:`DocumentView`: its document is about to be deleted from the profile."""
    changed = Signal()
    """What is kept is another."""
    bug = Signal(object)

    def __init__(
        self, look: Look, engine: Engine, jobs: JobList, views: Callable[[], Sequence[DocumentView]], window: QWidget
    ) -> None:
        super().__init__(window)
        self._look, self._engine, self._jobs, self._views, self._window = look, engine, jobs, views, window
        self._status: StatusBar | None = None
        self._found: Connections | None = None
        self._asking = False
        self.dialog: PrivacyDialog | None = None
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.count)
        self._first = QTimer(self, singleShot=True, interval=_FIRST_MS)
        self._first.timeout.connect(self.count)
        self._timer.start()
        self._first.start()

    def attach(self, status: StatusBar) -> None:
        self._status = status
        status.offline.setCursor(Qt.CursorShape.PointingHandCursor)
        status.offline.installEventFilter(self)
        if self._found is not None:
            self._show(self._found)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The functions of the table of actions."""
        return {"privacy": self.open}

    def open(self) -> None:
        """Show the dialog, or bring it to the front."""
        if self.dialog is None or not isValid(self.dialog):
            dialog = self.dialog = PrivacyDialog(self._look, self._engine, self._jobs, self._window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.erasing.connect(self._close_tabs)
            dialog.erased.connect(self.changed)
            dialog.bug.connect(self.bug)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def rebuild(self) -> None:
        """The dialog anew, in the language that is now set."""
        if self.dialog is not None and isValid(self.dialog) and self.dialog.isVisible():
            self.dialog.close()
            self.dialog = None
            self.open()

    def count(self) -> None:
        """Ask the system, in a job; the status line follows."""
        if self._asking or not self._window.isVisible():
            return
        self._asking = True
        engine = self._engine
        job = self._jobs.start("", lambda ctx: engine.connections(), self, quiet=True)
        job.succeeded.connect(self._show)
        job.finished.connect(self._asked)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonRelease:
            self.open()
            return True
        return super().eventFilter(watched, event)

    def _asked(self) -> None:
        self._asking = False

    def _show(self, found: Connections) -> None:
        self._found = found
        if self._status is None:
            return
        connections = count(found.sockets, "{n} connection", "{n} connections")
        sentence = tr("Offline · {connections}, nothing leaves this computer", connections=connections)
        if found.sockets:
            sentence = tr("{connections} open", connections=connections)
        self._status.set_offline(sentence, online=found.sockets > 0)
        self._status.offline.setToolTip(connections_text(found))
        if self.dialog is not None and isValid(self.dialog):
            self.dialog.show_connections(found)

    def _close_tabs(self, sha256: str) -> None:
        for view in list(self._views()):
            handle = view.session.handle
            if handle is not None and handle.sha256 == sha256:
                self.close_wanted.emit(view)
