"""Which picture of a page a view will ask for once its document is open, so that it can be drawn ahead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractScrollArea

from ui.views.page_geometry import PageGeometry, first_fit
from ui.views.page_images import WHOLE_PAGE_LIMIT
from ui.views.page_painter import PageRequest
from ui.views.widgets.look import Look

if TYPE_CHECKING:
    from assistant.engine import Fit


def foresee(
    pages: QAbstractScrollArea, look: Look, zoom: float | str
) -> Callable[[tuple[float, float], float], float | None]:
    """A function for any thread: (size of a page in points, kept zoom or 0) -> the pixels per point at which
    this view, as large as it is now, will ask for the page after ``open``; None for one that it shows in tiles."""
    view, ratio, sizes = pages.viewport().size(), pages.devicePixelRatioF(), look.sizes

    def scale(size: tuple[float, float], kept: float) -> float | None:
        wanted = kept if kept > 0 else zoom
        geometry = PageGeometry((size,), 1.0, sizes.page_gap, sizes.page_margin)
        fit = wanted if isinstance(wanted, str) else None
        number = wanted if isinstance(wanted, float) else geometry.fit(fit, 1, view.width(), view.height())
        request = PageRequest(PageGeometry((size,), number, sizes.page_gap, sizes.page_margin), ratio)
        return request.scale if request.is_whole(1) else None

    return scale


def first_picture(pages: QAbstractScrollArea, look: Look, zoom: float | str) -> Fit:
    """What :func:`foresee` foresees, for whom sees the page's size first."""
    margin = look.sizes.page_margin
    return first_fit(zoom, pages.viewport().size(), pages.devicePixelRatioF(), margin, WHOLE_PAGE_LIMIT)
