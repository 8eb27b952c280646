"""What the window knows of training: the runs as they are, told on the main thread, and the names of what is trained.

The engine's workshop blocks for moments (it reads manifests and writes states), so it is called by jobs alone.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QObject, Signal

from assistant.jobs import JobContext
from ui.i18n import label_name, tr
from ui.jobs import Activity, Job, JobList

if TYPE_CHECKING:
    # Only the jobs' threads load it: the window need not wait for it when it starts.
    from assistant.engine import Engine
    from assistant.training.flow import RunState, Workshop


@dataclass(frozen=True, slots=True)
class Names:
    """Titles of classes, the user's own too."""

    entities: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)

    def of(self, task: str, label: str) -> str:
        if task in ("answers", "summary"):
            return class_title(label)
        known = (self.types if task == "classification" else self.entities).get(label)
        return known or label_name(label)


def class_title(label: str) -> str:
    """What questions and summaries are counted by."""
    names = {
        "": tr("All"),
        "ANSWERED": tr("With an answer"),
        "ABSENT": tr("No answer in it"),
        "MARKED": tr("Marked sentences"),
        "REFERENCE": tr("Summaries of your own"),
    }
    return names.get(label) or label_name(label)


def task_title(task: str) -> str:
    """What a model does, as a heading says it."""
    names = {
        "entities": tr("Entities"),
        "classification": tr("Document types"),
        "answers": tr("Answers"),
        "summary": tr("Summaries"),
        "embeddings": tr("Encoder"),
    }
    return names.get(task, task.capitalize())


def time_left(seconds: float) -> str:
    """As honest as a guess is: minutes, and seconds only at the end."""
    if seconds < 60:
        return tr("{seconds} s left", seconds=max(1, round(seconds)))
    if seconds < 3600:
        return tr("{minutes} min left", minutes=math.ceil(seconds / 60))
    return tr("{hours} h {minutes} min left", hours=int(seconds // 3600), minutes=round(seconds % 3600 / 60))


def epoch_text(run: RunState, epochs: float) -> str:
    """ "epoch 2 of 4", or the step where the epochs are not known."""
    if not run.steps:
        return ""
    if epochs >= 1:
        now = min(math.ceil(epochs), math.floor(run.step / run.steps * epochs) + 1)
        return tr("epoch {now} of {all}", now=now, all=math.ceil(epochs))
    return tr("step {now} of {all}", now=run.step, all=run.steps)


def run_text(run: RunState, epochs: float = 0.0) -> str:
    """ "Training entities · epoch 2 of 4 · 3 min left"."""
    title = task_title(run.task).lower()
    if run.status == "finished":
        return tr("{what}: trained · see the result", what=task_title(run.task))
    if run.status == "failed":
        return tr("Training {what} · stopped by an error", what=title)
    if run.status in ("paused", "interrupted"):
        words = tr("paused") if run.status == "paused" else tr("interrupted")
        return tr("Training {what} · {how}", what=title, how=words)
    parts = [tr("Training {what}", what=title)]
    if run.status == "waiting":
        parts.append(tr("waiting for another run"))
    elif run.status == "stopping":
        parts.append(tr("stopping"))
    elif run.stage == "training":
        parts.append(epoch_text(run, epochs))
    else:
        parts.append(stage_text(run.stage).lower())
    if run.status == "running" and run.seconds_left is not None:
        parts.append(time_left(run.seconds_left))
    return " · ".join(part for part in parts if part)


def stage_text(stage: str) -> str:
    names = {
        "preparing": tr("Preparing"),
        "loading": tr("Loading the model"),
        "searching": tr("Looking for parameters"),
        "training": tr("Training"),
        "exporting": tr("Writing the model"),
        "calibrating": tr("Calibrating"),
        "evaluating": tr("Comparing on held-out documents"),
    }
    return names.get(stage, stage.replace("_", " ").capitalize())


def run_fraction(run: RunState) -> float | None:
    """How far a run is; the stages around the training take a little at both ends."""
    if run.status == "finished":
        return 1.0
    if run.stage == "training" and run.steps:
        return 0.02 + 0.83 * run.step / run.steps
    return {"exporting": 0.87, "calibrating": 0.9, "evaluating": 0.93}.get(run.stage)


class Training(QObject):
    """One for the window. Main thread."""

    run_changed = Signal(object)
    """:class:`RunState`; only the newest of each run where several are waiting."""
    run_opened = Signal(str)
    """The user wants to see this run."""
    names_changed = Signal()
    model_activated = Signal(str)
    """A task has another active model now."""
    failed = Signal(object)
    """An exception of something small that was asked for."""

    def __init__(self, engine: Engine, jobs: JobList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine, self.jobs = engine, jobs
        self.runs: dict[str, RunState] = {}
        self.epochs: dict[str, float] = {}
        self.names = Names()
        self._seen: set[str] = set()
        """Ended runs that nobody needs to be told of any more."""
        self._activities: dict[str, Activity] = {}
        self._lock = threading.Lock()
        self._waiting: dict[str, RunState] = {}
        self._begun = False

    # --- the workshop ---

    def workshop(self) -> Workshop:
        """Blocks for moments: for jobs."""
        return self._engine.workshop()

    @property
    def engine(self) -> Engine:
        return self._engine

    def ask(self, work: Callable[[Workshop, JobContext], Any], owner: QObject | None = None, title: str = "") -> Job:
        """Do something with the workshop on another thread; quietly where it has no ``title``."""
        return self.jobs.start(title, lambda ctx: work(self.workshop(), ctx), owner or self, quiet=not title)

    def command(self, work: Callable[[Workshop], object]) -> None:
        """One of pause, resume, stop, cancel, forget: the states follow."""
        self.ask(lambda workshop, _: work(workshop)).failed.connect(self.failed)

    # --- runs ---

    def begin(self) -> None:
        """Look for the runs that there are and follow them. May be called again."""
        if self._begun:
            return
        self._begun = True

        def look(workshop: Workshop, _: JobContext) -> tuple[RunState, ...]:
            workshop.subscribe(self._on_any_thread)
            return workshop.runs()

        def found(states: tuple[RunState, ...]) -> None:
            for state in states:
                if not state.unfinished:
                    self._seen.add(state.id)
                # What was told meanwhile is newer.
                if state.id not in self.runs:
                    self._take(state)

        self.ask(look).succeeded.connect(found)
        self.load_names()

    def load_names(self) -> None:
        engine = self._engine
        language = QLocale().name()[:2]

        def load(_: JobContext) -> Names:
            entities = {row.name: row.title for row in engine.labels.types("entity") if row.own}
            types = {row.id: row.title(language) for row in engine.document_types()}
            types |= {row.name: row.title for row in engine.labels.types("type") if row.own}
            return Names(entities, types)

        def loaded(names: Names) -> None:
            self.names = names
            self.names_changed.emit()

        self.jobs.start("", load, self, quiet=True).succeeded.connect(loaded)

    def see(self, run: str) -> None:
        """The end of this run was shown."""
        state = self.runs.get(run)
        if state is not None and not state.unfinished:
            self._seen.add(run)
            self._show(state)

    def unfinished(self) -> list[RunState]:
        """Runs that go on or can be gone on with, newest first."""
        return sorted((run for run in self.runs.values() if run.unfinished), key=lambda run: -run.started)

    def _on_any_thread(self, state: RunState) -> None:
        with self._lock:
            first = not self._waiting
            self._waiting[state.id] = state
        if first:
            self.jobs.dispatcher.post(self._tell)

    def _tell(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for state in waiting.values():
            self._take(state)

    def _take(self, state: RunState) -> None:
        before = self.runs.get(state.id)
        if state.status == "cancelled":
            self.runs.pop(state.id, None)
        else:
            self.runs[state.id] = state
            if state.unfinished and before is not None and not before.unfinished:
                self._seen.discard(state.id)
        if state.id not in self.epochs and state.status != "cancelled":
            self.epochs[state.id] = 0.0
            epochs = self.ask(lambda workshop, _: workshop.record(state.id).method.parameters.epochs)
            epochs.succeeded.connect(lambda value: self._on_epochs(state.id, value))
        self._show(state)
        self.run_changed.emit(state)

    def _on_epochs(self, run: str, epochs: float) -> None:
        self.epochs[run] = epochs
        if run in self.runs:
            self._show(self.runs[run])

    def _show(self, state: RunState) -> None:
        """Among the jobs: what is unfinished, and what has ended until somebody looked."""
        wanted = state.status != "cancelled" and (state.unfinished or state.id not in self._seen)
        activity = self._activities.get(state.id)
        if not wanted:
            if activity is not None:
                self.jobs.remove_activity(self._activities.pop(state.id))
                activity.deleteLater()
            return
        if activity is None:
            activity = self._activities[state.id] = Activity(self)
            activity.opened.connect(lambda: self.run_opened.emit(state.id))
            activity.tell(run_text(state, self.epochs.get(state.id, 0.0)), run_fraction(state))
            self.jobs.add_activity(activity)
        else:
            activity.tell(run_text(state, self.epochs.get(state.id, 0.0)), run_fraction(state))
