from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import UsageError
from assistant.labelling import Labels
from assistant.store.labels import LabelStore
from assistant.types import Document, Span
from helpers.labels import document, mention, places, span_of

TEXT = "The agreement of 3 May 2021 is between Anna Berg and Acme Ltd.\nAnna Berg signs in Hamburg.\n"


@pytest.fixture
def labels(tmp_path: Path) -> Iterator[Labels]:
    made = _labels(tmp_path)
    yield made
    made.close()


def _labels(folder: Path) -> Labels:
    return Labels(LabelStore(folder / "labels.db"))


@pytest.fixture
def contract() -> Document:
    return document(TEXT, "/docs/contract.txt")


def test_every_kind_is_kept_with_its_place(labels: Labels, contract: Document, tmp_path: Path) -> None:
    labels.add(contract, "entity", "PERSON", span_of(contract, "Anna Berg", 1))
    labels.add(contract, "type", "contract", None)
    labels.add(contract, "salient", "", span_of(contract, "Anna Berg signs in Hamburg."))
    labels.add(contract, "summary", "", None, text="Anna Berg and Acme agree.")
    labels.add(contract, "answer", "Who signs?", span_of(contract, "Anna Berg"))
    labels.add(contract, "answer", "Who pays?", None, verdict="no")
    labels.close()
    again = _labels(tmp_path).of(contract)
    assert places(again) == [
        ("type", "contract", ""),
        ("summary", "", "Anna Berg and Acme agree."),
        ("answer", "Who pays?", ""),
        ("answer", "Who signs?", "Anna Berg"),
        ("entity", "PERSON", "Anna Berg"),
        ("salient", "", "Anna Berg signs in Hamburg."),
    ]
    assert all(label.document == contract.sha256 and label.origin == "user" and not label.lost for label in again)


def test_a_label_keeps_its_id_through_relabel_trim_and_undo(labels: Labels, contract: Document) -> None:
    first = labels.accept(contract, mention(contract, "Acme Ltd.", "PERSON"))
    assert first.origin == "confirmed:model:m@1"
    relabelled = labels.change(contract, first.id, value="ORGANIZATION")
    trimmed = labels.change(contract, first.id, span=span_of(contract, "Acme Ltd"))
    assert {first.id, relabelled.id, trimmed.id} == {first.id}
    assert (trimmed.value, trimmed.text, trimmed.origin) == ("ORGANIZATION", "Acme Ltd", "corrected:model:m@1")
    labels.undo(contract.sha256)
    labels.undo(contract.sha256)
    assert labels.of(contract) == (first,)
    labels.undo()
    assert labels.of(contract) == ()
    assert not labels.can_undo()


def test_pressing_another_digit_relabels_the_same_words(labels: Labels, contract: Document) -> None:
    place = span_of(contract, "Acme Ltd")
    first = labels.add(contract, "entity", "PERSON", place)
    second = labels.add(contract, "entity", "ORGANIZATION", place)
    assert second.id == first.id
    assert len(labels.of(contract)) == 1
    assert labels.add(contract, "entity", "ORGANIZATION", place) == second
    assert len(labels.history()) == 2, "saying the same again is no step"


def test_a_document_has_one_type_and_a_question_answers_or_none(labels: Labels, contract: Document) -> None:
    labels.add(contract, "type", "contract", None)
    labels.add(contract, "type", "invoice", None)
    assert labels.document_type(contract) == "invoice"
    for words in ("Anna Berg", "Acme Ltd"):
        labels.add(contract, "answer", "Who?", span_of(contract, words))
    labels.add(contract, "answer", "Who?", None, verdict="no")
    assert [label.verdict for label in labels.of(contract) if label.kind == "answer"] == ["no"]
    labels.add(contract, "answer", "Who?", span_of(contract, "Anna Berg"))
    assert [label.verdict for label in labels.of(contract) if label.kind == "answer"] == ["yes"]
    labels.undo()
    labels.undo()
    assert [label.text for label in labels.of(contract) if label.kind == "answer"] == ["Anna Berg", "Acme Ltd"]


def test_undo_and_redo_go_on_after_a_restart(labels: Labels, contract: Document, tmp_path: Path) -> None:
    words = ("Anna Berg", "Acme Ltd", "Hamburg")
    for one in words:
        labels.add(contract, "entity", "MISC", span_of(contract, one))
    labels.undo()
    labels.undo()
    labels.close()
    again = _labels(tmp_path)
    assert [label.text for label in again.of(contract)] == ["Anna Berg"]
    assert again.can_redo(contract.sha256)
    assert again.can_undo(contract.sha256)
    event = again.redo()
    assert event is not None
    assert event.action == "redo"
    assert event.after is not None
    assert event.after.text == "Acme Ltd"
    again.redo()
    assert [label.text for label in again.of(contract)] == list(words)
    assert again.redo() is None
    again.undo()
    again.add(contract, "entity", "DATE", span_of(contract, "3 May 2021"))
    assert not again.can_redo(), "a new step ends what could be redone"
    for _ in range(3):
        again.undo()
    assert again.of(contract) == ()
    assert again.undo() is None
    again.close()


def test_undo_of_one_document_leaves_the_others_alone(labels: Labels, contract: Document) -> None:
    other = document("Berlin.", "/docs/b.txt")
    labels.add(contract, "entity", "PERSON", span_of(contract, "Anna Berg"))
    labels.add(other, "entity", "LOCATION", span_of(other, "Berlin"))
    labels.undo(contract.sha256)
    assert not labels.of(contract)
    assert labels.of(other)
    labels.undo()
    assert not labels.of(other)
    labels.redo(contract.sha256)
    assert labels.of(contract)
    assert not labels.of(other)


def test_accepting_many_is_one_step(labels: Labels, contract: Document) -> None:
    found = [mention(contract, "Anna Berg", "PERSON"), mention(contract, "Acme Ltd", "ORGANIZATION")]
    assert len(labels.accept_all(contract, found)) == 2
    labels.undo()
    assert labels.of(contract) == ()
    labels.redo()
    assert len(labels.of(contract)) == 2
    numbers = {event.step for event in labels.history(contract.sha256)}
    assert len(labels.history(contract.sha256)) == 6
    assert len(numbers) == 3


def test_history_tells_what_was_undone(labels: Labels, contract: Document) -> None:
    label = labels.add(contract, "entity", "PERSON", span_of(contract, "Anna Berg"))
    labels.remove(contract, label.id)
    labels.undo()
    newest, removed, added = labels.history(contract.sha256)
    assert (newest.action, removed.action, added.action) == ("undo", "remove", "add")
    assert removed.undone
    assert not added.undone
    assert not newest.undone
    assert removed.before == label
    assert removed.after is None
    assert newest.after == label
    assert labels.history("0" * 64) == ()


@pytest.mark.parametrize(
    ("kind", "span", "code"),
    [
        ("entity", Span(13, 14), "label_empty"),
        ("entity", Span(5, 5), "label_empty"),
        ("entity", Span(0, 100_000), "label_empty"),
        ("entity", None, "label_unplaced"),
        ("salient", None, "label_unplaced"),
        ("answer", None, "label_unplaced"),
        ("type", Span(0, 3), "label_unplaced"),
        ("summary", None, "label_empty"),
    ],
)
def test_what_cannot_be_labelled_is_refused(
    labels: Labels, contract: Document, kind: str, span: Span | None, code: str
) -> None:
    with pytest.raises(UsageError) as caught:
        labels.add(contract, kind, "X", span)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert labels.of(contract) == ()
    assert labels.history() == ()


def test_ten_pages_are_no_name(labels: Labels) -> None:
    long = document("word " * 10_000, pages=12)
    with pytest.raises(UsageError, match=r"45001 characters.*limit is 2000.*only the words"):
        labels.add(long, "entity", "PERSON", Span(0, 45_001))
    assert labels.add(long, "entity", "PERSON", Span(0, 1_999)).text.endswith("word")


def test_white_space_at_the_ends_is_left_out(labels: Labels, contract: Document) -> None:
    place = span_of(contract, " Anna Berg ")
    assert labels.add(contract, "entity", "PERSON", place).text == "Anna Berg"


def test_a_label_of_another_document_is_gone(labels: Labels, contract: Document) -> None:
    label = labels.add(contract, "entity", "PERSON", span_of(contract, "Anna Berg"))
    other = document("Anna Berg", "/docs/b.txt")
    for call in (
        lambda: labels.change(other, label.id, value="MISC"),
        lambda: labels.remove(other, label.id),
        lambda: labels.remove(contract, "nothing"),
    ):
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.code == "label_gone"


def test_listeners_hear_after_the_change_is_kept(labels: Labels, contract: Document) -> None:
    heard: list[tuple[str, int]] = []
    stop = labels.subscribe(lambda sha256: heard.append((sha256, len(labels.of(contract)))))
    labels.add(contract, "entity", "PERSON", span_of(contract, "Anna Berg"))
    labels.undo()
    stop()
    labels.redo()
    assert heard == [(contract.sha256, 1), (contract.sha256, 0)]


def test_types_are_created_in_place(labels: Labels, contract: Document, tmp_path: Path) -> None:
    clause = labels.create_type("entity", "Clause no.")
    assert (clause.name, clause.title, clause.own, clause.shortcut) == ("CLAUSE_NO", "Clause no.", True, "6")
    labels.change_type("entity", "EVENT", title="Happening")
    changed = labels.change_type("entity", "CLAUSE_NO", color="#112233", shortcut="")
    labels.close()
    again = _labels(tmp_path)
    types = {item.name: item for item in again.types("entity")}
    assert types["CLAUSE_NO"] == changed
    assert types["EVENT"].title == "Happening"
    assert list(types)[-1] == "CLAUSE_NO"
    assert next(iter(types)) == "PERSON"
    for title, code in (
        ("clause NO.", "label_type_exists"),
        (" . ", "label_type_empty"),
        ("x" * 50, "label_type_long"),
    ):
        with pytest.raises(UsageError) as caught:
            again.create_type("entity", title)
        assert caught.value.code == code
    with pytest.raises(UsageError, match="belongs to Organization"):
        again.create_type("entity", "Ship", shortcut="1")
    again.add(contract, "entity", "CLAUSE_NO", span_of(contract, "3 May 2021"))
    with pytest.raises(UsageError, match="1 labels are of the type Clause no"):
        again.delete_type("entity", "CLAUSE_NO")
    again.undo()
    again.delete_type("entity", "CLAUSE_NO")
    assert "CLAUSE_NO" not in {item.name for item in again.types("entity")}
    again.undo()
    assert "CLAUSE_NO" in {item.name for item in again.types("entity")}
    again.close()


def test_a_type_with_labels_cannot_be_undone_away(labels: Labels, contract: Document) -> None:
    labels.create_type("entity", "Ship")
    labels.add(contract, "entity", "SHIP", span_of(contract, "Hamburg"))
    with pytest.raises(UsageError) as caught:
        labels.undo("")
    assert caught.value.code == "label_type_used"
    assert "SHIP" in {item.name for item in labels.types("entity")}


def test_the_text_is_kept_for_training_but_not_of_locked_documents(tmp_path: Path, contract: Document) -> None:
    secret = replace(document("The password is Rosebud.", "/docs/s.pdf"), format="pdf")
    labels = Labels(LabelStore(tmp_path / "labels.db"), is_private=lambda sha256: sha256 == secret.sha256)
    labels.add(contract, "entity", "PERSON", span_of(contract, "Anna Berg"))
    labels.add(secret, "entity", "WORK", span_of(secret, "Rosebud"))
    rows = {row.sha256: row for row in labels.labelled_documents()}
    kept = rows[contract.sha256].as_document()
    assert (kept.text, kept.blocks, kept.pages) == (contract.text, contract.blocks, contract.pages)
    assert rows[secret.sha256].text == ""
    assert len(rows[secret.sha256].labels) == 1
    labels.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"The password" not in stored
