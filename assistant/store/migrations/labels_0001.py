"""What people said of documents: an append-only log, and what follows from it, for quick questions.

``log`` has one row for each change of one label or type; it is never updated, and nothing is deleted from it. ``steps``
says what can be undone and redone, ``labels`` and ``types`` are how things stand. ``documents`` keeps the text that was
labelled, so that labels can train when the file is gone.
"""

from __future__ import annotations

import sqlite3


def migrate(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE log (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            step INTEGER NOT NULL,
            time REAL NOT NULL,
            document TEXT NOT NULL,
            action TEXT NOT NULL,
            label TEXT NOT NULL,
            was TEXT,
            became TEXT,
            of INTEGER
        )
        """
    )
    connection.execute("CREATE INDEX log_by_step ON log (step)")
    connection.execute("CREATE INDEX log_by_document ON log (document, number)")
    connection.execute(
        """
        CREATE TABLE steps (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            document TEXT NOT NULL,
            state TEXT NOT NULL,
            moved INTEGER NOT NULL
        )
        """
    )
    connection.execute("CREATE INDEX steps_by_state ON steps (document, state)")
    connection.execute(
        """
        CREATE TABLE labels (
            id TEXT PRIMARY KEY,
            document TEXT NOT NULL,
            kind TEXT NOT NULL,
            value TEXT NOT NULL,
            verdict TEXT NOT NULL,
            first INTEGER,
            last INTEGER,
            body TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )
    connection.execute("CREATE INDEX labels_by_document ON labels (document, kind, first, last)")
    connection.execute("CREATE INDEX labels_by_value ON labels (kind, value)")
    connection.execute(
        """
        CREATE TABLE types (
            place INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            body TEXT NOT NULL,
            UNIQUE (kind, name)
        )
        """
    )
    connection.execute(
        """
        CREATE TABLE documents (
            sha256 TEXT PRIMARY KEY,
            path TEXT NOT NULL,
            title TEXT NOT NULL,
            format TEXT NOT NULL,
            language TEXT NOT NULL,
            seen REAL NOT NULL,
            successor TEXT,
            digest TEXT NOT NULL,
            layout BLOB,
            text BLOB
        )
        """
    )
    connection.execute("CREATE INDEX documents_by_path ON documents (path)")
    connection.execute("CREATE INDEX documents_by_digest ON documents (digest)")
