"""``docent doctor`` on a real profile and the models that ship: what is whole, and what was broken."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.doctor import Check, examine
from assistant.engine import Engine
from assistant.paths import Paths, bundled


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of one model that ships."""
    folder = tmp_path / "models" / "summary"
    shutil.copytree(bundled("models") / "summary", folder)
    return folder


def _bad(paths: Paths, model: Path) -> list[Check]:
    return [check for check in examine(paths, model.parent) if check.state == "bad"]


def test_a_used_profile_is_in_order(paths: Paths, model: Path) -> None:
    with Engine.create(paths) as engine:
        engine.recent()
    assert _bad(paths, model) == []
    assert any("reader.db: sound" in check.what for check in examine(paths, model.parent))


def test_what_is_broken_is_told_and_left_alone(paths: Paths, model: Path) -> None:
    with Engine.create(paths) as engine:
        engine.recent()
    database = paths.data / "reader.db"
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    graph = next(path for path in model.iterdir() if path.suffix == ".onnx")
    graph.write_bytes(graph.read_bytes()[:-1] + b"\0")
    settings = paths.data / "settings.json"
    settings.write_text("{ no", encoding="utf-8")
    before = (database.read_bytes(), settings.read_bytes())
    bad = _bad(paths, model)
    assert [check.area for check in bad] == ["Models", "Data", "Data"]
    assert "hash does not match" in bad[0].what
    assert "reader.db" in bad[1].what
    assert bad[2].what == "the settings are damaged"
    assert all(check.advice for check in bad)
    assert (database.read_bytes(), settings.read_bytes()) == before


def test_a_row_that_refers_to_nothing_is_found(paths: Paths, model: Path) -> None:
    paths.data.mkdir(parents=True)
    connection = sqlite3.connect(paths.data / "labels.db")
    connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    connection.execute("CREATE TABLE child (parent INTEGER REFERENCES parent (id))")
    connection.execute("INSERT INTO child VALUES (7)")
    connection.commit()
    connection.close()
    assert any("refer to others" in check.what for check in _bad(paths, model))


def test_the_command_prints_json(
    paths: Paths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCENT_HOME", str(paths.data.parent))
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"]
    assert {check["area"] for check in report["checks"]} == {"Versions", "Models run on", "Models", "Data", "Disk"}
