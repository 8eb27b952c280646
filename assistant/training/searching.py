"""Find parameters for me: Optuna's search within a time budget, unpromising trials pruned. Trainer's process.

TPE (Bergstra et al. 2011) proposes, the median rule stops (Golovin et al. 2017); the score is that of the validation
documents, never of the test. ``search.json`` in the run's folder keeps what was found, so that a run that is started
again does not search again; ``study.json`` keeps the trials and seconds of a search that was paused or killed, which
goes on with both. The trial that was cut off is made anew. (Optuna's own journal is torn by a kill inside a write.)
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

FILE, STUDY = "search.json", "study.json"
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
    study, spent = _study(folder, recipe)
    until = time.monotonic() + minutes * 60 - spent
    began = time.monotonic() - spent
    while (time.monotonic() < until or len(_ended(study)) < _LEAST) and not finish():
        check()
        send({"event": "progress", "stage": "searching", "done": len(_ended(study)), "total": 0})
        trial = study.ask()
        proposed = _proposed(trial, recipe)
        _keep(folder, study, time.monotonic() - began, trial.params)
        try:
            score = _score(replace(recipe, train=proposed), trial, root, shipped, start, folder, until, check, finish)
        except optuna.TrialPruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, score)
        _keep(folder, study, time.monotonic() - began)
    complete = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    best = recipe.train
    if complete:
        best = replace(best, **max(complete, key=lambda trial: trial.value or 0.0).params)
    rows = [{"values": trial.params, "score": trial.value, "state": trial.state.name} for trial in study.trials]
    write_json(place, {"best": asdict(best), "trials": rows})
    return replace(recipe, train=best)


def _study(folder: Path, recipe: Recipe) -> tuple[optuna.Study, float]:
    """The study with the trials that the run has made until now, and the seconds that they took."""
    place = folder / STUDY
    kept: dict[str, Any] = {"seconds": 0.0, "trials": []}
    if place.is_file():
        kept = json.loads(place.read_text(encoding="utf-8"))
    study = optuna.create_study(
        direction="maximize",
        # Another seed with each start, so that a search that goes on proposes something new.
        sampler=optuna.samplers.TPESampler(seed=recipe.seed + len(kept["trials"]), n_startup_trials=4),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=1),
    )
    for row in kept["trials"]:
        study.add_trial(
            optuna.trial.create_trial(
                state=optuna.trial.TrialState[row["state"]],
                value=row["value"],
                params=row["params"],
                distributions={
                    name: optuna.distributions.json_to_distribution(text) for name, text in row["ranges"].items()
                },
                intermediate_values={int(step): score for step, score in row["scores"].items()},
            )
        )
    # What was cut off is tried again; a new study begins with the recipe's own values.
    if kept.get("open") or not kept["trials"]:
        study.enqueue_trial(kept.get("open") or _values(recipe.train))
    return study, float(kept["seconds"])


def _keep(folder: Path, study: optuna.Study, seconds: float, running: dict[str, Any] | None = None) -> None:
    """``study.json``: what :func:`_study` reads. ``running``: the values of the trial that begins now."""
    rows = [
        {
            "state": trial.state.name,
            "value": trial.value if trial.state == optuna.trial.TrialState.COMPLETE else None,
            "params": trial.params,
            "ranges": {
                name: optuna.distributions.distribution_to_json(kind) for name, kind in trial.distributions.items()
            },
            "scores": trial.intermediate_values,
        }
        for trial in _ended(study)
    ]
    write_json(folder / STUDY, {"seconds": seconds, "trials": rows, "open": running})


def _ended(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """Trials that say something: complete ones and those that were given up as bad."""
    said = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return [trial for trial in study.trials if trial.state in said]


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
