"""A recipe: everything that decides what a training run makes, in one TOML file.

The shipped models' recipes are in ``models/recipes``; the command line makes one from its options.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from assistant.errors import UserError
from assistant.training.dataset import sha256_of

TaskName = Literal["entities", "answers", "summary", "classification"]


@dataclass(frozen=True, slots=True)
class DataSource:
    """One data file, and what of it is used for what."""

    file: str = ""
    role: Literal["train", "validation", "test"] = "train"
    splits: tuple[str, ...] = ("train",)
    sha256: str = ""
    """Empty: not checked (a user's own file)."""
    licence: str = ""
    limit: int = 0
    """At most so many rows, drawn with the recipe's seed; 0 is all."""
    repeat: int = 1
    labels: tuple[str, ...] = ()
    """Entities: the labels that this source marks; empty is all of the recipe's. Others are not negatives."""
    ignore: str = ""
    """Entities: mentions that match this regular expression are neither right nor wrong."""
    unanswerable: float = 0.0
    """Answers: so many questions made unanswerable, as a share of the rows, by another paragraph of the same title."""
    altered: float = 0.0
    """Answers: so many made unanswerable by another name, number or opposite in the question (rows that have one)."""
    holdout: int = 0
    """Answers: so many percent of the paragraphs are left to the sources with another role, which take these alone."""
    generate: Literal["", "clauses"] = ""
    """Answers: in place of a file, ``limit`` rows of :mod:`assistant.training.clauses`."""

    def __post_init__(self) -> None:
        if bool(self.file) == bool(self.generate) or (self.generate and not self.limit):
            raise TypeError("a source has either a file, or generate and a limit")

    @property
    def name(self) -> str:
        return self.generate or self.file.rsplit("/", 1)[-1].split(".")[0]


@dataclass(frozen=True, slots=True)
class TrainingParameters:
    epochs: float = 2.0
    learning_rate: float = 8e-5
    head_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.08
    """Share of all steps with a rising learning rate; then it falls linearly to zero."""
    dropout: float = 0.1
    batch_tokens: int = 4096
    max_tokens: int = 192
    precision: Literal["bf16", "fp32"] = "bf16"
    evaluations: int = 6
    """How often the validation split is scored during training."""
    patience: int = 3
    """Stop after so many evaluations without a better score."""
    perturbations: Mapping[str, float] = field(default_factory=dict)
    """Share of the rows that each of :data:`assistant.training.perturb.PERTURBATIONS` changes, by its name."""
    join: bool = True
    layers: int = 0
    """How many of the base's layers to keep, from the first on; 0: all."""
    frozen_layers: int = 0
    threads: int = 0
    """0: all cores."""
    least_steps: int = 0
    """Steps at least, however few rows and epochs there are."""
    class_weights: bool = False
    """Entities and classes: a rare class counts more (inverse square root of its frequency)."""
    adversarial: float = 0.0
    """Length of FGM's step on the inputs' vectors, as a share of their own length (Miyato et al. 2017); 0: none."""
    distillation: float = 0.0
    """Entities and answers: weight of what the starting model says (Li & Hoiem 2016), beside the gold; 0: none."""
    lora_rank: int = 0
    """Rank of LoRA's matrices beside the layers that are not frozen (Hu et al. 2022); 0: the layers themselves."""


@dataclass(frozen=True, slots=True)
class Recipe:
    name: str
    task: TaskName
    version: str
    data: tuple[DataSource, ...]
    labels: tuple[str, ...] = ()
    seed: int = 13
    licence: str = ""
    description: str = ""
    start: str = ""
    """The model that training goes on from, by its id (``answers@2``); empty: the base."""
    start_sha256: str = ""
    """Of its graph; a manifest has that of the one that was used."""
    train: TrainingParameters = field(default_factory=TrainingParameters)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Recipe:
        """Raises UserError ``usage`` for unknown or missing keys."""
        known = {item.name for item in fields(cls)}
        if unknown := set(values) - known:
            raise UserError("usage", why=f"the recipe has unknown keys: {', '.join(sorted(unknown))}")
        try:
            data = tuple(DataSource(**{key: _frozen(value) for key, value in row.items()}) for row in values["data"])
            rest = {key: _frozen(value) for key, value in values.items() if key not in ("data", "train")}
            return cls(data=data, train=TrainingParameters(**values.get("train", {})), **rest)
        except (KeyError, TypeError) as error:
            raise UserError("usage", why=f"the recipe is not complete: {error}") from error

    @classmethod
    def load(cls, path: Path) -> Recipe:
        """Raises UserError ``data_missing`` or ``usage``."""
        try:
            return cls.from_mapping(tomllib.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise UserError("data_missing", path=str(path)) from error
        except tomllib.TOMLDecodeError as error:
            raise UserError("usage", why=f"{path} is not TOML: {error}") from error

    def sources(self, role: str) -> tuple[DataSource, ...]:
        return tuple(source for source in self.data if source.role == role)

    def verify(self, root: Path) -> None:
        """Check that every data file is there and is the recorded one.

        Raises UserError ``data_missing`` or ``data_changed``.
        """
        known: dict[Path, str] = {}
        for source in self.data:
            if source.generate:
                continue
            path = root / source.file
            if not path.is_file():
                raise UserError("data_missing", path=str(path))
            if source.sha256:
                # A file is named once for each of its roles.
                found = known.get(path) or known.setdefault(path, sha256_of(path))
                if found != source.sha256:
                    raise UserError("data_changed", path=str(path), found=found, expected=source.sha256)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
