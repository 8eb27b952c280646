"""The words that the engine and the window share: frozen results that all point at the document.

Offsets are code points into :attr:`Document.text`; spans are half-open; pages count from 1; lengths on a
page are points (1/72 inch) from its top left corner, after the page's own rotation.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

PageSource = Literal["layer", "ocr", "mixed", "layout", "none"]
BlockKind = Literal["paragraph", "heading", "list_item", "table_row", "running_head", "page_number", "footnote"]
SummaryLevel = Literal["sentence", "short", "detailed"]


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


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text that belongs together (a paragraph may go on over a page end). Blocks do not overlap."""

    span: Span
    kind: BlockKind
    level: int = 0
    """Heading level from 1; list depth from 1; otherwise 0."""


@dataclass(frozen=True, slots=True)
class OutlineItem:
    level: int
    title: str
    page: int
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a document."""

    number: int
    """Its place among the document's attachments, from 0."""
    name: str
    """Made fit to be shown and to be a file's name."""
    media_type: str
    size: int
    """In bytes; of a damaged one what it says of itself."""


def size_text(size: int) -> str:
    """A number of bytes for people: ``1.4 MB``."""
    amount, unit = float(size), 0
    units = ("bytes", "KB", "MB", "GB")
    while amount >= 999.5 and unit < len(units) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.0f} {units[unit]}" if unit == 0 or amount >= 9.95 else f"{amount:.1f} {units[unit]}"


@dataclass(frozen=True, slots=True)
class Page:
    """One page. The spans of all pages, in order, cover the document's text without gaps."""

    number: int
    span: Span
    width: float
    height: float
    source: PageSource
    problem: str | None = None
    """A code from :data:`assistant.errors.MESSAGES` where the page could not be read; otherwise None."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the reader should know of a document that could be read (``no_text_layer`` ...).

    ``code`` is a key of :data:`assistant.errors.MESSAGES`.
    """

    code: str
    params: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table, or the part of it that stands on one page."""

    page: int
    box: tuple[float, float, float, float]
    """``(x0, y0, x1, y1)`` in points on the page."""
    span: Span
    """From its first cell to its last one."""
    rows: tuple[tuple[Span, ...], ...]
    """Cells from the first column on, the same number in each row; an empty cell is an empty span."""

    def cell_at(self, offset: int) -> tuple[int, int] | None:
        """Row and column, from 0, of the cell with the code point at ``offset``."""
        for row, cells in enumerate(self.rows):
            for column, cell in enumerate(cells):
                if cell.start <= offset < cell.end:
                    return row, column
        return None


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says and where. Immutable; geometry stays with the document process."""

    path: Path
    sha256: str
    format: str
    """The registry's name of the format: ``pdf``, ``docx``, ``txt``, ``md``, ``html`` ..."""
    text: str
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    language: str
    """ISO 639-1 code of the main language, or ``und``."""
    title: str
    outline: tuple[OutlineItem, ...] = ()
    notices: tuple[Notice, ...] = ()

    def page_at(self, offset: int) -> int:
        """Number of the page that holds the code point at ``offset`` (the last page for the text's end)."""
        starts = [page.span.start for page in self.pages]
        index = bisect.bisect_right(starts, offset) - 1
        # Pages without text share their start with the next page; the one that has text owns the offset.
        while index > 0 and len(self.pages[index].span) == 0 and offset >= len(self.text):
            index -= 1
        return self.pages[max(index, 0)].number

    def anchor(self, span: Span, context: int = 32) -> Anchor:
        """The storable place of ``span`` with up to ``context`` code points on either side."""
        return Anchor(
            document=self.sha256,
            page=self.page_at(span.start),
            span=span,
            quote=span.of(self.text),
            before=self.text[max(0, span.start - context) : span.start],
            after=self.text[span.end : span.end + context],
        )


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence (or a heading, a list item, a table row) with its exact place."""

    span: Span
    block: int
    """Index into :attr:`Document.blocks`."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Neighbouring sentences, the unit of retrieval."""

    span: Span
    sentences: tuple[int, int]
    """Half-open range of indices into the document's sentences."""


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


# --- results of the tasks -------------------------------------------------------------------------------

ENTITY_LABELS: tuple[str, ...] = (
    "PERSON",
    "ORGANIZATION",
    "LOCATION",
    "DATE",
    "MONEY",
    "PERCENT",
    "EMAIL",
    "URL",
    "PHONE",
    "IDENTIFIER",
    "EVENT",
    "PRODUCT",
    "WORK",
    "MISC",
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where an entity is named."""

    span: Span
    page: int
    text: str
    label: str
    score: float
    """Probability in [0, 1]; 1.0 for rules that verify what they find."""
    source: str
    """``model:NAME@VERSION``, ``rule:NAME``, ``document`` (found again by consistency) or ``user``."""
    value: str | None = None
    """Normalized: ISO 8601 date, ``EUR 1240000``, ``0.025`` for 2.5 %, E.164 phone ...; otherwise None."""


@dataclass(frozen=True, slots=True)
class Entity:
    """All mentions of one thing, in document order."""

    label: str
    name: str
    """The fullest form in which the document names it."""
    mentions: tuple[Mention, ...]
    score: float
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Entities:
    entities: tuple[Entity, ...]
    mentions: tuple[Mention, ...]
    """All mentions in document order, without overlaps."""
    model: str
    complete: bool = True
    """False for a partial result that is streamed while the rest of the document is still read."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence or passage that a result rests on."""

    span: Span
    page: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Summary:
    level: SummaryLevel
    sentences: tuple[Evidence, ...]
    """In document order; ``score`` is the salience in [0, 1]."""
    model: str


@dataclass(frozen=True, slots=True)
class LabelScore:
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Classification:
    scores: tuple[LabelScore, ...]
    """All types, most probable first; the probabilities sum to 1."""
    label: str | None
    """The type, or None for "unsure"."""
    evidence: tuple[Evidence, ...]
    model: str


@dataclass(frozen=True, slots=True)
class Answer:
    span: Span
    page: int
    text: str
    score: float
    """Probability that this is the right answer."""
    sentence: Span
    """The sentence (or sentences) around the answer."""


@dataclass(frozen=True, slots=True)
class Answers:
    question: str
    answer: Answer | None
    """None where the document does not answer."""
    alternatives: tuple[Answer, ...]
    evidence: tuple[Evidence, ...]
    """The nearest passages, best first."""
    model: str


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """What truly runs the models."""

    name: str
    """``CUDA`` or ``CPU``."""
    precision: str
    """``int8``, ``fp16`` or ``fp32``."""
    threads: int
    reason: str | None = None
    """Why a better provider was not taken, for the tooltip; None where the best one runs."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One installed model, as the window and ``docent models`` list it."""

    name: str
    task: str
    version: str
    licence: str
    size: int
    """Bytes of its files."""
    active: bool
    labels: tuple[str, ...] = ()
    metrics: dict[str, float] = field(default_factory=dict)
