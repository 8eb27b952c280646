from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.labelling import Labels
from assistant.labelling.queue import ReadDocument
from assistant.store.labels import LabelStore
from assistant.types import Classification, Document, Entities, LabelScore, Mention
from helpers.labels import document, mention, places, span_of

TEXT = "Anna Berg of Acme Ltd met Otto Wall in Hamburg on 3 May 2021.\nThe Elbe flows past the Old Mill.\n"


class Profile:
    """Labels, and what was read lately."""

    def __init__(self, folder: Path) -> None:
        self.read: list[ReadDocument] = []
        self.labels = Labels(LabelStore(folder / "labels.db"), read_lately=lambda: self.read)


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Profile]:
    made = Profile(tmp_path)
    yield made
    made.labels.close()


def _found(text: Document, *mentions: Mention) -> ReadDocument:
    return ReadDocument(text, Entities((), tuple(sorted(mentions, key=lambda one: one.span)), "m"), None)


def test_the_least_certain_comes_first_and_labels_take_it_off(profile: Profile) -> None:
    text = document(TEXT)
    found = _found(
        text,
        mention(text, "Anna Berg", "PERSON", 0.99),
        mention(text, "Acme Ltd", "PERSON", 0.52),
        mention(text, "Otto Wall", "PERSON", 0.75),
        mention(text, "3 May 2021", "PERSON", 0.5, source="rule:date"),
    )
    profile.read = [found]
    order = profile.labels.queue(10)
    assert [item.text for item in order] == ["Acme Ltd", "Otto Wall", "Anna Berg"]
    assert order[0].reason == "uncertain"
    assert (order[0].span, order[0].page, order[0].source) == (span_of(text, "Acme Ltd"), 1, "model:m@1")
    assert order[0].gain > order[1].gain > order[2].gain >= 0
    assert [item.text for item in profile.labels.queue(1)] == ["Acme Ltd"]
    profile.labels.reject(text, mention(text, "Acme Ltd", "PERSON"))
    assert [item.text for item in profile.labels.queue(10)] == ["Otto Wall", "Anna Berg"]


def test_rare_types_come_before_common_ones(profile: Profile) -> None:
    text = document(TEXT)
    for number in range(20):
        other = document(f"Clerk{number} came.", f"/docs/{number}.txt")
        profile.labels.add(other, "entity", "PERSON", span_of(other, f"Clerk{number}"))
    profile.read = [_found(text, mention(text, "Anna Berg", "PERSON", 0.8), mention(text, "Old Mill", "WORK", 0.8))]
    first, second = profile.labels.queue(10)
    assert (first.value, first.reason) == ("WORK", "rare")
    assert second.value == "PERSON"


def test_the_same_thing_is_not_asked_for_twice_in_a_row(profile: Profile) -> None:
    same = [document(f"The clerk of the court is Anna Berg today.{' ' * n}", f"/docs/{n}.txt") for n in range(4)]
    new = document("Zürich welcomes Otto Wall.", "/docs/z.txt")
    profile.read = [_found(one, mention(one, "Anna Berg", "PERSON", 0.55)) for one in same]
    profile.read.append(_found(new, mention(new, "Otto Wall", "PERSON", 0.6)))
    assert [item.text for item in profile.labels.queue(2)] == ["Anna Berg", "Otto Wall"]


def test_documents_without_a_type_are_asked_for(profile: Profile) -> None:
    scores = (LabelScore("contract", 0.36), LabelScore("invoice", 0.34), LabelScore("letter", 0.3))
    text = document(TEXT)
    profile.read = [ReadDocument(text, None, Classification(scores, None, (), "e5"))]
    (item,) = profile.labels.queue()
    assert (item.kind, item.value, item.reason, item.span) == ("type", "contract", "untouched", None)
    profile.labels.add(text, "type", "letter", None)
    assert profile.labels.queue() == ()


def test_counts_say_how_many_more_are_needed(profile: Profile) -> None:
    labels = profile.labels
    assert labels.counts().rows == ()
    for number in range(20):
        text = document(f"Clerk{number} and Judge{number}.", f"/docs/{number}.txt")
        labels.add(text, "entity", "PERSON", span_of(text, f"Clerk{number}"))
        if number < 2:
            labels.add(text, "entity", "PERSON", span_of(text, f"Judge{number}"), verdict="no")
            labels.add(text, "type", "note", None)
            labels.add(text, "answer", f"Who? {number}", None, verdict="no")
    rows = {(row.kind, row.value): row for row in labels.counts().rows}
    person = rows["entity", "PERSON"]
    assert (person.labels, person.rejected, person.needed) == (20, 2, 0)
    assert rows["type", "note"].needed == 6
    answers = rows["answer", ""]
    assert (answers.labels, answers.rejected, answers.needed) == (2, 0, 28)


def test_all_above_a_confidence_are_accepted_in_one_step(profile: Profile) -> None:
    text = document(TEXT)
    read = _found(
        text,
        mention(text, "Anna Berg", "PERSON", 0.99),
        mention(text, "Acme Ltd", "ORGANIZATION", 0.9),
        mention(text, "Otto Wall", "PERSON", 0.89),
    )
    assert read.entities is not None
    assert len(profile.labels.accept_above(text, read.entities, 0.9)) == 2
    assert places(profile.labels.of(text)) == [
        ("entity", "PERSON", "Anna Berg"),
        ("entity", "ORGANIZATION", "Acme Ltd"),
    ]
    assert [one.text for one in profile.labels.suggestions(text, read.entities)] == ["Otto Wall"]
    profile.labels.undo()
    assert profile.labels.of(text) == ()
    assert profile.labels.accept_above(text, read.entities, 1.0) == ()


def test_disagreements(profile: Profile) -> None:
    labels = profile.labels
    text = document(TEXT)
    labels.add(text, "entity", "PERSON", span_of(text, "Anna Berg"))
    labels.add(text, "entity", "ORGANIZATION", span_of(text, "Anna Berg of Acme Ltd"))
    other = document("Washington: ANNA  BERG is a ship.", "/docs/b.txt")
    labels.add(other, "entity", "PRODUCT", span_of(other, "ANNA  BERG"))
    labels.add(other, "entity", "LOCATION", span_of(other, "Washington"), verdict="no")
    found = [(one.reason, [label.value for label in one.labels]) for one in labels.disagreements()]
    assert found == [("overlap", ["PERSON", "ORGANIZATION"]), ("same_text", ["PERSON", "PRODUCT"])]


def test_near_duplicates_that_are_labelled_differently(profile: Profile) -> None:
    labels = profile.labels
    words = " ".join(f"word{number}" for number in range(300))
    one = document(f"{words} Anna Berg lives in Hamburg.", "/docs/1.txt")
    two = document(f"{words} Anna Berg lives in Hamburg!", "/docs/2.txt")
    far = document("Anna Berg lives in Hamburg. " + words[::-1], "/docs/3.txt")
    for text, kind in ((one, "contract"), (two, "invoice"), (far, "letter")):
        labels.add(text, "type", kind, None)
    labels.add(one, "entity", "PERSON", span_of(one, "Anna Berg"))
    labels.add(two, "entity", "LOCATION", span_of(two, "Hamburg"))
    labels.add(far, "entity", "PERSON", span_of(far, "Anna Berg"))
    found = [(one.reason, one.text, [label.value for label in one.labels]) for one in labels.disagreements()]
    assert found == [
        ("near_duplicate", "1", ["contract", "invoice"]),
        ("near_duplicate", "2", ["PERSON"]),
        ("near_duplicate", "1", ["LOCATION"]),
    ]
