"""Quick, Balanced and Thorough; the range of each parameter; a recipe from labels. No torch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from assistant.errors import UsageError
from assistant.training.recipe import DataSource, Recipe, TrainingParameters
from assistant.training.steps import PRESETS, ParameterInfo, Parameters, Preset, PresetInfo, Task

_ENTITIES: Final[Mapping[Preset, Parameters]] = {
    # The head and the upper layers only, which takes a third of the time of all twelve.
    "quick": Parameters(
        epochs=4, learning_rate=3e-4, head_learning_rate=5e-3, batch_tokens=768, frozen_layers=8, replay=1.0,
        # New labels cost at first, so the score falls before it rises; no stop before the end.
        patience=6, least_steps=200,
    ),
    "balanced": Parameters(
        epochs=6, learning_rate=1e-4, head_learning_rate=2e-3, frozen_layers=4, replay=1.0, patience=6, evaluations=8,
        least_steps=300,
    ),
    "thorough": Parameters(
        epochs=12, learning_rate=6e-5, frozen_layers=0, replay=1.5, patience=6, evaluations=10, augmentation=0.2,
        least_steps=400, learning_curve=True,
    ),
}  # fmt: skip
_TYPES: Final[Mapping[Preset, Parameters]] = {
    "quick": Parameters(
        epochs=60, learning_rate=1e-3, head_learning_rate=1e-3, batch_tokens=32, frozen_layers=12, replay=0, patience=6,
        evaluations=12, precision="fp32",
    ),
    "balanced": Parameters(
        epochs=120, learning_rate=1e-3, head_learning_rate=1e-3, batch_tokens=32, frozen_layers=12, replay=0,
        patience=8, evaluations=20, precision="fp32", weight_decay=0.05,
    ),
    "thorough": Parameters(
        epochs=250, learning_rate=5e-4, head_learning_rate=5e-4, batch_tokens=32, frozen_layers=12, replay=0,
        patience=12, evaluations=30, precision="fp32", weight_decay=0.05, learning_curve=True,
    ),
}  # fmt: skip

_ANSWERS: Final[Mapping[Preset, Parameters]] = {
    "quick": Parameters(
        epochs=3, learning_rate=6e-5, head_learning_rate=1e-4, batch_tokens=2048, frozen_layers=8, replay=1.0,
        patience=4, evaluations=4, least_steps=40,
    ),
    "balanced": Parameters(
        epochs=4, learning_rate=5e-5, head_learning_rate=1e-4, batch_tokens=2048, frozen_layers=6, replay=1.5,
        patience=5, evaluations=6, least_steps=80,
    ),
    "thorough": Parameters(
        epochs=6, learning_rate=3e-5, head_learning_rate=1e-4, batch_tokens=2048, frozen_layers=0, replay=2.0,
        patience=5, evaluations=8, least_steps=120, learning_curve=True,
    ),
}  # fmt: skip
_SUMMARY: Final[Mapping[Preset, Parameters]] = {
    "quick": Parameters(
        epochs=20, learning_rate=1.5e-4, head_learning_rate=1.5e-4, batch_tokens=1024, frozen_layers=12, replay=4,
        patience=6, evaluations=10, precision="fp32", weight_decay=0.05, least_steps=60,
    ),
    "balanced": Parameters(
        epochs=40, learning_rate=3e-4, head_learning_rate=3e-4, batch_tokens=1024, frozen_layers=12, replay=5,
        patience=8, evaluations=20, precision="fp32", weight_decay=0.05, least_steps=120,
    ),
    "thorough": Parameters(
        epochs=80, learning_rate=1e-4, head_learning_rate=1e-4, batch_tokens=1024, frozen_layers=12, replay=8,
        patience=12, evaluations=30, precision="fp32", weight_decay=0.05, least_steps=240, learning_curve=True,
    ),
}  # fmt: skip
_BY_TASK: Final[Mapping[Task, Mapping[Preset, Parameters]]] = {
    "entities": _ENTITIES, "classification": _TYPES, "answers": _ANSWERS, "summary": _SUMMARY,
}  # fmt: skip
LAYERED: Final = ("entities", "answers")
"""Tasks whose models are encoders of their own; the others are heads over the shared one."""

INFOS: Final[tuple[ParameterInfo, ...]] = (
    ParameterInfo("start", "model"),
    ParameterInfo("epochs", "float", 0.1, 500),
    ParameterInfo("learning_rate", "float", 1e-7, 0.1),
    ParameterInfo("head_learning_rate", "float", 1e-7, 0.1),
    ParameterInfo("batch_tokens", "int", 16, 16384),
    ParameterInfo("warmup", "float", 0.0, 0.9),
    ParameterInfo("weight_decay", "float", 0.0, 1.0),
    ParameterInfo("frozen_layers", "int", 0, 12),
    ParameterInfo("lora_rank", "int", 0, 64),
    ParameterInfo("class_weights", "bool"),
    ParameterInfo("replay", "float", 0.0, 10.0),
    ParameterInfo("distillation", "float", 0.0, 100.0),
    ParameterInfo("augmentation", "float", 0.0, 0.9),
    ParameterInfo("adversarial", "float", 0.0, 1.0),
    ParameterInfo("least_steps", "int", 0, 100_000),
    ParameterInfo("patience", "int", 1, 100),
    ParameterInfo("evaluations", "int", 1, 1000),
    ParameterInfo("seed", "int", 0, 2**31 - 1),
    ParameterInfo("precision", "choice", choices=("bf16", "fp32")),
    ParameterInfo("threads", "int", 0, 256),
    ParameterInfo("learning_curve", "bool"),
)
_WITHOUT_EFFECT: Final[Mapping[Task, frozenset[str]]] = {
    "entities": frozenset(),
    "answers": frozenset({"class_weights", "augmentation"}),
    # Heads over the encoder's vectors, which are made once: no layers, so their rate is the head's.
    "classification": frozenset(
        {"start", "learning_rate", "frozen_layers", "lora_rank", "replay", "distillation", "augmentation"}
    ),
    "summary": frozenset(
        {"learning_rate", "class_weights", "frozen_layers", "lora_rank", "distillation", "augmentation"}
    ),
}
_MIXTURE = {"lower_case": 0.4, "upper_case": 0.1, "no_punctuation": 0.1, "ocr_noise_3": 0.25, "hyphenated": 0.15}
SPEED = {"entities": 300.0, "classification": 4.0, "answers": 12.0, "summary": 1.0}
"""Rows a second of one epoch on a slow machine, until a run has told better; types: documents to vectors."""
FIXED_SECONDS = {"entities": 60.0, "classification": 15.0, "answers": 150.0, "summary": 15.0}
"""What exporting and comparing take."""


def infos(task: Task) -> tuple[ParameterInfo, ...]:
    """The parameters that change anything for ``task``, in their order."""
    return tuple(info for info in INFOS if info.name not in _WITHOUT_EFFECT[task])


def parameters(task: Task, preset: Preset) -> Parameters:
    return _BY_TASK[task][preset]


def presets(task: Task, rows: int, speed: float | None) -> tuple[PresetInfo, ...]:
    """The three with a guess of their minutes for so many rows."""
    made = [(name, parameters(task, name)) for name in PRESETS]
    return tuple(PresetInfo(name, minutes(task, values, rows, speed), values) for name, values in made)


def minutes(task: Task, values: Parameters, rows: int, speed: float | None) -> float:
    """``speed``: rows a second of an earlier run with nothing frozen; None: not known."""
    rate = speed or SPEED[task]
    if task not in LAYERED:
        return (FIXED_SECONDS[task] + rows / rate) / 60
    # A frozen layer runs forward only: a third of the work.
    work = 1 - 0.6 * values.frozen_layers / 12
    seconds = FIXED_SECONDS[task] + rows * (1 + values.replay) * values.epochs * work / rate
    return seconds * (2.2 if values.learning_curve else 1) / 60


def validated(values: Parameters) -> Parameters:
    """Raises UsageError ``parameter_out_of_range`` for the first that is."""
    for info in INFOS:
        value = getattr(values, info.name)
        if info.kind == "choice" and value not in info.choices:
            raise UsageError("usage", why=f"{info.name} must be one of {', '.join(info.choices)}.")
        if info.kind in ("float", "int") and not info.lowest <= value <= info.highest:
            raise UsageError(
                "parameter_out_of_range", name=info.name, lowest=f"{info.lowest:g}", highest=f"{info.highest:g}"
            )
    return values


def with_values(task: Task, values: Parameters, given: Mapping[str, str]) -> Parameters:
    """Parameters by name and text, as the command line has them; only those of ``task``. Raises UsageError."""
    offered = {info.name for info in infos(task)}
    known = {item.name: type(getattr(values, item.name)) for item in fields(values) if item.name in offered}
    changes: dict[str, Any] = {}
    for name, text in given.items():
        if name not in known:
            raise UsageError("usage", why=f"There is no parameter {name}. There are {', '.join(known)}.")
        try:
            changes[name] = text.lower() in ("1", "true", "yes", "on") if known[name] is bool else known[name](text)
        except ValueError as error:
            raise UsageError("usage", why=f"{name} cannot be {text}.") from error
    return validated(replace(values, **changes))


def threads(values: Parameters) -> int:
    """The trainer's share of the cores. Its low priority does the rest for the window."""
    cores = os.cpu_count() or 1
    return values.threads or (cores if cores <= 2 else max(2, cores // 2))


def recipe(
    name: str,
    task: Task,
    version: str,
    data: Sequence[DataSource],
    labels: Sequence[str],
    values: Parameters,
    start: str,
    description: str,
) -> Recipe:
    """What the trainer is given."""
    changed = {key: share * values.augmentation for key, share in _MIXTURE.items()} if values.augmentation else {}
    return Recipe(
        name,
        task,
        version,
        tuple(data),
        tuple(labels),
        seed=values.seed,
        licence="the user’s own",
        description=description,
        start=start,
        train=TrainingParameters(
            epochs=values.epochs,
            learning_rate=values.learning_rate,
            head_learning_rate=values.head_learning_rate,
            weight_decay=values.weight_decay,
            warmup=values.warmup,
            # The shipped reader was trained without: its distributions would be held to those of another model.
            dropout=0.0 if task == "answers" else 0.1,
            batch_tokens=values.batch_tokens,
            max_tokens=384 if task == "answers" else 192,
            precision=values.precision,
            evaluations=values.evaluations,
            patience=values.patience,
            perturbations=changed if task == "entities" else {},
            frozen_layers=values.frozen_layers if task in LAYERED else 0,
            threads=threads(values),
            least_steps=values.least_steps,
            class_weights=values.class_weights,
            adversarial=values.adversarial,
            lora_rank=values.lora_rank if task in LAYERED else 0,
            distillation=values.distillation if task in LAYERED else 0.0,
        ),
    )
