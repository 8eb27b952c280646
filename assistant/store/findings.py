"""Results that are kept per document, so that opening it again is instant. All of it can be made again.

A finding is known by its document (SHA-256), its kind and its parameters; ``version`` names whatever made it (model,
code, schema). One of another version is stale: not returned, and replaced by the next.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from assistant.errors import UserError
from assistant.store.db import Damaged, Database
from assistant.store.migrations import FINDINGS

_log = logging.getLogger(__name__)
R = TypeVar("R")

_TOUCH_SECONDS = 600.0
_SINGLE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class FindingKey:
    document: str
    kind: str
    version: str
    params: str = ""


class FindingStore:
    """A cache bounded in size; what was not used for the longest time goes first. Thread-safe.

    It never stands in the way of the work: where the file cannot be used, nothing is found in it and nothing is kept,
    and ``on_problem`` hears why, once.
    """

    def __init__(
        self, path: Path, limit: Callable[[], int], on_problem: Callable[[UserError], None] | None = None
    ) -> None:
        """:param limit: the most bytes that all results may take together; asked at each write."""
        self._database = Database(path, FINDINGS, durable=False)
        self._limit = limit
        self._on_problem = on_problem
        self._told = False
        self._lock = threading.Lock()

    def get(self, key: FindingKey) -> bytes | None:
        def query(connection: sqlite3.Connection) -> tuple[int, float, bytes] | None:
            row: tuple[int, float, bytes] | None = connection.execute(
                "SELECT id, used, data FROM findings WHERE document = ? AND kind = ? AND params = ? AND version = ?",
                (key.document, key.kind, key.params, key.version),
            ).fetchone()
            return row

        row = self._run(query, write=False)
        if row is None:
            return None
        identifier, used, data = row
        if abs(time.time() - used) > _TOUCH_SECONDS:
            self._run(
                lambda connection: connection.execute(
                    "UPDATE findings SET used = ? WHERE id = ?", (time.time(), identifier)
                ),
                write=True,
            )
        return data

    def all(self, document: str, kind: str, version: str) -> dict[str, bytes]:
        """All that is kept of one kind, by parameters."""
        rows = self._run(
            lambda connection: connection.execute(
                "SELECT params, data FROM findings WHERE document = ? AND kind = ? AND version = ?",
                (document, kind, version),
            ).fetchall(),
            write=False,
        )
        return dict(rows or ())

    def put(self, key: FindingKey, data: bytes) -> None:
        """Keep ``data``, unless it alone would take a large share of the space."""
        limit = self._limit()
        if len(data) > limit * _SINGLE_SHARE:
            return

        def change(connection: sqlite3.Connection) -> bool:
            connection.execute(
                "INSERT OR REPLACE INTO findings (document, kind, params, version, size, used, data) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (key.document, key.kind, key.params, key.version, len(data), time.time(), data),
            )
            return _shrink(connection, limit)

        if self._run(change, write=True):
            self._vacuum()

    def drop(self, document: str, kind: str | None = None) -> None:
        """Forget all that is kept of a document, or what is of one kind."""
        where, values = (
            ("document = ?", [document]) if kind is None else ("document = ? AND kind = ?", [document, kind])
        )
        self._run(lambda connection: connection.execute(f"DELETE FROM findings WHERE {where}", values), write=True)
        self._vacuum()

    def clear(self) -> None:
        self._run(lambda connection: connection.execute("DELETE FROM findings"), write=True)
        self._vacuum()

    def size(self) -> int:
        """Bytes of all results."""
        total = self._run(
            lambda connection: connection.execute("SELECT TOTAL(size) FROM findings").fetchone()[0], write=False
        )
        return int(total or 0)

    def close(self) -> None:
        self._database.close()

    def _vacuum(self) -> None:
        # ``execute`` takes one step of a statement without columns, which frees one page; a script takes all of them.
        self._run(lambda connection: connection.executescript("PRAGMA incremental_vacuum"), write=False)

    def _run(self, work: Callable[[sqlite3.Connection], R], *, write: bool) -> R | None:
        try:
            try:
                return self._transact(work, write=write)
            except (Damaged, sqlite3.DatabaseError) as error:
                self._start_anew(error)
                return self._transact(work, write=write)
        except UserError as error:
            if error.code == "profile_newer":
                # Made by a newer program, which may be running: its cache is left alone.
                _log.info("the cache belongs to a newer version")
                return None
            self._tell(error)
        except (Damaged, sqlite3.Error) as error:
            _log.error("the cache cannot be used: %s", type(error).__name__)
        return None

    def _transact(self, work: Callable[[sqlite3.Connection], R], *, write: bool) -> R:
        with self._database.writing() if write else self._database.reading() as connection:
            return work(connection)

    def _start_anew(self, error: Exception) -> None:
        with self._lock:
            path = self._database.path
            _log.warning("%s is damaged (%s) and is made again", path.name, type(error).__name__)
            self._database.set_aside(f"{path.stem}.damaged{path.suffix}")

    def _tell(self, error: UserError) -> None:
        with self._lock:
            if self._told:
                return
            self._told = True
        if self._on_problem is not None:
            self._on_problem(error)


def _shrink(connection: sqlite3.Connection, limit: int) -> bool:
    """Delete the least recently used findings until the rest fits. True where there was any to delete."""
    total = int(connection.execute("SELECT TOTAL(size) FROM findings").fetchone()[0])
    if total <= limit:
        return False
    # A tenth more than needed, so that the next write does not have to shrink again.
    surplus = total - int(limit * 0.9)
    doomed: list[tuple[int]] = []
    for identifier, size in connection.execute("SELECT id, size FROM findings ORDER BY used, id"):
        if surplus <= 0:
            break
        doomed.append((identifier,))
        surplus -= size
    connection.executemany("DELETE FROM findings WHERE id = ?", doomed)
    return True
