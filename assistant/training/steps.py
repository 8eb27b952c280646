"""The state of each step of the wizard: what a page shows. Frozen, Qt-free, torch-free; ``flow`` gives them all out.

What is wrong or worth knowing is a :class:`Check` with a code of ``assistant.errors.MESSAGES``, so that the window
translates it and the command line prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

StepName = Literal["goal", "data", "method", "train", "result", "publish"]
STEPS: tuple[StepName, ...] = ("goal", "data", "method", "train", "result", "publish")

Task = Literal["entities", "classification", "answers", "summary"]
TASKS: tuple[Task, ...] = ("entities", "classification", "answers", "summary")

Side = Literal["train", "validation", "test"]
Preset = Literal["quick", "balanced", "thorough"]
PRESETS: tuple[Preset, ...] = ("quick", "balanced", "thorough")
PROVING = 6
"""Held-out documents from which on they can prove that a model is better."""
TOLERANCE = 0.02
"""A loss that is not proven is let pass up to here."""

Params = tuple[tuple[str, str | int], ...]


# --- goal ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GoalChoice:
    """A model that can be trained, and what it can do now."""

    task: Task
    model: str
    """``name@version`` of the active one; empty where there is none yet."""
    can: tuple[str, ...]
    """The labels that it knows now."""
    metrics: Mapping[str, float]
    """Of its manifest."""
    labels: int
    """Labels of the user that teach it."""
    documents: int
    """Documents that they are in."""
    available: bool
    why: str = ""
    """A message code where it is not available (``training_unavailable``)."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be trained."""

    task: Task
    documents: tuple[str, ...] | None = None
    """SHA-256 of the documents that count; None: all labelled ones."""


# --- data ---------------------------------------------------------------------------------------------------

FixName = Literal[
    "label_more",
    "review",
    "leave_out_classes",
    "leave_out_documents",
    "leave_out_rows",
    "new_split",
    "class_weights",
    "open_document",
]
"""``label_more``, ``review`` and ``open_document`` are done in the window; the others
by :meth:`Wizard.fix`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document, to go to by a click."""

    document: str
    path: Path
    title: str
    start: int
    end: int
    """Half-open code points of the document's text; both 0 for the document as a whole."""
    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """A readiness check. ``stop``: training is refused until it is dealt with."""

    code: str
    """Of MESSAGES."""
    severity: Literal["ok", "warn", "stop"]
    params: Params = ()
    fix: FixName | None = None
    labels: tuple[str, ...] = ()
    """The classes that it is about."""
    documents: tuple[str, ...] = ()
    """SHA-256 of the documents that it is about."""
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassCount:
    """Labels of one class on each side; ``needed``: how many more make sense."""

    label: str
    train: int
    validation: int
    test: int
    documents: int
    needed: int
    new: bool
    """The model that is started from does not know it."""
    left_out: bool = False

    @property
    def total(self) -> int:
        return self.train + self.validation + self.test


@dataclass(frozen=True, slots=True)
class SplitDocument:
    """A document and the one side that it is on; near-duplicates (one ``group``) are on the same."""

    document: str
    path: Path
    title: str
    side: Side
    rows: int
    """Sentences (entities) or 1."""
    labels: int
    group: int
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class DataState:
    """The data step. ``ready`` is False as long as a check says ``stop``."""

    seed: int
    classes: tuple[ClassCount, ...]
    documents: tuple[SplitDocument, ...]
    checks: tuple[Check, ...]
    rows: dict[str, int]
    """By side."""
    files: tuple[Path, ...] = ()
    """Data files beside the labels."""
    replay: int = 0
    """Earlier examples that are at hand for replay."""

    @property
    def ready(self) -> bool:
        return not any(check.severity == "stop" for check in self.checks)


# --- method -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameters:
    """The advanced parameters. Presets fill them in; :func:`assistant.training.presets.parameters`."""

    start: str = ""
    """The model to go on from: ``name@version`` of an installed one; ``base``: the encoder alone; empty: the active."""
    epochs: float = 4.0
    learning_rate: float = 5e-5
    head_learning_rate: float = 1e-3
    batch_tokens: int = 1024
    """Pieces a batch, padding included."""
    warmup: float = 0.1
    weight_decay: float = 0.01
    frozen_layers: int = 8
    """Of 12, from below."""
    lora_rank: int = 0
    """0: no LoRA."""
    class_weights: bool = False
    replay: float = 1.0
    """Earlier examples for each row of the user's own."""
    distillation: float = 1.0
    """Weight of what the starting model says of its labels, beside the examples; 0: none."""
    augmentation: float = 0.0
    """Share of the rows that are changed (capitals, OCR noise, divided lines)."""
    adversarial: float = 0.0
    """Length of FGM's step on the embeddings; 0: none."""
    least_steps: int = 0
    """Few rows are gone over more often, until there were so many steps."""
    patience: int = 3
    evaluations: int = 6
    seed: int = 13
    precision: Literal["bf16", "fp32"] = "bf16"
    device: Literal["cpu", "cuda", "auto"] = "auto"
    """Not offered: training runs on the CPU. It keeps its place in the records of runs."""
    threads: int = 0
    """0: the budget, half of the cores and at least one."""
    learning_curve: bool = False


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """What the page needs to offer a parameter."""

    name: str
    kind: Literal["float", "int", "bool", "choice", "model"]
    lowest: float = 0.0
    highest: float = 0.0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PresetInfo:
    name: Preset
    minutes: float
    """A guess from the number of rows and earlier runs on this computer."""
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class MethodState:
    preset: Preset | None
    """None: parameters of one's own."""
    parameters: Parameters
    presets: tuple[PresetInfo, ...]
    starts: tuple[str, ...]
    """Models that can be gone on from."""
    minutes: float
    search_minutes: float = 0.0
    """Time budget of "find parameters for me"; 0: no search."""


# --- train --------------------------------------------------------------------------------------------------

RunStatus = Literal["waiting", "running", "paused", "interrupted", "stopping", "finished", "failed", "cancelled"]
"""``interrupted``: the trainer or the window died; ``resume`` goes on from the checkpoint."""

ACTIVE: frozenset[str] = frozenset({"waiting", "running", "stopping"})
UNFINISHED: frozenset[str] = ACTIVE | {"paused", "interrupted"}


@dataclass(frozen=True, slots=True)
class CurvePoint:
    step: int
    loss: float | None
    """Training loss, smoothed; None for a point that is a validation alone."""
    score: float | None
    """Validation score in [0, 1]."""
    validation_loss: float | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """A training run, running or not. Changes reach subscribers as a new one."""

    id: str
    task: Task
    name: str
    """What the user calls it; at first the time it was made at and what it learns."""
    status: RunStatus
    stage: str = "preparing"
    """``preparing``, ``searching``, ``training``, ``exporting``, ``evaluating``."""
    step: int = 0
    steps: int = 0
    curve: tuple[CurvePoint, ...] = ()
    examples_per_second: float = 0.0
    seconds_left: float | None = None
    """None: not known yet."""
    seconds: float = 0.0
    memory: int = 0
    """Bytes that the trainer's process holds."""
    started: float = 0.0
    """Unix seconds."""
    best: float | None = None
    """Best validation score until now."""
    error: str = ""
    """A message code where it failed."""
    error_params: Params = ()
    published: str = ""
    """``name@version`` once it is published."""
    folder: Path | None = None
    """With ``tensorboard/`` in it."""

    @property
    def unfinished(self) -> bool:
        return self.status in UNFINISHED


# --- result -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure in [0, 1] and its 95% bootstrap interval over documents."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClassResult:
    """One class, or all of them (``label`` empty), on the held-out documents."""

    label: str
    precision: Interval
    recall: Interval
    f1: Interval
    gold: int
    found: int
    right: int
    before_f1: float | None
    """Of the current model on the same examples; None where it does not know the class."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A further figure of a result, new and before."""

    name: str
    """``exact``, ``answered_f1``, ``right_place``, ``no_answer``; ``rouge1``, ``precision``."""
    value: Interval
    before: Interval | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A held-out example that the new model does otherwise than the current one."""

    better: bool
    place: Place
    gold: str
    """The right label, empty for none; answers: the right answer's words, as ``before`` and ``after`` are words."""
    before: str
    after: str
    context: str


@dataclass(frozen=True, slots=True)
class CurveOfLabels:
    """The score with a share of the training documents."""

    share: float
    rows: int
    score: float


@dataclass(frozen=True, slots=True)
class LibraryChange:
    """What activating would change in a document whose text is kept."""

    document: str
    path: Path
    title: str
    added: int
    removed: int
    relabelled: int
    examples: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibration:
    """Reliability: mean confidence and share that is right, bin by bin, and the expected calibration error."""

    confidence: tuple[float, ...]
    right: tuple[float, ...]
    counts: tuple[int, ...]
    error: float


@dataclass(frozen=True, slots=True)
class ResultState:
    """The result step; all on the held-out test documents."""

    run: str
    model: str
    current: str
    """The model that it is compared with; empty where there is none."""
    documents: int
    rows: int
    overall: ClassResult
    classes: tuple[ClassResult, ...]
    before: Interval | None
    """F1 (types: accuracy; answers: mean F1 of the questions, a right silence counting 1; summaries: ROUGE-1) of the
    current model over all classes that are tested."""
    difference: Interval | None
    """New minus current, paired by document: in [-1, 1]."""
    verdict: Literal["better", "same", "worse", "first"]
    """``same``: nothing is proven. ``worse`` also where only the classes that the current model knows got worse, or
    earlier skills were lost. ``first``: there is nothing to compare with. See
    :func:`assistant.training.comparing.verdict`."""
    confusion_labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows are the right labels, columns what is said; the last of each is "none"."""
    calibration: Calibration
    changed: tuple[Changed, ...]
    changed_better: int
    changed_worse: int
    learning_curve: tuple[CurveOfLabels, ...] = ()
    more_labels_help: bool | None = None
    """None: not measured."""
    library: tuple[LibraryChange, ...] = ()
    replay: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Earlier skills, F1 before and after on earlier examples that were not trained on, by label."""
    figures: tuple[Figure, ...] = ()
    """Answers and summaries: what else is measured."""


# --- publish ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublishState:
    """What publishing found; ``worse`` asks the user to insist."""

    run: str
    name: str
    version: str
    precision: Literal["int8", "fp32"]
    parity: float
    """Largest difference of the ONNX graph's outputs from torch's."""
    int8_score: float | None
    fp32_score: float | None
    """On the held-out examples."""
    int8_loss: float | None
    size: int
    """Bytes."""
    milliseconds: float
    """For a paragraph of 128 pieces on one core."""
    worse: bool
    published: str = ""
    """``name@version`` once it is installed."""
    active: bool = False
    other: str = ""
    """The model in use, where it is another one by now than the result compares with."""


@dataclass(frozen=True, slots=True)
class Version:
    """An installed model with its lineage, as the Models window lists it."""

    id: str
    name: str
    version: str
    task: str
    title: str
    """What the user calls it; the id at first."""
    active: bool
    shipped: bool
    parent: str
    """``name@version`` that it went on from; empty: the base or unknown."""
    created: float
    """Unix seconds; 0 where the manifest does not say."""
    size: int
    precision: str
    labels: tuple[str, ...]
    metrics: Mapping[str, float]
    documents: int
    """Labelled documents it was trained on; 0 where it is not made of labels."""
    licence: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side: labels and metrics of either (None where one has not got it)."""

    one: Version
    other: Version
    labels: tuple[tuple[str, bool, bool], ...]
    metrics: tuple[tuple[str, float | None, float | None], ...]
