"""The privacy dialog with a real engine: what is kept, deleting a document that is open, the indicator."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from assistant.engine import Engine
from assistant.paths import Paths
from helpers.documents import Samples
from ui.app import Program
from ui.dialogs.confirm import ConfirmDialog
from ui.main_window import MainWindow
from ui.views.widgets import TickBox

_WAIT = 60_000


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    program = Program.build(Engine.create(Paths.under(tmp_path / "profile")))
    program.window.resize(1200, 800)
    program.window.show()
    yield program.window
    program.shutdown()


def test_a_document_that_is_open_is_closed_and_deleted(qtbot: QtBot, window: MainWindow, samples: Samples) -> None:
    window.open_paths([samples.contract])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.session.analysis_seconds is not None, timeout=_WAIT)
    handle, entities = view.session.handle, view.session.entities
    document = view.session.document
    assert handle is not None
    assert entities is not None
    assert document is not None
    window.engine.labels.accept(document, entities.mentions[0])
    window.actions_table["privacy"].trigger()
    dialog = window.privacy.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.list.row_count == 1, timeout=_WAIT)
    assert dialog.list.cell(0, 0).text == samples.contract.name
    assert dialog.list.cell(0, 2).text == "1"
    assert {held.kind for held in dialog.holdings if held.bytes} >= {"recent", "results", "labels"}
    assert "0 sockets" in dialog.connections.text
    assert not dialog.erase_button.isEnabled()
    dialog.list.choose(0)
    dialog.erase_button.click()
    (question,) = dialog.findChildren(ConfirmDialog)
    (tick,) = question.findChildren(TickBox)
    # Nothing that the user made goes unless it is ticked.
    assert not tick.isChecked()
    qtbot.waitUntil(question.isVisible, timeout=_WAIT)
    qtbot.mouseClick(question.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.said.isVisible() and "Nothing of the document" in dialog.said.text, timeout=_WAIT)
    assert window.view is None
    assert window.engine.recent() == []
    assert [(known.sha256, known.bytes) for known in window.engine.known_documents()] == [(handle.sha256, 0)]
    assert len(window.engine.labels.of(document)) == 1
    dialog.close()


def test_the_indicator_counts_sockets(qtbot: QtBot, window: MainWindow) -> None:
    window.privacy.count()
    qtbot.waitUntil(lambda: "0 connections" in window.status.offline.full_text, timeout=_WAIT)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        window.privacy.count()
        qtbot.waitUntil(lambda: window.status.offline.full_text == "1 connection open", timeout=_WAIT)
    window.privacy.count()
    qtbot.waitUntil(lambda: "0 connections" in window.status.offline.full_text, timeout=_WAIT)
