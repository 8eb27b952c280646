"""``docent open FILE --self-test DIR``: the window drives itself, and what a document does not have is no failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest

DATA = Path(__file__).parents[1] / "data"


def self_test(file: Path, folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assistant.cli", "open", str(file), "--self-test", str(folder)]
    environment = {**os.environ, "DOCENT_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=540, check=False)


@pytest.mark.parametrize("name", ["harbour.pptx", "amounts.csv"])
def test_a_document_without_whole_sentences_passes(name: str, tmp_path: Path) -> None:
    run = self_test(DATA / name, tmp_path / "pictures", tmp_path / "home")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "pictures" / "12-start.png").exists()


def test_a_document_that_names_nothing_passes(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    run = self_test(path, tmp_path / "pictures", tmp_path / "home")
    assert run.returncode == 0, run.stderr


def test_a_document_that_says_that_it_has_no_text_passes(tmp_path: Path) -> None:
    path = tmp_path / "blank.pdf"
    with pymupdf.open() as document:
        document.new_page()
        document.save(path)
    run = self_test(path, tmp_path / "pictures", tmp_path / "home")
    assert run.returncode == 0, run.stderr


def test_a_file_that_is_not_there_fails_with_a_sentence(tmp_path: Path) -> None:
    run = self_test(tmp_path / "missing.pdf", tmp_path / "pictures", tmp_path / "home")
    assert run.returncode == 1
    assert "There is no file" in run.stderr
