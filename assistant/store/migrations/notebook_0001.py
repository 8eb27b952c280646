"""What the reader asked of each document, and how they arranged its entities. ``body`` is a dataclass as bytes."""

from __future__ import annotations

import sqlite3


def migrate(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE questions (
            id TEXT PRIMARY KEY,
            document TEXT NOT NULL,
            time REAL NOT NULL,
            digest TEXT NOT NULL,
            question TEXT NOT NULL,
            body BLOB NOT NULL
        ) WITHOUT ROWID
        """
    )
    connection.execute("CREATE INDEX questions_by_document ON questions (document, time)")
    connection.execute(
        """
        CREATE TABLE edits (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            document TEXT NOT NULL,
            undone INTEGER NOT NULL DEFAULT 0,
            body BLOB NOT NULL
        )
        """
    )
    connection.execute("CREATE INDEX edits_by_document ON edits (document, number)")
