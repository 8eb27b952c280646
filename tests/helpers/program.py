"""The whole program on a profile of its own, for tests of the window. The fixture ``start`` is in ``tests/ui``."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from ui.main_window import MainWindow
from ui.views.document_view import DocumentView

WAIT = 60_000


def open_document(window: MainWindow, path: Path, qtbot: QtBot) -> DocumentView:
    """Open a file; its text was read and its pages are drawn when this returns."""
    window.open_paths([path])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.session.document is not None and view.pages.is_settled, timeout=WAIT)
    return view
