"""Where pages lie in the view, beside, below each other and turned, and the way back after a jump. No widgets here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

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


Mode = Literal["continuous", "single", "two", "two_cover"]
MODES: tuple[Mode, ...] = ("continuous", "single", "two", "two_cover")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How pages are put beside and below each other. ``rotation``: degrees clockwise, 0, 90, 180 or 270."""

    mode: Mode = "continuous"
    rotation: int = 0

    @property
    def columns(self) -> int:
        return 2 if self.mode in ("two", "two_cover") else 1

    @property
    def is_paged(self) -> bool:
        """Whether one page is in sight at a time, however high the view is."""
        return self.mode == "single"

    def turned(self, by: int) -> Arrangement:
        return replace(self, rotation=(self.rotation + by) % 360)


class PageGeometry:
    """Pages in rows below each other, centred, at one zoom. Lengths are logical pixels in the scrolled content.

    Points of a page (``Spot``, marks) are those of the page as it is in the file, however it is turned here.
    """

    def __init__(
        self,
        sizes: Sequence[tuple[float, float]] | npt.NDArray[np.float64],
        zoom: float,
        gap: int,
        margin: int,
        arrangement: Arrangement | None = None,
        view_height: float = 0.0,
    ) -> None:
        """``sizes`` are (width, height) in points; ``gap`` lies between pages, ``margin`` around them all. Where one
        page is shown at a time each has a slot of at least ``view_height``."""
        self.zoom = zoom
        self.scale = zoom * PIXELS_PER_POINT
        self.arrangement = arrangement or Arrangement()
        self._gap, self._margin = gap, margin
        self._view_height = view_height
        self._sizes = np.asarray(sizes, dtype=np.float64).reshape(-1, 2)
        self._shown = self._sizes[:, ::-1] if self.arrangement.rotation in (90, 270) else self._sizes
        scaled = np.maximum(self._shown * self.scale, 1.0)
        self._widths, self._heights = scaled[:, 0], scaled[:, 1]
        count, columns = len(scaled), self.arrangement.columns
        # A cover stands alone: the pages after it are shifted by one place.
        shift = 1 if self.arrangement.mode == "two_cover" else 0
        places = np.arange(count) + shift
        self._rows = places // columns
        self._columns = places % columns
        rows = int(self._rows[-1]) + 1 if count else 0
        self._row_heights = np.zeros(rows)
        np.maximum.at(self._row_heights, self._rows, self._heights)
        self._first = np.searchsorted(self._rows, np.arange(rows))
        if self.arrangement.is_paged:
            slots = np.ceil(np.maximum(self._row_heights + 2 * margin, view_height))
            self._slots = np.concatenate([[0.0], np.cumsum(slots)])
            self._row_tops = self._slots[:-1] + (slots - self._row_heights) / 2
            self.height = float(self._slots[-1]) if count else 0.0
        else:
            self._slots = np.zeros(0)
            steps = self._row_heights + gap
            self._row_tops = margin + np.concatenate([[0.0], np.cumsum(steps)[:-1]]) if count else np.zeros(0)
            self.height = float(self._row_tops[-1] + self._row_heights[-1]) + margin if count else 0.0
        self._row_bottoms = self._row_tops + self._row_heights
        widest = [float(self._widths[self._columns == column].max(initial=0.0)) for column in range(columns)]
        # Both columns alike, so that the spine is in the middle.
        self._column_width = max(widest) if count else 0.0
        self.width = self._column_width * columns + gap * (columns - 1) + 2 * margin if count else 0.0

    def zoomed(self, zoom: float) -> PageGeometry:
        """The same pages at another zoom."""
        return PageGeometry(self._sizes, zoom, self._gap, self._margin, self.arrangement, self._view_height)

    @property
    def count(self) -> int:
        return len(self._sizes)

    @property
    def rotation(self) -> int:
        return self.arrangement.rotation

    def points(self, page: int) -> tuple[float, float]:
        """Width and height of a page in points, as it is in the file."""
        width, height = self._sizes[page - 1]
        return float(width), float(height)

    def width_around(self, page: int) -> float:
        """Of what can be scrolled from side to side at a page: all pages, or only itself where it is alone."""
        if self.arrangement.is_paged:
            return float(self._widths[page - 1]) + 2 * self._margin
        return self.width

    def rect(self, page: int, view_width: float) -> QRectF:
        """The page in the content, centred in the wider of content and view; two pages meet in the middle."""
        width, height = float(self._widths[page - 1]), float(self._heights[page - 1])
        row = int(self._rows[page - 1])
        middle = max(self.width_around(page), view_width) / 2
        if self.arrangement.columns == 1:
            left = middle - width / 2
        elif self._columns[page - 1] == 0:
            left = middle - self._gap / 2 - width
        else:
            left = middle + self._gap / 2
        top = float(self._row_tops[row]) + (float(self._row_heights[row]) - height) / 2
        return QRectF(left, top, width, height)

    def turn(self, page: int, points: QRectF) -> QRectF:
        """A rectangle of a page (points) as it lies on the page that is turned."""
        width, height = self.points(page)
        x, y, w, h = points.x(), points.y(), points.width(), points.height()
        match self.rotation:
            case 90:
                return QRectF(height - y - h, x, h, w)
            case 180:
                return QRectF(width - x - w, height - y - h, w, h)
            case 270:
                return QRectF(y, width - x - w, h, w)
        return QRectF(points)

    def turned_back(self, page: int, x: float, y: float) -> tuple[float, float]:
        """The point of the page (as in the file) that lies at a point of the turned page, all in points."""
        width, height = self.points(page)
        match self.rotation:
            case 90:
                return y, height - x
            case 180:
                return width - x, height - y
            case 270:
                return width - y, x
        return x, y

    def pages_between(self, top: float, bottom: float) -> range:
        """Pages that show between two heights of the content; the nearest ones where the gap fills it all."""
        if not self.count:
            return range(1, 1)
        rows = len(self._row_tops)
        first = int(np.searchsorted(self._row_bottoms, top, side="right"))
        last = int(np.searchsorted(self._row_tops, bottom, side="left"))
        first = min(first, rows - 1)
        last = max(last, first + 1)
        return range(int(self._first[first]) + 1, (int(self._first[last]) if last < rows else self.count) + 1)

    def main_page(self, top: float, height: float) -> int:
        """The page that a reader would say they are on: it holds the line a third down the view."""
        if not self.count:
            return 0
        pages = self.pages_between(top + height / 3, top + height / 3)
        return pages[0]

    def spot(self, point: QPointF, view_width: float) -> Spot:
        """The document's point under a content point: on the nearest page, possibly outside of its edges."""
        row = self._row_near(point.y())
        first = int(self._first[row]) + 1
        page = first
        beside = first + 1
        if beside <= self.count and self._rows[beside - 1] == row:
            middle = (self.rect(first, view_width).right() + self.rect(beside, view_width).left()) / 2
            page = beside if point.x() > middle else first
        rect = self.rect(page, view_width)
        x, y = self.turned_back(page, (point.x() - rect.left()) / self.scale, (point.y() - rect.top()) / self.scale)
        return Spot(page, x, y)

    def _row_near(self, y: float) -> int:
        row = min(int(np.searchsorted(self._row_bottoms, y, side="right")), len(self._row_tops) - 1)
        if row > 0 and y < self._row_tops[row] - (self._row_tops[row] - self._row_bottoms[row - 1]) / 2:
            row -= 1
        return row

    def point(self, spot: Spot, view_width: float) -> QPointF:
        rect = self.rect(spot.page, view_width)
        at = self.turn(spot.page, QRectF(spot.x, spot.y, 0.0, 0.0))
        return QPointF(rect.left() + at.x() * self.scale, rect.top() + at.y() * self.scale)

    def top_of(self, page: int, above: float = 0.0) -> Spot:
        """The top left corner of a page as it is shown, or the point so many pixels ``above`` it."""
        return Spot(page, *self.turned_back(page, 0.0, -above / self.scale))

    def next_row(self, page: int, step: int) -> int:
        """The first page of the row after (``step`` 1) or before (-1) the one with ``page``."""
        if not self.count:
            return page
        row = int(self._rows[page - 1]) + step
        return int(self._first[min(max(row, 0), len(self._first) - 1)]) + 1

    def slot(self, value: float, view_height: float) -> tuple[float, float]:
        """Where one page is shown at a time: the first and last scroll value at which the page in the middle of the
        view that is scrolled to ``value`` is in sight."""
        row = int(np.searchsorted(self._slots, value + view_height / 2, side="right")) - 1
        return self._slot(min(max(row, 0), len(self._slots) - 2), view_height)

    def slot_of(self, page: int, view_height: float) -> tuple[float, float]:
        """Likewise, of a page."""
        return self._slot(int(self._rows[page - 1]), view_height)

    def _slot(self, row: int, view_height: float) -> tuple[float, float]:
        low, high = float(self._slots[row]), float(self._slots[row + 1])
        return low, max(low, high - view_height)

    def row_of(self, page: int) -> range:
        """The pages that stand beside each other with ``page``."""
        row = self._rows[page - 1]
        first = int(self._first[row])
        return range(first + 1, first + 1 + int((self._rows[first : first + 2] == row).sum()))

    def fit_width(self, view_width: float) -> float:
        """The zoom at which the widest row of pages fills the view."""
        if not self.count:
            return 1.0
        columns = self.arrangement.columns
        widest = float(self._shown[:, 0].max()) * columns
        room = view_width - 2 * self._margin - self._gap * (columns - 1)
        return clamp_zoom(room / (widest * PIXELS_PER_POINT))

    def fit(self, fit: str | None, page: int, view_width: float, view_height: float) -> float:
        """The zoom for ``fit``: ``page``, or ``width`` for anything else."""
        return self.fit_page(page, view_width, view_height) if fit == "page" else self.fit_width(view_width)

    def fit_page(self, page: int, view_width: float, view_height: float) -> float:
        """The zoom at which a whole page (or all of its row) is in the view."""
        columns = self.arrangement.columns
        row = self._shown[self._rows == self._rows[page - 1]]
        width, height = float(row[:, 0].max()) * columns, float(row[:, 1].max())
        room = view_width - 2 * self._margin - self._gap * (columns - 1)
        down = (view_height - 2 * self._margin) / (height * PIXELS_PER_POINT)
        return clamp_zoom(min(room / (width * PIXELS_PER_POINT), down))


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
