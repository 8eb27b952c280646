"""Answers in the document's own words: hybrid retrieval over its passages, then the reader over the best of them.

The reader marks spans in the best passages; :mod:`assistant.tasks.answerability` says how probable each of them is,
and below a threshold the document is said not to answer. A question that wants a yes or a no is answered by the
sentence that tells it, without the reader, which has learnt to look for things.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.errors import UserError
from assistant.jobs import JobContext, Progress
from assistant.tasks.answer_types import bare_question, likeness, wants_yes_or_no
from assistant.tasks.answerability import Answerability, Reading, Scope
from assistant.tasks.base import Encoder, SpanExtractor
from assistant.tasks.definitions import SURE, asked_definition
from assistant.tasks.index import DocumentIndex
from assistant.tasks.prose import words
from assistant.tasks.retrieval import Ranking, relevance, retrieve
from assistant.tasks.table_rows import rows_of, whole_cell
from assistant.types import Answer, Answers, Document, Evidence, Span

_FULL_STOP = re.compile(r"(?:[^\W\d_]{4}|\d|[%)”\"’])\.\Z")


@dataclass(frozen=True, slots=True)
class AskOptions:
    """What can be tuned without touching the method."""

    threshold: float | None = None
    """Below this probability the document is said not to answer; None takes the one of the reader's manifest."""
    passages: int = 8
    """How many passages the reader reads."""
    rows: int = 6
    """How many table rows it reads once more, written out."""
    read_at_once: int = 2
    """Passages between two looks at the cancel button."""
    prior: float = 0.04
    """For a reader without fitted weights: cosine below the best passage's at which a passage's answers count 1/e."""
    alternatives: int = 4
    evidence: int = 5
    question_limit: int = 400
    """Code points of the question that are used."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One answer, at its best place."""

    span: Span
    passage: int
    score: float


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
    asked = bare_question(question)
    vector = encoder.embed([asked], "query", ctx)[0]
    ranking = retrieve(index, asked, vector, ctx)
    chosen = ranking.order[: options.passages]
    ctx.report(Progress("answering", 0, len(chosen)))
    nearest = tuple(
        index.evidence(index.passages[passage].span, relevance(float(ranking.cosines[passage]), asked))
        for passage in chosen[: options.evidence]
    )
    ctx.publish(Answers(question, None, (), nearest, name))

    scope = Scope(index, asked, ranking, index.lexical(ctx))
    if wants_yes_or_no(question):
        fitted = Answerability.of("evidence", reader.calibration)
        candidates = _telling_sentences(index, scope, ranking, asked, chosen, fitted, ctx)
    else:
        fitted = Answerability.of("answer", reader.calibration)
        readings = read(index, reader, asked, chosen, ctx, options, scope)
        if fitted is not None:
            scores = fitted.probabilities([scope.answer(reading) for reading in readings])
            candidates = [_Candidate(r.span, r.passage, float(p)) for r, p in zip(readings, scores, strict=True)]
        else:
            candidates = _plainly_scored(index, ranking, asked, readings, options)
        said = asked_definition(document, question)
        if said is not None:
            candidates.append(_Candidate(said, _passage_at(index, said), SURE))
    candidates = [replace(item, span=whole_cell(index, item.passage, item.span)) for item in candidates]
    ranked = _distinct(document, sorted(candidates, key=lambda item: (-item.score, item.span)))
    answers = [_answer(document, index, item) for item in ranked[: options.alternatives + 1]]
    threshold = options.threshold
    if threshold is None:
        threshold = reader.threshold if fitted is None else fitted.threshold
    best = answers[0] if answers and answers[0].score >= threshold else None
    others = answers[1:] if best is not None else answers
    return Answers(
        question,
        best,
        tuple(others[: options.alternatives]),
        _evidence(index, best, ranked, nearest, options.evidence),
        name,
    )


def read(
    index: DocumentIndex,
    reader: SpanExtractor,
    question: str,
    chosen: Sequence[int],
    ctx: JobContext,
    options: AskOptions | None = None,
    scope: Scope | None = None,
) -> list[Reading]:
    """What the reader marks in the ``chosen`` passages, trimmed. Reports ``answering``. Raises Cancelled.

    With ``scope`` the table rows among them that share words with the question are read once more, written out.
    """
    options = options or AskOptions()
    marked: list[tuple[Span, int, float, float, float, str]] = []
    for first in range(0, len(chosen), options.read_at_once):
        ctx.check()
        some = chosen[first : first + options.read_at_once]
        contexts = [index.passages[number].span.of(index.document.text) for number in some]
        for number, context, result in zip(some, contexts, reader.spans(question, contexts, ctx), strict=True):
            offset = index.passages[number].span.start
            for item in result:
                start, end = _trim(context, item.start, item.end)
                key = answer_key(context[start:end])
                if key:
                    place = Span(offset + start, offset + end)
                    marked.append((place, number, item.margin, item.confidence, item.score, key))
        ctx.report(Progress("answering", min(first + options.read_at_once, len(chosen)), len(chosen)))
    rows = rows_of(index, chosen, scope.coverage, options.rows) if scope is not None else []
    if rows:
        ctx.check()
        for row, result in zip(rows, reader.spans(question, [row.text for row in rows], ctx), strict=True):
            for item in result:
                cell = row.place(*_trim(row.text, item.start, item.end))
                key = "" if cell is None else answer_key(cell.of(index.document.text))
                if cell is not None and key:
                    marked.append((cell, row.passage, item.margin, item.confidence, item.score, key))
    return _compared(marked)


def _compared(marked: Sequence[tuple[Span, int, float, float, float, str]]) -> list[Reading]:
    """Each marked span with how far it is ahead of other answers, and in how many other passages its words stand."""
    best: dict[str, float] = {}
    passages: dict[str, set[int]] = {}
    for _, number, margin, _, _, key in marked:
        best[key] = max(margin, best.get(key, margin))
        passages.setdefault(key, set()).add(number)
    leaders = sorted(best.values(), reverse=True)
    readings = []
    for span, number, margin, confidence, score, key in marked:
        # Against the best margin of other words; the only answer is as far ahead as can be.
        rival = leaders[0] if best[key] < leaders[0] or len(leaders) == 1 else leaders[1]
        lead = margin - rival if len(leaders) > 1 else 10.0
        readings.append(Reading(span, number, margin, confidence, lead, len(passages[key]) - 1, score))
    return readings


def _plainly_scored(
    index: DocumentIndex, ranking: Ranking, question: str, readings: Sequence[Reading], options: AskOptions
) -> list[_Candidate]:
    """For a reader without fitted weights: its own probability, less where retrieval or the kind of answer disagree.

    The same words found in several passages support each other, but passages of one document are not independent
    witnesses: half of what a noisy-or would add.
    """
    text = index.document.text
    top = max((float(ranking.cosines[item.passage]) for item in readings), default=0.0)
    found: dict[str, list[tuple[float, Reading]]] = {}
    for item in readings:
        prior = float(np.exp((float(ranking.cosines[item.passage]) - top) / options.prior))
        value = item.score * prior * likeness(question, item.span.of(text))
        found.setdefault(answer_key(item.span.of(text)), []).append((value, item))
    candidates = []
    for places in found.values():
        # Within one passage the candidates compete for one probability; only passages add up.
        by_passage: dict[int, float] = {}
        for value, item in places:
            by_passage[item.passage] = max(value, by_passage.get(item.passage, 0.0))
        together = 1.0 - float(np.prod([1.0 - value for value in by_passage.values()]))
        value, item = max(places, key=lambda place: place[0])
        candidates.append(_Candidate(item.span, item.passage, 0.5 * (value + together)))
    return candidates


def sentences_of(index: DocumentIndex, chosen: Iterable[int]) -> list[tuple[int, int]]:
    """``(sentence, passage)`` of the chosen passages' sentences that say something: no headings, no stubs."""
    blocks = index.document.blocks
    return [
        (number, passage)
        for passage in chosen
        for number in range(*index.passages[passage].sentences)
        if blocks[index.sentences[number].block].kind != "heading" and words(index.text(number)) >= 4
    ]


def _telling_sentences(
    index: DocumentIndex,
    scope: Scope,
    ranking: Ranking,
    question: str,
    chosen: Sequence[int],
    fitted: Answerability | None,
    ctx: JobContext,
) -> list[_Candidate]:
    ctx.check()
    places = sentences_of(index, chosen)
    spans = [index.sentences[sentence].span for sentence, _ in places]
    if fitted is not None:
        scores = fitted.probabilities([scope.evidence(sentence, passage) for sentence, passage in places]).tolist()
    else:
        scores = [
            relevance(float(ranking.sentences[sentence]), question) * scope.coverage(span)
            for (sentence, _), span in zip(places, spans, strict=True)
        ]
    return [_Candidate(span, place[1], value) for span, place, value in zip(spans, places, scores, strict=True)]


def _passage_at(index: DocumentIndex, span: Span) -> int:
    """The passage that holds most of a span."""
    shared = [min(item.span.end, span.end) - max(item.span.start, span.start) for item in index.passages]
    return int(np.argmax(shared))


def answer_key(text: str) -> str:
    """What makes two answer strings the same: case, accents' encoding, spaces, outer punctuation, articles do not."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = re.sub(r"[^\w%$€£¥]+", " ", folded).split()
    while len(words) > 1 and words[0] in {"the", "a", "an"}:
        words = words[1:]
    return " ".join(words)


def _trim(context: str, start: int, end: int) -> tuple[int, int]:
    """Without the spaces, stray punctuation and the sentence's full stop that a reader's tokens bring along.

    An answer lies in one cell of a table: what goes over a tab is cut off.
    """
    start, end = max(0, start), min(len(context), end)
    while start < end and (context[start].isspace() or context[start] in ",;:，；：、。"):
        start += 1
    border = context.find("\t", start, end)
    end = end if border < 0 else border
    while end > start and (context[end - 1].isspace() or context[end - 1] in ",;:，；：、。"):
        end -= 1
    # "1 March 2024." ends with the sentence; "Ltd.", "U.S." and "No." keep theirs.
    if end - start > 4 and _FULL_STOP.search(context, start, end):
        end -= 1
    return start, end


def _distinct(document: Document, ranked: Sequence[_Candidate]) -> list[_Candidate]:
    """Each answer once, at its best place: the same words elsewhere, and other cuts of the place, are left out."""
    kept: list[_Candidate] = []
    keys: set[str] = set()
    for item in ranked:
        key = answer_key(item.span.of(document.text))
        if key not in keys and not any(item.span.overlaps(other.span) for other in kept):
            kept.append(item)
            keys.add(key)
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
