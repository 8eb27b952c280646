"""Tabs that come back: closed ones, and those of the last time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from assistant import settings as keys
from assistant.engine import Engine
from assistant.paths import Paths
from helpers.documents import Samples
from ui.main_window import MainWindow
from ui.views.window_tabs import ClosedTabs, tabs_of, tabs_text

_WAIT = 60_000


def _titles(window: MainWindow) -> list[str]:
    return [window.tabs.tabText(index) for index in range(window.tabs.count())]


def test_closed_tabs_come_back_in_their_places(start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples) -> None:
    window = start()
    window.open_paths([samples.contract, samples.chinese, samples.text])
    assert not window.actions_table["reopen_tab"].isEnabled()
    before = _titles(window)
    for index in (1, 0):
        window.tabs.setCurrentIndex(index)
        window.actions_table["close_tab"].trigger()
    assert window.tabs.count() == 1
    window.actions_table["reopen_tab"].trigger()
    window.actions_table["reopen_tab"].trigger()
    assert _titles(window) == before
    view = window.view
    assert view is not None
    assert view.session.path == samples.chinese
    qtbot.waitUntil(lambda: view.is_open and not window.actions_table["reopen_tab"].isEnabled(), timeout=_WAIT)


def test_the_documents_of_the_last_time_come_back_and_open_when_they_are_looked_at(
    start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.txt"
    gone.write_text("It was here.", encoding="utf-8")
    window = start()
    window.open_paths([samples.contract, gone, samples.chinese])
    window.tabs.setCurrentIndex(0)
    window.close()
    gone.unlink()

    again = start()
    again.reopen_tabs()
    qtbot.waitUntil(lambda: again.tabs.count() == 2, timeout=_WAIT)
    assert len(again.views) == 1
    first = again.view
    assert first is not None
    assert first.session.path == samples.contract
    # One that sleeps is closed and comes back as any other, and is open once only.
    again.open_paths([samples.chinese])
    assert again.tabs.count() == 2
    second = again.view
    assert second is not None
    assert second is not first
    assert second.session.path == samples.chinese
    qtbot.waitUntil(lambda: second.is_open, timeout=_WAIT)


def test_nothing_comes_back_where_the_user_does_not_want_it(
    start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples, paths: Paths
) -> None:
    window = start()
    window.open_paths([samples.contract])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.session.document is not None, timeout=_WAIT)
    window.close()
    engine = Engine.create(paths)
    assert samples.contract in tabs_of(engine.settings.get(keys.OPEN_TABS))[0]
    engine.settings.set(keys.RESTORE_TABS, False)
    engine.shutdown()
    again = start()
    again.reopen_tabs()
    qtbot.waitUntil(lambda: bool(again.start_page.rows), timeout=_WAIT)
    assert again.tabs.count() == 0


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"files": 3}', '{"files": ["a"], "front": "x"}', '{"front": {}}']
)
def test_what_is_no_list_of_tabs_is_none(text: str) -> None:
    assert tabs_of(text) == ([], 0)


def test_tabs_are_kept_as_they_were() -> None:
    paths = [Path("/a/报告.pdf"), Path("/b c/x.txt")]
    assert tabs_of(tabs_text(paths, 1)) == (paths, 1)
    assert tabs_of(tabs_text(paths, 9)) == (paths, 1)
    closed = ClosedTabs()
    closed.add(paths[0], 0)
    closed.add(paths[1], 1)
    closed.add(paths[0], 2)
    assert closed.take() == (paths[0], 2)
    assert closed.take() == (paths[1], 1)
    assert closed.take() is None
