"""One SQLite file: WAL, foreign keys, transactional migrations, errors in the words of :mod:`assistant.errors`.

Several processes may use the same file (the command line while the window is open). Within a process one connection
is shared under a lock; transactions are short, so that nobody waits long.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assistant.errors import UserError

_log = logging.getLogger(__name__)

Migration = Callable[[sqlite3.Connection], None]
"""One step of the schema. It runs inside a transaction and must not commit; ``execute`` only, no ``executescript``."""

_BUSY_SECONDS = 15.0
_FIRST_PAUSE = 0.02


class Damaged(Exception):  # noqa: N818 - a state of the file, always handled by the stores
    """The file is not a sound SQLite database."""


class Database:
    """A database file that is opened (and made) with the first transaction. Thread-safe.

    :param durable: flush each commit to the disk before it counts (``synchronous=FULL``); otherwise a power cut may
        lose the last commits, but never the file.
    :param backup: keep a copy of an older file (``NAME.version-1.db``) before it is brought up to date.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration], *, durable: bool, backup: bool = False) -> None:
        self.path = path
        self._backup = backup
        self._migrations = tuple(migrations)
        self._durable = durable
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for queries. Raises ``UserError``, :class:`Damaged`."""
        with self._lock, self._errors():
            yield self._open()

    @contextlib.contextmanager
    def looking(self) -> Iterator[sqlite3.Connection]:
        """A connection for queries where the folder or the disk lets nothing be written. Raises as :meth:`reading`."""
        with self._errors(), contextlib.closing(self._connect_to_look()) as connection:
            self._refuse_newer(int(connection.execute("PRAGMA user_version").fetchone()[0]))
            yield connection

    @contextlib.contextmanager
    def writing(self, *, flush: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction: committed on leaving, undone on any exception. Raises ``UserError``, :class:`Damaged`.

        :param flush: False spares the wait for the disk where losing this commit in a power cut does no harm.
        """
        with self._lock, self._errors():
            connection = self._open()
            if self._durable:
                connection.execute(f"PRAGMA synchronous={'FULL' if flush else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    def close(self) -> None:
        """Close the file; the next transaction opens it again."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def set_aside(self, name: str) -> Path:
        """Rename the file (with its write-ahead log) to ``name`` in its folder; the next transaction makes a new one.

        An older file of that name is replaced. Raises ``UserError`` where the file cannot be renamed.
        """
        with self._lock:
            self.close()
            target = self.path.with_name(name)
            try:
                for suffix in ("", "-wal", "-shm"):
                    part = self.path.with_name(self.path.name + suffix)
                    aside = target.with_name(target.name + suffix)
                    if part.exists():
                        part.replace(aside)
                    else:
                        aside.unlink(missing_ok=True)
            except OSError as error:
                raise cannot_write(self.path, error) from error
            return target

    def check(self) -> None:
        """Raise :class:`Damaged` unless every page of the file is sound. Reads all of it: for small files."""
        with self.reading() as connection:
            rows = connection.execute("PRAGMA quick_check(1)").fetchall()
        if rows != [("ok",)]:
            raise Damaged(str(self.path))

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self.path.parent, error) from error
        connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _retry_while_locked(lambda: self._prepare(connection))
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_to_look(self) -> sqlite3.Connection:
        # Where the log of changes cannot be opened beside the file, nobody else can be writing either.
        for way in ("mode=ro", "mode=ro&immutable=1"):
            connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?{way}", uri=True, isolation_level=None)
            try:
                connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            except sqlite3.OperationalError:
                connection.close()
                if "immutable" in way:
                    raise
            else:
                break
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA foreign_keys=ON")
        # First of all, so that nothing is changed in the file of a newer program.
        self._refuse_newer(int(connection.execute("PRAGMA user_version").fetchone()[0]))
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if self._durable else 'NORMAL'}")
        connection.execute("PRAGMA secure_delete=FAST")
        self._migrate(connection)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        newest = len(self._migrations)
        while (version := int(connection.execute("PRAGMA user_version").fetchone()[0])) != newest:
            self._refuse_newer(version)
            if self._backup and version > 0:
                self._copy(connection, version)
            connection.execute("BEGIN IMMEDIATE")
            try:
                # Another process may have taken this step while we waited for the lock.
                if connection.execute("PRAGMA user_version").fetchone()[0] == version:
                    self._migrations[version](connection)
                    connection.execute(f"PRAGMA user_version={version + 1}")
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    def _refuse_newer(self, version: int) -> None:
        if version > len(self._migrations):
            raise UserError("profile_newer", path=str(self.path))

    def _copy(self, connection: sqlite3.Connection, version: int) -> None:
        """Keep the file as it is in ``version`` beside it; whole or not at all, and never over an older copy."""
        target = self.path.with_name(f"{self.path.stem}.version-{version}{self.path.suffix}")
        if target.exists():
            return
        part = target.with_name(target.name + ".part")
        try:
            part.unlink(missing_ok=True)
            with contextlib.closing(sqlite3.connect(part)) as copy:
                connection.backup(copy)
            part.replace(target)
        except OSError as error:
            raise cannot_write(target, error) from error
        _log.info("%s: kept as %s before it is brought up to date", self.path.name, target.name)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            _log.warning("%s: %s", self.path.name, error)
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise Damaged(str(self.path)) from error
            if code == sqlite3.SQLITE_FULL:
                raise UserError("disk_full", path=str(self.path)) from error
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise UserError("profile_busy", path=str(self.path)) from error
            if code in (
                sqlite3.SQLITE_READONLY,
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_IOERR,
                sqlite3.SQLITE_PERM,
                sqlite3.SQLITE_AUTH,
            ):
                raise UserError("cannot_write", path=str(self.path), why=str(error)) from error
            raise


def cannot_write(path: Path, error: OSError) -> UserError:
    """The user's error for a file that cannot be made or changed."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return UserError("disk_full", path=str(path))
    return UserError("cannot_write", path=str(path), why=error.strerror or type(error).__name__)


def _roll_back(connection: sqlite3.Connection) -> None:
    # SQLite has rolled back by itself after some errors (a full disk); a second time is an error.
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _retry_while_locked(prepare: Callable[[], None]) -> None:
    """SQLite does not always wait by itself where two processes make the same new file and switch it to WAL."""
    give_up = time.monotonic() + _BUSY_SECONDS
    pause = _FIRST_PAUSE
    while True:
        try:
            prepare()
        except sqlite3.OperationalError as error:
            locked = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not locked or time.monotonic() > give_up:
                raise
            time.sleep(pause + (os.getpid() % 7) / 1000)
            pause = min(pause * 2, 0.5)
        else:
            return
