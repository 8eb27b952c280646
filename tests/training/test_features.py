"""Targets worked out by hand on real sentences with the real tokenizer."""

from __future__ import annotations

import random

import numpy as np
import pytest

from assistant.inference.tokenizer import BOS, EOS, Tokenizer
from assistant.paths import bundled
from assistant.training.dataset import AnswerRow, EntityRow, LabelledSpan
from assistant.training.features import (
    IGNORE,
    answer_features,
    bio_labels,
    join_sentences,
    token_features,
    windows,
)

LABELS = ("PERSON", "LOCATION")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(bundled("models") / "base" / "tokenizer.npz")


def row(text: str, *marks: tuple[str, str], ignored: tuple[str, ...] = (), doc: str | None = "d") -> EntityRow:
    spans = tuple(LabelledSpan(text.index(name), text.index(name) + len(name), label) for name, label in marks)
    masked = tuple((text.index(name), text.index(name) + len(name)) for name in ignored)
    return EntityRow("1", doc, "train", "en", "test", text, spans, masked)


def targets(tokenizer: Tokenizer, source: EntityRow, unmarked: frozenset[str] = frozenset()) -> dict[str, list[int]]:
    """Target of each piece, by its text (pieces of one text in a list)."""
    (feature,) = token_features([source], tokenizer, LABELS, unmarked, 0)
    (encoding,) = tokenizer.encode([source.text])
    assert feature.ids.tolist() == [BOS, *encoding.ids.tolist(), EOS]
    assert feature.targets[0] == feature.targets[-1] == IGNORE
    found: dict[str, list[int]] = {}
    for start, end, target in zip(encoding.starts, encoding.ends, feature.targets[1:-1], strict=True):
        found.setdefault(source.text[start:end].strip(), []).append(int(target))
    return found


def test_tags() -> None:
    assert bio_labels(LABELS) == ("O", "B-PERSON", "I-PERSON", "B-LOCATION", "I-LOCATION")


def test_names_begin_and_go_on(tokenizer: Tokenizer) -> None:
    found = targets(tokenizer, row("Mary Smith lives in Paris.", ("Mary Smith", "PERSON"), ("Paris", "LOCATION")))
    assert found == {"Mary": [1], "Smith": [2], "lives": [0], "in": [0], "Paris": [3], ".": [0]}


def test_chinese_names_in_the_middle_of_a_line(tokenizer: Tokenizer) -> None:
    text = "他住在北京市，不在上海。"
    found = targets(tokenizer, row(text, ("北京", "LOCATION"), ("上海", "LOCATION")))
    # Pieces cut across names here; one belongs to the name that makes up most of it.
    assert found == {"他": [0], "住在": [0], "北京市": [3], "，": [0], "不": [0], "在上海": [3], "。": [0]}


def test_ignored_and_foreign_mentions_are_masked(tokenizer: Tokenizer) -> None:
    text = "Mary saw Windows in Paris."
    found = targets(tokenizer, row(text, ("Paris", "LOCATION"), ("Windows", "PRODUCT"), ignored=("Mary",)))
    assert (found["Mary"], found["Windows"], found["Paris"], found["in"]) == ([IGNORE], [IGNORE], [3], [0])


def test_an_entity_wins_over_an_ignored_mention(tokenizer: Tokenizer) -> None:
    found = targets(tokenizer, row("In Paris today", ("Paris", "LOCATION"), ignored=("In Paris today",)))
    assert (found["Paris"], found["In"]) == ([3], [IGNORE])


def test_labels_that_the_source_does_not_mark_are_masked(tokenizer: Tokenizer) -> None:
    source = row("Mary lives in Paris.", ("Mary", "PERSON"), ("Paris", "LOCATION"))
    found = targets(tokenizer, source, frozenset({"LOCATION"}))
    assert (found["Mary"], found["Paris"]) == ([1], [IGNORE])


def test_long_rows_become_windows_without_loss(tokenizer: Tokenizer) -> None:
    source = row("Paris is big. " * 30, ("Paris", "LOCATION"))
    (encoding,) = tokenizer.encode([source.text])
    features = token_features([source], tokenizer, LABELS, frozenset(), 1, max_tokens=32)
    assert max(len(feature.ids) for feature in features) == 32
    assert np.concatenate([feature.ids[1:-1] for feature in features]).tolist() == encoding.ids.tolist()
    assert {feature.open_set for feature in features} == {1}
    assert features[0].targets[1] == 3


def test_joined_sentences_keep_their_mentions() -> None:
    rows = [row(f"Sentence {number} of Mary.", ("Mary", "PERSON"), ignored=("of",)) for number in range(30)]
    rows += [row("Mary again.", ("Mary", "PERSON"), doc="other"), row("Mary alone.", ("Mary", "PERSON"), doc=None)]
    joined = join_sentences(rows, random.Random(1), limit=80)
    assert len(joined) < len(rows)
    assert sum(len(item.entities) for item in joined) == len(rows)
    for item in joined:
        assert len(item.text) < 80
        assert {item.text[span.start : span.end] for span in item.entities} == {"Mary"}
        assert {item.text[start:end] for start, end in item.ignored} <= {"of"}
    assert [item.text for item in joined[-2:]] == ["Mary again.", "Mary alone."]


def answer_row(context: str, *answers: str) -> AnswerRow:
    places = tuple((context.index(text), text) for text in answers)
    return AnswerRow("1", "train", "en", "test", "t", context, "Where does Mary live?", places)


def test_an_answer_is_its_pieces(tokenizer: Tokenizer) -> None:
    (feature,) = answer_features([answer_row("Mary Smith lives in New York City today.", "New York City")], tokenizer)
    pieces = tokenizer.encode(["New York City"])[0].ids.tolist()
    assert feature.ids[feature.start : feature.end + 1].tolist() == pieces
    question = tokenizer.encode(["Where does Mary live?"])[0].ids.tolist()
    assert feature.ids.tolist()[: len(question) + 3] == [BOS, *question, EOS, EOS]


def test_no_answer_points_at_the_first_piece(tokenizer: Tokenizer) -> None:
    (feature,) = answer_features([answer_row("Nobody lives here.")], tokenizer)
    assert (feature.start, feature.end) == (0, 0)


def test_windows_of_a_long_context_overlap_and_hold_the_answer(tokenizer: Tokenizer) -> None:
    context = "Nothing is said here. " * 20 + "Mary lives in Paris. " + "Nothing is said here. " * 20
    features = answer_features([answer_row(context, "Paris")], tokenizer, max_tokens=48, stride=12)
    paris = tokenizer.encode(["Paris"])[0].ids[0]
    answered = [feature for feature in features if feature.start]
    assert 0 < len(answered) < len(features)
    assert all(feature.ids[feature.start] == paris for feature in answered)
    # A window without the answer does not hold it.
    assert all(paris not in feature.ids for feature in features if not feature.start)
    kept = answer_features([answer_row(context, "Paris")], tokenizer, max_tokens=48, stride=12, empty_windows=0.0)
    assert len(kept) == len(answered)


@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 25, 100])
def test_windows_cover_everything(length: int) -> None:
    covered = {at for first in windows(length, 10, 4) for at in range(first, min(first + 10, length))}
    assert covered == set(range(length))
