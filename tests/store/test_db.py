from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from assistant.errors import UserError
from assistant.paths import Paths
from assistant.store.db import Damaged, Database
from assistant.store.documents import DocumentStore
from assistant.store.findings import FindingKey, FindingStore
from helpers.processes import environment, python

LIMIT = 1_000_000


def _one(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE one (x INTEGER PRIMARY KEY)")


def _two(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE two (x INTEGER REFERENCES one (x))")


def _broken(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE three (x)")
    raise RuntimeError("half way")


def _tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    finally:
        connection.close()


def test_migrations_run_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.db"
    first = Database(path, [_one], durable=True)
    with first.writing() as connection:
        connection.execute("INSERT INTO one VALUES (7)")
    first.close()
    later = Database(path, [_one, _two], durable=True)
    with later.reading() as connection:
        assert connection.execute("SELECT x FROM one").fetchall() == [(7,)]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    later.close()


def test_a_migration_that_fails_leaves_the_schema_before_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = Database(path, [_one, _broken], durable=True)
    with pytest.raises(RuntimeError, match="half way"), database.reading():
        pass
    assert _tables(path) == {"one"}


def test_a_transaction_is_whole_or_not_at_all(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db", [_one, _two], durable=True)
    with pytest.raises(sqlite3.IntegrityError), database.writing() as connection:
        connection.executemany("INSERT INTO one VALUES (?)", [(1,), (1,)])
    with database.reading() as connection:
        assert connection.execute("SELECT * FROM one").fetchall() == []
    with pytest.raises(sqlite3.IntegrityError), database.writing() as connection:
        connection.execute("INSERT INTO two VALUES (99)")
    database.close()


def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    newer = Database(path, [_one, _two], durable=True)
    with newer.reading():
        pass
    newer.close()
    before = path.read_bytes()
    with pytest.raises(UserError) as caught, Database(path, [_one], durable=True).reading():
        pass
    assert caught.value.code == "profile_newer"
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"this is not SQLite, whatever its name says" * 100)
    with pytest.raises(Damaged), Database(path, [_one], durable=True).reading():
        pass


_WRITER = """
import sys
from pathlib import Path
from assistant.store.documents import DocumentStore
from assistant.store.findings import FindingKey, FindingStore
folder = Path(sys.argv[1])
documents = DocumentStore(folder / "reader.db")
findings = FindingStore(folder / "findings.db", lambda: 100_000_000)
number = 0
while True:
    number += 1
    documents.opened(folder / f"{number}.pdf", f"{number:064d}", "title", "pdf", 3, 1_000_000)
    findings.put(FindingKey(f"{number:064d}", "entities", "v"), bytes(20_000))
    print(number, flush=True)
"""


def test_a_process_killed_while_writing_loses_no_committed_row(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment(tmp_path)
    )
    assert child.stdout is not None
    with child, child.stdout:
        for line in child.stdout:
            if int(line) == 40:
                child.kill()
                break
        promised = max([40, *[int(line) for line in child.stdout if line.strip().isdigit()]])
    documents = DocumentStore(tmp_path / "reader.db")
    names = {int(row.path.stem) for row in documents.recent()}
    assert set(range(1, promised + 1)) <= names
    documents.close()
    problems: list[UserError] = []
    findings = FindingStore(tmp_path / "findings.db", lambda: 100_000_000, problems.append)
    kept = [findings.get(FindingKey(f"{number:064d}", "entities", "v")) for number in range(1, promised + 1)]
    # Not flushed to the disk at each commit, but a killed process leaves what the system was given.
    assert all(data == bytes(20_000) for data in kept)
    assert problems == []
    findings.close()
    for name in ("reader.db", "findings.db"):
        connection = sqlite3.connect(tmp_path / name)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
    assert not list(tmp_path.glob("*damaged*"))


_CROWD = """
import sys
from pathlib import Path
from assistant.store.documents import DocumentStore
from assistant.store.findings import FindingKey, FindingStore
folder, who = Path(sys.argv[1]), sys.argv[2]
documents = DocumentStore(folder / "reader.db")
findings = FindingStore(folder / "findings.db", lambda: 100_000_000)
for number in range(30):
    documents.opened(folder / f"{who}-{number}.pdf", f"{who}{number}", "title", "pdf", 3, 1000)
    documents.remember(f"{who}{number}", 2, 0.5, 1.0)
    findings.put(FindingKey(f"{who}{number}", "k", "v"), who.encode())
"""


def test_processes_that_start_together_share_the_files(tmp_path: Path) -> None:
    crowd = [
        subprocess.Popen([sys.executable, "-c", _CROWD, str(tmp_path), who], env=environment(tmp_path))
        for who in ("a", "b", "c")
    ]
    assert [child.wait(120) for child in crowd] == [0, 0, 0]
    documents = DocumentStore(tmp_path / "reader.db")
    assert len(documents.recent()) == 90
    findings = FindingStore(tmp_path / "findings.db", lambda: 100_000_000)
    assert findings.get(FindingKey("c29", "k", "v")) == b"c"
    documents.close()
    findings.close()


def test_threads_share_one_store(tmp_path: Path) -> None:
    findings = FindingStore(tmp_path / "f.db", lambda: 100_000_000)
    wrong: list[str] = []

    def work(who: str) -> None:
        for number in range(25):
            key = FindingKey(who, "k", "v", str(number))
            findings.put(key, f"{who}{number}".encode())
            if findings.get(key) != f"{who}{number}".encode():
                wrong.append(f"{who}{number}")

    threads = [threading.Thread(target=work, args=(who,)) for who in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    findings.close()


_READ_ONLY = """
import os, tempfile
from pathlib import Path
from assistant.errors import UserError
from assistant.store.documents import DocumentStore
from assistant.store.findings import FindingKey, FindingStore
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)  # permissions do not bind root
    try:
        DocumentStore(folder / "reader.db").opened(folder / "a.pdf", "0", "t", "pdf", 1, 10)
    except UserError as error:
        print("documents:", error.code, error)
    findings = FindingStore(folder / "findings.db", lambda: 10**6, lambda error: print("findings:", error.code))
    findings.put(FindingKey("d", "k", "v"), b"data")
    print("got", findings.get(FindingKey("d", "k", "v")))
    if root:
        os.seteuid(0)
    folder.chmod(0o755)
"""


@pytest.mark.skipif(os.name == "nt", reason="a folder's read-only flag does not keep Windows from writing into it")
def test_a_read_only_folder_gives_a_sentence(tmp_path: Path) -> None:
    done = python(_READ_ONLY, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "documents: cannot_write Docent cannot write to" in done.stdout
    assert done.stdout.count("findings: cannot_write") == 1
    assert "got None" in done.stdout


def test_a_folder_that_cannot_be_made_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "profile").write_bytes(b"a file in the place of a folder")
    store = DocumentStore(tmp_path / "profile" / "reader.db")
    with pytest.raises(UserError) as caught:
        store.recent()
    assert caught.value.code == "cannot_write"
    problems: list[UserError] = []
    findings = FindingStore(tmp_path / "profile" / "findings.db", lambda: LIMIT, problems.append)
    findings.put(FindingKey("d", "k", "v"), b"data")
    assert findings.get(FindingKey("d", "k", "v")) is None
    assert [problem.code for problem in problems] == ["cannot_write"]


def test_a_full_disk_gives_a_sentence_and_undoes_the_write(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path / "reader.db")
    store.opened(tmp_path / "a.pdf", "a", "first", "pdf", 1, 1000)
    with store._database.reading() as connection:
        # SQLite's own limit stands in for the disk's: the same error by the same way.
        connection.execute("PRAGMA max_page_count=1")
    with pytest.raises(UserError) as caught:
        _fill(store, tmp_path)
    assert caught.value.code == "disk_full"
    assert "no space left" in str(caught.value)
    titles = {row.title[:5] for row in store.recent()}
    assert "first" in titles
    store.close()


def _fill(store: DocumentStore, folder: Path) -> None:
    for number in range(1000):
        store.opened(folder / f"{number}.pdf", f"{number}", "x" * 5000, "pdf", 1, 1000)


def test_a_damaged_profile_is_kept_and_its_rows_are_taken_over(paths: Paths) -> None:
    path = paths.data / "reader.db"
    store = DocumentStore(path)
    for number in range(400):
        store.opened(paths.data / f"file {number}.pdf", f"{number:064d}", f"Title {number}", "pdf", 5, 1000)
    store.remember(f"{399:064d}", 4, 1.5, 2.0)
    store.close()
    content = bytearray(path.read_bytes())
    pages = len(content) // 4096
    assert pages > 10
    for page in range(pages - 3, pages):
        content[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
    path.write_bytes(content)

    told: list[tuple[Path, Path]] = []
    store = DocumentStore(path, lambda old, copy: told.append((old, copy)))
    rows = store.recent()
    assert len(told) == 1
    assert told[0][1].read_bytes() == bytes(content)
    # Some rows stood on the ruined pages; the others are there, in a sound file that can be written.
    assert 0 < len(rows) < 400
    assert all(re.fullmatch(r"Title \d+", row.title) for row in rows)
    store.opened(paths.data / "new.pdf", "f" * 64, "New", "pdf", 1, 1000)
    assert store.recent()[0].title == "New"
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "findings.db"
    problems: list[UserError] = []
    findings = FindingStore(path, lambda: 10 * LIMIT, problems.append)
    for number in range(50):
        findings.put(FindingKey("d", "k", "v", str(number)), bytes(3000))
    findings.close()
    content = bytearray(path.read_bytes())
    content[:200] = b"\0" * 200
    path.write_bytes(content)
    findings = FindingStore(path, lambda: 10 * LIMIT, problems.append)
    assert findings.get(FindingKey("d", "k", "v", "7")) is None
    findings.put(FindingKey("d", "k", "v", "7"), b"again")
    assert findings.get(FindingKey("d", "k", "v", "7")) == b"again"
    assert problems == []
    assert (tmp_path / "findings.damaged.db").exists()
    findings.close()


def test_a_cache_damaged_in_the_middle_is_made_again_when_it_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "findings.db"
    findings = FindingStore(path, lambda: 10 * LIMIT)
    for number in range(200):
        findings.put(FindingKey("d", "k", "v", str(number)), bytes([number % 256]) * 3000)
    findings.close()
    content = bytearray(path.read_bytes())
    for page in range(2, len(content) // 4096):
        content[page * 4096 : (page + 1) * 4096] = b"\xee" * 4096
    path.write_bytes(content)
    findings = FindingStore(path, lambda: 10 * LIMIT)
    for number in range(200):
        assert findings.get(FindingKey("d", "k", "v", str(number))) is None
    findings.put(FindingKey("d", "k", "v", "7"), b"again")
    assert findings.get(FindingKey("d", "k", "v", "7")) == b"again"
    findings.close()
