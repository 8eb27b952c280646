"""A scroll bar that shows where in the document things are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from ui.views.widgets.look import Look

_WAIT_MS = 40
_TICK = 2.0
"""Pixels."""


class MarkedScrollBar(QScrollBar):
    """Paints a line for each of the places that ``places`` gives: shares of the whole height, in [0, 1].

    They are asked for again, a little later, whenever the range has changed: pages lie somewhere else then.
    """

    def __init__(self, look: Look, places: Callable[[], Sequence[float]], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._look = look
        self._source = places
        self.places: Sequence[float] = ()
        self.current: float | None = None
        """Painted over the others."""
        self._rows: tuple[int, list[int]] = (-1, [])
        """The height that they are for, and where the lines are at it: it is painted with each step of scrolling."""
        self._timer = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._timer.timeout.connect(self.refresh)
        self.rangeChanged.connect(lambda *_: self._timer.start() if self.places else None)

    def refresh(self) -> None:
        """Ask for the places now."""
        self.places = self._source()
        self._rows = (-1, [])
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.places and self.current is None:
            return
        painter = QPainter(self)
        warn = self._look.color("warn", 0.75)
        height = self.height()
        if self._rows[0] != height:
            self._rows = (height, sorted({round(place * height) for place in self.places}))
        for row in self._rows[1]:
            painter.fillRect(QRectF(2, row - _TICK / 2, self.width() - 4, _TICK), warn)
        if self.current is not None:
            accent = self._look.color("accent")
            painter.fillRect(QRectF(1, self.current * self.height() - _TICK, self.width() - 2, 2 * _TICK), accent)
        painter.end()
