from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from assistant.errors import UserError
from assistant.labelling import Labels
from assistant.store.labels import LabelStore
from assistant.store.migrations import LABELS
from assistant.store.salvage import salvage_labels
from assistant.types import Document
from helpers.labels import document, span_of
from helpers.processes import python

NAMES = [f"Name{number:04d}" for number in range(1500)]


@pytest.fixture
def people() -> Document:
    return document(
        "\n".join(f"{name} lives in Hamburg and is {30 + number % 40}." for number, name in enumerate(NAMES))
    )


def _two(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE documents ADD COLUMN collection TEXT")


def _broken(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TABLE labels")
    raise RuntimeError("half way")


def _some(path: Path, people: Document, count: int) -> Labels:
    labels = Labels(LabelStore(path))
    for name in NAMES[:count]:
        labels.add(people, "entity", "PERSON", span_of(people, name))
    return labels


def _sound(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def test_every_commit_is_flushed(tmp_path: Path, people: Document) -> None:
    path = tmp_path / "labels.db"
    labels = _some(path, people, 1)
    with labels._store._database.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    labels.close()


def test_an_older_file_is_migrated_after_a_copy_was_kept(tmp_path: Path, people: Document) -> None:
    path = tmp_path / "labels.db"
    _some(path, people, 3).close()
    newer = LabelStore(path, migrations=(*LABELS, _two))
    assert len(Labels(newer).of(people)) == 3
    newer.close()
    copy = tmp_path / "labels.version-1.db"
    assert _sound(copy)
    assert len(Labels(LabelStore(copy)).of(people)) == 3


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, people: Document) -> None:
    path = tmp_path / "labels.db"
    _some(path, people, 3).close()
    with pytest.raises(RuntimeError, match="half way"):
        Labels(LabelStore(path, migrations=(*LABELS, _broken))).of(people)
    labels = Labels(LabelStore(path))
    assert len(labels.of(people)) == 3
    labels.close()


def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path, people: Document) -> None:
    path = tmp_path / "labels.db"
    _some(path, people, 3).close()
    newer = LabelStore(path, migrations=(*LABELS, _two))
    with newer.reading():
        pass
    newer.close()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    labels = Labels(LabelStore(path))
    calls: list[Callable[[], object]] = [
        lambda: labels.of(people),
        lambda: labels.add(people, "type", "contract", None),
        labels.undo,
        labels.labelled_documents,
    ]
    for call in calls:
        with pytest.raises(UserError) as caught:
            call()
        assert caught.value.code == "profile_newer"
    labels.close()
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("part", [0.3, 0.5, 0.9])
def test_a_damaged_file_is_kept_and_its_labels_are_taken_over(tmp_path: Path, people: Document, part: float) -> None:
    path = tmp_path / "labels.db"
    _some(path, people, 600).close()
    data = bytearray(path.read_bytes())
    page = 4096 * int(len(data) * part // 4096)
    data[page : page + 4096] = os.urandom(4096)
    path.write_bytes(data)
    told: list[tuple[Path, Path]] = []
    labels = Labels(LabelStore(path, lambda *files: told.append(files)))
    found = labels.of(people)
    # Nearly all are in the log as well as in the table of labels; one page holds about eight rows.
    assert len(found) >= 590, len(found)
    assert len(told) == 1
    assert told[0][1].read_bytes() == bytes(data), "the damaged file is kept as it was"
    labels.add(people, "entity", "PERSON", span_of(people, NAMES[700]))
    labels.close()
    assert _sound(path)
    assert len(Labels(LabelStore(path)).of(people)) == len(found) + 1


@pytest.mark.parametrize("table", ["labels", "log", "documents", "steps"])
def test_without_one_of_its_tables_the_others_say_what_was_labelled(
    tmp_path: Path, people: Document, table: str
) -> None:
    path = tmp_path / "labels.db"
    labels = _some(path, people, 300)
    before = labels.of(people)
    labels.remove(people, before[7].id)
    labels.undo()
    labels.close()
    connection = sqlite3.connect(path)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.close()
    data = bytearray(path.read_bytes())
    data[4096 * (root - 1) : 4096 * root] = os.urandom(4096)
    path.write_bytes(data)
    labels = Labels(LabelStore(path))
    assert labels.of(people) == before
    labels.undo()
    labels.add(people, "type", "list", None)
    labels.undo()
    assert len(labels.of(people)) >= 299
    (row,) = labels.labelled_documents()
    assert row.text == people.text, "it is kept again with the next label"
    labels.close()
    assert _sound(path)


def test_rubbish_in_the_place_of_the_file_is_kept(tmp_path: Path, people: Document) -> None:
    path = tmp_path / "labels.db"
    path.write_bytes(b"not a database" * 1000)
    told: list[tuple[Path, Path]] = []
    labels = Labels(LabelStore(path, lambda *files: told.append(files)))
    assert labels.of(people) == ()
    assert told[0][1].read_bytes() == b"not a database" * 1000
    labels.close()


def test_damage_that_shows_late_is_said_and_repaired_with_the_next_call(tmp_path: Path, people: Document) -> None:
    path = tmp_path / "labels.db"
    labels = _some(path, people, 600)
    labels.close()
    data = bytearray(path.read_bytes())
    for page in range(4096, len(data), 4096):
        data[page : page + 100] = os.urandom(100)
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        labels.of(people)
    assert caught.value.code == "database_damaged"
    labels.of(people)
    labels.add(people, "type", "letter", None)
    labels.close()
    assert len([file for file in tmp_path.iterdir() if "damaged" in file.name and file.suffix == ".db"]) == 1
    assert _sound(path)


_READ_ONLY = """
import os, sys, tempfile
from pathlib import Path
from assistant.errors import UserError
from assistant.labelling import Labels
from assistant.insights import EntityEdit
from assistant.store.labels import LabelStore
from assistant.store.notebook import NotebookStore
sys.path.insert(0, sys.argv[1])
from helpers.labels import document, span_of
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    folder.chmod(0o755)
    text = document("Anna Berg lives in Hamburg.", "/docs/a.txt")
    labels = Labels(LabelStore(folder / "labels.db"))
    labels.add(text, "entity", "PERSON", span_of(text, "Anna Berg"))
    labels.close()
    notebook = NotebookStore(folder / "notebook.db")
    notebook.arrange(text.sha256, EntityEdit("merge", "PERSON", ("Anna Berg", "Anna"), "Anna Berg"))
    notebook.close()
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)  # permissions do not bind root
    labels = Labels(LabelStore(folder / "labels.db"))
    print("read", [label.text for label in labels.of(text)])
    edited = document("Since May, Anna Berg lives in Hamburg.", "/docs/a.txt")
    print("edited", [(label.text, label.anchor.span.start) for label in labels.of(edited)])
    try:
        labels.add(text, "entity", "LOCATION", span_of(text, "Hamburg"))
    except UserError as error:
        print(error.code, error)
    print("after", len(labels.of(text)))
    notebook = NotebookStore(folder / "notebook.db")
    print("merged", notebook.arrangement(text.sha256).edits[0].variants)
    notebook.close()
    labels.close()
    if root:
        os.seteuid(0)
    folder.chmod(0o755)
"""


@pytest.mark.skipif(os.name == "nt", reason="a folder's read-only flag does not keep Windows from writing into it")
def test_in_a_read_only_profile_labels_and_merges_can_be_read_and_a_new_one_is_refused(tmp_path: Path) -> None:
    done = python(_READ_ONLY, Path(__file__).parents[1], home=tmp_path)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0] == "read ['Anna Berg']"
    assert said[1] == "edited [('Anna Berg', 11)]"
    assert said[2].startswith("cannot_write Docent cannot write to")
    assert said[3] == "after 1"
    assert said[4] == "merged ('Anna Berg', 'Anna')"


@pytest.mark.parametrize("lost", [1, 8])
def test_a_rescue_does_not_go_back_to_what_a_label_was_before(tmp_path: Path, people: Document, lost: int) -> None:
    """Where the newest rows of the log are lost, the labels themselves say what they are."""
    path = tmp_path / "labels.db"
    labels = Labels(LabelStore(path))
    made = [labels.add(people, "entity", "PERSON", span_of(people, name)) for name in NAMES[:40]]
    for label in made[:20]:
        labels.change(people, label.id, value="ORGANIZATION")
    labels.remove(people, made[30].id)
    labels.undo(people.sha256)
    truth = {label.id: label.value for label in labels.of(people)}
    labels.close()
    with closing(sqlite3.connect(path)) as connection:
        newest = "SELECT number FROM log ORDER BY number DESC LIMIT ?"
        connection.execute(f"DELETE FROM log WHERE number IN ({newest})", (lost,))
        connection.commit()
    rescued = LabelStore(tmp_path / "rescued.db")
    with rescued.writing():
        pass
    with closing(sqlite3.connect(rescued.path)) as connection:
        salvage_labels(path, connection)
        connection.commit()
    assert {label.id: label.value for label in Labels(rescued).of(people)} == truth
    rescued.close()


_FULL = """
import resource, sys
from pathlib import Path
from assistant.errors import UserError
from assistant.labelling import Labels
from assistant.insights import EntityEdit
from assistant.store.labels import LabelStore
from assistant.store.notebook import NotebookStore
sys.path.insert(0, sys.argv[1])
from helpers.labels import document, span_of
from store.test_labels import NAMES
path = Path(sys.argv[2])
text = document("\\n".join(f"{name} lives in Hamburg." for name in NAMES))
labels = Labels(LabelStore(path))
labels.add(text, "type", "letter", None)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
made = []
try:
    for name in NAMES:
        labels.add(text, "entity", "PERSON", span_of(text, name))
        made.append(name)
except UserError as error:
    print(error.code, error)
print(len(made), made == [label.text for label in labels.of(text) if label.kind == "entity"])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
labels.add(text, "entity", "PERSON", span_of(text, NAMES[-1]))
print(len(labels.of(text)) == len(made) + 2)
labels.close()
"""


@pytest.mark.skipif(os.name == "nt", reason="a limit on the size of files stands in for a full disk")
def test_on_a_full_disk_every_label_that_was_acknowledged_stays(tmp_path: Path) -> None:
    path = tmp_path / "labels.db"
    done = python(_FULL, Path(__file__).parents[1], path, home=tmp_path)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0].split()[0] in ("disk_full", "cannot_write"), said
    assert int(said[1].split()[0]) > 20, said
    assert said[1].endswith("True"), said
    assert said[2] == "True", said
    assert _sound(path)


def test_two_processes_label_at_the_same_time(tmp_path: Path, people: Document) -> None:
    path = tmp_path / "labels.db"
    first, second = Labels(LabelStore(path)), Labels(LabelStore(path))
    for number, name in enumerate(NAMES[:20]):
        (first, second)[number % 2].add(people, "entity", "PERSON", span_of(people, name))
    assert first.of(people) == second.of(people)
    assert len(first.of(people)) == 20
    second.undo()
    first.undo()
    assert len(first.of(people)) == 18
    first.close()
    second.close()


def test_a_rescue_that_fails_is_tried_again(tmp_path: Path, people: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "labels.db"
    _some(path, people, 600).close()
    data = bytearray(path.read_bytes())
    page = 4096 * int(len(data) * 0.5 // 4096)
    data[page : page + 4096] = os.urandom(4096)
    path.write_bytes(data)
    labels = Labels(LabelStore(path))

    def no_room(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("assistant.store.labels.salvage_labels", no_room)
        with pytest.raises((OSError, UserError)):
            labels.of(people)
    assert path.read_bytes() == bytes(data), "as it was"
    assert len(labels.of(people)) >= 590
    labels.close()


_KILLED = """
import os, signal, sys
from pathlib import Path
import assistant.store.labels as store

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "salvage":
    store.salvage_labels = die
else:
    whole = Path.replace

    def once(self, target):
        # After the file itself, before its log of changes.
        whole(self, target)
        Path(str(self) + "-wal").touch()
        die()

    Path.replace = once
with store.LabelStore(Path(sys.argv[1])).reading() as reader:
    reader.labels()
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize("point", ["salvage", "moving"])
def test_a_rescue_that_is_killed_is_gone_on_with_at_the_next_start(
    tmp_path: Path, people: Document, point: str
) -> None:
    path = tmp_path / "labels.db"
    _some(path, people, 600).close()
    data = bytearray(path.read_bytes())
    page = 4096 * int(len(data) * 0.5 // 4096)
    data[page : page + 4096] = os.urandom(4096)
    path.write_bytes(data)
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, str(path), point], env={**os.environ, "PYTHONPATH": str(root)}, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert (tmp_path / "labels.rescue").exists()
    told: list[tuple[Path, Path]] = []
    labels = Labels(LabelStore(path, lambda *files: told.append(files)))
    assert labels.moves_at("undo", people.sha256) is not None, "the first question finishes it, whichever it is"
    assert len(labels.of(people)) >= 590
    assert len(told) == 1
    assert told[0][1].read_bytes() == bytes(data), "the damaged file is kept as it was"
    labels.close()
    assert not (tmp_path / "labels.rescue").exists()
    assert len(Labels(LabelStore(path)).of(people)) >= 590
