"""Recent files and the place where the reader was last: the reader's own data, never deleted by the program."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assistant.store.db import Database
from assistant.store.migrations import READER
from assistant.store.rescue import SafeDatabase
from assistant.store.salvage import take_rows


@dataclass(frozen=True, slots=True)
class RecentFile:
    """A file that was read before, newest first on the start page."""

    path: Path
    sha256: str
    title: str
    format: str
    pages: int
    page: int
    """The page where the reader was last, from 1."""
    opened: datetime
    """When it was last opened; timezone-aware, local time."""
    missing: bool
    """True where the file is not at its path any more."""
    type: str = ""
    """The id of its document type, as far as one is known."""
    picture: bytes = b""
    """A small picture of its first page (a PNG or JPEG file); empty where none is kept."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader was last in a document."""

    page: int
    """From 1."""
    y: float
    """Points from the page's top."""
    zoom: float
    """1.0 is 100 %."""
    view: str = ""
    """How the document is shown beside that, in the words of whoever shows it."""


class DocumentStore:
    """Recent files and last places. Thread-safe; methods raise ``UserError`` where the profile cannot be used.

    :param on_damaged: told the name of the copy after a damaged file was set aside and what could be read from it
        was taken over.
    """

    def __init__(self, path: Path, on_damaged: Callable[[Path, Path], None] | None = None) -> None:
        self._database = SafeDatabase(Database(path, READER, durable=True), _salvage, on_damaged)

    def opened(self, path: Path, sha256: str, title: str, format_: str, pages: int, limit: int) -> None:
        """Note that ``path`` was opened now; all but the ``limit`` newest files are forgotten."""
        with self._database.writing() as connection:
            if limit > 0:
                connection.execute(
                    "INSERT INTO documents (sha256, title, format, pages) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (sha256) DO UPDATE SET title = excluded.title, format = excluded.format, "
                    "pages = excluded.pages",
                    (sha256, title, format_, pages),
                )
                connection.execute(
                    "INSERT INTO files (path, sha256, opened) VALUES (?, ?, ?) "
                    "ON CONFLICT (path) DO UPDATE SET sha256 = excluded.sha256, opened = excluded.opened",
                    (str(path), sha256, time.time()),
                )
            connection.execute(
                "DELETE FROM files WHERE path NOT IN (SELECT path FROM files ORDER BY opened DESC, path LIMIT ?)",
                (limit,),
            )
            _drop_orphans(connection)

    def remember(self, sha256: str, page: int, y: float, zoom: float, view: str = "") -> None:
        """Keep the place of a document that is among the recent ones; of others nothing is kept."""
        # Written at each turn of a page: a power cut may lose the last one, a slow disk must not hold the reader up.
        with self._database.writing(flush=False) as connection:
            connection.execute(
                "UPDATE documents SET page = ?, y = ?, zoom = ?, view = ? WHERE sha256 = ?",
                (page, y, zoom, view, sha256),
            )

    def place(self, sha256: str) -> Place | None:
        with self._database.reading() as connection:
            row = connection.execute("SELECT page, y, zoom, view FROM documents WHERE sha256 = ?", (sha256,)).fetchone()
        return Place(*row) if row else None

    def recent(self) -> list[RecentFile]:
        """Newest first. Looks at the disk for each, so it can take a while where a network drive sleeps."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT path, sha256, title, format, pages, page, opened FROM files JOIN documents USING (sha256) "
                "ORDER BY opened DESC, path"
            ).fetchall()
        return [
            RecentFile(
                Path(path),
                sha256,
                title,
                format_,
                pages,
                page,
                datetime.fromtimestamp(opened).astimezone(),
                missing=not _is_file(Path(path)),
            )
            for path, sha256, title, format_, pages, page, opened in rows
        ]

    def forget(self, path: Path) -> list[str]:
        """Forget the file. Returns the documents (SHA-256) that no other file holds, which are forgotten as well."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM files WHERE path = ?", (str(path),))
            return _drop_orphans(connection)

    def move(self, path: Path, target: Path) -> None:
        """The file at ``path`` is now at ``target``; its place stays. A file of that name on the list is replaced."""
        with self._database.writing() as connection:
            if connection.execute("SELECT 1 FROM files WHERE path = ?", (str(path),)).fetchone() is None:
                return
            connection.execute("DELETE FROM files WHERE path = ? AND path != ?", (str(target), str(path)))
            connection.execute("UPDATE files SET path = ? WHERE path = ?", (str(target), str(path)))
            _drop_orphans(connection)

    def clear(self) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM files")
            connection.execute("DELETE FROM documents")

    def close(self) -> None:
        self._database.close()


def _salvage(damaged: Path, connection: sqlite3.Connection) -> int:
    # A row of rubbish is left out, and a file whose document was not readable.
    return take_rows(damaged, connection, {"documents": None, "files": None})


def _drop_orphans(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "DELETE FROM documents WHERE sha256 NOT IN (SELECT sha256 FROM files) RETURNING sha256"
    ).fetchall()
    return [sha256 for (sha256,) in rows]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
