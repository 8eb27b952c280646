"""What can be done with an answer beside reading it: cite, look for more, ask why, delete."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from assistant.types import Answer
from ui.i18n import tr
from ui.views.widgets import IconButton, Look


class AnswerMenu(IconButton):
    """Opens the menu. ``chosen(str, Answer or None)``: ``cite``, ``similar``, ``why``, ``again`` or ``delete``."""

    chosen = Signal(str, object)

    def __init__(self, look: Look, answer: Answer | None, parent: QWidget | None = None) -> None:
        super().__init__(look, "menu", tr("More"), small=True, color="muted", parent=parent)
        self._answer = answer
        self.clicked.connect(self._open)

    def make_menu(self) -> QMenu:
        menu = QMenu(self)
        rows: list[tuple[str, str]] = []
        if self._answer is not None:
            rows = [
                ("cite", tr("Copy with citation")),
                ("similar", tr("More like this")),
                ("why", tr("Why this answer?")),
            ]
        for what, title in (*rows, ("again", tr("Ask again")), ("delete", tr("Delete this question"))):
            menu.addAction(title).triggered.connect(lambda _=False, what=what: self.chosen.emit(what, self._answer))
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def _open(self) -> None:
        self.make_menu().popup(self.mapToGlobal(QPoint(0, self.height())))
