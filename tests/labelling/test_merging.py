from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.labelling import Labels
from assistant.labelling.merging import merge, unlabelled
from assistant.store.labels import LabelStore
from assistant.types import Document, Entities, Label, Mention, Span
from helpers.labels import document, mention, span_of

TEXT = "Anna Berg of Acme Ltd met Anna Berg and Otto Wall in Hamburg on 3 May 2021.\n"


@pytest.fixture
def text() -> Document:
    return document(TEXT)


@pytest.fixture
def entities(text: Document) -> Entities:
    date = mention(text, "3 May 2021", "DATE", 1.0, "rule:date")
    mentions = (
        mention(text, "Anna Berg", "PERSON"),
        mention(text, "Acme", "ORGANIZATION"),
        mention(text, "Hamburg", "PERSON"),
        Mention(date.span, 1, date.text, "DATE", 1.0, "rule:date", "2021-05-03"),
    )
    return Entities((), mentions, "m@1")


def _rows(entities: Entities) -> list[tuple[str, str, str]]:
    return [(one.text, one.label, one.source) for one in entities.mentions]


def test_labels_lie_over_what_models_found(tmp_path: Path, text: Document, entities: Entities) -> None:
    labels = Labels(LabelStore(tmp_path / "labels.db"))
    assert labels.merged(text, entities) is entities
    labels.reject(text, mention(text, "Hamburg", "PERSON"))
    labels.add(text, "entity", "ORGANIZATION", span_of(text, "Acme Ltd"))
    labels.add(text, "entity", "PERSON", span_of(text, "Anna Berg", 1))
    labels.accept(text, mention(text, "3 May 2021", "DATE"))
    merged = labels.merged(text, entities)
    assert _rows(merged) == [
        ("Anna Berg", "PERSON", "model:m@1"),
        ("Acme Ltd", "ORGANIZATION", "user"),
        ("Anna Berg", "PERSON", "user"),
        ("3 May 2021", "DATE", "user"),
    ]
    assert merged.mentions[-1].value == "2021-05-03", "what a rule worked out stays"
    assert {(one.label, one.name, len(one.mentions)) for one in merged.entities} == {
        ("PERSON", "Anna Berg", 2),
        ("ORGANIZATION", "Acme Ltd", 1),
        ("DATE", "3 May 2021", 1),
    }
    assert labels.suggestions(text, entities) == (mention(text, "Anna Berg", "PERSON"),)
    labels.close()


def test_rejecting_one_type_lets_another_be_suggested(text: Document, entities: Entities, tmp_path: Path) -> None:
    labels = Labels(LabelStore(tmp_path / "labels.db"))
    labels.add(text, "entity", "LOCATION", span_of(text, "Hamburg"), verdict="no")
    assert ("Hamburg", "PERSON", "model:m@1") in _rows(labels.merged(text, entities))
    labels.close()


_SPANS = st.tuples(st.integers(0, 70), st.integers(1, 6)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
_LABELS = st.lists(st.tuples(_SPANS, st.sampled_from(["A", "B"]), st.sampled_from(["yes", "no"])), max_size=12)


@given(_LABELS, st.lists(st.tuples(_SPANS, st.sampled_from(["A", "B"])), max_size=12))
def test_merged_mentions_never_overlap_and_hold_every_label_that_can_be_shown(
    spoken: list[tuple[Span, str, str]], found: list[tuple[Span, str]]
) -> None:
    text = document(TEXT)
    labels = [
        Label(
            str(n), text.sha256, "entity", value, "yes" if verdict == "yes" else "no", text.anchor(span), "", "user", n
        )
        for n, (span, value, verdict) in enumerate(spoken)
    ]
    mentions: list[Mention] = []
    for span, value in sorted(found):
        if not mentions or mentions[-1].span.end <= span.start:
            mentions.append(Mention(span, 1, span.of(TEXT), value, 0.7, "model:m@1"))
    entities = Entities((), tuple(mentions), "m@1")
    merged = merge(labels, entities, text)
    spans = [one.span for one in merged.mentions]
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert sorted(
        one.span for entity in merge(labels, entities, text).entities for one in entity.mentions
    ) == spans or (not spoken)
    yes = [label for label in labels if label.verdict == "yes"]
    for label in yes:
        assert label.anchor is not None
        newer = [other for other in yes if other.anchor is not None and other.time > label.time]
        if not any(other.anchor and other.anchor.span.overlaps(label.anchor.span) for other in newer):
            assert (label.anchor.span, label.value) in {(one.span, one.label) for one in merged.mentions}
    refused = {(one.anchor.span, one.value) for one in labels if one.verdict == "no" and one.anchor}
    kept = [one for one in merged.mentions if one.source != "user"]
    assert not [one for one in kept if any(span.overlaps(one.span) and value == one.label for span, value in refused)]
    assert list(unlabelled(labels, entities)) == kept
