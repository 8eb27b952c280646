"""Frame times while 300 pages are scrolled at speed and the analyses run.

    python -m tests.benchmarks.bench_frames [--pages 300] [--rounds 1] [--step 240]

The real window with the real engine, offscreen. Every 16 ms the scroll bar is moved by ``--step`` pixels. ``paint``:
from that to the end of the paint event that shows it; ``frame``: from the end of one such paint to the end of the next,
with everything else that the event loop did in between. A round goes from the first page to the last. Target: the 95th
percentile of frames under 33 ms. Prints JSON, with the memory (PSS, MB, of this process) after each round.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, QTimer, Signal  # noqa: E402

from assistant.engine import Engine  # noqa: E402
from assistant.paths import Paths  # noqa: E402
from helpers.big_pdf import write_big_pdf  # noqa: E402
from ui.app import SWITCH_INTERVAL, Program, make_application  # noqa: E402
from ui.views.document_view import DocumentView  # noqa: E402

_FRAME_MS = 16


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--step", type=int, default=240)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = write_big_pdf(Path(folder) / "big.pdf", options.pages)
        result = measure(file, Path(folder) / "profile", options.rounds, options.step)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 0


def measure(file: Path, home: Path, rounds: int, step: int) -> dict[str, object]:
    app = make_application()
    sys.setswitchinterval(SWITCH_INTERVAL)
    program = Program.build(Engine.create(Paths.under(home)), ROOT / "resources")
    window = program.window
    window.resize(1440, 900)
    window.show()
    window.open_paths([file])
    view = window.view
    assert view is not None
    scroller = _Scroller(view, rounds, step)
    scroller.ended.connect(app.quit)
    app.exec()
    result: dict[str, object] = {
        "pages": view.page_count,
        "frames": len(scroller.frames),
        "analyses_done": view.session.analysis_seconds is not None,
        "frame_ms": _spread(scroller.frames),
        "paint_ms": _spread(scroller.paints),
        "memory_mb": scroller.memory,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }
    program.shutdown()
    return result


class _Scroller(QObject):
    """Starts with the first sharp page."""

    ended = Signal()

    def __init__(self, view: DocumentView, rounds: int, step: int) -> None:
        super().__init__()
        self._view, self._rounds, self._step = view, rounds, step
        self.frames: list[float] = []
        self.paints: list[float] = []
        self.memory: list[float] = []
        self._moved = 0.0
        self._last = 0.0
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._tick)
        view.pages.settled.connect(self._timer.start)
        self._viewport = view.pages.viewport()
        self._viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and self._moved:
            # Painted here, so that the end of it is known.
            self._viewport.removeEventFilter(self)
            self._viewport.event(event)
            self._viewport.installEventFilter(self)
            now = time.perf_counter()
            self.paints.append(now - self._moved)
            if self._last:
                self.frames.append(now - self._last)
            self._last, self._moved = now, 0.0
            return True
        return False

    def _tick(self) -> None:
        bar = self._view.pages.verticalScrollBar()
        if bar.value() >= bar.maximum():
            self._rounds -= 1
            self.memory.append(_memory())
            self._last = 0.0
            if self._rounds <= 0:
                self._timer.stop()
                self.ended.emit()
                return
            bar.setValue(0)
            return
        if not self._moved:
            self._moved = time.perf_counter()
        bar.setValue(bar.value() + self._step)


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        name: round(ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000, 1)
        for name, part in (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1.0))
    }


def _memory() -> float:
    path = Path("/proc/self/smaps_rollup")
    found = re.search(r"^Pss:\s+(\d+)", path.read_text(encoding="ascii"), re.MULTILINE) if path.exists() else None
    return round(int(found[1]) / 1024, 1) if found is not None else 0.0


if __name__ == "__main__":
    raise SystemExit(main())
