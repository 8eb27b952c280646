"""What lies over the window while files are held over it: where they may be let go, and what happens then."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.i18n import count, tr
from ui.views.widgets import Look


class DropOverlay(QWidget):
    """Watches a window for files that are dragged over any part of it. It takes neither focus nor mouse.

    ``dropped(list[Path])``: they were let go. Files only: what is no file (text, a link of a browser) is refused.
    """

    dropped = Signal(list)

    def __init__(self, look: Look, window: QWidget) -> None:
        super().__init__(window)
        self._look = look
        self._files = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Resize:
            self._cover()
        elif kind == QEvent.Type.DragLeave:
            self.hide()
        elif isinstance(event, QDragEnterEvent):
            self._files = len(_files(event))
            if self._files:
                event.acceptProposedAction()
                self.setAccessibleName(self._sentence())
                self._cover()
                self.raise_()
                self.show()
            return True
        elif isinstance(event, QDropEvent) and kind == QEvent.Type.Drop:
            self.hide()
            files = _files(event)
            if files:
                event.acceptProposedAction()
                self.dropped.emit(files)
            return True
        return super().eventFilter(watched, event)

    def _cover(self) -> None:
        window = self.parentWidget()
        if window is not None:
            self.setGeometry(window.rect())

    def _sentence(self) -> str:
        return count(self._files, "Drop to open {n} document", "Drop to open {n} documents")

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, sizes = self._look, self._look.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), look.color("window", 0.88))
        frame = QRectF(self.rect()).adjusted(sizes.pad_dialog, sizes.pad_dialog, -sizes.pad_dialog, -sizes.pad_dialog)
        painter.setBrush(look.color("accent_soft", 0.5))
        pen = QPen(look.color("accent"), sizes.underline)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawRoundedRect(frame, sizes.radius_dialog, sizes.radius_dialog)
        side = sizes.icon_large
        middle = self.rect().center()
        icon = look.icons.icon("folder", "accent")
        icon.paint(painter, middle.x() - side // 2, middle.y() - side - sizes.gap, side, side)
        painter.setPen(look.color("text"))
        painter.setFont(look.font("heading"))
        words = QRectF(frame.left(), middle.y(), frame.width(), sizes.control)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self._sentence())
        painter.setPen(look.color("muted"))
        painter.setFont(look.font("body"))
        sentence = tr("It is read on this computer and goes nowhere else.")
        painter.drawText(words.translated(0, sizes.control), Qt.AlignmentFlag.AlignCenter, sentence)


def _files(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
