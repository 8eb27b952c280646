"""The fine-tuning wizard without its window: Goal, Data, Method, Train, Result, Publish.

A :class:`Workshop` belongs to a profile: it knows the goals, the runs and the model versions, and outlives any wizard.
A :class:`Wizard` is one walk through the six steps; pages render its states (:mod:`assistant.training.steps`) and call
its methods. No Qt and no torch here.

Thread-safe. Methods that take a context block and belong into a job; all others return at once. Subscribers are told on
any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assistant.errors import UsageError, UserError
from assistant.jobs import Context, JobContext
from assistant.training import presets
from assistant.training.preparation import Preparation, another_seed, checked_files
from assistant.training.readiness import Choices
from assistant.training.steps import (
    ACTIVE,
    PRESETS,
    PROVING,
    STEPS,
    TASKS,
    TOLERANCE,
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
    Figure,
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
from assistant.training.workbench import Workbench

__all__ = [
    "ACTIVE",
    "PRESETS",
    "PROVING",
    "STEPS",
    "TASKS",
    "TOLERANCE",
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
    "Figure",
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


class Workshop(Workbench):
    """Goals, runs and versions of a profile; ``engine.workshop()`` gives the one of an engine. What is listed here
    makes wizards; the rest is in :class:`assistant.training.workbench.Workbench`:

    ``goals()``, ``runs()``, ``run(id)``, ``pause(id)``, ``resume(id)``, ``stop(id)`` (keeps the best), ``cancel(id)``,
    ``forget(id)``, ``subscribe(callback)``, ``versions()``, ``compare(one, other)``, ``activate(id)``,
    ``roll_back(task)``, ``rename(id, title)``, ``delete(id)``, ``export(id, folder, ctx)``,
    ``import_model(folder, ctx, task)``, ``shutdown()``.
    """

    def wizard(self, task: Task | None = None, without: Sequence[str] = ()) -> Wizard:
        """A new wizard, at Goal, or at Data where ``task`` says the goal. ``without``: ids of labels that do not count
        ("retrain without these labels")."""
        wizard = Wizard(self, without)
        if task is not None:
            wizard.choose_goal(task)
            wizard.go("data")
        return wizard

    def reopen(self, run: str) -> Wizard:
        """The wizard of a run, at Train or, of a finished one, at Result. Raises UsageError ``run_missing``."""
        return Wizard._of_run(self, run)


class Wizard:
    """One walk through the steps."""

    def __init__(self, workshop: Workshop, without: Sequence[str] = ()) -> None:
        self._workshop = workshop
        self._without = tuple(without)
        self._lock = threading.RLock()
        self._step: StepName = "goal"
        self._goal: Goal | None = None
        self._prepared: Preparation | None = None
        self._data: DataState | None = None
        self._method: MethodState | None = None
        self._run: str | None = None

    @classmethod
    def _of_run(cls, workshop: Workshop, run: str) -> Wizard:
        state = workshop.run(run)
        wizard = cls(workshop)
        wizard._run = run
        record = workshop.record(run)
        wizard._goal, wizard._data, wizard._method = record.goal, record.data, record.method
        wizard._step = "result" if state.status == "finished" else "train"
        return wizard

    # --- where it is ---

    @property
    def without(self) -> tuple[str, ...]:
        """Ids of the labels that do not count."""
        return self._without

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
        state = self.run
        if state is None or state.status != "finished":
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
            self._prepared = self._data = self._method = self._run = None

    # --- data ---

    @property
    def data(self) -> DataState | None:
        """None until :meth:`prepare` is through."""
        return self._data

    def prepare(self, ctx: JobContext) -> DataState:
        """Make rows of the labels, split them by document, check them. Blocks (the current model looks at the
        documents). Bad data is a check in the result, not an error."""
        with self._lock:
            if self._goal is None:
                raise UsageError("training_no_goal")
            goal = self._goal
        prepared = self._workshop.prepare(goal, self._without, ctx)
        with self._lock:
            if goal == self._goal:
                if self._prepared is not None:
                    prepared = replace(prepared, files=self._prepared.files).chosen(self._prepared.choices)
                self._take(prepared)
            return self._data or prepared.state()

    def new_split(self, seed: int | None = None) -> DataState:
        """Divide the documents anew, by another seed where none is given."""
        choices = self._choices()
        return self._choose(replace(choices, seed=another_seed(choices.seed) if seed is None else seed, pinned={}))

    def move(self, document: str, side: Side) -> DataState:
        """Put a document (and its near-duplicates) on another side."""
        with self._lock:
            groups = self._preparation().groups
            same = [item for item, group in groups.items() if group == groups.get(document)]
            choices = self._choices()
            return self._choose(replace(choices, pinned={**choices.pinned, **dict.fromkeys(same, side)}))

    def leave_out(self, *, documents: Sequence[str] | None = None, labels: Sequence[str] | None = None) -> DataState:
        """Exactly these documents and classes do not count (empty: all count again; None: as before)."""
        choices = self._choices()
        return self._choose(
            replace(
                choices,
                documents_out=choices.documents_out if documents is None else frozenset(documents),
                labels_out=choices.labels_out if labels is None else frozenset(labels),
            )
        )

    def add_files(self, files: Sequence[Path], ctx: JobContext) -> DataState:
        """Exactly these data files (JSON Lines) beside the labels; their rows are trained on only.

        Raises UserError ``data_invalid``, ``data_missing``.
        """
        prepared = self._preparation()
        found = checked_files(prepared.task, [path.resolve() for path in files])
        ctx.check()
        with self._lock:
            return self._take(replace(self._preparation(), files=found))

    def fix(self, check: Check) -> DataState:
        """Carry out a check's fix. Raises UsageError for those that the window does."""
        choices = self._choices()
        if check.fix == "new_split":
            return self.new_split()
        if check.fix == "leave_out_classes":
            return self.leave_out(labels=[*choices.labels_out, *check.labels])
        if check.fix == "leave_out_documents":
            return self.leave_out(documents=[*choices.documents_out, *check.documents])
        if check.fix == "leave_out_rows":
            return self._choose(replace(choices, drop_rows=True))
        if check.fix == "class_weights":
            return self._choose(replace(choices, class_weights=True))
        raise UsageError("usage", why="This is mended in the documents themselves.")

    def _preparation(self) -> Preparation:
        if self._prepared is None:
            raise UsageError("training_not_prepared")
        return self._prepared

    def _choices(self) -> Choices:
        return self._preparation().choices

    def _choose(self, choices: Choices) -> DataState:
        with self._lock:
            return self._take(self._preparation().chosen(choices))

    def _take(self, prepared: Preparation) -> DataState:
        self._prepared, self._data = prepared, prepared.state()
        if self._without:
            left_out = Check("training_left_out", "warn", (("count", len(self._without)),))
            self._data = replace(self._data, checks=(*self._data.checks, left_out))
        if self._method is None or self._method.preset is not None:
            preset = "quick" if self._method is None else self._method.preset
            assert preset is not None
            minutes = 0.0 if self._method is None else self._method.search_minutes
            self._method = replace(self._method_of(preset), search_minutes=minutes)
        return self._data

    # --- method ---

    @property
    def method(self) -> MethodState | None:
        """None until the data is ready."""
        return self._method

    @property
    def parameter_infos(self) -> tuple[ParameterInfo, ...]:
        """The advanced parameters that change anything for the goal, in their order, with their ranges."""
        return presets.infos("entities" if self._goal is None else self._goal.task)

    def choose_preset(self, preset: Preset) -> MethodState:
        self._preparation()
        with self._lock:
            self._method = self._method_of(preset)
            return self._method

    def _method_of(self, preset: Preset) -> MethodState:
        prepared = self._preparation()
        assert self._data is not None
        rows = self._data.rows["train"]
        speed = self._workshop.speed(prepared.task)
        infos = presets.presets(prepared.task, rows, speed)
        chosen = next(item for item in infos if item.name == preset)
        values = chosen.parameters
        if prepared.choices.class_weights:
            values = replace(values, class_weights=True)
        return MethodState(preset, values, infos, self._workshop.starts(prepared.task), chosen.minutes)

    def set_parameters(self, parameters: Parameters, ctx: JobContext | None = None) -> MethodState:
        """With ``ctx`` a hub id is downloaded where the user allows it, which blocks.

        Raises UsageError ``parameter_out_of_range``, ``version_missing``; UserError ``network_off``,
        ``download_failed``, ``folder_missing``; ModelError for a base model that cannot be trained.
        """
        prepared = self._preparation()
        presets.validated(parameters)
        if ctx is not None:
            self._workshop.fetch(prepared.task, parameters.start, ctx)
        self._workshop.start_of(prepared.task, parameters.start)
        with self._lock:
            assert self._data is not None
            method = self._method or self._method_of("quick")
            rows, speed = self._data.rows["train"], self._workshop.speed(prepared.task)
            minutes = presets.minutes(prepared.task, parameters, rows, speed)
            self._method = replace(method, preset=None, parameters=parameters, minutes=minutes)
            return self._method

    def search(self, minutes: float) -> MethodState:
        """Look for parameters first, for so long; 0 switches it off."""
        with self._lock:
            if self._method is None:
                raise UsageError("training_not_prepared")
            self._method = replace(self._method, search_minutes=minutes)
            return self._method

    # --- train ---

    @property
    def run(self) -> RunState | None:
        """The run of this wizard; pause, resume, stop and cancel are the workshop's, by its id."""
        if self._run is None:
            return None
        try:
            return self._workshop.run(self._run)
        except UserError:
            # It was cancelled, and its files are gone.
            return None

    def start(self, name: str = "") -> RunState:
        """Write the run's folder and start the trainer in the background. Returns soon (files are written).

        Raises UserError: ``training_unavailable``, ``disk_full``, ``cannot_write``, or a check's code.
        """
        with self._lock:
            if (check := self.blocked("method")) is not None:
                raise UsageError(check.code, **dict(check.params))
            prepared, method = self._preparation(), self._method
            if method is None or self._goal is None or self._data is None:
                raise UsageError("training_not_prepared")
            state = self._workshop.start(self._goal, prepared, self._data, method, name)
            self._run, self._step = state.id, "train"
            return state

    # --- result and publish ---

    def result(self) -> ResultState:
        """Read from the run's folder. Raises UsageError ``training_not_finished``, UserError ``run_damaged``."""
        return self._workshop.result(self._finished())

    def publish_state(self) -> PublishState:
        """What publishing would do, or did."""
        return self._workshop.publish_state(self._finished())

    def publish(
        self, ctx: JobContext | None = None, *, activate: bool = True, insist: bool = False, title: str = ""
    ) -> PublishState:
        """Install the model as a version, and make it the active one.

        A model that is worse than the current one, or was compared with another one than that (``other``), is
        installed, but not activated unless the user insists (``worse`` says so in the result). Atomic: after a crash
        the version is there whole or not at all. Raises UserError ``cannot_write``, ``disk_full``; ModelError.
        """
        run = self._finished()
        return self._workshop.publish(run, ctx or Context(), activate=activate, insist=insist, title=title)

    def _finished(self) -> str:
        if self._run is None or self._workshop.run(self._run).status != "finished":
            raise UsageError("training_not_finished")
        return self._run
