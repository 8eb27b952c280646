"""The wizard on the main thread: one snapshot of the flow's states, and its methods as jobs, one after the other."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from assistant.errors import UserError
from assistant.jobs import JobContext
from assistant.training.flow import (
    STEPS,
    Check,
    DataState,
    Goal,
    GoalChoice,
    MethodState,
    ParameterInfo,
    PublishState,
    ResultState,
    RunState,
    StepName,
    Task,
    Wizard,
)
from ui.i18n import tr
from ui.jobs import Job
from ui.models.training import Training

if TYPE_CHECKING:
    from assistant.engine import Engine

Work = Callable[[Wizard, JobContext], object]


@dataclass(frozen=True, slots=True)
class Paper:
    """What the pages need to know of a labelled document. ``begins``: where each of its pages does."""

    path: Path
    title: str
    begins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the pages show."""

    step: StepName = "goal"
    goals: tuple[GoalChoice, ...] = ()
    goal: Goal | None = None
    data: DataState | None = None
    method: MethodState | None = None
    infos: tuple[ParameterInfo, ...] = ()
    run: RunState | None = None
    result: ResultState | None = None
    publish: PublishState | None = None
    blocked: Mapping[StepName, Check | None] = field(default_factory=dict)
    """Why a step cannot be gone to; None: it can."""
    papers: Mapping[str, Paper] = field(default_factory=dict)
    """The labelled documents, by their hash."""
    prepared: bool = False
    """The labels were looked at in this wizard, so that data and method can be changed; of a run that was found again
    they can only be looked at."""

    @property
    def task(self) -> Task:
        if self.run is not None:
            return self.run.task
        return self.goal.task if self.goal is not None else "entities"

    def page(self, document: str, start: int) -> int | None:
        """The number of the page with this place; None where it is not known."""
        paper = self.papers.get(document)
        return max(1, bisect_right(paper.begins, start)) if paper is not None and paper.begins else None


class WizardModel(QObject):
    """Owned by the wizard's window. Main thread; all work is done by jobs, in the order it was asked for."""

    changed = Signal(object)
    """:class:`Snapshot`."""
    progress = Signal(object)
    """Of what is being worked at; None when it has ended."""
    failed = Signal(object)
    """An exception; the states are as before."""

    def __init__(
        self, training: Training, make: Callable[[Training], Wizard] | None = None, parent: QObject | None = None
    ) -> None:
        """``make`` gives the wizard (in a job); None: a new one at Goal."""
        super().__init__(parent)
        self.training = training
        self.state = Snapshot()
        self._make = make or (lambda training: training.workshop().wizard())
        self._wizard: Wizard | None = None
        self._queue: deque[tuple[Work, str, Callable[[], None] | None]] = deque()
        self._job: Job | None = None
        self._result: tuple[str, ResultState] | None = None
        self._papers: dict[str, Paper] = {}
        self._prepared = False
        training.run_changed.connect(self._on_run)
        # Methods, not lambdas: the training outlives this, and must not call what is gone.
        training.names_changed.connect(self._tell_again)
        self.refresh()

    # --- what is asked for ---

    @property
    def is_busy(self) -> bool:
        return self._job is not None

    def do(self, work: Work, then: Callable[[], None] | None = None, title: str = "") -> None:
        """Work with the wizard on another thread; ``changed`` follows, then ``then``, or ``failed``.

        What takes longer than a moment has a ``title``, by which it is found in the status bar as well.
        """
        self._queue.append((work, title, then))
        self._start()

    def refresh(self) -> None:
        self.do(lambda wizard, ctx: None)

    def cancel(self) -> None:
        """Give up what is being done, and all that waits for its turn."""
        self._queue.clear()
        if self._job is not None:
            self._job.cancel()

    def go(self, step: StepName) -> None:
        self.do(lambda wizard, ctx: wizard.go(step))

    def prepare(self) -> None:
        """Look at the labels, which the step Data does."""

        def work(wizard: Wizard, ctx: JobContext) -> None:
            wizard.prepare(ctx)
            self._papers = _papers(self.training.engine)
            self._prepared = True

        self.do(work, title=tr("Looking at the labels"))

    def next(self) -> None:
        self.go(STEPS[min(STEPS.index(self.state.step) + 1, len(STEPS) - 1)])

    def back(self) -> None:
        self.go(STEPS[max(STEPS.index(self.state.step) - 1, 0)])

    # --- how it is done ---

    def _start(self) -> None:
        if self._job is not None or not self._queue:
            return
        work, title, then = self._queue.popleft()

        def run(ctx: JobContext) -> Snapshot:
            if self._wizard is None:
                self._wizard = self._make(self.training)
            work(self._wizard, ctx)
            return self._snapshot(self._wizard)

        job = self._job = self.training.jobs.start(title, run, self, quiet=not title)
        job.progress.connect(self.progress)
        job.succeeded.connect(self._on_state)
        if then is not None:
            job.succeeded.connect(lambda _: then())
        job.failed.connect(self.failed)
        job.finished.connect(self._ended)

    def _ended(self) -> None:
        self._job = None
        self.progress.emit(None)
        self._start()

    def _on_state(self, state: Snapshot) -> None:
        # The runs tell of themselves; what they said last is newer than what the job saw.
        if state.run is not None and (newer := self.training.runs.get(state.run.id)) is not None:
            state = replace(state, run=newer)
        self.state = state
        self.changed.emit(state)

    def _tell_again(self) -> None:
        self.changed.emit(self.state)

    def _on_run(self, run: RunState) -> None:
        mine = self.state.run
        if mine is None or mine.id != run.id:
            # An unfinished run of another wizard is offered at Goal.
            if self.state.step == "goal":
                self.changed.emit(self.state)
            return
        if run.status == "cancelled":
            self.state = replace(self.state, run=None)
        else:
            self.state = replace(self.state, run=run)
        self.changed.emit(self.state)
        if run.status != mine.status:
            # What can be gone to has changed with it.
            self.refresh()

    # --- on the job's thread ---

    def _snapshot(self, wizard: Wizard) -> Snapshot:
        run = wizard.run
        result, publish = None, None
        if run is not None and run.status == "finished" and wizard.step in ("result", "publish"):
            if self._result is None or self._result[0] != run.id:
                self._result = (run.id, wizard.result())
            result, publish = self._result[1], wizard.publish_state()
        if (wizard.data is not None or result is not None) and not self._papers:
            self._papers = _papers(self.training.engine)
        return Snapshot(
            wizard.step,
            self.training.workshop().goals() if wizard.step == "goal" else self.state.goals,
            wizard.goal,
            wizard.data,
            wizard.method,
            wizard.parameter_infos,
            run,
            result,
            publish,
            {step: wizard.blocked(step) for step in STEPS},
            self._papers,
            self._prepared and wizard.data is not None,
        )


def _papers(engine: Engine) -> dict[str, Paper]:
    try:
        documents = engine.labels.labelled_documents()
    except UserError:
        # Chips without a page then; what is wrong with the labels was said where they are read.
        return {}
    return {
        row.sha256: Paper(row.path, row.title or row.path.name, tuple(page.span.start for page in row.pages))
        for row in documents
    }
