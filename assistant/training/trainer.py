"""Supervises the trainer's process; no torch here, so the window and the command line can import it.

A run is a folder. :meth:`Trainer.run` starts the process on it, turns its messages into progress, and can be called
again on
the same folder after a stop, a crash or a restart: the process then goes on from its checkpoint.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import Cancelled, UserError
from assistant.jobs import JobContext, Progress
from assistant.training.files import write_json, writing
from assistant.training.recipe import Recipe

_log = logging.getLogger(__name__)
WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
"""Threads of torch that wait sleep. Spinning ones take the cores from whatever else runs, and from each other: beside
another training 28 steps took 55 s with them and 8 s without, at a sixth of the processor time."""


@dataclass(frozen=True, slots=True)
class TrainingScores:
    """Published during a run: validation scores after a step."""

    step: int
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """Published during a run: where training is."""

    step: int
    steps: int
    loss: float
    examples_per_second: float
    seconds_left: float
    memory: int = 0
    """Bytes that the process holds."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What a run made: a model folder with its manifest, not active yet."""

    folder: Path
    id: str
    metrics: Mapping[str, float]


class Trainer:
    """Runs one recipe at a time in a process of its own."""

    def __init__(self, shipped: Path, root: Path) -> None:
        """``shipped``: the bundled models (for the base); ``root``: the folder that the recipe's files lie in."""
        self._shipped, self._root = shipped, root

    def run(
        self,
        recipe: Recipe,
        folder: Path,
        ctx: JobContext,
        start: Path | None = None,
        *,
        more: Mapping[str, Any] | None = None,
        finish: threading.Event | None = None,
    ) -> TrainedModel:
        """Train in ``folder``, from the model in ``start`` on. Blocks.

        Publishes :class:`TrainingStep` and :class:`TrainingScores`. ``more`` goes into the request. When ``finish`` is
        set, training ends with its best state until then.

        Raises UserError for bad data or a process that died (its checkpoint stays), Cancelled when told to stop.
        """
        recipe.verify(self._root)
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        request = {
            "recipe": json.loads(recipe.to_json()),
            "root": str(self._root.resolve()),
            "models": str(self._shipped.resolve()),
            "start": "" if start is None else str(start.resolve()),
            **(more or {}),
        }
        write_json(folder / "request.json", request)
        with (folder / "worker.log").open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "assistant.training.worker", str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env={
                    **WAITING,
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(sys.path),
                    "PYTHONUTF8": "1",
                    "HF_HUB_OFFLINE": "1",
                    "TRANSFORMERS_OFFLINE": "1",
                },
            )
            (folder / "worker.pid").write_text(str(process.pid), encoding="utf-8")
            watcher = _StopWatcher(process, ctx, finish)
            watcher.start()
            try:
                return self._follow(process, folder, ctx)
            finally:
                watcher.done()
                _end(process)

    def _follow(self, process: subprocess.Popen[str], folder: Path, ctx: JobContext) -> TrainedModel:
        assert process.stdout is not None
        for line in process.stdout:
            try:
                message: dict[str, Any] = json.loads(line)
            except ValueError:
                _log.warning("the trainer's last message is cut off")
                break
            event = message["event"]
            if event == "progress":
                ctx.report(Progress(message["stage"], message["done"], message["total"]))
                if message["stage"] == "training":
                    ctx.publish(
                        TrainingStep(
                            message["step"],
                            message["steps"],
                            message["loss"],
                            message["examples_per_second"],
                            message["seconds_left"],
                            message.get("memory", 0),
                        )
                    )
            elif event == "scores":
                ctx.publish(TrainingScores(message["step"], message["scores"]))
            elif event == "done":
                return TrainedModel(folder / "model", message["model"], message["metrics"])
            elif event == "error":
                raise UserError(message["code"], **message["params"])
            elif event == "cancelled":
                raise Cancelled
        status = process.wait()
        ctx.check()
        raise UserError("trainer_died", status=status, path=str(folder))


class _StopWatcher(threading.Thread):
    """Tells the process to stop when the context is cancelled; the follower itself blocks on its messages."""

    def __init__(self, process: subprocess.Popen[str], ctx: JobContext, finish: threading.Event | None) -> None:
        super().__init__(name="trainer-stop", daemon=True)
        self._process, self._ctx, self._finish = process, ctx, finish
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.2):
            try:
                self._ctx.check()
                if self._finish is not None and self._finish.is_set():
                    self._finish = None
                    _tell(self._process, "finish")
            except Cancelled:
                _tell(self._process, "stop")
                # A step, a validation batch or an export may be under way; it is not worth more than this.
                if not self._done.wait(20):
                    self._process.kill()
                return

    def done(self) -> None:
        self._done.set()


def _tell(process: subprocess.Popen[str], what: str) -> None:
    if process.stdin is not None and not process.stdin.closed:
        try:
            process.stdin.write(f"{what}\n")
            process.stdin.flush()
        except OSError:
            _log.info("the trainer is gone already")


def _end(process: subprocess.Popen[str]) -> None:
    """Leave no process behind, whatever happened."""
    if process.stdin is not None:
        try:
            process.stdin.close()
        except OSError:
            _log.info("the trainer is gone already")
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
