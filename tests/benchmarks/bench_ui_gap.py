"""The longest gap between two turns of the window's event loop, while a long document is opened, analysed and scrolled.

    python -m tests.benchmarks.bench_ui_gap [--pages 300] [--seconds 60] [--file FILE]

A timer of 5 ms runs in the real window with the real engine; the gap is the time between two of its turns. Where one
is longer than 50 ms, another thread notes what the main thread was doing. Target: under 100 ms. Prints JSON.

``longest`` has the longest gaps, each with the time that the main thread itself worked and (Linux) the time that it was
ready but waited for a processor, which other programs on the machine cause as well; the rest it waited for the
interpreter's lock, or slept until its timer.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, QTimer  # noqa: E402

from assistant.engine import Engine  # noqa: E402
from assistant.paths import Paths  # noqa: E402
from helpers.documents import PARAGRAPHS, write_pdf  # noqa: E402
from ui.app import SWITCH_INTERVAL, Program, make_application  # noqa: E402
from ui.views.document_view import DocumentView  # noqa: E402

_TICK_MS = 5
_NOTE_SECONDS = 0.05


@dataclass
class Phase:
    """What was measured while one thing went on."""

    longest: float = 0.0
    gaps: list[float] = field(default_factory=list)
    seconds: float = 0.0
    waits: list[tuple[float, float, float]] = field(default_factory=list)
    """(gap, worked, waited for a processor) of gaps of more than 50 ms."""
    busiest: float = 0.0
    """Most processor time that the main thread used between two turns: its own work, whatever else runs."""

    def as_json(self) -> dict[str, object]:
        ordered = sorted(self.gaps)
        return {
            "longest_ms": round(self.longest * 1000, 1),
            "busiest_ms": round(self.busiest * 1000, 1),
            "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 1) if ordered else 0.0,
            "turns": len(ordered),
            "over_50_ms": len(self.waits),
            "over_100_ms": sum(gap >= 0.1 for gap in self.gaps),
            "longest": [
                {
                    name: round(value * 1000, 1)
                    for name, value in zip(("gap_ms", "worked_ms", "queued_ms"), each, strict=True)
                }
                for each in sorted(self.waits, reverse=True)[:5]
            ],
            "seconds": round(self.seconds, 1),
        }


class Watch(QObject):
    """Measures gaps on the main thread; ``blame`` counts where it was when they were long."""

    def __init__(self) -> None:
        super().__init__()
        self.phases: dict[str, Phase] = {}
        self.blame: Counter[str] = Counter()
        self._phase = Phase()
        self._last = time.perf_counter()
        self._worked = time.thread_time()
        self._queued = _queued()
        self._main = threading.main_thread().ident or 0
        self._ended = threading.Event()
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._turn)
        self._thread = threading.Thread(target=self._look, name="bench-watch", daemon=True)

    def start(self, name: str) -> None:
        """Begin a phase."""
        self._phase = self.phases.setdefault(name, Phase())
        if not self._timer.isActive():
            self._last = time.perf_counter()
            self._worked = time.thread_time()
            self._queued = _queued()
            self._timer.start()
            self._thread.start()

    def stop(self) -> None:
        self._timer.stop()
        self._ended.set()

    def _turn(self) -> None:
        now = time.perf_counter()
        gap = now - self._last
        self._last = now
        worked, self._worked = self._worked, time.thread_time()
        queued, self._queued = self._queued, _queued()
        self._phase.busiest = max(self._phase.busiest, self._worked - worked)
        if gap > _NOTE_SECONDS:
            self._phase.waits.append((gap, self._worked - worked, self._queued - queued))
        self._phase.gaps.append(gap)
        self._phase.seconds += gap
        self._phase.longest = max(self._phase.longest, gap)

    def _look(self) -> None:
        noted = 0.0
        while not self._ended.wait(0.01):
            last = self._last
            if time.perf_counter() - last > _NOTE_SECONDS and last != noted:
                noted = last
                self.blame[self._stack()] += 1

    def _stack(self) -> str:
        """The innermost calls of the main thread. By faulthandler: to hold the frames themselves would keep their
        painters alive, and end them on this thread."""
        with tempfile.TemporaryFile("w+") as file:
            faulthandler.dump_traceback(file, all_threads=True)
            file.seek(0)
            text = file.read()
        part = text.partition(f"Thread 0x{self._main:016x}")[2].partition("\n\n")[0]
        calls = re.findall(r'File "[^"]*?([^"/\\]+)", line (\d+) in (\S+)', part)
        return " < ".join(f"{name}:{line} {function}" for name, line, function in calls[:4])


def _queued() -> float:
    """Seconds that the calling thread was ready to run but waited for a processor; 0 where the system does not say."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except OSError:
        return 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to scroll while analyses run, at most")
    parser.add_argument("--file", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        path = options.file or _document(home / "long.pdf", options.pages)
        print(json.dumps(_measure(path, home / "home", options.seconds), indent=2))
    return 0


def _document(path: Path, pages: int) -> Path:
    """Pages of running text, none like another."""
    return write_pdf(
        path, [[f"Chapter {number}", *PARAGRAPHS[1:5], *PARAGRAPHS[1:4]] for number in range(1, pages + 1)]
    )


def _measure(path: Path, home: Path, seconds: float) -> dict[str, object]:
    app = make_application()
    sys.setswitchinterval(SWITCH_INTERVAL)
    program = Program.build(Engine.create(Paths.under(home)), ROOT / "resources")
    window = program.window
    window.resize(1440, 900)
    watch = Watch()
    window.show()
    app.processEvents()
    watch.start("open")
    window.open_paths([path])
    view = window.view
    assert view is not None
    started = time.perf_counter()
    first_page: list[float] = []
    view.pages.settled.connect(lambda: first_page.append(time.perf_counter() - started))
    driver = _Driver(view, watch, seconds, app.quit)
    app.exec()
    watch.stop()
    done = view.session.analysis_seconds is not None
    result: dict[str, object] = {
        "pages": view.page_count,
        "first_page_seconds": round(first_page[0], 3) if first_page else None,
        "analyses_done": done,
        "analysis_seconds": round(view.session.analysis_seconds or 0.0, 1),
        "scrolled_to": driver.furthest,
        "longest_ms": round(max(phase.longest for phase in watch.phases.values()) * 1000, 1),
        "busiest_ms": round(max(phase.busiest for phase in watch.phases.values()) * 1000, 1),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "phases": {name: phase.as_json() for name, phase in watch.phases.items()},
        "long_turns": dict(watch.blame.most_common(12)),
    }
    program.shutdown()
    return result


class _Driver(QObject):
    """Scrolls like a hasty reader: a wheel's step every 30 ms, a jump far away every second."""

    def __init__(self, view: DocumentView, watch: Watch, seconds: float, end: Callable[[], None]) -> None:
        super().__init__()
        self._view = view
        self._watch = watch
        self._until = seconds
        self._end = end
        self._steps = 0
        self._since: float | None = None
        self.furthest = 0
        self._timer = QTimer(self, interval=30)
        self._timer.timeout.connect(self._step)
        self._timer.start()

    def _step(self) -> None:
        view = self._view
        if view.session.open_error is not None:
            raise RuntimeError(str(view.session.open_error))
        if not view.is_open:
            return
        if self._since is None:
            self._since = time.monotonic()
            self._watch.start("read and scroll")
        elif view.session.document is not None and "analyse and scroll" not in self._watch.phases:
            self._watch.start("analyse and scroll")
        self._steps += 1
        bar = view.pages.verticalScrollBar()
        if self._steps % 33 == 0:
            view.pages.go_to_page((self._steps * 7) % view.page_count + 1)
        elif self._steps % 330 == 0:
            view.pages.zoom_step(1 if (self._steps // 330) % 2 else -1)
        else:
            bar.setValue(bar.value() + 120)
        self.furthest = max(self.furthest, view.pages.page)
        long_enough = time.monotonic() - self._since > self._until
        if long_enough or (view.session.analysis_seconds is not None and time.monotonic() - self._since > 10):
            self._timer.stop()
            self._end()


if __name__ == "__main__":
    raise SystemExit(main())
