"""Everything about a document is deleted: not a byte of what was kept of it stays in the files of the profile."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from assistant.engine import Engine
from assistant.errors import UserError
from assistant.jobs import Context
from assistant.paths import Paths
from assistant.privacy import Privacy
from assistant.types import Document

_WINDOW = 40
_SECRET = "Wilhelmina Featherstonehaugh"
_TEXT = f"""Minutes of the board of Quartzbrook Ltd

{_SECRET} opened the meeting in Rotterdam on 4 March 2025. She said that the purchase of the mill costs 1,250,000 euros.
The board agreed that {_SECRET} signs the contract. 会议决定由王晓明负责实施该计划，预算为三百万元。
"""


def _pieces(paths: Paths, sha256: str) -> list[bytes]:
    """Bytes of everything that is kept of the document: of each value a piece from its middle."""
    found: list[bytes] = []
    for path in (
        paths.cache / "findings.db",
        paths.data / "labels.db",
        paths.data / "reader.db",
        paths.data / "marks.db",
        paths.data / "notebook.db",
    ):
        with closing(sqlite3.connect(path)) as connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                for column in {"document", "sha256"} & set(columns):
                    for row in connection.execute(f"SELECT * FROM {table} WHERE {column} = ?", (sha256,)):
                        found += [_bytes(value) for value in row if isinstance(value, (bytes, str))]
    # Short values (a language, a kind) stand in other rows as well.
    middles = [piece[len(piece) // 2 :][:_WINDOW] for piece in found if len(piece) > 3 * _WINDOW]
    return [sha256.encode(), *middles]


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def _everything(paths: Paths) -> bytes:
    home = paths.data.parent
    return b"\0".join(file.read_bytes() for file in sorted(home.rglob("*")) if file.is_file())


@pytest.fixture
def read(paths: Paths, tmp_path: Path) -> Callable[[Engine, str, str], Document]:
    def read(engine: Engine, name: str, text: str) -> Document:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        ctx = Context()
        opened = engine.open(path, ctx)
        document = engine.read(opened, ctx)
        entities = engine.entities(document, ctx)
        engine.summarize(document, ctx)
        engine.classify(document, ctx)
        engine.notebook.keep(document, engine.ask(document, "Who opened the meeting?", ctx))
        engine.keep_picture(opened, b"picture of " + text.encode() * 3)
        engine.labels.accept(document, entities.mentions[0])
        mention = entities.mentions[0].span
        engine.marks.add(document, "highlight", mention, note=f"A note on {text[20:90]}")
        engine.remember(opened, 1, 10.0, 1.0)
        engine.close(opened)
        return document

    return read


Read = Callable[[Engine, str, str], Document]


def _copies_and_runs(paths: Paths, document: Document) -> None:
    """What an update, a damaged file and a training leave behind."""
    for name in ("labels.version-1.db", "labels.damaged-17.db"):
        with (
            closing(sqlite3.connect(paths.data / "labels.db")) as source,
            closing(sqlite3.connect(paths.data / name)) as copy,
        ):
            source.backup(copy)
    run = paths.data / "runs" / "20250101-1"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"status": "done"}))
    (run / "train.jsonl").write_text(
        json.dumps({"doc": f"{document.sha256[:16]}/0", "text": document.text}, ensure_ascii=False)
    )


def test_not_a_byte_stays(paths: Paths, read: Read) -> None:
    with Engine.create(paths) as engine:
        document = read(engine, "geheim 会议.txt", _TEXT)
        other = read(engine, "other.txt", "Johanna Vandenberg lives in Utrecht. She works for Larkspur Ltd. " * 4)
        _copies_and_runs(paths, document)
        pieces = [*_pieces(paths, document.sha256), _SECRET.encode(), "王晓明".encode()]
        before = _everything(paths)
        # The test would notice: all of it is there.
        assert len(pieces) > 10
        assert all(piece in before for piece in pieces)
        kept_other = _pieces(paths, other.sha256)

        assert engine.erase(document.sha256, labels=True) == ()

        # Also while the program still runs, with its files open.
        after = _everything(paths)
        assert [piece for piece in pieces if piece in after] == []
        assert b"geheim" not in after
        # Others are whole.
        assert _pieces(paths, other.sha256) == kept_other
        assert [known.sha256 for known in engine.known_documents()] == [other.sha256]
        assert engine.labels.of(other)
    after = _everything(paths)
    assert [piece for piece in pieces if piece in after] == []


def test_labels_stay_unless_they_are_ticked(paths: Paths, read: Read) -> None:
    with Engine.create(paths) as engine:
        document = read(engine, "minutes.txt", _TEXT)
        (known,) = engine.known_documents()
        assert known.labels == 2
        assert known.bytes > 0
        engine.erase(document.sha256, labels=False)
        (known,) = engine.known_documents()
        assert (known.labels, known.bytes) == (2, 0)
        assert engine.recent() == []
        assert len(engine.labels.of(document)) == 1
        assert _SECRET.encode() not in (paths.cache / "findings.db").read_bytes()


def test_what_cannot_be_looked_through_is_told(paths: Paths, read: Read) -> None:
    with Engine.create(paths) as engine:
        document = read(engine, "minutes.txt", _TEXT)
        damaged = paths.data / "labels.damaged-3.db"
        damaged.write_bytes(b"no database" * 1000)
        assert engine.erase(document.sha256, labels=True) == (damaged,)


def test_a_run_that_trains_on_it_is_not_torn_away(paths: Paths, read: Read) -> None:
    with Engine.create(paths) as engine:
        document = read(engine, "minutes.txt", _TEXT)
        _copies_and_runs(paths, document)
        run = paths.data / "runs" / "20250101-1"
        _running(run, psutil.Process().create_time())
        with pytest.raises(UserError, match="still running"):
            engine.privacy.erase(document.sha256, labels=True)
        assert engine.labels.of(document)
        assert (run / "train.jsonl").exists()


def test_a_run_whose_program_was_killed_is_deleted(paths: Paths, read: Read) -> None:
    with Engine.create(paths) as engine:
        document = read(engine, "minutes.txt", _TEXT)
        _copies_and_runs(paths, document)
        run = paths.data / "runs" / "20250101-1"
        _running(run, psutil.Process().create_time() - 1000)
        assert engine.erase(document.sha256, labels=True) == ()
        assert not run.exists()


def _running(run: Path, created: float) -> None:
    (run / "run.json").write_text(json.dumps({"status": "running", "owner": {"pid": os.getpid(), "created": created}}))


def test_questions_go_with_the_results_and_merged_entities_stay_with_the_labels(paths: Paths, read: Read) -> None:
    with Engine.create(paths) as engine:
        document = read(engine, "minutes.txt", _TEXT)
        found = engine.entities(document, Context())
        engine.notebook.merge(document, found.entities[:2])
        assert b"Who opened the meeting?" in _bytes_of(paths, "notebook.db")
        engine.erase(document.sha256, labels=False)
        assert engine.notebook.thread(document) == ()
        assert len(engine.notebook.arrangement(document).edits) == 1
        assert b"Who opened the meeting?" not in _bytes_of(paths, "notebook.db")
        assert engine.known_documents()[0].labels == 3
        engine.erase(document.sha256, labels=True)
        assert engine.notebook.arrangement(document).edits == ()
        assert engine.known_documents() == []


def test_a_document_of_which_only_questions_are_kept_is_listed(paths: Paths, read: Read) -> None:
    with Engine.create(paths) as engine:
        document = read(engine, "minutes.txt", _TEXT)
        thread = engine.notebook.thread(document)
        engine.erase(document.sha256, labels=True)
        assert engine.known_documents() == []
        engine.notebook.keep(document, thread[0].answers)
        assert [known.sha256 for known in engine.known_documents()] == [document.sha256]


def test_a_damaged_copy_does_not_stand_in_the_way_of_the_rest(paths: Paths, read: Read) -> None:
    with Engine.create(paths) as engine:
        document = read(engine, "minutes.txt", _TEXT)
        engine.labels.close()
        damaged = paths.data / "labels.damaged-3.db"
        with (
            closing(sqlite3.connect(paths.data / "labels.db")) as source,
            closing(sqlite3.connect(damaged)) as copy,
        ):
            source.backup(copy)
            copy.execute("CREATE TABLE other (body TEXT)")
            copy.executemany("INSERT INTO other VALUES (?)", [("x" * 500,)] * 200)
            copy.commit()
            (root,) = copy.execute("SELECT rootpage FROM sqlite_master WHERE name = 'other'").fetchone()
        data = bytearray(damaged.read_bytes())
        data[(root - 1) * 4096 : root * 4096] = b"\x5a" * 4096
        damaged.write_bytes(data)
        assert engine.erase(document.sha256, labels=True) == (damaged,)
        assert engine.known_documents() == []


def _bytes_of(paths: Paths, name: str) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(paths.data.glob(f"{name}*")))


def test_other_profiles_and_folders_within_each_other_are_kept_apart(tmp_path: Path) -> None:
    # As on Windows, where cache and log lie within the data, with another profile beside.
    paths = Paths(tmp_path / "docent", tmp_path / "docent" / "Cache", tmp_path / "docent" / "Logs")
    other = Paths(*(root / "profiles" / "work" for root in (paths.data, paths.cache, paths.log)))
    for each in (paths, other):
        for file in (each.data / "labels.db", each.cache / "findings.db", each.log / "docent.log"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"x" * 10)
    privacy = Privacy(paths)
    held = {holding.kind: holding.bytes for holding in privacy.holdings() if holding.bytes}
    assert held == {"labels": 10, "results": 10, "log": 10}
    privacy.clear_log()
    assert (paths.log / "docent.log").stat().st_size == 0
    assert (other.log / "docent.log").stat().st_size == 10


def test_a_copy_of_damaged_settings_that_names_the_document_is_told(paths: Paths, read: Read) -> None:
    with Engine.create(paths) as engine:
        document = read(engine, "geheim 会议.txt", _TEXT)
        copies = [paths.data / f"settings.damaged-{number}.json" for number in (1, 2, 3)]
        copies[0].write_text(json.dumps({"tabs": ["/x/geheim 会议.txt"]}))
        copies[1].write_text(json.dumps({"tabs": ["/x/geheim 会议.txt"]}, ensure_ascii=False), encoding="utf-8")
        copies[2].write_text(json.dumps({"tabs": ["/x/other.txt"]}))
        assert engine.erase(document.sha256, labels=True) == tuple(copies[:2])


def test_all_that_is_kept_is_named(paths: Paths, read: Read) -> None:
    with Engine.create(paths) as engine:
        document = read(engine, "minutes.txt", _TEXT)
        _copies_and_runs(paths, document)
        paths.log.mkdir(parents=True, exist_ok=True)
        (paths.log / "docent.log").write_text("line\n" * 50)
        held = {holding.kind: holding for holding in engine.privacy.holdings()}
        total = sum(file.stat().st_size for file in paths.data.parent.rglob("*") if file.is_file())
        assert sum(holding.bytes for holding in held.values()) == total
        for kind in ("recent", "results", "labels", "copies", "runs", "log"):
            assert held[kind].bytes > 0, kind
        assert engine.privacy.log_tail(3) == ("line",) * 3
        engine.privacy.clear_log()
        assert engine.privacy.log_tail(3) == ()
        engine.clear_recent()
        assert _SECRET.encode() not in (paths.cache / "findings.db").read_bytes()
        assert engine.labels.of(document)
        shutil.rmtree(paths.data / "runs")


def test_work_that_ends_later_keeps_nothing_until_it_is_opened_again(paths: Paths, read: Read) -> None:
    with Engine.create(paths) as engine:
        document = read(engine, "minutes.txt", _TEXT)
        engine.erase(document.sha256, labels=True)
        engine.entities(document, Context())
        assert engine.known_documents() == []
        read(engine, "minutes.txt", _TEXT)
        (known,) = engine.known_documents()
        assert known.bytes > 0


def test_network_sockets_are_counted_and_local_ones_are_not(paths: Paths) -> None:
    here, there = socket.socketpair()
    with Engine.create(paths) as engine, here, there:
        assert engine.connections().sockets == 0
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            assert engine.connections().sockets == 1
        assert engine.connections().sockets == 0
