"""The reader's own notes on results: the thread of questions to a document, and how its entities are arranged.

Both are on the disk before they are shown and stay until they are deleted, for documents by their bytes. Of a document
that was opened with a password nothing is written: its notes live as long as the program. Thread-safe; blocks.
"""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from assistant.insights import Arrangement, Asked, EntityEdit
from assistant.store.notebook import NotebookStore, Row
from assistant.tasks.arranging import variants
from assistant.types import Answer, Answers, Document, Entity, Span


class Notebook:
    """See the module. Methods raise ``UserError`` where the profile cannot be used.

    :param is_private: whether nothing of the document (SHA-256) may be written.
    """

    def __init__(
        self, path: Path, is_private: Callable[[str], bool], on_damaged: Callable[[Path, Path], None] | None = None
    ) -> None:
        self._store = NotebookStore(path, on_damaged)
        self._is_private = is_private
        self._lock = threading.Lock()
        self._threads: dict[str, list[Row]] = {}
        self._arrangements: dict[str, Arrangement] = {}

    # --- the thread of questions -------------------------------------------------------------------------------

    def thread(self, document: Document) -> tuple[Asked, ...]:
        """The questions asked of a document, oldest first."""
        if self.is_kept(document):
            rows = self._store.thread(document.sha256)
        else:
            with self._lock:
                rows = list(self._threads.get(document.sha256, ()))
        digest = _digest(document)
        found = []
        for row in rows:
            answers = row.answers or Answers(row.question, None, (), (), "")
            stale = row.answers is None or (row.digest != digest and not _fits(document, row.answers))
            found.append(Asked(row.id, document.sha256, row.time, answers, stale))
        return tuple(found)

    def keep(self, document: Document, answers: Answers) -> Asked:
        """Add a question with its answers; the same words asked before give their place to it."""
        row = Row(uuid.uuid4().hex, time.time(), _digest(document), answers.question, answers)
        if self.is_kept(document):
            self._store.put(document.sha256, row)
        else:
            with self._lock:
                thread = self._threads.setdefault(document.sha256, [])
                thread[:] = [each for each in thread if each.question != row.question] + [row]
        return Asked(row.id, document.sha256, row.time, answers)

    def forget(self, sha256: str, question: str | None = None) -> None:
        """Delete one question by its id, or the whole thread of a document."""
        with self._lock:
            if sha256 in self._threads:
                thread = self._threads[sha256]
                thread[:] = [row for row in thread if question is not None and row.id != question]
        self._store.drop(sha256, question)

    def erase(self, sha256: str) -> None:
        """Delete all about a document, its arrangement too."""
        with self._lock:
            self._threads.pop(sha256, None)
            self._arrangements.pop(sha256, None)
        self._store.erase(sha256)

    def forget_threads(self) -> None:
        """Delete the threads of all documents. What was arranged stays, as labels do."""
        with self._lock:
            self._threads.clear()
        self._store.drop_threads()

    # --- entities ----------------------------------------------------------------------------------------------

    def arrangement(self, document: Document) -> Arrangement:
        if self.is_kept(document):
            return self._store.arrangement(document.sha256)
        with self._lock:
            return self._arrangements.get(document.sha256, Arrangement())

    def merge(self, document: Document, entities: tuple[Entity, ...]) -> Arrangement:
        """Make one entity of several with one label; the first gives its name."""
        words = tuple(dict.fromkeys(text for entity in entities for text in variants(entity)))
        return self._add(document, EntityEdit("merge", entities[0].label, words, entities[0].name))

    def split(self, document: Document, entity: Entity, words: str) -> Arrangement:
        """Make the mentions with these words an entity of their own."""
        return self._add(document, EntityEdit("split", entity.label, (words,), words))

    def step(self, document: Document, *, back: bool) -> Arrangement:
        """Undo the last change to the entities, or make it again."""
        if self.is_kept(document):
            self._store.step(document.sha256, back=back)
            return self._store.arrangement(document.sha256)
        with self._lock:
            now = self._arrangements.get(document.sha256, Arrangement())
            if back and now.edits:
                now = Arrangement(now.edits[:-1], (now.edits[-1], *now.undone))
            elif not back and now.undone:
                now = Arrangement((*now.edits, now.undone[0]), now.undone[1:])
            self._arrangements[document.sha256] = now
            return now

    def _add(self, document: Document, edit: EntityEdit) -> Arrangement:
        if self.is_kept(document):
            self._store.arrange(document.sha256, edit)
            return self._store.arrangement(document.sha256)
        with self._lock:
            now = self._arrangements.get(document.sha256, Arrangement())
            self._arrangements[document.sha256] = replace(now, edits=(*now.edits, edit), undone=())
            return self._arrangements[document.sha256]

    def is_kept(self, document: Document) -> bool:
        """Whether notes on the document outlive the program."""
        return not self._is_private(document.sha256)

    def close(self) -> None:
        self._store.close()


def _digest(document: Document) -> str:
    return hashlib.blake2b(document.text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _fits(document: Document, answers: Answers) -> bool:
    """Whether all places still hold the words that were quoted."""
    given: list[Answer] = [*([answers.answer] if answers.answer is not None else []), *answers.alternatives]
    places: list[tuple[Span, str]] = [(item.span, item.text) for item in given]
    places += [(item.span, item.text) for item in answers.evidence]
    return all(span.of(document.text) == text for span, text in places)
