"""Find in the real window: list, scroll bar, toggles, what is wrong with an expression."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pymupdf
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from helpers.program import WAIT, open_document
from ui.main_window import MainWindow


def _paper(path: Path) -> Path:
    with pymupdf.open() as document:
        for number in range(6):
            page = document.new_page()
            page.insert_text((72, 100), f"Café number {number} serves coffee, and the cafe opens at {number + 7}:00.")
            page.insert_text((72, 400), "合同编号 HT-2024-018", fontname="china-s")
        document.save(path)
    return path


def test_hits_are_listed_and_marked_on_the_scroll_bar(
    start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = start()
    view = open_document(window, _paper(tmp_path / "paper.pdf"), qtbot)
    window.actions_table["find"].trigger()
    bar, found = view.find_bar, view.centre.find_list
    QTest.keyClicks(bar.field.edit, "cafe")
    qtbot.waitUntil(lambda: bar.count.text() == "1 of 12", timeout=WAIT)
    assert len(bar.hits) == 12
    assert found.isVisible()
    assert found.list.count == 12
    row = found.list.row(0)
    assert row.title[row.strong[0] : row.strong[1]] == "Café"
    assert row.page == "p. 1"
    assert len(view.finding.scroll_bar.places) >= 6
    assert all(0 <= place <= 1 for place in view.finding.scroll_bar.places)
    found.list.setFocus()
    found.list.set_current(8)
    QTest.keyClick(found.list, Qt.Key.Key_Return)
    assert bar.count.text() == "9 of 12"
    qtbot.waitUntil(lambda: view.pages.page == 5, timeout=WAIT)
    assert view.pages.layers.current_hit == bar.hits[8]
    bar.accents.click()
    qtbot.waitUntil(lambda: len(bar.hits) == 6 and bar.count.text().endswith("of 6"), timeout=WAIT)
    bar.all_hits.click()
    assert not found.isVisible()
    bar.close_bar()
    assert not view.finding.scroll_bar.places


def test_regular_expressions_and_chinese(start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    window = start()
    view = open_document(window, _paper(tmp_path / "paper.pdf"), qtbot)
    window.actions_table["find"].trigger()
    bar, found = view.find_bar, view.centre.find_list
    bar.pattern.click()
    bar.field.setText("合同.*HT-\\d+")
    qtbot.waitUntil(lambda: len(bar.hits) == 6, timeout=WAIT)
    bar.field.setText("(cafe")
    qtbot.waitUntil(lambda: "not a regular expression" in found.sentence.text, timeout=WAIT)
    assert found.isVisible()
    assert not bar.hits
    bar.field.setText("cof+ee")
    qtbot.waitUntil(lambda: len(bar.hits) == 6, timeout=WAIT)
    assert not found.sentence.text
    assert view.session.errors == []
