"""The keys of labelling, on a card."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.views.widgets import Look, PopupCard, label


def key_rows() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Keys and what they do, in the order of the card."""
    return (
        (("N", "P"), tr("Next, previous suggestion")),
        (("Enter",), tr("Accept it and go on")),
        (("Del",), tr("Reject it, or remove the label")),
        (("1", "…", "0"), tr("Label as this type")),
        (("←", "→", "↑", "↓"), tr("Select a word")),
        (("Shift", "← →"), tr("Move the end by a word")),
        (("Ctrl", "← →"), tr("Move the start by a word")),
        (("Alt",), tr("With these: by a letter")),
        (("S",), tr("Important sentence")),
        (("Ctrl", "Enter"), tr("Open the card")),
        (("Esc",), tr("Let go")),
        (("Ctrl", "Z"), tr("Undo; with Shift redo")),
    )


class KeysCard(PopupCard):
    """:meth:`open_at` shows it; any key or click closes it."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        sizes = look.sizes
        grid = QGridLayout()
        grid.setHorizontalSpacing(sizes.pad)
        grid.setVerticalSpacing(sizes.grid + 2)
        for number, (keys, words) in enumerate(key_rows()):
            caps = QHBoxLayout()
            caps.setSpacing(sizes.grid)
            for key in keys:
                cap = label(key, "chip" if key != "…" else "secondary")
                caps.addWidget(cap)
            caps.addStretch(1)
            grid.addLayout(caps, number, 0)
            grid.addWidget(label(words), number, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad, sizes.pad, sizes.pad + sizes.grid, sizes.pad)
        column.setSpacing(sizes.gap)
        column.addWidget(label(tr("Keys on the page"), "strong"))
        column.addLayout(grid)
        self.setAccessibleName("; ".join(f"{' '.join(keys)}: {words}" for keys, words in key_rows()))

    def open_at(self, place: QRect) -> None:
        """Below ``place`` (on the screen), its right edges together."""
        self.adjustSize()
        self.show_under(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()
        self.close()
