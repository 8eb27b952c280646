"""A summary in the user's own words, which the model is to learn from."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.views.widgets import Card, FlowText, LinkButton, Look, label

_LINES = 6
LONGEST = 8_000


class OwnSummary(QWidget):
    """A link that becomes a field to write in; what was saved is a card. ``saved(str)``: an empty one is removed."""

    saved = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self._text = ""
        self.link = LinkButton(tr("Write your own summary"), tr("In your words: the model can learn from it"))
        self.link.clicked.connect(self.edit)
        self._links = QWidget()
        row = QHBoxLayout(self._links)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.link)
        row.addStretch(1)
        self.card = Card(look)
        self.words = FlowText(look, max_lines=8)
        change = LinkButton(tr("Change"), tr("Change your summary"))
        change.clicked.connect(self.edit)
        head = QHBoxLayout()
        head.addWidget(label(tr("Your summary"), "secondary"), 1)
        head.addWidget(change)
        self.card.body.addLayout(head)
        self.card.body.addWidget(self.words)
        self.editor = QWidget()
        self.field = _Field()
        self.field.setPlaceholderText(tr("What matters in this document, in a few sentences"))
        self.field.setAccessibleName(tr("Your summary"))
        self.field.setFixedHeight(look.line_height("body") * _LINES)
        self.field.left.connect(self.close_editor)
        self.field.done.connect(self._save)
        save, cancel = QPushButton(tr("Save")), QPushButton(tr("Cancel"))
        save.setProperty("kind", "primary")
        save.setToolTip(tr("Keep your summary (Ctrl+Enter)"))
        cancel.setToolTip(tr("Leave it as it was (Esc)"))
        save.clicked.connect(self._save)
        cancel.clicked.connect(self.close_editor)
        foot = QHBoxLayout()
        foot.setSpacing(sizes.gap)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(save)
        inner = QVBoxLayout(self.editor)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(sizes.gap)
        inner.addWidget(self.field)
        inner.addLayout(foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self._links, self.card, self.editor):
            column.addWidget(part)
        self.close_editor()

    def set_text(self, text: str) -> None:
        """What was saved; an empty string where nothing."""
        self._text = text
        self.words.set_text(text)
        if self.editor.isHidden():
            self.close_editor()

    @property
    def has_text(self) -> bool:
        return bool(self._text)

    def edit(self) -> None:
        self.field.setPlainText(self._text)
        self._show(editing=True)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_editor(self) -> None:
        self._show(editing=False)

    def _show(self, *, editing: bool) -> None:
        self.editor.setVisible(editing)
        self.card.setVisible(not editing and bool(self._text))
        self._links.setVisible(not editing and not self._text)

    def _save(self) -> None:
        text = self.field.toPlainText()[:LONGEST]
        self.close_editor()
        if text.strip() != self._text:
            self.saved.emit(text)


class _Field(QPlainTextEdit):
    left = Signal()
    done = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.done.emit()
        else:
            super().keyPressEvent(event)
