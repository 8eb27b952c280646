"""The command line as scripts see it: JSON to the letter, offsets that slice back, exit codes, pipes and signals."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from assistant import cli
from assistant.jobs import Progress
from assistant.terminal import ProgressLine, Writer, describe, width_of, wrap
from helpers.documents import QUESTION, Samples, write_pdf
from helpers.processes import ROOT, docent, environment


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def _json(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _is_place(item: Any, keys: set[str], text: str, pages: list[Any]) -> None:
    assert set(item) == keys
    assert text[item["start"] : item["end"]] == item["text"]
    assert item["text"]
    page = pages[item["page"] - 1]
    assert page["number"] == item["page"]
    assert page["start"] <= item["start"] < page["end"]
    assert 0 <= item["score"] <= 1


PLACE = {"text", "page", "start", "end", "score"}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["contract", "chinese"])
def test_read_gives_exactly_the_fields_that_scripts_rely_on(name: str, samples: Samples, home: Path) -> None:
    path: Path = getattr(samples, name)
    text = _json(docent("text", path, "--json", home=home))
    done = docent("read", path, "--json", home=home)
    result = _json(done)
    assert done.stderr == ""
    assert list(result) == ["document", "summary", "entities", "classification", "provider", "timings"]
    document = result["document"]
    assert set(document) == {"path", "sha256", "format", "pages", "language", "title", "characters"}
    assert document["path"] == str(path)
    assert (document["format"], document["pages"]) == (("pdf", 2) if name == "contract" else ("txt", 1))
    assert document["language"] == ("en" if name == "contract" else "zh")
    assert document["characters"] == len(text["text"])
    assert len(document["sha256"]) == 64
    for sentence in result["summary"]:
        _is_place(sentence, PLACE, text["text"], text["pages"])
    assert result["summary"]
    for entity in result["entities"]:
        _is_place(entity, PLACE | {"label", "source"}, text["text"], text["pages"])
    found = {entity["text"]: entity["label"] for entity in result["entities"]}
    if name == "contract":
        assert found["EUR 12,500"] == "MONEY"
        assert found["Northwind Analytics GmbH"] == "ORGANIZATION"
        assert {entity["page"] for entity in result["entities"]} == {1, 2}
    else:
        assert found["2024年3月1日"] == "DATE"
    scores = [row["score"] for row in result["classification"]]
    assert all(set(row) == {"label", "score"} for row in result["classification"])
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) == pytest.approx(1, abs=1e-3)
    assert result["provider"] in ("CPU", "CUDA")
    assert {"read", "entities", "summary", "classification", "total"} == set(result["timings"])
    assert all(isinstance(value, float) for value in result["timings"].values())


def test_text_covers_the_document_page_by_page(samples: Samples, home: Path) -> None:
    result = _json(docent("text", samples.contract, "--json", home=home))
    assert set(result) == {"text", "pages"}
    assert all(set(page) == {"number", "start", "end", "source"} for page in result["pages"])
    assert [page["number"] for page in result["pages"]] == [1, 2]
    assert "".join(result["text"][page["start"] : page["end"]] for page in result["pages"]) == result["text"]
    assert {page["source"] for page in result["pages"]} == {"layer"}
    assert "Maria Keller" in result["text"][result["pages"][1]["start"] :]
    flowing = _json(docent("text", samples.text, "--json", home=home))
    assert {page["source"] for page in flowing["pages"]} == {"layout"}
    assert docent("text", samples.contract, home=home).stdout.strip() == result["text"].strip()


def test_offsets_count_code_points_also_beyond_the_first_plane(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("😀😀 𠀀 Contact: anna.berg@example.com 😀\n", encoding="utf-8")
    text = _json(docent("text", path, "--json", home=home))["text"]
    entities = _json(docent("read", path, "--json", home=home))["entities"]
    mail = next(entity for entity in entities if entity["label"] == "EMAIL")
    assert text[mail["start"] : mail["end"]] == mail["text"] == "anna.berg@example.com"


def test_tables_as_csv_and_as_json(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "fees.html"
    path.write_text(
        "<h1>Fees</h1><table><tr><td>Item</td><td>Fee</td></tr><tr><td>Training</td><td>=1+1</td></tr></table>"
    )
    result = _json(docent("tables", path, "--json", "--csv", tmp_path / "out", home=home))
    (table,) = result["tables"]
    assert table["rows"] == [["Item", "Fee"], ["Training", "=1+1"]]
    assert table["page"] == 1
    (file,) = result["files"]
    assert Path(file).read_text(encoding="utf-8-sig") == "Item,Fee\nTraining,'=1+1\n"
    assert docent("tables", path, home=home).stdout.splitlines() == ["Item,Fee", "Training,'=1+1"]


def test_ask_gives_the_answer_with_its_place_or_null(samples: Samples, home: Path) -> None:
    text = _json(docent("text", samples.contract, "--json", home=home))
    result = _json(docent("ask", samples.contract, QUESTION, "--json", home=home))
    assert list(result) == ["answer", "alternatives", "evidence"]
    _is_place(result["answer"], PLACE, text["text"], text["pages"])
    assert "12,500" in result["answer"]["text"]
    for item in (*result["alternatives"], *result["evidence"]):
        _is_place(item, PLACE, text["text"], text["pages"])
    assert result["evidence"]
    nothing = _json(docent("ask", samples.contract, "Which mountain did the astronaut climb?", "--json", home=home))
    assert nothing["answer"] is None
    assert nothing["evidence"]
    shown = docent("ask", samples.contract, "Which mountain did the astronaut climb?", home=home)
    assert shown.stdout.startswith("Not in this document.")


def test_models_lists_what_is_installed(home: Path) -> None:
    result = _json(docent("models", "--json", home=home))
    assert list(result) == ["models"]
    tasks = {model["task"] for model in result["models"] if model["active"]}
    assert {"embeddings", "entities", "answers", "summary"} <= tasks
    for model in result["models"]:
        assert set(model) == {"name", "task", "version", "licence", "size", "active", "labels", "metrics"}
        assert model["size"] > 0


def test_read_for_people_shows_pages_scores_and_no_escapes_in_a_pipe(samples: Samples, home: Path) -> None:
    done = docent("read", samples.contract, home=home, COLUMNS="60")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    for heading in ("Type", "Summary", "Entities"):
        assert f"\n{heading}" in done.stdout
    assert "p. 1 · " in done.stdout
    assert any(word in done.stdout for word in ("certain 0.", "certain 1.", "likely 0."))
    assert max(width_of(line) for line in done.stdout.splitlines()) <= 60


def test_wide_text_comes_out_as_utf8_whatever_the_locale(samples: Samples, home: Path) -> None:
    done = docent("text", samples.chinese, home=home, PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert "北京远山科技有限公司" in done.stdout


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("A line of text that is repeated many times.\n" * 40_000, encoding="utf-8")
    child = subprocess.Popen(
        [sys.executable, "-m", "assistant", "text", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(home),
        cwd=ROOT,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    assert child.stdout.readline()
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait(120) == cli.EXIT_PIPE


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl+C to a whole console")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_work_and_the_document_process(number: int, tmp_path: Path, home: Path) -> None:
    path = write_pdf(tmp_path / "long.pdf", [[f"Page {n} tells of voyage {n * n}."] for n in range(1200)])
    log_before = _children_named("assistant.documents")
    child = subprocess.Popen(
        [sys.executable, "-m", "assistant", "read", str(path), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(home),
        cwd=ROOT,
    )
    process = psutil.Process(child.pid)
    grandchildren: list[psutil.Process] = []
    until, pause = time.monotonic() + 120, threading.Event()
    while not grandchildren and time.monotonic() < until and child.poll() is None:
        grandchildren = process.children(recursive=True)
        # A condition of another process: nothing to wait on but time.
        pause.wait(0.05)
    assert grandchildren
    child.send_signal(number)
    out, err = child.communicate(timeout=120)
    assert (child.returncode, out, err) == (130, b"", b"")
    _, alive = psutil.wait_procs(grandchildren, timeout=30)
    assert alive == []
    assert _children_named("assistant.documents") == log_before


def _children_named(part: str) -> int:
    return sum(part in " ".join(child.cmdline()) for child in psutil.Process().children(recursive=True))


def test_a_bug_is_a_sentence_and_a_log_entry(
    tmp_path: Path, samples: Samples, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCENT_HOME", str(tmp_path))

    def broken(*_: object) -> None:
        raise ZeroDivisionError("words of the document")

    monkeypatch.setattr("assistant.engine.Engine.load", broken)
    assert cli.main(["text", str(samples.text), "--json"]) == 1
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "internal"
    log = (tmp_path / "log" / "docent.log").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in log
    assert "words of the document" not in log


# --- the terminal ---------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "columns", "indent", "expected"),
    [
        ("one two three four", 9, "", "one two\nthree\nfour"),
        ("one two three four", 11, "  ", "one two\n  three\n  four"),
        ("a  b\n c", 20, "", "a b c"),
        ("supercalifragilistic", 8, "", "supercal\nifragili\nstic"),
        ("合同总价为一百万元。", 8, "", "合同总价\n为一百万\n元。"),
        ("合同(甲方)总价", 8, "", "合同(甲\n方)总价"),
        ("", 10, "", ""),
    ],
)
def test_wrapping_keeps_to_the_width(text: str, columns: int, indent: str, expected: str) -> None:
    assert wrap(text, columns, indent) == expected


def test_headings_are_bold_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal, pipe = Terminal(), io.StringIO()
    Writer(terminal, 80).heading("Summary")
    Writer(pipe, 80).heading("Summary")
    assert "\x1b[1mSummary\x1b[0m" in terminal.getvalue()
    assert pipe.getvalue() == "\nSummary\n"
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    Writer(terminal, 80).heading("Summary")
    assert "\x1b" not in terminal.getvalue()


def test_progress_is_one_line_on_a_terminal_and_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal, pipe = Terminal(), io.StringIO()
    for out in (terminal, pipe):
        line = ProgressLine(out)
        line.report(Progress("reading", 1, 300))
        line.report(Progress("reading", 300, 300))
        line.clear()
    assert pipe.getvalue() == ""
    assert "\n" not in terminal.getvalue()
    assert "Reading: 300 of 300 pages" in terminal.getvalue()
    assert terminal.getvalue().endswith(" \r")


def test_progress_says_what_how_far_and_how_long() -> None:
    assert describe(Progress("indexing", 0, 0), 1) == "Encoding the text ..."
    assert describe(Progress("reading", 50, 200), 10) == "Reading: 50 of 200 pages, about 30 s left"
    assert describe(Progress("entities", 1, 100), 10) == "Finding entities: 1 of 100 parts, about 16 min left"
    assert describe(Progress("some_stage", 1, 2), 0) == "Some stage: 1 of 2 steps"
