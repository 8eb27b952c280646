"""Entities of a document: what a model reads (people, organizations, places ...) and what rules tell by its form.

The sentences are read in windows of neighbours, as the model was trained; the visible page first. Decoding is in
:mod:`~assistant.tasks.entity_decoding`, merging in :mod:`~assistant.tasks.entity_merging`, grouping in
:mod:`~assistant.tasks.entity_grouping`.
"""

from __future__ import annotations

import bisect
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from assistant.documents.segment import sentences as split_sentences
from assistant.inference.tokenizer import Encoding
from assistant.jobs import JobContext, Progress
from assistant.tasks.base import Tokenizer
from assistant.tasks.entity_decoding import Found, Tags, decode_all
from assistant.tasks.entity_grouping import group, is_title
from assistant.tasks.entity_merging import PageFinder, find_again, merge, with_seats
from assistant.tasks.rules import Order, numeric_order, rule_mentions
from assistant.types import Document, Entities, Mention, Sentence, Span

_log = logging.getLogger(__name__)

STAGE: Final = "entities"
WINDOW: Final = 160
"""Pieces in a window; the model was trained on up to 192 with its two special ones."""
OVERLAP: Final = 32
THRESHOLD: Final = 0.5
_CHUNK: Final = 8_000
# A rule's pattern holds the interpreter for as long as it searches: at this length for a few milliseconds.
_CHUNK_RULES: Final = 20_000
_PUBLISH_PAGES: Final = 10
_PUBLISH_SECONDS: Final = 1.0
_ORDER_SAMPLE: Final = 500_000

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EntityPart:
    """What was found in some consecutive sentences, before it is merged."""

    modelled: tuple[Mention, ...]
    ruled: tuple[Mention, ...]


class Parts(Protocol):
    """Where parts are kept by name, as :class:`assistant.kept.Parts` does."""

    @property
    def get(self) -> Callable[[str], EntityPart | None]: ...

    @property
    def put(self) -> Callable[[str, EntityPart], None]: ...

    @property
    def drop(self) -> Callable[[], None]: ...


class TokenClassifier(Protocol):
    """The entity model, as :class:`assistant.inference.token_classifier.TokenClassifier` is one. Thread-safe."""

    @property
    def name(self) -> str: ...

    @property
    def labels(self) -> tuple[str, ...]:
        """BIO tags in the order of the logits: ``O``, ``B-PERSON``, ``I-PERSON`` ..."""
        ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    def logits(self, encodings: Sequence[Encoding], ctx: JobContext) -> Iterator[tuple[int, FloatArray]]:
        """``(index, float32[n, len(labels)])`` of each text's own pieces, in the order in which batches finish."""
        ...


def find_entities(
    document: Document,
    model: TokenClassifier | None,
    ctx: JobContext,
    first_page: int = 1,
    *,
    sentences: Sequence[Sentence] | None = None,
    thresholds: float | Mapping[str, float] | None = None,
    parts: Parts | None = None,
) -> Entities:
    """All entities of the document; without a model those that rules find.

    Publishes partial :class:`Entities` (``complete=False``), those of ``first_page`` first, and reports
    ``Progress("entities", sentences done, sentences)``. ``thresholds`` is the least score of a mention by the
    model, for all labels or by label; None takes the model's own, or 0.5. ``parts`` has what earlier work found
    before it was stopped, and keeps what this one finds. Raises Cancelled, and
    ValueError for a model whose labels are no BIO tags.
    """
    if sentences is None:
        ctx.check()
        sentences = split_sentences(document, ctx.check)
    reader = _Reader.of(document, model, thresholds)
    published = _Published(time.monotonic())
    done = 0
    for count, (first, last) in enumerate(_chunks(document, sentences, reader, first_page)):
        ctx.check()
        reader.read_once(sentences[first:last], ctx, parts)
        done += last - first
        ctx.report(Progress(STAGE, done, len(sentences)))
        read_pages = reader.pages(sentences[last - 1].span.start) - reader.pages(sentences[first].span.start) + 1
        published.pages += read_pages
        if done < len(sentences) and (count == 0 or published.due(time.monotonic())):
            began = time.monotonic()
            mentions = with_seats(merge(reader.modelled, reader.ruled), document.text)
            ctx.publish(Entities(group(mentions, document.text), tuple(mentions), reader.name, complete=False))
            published = _Published(time.monotonic(), cost=time.monotonic() - began)
    ctx.check()
    mentions = with_seats(merge(reader.modelled, reader.ruled), document.text)
    mentions = find_again(document, mentions, [sentence.span for sentence in sentences], reader.pages, ctx)
    ctx.check()
    found = Entities(group(mentions, document.text), tuple(mentions), reader.name)
    if parts is not None:
        parts.drop()
    _log.debug("%d mentions of %d entities in %d sentences", len(mentions), len(found.entities), len(sentences))
    return found


@dataclass(slots=True)
class _Published:
    """When a partial result was last published; the next one waits longer where making it is dear."""

    at: float
    cost: float = 0.0
    pages: int = 0

    def due(self, now: float) -> bool:
        elapsed = now - self.at
        enough = self.pages >= _PUBLISH_PAGES or elapsed >= _PUBLISH_SECONDS
        return enough and elapsed >= 5 * self.cost


@dataclass(slots=True)
class _Reader:
    """What is found so far, and how."""

    document: Document
    model: TokenClassifier | None
    tags: Tags | None
    temperature: float
    threshold: float | Mapping[str, float]
    order: Order
    pages: PageFinder
    name: str
    modelled: list[Mention] = field(default_factory=list)
    ruled: list[Mention] = field(default_factory=list)

    @classmethod
    def of(
        cls, document: Document, model: TokenClassifier | None, thresholds: float | Mapping[str, float] | None
    ) -> _Reader:
        calibration: Mapping[str, float] = getattr(getattr(model, "manifest", None), "calibration", {})
        return cls(
            document,
            model,
            Tags.of(model.labels) if model is not None else None,
            calibration.get("temperature", 1.0),
            calibration.get("threshold", THRESHOLD) if thresholds is None else thresholds,
            numeric_order(document.text[:_ORDER_SAMPLE], document.language),
            PageFinder(document),
            model.name if model is not None else "rules",
        )

    def read_once(self, sentences: Sequence[Sentence], ctx: JobContext, parts: Parts | None) -> None:
        """As :meth:`read`, but for what was read before."""
        if parts is None:
            self.read(sentences, ctx)
            return
        name = f"{sentences[0].span.start}-{sentences[-1].span.end}"
        part = parts.get(name)
        if part is not None:
            self.modelled.extend(part.modelled)
            self.ruled.extend(part.ruled)
            return
        modelled, ruled = len(self.modelled), len(self.ruled)
        self.read(sentences, ctx)
        parts.put(name, EntityPart(tuple(self.modelled[modelled:]), tuple(self.ruled[ruled:])))

    def read(self, sentences: Sequence[Sentence], ctx: JobContext) -> None:
        """Rules and model over consecutive sentences."""
        text, offset = without_gaps(self.document.text, sentences), sentences[0].span.start
        for rule in rule_mentions(text, self.document.language, order=self.order):
            span = Span(rule.span.start + offset, rule.span.end + offset)
            self.ruled.append(self._mention(span, rule.label, rule.score, rule.source, rule.value))
        if self.model is None or self.tags is None:
            return
        for found in read_windows(self.document.text, sentences, self.model, self.tags, self.temperature, ctx):
            least = self.threshold if isinstance(self.threshold, float) else self.threshold.get(found.label, THRESHOLD)
            if found.score >= least and not is_title(found.span.of(self.document.text)):
                self.modelled.append(self._mention(found.span, found.label, found.score, f"model:{self.name}", None))

    def _mention(self, span: Span, label: str, score: float, source: str, value: str | None) -> Mention:
        return Mention(span, self.pages(span.start), span.of(self.document.text), label, score, source, value)


def _chunks(
    document: Document, sentences: Sequence[Sentence], reader: _Reader, first_page: int
) -> Iterator[tuple[int, int]]:
    """Half-open ranges of sentences: those of the visible page, then on to the end, then from the beginning."""
    starts = [sentence.span.start for sentence in sentences]
    visible = next((page.span for page in document.pages if page.number == first_page), Span(0, 0))
    low = bisect.bisect_left(starts, visible.start)
    high = bisect.bisect_left(starts, max(visible.end, visible.start))
    # A sentence that began on the page before is read on the visible one too.
    if low and sentences[low - 1].span.end > visible.start:
        low -= 1
    size = _CHUNK_RULES if reader.model is None else _CHUNK
    for first, last in ((low, high), (high, len(sentences)), (0, low)):
        begin = first
        for index in range(first, last):
            if sentences[index].span.end - sentences[begin].span.start >= size or index == last - 1:
                yield begin, index + 1
                begin = index + 1


def without_gaps(text: str, sentences: Sequence[Sentence]) -> str:
    """The text from the first to the last sentence; every offset stays.

    What lies between two blocks (line ends, running heads) becomes NUL, so that no rule reaches over it.
    """
    parts: list[str] = []
    before: Sentence | None = None
    for sentence in sentences:
        if before is not None:
            gap = text[before.span.end : sentence.span.start]
            parts.append(gap if before.block == sentence.block else "\x00" * len(gap))
        parts.append(sentence.span.of(text))
        before = sentence
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Part:
    """Pieces ``[first, last)`` of a window that are pieces ``at`` and following of a sentence."""

    sentence: int
    first: int
    last: int
    at: int


def read_windows(
    text: str, sentences: Sequence[Sentence], model: TokenClassifier, tags: Tags, temperature: float, ctx: JobContext
) -> Iterator[Found]:
    """Mentions of consecutive sentences, read in windows of up to :data:`WINDOW` pieces, sentence by sentence.

    A longer sentence is read in overlapping windows; each of its pieces is taken from the window in which it stands
    farther from the edge.
    """
    encodings = model.tokenizer.encode([sentence.span.of(text) for sentence in sentences])
    windows, parts = _pack(encodings)
    sizes = [len(encoding) for encoding in encodings]
    firsts = np.concatenate([[0], np.cumsum(sizes)])
    logits = np.zeros((firsts[-1], len(model.labels)), dtype=np.float32)
    for index, scores in model.logits(windows, ctx):
        ctx.check()
        for part in parts[index]:
            at = firsts[part.sentence] + part.at
            logits[at : at + part.last - part.first] = scores[part.first : part.last]
    if not len(logits):
        return
    numbers = np.repeat(np.arange(len(sizes)), sizes)
    offsets = np.repeat(np.array([sentence.span.start for sentence in sentences], dtype=np.int64), sizes)
    starts = np.concatenate([encoding.starts for encoding in encodings]) + offsets
    ends = np.concatenate([encoding.ends for encoding in encodings]) + offsets
    yield from decode_all(text, starts, ends, numbers, logits, tags, temperature)


def _pack(encodings: Sequence[Encoding]) -> tuple[list[Encoding], list[list[_Part]]]:
    windows: list[Encoding] = []
    parts: list[list[_Part]] = []
    pending: list[Encoding] = []
    pending_parts: list[_Part] = []
    used = 0

    def flush() -> None:
        nonlocal used
        if pending:
            ids, starts, ends = (
                np.concatenate([getattr(encoding, name) for encoding in pending]) for name in ("ids", "starts", "ends")
            )
            windows.append(Encoding(ids, starts, ends))
            parts.append(list(pending_parts))
        pending.clear()
        pending_parts.clear()
        used = 0

    for index, encoding in enumerate(encodings):
        size = len(encoding.ids)
        if used + size > WINDOW:
            flush()
        if size > WINDOW:
            for first in range(0, max(size - OVERLAP, 1), WINDOW - OVERLAP):
                last = min(first + WINDOW, size)
                windows.append(encoding.slice(first, last))
                head = OVERLAP // 2 if first else 0
                tail = OVERLAP // 2 if last < size else 0
                parts.append([_Part(index, head, last - first - tail, first + head)])
        elif size:
            pending.append(encoding)
            pending_parts.append(_Part(index, used, used + size, 0))
            used += size
    flush()
    return windows, parts
