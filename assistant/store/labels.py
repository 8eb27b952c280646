"""``labels.db``: the log of all labels, and how they stand. What is written here is on the disk when a call returns.

Each change is a row of the log and takes effect in the same transaction. A *step* is what is undone at once, of one
document: undoing writes rows that turn it back, and marks the step. A new step of a document ends what could be redone
there. The tables beside the log follow from it, and are made again from it where the file was damaged.
"""

from __future__ import annotations

import logging
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assistant.store.db import Database, Migration
from assistant.store.label_rows import (
    label_from_row,
    label_to_row,
    pack_layout,
    pack_text,
    put_label,
    text_digest,
    type_from_row,
    type_to_row,
    unpack_layout,
    unpack_text,
)
from assistant.store.migrations import LABELS
from assistant.store.rescue import SafeDatabase
from assistant.store.salvage import salvage_labels
from assistant.types import Block, Document, Label, LabelEvent, LabelledDocument, LabelType, Page, Span

_log = logging.getLogger(__name__)

Thing = Label | LabelType
Action = Literal["add", "change", "remove", "undo", "redo", "type"]
_ALL_TYPES = ""
"""Steps that change types belong to no document."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of a step: what was, and what becomes of it. One of them may be None."""

    before: Thing | None
    after: Thing | None


class LabelStore:
    """See the module. Thread-safe; methods raise ``UserError`` where the file cannot be used.

    :param on_damaged: told the file and its copy after a damaged one was set aside and what could be read from it was
        taken over.
    """

    def __init__(
        self,
        path: Path,
        on_damaged: Callable[[Path, Path], None] | None = None,
        migrations: Sequence[Migration] = LABELS,
    ) -> None:
        self.path = path
        database = Database(path, migrations, durable=True, backup=True)
        self._database = SafeDatabase(database, lambda copy, connection: salvage_labels(copy, connection), on_damaged)

    @property
    def exists(self) -> bool:
        """Whether there are labels: in the file, or in one whose rescue was cut off."""
        return self._database.exists

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """One transaction of questions; also where nothing can be written."""
        with self._database.reading() as connection:
            yield Reader(connection)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction: on the disk after leaving, undone on any exception."""
        with self._database.writing() as connection:
            yield Writer(connection)

    def close(self) -> None:
        self._database.close()


class Reader:
    """Questions within one transaction of :class:`LabelStore`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def labels(self, document: str | None = None) -> tuple[Label, ...]:
        """Those of one document, or of all; in no order."""
        where, values = ("", ()) if document is None else (" WHERE document = ?", (document,))
        rows = self._connection.execute(f"SELECT body FROM labels{where}", values)
        return tuple(label_from_row(body) for (body,) in rows)

    def at_place(self, document: str, kind: str, span: Span | None) -> tuple[Label, ...]:
        """Labels of one kind at exactly this place of the text as it is kept, and those without a place."""
        rows = self._connection.execute(
            "SELECT body FROM labels WHERE document = ? AND kind = ? AND (first IS NULL OR (first = ? AND last = ?))",
            (document, kind, None if span is None else span.start, None if span is None else span.end),
        )
        return tuple(label_from_row(body) for (body,) in rows)

    def keeps_text(self, document: Document) -> bool:
        """Whether the text that is kept is this one, so that stored places are places in it."""
        row = self._connection.execute("SELECT digest FROM documents WHERE sha256 = ?", (document.sha256,)).fetchone()
        return row is not None and row[0] == text_digest(document.text)

    def label(self, identifier: str) -> Label | None:
        row = self._connection.execute("SELECT body FROM labels WHERE id = ?", (identifier,)).fetchone()
        return None if row is None else label_from_row(row[0])

    def count(self, kind: str, value: str) -> int:
        row = self._connection.execute("SELECT COUNT(*) FROM labels WHERE kind = ? AND value = ?", (kind, value))
        return int(row.fetchone()[0])

    def types(self, kind: str) -> tuple[LabelType, ...]:
        rows = self._connection.execute("SELECT body FROM types WHERE kind = ? ORDER BY place", (kind,))
        return tuple(type_from_row(body) for (body,) in rows)

    def documents(self) -> tuple[str, ...]:
        """Those whose labels count: a file's older bytes whose labels went over to newer ones do not."""
        rows = self._connection.execute("SELECT sha256 FROM documents WHERE successor IS NULL ORDER BY seen, sha256")
        return tuple(sha256 for (sha256,) in rows)

    def knows(self, sha256: str) -> bool:
        return self._connection.execute("SELECT 1 FROM documents WHERE sha256 = ?", (sha256,)).fetchone() is not None

    def predecessor(self, path: Path, sha256: str) -> str | None:
        """The newest other bytes of the file at ``path`` that have labels of their own."""
        row = self._connection.execute(
            "SELECT sha256 FROM documents WHERE path = ? AND sha256 != ? AND successor IS NULL "
            "AND EXISTS (SELECT 1 FROM labels WHERE labels.document = sha256) ORDER BY seen DESC LIMIT 1",
            (str(path), sha256),
        ).fetchone()
        return None if row is None else str(row[0])

    def labelled(self, sha256: str) -> LabelledDocument | None:
        """The document as it was labelled; without text where that is not kept. Labels as they are stored."""
        row = self._connection.execute(
            "SELECT path, title, format, language, layout, text FROM documents WHERE sha256 = ?", (sha256,)
        ).fetchone()
        if row is None:
            return None
        path, title, format_, language, layout, packed = row
        text, pages, blocks = _unpacked(packed, layout)
        return LabelledDocument(sha256, Path(path), title, format_, language, text, pages, blocks, self.labels(sha256))

    def with_text(self, text: str) -> str | None:
        """A document that has exactly this text."""
        row = self._connection.execute(
            "SELECT sha256 FROM documents WHERE digest = ? ORDER BY successor IS NOT NULL, seen DESC LIMIT 1",
            (text_digest(text),),
        ).fetchone()
        return None if row is None else str(row[0])

    def used(self, kind: str) -> tuple[str, ...]:
        """All values of labels of ``kind``."""
        rows = self._connection.execute("SELECT DISTINCT value FROM labels WHERE kind = ? ORDER BY value", (kind,))
        return tuple(value for (value,) in rows)

    def tally(self) -> list[tuple[str, str, str, int, int]]:
        """Kind, value (of answers, sentences and summaries together: ``""``), verdict, labels and documents."""
        return self._connection.execute(
            "SELECT kind, CASE WHEN kind IN ('entity', 'type') THEN value ELSE '' END AS name, verdict, COUNT(*), "
            "COUNT(DISTINCT document) FROM labels WHERE document IN "
            "(SELECT sha256 FROM documents WHERE successor IS NULL) GROUP BY kind, name, verdict ORDER BY kind, name"
        ).fetchall()

    def counting(self, kind: str | None = None) -> tuple[Label, ...]:
        """All labels that count (of one kind), as they are stored."""
        where, values = ("", ()) if kind is None else (" AND kind = ?", (kind,))
        rows = self._connection.execute(
            "SELECT body FROM labels WHERE document IN (SELECT sha256 FROM documents WHERE successor IS NULL)" + where,
            values,
        )
        return tuple(label_from_row(body) for (body,) in rows)

    def labelled_count(self) -> int:
        row = self._connection.execute(
            "SELECT COUNT(DISTINCT document) FROM labels JOIN documents ON sha256 = document WHERE successor IS NULL"
        ).fetchone()
        return int(row[0])

    def history(self, document: str | None, limit: int) -> tuple[LabelEvent, ...]:
        """Newest first."""
        where, values = ("", ()) if document is None else (" WHERE log.document = ?", (document,))
        rows = self._connection.execute(
            "SELECT log.number, log.step, log.time, log.document, action, was, became, state FROM log "
            f"LEFT JOIN steps ON steps.number = log.step AND log.of IS NULL{where} ORDER BY log.number DESC LIMIT ?",
            (*values, limit),
        )
        return tuple(_event(*row) for row in rows)

    def can(self, way: Literal["undo", "redo"], document: str | None) -> bool:
        return self._movable(way, document) is not None

    def moves_at(self, way: Literal["undo", "redo"], document: str) -> float | None:
        """When the next step to undo (redo) was made (undone), in Unix seconds; None where there is none."""
        step = self._movable(way, document)
        if step is None:
            return None
        where = "step = ? AND of IS NULL" if way == "undo" else "of = ?"
        row = self._connection.execute(f"SELECT MAX(time) FROM log WHERE {where}", (step,)).fetchone()
        return float(row[0] or 0.0)

    def _movable(self, way: Literal["undo", "redo"], document: str | None) -> int | None:
        """The step that is undone or redone next."""
        where, values = ("", ()) if document is None else (" AND document = ?", (document,))
        state, order = ("done", "number") if way == "undo" else ("undone", "moved")
        row = self._connection.execute(
            f"SELECT number FROM steps WHERE state = ?{where} ORDER BY {order} DESC LIMIT 1", (state, *values)
        ).fetchone()
        return None if row is None else int(row[0])


class Writer(Reader):
    """Changes within one transaction of :class:`LabelStore`."""

    def keep_document(self, document: Document, *, text: bool) -> None:
        """Note what was labelled, with its text where ``text`` says so. Its labels count from now on."""
        digest = text_digest(document.text) if text else ""
        row = self._connection.execute(
            "SELECT digest, path, successor FROM documents WHERE sha256 = ?", (document.sha256,)
        ).fetchone()
        if row == (digest, str(document.path), None):
            return
        values = (str(document.path), document.title, document.format, document.language, time.time(), digest)
        blobs = (pack_layout(document), pack_text(document.text)) if text else (None, None)
        self._connection.execute(
            "INSERT INTO documents (sha256, path, title, format, language, seen, digest, layout, text) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET path = excluded.path, "
            "title = excluded.title, format = excluded.format, language = excluded.language, seen = excluded.seen, "
            "digest = excluded.digest, layout = excluded.layout, text = excluded.text, successor = NULL",
            (document.sha256, *values, *blobs),
        )

    def succeed(self, before: str, after: str) -> None:
        """The labels of ``before`` went over to ``after``: they are kept, but count no longer."""
        self._connection.execute("UPDATE documents SET successor = ? WHERE sha256 = ?", (after, before))

    def step(self, document: str, changes: Sequence[Change], *, undoable: bool = True) -> tuple[LabelEvent, ...]:
        """Carry out ``changes`` as one step. What could be redone of the document no longer can."""
        if not changes:
            return ()
        self._connection.execute("UPDATE steps SET state = 'dead' WHERE document = ? AND state = 'undone'", (document,))
        step = self._begin(document, "done" if undoable else "fixed")
        return tuple(self._log(step, document, _action(change), change) for change in changes)

    def move(self, way: Literal["undo", "redo"], document: str | None) -> tuple[LabelEvent, ...]:
        """Undo or redo the next step; no events where there is none."""
        step = self._movable(way, document)
        if step is None:
            return ()
        rows = self._connection.execute(
            "SELECT document, action, was, became FROM log WHERE step = ? AND of IS NULL ORDER BY number", (step,)
        ).fetchall()
        moved = self._begin(rows[0][0], "move")
        events: list[LabelEvent] = []
        for owner, action, was, became in reversed(rows) if way == "undo" else rows:
            read = type_from_row if action == "type" else label_from_row
            before, after = (None if row is None else read(row) for row in (was, became))
            change = Change(after, before) if way == "undo" else Change(before, after)
            events.append(self._log(moved, owner, way, change, of=step))
        self._connection.execute(
            "UPDATE steps SET state = ?, moved = ? WHERE number = ?",
            ("undone" if way == "undo" else "done", moved, step),
        )
        return tuple(events)

    def _begin(self, document: str, state: str) -> int:
        cursor = self._connection.execute(
            "INSERT INTO steps (document, state, moved) VALUES (?, ?, 0)", (document, state)
        )
        return int(cursor.lastrowid or 0)

    def _log(self, step: int, document: str, action: Action, change: Change, of: int | None = None) -> LabelEvent:
        now = time.time()
        was, became = _row(change.before), _row(change.after)
        thing = change.after if change.after is not None else change.before
        name = thing.id if isinstance(thing, Label) else ""
        cursor = self._connection.execute(
            "INSERT INTO log (step, time, document, action, label, was, became, of) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (step, now, document, action, name, was, became, of),
        )
        apply(self._connection, change)
        return _event(int(cursor.lastrowid or 0), step, now, document, action, was, became, None)


def apply(connection: sqlite3.Connection, change: Change) -> None:
    """Let the tables beside the log follow ``change``."""
    before, after = change.before, change.after
    if isinstance(before, LabelType) and (after is None or before.name != getattr(after, "name", None)):
        connection.execute("DELETE FROM types WHERE kind = ? AND name = ?", (before.kind, before.name))
    if isinstance(after, LabelType):
        connection.execute(
            "INSERT INTO types (kind, name, body) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body",
            (after.kind, after.name, type_to_row(after)),
        )
    if isinstance(before, Label) and after is None:
        connection.execute("DELETE FROM labels WHERE id = ?", (before.id,))
    if isinstance(after, Label):
        put_label(connection, after)


def _unpacked(packed: bytes | None, layout: bytes | None) -> tuple[str, tuple[Page, ...], tuple[Block, ...]]:
    if packed is None or layout is None:
        return "", (), ()
    try:
        return (unpack_text(packed), *unpack_layout(layout))
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        _log.warning("the kept text of a labelled document is damaged: %s", type(error).__name__)
        return "", (), ()


def _action(change: Change) -> Action:
    if isinstance(change.after or change.before, LabelType):
        return "type"
    if change.before is None:
        return "add"
    return "remove" if change.after is None else "change"


def _row(thing: Thing | None) -> str | None:
    if thing is None:
        return None
    return label_to_row(thing) if isinstance(thing, Label) else type_to_row(thing)


def _event(
    number: int,
    step: int,
    when: float,
    document: str,
    action: Action,
    was: str | None,
    became: str | None,
    state: str | None,
) -> LabelEvent:
    undone = state in ("undone", "dead")
    if document == _ALL_TYPES:
        kind = type_from_row(became or was or "")
        return LabelEvent(number, when, document, action, None, None, undone, step, kind)
    before, after = (None if row is None else label_from_row(row) for row in (was, became))
    return LabelEvent(number, when, document, action, before, after, undone, step)
