"""The whole window with the real engine: opening, errors, password, tabs, actions, places."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pymupdf
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from assistant.paths import Paths
from assistant.types import PageImage
from helpers.documents import PASSWORD, Samples
from ui.actions import ACTIONS
from ui.dialogs.password import PasswordDialog
from ui.main_window import MainWindow
from ui.models.document_pages import Ahead
from ui.views.document_view import DocumentView
from ui.views.page_foresight import foresee
from ui.views.page_images import ImageKey

_WAIT = 60_000


def _open(window: MainWindow, path: Path, qtbot: QtBot, *, text: bool = False) -> DocumentView:
    window.open_paths([path])
    view = window.view
    assert view is not None
    qtbot.waitUntil(
        lambda: view.session.document is not None if text else view.is_open and view.pages.is_settled, timeout=_WAIT
    )
    return view


def test_the_window_starts_without_a_document(start: Callable[[], MainWindow]) -> None:
    window = start()
    assert window.view is None
    assert window.start_page.isVisible()
    assert not window.actions_table["zoom_in"].isEnabled()
    assert not window.actions_table["copy"].isEnabled()
    assert window.actions_table["open"].isEnabled()


def test_labels_of_pages_are_shown_and_understood(
    start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "book.pdf"
    with pymupdf.open() as book:
        for number in range(8):
            book.new_page().insert_text((72, 100), f"This is what stands on sheet {number}.")
        book.set_page_labels([{"startpage": 0, "style": "r"}, {"startpage": 3, "style": "D"}])
        book.save(path)
    window = start()
    view = _open(window, path, qtbot, text=True)
    field = window.toolbar.page
    assert (field.edit.text(), field.total.text()) == ("i", "(1 / 8)")
    for typed, page, label in (("2", 5, "2"), ("III", 3, "iii"), ("7", 7, "4"), ("9", 7, "4")):
        field.start()
        QTest.keyClicks(field.edit, typed)
        QTest.keyClick(field.edit, Qt.Key.Key_Return)
        assert view.pages.page == page, typed
        field.edit.clearFocus()
        assert field.edit.text() == label, typed
    window.actions_table["pages"].trigger()
    model = view.thumbnails.model()
    assert [model.index(row, 0).data() for row in range(8)] == ["i", "ii", "iii", "1", "2", "3", "4", "5"]


def test_a_long_sheet_is_shown_before_it_is_laid_out(
    start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "long.csv"
    path.write_text("number,item\n" + "\n".join(f"{number},Item {number}" for number in range(60_000)))
    window = start()
    counts = []
    window.open_paths([path])
    view = window.view
    assert view is not None
    view.session.opened.connect(lambda handle, _: counts.append(len(handle.page_sizes)))
    view.session.completed.connect(lambda handle: counts.append(len(handle.page_sizes)))
    qtbot.waitUntil(lambda: len(counts) == 2, timeout=_WAIT)
    assert counts[0] == 30
    assert counts[1] > 1000
    qtbot.waitUntil(lambda: window.toolbar.page.total.text().endswith(f"{counts[1]:,}"), timeout=_WAIT)
    view.pages.go_to_page(counts[1])
    qtbot.waitUntil(lambda: view.pages.is_settled, timeout=_WAIT)
    assert view.pages.page == counts[1]
    images = view.pages.images
    assert images is not None
    assert images.bytes_used > 0
    window.actions_table["close_tab"].trigger()


def test_reading_finding_and_going_back(start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples) -> None:
    window = start()
    view = _open(window, samples.contract, qtbot, text=True)
    assert window.windowTitle().startswith("contract.pdf")
    assert window.toolbar.page.total.text() == "/ 2"
    assert window.status.language.text() == "English"
    window.actions_table["find"].trigger()
    QTest.keyClicks(view.find_bar.field.edit, "northwind")
    qtbot.waitUntil(lambda: len(view.find_bar.hits) >= 3, timeout=_WAIT)
    assert view.find_bar.count.text().startswith("1 of ")
    window.actions_table["find_next"].trigger()
    assert view.find_bar.count.text().startswith("2 of ")
    view.find_bar.field.setText("no such words")
    qtbot.waitUntil(lambda: view.find_bar.count.text() == "Not in this document", timeout=_WAIT)
    QTest.keyClick(view.find_bar.field.edit, Qt.Key.Key_Escape)
    assert not view.find_bar.isVisible()
    view.pages.go_to_page(1)
    window.toolbar.page.start()
    QTest.keyClicks(window.toolbar.page.edit, "2")
    QTest.keyClick(window.toolbar.page.edit, Qt.Key.Key_Return)
    assert view.pages.page == 2
    assert window.actions_table["back"].isEnabled()
    QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert view.pages.page == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.pdf", None, "There is no file"),
        ("empty.pdf", b"", "is empty"),
        ("broken.pdf", b"%PDF-1.7\n", "damaged"),
    ],
)
def test_what_cannot_be_read_is_said_in_the_tab(
    start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    window = start()
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    window.open_paths([path])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.session.open_error is not None, timeout=_WAIT)
    assert words in view.state_view.sentence.text()
    assert view.state_view.button.text() == "Try again"
    assert view.state_view.isVisible()


def test_a_password_is_asked_for_until_it_is_right(
    start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples
) -> None:
    window = start()
    window.open_paths([samples.locked])
    view = window.view
    assert view is not None
    for password in ("wrong", PASSWORD):
        qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(PasswordDialog)), timeout=_WAIT)
        dialog = next(d for d in window.findChildren(PasswordDialog) if d.isVisible())
        QTest.keyClicks(dialog.field, password)
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.is_open, timeout=_WAIT)


def test_tabs_and_dropped_files(start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples) -> None:
    window = start()
    first = _open(window, samples.contract, qtbot)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(samples.text)), QUrl.fromLocalFile(str(samples.contract))])
    how = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(50, 50), *how))
    assert window.home.overlay.isVisible()
    event = QDropEvent(QPointF(50, 50), *how)
    QApplication.sendEvent(window, event)
    assert window.tabs.count() == 2
    # The contract was open already: it comes to the front instead of opening twice.
    assert window.view is first
    window.actions_table["next_tab"].trigger()
    assert window.view is not first
    window.actions_table["close_tab"].trigger()
    window.actions_table["close_tab"].trigger()
    assert window.view is None
    assert window.start_page.isVisible()


def test_the_place_is_kept_for_the_next_time(start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples) -> None:
    window = start()
    view = _open(window, samples.contract, qtbot, text=True)
    view.pages.set_zoom(1.5)
    view.pages.go_to_page(2)
    window.close()
    again = start()
    reopened = _open(again, samples.contract, qtbot)
    assert reopened.pages.page == 2
    assert reopened.pages.zoom == pytest.approx(1.5)
    qtbot.waitUntil(lambda: len(again.start_page.rows) == 1, timeout=_WAIT)


def test_a_copy_under_another_name_opens_where_the_reader_left_off(
    start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples, tmp_path: Path
) -> None:
    window = start()
    view = _open(window, samples.contract, qtbot, text=True)
    view.pages.go_to_page(2)
    window.actions_table["close_tab"].trigger()
    qtbot.waitUntil(lambda: len(window.start_page.rows) == 1, timeout=_WAIT)
    copy = tmp_path / "copy.pdf"
    copy.write_bytes(samples.contract.read_bytes())
    # What it is, is known only after its first page was shown.
    pages = _open(window, copy, qtbot).pages
    qtbot.waitUntil(lambda: pages.page == 2, timeout=_WAIT)


def test_nothing_of_a_closed_document_stays(start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples) -> None:
    window = start()
    for name in ("left_panel", "right_panel"):
        assert not window.actions_table[name].isEnabled(), "there is nothing to see of it"
    view = _open(window, samples.contract, qtbot, text=True)
    qtbot.waitUntil(lambda: view.session.analysis_seconds is not None and not view.session.is_busy(), timeout=_WAIT)
    assert window.actions_table["left_panel"].isEnabled()
    qtbot.waitUntil(lambda: window.status.message.full_text.startswith("All analyses"), timeout=_WAIT)
    window.actions_table["close_tab"].trigger()
    assert window.status.message.full_text == ""


@pytest.mark.parametrize("name", ["preferences", "shortcuts", "privacy", "models"])
def test_no_dialog_begins_larger_than_the_screen(start: Callable[[], MainWindow], qtbot: QtBot, name: str) -> None:
    window = start()
    before = set(QApplication.topLevelWidgets())
    window.actions_table[name].trigger()
    (dialog,) = [each for each in QApplication.topLevelWidgets() if each.isVisible() and each not in before]
    room = window.screen().availableGeometry()
    assert dialog.width() <= room.width()
    assert dialog.height() <= room.height()
    dialog.close()


def test_panels_theme_and_highlights_are_switched(
    start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples
) -> None:
    window = start()
    view = _open(window, samples.contract, qtbot, text=True)
    assert view.left.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F9)
    assert not view.left.isVisible()
    window.actions_table["outline"].trigger()
    assert view.outline.isVisible()
    assert view.outline.state_view.sentence.text() == "This document has no outline."
    dark = window.look.theme.is_dark
    window.actions_table["theme"].trigger()
    assert window.look.theme.is_dark is not dark
    window.actions_table["theme"].trigger()
    window.actions_table["highlights"].trigger()
    assert not view.pages.layers.show_entities


def test_the_command_box_finds_what_can_be_done(
    start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples
) -> None:
    window = start()
    view = _open(window, samples.contract, qtbot, text=True)
    box = window.command_box
    QTest.keyClicks(box.edit, "fit the whole")
    titles = [row.title for row in box.rows]
    assert titles[:2] == ["Find “fit the whole” in this document", "Ask “fit the whole”"]
    assert "Fit the whole page" in titles
    QTest.keyClick(box.edit, Qt.Key.Key_Down)
    QTest.keyClick(box.edit, Qt.Key.Key_Down)
    QTest.keyClick(box.edit, Qt.Key.Key_Return)
    assert view.pages.fit == "page"
    assert box.edit.text() == ""


def test_every_control_says_what_it_is(start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples) -> None:
    window = start()
    _open(window, samples.contract, qtbot, text=True)
    silent = [
        f"{type(button).__name__} {button.text()!r}"
        for button in window.findChildren(QAbstractButton)
        if button.isVisible() and not (button.toolTip() and (button.accessibleName() or button.text()))
    ]
    assert silent == []
    for spec in ACTIONS:
        tip = window.actions_table[spec.id].toolTip()
        assert tip
        if spec.keys:
            assert tip.endswith(")"), spec.id
    keys = [key for spec in ACTIONS for key in spec.keys]
    assert len(keys) == len(set(keys))


def test_closing_while_everything_runs_leaves_nothing(
    start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples
) -> None:
    window = start()
    window.open_paths([samples.contract, samples.text])
    window.actions_table["close_tab"].trigger()
    window.close()
    assert not any(isinstance(widget, QWidget) and widget.isVisible() for widget in window.findChildren(QWidget))


def test_the_next_view_is_made_while_the_window_rests(
    start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples
) -> None:
    window = start()
    qtbot.waitUntil(lambda: window.splitter.spare is not None, timeout=_WAIT)
    spare = window.splitter.spare
    assert spare is not None
    assert not spare.centre.isVisible()
    view = _open(window, samples.contract, qtbot, text=True)
    assert view is spare
    assert window.splitter.spare is not spare
    qtbot.waitUntil(lambda: view.panels.is_built and view.entities.isVisible(), timeout=_WAIT)
    qtbot.waitUntil(lambda: window.splitter.spare is not None, timeout=_WAIT)
    second = _open(window, samples.text, qtbot)
    assert second is not view
    assert window.views == [view, second]


def test_the_first_picture_is_foreseen(start: Callable[[], MainWindow], qtbot: QtBot, samples: Samples) -> None:
    window = start()
    view = _open(window, samples.contract, qtbot)
    source, images = view.session.pages, view.pages.images
    assert source is not None
    assert images is not None
    for zoom in ("width", "page", 0.8):
        scale = foresee(view.pages, window.look, zoom)(source.page_sizes[0], 0.0)
        assert scale is not None
        view.pages.open(source, zoom)
        qtbot.waitUntil(lambda: view.pages.is_sharp(1), timeout=_WAIT)
        assert view.pages.images is not None
        assert view.pages.images.get(ImageKey(1, scale)) is not None
    # The place that is kept of a document goes before what the reader has chosen for new ones.
    size = source.page_sizes[0]
    assert foresee(view.pages, window.look, "width")(size, 0.8) == foresee(view.pages, window.look, 0.8)(size, 0.0)
    # Shown in tiles.
    assert foresee(view.pages, window.look, 8.0)(source.page_sizes[0], 0.0) is None


def test_a_picture_asked_for_ahead_is_handed_out_once() -> None:
    future: Future[PageImage] = Future()
    ahead = Ahead(3, 1.5, future)
    assert ahead.take(3, 2.0) is None
    assert ahead.take(1, 1.5) is None
    assert ahead.take(3, 1.5) is future
    assert ahead.take(3, 1.5) is None
    ahead.drop()
    assert not future.cancelled()
    unwanted: Future[PageImage] = Future()
    Ahead(1, 1.0, unwanted).drop()
    assert unwanted.cancelled()


def test_an_attachment_opens_in_a_tab_and_is_gone_with_it(
    start: Callable[[], MainWindow], qtbot: QtBot, paths: Paths, samples: Samples
) -> None:
    window = start()
    view = _open(window, samples.contract, qtbot, text=True)
    assert view.outline.attachments.isHidden()
    mail = Path(__file__).resolve().parents[1] / "data" / "service-mail.eml"
    view = _open(window, mail, qtbot, text=True)
    window.actions_table["outline"].trigger()
    listed = view.outline.attachments
    qtbot.waitUntil(lambda: len(listed.rows()) == 2 and listed.isVisible(), timeout=_WAIT)
    assert listed.rows()[0].accessibleName() == "Open terms.txt, 62 bytes"
    listed.rows()[0].click()
    qtbot.waitUntil(lambda: window.tabs.count() == 3, timeout=_WAIT)
    opened = window.view
    assert opened is not None
    qtbot.waitUntil(lambda: opened.session.document is not None, timeout=_WAIT)
    assert opened.session.document is not None
    assert "payable within 30 days" in opened.session.document.text
    file = opened.session.path
    assert file.is_relative_to(paths.cache)
    window.actions_table["close_tab"].trigger()
    qtbot.waitUntil(lambda: not file.exists(), timeout=_WAIT)
    assert window.view is view
