"""The shared memory through which pixels come back from the document process."""

from __future__ import annotations

import threading
from multiprocessing import shared_memory

_SMALLEST = 13_000_000
"""A page in one piece, as the window asks for it: four million pixels."""


class Segment:
    """One block that grows as needed. The process answers one request at a time and pixels are copied out of the block
    before the next one is sent, so one block serves all. The window process owns it: it is gone with :meth:`close`,
    whatever became of the document process, and the interpreter's resource tracker removes it after a crash."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._memory: shared_memory.SharedMemory | None = None
        self._closed = False

    def reserve(self, size: int) -> dict[str, str | int]:
        """Make room for ``size`` bytes; what the document process needs to know to find it."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the document host is shut down")
            if self._memory is None or self._memory.size < size:
                self._free()
                self._memory = shared_memory.SharedMemory(create=True, size=max(size + size // 4, _SMALLEST))
            return {"segment": self._memory.name, "capacity": self._memory.size}

    def read(self, size: int) -> bytes:
        """A copy of the first ``size`` bytes."""
        with self._lock:
            view = self._memory.buf if self._memory is not None else None
            if view is None or size > len(view):
                raise RuntimeError("there is no shared memory of that size")
            return bytes(view[:size])

    def close(self) -> None:
        """Idempotent."""
        with self._lock:
            self._closed = True
            self._free()

    def _free(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory.unlink()
            self._memory = None
