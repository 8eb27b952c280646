"""When a retrained reader's answers are shown: earlier weights, adapted to what it has not seen. No torch.

Training moves a reader's margins, so the weights that were fitted for the one before
(:mod:`assistant.training.answerability`) fit a little less; thrown away, the document could no longer be said not to
answer. The weights are therefore fitted anew on questions that were not trained on (the user's validation documents,
and whole documents of earlier data), with a Gaussian prior whose mean they are (Chelba & Acero 2006, "Adaptation of
maximum entropy capitalizer") and whose precision is the information of as many questions as they were fitted on: a
few dozen change little. The threshold is then moved to where as many of the earlier documents' unanswerable questions
get an answer as before. What is fitted for whole sentences does not depend on the reader and stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from assistant.inference.span_extractor import SpanExtractor
from assistant.jobs import JobContext
from assistant.tasks.answerability import Answerability
from assistant.tasks.base import Encoder
from assistant.training.answer_documents import (
    AskedDocument,
    Question,
    articles_of,
    asked_of_text,
    pooled,
    with_questions_of_others,
)
from assistant.training.answerability import Example, best_of, gather, penalized
from assistant.training.comparing import Held
from assistant.training.dataset import AnswerRow
from assistant.types import Document, Span

KNOWN = 300
"""Questions that the weights before stand for: about so many they were fitted on."""
RIDGE = 1.0
"""Beside that, in units of each feature's spread."""
ROOM = 0.15
"""How far the threshold may move: the documents that say where to are few."""
CHARACTERS = {"zh": 2500}
"""Of a document made of earlier paragraphs; 5,000 in other languages."""
_KEPT = ("answer.", "evidence.")


def refitted(
    before: Mapping[str, float],
    own: Sequence[AskedDocument],
    earlier: Sequence[AskedDocument],
    encoder: Encoder,
    old: SpanExtractor,
    new: SpanExtractor,
    ctx: JobContext,
) -> dict[str, float]:
    """Entries for the new reader's calibration; ``before`` is that of the reader ``old`` that it went on from.

    ``own`` and ``earlier`` are documents that the new reader was not trained on. Without any, or where ``before`` has
    no weights, what there is is carried over. Raises Cancelled.
    """
    carried = {name: value for name, value in before.items() if name.startswith(_KEPT)}
    prior = Answerability.of("answer", before)
    if prior is None or not (own or earlier):
        return carried
    seen = gather([*own, *earlier], encoder, new, ctx)["answer"]
    fitted = adapted(prior, seen)
    rest = [item for item in seen if item.document >= len(own)]
    asked_before = gather(earlier, encoder, old, ctx)["answer"] if rest else []
    return carried | replace(fitted, threshold=matched(fitted, rest, prior, asked_before)).calibration()


def adapted(prior: Answerability, examples: Sequence[Example], known: int = KNOWN) -> Answerability:
    """The weights that are most probable after ``examples``; Newton's method with halved steps."""
    some = [example for example in examples if len(example.features)]
    if not some:
        return prior
    rows = np.concatenate([example.features for example in some])
    right = np.concatenate([example.right for example in some]).astype(np.float64)
    weights = np.array(prior.weights)
    spread = rows.std(axis=0)
    # What is the same everywhere says nothing of its weight.
    moving = spread > 1e-3
    scale = spread[moving]
    offset = rows[:, ~moving] @ weights[~moving]
    inputs = np.concatenate([rows[:, moving] / scale, np.ones((len(rows), 1))], axis=1)
    start = np.append(weights[moving] * scale, prior.bias)
    chances = 1 / (1 + np.exp(-np.clip(inputs @ start + offset, -30, 30)))
    information = (inputs * (chances * (1 - chances))[:, None]).T @ inputs
    shrink = information * (known / len(some)) + RIDGE * np.eye(len(start))
    values = penalized(inputs, right, shrink, start, offset)
    weights[moving] = values[:-1] / scale
    return replace(prior, weights=tuple(weights.tolist()), bias=float(values[-1]))


def matched(
    new: Answerability, asked_now: Sequence[Example], old: Answerability, asked_before: Sequence[Example]
) -> float:
    """The least threshold at which no more unanswerable questions get an answer than the old reader gave one."""
    now = [best_of(new, example)[0] for example in asked_now if example.question.kind != "answerable"]
    then = [best_of(old, example)[0] for example in asked_before if example.question.kind != "answerable"]
    if not now or not then:
        return old.threshold
    share = sum(score >= old.threshold for score in then) / len(then)
    grid = np.arange(max(0.05, old.threshold - ROOM), min(0.95, old.threshold + ROOM) + 1e-9, 0.01)
    for threshold in grid:
        if sum(score >= threshold for score in now) / len(now) <= share:
            return float(round(threshold, 2))
    return float(round(grid[-1], 2))


def own_documents(examples: Sequence[Held], documents: Mapping[str, Document], most: int = 30) -> list[AskedDocument]:
    """The user's labelled questions (at most so many) as documents that are asked."""
    asked: dict[str, list[Question]] = {}
    for example in examples[:most]:
        places = tuple(Span(start, end) for start, end, _ in example.entities)
        kind = "answerable" if places else "hard"
        language = documents[example.document].language
        asked.setdefault(example.document, []).append(
            Question(example.text, language, "labels", kind, places)  # type: ignore[arg-type]
        )
    return [AskedDocument(documents[name], tuple(questions)) for name, questions in asked.items()]


def earlier_documents(rows: Sequence[AnswerRow], seed: int = 13) -> list[AskedDocument]:
    """Whole documents of earlier rows' paragraphs, with a few questions each, some of them other documents'."""
    made: list[AskedDocument] = []
    for language in dict.fromkeys(row.lang for row in rows):
        articles = articles_of(row for row in rows if row.lang == language)
        groups = pooled(articles, CHARACTERS.get(language, 5000))
        made += [asked_of_text(group, language) for group in groups]
    return with_questions_of_others(made, answerable=4, hard=3, other=2, seed=seed)
