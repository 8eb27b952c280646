"""Retrain without these labels: those that the user picks in the history, left out of one training."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from assistant.types import Label
from ui.i18n import count, tr
from ui.views.label_list import ListRow, RowAction

_TRAINED = {
    "entity": "entities", "type": "classification", "answer": "answers", "salient": "summary", "summary": "summary",
}  # fmt: skip


class LeftOut(QObject):
    """What is picked in one document. ``changed``: its rows are to be shown anew. Main thread."""

    changed = Signal()
    retrain_requested = Signal(str, object)
    """The task, and the ids of the labels that do not count."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._picked: dict[str, str] = {}
        """Task by the id of the label."""

    def actions(self, label: Label) -> tuple[RowAction, ...]:
        """What the row of a label offers: to leave it out, or to let it count again."""
        task = _TRAINED.get(label.kind)
        if task is None:
            return ()
        if label.id in self._picked:
            tip = tr("Let it count again")
            return (RowAction("undo", tip, "accent", lambda: self._set(label.id, None)),)
        return (RowAction("minus", tr("Retrain without this label"), "muted", lambda: self._set(label.id, task)),)

    def holds(self, label: Label) -> bool:
        return label.id in self._picked

    def rows(self) -> list[ListRow]:
        """The rows above the history: one for each task of which labels are picked."""
        made = []
        for task in dict.fromkeys(self._picked.values()):
            ids = tuple(identifier for identifier, of in self._picked.items() if of == task)
            words = count(len(ids), "Retrain without {n} label…", "Retrain without {n} labels…")
            detail = tr("Opens the wizard. The labels stay where they are.")
            go = self._retrain(task, ids)
            made.append(ListRow(words, detail, activate=go, actions=(RowAction("forward", words, "accent", go),)))
        return made

    def _retrain(self, task: str, ids: tuple[str, ...]) -> Callable[[], None]:
        return lambda: self.retrain_requested.emit(task, ids)

    def _set(self, identifier: str, task: str | None) -> None:
        if task is None:
            self._picked.pop(identifier, None)
        else:
            self._picked[identifier] = task
        self.changed.emit()
