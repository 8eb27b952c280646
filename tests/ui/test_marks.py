"""Highlights, notes, bookmarks and links in the real window, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from assistant.types import Anchor, Mark, PageText, Span
from helpers.program import WAIT, open_document
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.link import LinkDialog
from ui.main_window import MainWindow
from ui.models.addresses import address
from ui.views.document_view import DocumentView
from ui.views.mark_desk import MarkDesk
from ui.views.mark_paint import MarkLayer


def _paper(path: Path) -> Path:
    with pymupdf.open() as document:
        for _ in range(4):
            document.new_page()
        for number, page in enumerate(document):
            page.insert_text((72, 100), f"Payment on page {number + 1} is due within thirty days.")
            page.insert_text((72, 300), "合同总价为人民币一百万元", fontname="china-s")
        box = pymupdf.Rect(72, 400, 300, 420)
        below = pymupdf.Rect(72, 440, 300, 460)
        document[0].insert_link({"kind": pymupdf.LINK_GOTO, "page": 2, "to": pymupdf.Point(0, 90), "from": box})
        document[0].insert_link({"kind": pymupdf.LINK_URI, "uri": "https://example.com/x", "from": below})
        document.save(path)
    return path


def _open(window: MainWindow, path: Path, qtbot: QtBot) -> tuple[DocumentView, MarkDesk]:
    view = open_document(window, path, qtbot)
    assert view.marks is not None
    view.panels.build()
    return view, view.marks


def _select(view: DocumentView, words: str) -> Span:
    document = view.session.document
    assert document is not None
    start = document.text.index(words)
    span = Span(start, start + len(words))
    view.pages.pointer.select(span)
    return span


def _spot(view: DocumentView, page: int, x: float, y: float) -> QPoint:
    scale = view.pages.geometry_of_pages.scale
    return (view.pages.page_rect(page).topLeft() + QPointF(x, y) * scale).toPoint()


def test_a_selection_is_highlighted_by_the_bar_and_undone(
    start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = start()
    view, desk = _open(window, _paper(tmp_path / "paper.pdf"), qtbot)
    viewport = view.pages.viewport()
    # Drag over "Payment".
    first, last = _spot(view, 1, 74, 97), _spot(view, 1, 118, 97)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseMove(viewport, (first + last) / 2)
    QTest.mouseMove(viewport, last)
    assert not desk.bar.isVisible()
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=last)
    qtbot.waitUntil(desk.bar.isVisible, timeout=WAIT)
    assert desk.bar.geometry().bottom() < first.y()
    desk.bar.colors[3].click()
    qtbot.waitUntil(lambda: len(desk.state.marks) == 1, timeout=WAIT)
    (mark,) = desk.state.marks
    assert mark.quote.startswith("Paymen")
    assert (mark.kind, mark.color, mark.page) == ("highlight", "pink", 1)
    assert not desk.bar.isVisible()
    assert view.pages.layers.selection is None
    qtbot.waitUntil(lambda: view.panels.notes.list.count == 1, timeout=WAIT)
    qtbot.waitUntil(window.actions_table["undo"].isEnabled, timeout=WAIT)
    window.actions_table["undo"].trigger()
    qtbot.waitUntil(lambda: not desk.state.marks, timeout=WAIT)
    window.actions_table["redo"].trigger()
    qtbot.waitUntil(lambda: len(desk.state.marks) == 1, timeout=WAIT)
    # The painted colour is on the page.
    view.pages.want_now()
    qtbot.waitUntil(lambda: view.pages.is_settled, timeout=WAIT)
    image, first = view.pages.grab().toImage(), _spot(view, 1, 72, 88)
    colors = [image.pixelColor(first.x() + x, first.y() + y) for x in range(30) for y in range(20)]
    assert sum(color.red() > color.green() + 20 for color in colors) > 50


def test_notes_are_written_edited_filtered_and_stay(
    start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    path = _paper(tmp_path / "paper.pdf")
    window = start()
    view, desk = _open(window, path, qtbot)
    _select(view, "人民币一百万元")
    window.actions_table["note"].trigger()
    qtbot.waitUntil(desk.card.isVisible, timeout=WAIT)
    QTest.keyClicks(desk.card.field, "Ask the bank")
    QTest.keyClick(desk.card.field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: [mark.note for mark in desk.state.marks] == ["Ask the bank"], timeout=WAIT)
    view.pages.go_to_page(3)
    window.actions_table["bookmark"].trigger()
    qtbot.waitUntil(lambda: len(desk.state.marks) == 2, timeout=WAIT)
    window.actions_table["note"].trigger()
    qtbot.waitUntil(desk.card.isVisible, timeout=WAIT)
    desk.card.close()
    qtbot.waitUntil(lambda: len(desk.state.marks) == 2 and not desk.session.is_busy, timeout=WAIT)
    panel = view.panels.notes
    window.actions_table["notes"].trigger()
    assert panel.isVisible()
    assert [panel.list.row(row).page for row in range(2)] == ["p. 1", "p. 3"]
    panel.filter.setText("bank")
    assert [mark.quote for mark in panel.shown] == ["人民币一百万元"]
    panel.list.set_current(0)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.pages.page == 1, timeout=WAIT)
    QTest.keyClick(panel.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "“人民币一百万元”\nAsk the bank\n(paper.pdf, p. 1)"
    panel.filter.setText("no such words")
    assert panel.state_view.isVisible()
    panel.filter.setText("")
    view.pages.go_to_page(3)
    window.actions_table["bookmark"].trigger()
    qtbot.waitUntil(lambda: len(desk.state.marks) == 1, timeout=WAIT)
    window.close()
    again, desk = _open(start(), path, qtbot)
    qtbot.waitUntil(lambda: [mark.note for mark in desk.state.marks] == ["Ask the bank"], timeout=WAIT)
    qtbot.waitUntil(lambda: again.panels.notes.list.count == 1, timeout=WAIT)


def test_a_note_that_is_on_its_way_is_kept_when_the_window_closes(
    start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    path = _paper(tmp_path / "paper.pdf")
    window = start()
    view, desk = _open(window, path, qtbot)
    for words in ("Payment on page 1", "Payment on page 2", "Payment on page 3"):
        _select(view, words)
        desk.highlight()
    window.close()
    _, desk = _open(start(), path, qtbot)
    qtbot.waitUntil(lambda: len(desk.state.marks) == 3, timeout=WAIT)


def test_a_click_on_a_highlight_opens_its_card(start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    window = start()
    view, desk = _open(window, _paper(tmp_path / "paper.pdf"), qtbot)
    _select(view, "合同总价为")
    desk.underline()
    qtbot.waitUntil(lambda: len(desk.state.marks) == 1, timeout=WAIT)
    QTest.mouseClick(view.pages.viewport(), Qt.MouseButton.LeftButton, pos=_spot(view, 1, 90, 296))
    qtbot.waitUntil(desk.card.isVisible, timeout=WAIT)
    desk.card.remove_button.click()
    qtbot.waitUntil(lambda: not desk.state.marks, timeout=WAIT)


def test_a_highlight_follows_the_text_that_a_page_has_now() -> None:
    def page(y: float) -> PageText:
        boxes = np.array([[72.0, y, 80.0, y + 10.0]], np.float32)
        return PageText(1, np.array([0]), np.array([1]), boxes, np.array([0], np.int32))

    mark = Mark("m", "0" * 64, "highlight", "yellow", "", Anchor("0" * 64, 1, Span(0, 1), "a"), 1, 0.0, 0.0)
    layer = MarkLayer()
    layer.set_marks([mark], lambda _: range(1, 2), [595.0])
    assert layer.at(1, page(100.0), 75.0, 105.0) is mark
    # Where it lies is kept from one frame to the next, until the page's text comes anew.
    layer.forget_page(1)
    assert layer.at(1, page(300.0), 75.0, 105.0) is None
    assert layer.at(1, page(300.0), 75.0, 305.0) is mark


def test_exports_of_the_window(start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    path = _paper(tmp_path / "paper.pdf")
    window = start()
    view, desk = _open(window, path, qtbot)
    _select(view, "thirty days")
    desk.highlight()
    qtbot.waitUntil(lambda: window.actions_table["export_notes"].isEnabled(), timeout=WAIT)
    window.exports.export_markdown(view, tmp_path / "notes.md")
    qtbot.waitUntil((tmp_path / "notes.md").exists, timeout=WAIT)
    assert "> thirty days (p. 1)" in (tmp_path / "notes.md").read_text()
    job = window.exports.export_pdf(view, path)
    assert job is not None
    qtbot.waitUntil(lambda: bool(window.findChildren(ConfirmDialog)), timeout=WAIT)
    (question,) = window.findChildren(ConfirmDialog)
    question.no.click()
    assert not list(pymupdf.open(path)[0].annots())
    window.exports.export_pdf(view, tmp_path / "out.pdf")
    qtbot.waitUntil((tmp_path / "out.pdf").exists, timeout=WAIT)


def test_links_jump_inside_and_are_asked_about_outside(
    start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = start()
    opened: list[QUrl] = []
    window.exports.opener = opened.append
    view, _ = _open(window, _paper(tmp_path / "paper.pdf"), qtbot)
    links = view.links
    assert links is not None
    qtbot.waitUntil(lambda: len(links.links(1)) == 2, timeout=WAIT)
    viewport = view.pages.viewport()
    QTest.mouseMove(viewport, _spot(view, 1, 100, 450))
    assert viewport.toolTip() == "https://example.com/x"
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=_spot(view, 1, 100, 450))
    (dialog,) = window.findChildren(LinkDialog)
    assert not opened
    assert dialog.address.toPlainText() == "https://example.com/x"
    dialog.open_button.click()
    assert opened == [QUrl("https://example.com/x")]
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=_spot(view, 1, 100, 410))
    qtbot.waitUntil(lambda: view.pages.page == 3, timeout=WAIT)
    assert view.pages.history.can_go_back
    view.pages.back()
    qtbot.waitUntil(lambda: view.pages.page == 1, timeout=WAIT)


def test_addresses_show_their_tricks() -> None:
    plain = address("https://example.com/a?b=1")
    assert (plain.can_open, plain.host, plain.host_differs, plain.has_user, plain.has_hidden) == (
        True,
        "example.com",
        False,
        False,
        False,
    )
    assert address("https://аpple.com").host == "xn--pple-43d.com"
    assert address("https://аpple.com").host_differs
    assert address("https://bank.com@evil.example/").has_user
    assert address("https://bank.com@evil.example/").host == "evil.example"
    turned = address("https://example.com/\u202egnp.exe")
    assert turned.shown == "https://example.com/<U+202E>gnp.exe"
    assert not turned.can_open
    assert address("mailto:a@b.example?subject=x").host == "a@b.example"
    for text in ("file:///etc/passwd", "javascript:alert(1)", "", "http://[bad", "https://", "x" * 9000):
        assert not address(text).can_open, text


def test_a_name_without_an_ending_does_not_overwrite_what_is_there(
    start: Callable[[], MainWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = start()
    there = tmp_path / "report.pdf"
    there.write_text("mine")
    proposed: list[str] = []
    answers = iter([str(tmp_path / "report"), ""])

    def choose(parent: QWidget, title: str, name: str, kinds: str) -> tuple[str, str]:
        proposed.append(name)
        return next(answers), ""

    monkeypatch.setattr("ui.views.window_exports.QFileDialog.getSaveFileName", choose)
    assert window.exports._ask_file("Export", "x.pdf", "PDF (*.pdf)", ".pdf") is None
    # Asked again with the name of the file that is there, about which the dialog asks.
    assert proposed[1] == str(there)
