"""Which key means what while one labels on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from ui.models.word_steps import Edge, Unit

What = Literal[
    "next", "previous", "accept", "reject", "type", "edge", "word", "line", "salient", "card", "leave", "undo", "redo"
]


@dataclass(frozen=True, slots=True)
class LabelKey:
    what: What
    text: str = ""
    """The digit of ``type``."""
    step: int = 0
    edge: Edge = "end"
    unit: Unit = "word"


def label_key(event: QKeyEvent) -> LabelKey | None:
    """What a key means on a page in labelling; None for keys that are somebody else's.

    Shift and an arrow move the end of what is marked by a word, Ctrl and an arrow its start; with Alt by a letter.
    """
    key, keypad = Qt.Key(event.key()), Qt.KeyboardModifier.KeypadModifier
    modifiers = event.modifiers() & ~keypad
    none, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    control, alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
    if event.matches(QKeySequence.StandardKey.Undo):
        return LabelKey("undo")
    if event.matches(QKeySequence.StandardKey.Redo):
        return LabelKey("redo")
    step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(key)
    if step is not None:
        ends: dict[Qt.KeyboardModifier, tuple[Edge, Unit]] = {
            shift: ("end", "word"),
            control: ("start", "word"),
            shift | alt: ("end", "character"),
            control | alt: ("start", "character"),
        }
        if modifiers == none:
            return LabelKey("word", step=step)
        found = ends.get(modifiers)
        return LabelKey("edge", step=step, edge=found[0], unit=found[1]) if found is not None else None
    if modifiers == control and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        return LabelKey("card")
    if modifiers != none:
        return None
    if Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
        return LabelKey("type", text=chr(key))
    plain: dict[Qt.Key, LabelKey] = {
        Qt.Key.Key_N: LabelKey("next"),
        Qt.Key.Key_P: LabelKey("previous"),
        Qt.Key.Key_Return: LabelKey("accept"),
        Qt.Key.Key_Enter: LabelKey("accept"),
        Qt.Key.Key_Delete: LabelKey("reject"),
        Qt.Key.Key_Backspace: LabelKey("reject"),
        Qt.Key.Key_S: LabelKey("salient"),
        Qt.Key.Key_Up: LabelKey("line", step=-1),
        Qt.Key.Key_Down: LabelKey("line", step=1),
        Qt.Key.Key_Escape: LabelKey("leave"),
    }
    return plain.get(key)
