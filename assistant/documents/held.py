"""What the host of the document process keeps of a document that is open, or is being opened."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from assistant.documents.assemble import PageMap
from assistant.documents.base import KnownHeading
from assistant.documents.dispatch import Known, Request
from assistant.documents.opened import Fit, OpenDocument
from assistant.documents.reading import Recognised
from assistant.types import PageImage, PageSource, PageText

Rect4 = tuple[float, float, float, float]
OPEN_PRIORITY, TEXT_PRIORITY = 1, 3


@dataclass(eq=False)
class State:
    """What the host keeps of one open document."""

    opened: OpenDocument
    known: Known
    kind: PageSource
    headings: tuple[KnownHeading, ...]
    declared_title: bool
    maps: tuple[PageMap, ...] | None = None
    recognised: Recognised = field(default_factory=dict)
    """What the maps are made with; pages from 0."""
    pictures: frozenset[int] = frozenset()
    regions: dict[int, list[Rect4]] = field(default_factory=dict)
    """What is to be recognised of other pages (from 1)."""
    waiting: list[tuple[int, int, Future[PageText]]] = field(default_factory=list)
    """Glyph boxes asked for before the text was read: page from 1, priority, future."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    closed: bool = False


class Begun:
    """An opening that was begun before anyone waits for it. It ends with :meth:`DocumentHost.open` or ``give_up``."""

    def __init__(
        self,
        known: Known,
        request: Request,
        fit: Fit | None,
        first: Future[PageImage] | None,
        on_give_up: Callable[[Begun], None],
    ) -> None:
        self.known = known
        self.request = request
        self.fit = fit
        self.first = first
        """The picture of the first page at the scale that ``fit`` gives for it. It fails, also where nothing is wrong
        with the page, if it cannot be had at once: the page is then to be asked for as usual."""
        self._on_give_up = on_give_up
        self._lock = threading.Lock()
        self._taken = False

    def take(self) -> bool:
        """True for the first who asks."""
        with self._lock:
            taken, self._taken = self._taken, True
        return not taken

    def give_up(self) -> None:
        """Nobody will call ``open``. Idempotent; nothing happens where it was called."""
        if self.take():
            self._on_give_up(self)
