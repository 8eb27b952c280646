"""How pages are shown, over the whole window: actions and their checks, panes, what is kept, full screen, accents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from assistant import settings as keys
from assistant.engine import Engine
from assistant.paths import Paths
from helpers.documents import PARAGRAPHS, write_pdf
from ui.accent import with_accent
from ui.app import Program, make_application
from ui.main_window import MainWindow
from ui.models.view_state import ViewState
from ui.theme import DARK, LIGHT, contrast
from ui.views.document_view import DocumentView
from ui.views.page_geometry import Spot
from ui.views.page_view import PageView

_WAIT = 60_000


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot, paths: Paths) -> Iterator[Callable[[], Program]]:
    """Starts the program on one profile; may be called again after shutting down."""
    programs: list[Program] = []
    make_application()

    def begin() -> Program:
        program = Program.build(Engine.create(paths))
        programs.append(program)
        program.window.resize(1200, 800)
        program.window.show()
        qtbot.waitExposed(program.window)
        return program

    yield begin
    for program in programs:
        program.shutdown()
        program.window.deleteLater()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "harbour.pdf"
    return write_pdf(path, [[f"Chapter {number}", PARAGRAPHS[number % len(PARAGRAPHS)]] for number in range(1, 13)])


def _open(window: MainWindow, path: Path, qtbot: QtBot) -> DocumentView:
    window.open_paths([path])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.session.document is not None and view.panels.is_built, timeout=_WAIT)
    qtbot.waitUntil(lambda: view.pages.is_settled, timeout=_WAIT)
    return view


def _checked(window: MainWindow) -> set[str]:
    names = ("mode_continuous", "mode_single", "mode_two", "mode_two_cover", "split_beside", "split_below")
    return {name for name in (*names, "caret_mode") if window.actions_table[name].isChecked()}


def test_the_menu_says_which_mode_is_on(start: Callable[[], Program], qtbot: QtBot, book: Path) -> None:
    window = start().window
    assert not window.actions_table["mode_two"].isEnabled()
    view = _open(window, book, qtbot)
    assert _checked(window) == {"mode_continuous"}
    window.actions_table["mode_two"].trigger()
    assert _checked(window) == {"mode_two"}
    # A second time it stays on.
    window.actions_table["mode_two"].trigger()
    assert _checked(window) == {"mode_two"}
    window.actions_table["caret_mode"].trigger()
    assert _checked(window) == {"mode_two", "caret_mode"}
    assert view.pages.arrangement.mode == "two"


def test_two_panes_show_the_same_marks_at_places_of_their_own(
    start: Callable[[], Program], qtbot: QtBot, book: Path
) -> None:
    window = start().window
    view = _open(window, book, qtbot)
    assert not window.actions_table["close_pane"].isEnabled()
    window.actions_table["split_beside"].trigger()
    second = view.shown.panes.second
    assert second is not None
    assert view.pane is second
    assert "split_beside" in _checked(window)
    view.pane.go_to_page(9)
    assert (view.pages.page, second.page) == (1, 9)
    assert window.toolbar.page.edit.text() == "9"
    # A search leads the first pane, and is marked in both.
    document = view.session.document
    assert document is not None
    view.open_find("Chapter")
    qtbot.waitUntil(lambda: bool(view.find_bar.hits), timeout=_WAIT)
    qtbot.waitUntil(lambda: second.is_settled and view.pages.is_settled, timeout=_WAIT)
    marked = second.viewport().grab().toImage()
    view.find_bar.close_bar()
    view.pages.layers.set_hits([])
    view.pages.refresh()
    assert second.viewport().grab().toImage() != marked
    # Text that is selected in one can be copied whatever pane is in use.
    view.pages.select_all()
    assert second.selected_text() == document.text
    view.shown.panes.use(second)
    window.actions_table["other_pane"].trigger()
    assert view.pane is view.pages
    assert window.toolbar.page.edit.text() == "1"
    # Closing the first one leaves what the second showed.
    window.actions_table["close_pane"].trigger()
    assert view.shown.panes.second is None
    assert view.pages.page == 9
    assert not window.actions_table["close_pane"].isEnabled()


def test_mode_rotation_panels_and_panes_come_back(start: Callable[[], Program], qtbot: QtBot, book: Path) -> None:
    program = start()
    window = program.window
    view = _open(window, book, qtbot)
    actions = window.actions_table
    actions["outline"].trigger()
    actions["type"].trigger()
    actions["mode_two_cover"].trigger()
    actions["rotate_right"].trigger()
    actions["split_below"].trigger()
    view.pane.set_mode("continuous")
    view.pane.rotate(-90)
    view.pane.set_zoom(0.6)
    view.pane.go_to_page(7)
    actions["other_pane"].trigger()
    view.pages.go_to_page(4)
    here = view.pages.here()
    program.shutdown()

    again = _open(start().window, book, qtbot)
    qtbot.waitUntil(lambda: again.shown.panes.second is not None, timeout=_WAIT)
    second = again.shown.panes.second
    assert second is not None
    assert (again.pages.arrangement.mode, again.pages.arrangement.rotation) == ("two_cover", 90)
    found = again.pages.here()
    assert found.page == here.page
    assert (found.x, found.y) == pytest.approx((here.x, here.y), abs=2.0)
    assert again.shown.panes.split == "below"
    assert (second.arrangement.mode, second.arrangement.rotation) == ("continuous", 0)
    assert (second.page, round(second.zoom, 2)) == (7, 0.6)
    assert (again.left_switch.current, again.right_switch.current) == ("outline", "type")


def test_panes_and_modes_survive_a_change_of_language(start: Callable[[], Program], qtbot: QtBot, book: Path) -> None:
    window = start().window
    view = _open(window, book, qtbot)
    window.actions_table["mode_single"].trigger()
    window.actions_table["split_beside"].trigger()
    view.pane.go_to_page(5)
    window.rebuild()
    new = window.view
    assert new is not None
    assert new is not view
    qtbot.waitUntil(lambda: new.shown.panes.second is not None, timeout=_WAIT)
    assert new.pages.arrangement.mode == "single"
    assert new.shown.panes.second is not None
    assert new.shown.panes.second.page == 5


def test_a_damaged_state_is_no_state() -> None:
    assert ViewState.from_text("{") == ViewState()
    assert ViewState.from_text('["mode"]') == ViewState()
    assert ViewState.from_text('{"mode": 3, "rotation": "x", "fit": "page", "later": 1}') == ViewState(fit="page")
    state = ViewState(mode="two", second_zoom=1.0, rotation=90)
    assert ViewState.from_text(state.to_text()) == state
    assert ViewState().to_text() == ""


def test_a_quotation_says_where_it_stands(start: Callable[[], Program], qtbot: QtBot, book: Path) -> None:
    window = start().window
    view = _open(window, book, qtbot)
    document = view.session.document
    assert document is not None
    assert not window.actions_table["copy_quotation"].isEnabled()
    start_of = document.text.index("Chapter 3")
    span = type(document.pages[0].span)(start_of, start_of + len("Chapter 3"))
    view.pages.pointer.select(span)
    window.actions_table["copy_quotation"].trigger()
    assert QGuiApplication.clipboard().text() == f"“Chapter 3” ({document.title or 'harbour'}, p. 3)"
    over = type(span)(start_of, document.text.index("Chapter 4") + 9)
    view.pages.pointer.select(over)
    window.actions_table["copy_quotation"].trigger()
    assert QGuiApplication.clipboard().text().endswith(", pp. 3–4)")
    assert "\n" not in QGuiApplication.clipboard().text()


def test_a_presentation_begins_and_ends_at_the_page(start: Callable[[], Program], qtbot: QtBot, book: Path) -> None:
    window = start().window
    view = _open(window, book, qtbot)
    view.pages.go_to_page(6)
    window.actions_table["presentation"].trigger()
    shown = view.shown.presentation
    assert shown is not None
    qtbot.waitUntil(lambda: shown.pages.is_settled, timeout=_WAIT)
    assert list(shown.pages.visible_pages()) == [6]
    image = shown.grab().toImage()
    assert image.pixelColor(1, image.height() // 2) == QColor("#000000")
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_PageDown):
        QTest.keyClick(shown.pages, key)
    QTest.mouseClick(shown.pages.viewport(), Qt.MouseButton.LeftButton)
    assert list(shown.pages.visible_pages()) == [9]
    QTest.keyClick(shown.pages, Qt.Key.Key_Escape)
    assert view.shown.presentation is None
    assert view.pages.page == 9


def test_panes_and_presentations_end_whole(start: Callable[[], Program], qtbot: QtBot, book: Path) -> None:
    window = start().window
    view = _open(window, book, qtbot)

    def once() -> None:
        window.actions_table["split_beside"].trigger()
        window.actions_table["close_pane"].trigger()
        window.actions_table["presentation"].trigger()
        shown = view.shown.presentation
        assert shown is not None
        qtbot.waitUntil(lambda: shown.pages.is_settled, timeout=_WAIT)
        shown.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    once()
    # The view that waits for the next document has pages, too.
    qtbot.waitUntil(lambda: window.splitter.spare is not None, timeout=_WAIT)
    before = len([each for each in QApplication.allWidgets() if isinstance(each, PageView)])
    for _ in range(4):
        once()
    assert len([each for each in QApplication.allWidgets() if isinstance(each, PageView)]) == before


def test_full_screen_hides_the_bars_and_escape_brings_them_back(
    start: Callable[[], Program], qtbot: QtBot, book: Path
) -> None:
    window = start().window
    view = _open(window, book, qtbot)
    window.actions_table["full_screen"].trigger()
    assert window.isFullScreen()
    assert window.actions_table["full_screen"].isChecked()
    for part in (window.tab_row, window.toolbar, window.status, view.left, view.right):
        assert not part.isVisible()
    # Who wants to type into them sees them, until the keyboard is with the pages again.
    for name in ("commands", "go_to_page"):
        window.actions_table[name].trigger()
        assert window.tab_row.isVisible()
        assert window.toolbar.isVisible()
        qtbot.waitUntil(
            lambda: (
                window.tab_row.isAncestorOf(QApplication.focusWidget())
                or window.toolbar.isAncestorOf(QApplication.focusWidget())
            )
        )
        view.pages.setFocus()
        qtbot.waitUntil(lambda: not window.toolbar.isVisible())
    QTest.keyClick(view.pages, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert not window.actions_table["full_screen"].isChecked()
    for part in (window.tab_row, window.toolbar, window.status, view.left, view.right):
        assert part.isVisible()


def test_a_window_that_is_closed_on_the_whole_screen_comes_back_as_a_window(
    start: Callable[[], Program], qtbot: QtBot, book: Path
) -> None:
    program = start()
    _open(program.window, book, qtbot)
    program.window.actions_table["full_screen"].trigger()
    program.shutdown()
    again = start().window
    assert not again.isFullScreen()
    assert again.front.panels == (True, True)


def test_dark_pages_are_a_setting(start: Callable[[], Program], qtbot: QtBot, book: Path) -> None:
    program = start()
    window = program.window
    program.engine.settings.set(keys.THEME, "light")
    view = _open(window, book, qtbot)
    window.actions_table["dark_pages"].trigger()
    assert program.engine.settings.get(keys.PAGE_COLORS) == "dark"
    assert window.actions_table["dark_pages"].isChecked()
    assert not program.look.theme.is_dark
    qtbot.waitUntil(lambda: view.pages.is_settled, timeout=_WAIT)
    rect = view.pages.page_rect(1).toRect()
    image = view.pages.viewport().grab().toImage()
    assert image.pixelColor(rect.left() + 8, rect.top() + 8) == QColor(DARK.paper)
    program.engine.settings.set(keys.PAGE_COLORS, "theme")
    assert not window.actions_table["dark_pages"].isChecked()


@pytest.mark.parametrize("accent", ["#E95420", "#FFEB3B", "#00FF88", "#101080", "#3584E4", "#FF4FA0"])
def test_the_systems_accent_can_be_read_in_both_themes(accent: str) -> None:
    for tokens in (LIGHT, DARK):
        made = with_accent(tokens, QColor(accent))
        for ground in (made.surface, made.window, made.sunken):
            assert contrast(QColor(made.accent), QColor(ground)) >= 4.5
        assert contrast(QColor(made.on_accent), QColor(made.accent)) >= 4.5
        assert contrast(QColor(made.text), QColor(made.accent_soft)) >= 7
        assert contrast(QColor(made.accent), QColor(made.accent_soft)) >= 3
    assert with_accent(LIGHT, None) is LIGHT


def test_another_accent_is_seen_at_once(start: Callable[[], Program]) -> None:
    program = start()
    theme = program.look.theme
    theme.set_mode("light")
    told: list[bool] = []
    theme.changed.connect(lambda: told.append(True))
    theme.set_accent(lambda tokens: with_accent(tokens, QColor("#E95420")))
    assert told
    assert theme.color("accent") == program.look.on_page.color("accent") != QColor(LIGHT.accent)
    assert QApplication.palette().highlight().color() == theme.color("accent")
    assert not theme.is_dark
    theme.set_accent(None)
    assert theme.color("accent") == QColor(LIGHT.accent)


def test_thumbnails_follow_the_pane_in_use(start: Callable[[], Program], qtbot: QtBot, book: Path) -> None:
    window = start().window
    view = _open(window, book, qtbot)
    window.actions_table["pages"].trigger()
    window.actions_table["split_beside"].trigger()
    view.pane.go_to(Spot(8, 0.0, 0.0))
    assert view.thumbnails.currentIndex().row() == 7
    view.thumbnails.page_activated.emit(3)
    second = view.shown.panes.second
    assert second is not None
    assert (second.page, view.pages.page) == (3, 1)
    window.actions_table["other_pane"].trigger()
    assert view.thumbnails.currentIndex().row() == 0
