"""Rows are checked when they are read; an error names its line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from assistant.errors import UserError
from assistant.training.dataset import (
    LabelledSpan,
    held_out,
    raw_rows,
    read_answers,
    read_classes,
    read_entities,
    read_summaries,
)

ENTITY = {"id": "a", "text": "北京 and Paris", "entities": [{"start": 0, "end": 2, "label": "LOCATION", "raw": "LOC"}]}
ANSWER = {"id": "b", "context": "Paris is big", "question": "What is big?", "answers": [{"start": 0, "text": "Paris"}]}
SUMMARY = {"id": "c", "sentences": ["One.", "Two."], "labels": [1, 0], "reference": ["One."], "kind": "news"}
CLASS = {"id": "d", "text": "Dear Sir", "label": "letter"}


def write(path: Path, *rows: object) -> Path:
    lines = "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(lines.encode()))
    else:
        path.write_text(lines, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_rows_are_read_from_both_kinds_of_file(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, {**ENTITY, "split": "dev", "ignored": [{"start": 7, "end": 12}]}, "", ENTITY)
    first, second = read_entities(path)
    assert first.entities == (LabelledSpan(0, 2, "LOCATION"),)
    assert (first.ignored, first.split, second.split) == (((7, 12),), "dev", "train")
    assert [row.split for row in read_entities(path, ("dev",))] == ["dev"]
    assert [number for number, _ in raw_rows(path)] == [1, 3]


def test_the_other_formats(tmp_path: Path) -> None:
    (answer,) = read_answers(write(tmp_path / "a.jsonl", ANSWER))
    assert answer.answers == ((0, "Paris"),)
    (summary,) = read_summaries(write(tmp_path / "s.jsonl", SUMMARY))
    assert (summary.labels, summary.kind, summary.reference) == ((1, 0), "news", ("One.",))
    (labelled,) = read_classes(write(tmp_path / "c.jsonl", CLASS))
    assert (labelled.text, labelled.label) == ("Dear Sir", "letter")


@pytest.mark.parametrize(
    ("read", "good", "change", "why"),
    [
        (read_entities, ENTITY, {"entities": [{"start": 5, "end": 99, "label": "X"}]}, "[5, 99) is outside"),
        (read_entities, ENTITY, {"entities": [{"start": 3, "end": 3, "label": "X"}]}, "[3, 3) is outside"),
        (read_entities, ENTITY, {"ignored": [{"start": -1, "end": 3}]}, "[-1, 3) is outside"),
        (read_entities, ENTITY, {"entities": [{"start": 0, "label": "X"}]}, "'end' is missing"),
        (read_entities, ENTITY, {"entities": None}, ""),
        (read_entities, ENTITY, {"text": 5}, ""),
        (read_answers, ANSWER, {"answers": [{"start": 1, "text": "Paris"}]}, "'Paris' does not stand at 1"),
        (read_answers, ANSWER, {"answers": [{"start": "0", "text": "Paris"}]}, ""),
        (read_summaries, SUMMARY, {"labels": [1]}, "1 labels for 2 sentences"),
        (read_summaries, SUMMARY, {"sentences": ["One.", 2]}, "must be strings"),
        (read_classes, CLASS, {"text": None}, "must be strings"),
        (read_classes, CLASS, {"label": 3}, "must be strings"),
    ],
)
def test_a_wrong_row_is_an_error_with_its_line(tmp_path: Path, read, good, change, why: str) -> None:
    path = write(tmp_path / "rows.jsonl", good, "", {**good, **change}, good)
    with pytest.raises(UserError) as caught:
        read(path)
    assert (caught.value.code, caught.value.params["line"]) == ("data_invalid", 3)
    assert why in str(caught.value)


@pytest.mark.parametrize("read", [read_entities, read_answers, read_summaries, read_classes])
def test_a_missing_field_and_lines_that_are_no_objects(tmp_path: Path, read) -> None:
    for line, bad in enumerate(({}, "{", "[1]"), 1):
        path = write(tmp_path / "rows.jsonl", *[""] * (line - 1), bad)
        with pytest.raises(UserError) as caught:
            read(path)
        assert (caught.value.code, caught.value.params["line"]) == ("data_invalid", line)


def test_damaged_and_missing_files(tmp_path: Path) -> None:
    whole = gzip.compress(b'{"text": "x"}\n' * 2000)
    middle = len(whole) // 2
    contents = {
        "cut.jsonl.gz": whole[:middle],
        "flipped.jsonl.gz": whole[:middle] + bytes([whole[middle] ^ 0xFF] * 8) + whole[middle + 8 :],
        "plain.jsonl.gz": b'{"text": "x"}\n',
        "latin.jsonl": b'{"text": "\xe9"}\n',
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError) as caught:
            list(raw_rows(tmp_path / name))
        assert caught.value.code == "data_invalid", name
    with pytest.raises(UserError) as caught:
        list(raw_rows(tmp_path / "none.jsonl"))
    assert caught.value.code == "data_missing"


def test_documents_are_held_out_whole_and_always_the_same() -> None:
    chosen = [held_out(f"document {number}", 20) for number in range(2000)]
    assert chosen == [held_out(f"document {number}", 20) for number in range(2000)]
    assert 0.15 < sum(chosen) / len(chosen) < 0.25
    assert not any(held_out(f"document {number}", 0) for number in range(50))
