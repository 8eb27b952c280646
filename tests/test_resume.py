"""What a killed run had done is not done again."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.documents import wire
from assistant.documents.dispatch import Request
from assistant.documents.reading import Reader
from assistant.engine import Engine
from assistant.jobs import Context
from assistant.paths import Paths
from assistant.tasks import entities, index
from helpers.big_pdf import write_big_pdf
from helpers.processes import ROOT, environment

_PAGES = 24
_PART = 16
_RUN = """
import sys
from pathlib import Path
from assistant.engine import Engine
from assistant.jobs import Context
from assistant.tasks import index
from assistant.documents import batches
index._PART = int(sys.argv[2])
batches._PATIENCE = 0.0

def report(progress):
    print(progress.stage, progress.done, progress.total, flush=True)

ctx = Context(on_progress=report)
with Engine.create() as engine:
    document = engine.load(Path(sys.argv[1]), ctx)
    if sys.argv[3] == "text":
        pass
    elif sys.argv[3] == "entities":
        engine.entities(document, ctx)
    else:
        engine.classify(document, ctx)
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_big_pdf(tmp_path_factory.mktemp("book") / "book.pdf", _PAGES)


def _killed(book: Path, home: Path, what: str, stage: str) -> None:
    """Run until more than half of the stage is done, then kill the process as ``kill -9`` does."""
    arguments = [sys.executable, "-c", _RUN, str(book), str(_PART), what]
    run = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, encoding="utf-8", env=environment(home), cwd=ROOT, start_new_session=True
    )
    assert run.stdout is not None
    for line in run.stdout:
        name, done, total = line.split()
        if name == stage and int(done) * 2 > int(total):
            assert int(done) < int(total)
            os.killpg(run.pid, signal.SIGKILL)
            break
    assert run.wait() == -signal.SIGKILL
    run.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", ["pdf", "txt"])
def test_a_text_goes_on_where_its_reading_was_killed(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "pdf":
        path = write_big_pdf(tmp_path / "long.pdf", 1000)
    else:
        lines = [
            f"Line {number} of a list that has {number % 7} parts, and a word or two more." for number in range(40_000)
        ]
        path = tmp_path / "long.txt"
        path.write_text("\n".join(lines))
    _killed(path, tmp_path, "text", "reading")
    asked: list[int] = []
    submit = Reader._submit

    def counting(self: Reader, header: wire.Header) -> Request:
        asked.extend(range(header.get("from", 0), header.get("to", 0)))
        return submit(self, header)

    monkeypatch.setattr(Reader, "_submit", counting)
    with Engine(_paths(tmp_path)) as engine:
        resumed = engine.load(path, Context())
    again = len(asked)
    asked.clear()
    with Engine(_paths(tmp_path / "fresh")) as engine:
        whole = engine.load(path, Context())
    pages = len(whole.pages)
    assert 0 < len(set(asked)) == pages
    assert 0 < again < 0.7 * len(asked)
    assert resumed == whole
    # What was kept on the way is not needed any more.
    with sqlite3.connect(tmp_path / "cache" / "findings.db") as database:
        kinds = {row[0] for row in database.execute("SELECT kind FROM findings")}
    assert kinds == {"document"}


def _paths(home: Path) -> Paths:
    return Paths(home / "data", home / "cache", home / "log")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.timeout(180)
def test_entities_go_on_where_they_were_killed(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _killed(book, tmp_path, "entities", "entities")
    counted: list[int] = []
    read = entities._Reader.read

    def counting(self: entities._Reader, sentences: list[object], ctx: Context) -> None:
        counted.append(len(sentences))
        read(self, sentences, ctx)  # type: ignore[arg-type]

    monkeypatch.setattr(entities._Reader, "read", counting)
    with Engine(_paths(tmp_path)) as engine:
        document = engine.load(book, Context())
        resumed = engine.entities(document, Context())
    again = sum(counted)
    counted.clear()
    with Engine(_paths(tmp_path / "fresh")) as engine:
        whole = engine.entities(document, Context())
    assert 0 < again < 0.6 * sum(counted)
    assert resumed == whole


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.timeout(180)
def test_the_index_goes_on_where_it_was_killed(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _killed(book, tmp_path, "classification", "indexing")
    monkeypatch.setattr(index, "_PART", _PART)
    restored: list[bool] = []
    restore = index._restored

    def counting(*arguments: object) -> bool:
        restored.append(restore(*arguments))  # type: ignore[arg-type]
        return restored[-1]

    monkeypatch.setattr(index, "_restored", counting)
    with Engine(_paths(tmp_path)) as engine:
        document = engine.load(book, Context())
        resumed = engine.classify(document, Context())
    assert restored.count(True) >= len(restored) // 2 - 1 > 0
    assert not all(restored)
    with Engine(_paths(tmp_path / "fresh")) as engine:
        whole = engine.classify(document, Context())
    assert resumed.label == whole.label
    assert [row.score for row in resumed.scores] == pytest.approx([row.score for row in whole.scores], abs=0.01)
