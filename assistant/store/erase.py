"""Taking a document out of database files so that none of its bytes stay in them, whatever wrote them.

Rows are found by their columns and not by the tables that are known today: a document's row has its SHA-256 in a column
``document`` or ``sha256``, in every table of every file, also in copies of older versions and of damaged files.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from assistant.errors import UserError

_log = logging.getLogger(__name__)
_COLUMNS = frozenset({"document", "sha256"})
_BUSY_SECONDS = 15.0
_SIDES = ("", "-wal", "-shm")


def erase(path: Path, sha256: str, only: str | None = None) -> bool:
    """Delete all rows of a document (those of one table: ``only``) and write the file anew without them. Blocks for as
    long as that takes.

    False where the file is no sound database, so that nothing can be said of it. Raises ``UserError`` where another
    program is in the way or the file cannot be written.
    """
    with _errors(path), _connected(path) as connection:
        try:
            tables = _tables(connection)
            connection.execute("BEGIN IMMEDIATE")
            for table, columns in tables.items():
                for column in columns & _COLUMNS if only in (None, table) else ():
                    # An index of a damaged file may not know all rows.
                    connection.execute(f'DELETE FROM "{table}" NOT INDEXED WHERE "{column}" = ?', (sha256,))
            connection.execute("COMMIT")
            _compact(connection, path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            _log.info("%s is not sound: %s", path.name, error)
            return False
    return True


def compact(path: Path) -> None:
    """Write the file anew without what was deleted from it. Raises ``UserError``."""
    with _errors(path), _connected(path) as connection:
        _compact(connection, path)


def tally(path: Path, table: str, size: str) -> dict[str, int]:
    """For each document with rows in ``table`` the sum of ``size`` (an expression); nothing where there is no such
    table. The file is only looked at."""
    found: dict[str, int] = {}
    if path.exists():
        with _errors(path), _connected(path) as connection:
            for name in _tables(connection).get(table, frozenset()) & _COLUMNS:
                rows = connection.execute(f'SELECT "{name}", CAST(TOTAL({size}) AS INTEGER) FROM "{table}" GROUP BY 1')
                found.update(dict(rows.fetchall()))
    return found


def named(path: Path) -> dict[str, Path]:
    """The documents (SHA-256) of a file's table ``documents`` that has their paths."""
    if not path.exists():
        return {}
    with _errors(path), _connected(path) as connection:
        if not {"sha256", "path"} <= _tables(connection).get("documents", frozenset()):
            return {}
        return {sha256: Path(name) for sha256, name in connection.execute("SELECT sha256, path FROM documents")}


def file_bytes(path: Path) -> int:
    """The file with its write-ahead log."""
    total = 0
    for side in _SIDES:
        with contextlib.suppress(OSError):
            total += path.with_name(path.name + side).stat().st_size
    return total


def _compact(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("VACUUM")
    # Old pages stay in the log of changes until it is cut off.
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise UserError("profile_busy", path=str(path))


def _tables(connection: sqlite3.Connection) -> Mapping[str, frozenset[str]]:
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        name: frozenset(row[1] for row in connection.execute(f'PRAGMA table_info("{name}")'))
        for name in names
        if not name.startswith("sqlite_")
    }


@contextlib.contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
        yield connection


@contextlib.contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        _log.warning("%s: %s", path.name, error)
        if code == sqlite3.SQLITE_FULL:
            raise UserError("disk_full", path=str(path)) from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise UserError("profile_busy", path=str(path)) from error
        raise UserError("cannot_write", path=str(path), why=str(error)) from error
