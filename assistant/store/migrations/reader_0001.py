"""Documents that were read, where the reader was last in them, and the files that they were read from."""

from __future__ import annotations

import sqlite3


def migrate(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE documents (
            sha256 TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            format TEXT NOT NULL,
            pages INTEGER NOT NULL,
            page INTEGER NOT NULL DEFAULT 1,
            y REAL NOT NULL DEFAULT 0,
            zoom REAL NOT NULL DEFAULT 1
        ) WITHOUT ROWID
        """
    )
    connection.execute(
        """
        CREATE TABLE files (
            path TEXT PRIMARY KEY,
            sha256 TEXT NOT NULL REFERENCES documents (sha256) ON DELETE CASCADE,
            opened REAL NOT NULL
        ) WITHOUT ROWID
        """
    )
    connection.execute("CREATE INDEX files_by_document ON files (sha256)")
    connection.execute("CREATE INDEX files_by_time ON files (opened)")
