"""A list of places in a document: words with some of them strong, what there is to say of them, and a page chip.

Rows are made as they are painted, so that a list of a hundred thousand hits costs no more than one of ten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.i18n import tr
from ui.theme import FontRole
from ui.views.widgets import Look

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """What one row shows."""

    title: str
    strong: tuple[int, int] = (0, 0)
    """Range of ``title`` in strong letters."""
    detail: str = ""
    """A second paragraph, muted."""
    page: str = ""
    """What the chip says: "p. 4"."""
    color: str = ""
    """Token of the bar at the left; none where it is empty."""
    faded: bool = False


class PlaceList(QListView):
    """:meth:`set_rows` fills it. A click, or Enter, emits the row's number."""

    chosen = Signal(int)
    """A row was clicked or entered."""
    removed = Signal(int)
    """Delete was pressed on a row."""
    copied = Signal(int)
    """Ctrl+C was pressed on a row."""

    def __init__(self, look: Look, name: str, *, lines: int = 1, parent: QWidget | None = None) -> None:
        """``lines`` of a title and of a detail, at most; with one, all rows are equally high."""
        super().__init__(parent)
        self._rows = _Rows(self)
        self.setModel(self._rows)
        self._delegate = _RowDelegate(look, lines, self)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(lines == 1)
        # Thousands of rows of different heights are not measured in one turn.
        self.setLayoutMode(QListView.LayoutMode.SinglePass if lines == 1 else QListView.LayoutMode.Batched)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.clicked.connect(lambda index: self.chosen.emit(index.row()))
        self.activated.connect(lambda index: self.chosen.emit(index.row()))
        look.theme.changed.connect(self.viewport().update)

    def set_rows(self, number: int, row: Callable[[int], PlaceRow]) -> None:
        """``row`` makes the row of a number from 0; it is called while painting."""
        current = self.current
        self._rows.set_rows(number, row)
        if 0 <= current < number:
            self.set_current(current, scroll=False)

    @property
    def count(self) -> int:
        return self._rows.rowCount()

    @property
    def current(self) -> int:
        """The row that is marked; -1 for none."""
        return self.currentIndex().row()

    def row(self, number: int) -> PlaceRow:
        return self._rows.row(number)

    @property
    def row_height(self) -> int:
        """Of a row with one line."""
        return self._delegate.row_height

    def set_current(self, number: int, *, scroll: bool = True) -> None:
        index = self._rows.index(number, 0) if number >= 0 else QModelIndex()
        self.setCurrentIndex(index)
        if scroll and index.isValid():
            self.scrollTo(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.current
        if row >= 0 and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # Not every style activates by Enter.
            self.chosen.emit(row)
        elif row >= 0 and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(row)
        elif row >= 0 and event.key() == Qt.Key.Key_C and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.copied.emit(row)
        else:
            super().keyPressEvent(event)


class _Rows(QAbstractListModel):
    def __init__(self, parent: PlaceList) -> None:
        super().__init__(parent)
        self._number = 0
        self._row: Callable[[int], PlaceRow] = lambda _: PlaceRow("")

    def set_rows(self, number: int, row: Callable[[int], PlaceRow]) -> None:
        self.beginResetModel()
        self._number, self._row = number, row
        self.endResetModel()

    def row(self, number: int) -> PlaceRow:
        return self._row(number)

    def rowCount(self, _parent: Index | None = None) -> int:
        return self._number

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        row = self._row(index.row())
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.detail or row.title
        return ". ".join(part for part in (row.title, row.detail, row.page) if part)


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, look: Look, lines: int, view: PlaceList) -> None:
        super().__init__(view)
        self._look = look
        self._lines = lines
        self._view = view

    @property
    def row_height(self) -> int:
        return max(self._look.line_height("body") + 2 * self._pad, self._look.sizes.row_group)

    @property
    def _pad(self) -> int:
        return self._look.sizes.grid if self._lines == 1 else self._look.sizes.gap

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        if self._lines == 1:
            return QSize(self._view.viewport().width(), self.row_height)
        row = self._view.row(index.row())
        width = self._text_width(self._view.viewport().width(), row)
        height = self._layout(row.title, width, "body").height
        if row.detail:
            height += self._layout(row.detail, width, "secondary").height
        return QSize(self._view.viewport().width(), round(height) + 2 * self._pad)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, sizes = self._look, self._look.sizes
        row = self._view.row(index.row())
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(area).adjusted(sizes.grid, 1, -sizes.grid, -1)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("accent_soft" if selected else "sunken"))
            painter.drawRoundedRect(box, sizes.radius, sizes.radius)
        left = box.left() + sizes.gap
        if row.color:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(row.color))
            bar = QRectF(left, box.top() + sizes.grid, sizes.grid, box.height() - 2 * sizes.grid)
            painter.drawRoundedRect(bar, 2, 2)
        left += self._indent(row)
        width = self._text_width(area.width(), row)
        title = self._layout(row.title, width, "body", row.strong)
        top = area.top() + self._pad if self._lines > 1 else area.center().y() - title.height / 2 + 0.5
        title.draw(painter, QPointF(left, top), look.color("muted" if row.faded else "text"))
        if row.detail:
            detail = self._layout(row.detail, width, "secondary")
            detail.draw(painter, QPointF(left, top + title.height), look.color("muted"))
        if row.page:
            self._chip(painter, row.page, box, title.height, top, selected=selected)
        painter.restore()

    def _chip(self, painter: QPainter, text: str, box: QRectF, height: float, top: float, *, selected: bool) -> None:
        look, sizes = self._look, self._look.sizes
        width = self._chip_width(text)
        line = min(height, float(look.line_height("body")))
        chip = QRectF(box.right() - sizes.gap - width, top + 1, width, line - 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("surface" if selected else "sunken"))
        painter.drawRoundedRect(chip, sizes.radius_small, sizes.radius_small)
        painter.setFont(look.font("secondary"))
        painter.setPen(look.color("muted"))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)

    def _chip_width(self, text: str) -> float:
        return QFontMetrics(self._look.font("secondary")).horizontalAdvance(text) + 3.0 * self._look.sizes.grid

    def _indent(self, row: PlaceRow) -> int:
        return 3 * self._look.sizes.grid if row.color else 0

    def _text_width(self, width: int, row: PlaceRow) -> float:
        sizes = self._look.sizes
        chip = self._chip_width(row.page) + sizes.gap if row.page else 0
        return max(width - 2 * sizes.grid - 2 * sizes.gap - self._indent(row) - chip, 40.0)

    def _layout(self, text: str, width: float, role: FontRole, strong: tuple[int, int] = (0, 0)) -> _Lines:
        return _Lines(self._look, text, width, role, self._lines, strong)


class _Lines:
    """A text laid out in a few lines; the last one says where there is more."""

    def __init__(
        self, look: Look, text: str, width: float, role: FontRole, lines: int, strong: tuple[int, int]
    ) -> None:
        font = look.font(role)
        self.line_height = float(look.line_height(role))
        self._parts: list[tuple[str, int]] = []
        layout = QTextLayout(text, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        metrics = QFontMetrics(font)
        utf16 = text.encode("utf-16-le", "surrogatepass")

        def part(start: int, length: int | None = None) -> str:
            end = None if length is None else 2 * (start + length)
            return utf16[2 * start : end].decode("utf-16-le", "replace")

        while len(self._parts) < lines:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width)
            start = line.textStart()
            if len(self._parts) == lines - 1:
                # Strong letters are a little wider than those that are measured here.
                room = width - (6 if strong[0] < strong[1] else 0)
                self._parts.append((metrics.elidedText(part(start), Qt.TextElideMode.ElideRight, int(room)), start))
            else:
                self._parts.append((part(start, line.textLength()), start))
        layout.endLayout()
        before = len(text[: strong[0]].encode("utf-16-le", "surrogatepass")) // 2
        inside = len(text[strong[0] : strong[1]].encode("utf-16-le", "surrogatepass")) // 2
        self._strong = (before, before + inside)
        self._font, self._bold = font, QFont(font)
        self._bold.setWeight(QFont.Weight(look.sizes.weight_strong))

    @property
    def height(self) -> float:
        return self.line_height * max(len(self._parts), 1)

    def draw(self, painter: QPainter, place: QPointF, color: QColor) -> None:
        painter.setPen(color)
        y = place.y() + self.line_height * 0.5 + QFontMetrics(self._font).capHeight() / 2
        for text, start in self._parts:
            x = place.x()
            units = text.encode("utf-16-le", "surrogatepass")
            first = min(max(self._strong[0] - start, 0), len(units) // 2)
            last = min(max(self._strong[1] - start, first), len(units) // 2)
            for begin, end, font in ((0, first, self._font), (first, last, self._bold), (last, None, self._font)):
                piece = units[2 * begin : None if end is None else 2 * end].decode("utf-16-le", "replace")
                if piece:
                    painter.setFont(font)
                    painter.drawText(QPointF(x, y), piece)
                    x += QFontMetrics(font).horizontalAdvance(piece)
            y += self.line_height


def snippet(text: str, start: int, end: int, before: int = 48, after: int = 160) -> tuple[str, tuple[int, int]]:
    """The words of ``text`` at ``[start, end)`` with those of their line around them; and where in it they are."""
    first = max(text.rfind("\n", 0, start) + 1, start - before)
    if first > 0 and text[first - 1] != "\n":
        # At a word, where there is one.
        blank = text.find(" ", first, start)
        first = blank + 1 if 0 <= blank < start - before // 2 else first
    stop = text.find("\n", end)
    stop = min(len(text) if stop < 0 else stop, end + after)
    cut = "…" if first > 0 and text[first - 1] != "\n" else ""
    head = cut + " ".join(text[first:start].split()) + (" " if start > first and text[start - 1].isspace() else "")
    middle = " ".join(text[start:end].split())
    tail = (" " if end < stop and text[end].isspace() else "") + " ".join(text[end:stop].split())
    return head + middle + tail, (len(head), len(head) + len(middle))


def page_words(page: int, labels: Sequence[str]) -> str:
    """What a chip says of a page: its printed label where it has one of its own."""
    return tr("p. {page}", page=labels[page - 1] if 1 <= page <= len(labels) else page)
