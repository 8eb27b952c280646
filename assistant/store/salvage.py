"""What a damaged ``labels.db`` still gives: every row that SQLite can read, and the rest from the log.

A table is read forwards and, where that ends early, backwards, as damage is mostly in one page. The tables beside the
log are kept as read; what the log knows of newer changes is laid over them.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from assistant.store.label_rows import label_from_row, put_label

_log = logging.getLogger(__name__)

_TABLES = {"documents": "sha256", "log": "number", "steps": "number", "types": "place", "labels": "id"}
_NOT_OF_THE_ROW = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})
"""Errors of the new file: what was not taken over then would be lost."""


def salvage_labels(damaged: Path, connection: sqlite3.Connection) -> int:
    """Take over from the file ``damaged`` into a new one, within its transaction. Returns the number of rows."""
    rescued = take_rows(damaged, connection, _TABLES)
    _replay(connection)
    return rescued


def take_rows(
    damaged: Path,
    connection: sqlite3.Connection,
    tables: Mapping[str, str | None],
    fits: Callable[[str, dict[str, object]], bool] = lambda table, row: True,
) -> int:
    """Copy the rows of ``tables`` (with the column that is their key) that can be read and that the new tables take.

    ``fits`` says of a row, by its columns, whether it is one. Returns the number of rows.
    """
    rescued = 0
    for table, key in tables.items():
        for columns, row in readable_rows(damaged, table, key):
            if not fits(table, dict(zip(columns, row, strict=True))):
                continue
            marks = ", ".join("?" * len(columns))
            try:
                cursor = connection.execute(
                    f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})", row
                )
            except sqlite3.Error as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_OF_THE_ROW:
                    raise
                _log.info("a row of %s was not taken over: %s", table, type(error).__name__)
            else:
                rescued += cursor.rowcount
    return rescued


def readable_rows(path: Path, table: str, key: str | None = None) -> Iterator[tuple[list[str], tuple[object, ...]]]:
    """The rows of ``table`` in a damaged file, as far as SQLite gets; with ``key`` also from the other end."""
    try:
        connection = sqlite3.connect(path)
    except sqlite3.Error as error:
        _log.info("%s gives nothing: %s", path.name, error)
        return
    with contextlib.closing(connection):
        for order in ("",) if key is None else (f" ORDER BY {key}", f" ORDER BY {key} DESC"):
            try:
                cursor = connection.execute(f"SELECT * FROM {table}{order}")
                columns = [column[0] for column in cursor.description]
                for row in cursor:
                    yield columns, row
            except sqlite3.Error as error:
                _log.info("%s: %s ends early: %s", path.name, table, error)
            else:
                return


def _replay(connection: sqlite3.Connection) -> None:
    """Bring ``labels`` to where the last row of the log left each of them; others stay as they were read.

    So do those of which the log has no row any more that made them what they are: it is the log's newest rows that are
    lost, and not the label. One that was read is never taken away for an older removal.
    """
    last = connection.execute(
        "SELECT label, became, (SELECT body FROM labels WHERE id = label) FROM log "
        "WHERE number IN (SELECT MAX(number) FROM log WHERE label != '' GROUP BY label)"
    ).fetchall()
    told = {
        (identifier, became)
        for identifier, became in connection.execute("SELECT label, became FROM log WHERE became IS NOT NULL")
    }
    for identifier, became, read in last:
        if became is None or (read is not None and (identifier, read) not in told):
            continue
        try:
            label = label_from_row(became)
        except (ValueError, KeyError, TypeError) as error:
            _log.info("a label was not taken over: %s", type(error).__name__)
            continue
        put_label(connection, label)
    # There is nothing to undo where the rows of a step were lost.
    connection.execute("DELETE FROM steps WHERE number NOT IN (SELECT step FROM log)")
    # A label whose text was lost counts all the same.
    connection.execute(
        "INSERT OR IGNORE INTO documents (sha256, path, title, format, language, seen, digest) "
        "SELECT DISTINCT document, '', '', '', 'und', 0, '' FROM labels"
    )
