"""What readers left in documents: an append-only log, and how things stand after it.

``log`` is never updated, and nothing is deleted from it. ``sketch`` tells whether another file is an edition of this
one (see ``labelling.review``).
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
            mark TEXT NOT NULL,
            was TEXT,
            became TEXT,
            of INTEGER
        )
        """
    )
    connection.execute("CREATE INDEX log_by_step ON log (step)")
    connection.execute(
        """
        CREATE TABLE steps (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            document TEXT NOT NULL,
            time REAL NOT NULL,
            state TEXT NOT NULL,
            moved INTEGER NOT NULL
        )
        """
    )
    connection.execute("CREATE INDEX steps_by_state ON steps (document, state)")
    connection.execute("CREATE TABLE marks (id TEXT PRIMARY KEY, document TEXT NOT NULL, body TEXT NOT NULL)")
    connection.execute("CREATE INDEX marks_by_document ON marks (document)")
    connection.execute(
        """
        CREATE TABLE documents (
            sha256 TEXT PRIMARY KEY,
            path TEXT NOT NULL,
            seen REAL NOT NULL,
            sketch TEXT NOT NULL,
            successor TEXT
        )
        """
    )
    connection.execute("CREATE INDEX documents_by_path ON documents (path)")
