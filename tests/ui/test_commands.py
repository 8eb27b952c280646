"""Search or run: pages, tabs, headings and files by some of their letters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from assistant.engine import Engine
from assistant.paths import Paths
from helpers.documents import Samples
from ui.app import Program
from ui.main_window import MainWindow
from ui.models.fuzzy import score

_WAIT = 60_000


@pytest.mark.parametrize(
    ("asked", "better", "worse"),
    [
        ("page", "Go to a page", "Pages"),
        ("pag", "Pages", "Fit the homepage"),
        ("fwp", "Fit the whole page", "Found in five words of the newspaper"),
        ("prefs", "Preferences…", "Open a document"),
        ("合同", "合同 一.pdf", "报告.pdf"),
        ("the whole", "Fit the whole page", "Fit the width"),
    ],
)
def test_what_fits_better_comes_first(asked: str, better: str, worse: str) -> None:
    first, second = score(asked, better), score(asked, worse)
    assert first is not None
    assert second is None or first > second


def test_letters_of_no_title_fit_nothing() -> None:
    assert score("xq", "Fit the whole page") is None
    assert score("", "Fit") is not None


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    program = Program.build(Engine.create(Paths.under(tmp_path / "profile")))
    program.window.resize(1200, 800)
    program.window.show()
    yield program.window
    program.shutdown()


def _type(window: MainWindow, text: str) -> list[str]:
    edit = window.command_box.edit
    edit.clear()
    edit.setText(text)
    edit.textEdited.emit(text)
    return [row.title for row in window.command_box.rows]


def test_pages_tabs_headings_and_files(qtbot: QtBot, window: MainWindow, samples: Samples) -> None:
    window.open_paths([samples.text, samples.contract])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.session.document is not None, timeout=_WAIT)
    for words in ("p 2", "2", "page 2", "第2页", "第 2 页", "p.2"):
        assert _type(window, words)[0] == "Go to page 2"
    assert not any(title.startswith("Go to page") for title in _type(window, "p 999"))
    _type(window, "p 2")
    QTest.keyClick(window.command_box.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.pages.page == 2, timeout=_WAIT)

    name = samples.text.name
    assert f"Go to {name}" in _type(window, name[:4])
    window.command_box.rows[_type(window, name[:4]).index(f"Go to {name}")].run()
    assert window.tabs.currentIndex() == 0
    window.tabs.setCurrentIndex(1)

    document = view.session.document
    assert document is not None
    outline = document.outline or (view.session.handle.outline if view.session.handle else ())
    if outline:
        heading = outline[-1]
        titles = _type(window, heading.title)
        assert heading.title in titles
        window.command_box.rows[titles.index(heading.title)].run()
        qtbot.waitUntil(lambda: abs(view.pages.page - heading.page) <= 1, timeout=_WAIT)
