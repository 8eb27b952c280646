"""Notifications, failed jobs and reports, in a real window with real jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from assistant.engine import Engine
from assistant.errors import DocumentError, PasswordRequired, UserError
from assistant.jobs import JobContext
from assistant.paths import Paths
from ui.app import Program
from ui.dialogs.error import ErrorDialog

_WAIT = 30_000
_QUOTE = "what the document says"


@pytest.fixture
def program(qtbot: QtBot, tmp_path: Path) -> Iterator[Program]:
    made = Program.build(Engine.create(Paths.under(tmp_path / "profile")))
    made.window.resize(1100, 700)
    made.window.show()
    yield made
    made.shutdown()


def _fail(error: Exception) -> object:
    def work(ctx: JobContext) -> None:
        raise error

    return work


def _start(program: Program, error: Exception, title: str = "Exporting") -> None:
    program.jobs.start(title, _fail(error), program.window)  # type: ignore[arg-type]


def test_three_at_most_without_the_focus(qtbot: QtBot, program: Program) -> None:
    window = program.window
    field = window.command_box.edit
    field.setFocus()
    qtbot.waitUntil(field.hasFocus, timeout=_WAIT)
    toasts = window.alerts.toasts
    toasts.say("It failed.", bad=True)
    for number in range(4):
        toasts.say(f"Information {number}")
        toasts.say(f"Information {number}")
    assert [toast.sentence for toast in toasts.shown] == ["It failed.", "Information 2", "Information 3"]
    assert field.hasFocus()
    rect = toasts.shown[-1].rect()
    corner = toasts.shown[-1].mapTo(window, rect.bottomRight())
    assert window.rect().contains(corner)
    assert corner.y() < window.status.mapTo(window, window.status.rect().topLeft()).y()
    # By keyboard: to the newest, close it, to the one before; the focus comes back in the end.
    window.actions_table["notifications"].trigger()
    for sentence in ("Information 3", "Information 2", "It failed."):
        focus = QApplication.focusWidget()
        assert focus is not None
        assert focus.accessibleName() == sentence
        qtbot.keyClick(focus, Qt.Key.Key_Escape)
    assert toasts.shown == []
    assert field.hasFocus()


def test_a_notification_waits_while_it_has_the_focus(qtbot: QtBot, program: Program) -> None:
    toast = program.window.alerts.toasts.say("Done.")
    toast.setFocus()
    qtbot.waitUntil(toast.hasFocus, timeout=_WAIT)
    toast._on_time()
    assert not toast.isHidden()
    program.window.command_box.edit.setFocus()
    qtbot.waitUntil(lambda: not toast.hasFocus(), timeout=_WAIT)
    toast._on_time()
    assert program.window.alerts.toasts.shown == []


def test_a_failed_job_is_told_listed_and_reported(qtbot: QtBot, program: Program) -> None:
    window = program.window
    _start(program, UserError("disk_full", path="/mnt/a.pdf"))
    qtbot.waitUntil(lambda: len(window.alerts.toasts.shown) == 1, timeout=_WAIT)
    (toast,) = window.alerts.toasts.shown
    assert "no space left" in toast.sentence
    qtbot.waitUntil(lambda: window.status.jobs_button.text() == "1 job failed", timeout=_WAIT)
    qtbot.mouseClick(window.status.jobs_button, Qt.MouseButton.LeftButton)
    assert window.status.popup.isVisible()
    window.status.popup.hide()
    # The action closes the notification and shows the details.
    toast.setFocus()
    qtbot.keyClick(toast, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.findChildren(ErrorDialog)), timeout=_WAIT)
    (dialog,) = window.findChildren(ErrorDialog)
    assert "no space left" in dialog.sentence.text
    assert program.jobs.failures() == []
    assert not dialog.copy_button.isHidden()
    dialog.close()


@pytest.mark.parametrize(
    ("error", "failures"),
    [(DocumentError("damaged_document", path="x"), 1), (PasswordRequired("password_required"), 0)],
)
def test_what_a_document_says_itself_is_not_told_twice(
    qtbot: QtBot, program: Program, error: Exception, failures: int
) -> None:
    with qtbot.waitSignal(program.jobs.idle, timeout=_WAIT):
        _start(program, error)
    assert len(program.jobs.failures()) == failures
    assert program.window.alerts.toasts.shown == []


def test_a_report_quotes_nothing_unless_it_is_ticked(qtbot: QtBot, program: Program) -> None:
    window = program.window
    log = program.engine.privacy._paths.log
    log.mkdir(parents=True)
    (log / "docent.log").write_text("2026-01-01 INFO a line of the log\n", encoding="utf-8")
    try:
        raise ValueError(_QUOTE)
    except ValueError as error:
        window.alerts.error(error)
    (dialog,) = window.findChildren(ErrorDialog)
    qtbot.waitUntil(lambda: "a line of the log" in dialog.report, timeout=_WAIT)
    assert "Docent " in dialog.report
    assert "Python 3" in dialog.report
    assert _QUOTE not in dialog.report
    dialog.details_button.click()
    dialog.words.click()
    assert _QUOTE in dialog.report
    assert dialog.details.toPlainText() == dialog.report
    dialog.words.click()
    dialog.copy_button.click()
    assert QGuiApplication.clipboard().text() == dialog.report
    assert _QUOTE not in dialog.report
    dialog.close()
