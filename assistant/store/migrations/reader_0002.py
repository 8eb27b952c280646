"""How the reader has a document shown: mode, rotation, panels, panes. The window's own words."""

from __future__ import annotations

import sqlite3


def migrate(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE documents ADD COLUMN view TEXT NOT NULL DEFAULT ''")
