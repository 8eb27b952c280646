"""The middle of a document: its pages, or a sentence where there are none; the find bar and notices above them."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.i18n import error_message, tr
from ui.views.find_bar import FindBar
from ui.views.find_list import FindList
from ui.views.notice_bar import NoticeBar
from ui.views.widgets import Look, StateView

_OPENING_MS = 150
"""Most documents are there before a sentence that says they are being opened could be read."""


class DocumentCentre(QWidget):
    """States: ``waiting`` (no document yet), ``opening``, ``open``, ``locked``, ``failed``. Main thread only."""

    stop_requested = Signal()
    """The user does not want to wait for the opening."""
    retry_requested = Signal()

    def __init__(self, look: Look, pages: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "desk")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.state = "waiting"
        self.find_bar = FindBar(look)
        self.find_list = FindList(look)
        self.notices = NoticeBar(look)
        self.state_view = StateView(look)
        self.state_view.action.connect(self._on_action)
        self.notices.action.connect(self.retry_requested)
        self._pages = pages
        self._stack = QStackedWidget()
        self._stack.addWidget(pages)
        self._stack.addWidget(self.state_view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.find_bar)
        column.addWidget(self.find_list)
        column.addWidget(self.notices)
        column.addWidget(self._stack, 1)
        self._name = ""
        self._timer = QTimer(self, singleShot=True, interval=_OPENING_MS)
        self._timer.timeout.connect(self._say_opening)

    def show_opening(self, name: str) -> None:
        """An empty desk; if that lasts, a sentence."""
        self._name = name
        self._show_pages("opening")
        self._timer.start()

    def show_open(self) -> None:
        """The pages."""
        self._show_pages("open")

    def show_locked(self, name: str) -> None:
        """The password was not given."""
        sentence = tr("{name} is protected by a password.", name=name)
        self._say("locked", "lock", sentence, tr("Enter the password"))

    def show_failed(self, name: str, error: BaseException) -> None:
        """``error`` is an InterruptedError where the user stopped the opening."""
        if isinstance(error, InterruptedError):
            self._say("failed", "not_found", tr("Opening {name} was stopped.", name=name), tr("Try again"))
        else:
            self._say("failed", "damaged", error_message(error), tr("Try again"))

    def close_document(self) -> None:
        """Nothing is waited for any more."""
        self._timer.stop()

    def _say_opening(self) -> None:
        self._say("opening", "document", tr("Opening {name}…", name=self._name), tr("Stop"))

    def _show_pages(self, state: str) -> None:
        self.state = state
        self._timer.stop()
        self._stack.setCurrentWidget(self._pages)

    def _say(self, state: str, icon: str, sentence: str, action: str) -> None:
        self.state = state
        self._timer.stop()
        self.state_view.show_state(icon, sentence, action)
        self._stack.setCurrentWidget(self.state_view)

    def _on_action(self) -> None:
        if self.state == "opening":
            self.stop_requested.emit()
        else:
            self.retry_requested.emit()
