"""The trainer's real process on a handful of rows: killed and gone on, stopped, bad data, all four tasks."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("torch")

from assistant.errors import Cancelled, UserError
from assistant.inference.manifest import Manifest
from assistant.jobs import Context, Progress
from assistant.paths import bundled
from assistant.training.recipe import DataSource, Recipe, TrainingParameters
from assistant.training.trainer import Trainer, TrainingScores
from helpers.processes import docent

NAMES = ("Mary", "John", "Anna", "Peter", "Lucy", "Karl")
TOWNS = ("Paris", "Rome", "Oslo", "Berlin", "Madrid", "Vienna")


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def entity_rows(count: int = 40) -> list[dict[str, Any]]:
    rng = random.Random(1)
    rows = []
    for number in range(count):
        name, town = rng.choice(NAMES), rng.choice(TOWNS)
        text = f"{name} went to {town}."
        spans = [(name, "PERSON"), (town, "LOCATION")]
        rows.append(
            {
                "id": str(number), "doc": f"d{number}", "lang": "en", "source": "made", "cased": True, "text": text,
                "split": "dev" if number % 5 == 0 else "train",
                "entities": [
                    {"start": text.index(word), "end": text.index(word) + len(word), "label": label, "raw": label}
                    for word, label in spans
                ],
            }
        )  # fmt: skip
    return rows


def recipe(**parameters: Any) -> Recipe:
    values = {"epochs": 2.0, "batch_tokens": 256, "evaluations": 4, "threads": 1, "precision": "fp32", **parameters}
    sources = (DataSource("rows.jsonl", "train"), DataSource("rows.jsonl", "validation", ("dev",)))
    return Recipe(
        "mine", "entities", "1", sources, ("PERSON", "LOCATION"), train=TrainingParameters(**values), licence="test"
    )


def children() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        try:
            if "assistant.training.worker" in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


class Killer:
    """Kills the trainer's process without warning at its second scores; the first ones are in the checkpoint."""

    def __init__(self) -> None:
        self.scores: list[int] = []

    def __call__(self, partial: object) -> None:
        if isinstance(partial, TrainingScores):
            self.scores.append(partial.step)
            if len(self.scores) == 2:
                (child,) = children()
                child.kill()


def test_a_killed_run_goes_on_from_its_checkpoint_and_is_published(tmp_path: Path) -> None:
    write(tmp_path / "rows.jsonl", entity_rows())
    trainer, work = Trainer(bundled("models"), tmp_path), tmp_path / "run"
    killer = Killer()
    with pytest.raises(UserError) as died:
        trainer.run(recipe(), work, Context(on_partial=killer))
    assert died.value.code == "trainer_died"
    assert (work / "checkpoint.pt").is_file()
    assert not (work / "model").exists()
    assert children() == []

    scores: list[int] = []
    stages: list[str] = []

    def listen(partial: object) -> None:
        if isinstance(partial, TrainingScores):
            scores.append(partial.step)

    def watch(progress: Progress) -> None:
        stages.append(progress.stage)

    trained = trainer.run(recipe(), work, Context(watch, listen))
    # What was scored and saved before the kill is not trained again.
    assert scores
    assert scores[0] > killer.scores[0]
    assert list(dict.fromkeys(stages)) == ["preparing", "training", "exporting"]
    manifest = Manifest.read(trained.folder)
    assert manifest.verified_graph(trained.folder).is_file()
    assert (manifest.task, manifest.base, manifest.id) == ("entities", "base@1", trained.id)
    assert manifest.labels == ("O", "B-PERSON", "I-PERSON", "B-LOCATION", "I-LOCATION")
    assert {"temperature", "threshold"} <= set(manifest.calibration)
    assert manifest.settings["parity"] < 2e-3
    assert 0 < manifest.settings["half"] < 0.01
    assert any(name.endswith("/f1") for name in manifest.metrics)
    assert len(manifest.training["history"]) >= 3
    assert "PERSON" in (trained.folder / "README.md").read_text(encoding="utf-8")
    assert children() == []

    done = docent(
        "evaluate", "entities", "--data", tmp_path / "rows.jsonl", "--model", trained.folder, "--split", "dev",
        "--json", home=tmp_path / "home",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["rows"], result["model"], set(result["labels"])) == (8, "mine@1", {"PERSON", "LOCATION"})
    assert 0 <= result["f1"] <= 1


def test_a_run_that_is_told_to_stop_leaves_no_process(tmp_path: Path) -> None:
    write(tmp_path / "rows.jsonl", entity_rows())
    ctx = Context(on_progress=lambda progress: ctx.cancel())
    with pytest.raises(Cancelled):
        Trainer(bundled("models"), tmp_path).run(recipe(epochs=500.0), tmp_path / "run", ctx)
    assert children() == []
    assert not (tmp_path / "run" / "model").exists()


def test_bad_data_is_named_with_its_line(tmp_path: Path) -> None:
    rows = entity_rows(12)
    rows[6]["entities"][0]["end"] = 999
    write(tmp_path / "rows.jsonl", rows)
    with pytest.raises(UserError) as caught:
        Trainer(bundled("models"), tmp_path).run(recipe(), tmp_path / "run", Context())
    assert (caught.value.code, caught.value.params["line"]) == ("data_invalid", 7)
    assert children() == []


def test_missing_data_starts_no_process(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        Trainer(bundled("models"), tmp_path).run(recipe(), tmp_path / "run", Context())
    assert caught.value.code == "data_missing"
    assert not (tmp_path / "run").exists()


def test_a_file_that_is_not_the_recipes_is_not_trained_on(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", entity_rows())
    kept = hashlib.sha256(path.read_bytes()).hexdigest()
    sources = tuple(replace(source, sha256=kept) for source in recipe().data)
    write(path, entity_rows(39))
    with pytest.raises(UserError) as caught:
        Trainer(bundled("models"), tmp_path).run(replace(recipe(), data=sources), tmp_path / "run", Context())
    assert caught.value.code == "data_changed"
    assert str(path) in str(caught.value)
    assert not (tmp_path / "run").exists()


def train_and_evaluate(task: str, folder: Path, rows: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What ``docent train`` and then ``docent evaluate`` print."""
    data, out, home = write(folder / "rows.jsonl", rows), folder / "out", folder / "home"
    done = docent("train", "--task", task, "--data", data, "--out", out, "--json", home=home)
    assert done.returncode == 0, done.stderr
    trained = json.loads(done.stdout)
    assert (trained["task"], trained["path"]) == (task, str(out))
    manifest = Manifest.read(out)
    manifest.verified_graph(out)
    assert manifest.id == trained["model"]
    assert not list(folder.glob("out.*"))
    done = docent("evaluate", task, "--data", data, "--model", out, "--split", "dev", "--json", home=home)
    assert done.returncode == 0, done.stderr
    return trained, json.loads(done.stdout)


def test_classification_through_the_command_line(tmp_path: Path) -> None:
    texts = {
        "letter": "Dear Mr. {0}, thank you for your kind letter from {1}. Yours sincerely, Anna",
        "recipe": "Take two eggs, flour and butter from {1}. Bake the cake of {0} for forty minutes.",
    }
    rows = [
        {
            "id": f"{label}{number}", "lang": "en", "source": "made", "split": "dev" if number % 3 == 0 else "train",
            "label": label, "text": text.format(NAMES[number % 6], TOWNS[number % 5]),
        }
        for label, text in texts.items() for number in range(9)
    ]  # fmt: skip
    _, scores = train_and_evaluate("classification", tmp_path, rows)
    assert scores["accuracy"] == 1.0
    assert scores["macro_f1"] == 1.0


def test_summary_through_the_command_line(tmp_path: Path) -> None:
    rows = [
        {
            "id": str(number), "lang": "en", "source": "made", "split": "dev" if number % 3 == 0 else "train",
            "kind": "paper", "title": "", "labels": [0, 1, 0, 0],
            "reference": [f"We show that {NAMES[number]} is right."],
            "sentences": [
                f"The weather in {TOWNS[number]} was mild.", f"We show that {NAMES[number]} is right.",
                "The table stood by the window.", "Tea was served at four.",
            ],
        }
        for number in range(6)
    ]  # fmt: skip
    trained, scores = train_and_evaluate("summary", tmp_path, rows)
    assert 0 <= scores["rouge1"] <= 1
    assert scores["rows"] == 2
    assert trained["metrics"]
