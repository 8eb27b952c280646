"""First page of a 1,000-page PDF on screen, against what MuPDF itself needs for that page.

    python tests/benchmarks/bench_open.py [--pages 1000] [--runs 5] [--json]

Ours: from the window's ``open_paths`` to the end of the paint that shows the sharp first page, in a window that has
been shown for three seconds and is idle, as a user's is. MuPDF's: opening the file and rendering the page at the same
size in pixels, in a fresh process that has imported it. Both in turn, each time in processes of their own; medians.
The target is 1.5.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
TARGET = 1.5
_LIMIT_MS = 120_000

_MUPDF = """
import sys, time, pymupdf
file, scale = sys.argv[1], float(sys.argv[2])
began = time.perf_counter()
document = pymupdf.open(file)
pixmap = document[0].get_pixmap(matrix=pymupdf.Matrix(scale, scale), alpha=False)
print(time.perf_counter() - began, pixmap.width, pixmap.height)
"""


def mupdf(file: Path, scale: float) -> tuple[float, int]:
    """(seconds, width of the picture)"""
    seconds, width, _ = _python("-c", _MUPDF, str(file), str(scale)).split()
    return float(seconds), int(width)


def window(file: Path) -> tuple[float, float]:
    """(seconds, scale in pixels per point)"""
    seconds, scale = _python(__file__, "--window", str(file)).split()
    return float(seconds), float(scale)


def _python(*arguments: str) -> str:
    with tempfile.TemporaryDirectory() as home:
        variables = {**os.environ, "DOCENT_HOME": home, "PYTHONPATH": str(ROOT)}
        if sys.platform == "linux" and not (variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY")):
            variables["QT_QPA_PLATFORM"] = "offscreen"
        done = subprocess.run(
            [sys.executable, *arguments], env=variables, capture_output=True, encoding="utf-8", check=False
        )
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr[:2000]}")
    return done.stdout


def time_window(file: Path) -> None:
    """In the child process: the real window, the real engine."""
    import time

    from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer

    from assistant.engine import Engine
    from assistant.paths import Paths
    from ui.app import SWITCH_INTERVAL, Program, make_application

    application = make_application()
    sys.setswitchinterval(SWITCH_INTERVAL)
    application.setQuitOnLastWindowClosed(False)
    engine = Engine.create(Paths.default())
    program = Program.build(engine)
    window = program.window
    window.resize(1440, 900)
    window.show()
    # The window opens and comes to rest as it does for a user before a file is chosen.
    rest = QEventLoop()
    QTimer.singleShot(3000, rest.quit)
    rest.exec()

    wait = QEventLoop()
    shown: list[tuple[float, float]] = []

    def note() -> None:
        """Called in the turn after the paint, so the pixels are on the (offscreen) screen."""
        view = window.view
        if not shown and view is not None and view.session.pages is not None:
            width = view.pages.page_rect(1).width() * view.pages.devicePixelRatioF()
            shown.append((time.perf_counter() - began, width / view.session.pages.page_sizes[0][0]))
            wait.quit()

    class Paints(QObject):
        def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            view = window.view
            if event.type() == QEvent.Type.Paint and view is not None and view.pages.is_sharp(1):
                QTimer.singleShot(0, note)
            return False

    paints = Paints()
    QTimer.singleShot(_LIMIT_MS, wait.quit)
    began = time.perf_counter()
    window.open_paths([file])
    assert window.view is not None
    window.view.pages.viewport().installEventFilter(paints)
    wait.exec()
    program.shutdown()
    if not shown:
        sys.exit("the first page did not come within two minutes")
    sys.stdout.write(f"{shown[0][0]} {shown[0][1]}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--window", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.window is not None:
        time_window(options.window)
        return
    from helpers.big_pdf import write_big_pdf

    with tempfile.TemporaryDirectory() as folder:
        file = write_big_pdf(Path(folder) / "big.pdf", options.pages)
        ours, theirs = [], []
        for _ in range(options.runs):
            seconds, scale = window(file)
            ours.append(seconds)
            theirs.append(mupdf(file, scale)[0])
    result = {
        "pages": options.pages,
        "runs": options.runs,
        "pixels_per_point": round(scale, 3),
        "window_seconds": round(statistics.median(ours), 4),
        "mupdf_seconds": round(statistics.median(theirs), 4),
        "ratio": round(statistics.median(ours) / statistics.median(theirs), 2),
        "target": TARGET,
        "window_all": [round(value, 4) for value in ours],
        "mupdf_all": [round(value, 4) for value in theirs],
    }
    if options.json:
        sys.stdout.write(json.dumps(result) + "\n")
    else:
        sys.stdout.write("".join(f"{name:18} {value}\n" for name, value in result.items()))


if __name__ == "__main__":
    main()
