"""The labels of one open document: changes go to the disk one by one, then the views are told how things stand.

No widgets here. Signals are emitted on the main thread, which never waits for the disk. What a view shows is always
what was read back after the change: a label is on the disk before it is on the screen.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from assistant.jobs import JobContext
from assistant.types import Document, Entities, Label, LabelCounts, LabelType, Mention, Span
from ui.i18n import tr
from ui.jobs import Dispatcher, JobList

if TYPE_CHECKING:
    from assistant.engine import Engine, Labels

_log = logging.getLogger(__name__)
T = TypeVar("T")
Change = Callable[["Labels"], object]
Then = Callable[[object], None]


@dataclass(frozen=True, slots=True)
class LabelState:
    """How the labels of a document stand."""

    labels: tuple[Label, ...] = ()
    """In document order; lost ones included."""
    suggestions: tuple[Mention, ...] = ()
    """What the model found and nobody has judged yet, in document order."""
    merged: Entities | None = None
    """The user's labels over what the model found; None before entities were looked for."""
    types: tuple[LabelType, ...] = ()
    document_types: tuple[LabelType, ...] = ()
    counts: LabelCounts | None = None
    can_undo: bool = False
    can_redo: bool = False

    def of_kind(self, kind: str) -> tuple[Label, ...]:
        return tuple(label for label in self.labels if label.kind == kind)

    @property
    def lost(self) -> tuple[Label, ...]:
        return tuple(label for label in self.labels if label.lost)

    @property
    def judged(self) -> int:
        """Places of entities that the user has labelled or rejected."""
        return sum(label.kind == "entity" and not label.lost for label in self.labels)

    @property
    def document_type(self) -> Label | None:
        """What the user says that the document is."""
        return next((label for label in self.of_kind("type") if label.verdict == "yes"), None)

    def label_at(self, span: Span) -> Label | None:
        """The entity label with exactly this place."""
        return next(
            (
                label
                for label in self.labels
                if label.kind == "entity" and label.anchor is not None and not label.lost and label.anchor.span == span
            ),
            None,
        )

    def suggestion_at(self, span: Span) -> Mention | None:
        return next((mention for mention in self.suggestions if mention.span == span), None)

    def by_id(self, identifier: str) -> Label | None:
        return next((label for label in self.labels if label.id == identifier), None)


class LabelNews(QObject):
    """Hears of changes to the labels of any document, wherever they come from (another tab, an import, a job)."""

    heard = Signal(str)
    """The document's SHA-256; on the main thread."""

    def __init__(self, labels: Labels, dispatcher: Dispatcher, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._version = 0
        labels.subscribe(lambda document: self._told(document, dispatcher))

    @property
    def version(self) -> int:
        """Grows with each change. Thread-safe."""
        with self._lock:
            return self._version

    def _told(self, document: str, dispatcher: Dispatcher) -> None:
        with self._lock:
            self._version += 1
        dispatcher.post(lambda: self.heard.emit(document))


@dataclass(frozen=True, slots=True)
class _Done:
    """What a job gave: the result or error of each change, and how things stand after them."""

    outcomes: tuple[tuple[object, BaseException | None], ...]
    state: LabelState
    version: int


class _Batch:
    """Changes that are made once, by whoever claims them first: the job, or the window as it closes."""

    def __init__(self, changes: list[tuple[Change, Then | None]]) -> None:
        self.changes = changes
        self._lock = threading.Lock()
        self._claimed = False

    def claim(self) -> list[tuple[Change, Then | None]]:
        """All changes the first time, none afterwards. Thread-safe."""
        with self._lock:
            claimed, self._claimed = self._claimed, True
        return [] if claimed else self.changes


class LabelSession(QObject):
    """See the module. :meth:`run` changes something; ``set_document`` and ``set_entities`` say what it is about."""

    changed = Signal(object)
    """:class:`LabelState`: after a change, and whenever the text or the entities are new."""
    failed = Signal(object)
    """The exception of a change: nothing was changed by it."""

    def __init__(self, engine: Engine, jobs: JobList, news: LabelNews, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._jobs = jobs
        self._news = news
        self._document: Document | None = None
        self._entities: Entities | None = None
        self._waiting: deque[tuple[Change, Then | None]] = deque()
        self._running = False
        self._closed = False
        self._batch = _Batch([])
        self._wanted = False
        self._generation = 0
        self._version = -1
        self.state = LabelState()
        news.heard.connect(self._on_news)

    @property
    def document(self) -> Document | None:
        return self._document

    @property
    def is_busy(self) -> bool:
        """Whether something is still on its way to the disk."""
        return self._running or bool(self._waiting)

    def set_document(self, document: Document) -> None:
        """The text that labels are places of. Read again, it has other offsets."""
        self._document = document
        self._entities = None
        self._generation += 1
        self.state = LabelState()
        self.refresh()

    def set_entities(self, entities: Entities | None) -> None:
        """What the model found, possibly not all yet."""
        self._entities = entities
        self._generation += 1
        self.refresh()

    def refresh(self) -> None:
        """Read again how things stand."""
        self._wanted = True
        self._go_on()

    def run(self, change: Change, then: Then | None = None) -> None:
        """Make a change after those before it. ``then`` gets what it gave, once ``state`` has it."""
        if self._document is None or self._closed:
            return
        self._waiting.append((change, then))
        self._go_on()

    def ask(self, query: Callable[[Labels], T], then: Callable[[T], None]) -> None:
        """Read something that :attr:`state` does not have; ``then`` gets it unless the document is closed by then."""
        engine = self._engine
        job = self._jobs.start(tr("Labels"), lambda ctx: query(engine.labels), self, quiet=True)
        job.succeeded.connect(then)
        job.failed.connect(self.failed)

    def undo(self, then: Then | None = None) -> None:
        """Take back the last change in this document."""
        document = self._document
        if document is not None:
            self.run(lambda labels: labels.undo(document.sha256), then)

    def redo(self, then: Then | None = None) -> None:
        document = self._document
        if document is not None:
            self.run(lambda labels: labels.redo(document.sha256), then)

    def close(self, *, now: bool = False) -> None:
        """No signal follows any more; what was on its way to the disk still goes there. ``now``: before returning, as
        the program ends."""
        if self._closed:
            return
        self._closed = True
        rest = _Batch([*self._batch.claim(), *self._waiting])
        self._waiting.clear()
        if not rest.changes:
            return
        engine = self._engine

        def work() -> None:
            for _, error in _make(engine.labels, rest.claim()):
                if error is not None:
                    _log.warning("a change to the labels of a closed document failed: %s", type(error).__name__)

        if now:
            work()
        else:
            self._jobs.start(tr("Labels"), lambda ctx: work(), self._jobs, quiet=True)

    # --- the work --------------------------------------------------------------------------------------------

    def _on_news(self, document: str) -> None:
        mine = self._document is not None and document in ("", self._document.sha256)
        if mine and self._news.version > self._version:
            self.refresh()

    def _go_on(self) -> None:
        document = self._document
        if self._closed or self._running or document is None or not (self._waiting or self._wanted):
            return
        self._wanted = False
        self._running = True
        changes = list(self._waiting)
        self._waiting.clear()
        batch = self._batch = _Batch(changes)
        engine, news, entities, generation = self._engine, self._news, self._entities, self._generation

        def work(ctx: JobContext) -> _Done:
            labels = engine.labels
            outcomes = _make(labels, batch.claim())
            version = news.version
            return _Done(outcomes, _read(labels, document, entities), version)

        job = self._jobs.start(tr("Labels"), work, self, quiet=True)
        job.succeeded.connect(lambda done: self._on_done(done, changes, generation))
        job.failed.connect(self._on_failed)
        job.cancelled.connect(self._ended)

    def _on_done(self, done: _Done, changes: list[tuple[Change, Then | None]], generation: int) -> None:
        self._running = False
        self._version = done.version
        if generation == self._generation:
            self.state = done.state
            self.changed.emit(done.state)
        else:
            # The text or the entities are other ones by now.
            self._wanted = True
        for (_, then), (value, error) in zip(changes, done.outcomes, strict=True):
            if error is not None:
                self.failed.emit(error)
            elif then is not None:
                then(value)
        self._go_on()

    def _on_failed(self, error: BaseException) -> None:
        # The labels cannot be read: the reader still gets what the model found.
        self.state = LabelState(merged=self._entities)
        self.changed.emit(self.state)
        self.failed.emit(error)
        self._ended()

    def _ended(self) -> None:
        self._running = False
        self._go_on()


def _make(labels: Labels, changes: list[tuple[Change, Then | None]]) -> tuple[tuple[object, BaseException | None], ...]:
    """Make the changes one after the other: what each gave, or how it failed."""
    outcomes: list[tuple[object, BaseException | None]] = []
    for change, _ in changes:
        try:
            outcomes.append((change(labels), None))
        except Exception as error:  # noqa: BLE001 - each change has its own end; the window tells of it
            outcomes.append((None, error))
    return tuple(outcomes)


def _read(labels: Labels, document: Document, entities: Entities | None) -> LabelState:
    return LabelState(
        labels=labels.of(document),
        suggestions=() if entities is None else labels.suggestions(document, entities),
        merged=None if entities is None else labels.merged(document, entities),
        types=labels.types("entity"),
        document_types=labels.types("type"),
        counts=labels.counts(),
        can_undo=labels.can_undo(document.sha256),
        can_redo=labels.can_redo(document.sha256),
    )
