"""A damaged database is set aside, and what it still gives goes into a new one; also where that is cut off.

A note beside the file (``NAME.rescue``) names the damaged copy until all of it is taken over. Who is killed in between,
or finds the disk full, goes on from it: an empty database in the place of the damaged one would pass for a sound one.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import UserError
from assistant.store.db import Damaged, Database, cannot_write

_log = logging.getLogger(__name__)
_SIDES = ("-wal", "-shm")


class Rescue:
    """Looks once whether ``database`` is sound. Thread-safe.

    :param salvage: takes over from the damaged copy into the new file, within its transaction; the number of rows.
    :param on_damaged: told the file and its copy after that.
    """

    def __init__(
        self,
        database: Database,
        salvage: Callable[[Path, sqlite3.Connection], int],
        on_damaged: Callable[[Path, Path], None] | None,
    ) -> None:
        self._database = database
        self._salvage = salvage
        self._on_damaged = on_damaged
        self._checked = False
        self._lock = threading.Lock()
        self._note = database.path.with_name(f"{database.path.stem}.rescue")

    @property
    def exists(self) -> bool:
        """Whether there is something: in the file, or in one whose rescue was cut off."""
        return self._database.path.exists() or self._note.exists()

    def doubt(self) -> None:
        """The file turned out to be damaged: look again with the next call."""
        with self._lock:
            self._checked = False

    def ensure_sound(self) -> None:
        """Look, on first use, whether the file is sound; if not, keep it and start anew from what it gives. Blocks.

        Raises ``UserError`` where the folder or the disk lets nothing be written; all is then as it was.
        """
        with self._lock:
            if self._checked:
                return
            if self._note.exists():
                self._finish()
            try:
                self._database.check()
            except Damaged:
                self._start()
            self._checked = True

    def _start(self) -> None:
        path = self._database.path
        name = f"{path.stem}.damaged-{time.time_ns() // 1_000_000}{path.suffix}"
        try:
            with self._note.open("w", encoding="utf-8") as file:
                file.write(name)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise cannot_write(self._note, error) from error
        self._take_over(self._database.set_aside(name))

    def _finish(self) -> None:
        """Go on where the program was killed: before the file was set aside, on the way, or before all was read."""
        path = self._database.path
        # Half a name, or bytes of a disk that failed, name no file.
        name = self._note.read_text(encoding="utf-8", errors="replace").strip("\0 \n")
        copy = path.with_name(name) if name and "/" not in name and "\\" not in name else path
        if copy == path or not copy.exists():
            self._note.unlink(missing_ok=True)
            return
        if not path.exists():
            # Its log of changes belongs to it, not to the file that will be made in its place.
            for suffix in _SIDES:
                part = path.with_name(path.name + suffix)
                if part.exists():
                    part.replace(copy.with_name(copy.name + suffix))
        self._take_over(copy)

    def _take_over(self, copy: Path) -> None:
        path = self._database.path
        try:
            with self._database.writing() as connection:
                rescued = self._salvage(copy, connection)
        except BaseException:
            # The next call is to try again.
            self._database.close()
            for suffix in (*_SIDES, ""):
                part, own = copy.with_name(copy.name + suffix), path.with_name(path.name + suffix)
                if part.exists():
                    part.replace(own)
                else:
                    own.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)
            raise
        self._note.unlink(missing_ok=True)
        _log.warning("%s was damaged; kept as %s, %d rows taken over", path.name, copy.name, rescued)
        if self._on_damaged is not None:
            self._on_damaged(path, copy)


class SafeDatabase:
    """A database of what people made: looked at on first use, and repaired where it is damaged. Thread-safe.

    Parameters as of :class:`Rescue`. Its transactions raise ``UserError``; ``database_damaged`` is said of damage that
    shows only later than the first look, and is repaired with the next call.
    """

    def __init__(
        self,
        database: Database,
        salvage: Callable[[Path, sqlite3.Connection], int],
        on_damaged: Callable[[Path, Path], None] | None,
    ) -> None:
        self.path = database.path
        self._database = database
        self._rescue = Rescue(database, salvage, on_damaged)

    @property
    def exists(self) -> bool:
        """As :attr:`Rescue.exists`."""
        return self._rescue.exists

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One transaction of questions; also where nothing can be written."""
        with self._said_if_damaged():
            try:
                self._rescue.ensure_sound()
            except UserError as error:
                if error.code not in ("cannot_write", "disk_full") or not self.path.exists():
                    raise
                way = self._database.looking
            else:
                way = self._database.reading
            with way() as connection:
                yield connection

    @contextmanager
    def writing(self, *, flush: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction, as :meth:`Database.writing`."""
        with self._said_if_damaged():
            self._rescue.ensure_sound()
            with self._database.writing(flush=flush) as connection:
                yield connection

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def _said_if_damaged(self) -> Iterator[None]:
        try:
            yield
        except Damaged as error:
            self._rescue.doubt()
            raise UserError("database_damaged", path=str(self.path)) from error
