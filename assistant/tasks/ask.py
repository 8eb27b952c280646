"""Answers in the document's own words: hybrid retrieval over its passages, then the reader over the best of them.

Retrieval fuses three rankings of the passages: BM25 (words), cosine of question and passage, and the best cosine of
question and one of its sentences. They are fused by reciprocal ranks (Cormack, Clarke & Büttcher 2009, "Reciprocal
Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods", SIGIR), which needs no common scale: E5's
cosines lie between 0.7 and 1.0 whatever is compared (trained at temperature 0.01), BM25 has no upper bound.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assistant.errors import UserError
from assistant.jobs import JobContext, Progress
from assistant.tasks.answer_types import likeness
from assistant.tasks.base import Encoder, FloatArray, SpanExtractor
from assistant.tasks.index import DocumentIndex
from assistant.tasks.lexical import question_terms
from assistant.types import Answer, Answers, Document, Evidence, Span

_RRF_K = 60
"""The constant of the paper."""


@dataclass(frozen=True, slots=True)
class AskOptions:
    """What can be tuned without touching the method."""

    threshold: float | None = None
    """Below this probability the document is said not to answer; None takes the reader's own threshold."""
    passages: int = 8
    """How many passages the reader reads."""
    read_at_once: int = 2
    """Passages between two looks at the cancel button."""
    prior: float = 0.04
    """Cosine below the best passage's at which a passage's answers count 1/e."""
    alternatives: int = 4
    evidence: int = 5
    question_limit: int = 400
    """Code points of the question that are used."""


@dataclass(slots=True)
class _Candidate:
    """One answer string, at its best place."""

    span: Span
    probability: float
    passage: int
    misses: list[float] = field(default_factory=list)
    """1 - probability at each place where it was found, in different passages."""

    @property
    def score(self) -> float:
        # The same words found in several passages support each other, but passages of one document are not
        # independent witnesses: half of what a noisy-or would add.
        together = 1.0 - float(np.prod(self.misses))
        return 0.5 * (self.probability + together)


def ask(
    document: Document,
    index: DocumentIndex,
    encoder: Encoder,
    reader: SpanExtractor,
    question: str,
    ctx: JobContext,
    options: AskOptions | None = None,
) -> Answers:
    """The best answer, other answers, and the passages that they rest on.

    ``answer`` is None where nothing reaches the threshold; the nearest passages are evidence all the same. Publishes
    the evidence before the reader starts. Raises ``UserError("question_empty")`` and Cancelled.
    """
    options = options or AskOptions()
    question = " ".join(question.split())[: options.question_limit]
    if not any(char.isalnum() for char in question):
        raise UserError("question_empty")
    name = f"{encoder.name}+{reader.name}"
    if index.empty:
        return Answers(question, None, (), (), name)
    ctx.check()
    vector = encoder.embed([question], "query", ctx)[0]
    order, cosines = retrieve(index, question, vector, ctx)
    chosen = order[: options.passages]
    ctx.report(Progress("answering", 0, len(chosen)))
    nearest = tuple(
        index.evidence(index.passages[passage].span, relevance(float(cosines[passage]), question))
        for passage in chosen[: options.evidence]
    )
    ctx.publish(Answers(question, None, (), nearest, name))

    candidates = _read(document, index, reader, question, chosen, cosines, ctx, options)
    ranked = sorted(candidates, key=lambda item: (-item.score, item.span))
    answers = [_answer(document, index, item) for item in _without_overlaps(ranked)]
    threshold = reader.threshold if options.threshold is None else options.threshold
    best = answers[0] if answers and answers[0].score >= threshold else None
    others = answers[1:] if best is not None else answers
    return Answers(
        question,
        best,
        tuple(others[: options.alternatives]),
        _evidence(index, best, ranked, nearest, options.evidence),
        name,
    )


def retrieve(
    index: DocumentIndex, question: str, vector: FloatArray, ctx: JobContext
) -> tuple[list[int], npt.NDArray[np.float32]]:
    """Passages, best first, and float32[passages] cosines of each (or of its best sentence) with the question."""
    passages = index.passage_vectors @ vector
    in_sentences = passages.copy()
    if len(index.sentences):
        sentences = index.sentence_vectors @ vector
        for number, passage in enumerate(index.passages):
            first, stop = passage.sentences
            if stop > first:
                in_sentences[number] = sentences[first:stop].max()
    words = index.lexical(ctx).scores(question_terms(question, index.document.language))
    fused = _reciprocal(passages) + _reciprocal(in_sentences)
    # A passage that shares no word has no lexical rank; where none shares one (another language), words say nothing.
    # Words count as much as both looks at meaning together.
    fused += 2 * np.where(words > 0, _reciprocal(words), 0)
    order = np.argsort(-fused, kind="stable")
    return [int(number) for number in order], np.maximum(passages, in_sentences).astype(np.float32)


def relevance(cosine: float, question: str) -> float:
    """Probability that a passage of this cosine is about the question, in [0, 1].

    E5's cosines are compressed and lie higher in Chinese. Measured: English passages with the answer 0.87 (median),
    best passage for a question on another subject 0.80; Chinese 0.91 and 0.86 (SQuAD 2.0, CMRC 2018, dev).
    """
    center = 0.88 if any("\u3400" <= char <= "\u9fff" for char in question) else 0.83
    return 1.0 / (1.0 + math.exp((center - cosine) / 0.015))


def _reciprocal(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return 1.0 / (_RRF_K + ranks)


def _read(
    document: Document,
    index: DocumentIndex,
    reader: SpanExtractor,
    question: str,
    chosen: Sequence[int],
    cosines: npt.NDArray[np.float32],
    ctx: JobContext,
    options: AskOptions,
) -> list[_Candidate]:
    top = max(float(cosines[number]) for number in chosen)
    found: dict[str, _Candidate] = {}
    for first in range(0, len(chosen), options.read_at_once):
        ctx.check()
        some = chosen[first : first + options.read_at_once]
        contexts = [index.passages[number].span.of(document.text) for number in some]
        for number, context, result in zip(some, contexts, reader.spans(question, contexts, ctx), strict=True):
            # A reader is sure of itself in passages that are off the subject too; retrieval knows better.
            prior = float(np.exp((float(cosines[number]) - top) / options.prior))
            in_passage: set[str] = set()
            for item in result:
                start, end = _trim(context, item.start, item.end)
                key = answer_key(context[start:end])
                if not key:
                    continue
                probability = float(item.score) * prior * likeness(question, context[start:end])
                offset = index.passages[number].span.start
                place = Span(offset + start, offset + end)
                known = found.get(key)
                if known is None:
                    found[key] = _Candidate(place, probability, number, [1.0 - probability])
                else:
                    # Within one passage the candidates compete for one probability; only passages add up.
                    if key not in in_passage:
                        known.misses.append(1.0 - probability)
                    if probability > known.probability:
                        known.span, known.probability, known.passage = place, probability, number
                in_passage.add(key)
        ctx.report(Progress("answering", min(first + options.read_at_once, len(chosen)), len(chosen)))
    return list(found.values())


def answer_key(text: str) -> str:
    """What makes two answer strings the same: case, accents' encoding, spaces, outer punctuation, articles do not."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = re.sub(r"[^\w%$€£¥]+", " ", folded).split()
    while len(words) > 1 and words[0] in {"the", "a", "an"}:
        words = words[1:]
    return " ".join(words)


def _trim(context: str, start: int, end: int) -> tuple[int, int]:
    """Without the spaces and stray closing punctuation that a reader's tokens bring along."""
    start, end = max(0, start), min(len(context), end)
    while start < end and (context[start].isspace() or context[start] in ",;:，；：、。"):
        start += 1
    while end > start and (context[end - 1].isspace() or context[end - 1] in ",;:，；：、。"):
        end -= 1
    return start, end


def _without_overlaps(ranked: Sequence[_Candidate]) -> list[_Candidate]:
    """Longer and shorter cuts of one place are one answer: the better scored one stays and takes their support."""
    kept: list[_Candidate] = []
    for item in ranked:
        if not any(item.span.overlaps(other.span) for other in kept):
            kept.append(item)
    return kept


def _answer(document: Document, index: DocumentIndex, item: _Candidate) -> Answer:
    return Answer(
        item.span,
        document.page_at(item.span.start),
        item.span.of(document.text),
        min(1.0, item.score),
        _sentence_around(index, item.span, item.passage),
    )


def _sentence_around(index: DocumentIndex, span: Span, passage: int) -> Span:
    first, stop = index.passages[passage].sentences
    touched = [item.span for item in index.sentences[first:stop] if item.span.overlaps(span)]
    start = min([span.start, *(item.start for item in touched)])
    return Span(start, max([span.end, *(item.end for item in touched)]))


def _evidence(
    index: DocumentIndex,
    best: Answer | None,
    ranked: Sequence[_Candidate],
    nearest: tuple[Evidence, ...],
    limit: int,
) -> tuple[Evidence, ...]:
    """The answer's own passage first, then the nearest ones."""
    if best is None:
        return nearest
    home = index.passages[ranked[0].passage].span
    own = [item for item in nearest if item.span == home]
    if not own:
        own = [index.evidence(home, best.score)]
    return tuple([*own, *(item for item in nearest if item.span != home)][:limit])
