"""Readers and summaries compared on the same held-out documents; when answers are shown after training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assistant.store import codecs
from assistant.tasks.answerability import FEATURES, Answerability
from assistant.tasks.plain import plain_document
from assistant.training.answer_documents import Question
from assistant.training.answer_examples import ABSENT, ANSWERED
from assistant.training.answerability import Example
from assistant.training.comparing import Held
from assistant.training.comparing_answers import compare_answers
from assistant.training.comparing_summaries import compare_summaries
from assistant.training.questions import SILENCE, Reply
from assistant.training.recalibrating import adapted, matched
from assistant.training.steps import ResultState
from assistant.types import Span

DOCUMENT = plain_document("The rent is 500 euros a month. Mary Jones lets the flat. It has a garden.", "en")
RENT, NAME = Span(12, 21), Span(31, 41)


def held(question: str, *answers: Span, document: str = "a") -> Held:
    entities = tuple((span.start, span.end, ANSWERED) for span in answers)
    return Held(document, "/a", "A", 0, question, entities, label=ANSWERED if answers else ABSENT)


def said(span: Span, score: float = 0.9, *, shown: bool = True) -> Reply:
    return Reply(span.start, span.end, span.of(DOCUMENT.text), score, shown)


EXAMPLES = [held("rent?", RENT), held("who?", NAME), held("court?", document="b"), held("insurance?", document="b")]
NEW = [said(RENT), said(Span(31, 35)), SILENCE, said(NAME)]
OLD = [said(RENT, shown=False), said(NAME), said(RENT), said(NAME)]


def test_questions_by_hand() -> None:
    documents = {"a": DOCUMENT, "b": DOCUMENT}
    assert RENT.of(DOCUMENT.text) == "500 euros"
    assert NAME.of(DOCUMENT.text) == "Mary Jones"
    result = compare_answers("r", "mine@1", "answers@4", EXAMPLES, documents, NEW, OLD)
    # "Mary" of "Mary Jones" has an F1 of two thirds.
    assert result.overall.f1.value == pytest.approx((1 + 2 / 3 + 1 + 0) / 4, abs=1e-4)
    assert result.before is not None
    assert result.before.value == pytest.approx(1 / 4)
    assert result.difference is not None
    assert result.difference.value == pytest.approx((1 + 2 / 3 + 1) / 4 - 1 / 4, abs=1e-4)
    figures = {row.name: (row.value.value, row.before.value if row.before else None) for row in result.figures}
    assert figures["exact"] == (0.5, 0.25)
    assert figures["no_answer"] == (0.5, 0.0)
    assert figures["right_place"] == (1.0, 0.5)
    assert figures["answered_f1"][0] == pytest.approx(5 / 6, abs=1e-4)
    answered, absent = result.classes
    assert (answered.gold, answered.found) == (2, 3)
    assert (absent.gold, absent.found, absent.right) == (2, 1, 1)
    assert absent.precision.value == 1.0
    assert result.confusion == ((2, 0), (1, 1))
    assert (result.changed_better, result.changed_worse) == (2, 1)
    first = result.changed[0]
    assert (first.better, first.place.text, first.before, first.after) == (False, "who?", "Mary Jones", "Mary")
    assert (result.documents, result.rows) == (2, 4)
    assert codecs.decode(ResultState, codecs.encode(result)) == result


def test_summaries_by_hand() -> None:
    first, second, third = Span(0, 30), Span(31, 56), Span(57, 73)
    examples = [Held("a", "/a", "A", 0, "A", ((0, 30, "MARKED"), (31, 56, "MARKED")))]
    result = compare_summaries("r", "mine@1", "summary@2", examples, {"a": DOCUMENT}, [[first, second]], [[third]])
    assert result.overall.f1.value == 1.0
    assert result.verdict == "same", "one document proves nothing"
    assert result.classes[0].precision.value == 1.0
    assert (result.changed_better, result.changed_worse) == (3, 0)
    with_reference = [replace(examples[0], entities=(), reference="It has a garden.")]
    other = compare_summaries("r", "m", "", with_reference, {"a": DOCUMENT}, [[third]], None)
    assert other.overall.f1.value == 1.0
    assert other.classes == ()
    assert codecs.decode(ResultState, codecs.encode(result)) == result


PRIOR = Answerability("answer", tuple(0.1 for _ in FEATURES["answer"]), -1.0, 0.4)


def asked(kind: str, rows: list[list[float]], right: list[bool], document: int = 0) -> Example:
    question = Question("q?", "en", "labels", kind, ())  # type: ignore[arg-type]
    return Example(document, question, np.array(rows, dtype=float), np.array(right))


def test_few_examples_change_little_and_many_change_more() -> None:
    assert adapted(PRIOR, []) == PRIOR
    rng = np.random.default_rng(3)
    width = len(FEATURES["answer"])

    def some(count: int) -> list[Example]:
        made = []
        for _ in range(count):
            rows = rng.normal(size=(4, width))
            made.append(asked("answerable", rows.tolist(), [bool(row[0] > 0.5) for row in rows]))
        return made

    moved = [abs(adapted(PRIOR, some(count)).weights[0] - PRIOR.weights[0]) for count in (3, 60, 1500)]
    assert moved[0] < 0.1 < moved[1] < 0.8 < moved[2], moved
    # What is the same everywhere keeps its weight.
    flat = [asked("answerable", [[1.0] * width, [1.0] * width], [True, False])]
    assert adapted(PRIOR, flat).weights == PRIOR.weights


def test_the_threshold_gives_no_more_false_answers_than_before() -> None:
    width = len(FEATURES["answer"])
    silent = [asked("hard", [[value] * width], [False]) for value in (-3.0, -1.0, 0.0, 0.2, 0.3, 0.4, 0.5, 0.6)]
    bolder = replace(PRIOR, bias=PRIOR.bias + 0.3)
    threshold = matched(bolder, silent, PRIOR, silent)
    assert threshold > PRIOR.threshold

    def answered(model: Answerability, limit: float) -> int:
        return sum(model.probabilities(list(example.features))[0] >= limit for example in silent)

    assert answered(bolder, threshold) <= answered(PRIOR, PRIOR.threshold) < answered(bolder, PRIOR.threshold)
    assert matched(bolder, [], PRIOR, silent) == PRIOR.threshold
