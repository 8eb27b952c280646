"""The thread of questions to each document and the arrangement of its entities: the reader's own, until deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from assistant.insights import Arrangement, EntityEdit
from assistant.store import codecs
from assistant.store.db import Database
from assistant.store.migrations import NOTEBOOK
from assistant.store.rescue import SafeDatabase
from assistant.store.salvage import take_rows
from assistant.types import Answers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """A question as it is kept."""

    id: str
    time: float
    digest: str
    """Of the text that was answered from."""
    question: str
    answers: Answers | None
    """None where an older program wrote another shape of answers."""


class NotebookStore:
    """See the module. Thread-safe; methods raise ``UserError`` where the profile cannot be used.

    :param on_damaged: told of the file and its copy after a damaged one was set aside and what could be read was taken
        over.
    """

    def __init__(self, path: Path, on_damaged: Callable[[Path, Path], None] | None = None) -> None:
        self._database = SafeDatabase(Database(path, NOTEBOOK, durable=True), _salvage, on_damaged)

    def thread(self, document: str) -> list[Row]:
        """Oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, time, digest, question, body FROM questions WHERE document = ? ORDER BY time, id",
                (document,),
            ).fetchall()
        return [Row(key, when, digest, question, _decoded(Answers, body)) for key, when, digest, question, body in rows]

    def put(self, document: str, row: Row) -> None:
        """Keep a question; the same words asked before give their place to it."""
        if row.answers is None:
            raise ValueError("a question is kept with what was answered")
        body = codecs.encode(row.answers)
        with self._database.writing() as connection:
            connection.execute("DELETE FROM questions WHERE document = ? AND question = ?", (document, row.question))
            connection.execute(
                "INSERT OR REPLACE INTO questions (id, document, time, digest, question, body) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (row.id, document, row.time, row.digest, row.question, body),
            )

    def drop(self, document: str, question: str | None = None) -> None:
        """Delete one question by its id, or the whole thread."""
        with self._database.writing() as connection:
            if question is None:
                connection.execute("DELETE FROM questions WHERE document = ?", (document,))
            else:
                connection.execute("DELETE FROM questions WHERE document = ? AND id = ?", (document, question))

    def erase(self, document: str) -> None:
        """Delete all about a document."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM questions WHERE document = ?", (document,))
            connection.execute("DELETE FROM edits WHERE document = ?", (document,))

    def drop_threads(self) -> None:
        """Delete the threads of all documents. Arrangements, which are work as labels are, stay."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM questions")

    def arrangement(self, document: str) -> Arrangement:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT undone, body FROM edits WHERE document = ? ORDER BY number", (document,)
            ).fetchall()
        edits = [(undone, _decoded(EntityEdit, body)) for undone, body in rows]
        return Arrangement(
            tuple(edit for undone, edit in edits if not undone and edit is not None),
            tuple(edit for undone, edit in edits if undone and edit is not None),
        )

    def arrange(self, document: str, edit: EntityEdit) -> None:
        """A new change; what was undone before it cannot be made again."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM edits WHERE document = ? AND undone = 1", (document,))
            connection.execute("INSERT INTO edits (document, body) VALUES (?, ?)", (document, codecs.encode(edit)))

    def step(self, document: str, *, back: bool) -> None:
        """Undo the last change, or make the one that was undone last again; nothing where there is none."""
        newest = "MAX(number) FROM edits WHERE document = ? AND undone = 0"
        oldest = "MIN(number) FROM edits WHERE document = ? AND undone = 1"
        with self._database.writing() as connection:
            connection.execute(
                f"UPDATE edits SET undone = ? WHERE number = (SELECT {newest if back else oldest})",
                (int(back), document),
            )

    def close(self) -> None:
        self._database.close()


def _salvage(damaged: Path, connection: sqlite3.Connection) -> int:
    return take_rows(damaged, connection, {"questions": "id", "edits": "number"})


def _decoded(kind: type[T], body: bytes) -> T | None:
    try:
        return codecs.decode(kind, body)
    except codecs.CodecError:
        return None
