"""Highlights, notes and bookmarks in a real file: kept, undone, found again, carried over, rescued."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import UsageError, UserError
from assistant.marks import Marks
from assistant.store.marks import MarkStore, mark_from_row, mark_to_row
from assistant.store.notebook import NotebookStore, Row
from assistant.types import Answers, Block, Document, Page, Span

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


_KILLED = """
import os, signal, sys
from pathlib import Path
import assistant.store.salvage as salvage
import assistant.store.marks
import assistant.store.notebook

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

kind = sys.argv[1]
module = getattr(assistant.store, kind)
module.take_rows = die
store = getattr(module, {"marks": "MarkStore", "notebook": "NotebookStore"}[kind])(Path(sys.argv[2]))
store.marks("a" * 64) if kind == "marks" else store.thread("a" * 64)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_rescue_that_is_killed_is_gone_on_with(tmp_path: Path) -> None:
    document, path = _document(), tmp_path / "marks.db"
    _damaged(path, document)
    assert _killed("marks", path) == -signal.SIGKILL
    assert 200 < len(Marks(MarkStore(path)).of(document)) <= 400
    assert not (tmp_path / "marks.rescue").exists()


def test_a_rescue_on_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document, path = _document(), tmp_path / "marks.db"
    _damaged(path, document)
    before = path.read_bytes()
    marks = Marks(MarkStore(path))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as no_room:
        no_room.setattr("assistant.store.marks.take_rows", full)
        with pytest.raises((OSError, UserError)):
            marks.of(document)
    assert path.read_bytes() == before
    assert len(marks.of(document)) > 200


def test_a_row_of_rubbish_is_left_out_of_a_rescue(tmp_path: Path) -> None:
    document, path = _document(), tmp_path / "marks.db"
    marks = Marks(MarkStore(path))
    marks.add(document, "highlight", _span(document, "Hamburg"))
    marks.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO marks (id, document, body) VALUES ('x', ?, '{')", (document.sha256,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'marks_by_document'").fetchone()
    data = bytearray(path.read_bytes())
    data[(root - 1) * 4096 : root * 4096] = b"\x5a" * 4096
    path.write_bytes(data)
    assert [mark.quote for mark in Marks(MarkStore(path)).of(document)] == ["Hamburg"]


@pytest.mark.parametrize("lost", [1, 3])
def test_a_rescue_does_not_go_back_to_what_a_note_was_before(tmp_path: Path, lost: int) -> None:
    """Where the newest rows of the log are lost, the marks themselves say what they are."""
    document, path = _document(), tmp_path / "marks.db"
    marks = Marks(MarkStore(path))
    made = [marks.add_on_page(document, "note", 1, float(number), f"draft {number}") for number in range(4)]
    marks.change(document, made[0].id, note="what I found out")
    marks.remove(document, [made[1].id])
    marks.undo(document.sha256)
    truth = marks.of(document)
    marks.close()
    with closing(sqlite3.connect(path)) as connection:
        newest = "SELECT number FROM log ORDER BY number DESC LIMIT ?"
        connection.execute(f"DELETE FROM log WHERE number IN ({newest})", (lost,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'marks_by_document'").fetchone()
    data = bytearray(path.read_bytes())
    data[(root - 1) * 4096 : root * 4096] = b"\x5a" * 4096
    path.write_bytes(data)
    told: list[tuple[Path, Path]] = []
    assert Marks(MarkStore(path, lambda *files: told.append(files))).of(document) == truth
    assert told


def _damaged(path: Path, document: Document) -> None:
    marks = Marks(MarkStore(path))
    for number in range(400):
        marks.add_on_page(document, "note", 1 + number % 3, float(number), f"note {number} " + "word " * 40)
    marks.close()
    _break(path)


def _break(path: Path) -> None:
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = b"\x5a" * 4096
    path.write_bytes(data)


def _killed(kind: str, path: Path) -> int:
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run([sys.executable, "-c", _KILLED, kind, str(path)], env=environment, check=False).returncode


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_rescue_of_the_notebook_that_is_killed_is_gone_on_with(tmp_path: Path) -> None:
    document, path = _document(), tmp_path / "notebook.db"
    store = NotebookStore(path)
    for number in range(400):
        question = f"Who is number {number}?"
        store.put(document.sha256, Row(f"{number:032}", float(number), "", question, _none(question)))
    store.close()
    _break(path)
    assert _killed("notebook", path) == -signal.SIGKILL
    assert 0 < len(NotebookStore(path).thread(document.sha256)) <= 400


def _none(question: str) -> Answers:
    return Answers(question, None, (), (), "")


def test_marks_of_an_edition_are_taken_over_once(tmp_path: Path) -> None:
    store = MarkStore(tmp_path / "marks.db")
    marks = Marks(store)
    older, newer = _document(), _document(sha="b" * 64)
    mark = marks.add(older, "highlight", _span(older, "Hamburg"))
    (copy,) = marks.of(newer)
    marks.change(newer, copy.id, note="Port")
    # Another thread that looked before, and writes now.
    late = replace(mark, id=copy.id, document=newer.sha256)
    store.step(newer.sha256, newer.path, [], [(None, late)], undoable=False, succeeds=older.sha256)
    assert [each.note for each in marks.of(newer)] == ["Port"]
