"""The trainer's process: ``python -m assistant.training.worker RUN_FOLDER``.

The folder holds ``request.json`` (recipe, data root, models). Messages go to stdout, one JSON object a line:
``{"event": "progress" | "scores" | "done" | "error", ...}``; the line ``stop`` on stdin, or its end, stops the run
at its next step with a checkpoint kept; the line ``finish`` ends training with the best state until then. The result is
a model folder ``RUN_FOLDER/model``; of a run from labels also ``result.bin`` (:mod:`assistant.training.labels_run`).
"""

from __future__ import annotations

import errno
import json
import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import psutil

from assistant.errors import Cancelled, DocentError
from assistant.training.recipe import Recipe

_log = logging.getLogger(__name__)


def run(
    folder: Path,
    send: Callable[[dict[str, Any]], None],
    check: Callable[[], None],
    finish: Callable[[], bool] = lambda: False,
) -> None:
    """Carry out ``request.json`` of ``folder``. Raises what goes wrong."""
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    if "labels" in request:
        from assistant.training.labels_run import run_from_labels

        run_from_labels(folder, request, send, check, finish)
        return
    recipe = Recipe.from_mapping(request["recipe"])
    root, shipped = Path(request["root"]), Path(request["models"])
    send({"event": "progress", "stage": "preparing", "done": 0, "total": 0})
    recipe.verify(root)

    from assistant.training.loop import StepReport, train
    from assistant.training.objectives import EntityObjective
    from assistant.training.publish import class_labels, publish

    objective = make_objective(recipe, root, shipped, check)
    if request.get("start"):
        from assistant.training.start import start_from

        start_from(objective.model, Path(request["start"]), shipped / "base")
        if isinstance(objective, EntityObjective) and recipe.train.distillation:
            objective.learn_from(Path(request["start"]), shipped / "base")
    recipe = class_labels(objective, recipe)

    def on_step(report: StepReport) -> None:
        send(step_message(report))

    def on_scores(step: int, scores: dict[str, float]) -> None:
        send({"event": "scores", "step": step, "scores": scores})

    result = train(objective, recipe, folder, on_step=on_step, on_scores=on_scores, check=check, finish=finish)
    send({"event": "progress", "stage": "exporting", "done": 0, "total": 0})
    manifest = publish(objective.model, recipe, result, root, shipped, folder / "model", check)
    send({"event": "done", "model": manifest.id, "metrics": manifest.metrics, "best": result.best})


def step_message(report: Any) -> dict[str, Any]:
    """What is sent of a :class:`assistant.training.loop.StepReport`."""
    where = {"event": "progress", "stage": "training", "done": report.step, "total": report.steps}
    return {**where, **asdict(report), "memory": psutil.Process().memory_info().rss}


def make_objective(recipe: Recipe, root: Path, shipped: Path, check: Callable[[], None]) -> Any:
    """The task's objective with its data loaded."""
    base = shipped / "base"
    if recipe.task in ("summary", "classification"):
        from assistant.inference.catalog import Catalog
        from assistant.inference.runtime import Runtime
        from assistant.training.heads import ClassObjective, SummaryObjective

        # A head is trained on what it will see: the vectors of the int8 graph on the CPU.
        encoder = Catalog(shipped, base / "none", base / "none", Runtime(available=lambda: ())).encoder()
        kind = SummaryObjective if recipe.task == "summary" else ClassObjective
        return kind(recipe, root, encoder, check)

    from assistant.inference.tokenizer import Tokenizer
    from assistant.inference.vocabulary import Vocabulary
    from assistant.training.answer_objective import AnswerObjective
    from assistant.training.objectives import EntityObjective

    tokenizer = Tokenizer.load(base / "tokenizer.npz")
    from assistant.inference.manifest import Manifest

    settings = Manifest.read(base).settings
    vocabulary = Vocabulary(base / "vocabulary.q4", int(settings["pieces"]), int(settings["width"]))
    task = EntityObjective if recipe.task == "entities" else AnswerObjective
    return task(recipe, root, base, tokenizer, vocabulary)


def _lower_priority() -> None:
    """The window comes first."""
    process = psutil.Process()
    try:
        process.nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", 10))
    except psutil.Error as error:
        _log.info("the priority stays: %s", error)


def main() -> int:
    out: TextIO = sys.stdout
    # Libraries print what they like; only messages may go to the real stdout.
    sys.stdout = sys.stderr
    stopping, finishing = threading.Event(), threading.Event()
    lock = threading.Lock()

    def send(message: dict[str, Any]) -> None:
        with lock:
            out.write(json.dumps(message, ensure_ascii=False) + "\n")
            out.flush()

    def listen() -> None:
        while sys.stdin.readline().strip() == "finish":
            finishing.set()
        # "stop", or the end of the stream: whoever started this is gone.
        stopping.set()

    def check() -> None:
        if stopping.is_set():
            raise Cancelled

    threading.Thread(target=listen, name="stop-listener", daemon=True).start()
    _lower_priority()
    try:
        run(Path(sys.argv[1]), send, check, finishing.is_set)
    except Cancelled:
        send({"event": "cancelled"})
        return 0
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        code, why = ("disk_full", "") if full else ("cannot_write", str(error.strerror))
        send({"event": "error", "code": code, "params": {"path": str(error.filename or sys.argv[1]), "why": why}})
        return 2
    except DocentError as error:
        send({"event": "error", "code": error.code, "params": dict(error.params)})
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
