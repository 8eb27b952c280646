"""A document as a presentation: one page at a time on black, over the whole screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.i18n import tr
from ui.views.page_geometry import Arrangement
from ui.views.page_view import PageSource, PageView

_REST_MS = 2_000
"""The pointer is hidden when it has not moved for so long."""
_ON = frozenset(
    {Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_Return, Qt.Key.Key_Enter}
)
_BACK = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Backspace})


class Presentation(QWidget):
    """A window of its own. Keys, clicks and the wheel turn pages; Escape and F5 end it. Main thread only."""

    ended = Signal(int)
    """The page that was shown last."""

    def __init__(self, pages: PageView, source: PageSource, page: int, rotation: int, parent: QWidget) -> None:
        """``pages`` is new, and this window's own."""
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Presentation"))
        self.pages = pages
        pages.present()
        pages.arrange(Arrangement("single", rotation))
        pages.installEventFilter(self)
        pages.viewport().installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(pages)
        self._source: PageSource | None = source
        self._page = page
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(lambda: pages.viewport().setCursor(Qt.CursorShape.BlankCursor))

    def begin(self) -> None:
        """Show it, over the whole screen."""
        self.showFullScreen()
        if self._source is not None:
            self.pages.open(self._source, "page")
            self.pages.go_to_page(self._page, record=False)
        self.pages.setFocus(Qt.FocusReason.OtherFocusReason)
        self._rest.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Escape, Qt.Key.Key_F5):
            self.close()
        elif key in _ON and not (key == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ShiftModifier):
            self.pages.turn_page(1)
        elif key in _BACK or key == Qt.Key.Key_Space:
            self.pages.turn_page(-1)
        elif key == Qt.Key.Key_Home:
            self.pages.go_to_page(1, record=False)
        elif key == Qt.Key.Key_End:
            self.pages.go_to_page(self.pages.geometry_of_pages.count, record=False)
        else:
            return False
        return True

    def _mouse(self, event: QMouseEvent) -> bool:
        if event.type() == QEvent.Type.MouseMove:
            self.pages.viewport().setCursor(Qt.CursorShape.ArrowCursor)
            self._rest.start()
        elif event.type() == QEvent.Type.MouseButtonPress:
            if event.button() == Qt.MouseButton.LeftButton:
                self.pages.turn_page(1)
            elif event.button() == Qt.MouseButton.RightButton:
                self.pages.turn_page(-1)
        return True

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        if self._source is not None:
            self._source = None
            self._rest.stop()
            page = self.pages.page
            self.pages.close_document()
            self.ended.emit(page)
