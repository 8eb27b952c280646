"""Training runs of a profile: each a folder, supervised by a thread while it runs, found again after any end.

``<data>/runs/<id>/`` holds ``run.json`` (what the run is and how it stands), ``job.json`` (what the trainer is asked),
``rows/``, ``checkpoint.pt``, ``curve.jsonl``, ``tensorboard/``, and at the end ``model/`` and ``result.bin``. One run
trains at a time; others wait. Thread-safe, no torch.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import psutil

from assistant.errors import Cancelled, UsageError, UserError
from assistant.jobs import Context, Progress
from assistant.training.curves import FILE as CURVE_FILE
from assistant.training.curves import read_curve, with_point
from assistant.training.files import write_json
from assistant.training.recipe import Recipe
from assistant.training.run_files import JOB, RUN, read_json, state_from, state_values
from assistant.training.steps import ACTIVE, CurvePoint, RunState, RunStatus, Task
from assistant.training.trainer import Trainer, TrainingScores, TrainingStep

_log = logging.getLogger(__name__)
RETRIES = 2
"""So many times a trainer that died is started again by itself."""
AFTER_SECONDS = 45.0
"""What exporting and comparing take, until a run has told."""
_EVERY = 0.25
_POINTS = 400
Intent = Literal["", "pause", "cancel", "leave"]


@dataclass(slots=True)
class _Live:
    """A run that a thread of this process looks after."""

    ctx: Context
    finish: threading.Event = field(default_factory=threading.Event)
    intent: Intent = ""
    thread: threading.Thread | None = None
    told: float = 0.0
    trained_at: float | None = None


class Runs:
    """See the module. :meth:`shutdown` leaves what runs with a checkpoint, as ``interrupted``."""

    def __init__(self, folder: Path, shipped: Path) -> None:
        self.folder, self._shipped = folder, shipped
        self._lock = threading.RLock()
        self._turn = threading.Lock()
        self._live: dict[str, _Live] = {}
        self._states: dict[str, RunState] = {}
        self._callbacks: list[Callable[[RunState], None]] = []
        self._closed = False

    # --- what there is ---

    def all(self) -> tuple[RunState, ...]:
        """Newest first. A folder whose files cannot be read is logged and left out."""
        names = [path.parent.name for path in self.folder.glob(f"*/{RUN}")] if self.folder.is_dir() else []
        found = []
        for name in names:
            try:
                found.append(self.state(name))
            except UserError as error:
                _log.warning("%s", error)
        return tuple(sorted(found, key=lambda state: (-state.started, state.id)))

    def state(self, run: str) -> RunState:
        """Raises UsageError ``run_missing``, UserError ``run_damaged``."""
        with self._lock:
            if run in self._states:
                return self._states[run]
            folder = self._place(run)
            values = read_json(folder / RUN, run)
            state = replace(state_from(values, folder), curve=tuple(read_curve(folder)))
            if state.status in ACTIVE:
                if _alive(values.get("owner")):
                    # Another window of this profile looks after it.
                    return state
                state = replace(state, status="interrupted", seconds_left=None)
            self._states[run] = state
            return state

    def job(self, run: str) -> dict[str, Any]:
        """What the trainer is asked. Raises as :meth:`state`."""
        return read_json(self._place(run) / JOB, run)

    def place(self, run: str) -> Path:
        return self._place(run)

    def _place(self, run: str) -> Path:
        folder = self.folder / run
        if not run or "/" in run or "\\" in run or run.startswith(".") or not (folder / RUN).is_file():
            raise UsageError("run_missing", run=run)
        return folder

    def subscribe(self, callback: Callable[[RunState], None]) -> Callable[[], None]:
        with self._lock:
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return unsubscribe

    # --- what the user does ---

    def new_folder(self) -> Path:
        """A folder for a new run, not a run yet: :meth:`add` makes it one. Raises UserError."""
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        for number in range(1000):
            folder = self.folder / (f"{stamp}-{number}" if number else stamp)
            if not folder.exists():
                from assistant.training.files import writing

                with writing(folder):
                    folder.mkdir(parents=True)
                return folder
        raise UserError("cannot_write", path=str(self.folder), why="there are too many runs")

    def add(self, folder: Path, task: Task, name: str, job: Mapping[str, Any], steps: int = 0) -> RunState:
        """Make a run of ``folder``, which holds its rows, and start it. Raises UserError."""
        write_json(folder / JOB, dict(job))
        state = RunState(folder.name, task, name, "waiting", steps=steps, started=time.time(), folder=folder)
        with self._lock:
            self._states[state.id] = state
            self._save(state)
            self._start(state.id)
            return self._states[state.id]

    def resume(self, run: str) -> None:
        """Raises UsageError ``run_missing`` or ``run_active``."""
        with self._lock:
            state = self.state(run)
            if state.status in ACTIVE:
                raise UsageError("run_active", run=run)
            if state.status == "finished":
                return
            self._change(run, status="waiting", error="", error_params=())
            self._start(run)

    def pause(self, run: str) -> None:
        self._end(run, "pause")

    def stop(self, run: str) -> None:
        """End training with the best state until now."""
        with self._lock:
            live = self._live.get(run)
            if live is not None:
                live.finish.set()
                self._change(run, status="stopping")
                return
            state = self.state(run)
            if state.status in ("paused", "interrupted", "failed"):
                self._change(run, status="waiting", error="", error_params=())
                self._start(run).finish.set()

    def cancel(self, run: str) -> None:
        """End a run of this process, or throw an interrupted one away. Raises UsageError ``run_active``."""
        with self._lock:
            if run in self._live:
                self._end(run, "cancel")
                return
            status = self.state(run).status
            if status in ACTIVE:
                # Another window, or the command line, is at it.
                raise UsageError("run_active", run=run)
            if status != "finished":
                self._throw_away(run)

    def forget(self, run: str) -> None:
        """Raises UsageError ``run_active``."""
        with self._lock:
            if self.state(run).status in ACTIVE:
                raise UsageError("run_active", run=run)
            self._throw_away(run)

    def published(self, run: str, version: str) -> None:
        """Note that the run's model was installed."""
        with self._lock:
            self._change(run, published=version)

    def wait(self, run: str, timeout: float | None = None) -> RunState:
        """Block until no thread of this process looks after the run any more."""
        with self._lock:
            live = self._live.get(run)
        if live is not None and live.thread is not None:
            live.thread.join(timeout)
        return self.state(run)

    def shutdown(self) -> None:
        with self._lock:
            self._closed = True
            threads = [live.thread for live in self._live.values() if live.thread is not None]
            for run in list(self._live):
                self._end(run, "leave")
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join()

    def _end(self, run: str, intent: Intent) -> None:
        with self._lock:
            live = self._live.get(run)
            if live is None:
                self.state(run)
                return
            # What was cancelled stays cancelled, also when the window is closed meanwhile.
            live.intent = live.intent if live.intent == "cancel" else intent
            self._change(run, status="stopping")
            live.ctx.cancel()

    def _throw_away(self, run: str) -> None:
        state = self.state(run)
        shutil.rmtree(self.folder / run, ignore_errors=True)
        self._states.pop(run, None)
        self._tell(replace(state, status="cancelled"))

    # --- the thread of a run ---

    def _start(self, run: str) -> _Live:
        if self._closed:
            raise Cancelled
        live = _Live(Context(lambda progress: self._progress(run, progress), lambda part: self._partial(run, part)))
        self._live[run] = live
        live.thread = threading.Thread(target=self._look_after, args=(run, live), name=f"run-{run}", daemon=True)
        live.thread.start()
        return live

    def _look_after(self, run: str, live: _Live) -> None:
        ended: RunStatus = "failed"
        code, params = "", ()
        try:
            self._wait_for_turn(live)
            try:
                self._train(run, live)
                ended = "finished"
            finally:
                self._turn.release()
        except Cancelled:
            ended = {"pause": "paused", "cancel": "cancelled"}.get(live.intent, "interrupted")  # type: ignore[assignment]
        except UserError as error:
            code, params = error.code, tuple(error.params.items())  # type: ignore[assignment]
            ended = "interrupted" if code == "trainer_died" else "failed"
        except Exception as error:  # noqa: BLE001 - a mistake of the supervisor must not end the window
            _log.exception("a training run ended by a mistake")
            code, params = "internal", (("why", type(error).__name__), ("log", str(self.folder / run)))  # type: ignore[assignment]
        finally:
            with self._lock:
                self._live.pop(run, None)
                if ended == "cancelled":
                    self._throw_away(run)
                else:
                    self._change(run, status=ended, error=code, error_params=params, seconds_left=None)

    def _wait_for_turn(self, live: _Live) -> None:
        while not self._turn.acquire(timeout=0.2):
            live.ctx.check()

    def _train(self, run: str, live: _Live) -> None:
        folder = self._place(run)
        _wait_for_orphan(folder)
        live.ctx.check()
        self._change(run, status="stopping" if live.finish.is_set() else "running")
        job = self.job(run)
        recipe = Recipe.from_mapping(job["recipe"])
        start = Path(job["start"]) if job["start"] else None
        began, earlier = time.monotonic(), self.state(run).seconds
        for attempt in range(RETRIES + 1):
            before = _stamp(folder)
            try:
                Trainer(self._shipped, folder).run(
                    recipe, folder, live.ctx, start, more={"labels": job["labels"]}, finish=live.finish
                )
                return
            except UserError as error:
                # It goes on from its checkpoint; one that dies at the same place again would die for ever.
                if error.code != "trainer_died" or attempt == RETRIES or _stamp(folder) == before:
                    raise
                _log.warning("the trainer of %s died and is started again", run)
            finally:
                self._change(run, seconds=earlier + time.monotonic() - began)

    def _progress(self, run: str, progress: Progress) -> None:
        changes: dict[str, Any] = {"stage": progress.stage}
        with self._lock:
            state, live = self._states[run], self._live.get(run)
            if progress.stage != "training":
                changes |= {"step": progress.done, "steps": progress.total}
                if live is not None and live.trained_at is None and state.stage == "training":
                    live.trained_at = time.monotonic()
                if live is not None and live.trained_at is not None:
                    changes["seconds_left"] = max(1.0, AFTER_SECONDS - (time.monotonic() - live.trained_at))
            self._change(run, quietly=progress.stage == state.stage, **changes)

    def _partial(self, run: str, part: object) -> None:
        if isinstance(part, TrainingStep):
            point = CurvePoint(part.step, part.loss, None)
            changes: dict[str, Any] = {
                "step": part.step,
                "steps": part.steps,
                "examples_per_second": part.examples_per_second,
                "seconds_left": part.seconds_left + AFTER_SECONDS,
                "memory": part.memory,
            }
        elif isinstance(part, TrainingScores):
            score = part.scores["score"]
            point = CurvePoint(part.step, None, score, part.scores.get("loss"))
            changes = {"best": max(score, self.state(run).best or 0.0)}
        else:
            return
        with self._lock:
            curve = with_point(list(self._states[run].curve), point)
            self._change(run, quietly=True, curve=_thinned(curve), **changes)

    def _change(self, run: str, *, quietly: bool = False, **changes: Any) -> None:
        """The new state to all subscribers; a quiet one only now and then, and not to the disk."""
        with self._lock:
            before = self._states.get(run) or self.state(run)
            state = self._states[run] = replace(before, **changes)
            live = self._live.get(run)
            if quietly and live is not None and time.monotonic() - live.told < _EVERY:
                return
            if live is not None:
                live.told = time.monotonic()
            if not quietly:
                self._save(state)
        self._tell(state)

    def _save(self, state: RunState) -> None:
        owner = {"pid": os.getpid(), "created": psutil.Process().create_time()}
        try:
            write_json(self.folder / state.id / RUN, {**state_values(state), "owner": owner})
        except UserError as error:
            if state.status == "waiting":
                raise
            # A full disk must not keep the run from ending; what is known is in memory.
            _log.warning("the state of a run cannot be kept: %s", error)

    def _tell(self, state: RunState) -> None:
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback(state)


def _thinned(points: list[CurvePoint]) -> tuple[CurvePoint, ...]:
    """All scores, and every other loss of the older half where there are too many."""
    if len(points) <= _POINTS:
        return tuple(points)
    half = len(points) // 2
    older = [point for number, point in enumerate(points[:half]) if number % 2 or point.score is not None]
    return (*older, *points[half:])


def _alive(owner: Any) -> bool:
    """Whether the process that looked after a run is another one and still there."""
    try:
        pid, created = int(owner["pid"]), float(owner["created"])
        return pid != os.getpid() and abs(psutil.Process(pid).create_time() - created) < 1
    except (psutil.Error, TypeError, KeyError, ValueError):
        return False


def _stamp(folder: Path) -> tuple[int, ...]:
    """What changes when a trainer gets on."""
    return tuple(
        path.stat().st_mtime_ns if (path := folder / name).exists() else 0
        for name in ("checkpoint.pt", "model", "result.bin", CURVE_FILE)
    )


def _wait_for_orphan(folder: Path) -> None:
    """A trainer whose window was killed saves its checkpoint and ends; two must not work in one folder."""
    try:
        process = psutil.Process(int((folder / "worker.pid").read_text(encoding="utf-8")))
        if "assistant.training.worker" not in process.cmdline() or str(folder) not in process.cmdline():
            return
        try:
            process.wait(timeout=20)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)
    except (OSError, ValueError, psutil.Error):
        return
