"""Pages below each other in a scrolled area: where each lies, which one the reader is on, and the way back."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from assistant.types import Span
from ui.i18n import tr
from ui.views.page_geometry import History, PageGeometry, Spot, clamp_zoom, next_zoom
from ui.views.widgets.look import Look

_PAPER_WAIT_MS = 12
_SCROLL_WAIT_MS = 12
_ZOOM_WAIT_MS = 90


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
        self._page_sizes: Sequence[tuple[float, float]] = ()
        self._jump: Span | None = None
        """Still to be scrolled to, once its page's glyphs are known."""
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

    # --- places --------------------------------------------------------------------------------------------

    def go_to(self, spot: Spot, *, record: bool = False) -> None:
        """Put ``spot`` into the top of the view. ``record`` makes it a jump that Back returns from."""
        if not self._geometry.count:
            return
        if record:
            self._leave()
        page = min(max(spot.page, 1), self._geometry.count)
        point = self._geometry.point(Spot(page, spot.x, spot.y), self._view_width())
        self._jump = None
        self.verticalScrollBar().setValue(round(point.y()))

    def go_to_page(self, page: int, *, record: bool = True) -> None:
        gap = self._look.sizes.page_gap / 2 / self._geometry.scale
        self.go_to(Spot(page, 0.0, -gap), record=record)

    def back(self) -> None:
        spot = self._history.back(self.here())
        if spot is not None:
            self.go_to(spot)
            self.history_changed.emit()

    def forward(self) -> None:
        spot = self._history.forward(self.here())
        if spot is not None:
            self.go_to(spot)
            self.history_changed.emit()

    # --- zoom ------------------------------------------------------------------------------------------------

    def set_zoom(self, zoom: float, around: QPointF | None = None) -> None:
        """Zoom; the document's point at ``around`` (viewport; default: its centre) stays where it is."""
        self._fit = None
        self._relayout(clamp_zoom(zoom), around)

    def zoom_step(self, direction: int) -> None:
        self.set_zoom(next_zoom(self.zoom, direction))

    def fit_width(self) -> None:
        self._fit = "width"
        self._relayout(None)

    def fit_page(self) -> None:
        self._fit = "page"
        self._relayout(None)

    def _set_page_sizes(self, sizes: Sequence[tuple[float, float]]) -> None:
        """Other sizes; the reader's place and the zoom stay."""
        self._page_sizes = sizes
        self._relayout(None if self._fit is not None else self.zoom)

    def _want_soon(self, wait: int = _SCROLL_WAIT_MS) -> None:
        """Other pages are in sight: ask for what is missing, once the view has come to rest for ``wait`` ms."""

    def _relayout(self, zoom: float | None, around: QPointF | None = None) -> None:
        """Lay out at ``zoom``, or at the fitting one for None, keeping the reader's place."""
        if not len(self._page_sizes):
            return
        sizes = self._look.sizes
        view = self.viewport().size()
        had = self._geometry.count > 0
        anchor = around if around is not None else QPointF(view.width() / 2, 0.0 if zoom is None else view.height() / 2)
        kept = self.spot_at(anchor) if had else None
        old = self.zoom
        fresh = PageGeometry(self._page_sizes, zoom or 1.0, sizes.page_gap, sizes.page_margin)
        if zoom is None:
            zoom = fresh.fit(self._fit, max(self._page, 1), view.width(), view.height())
            fresh = fresh.zoomed(zoom)
        self._geometry = fresh
        self._update_bars()
        if kept is not None:
            # Printed, a document has fewer pages or more.
            kept = kept if kept.page <= fresh.count else Spot(fresh.count, 0.0, 0.0)
            point = fresh.point(kept, self._view_width())
            self.verticalScrollBar().setValue(round(point.y() - anchor.y()))
            self.horizontalScrollBar().setValue(round(point.x() - anchor.x()))
        if not had or not math.isclose(old, zoom):
            self.zoom_changed.emit(zoom)
        self._note_page()
        # Zooming goes through many sizes; only where it comes to rest is drawn.
        self._want_soon(_ZOOM_WAIT_MS if had and not math.isclose(old, zoom) else 0)
        if had:
            self.viewport().update()
        else:
            # Empty paper, if the first picture does not come at once.
            QTimer.singleShot(_PAPER_WAIT_MS, self.viewport(), self.viewport().update)

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
