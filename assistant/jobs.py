"""The only channel of running work: progress out, partial results out, cancellation in.

Work is a function ``(request, ctx) -> result``. It calls ``ctx.check()`` often enough to stop within a second,
reports honest progress, and may publish partial results of the type that it returns. Thread-safe.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from assistant.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Progress:
    """How far work is. ``stage`` is a code (``reading``, ``layout``, ``entities``, ``indexing``, ``summary``,
    ``classification``, ``answering``, ``training`` ...); ``total`` is 0 where it is not known yet."""

    stage: str
    done: int
    total: int

    @property
    def fraction(self) -> float | None:
        return min(1.0, self.done / self.total) if self.total else None


class JobContext(Protocol):
    def report(self, progress: Progress) -> None: ...

    def publish(self, partial: object) -> None: ...

    def check(self) -> None:
        """Raise :class:`assistant.errors.Cancelled` if the work was told to stop; wait while it is paused."""
        ...


class Context:
    """A context that tells callbacks and is paused and cancelled from any thread. Without callbacks it only listens.

    Work that is paused waits in :meth:`check`, with all that it holds: only what nobody else waits for is to be paused.
    """

    def __init__(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        on_partial: Callable[[object], None] | None = None,
    ) -> None:
        self._on_progress = on_progress
        self._on_partial = on_partial
        self._cancelled = threading.Event()
        self._going = threading.Event()
        self._going.set()

    def report(self, progress: Progress) -> None:
        if self._on_progress is not None:
            self._on_progress(progress)

    def publish(self, partial: object) -> None:
        if self._on_partial is not None:
            self._on_partial(partial)

    def check(self) -> None:
        self._going.wait()
        if self._cancelled.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Also of what is paused."""
        self._cancelled.set()
        self._going.set()

    def pause(self) -> None:
        """Let the work wait where it checks next, until :meth:`resume`."""
        self._going.clear()
        if self._cancelled.is_set():
            self._going.set()

    def resume(self) -> None:
        self._going.set()

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()


class Quiet:
    """The context of work within work, whose own progress and parts do not matter; it stops with the outer one."""

    def __init__(self, inner: JobContext) -> None:
        self._inner = inner

    def report(self, progress: Progress) -> None:
        self._inner.check()

    def publish(self, partial: object) -> None:
        self._inner.check()

    def check(self) -> None:
        self._inner.check()
