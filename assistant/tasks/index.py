"""One encoder pass over a document, shared by its summary, its type and its answers.

Late chunking (Günther, Mohr, Williams, Wang & Xiao 2024, "Late Chunking: Contextual Chunk Embeddings Using
Long-Context Embedding Models", arXiv:2409.04701): every passage runs through the encoder once, as a whole, and each
sentence's vector is the mean of the hidden states of its own tokens, so it knows the passage around it and costs
nothing more.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from assistant.documents import segment
from assistant.inference.tokenizer import Encoding
from assistant.jobs import Context, JobContext, Progress
from assistant.tasks.base import Encoder, FloatArray
from assistant.tasks.lexical import BM25, terms
from assistant.types import Document, Evidence, Passage, Sentence, Span

log = logging.getLogger(__name__)

INDEX_VERSION = 1
"""Raise it when the way in which vectors are made or stored changes."""

SEGMENTATION_VERSION = 1
"""Raise it when :mod:`assistant.documents.segment` cuts texts in another way."""

PREFIX = "passage: "
WINDOW_TOKENS = 500
"""Own tokens of one window: 512 positions less ``<s>``, ``</s>`` and the prefix, with a margin."""

_TOKENIZE_AT_ONCE = 32
_KEPT_PIECES = 2048
"""Passages up to which their pieces are kept. Those of a table of half a million rows take 100 MB; making them once
more takes a hundredth of the time that the encoder takes."""
_UNIT_AT_ONCE = 4096
_PART = 128
"""Passages whose vectors are kept together while a long document is encoded: some ten seconds of work."""


class IndexParts(Protocol):
    """Where parts of an index are kept by name, as :class:`assistant.kept.Parts` does."""

    @property
    def get(self) -> Callable[[str], bytes | None]: ...

    @property
    def put(self) -> Callable[[str, bytes], None]: ...

    @property
    def drop(self) -> Callable[[], None]: ...


@dataclass(frozen=True, slots=True)
class Window:
    """A run of one passage's tokens that fits into the encoder."""

    passage: int
    first: int
    stop: int


class DocumentIndex:
    """Sentences and passages of one document, their vectors, and BM25 over the passages. Thread-safe.

    ``sentence_vectors`` float32[len(sentences), width] and ``passage_vectors`` float32[len(passages), width] are
    L2-normalized; a row is zero where a sentence is in no passage or has no token.
    """

    def __init__(
        self,
        document: Document,
        encoder: str,
        sentences: Sequence[Sentence],
        passages: Sequence[Passage],
        sentence_vectors: FloatArray,
        passage_vectors: FloatArray,
    ) -> None:
        if len(sentences) != len(sentence_vectors) or len(passages) != len(passage_vectors):
            raise ValueError("one vector for each sentence and for each passage")
        self.document = document
        self.encoder = encoder
        self.sentences = tuple(sentences)
        self.passages = tuple(passages)
        self.sentence_vectors = sentence_vectors
        self.passage_vectors = passage_vectors
        self._lexical: BM25 | None = None
        self._lock = threading.Lock()

    @classmethod
    def build(
        cls, document: Document, encoder: Encoder, ctx: JobContext, parts: IndexParts | None = None
    ) -> DocumentIndex:
        """Segment the document and encode it; ``parts`` has what earlier work encoded before it was stopped, and keeps
        what this one does. Reports ``indexing`` by windows. Raises Cancelled."""
        ctx.check()
        sentences = segment.sentences(document, ctx.check)
        ctx.check()
        passages = segment.passages(document, sentences)
        return cls.encode(document, sentences, passages, encoder, ctx, parts)

    @classmethod
    def encode(
        cls,
        document: Document,
        sentences: Sequence[Sentence],
        passages: Sequence[Passage],
        encoder: Encoder,
        ctx: JobContext,
        parts: IndexParts | None = None,
    ) -> DocumentIndex:
        """As :meth:`build` for sentences and passages that are known already. Raises Cancelled."""
        kept: list[Encoding] = []
        windows: list[Window] = []
        for number, encoding in enumerate(_tokenize(document, passages, encoder, ctx)):
            windows.extend(_windows(number, encoding, _local_starts(passages[number], sentences)))
            if parts is None or len(passages) <= _KEPT_PIECES:
                kept.append(encoding)
        sentence_sums = _Sums(len(sentences))
        passage_sums = _Sums(len(passages))
        ctx.report(Progress("indexing", 0, len(windows)))
        done = 0
        size = _PART if parts is not None else max(1, len(passages))
        for first in range(0, len(passages), size):
            rows = range(first, min(first + size, len(passages)))
            some = [window for window in windows if window.passage in rows]
            inside = range(passages[rows[0]].sentences[0], passages[rows[-1]].sentences[1])
            name = f"{rows.start}-{rows.stop}"
            if parts is not None and _restored(parts.get(name), (passage_sums, rows), (sentence_sums, inside)):
                done += len(some)
                ctx.report(Progress("indexing", done, len(windows)))
                continue
            encodings = kept[rows.start : rows.stop] or list(
                _tokenize(document, passages[rows.start : rows.stop], encoder, ctx)
            )
            pieces = [encodings[window.passage - first].slice(window.first, window.stop) for window in some]
            for index, hidden in encoder.tokens(pieces, PREFIX, ctx):
                window = some[index]
                passage = passages[window.passage]
                passage_sums.add(window.passage, hidden)
                # The last code point of a piece is in its word; the first may be the space before the sentence.
                last = np.maximum(pieces[index].starts, pieces[index].ends - 1)
                owners = np.searchsorted(_local_starts(passage, sentences), last, side="right") - 1
                owners = np.maximum(owners, 0) + passage.sentences[0]
                for owner in np.unique(owners).tolist():
                    sentence_sums.add(owner, hidden[owners == owner])
                done += 1
                ctx.report(Progress("indexing", done, len(windows)))
                ctx.check()
            if parts is not None:
                parts.put(name, passage_sums.part(rows) + sentence_sums.part(inside))
        if parts is not None:
            parts.drop()
        return cls(document, encoder.name, sentences, passages, sentence_sums.unit(), passage_sums.unit())

    @property
    def empty(self) -> bool:
        return not self.passages

    def lexical(self, ctx: JobContext | None = None) -> BM25:
        """BM25 over the passages; made at the first call, about 0.1 s for 20 pages. Raises Cancelled."""
        with self._lock:
            if self._lexical is None:
                ctx = ctx or Context()
                rows = []
                for passage in self.passages:
                    ctx.check()
                    rows.append(terms(passage.span.of(self.document.text), self.document.language))
                self._lexical = BM25(rows)
            return self._lexical

    def text(self, sentence: int) -> str:
        return self.sentences[sentence].span.of(self.document.text)

    def evidence(self, span: Span, score: float) -> Evidence:
        """A place of this document as a result shows it."""
        return Evidence(span, self.document.page_at(span.start), span.of(self.document.text), score)

    def centroid(self) -> FloatArray:
        """float32[width], L2-normalized: the mean of the passages weighted by their lengths; zeros if empty."""
        if self.empty:
            return np.zeros(self.passage_vectors.shape[1], dtype=np.float32)
        lengths = np.array([len(passage.span) for passage in self.passages], dtype=np.float32)
        return unit((lengths @ self.passage_vectors)[None, :]).reshape(-1)

    # --- cache ------------------------------------------------------------------------------------------

    @staticmethod
    def cache_key(encoder: str) -> str:
        """What a stored index depends on, beside the document: format, segmentation, encoder."""
        return f"index-{INDEX_VERSION}.{SEGMENTATION_VERSION}-{encoder}"

    def to_bytes(self) -> bytes:
        """The index as an ``.npz`` without pickle; vectors in float16 (cosines move by less than 0.001)."""
        header = {"key": self.cache_key(self.encoder), "text": _digest(self.document)}
        spans = [(item.span.start, item.span.end, item.block) for item in self.sentences]
        ranges = [(item.span.start, item.span.end, *item.sentences) for item in self.passages]
        buffer = io.BytesIO()
        np.savez(
            buffer,
            header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8),
            sentences=np.array(spans, dtype=np.int64).reshape(-1, 3),
            passages=np.array(ranges, dtype=np.int64).reshape(-1, 4),
            sentence_vectors=self.sentence_vectors.astype(np.float16),
            passage_vectors=self.passage_vectors.astype(np.float16),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, document: Document, encoder: str) -> DocumentIndex | None:
        """What :meth:`to_bytes` wrote, or None where it is damaged or belongs to another text, encoder or version."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                header = json.loads(stored["header"].tobytes())
                if header != {"key": cls.cache_key(encoder), "text": _digest(document)}:
                    return None
                return cls(
                    document,
                    encoder,
                    [Sentence(Span(start, end), block) for start, end, block in stored["sentences"].tolist()],
                    [Passage(Span(start, end), (a, b)) for start, end, a, b in stored["passages"].tolist()],
                    stored["sentence_vectors"].astype(np.float32),
                    stored["passage_vectors"].astype(np.float32),
                )
        except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as problem:
            log.warning("a stored index is damaged and is made again: %s", type(problem).__name__)
            return None


def unit(vectors: FloatArray) -> FloatArray:
    """Rows scaled to length 1; rows of zeros stay zeros."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1), dtype=np.float32)


class _Sums:
    """Running means of hidden states, whose width is known with the first of them only."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._sums: FloatArray | None = None

    def add(self, row: int, hidden: FloatArray) -> None:
        if self._sums is None:
            self._sums = np.zeros((self._rows, hidden.shape[1]), dtype=np.float32)
        self._sums[row] += hidden.sum(axis=0)

    def part(self, rows: range) -> bytes:
        """The directions of some rows in float16, which is what an index is kept in."""
        if self._sums is None:
            return b""
        return unit(self._sums[rows.start : rows.stop]).astype(np.float16).tobytes()

    def restore(self, rows: range, part: FloatArray) -> None:
        if self._sums is None:
            self._sums = np.zeros((self._rows, part.shape[1]), dtype=np.float32)
        self._sums[rows.start : rows.stop] = part

    def unit(self) -> FloatArray:
        """The directions of all rows. Nothing is added any more: they take the place of the sums."""
        if self._sums is None:
            return np.zeros((self._rows, 0), dtype=np.float32)
        # A mean and a sum point the same way, so there is nothing to divide by before normalizing. By some rows at a
        # time: those of a large table take 768 MB once, and would three times.
        for first in range(0, self._rows, _UNIT_AT_ONCE):
            self._sums[first : first + _UNIT_AT_ONCE] = unit(self._sums[first : first + _UNIT_AT_ONCE])
        return self._sums


def _restored(data: bytes | None, *places: tuple[_Sums, range]) -> bool:
    """Put a kept part back; False where there is none, or one of another size."""
    rows = sum(len(inside) for _, inside in places)
    if not data or len(data) % (2 * rows):
        return False
    vectors = np.frombuffer(data, np.float16).reshape(rows, -1).astype(np.float32)
    at = 0
    for sums, inside in places:
        sums.restore(inside, vectors[at : at + len(inside)])
        at += len(inside)
    return True


def _tokenize(document: Document, passages: Sequence[Passage], encoder: Encoder, ctx: JobContext) -> Iterator[Encoding]:
    for first in range(0, len(passages), _TOKENIZE_AT_ONCE):
        ctx.check()
        some = passages[first : first + _TOKENIZE_AT_ONCE]
        yield from encoder.tokenizer.encode([item.span.of(document.text) for item in some])


def _local_starts(passage: Passage, sentences: Sequence[Sentence]) -> npt.NDArray[np.int64]:
    """Where the passage's sentences begin, counted from the passage's start; ascending."""
    first, stop = passage.sentences
    return np.array([item.span.start - passage.span.start for item in sentences[first:stop]], dtype=np.int64)


def _windows(number: int, encoding: Encoding, starts: npt.NDArray[np.int64]) -> list[Window]:
    """Cut a passage's tokens into runs of at most WINDOW_TOKENS, between sentences where that is possible."""
    last = np.maximum(encoding.starts, encoding.ends - 1)
    cuts = np.searchsorted(last, starts, side="left")
    windows: list[Window] = []
    first = 0
    while first < len(encoding.ids):
        stop = len(encoding.ids)
        if stop - first > WINDOW_TOKENS:
            inside = cuts[(cuts > first) & (cuts <= first + WINDOW_TOKENS)]
            stop = int(inside[-1]) if len(inside) else first + WINDOW_TOKENS
        windows.append(Window(number, first, stop))
        first = stop
    return windows


def _digest(document: Document) -> str:
    """Of the text, not of the file: the same file read by a better extractor has other offsets."""
    return hashlib.blake2b(document.text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
