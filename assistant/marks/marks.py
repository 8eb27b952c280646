"""The facade of highlights, notes and bookmarks. Thread-safe; calls block, not for long.

A change is on the disk when its call returns; subscribers are told after that, on the same thread. All raise
``UserError`` where the profile cannot be read or written, ``UsageError`` for what cannot be marked so.

Marks belong to a document's bytes (SHA-256) and are found again by their words, as labels are. Where a file was edited
they go over to the new bytes, if these are the same document by its text; those that are not found are lost, and told.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.errors import UsageError, UserError
from assistant.labelling.anchors import found_again
from assistant.labelling.review import resemblance, sketch
from assistant.store.marks import MarkStore, Way
from assistant.types import MARK_COLORS, Document, Label, Mark, MarkKind, Span

_log = logging.getLogger(__name__)
_LONGEST_NOTE = 20_000
_PAGE_WORDS = 80
"""Code points at the beginning of a page by which a note on it is found again."""
_AN_EDITION = 0.2


class Marks:
    """:param is_private: whether a document (SHA-256) is protected by a password: no words around are kept then."""

    def __init__(self, store: MarkStore, is_private: Callable[[str], bool] = lambda sha256: False) -> None:
        self._store = store
        self._is_private = is_private
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[str], None]] = []

    def of(self, document: Document) -> tuple[Mark, ...]:
        """All marks with their places in the text as it is now: in document order, then lost ones."""
        if not self._store.exists:
            return ()
        if not self._store.knows(document.sha256):
            self._carry_over(document)
        return placed(self._store.marks(document.sha256), document)

    def add(self, document: Document, kind: MarkKind, span: Span, color: str = "yellow", note: str = "") -> Mark:
        """Highlight or underline a place. What is marked at exactly this place already is changed instead.

        Raises ``UsageError("mark_empty")``.
        """
        span = _trimmed(document.text, span)
        former = next(
            (mark for mark in self.of(document) if mark.on_text and mark.anchor and mark.anchor.span == span), None
        )
        if former is not None:
            return self.change(document, former.id, kind=kind, color=color, note=note or former.note)
        page = document.page_at(span.start)
        mark = Mark(
            uuid.uuid4().hex, document.sha256, kind, _color(color), _note(note), document.anchor(span), page, 0.0, 0.0
        )
        return self._put(document, None, mark)

    def add_on_page(self, document: Document, kind: MarkKind, page: int, y: float = 0.0, note: str = "") -> Mark:
        """A note or a bookmark on a page (from 1), ``y`` points below its top."""
        if not 1 <= page <= len(document.pages):
            raise UsageError("mark_no_page", page=page)
        place = document.pages[page - 1].span
        words = Span(place.start, min(place.start + _PAGE_WORDS, place.end))
        anchor = document.anchor(words) if words.of(document.text).strip() else None
        mark = Mark(uuid.uuid4().hex, document.sha256, kind, "yellow", _note(note), anchor, page, y, 0.0)
        return self._put(document, None, mark)

    def change(
        self,
        document: Document,
        identifier: str,
        *,
        kind: MarkKind | None = None,
        color: str | None = None,
        note: str | None = None,
        span: Span | None = None,
    ) -> Mark:
        """Raises ``UsageError("mark_gone")``. ``span`` places a lost one again."""
        before = self._store.mark(identifier)
        if before is None or before.document != document.sha256:
            raise UsageError("mark_gone")
        after = replace(
            before,
            kind=kind or before.kind,
            color=before.color if color is None else _color(color),
            note=before.note if note is None else _note(note),
        )
        if span is not None:
            span = _trimmed(document.text, span)
            after = replace(after, anchor=document.anchor(span), page=document.page_at(span.start))
        if after == before:
            return placed((before,), document)[0]
        return self._put(document, before, after)

    def remove(self, document: Document, identifiers: Sequence[str]) -> None:
        """One step to undo. Those that are gone already are left out."""
        found = [mark for mark in map(self._store.mark, identifiers) if mark is not None]
        if found:
            self._store.step(document.sha256, document.path, self._sketch(document), [(mark, None) for mark in found])
            self._tell(document.sha256)

    def undo(self, document: str) -> bool:
        return self._move("undo", document)

    def redo(self, document: str) -> bool:
        return self._move("redo", document)

    def moves_at(self, way: Way, document: str) -> float | None:
        """See :meth:`MarkStore.moves_at`."""
        return self._store.moves_at(way, document) if self._store.exists else None

    def subscribe(self, callback: Callable[[str], None]) -> None:
        """Be told the document (SHA-256) after each change, on the thread that made it."""
        with self._lock:
            self._callbacks.append(callback)

    def close(self) -> None:
        self._store.close()

    def _move(self, way: Way, document: str) -> bool:
        moved = self._store.move(way, document)
        if moved:
            self._tell(document)
        return moved

    def _put(self, document: Document, before: Mark | None, after: Mark) -> Mark:
        after = replace(after, time=time.time(), lost=False)
        if after.anchor is not None and self._is_private(document.sha256):
            after = replace(after, anchor=replace(after.anchor, before="", after=""))
        self._store.step(document.sha256, document.path, self._sketch(document), [(before, after)])
        self._tell(document.sha256)
        return after

    def _carry_over(self, document: Document) -> None:
        """Copy the marks of the file's older bytes, once; their ids are the same each time."""
        found = self._store.predecessor(document.path, document.sha256)
        if found is None:
            return
        older, old_sketch = found
        copies = [
            replace(
                mark,
                id=hashlib.blake2b(f"{mark.id} {document.sha256}".encode(), digest_size=16).hexdigest(),
                document=document.sha256,
            )
            for mark in self._store.marks(older)
        ]
        there = sum(not mark.lost for mark in placed(copies, document))
        if 2 * there < len(copies) and resemblance(frozenset(old_sketch), sketch(document.text)) < _AN_EDITION:
            return
        changes = [(None, mark) for mark in copies]
        try:
            self._store.step(
                document.sha256, document.path, self._sketch(document), changes, undoable=False, succeeds=older
            )
        except UserError as error:
            _log.info("marks of a file's older bytes were not taken over yet: %s", error.code)

    def _sketch(self, document: Document) -> list[int]:
        """Needed once: of a long text it takes a moment."""
        if self._store.knows(document.sha256):
            return []
        return sorted(int(each) for each in sketch(document.text))

    def _tell(self, document: str) -> None:
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback(document)


def placed(marks: Sequence[Mark], document: Document) -> tuple[Mark, ...]:
    """``marks`` with their places in the text of ``document``: in its order, then lost ones. Pure."""
    stand_ins = [
        Label(mark.id, mark.document, "entity", "", "yes", mark.anchor, mark.anchor.quote, "user", mark.time)
        for mark in marks
        if mark.anchor is not None
    ]
    found = {label.id: label for label in found_again(stand_ins, document)}
    pages = len(document.pages)
    there: list[Mark] = []
    for mark in marks:
        label = found.get(mark.id)
        if label is not None and label.anchor is not None and not label.lost:
            there.append(replace(mark, anchor=label.anchor, page=label.anchor.page, lost=False))
        elif mark.on_text:
            there.append(replace(mark, lost=True))
        else:
            # A note on a page stays on its page, whatever is written there now.
            there.append(replace(mark, lost=mark.page > pages))
    return tuple(sorted(there, key=_order))


def _order(mark: Mark) -> tuple[bool, int, int, float, float]:
    start = mark.anchor.span.start if mark.on_text and mark.anchor is not None else -1
    return mark.lost, mark.page, start, mark.y, mark.time


def _trimmed(text: str, span: Span) -> Span:
    words = span.of(text)
    start = span.start + len(words) - len(words.lstrip())
    end = span.start + len(words.rstrip())
    if start >= end:
        raise UsageError("mark_empty")
    return Span(start, end)


def _color(color: str) -> str:
    if color not in MARK_COLORS:
        raise UsageError("mark_color", color=color)
    return color


def _note(note: str) -> str:
    note = note.strip()
    if len(note) > _LONGEST_NOTE:
        raise UsageError("mark_long", limit=_LONGEST_NOTE)
    return note
