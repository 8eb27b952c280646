"""``marks.db``: the log of highlights, notes and bookmarks. What is written here is on the disk when a call returns.

As with labels (``labels.py``), a change is a row and takes effect in the same transaction; a step is undone at once;
undoing writes rows. The table ``marks`` follows from the log and is made again from it where the file was damaged.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from assistant.store.db import Database
from assistant.store.migrations import MARKS
from assistant.store.rescue import SafeDatabase
from assistant.store.salvage import take_rows
from assistant.types import Anchor, Mark, Span

Change = tuple[Mark | None, Mark | None]
"""What was, and what becomes of it."""
Way = Literal["undo", "redo"]
_TABLES = {"documents": "sha256", "log": "number", "steps": "number", "marks": "id"}


class MarkStore:
    """Thread-safe; methods raise ``UserError`` where the file cannot be used.

    :param on_damaged: told the file and its copy after a damaged one was set aside and what could be read was kept.
    """

    def __init__(self, path: Path, on_damaged: Callable[[Path, Path], None] | None = None) -> None:
        self.path = path
        self._database = SafeDatabase(Database(path, MARKS, durable=True, backup=True), _salvage, on_damaged)

    @property
    def exists(self) -> bool:
        """Whether there are marks: in the file, or in one whose rescue was cut off."""
        return self._database.exists

    def marks(self, document: str) -> tuple[Mark, ...]:
        """As they are stored, in no order."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT body FROM marks WHERE document = ?", (document,)).fetchall()
        return tuple(mark_from_row(body) for (body,) in rows)

    def mark(self, identifier: str) -> Mark | None:
        with self._database.reading() as connection:
            row = connection.execute("SELECT body FROM marks WHERE id = ?", (identifier,)).fetchone()
        return None if row is None else mark_from_row(row[0])

    def knows(self, sha256: str) -> bool:
        with self._database.reading() as connection:
            return _knows(connection, sha256)

    def predecessor(self, path: Path, sha256: str) -> tuple[str, list[int]] | None:
        """The newest other bytes of the file at ``path`` that have marks of their own, and their sketch."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT sha256, sketch FROM documents WHERE path = ? AND sha256 != ? AND successor IS NULL "
                "AND EXISTS (SELECT 1 FROM marks WHERE marks.document = sha256) ORDER BY seen DESC LIMIT 1",
                (str(path), sha256),
            ).fetchone()
        return None if row is None else (str(row[0]), [int(each) for each in json.loads(row[1])])

    def step(
        self,
        sha256: str,
        path: Path,
        sketch: Sequence[int],
        changes: Sequence[Change],
        *,
        undoable: bool = True,
        succeeds: str | None = None,
    ) -> None:
        """Carry out ``changes`` as one step; ``succeeds`` are older bytes of the file whose marks these are now."""
        with self._database.writing() as connection:
            if succeeds is not None and _knows(connection, sha256):
                # Another thread took them over; they may have been changed since.
                return
            connection.execute(
                "INSERT INTO documents (sha256, path, seen, sketch) VALUES (?, ?, ?, ?) ON CONFLICT (sha256) "
                "DO UPDATE SET path = excluded.path, seen = excluded.seen, successor = NULL",
                (sha256, str(path), time.time(), json.dumps(list(sketch))),
            )
            if succeeds is not None:
                connection.execute("UPDATE documents SET successor = ? WHERE sha256 = ?", (sha256, succeeds))
            if undoable:
                connection.execute("UPDATE steps SET state = 'dead' WHERE document = ? AND state = 'undone'", (sha256,))
            step = _begin(connection, sha256, "done" if undoable else "fixed")
            for before, after in changes:
                _carry_out(connection, step, sha256, before, after)

    def move(self, way: Way, document: str) -> bool:
        """Undo or redo the next step; False where there is none."""
        with self._database.writing() as connection:
            found = _movable(connection, way, document)
            if found is None:
                return False
            step = found[0]
            rows = connection.execute(
                "SELECT was, became FROM log WHERE step = ? AND of IS NULL ORDER BY number", (step,)
            ).fetchall()
            moved = _begin(connection, document, "move")
            for was, became in reversed(rows) if way == "undo" else rows:
                before, after = (None if row is None else mark_from_row(row) for row in (was, became))
                if way == "undo":
                    before, after = after, before
                _carry_out(connection, moved, document, before, after, of=step)
            connection.execute(
                "UPDATE steps SET state = ?, moved = ? WHERE number = ?",
                ("undone" if way == "undo" else "done", moved, step),
            )
        return True

    def moves_at(self, way: Way, document: str) -> float | None:
        """When the step that would be undone (redone) next was made (undone), in Unix seconds; None without one."""
        with self._database.reading() as connection:
            found = _movable(connection, way, document)
        return None if found is None else found[1]

    def close(self) -> None:
        self._database.close()


def _salvage(damaged: Path, connection: sqlite3.Connection) -> int:
    rescued = take_rows(damaged, connection, _TABLES, _fits)
    last = connection.execute(
        "SELECT mark, document, became, (SELECT body FROM marks WHERE id = mark) FROM log "
        "WHERE number IN (SELECT MAX(number) FROM log GROUP BY mark)"
    ).fetchall()
    told = set(connection.execute("SELECT mark, became FROM log WHERE became IS NOT NULL"))
    for identifier, document, became, read in last:
        # Of a mark that no row of the log made what it is, the newest rows are lost, not the mark; see also
        # assistant.store.salvage. One that was read is never taken away.
        if became is not None and (read is None or (identifier, read) in told):
            connection.execute(
                "INSERT OR REPLACE INTO marks (id, document, body) VALUES (?, ?, ?)",
                (identifier, document, became),
            )
    # There is nothing to undo where the rows of a step were lost.
    connection.execute("DELETE FROM steps WHERE number NOT IN (SELECT step FROM log)")
    return rescued


def _fits(table: str, row: dict[str, object]) -> bool:
    """Whether what a row says can be read: one that cannot would stand in the way of all others."""
    bodies = {"marks": ("body",), "log": ("was", "became")}.get(table, ())
    try:
        for body in (row.get(name) for name in bodies):
            if body is not None:
                mark_from_row(str(body))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def mark_to_row(mark: Mark) -> str:
    return json.dumps(asdict(mark), ensure_ascii=True, separators=(",", ":"))


def mark_from_row(row: str) -> Mark:
    """Raises ValueError, KeyError, TypeError where it is not such a row."""
    plain = json.loads(row)
    place = plain.pop("anchor")
    anchor = None if place is None else Anchor(**{**place, "span": Span(**place["span"])})
    return Mark(**plain, anchor=anchor)


def _knows(connection: sqlite3.Connection, sha256: str) -> bool:
    return connection.execute("SELECT 1 FROM documents WHERE sha256 = ?", (sha256,)).fetchone() is not None


def _begin(connection: sqlite3.Connection, document: str, state: str) -> int:
    cursor = connection.execute(
        "INSERT INTO steps (document, time, state, moved) VALUES (?, ?, ?, 0)", (document, time.time(), state)
    )
    return int(cursor.lastrowid or 0)


def _carry_out(
    connection: sqlite3.Connection,
    step: int,
    document: str,
    before: Mark | None,
    after: Mark | None,
    of: int | None = None,
) -> None:
    name = (after or before or _NOTHING).id
    was, became = (None if mark is None else mark_to_row(mark) for mark in (before, after))
    connection.execute(
        "INSERT INTO log (step, time, document, mark, was, became, of) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (step, time.time(), document, name, was, became, of),
    )
    if after is None:
        connection.execute("DELETE FROM marks WHERE id = ?", (name,))
    else:
        connection.execute(
            "INSERT OR REPLACE INTO marks (id, document, body) VALUES (?, ?, ?)", (name, document, became)
        )


def _movable(connection: sqlite3.Connection, way: Way, document: str) -> tuple[int, float] | None:
    state, order = ("done", "number") if way == "undo" else ("undone", "moved")
    row = connection.execute(
        f"SELECT number, time, moved FROM steps WHERE document = ? AND state = ? ORDER BY {order} DESC LIMIT 1",
        (document, state),
    ).fetchone()
    if row is None:
        return None
    if way == "undo":
        return int(row[0]), float(row[1])
    when = connection.execute("SELECT time FROM steps WHERE number = ?", (row[2],)).fetchone()
    return int(row[0]), float(when[0] if when is not None else row[1])


_NOTHING = Mark("", "", "note", "", "", None, 1, 0.0, 0.0)
