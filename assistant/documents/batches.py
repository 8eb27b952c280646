"""Replies of a reading job that are kept while it goes on, so that one that was killed goes on where it was.

Used on the thread of the reading job. A part is what some tens of pages in a row gave in one of the two passes; its
name tells pass and pages. Each page has with it a digest of what was asked, so that a part of other running heads or
other recognised pages is not taken.
"""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.documents import wire

_PART = 64
"""Pages of a part at most."""
_PATIENCE = 0.5
"""Seconds that a reading takes before anything is written: what is read at once is kept when it is whole."""
_MOST_WAITING = 1024
_AT_LEAST_EVERY = 1.0
"""Seconds between parts, where pages take long."""


@dataclass(frozen=True, slots=True)
class PartStore:
    """Where parts are kept, by name."""

    load: Callable[[], Mapping[str, bytes]]
    put: Callable[[str, bytes], None]
    drop: Callable[[], None]
    """Once the whole is kept."""


class Batches:
    """What is kept of one reading of one file. Without a store it keeps and knows nothing."""

    def __init__(self, store: PartStore | None, pages: int) -> None:
        self._store = store
        self._pages = pages
        self._known: dict[str, bytes] = dict(store.load()) if store is not None else {}
        self._began = self._flushed = time.monotonic()
        self._buffer: list[tuple[int, str]] = []
        self._operation = ""

    def known(self, operation: str, asked: Callable[[int], wire.Header]) -> Iterator[tuple[int, wire.Header]]:
        """Pages (from 0) that were read before, with the reply that a request for each alone had; in no order.

        ``asked`` gives what a request for a page says."""
        prefix = f"{operation} {self._pages} "
        for name in [name for name in self._known if name.startswith(prefix)]:
            for page, digest, reply in _unpacked(self._known.pop(name)):
                if 0 <= page < self._pages and digest == _digest(asked(page)):
                    yield page, reply

    def add(self, operation: str, page: int, asked: Callable[[int], wire.Header], reply: wire.Header) -> None:
        """Take what a page gave, and write a part when it is time."""
        if self._store is None:
            return
        if self._buffer and (operation != self._operation or page != self._buffer[-1][0] + 1):
            self._write()
        self._operation = operation
        # Made text at once, a page at a time: a whole part would hold the interpreter.
        entry = json.dumps([page, _digest(asked(page)), reply], separators=(",", ":"))
        self._buffer.append((page, entry))
        if len(self._buffer) >= _PART or time.monotonic() - self._flushed >= _AT_LEAST_EVERY:
            self._write()

    def end(self) -> None:
        """A pass is through: write what is left of it."""
        self._write()

    def _write(self) -> None:
        now = time.monotonic()
        buffer = self._buffer
        if self._store is None or not buffer or now - self._began < _PATIENCE:
            # Kept for the next part, as long as that is one of the same pass.
            if len(buffer) > _MOST_WAITING:
                buffer.clear()
            return
        name = f"{self._operation} {self._pages} {buffer[0][0]} {buffer[-1][0]}"
        self._store.put(name, zlib.compress(f"[{','.join(entry for _, entry in buffer)}]".encode("ascii"), 1))
        self._buffer = []
        self._flushed = now


def single(reply: wire.Header, first: int, page: int) -> wire.Header | None:
    """Of the reply for pages from ``first`` on what is of one page; None for one that could not be read."""
    rows = "rows" if "rows" in reply else "pages"
    content = reply[rows][page - first]
    if content is None:
        # It may come out right the next time.
        return None
    mixed = reply["mixed"]
    found: wire.Header = {rows: [content], "mixed": {str(page): mixed[str(page)]} if str(page) in mixed else {}}
    if "pictures" in reply:
        found["pictures"] = [page] if page in reply["pictures"] else []
    return found


def _unpacked(data: bytes) -> Iterator[tuple[int, str, wire.Header]]:
    try:
        entries: list[Any] = json.loads(zlib.decompress(data))
        for page, digest, reply in entries:
            yield int(page), str(digest), reply
    except (ValueError, TypeError, zlib.error):
        # The cache is damaged there: these pages are read again.
        return


def _digest(asked: wire.Header) -> str:
    plain = json.dumps({**asked, "seconds": 0}, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(plain.encode("ascii"), digest_size=8).hexdigest()
