"""What was found in documents. ``data`` stands last, so that sizes are summed without reading it."""

from __future__ import annotations

import sqlite3


def migrate(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE findings (
            id INTEGER PRIMARY KEY,
            document TEXT NOT NULL,
            kind TEXT NOT NULL,
            params TEXT NOT NULL,
            version TEXT NOT NULL,
            size INTEGER NOT NULL,
            used REAL NOT NULL,
            data BLOB NOT NULL,
            UNIQUE (document, kind, params)
        )
        """
    )
    connection.execute("CREATE INDEX findings_by_use ON findings (used, size)")
