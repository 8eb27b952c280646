"""The program with a window: builds everything, runs the event loop, ends everything."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from assistant import settings as keys
from ui.icons import Icons
from ui.instance import InstanceServer
from ui.jobs import Dispatcher, JobList
from ui.main_window import MainWindow
from ui.models.garbage import Collector
from ui.theme import Mode, Theme
from ui.translation import Translation
from ui.views import page_speech
from ui.views.widgets import Look
from ui.window_screen import follow_settings, page_theme

if TYPE_CHECKING:
    from assistant.engine import Engine

_log = logging.getLogger(__name__)
# Worker threads hand the interpreter over this often (seconds). Every call into Qt gives it up and takes it back; a
# paint event has a hundred of them, each waiting this long for a busy worker: at the default of 5 ms, half a second.
SWITCH_INTERVAL = 0.0002


def run(
    engine: Engine,
    files: list[Path],
    self_test: Path | None = None,
    resources: Path | None = None,
    profile: str = "",
) -> int:
    """Show the window with ``files`` open until it is closed. Returns the exit code.

    With ``self_test`` the window drives itself, writes pictures into that folder, and the code is 0 only if
    everything worked. ``resources`` holds the samples and translations. ``profile`` (the absolute path of its data)
    names the window to those who start the program again. The engine is shut down at the end.
    """
    app = make_application()
    server = InstanceServer(profile) if profile and self_test is None else None
    if server is not None and not server.claim(files):
        # Another one was started in the same moment.
        engine.shutdown()
        return 0
    sys.setswitchinterval(SWITCH_INTERVAL)
    program = Program.build(engine, resources)
    window = program.window
    previous = sys.excepthook
    sys.excepthook = _hook(window, previous, quiet=self_test is not None)
    try:
        window.show()
        if self_test is not None:
            # Not wanted at any other start.
            from ui.self_test import SelfTest

            if not files and program.sample is not None:
                files = [program.sample]
            test = SelfTest(window, self_test)
            test.finished.connect(app.exit)
            QTimer.singleShot(0, lambda: test.start(files))
        else:
            if server is not None:
                server.asked.connect(lambda paths, tokens: _answer(window, paths, tokens))
            QTimer.singleShot(0, lambda: window.open_paths(files) if files else window.reopen_tabs())
        return app.exec()
    finally:
        sys.excepthook = previous
        if server is not None:
            server.close()
        program.shutdown()


def _answer(window: MainWindow, paths: Sequence[Path], tokens: Mapping[str, str]) -> None:
    """Open what another process was started with, and come to the front as the desktop lets it."""
    os.environ.update(tokens)
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
    window.open_paths(paths)


@dataclass(frozen=True, slots=True)
class Program:
    """The parts of a running window."""

    engine: Engine
    look: Look
    jobs: JobList
    pool: ThreadPoolExecutor
    window: MainWindow
    sample: Path | None
    translation: Translation
    collector: Collector

    @classmethod
    def build(cls, engine: Engine, resources: Path | None = None) -> Program:
        """Everything but the event loop."""
        translation = Translation(resources / "translations" if resources is not None else None)
        translation.apply(engine.settings.get(keys.UI_LANGUAGE))
        page_speech.install(make_application())
        look = make_look(engine)
        jobs = JobList(Dispatcher())
        pool = ThreadPoolExecutor(1, thread_name_prefix="docent-picture")
        # Its thread is there when the first picture comes.
        pool.submit(int)
        sample = _sample(resources)
        changelog = resources.parent / "CHANGELOG.md" if resources is not None else None
        window = MainWindow(look, engine, jobs, pool, sample, changelog)
        engine.settings.subscribe(keys.UI_LANGUAGE, lambda chosen: translation.apply(str(chosen)))
        translation.changed.connect(window.rebuild)
        collector = Collector()
        window.document_added.connect(lambda view: view.session.analyses_ended.connect(collector.settle))
        window.document_closed.connect(collector.collect_all)
        collector.start()
        engine.warm_up()
        return cls(engine, look, jobs, pool, window, sample, translation, collector)

    def shutdown(self) -> None:
        """Give up all work, end the threads and the engine. The window is closed before."""
        self.window.close()
        self.collector.close()
        self.jobs.shutdown()
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.engine.shutdown()
        self.jobs.dispatcher.close()
        self.translation.close()


def make_application(arguments: Sequence[str] | None = None) -> QApplication:
    """The QApplication, exact at fractional scales; the running one if there is one."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication(list(arguments or sys.argv[:1]))
    app.setApplicationName("Docent")
    app.setOrganizationName("Docent")
    app.setDesktopFileName("docent")
    app.setStyle("Fusion")
    return app


def make_look(engine: Engine) -> Look:
    """The theme as set, applied, and the icons in its colours."""
    mode = engine.settings.get(keys.THEME)
    modes: dict[str, Mode] = {"light": "light", "dark": "dark"}
    theme = Theme(modes.get(mode, "system"))
    look = Look(theme, Icons(theme), page_theme(theme, engine.settings))
    # The system's accent is asked for before the program has a palette of its own.
    follow_settings(look, engine.settings)
    theme.apply()
    return look


def _sample(resources: Path | None) -> Path | None:
    """The document that the start page offers to try."""
    folder = resources / "samples" if resources is not None else None
    if folder is None or not folder.is_dir():
        return None
    pdfs = sorted(folder.glob("*.pdf"))
    return next(
        (path for path in pdfs if "contract" in path.stem or "agreement" in path.stem), pdfs[0] if pdfs else None
    )


Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def _hook(window: MainWindow, previous: Hook, *, quiet: bool) -> Hook:
    """Show what nobody caught, once, and log it. ``quiet``: print it as usual instead (nobody is looking)."""
    shown: set[str] = set()

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.exit(130)
            return
        _log.critical("not caught", exc_info=(kind, error, trace))
        last = trace
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        place = (
            f"{kind.__name__}:{last.tb_frame.f_code.co_filename}:{last.tb_lineno}"
            if last is not None
            else kind.__name__
        )
        # A fault in painting comes sixty times a second; one dialog is enough.
        if quiet or place in shown:
            window.error_shown.emit(error)
            previous(kind, error, trace)
            return
        shown.add(place)
        window.show_error(error)

    return hook
