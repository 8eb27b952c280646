"""Theme, icons, words and jobs: what every panel stands on."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QObject, QSize, QThread
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from assistant.errors import DocumentError
from assistant.jobs import JobContext, Progress
from assistant.types import ENTITY_LABELS
from ui import i18n
from ui.icons import Icons, icon_names
from ui.jobs import Dispatcher, JobList
from ui.theme import DARK, LIGHT, Theme, Tokens, token_names


def _luminance(color: QColor) -> float:
    def channel(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * channel(color.redF()) + 0.7152 * channel(color.greenF()) + 0.0722 * channel(color.blueF())


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_colours_reach_wcag_aa(tokens: Tokens) -> None:
    for name in ("text", "muted", "accent", "good", "warn", "bad"):
        assert _contrast(getattr(tokens, name), tokens.surface) >= 4.5, name
    assert _contrast(tokens.on_accent, tokens.accent) >= 4.5
    for name in ("person", "organization", "place", "date", "amount", "work", "event", "product", "other"):
        assert _contrast(getattr(tokens, name), tokens.paper) >= 4.5, name


def test_every_token_is_a_colour_and_every_label_has_one(qapp: QApplication) -> None:
    theme = Theme("light")
    assert all(theme.color(name).isValid() for name in token_names())
    assert theme.entity_color("PERSON") == QColor(LIGHT.person)
    assert theme.entity_color("MY OWN TYPE") == QColor(LIGHT.other)
    assert all(theme.entity_fill(label).alphaF() == pytest.approx(0.14, abs=0.01) for label in ENTITY_LABELS)


def test_theme_switches_live(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme("light")
    theme.apply()
    assert qapp.palette().window().color() == QColor(LIGHT.window)
    with qtbot.waitSignal(theme.changed):
        theme.toggle()
    assert theme.is_dark
    assert qapp.palette().window().color() == QColor(DARK.window)
    assert DARK.surface in qapp.styleSheet()


def test_every_icon_is_drawn_and_crisp_at_two_hundred_percent(qapp: QApplication) -> None:
    icons = Icons(Theme("light"))
    for name in icon_names():
        pixmap = icons.pixmap(name, 18, 2.0)
        image = pixmap.toImage()
        assert (pixmap.width(), pixmap.devicePixelRatio()) == (36, 2.0), name
        drawn = sum(image.pixelColor(x, y).alpha() > 0 for x in range(36) for y in range(36))
        assert drawn > 8, name


def test_attached_icons_follow_the_theme(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme("light")
    icons = Icons(theme)
    button = QToolButton()
    qtbot.addWidget(button)
    icons.attach(button, "minus")

    def strongest() -> int:
        image = button.icon().pixmap(QSize(18, 18)).toImage()
        colors = [image.pixelColor(x, y) for x in range(18) for y in range(18)]
        return max(colors, key=lambda color: color.alpha()).lightness()

    assert strongest() < 60
    theme.set_mode("dark")
    assert strongest() > 180
    assert not button.icon().pixmap(QSize(18, 18), QIcon.Mode.Disabled).isNull()


def test_messages_of_engine_codes() -> None:
    error = DocumentError("file_not_found", path="a {b}.pdf")
    assert i18n.error_message(error) == str(error)
    assert i18n.error_message(KeyError("x")) == "Something went wrong inside Docent (KeyError)."
    assert i18n.code_message("page_timeout", {"page": 3}) == "Page 3 took longer than {seconds} s and was left out."
    assert i18n.count(1, "{n} page", "{n} pages") == "1 page"
    assert i18n.count(1200, "{n} page", "{n} pages") == "1,200 pages"
    assert i18n.language_name("zh") == "Chinese"
    assert i18n.language_name("und") == "Unknown language"


def test_a_catalogue_translates(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "zh_CN.json").write_text('{"{n} pages": "{n} 页"}', encoding="utf-8")
    catalog = i18n.Catalog.read(tmp_path, QLocale("zh"))
    assert catalog is not None
    assert QCoreApplication.installTranslator(catalog)
    try:
        assert i18n.count(3, "{n} page", "{n} pages") == "3 页"
        assert i18n.tr("Untranslated") == "Untranslated"
    finally:
        QCoreApplication.removeTranslator(catalog)
    (tmp_path / "sv_SE.json").write_text("{", encoding="utf-8")
    assert i18n.Catalog.read(tmp_path, QLocale("sv")) is None


# --- jobs -----------------------------------------------------------------------------------------------


class _Log(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[tuple[str, object]] = []
        self.threads: set[QThread] = set()

    def listen(self, job: QObject) -> None:
        for name in ("progress", "partial", "succeeded", "failed"):
            getattr(job, name).connect(lambda value, name=name: self._add(name, value))
        for name in ("cancelled", "finished"):
            getattr(job, name).connect(lambda name=name: self._add(name, None))

    def _add(self, name: str, value: object) -> None:
        self.threads.add(QThread.currentThread())
        self.events.append((name, value))


@pytest.fixture
def jobs(qapp: QApplication) -> JobList:
    made = JobList(Dispatcher())
    yield made
    made.shutdown()
    made.dispatcher.close()


def test_success_is_told_once_on_the_main_thread(jobs: JobList, qtbot: QtBot) -> None:
    log = _Log()

    def work(ctx: JobContext) -> int:
        for step in range(3):
            ctx.report(Progress("reading", step, 3))
        ctx.publish("half")
        return 42

    job = jobs.start("Reading", work, log)
    log.listen(job)
    with qtbot.waitSignal(job.finished):
        pass
    names = [name for name, _ in log.events]
    assert names[-2:] == ["succeeded", "finished"]
    assert names.index("progress") < names.index("partial")
    assert [value for name, value in log.events if name == "progress"][-1] == Progress("reading", 2, 3)
    assert ("succeeded", 42) in log.events
    assert log.threads == {qtbot_thread()}
    qtbot.waitUntil(lambda: not jobs.running())


def qtbot_thread() -> QThread:
    app = QApplication.instance()
    assert app is not None
    return app.thread()


def test_failure_carries_the_error(jobs: JobList, qtbot: QtBot) -> None:
    log = _Log()

    def work(ctx: JobContext) -> None:
        raise DocumentError("empty_file", path="a.pdf")

    job = jobs.start("Opening", work, log)
    log.listen(job)
    with qtbot.waitSignal(job.finished):
        pass
    assert [name for name, _ in log.events] == ["failed", "finished"]
    assert isinstance(log.events[0][1], DocumentError)


def test_cancel_stops_running_work(jobs: JobList, qtbot: QtBot) -> None:
    log = _Log()
    running = threading.Event()
    never = threading.Event()

    def work(ctx: JobContext) -> None:
        running.set()
        while not never.wait(0.01):
            ctx.check()

    job = jobs.start("Thinking", work, log)
    log.listen(job)
    assert running.wait(10)
    job.cancel()
    with qtbot.waitSignal(job.finished):
        pass
    assert [name for name, _ in log.events] == ["cancelled", "finished"]


def test_work_that_is_asked_for_after_the_end_is_not_begun(jobs: JobList, qtbot: QtBot) -> None:
    owner, begun = QObject(), []
    jobs.shutdown()
    job = jobs.start("late", lambda ctx: begun.append(ctx), owner)
    with qtbot.waitSignal(job.cancelled):
        pass
    assert begun == []
    assert not job.is_running


def test_nothing_is_told_once_the_owner_is_gone(jobs: JobList, qtbot: QtBot) -> None:
    owner = QObject()
    log = _Log()
    go = threading.Event()

    def work(ctx: JobContext) -> int:
        go.wait(10)
        ctx.publish("late")
        return 1

    job = jobs.start("Orphan", work, owner)
    log.listen(job)
    owner.deleteLater()
    with qtbot.waitSignal(owner.destroyed):
        pass
    go.set()
    with qtbot.waitSignal(job.destroyed):
        pass
    assert log.events == []


class _Receiver(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[object] = []

    def take(self, future: Future[int], tag: str) -> None:
        self.got.append((tag, None if future.cancelled() else future.result()))


def test_futures_are_delivered_on_the_main_thread_or_dropped(qapp: QApplication, qtbot: QtBot) -> None:
    dispatcher = Dispatcher()
    receiver, gone = _Receiver(), _Receiver()
    done: Future[int] = Future()
    cancelled: Future[int] = Future()
    dispatcher.when_done(done, receiver.take, "done")
    dispatcher.when_done(done, gone.take, "gone")
    dispatcher.when_done(cancelled, receiver.take, "cancelled")
    thread = threading.Thread(target=lambda: (done.set_result(7), cancelled.cancel()))
    del gone
    thread.start()
    thread.join()
    assert receiver.got == []
    qtbot.waitUntil(lambda: len(receiver.got) == 2)
    assert receiver.got == [("done", 7), ("cancelled", None)]


def test_a_failing_call_does_not_stop_the_next(qapp: QApplication, qtbot: QtBot) -> None:
    dispatcher = Dispatcher()
    told: list[int] = []

    def broken() -> None:
        raise ValueError("broken")

    with qtbot.captureExceptions() as exceptions:
        dispatcher.post(broken)
        dispatcher.post(lambda: told.append(1))
        qtbot.waitUntil(lambda: bool(told))
    assert [kind for kind, *_ in exceptions] == [ValueError]
