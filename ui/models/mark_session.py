"""Highlights, notes and bookmarks of one open document: changes go to the disk one by one, then views are told.

No widgets here. Signals are emitted on the main thread, which never waits for the disk.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from assistant.types import Document, Mark
from ui.i18n import tr
from ui.jobs import JobList

if TYPE_CHECKING:
    from assistant.engine import Engine, Marks

_log = logging.getLogger(__name__)
Change = Callable[["Marks", Document], object]
Then = Callable[[object], None]


@dataclass(frozen=True, slots=True)
class MarkState:
    """How the marks of a document stand."""

    marks: tuple[Mark, ...] = ()
    """In document order; lost ones last."""
    can_undo: bool = False
    can_redo: bool = False

    def bookmark_on(self, page: int) -> Mark | None:
        return next((mark for mark in self.marks if mark.kind == "bookmark" and mark.page == page), None)

    def by_id(self, identifier: str) -> Mark | None:
        return next((mark for mark in self.marks if mark.id == identifier), None)


class _Waiting:
    """A change that is made once: by its job, or by the window as it closes."""

    def __init__(self, change: Change, then: Then | None) -> None:
        self.then = then
        self._change = change
        self._lock = threading.Lock()
        self._made = False

    def make(self, marks: Marks, document: Document) -> object:
        with self._lock:
            if self._made:
                return None
            self._made = True
        return self._change(marks, document)


class MarkSession(QObject):
    """See the module. :meth:`set_document` says what it is about, :meth:`run` changes something."""

    changed = Signal(object)
    """:class:`MarkState`."""
    failed = Signal(object)
    """The exception of a change: nothing was changed by it."""

    def __init__(self, engine: Engine, jobs: JobList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._jobs = jobs
        self._waiting: deque[_Waiting] = deque()
        self._running: _Waiting | None = None
        self._reading = self._again = self._closed = False
        self.document: Document | None = None
        self.state = MarkState()

    @property
    def is_busy(self) -> bool:
        """Whether something is still on its way to the disk."""
        return self._running is not None or bool(self._waiting)

    def set_document(self, document: Document) -> None:
        self.document = document
        self.refresh()

    def run(self, change: Change, then: Then | None = None) -> None:
        """Make a change after those before it. ``then`` gets what it gave."""
        if self.document is not None and not self._closed:
            self._waiting.append(_Waiting(change, then))
            self._go_on()

    def refresh(self) -> None:
        """Read again how things stand."""
        engine, document = self._engine, self.document
        if self._closed or document is None:
            return
        if self._reading:
            self._again = True
            return
        self._reading = True

        def work(_: object) -> MarkState:
            marks, sha256 = engine.marks, document.sha256
            return MarkState(
                marks.of(document),
                marks.moves_at("undo", sha256) is not None,
                marks.moves_at("redo", sha256) is not None,
            )

        job = self._jobs.start(tr("Notes"), work, self, quiet=True)
        job.succeeded.connect(lambda state: self._on_read(state, document))
        job.failed.connect(self.failed)
        job.finished.connect(self._on_read_ended)

    def close(self, *, now: bool = False) -> None:
        """No signal follows any more; what was on its way to the disk still goes there. ``now``: before returning."""
        if self._closed:
            return
        self._closed = True
        rest = [*([self._running] if self._running is not None else []), *self._waiting]
        self._waiting.clear()
        engine, document = self._engine, self.document
        if not rest or document is None:
            return

        def work() -> None:
            for each in rest:
                try:
                    each.make(engine.marks, document)
                except Exception as error:  # noqa: BLE001 - the others are to be kept all the same
                    _log.warning("a note of a closed document was not kept: %s", type(error).__name__)

        if now:
            work()
        else:
            self._jobs.start(tr("Notes"), lambda ctx: work(), self._jobs, quiet=True)

    def _on_read(self, state: MarkState, document: Document) -> None:
        if document is self.document:
            self.state = state
            self.changed.emit(state)
        else:
            self._again = True

    def _on_read_ended(self) -> None:
        self._reading = False
        if self._again:
            self._again = False
            self.refresh()

    def _go_on(self) -> None:
        engine, document = self._engine, self.document
        if self._running is not None or not self._waiting or self._closed or document is None:
            return
        current = self._running = self._waiting.popleft()
        job = self._jobs.start(tr("Notes"), lambda ctx: current.make(engine.marks, document), self, quiet=True)
        if current.then is not None:
            job.succeeded.connect(current.then)
        job.failed.connect(self.failed)
        job.finished.connect(self._on_made)

    def _on_made(self) -> None:
        self._running = None
        self._go_on()
        self.refresh()
