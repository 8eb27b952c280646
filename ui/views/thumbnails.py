"""Small pictures of all pages. Only those in sight are rendered and only a bounded number is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QPainter, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.i18n import tr
from ui.views.page_images import ImageKey, PageImages
from ui.views.page_painter import recolouring
from ui.views.widgets import Look

BUDGET = 48 * 1024 * 1024
_WAIT_MS = 40
_AHEAD = 4
Index = QModelIndex | QPersistentModelIndex


class Thumbnails(QListView):
    """The pages as a list; the current one is framed. A click goes there."""

    page_activated = Signal(int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._images: PageImages | None = None
        self._model = _PageModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_PageDelegate(look, self))
        self.setUniformItemSizes(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Pages"))
        self.clicked.connect(self._activate)
        self.activated.connect(self._activate)
        self._timer = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._timer.timeout.connect(self._want)
        self.verticalScrollBar().valueChanged.connect(self._want_soon)
        look.theme.changed.connect(self._theme_changed)
        look.on_page.changed.connect(self._theme_changed)

    @property
    def images(self) -> PageImages | None:
        return self._images

    def open(self, sizes: list[tuple[float, float]], images: PageImages, labels: Sequence[str] = ()) -> None:
        """Show pages of these sizes (points). ``images`` renders them; it is this list's alone. ``labels``: what is
        printed on the pages, where that is not their number."""
        self._images = images
        images.setParent(self)
        images.set_recolouring(recolouring(self._look))
        images.ready.connect(self._came)
        # Where all pages are alike the list need not ask a thousand times how large each row is.
        self.setUniformItemSizes(len(set(sizes)) == 1)
        self._model.set_sizes(sizes, labels)
        self._want_soon()

    def set_page(self, page: int) -> None:
        """Mark the page that the reader is on."""
        index = self._model.index(page - 1, 0)
        if index.isValid() and index != self.currentIndex():
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)

    def scale_of(self, row: int) -> float:
        """Device pixels a point for the thumbnail of a row."""
        width, height = self._model.size_of(row)
        edge = self._look.sizes.thumbnail
        return round(min(edge / width, edge * 1.5 / height) * self.devicePixelRatioF(), 4)

    def size_of(self, row: int) -> QSize:
        """Logical pixels of the picture of a row."""
        width, height = self._model.size_of(row)
        scale = self.scale_of(row) / self.devicePixelRatioF()
        return QSize(max(round(width * scale), 1), max(round(height * scale), 1))

    def _activate(self, index: QModelIndex) -> None:
        self.page_activated.emit(index.row() + 1)

    def _visible_rows(self) -> range:
        view = self.viewport().rect()
        middle = view.center().x()
        top = self.indexAt(QPoint(middle, view.top()))
        start = top.row() if top.isValid() else 0
        bottom = self.indexAt(QPoint(middle, view.bottom()))
        stop = bottom.row() if bottom.isValid() else self._model.rowCount() - 1
        return range(max(start, 0), min(max(stop, start), self._model.rowCount() - 1) + 1)

    def _want_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _want(self) -> None:
        if self._images is None or not self.isVisible() or not self._model.rowCount():
            return
        rows = self._visible_rows()
        near = range(rows.stop, min(rows.stop + _AHEAD, self._model.rowCount()))
        self._images.want((ImageKey(row + 1, self.scale_of(row)), None, 2) for row in (*rows, *near))

    def _came(self, page: int) -> None:
        index = self._model.index(page - 1, 0)
        if index.isValid():
            self.update(index)

    def _theme_changed(self) -> None:
        if self._images is not None:
            self._images.set_recolouring(recolouring(self._look))
        self._want_soon()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._want_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.scrollTo(self.currentIndex())
        self._want_soon()


class _PageModel(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._sizes: list[tuple[float, float]] = []
        self._labels: Sequence[str] = ()

    def set_sizes(self, sizes: list[tuple[float, float]], labels: Sequence[str]) -> None:
        self.beginResetModel()
        self._sizes = sizes
        self._labels = labels if len(labels) == len(sizes) else ()
        self.endResetModel()

    def size_of(self, row: int) -> tuple[float, float]:
        return self._sizes[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._sizes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._name(index.row())
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return tr("Page {page}", page=self._name(index.row()))
        return None

    def _name(self, row: int) -> str:
        return (self._labels[row] if self._labels else "") or str(row + 1)


class _PageDelegate(QStyledItemDelegate):
    def __init__(self, look: Look, view: Thumbnails) -> None:
        super().__init__(view)
        self._look = look
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        sizes = self._look.sizes
        return QSize(sizes.thumbnail, self._view.size_of(index.row()).height() + sizes.gap * 2 + sizes.chip)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, sizes, row = self._look, self._look.sizes, index.row()
        size = self._view.size_of(row)
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        left = area.left() + (area.width() - size.width()) // 2
        picture = QRect(left, area.top() + sizes.gap, size.width(), size.height())
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.fillRect(picture, look.on_page.color("paper"))
        images = self._view.images
        image = images.get(ImageKey(row + 1, self._view.scale_of(row))) if images is not None else None
        if image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(picture, image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        color = look.color("accent") if selected else look.color("muted" if hovered else "border")
        painter.setPen(QPen(color, sizes.underline if selected else sizes.separator))
        inset = 0.0 if selected else 0.5
        painter.drawRoundedRect(QRectF(picture).adjusted(-inset, -inset, inset, inset), 2, 2)
        painter.setFont(look.font("secondary", bold=selected))
        painter.setPen(look.color("text" if selected else "muted"))
        below = QRect(area.left(), picture.bottom() + 1, area.width(), sizes.chip + sizes.grid)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(index.data()))
        painter.restore()
