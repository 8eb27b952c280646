"""Export of a model as a standard folder, and the process that does such work. No torch here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

from assistant.errors import ModelError, UsageError, UserError
from assistant.inference.manifest import Manifest
from assistant.jobs import JobContext, Progress
from assistant.training.files import writing


def export_standard(folder: Path, shipped: Path, target: Path, ctx: JobContext) -> Path:
    """Write the model in ``folder`` as a standard folder ``target``, which must not be there (or be empty).

    Whole or not at all. Blocks for tens of seconds. Raises UserError, ModelError, Cancelled.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError("usage", why=f"{target} is there already. Choose a new folder.")
    Manifest.read(folder)
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(target.parent, os.W_OK):
            raise PermissionError(13, "Permission denied")
    aside = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}"
    try:
        run_tool("export", folder, shipped, aside, ctx)
        with writing(target):
            if target.exists():
                target.rmdir()
            aside.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def run_tool(what: str, folder: Path, shipped: Path, target: Path, ctx: JobContext) -> dict[str, Any]:
    """Run :mod:`assistant.training.standard` and wait for it. Raises what it says, and Cancelled."""
    ctx.report(Progress("exporting" if what == "export" else "importing", 0, 0))
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said, tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "assistant.training.standard", what, str(folder), str(shipped), str(target)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=log,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "PYTHONUTF8": "1",
                "HF_HUB_OFFLINE": "1",
                "TRANSFORMERS_OFFLINE": "1",
            },
        )
        try:
            while True:
                try:
                    status = process.wait(0.2)
                    break
                except subprocess.TimeoutExpired:
                    ctx.check()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        said.seek(0)
        lines = said.read().splitlines()
        log.seek(0)
        problem = log.read().decode("utf-8", "replace").strip().splitlines()
    if status or not lines:
        why = problem[-1][:200] if problem else f"exit code {status}"
        raise ModelError("model_incompatible", path=str(folder), why=why)
    values: dict[str, Any] = json.loads(lines[-1])
    if "error" in values:
        kind = ModelError if str(values["error"]).startswith("model_") else UserError
        raise kind(values["error"], **values["params"])
    return values
