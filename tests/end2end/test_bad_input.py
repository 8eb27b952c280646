"""Every kind of bad input, through the real command: a clear sentence and the right code, no traceback, no hang."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant import cli
from helpers.documents import PASSWORD, Samples
from helpers.processes import docent

CASES = (
    ("missing", "file_not_found", "There is no file at"),
    ("folder", "is_directory", "is a folder"),
    ("empty", "empty_file", "is empty"),
    ("misnamed", None, ""),
    ("damaged", None, "damaged"),
    ("locked", "password_required", "protected by a password"),
    ("huge", "too_large", "too large to read"),
    ("noise", None, ""),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def _path(name: str, samples: Samples, folder: Path) -> Path:
    if name == "missing":
        return folder / "no such file.pdf"
    if name == "folder":
        return folder
    if name == "noise":
        path = folder / "noise.docx"
        path.write_bytes(bytes((i * 37 + i // 7) % 256 for i in range(5000)))
        return path
    return Path(getattr(samples, name))


@pytest.mark.parametrize(("name", "code", "words"), CASES, ids=[case[0] for case in CASES])
def test_read_says_what_is_wrong(
    name: str, code: str | None, words: str, samples: Samples, home: Path, tmp_path: Path
) -> None:
    path = _path(name, samples, tmp_path)
    done = docent("read", path, "--json", home=home)
    assert done.returncode == 3, done.stderr
    assert done.stdout == ""
    error = json.loads(done.stderr)["error"]
    assert set(error) == {"code", "message"}
    assert code is None or error["code"] == code
    assert words in error["message"]
    assert "{" not in error["message"]
    assert path.name in error["message"]


@pytest.mark.parametrize("name", ["damaged", "locked", "missing"])
def test_for_people_it_is_a_sentence(name: str, samples: Samples, home: Path, tmp_path: Path) -> None:
    done = docent("text", _path(name, samples, tmp_path), home=home)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("docent: ")
    assert done.stderr.endswith(".\n")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_password_opens_by_option_or_by_variable_and_a_wrong_one_does_not(
    samples: Samples, home: Path, tmp_path: Path
) -> None:
    for extra, variables in ((["--password", PASSWORD], {}), ([], {"DOCENT_PASSWORD": PASSWORD})):
        done = docent("text", samples.locked, "--json", *extra, home=home, **variables)
        assert done.returncode == 0, done.stderr
        assert "Northwind Analytics" in json.loads(done.stdout)["text"]
    done = docent("text", samples.locked, "--json", "--password", "wrong", home=home)
    assert done.returncode == 3
    assert json.loads(done.stderr)["error"]["code"] == "password_wrong"
    # No trace of its text is kept: without the password it stays closed.
    assert docent("text", samples.locked, home=home).returncode == 3


def test_a_password_that_is_not_needed_does_no_harm(samples: Samples, home: Path) -> None:
    done = docent("text", samples.contract, "--json", "--password", "any", home=home)
    assert done.returncode == 0
    assert "Northwind" in json.loads(done.stdout)["text"]


def test_a_scan_says_that_it_has_no_text_layer(samples: Samples, home: Path) -> None:
    done = docent("text", samples.scan, "--json", home=home)
    assert done.returncode == 0, done.stderr
    text = json.loads(done.stdout)
    assert text["text"].strip() == ""
    assert [page["number"] for page in text["pages"]] == [1, 2]
    assert "no text layer" in json.loads(done.stderr)["notice"]["message"]
    assert json.loads(done.stderr)["notice"]["code"] == "no_text_layer"
    assert "no text layer" in docent("text", samples.scan, home=home).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["read"],
        ["read", "a.pdf", "--level", "huge"],
        ["nonsense"],
        ["ask", "a.pdf"],
        ["evaluate", "poetry", "--data", "x"],
        ["evaluate", "entities"],
        ["evaluate", "entities", "--data", "x", "--limit", "none"],
        ["train", "--task", "entities"],
    ],
    ids=" ".join,
)
def test_usage_errors_are_code_2_and_json_under_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    assert capsys.readouterr().err.startswith("docent: ")
    assert cli.main([*arguments, "--json"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert json.loads(shown.err)["error"]["code"] == "usage"


def test_an_empty_question_is_usage(samples: Samples, home: Path) -> None:
    done = docent("ask", samples.text, "  ", "--json", home=home)
    assert (done.returncode, done.stdout) == (2, "")
    assert json.loads(done.stderr)["error"]["code"] == "question_empty"


def test_a_profile_that_cannot_be_written_is_told_and_the_work_is_done(samples: Samples, tmp_path: Path) -> None:
    (tmp_path / "home").write_bytes(b"a file in the place of the folder")
    done = docent("text", samples.text, "--json", home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    assert "Northwind" in json.loads(done.stdout)["text"]
    assert json.loads(done.stderr)["notice"]["code"] == "cannot_write"
