"""``run.json``: how a run stands, on the disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from assistant.errors import UserError
from assistant.training.steps import RunState

RUN, JOB = "run.json", "job.json"
_KEPT = ("id", "task", "name", "status", "stage", "step", "steps", "seconds", "started", "best", "error", "published")
_LATER = ("examples_per_second",)
"""Kept too, but not in the files of earlier versions."""


def read_json(path: Path, run: str) -> dict[str, Any]:
    """Raises UserError ``run_damaged``."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise TypeError("not an object")
        return values
    except (OSError, ValueError, TypeError) as error:
        raise UserError("run_damaged", run=run) from error


def state_values(state: RunState) -> dict[str, Any]:
    return {name: getattr(state, name) for name in (*_KEPT, *_LATER)} | {"error_params": list(state.error_params)}


def state_from(values: dict[str, Any], folder: Path) -> RunState:
    """Raises UserError ``run_damaged``."""
    try:
        known = {name: values[name] for name in _KEPT} | {name: values[name] for name in _LATER if name in values}
        params = tuple((str(name), value) for name, value in values["error_params"])
        return RunState(**known, error_params=params, folder=folder)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError("run_damaged", run=folder.name) from error
