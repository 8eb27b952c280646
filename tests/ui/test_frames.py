"""Status bar, start page and dialogs, with real jobs, real drops and real errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from assistant.engine import RecentFile
from assistant.errors import DocumentError
from assistant.jobs import JobContext, Progress
from assistant.types import ProviderInfo
from ui.dialogs.error import ErrorDialog, report
from ui.dialogs.password import PasswordDialog
from ui.icons import Icons
from ui.jobs import Dispatcher, JobList
from ui.theme import Theme
from ui.views.drop_overlay import DropOverlay
from ui.views.start_page import StartPage
from ui.views.status_bar import StatusBar
from ui.views.widgets import IconButton, Look, progress_text


@pytest.fixture(scope="module")
def look(qapp: QApplication) -> Look:
    theme = Theme("light")
    theme.apply()
    return Look(theme, Icons(theme))


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[JobList]:
    made = JobList(Dispatcher(), threads=2)
    yield made
    made.shutdown()


class _Work:
    """Work that reports what it is told to and ends when it is let go."""

    def __init__(self) -> None:
        self.end = threading.Event()

    def __call__(self, ctx: JobContext) -> str:
        ctx.report(Progress("entities", 12, 28))
        while not self.end.wait(0.01):
            ctx.check()
        return "done"


# --- status bar -----------------------------------------------------------------------------------------


@pytest.fixture
def bar(qtbot: QtBot, look: Look, jobs: JobList) -> StatusBar:
    made = StatusBar(look, jobs)
    qtbot.addWidget(made)
    made.resize(1000, 28)
    made.show()
    return made


def test_a_running_job_is_shown_and_gone_when_it_ends(qtbot: QtBot, bar: StatusBar, jobs: JobList) -> None:
    bar.set_done(3.1)
    assert bar.message.full_text == "All analyses done in 3.1 s"
    work = _Work()
    jobs.start("Finding entities", work, bar)
    qtbot.waitUntil(lambda: "12 of 28" in bar.jobs_button.text())
    assert bar.jobs_button.text().startswith("Finding entities")
    assert bar.bar.isVisible()
    assert bar.bar.value() == round(1000 * 12 / 28)
    assert not bar.message.isVisible()
    work.end.set()
    qtbot.waitUntil(lambda: not bar.bar.isVisible())
    assert not bar.jobs_button.isVisible()


def test_the_cross_stops_the_newest_job(qtbot: QtBot, bar: StatusBar, jobs: JobList) -> None:
    first = jobs.start("Summarizing", _Work(), bar)
    second = jobs.start("Finding entities", _Work(), bar)
    qtbot.waitUntil(lambda: bar.jobs_button.text().endswith("1 more"))
    with qtbot.waitSignals([second.cancelled, bar.cancel_requested]):
        qtbot.mouseClick(bar.cancel_button, Qt.MouseButton.LeftButton)
    assert first.is_running
    qtbot.waitUntil(lambda: bar.cancel_button.accessibleName() == "Stop: Summarizing")


def test_a_job_that_can_wait_is_paused_and_goes_on(qtbot: QtBot, bar: StatusBar, jobs: JobList) -> None:
    allowed, steps = threading.Semaphore(1), []

    def work(ctx: JobContext) -> None:
        for step in range(3):
            allowed.acquire()
            ctx.check()
            steps.append(step)
            ctx.report(Progress("scans", step + 1, 3))

    job = jobs.start("Reading scans", work, bar)
    job.pausable = True
    qtbot.waitUntil(lambda: "1 of 3" in bar.jobs_button.text())
    assert bar.pause_button.accessibleName() == "Pause: Reading scans"
    qtbot.mouseClick(bar.pause_button, Qt.MouseButton.LeftButton)
    allowed.release(2)
    qtbot.waitUntil(lambda: "paused" in bar.jobs_button.text())
    assert bar.pause_button.accessibleName() == "Go on: Reading scans"
    assert job.is_running
    assert steps == [0], "it waits where it checks"
    qtbot.mouseClick(bar.jobs_button, Qt.MouseButton.LeftButton)
    buttons = bar.popup.findChildren(IconButton)
    assert [each.accessibleName() for each in buttons] == ["Go on: Reading scans", "Stop: Reading scans"]
    with qtbot.waitSignal(job.succeeded):
        buttons[0].click()
    assert steps == [0, 1, 2]


def test_a_paused_job_can_be_stopped(qtbot: QtBot, bar: StatusBar, jobs: JobList) -> None:
    begun = threading.Event()

    def work(ctx: JobContext) -> None:
        begun.set()
        while True:
            ctx.check()

    job = jobs.start("Reading scans", work, bar)
    job.pausable = True
    qtbot.waitUntil(begun.is_set)
    job.pause()
    with qtbot.waitSignal(job.cancelled):
        job.cancel()


def test_the_popup_lists_all_jobs_each_with_its_stop(qtbot: QtBot, bar: StatusBar, jobs: JobList) -> None:
    first = jobs.start("Summarizing", _Work(), bar)
    jobs.start("Finding entities", _Work(), bar)
    qtbot.waitUntil(lambda: bar.jobs_button.isVisible())
    qtbot.mouseClick(bar.jobs_button, Qt.MouseButton.LeftButton)
    assert bar.popup.isVisible()
    stops = bar.popup.findChildren(IconButton)
    assert [stop.accessibleName() for stop in stops] == ["Stop: Summarizing", "Stop: Finding entities"]
    with qtbot.waitSignal(first.cancelled):
        stops[0].click()
    qtbot.waitUntil(lambda: len(jobs.running()) == 1)
    assert bar.popup.isVisible()
    bar.cancel_button.click()
    qtbot.waitUntil(lambda: not bar.popup.isVisible())


def test_provider_and_language(bar: StatusBar) -> None:
    assert not bar.provider.isVisible()
    bar.set_provider(ProviderInfo("CPU", "int8", 2, "no CUDA device was found"))
    assert bar.provider.text() == "CPU · int8"
    assert "2 threads" in bar.provider.toolTip()
    assert "no CUDA device" in bar.provider.toolTip()
    bar.set_language("zh")
    assert bar.language.text() == "Chinese"
    bar.set_language(None)
    assert not bar.language.isVisible()


def test_progress_says_what_how_far_and_how_long() -> None:
    assert progress_text(None, 0) == "Starting"
    assert progress_text(Progress("entities", 7, 28), 3) == "Finding entities · 7 of 28 · about 9 s left"
    assert progress_text(Progress("entities", 0, 0), 12, "Reading") == "Reading · 12 s"
    assert progress_text(Progress("entities", 1, 100), 100) == "Finding entities · 1 of 100"
    assert progress_text(Progress("training", 1, 4), 100).endswith("about 5 min left")


# --- start page -----------------------------------------------------------------------------------------


def _recent(path: Path, *, missing: bool = False, days: int = 0) -> RecentFile:
    when = datetime.now().astimezone() - timedelta(days=days)
    return RecentFile(path, "0" * 64, path.name, "pdf", 12, 3, when, missing)


def test_recent_files_open_and_missing_ones_do_not(qtbot: QtBot, look: Look, tmp_path: Path) -> None:
    page = StartPage(look)
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    page.set_recent([_recent(tmp_path / "a.pdf"), _recent(tmp_path / "b.pdf", missing=True, days=1)])
    there, gone = page.rows
    opened: list[Path] = []
    page.file_activated.connect(opened.append)
    qtbot.mouseClick(there, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(gone, Qt.MouseButton.LeftButton)
    assert opened == [tmp_path / "a.pdf"]
    assert "no file" in gone.toolTip()
    with qtbot.waitSignal(page.forget_requested) as heard:
        gone.remove.click()
    assert heard.args == [tmp_path / "b.pdf"]
    with qtbot.waitSignal(page.forget_requested):
        qtbot.keyClick(there, Qt.Key.Key_Delete)
    page.set_recent([])
    assert page.rows == ()
    with qtbot.waitSignal(page.open_requested):
        qtbot.mouseClick(page.open_button, Qt.MouseButton.LeftButton)


def test_files_are_dropped_anywhere_on_a_window(qtbot: QtBot, look: Look, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    overlay = DropOverlay(look, window)
    field = QLineEdit(window)
    window.show()
    field.setFocus()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.pdf")), QUrl("https://example.org/b.pdf")])
    action, button, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), action, mime, button, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    assert overlay.isVisible()
    assert overlay.geometry() == window.rect()
    assert overlay.accessibleName() == "Drop to open 1 document"
    assert window.focusWidget() is field
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not overlay.isVisible()
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(5, 5), action, mime, button, none))
    with qtbot.waitSignal(overlay.dropped) as heard:
        QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), action, mime, button, none))
    assert heard.args == [[tmp_path / "a.pdf"]]
    assert not overlay.isVisible()
    mime.setUrls([QUrl("https://example.org/b.pdf")])
    refused = QDragEnterEvent(QPoint(5, 5), action, mime, button, none)
    QApplication.sendEvent(window, refused)
    assert not overlay.isVisible()


# --- dialogs --------------------------------------------------------------------------------------------


def test_password_is_asked_again_when_wrong(qtbot: QtBot, look: Look) -> None:
    dialog = PasswordDialog(look, Path("secret.pdf"))
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.open_button.isEnabled()
    qtbot.keyClicks(dialog.field, "hunter2")
    with qtbot.waitSignal(dialog.submitted) as heard:
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert heard.args == ["hunter2"]
    assert not dialog.field.isEnabled()
    dialog.set_wrong()
    assert dialog.problem.isVisible()
    assert dialog.field.selectedText() or dialog.field.hasSelectedText()
    qtbot.keyClicks(dialog.field, "x")
    assert not dialog.problem.isVisible()
    dialog.reveal.click()
    assert dialog.field.echoMode() == QLineEdit.EchoMode.Normal
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def _raised() -> ValueError:
    secret = "the words of the document"
    try:
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise ValueError(secret) from error
    except ValueError as error:
        return error


def test_a_report_holds_nothing_of_the_document(qtbot: QtBot, look: Look) -> None:
    dialog = ErrorDialog(look, _raised())
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert "ValueError" in text
    assert "KeyError" in text
    assert "in _raised" in text
    assert "words of the document" not in text
    assert str(Path.home()) not in text or str(Path.home()) == "/"
    assert dialog.details.isHidden()
    dialog.details_button.click()
    assert dialog.details.toPlainText() == text


def test_what_the_user_can_mend_has_no_report(qtbot: QtBot, look: Look) -> None:
    error = DocumentError("damaged_document", path="x.pdf")
    dialog = ErrorDialog(look, error, title="This document cannot be opened")
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.sentence.text == "x.pdf is damaged and cannot be opened. Try to get a fresh copy of it."
    assert not dialog.copy_button.isVisible()
    assert "x.pdf" not in report(error)
    qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
