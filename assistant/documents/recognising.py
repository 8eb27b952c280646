"""The recognising process: the document process once more, with a dispatcher of its own, while scans are read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from assistant.documents.dispatch import Dispatcher, Known, Request
from assistant.documents.held import OPEN_PRIORITY, TEXT_PRIORITY, Rect4
from assistant.documents.limits import Limits
from assistant.documents.recognised import RecognisedPage, from_message
from assistant.errors import Cancelled
from assistant.jobs import JobContext


class RecognisingProcess:
    """Started with the first user and ended with the last one. Thread-safe."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._dispatcher: Dispatcher | None = None
        self._users = 0
        self._shut_down = False

    @property
    def pid(self) -> int | None:
        """Of the process, while it runs."""
        dispatcher = self._dispatcher
        return dispatcher.pid if dispatcher is not None else None

    @contextmanager
    def working(
        self,
        known: Known,
        regions: Callable[[int], Sequence[Rect4]],
        threads: int,
        wait: Callable[[Request, JobContext], Any],
    ) -> Iterator[Callable[[int, JobContext], RecognisedPage]]:
        """A function that recognises a page (from 1) of a document, or the ``regions`` of it; on the caller's thread,
        by ``wait``. Raises Cancelled after the end."""
        with self._lock:
            if self._shut_down:
                raise Cancelled
            self._users += 1
            if self._dispatcher is None:
                limits = replace(self._limits, memory_mb=self._limits.recognise_memory_mb)
                self._dispatcher = Dispatcher(limits, None)
            dispatcher = self._dispatcher
        header = {"op": "recognise", "document": known.id, "threads": threads}

        def recognise(page: int, ctx: JobContext) -> RecognisedPage:
            request = dispatcher.submit(
                {**header, "page": page - 1, "regions": regions(page)},
                lambda reply, _: from_message(reply["page"]),
                priority=TEXT_PRIORITY,
                seconds=self._limits.recognise_seconds,
                known=known,
                page=page - 1,
                retries=True,
            )
            found: RecognisedPage = wait(request, ctx)
            return found

        try:
            yield recognise
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._dispatcher = None
                    dispatcher.shutdown()
                else:
                    dispatcher.submit(
                        {"op": "close", "document": known.id},
                        lambda *_: None,
                        priority=OPEN_PRIORITY,
                        seconds=self._limits.open_seconds,
                        known=known,
                    )

    def shutdown(self) -> None:
        """End it. Idempotent; who works with it is cancelled."""
        with self._lock:
            self._shut_down = True
            dispatcher = self._dispatcher
        if dispatcher is not None:
            dispatcher.shutdown()
