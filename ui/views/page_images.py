"""Rendered pages for painting: asked for in time, cancelled when no longer wanted, bounded in bytes.

Pictures come from the document process as futures. They are recoloured for dark paper on a worker thread, and handed
over on the main thread as Qt images; nothing here waits.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtGui import QColor, QImage

from assistant.types import PageImage
from ui.jobs import Dispatcher

_log = logging.getLogger(__name__)
_BOXES_SECONDS = 0.5
Clip = tuple[float, float, float, float]
TILE = 1024
"""Edge of a tile in device pixels."""
WHOLE_PAGE_LIMIT = 4_000_000
"""Device pixels up to which a page is rendered in one piece."""


class Render(Protocol):
    def __call__(self, page: int, scale: float, clip: Clip | None, priority: int) -> Future[PageImage]: ...


@dataclass(frozen=True, slots=True)
class ImageKey:
    """One picture: a whole page, or the tile in column and row ``tile`` of it, at ``scale`` device pixels a point."""

    page: int
    scale: float
    tile: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Recolouring:
    """White becomes ``paper``, black becomes ``ink``, lightness in between likewise; hues stay what they are."""

    paper: QColor
    ink: QColor


class PageImages(QObject):
    """The pictures of one document. Main thread only."""

    ready = Signal(int)
    """A picture of this page came."""
    failed = Signal(int, object)
    """This page cannot be rendered: the page and the exception. It is asked for again after :meth:`clear`."""

    def __init__(
        self,
        render: Render,
        dispatcher: Dispatcher,
        pool: Executor,
        budget: int,
        parent: QObject | None = None,
        *,
        pictures: Callable[[int, int], Future[tuple[Clip, ...]]] | None = None,
    ) -> None:
        """``budget`` in bytes; ``pool`` recolours; ``pictures(page, priority)``: what keeps its colours then."""
        super().__init__(parent)
        self._render = render
        self._dispatcher = dispatcher
        self._pool = pool
        self._budget = budget
        self._pictures = pictures
        self._kept: dict[int, Future[tuple[Clip, ...]]] = {}
        self._images: OrderedDict[ImageKey, QImage] = OrderedDict()
        self._bytes = 0
        self._pending: dict[ImageKey, Future[PageImage]] = {}
        self._broken: dict[int, BaseException] = {}
        self._recolouring: Recolouring | None = None
        self._generation = 0

    @property
    def bytes_used(self) -> int:
        return self._bytes

    @property
    def pending(self) -> int:
        """How many pictures were asked for and have not come."""
        return len(self._pending)

    def set_recolouring(self, recolouring: Recolouring | None) -> None:
        """The colours of paper and ink (None: as they are). Pictures in other colours are thrown away."""
        if recolouring != self._recolouring:
            self._recolouring = recolouring
            self.clear()

    def set_budget(self, budget: int) -> None:
        self._budget = budget
        self._trim(frozenset())

    def clear(self) -> None:
        self._generation += 1
        self._images.clear()
        self._bytes = 0
        self._broken.clear()
        self._kept.clear()
        self.cancel()

    def cancel(self) -> None:
        """Stop waiting for what was asked for."""
        for future in self._pending.values():
            future.cancel()
        self._pending.clear()

    def get(self, key: ImageKey) -> QImage | None:
        image = self._images.get(key)
        if image is not None:
            self._images.move_to_end(key)
        return image

    def nearest(self, page: int, scale: float) -> QImage | None:
        """The whole page at the most similar scale there is, to show until the right one comes."""
        found = [key for key in self._images if key.page == page and key.tile is None]
        if not found:
            return None
        return self._images[min(found, key=lambda key: abs(key.scale - scale))]

    def problem(self, page: int) -> BaseException | None:
        return self._broken.get(page)

    def want(self, wanted: Iterable[tuple[ImageKey, Clip | None, int]]) -> None:
        """Ask for the pictures (key, clip in points, priority) that are missing; cancel all others."""
        keys: set[ImageKey] = set()
        missing: list[tuple[ImageKey, Clip | None, int]] = []
        for key, clip, priority in wanted:
            keys.add(key)
            if key not in self._images and key not in self._pending and key.page not in self._broken:
                missing.append((key, clip, priority))
        for key in [key for key in self._pending if key not in keys]:
            self._pending.pop(key).cancel()
        for key, clip, priority in missing:
            kept = self._kept_boxes(key.page, priority)
            future = self._render(key.page, key.scale, clip, priority)
            self._pending[key] = future
            if self._recolouring is None:
                self._dispatcher.when_done(future, self._accept, key, self._generation)
            else:
                future.add_done_callback(
                    partial(
                        _recolour,
                        self._pool,
                        self._recolouring,
                        self._dispatcher,
                        self._accept,
                        key,
                        self._generation,
                        kept,
                    )
                )
        self._trim(frozenset(keys))

    def _kept_boxes(self, page: int, priority: int) -> Future[tuple[Clip, ...]] | None:
        """Asked for before the picture of the page, so that it is there by then."""
        if self._recolouring is None or self._pictures is None:
            return None
        known = self._kept.get(page)
        if known is None or known.cancelled():
            known = self._kept[page] = self._pictures(page, priority)
        return known

    def _accept(self, picture: Future[PageImage], key: ImageKey, generation: int) -> None:
        if generation != self._generation or picture.cancelled():
            return
        self._pending.pop(key, None)
        error = picture.exception()
        if error is not None:
            self._broken[key.page] = error
            self.failed.emit(key.page, error)
            return
        image = to_qt(picture.result())
        old = self._images.pop(key, None)
        self._bytes += image.sizeInBytes() - (old.sizeInBytes() if old is not None else 0)
        self._images[key] = image
        self._trim(frozenset((key,)))
        self.ready.emit(key.page)

    def _trim(self, keep: frozenset[ImageKey]) -> None:
        """Forget what was not used for the longest time, but never what is on the screen."""
        if self._bytes <= self._budget:
            return
        for key in list(self._images):
            if key in keep:
                continue
            self._bytes -= self._images.pop(key).sizeInBytes()
            if self._bytes <= self._budget:
                return


def tile_rects(width: int, height: int, visible: QRect) -> Iterator[tuple[tuple[int, int], QRect]]:
    """The tiles of a page of ``width`` x ``height`` device pixels that touch ``visible``, and their rectangles."""
    area = visible.intersected(QRect(0, 0, width, height))
    if area.isEmpty():
        return
    for row in range(area.top() // TILE, area.bottom() // TILE + 1):
        for column in range(area.left() // TILE, area.right() // TILE + 1):
            left, top = column * TILE, row * TILE
            yield (column, row), QRect(left, top, min(TILE, width - left), min(TILE, height - top))


def _recolour(
    pool: Executor,
    recolouring: Recolouring,
    dispatcher: Dispatcher,
    accept: Callable[[Future[PageImage], ImageKey, int], None],
    key: ImageKey,
    generation: int,
    kept: Future[tuple[Clip, ...]] | None,
    rendered: Future[PageImage],
) -> None:
    """Runs on the thread that ends the future, which must not be held up: the work goes to the pool."""
    if rendered.cancelled():
        return
    try:
        recoloured = pool.submit(_recoloured, rendered, recolouring, kept)
    except RuntimeError:
        # The pool is closed: the program ends, and nobody waits for the picture.
        return
    dispatcher.when_done(recoloured, accept, key, generation)


def to_qt(picture: PageImage) -> QImage:
    """Without a copy: the image keeps the pixels alive."""
    return QImage(picture.pixels, picture.width, picture.height, picture.width * 4, QImage.Format.Format_RGB32)


def _boxes(kept: Future[tuple[Clip, ...]] | None) -> tuple[Clip, ...]:
    """Whatever went wrong with the question, there is a page to show."""
    if kept is None:
        return ()
    try:
        return kept.result(_BOXES_SECONDS)
    except (Exception, CancelledError) as error:  # noqa: BLE001
        _log.info("pictures of a page are not known: %s", type(error).__name__)
        return ()


def _recoloured(
    rendered: Future[PageImage], colours: Recolouring, kept: Future[tuple[Clip, ...]] | None = None
) -> PageImage:
    """Mirror the lightness of HSL (adding ``255 - max - min`` to each channel keeps hue and chroma), then stretch
    black to white over ``paper`` to ``ink``."""
    picture = rendered.result()
    bgr = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width, 4)[:, :, :3]
    shift = 255 - bgr.max(axis=2).astype(np.int16) - bgr.min(axis=2)
    mirrored = (bgr + shift[:, :, None]).astype(np.uint8)
    ramp = np.arange(256, dtype=np.float32)[:, None] / 255
    paper = _channels(colours.paper)
    ink = _channels(colours.ink)
    table = np.rint(paper + ramp * (ink - paper)).astype(np.uint8)
    out: npt.NDArray[np.uint8] = np.full((picture.height, picture.width, 4), 255, np.uint8)
    for channel in range(3):
        out[:, :, channel] = table[:, channel][mirrored[:, :, channel]]
    left, top = (picture.clip[0], picture.clip[1]) if picture.clip is not None else (0.0, 0.0)
    for box in _boxes(kept):
        # Photographs, charts and logos as they are: nobody wants to see their negatives.
        x0, x1 = (min(max(round((x - left) * picture.scale), 0), picture.width) for x in (box[0], box[2]))
        y0, y1 = (min(max(round((y - top) * picture.scale), 0), picture.height) for y in (box[1], box[3]))
        out[y0:y1, x0:x1, :3] = bgr[y0:y1, x0:x1]
    return replace(picture, pixels=out.reshape(-1).data)


def _channels(color: QColor) -> npt.NDArray[np.float32]:
    return np.array((color.blue(), color.green(), color.red()), np.float32)
