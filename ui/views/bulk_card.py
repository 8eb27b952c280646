"""Accepting many suggestions at once: all that the model is more certain of than the user demands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from assistant.types import Mention
from ui.i18n import count, number_text, tr
from ui.views.widgets import FlowText, LevelSlider, Look, PopupCard, label, score_text

_LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)
_FIRST = 0.95
_WIDTH = 300


class BulkCard(PopupCard):
    """:meth:`open_for` shows it. ``accepted(tuple of Mention)``: in one step, that one undo takes back."""

    accepted = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        sizes = look.sizes
        self._suggestions: tuple[Mention, ...] = ()
        self.setFixedWidth(_WIDTH + 2 * self.edge)
        self.level = label(role="secondary")
        steps = tuple(f"{level:.2f}" for level in _LEVELS)
        self.slider = LevelSlider(look, tr("Least certainty"), steps)
        self.slider.valueChanged.connect(self._show)
        words = tr("Accepts every suggestion of this document that the model is at least this certain of. "
                   "One undo takes all of them back.")  # fmt: skip
        self.words = FlowText(look, words, role="secondary", color="muted")
        self.button = QPushButton()
        self.button.setProperty("kind", "primary")
        self.button.clicked.connect(self._accept)
        top = QHBoxLayout()
        top.addWidget(label(tr("Accept many"), "strong"), 1)
        top.addWidget(self.level)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad, sizes.pad, sizes.pad, sizes.pad)
        column.setSpacing(sizes.gap)
        column.addLayout(top)
        column.addWidget(self.slider)
        column.addWidget(self.words)
        column.addLayout(foot)
        self.slider.setValue(_LEVELS.index(_FIRST))

    def chosen(self) -> tuple[Mention, ...]:
        """The suggestions above the certainty that is set."""
        least = _LEVELS[self.slider.value()]
        return tuple(each for each in self._suggestions if each.score >= least)

    def open_for(self, suggestions: Sequence[Mention], place: QRect) -> None:
        self._suggestions = tuple(suggestions)
        self._show()
        self.ensurePolished()
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.resize(self.width(), max(self.heightForWidth(self.width()), self.minimumSizeHint().height()))
        self.show_under(place)
        self.slider.setFocus(Qt.FocusReason.PopupFocusReason)

    def _show(self) -> None:
        number = len(self.chosen())
        self.level.setText(tr("{score} and above", score=score_text(_LEVELS[self.slider.value()])))
        self.button.setText(count(number, "Accept {n} suggestion", "Accept {n} suggestions"))
        self.button.setToolTip(tr("{n} of {total}", n=number_text(number), total=number_text(len(self._suggestions))))
        self.button.setEnabled(number > 0)

    def _accept(self) -> None:
        chosen = self.chosen()
        self.close()
        if chosen:
            self.accepted.emit(chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._accept()
        else:
            super().keyPressEvent(event)
