from __future__ import annotations

import numpy as np
import pytest

from assistant.jobs import Context
from assistant.tasks.answerability import FEATURES, Answerability, Kind, Reading, Scope
from assistant.tasks.ask import ask
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import plain_document
from assistant.tasks.retrieval import retrieve
from assistant.types import Answers, Span
from helpers.small_models import SmallEncoder, SmallReader

FILLER = "\n\n".join(
    f"This long paragraph tells something about the {topic} and about nothing else. " * 10
    for topic in ("weather", "railways", "roses", "coffee")
)
TEXT = (
    f"{FILLER}\n\nFees\n\nThe annual fee for Contoso is 1,240,000 euros. The Supplier must insure the goods in transit."
    f"\n\n{FILLER}\n"
)


@pytest.fixture(scope="module")
def index() -> DocumentIndex:
    return DocumentIndex.build(plain_document(TEXT, "en"), SmallEncoder(), Context())


def scope_of(index: DocumentIndex, question: str) -> Scope:
    vector = SmallEncoder().embed([question], "query", Context())[0]
    return Scope(index, question, retrieve(index, question, vector, Context()), index.lexical())


def features(index: DocumentIndex, question: str, text: str, margin: float = 3.0) -> dict[str, float]:
    span = Span(TEXT.index(text), TEXT.index(text) + len(text))
    (passage,) = (number for number, item in enumerate(index.passages) if item.span.contains(span))
    row = scope_of(index, question).answer(Reading(span, passage, margin, -1.0, 2.0, 0))
    assert len(row) == len(FEATURES["answer"])
    return dict(zip(FEATURES["answer"], row.tolist(), strict=True))


def test_what_the_features_say_of_a_good_place_and_a_bad_one(index: DocumentIndex) -> None:
    question = "What is the annual fee for Contoso?"
    good, bad = features(index, question, "1,240,000"), features(index, question, "roses")
    for name in ("score", "in_sentence", "in_passage", "names_in_passage", "sentence_closeness"):
        assert good[name] > bad[name], name
    assert good["behind"] == 0 > bad["behind"]
    assert good["in_sentence"] == pytest.approx(1)
    assert bad["in_document"] == good["in_document"] == pytest.approx(1)
    assert good["margin"] == pytest.approx(0.6)
    assert good["cjk"] == good["cjk_margin"] == 0


def test_a_name_that_the_document_does_not_know_is_seen(index: DocumentIndex) -> None:
    known = features(index, "What is the annual fee for Contoso?", "1,240,000")
    foreign = features(index, "What is the annual fee for Microsoft?", "1,240,000")
    assert known["names_in_document"] == 1 > foreign["names_in_document"] == 0
    assert foreign["in_document"] < 1


def test_a_span_that_repeats_the_question_is_seen(index: DocumentIndex) -> None:
    question = "What is the annual fee?"
    assert features(index, question, "annual fee")["echo"] > features(index, question, "1,240,000")["echo"] == 0


def calibration(kind: Kind, threshold: float, bias: float = 0.0, **weights: float) -> dict[str, float]:
    values = tuple(weights.get(name, 0.0) for name in FEATURES[kind])
    return Answerability(kind, values, bias, threshold).calibration()


def test_weights_survive_the_manifest_and_others_are_refused() -> None:
    stored = calibration("answer", 0.3, bias=-1.5, margin=2.0)
    again = Answerability.of("answer", stored)
    assert again is not None
    assert again.calibration() == stored
    row = np.zeros(len(FEATURES["answer"]))
    row[FEATURES["answer"].index("margin")] = 0.75
    assert again.probabilities([row, 0 * row]) == pytest.approx([0.5, 1 / (1 + np.exp(1.5))])
    assert again.probabilities([]).tolist() == []
    del stored["answer.margin"]
    assert Answerability.of("answer", stored) is None
    assert Answerability.of("evidence", stored) is None
    assert Answerability.of("answer", {"temperature": 2.0, "bias": 0.1, "threshold": 0.5}) is None


def put(index: DocumentIndex, question: str, stored: dict[str, float]) -> tuple[Answers, SmallReader]:
    reader = SmallReader(stored)
    return ask(index.document, index, SmallEncoder(), reader, question, Context()), reader


def test_the_fitted_threshold_decides(index: DocumentIndex) -> None:
    question = "What is the annual fee for Contoso?"
    stored = calibration("answer", 0.5, bias=-2.0, in_sentence=4.0)
    answers, _ = put(index, question, stored)
    assert answers.answer is not None
    assert answers.answer.text == "1,240,000"
    assert answers.answer.score == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-3)
    silent, _ = put(index, question, stored | {"answer.threshold": 0.95})
    assert silent.answer is None
    assert silent.alternatives[0].text == "1,240,000"


def test_yes_or_no_is_answered_by_the_sentence_that_tells_it(index: DocumentIndex) -> None:
    stored = calibration("evidence", 0.5, bias=-2.0, in_sentence=5.0)
    for values in (stored, {}):
        answers, reader = put(index, "Must the supplier insure the goods in transit?", values)
        assert answers.answer is not None
        assert answers.answer.text == "The Supplier must insure the goods in transit."
        assert answers.answer.span == answers.answer.sentence
        assert reader.read == []
        silent, _ = put(index, "Is there a dress code for lawyers in Antarctica?", values)
        assert silent.answer is None
