"""Where pages lie in the continuous view, and the way back after a jump. No widgets here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize

if TYPE_CHECKING:
    from assistant.engine import Fit

PIXELS_PER_POINT = 96 / 72
"""Logical pixels of a point at 100 %."""
ZOOM_MIN, ZOOM_MAX = 0.1, 8.0
_ENDLESS = 1e9
ZOOM_STEPS = (0.1, 0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)


@dataclass(frozen=True, slots=True)
class Spot:
    """A point of the document: page from 1, points from the page's top left corner."""

    page: int
    x: float
    y: float


class PageGeometry:
    """Pages below each other, centred, at one zoom. Lengths are logical pixels in the scrolled content."""

    def __init__(
        self, sizes: Sequence[tuple[float, float]] | npt.NDArray[np.float64], zoom: float, gap: int, margin: int
    ) -> None:
        """``sizes`` are (width, height) in points; ``gap`` lies between pages, ``margin`` around them all."""
        self.zoom = zoom
        self.scale = zoom * PIXELS_PER_POINT
        self._gap, self._margin = gap, margin
        self._sizes = np.asarray(sizes, dtype=np.float64).reshape(-1, 2)
        scaled = np.maximum(self._sizes * self.scale, 1.0)
        self._widths, self._heights = scaled[:, 0], scaled[:, 1]
        steps = self._heights + gap
        self._tops = margin + np.concatenate([[0.0], np.cumsum(steps)[:-1]]) if len(scaled) else np.zeros(0)
        self.width = float(self._widths.max()) + 2 * margin if len(scaled) else 0.0
        self.height = float(self._tops[-1] + self._heights[-1]) + margin if len(scaled) else 0.0

    def zoomed(self, zoom: float) -> PageGeometry:
        """The same pages at another zoom."""
        return PageGeometry(self._sizes, zoom, self._gap, self._margin)

    @property
    def count(self) -> int:
        return len(self._sizes)

    def points(self, page: int) -> tuple[float, float]:
        """Width and height of a page in points."""
        width, height = self._sizes[page - 1]
        return float(width), float(height)

    def rect(self, page: int, view_width: float) -> QRectF:
        """The page in the content, centred in the wider of content and view."""
        width, height = float(self._widths[page - 1]), float(self._heights[page - 1])
        return QRectF((max(self.width, view_width) - width) / 2, float(self._tops[page - 1]), width, height)

    def pages_between(self, top: float, bottom: float) -> range:
        """Pages that show between two heights of the content; the nearest one where the gap fills it all."""
        if not self.count:
            return range(1, 1)
        first = int(np.searchsorted(self._tops + self._heights, top, side="right"))
        last = int(np.searchsorted(self._tops, bottom, side="left"))
        first = min(first, self.count - 1)
        return range(first + 1, max(last, first + 1) + 1)

    def main_page(self, top: float, height: float) -> int:
        """The page that a reader would say they are on: it holds the line a third down the view."""
        if not self.count:
            return 0
        pages = self.pages_between(top + height / 3, top + height / 3)
        return pages[0]

    def spot(self, point: QPointF, view_width: float) -> Spot:
        """The document's point under a content point: on the nearest page, possibly outside of its edges."""
        page = self.pages_between(point.y(), point.y())[0]
        rect = self.rect(page, view_width)
        if page > 1 and point.y() < rect.top() - (rect.top() - self.rect(page - 1, view_width).bottom()) / 2:
            page -= 1
            rect = self.rect(page, view_width)
        return Spot(page, (point.x() - rect.left()) / self.scale, (point.y() - rect.top()) / self.scale)

    def point(self, spot: Spot, view_width: float) -> QPointF:
        rect = self.rect(spot.page, view_width)
        return QPointF(rect.left() + spot.x * self.scale, rect.top() + spot.y * self.scale)

    def fit_width(self, view_width: float) -> float:
        """The zoom at which the widest page fills the view."""
        if not self.count:
            return 1.0
        widest = float(self._sizes[:, 0].max())
        return clamp_zoom((view_width - 2 * self._margin) / (widest * PIXELS_PER_POINT))

    def fit(self, fit: str | None, page: int, view_width: float, view_height: float) -> float:
        """The zoom for ``fit``: ``page``, or ``width`` for anything else."""
        return self.fit_page(page, view_width, view_height) if fit == "page" else self.fit_width(view_width)

    def fit_page(self, page: int, view_width: float, view_height: float) -> float:
        """The zoom at which a whole page is in the view."""
        width, height = self.points(page)
        across = (view_width - 2 * self._margin) / (width * PIXELS_PER_POINT)
        down = (view_height - 2 * self._margin) / (height * PIXELS_PER_POINT)
        return clamp_zoom(min(across, down))


def first_fit(zoom: float | str, view: QSize, ratio: float, margin: int, pixels: int) -> Fit:
    """The picture of a first page that a view of this size (logical pixels) will want at ``zoom``, a number or
    ``width`` or ``page``. ``pixels``: more are not wanted in one piece."""
    from assistant.engine import Fit

    unit = PIXELS_PER_POINT * ratio
    low, high = (zoom, zoom) if isinstance(zoom, float) else (ZOOM_MIN, ZOOM_MAX)
    across, down = (view.width() - 2 * margin) * ratio, (view.height() - 2 * margin) * ratio
    return Fit(max(across, 1.0), max(down, 1.0) if zoom == "page" else _ENDLESS, low * unit, high * unit, pixels)


def clamp_zoom(zoom: float) -> float:
    return min(max(zoom, ZOOM_MIN), ZOOM_MAX)


def next_zoom(zoom: float, direction: int) -> float:
    """The next step above (``direction`` > 0) or below a zoom."""
    if direction > 0:
        return next((step for step in ZOOM_STEPS if step > zoom * 1.005), ZOOM_MAX)
    return next((step for step in reversed(ZOOM_STEPS) if step < zoom * 0.995), ZOOM_MIN)


class History:
    """Places that the reader jumped from, for Back and Forward."""

    def __init__(self, limit: int = 200) -> None:
        self._back: list[Spot] = []
        self._forward: list[Spot] = []
        self._limit = limit

    def clear(self) -> None:
        """There are other pages now."""
        self._back.clear()
        self._forward.clear()

    @property
    def can_go_back(self) -> bool:
        return bool(self._back)

    @property
    def can_go_forward(self) -> bool:
        return bool(self._forward)

    def leave(self, spot: Spot) -> None:
        """The reader jumps away from ``spot``."""
        self._forward.clear()
        if self._back and self._back[-1] == spot:
            return
        self._back.append(spot)
        del self._back[: -self._limit]

    def back(self, here: Spot) -> Spot | None:
        if not self._back:
            return None
        self._forward.append(here)
        return self._back.pop()

    def forward(self, here: Spot) -> Spot | None:
        if not self._forward:
            return None
        self._back.append(here)
        return self._forward.pop()
