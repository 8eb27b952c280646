"""Documents and dialogs that are opened and closed leave nothing: no thread, timer, widget, descriptor or process."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from helpers.documents import Samples
from helpers.program import WAIT, open_document
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.error import ErrorDialog
from ui.dialogs.link import LinkDialog
from ui.main_window import MainWindow
from ui.models.news import News
from ui.views.whats_new import NewsDialog

_DOCUMENTS = 20
_DIALOGS = 50
_WARM = 5


@dataclass(frozen=True, slots=True)
class Held:
    """What a program holds; none of it may grow with what is opened and closed."""

    threads: int
    windows: int
    widgets: int
    objects: int
    timers: int
    descriptors: int
    processes: int

    @classmethod
    def now(cls, window: MainWindow) -> Held:
        for _ in range(3):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QApplication.processEvents()
        gc.unfreeze()
        gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        proc = sys.platform == "linux"
        return cls(
            threading.active_count(),
            len(QApplication.topLevelWidgets()),
            len(QApplication.allWidgets()),
            len(window.findChildren(QObject)),
            len(window.findChildren(QTimer)),
            len(list(Path("/proc/self/fd").iterdir())) if proc else 0,
            _children() if proc else 0,
        )

    def beyond(self, before: Held, rounds: int) -> dict[str, int]:
        """What has grown with the rounds, and by how much. The window makes a few things once, when it first rests."""
        more = {each.name: getattr(self, each.name) - getattr(before, each.name) for each in fields(self)}
        most = {name: rounds // 2 if name in ("widgets", "objects") else rounds // 10 for name in more}
        return {name: value for name, value in more.items() if value > most[name]}


def _children() -> int:
    """Processes below this one, at any depth."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
                parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
            except OSError:
                # It has ended meanwhile.
                continue
    found, below = 0, {os.getpid()}
    while below:
        below = {pid for pid, parent in parents.items() if parent in below}
        found += len(below)
    return found


@pytest.fixture
def window(start: Callable[[], MainWindow], qtbot: QtBot) -> MainWindow:
    made = start()
    qtbot.waitUntil(lambda: not made.lists.is_loading, timeout=WAIT)
    return made


def _rest(window: MainWindow, qtbot: QtBot) -> None:
    """Until nothing runs and the next view is made."""
    qtbot.waitUntil(lambda: window.splitter.spare is not None and not window.lists.is_loading, timeout=WAIT)


def _round(window: MainWindow, qtbot: QtBot, samples: Samples) -> None:
    view = open_document(window, samples.contract, qtbot)
    qtbot.waitUntil(lambda: view.session.analysis_seconds is not None, timeout=WAIT)
    view.panels.build()
    with qtbot.waitSignal(view.destroyed, timeout=WAIT):
        window.actions_table["close_tab"].trigger()
    assert window.view is None
    _rest(window, qtbot)


@pytest.mark.timeout(600)
def test_documents_leave_nothing(window: MainWindow, qtbot: QtBot, samples: Samples) -> None:
    for _ in range(_WARM):
        _round(window, qtbot, samples)
    before = Held.now(window)
    least = before
    for _ in range(_DOCUMENTS):
        _round(window, qtbot, samples)
        # Sometimes the next view has got its panels already: its widgets count in that round.
        now = Held.now(window)
        least = now if now.widgets <= before.widgets else least
    assert least is not before
    assert least.beyond(before, _DOCUMENTS) == {}


def _no_more_than(before: Held, window: MainWindow, qtbot: QtBot, rounds: int) -> None:
    """A job of the last round may be at its end; what is held at last is compared."""

    def check() -> None:
        assert Held.now(window).beyond(before, rounds) == {}

    qtbot.waitUntil(check, timeout=15_000)


# --- dialogs ----------------------------------------------------------------------------------------------------

Open = Callable[[MainWindow], QWidget | None]


def _own(make: Callable[[MainWindow], QWidget]) -> Open:
    def open_it(window: MainWindow) -> QWidget:
        dialog = make(window)
        dialog.show()
        return dialog

    return open_it


def _action(name: str) -> Open:
    def open_it(window: MainWindow) -> None:
        window.actions_table[name].trigger()

    return open_it


_KINDS: dict[str, Open] = {
    "preferences": _action("preferences"),
    "shortcuts": _action("shortcuts"),
    "privacy": _action("privacy"),
    "print": _action("print"),
    "models": _action("models"),
    "retrain": lambda window: window.training.open_wizard(),
    "export_pdf": _action("export_pdf"),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", list(_KINDS))
def test_dialogs_leave_nothing(window: MainWindow, qtbot: QtBot, samples: Samples, name: str) -> None:
    view = open_document(window, samples.contract, qtbot)
    qtbot.waitUntil(lambda: view.session.analysis_seconds is not None, timeout=WAIT)
    _rest(window, qtbot)
    there = set(QApplication.topLevelWidgets())

    def once() -> None:
        _KINDS[name](window)

        def opened() -> list[QWidget]:
            return [each for each in QApplication.topLevelWidgets() if each.isVisible() and each not in there]

        qtbot.waitUntil(lambda: bool(opened()), timeout=WAIT)
        for dialog in opened():
            dialog.close()
        qtbot.waitUntil(lambda: not opened(), timeout=WAIT)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    for _ in range(_WARM):
        once()
    before = Held.now(window)
    for _ in range(_DIALOGS):
        once()
    _no_more_than(before, window, qtbot, _DIALOGS)


@pytest.mark.parametrize(
    "make",
    [
        lambda window: LinkDialog(window.look, "https://example.com", lambda _: True, window),
        lambda window: NewsDialog(window.look, News("1", ("a",), "- a"), window),
        lambda window: ConfirmDialog(window.look, "Question", "Sentence", "Yes", parent=window),
        lambda window: ErrorDialog(window.look, ValueError("x"), parent=window),
    ],
    ids=["link", "news", "confirm", "error"],
)
def test_questions_leave_nothing(window: MainWindow, qtbot: QtBot, make: Callable[[MainWindow], QWidget]) -> None:
    _rest(window, qtbot)

    def once() -> None:
        dialog = make(window)
        dialog.show()
        dialog.close()
        dialog.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    for _ in range(_WARM):
        once()
    before = Held.now(window)
    for _ in range(_DIALOGS):
        once()
    _no_more_than(before, window, qtbot, _DIALOGS)
