"""Labelled answers to the reader's rows, and marked sentences to the salience head's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import MESSAGES
from assistant.store import codecs
from assistant.training.answer_examples import ABSENT, ANSWERED, NOWHERE, WRONG, answer_examples, held_questions
from assistant.training.dataset import read_answers, read_summaries
from assistant.training.examples import DocumentExamples, Options
from assistant.training.preparation import HELD, Preparation, held_labels
from assistant.training.preparation_answers import ASKED
from assistant.training.questions import document_of
from assistant.training.readiness import Choices
from assistant.training.steps import Check, Parameters
from assistant.training.summary_examples import MARKED, REFERENCE, summary_examples, summary_row
from assistant.types import Anchor, Document, Label, LabelledDocument, Span
from helpers.labelled import asked, lease, marked


def by_paragraph(document: Document, questions: Sequence[str]) -> list[list[Span]]:
    """A ranking as plain as can be: the paragraphs in their order."""
    return [[block.span for block in document.blocks] for _ in questions]


def examples(*documents: LabelledDocument) -> list[DocumentExamples]:
    return answer_examples(documents, by_paragraph, Options(), lambda: None)


def prepared(*documents: LabelledDocument, replay: Path | None = None) -> Preparation:
    return Preparation.of("answers", examples(*documents), (ANSWERED, ABSENT), replay)


def codes(preparation: Preparation) -> dict[str, Check]:
    found = {check.code: check for check in preparation.state().checks}
    assert set(found) <= set(MESSAGES)
    return found


TEXT = "The rent is 500 euros.\n\nThe deposit is 900 euros.\n\nThe keys lie at the desk.\n\nThere is a garden."


def test_the_right_passage_and_the_best_wrong_ones() -> None:
    (made,) = examples(asked(TEXT, [("How high is the deposit?", "900 euros"), ("Who is the agent?", None)]))
    right, *wrong = [row for row in made.rows if row.question == "How high is the deposit?"]
    assert right.text == "The deposit is 900 euros."
    assert [right.text[start:end] for start, end in right.answers] == ["900 euros"]
    assert [row.text for row in wrong] == ["The rent is 500 euros.", "The keys lie at the desk."][:WRONG]
    absent = [row for row in made.rows if row.question == "Who is the agent?"]
    assert len(absent) == NOWHERE
    assert not any(row.answers for row in (*wrong, *absent))
    assert made.counts() == {ANSWERED: 1, ABSENT: 1}
    for row in made.rows:
        assert TEXT[row.start : row.start + len(row.text)] == row.text
    assert [(row["label"], row["entities"]) for row in held_questions(made)] == [
        (ANSWERED, [[39, 48, ANSWERED]]), (ABSENT, []),
    ]  # fmt: skip


def test_a_passage_that_says_the_answer_too_is_not_wrong_and_a_rejected_place_is() -> None:
    document = asked(
        "Pay 5 euros.\n\nIt costs 5 euros.\n\nOr 7 pounds.\n\nThe end of it.", [("What is paid?", "5 euros")]
    )
    start = document.text.index("The end")
    no = Label(
        "no", document.sha256, "answer", "What is  paid?", "no",
        Anchor(document.sha256, 1, Span(start, start + 7), "The end"), "The end", "user", 5.0,
    )  # fmt: skip
    (made,) = examples(replace(document, labels=(*document.labels, no)))
    assert [row.text for row in made.rows] == ["Pay 5 euros.", "The end of it.", "Or 7 pounds."]
    # Rejections alone say nothing of the other passages.
    assert examples(replace(document, labels=(no,)))[0].rows == ()


def test_of_an_answer_and_none_the_newer_counts_whatever_was_rejected_since() -> None:
    document = asked("Pay 5 euros.\n\nIt costs 5 euros.\n\nThe end of it.", [("What is paid?", "5 euros")])
    none = asked(document.text, [("What is paid?", None)]).labels[0]
    start = document.text.index("The end")
    rejected = Label(
        "no", document.sha256, "answer", "What is paid?", "no",
        Anchor(document.sha256, 1, Span(start, start + 7), "The end"), "The end", "user", 9.0,
    )  # fmt: skip

    def rows(when: float) -> list[tuple[str, int]]:
        labels = (*document.labels, replace(none, time=when), rejected)
        (made,) = examples(replace(document, labels=labels))
        assert made.contradictions
        return [(row.text, len(row.answers)) for row in made.rows]

    # "Not in this document" was said before: what says the answer as well is no wrong passage.
    assert rows(0.5) == [("Pay 5 euros.", 1), ("The end of it.", 0)]
    assert all(not answers for _, answers in rows(5.0))


def test_checks_two_answers_nothing_absent_one_document() -> None:
    one = asked(TEXT, [("How much?", "500 euros"), ("How much?", "900 euros")], name="one")
    found = codes(prepared(one))
    assert found["training_one_document"].severity == "stop"
    found = codes(prepared(one, lease(1), lease(2)))
    assert [place.text for place in found["training_contradictions"].places] == ["500 euros", "900 euros"]
    assert found["training_contradictions"].fix == "review"
    assert "training_no_absent" not in found
    plain = [asked(f"{TEXT} Number {n} of {n * 7}.", [("How much?", "500 euros")]) for n in range(4)]
    assert codes(prepared(*plain))["training_no_absent"].fix == "label_more"
    # The same answer twice, and an answer that an earlier one was changed to, are no contradictions.
    same = asked(f"{TEXT}\n\nAgain: 500 euros.", [("How much?", "500 euros")])
    again = same.text.rindex("500 euros")
    more = replace(
        same.labels[0], id="again", anchor=Anchor(same.sha256, 1, Span(again, again + 9), "500 euros"), time=7.0
    )
    assert not examples(replace(same, labels=(*same.labels, more)))[0].contradictions


def test_the_files_of_a_run(tmp_path: Path) -> None:
    documents = [lease(number) for number in range(8)]
    rows = [
        {"id": str(n), "split": split, "lang": "en", "source": "replay/x", "title": "t", "context": f"It is {n}.",
         "question": "What?", "answers": [{"start": 6, "text": str(n)}]}
        for n in range(30) for split in ("train", "validation")
    ]  # fmt: skip
    replay = tmp_path / "earlier.jsonl"
    replay.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    preparation = prepared(*documents, replay=replay)
    assert preparation.state().replay == 30
    sources, labels = preparation.write(tmp_path, Parameters(replay=0.1), ())
    assert labels == []
    roles = {(source.role, source.name) for source in sources}
    assert {
        ("train", "train"),
        ("test", "test"),
        ("train", "replay-train"),
        ("validation", "replay-validation"),
    } <= roles
    for source in sources:
        assert read_answers(tmp_path / source.file, source.splits)
    held = [json.loads(line) for line in (tmp_path / HELD).read_text(encoding="utf-8").splitlines()]
    assert {row["label"] for row in held} == {ANSWERED, ABSENT}
    trained = {row.title for row in read_answers(tmp_path / "rows/train.jsonl")}
    asked_of = {json.loads(line)["document"] for line in (tmp_path / ASKED).read_text(encoding="utf-8").splitlines()}
    for row in held:
        document = document_of(tmp_path, row["document"])
        assert row["document"][:16] not in trained
        assert row["document"] not in asked_of
        for start, end, _ in row["entities"]:
            assert document.text[start:end] in {"euros", *(label.text for item in documents for label in item.labels)}


def test_a_further_file_brings_no_question_that_is_held_out(tmp_path: Path) -> None:
    """Another tool cuts a document into other passages: the whole text is the held-out passage as well."""
    documents = [lease(number) for number in range(8)]
    rows = [
        {"id": f"{document.sha256}/{number}", "split": "train", "lang": "en", "source": "x", "title": "t",
         "context": document.text, "question": label.value.upper(),
         "answers": [{"start": label.anchor.span.start, "text": label.text}] if label.anchor is not None else []}
        for document in documents for number, label in enumerate(document.labels)
    ]  # fmt: skip
    path = tmp_path / "more.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    preparation = replace(prepared(*documents), files=(path,))
    preparation.write(tmp_path, Parameters(replay=0), ())
    held = {document for document, side in preparation.sides.items() if side == "test"}
    more = {row.id.split("/")[0] for row in read_answers(tmp_path / "rows/file-0.jsonl")}
    assert held
    assert more == {document.sha256 for document in documents} - held


def test_a_class_of_questions_is_left_out_with_its_passages(tmp_path: Path) -> None:
    preparation = prepared(*(lease(number) for number in range(6))).chosen(Choices(labels_out=frozenset({ABSENT})))
    preparation.write(tmp_path, Parameters(replay=0), ())
    questions = {row.question for row in read_answers(tmp_path / "rows/train.jsonl")}
    assert questions == {"How high is the rent?", "Who lets the flat?", "How long is the notice period?"}


STORY = "The mill burnt down in May. Nobody was hurt. It will be built again next year. The weather was fine that day."


def test_marked_sentences_and_a_reference_summary() -> None:
    one = marked(STORY, ["mill burnt down", "It will be built again next year."])
    other = marked(STORY + " The end.", reference="Nobody was hurt when the mill burnt.")
    empty = marked(STORY + " Nothing is said of it.")
    first, second = summary_examples([one, other, empty], Options(), lambda: None)
    assert first.counts() == {MARKED: 2}
    assert second.counts() == {REFERENCE: 1}
    row = summary_row(first, first.rows[0], "train")
    assert row["labels"] == [1, 0, 1, 0]
    assert row["sentences"][1] == "Nobody was hurt."
    assert summary_row(second, second.rows[0], "train")["labels"][:2] == [1, 1]


def test_the_files_of_a_summary_run(tmp_path: Path) -> None:
    documents = [marked(f"{STORY} It was number {n}, and {n * n} more.", ["Nobody was hurt."]) for n in range(3)]
    documents += [marked(f"Day {n}. {STORY * n}", reference="The mill burnt down.") for n in range(1, 4)]
    made = summary_examples(documents, Options(), lambda: None)
    preparation = Preparation.of("summary", made, (MARKED, REFERENCE), None)
    assert {row.label for row in preparation.state().classes} == {MARKED, REFERENCE}
    preparation = preparation.chosen(Choices(labels_out=frozenset({REFERENCE}), seed=2))
    sources, _ = preparation.write(tmp_path, Parameters(), ())
    rows = [row for source in sources for row in read_summaries(tmp_path / source.file)]
    assert rows
    assert all(sum(row.labels or ()) == 1 for row in rows)


def test_a_reference_summary_with_unusual_line_ends_is_one_row(tmp_path: Path) -> None:
    documents = [marked(f"Day {n}. {STORY * n}", reference="One.\u2028Two.\x85Three.") for n in range(1, 4)]
    made = summary_examples(documents, Options(), lambda: None)
    Preparation.of("summary", made, (MARKED, REFERENCE), None).write(tmp_path, Parameters(), ())
    assert held_labels(tmp_path / HELD) == {REFERENCE}


def test_results_that_were_kept_before_a_field_was_added_can_be_read() -> None:
    from assistant.training.steps import Calibration, ClassResult, Interval, ResultState

    one = Interval(0.5, 0.4, 0.6)
    result = ResultState(
        "r", "m", "c", 1, 1, ClassResult("", one, one, one, 1, 1, 1, None), (), None, None, "first", (), (),
        Calibration((), (), (), 0.0), (), 0, 0,
    )  # fmt: skip
    import zlib

    fields = json.loads(zlib.decompress(codecs.encode(result)[2:]))
    older = b"J1" + zlib.compress(json.dumps(fields[:-1]).encode())
    assert codecs.decode(ResultState, older) == result
    for wrong in (fields[:5], [*fields, 1]):
        with pytest.raises(codecs.CodecError):
            codecs.decode(ResultState, b"J1" + zlib.compress(json.dumps(wrong).encode()))
