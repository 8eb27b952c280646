"""What tests with widgets share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from assistant.engine import Engine
from assistant.paths import Paths
from ui.app import Program, make_application
from ui.icons import Icons
from ui.main_window import MainWindow
from ui.theme import Theme
from ui.views.widgets import Look


@pytest.fixture(autouse=True)
def _widgets_end_with_their_test(qapp: QApplication) -> Iterator[None]:
    """Qt keeps ``deleteLater`` for a running event loop. Without one the widgets of all tests before would live on,
    and be styled anew with every change of the theme."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(scope="module")
def _look(qapp: QApplication) -> Look:
    theme = Theme("light")
    return Look(theme, Icons(theme))


@pytest.fixture
def look(_look: Look) -> Look:
    # Other tests may have left their own style sheet on the application.
    _look.theme.set_mode("light")
    _look.theme.apply()
    return _look


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot, paths: Paths) -> Iterator[Callable[[], MainWindow]]:
    """Starts the program on one profile; may be called again after closing the window."""
    programs: list[Program] = []
    make_application()

    def begin() -> MainWindow:
        program = Program.build(Engine.create(paths))
        programs.append(program)
        program.window.resize(1200, 800)
        program.window.show()
        qtbot.waitExposed(program.window)
        return program.window

    yield begin
    for program in programs:
        program.shutdown()
        program.window.deleteLater()


@pytest.fixture
def window(start: Callable[[], MainWindow]) -> MainWindow:
    """The program's window, without a document."""
    return start()
