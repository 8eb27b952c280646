"""Work off the main thread, its results back on it.

:class:`Dispatcher` runs calls on the main thread in the order in which other threads asked for them, a few
milliseconds at a time, so that a flood of results never blocks the window. :class:`Job` wraps a function
``(ctx) -> result``; :class:`JobList` starts jobs and tells the status bar of them.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from assistant.errors import Cancelled, PasswordRequired
from assistant.jobs import Context, JobContext, Progress

# A turn of the event loop gives at most this long to results, then input and painting go first (seconds).
_TURN = 0.008
_MOST_FAILURES = 10

Outcome = Literal["succeeded", "failed", "cancelled"]
Work = Callable[[JobContext], Any]


class Dispatcher(QObject):
    """Calls from any thread, run on the thread that made this object (the main one)."""

    _wake = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._calls: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._woken = False
        self._open = True
        self._wake.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], None]) -> None:
        """Run ``call`` soon on the main thread. Thread-safe; after :meth:`close` it does nothing."""
        with self._lock:
            if not self._open:
                return
            self._calls.append(call)
            if self._woken:
                return
            self._woken = True
            self._wake.emit()

    def when_done(self, future: Future[Any], method: Callable[..., None], *args: object) -> None:
        """Call ``method(future, *args)`` on the main thread when the future is done or cancelled.

        ``method`` is bound to a QObject, which is held weakly: the call is dropped if that is gone by then.
        """
        target = weakref.WeakMethod(method)

        def deliver() -> None:
            bound = target()
            if bound is not None and isValid(getattr(bound, "__self__", None)):
                bound(future, *args)

        future.add_done_callback(lambda _: self.post(deliver))

    def close(self) -> None:
        """Drop what is waiting and everything that still comes."""
        with self._lock:
            self._open = False
            self._calls.clear()

    def _run(self) -> None:
        until = time.perf_counter() + _TURN
        while True:
            with self._lock:
                if not self._calls:
                    self._woken = False
                    return
                call = self._calls.popleft()
            try:
                call()
            except Exception:  # noqa: BLE001 - the turn goes on to the next call; the program's hook shows this one
                sys.excepthook(*sys.exc_info())
            if time.perf_counter() > until:
                QTimer.singleShot(0, self, self._run)
                return


class Job(QObject):
    """One piece of work. Emits ``progress`` and ``partial`` while it runs, then exactly one of ``succeeded``,
    ``failed`` and ``cancelled``, then ``finished``; all on the main thread, nothing once its owner is gone."""

    progress = Signal(object)
    """:class:`assistant.jobs.Progress`; only the newest where several are waiting."""
    partial = Signal(object)
    """A result so far; only the newest where several are waiting, for each holds all before it."""
    succeeded = Signal(object)
    failed = Signal(object)
    """The exception."""
    cancelled = Signal()
    paused_changed = Signal()
    finished = Signal()

    def __init__(self, title: str, work: Work, dispatcher: Dispatcher, parent: QObject, *, quiet: bool = False) -> None:
        super().__init__(parent)
        self.title = title
        self.quiet = quiet
        """Not worth a place in the status bar."""
        self.pausable = False
        """Whether it may be paused: nobody else waits for what it holds."""
        self.started = time.monotonic()
        self._paused_at: float | None = None
        self.seconds: float | None = None
        """How long it took; None while it runs."""
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        """Why it failed."""
        self.last_progress: Progress | None = None
        self._work = work
        self._dispatcher = dispatcher
        self._context = Context(self._on_progress, self._on_partial)
        self._lock = threading.Lock()
        self._waiting: Progress | None = None
        self._partial: object = None
        self._partial_waiting = False
        self._dropped = False

    @property
    def is_running(self) -> bool:
        return self.outcome is None

    @property
    def is_dropped(self) -> bool:
        return self._dropped

    def cancel(self) -> None:
        """Ask the work to stop. ``cancelled`` follows when it has, unless it had just succeeded or failed."""
        self._context.cancel()

    def pause(self) -> None:
        """Let the work wait at its next check; for jobs that are ``pausable`` alone."""
        if self.pausable and self.is_running:
            self._context.pause()
            self._paused_at = self._paused_at or time.monotonic()
            self.paused_changed.emit()

    def resume(self) -> None:
        self._context.resume()
        if self._paused_at is not None:
            # As if it had begun later: a pause is no work.
            self.started += time.monotonic() - self._paused_at
            self._paused_at = None
        self.paused_changed.emit()

    @property
    def is_paused(self) -> bool:
        return self._paused_at is not None and self.is_running

    def drop(self) -> None:
        """Cancel and never emit again: nobody is left who wants the result."""
        self._dropped = True
        self._context.cancel()

    def silence(self) -> None:
        """Go on to the end, and never emit again: what showed the result is gone, what is being kept is to be kept."""
        self._dropped = True

    def run(self) -> None:
        """Do the work on the calling thread (a worker of :class:`JobList`)."""
        outcome: Outcome
        value: object = None
        try:
            self._context.check()
            value = self._work(self._context)
            outcome = "succeeded"
        except (Cancelled, CancelledError):
            outcome = "cancelled"
        except Exception as error:  # noqa: BLE001 - whatever the work raises is the job's result
            value = error
            outcome = "failed"
        self._dispatcher.post(lambda: self._end(outcome, value))

    def _on_progress(self, progress: Progress) -> None:
        with self._lock:
            waiting = self._waiting is not None
            self._waiting = progress
        if not waiting:
            self._dispatcher.post(self._tell_progress)

    def _tell_progress(self) -> None:
        with self._lock:
            progress, self._waiting = self._waiting, None
        if progress is not None and self._speaks():
            self.last_progress = progress
            self.progress.emit(progress)

    def _on_partial(self, partial: object) -> None:
        with self._lock:
            waiting = self._partial_waiting
            self._partial, self._partial_waiting = partial, True
        if not waiting:
            self._dispatcher.post(self._tell_partial)

    def _tell_partial(self) -> None:
        with self._lock:
            partial, self._partial, self._partial_waiting = self._partial, None, False
        if self._speaks():
            self.partial.emit(partial)

    def _speaks(self) -> bool:
        return not self._dropped and self.outcome is None and isValid(self)

    def _end(self, outcome: Outcome, value: object) -> None:
        if not isValid(self):
            return
        self.seconds = time.monotonic() - self.started
        if isinstance(value, BaseException) and outcome == "failed":
            self.error = value
        if not self._dropped:
            self.outcome = outcome
            if outcome == "succeeded":
                self.succeeded.emit(value)
            elif outcome == "failed":
                self.failed.emit(value)
            else:
                self.cancelled.emit()
        self.outcome = outcome
        if isValid(self) and not self._dropped:
            self.finished.emit()


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """A job that failed: what it was to do, and why it could not."""

    title: str
    error: BaseException


class Activity(QObject):
    """Work that goes on outside of the jobs, and is shown among them: a training run, which outlives its window."""

    changed = Signal()
    opened = Signal()
    """The user wants to see it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.text = ""
        """What it does, how far it is, how long it takes."""
        self.fraction: float | None = None

    def tell(self, text: str, fraction: float | None) -> None:
        if (text, fraction) != (self.text, self.fraction):
            self.text, self.fraction = text, fraction
            self.changed.emit()


class JobList(QObject):
    """Starts jobs on its threads and knows those that run. Owned by the application; ``shutdown`` ends it."""

    changed = Signal()
    """A job started, ended or has something new to say (at most one emission a turn for each job)."""
    failed = Signal(object)
    """:class:`Failure` of a job that is not quiet."""
    idle = Signal()
    """The last job that is not quiet has ended."""

    def __init__(self, dispatcher: Dispatcher, threads: int = 6, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dispatcher = dispatcher
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="docent-job")
        self._jobs: list[Job] = []
        self._activities: list[Activity] = []
        self._failures: list[Failure] = []
        self._futures: dict[Job, Future[None]] = {}
        self._closed = False

    def start(self, title: str, work: Work, owner: QObject, *, quiet: bool = False) -> Job:
        """Run ``work(ctx)`` for ``owner``. Connect to the job's signals before the event loop turns.

        ``title`` is the whole sentence part that the status bar shows ("Finding entities"). After :meth:`shutdown` the
        work is not begun: a late turn of the event loop may still ask for it, and gets a job that was cancelled.
        """
        job = Job(title, work, self.dispatcher, self, quiet=quiet)
        if self._closed:
            job.cancel()
            job.run()
            return job
        self._jobs.append(job)
        owner.destroyed.connect(job.drop)
        job.progress.connect(self.changed)
        job.paused_changed.connect(self.changed)
        watch = self._pool.submit(job.run)
        self._futures[job] = watch
        watch.add_done_callback(lambda _: self.dispatcher.post(lambda: self._ended(job)))
        self.changed.emit()
        return job

    def running(self) -> list[Job]:
        """Jobs to show, oldest first."""
        return [job for job in self._jobs if not job.quiet and not job.is_dropped and job.is_running]

    def activities(self) -> list[Activity]:
        """Work outside of the jobs to show, oldest first."""
        return list(self._activities)

    def failures(self) -> list[Failure]:
        """The last jobs that failed and were not dismissed, oldest first."""
        return list(self._failures)

    def dismiss(self, failure: Failure) -> None:
        if failure in self._failures:
            self._failures.remove(failure)
            self.changed.emit()

    def _on_failed(self, title: str, error: BaseException) -> None:
        if isinstance(error, PasswordRequired):
            # A question, which the user is being asked.
            return
        # Where it went wrong is kept, not the documents that the work had in hand.
        traceback.clear_frames(error.__traceback__)
        failure = Failure(title, error)
        self._failures = [*self._failures, failure][-_MOST_FAILURES:]
        self.failed.emit(failure)
        self.changed.emit()

    def add_activity(self, activity: Activity) -> None:
        self._activities.append(activity)
        activity.changed.connect(self.changed)
        self.changed.emit()

    def remove_activity(self, activity: Activity) -> None:
        self._activities.remove(activity)
        activity.changed.disconnect(self.changed)
        self.changed.emit()

    def cancel_all(self) -> None:
        for job in list(self._jobs):
            job.cancel()

    def shutdown(self) -> None:
        """Drop all jobs and wait for their threads; work stops within a second of being told to."""
        if self._closed:
            return
        self._closed = True
        for job in self._jobs:
            job.drop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _ended(self, job: Job) -> None:
        if not isValid(self):
            return
        self._futures.pop(job, None)
        if job in self._jobs:
            self._jobs.remove(job)
        if isValid(job) and job.error is not None and not job.quiet and not job.is_dropped:
            self._on_failed(job.title, job.error)
        self.changed.emit()
        if not job.quiet and not self.running():
            self.idle.emit()
        if isValid(job):
            job.deleteLater()
