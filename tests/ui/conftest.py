"""What tests with widgets share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from ui.icons import Icons
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
