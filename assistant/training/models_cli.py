"""``docent models ...`` and ``docent train --labels``. No torch: training runs in a process of its own."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from assistant.errors import Cancelled, UsageError, UserError, message
from assistant.jobs import JobContext
from assistant.training import presets
from assistant.training.flow import Check, ResultState, RunState, Version, Wizard, Workshop

Session = Callable[[], AbstractContextManager[tuple[Workshop, JobContext]]]
_NEEDS = {"activate": 1, "rollback": 1, "compare": 2, "export": 2, "import": 1, "delete": 1, "rename": 2}
_USAGE = {
    "activate": "docent models activate NAME@VERSION",
    "rollback": "docent models rollback TASK",
    "compare": "docent models compare NAME@VERSION NAME@VERSION",
    "export": "docent models export NAME@VERSION FOLDER",
    "import": "docent models import FOLDER",
    "delete": "docent models delete NAME@VERSION",
    "rename": "docent models rename NAME@VERSION TITLE",
}


def models_command(options: argparse.Namespace, out: TextIO, session: Session) -> int:
    """Carry out an action on the installed models. Raises UsageError, UserError, ModelError."""
    action, names = options.action, options.names
    if len(names) != _NEEDS.get(action, 0):
        raise UsageError("usage", why=f"Write: {_USAGE.get(action, 'docent models list')}")
    with session() as (workshop, ctx):
        if action == "list":
            _say(options, out, {"versions": [_object(row) for row in workshop.versions()]}, _table(workshop.versions()))
        elif action == "compare":
            compared = workshop.compare(*names)
            lines = [f"{name}: {_number(one)} and {_number(other)}\n" for name, one, other in compared.metrics]
            _say(options, out, {"metrics": compared.metrics, "labels": compared.labels}, "".join(lines))
        elif action == "delete":
            workshop.delete(names[0])
            _say(options, out, {"deleted": names[0]}, f"{names[0]} is deleted.\n")
        elif action == "export":
            place = workshop.export(names[0], Path(names[1]), ctx)
            _say(options, out, {"exported": names[0], "path": str(place)}, f"{names[0]} is in {place}\n")
        else:
            if action == "activate":
                row, said = workshop.activate(names[0]), "is in use"
            elif action == "rollback":
                row, said = workshop.roll_back(names[0]), "is in use again"
            elif action == "import":
                row, said = workshop.import_model(Path(names[0]), ctx), "is installed, but not in use"
            else:
                row, said = workshop.rename(*names), f"is called {names[1]}"
            _say(options, out, {"version": _object(row)}, f"{row.id} {said}.\n")
    return 0


def train_from_labels(options: argparse.Namespace, out: TextIO, session: Session) -> int:
    """Split, check, train, test, publish and activate. Raises what stops it."""
    with session() as (workshop, ctx):
        wizard = _wizard(workshop, options, ctx)
        run = wizard.run
        assert run is not None
        show = _Progress(options)
        unsubscribe = workshop.subscribe(show)
        try:
            ended = _waited(workshop, run.id, ctx)
        finally:
            unsubscribe()
            show.clear()
        if ended.status != "finished":
            if ended.error:
                raise UserError(ended.error, **dict(ended.error_params))
            raise Cancelled
        result = wizard.result()
        state = wizard.publish(ctx, activate=not options.no_activate, insist=options.insist)
        values = {
            "run": run.id, "model": state.published, "active": state.active, "verdict": result.verdict,
            "precision": state.precision, "int8_loss": state.int8_loss, "size": state.size,
            "documents": result.documents, "f1": asdict(result.overall.f1),
            "before": None if result.before is None else asdict(result.before),
            "classes": {row.label: row.f1.value for row in result.classes},
            "figures": {item.name: asdict(item) for item in result.figures},
            "earlier": {label: list(pair) for label, pair in result.replay.items()},
            "seconds": round(ended.seconds, 1),
        }  # fmt: skip
        _say(options, out, values, _report(result, state.published, state.active))
        if state.worse and not state.active and not options.no_activate:
            sys.stderr.write(message("model_worse", {"model": state.published, "current": result.current}) + "\n")
    return 0


def _wizard(workshop: Workshop, options: argparse.Namespace, ctx: JobContext) -> Wizard:
    if options.resume:
        run = options.resume
        if run == "last":
            run = next((row.id for row in workshop.runs() if row.unfinished or row.status == "failed"), run)
        workshop.resume(run)
        return workshop.reopen(run)
    wizard = workshop.wizard(options.task or "entities")
    wizard.prepare(ctx)
    data = wizard.new_split(options.seed) if options.seed is not None else wizard.data
    assert data is not None
    for check in data.checks:
        if check.severity == "warn":
            _tell(check)
    wizard.go("method")
    method = wizard.choose_preset(options.preset)
    if options.set:
        given = dict(item.split("=", 1) if "=" in item else (item, "") for item in options.set)
        wizard.set_parameters(presets.with_values(options.task or "entities", method.parameters, given), ctx)
    if options.search:
        wizard.search(options.search)
    wizard.start()
    return wizard


def _tell(check: Check) -> None:
    sys.stderr.write(f"{message(check.code, dict(check.params))}\n")


def _waited(workshop: Workshop, run: str, ctx: JobContext) -> RunState:
    """The end of the run. When interrupted it is left with its checkpoint."""
    while True:
        state = workshop.wait(run, 0.3)
        if state.status not in ("waiting", "running", "stopping"):
            return state
        try:
            ctx.check()
        except Cancelled:
            workshop.pause(run)
            workshop.wait(run)
            sys.stderr.write(f"The training is paused. Go on with: docent train --labels --resume {run}\n")
            raise


class _Progress:
    """A line on stderr, where it is a terminal."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._shown = sys.stderr.isatty() and not options.json

    def __call__(self, state: RunState) -> None:
        if self._shown:
            left = "" if state.seconds_left is None else f", about {max(1, round(state.seconds_left / 60))} min left"
            done = f" {state.step} of {state.steps}" if state.steps else ""
            sys.stderr.write(f"\r{state.stage}{done}{left}\x1b[K")
            sys.stderr.flush()

    def clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")


def _report(result: ResultState, model: str, active: bool) -> str:
    f1 = result.overall.f1
    lines = [f"{model} {'is in use' if active else 'is installed, but not in use'}."]
    lines.append(
        f"On {result.documents} held-out documents: F1 {f1.value:.3f} ({f1.low:.3f} to {f1.high:.3f})"
        + (f", before {result.before.value:.3f}" if result.before is not None else "")
    )
    lines += [
        f"  {row.label}: F1 {row.f1.value:.3f}, {row.gold} labels"
        + (f", before {row.before_f1:.3f}" if row.before_f1 is not None else "")
        for row in result.classes
    ]
    lines += [
        f"  {item.name}: {item.value.value:.3f} ({item.value.low:.3f} to {item.value.high:.3f})"
        + (f", before {item.before.value:.3f}" if item.before is not None else "")
        for item in result.figures
    ]
    if "" in result.replay:
        before, after = result.replay[""]
        lines.append(f"On earlier examples: F1 {after:.3f}, before {before:.3f}")
    return "\n".join(lines) + "\n"


def _object(row: Version) -> dict[str, Any]:
    return asdict(row) | {"folder": str(row.folder)}


def _table(rows: tuple[Version, ...]) -> str:
    lines = []
    for row in rows:
        made = (
            time.strftime("%Y-%m-%d", time.localtime(row.created))
            if row.created
            else ("shipped" if row.shipped else "")
        )
        mark = "*" if row.active else " "
        title = "" if row.title == row.id else f"  {row.title}"
        lines.append(f"{mark} {row.id:<24} {row.task:<15} {row.size / 1e6:6.1f} MB  {made}  {row.parent}{title}\n")
    return "".join(lines)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _say(options: argparse.Namespace, out: TextIO, values: dict[str, Any], text: str) -> None:
    out.write(json.dumps(values, ensure_ascii=False) + "\n" if options.json else text)
