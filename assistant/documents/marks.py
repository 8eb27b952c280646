"""The page that the document process is at, in memory that both processes share."""

from __future__ import annotations

import struct
import threading
from multiprocessing import shared_memory

_FORMAT = struct.Struct("<qq")


class Marks:
    """Where one run of the document process says which page it is at. In memory rather than by messages: one for each
    page of a document, which hardly anyone ever needs. Made by the window process, on the dispatcher's thread."""

    def __init__(self) -> None:
        self._memory: shared_memory.SharedMemory | None = shared_memory.SharedMemory(create=True, size=_FORMAT.size)
        self._lock = threading.Lock()
        self.name = self._memory.name
        note(self._memory, -1)

    @property
    def count(self) -> int:
        """Grows with each page."""
        return self._read()[0]

    @property
    def page(self) -> int | None:
        """From 0; None between pages."""
        page = self._read()[1]
        return page if page >= 0 else None

    def close(self) -> None:
        """Idempotent."""
        with self._lock:
            memory, self._memory = self._memory, None
            if memory is not None:
                memory.close()
                memory.unlink()

    def _read(self) -> tuple[int, int]:
        with self._lock:
            view = self._memory.buf if self._memory is not None else None
            return _FORMAT.unpack_from(view) if view is not None else (0, -1)


def note(memory: shared_memory.SharedMemory, page: int) -> None:
    """In the document process: this page (from 0; -1 for none) is next."""
    view = memory.buf
    if view is not None:
        count, _ = _FORMAT.unpack_from(view)
        _FORMAT.pack_into(view, 0, count + 1, page)
