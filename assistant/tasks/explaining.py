"""Why an entity, an answer, a type or a summary sentence was found: the words that weigh most (:mod:`.occlusion`).

Each function asks the model that made the result, over one sentence: some dozens of short runs, about a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from assistant.documents.segment import sentences as split_sentences
from assistant.insights import Explanation
from assistant.jobs import JobContext, Progress
from assistant.tasks.answer_types import bare_question
from assistant.tasks.base import Encoder, FloatArray, SalienceModel, SpanExtractor
from assistant.tasks.classify import TypeVectors
from assistant.tasks.entities import TokenClassifier
from assistant.tasks.entity_decoding import Tags
from assistant.tasks.few_shot import softmax
from assistant.tasks.index import DocumentIndex
from assistant.tasks.occlusion import LONGEST, Variant, weigh
from assistant.types import Answer, Document, Evidence, Mention, Span

_LEAST = 0.03
"""A change of a probability or share that counts as a reason."""
_LEAST_MARGIN = 1.0
"""The same of the reader's logits."""
_AROUND = 64
"""Sentences on either side that the summary's head sees: it compares a sentence with its neighbours."""


def sentence_at(document: Document, span: Span, ctx: JobContext) -> Span:
    """The sentence around a place, at most :data:`LONGEST` code points of it."""
    block = next((item for item in document.blocks if item.span.start <= span.start < item.span.end), None)
    found = Span(span.start, span.end)
    if block is not None:
        inside = [item.span for item in split_sentences(document, ctx.check) if item.span.overlaps(span)]
        if inside:
            found = Span(min(inside[0].start, span.start), max(inside[-1].end, span.end))
    if len(found) > LONGEST:
        first = max(found.start, span.start - LONGEST // 2)
        found = Span(first, min(found.end, first + LONGEST))
    return found


def explain_mention(
    document: Document, mention: Mention, model: TokenClassifier | None, ctx: JobContext
) -> Explanation:
    """The words that make ``mention`` what it is labelled as. What rules or the user say is not the model's to explain.

    Raises Cancelled.
    """
    ctx.check()
    place = sentence_at(document, mention.span, ctx)
    if model is None or not mention.source.startswith("model:"):
        sure = mention.score
        return Explanation("entity", mention.text, place, mention.page, (), _method(mention.source), sure, sure)
    tags = Tags.of(model.labels)
    if mention.label not in tags.labels:
        return Explanation("entity", mention.text, place, mention.page, (), "other", mention.score, mention.score)
    number = tags.labels.index(mention.label)
    columns = [int(tags.begin[number]), int(tags.inside[number])]
    calibration = getattr(getattr(model, "manifest", None), "calibration", {})
    temperature = max(float(calibration.get("temperature", 1.0)), 1e-3)

    def score(made: Sequence[Variant]) -> list[float]:
        encodings = model.tokenizer.encode([item.text for item in made])
        result = [0.0] * len(made)
        for row, logits in model.logits(encodings, ctx):
            encoding, target = encodings[row], made[row].target
            inside = (encoding.starts < target.end) & (encoding.ends > target.start)
            if inside.any():
                chances = softmax(logits[inside] / temperature)[:, columns].sum(axis=1)
                result[row] = float(chances.mean())
        return result

    text = place.of(document.text)
    target = Span(mention.span.start - place.start, min(mention.span.end, place.end) - place.start)
    words, before, after = weigh(text, target, place.start, score, _LEAST)
    return Explanation("entity", mention.text, place, mention.page, words, "occlusion", before, after)


def explain_answer(
    document: Document, question: str, answer: Answer, reader: SpanExtractor, encoder: Encoder, ctx: JobContext
) -> Explanation:
    """The words of its sentence that make ``answer`` the answer to ``question``.

    Measured is the reader's probability of a span at the answer's place. Where the reader does not mark it in this
    sentence alone (a yes or no, a definition), it is the likeness of sentence and question. Raises Cancelled.
    """
    ctx.check()
    ctx.report(Progress("answering", 0, 1))
    place = Span(answer.sentence.start, min(answer.sentence.end, answer.sentence.start + LONGEST))
    if not place.start <= answer.span.start < place.end:
        place = Span(answer.span.start, answer.span.end)
    text = place.of(document.text)
    target = Span(answer.span.start - place.start, min(answer.span.end, place.end) - place.start)
    asked = bare_question(question)

    def margins(made: Sequence[Variant]) -> list[float]:
        found = reader.spans(asked, [item.text for item in made], ctx)
        best = []
        for item, candidates in zip(made, found, strict=True):
            here = [c.margin for c in candidates if c.start < item.target.end and item.target.start < c.end]
            best.append(max(here, default=-20.0))
        return best

    whole = len(answer.span) >= 0.9 * len(answer.sentence)
    if not whole and margins([Variant(text, target)])[0] > -10:
        scale, bias = float(reader.calibration.get("temperature", 1.0)) or 1.0, reader.calibration.get("bias", 0.0)
        words, before, after = weigh(text, target, place.start, margins, _LEAST_MARGIN)
        sure, unsure = _logistic(before / scale + bias), _logistic(after / scale + bias)
    else:
        vector = encoder.embed([asked], "query", ctx)[0]
        words, sure, unsure = weigh(
            text,
            Span(0, 0),
            place.start,
            lambda made: (encoder.embed([item.text for item in made], "passage", ctx) @ vector).tolist(),
        )
    ctx.report(Progress("answering", 1, 1))
    return Explanation("answer", question, place, answer.page, words, "occlusion", sure, unsure)


def explain_type(
    document: Document, label: str, place: Span, number: int, vectors: TypeVectors, encoder: Encoder, ctx: JobContext
) -> Explanation:
    """The words of the sentence at ``place`` that speak for type ``number`` of ``vectors`` against the others.

    Measured as in :mod:`assistant.tasks.classify`: how much nearer the sentence is to the type's description and its
    nearest prototype than to those of the other types. Raises Cancelled.
    """

    def score(made: Sequence[Variant]) -> list[float]:
        rows = encoder.embed([item.text for item in made], "passage", ctx)
        near = 0.5 * vectors.nearest(rows) + 0.5 * (rows @ vectors.descriptions.T) - vectors.nearness.mean(axis=1)
        others = np.delete(near, number, axis=1)
        gain = near[:, number] - (others.mean(axis=1) if others.shape[1] else 0.0)
        # As the sentences that decided are scored; 0.06 is a sentence that tells the type well.
        return [float(value) for value in np.clip(gain / 0.06, -1, 1)]

    ctx.check()
    place = Span(place.start, min(place.end, place.start + LONGEST))
    words, before, after = weigh(place.of(document.text), Span(0, 0), place.start, score, _LEAST)
    return Explanation("type", label, place, document.page_at(place.start), words, "occlusion", before, after)


def explain_sentence(
    index: DocumentIndex, evidence: Evidence, salience: SalienceModel | None, encoder: Encoder, ctx: JobContext
) -> Explanation:
    """The words that make a sentence worth its place in the summary.

    Measured is the trained head's probability of the sentence among its neighbours; without the head, how near it is to
    the document's subject. Its place and the type's aspects, which count too, are not words. Raises Cancelled.
    """
    ctx.check()
    document = index.document
    place = Span(evidence.span.start, min(evidence.span.end, evidence.span.start + LONGEST))
    row = next((n for n, item in enumerate(index.sentences) if item.span.overlaps(place)), 0)
    first, stop = max(0, row - _AROUND), row + _AROUND
    around = index.sentence_vectors[first:stop]
    lengths = [len(item.span) for item in index.sentences[first:stop]]
    centroid = index.centroid()

    def score(made: Sequence[Variant]) -> list[float]:
        rows = encoder.embed([item.text for item in made], "passage", ctx)
        if salience is None:
            return [float(value) for value in rows @ centroid]
        result = []
        for item, vector in zip(made, rows, strict=True):
            ctx.check()
            changed: FloatArray = around.copy()
            changed[row - first] = vector
            sizes = [*lengths[: row - first], len(item.text), *lengths[row - first + 1 :]]
            result.append(float(salience.scores(changed, sizes)[row - first]))
        return result

    words, before, after = weigh(place.of(document.text), Span(0, 0), place.start, score, _LEAST)
    return Explanation("summary", evidence.text, place, evidence.page, words, "occlusion", before, after)


def _method(source: str) -> Literal["rule", "document", "user", "other"]:
    names: tuple[Literal["rule", "document", "user"], ...] = ("rule", "document", "user")
    return next((name for name in names if source.startswith(name)), "other")


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))
