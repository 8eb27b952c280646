"""Pages below each other in a scrolled area: where each lies, which one the reader is on, and the way back."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from ui.i18n import tr
from ui.views.page_geometry import History, PageGeometry, Spot
from ui.views.widgets.look import Look


class PageArea(QAbstractScrollArea):
    """Knows sizes and places only; :class:`ui.views.page_view.PageView` fills and paints it. Main thread only."""

    page_changed = Signal(int)
    zoom_changed = Signal(float)
    history_changed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._geometry = PageGeometry((), 1.0, 0, 0)
        self._history = History()
        self._fit: str | None = "width"
        self._page = 0
        self.setProperty("role", "desk")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setAccessibleName(tr("Pages of the document"))

    @property
    def look(self) -> Look:
        return self._look

    @property
    def geometry_of_pages(self) -> PageGeometry:
        return self._geometry

    @property
    def history(self) -> History:
        return self._history

    @property
    def page(self) -> int:
        """The page that the reader is on; 0 without a document."""
        return self._page

    @property
    def zoom(self) -> float:
        return self._geometry.zoom

    @property
    def fit(self) -> str | None:
        """``width`` or ``page`` where the zoom follows the view's size."""
        return self._fit

    def here(self) -> Spot:
        """The point of the document in the view's top left corner (within its page)."""
        if not self._geometry.count:
            return Spot(1, 0.0, 0.0)
        top = QPointF(self._offset_x(), self.verticalScrollBar().value())
        return self._geometry.spot(top, self._view_width())

    def visible_pages(self) -> range:
        top = float(self.verticalScrollBar().value())
        return self._geometry.pages_between(top, top + self.viewport().height())

    def _leave(self) -> None:
        self._history.leave(self.here())
        self.history_changed.emit()

    def _note_page(self) -> None:
        view = self.viewport().height()
        bar = self.verticalScrollBar()
        page = self._geometry.main_page(float(bar.value()), view)
        if bar.maximum() > 0 and bar.value() == bar.maximum():
            page = self.visible_pages()[-1]
        if page != self._page:
            self._page = page
            self.setAccessibleDescription(tr("Page {page} of {pages}", page=page, pages=self._geometry.count))
            self.page_changed.emit(page)

    def _update_bars(self) -> None:
        view = self.viewport().size()
        vertical, horizontal = self.verticalScrollBar(), self.horizontalScrollBar()
        vertical.setPageStep(view.height())
        vertical.setRange(0, max(0, math.ceil(self._geometry.height) - view.height()))
        horizontal.setPageStep(view.width())
        horizontal.setRange(0, max(0, math.ceil(self._geometry.width) - view.width()))

    # --- coordinates -----------------------------------------------------------------------------------------

    def _view_width(self) -> float:
        return float(self.viewport().width())

    def _offset_x(self) -> float:
        return float(self.horizontalScrollBar().value())

    def spot_at(self, position: QPointF) -> Spot:
        """The document's point under a point of the viewport."""
        content = position + QPointF(self._offset_x(), self.verticalScrollBar().value())
        return self._geometry.spot(content, self._view_width())

    def page_rect(self, page: int) -> QRectF:
        """A page in the viewport, on whole device pixels."""
        rect = self._geometry.rect(page, self._view_width())
        rect.translate(-self._offset_x(), -self.verticalScrollBar().value())
        ratio = self.devicePixelRatioF()
        left, top = round(rect.left() * ratio) / ratio, round(rect.top() * ratio) / ratio
        return QRectF(left, top, round(rect.width() * ratio) / ratio, round(rect.height() * ratio) / ratio)

    def rect_in_view(self, page: int, points: QRectF) -> QRectF:
        """A rectangle of a page (points) in the viewport."""
        origin = self.page_rect(page).topLeft()
        scale = self._geometry.scale
        return QRectF(
            origin.x() + points.x() * scale,
            origin.y() + points.y() * scale,
            points.width() * scale,
            points.height() * scale,
        )
