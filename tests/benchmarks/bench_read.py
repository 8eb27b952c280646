"""``docent read --json`` on a PDF of 20 pages: seconds of the whole command, at first and when its results are kept.

Run: ``python tests/benchmarks/bench_read.py [PAGES]``; prints one JSON object. "Warm": another document was read before
in the same profile, so that models, libraries and the provider's verdict are in the caches. ``timings`` are those that
the command itself reports. Targets: first under 10 s, second under 1 s of work (``timings.total``), on 2 cores.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.big_pdf import write_big_pdf
from helpers.processes import docent


def read(path: Path, home: Path) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        done = docent("read", path, "--json", home=home, timeout=600)
    except subprocess.TimeoutExpired:
        sys.exit("docent read did not end within 600 s")
    wall = time.perf_counter() - began
    if not done.stdout:
        sys.exit(done.stderr)
    found = json.loads(done.stdout)
    return {
        "wall_s": round(wall, 2),
        "timings": found["timings"],
        "exit": done.returncode,
        "found": {name: len(found[name]) for name in ("summary", "entities", "classification")},
    }


def main() -> None:
    numbers = [argument for argument in sys.argv[1:] if argument.isdecimal()]
    pages = int(numbers[0]) if numbers else 20
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        read(write_big_pdf(folder / "warm.pdf", 1, seed=2), folder / "home")
        path = write_big_pdf(folder / "document.pdf", pages)
        first, second = read(path, folder / "home"), read(path, folder / "home")
    result: dict[str, Any] = {"pages": pages, "first": first, "second": second}
    if hasattr(os, "getloadavg"):
        result["load"] = round(os.getloadavg()[0], 1)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
