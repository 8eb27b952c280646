"""Pages below each other in a scrolled area: where each lies, which one the reader is on, and the way back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from assistant.types import Span
from ui.i18n import tr
from ui.views.page_geometry import Arrangement, History, Mode, PageGeometry, Spot, clamp_zoom, next_zoom
from ui.views.page_glide import Glide
from ui.views.widgets.look import Look

_PAPER_WAIT_MS = 12
_SCROLL_WAIT_MS = 12
_ZOOM_WAIT_MS = 90


class PageArea(QAbstractScrollArea):
    """Knows sizes and places only; :class:`ui.views.page_view.PageView` fills and paints it. Main thread only."""

    page_changed = Signal(int)
    zoom_changed = Signal(float)
    history_changed = Signal()
    arrangement_changed = Signal()
    """Other page modes or another rotation."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._geometry = PageGeometry((), 1.0, 0, 0)
        self._history = History()
        self._fit: str | None = "width"
        self._page = 0
        self._margin = look.sizes.page_margin
        self._surround = "desk"
        """The token of the colour around the pages."""
        self._asked = 0
        """The page that was gone to last: of those beside each other, it is the one the reader is on."""
        self._arrangement = Arrangement()
        self._refit = QTimer(self, singleShot=True, interval=0)
        self._refit.timeout.connect(lambda: self._relayout(None if self._fit is not None else self.zoom))
        self.glide = Glide(look.theme, self)
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

    @property
    def arrangement(self) -> Arrangement:
        return self._arrangement

    @property
    def is_paged(self) -> bool:
        """Whether one page is shown at a time."""
        return self._arrangement.is_paged and self._geometry.count > 0

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
        if page and self._asked in self._geometry.row_of(page):
            page = self._asked
        else:
            self._asked = 0
        if page != self._page:
            self._page = page
            self.setAccessibleDescription(tr("Page {page} of {pages}", page=page, pages=self._geometry.count))
            self.page_changed.emit(page)
            if page and self.is_paged and self._needs_room(page):
                # After this turn: the scroll bar is on its way.
                self._refit.start()

    def _needs_room(self, page: int) -> bool:
        """Whether a page that is alone is of another size than the one before it."""
        view = self.viewport().size()
        across = self.horizontalScrollBar().maximum() + view.width()
        if math.ceil(max(self._geometry.width_around(page), view.width())) != across:
            return True
        fitting = self._geometry.fit_page(page, view.width(), view.height())
        return self._fit == "page" and not math.isclose(fitting, self.zoom)

    def _update_bars(self) -> None:
        view = self.viewport().size()
        vertical, horizontal = self.verticalScrollBar(), self.horizontalScrollBar()
        vertical.setPageStep(view.height())
        vertical.setRange(0, max(0, math.ceil(self._geometry.height) - view.height()))
        horizontal.setPageStep(view.width())
        count = self._geometry.count
        across = self._geometry.width_around(min(max(self._page, 1), count)) if count else 0.0
        horizontal.setRange(0, max(0, math.ceil(across) - view.width()))

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
        self._asked = page
        self.scroll_on_page(page, point.y())
        self._note_page()

    def go_to_page(self, page: int, *, record: bool = True) -> None:
        page = min(max(page, 1), max(self._geometry.count, 1))
        if self._geometry.count:
            self.go_to(self._geometry.top_of(page, self._look.sizes.page_gap / 2), record=record)
            if self.is_paged:
                self.scroll_on_page(page, -math.inf)

    def turn_page(self, step: int, *, to_end: bool = False) -> None:
        """To the next row of pages (``step`` 1) or the one before (-1); ``to_end``: to its lower end, as by scrolling
        back."""
        if not self._geometry.count:
            return
        page = self._geometry.next_row(self._page, step)
        if page in self._geometry.row_of(self._page):
            return
        self.go_to_page(page, record=False)
        if to_end and self.is_paged:
            self.scroll_on_page(page, math.inf)

    def scroll_on_page(self, page: int, value: float) -> None:
        """Scroll to ``value``; where one page is shown at a time, only as far as it is ``page`` that is in sight."""
        self.glide.stop()
        if self.is_paged:
            low, high = self._geometry.slot_of(page, self.viewport().height())
            value = min(max(value, low), high)
        self.verticalScrollBar().setValue(round(value))

    def scroll_room(self) -> tuple[int, int]:
        """The lowest and highest value that scrolling goes to without turning the page."""
        bar = self.verticalScrollBar()
        if not self.is_paged:
            return bar.minimum(), bar.maximum()
        low, high = self._geometry.slot(float(bar.value()), self.viewport().height())
        return round(low), round(high)

    def _keep_to_page(self) -> None:
        """Where one page is shown at a time, it is not left between two of them."""
        bar = self.verticalScrollBar()
        if self.is_paged:
            low, high = self.scroll_room()
            bar.setValue(min(max(bar.value(), low), high))

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

    def take_place(self, other: PageArea) -> None:
        """Show what ``other`` shows, in the same way."""
        self.arrange(other.arrangement)
        here = other.here()
        if other.fit is None:
            self.set_zoom(other.zoom)
        else:
            self._fit = other.fit
            self._relayout(None)
        self.go_to(here)

    def set_mode(self, mode: Mode) -> None:
        """Pages below each other, one at a time, or two beside each other."""
        self.arrange(replace(self._arrangement, mode=mode))

    def rotate(self, by: int) -> None:
        """Turn all pages by ``by`` degrees (a multiple of 90), clockwise."""
        self.arrange(self._arrangement.turned(by))

    def arrange(self, arrangement: Arrangement) -> None:
        """Lay out the pages so; the reader stays on the page."""
        if arrangement == self._arrangement:
            return
        page = self._page
        turned = arrangement.rotation != self._arrangement.rotation
        self._arrangement = arrangement
        if self._geometry.count:
            # What is in the middle stays there when the page is turned around it.
            middle = QPointF(self.viewport().rect().center()) if turned else None
            self._relayout(None if self._fit is not None else self.zoom, middle)
            if page and page != self._page:
                self.go_to_page(page, record=False)
        self.arrangement_changed.emit()

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
        at_top = zoom is None and not self._arrangement.is_paged
        anchor = around if around is not None else QPointF(view.width() / 2, 0.0 if at_top else view.height() / 2)
        kept = self.spot_at(anchor) if had else None
        if kept is not None and self._arrangement.is_paged and kept.page != self._page:
            # The view has another height already, and the place was one of the old.
            kept = self._geometry.top_of(self._page)
        old = self.zoom
        fresh = PageGeometry(
            self._page_sizes, zoom or 1.0, sizes.page_gap, self._margin, self._arrangement, view.height()
        )
        if zoom is None:
            zoom = fresh.fit(self._fit, max(self._page, 1), view.width(), view.height())
            fresh = fresh.zoomed(zoom)
        self._geometry = fresh
        self._update_bars()
        if kept is not None:
            # Printed, a document has fewer pages or more.
            kept = kept if kept.page <= fresh.count else Spot(fresh.count, 0.0, 0.0)
            point = fresh.point(kept, self._view_width())
            self.scroll_on_page(kept.page, point.y() - anchor.y())
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
        points = self._geometry.turn(page, points)
        return QRectF(
            origin.x() + points.x() * scale,
            origin.y() + points.y() * scale,
            points.width() * scale,
            points.height() * scale,
        )

    def point_in_view(self, page: int, x: float, y: float) -> QPointF:
        """A point of a page (points) in the viewport."""
        return self.rect_in_view(page, QRectF(x, y, 0.0, 0.0)).topLeft()
