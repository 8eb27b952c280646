from __future__ import annotations

import numpy as np
import pytest

from assistant.jobs import Context
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import plain_document
from assistant.tasks.retrieval import closeness, fuse, relevance, retrieve, standard
from helpers.small_models import SmallEncoder

TEXT = "\n\n".join(
    f"This is a long paragraph about the {topic} and about nothing else that one might ask for. " * 9
    for topic in ("weather", "railways", "roses", "coffee", "chess")
)


@pytest.fixture(scope="module")
def index() -> DocumentIndex:
    return DocumentIndex.build(plain_document(TEXT, "en"), SmallEncoder(), Context())


def asked(index: DocumentIndex, question: str) -> list[int]:
    vector = SmallEncoder().embed([question], "query", Context())[0]
    return list(retrieve(index, question, vector, Context()).order)


def test_the_passage_that_shares_the_telling_word_is_first(index: DocumentIndex) -> None:
    for question, word in (("Who grows coffee?", "coffee"), ("Are there roses?", "roses")):
        best = index.passages[asked(index, question)[0]]
        assert word in best.span.of(index.document.text)


def test_a_clear_lead_in_words_outweighs_a_small_one_in_meaning() -> None:
    # Ranks alone cannot tell: 1, 2, 3 against 2, 1, 3 in both.
    words = np.array([9.0, 1.0, 0.5, 0.5], dtype=np.float32)
    meaning = np.array([0.830, 0.832, 0.80, 0.79], dtype=np.float32)
    assert int(np.argmax(fuse(words, meaning))) == 0
    assert int(np.argmax(fuse(words[::-1], meaning[::-1]))) == 3


def test_without_a_shared_word_meaning_decides() -> None:
    meaning = np.array([0.80, 0.84, 0.81], dtype=np.float32)
    assert np.argsort(-fuse(np.zeros(3, dtype=np.float32), meaning)).tolist() == [1, 2, 0]


@pytest.mark.parametrize("values", [[], [3.0], [2.0, 2.0, 2.0]])
def test_standard_scores_of_what_does_not_vary_are_zero(values: list[float]) -> None:
    assert standard(np.array(values)).tolist() == [0.0] * len(values)


def test_standard_scores() -> None:
    scores = standard(np.array([1.0, 2.0, 3.0, 4.0]))
    assert scores.mean() == pytest.approx(0)
    assert scores.std() == pytest.approx(1)


def test_relevance_grows_with_the_cosine_and_knows_the_languages_scale() -> None:
    assert relevance(0.83, "What is it?") == pytest.approx(0.5)
    assert relevance(0.88, "这是什么？") == pytest.approx(0.5)
    assert relevance(0.80, "What is it?") < 0.2 < 0.9 < relevance(0.87, "What is it?")
    assert closeness(0.845, "What is it?") == pytest.approx(1.0)
