"""Fails with a sentence if the installed packages do not fit together. Called at the end of ``make setup``."""

from __future__ import annotations

import sys
from importlib import metadata

RUNTIMES = ("onnxruntime", "onnxruntime-gpu")


def installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def problem() -> str | None:
    found = [name for name in RUNTIMES if installed(name)]
    if len(found) > 1:
        return (
            "both onnxruntime and onnxruntime-gpu are installed; they overwrite each other's files. "
            "Remove both (pip uninstall onnxruntime onnxruntime-gpu) and run make setup again."
        )
    if not found:
        return "no ONNX Runtime is installed; run make setup again."
    return None


if __name__ == "__main__":
    sentence = problem()
    if sentence is not None:
        sys.exit(f"setup: {sentence}")
