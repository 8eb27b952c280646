"""Labels to rows, the split by document, and the checks before training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import MESSAGES
from assistant.training.examples import LONGEST, DocumentExamples, Options, entity_examples, repeats, type_examples
from assistant.training.preparation import Preparation
from assistant.training.readiness import Choices
from assistant.training.split import groups_of, split
from assistant.training.steps import Check, Parameters, Task
from assistant.types import LabelledDocument, Mention, Span
from helpers.labelled import clause_document, labelled

KNOWN = ("PERSON", "ORGANIZATION", "LOCATION")


def examples(*documents: LabelledDocument, without: Sequence[str] = ()) -> list[DocumentExamples]:
    return entity_examples(documents, None, Options(None, frozenset(without)), lambda: None)


def prepared(documents: Sequence[LabelledDocument], task: Task = "entities") -> Preparation:
    made = examples(*documents) if task == "entities" else type_examples(documents, Options(), lambda: None)
    return Preparation.of(task, made, KNOWN if task == "entities" else (), None)


def codes(preparation: Preparation) -> dict[str, Check]:
    found = {check.code: check for check in preparation.state().checks}
    assert set(found) <= set(MESSAGES)
    return found


TEXT = "Mary went to Rome. The weather was bad. John stayed in Oslo.\n\nNobody looked at this sentence about Karl."


def at(word: str, label: str) -> tuple[int, int, str]:
    return TEXT.index(word), TEXT.index(word) + len(word), label


def test_a_row_is_a_sentence_that_the_user_looked_at() -> None:
    document = labelled(TEXT, [at("Mary", "PERSON"), at("John", "PERSON")])
    (made,) = examples(document)
    # The sentence between two labelled ones was seen; the one after the last label may not have been.
    assert [row.text.strip() for row in made.rows] == [
        "Mary went to Rome.", "The weather was bad.", "John stayed in Oslo.",
    ]  # fmt: skip
    for row in made.rows:
        assert TEXT[row.start : row.start + len(row.text)] == row.text
        assert row.marks == {"PERSON"}
    assert [row.text[start:end] for row in made.rows for start, end, _ in row.entities] == ["Mary", "John"]


def test_a_suggestion_that_nobody_judged_is_masked_and_a_rejected_one_is_none() -> None:
    document = labelled(TEXT, [at("Mary", "PERSON")], no=[at("Rome", "LOCATION")])
    town, name = at("Rome", "LOCATION"), at("Mary", "PERSON")

    def suggest(_: LabelledDocument) -> list[Mention]:
        words = [town, name, (13, 17, "LOCATION"), (3, 4, "PERSON"), (8, 10, "EVENT")]
        return [Mention(Span(s, e), 1, TEXT[s:e], label, 0.9, "model:entities@2") for s, e, label in words]

    (made,) = entity_examples([document], suggest, Options(), lambda: None)
    (row,) = made.rows
    assert row.entities == (name,)
    assert row.marks == {"PERSON", "LOCATION"}
    # The judged places are known; a suggestion under a label counts as judged; EVENT is not marked here at all.
    assert row.ignored == ()
    (free,) = entity_examples([labelled(TEXT, [at("Rome", "PERSON")])], suggest, Options(), lambda: None)
    assert free.rows[0].ignored == ((0, 4), (3, 4))


def test_what_the_current_model_finds_of_other_labels_is_trained_on_but_not_tested(tmp_path: Path) -> None:
    from assistant.training.dataset import read_entities
    from assistant.training.labels_run import held_examples
    from assistant.training.preparation import HELD

    fillers = [" ".join(f"word{n * 20 + k}" for k in range(15)) for n in range(6)]
    documents = [labelled(f"Mary went to Rome for {filler}.", [(0, 4, "PERSON")]) for filler in fillers]

    def suggest(document: LabelledDocument) -> list[Mention]:
        at = document.text.index("Rome")
        return [Mention(Span(at, at + 4), 1, "Rome", "LOCATION", 0.9, "model:entities@2")]

    made = entity_examples(documents, suggest, Options(), lambda: None)
    preparation = replace(Preparation.of("entities", made, KNOWN, None), suggested=True)
    sources, _ = preparation.write(tmp_path, Parameters(replay=0), KNOWN)
    (train,) = [source for source in sources if source.role == "train"]
    assert train.labels == KNOWN
    rows = read_entities(tmp_path / train.file, train.splits)
    assert {entity.label for row in rows for entity in row.entities} == {"PERSON", "LOCATION"}
    held = held_examples(tmp_path / HELD)
    assert {label for row in held for _, _, label in row.entities} == {"PERSON"}
    assert {label for row in held for label in row.marks} == {"PERSON"}


def test_imported_documents_count_as_a_whole_and_left_out_labels_do_not() -> None:
    (made,) = examples(labelled(TEXT, [at("Mary", "PERSON")], origin="import:corpus.jsonl"))
    assert len(made.rows) == 4
    document = labelled(TEXT, [at("Mary", "PERSON"), at("John", "PERSON")])
    (less,) = examples(document, without=[document.labels[1].id])
    assert [len(row.entities) for row in less.rows] == [1]


@pytest.mark.parametrize("origin", ["user", "import:corpus.jsonl"])
def test_a_place_whose_label_is_left_out_is_not_taught_as_none(origin: str) -> None:
    """Other places are labelled in this document, so what is not labelled counts as none there."""
    places = [at("Mary", "PERSON"), at("Rome", "LOCATION"), at("Oslo", "LOCATION")]
    document = labelled(TEXT, places, origin=origin)
    (made,) = examples(document, without=[label.id for label in document.labels if label.text == "Rome"])
    assert [row.text[start:end] for row in made.rows for start, end, _ in row.entities] == ["Mary", "Oslo"]
    assert [row.text[start:end] for row in made.rows for start, end in row.ignored] == ["Rome"]


def test_overlaps_long_spans_locked_documents_and_confirmed_rules() -> None:
    (clash,) = examples(labelled(TEXT, [(0, 4, "PERSON"), (0, 9, "EVENT")]))
    assert [row.entities for row in clash.rows] == [((0, 9, "EVENT"),)]
    assert len(clash.contradictions) == 1
    long = "A word and more words without an end, " * 60
    (made,) = examples(labelled("Mary said it. " + long, [(0, 4, "PERSON"), (14, 14 + LONGEST + 50, "CLAUSE")]))
    assert [entity for row in made.rows for entity in row.entities] == [(0, 4, "PERSON")]
    assert len(made.too_long) == 1
    (locked,) = examples(labelled(TEXT, [at("Mary", "PERSON")], kept=False))
    assert locked.locked
    assert not locked.rows
    (ruled,) = examples(labelled(TEXT, [(3, 8, "DATE")], origin="confirmed:rule:date"))
    assert not ruled.rows


def test_a_label_over_two_sentences_makes_one_row() -> None:
    end = TEXT.index(" bad")
    (made,) = examples(labelled(TEXT, [(TEXT.index("Rome"), end, "PASSAGE")]))
    (row,) = made.rows
    assert row.text.startswith("Mary went")
    assert row.text.rstrip().endswith("bad.")


@pytest.mark.parametrize("seed", range(8))
def test_no_document_and_no_near_duplicate_is_on_two_sides(seed: int) -> None:
    documents = [clause_document(number) for number in range(14)]
    copy = documents[3]
    twin = labelled(copy.text + " The end of it.", [(0, 5, "PERSON")], name="twin")
    made = examples(*documents, twin)
    groups = groups_of(made)
    assert groups[twin.sha256] == groups[copy.sha256]
    assert len(set(groups.values())) == 14
    sides = split(made, groups, seed)
    assert sides[twin.sha256] == sides[copy.sha256]
    assert set(sides.values()) == {"train", "validation", "test"}
    assert sides == split(made, groups, seed)
    counts = [sum(side == wanted for side in sides.values()) for wanted in ("train", "validation", "test")]
    assert counts[0] >= 7
    assert counts[2] >= 2


def test_the_seed_decides_and_a_rare_class_is_on_both_sides() -> None:
    documents = [clause_document(number) for number in range(20)]
    rare = [labelled(f"The {n} order was given in {n} by nobody.", [(4, 9, "ORDER")], name=f"r{n}") for n in range(4)]
    preparation = prepared([*documents, *rare])
    other = preparation.chosen(Choices(seed=99))
    assert preparation.sides != other.sides
    for item in (preparation, other):
        (row,) = [row for row in item.state().classes if row.label == "ORDER"]
        assert row.train >= 1
        assert row.test >= 1


def test_bad_labels_are_clear_sentences() -> None:
    documents = [clause_document(number) for number in range(8)]
    assert codes(prepared([]))["training_no_labels"].severity == "stop"
    one = codes(prepared(documents[:1]))
    assert one["training_one_document"].severity == "stop"
    assert not prepared(documents[:1]).state().ready
    two = prepared(documents[:2])
    assert set(two.sides.values()) == {"train", "test"}
    assert codes(two)["training_no_validation"].severity == "warn"
    assert two.state().ready
    once = labelled("There is an OUTLIER here.", [(12, 19, "ODD")], name="once")
    found = codes(prepared([*documents, once]))["training_class_once"]
    assert found.labels == ("ODD",)
    assert found.fix == "leave_out_classes"
    locked = labelled("A secret about Mary.", [(15, 19, "PERSON")], kept=False)
    assert codes(prepared([*documents, locked]))["training_locked"].documents == (locked.sha256,)


def test_a_label_over_ten_pages_is_told_and_left_out_and_the_others_train() -> None:
    """Words over ten pages are no mention: no model reads so much at once."""
    pages = "\n\n".join(
        f"Page {page}. " + "The parties agree on the delivery of the goods. " * 40 for page in range(10)
    )
    text = pages + "\n\nSigned by Mary."
    at = text.index("Mary")
    long = labelled(text, [(0, len(pages), "SECTION"), (at, at + 4, "PERSON")], name="ten pages")
    documents = [clause_document(number) for number in range(8)]
    preparation = prepared([*documents, long])
    check = codes(preparation)["training_span_long"]
    assert [(place.document, place.start, place.end) for place in check.places] == [(long.sha256, 0, len(pages))]
    assert check.severity == "warn"
    assert preparation.state().ready
    assert "SECTION" not in {row.label for row in preparation.state().classes}
    rows = next(item for item in preparation.everything if item.document == long.sha256).rows
    assert any(row.text[start:end] == "Mary" for row in rows for start, end, _ in row.entities)


def test_contradictions_duplicates_leaks_and_imbalance_are_told_with_places() -> None:
    same = "Acme delivers the goods to the warehouse every week."
    documents = [clause_document(number) for number in range(12)]
    one = labelled(same + " One.", [(0, 4, "ORGANIZATION")], name="one")
    other = labelled(same + " Other.", [(0, 4, "PERSON")], name="other")
    preparation = prepared([*documents, one, other])
    check = codes(preparation)["training_contradictions"]
    assert {place.document for place in check.places} == {one.sha256, other.sha256}
    pinned = {one.sha256: "train", other.sha256: "test"}
    moved = preparation.chosen(Choices(pinned=pinned))  # type: ignore[arg-type]
    leak = codes(moved)["training_leakage"]
    assert [place.document for place in leak.places] == [one.sha256]
    assert "training_leakage" not in codes(preparation.chosen(Choices(pinned=pinned, drop_rows=True)))  # type: ignore[arg-type]
    twin = labelled(documents[0].text + " ", [(0, 5, "PERSON")], name="twin")
    assert codes(prepared([*documents, twin]))["training_duplicates"].documents == (twin.sha256,)
    many = [labelled(f"A B {n}. Thing.", [(0, 1, "LETTER")], name=f"m{n}") for n in range(40)]
    few = [labelled(f"One rare thing no {n}.", [(4, 8, "RARE")], name=f"f{n}") for n in range(3)]
    assert codes(prepared([*many, *few]))["training_lopsided"].fix == "class_weights"


def test_one_document_type_alone_cannot_be_told_apart() -> None:
    rows = [labelled(f"This is the invoice number {n} for {n * 7} euros.", kind="invoice") for n in range(6)]
    assert codes(prepared(rows, "classification"))["training_one_class"].severity == "stop"
    letters = [labelled(f"Dear Mr. {n}, thank you for letter {n * 13}.", kind="letter") for n in range(6)]
    preparation = prepared([*rows, *letters], "classification")
    assert preparation.state().ready
    for row in preparation.state().classes:
        assert row.train >= 1
        assert row.test >= 1


def test_the_files_of_a_run_hold_each_document_on_its_side(tmp_path: Path) -> None:
    from assistant.training.dataset import read_entities
    from assistant.training.labels_run import held_examples
    from assistant.training.preparation import HELD

    documents = [clause_document(number) for number in range(12)]
    preparation = prepared(documents).chosen(Choices(labels_out=frozenset({"LOCATION"})))
    sources, labels = preparation.write(tmp_path, Parameters(replay=0), KNOWN)
    assert labels == [*KNOWN, "CLAUSE_NO"]
    sides: dict[str, set[str]] = {}
    for source in sources:
        for row in read_entities(tmp_path / source.file, source.splits):
            assert row.doc is not None
            sides.setdefault(row.doc.split("/")[0], set()).add(source.role)
            assert all(entity.label != "LOCATION" for entity in row.entities)
            assert "LOCATION" not in source.labels
    assert all(len(roles) == 1 for roles in sides.values())
    held = held_examples(tmp_path / HELD)
    assert {item.document for item in held} == {doc for doc, side in preparation.sides.items() if side == "test"}
    # What is left out is masked, not wrong.
    towns = [item for document in documents for item in document.labels if item.value == "LOCATION"]
    assert any(item.document == town.document and item.ignored for item in held for town in towns)


def test_what_is_held_out_is_known_again_within_a_longer_row_and_by_its_parts() -> None:
    held = {"mary went to rome, where john stayed.", "signature:"}
    assert repeats("It was so: Mary  went to Rome, where John stayed. Later it rained.", held)
    assert repeats("MARY WENT TO ROME, WHERE", held)
    assert repeats("Signature:", held)
    assert not repeats("Here is the place for a signature: please sign.", held)
    assert not repeats("Karl went to Rome, where Mary stayed.", held)
