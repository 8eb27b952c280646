from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.labelling import Labels
from assistant.paths import Paths
from assistant.store.labels import LabelStore
from assistant.types import Document
from helpers.labels import document, span_of
from helpers.processes import docent

TEXT = "Anna Berg of Acme Ltd lives in Hamburg."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def text(file: Path) -> Document:
    return document(TEXT, str(file))


def _json(*arguments: object, home: Path) -> Any:
    done = docent("labels", *arguments, "--json", home=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _label(home: Path, text: Document, words: str = "Anna Berg") -> None:
    labels = Labels(LabelStore(Paths.under(home).data / "labels.db"))
    labels.add(text, "entity", "PERSON", span_of(text, words))
    labels.close()


def test_labels_on_the_command_line(home: Path, file: Path, text: Document, tmp_path: Path) -> None:
    assert docent("labels", "list", home=home).stdout == "There are no labels yet.\n"
    assert docent("labels", "undo", home=home).stdout == "There is nothing to undo.\n"
    _label(home, text)
    (label,) = _json("list", file, home=home)["labels"]
    assert (label["value"], label["text"], label["start"], label["end"]) == ("PERSON", "Anna Berg", 0, 9)
    assert "entity PERSON: 1 in 1 document, 19 more needed" in docent("labels", "list", home=home).stdout
    out = tmp_path / "labels.jsonl"
    assert _json("export", out, home=home) == {"path": str(out), "documents": 1, "labels": 1, "left_out": {}}
    undone = docent("labels", "undo", file, home=home)
    assert undone.stdout == 'undo: removed entity PERSON "Anna Berg" (user)\n'
    assert _json("list", file, home=home)["labels"] == []
    told = docent("labels", "history", home=home).stdout.splitlines()
    assert told[0].endswith('undo: removed entity PERSON "Anna Berg" (user)')
    assert told[1].endswith('added entity PERSON "Anna Berg" (user) (undone)')
    assert docent("labels", "import", out, home=home).stdout == "Taken over: 1 label of 1 document.\n"
    assert _json("list", file, home=home)["labels"] == [label]
    assert [event["action"] for event in _json("history", "--limit", 2, home=home)["events"]] == ["add", "undo"]
    _json("undo", home=home)
    assert _json("redo", home=home)["event"]["after"] == label


def test_an_export_replaces_nothing_unasked(home: Path, text: Document, tmp_path: Path) -> None:
    _label(home, text)
    out = tmp_path / "a.csv"
    out.write_text("mine", encoding="utf-8")
    refused = docent("labels", "export", out, home=home)
    assert refused.returncode == 1
    assert "Choose another name" in refused.stderr
    assert out.read_text(encoding="utf-8") == "mine"
    assert docent("labels", "export", out, "--force", home=home).returncode == 0
    assert "Anna Berg" in out.read_text(encoding="utf-8")
    unknown = docent("labels", "export", tmp_path / "a.xyz", home=home)
    assert (unknown.returncode, "Add --format" in unknown.stderr) == (2, True)


def test_what_is_not_taken_over_is_said(home: Path, file: Path, tmp_path: Path) -> None:
    wrong = {"text": TEXT, "spans": [{"start": 1, "end": 10, "label": "PERSON", "text": "Anna Berg"}]}
    source = tmp_path / "a.jsonl"
    source.write_text(json.dumps(wrong) + "\n", encoding="utf-8")
    done = docent("labels", "import", source, "--document", file, home=home)
    assert done.returncode == 1
    assert 'line 1: other words stand there ("Anna Berg", found "nna Berg ")' in done.stdout
    other = {"text": "Another text", "spans": [{"start": 0, "end": 7, "label": "PERSON"}]}
    source.write_text(json.dumps(other) + "\n", encoding="utf-8")
    done = docent("labels", "import", source, "--document", file, home=home)
    assert "no such document is known here" in done.stdout


def test_reading_shows_what_the_user_said(home: Path, file: Path, text: Document) -> None:
    labels = Labels(LabelStore(Paths.under(home).data / "labels.db"))
    labels.add(text, "entity", "PRODUCT", span_of(text, "Anna Berg of Acme"))
    labels.add(text, "type", "poem", None)
    labels.close()
    done = docent("read", file, "--json", home=home)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["document_type"] == {"label": "poem", "source": "user"}
    rows = [(row["text"], row["label"], row["source"]) for row in found["entities"]]
    assert ("Anna Berg of Acme", "PRODUCT", "user") in rows
    assert not [row for row in rows if row[0] in ("Anna Berg", "Acme", "Acme Ltd")]
