"""Correcting an answer: a button with a menu, and a line that says what the user said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from assistant.types import Answer, Label
from ui.i18n import tr
from ui.views.widgets import FlowText, IconButton, IconPicture, LinkButton, Look


class CorrectButton(IconButton):
    """Opens the menu. ``chosen(str, Answer or None)``: ``right``, ``wrong``, ``selection`` or ``absent``."""

    chosen = Signal(str, object)

    def __init__(self, look: Look, answer: Answer | None, parent: QWidget | None = None) -> None:
        super().__init__(look, "tag", tr("Say what the right answer is"), small=True, color="muted", parent=parent)
        self._answer = answer
        self.clicked.connect(self._open)

    def make_menu(self) -> QMenu:
        menu = QMenu(self)
        rows: list[tuple[str, str]] = []
        if self._answer is not None:
            rows = [("right", tr("This answer is right")), ("wrong", tr("This answer is wrong"))]
        rows.append(("selection", tr("The selected words are the answer")))
        rows.append(("absent", tr("It is not in this document")))
        for what, title in rows:
            menu.addAction(title).triggered.connect(lambda _=False, what=what: self.chosen.emit(what, self._answer))
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _open(self) -> None:
        self.make_menu().popup(self.mapToGlobal(QPoint(0, self.height())))


class CorrectionLine(QWidget):
    """What the user said of a question; :meth:`set_labels` with none hides it. ``removed()``: take it back."""

    removed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self.words = FlowText(look, role="secondary", max_lines=4)
        self._mark = IconPicture(look, "check", size=sizes.icon_small, color="good")
        self.undo = LinkButton(tr("Take back"), tr("Take back what you said of this answer"))
        self.undo.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(sizes.grid, 0, 0, 0)
        row.setSpacing(sizes.grid + 2)
        row.addWidget(self._mark)
        row.addWidget(self.words, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.undo)
        self.hide()

    def say(self, sentence: str) -> None:
        """Tell what is missing."""
        self._mark.hide()
        self.undo.hide()
        self.words.set_text(sentence)
        self.words.set_color("warn")
        self.show()

    def set_labels(self, labels: Sequence[Label]) -> None:
        self._mark.show()
        self.undo.show()
        self.words.set_color("text")
        right = [" ".join(label.text.split()) for label in labels if label.verdict == "yes"]
        absent = any(label.verdict == "no" and label.anchor is None for label in labels)
        if right:
            self.words.set_text(tr("You say: {answer}", answer="; ".join(right)))
        elif absent:
            self.words.set_text(tr("You say: not in this document."))
        else:
            self.words.set_text(tr("You say: this answer is wrong."))
        self.setVisible(bool(labels))
