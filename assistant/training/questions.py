"""Documents that questions are asked of: their indices, made once, and which passages retrieval shows. No torch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.inference.span_extractor import SpanExtractor
from assistant.jobs import JobContext, Progress, Quiet
from assistant.store import codecs
from assistant.tasks.answer_types import bare_question
from assistant.tasks.ask import ask
from assistant.tasks.base import Encoder
from assistant.tasks.index import DocumentIndex
from assistant.tasks.retrieval import retrieve
from assistant.types import Document, Span

DOCUMENTS = "rows/documents"
"""Folder of a run's documents that are asked, by SHA-256."""


class Indices:
    """Indices of documents by one encoder, kept while this is. Thread-safe; two threads may make the same one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str, int], DocumentIndex] = {}

    def of(self, document: Document, encoder: Encoder, ctx: JobContext) -> DocumentIndex:
        """Blocks: seconds for a long document. Raises Cancelled."""
        key = document.sha256, encoder.name, hash(document.text)
        with self._lock:
            if key in self._made:
                return self._made[key]
        made = DocumentIndex.build(document, encoder, Quiet(ctx))
        with self._lock:
            self._made[key] = made
        return made

    def rank(self, document: Document, questions: Sequence[str], encoder: Encoder, ctx: JobContext) -> list[list[Span]]:
        """All passages of a document for each question, best first."""
        index = self.of(document, encoder, ctx)
        if index.empty:
            return [[] for _ in questions]
        asked = [bare_question(question) for question in questions]
        vectors = encoder.embed(asked, "query", Quiet(ctx))
        return [
            [index.passages[number].span for number in retrieve(index, text, vector, ctx).order]
            for text, vector in zip(asked, vectors, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Reply:
    """What asking a document gave: the best place, and whether it is probable enough to be shown."""

    start: int
    end: int
    text: str
    score: float
    shown: bool


SILENCE = Reply(0, 0, "", 0.0, shown=False)


def document_of(folder: Path, sha256: str) -> Document:
    """A document of a run, as the preparation wrote it."""
    return codecs.decode(Document, (folder / DOCUMENTS / f"{sha256}.bin").read_bytes())


def replies(
    asked: Sequence[tuple[str, str]],
    folder: Path,
    indices: Indices,
    encoder: Encoder,
    reader: SpanExtractor,
    ctx: JobContext,
) -> list[Reply]:
    """What is said to each ``(document, question)``, by the very code that answers in the window. Raises Cancelled."""
    found = []
    documents: dict[str, Document] = {}
    for number, (sha256, question) in enumerate(asked):
        document = documents.get(sha256) or documents.setdefault(sha256, document_of(folder, sha256))
        index = indices.of(document, encoder, ctx)
        said = ask(document, index, encoder, reader, question, Quiet(ctx))
        best = said.answer or next(iter(said.alternatives), None)
        found.append(
            SILENCE if best is None
            else Reply(best.span.start, best.span.end, best.text, best.score, shown=said.answer is not None)
        )  # fmt: skip
        ctx.report(Progress("evaluating", number + 1, len(asked)))
    return found
