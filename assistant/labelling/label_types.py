"""The types that labels have, as the user changes them, and those who are told of changes: what all documents share.

Thread-safe; calls block, not for long. A change is on the disk when its call returns; subscribers are told after that,
on the same thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from assistant.errors import UsageError
from assistant.labelling.types import BUILT_IN, checked_type, new_type, plain_type
from assistant.store.labels import Change, LabelStore, Writer
from assistant.tasks.document_types import DocumentType
from assistant.types import LabelEvent, LabelType


class LabelTypes:
    """All raise ``UserError`` where the profile cannot be read or written.

    :param document_types: the list that documents are classified by.
    """

    def __init__(self, store: LabelStore, document_types: Callable[[], Sequence[DocumentType]]) -> None:
        self._store = store
        self._document_types = document_types
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[str], None]] = []

    def types(self, kind: Literal["entity", "type"]) -> tuple[LabelType, ...]:
        """What can be labelled: what Docent knows, as the user changed it, then the user's own."""
        own: tuple[LabelType, ...] = ()
        used: tuple[str, ...] = ()
        if self._store.exists:
            with self._store.reading() as reader:
                own, used = reader.types(kind), reader.used(kind)
        changed = {item.name: item for item in own}
        built_in = BUILT_IN if kind == "entity" else _document_label_types(self._document_types())
        rows = [changed.pop(item.name, item) for item in built_in]
        rows.extend(changed.values())
        known = {item.name for item in rows}
        # They came with imported labels.
        rows.extend(plain_type(kind, name, number) for number, name in enumerate(used) if name not in known)
        return tuple(rows)

    def create_type(
        self, kind: Literal["entity", "type"], title: str, color: str | None = None, shortcut: str | None = None
    ) -> LabelType:
        """A type of the user's own. Raises ``UsageError`` (``label_type_empty``, ``label_type_exists``, ...)."""
        made = new_type(kind, title, color, shortcut, self.types(kind))
        with self._store.writing() as writer:
            if any(item.name == made.name for item in writer.types(kind)):
                raise UsageError("label_type_exists", title=made.title)
            writer.step("", [Change(None, made)])
        self._tell("")
        return made

    def change_type(
        self,
        kind: Literal["entity", "type"],
        name: str,
        *,
        title: str | None = None,
        color: str | None = None,
        shortcut: str | None = None,
    ) -> LabelType:
        """Its name, by which labels know it, stays. Raises ``UsageError`` as :meth:`create_type`."""
        known = self.types(kind)
        before = next((item for item in known if item.name == name), None)
        if before is None:
            raise UsageError("label_type_missing", title=name)
        after = checked_type(
            replace(
                before,
                title=before.title if title is None else title,
                color=before.color if color is None else color,
                shortcut=before.shortcut if shortcut is None else shortcut,
            ),
            [item for item in known if item.name != name],
        )
        with self._store.writing() as writer:
            stored = next((item for item in writer.types(kind) if item.name == name), None)
            writer.step("", [Change(stored, after)])
        self._tell("")
        return after

    def delete_type(self, kind: Literal["entity", "type"], name: str) -> None:
        """Raises ``UsageError("label_type_used")`` while there are labels of it: none of them is lost that way."""
        with self._store.writing() as writer:
            before = next((item for item in writer.types(kind) if item.name == name and item.own), None)
            if before is None:
                raise UsageError("label_type_missing", title=name)
            used = writer.count(kind, name)
            if used:
                raise UsageError("label_type_used", title=before.title, count=used)
            writer.step("", [Change(before, None)])
        self._tell("")

    @staticmethod
    def _ensure_unused(writer: Writer, event: LabelEvent) -> None:
        """Undoing the creation of a type that has labels by now would leave them without it."""
        made = event.label_type
        if made is None or any(item.name == made.name for item in writer.types(made.kind)):
            return
        used = writer.count(made.kind, made.name)
        if used and made.own:
            raise UsageError("label_type_used", title=made.title, count=used)

    def subscribe(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Be told of the document (SHA-256) after each change, on the thread that made it; ``""`` where types changed.

        Returns the way to stop it.
        """
        with self._lock:
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return unsubscribe

    def _tell(self, sha256: str) -> None:
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback(sha256)


def _document_label_types(types: Sequence[DocumentType]) -> tuple[LabelType, ...]:
    return tuple(LabelType("type", item.id, item.name, "other", "", own=False) for item in types)
