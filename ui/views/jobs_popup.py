"""The list of jobs over the status line: what runs, how far and how fast, pausing and stopping, and what failed."""

from __future__ import annotations

import time

from PySide6.QtCore import QLocale, QPoint, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.i18n import count, error_message, tr
from ui.jobs import Activity, Failure, Job, JobList
from ui.views.widgets import ElidedLabel, IconButton, LinkButton, Look, PopupCard, ThinBar, label, progress_text

_SPEED_SECONDS = 2.0
"""A speed means something after this long."""


def job_text(job: Job, *, speed: bool = False) -> str:
    """What a job does, how far it is, how fast (``speed``) and how long it takes."""
    if job.is_paused:
        progress = job.last_progress
        return tr("{job} · {state}", job=progress_text(progress, 0.0, job.title), state=tr("paused"))
    text = progress_text(job.last_progress, _seconds(job), job.title)
    rate = _speed_text(job) if speed else ""
    return tr("{job} · {state}", job=text, state=rate) if rate else text


def _speed_text(job: Job) -> str:
    """How many of what it counts are done in a second, or a minute where that is less than one."""
    progress, seconds = job.last_progress, _seconds(job)
    if progress is None or progress.total < 2 or not progress.done or seconds < _SPEED_SECONDS:
        return ""
    rate = progress.done / seconds
    if rate >= 1:
        return tr("{number} per second", number=QLocale().toString(rate, "f", 1))
    return tr("{number} per minute", number=QLocale().toString(rate * 60, "f", 1))


def toggle_pause(job: Job) -> None:
    if job.is_paused:
        job.resume()
    else:
        job.pause()


class PauseButton(IconButton):
    """Pause or go on with a job."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, "pause", tr("Pause"), small=True, color="muted")
        self.setFixedHeight(look.sizes.control_small)

    def follow(self, job: Job) -> None:
        if job.is_paused:
            self.set_meaning("resume", tr("Go on: {job}", job=job.title), color="muted")
        else:
            self.set_meaning("pause", tr("Pause: {job}", job=job.title), color="muted")


def item_text(item: Job | Activity) -> str:
    return item.text if isinstance(item, Activity) else job_text(item)


def fraction_of(item: Job | Activity) -> float | None:
    if isinstance(item, Activity):
        return item.fraction
    return item.last_progress.fraction if item.last_progress is not None else None


def _seconds(job: Job) -> float:
    return time.monotonic() - job.started


class JobsPopup(PopupCard):
    """All running jobs, each with its bar and its own buttons, and those that failed. Escape or a click elsewhere
    closes it."""

    cancel_requested = Signal(object)
    details_wanted = Signal(object)
    """:class:`ui.jobs.Failure`."""

    def __init__(self, look: Look, jobs: JobList, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._look = look
        self._jobs = jobs
        self._rows: dict[Job | Activity, tuple[ElidedLabel, ThinBar, QWidget, PauseButton | None]] = {}
        self._failed: dict[Failure, QWidget] = {}
        self.setAccessibleName(tr("Running jobs"))
        sizes = look.sizes
        self.setFixedWidth(sizes.right_panel + 2 * self.edge)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(sizes.pad, sizes.pad, sizes.pad, sizes.pad)
        self._column.setSpacing(sizes.pad)
        self._title = label(role="strong")
        self._column.addWidget(self._title)
        jobs.changed.connect(self._on_changed)

    def open_above(self, anchor: QWidget) -> None:
        self.refresh()
        self.adjustSize()
        corner = anchor.mapToGlobal(QPoint(anchor.width(), 0))
        card = self.card_size
        self.move_card(corner.x() - card.width(), corner.y() - card.height() - self._look.sizes.grid)
        self.show()

    def _on_changed(self) -> None:
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        items: list[Job | Activity] = [*self._jobs.activities(), *self._jobs.running()]
        failures = self._jobs.failures()
        running = count(len(items), "{n} job is running", "{n} jobs are running")
        failed = count(len(failures), "{n} job failed", "{n} jobs failed")
        self._title.setText(failed if failures and not items else running)
        for item in [item for item in self._rows if item not in items]:
            widget = self._rows.pop(item)[2]
            self._column.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        for item in items:
            if item not in self._rows:
                self._add(item)
            words, bar, _, pause = self._rows[item]
            words.set_text(job_text(item, speed=True) if isinstance(item, Job) else item_text(item))
            bar.set_fraction(fraction_of(item))
            if isinstance(item, Job) and pause is not None:
                pause.follow(item)
        for failure in [failure for failure in self._failed if failure not in failures]:
            gone = self._failed.pop(failure)
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for failure in failures:
            if failure not in self._failed:
                self._failed[failure] = self._add_failure(failure)
        if self.isVisible():
            self.adjustSize()

    def _add_failure(self, failure: Failure) -> QWidget:
        sizes = self._look.sizes
        block = QWidget()
        row = QHBoxLayout(block)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(sizes.gap)
        column = QVBoxLayout()
        column.setSpacing(0)
        head = ElidedLabel(failure.title, role="bad")
        words = ElidedLabel(error_message(failure.error), role="secondary")
        column.addWidget(head)
        column.addWidget(words)
        row.addLayout(column, 1)
        details = LinkButton(tr("Show details"), tr("What went wrong: {job}", job=failure.title))
        details.clicked.connect(lambda: self._show_failure(failure))
        dismiss = IconButton(
            self._look, "close", tr("Take off this list: {job}", job=failure.title), small=True, color="muted"
        )
        dismiss.clicked.connect(lambda: self._jobs.dismiss(failure))
        row.addWidget(details)
        row.addWidget(dismiss)
        self._column.addWidget(block)
        return block

    def _show_failure(self, failure: Failure) -> None:
        self.hide()
        self.details_wanted.emit(failure)

    def _add(self, item: Job | Activity) -> None:
        sizes = self._look.sizes
        block = QWidget()
        row = QHBoxLayout(block)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(sizes.gap)
        column = QVBoxLayout()
        column.setSpacing(sizes.grid)
        words = ElidedLabel(role="secondary")
        bar = ThinBar(self._look, item_text(item))
        column.addWidget(words)
        column.addWidget(bar)
        row.addLayout(column, 1)
        pause = None
        if isinstance(item, Activity):
            show = LinkButton(tr("Open"), tr("Open: {job}", job=item.text))
            show.clicked.connect(lambda: self._open(item))
            row.addWidget(show)
        else:
            if item.pausable:
                pause = PauseButton(self._look)
                pause.clicked.connect(lambda: toggle_pause(item))
                row.addWidget(pause)
            stop = IconButton(self._look, "close", tr("Stop: {job}", job=item.title), small=True, color="muted")
            stop.clicked.connect(lambda: self._cancel(item))
            row.addWidget(stop)
        self._column.addWidget(block)
        self._rows[item] = (words, bar, block, pause)

    def _open(self, activity: Activity) -> None:
        self.hide()
        activity.opened.emit()

    def _cancel(self, job: Job) -> None:
        job.cancel()
        self.cancel_requested.emit(job)
