"""The language of the window: changed while documents are open, and everything stays where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from assistant import settings as keys
from assistant.engine import Engine
from assistant.paths import Paths
from helpers.documents import PASSWORD, Samples
from ui.app import Program, make_application
from ui.dialogs.password import PasswordDialog
from ui.main_window import MainWindow
from ui.views.document_view import DocumentView
from ui.views.widgets import SegmentedSwitch

_WAIT = 60_000
_RESOURCES = Path(__file__).resolve().parents[2] / "resources"


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot, paths: Paths) -> Iterator[Callable[[], Program]]:
    programs: list[Program] = []
    make_application()

    def begin(language: str = "en") -> Program:
        engine = Engine.create(paths)
        engine.settings.set(keys.UI_LANGUAGE, language)
        program = Program.build(engine, _RESOURCES)
        programs.append(program)
        program.window.resize(1200, 800)
        program.window.show()
        qtbot.waitExposed(program.window)
        return program

    yield begin
    for program in programs:
        program.shutdown()
        program.window.deleteLater()


def _open(window: MainWindow, path: Path, qtbot: QtBot) -> DocumentView:
    window.open_paths([path])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.session.analysis_seconds is not None, timeout=_WAIT)
    return view


def _say(program: Program, language: str) -> MainWindow:
    program.engine.settings.set(keys.UI_LANGUAGE, language)
    # What was replaced is deleted now, as the event loop would: whoever still calls it fails.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return program.window


def test_the_window_changes_its_language_and_keeps_documents_places_and_answers(
    start: Callable[..., Program], qtbot: QtBot, samples: Samples
) -> None:
    program = start()
    window = program.window
    first = _open(window, samples.contract, qtbot)
    second = _open(window, samples.chinese, qtbot)
    window.tabs.setCurrentIndex(0)
    first.pages.set_zoom(1.5)
    first.pages.go_to_page(2)
    first.right_switch.set_current("ask")
    first.ask_question("Who are the parties?")
    qtbot.waitUntil(lambda: not first.ask.is_busy, timeout=_WAIT)
    first.open_find("northwind")
    qtbot.waitUntil(lambda: bool(first.find_bar.hits), timeout=_WAIT)
    qtbot.waitUntil(lambda: window.splitter.spare is not None, timeout=_WAIT)
    sessions, answers = [first.session, second.session], first.asking.last_answers
    entities = first.session.entities

    _say(program, "zh")

    assert window.actions_table["open"].text() == "打开文档"
    assert QLocale().language() == QLocale.Language.Chinese
    views = list(window.views)
    assert [view.session for view in views] == sessions
    assert window.tabs.currentIndex() == 0
    view = views[0]
    assert view is not first
    assert view is window.view
    qtbot.waitUntil(lambda: view.pages.is_settled and view.panels.is_built, timeout=_WAIT)
    assert view.pages.page == 2
    assert view.pages.zoom == pytest.approx(1.5)
    assert window.tabs.height() == window.tabs.tabRect(0).height() > 0, "the tabs are in sight"
    assert view.session.entities is entities
    qtbot.waitUntil(lambda: view.right_switch.current == "ask" and len(view.ask.cards) == 1, timeout=_WAIT)
    assert view.ask.cards[0].answers == answers
    qtbot.waitUntil(lambda: bool(view.ask.suggestions), timeout=_WAIT)
    qtbot.waitUntil(lambda: len(view.find_bar.hits) >= 3, timeout=_WAIT)
    assert view.find_bar.count.text().endswith("/3")
    qtbot.waitUntil(lambda: view.entities.model.rowCount() > 0, timeout=_WAIT)
    # The keys are those of the new window's actions, and of no others.
    assert [action.shortcut().toString() for action in window.actions()].count("Alt+4") == 1
    window.actions_table["summary"].trigger()
    assert view.right_switch.current == "summary"
    # Nothing that went with the old window is asked to follow: all views go into the mode, the spare one too.
    window.actions_table["labelling"].trigger()
    assert view.right_switch.current == "labels"
    window.actions_table["labelling"].trigger()
    program.engine.settings.set(keys.THEME, "dark")
    assert window.look.theme.is_dark
    program.engine.settings.set(keys.THEME, "light")

    _say(program, "en")
    assert window.actions_table["open"].text() == "Open a document"
    assert [each.session for each in window.views] == sessions


def test_a_document_that_is_opening_or_locked_goes_on_in_the_other_language(
    start: Callable[..., Program], qtbot: QtBot, samples: Samples
) -> None:
    program = start()
    window = program.window
    window.open_paths([samples.locked])
    qtbot.waitUntil(lambda: window.findChild(PasswordDialog) is not None, timeout=_WAIT)
    dialog = window.findChild(PasswordDialog)
    assert dialog is not None
    dialog.reject()
    window.open_paths([samples.contract])

    _say(program, "zh")

    opening = window.view
    assert opening is not None
    qtbot.waitUntil(lambda: opening.session.analysis_seconds is not None and opening.pages.is_settled, timeout=_WAIT)
    window.tabs.setCurrentIndex(0)
    locked = window.view
    assert locked is not None
    assert locked.state_view.isVisible()
    assert "密码" in locked.state_view.sentence.text()
    locked.state_view.button.click()
    qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(PasswordDialog)), timeout=_WAIT)
    dialog = next(d for d in window.findChildren(PasswordDialog) if d.isVisible())
    dialog.field.setText(PASSWORD)
    dialog.open_button.click()
    qtbot.waitUntil(lambda: locked.is_open, timeout=_WAIT)


def test_preferences_change_the_language_and_stay_open(start: Callable[..., Program], qtbot: QtBot) -> None:
    program = start()
    window = program.window
    window.actions_table["preferences"].trigger()
    window.actions_table["shortcuts"].trigger()
    before = window.dialogs.preferences
    assert before is not None
    before.search.setText("language")
    language = before.rows[keys.UI_LANGUAGE.key].control
    assert isinstance(language, SegmentedSwitch)
    QTest.mouseClick(language.button("zh"), Qt.MouseButton.LeftButton)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    after, sheet = window.dialogs.preferences, window.dialogs.sheet
    assert after is not None
    assert after is not before
    assert sheet is not None
    assert (after.windowTitle(), sheet.windowTitle()) == ("偏好设置", "键盘快捷键")
    # English words find settings as well.
    assert after.search.text() == "language"
    assert after.rows[keys.UI_LANGUAGE.key].isVisible()
    qtbot.waitUntil(window.start_page.isVisible, timeout=_WAIT)
    after.close()
    assert window.dialogs.preferences is None


def test_an_open_wizard_goes_on_in_the_other_language(start: Callable[..., Program], qtbot: QtBot) -> None:
    program = start()
    window = program.window
    window.training.open_wizard()
    before = window.training.wizard
    assert before is not None
    qtbot.waitUntil(lambda: bool(before.model.state.goals), timeout=_WAIT)
    model = before.model
    _say(program, "zh")
    after = window.training.wizard
    assert after is not None
    assert after is not before
    assert after.model is model
    assert after.windowTitle().startswith("重新训练")
    assert after.isVisible()
    after.close()
    assert window.training.wizard is None
