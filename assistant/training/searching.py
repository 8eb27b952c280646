"""Find parameters for me: Optuna's search within a time budget, unpromising trials pruned. Trainer's process.

TPE (Bergstra et al. 2011) proposes, the median rule stops (Golovin et al. 2017); the score is that of the validation
documents, never of the test. ``search.json`` in the run's folder keeps what was found, so that a run that is started
again does not search again.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import optuna

from assistant.training.files import write_json
from assistant.training.loop import train
from assistant.training.recipe import Recipe, TrainingParameters

FILE = "search.json"
_LEAST = 2


def searched(
    recipe: Recipe,
    root: Path,
    shipped: Path,
    start: Path | None,
    folder: Path,
    minutes: float,
    send: Callable[[dict[str, Any]], None],
    check: Callable[[], None],
    finish: Callable[[], bool],
) -> Recipe:
    """The recipe with the best parameters found in so many minutes; its own are the first trial, so none is worse."""
    place = folder / FILE
    if place.is_file():
        return replace(recipe, train=_read(recipe, json.loads(place.read_text(encoding="utf-8"))["best"]))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=recipe.seed, n_startup_trials=4),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=1),
    )
    study.enqueue_trial(_values(recipe.train))
    until = time.monotonic() + minutes * 60
    made: dict[int, TrainingParameters] = {}
    while (time.monotonic() < until or len(study.trials) < _LEAST) and not finish():
        check()
        send({"event": "progress", "stage": "searching", "done": len(study.trials), "total": 0})
        trial = study.ask()
        made[trial.number] = proposed = _proposed(trial, recipe)
        try:
            score = _score(replace(recipe, train=proposed), trial, root, shipped, start, folder, until, check, finish)
        except optuna.TrialPruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, score)
    complete = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    best = made[max(complete, key=lambda trial: trial.value or 0.0).number] if complete else recipe.train
    rows = [{"values": trial.params, "score": trial.value, "state": trial.state.name} for trial in study.trials]
    write_json(place, {"best": asdict(best), "trials": rows})
    return replace(recipe, train=best)


def _values(train: TrainingParameters) -> dict[str, Any]:
    return {
        "learning_rate": train.learning_rate,
        "head_learning_rate": train.head_learning_rate,
        "weight_decay": train.weight_decay,
        "batch_tokens": train.batch_tokens,
        "class_weights": train.class_weights,
    }


def _proposed(trial: optuna.Trial, recipe: Recipe) -> TrainingParameters:
    """Around the recipe's own values, a factor of five each way for the rates."""
    train = recipe.train
    sizes = sorted({train.batch_tokens, max(16, train.batch_tokens // 2), train.batch_tokens * 2})
    return replace(
        train,
        learning_rate=trial.suggest_float("learning_rate", train.learning_rate / 5, train.learning_rate * 5, log=True),
        head_learning_rate=trial.suggest_float(
            "head_learning_rate", train.head_learning_rate / 5, train.head_learning_rate * 5, log=True
        ),
        weight_decay=trial.suggest_float("weight_decay", 0.0, max(0.1, train.weight_decay)),
        batch_tokens=trial.suggest_categorical("batch_tokens", sizes),
        class_weights=trial.suggest_categorical("class_weights", [False, True]),
    )


def _score(
    recipe: Recipe,
    trial: optuna.Trial,
    root: Path,
    shipped: Path,
    start: Path | None,
    folder: Path,
    until: float,
    check: Callable[[], None],
    finish: Callable[[], bool],
) -> float:
    from assistant.training.labels_run import built

    work = folder / "trial"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    objective = built(recipe, root, shipped, start, check)
    number = 0

    def on_scores(step: int, scores: dict[str, float]) -> None:
        nonlocal number
        number += 1
        trial.report(scores["score"], number)
        if trial.should_prune():
            raise optuna.TrialPruned

    try:
        result = train(
            objective, recipe, work, on_step=lambda _: None, on_scores=on_scores, check=check, checkpoint_every=1e9,
            # The first trial, with the recipe's own values, is never cut short.
            finish=lambda: finish() or (trial.number > 0 and time.monotonic() > until),
        )  # fmt: skip
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return result.best["score"]


def _read(recipe: Recipe, values: dict[str, Any]) -> TrainingParameters:
    known = {name: values[name] for name in TrainingParameters.__slots__ if name in values}
    return replace(recipe.train, **known)
