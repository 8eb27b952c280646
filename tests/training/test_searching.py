"""A search for parameters that is paused or killed goes on with its trials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from assistant.errors import Cancelled
from assistant.training import searching
from assistant.training.recipe import DataSource, Recipe, TrainingParameters

RECIPE = Recipe("x", "entities", "1", (DataSource("rows.jsonl"),), train=TrainingParameters(learning_rate=1e-4))


def test_a_search_goes_on_with_the_trials_that_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scores are made up here (test_flow trains for them); what is kept of a search is the real thing."""
    tried: list[tuple[int, float]] = []
    least: list[int] = []
    stopped = 3

    def score(recipe: Recipe, trial: Any, *_: Any) -> float:
        if len(tried) == stopped:
            raise Cancelled
        tried.append((trial.number, recipe.train.learning_rate))
        trial.report(recipe.train.learning_rate, 1)
        return recipe.train.learning_rate

    monkeypatch.setattr(searching, "_score", score)
    monkeypatch.setattr(searching, "_LEAST", 5)
    send, check = lambda message: least.append(message["done"]), lambda: None

    def go(recipe: Recipe) -> Recipe:
        return searching.searched(recipe, tmp_path, tmp_path, None, tmp_path, 0.0, send, check, lambda: False)

    with pytest.raises(Cancelled):
        go(RECIPE)
    kept = json.loads((tmp_path / searching.STUDY).read_text(encoding="utf-8"))
    assert len(kept["trials"]) == 3
    cut_off = kept["open"]["learning_rate"]
    stopped = 100
    found = go(RECIPE)
    assert least == [0, 1, 2, 3, 3, 4], "the trials of before count"
    assert [number for number, _ in tried] == [0, 1, 2, 3, 4]
    assert tried[0][1] == 1e-4, "the own values come first"
    assert tried[3][1] == cut_off, "the trial that was cut off is made again"
    assert found.train.learning_rate == max(rate for _, rate in tried)
    rows = json.loads((tmp_path / searching.FILE).read_text(encoding="utf-8"))["trials"]
    assert len(rows) == 5
    assert go(RECIPE) == found, "and it does not search again"
    assert len(tried) == 5
