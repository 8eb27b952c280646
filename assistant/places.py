"""Places: ranges of a document's text, and what they are on a page. See :mod:`assistant.types`, which has them too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open code-point range ``[start, end)`` of a document's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start < 0 or self.end < self.start:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def of(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A stored place: enough to find a span again after the file or the extractor changed."""

    document: str
    page: int
    span: Span
    quote: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A place on a page that leads somewhere."""

    box: tuple[float, float, float, float]
    """``x0, y0, x1, y1`` in points."""
    page: int
    """Where it leads inside the document, from 1; 0 for one that leads outside."""
    y: float
    """Points from that page's top."""
    address: str
    """What the document says of a link to outside (``https:``, ``mailto:`` ...)."""


MarkKind = Literal["highlight", "underline", "note", "bookmark"]
MARK_COLORS = ("yellow", "green", "blue", "pink", "purple")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reader left in a document: a highlighted or underlined place, a note on a page, a bookmark."""

    id: str
    document: str
    """SHA-256."""
    kind: MarkKind
    color: str
    """One of :data:`MARK_COLORS`."""
    note: str
    """The reader's words; of a bookmark its name. May be empty."""
    anchor: Anchor | None
    """Of a note on a page and of a bookmark the words that the page begins with, by which it is found again; None
    where it has none."""
    page: int
    y: float
    """Points from the page's top, of what has no place in the text."""
    time: float
    """Unix seconds of the last change."""
    lost: bool = False
    """Its words are not found in the document as it is now."""

    @property
    def on_text(self) -> bool:
        return self.kind in ("highlight", "underline")

    @property
    def quote(self) -> str:
        """The words that are marked."""
        return self.anchor.quote if self.on_text and self.anchor is not None else ""


@dataclass(frozen=True, slots=True)
class Quad:
    """Four corners (upper left, upper right, lower left, lower right) in points on a page."""

    ul: tuple[float, float]
    ur: tuple[float, float]
    ll: tuple[float, float]
    lr: tuple[float, float]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """``(x0, y0, x1, y1)`` of the smallest upright rectangle around the quad."""
        xs = (self.ul[0], self.ur[0], self.ll[0], self.lr[0])
        ys = (self.ul[1], self.ur[1], self.ll[1], self.lr[1])
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True, eq=False)
class PageText:
    """The glyphs of one page and the code points that they show.

    ``offsets`` (n,) int64, ascending: code-point offset in :attr:`Document.text` of each glyph.
    ``ends`` (n,) int64: end offset (a ligature shows several code points).
    ``boxes`` (n, 4) float32: ``x0, y0, x1, y1`` in points.
    ``lines`` (n,) int32: index of the visual line that a glyph stands in.
    Offsets with no glyph of their own (joined line ends, removed hyphens) are not listed.
    """

    page: int
    offsets: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    boxes: npt.NDArray[np.float32]
    lines: npt.NDArray[np.int32]

    def quads(self, span: Span) -> list[Quad]:
        """One quad for each visual line that ``span`` touches on this page; empty if it touches none."""
        first = int(np.searchsorted(self.ends, span.start, side="right"))
        last = int(np.searchsorted(self.offsets, span.end, side="left"))
        quads: list[Quad] = []
        index = first
        while index < last:
            line = self.lines[index]
            stop = index
            while stop < last and self.lines[stop] == line:
                stop += 1
            boxes = self.boxes[index:stop]
            x0, y0 = float(boxes[:, 0].min()), float(boxes[:, 1].min())
            x1, y1 = float(boxes[:, 2].max()), float(boxes[:, 3].max())
            quads.append(Quad((x0, y0), (x1, y0), (x0, y1), (x1, y1)))
            index = stop
        return quads

    def offset_at(self, x: float, y: float, *, nearest: bool = False) -> int | None:
        """Offset of the glyph under the point; with ``nearest`` the closest one, else None outside of all."""
        if len(self.offsets) == 0:
            return None
        boxes = self.boxes
        inside = (boxes[:, 0] <= x) & (x <= boxes[:, 2]) & (boxes[:, 1] <= y) & (y <= boxes[:, 3])
        hits = np.flatnonzero(inside)
        if len(hits):
            return int(self.offsets[hits[0]])
        if not nearest:
            return None
        dx = np.maximum(np.maximum(boxes[:, 0] - x, x - boxes[:, 2]), 0)
        dy = np.maximum(np.maximum(boxes[:, 1] - y, y - boxes[:, 3]), 0)
        # Rows matter more than columns: a pointer right of a line means that line's end.
        index = int(np.argmin(dx + dy * 8))
        after = dy[index] == 0 and x > boxes[index, 2]
        return int(self.ends[index] if after else self.offsets[index])


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """A rendered page or part of it: tightly packed blue, green, red and 255, ``width * height * 4`` bytes, which
    windows paint as they are."""

    page: int
    width: int
    height: int
    scale: float
    """Pixels per point."""
    pixels: memoryview
    clip: tuple[float, float, float, float] | None = None
