"""The confusion matrix: rows are the right classes, columns what is said. The arrow keys read it cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.i18n import number_text, tr
from ui.views.widgets import Look

_GAP = 2
_SHOWN = 10
"""More classes make cells that nobody can read: the most frequent ones are shown, the others are in the table."""


class ConfusionMatrix(QWidget):
    """``told`` gives the sentence of the cell that the keys or the mouse have chosen."""

    told = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._names: tuple[str, ...] = ()
        self._counts: tuple[tuple[int, ...], ...] = ()
        self._dots: tuple[str, ...] = ()
        self._current = (0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Confusion matrix"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_counts(self, names: Sequence[str], counts: Sequence[Sequence[int]], dots: Sequence[str] = ()) -> None:
        """The last row and column are "none". ``dots``: the colours of the classes."""
        kept = list(range(len(names)))
        if len(kept) > _SHOWN:
            size = {n: sum(counts[n]) + sum(row[n] for row in counts) for n in kept[:-1]}
            kept = [*sorted(sorted(size, key=lambda n: -size[n])[: _SHOWN - 1]), len(names) - 1]
        self._names = tuple(names[n] for n in kept)
        self._dots = tuple(dots[n] for n in kept) if dots else ()
        self._counts = tuple(tuple(counts[row][column] for column in kept) for row in kept)
        self._current = (0, 0)
        self.setFixedHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()

    def sentence(self, row: int, column: int) -> str:
        """What a cell says."""
        right, said, number = self._names[row], self._names[column], number_text(self._counts[row][column])
        last = len(self._names) - 1
        if row == column == last:
            return tr("{n} were rightly left alone", n=number)
        if row == column:
            return tr("{n} {name} found as such", n=number, name=right)
        if column == last:
            return tr("{n} {name} missed", n=number, name=right)
        if row == last:
            return tr("{n} taken for {name} by mistake", n=number, name=said)
        return tr("{n} {name} taken for {other}", n=number, name=right, other=said)

    def sizeHint(self) -> QSize:
        rows = max(1, len(self._names))
        return QSize(self._look.sizes.confusion_width, rows * self._row_height() + self._edge())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), 30 * max(1, len(self._names))), self.sizeHint().height())

    def _row_height(self) -> int:
        return self._look.sizes.row if len(self._names) <= 6 else self._look.sizes.control_small

    def _cell(self, row: int, column: int) -> QRectF:
        edge = self._edge()
        width = (self.width() - edge + _GAP) / max(1, len(self._names))
        height = self._row_height()
        return QRectF(edge + column * width, edge + row * height, width - _GAP, height - _GAP)

    def _edge(self) -> int:
        """Room for the dots that say which class a row and a column are."""
        return self._look.sizes.dot + self._look.sizes.grid if self._dots else 0

    def _at(self, place: QPoint) -> tuple[int, int] | None:
        for row in range(len(self._names)):
            for column in range(len(self._names)):
                if self._cell(row, column).contains(place):
                    return row, column
        return None

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font("secondary"))
        for row, counts in enumerate(self._counts):
            total = max(1, sum(counts))
            for column, number in enumerate(counts):
                box = self._cell(row, column)
                share = number / total
                strong = row == column and share > 0.5
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.color("sunken"))
                painter.drawRoundedRect(box, 2, 2)
                if number:
                    # On the diagonal the right ones; beside it mistakes, which are seen by their shade.
                    token = "accent" if row == column else "warn"
                    painter.setBrush(look.color(token, 0.25 + 0.65 * share if row == column else 0.08 + 0.6 * share))
                    painter.drawRoundedRect(box, 2, 2)
                painter.setPen(look.color("on_accent" if strong else "text" if number else "muted"))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, number_text(number))
        dot = look.sizes.dot
        painter.setPen(Qt.PenStyle.NoPen)
        for number, token in enumerate(self._dots):
            painter.setBrush(look.color(token))
            box = self._cell(number, number)
            for x, y in ((0.0, box.center().y() - dot / 2), (box.center().x() - dot / 2, 0.0)):
                painter.drawRoundedRect(QRectF(x, y, dot, dot), dot / 3, dot / 3)
        if self.hasFocus() and self._names:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("text"), 2))
            painter.drawRoundedRect(self._cell(*self._current).adjusted(1, 1, -1, -1), 2, 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }.get(Qt.Key(event.key()))
        if step is None or not self._names:
            super().keyPressEvent(event)
            return
        last = len(self._names) - 1
        self._choose(min(last, max(0, self._current[0] + step[0])), min(last, max(0, self._current[1] + step[1])))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if (cell := self._at(event.position().toPoint())) is not None:
            self._choose(*cell)

    def _choose(self, row: int, column: int) -> None:
        self._current = (row, column)
        sentence = self.sentence(row, column)
        self.setAccessibleDescription(sentence)
        self.told.emit(sentence)
        self.update()

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        if self._names:
            self._choose(*self._current)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and (cell := self._at(event.pos())) is not None:
            QToolTip.showText(event.globalPos(), self.sentence(*cell), self)
            return True
        return super().event(event)
