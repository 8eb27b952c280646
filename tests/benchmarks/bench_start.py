"""Cold start to a usable window, against a bare PySide6 window with the same style.

    python tests/benchmarks/bench_start.py [--runs 7] [--json]

Ours: from the start of the process to the turn of the event loop after the start page was painted, with an empty
profile and the program's resources. The bare window: a ``QMainWindow`` of the same size with Fusion, the same palette
and the same style sheet (read from a file), to the turn after its first paint. In turn, each in a fresh process whose
files are compiled and in the system's cache (a first pair is not counted); medians. The target is 1.5.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = 1.5

_BARE = """
import sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
app.setStyle("Fusion")
app.setStyleSheet(open(sys.argv[1], encoding="utf-8").read())
window = QMainWindow()
window.resize(1440, 900)
def end():
    print(time.time(), flush=True)
    app.quit()
class Paints(QObject):
    def eventFilter(self, _, event):
        if event.type() == QEvent.Type.Paint:
            window.removeEventFilter(self)
            QTimer.singleShot(0, end)
        return False
paints = Paints()
window.installEventFilter(paints)
window.show()
app.exec()
"""

_OURS = """
import gc, sys, time
gc.disable()  # As assistant.cli_window does.
from pathlib import Path
from PySide6.QtCore import QEvent, QObject, QTimer
from assistant.engine import Engine
from assistant.paths import Paths
from ui.app import SWITCH_INTERVAL, Program, make_application
app = make_application()
sys.setswitchinterval(SWITCH_INTERVAL)
program = Program.build(Engine.create(Paths.default()), Path(sys.argv[1]))
window = program.window
window.resize(1440, 900)
def end():
    print(time.time(), flush=True)
    app.quit()
class Paints(QObject):
    def eventFilter(self, _, event):
        if event.type() == QEvent.Type.Paint:
            window.start_page.removeEventFilter(self)
            QTimer.singleShot(0, end)
        return False
paints = Paints()
window.start_page.installEventFilter(paints)
window.show()
app.exec()
program.shutdown()
"""


def _start(code: str, argument: str, cache: str) -> float:
    """Seconds from the start of the process to what it prints."""
    with tempfile.TemporaryDirectory() as home:
        variables = {**os.environ, "DOCENT_HOME": home, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": cache}
        # Compiled once, as where it is installed.
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        if sys.platform == "linux" and not (variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY")):
            variables["QT_QPA_PLATFORM"] = "offscreen"
        began = time.time()
        done = subprocess.run(
            [sys.executable, "-c", code, argument], env=variables, capture_output=True, encoding="utf-8", check=False
        )
    if done.returncode != 0:
        sys.exit(f"ended with {done.returncode}: {done.stderr[-2000:]}")
    return float(done.stdout.split()[0]) - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from ui.theme import LIGHT, SIZES
    from ui.theme_sheet import style_sheet

    bare: list[float] = []
    ours: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "sheet.css"
        sheet.write_text(style_sheet(LIGHT, SIZES), encoding="utf-8")
        for _ in range(options.runs + 1):
            bare.append(_start(_BARE, str(sheet), folder))
            ours.append(_start(_OURS, str(ROOT / "resources"), folder))
    del bare[0], ours[0]
    result = {
        "runs": options.runs,
        "window_seconds": round(statistics.median(ours), 3),
        "bare_seconds": round(statistics.median(bare), 3),
        "ratio": round(statistics.median(ours) / statistics.median(bare), 2),
        "target": TARGET,
        "window_all": [round(value, 3) for value in ours],
        "bare_all": [round(value, 3) for value in bare],
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }
    if options.json:
        sys.stdout.write(json.dumps(result) + "\n")
    else:
        sys.stdout.write("".join(f"{name:18} {value}\n" for name, value in result.items()))


if __name__ == "__main__":
    main()
