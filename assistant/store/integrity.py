"""Whether a database file is sound, without changing it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path


def integrity(path: Path) -> str | None:
    """What SQLite finds wrong with a file, which is opened for reading only; None where it is sound."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
        ) as connection:
            lines = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        return str(error)
    if lines != ["ok"]:
        # What stands after the first line may quote a row.
        return "its content is damaged"
    return None if broken is None else f"rows of {broken[0]} refer to others that are gone"
