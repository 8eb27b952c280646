"""The shared memory through which pixels come back from the document process."""

from __future__ import annotations

import sys
import threading
from multiprocessing import resource_tracker, shared_memory

import numpy as np
import numpy.typing as npt

_SMALLEST = 16_000_000
"""A page in one piece, as the window asks for it: four million pixels."""
TOUCHED = 8_000_000
"""So much of it is there before the first picture: a page on a usual screen. The system finds memory a page of 4 KB at
a time when it is first written to, which takes longer than drawing into it."""


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

    def touch(self) -> None:
        """Find the memory of the first picture, so that it does not wait for it: what the document process has written
        to, and as much for the copy, of which the allocator keeps the second one. On the thread that will copy, as
        allocators have memory for each."""
        with self._lock:
            view = self._memory.buf if self._memory is not None else None
            if view is not None:
                np.frombuffer(view, np.uint8, min(TOUCHED, len(view)))[::4096].max()
        for _ in range(2):
            Room(TOUCHED).find()

    def copy(self, room: Room, size: int) -> memoryview:
        """A copy of the first ``size`` bytes, in ``room``."""
        with self._lock:
            view = self._memory.buf if self._memory is not None else None
            if view is None or size > len(view):
                raise RuntimeError("there is no shared memory of that size")
            pixels = room.take(size)
            # numpy gives up the interpreter for as long as it copies.
            np.copyto(pixels, np.frombuffer(view, np.uint8, size))
        pixels.flags.writeable = False
        return pixels.data

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


class Room:
    """Memory of this process for one picture, found while the document process draws it. One thread at a time."""

    def __init__(self, size: int) -> None:
        """``size`` in bytes, as well as it can be told."""
        self._size = size
        self._room: npt.NDArray[np.uint8] | None = None

    def find(self) -> None:
        """Take the memory from the system."""
        self._room = np.empty(self._size, np.uint8)
        self._room.fill(0)

    def take(self, size: int) -> npt.NDArray[np.uint8]:
        """``size`` bytes of it, or other ones where it has too few, or so many that they would be wasted."""
        room, self._room = self._room, None
        if room is None or not size <= len(room) <= size + size // 4:
            return np.empty(size, np.uint8)
        return room[:size]


def attach(name: str) -> shared_memory.SharedMemory:
    """Attach to the parent's segment. It belongs to the parent, so this process must not track it: before Python 3.13
    an attached segment was registered as if it were this process's own, and removed when this process ended."""
    if sys.version_info >= (3, 13):
        return shared_memory.SharedMemory(name, track=False)
    register = resource_tracker.register
    resource_tracker.register = lambda *_: None
    try:
        return shared_memory.SharedMemory(name)
    finally:
        resource_tracker.register = register
