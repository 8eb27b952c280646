from __future__ import annotations

import numpy as np
import pytest

from assistant.jobs import Context
from assistant.tasks.classify import TypeEmbedder, classify
from assistant.tasks.document_types import DocumentType
from assistant.tasks.few_shot import Examples, FewShotClassifier, document_vector
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import plain_document
from helpers.small_models import WIDTH, SmallEncoder

LABELS = ("invoice", "recipe", "letter")


def clouds(each: int, seed: int = 0, labels: int = 3) -> tuple[np.ndarray, list[str]]:
    """Classes as noisy clouds in a narrow cone, as E5's vectors are."""
    directions = np.random.default_rng(7).normal(size=(4, 64))
    rng = np.random.default_rng(seed)
    rows = [
        4 * directions[3] + directions[label] + 1.6 * rng.normal(size=64)
        for label in range(labels)
        for _ in range(each)
    ]
    vectors = np.array(rows) / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors.astype(np.float32), [LABELS[label] for label in range(labels) for _ in range(each)]


def accuracy(each: int, prior: np.ndarray | None = None) -> float:
    asked, gold = clouds(60, seed=99)
    right = []
    for seed in range(5):
        vectors, labels = clouds(each, seed)
        chances = FewShotClassifier(LABELS, Examples(vectors, tuple(labels))).probabilities(asked, prior)
        right.append(np.mean([LABELS[n] == label for n, label in zip(chances.argmax(axis=1), gold, strict=True)]))
    return float(np.mean(right))


def test_more_examples_are_better() -> None:
    scores = [accuracy(each) for each in (1, 2, 4, 8, 16)]
    assert scores == sorted(scores)
    assert scores[0] > 0.4
    assert scores[-1] > 0.9


def test_without_examples_it_says_what_zero_shot_says() -> None:
    learned = FewShotClassifier(LABELS, Examples(np.zeros((0, 64), dtype=np.float32), ()))
    prior = np.array([[0.2, 0.7, 0.1]])
    assert np.allclose(learned.probabilities(clouds(1)[0][:1], prior), prior)
    assert np.allclose(learned.probabilities(clouds(1)[0][:1]), 1 / 3)


def test_zero_shot_helps_most_while_there_are_few_examples() -> None:
    gold = clouds(60, seed=99)[1]
    rng = np.random.default_rng(3)
    prior = np.array([[0.5 if label == name else 0.25 for label in LABELS] for name in gold])
    prior[rng.random(len(prior)) < 0.3] = 1 / 3
    gains = [accuracy(each, prior) - accuracy(each) for each in (1, 16)]
    assert gains[0] > 0.03
    assert gains[0] > gains[1]


def test_a_label_without_examples_stays_possible() -> None:
    vectors, labels = clouds(8, labels=2)
    learned = FewShotClassifier(LABELS, Examples(vectors, tuple(labels)))
    letters = clouds(20, seed=99)[0][40:]
    prior = np.tile([0.2, 0.2, 0.6], (20, 1))
    assert (learned.probabilities(letters, prior).argmax(axis=1) == 2).mean() > 0.8


def test_one_example_of_one_label_speaks_for_a_near_copy_only() -> None:
    vectors, _ = clouds(1)
    learned = FewShotClassifier(LABELS, Examples(vectors[:1], ("invoice",)))
    chances = learned.probabilities(np.stack([vectors[0], -vectors[0]]))
    assert chances[0, 0] > 0.9
    assert chances[1, 0] < 1 / 3


def test_rows_sum_to_one_and_the_same_examples_give_the_same() -> None:
    vectors, labels = clouds(5)
    asked = clouds(3, seed=5)[0]
    first = FewShotClassifier(LABELS, Examples(vectors, tuple(labels))).probabilities(asked)
    again = FewShotClassifier(LABELS, Examples(vectors, tuple(labels))).probabilities(asked)
    assert np.allclose(first.sum(axis=1), 1)
    assert np.array_equal(first, again)


def test_an_empty_document_teaches_nothing_and_gets_the_prior_order() -> None:
    vectors, labels = clouds(2)
    empty = np.zeros((1, 64), dtype=np.float32)
    plain = FewShotClassifier(LABELS, Examples(vectors, tuple(labels)))
    padded = FewShotClassifier(LABELS, Examples(np.concatenate([vectors, empty]), (*labels, "letter")))
    asked = clouds(3, seed=5)[0]
    assert np.allclose(plain.probabilities(asked), padded.probabilities(asked))
    assert plain.probabilities(empty, np.array([[0.1, 0.8, 0.1]])).argmax() == 1


def test_wrong_examples_are_refused() -> None:
    with pytest.raises(ValueError, match="memo"):
        FewShotClassifier(LABELS, Examples(clouds(1)[0][:1], ("memo",)))
    with pytest.raises(ValueError, match="one label"):
        Examples(clouds(1)[0], ("invoice",))


def test_the_users_own_labels_turn_the_document_type() -> None:
    encoder = SmallEncoder()

    def build(text: str) -> DocumentIndex:
        return DocumentIndex.build(plain_document(text, "en"), encoder, Context())

    types = tuple(DocumentType(name, name, name, f"A text about {name}.", name) for name in ("music", "sailing"))
    sea = [build(f"The crew set the sails and left harbour {n} before the wind turned to the north.") for n in range(3)]
    tune = [build(f"The band played song {n} and the choir sang the refrain with drums and flute.") for n in range(3)]
    vectors = np.stack([document_vector(index) for index in (*sea[:2], *tune[:2])])
    assert vectors.shape == (4, WIDTH)
    # The user calls them the other way round; what the user says counts.
    examples = Examples(vectors, ("music", "music", "sailing", "sailing"))
    embedder = TypeEmbedder()
    for index, label in ((sea[2], "music"), (tune[2], "sailing")):
        found = classify(index.document, index, encoder, types, Context(), embedder, examples=examples)
        assert found.scores[0].label == label
        assert sum(item.score for item in found.scores) == pytest.approx(1)
