"""The start page with a real engine: cards with pictures and types, files that were moved, what is new."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from assistant import settings as keys
from assistant.engine import Engine
from assistant.paths import Paths
from helpers.documents import Samples
from ui.app import Program
from ui.main_window import MainWindow
from ui.models.news import newest

_WAIT = 60_000
_CHANGES = """# Changelog

## 0.2.0

Words about it.

- First, with
  a second line and `code`.
- Second.

## 0.1.0 (unreleased)

- Old.
"""

Start = Callable[[], MainWindow]


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Start]:
    """Windows of one profile, one after the other, as the program builds them."""
    running: list[Program] = []
    resources = tmp_path / "program" / "resources"
    resources.mkdir(parents=True)
    (resources.parent / "CHANGELOG.md").write_text(_CHANGES, encoding="utf-8")

    def begin() -> MainWindow:
        while running:
            running.pop().shutdown()
        running.append(Program.build(Engine.create(Paths.under(tmp_path / "profile")), resources))
        window = running[0].window
        window.resize(1200, 800)
        window.show()
        qtbot.waitUntil(lambda: window.lists.recent is not None, timeout=_WAIT)
        return window

    yield begin
    while running:
        running.pop().shutdown()


def _read(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.open_paths([path])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.session.analysis_seconds is not None, timeout=_WAIT)
    handle = view.session.handle
    assert handle is not None
    engine = window.engine
    qtbot.waitUntil(lambda: not engine.picture_wanted(handle), timeout=_WAIT)
    window.actions_table["close_tab"].trigger()


def test_a_card_has_the_first_page_and_the_type(qtbot: QtBot, start: Start, samples: Samples) -> None:
    window = start()
    _read(qtbot, window, samples.contract)
    qtbot.waitUntil(lambda: len(window.start_page.rows) == 1, timeout=_WAIT)
    (card,) = window.start_page.rows
    qtbot.waitUntil(lambda: window.start_page.rows[0].picture.has_picture, timeout=_WAIT)
    image = QImage.fromData(window.start_page.rows[0].file.picture)
    assert 100 < image.width() <= 320
    assert len(window.start_page.rows[0].file.picture) < 60_000
    assert "Contract" in window.start_page.rows[0].accessibleDescription()
    # Forgotten with the document.
    card = window.start_page.rows[0]
    qtbot.keyClick(card, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.start_page.rows == (), timeout=_WAIT)
    assert window.engine.known_documents() == []


def test_a_file_that_was_moved_is_found_again(qtbot: QtBot, start: Start, samples: Samples, tmp_path: Path) -> None:
    here, there = tmp_path / "here.pdf", tmp_path / "合同.pdf"
    shutil.copy(samples.contract, here)
    window = start()
    _read(qtbot, window, here)
    here.rename(there)
    window = start()
    qtbot.waitUntil(lambda: len(window.start_page.rows) == 1, timeout=_WAIT)
    (card,) = window.start_page.rows
    assert card.file.missing
    assert card.locate_button is not None
    opened: list[Path] = []
    window.start_page.file_activated.connect(opened.append)
    card.click()
    assert opened == []
    window.home.move(here, there)
    qtbot.waitUntil(lambda: window.view is not None, timeout=_WAIT)
    qtbot.waitUntil(lambda: [file.path for file in window.lists.recent or ()] == [there], timeout=_WAIT)


def test_what_is_new_is_shown_once_for_each_version(
    qtbot: QtBot, start: Start, samples: Samples, tmp_path: Path
) -> None:
    window = start()
    qtbot.waitUntil(lambda: window.engine.settings.get(keys.NEWS_SEEN) == "0.2.0", timeout=_WAIT)
    # Who has just come hears of the next version only.
    assert window.start_page.news is None
    _read(qtbot, window, samples.contract)
    (tmp_path / "program" / "CHANGELOG.md").write_text(_CHANGES.replace("0.2.0", "0.3.0"), encoding="utf-8")
    window = start()
    qtbot.waitUntil(lambda: window.start_page.news is not None, timeout=_WAIT)
    news = window.start_page.news
    assert news is not None
    assert news.accessibleName() == "What is new in Docent 0.3.0"
    news.close_button.click()
    assert window.start_page.news is None
    window = start()
    qtbot.waitUntil(lambda: bool(window.start_page.rows), timeout=_WAIT)
    assert window.start_page.news is None
    window.actions_table["whats_new"].trigger()
    assert QApplication.activeModalWidget() is not None
    QApplication.activeModalWidget().close()


def test_the_newest_section_is_read(tmp_path: Path) -> None:
    file = tmp_path / "CHANGELOG.md"
    file.write_text(_CHANGES, encoding="utf-8")
    news = newest(file)
    assert news is not None
    assert news.version == "0.2.0"
    assert news.points == ("First, with a second line and code.", "Second.")
    assert "Old" not in news.text
    assert newest(tmp_path / "none.md") is None


def test_arrows_go_from_card_to_card(qtbot: QtBot, start: Start, tmp_path: Path) -> None:
    window = start()
    for number in range(7):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"Note {number}.", encoding="utf-8")
        window.open_paths([path])
        view = window.view
        assert view is not None
        qtbot.waitUntil(lambda view=view: view.session.document is not None, timeout=_WAIT)
        window.actions_table["close_tab"].trigger()
    qtbot.waitUntil(lambda: len(window.start_page.rows) == 7, timeout=_WAIT)
    qtbot.waitUntil(lambda: [card.file.path.stem for card in window.start_page.rows] == list("6543210"), timeout=_WAIT)
    # All that was asked for is there: nothing is made anew any more.
    qtbot.waitUntil(lambda: not window.lists.is_loading, timeout=_WAIT)
    cards = window.start_page.rows
    qtbot.waitUntil(lambda: cards[1].x() > cards[0].x() and cards[6].y() > cards[1].y(), timeout=_WAIT)
    cards[0].setFocus()
    qtbot.waitUntil(cards[0].hasFocus, timeout=_WAIT)
    qtbot.keyClick(cards[0], Qt.Key.Key_Right)
    assert cards[1].hasFocus()
    qtbot.keyClick(cards[1], Qt.Key.Key_Down)
    assert cards[6].hasFocus()
    qtbot.keyClick(cards[6], Qt.Key.Key_Up)
    assert cards[1].hasFocus()
    assert cards[1].remove.isVisible()
