"""One open document and everything that is found in it: starts the engine's work, keeps its results, tells the views.

No widgets here. All signals are emitted on the main thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMetaMethod, QObject, Signal, SignalInstance

from assistant.errors import PasswordRequired
from assistant.jobs import JobContext
from assistant.settings import RESTORE_PLACE
from assistant.types import Classification, Document, Entities, Notice, Summary, SummaryLevel
from ui.i18n import tr
from ui.jobs import Job, JobList, Work
from ui.models.document_pages import Ahead, DocumentPages
from ui.models.opening import Openable, Opening, ready
from ui.models.printing import Printing

if TYPE_CHECKING:
    from assistant.engine import Begun, Engine, EntityEdit, Fit, OpenDocument, Place

_AHEAD_SECONDS = 0.001

Foresee = Callable[[tuple[float, float], float], float | None]
"""(size of a page in points, kept zoom or 0) -> the pixels per point at which the view will ask for it. Any thread."""

_SIGNALS = (
    *("opened", "completed", "place_found", "password_required", "open_failed", "read", "notices_changed"),
    *("scans_stopped", "read_failed", "entities_changed", "entities_progress", "entities_failed", "summary_started"),
    *("summary_progress", "summary_changed", "summary_failed", "classification_progress", "classification_changed"),
    *("classification_failed", "analyses_ended"),
)
"""Of :class:`Session`."""


class Session(QObject):
    """See the module. It is given its ``path``, ``start`` opens, ``close`` ends it and is final."""

    opened = Signal(object, object)
    """:class:`OpenDocument` and its last :class:`Place` (or None): pages can be asked for. In a long document their
    sizes are guesses until ``completed``."""
    completed = Signal(object)
    """:class:`OpenDocument` with the true sizes and the outline; follows ``opened``."""
    place_found = Signal(object)
    """:class:`Place`, after ``completed``: these pages were read before, as another file."""
    password_required = Signal(object)
    """The error: a password is needed, or the one given was wrong. ``start`` again with one."""
    open_failed = Signal(object)
    read = Signal(object)
    """:class:`Document`; again, with more text, as pages that are pictures are recognised."""
    notices_changed = Signal()
    """Pictures were recognised, and there was no text on them."""
    scans_stopped = Signal(object)
    """Not all pages were recognised: the error, or None where the user did not want to wait."""
    read_failed = Signal(object)
    entities_changed = Signal(object)
    """:class:`Entities`, possibly not yet complete."""
    entities_progress = Signal(object)
    entities_failed = Signal(object)
    summary_started = Signal(str)
    summary_progress = Signal(object)
    summary_changed = Signal(object)
    summary_failed = Signal(object)
    classification_progress = Signal(object)
    classification_changed = Signal(object)
    classification_failed = Signal(object)
    analyses_ended = Signal()
    """Entities, summary and document type have all succeeded, failed or been cancelled."""

    def __init__(self, engine: Engine, jobs: JobList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._jobs = jobs
        self.path = Path()
        """Set before ``start``; empty while the document's view waits for a document."""
        self.foresee: Foresee | None = None
        """Set once the size of the view is known: the first picture is then asked for as the file is opened."""
        self.printing = Printing(engine, jobs, self)
        self._ahead: Ahead | None = None
        self._begun: Begun | None = None
        self._shown = threading.Event()
        self.handle: OpenDocument | None = None
        self.document: Document | None = None
        self.entities: Entities | None = None
        self.summary: Summary | None = None
        self.classification: Classification | None = None
        self.analysis_seconds: float | None = None
        """From the moment the text was read until the last analysis ended; None before that."""
        self.errors: list[BaseException] = []
        """Of the analyses."""
        self.open_error: BaseException | None = None
        self.reader_page = 1
        """The page that the reader is at: it is recognised first."""
        self._opening: Job | None = None
        self._running: dict[str, Job] = {}
        self._summaries: dict[SummaryLevel, Summary] = {}
        self._analysing_since = 0.0
        self._left: set[str] = set()
        self._replaying = False
        self._closed = False

    @property
    def pages(self) -> DocumentPages | None:
        return None if self.handle is None else DocumentPages(self._engine, self.handle, self._ahead)

    @property
    def title(self) -> str:
        return self.path.name

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the reader should know, without repetitions."""
        both = (*(self.handle.notices if self.handle else ()), *(self.document.notices if self.document else ()))
        return tuple(dict.fromkeys(both))

    @property
    def is_closed(self) -> bool:
        return self._closed

    def is_busy(self) -> bool:
        return bool(self._running) or (self._opening is not None and self._opening.is_running)

    # --- opening ---------------------------------------------------------------------------------------------

    def begin(self, fit: Fit | None) -> None:
        """Let the document process begin to open the file and, for ``fit``, draw its first page; ``start`` follows."""
        self._begun = self._engine.begin(self.path, fit)

    def shown(self) -> None:
        """What is in sight is on the screen: the rest of the document may take its time now."""
        self._shown.set()

    def start(self, password: str | None = None) -> None:
        """Open the file and, when that is done, read it."""
        engine, path = self._engine, self.path
        begun = self._begun if password is None else None

        def place_in(opened: OpenDocument) -> Place | None:
            if not opened.sha256 or not engine.settings.get(RESTORE_PLACE):
                return None
            place = engine.place(opened.sha256)
            # A document that is new to the store has the store's first values: nobody was there yet.
            new = place is not None and (place.page, place.y, place.zoom, place.view) == (1, 0.0, 1.0, "")
            return None if new else place

        def complete(opened: OpenDocument) -> Openable:
            place = place_in(opened)
            return Openable(opened, place, ready(begun, opened, place) or self._look_ahead(opened, place))

        def work(ctx: JobContext) -> Openable:
            published: list[Openable] = []

            def publish(opened: OpenDocument) -> Openable:
                published.append(complete(opened))
                return published[0]

            opened = engine.open(path, Opening(ctx, publish, self._shown), password, begun)
            if not published:
                return complete(opened)
            place = published[0].place if published[0].opened.sha256 else place_in(opened)
            return replace(published[0], opened=opened, place=place)

        job = self._jobs.start(tr("Opening {name}", name=path.name), work, self)
        job.partial.connect(self._on_openable)
        job.succeeded.connect(self._on_opened)
        job.failed.connect(self._on_open_failed)
        job.cancelled.connect(self._on_open_cancelled)
        self._opening = job

    def _look_ahead(self, opened: OpenDocument, place: Place | None) -> Ahead | None:
        """Ask for the page that will be in sight, on the opening thread: the window's turn comes later."""
        page = min(place.page, len(opened.page_sizes)) if place is not None else 1
        foresee = self.foresee
        scale = None
        if foresee is not None and page >= 1:
            scale = foresee(opened.page_sizes[page - 1], place.zoom if place is not None else 0.0)
        if scale is None:
            return None
        future = self._engine.render(opened, page, scale, None, 0)
        # The window wakes up next and holds the interpreter for some milliseconds: the request is to go out before.
        wait([future], timeout=_AHEAD_SECONDS)
        return Ahead(page, scale, future)

    def _on_openable(self, result: Openable) -> None:
        self.handle = result.opened
        self.open_error = None
        self._ahead = result.ahead
        self.opened.emit(self.handle, result.place)
        # Who opened the pages has taken it by now, or sees something else.
        self._ahead = None
        if result.ahead is not None:
            result.ahead.drop()

    def _on_opened(self, result: Openable) -> None:
        late = self.handle is not None and not self.handle.sha256
        if self.handle is None:
            self._on_openable(result)
        self.handle = result.opened
        self.completed.emit(self.handle)
        if late and result.place is not None:
            self.place_found.emit(result.place)
        self._read()

    def _on_open_failed(self, error: BaseException) -> None:
        self.handle = None
        self.open_error = error
        if isinstance(error, PasswordRequired):
            self.password_required.emit(error)
        else:
            self.open_failed.emit(error)

    def _give_up(self) -> None:
        """Where the job that opens was cancelled before it took over."""
        begun, self._begun = self._begun, None
        if begun is not None:
            begun.give_up()

    def _on_open_cancelled(self) -> None:
        self._give_up()
        self.handle = None
        self.open_failed.emit(InterruptedError())

    def _read(self) -> None:
        engine, handle = self._engine, self.handle
        if handle is None:
            return
        job = self._track("read", tr("Reading {name}", name=self.path.name), lambda ctx: engine.read(handle, ctx))
        job.pausable = True
        job.succeeded.connect(self._on_read)
        job.failed.connect(self.read_failed)

    def _on_read(self, document: Document) -> None:
        self.document = document
        self._analysing_since = time.monotonic()
        if self._engine.has_scans(document):
            self.read_scans()
        self.read.emit(document)

    @property
    def reads_scans(self) -> bool:
        """Whether pages are being recognised."""
        job = self._running.get("scans")
        return job is not None and job.is_running

    def read_scans(self) -> None:
        """Recognise the pages that are pictures, the one that the reader is at first."""
        engine, handle = self._engine, self.handle
        if handle is None:
            return
        job = self._track(
            "scans", tr("Reading scans"), lambda ctx: engine.read_scans(handle, ctx, lambda: self.reader_page)
        )
        job.pausable = True
        job.partial.connect(self._on_more_text)
        job.succeeded.connect(self._on_more_text)
        job.failed.connect(self.scans_stopped)
        job.cancelled.connect(lambda: self.scans_stopped.emit(None))

    def _on_more_text(self, document: Document) -> None:
        """The text is another one: what was found in it, or is being looked for, is void."""
        before = self.document
        if before is not None and before.text and (before.text, before.blocks) == (document.text, document.blocks):
            self.document = document
            self.notices_changed.emit()
            return
        for kind in ("entities", "summary", "classification", "find"):
            job = self._running.pop(kind, None)
            if job is not None:
                job.drop()
        self.entities = self.summary = self.classification = None
        self._summaries.clear()
        self.document = document
        self._analysing_since = time.monotonic()
        self.read.emit(document)

    # --- analyses --------------------------------------------------------------------------------------------

    def analyse(self, first_page: int, level: SummaryLevel) -> None:
        """Start all analyses of the text; results for ``first_page`` come first."""
        if self._replaying and not self.errors:
            return
        self._left = {"entities", "summary", "classification"}
        self.errors.clear()
        self.find_entities(first_page)
        self.summarize(level)

    def find_entities(self, first_page: int = 1) -> None:
        engine, document = self._engine, self.document
        if document is None:
            return
        job = self._track(
            "entities", tr("Finding entities"), lambda ctx: engine.entities(document, ctx, first_page=first_page)
        )
        job.partial.connect(self._on_entities)
        job.succeeded.connect(self._on_entities)
        job.progress.connect(self.entities_progress)
        job.failed.connect(self.entities_failed)

    def _on_entities(self, entities: Entities) -> None:
        self.entities = entities
        self.entities_changed.emit(entities)

    def summarize(self, level: SummaryLevel) -> None:
        """Show the summary at ``level``: at once where it was made before."""
        engine, document = self._engine, self.document
        if document is None:
            return
        kept = self._summaries.get(level)
        if kept is not None:
            self._on_summary(kept)
            return
        self.summary_started.emit(level)
        job = self._track("summary", tr("Summarizing"), lambda ctx: engine.summarize(document, ctx, level=level))
        job.succeeded.connect(self._on_summary)
        job.progress.connect(self.summary_progress)
        job.failed.connect(self.summary_failed)

    def _on_summary(self, summary: Summary) -> None:
        self._summaries[summary.level] = summary
        self.summary = summary
        self.summary_changed.emit(summary)

    def classify(self) -> None:
        engine, document = self._engine, self.document
        if document is None:
            return
        job = self._track("classification", tr("Finding the document type"), lambda ctx: engine.classify(document, ctx))
        job.succeeded.connect(self._on_classification)
        job.progress.connect(self.classification_progress)
        job.failed.connect(self.classification_failed)

    def _on_classification(self, classification: Classification) -> None:
        self.classification = classification
        self.classification_changed.emit(classification)

    def ask(self, question: str) -> Job | None:
        """Ask the document; the job's result is :class:`assistant.types.Answers`. None before it was read."""
        engine, document = self._engine, self.document
        if document is None:
            return None
        return self._jobs.start(tr("Answering"), lambda ctx: engine.ask(document, question, ctx), self)

    def work(
        self, title: str, call: Callable[[Engine, Document, JobContext], object], *, quiet: bool = False
    ) -> Job | None:
        """Run ``call`` on the document that was read; None before that."""
        engine, document = self._engine, self.document
        if document is None:
            return None
        return self._jobs.start(title, lambda ctx: call(engine, document, ctx), self, quiet=quiet)

    def arranged(self, found: Entities, edits: tuple[EntityEdit, ...]) -> Entities:
        """The entities with the user's changes; at once."""
        return self._engine.arranged(found, edits)

    def find(self, query: str, **options: bool) -> Job | None:
        """Search the text, with the options of :meth:`assistant.engine.Engine.find`; the job's result, and what it
        publishes before, are spans. A search that still runs is given up."""
        engine, document = self._engine, self.document
        if document is None:
            return None
        return self._track(
            "find", tr("Searching"), lambda ctx: engine.find(document, query, ctx=ctx, **options), quiet=True
        )

    def cancel(self) -> None:
        """Cancel all work on this document."""
        for job in [self._opening, *self._running.values()]:
            if job is not None and job.is_running:
                job.cancel()

    # --- other views -----------------------------------------------------------------------------------------

    def release(self) -> None:
        """Nobody listens any more, nor waits for a search: new views are about to be made for this session."""
        search = self._running.pop("find", None)
        if search is not None:
            search.drop()
        for name in _SIGNALS:
            signal: SignalInstance = getattr(self, name)
            if self.isSignalConnected(QMetaMethod.fromSignal(signal)):
                signal.disconnect()

    def replay(self, place: object) -> None:
        """Tell new views all that is known, as if it came now. ``place`` (a :class:`Place`) is where the reader was.

        What was done is not done again, and what runs goes on; only analyses that failed are tried again.
        """
        if self.open_error is not None:
            self.open_failed.emit(self.open_error)
        if self.handle is None:
            return
        self.opened.emit(self.handle, place)
        if self._opening is None or not self._opening.is_running:
            self.completed.emit(self.handle)
        if self.document is None:
            return
        self._replaying = True
        try:
            self.read.emit(self.document)
        finally:
            self._replaying = False
        for signal, result in (
            (self.entities_changed, self.entities),
            (self.summary_changed, self.summary),
            (self.classification_changed, self.classification),
        ):
            if result is not None:
                signal.emit(result)

    # --- the end ---------------------------------------------------------------------------------------------

    def remember(self, page: int, y: float, zoom: float, view: str = "", *, now: bool = False) -> None:
        """Keep the reader's place for the next time; a ``zoom`` of 0 is as wide as the view.

        ``now``: before returning, as the program ends.
        """
        engine, handle = self._engine, self.handle
        if handle is None or self._closed:
            return
        if now:
            engine.remember(handle, page, y, zoom, view)
        else:
            self._jobs.start("", lambda ctx: engine.remember(handle, page, y, zoom, view), self._jobs, quiet=True)

    def close(self) -> None:
        """Give up all work and let the document go."""
        if self._closed:
            return
        self._closed = True
        engine, handle = self._engine, self.handle
        for job in [self._opening, *self._running.values()]:
            if job is not None and job.is_running:
                job.drop()
        self._shown.set()
        self._give_up()
        self.printing.drop()
        if handle is not None:
            self._jobs.start("", lambda ctx: engine.close(handle), self._jobs, quiet=True)

    def _track(self, kind: str, title: str, work: Work, *, quiet: bool = False) -> Job:
        """Start work of which only the newest of its kind counts."""
        running = self._running.get(kind)
        if running is not None and running.is_running:
            running.drop()
        job = self._jobs.start(title, work, self, quiet=quiet)
        self._running[kind] = job
        if kind != "find":
            job.failed.connect(self.errors.append)
        job.finished.connect(lambda: self._ended(kind, job))
        return job

    def _ended(self, kind: str, job: Job) -> None:
        if self._running.get(kind) is job:
            del self._running[kind]
        if kind == "summary" and "classification" in self._left and self.classification is None:
            # It stands on the same index; together they would only wait for each other.
            self.classify()
        if kind in self._left:
            self._left.discard(kind)
            if not self._left:
                self.analysis_seconds = time.monotonic() - self._analysing_since
                self.analyses_ended.emit()
