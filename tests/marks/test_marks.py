"""Highlights, notes and bookmarks in a real file: kept, undone, found again, carried over, rescued."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import UsageError
from assistant.marks import Marks
from assistant.store.marks import MarkStore, mark_from_row, mark_to_row
from assistant.types import Block, Document, Page, Span

_PAGES = (
    "The supplier delivers the machines to Hamburg within thirty days of the order, and installs them there.",
    "Invoices are payable within thirty days of receipt. The fee is EUR 1,240,000 a year.",
    "任何一方可提前九十日书面通知对方解除本合同。因本合同引起的争议，由北京市海淀区人民法院管辖。",
)


def _document(pages: tuple[str, ...] = _PAGES, sha: str = "a" * 64) -> Document:
    text, made, blocks = "", [], []
    for number, words in enumerate(pages, 1):
        start = len(text)
        text += words + "\n"
        made.append(Page(number, Span(start, len(text)), 595, 842, "layer"))
        blocks.append(Block(Span(start, len(text) - 1), "paragraph"))
    return Document(Path("/tmp/contract.pdf"), sha, "pdf", text, tuple(made), tuple(blocks), "en", "contract")


def _span(document: Document, words: str) -> Span:
    start = document.text.index(words)
    return Span(start, start + len(words))


@pytest.fixture
def marks(tmp_path: Path) -> Marks:
    return Marks(MarkStore(tmp_path / "marks.db"))


def test_marks_are_kept_in_document_order(marks: Marks, tmp_path: Path) -> None:
    document = _document()
    heard: list[str] = []
    marks.subscribe(heard.append)
    marks.add(document, "highlight", _span(document, "书面通知"), "green", "核对期限")
    marks.add(document, "underline", _span(document, " thirty days of the order"))
    marks.add_on_page(document, "bookmark", 2, note="Fees")
    marks.add_on_page(document, "note", 2, 300.0, "Ask about tax")
    again = Marks(MarkStore(tmp_path / "marks.db")).of(document)
    assert [(mark.kind, mark.page, mark.quote, mark.note) for mark in again] == [
        ("underline", 1, "thirty days of the order", ""),
        ("bookmark", 2, "", "Fees"),
        ("note", 2, "", "Ask about tax"),
        ("highlight", 3, "书面通知", "核对期限"),
    ]
    assert heard == [document.sha256] * 4
    assert mark_from_row(mark_to_row(again[3])) == again[3]


def test_the_same_place_is_marked_once(marks: Marks) -> None:
    document = _document()
    first = marks.add(document, "highlight", _span(document, "Hamburg"), "yellow", "where")
    second = marks.add(document, "underline", _span(document, "Hamburg"), "blue")
    assert second.id == first.id
    (mark,) = marks.of(document)
    assert (mark.kind, mark.color, mark.note) == ("underline", "blue", "where")


def test_steps_are_undone_and_redone(marks: Marks) -> None:
    document = _document()
    sha = document.sha256
    assert marks.moves_at("undo", sha) is None
    mark = marks.add(document, "highlight", _span(document, "Hamburg"))
    marks.change(document, mark.id, note="Port")
    marks.remove(document, [mark.id])
    assert marks.of(document) == ()
    assert marks.undo(sha)
    assert [each.note for each in marks.of(document)] == ["Port"]
    assert marks.undo(sha)
    assert [each.note for each in marks.of(document)] == [""]
    assert marks.moves_at("redo", sha) is not None
    assert marks.redo(sha)
    assert [each.note for each in marks.of(document)] == ["Port"]
    marks.change(document, mark.id, color="pink")
    assert not marks.redo(sha), "a new step ends what could be redone"
    for _ in range(3):
        assert marks.undo(sha)
    assert marks.of(document) == ()
    assert not marks.undo(sha)


def test_marks_go_over_to_an_edited_file_and_lost_ones_are_told(marks: Marks) -> None:
    document = _document()
    marks.add(document, "highlight", _span(document, "payable within thirty days"))
    marks.add(document, "highlight", _span(document, "EUR 1,240,000"), "pink", "too much")
    marks.add_on_page(document, "bookmark", 3)
    shorter = _PAGES[1].replace(" The fee is EUR 1,240,000 a year.", "")
    edited = _document(("A new first page about nothing at all.", _PAGES[0], shorter, _PAGES[2]), "b" * 64)
    found = marks.of(edited)
    assert [(mark.quote, mark.page, mark.lost) for mark in found] == [
        ("payable within thirty days", 3, False),
        ("", 4, False),
        ("EUR 1,240,000", 2, True),
    ]
    assert marks.of(edited) == found, "copied once"
    again = marks.change(edited, found[2].id, span=_span(edited, "Hamburg"))
    assert (again.quote, again.lost, again.note) == ("Hamburg", False, "too much")
    other = _document(("Minutes of the board: the chair opened the meeting and thanked all for coming.",), "c" * 64)
    assert marks.of(other) == (), "another document that took its place"


def test_of_a_locked_document_no_words_around_are_kept(tmp_path: Path) -> None:
    document = _document()
    marks = Marks(MarkStore(tmp_path / "marks.db"), lambda sha256: True)
    marks.add(document, "highlight", _span(document, "Hamburg"))
    data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"Hamburg" in data
    assert b"machines" not in data
    assert [mark.lost for mark in marks.of(document)] == [False]


@pytest.mark.parametrize("words", ["", " ", "\n"])
def test_nothing_cannot_be_marked(marks: Marks, words: str) -> None:
    document = _document()
    with pytest.raises(UsageError, match="no words"):
        marks.add(document, "highlight", Span(0, 0) if not words else _span(document, words))


def test_what_is_wrong_has_a_sentence(marks: Marks) -> None:
    document = _document()
    mark = marks.add_on_page(document, "note", 1, note="x")
    for call, code in (
        (lambda: marks.add_on_page(document, "note", 9), "mark_no_page"),
        (lambda: marks.change(document, "gone", note=""), "mark_gone"),
        (lambda: marks.change(document, mark.id, color="mud"), "mark_color"),
        (lambda: marks.change(document, mark.id, note="x" * 20_001), "mark_long"),
        (lambda: marks.change(replace(document, sha256="d" * 64), mark.id, note=""), "mark_gone"),
    ):
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.code == code


def test_a_damaged_file_gives_what_can_be_read(tmp_path: Path) -> None:
    document = _document()
    path = tmp_path / "marks.db"
    marks = Marks(MarkStore(path))
    for number in range(400):
        marks.add_on_page(document, "note", 1 + number % 3, float(number), f"note {number} " + "word " * 40)
    marks.close()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = b"\x5a" * 4096
    path.write_bytes(data)
    told: list[tuple[Path, Path]] = []
    rescued = Marks(MarkStore(path, lambda file, copy: told.append((file, copy)))).of(document)
    assert told
    assert told[0][1].exists()
    assert 200 < len(rescued) <= 400


def test_forgetting_leaves_nothing(marks: Marks, tmp_path: Path) -> None:
    document = _document()
    marks.add(document, "highlight", _span(document, "Hamburg"))
    marks.forget(document.sha256)
    assert marks.of(document) == ()
    assert not marks.undo(document.sha256)
