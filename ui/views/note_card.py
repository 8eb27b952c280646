"""The card in which a note is written: its colour, its words, and the way to take it away. What was typed is kept."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from assistant.types import MARK_COLORS, Mark
from ui.i18n import tr
from ui.views.mark_bar import ColorButton
from ui.views.widgets import FlowText, Look, PopupCard, label

_WIDTH = 320
_LINES = 5


def kind_title(mark: Mark) -> str:
    return {
        "highlight": tr("Highlight"),
        "underline": tr("Underline"),
        "note": tr("Note on the page"),
        "bookmark": tr("Bookmark"),
    }[mark.kind]


class NoteCard(PopupCard):
    """Closing it in any way keeps what was typed; Ctrl+Enter and Escape close it."""

    saved = Signal(str, str, str)
    """Id, colour and words of a mark, where they changed."""
    removed = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        sizes = look.sizes
        self._mark: Mark | None = None
        self.setFixedWidth(_WIDTH + 2 * self.edge)
        self.title = label(role="strong")
        self.quote = FlowText(look, role="secondary", color="muted", max_lines=3)
        self.colors = [ColorButton(look, color) for color in MARK_COLORS]
        self.field = QPlainTextEdit()
        self.field.setPlaceholderText(tr("Write a note"))
        self.field.setAccessibleName(tr("Note"))
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight(_LINES * look.line_height("body") + 2 * sizes.gap)
        self.remove_button = QPushButton(tr("Remove"))
        self.remove_button.setProperty("kind", "quiet")
        self.remove_button.clicked.connect(self._remove)
        self.done = QPushButton(tr("Done"))
        self.done.setProperty("kind", "primary")
        self.done.setToolTip(tr("Ctrl+Enter"))
        self.done.clicked.connect(self.close)
        top = QHBoxLayout()
        top.setSpacing(0)
        top.addWidget(self.title, 1)
        for button in self.colors:
            button.clicked.connect(lambda _=False, color=button.color: self._choose(color))
            top.addWidget(button)
        foot = QHBoxLayout()
        foot.addWidget(self.remove_button)
        foot.addStretch(1)
        foot.addWidget(self.done)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad, sizes.pad, sizes.pad, sizes.pad)
        column.setSpacing(sizes.gap)
        column.addLayout(top)
        column.addWidget(self.quote)
        column.addWidget(self.field)
        column.addLayout(foot)

    def show_mark(self, mark: Mark, place: QRect) -> None:
        """Open it beside ``place`` (global coordinates)."""
        self._mark = mark
        self._color = mark.color
        self.title.setText(kind_title(mark))
        self.quote.set_text(mark.quote)
        self.quote.setVisible(bool(mark.quote))
        self.field.setPlainText(mark.note)
        self.field.setPlaceholderText(tr("Name of the bookmark") if mark.kind == "bookmark" else tr("Write a note"))
        for button in self.colors:
            button.setVisible(mark.kind != "bookmark")
            button.setChecked(button.color == mark.color)
        self.setAccessibleName(kind_title(mark))
        self.ensurePolished()
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.resize(self.width(), max(self.heightForWidth(self.width()), self.minimumSizeHint().height()))
        self.show_beside(place)
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        self.field.moveCursor(self.field.textCursor().MoveOperation.End)

    def _choose(self, color: str) -> None:
        self._color = color
        for button in self.colors:
            button.setChecked(button.color == color)

    def _remove(self) -> None:
        mark, self._mark = self._mark, None
        self.close()
        if mark is not None:
            self.removed.emit(mark.id)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        mark, self._mark = self._mark, None
        words = self.field.toPlainText().strip()
        if mark is not None and (words, self._color) != (mark.note, mark.color):
            self.saved.emit(mark.id, self._color, words)
        elif mark is not None and mark.kind == "note" and not words:
            # A note without words was never written.
            self.removed.emit(mark.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Escape or (control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)):
            self.close()
        else:
            super().keyPressEvent(event)
