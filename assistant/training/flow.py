"""The fine-tuning wizard without its window: Goal, Data, Method, Train, Result, Publish.

A :class:`Workshop` belongs to a profile: it knows the goals, the runs and the model versions, and outlives any wizard.
A :class:`Wizard` is one walk through the six steps; pages render its states (:mod:`assistant.training.steps`) and call
its methods. No Qt and no torch here.

Thread-safe. Methods that take a context block and belong into a job; all others return at once. Subscribers are told on
any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.errors import UsageError
from assistant.jobs import JobContext
from assistant.training.steps import (
    ACTIVE,
    PRESETS,
    STEPS,
    TASKS,
    UNFINISHED,
    Calibration,
    Changed,
    Check,
    ClassCount,
    ClassResult,
    Comparison,
    CurveOfLabels,
    CurvePoint,
    DataState,
    FixName,
    Goal,
    GoalChoice,
    Interval,
    LibraryChange,
    MethodState,
    ParameterInfo,
    Parameters,
    Place,
    Preset,
    PresetInfo,
    PublishState,
    ResultState,
    RunState,
    RunStatus,
    Side,
    SplitDocument,
    StepName,
    Task,
    Version,
)

__all__ = [
    "ACTIVE",
    "PRESETS",
    "STEPS",
    "TASKS",
    "UNFINISHED",
    "Calibration",
    "Changed",
    "Check",
    "ClassCount",
    "ClassResult",
    "Comparison",
    "CurveOfLabels",
    "CurvePoint",
    "DataState",
    "FixName",
    "Goal",
    "GoalChoice",
    "Interval",
    "LibraryChange",
    "MethodState",
    "ParameterInfo",
    "Parameters",
    "Place",
    "Preset",
    "PresetInfo",
    "PublishState",
    "ResultState",
    "RunState",
    "RunStatus",
    "Side",
    "SplitDocument",
    "StepName",
    "Task",
    "Version",
    "Wizard",
    "Workshop",
]


class Workshop:
    """Goals, runs and versions of a profile; ``engine.workshop()`` gives the one of an engine."""

    # --- goals and wizards ---

    def goals(self) -> tuple[GoalChoice, ...]:
        """What can be trained, and what each model can do now. Reads labels and manifests: not for the main thread."""
        raise NotImplementedError

    def wizard(self, task: Task | None = None, without: Sequence[str] = ()) -> Wizard:
        """A new wizard, at Goal, or at Data where ``task`` says the goal. ``without``: ids of labels that do not count
        ("retrain without these labels")."""
        raise NotImplementedError

    def reopen(self, run: str) -> Wizard:
        """The wizard of a run, at Train or, of a finished one, at Result. Raises UsageError ``run_missing``."""
        raise NotImplementedError

    # --- runs ---

    def runs(self) -> tuple[RunState, ...]:
        """All runs of the profile, newest first; those of an earlier session that did not end are ``interrupted``."""
        raise NotImplementedError

    def run(self, run: str) -> RunState:
        raise NotImplementedError

    def pause(self, run: str) -> None:
        """Stop at the next step, with a checkpoint. Returns at once; the state follows."""
        raise NotImplementedError

    def resume(self, run: str) -> None:
        """Go on from the checkpoint: of a paused, interrupted or failed run."""
        raise NotImplementedError

    def stop(self, run: str) -> None:
        """Stop and keep the best state until now: it is exported and compared as at the end."""
        raise NotImplementedError

    def cancel(self, run: str) -> None:
        """Stop and throw the run's files away (not the labels)."""
        raise NotImplementedError

    def forget(self, run: str) -> None:
        """Delete a run that is not running. A model that was published from it stays."""
        raise NotImplementedError

    def subscribe(self, callback: Callable[[RunState], None]) -> Callable[[], None]:
        """Be told of every change of a run (at most about 4 a second each); the result ends it."""
        raise NotImplementedError

    # --- versions ---

    def versions(self) -> tuple[Version, ...]:
        """All installed models, by task, newest first."""
        raise NotImplementedError

    def compare(self, one: str, other: str) -> Comparison:
        raise NotImplementedError

    def activate(self, version: str) -> None:
        """Use this version from now on. Raises ModelError where it is damaged or missing; the pointer then stays."""
        raise NotImplementedError

    def roll_back(self, task: str) -> Version:
        """Back to the version that was active before. Raises UsageError ``no_version_before``."""
        raise NotImplementedError

    def rename(self, version: str, title: str) -> Version:
        """Give it another title; its id, which results refer to, stays."""
        raise NotImplementedError

    def delete(self, version: str) -> None:
        """Raises UsageError ``version_active`` or ``version_shipped``."""
        raise NotImplementedError

    def export(self, version: str, folder: Path, ctx: JobContext) -> Path:
        """A standard folder that ``transformers`` and ``optimum.onnxruntime`` load. Blocks; starts a process."""
        raise NotImplementedError

    def import_model(self, folder: Path, ctx: JobContext, task: Task | None = None) -> Version:
        """Install a folder. Raises ModelError: pickles, wrong hashes, a vocabulary that does not fit ..."""
        raise NotImplementedError

    def shutdown(self) -> None:
        """Pause what runs (with a checkpoint) and wait for it. May be called again."""
        raise NotImplementedError


class Wizard:
    """One walk through the steps."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._lock = threading.RLock()
        self._step: StepName = "goal"
        self._goal: Goal | None = None
        self._data: DataState | None = None
        self._method: MethodState | None = None
        self._run: str | None = None

    # --- where it is ---

    @property
    def step(self) -> StepName:
        return self._step

    def allowed(self, step: StepName) -> bool:
        """Whether :meth:`go` would go there now."""
        return self.blocked(step) is None

    def blocked(self, step: StepName) -> Check | None:
        """Why a step cannot be gone to yet, or None."""
        if step == "goal":
            return None
        if self._goal is None:
            return Check("training_no_goal", "stop")
        if step == "data":
            return None
        if self._data is None:
            return Check("training_not_prepared", "stop")
        stops = [check for check in self._data.checks if check.severity == "stop"]
        if stops:
            return stops[0]
        if step == "method":
            return None
        if step == "train" and (self._method is not None or self._run is not None):
            return None
        if self._run is None or self._workshop.run(self._run).status != "finished":
            return Check("training_not_finished", "stop")
        return None

    def go(self, step: StepName) -> None:
        """Go to a step, back at any time. Raises UsageError with the code of :meth:`blocked`."""
        with self._lock:
            if (check := self.blocked(step)) is not None:
                raise UsageError(check.code, **dict(check.params))
            self._step = step

    def next(self) -> StepName:
        self.go(STEPS[min(STEPS.index(self._step) + 1, len(STEPS) - 1)])
        return self._step

    def back(self) -> StepName:
        self.go(STEPS[max(STEPS.index(self._step) - 1, 0)])
        return self._step

    # --- goal ---

    @property
    def goal(self) -> Goal | None:
        return self._goal

    def choose_goal(self, task: Task, documents: Sequence[str] | None = None) -> None:
        """What to train, of which documents (SHA-256; None: all). Drops the states of the later steps."""
        with self._lock:
            self._goal = Goal(task, None if documents is None else tuple(documents))
            self._data = self._method = None

    # --- data ---

    @property
    def data(self) -> DataState | None:
        """None until :meth:`prepare` is through."""
        return self._data

    def prepare(self, ctx: JobContext) -> DataState:
        """Make rows of the labels, split them by document, check them. Blocks (the current model looks at the
        documents). Bad data is a check in the result, not an error."""
        raise NotImplementedError

    def new_split(self, seed: int) -> DataState:
        """Divide the documents anew."""
        raise NotImplementedError

    def move(self, document: str, side: Side) -> DataState:
        """Put a document (and its near-duplicates) on another side."""
        raise NotImplementedError

    def leave_out(self, *, documents: Sequence[str] = (), labels: Sequence[str] = ()) -> DataState:
        """Exactly these documents and classes do not count (empty: all count again)."""
        raise NotImplementedError

    def add_files(self, files: Sequence[Path], ctx: JobContext) -> DataState:
        """Further data files (JSON Lines), whose rows are trained on only. Raises UserError ``data_invalid`` ..."""
        raise NotImplementedError

    def fix(self, check: Check) -> DataState:
        """Carry out a check's fix. Raises UsageError for those that the window does."""
        raise NotImplementedError

    # --- method ---

    @property
    def method(self) -> MethodState | None:
        """None until the data is ready."""
        return self._method

    @property
    def parameter_infos(self) -> tuple[ParameterInfo, ...]:
        """The advanced parameters in their order, with their ranges."""
        raise NotImplementedError

    def choose_preset(self, preset: Preset) -> MethodState:
        raise NotImplementedError

    def set_parameters(self, parameters: Parameters) -> MethodState:
        """Raises UsageError ``parameter_out_of_range``."""
        raise NotImplementedError

    def search(self, minutes: float) -> MethodState:
        """Look for parameters first, for so long; 0 switches it off."""
        if self._method is None:
            raise UsageError("training_not_prepared")
        with self._lock:
            self._method = replace(self._method, search_minutes=minutes)
            return self._method

    # --- train ---

    @property
    def run(self) -> RunState | None:
        """The run of this wizard; pause, resume, stop and cancel are the workshop's, by its id."""
        return None if self._run is None else self._workshop.run(self._run)

    def start(self) -> RunState:
        """Write the run's folder and start the trainer in the background. Returns soon (files are written).

        Raises UserError: ``training_unavailable``, ``disk_full``, ``cannot_write``, or a check's code.
        """
        raise NotImplementedError

    # --- result and publish ---

    def result(self) -> ResultState:
        """Read from the run's folder. Raises UsageError ``training_not_finished``."""
        raise NotImplementedError

    def publish_state(self) -> PublishState:
        """What publishing would do, or did."""
        raise NotImplementedError

    def publish(self, ctx: JobContext, *, activate: bool = True, insist: bool = False, title: str = "") -> PublishState:
        """Install the model as a version, and make it the active one.

        A model that is worse than the current one is installed, but not activated unless the user ``insist``\\ s
        (``worse`` says so in the result). Atomic: after a crash the version is there whole or not at all. Raises
        UserError ``cannot_write``, ``disk_full``; ModelError.
        """
        raise NotImplementedError
