"""The table under the pointer: its menu, the clipboard, the CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pymupdf
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from assistant.documents.host import DocumentHost
from assistant.errors import UserError
from helpers.ui_pages import Shown, show
from ui.views.page_tables import add_table_actions, copy_table, save_table, table_at

_ROWS = [["Item", "Pieces", "Price"], ["Chairs", "12", "1,200"], ["Tables", "3", "=900"]]


@pytest.fixture(scope="module")
def host() -> Iterator[DocumentHost]:
    made = DocumentHost()
    yield made
    made.shutdown()


@pytest.fixture
def shown(host: DocumentHost, qtbot: QtBot, tmp_path: Path) -> Iterator[Shown]:
    document = pymupdf.open()
    page = document.new_page(width=400, height=300)
    page.insert_text((40, 40), "What was bought for the office")
    for number, row in enumerate(_ROWS):
        for index, cell in enumerate(row):
            page.insert_text((40 + 100 * index, 80 + 18 * number), cell)
    document.save(tmp_path / "bought.pdf")
    with show(host, qtbot, tmp_path / "bought.pdf") as opened:
        opened.settle()
        yield opened


def _at(shown: Shown, word: str) -> QPoint:
    """The middle of ``word`` on the screen."""
    text = shown.view.texts.get(1)
    start = shown.document.text.index(word)
    x0, y0, x1, y1 = text.boxes[int((text.offsets >= start).argmax())]
    rect = shown.view.page_rect(1)
    scale = rect.width() / 400
    return QPoint(round(rect.left() + (x0 + x1) / 2 * scale), round(rect.top() + (y0 + y1) / 2 * scale))


def test_the_menu_offers_the_table_under_the_pointer_only(shown: Shown) -> None:
    for word, offered in (("Chairs", 2), ("bought", 0)):
        menu = QMenu()
        add_table_actions(menu, shown.view, _at(shown, word))
        assert len([action for action in menu.actions() if not action.isSeparator()]) == offered


def test_a_table_is_copied_and_saved_without_formulas(shown: Shown, tmp_path: Path) -> None:
    table = table_at(shown.view, _at(shown, "Chairs"))
    assert table is not None
    copy_table(shown.view, table)
    assert QGuiApplication.clipboard().text() == "Item\tPieces\tPrice\nChairs\t12\t1,200\nTables\t3\t'=900\n"
    save_table(shown.view, table, tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream)) == [*_ROWS[:2], ["Tables", "3", "'=900"]]
    with pytest.raises(UserError) as failed:
        save_table(shown.view, table, tmp_path / "missing" / "table.csv")
    assert failed.value.code == "cannot_write"
