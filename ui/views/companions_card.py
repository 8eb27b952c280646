"""Who appears with whom: what is named in the same sentences as an entity, how often, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.i18n import count, number_text, tr
from ui.views.widgets import Column, Dot, ElidedLabel, FlowText, Look, PopupCard, RowButton, label, page_text

if TYPE_CHECKING:
    from assistant.engine import Companion

_WIDTH = 340
_ROWS = 10
"""Rows in sight; more scroll."""
_SHOWN = 60
_PAGES = 6


class CompanionsCard(PopupCard):
    """A popup list. A click on a row, or Enter, goes to its first sentence, each further one to the next.

    ``place_activated(Span)``: go there.
    """

    place_activated = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.setFixedWidth(_WIDTH + 2 * self.edge)
        self.title = FlowText(look, role="strong", max_lines=2)
        self.about = FlowText(look, role="secondary", color="muted")
        self.column = Column(tr("Named in the same sentences"))
        self.column.body.setContentsMargins(0, 0, 0, 0)
        self.column.body.setSpacing(0)
        self.rows: list[RowButton] = []
        pad = look.sizes.pad
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(look.sizes.grid)
        column.addWidget(self.title)
        column.addWidget(self.about)
        column.addWidget(self.column, 1)

    def show_companions(self, name: str, found: tuple[Companion, ...], place: QRect) -> None:
        """Fill the card and open it beside ``place`` (global coordinates)."""
        self.title.set_text(name)
        self.about.set_text(
            count(len(found), "Named in the same sentences as {n} other", "Named in the same sentences as {n} others")
            if found
            else tr("No other entity is named in the same sentences.")
        )
        self.column.clear()
        self.rows = [self._row(item) for item in found[:_SHOWN]]
        height = self._look.sizes.row
        self.column.setVisible(bool(self.rows))
        self.column.setFixedHeight(height * min(_ROWS, len(self.rows)) + 2)
        self.setAccessibleName(tr("Named with {name}", name=name))
        self.adjustSize()
        self.show_beside(place)
        if self.rows:
            self.rows[0].setFocus(Qt.FocusReason.PopupFocusReason)

    def _row(self, item: Companion) -> RowButton:
        sizes = self._look.sizes
        pages = list(dict.fromkeys(place.page for place in item.places))
        shown = tr(", ").join(page_text(page) for page in pages[:_PAGES]) + ("…" if len(pages) > _PAGES else "")
        times = count(len(item.places), "in {n} sentence", "in {n} sentences")
        row = RowButton(self._look, f"{item.name}, {times}, {shown}", self.column.content)
        row.setToolTip(f"{item.name} · {times} · {shown}")
        row.setFixedHeight(sizes.row)
        dot = Dot(self._look)
        dot.set_token(self._look.theme.entity_token(item.label))
        name = ElidedLabel(item.name)
        where = label(pages_text(pages), "secondary")
        times_label = label(number_text(len(item.places)), "secondary")
        row.adopt(dot, name, where, times_label)
        line = QHBoxLayout(row)
        line.setContentsMargins(sizes.grid, 0, sizes.grid, 0)
        line.setSpacing(sizes.gap)
        line.addWidget(dot)
        line.addWidget(name, 1)
        line.addWidget(where)
        line.addWidget(times_label)
        step = _Steps(item)
        row.clicked.connect(lambda: self.place_activated.emit(step.next()))
        self.column.add(row)
        return row

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)


class _Steps:
    """Goes through the places of a row, around its end."""

    def __init__(self, item: Companion) -> None:
        self._spans = [place.span for place in item.places]
        self._next = 0

    def next(self) -> object:
        span = self._spans[self._next]
        self._next = (self._next + 1) % len(self._spans)
        return span


def pages_text(pages: list[int]) -> str:
    """The first few pages of a row."""
    return page_text(pages[0]) + (f" +{number_text(len(pages) - 1)}" if len(pages) > 1 else "")
