"""What to render of a page at a zoom, and how paper and pictures are painted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QLinearGradient, QPainter, QTransform

from ui.views.page_geometry import PageGeometry
from ui.views.page_images import WHOLE_PAGE_LIMIT, Clip, ImageKey, PageImages, Recolouring, tile_rects
from ui.views.widgets.look import Look

Wanted = tuple[ImageKey, Clip | None, int]
Tile = tuple[tuple[int, int], QRect]
_BASE_PIXELS = 600_000
"""Size of the coarse picture that lies below tiles."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Turns what is in sight into pictures to ask for. ``ratio`` is the device pixel ratio."""

    geometry: PageGeometry
    ratio: float

    @property
    def scale(self) -> float:
        """Device pixels a point."""
        return round(self.geometry.scale * self.ratio, 4)

    def is_whole(self, page: int) -> bool:
        """Whether the page is rendered in one piece at this zoom."""
        width, height = self.geometry.points(page)
        return width * height * self.scale**2 <= WHOLE_PAGE_LIMIT

    def neighbour(self, page: int) -> Iterator[Wanted]:
        """What is worth rendering of a page that is only near."""
        if self.is_whole(page):
            yield ImageKey(page, self.scale), None, 1

    def pictures(self, page: int, rect: QRectF, view: QRect) -> list[Wanted]:
        """Pictures of a visible page that lies at ``rect`` in the ``view``."""
        scale = self.scale
        if self.is_whole(page):
            return [(ImageKey(page, scale), None, 0)]
        width, height = self.geometry.points(page)
        wanted: list[Wanted] = [(ImageKey(page, round(math.sqrt(_BASE_PIXELS / (width * height)), 4)), None, 0)]
        for tile, area in self.tiles(page, rect, view):
            left, top = area.left() / scale, area.top() / scale
            clip = (left, top, left + area.width() / scale, top + area.height() / scale)
            wanted.append((ImageKey(page, scale, tile), clip, 0))
        return wanted

    def tiles(self, page: int, rect: QRectF, view: QRect) -> list[Tile]:
        """The tiles in sight, in device pixels of the page."""
        ratio = self.ratio
        transform, rect = turned(rect, self.geometry.rotation)
        inside = transform.inverted()[0].mapRect(QRectF(view))
        visible = QRect(
            math.floor(inside.left() * ratio),
            math.floor(inside.top() * ratio),
            math.ceil(inside.width() * ratio) + 1,
            math.ceil(inside.height() * ratio) + 1,
        )
        return list(tile_rects(round(rect.width() * ratio), round(rect.height() * ratio), visible))


def turned(rect: QRectF, rotation: int) -> tuple[QTransform, QRectF]:
    """Where a page lies at ``rect``, turned by ``rotation``: how to paint it upright, and its rectangle then."""
    transform = QTransform()
    match rotation:
        case 90:
            transform.translate(rect.x() + rect.width(), rect.y())
        case 180:
            transform.translate(rect.x() + rect.width(), rect.y() + rect.height())
        case 270:
            transform.translate(rect.x(), rect.y() + rect.height())
        case _:
            transform.translate(rect.x(), rect.y())
    transform.rotate(rotation)
    size = rect.size().transposed() if rotation in (90, 270) else rect.size()
    return transform, QRectF(QPointF(), size)


def recolouring(look: Look) -> Recolouring | None:
    """How pages are shown in this theme."""
    theme = look.on_page
    if not theme.is_dark:
        return None
    return Recolouring(theme.color("paper"), theme.color("ink"))


def paint_paper(painter: QPainter, rect: QRectF, look: Look) -> None:
    """Blank paper with its soft shadow and its edge.

    In few calls: each may hand the interpreter to a busy worker thread and has to wait to get it back.
    """
    theme = look.on_page
    depth = float(look.sizes.page_shadow)
    inside = theme.color("page_shadow", theme.tokens.shadow_opacity)
    clear = theme.color("page_shadow", 0.0)
    below = QLinearGradient(0.0, rect.bottom(), 0.0, rect.bottom() + depth)
    left = QLinearGradient(rect.left(), 0.0, rect.left() - depth, 0.0)
    right = QLinearGradient(rect.right(), 0.0, rect.right() + depth, 0.0)
    for gradient in (below, left, right):
        gradient.setColorAt(0.0, inside)
        gradient.setColorAt(1.0, clear)
    painter.fillRect(QRectF(rect.left(), rect.bottom(), rect.width(), depth), below)
    painter.fillRect(QRectF(rect.left() - depth, rect.top() + 2, depth, rect.height() - 2), left)
    painter.fillRect(QRectF(rect.right(), rect.top() + 2, depth, rect.height() - 2), right)
    painter.fillRect(rect.adjusted(-1, -1, 1, 1), theme.color("page_edge"))
    painter.fillRect(rect, theme.color("paper"))


def paint_whole(
    painter: QPainter,
    rect: QRectF,
    images: PageImages,
    thumbnails: PageImages | None,
    page: int,
    scale: float,
    ratio: float,
) -> None:
    """The page in one picture, pixel for pixel; until it is there the nearest one, stretched."""
    exact = images.get(ImageKey(page, scale))
    if exact is not None:
        painter.drawImage(QRectF(rect.topLeft(), QRectF(exact.rect()).size() / ratio), exact)
    else:
        _paint_stand_in(painter, rect, images, thumbnails, page, scale)


def paint_tiles(
    painter: QPainter,
    rect: QRectF,
    images: PageImages,
    thumbnails: PageImages | None,
    page: int,
    scale: float,
    ratio: float,
    areas: Iterable[Tile],
) -> None:
    """The tiles that are there, over the coarse picture."""
    _paint_stand_in(painter, rect, images, thumbnails, page, scale)
    for tile, area in areas:
        image = images.get(ImageKey(page, scale, tile))
        if image is not None:
            corner = rect.topLeft() + QPointF(area.left() / ratio, area.top() / ratio)
            painter.drawImage(QRectF(corner, QRectF(area).size() / ratio), image)


def _paint_stand_in(
    painter: QPainter, rect: QRectF, images: PageImages, thumbnails: PageImages | None, page: int, scale: float
) -> None:
    image = images.nearest(page, scale)
    if image is None and thumbnails is not None:
        image = thumbnails.nearest(page, scale)
    if image is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(rect, image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
