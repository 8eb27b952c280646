"""Running the real command and other Python code in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a child: its own profile, this checkout's packages, no display and no password around."""
    names = {name: value for name, value in os.environ.items() if name not in ("DOCENT_PASSWORD", "PYTHONPATH")}
    return {**names, "DOCENT_HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **more}


def docent(*arguments: object, home: Path, timeout: float = 240.0, **more: str) -> subprocess.CompletedProcess[str]:
    """``docent ARGUMENTS`` to its end; ``more`` are variables of its environment."""
    return subprocess.run(
        [sys.executable, "-m", "assistant", *map(str, arguments)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        env=environment(home, **more),
        cwd=ROOT,
        timeout=timeout,
        check=False,
    )


def python(
    code: str, *arguments: object, home: Path, timeout: float = 240.0, **more: str
) -> subprocess.CompletedProcess[str]:
    """Python code in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        env=environment(home, **more),
        cwd=ROOT,
        timeout=timeout,
        check=False,
    )
