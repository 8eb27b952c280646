"""The words that the engine and the window share: frozen results that all point at the document.

Offsets are code points into :attr:`Document.text`; spans are half-open; pages count from 1; lengths on a
page are points (1/72 inch) from its top left corner, after the page's own rotation.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from assistant.places import MARK_COLORS as MARK_COLORS
from assistant.places import Anchor as Anchor
from assistant.places import Link as Link
from assistant.places import Mark as Mark
from assistant.places import MarkKind as MarkKind
from assistant.places import PageImage as PageImage
from assistant.places import PageText as PageText
from assistant.places import Quad as Quad
from assistant.places import Span as Span

PageSource = Literal["layer", "ocr", "mixed", "layout", "none"]
BlockKind = Literal["paragraph", "heading", "list_item", "table_row", "running_head", "page_number", "footnote"]
SummaryLevel = Literal["sentence", "short", "detailed"]


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


# --- labels ---------------------------------------------------------------------------------------------

LabelKind = Literal["entity", "type", "salient", "summary", "answer"]
Verdict = Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of a document, or of a place in it."""

    id: str
    """Stays the same through relabel, trim, extend and undo."""
    document: str
    """SHA-256."""
    kind: LabelKind
    value: str
    """entity: its label (``PERSON``, own ones too); type: a document type's id; answer: the question; else ``""``."""
    verdict: Verdict
    """``no``: a rejected suggestion; of an answer without an anchor: "not in this document"."""
    anchor: Anchor | None
    """None for a type, a reference summary and "not in this document"."""
    text: str
    """The quoted words; of kind summary the reference summary."""
    origin: str
    """``user``; ``confirmed:SOURCE``, ``corrected:SOURCE`` or ``rejected:SOURCE`` of a suggestion; ``import:FILE``."""
    time: float
    """Of the last change, in Unix seconds."""
    lost: bool = False
    """Its words are not found in the document as it is now: the anchor is the old one, until the user places it."""


@dataclass(frozen=True, slots=True)
class LabelType:
    """Something that can be labelled."""

    kind: Literal["entity", "type"]
    name: str
    """``PERSON``, ``CLAUSE_NO``; of a document type its id."""
    title: str
    color: str
    """A token of the theme (``person`` ...) or ``#RRGGBB``."""
    shortcut: str
    """``1`` to ``9``, ``0`` or ``""``."""
    own: bool
    """Created by the user, or come with labels that were imported."""


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """One row of the append-only log of labels."""

    number: int
    time: float
    """Unix seconds."""
    document: str
    action: Literal["add", "change", "remove", "undo", "redo", "type"]
    before: Label | None
    after: Label | None
    undone: bool
    step: int = 0
    """Rows of one step are undone together."""
    label_type: LabelType | None = None
    """Of a row about a type: as it is after it; before it where it was deleted."""


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How many labels there are of one kind and value."""

    kind: LabelKind
    value: str
    """``""`` for answers, sentences and summaries, which are counted together."""
    labels: int
    documents: int
    rejected: int
    """Labels that say no."""
    needed: int
    """How many more make sense before training; 0 where there are enough."""


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """Over all documents; a file's older bytes whose labels went over to its newer ones do not count."""

    rows: tuple[LabelCount, ...]
    documents: int
    """Documents with any label."""


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A place, or a document, where a label helps most."""

    document: str
    path: Path
    title: str
    kind: LabelKind
    value: str
    """What the model suggests there."""
    span: Span | None
    page: int
    """From 1."""
    text: str
    score: float
    """The model's probability of ``value``."""
    gain: float
    """In [0, 1]: how much a label is worth here, from uncertainty and rarity."""
    reason: Literal["uncertain", "rare", "different", "untouched"]
    source: str = ""
    """Of the suggestion, as :attr:`Mention.source`."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Labels that do not go together."""

    reason: Literal["same_text", "overlap", "same_place", "near_duplicate", "two_answers"]
    """The same words labelled differently; spans that overlap; yes and no at one place; documents that are nearly the
    same and labelled differently; one question with different answers in a document."""
    text: str
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class LabelledDocument:
    """What training needs of a document, also when its file is gone."""

    sha256: str
    path: Path
    title: str
    format: str
    language: str
    text: str
    """As it was when it was labelled last."""
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    labels: tuple[Label, ...]
    """Their spans are places of :attr:`text`; lost ones are marked."""

    def as_document(self) -> Document:
        return Document(
            self.path, self.sha256, self.format, self.text, self.pages, self.blocks, self.language, self.title
        )


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export of labels wrote."""

    path: Path
    documents: int
    labels: int
    left_out: tuple[tuple[str, int], ...]
    """What the format cannot hold, by reason: ``kind`` (no such labels in it), ``overlap``, ``lost``, ``no_text``."""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A label of a file that was not taken over."""

    where: str
    """``line 3``, ``document 2`` ..."""
    reason: Literal["mismatch", "outside", "unknown_document", "conflict", "discontinuous", "unreadable", "refused"]
    quoted: str
    """The words that the file says stand there; of an unreadable one what is wrong."""
    found: str
    """The words that do; of a conflict the value that stays."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import of labels took over. Nothing was shifted: what does not fit is among the problems."""

    documents: int
    added: int
    already: int
    """Labels that were there before."""
    problems: tuple[ImportProblem, ...]
