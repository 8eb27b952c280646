"""A table as the look's pictures have it: a quiet head, a line under each row, coloured words, dots and ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ui.views.widgets.fields import paint_tick
from ui.views.widgets.look import Look

Index = QModelIndex | QPersistentModelIndex
_CELL = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Cell:
    """``color`` and ``dot`` are tokens of the theme (or ``#RRGGBB``); ``check`` makes a box to tick of the cell."""

    text: str = ""
    color: str = "text"
    bold: bool = False
    dot: str = ""
    tip: str = ""
    check: bool | None = None


@dataclass(frozen=True, slots=True)
class Head:
    title: str
    tip: str = ""
    stretch: bool = False
    width: int = 0
    """0: as wide as what is in it."""


class _Rows(QAbstractTableModel):
    def __init__(self, heads: Sequence[Head]) -> None:
        super().__init__()
        self.heads = tuple(heads)
        self.rows: list[tuple[Cell, ...]] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.heads)

    def cell(self, index: Index) -> Cell:
        return self.rows[index.row()][index.column()]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        cell = self.cell(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return cell.tip or None
        if role == Qt.ItemDataRole.CheckStateRole and cell.check is not None:
            return Qt.CheckState.Checked if cell.check else Qt.CheckState.Unchecked
        return cell if role == _CELL else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Vertical:
            return None
        head = self.heads[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return head.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return head.tip or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def set_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        self.beginResetModel()
        self.rows = [tuple(row) for row in rows]
        self.endResetModel()


class _Painter(QStyledItemDelegate):
    def __init__(self, look: Look, parent: DataTable) -> None:
        super().__init__(parent)
        self._look, self._table = look, parent

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, cell = self._look, index.data(_CELL)
        box = QRectF(option.rect)
        grid, line = look.sizes.grid, look.sizes.separator
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self._table.hasFocus() and index.row() == self._table.currentIndex().row()
        if chosen:
            painter.fillRect(box.adjusted(0, 0, 0, -line), look.color("accent_soft"))
        painter.fillRect(QRectF(box.left(), box.bottom() - line + 1, box.width(), line), look.color("border"))
        if chosen and index.column() == 0:
            painter.fillRect(QRectF(box.left(), box.top(), 2, box.height() - line), look.color("accent"))
        x = box.left() + 2 * grid
        middle = box.center().y()
        if cell.check is not None:
            paint_tick(painter, look, QRectF(x, middle - 8, 16, 16), checked=cell.check)
            x += 6 * grid
        if cell.dot:
            dot = look.sizes.dot
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(cell.dot))
            painter.drawRoundedRect(QRectF(x, middle - dot / 2, dot, dot), dot / 3, dot / 3)
            x += dot + 2 * grid
        font = look.font("body", bold=cell.bold)
        font.setFeature(font.Tag.fromString("tnum"), 1)
        painter.setFont(font)
        painter.setPen(look.color(cell.color))
        room = QRectF(x, box.top(), box.right() - x - grid, box.height() - line)
        text = QFontMetrics(font).elidedText(cell.text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> object:  # type: ignore[override]
        hint = super().sizeHint(option, index)
        cell = index.data(_CELL)
        font = self._look.font("body", bold=cell.bold)
        width = QFontMetrics(font).horizontalAdvance(cell.text) + 5 * self._look.sizes.grid
        width += (2 * self._look.sizes.grid + self._look.sizes.dot) if cell.dot else 0
        hint.setWidth(width + (6 * self._look.sizes.grid if cell.check is not None else 0))
        hint.setHeight(self._look.sizes.row)
        return hint


class DataTable(QTableView):
    """As high as its rows, up to ``most``, then it scrolls. Arrow keys choose a row, Space ticks it."""

    toggled = Signal(int)
    """The box of this row was clicked, or Space pressed on it."""
    row_activated = Signal(int)
    """Enter or a double click."""
    row_changed = Signal(int)
    """Another row is the current one; -1: none."""

    def __init__(self, look: Look, name: str, heads: Sequence[Head], *, most: int = 0, parent: QWidget | None = None):
        super().__init__(parent)
        self._look, self._most = look, most
        self._rows = _Rows(heads)
        self.setModel(self._rows)
        self.setAccessibleName(name)
        self.setItemDelegate(_Painter(look, self))
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(look.sizes.row)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setFixedHeight(look.sizes.row)
        for number, column in enumerate(heads):
            mode = QHeaderView.ResizeMode.Stretch if column.stretch else QHeaderView.ResizeMode.ResizeToContents
            if column.width:
                mode = QHeaderView.ResizeMode.Fixed
                head.resizeSection(number, column.width)
            head.setSectionResizeMode(number, mode)
        self.selectionModel().currentRowChanged.connect(lambda now, _: self._on_current(now.row()))
        self._fit()

    def set_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        """The current row stays where it is."""
        if [tuple(row) for row in rows] == self._rows.rows:
            return
        current, place = self.currentIndex().row(), self.verticalScrollBar().value()
        self._rows.set_rows(rows)
        self._fit()
        if 0 <= current < len(rows):
            self.setCurrentIndex(self._rows.index(current, 0))
        self.verticalScrollBar().setValue(place)

    @property
    def row_count(self) -> int:
        return len(self._rows.rows)

    def cell(self, row: int, column: int) -> Cell:
        return self._rows.rows[row][column]

    @property
    def current_row(self) -> int:
        return self.currentIndex().row()

    def choose(self, row: int) -> None:
        self.setCurrentIndex(self._rows.index(row, 0))

    def _fit(self) -> None:
        shown = min(self.row_count, self._most) if self._most else self.row_count
        self.setFixedHeight((shown + 1) * self._look.sizes.row + 1)

    def _on_current(self, row: int) -> None:
        self.viewport().update()
        self.row_changed.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.current_row
        if event.key() == Qt.Key.Key_Space and row >= 0:
            self.toggled.emit(row)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            self.row_activated.emit(row)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or self._rows.cell(index).check is None:
            return
        left = self.visualRect(index).left()
        if event.position().x() < left + 8 * self._look.sizes.grid:
            self.toggled.emit(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.row_activated.emit(index.row())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.current_row < 0 and self.row_count:
            self.choose(0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.viewport().update()
