"""The facade of labels: what the window, the command line and training ask for. Thread-safe; calls block, not for long.

A change is on the disk when its call returns; subscribers are told after that, on the same thread. All raise
``UserError`` where the profile cannot be read or written, ``UsageError`` for what cannot be labelled so.

Labels belong to a document's bytes (SHA-256). Where a file was edited, the labels of the bytes that stood at the same
path before are copied to the new ones when they are first asked for, if it is the same document by its text: found
again by quote and context, or marked as lost. The old bytes keep theirs, which no longer count (in figures, queue and
training) until they are changed again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from assistant.errors import UsageError, UserError
from assistant.jobs import JobContext
from assistant.labelling.anchors import found_again
from assistant.labelling.exchange import LabelFormat, documents_of, export, import_
from assistant.labelling.formats.sheet import as_kind
from assistant.labelling.label_types import LabelTypes
from assistant.labelling.merging import merge, unlabelled
from assistant.labelling.queue import Candidate, ReadDocument, queue
from assistant.labelling.review import disagreements
from assistant.labelling.rules import corrected, in_the_way, needed, new_label, of_mention, same
from assistant.labelling.stored import carried_labels, label_of, labels_near, placed_label
from assistant.store.labels import Change, LabelStore, Writer
from assistant.tasks.document_types import DocumentType
from assistant.types import (
    Disagreement,
    Document,
    Entities,
    ExportReport,
    ImportReport,
    Label,
    LabelCount,
    LabelCounts,
    LabelEvent,
    LabelKind,
    LabelledDocument,
    Mention,
    QueueItem,
    Span,
    Verdict,
)

_MANY = 50
"""Labels of one step from which on all labels of the document are looked at at once."""

_log = logging.getLogger(__name__)


class Labels(LabelTypes):
    """See the module.

    :param document_types: the list that documents are classified by.
    :param read_lately: documents that were read lately, with what models found in them, for the queue.
    :param is_private: whether a document (SHA-256) is protected by a password; its text is not kept then.
    """

    def __init__(
        self,
        store: LabelStore,
        document_types: Callable[[], Sequence[DocumentType]] = tuple,
        is_private: Callable[[str], bool] = lambda sha256: False,
        read_lately: Callable[[], Iterable[ReadDocument]] = tuple,
    ) -> None:
        super().__init__(store, document_types)
        self._is_private = is_private
        self._read_lately = read_lately

    # --- labels of a document ------------------------------------------------------------------------------

    def of(self, document: Document) -> tuple[Label, ...]:
        """All labels of the document, with their places in its text as it is now.

        Those of the whole document first, then in document order, then lost ones (:attr:`Label.lost`).
        """
        if not self._store.exists:
            return ()
        with self._store.reading() as reader:
            if reader.knows(document.sha256):
                return found_again(reader.labels(document.sha256), document)
            carried = carried_labels(reader, document)
        if not carried:
            return ()
        try:
            with self._store.writing() as writer:
                self._adopt(writer, document)
        except UserError as error:
            # They can be read all the same, and go over with the first change that can be written.
            _log.info("labels of a file's older bytes were not taken over yet: %s", error.code)
        return carried

    def add(
        self,
        document: Document,
        kind: LabelKind,
        value: str,
        span: Span | None,
        *,
        verdict: Verdict = "yes",
        origin: str = "user",
        text: str = "",
    ) -> Label:
        """Label a place, or with ``span=None`` the document. ``text`` is that of a reference summary.

        What it takes the place of is changed instead and keeps its id: a label of this kind at exactly this place is
        relabelled, or its verdict turned; a document has one type and one reference summary; a question has answers, or
        is "not in this document".

        Raises ``UsageError`` (``label_empty``, ``label_too_long``, ``label_unplaced``), ``UserError``.
        """
        wanted = new_label(document, kind, value, span, verdict, origin, text)
        return self._add(document, (wanted,))[0]

    def accept(self, document: Document, mention: Mention) -> Label:
        """The suggestion is right."""
        return self._add(document, (of_mention(document, mention, "yes"),))[0]

    def reject(self, document: Document, mention: Mention) -> Label:
        """The suggestion is wrong: it will not be made again."""
        return self._add(document, (of_mention(document, mention, "no"),))[0]

    def accept_all(self, document: Document, mentions: Sequence[Mention]) -> tuple[Label, ...]:
        """All of them are right; one step to undo."""
        return self._add(document, tuple(of_mention(document, mention, "yes") for mention in mentions))

    def change(
        self,
        document: Document,
        label_id: str,
        *,
        value: str | None = None,
        span: Span | None = None,
        verdict: Verdict | None = None,
        text: str | None = None,
    ) -> Label:
        """Relabel, trim, extend, place again, turn. Raises ``UsageError("label_gone")`` and as :meth:`add`."""
        with self._store.writing() as writer:
            self._adopt(writer, document)
            before = label_of(writer, document, label_id)
            wanted = new_label(
                document,
                before.kind,
                before.value if value is None else value,
                span,
                verdict or before.verdict,
                corrected(before.origin),
                before.text if text is None else text,
                anchor_needed=False,
            )
            after = replace(wanted, id=before.id)
            if span is None:
                after = replace(after, anchor=before.anchor, text=after.text if before.anchor is None else before.text)
            elif before.kind in ("type", "summary"):
                raise UsageError("label_unplaced")
            after = self._sealed(after)
            if same(before, after):
                return placed_label(before, document)
            writer.keep_document(document, text=not self._is_private(document.sha256))
            writer.step(document.sha256, [Change(before, after)])
        self._tell(document.sha256)
        return placed_label(after, document)

    def remove(self, document: Document, label_id: str) -> None:
        """Raises ``UsageError("label_gone")``."""
        with self._store.writing() as writer:
            self._adopt(writer, document)
            writer.step(document.sha256, [Change(label_of(writer, document, label_id), None)])
        self._tell(document.sha256)

    def _add(self, document: Document, wanted: Sequence[Label]) -> tuple[Label, ...]:
        with self._store.writing() as writer:
            self._adopt(writer, document)
            writer.keep_document(document, text=not self._is_private(document.sha256))
            there: list[Label] = []
            # With thousands of labels only those at the place are looked at, unless places have moved.
            quick = writer.keeps_text(document) and len(wanted) < _MANY
            if not quick:
                there = list(found_again(writer.labels(document.sha256), document))
            changes: list[Change] = []
            made: list[Label] = []
            for label in wanted:
                near = [*there, *(labels_near(writer, label, changes) if quick else ())]
                former = [old for old in near if in_the_way(old, label)]
                if len(former) == 1 and same(former[0], label):
                    made.append(former[0])
                    continue
                if former:
                    label = replace(label, id=former[0].id)
                label = self._sealed(label)
                changes.append(Change(former[0] if former else None, label))
                changes.extend(Change(old, None) for old in former[1:])
                there = [old for old in there if old not in former]
                there.append(label)
                made.append(label)
            writer.step(document.sha256, changes)
        if changes:
            self._tell(document.sha256)
        return tuple(made)

    def _sealed(self, label: Label) -> Label:
        """Of a document that is locked no more is kept than the words that were labelled."""
        if label.anchor is None or not self._is_private(label.document):
            return label
        return replace(label, anchor=replace(label.anchor, before="", after=""))

    def _adopt(self, writer: Writer, document: Document) -> None:
        """Copy the labels of the file's older bytes, once. Not a step to undo: nobody did it."""
        if writer.knows(document.sha256):
            self._follow(writer, document)
            return
        labels = [self._sealed(replace(label, lost=False)) for label in carried_labels(writer, document)]
        before = writer.predecessor(document.path, document.sha256)
        if before is None or not labels:
            return
        writer.keep_document(document, text=not self._is_private(document.sha256))
        writer.step(document.sha256, [Change(None, label) for label in labels], undoable=False)
        writer.succeed(before, document.sha256)

    def _follow(self, writer: Writer, document: Document) -> None:
        """Where the same bytes are read as another text, put the labels to where their words are now."""
        if not document.text or writer.keeps_text(document):
            return
        stored = {label.id: label for label in writer.labels(document.sha256)}
        moved = [
            Change(stored[label.id], self._sealed(label))
            for label in found_again(tuple(stored.values()), document)
            if not label.lost and label.anchor is not None and label.anchor != stored[label.id].anchor
        ]
        if moved:
            writer.step(document.sha256, moved, undoable=False)

    # --- results with labels -------------------------------------------------------------------------------

    def merged(self, document: Document, entities: Entities) -> Entities:
        """``entities`` as the user has them: own labels (source ``user``) over the model's, rejected ones left out."""
        return merge(self.of(document), entities, document)

    def suggestions(self, document: Document, entities: Entities) -> tuple[Mention, ...]:
        """What models and rules found where the user has said nothing yet, in document order."""
        return unlabelled(self.of(document), entities)

    def document_type(self, document: Document) -> str | None:
        """The id of the type that the user gave the document, or None."""
        given = [label for label in self.of(document) if label.kind == "type" and label.verdict == "yes"]
        return given[-1].value if given else None

    def taught_types(self, limit: int = 200) -> tuple[tuple[str, str], ...]:
        """Documents (SHA-256) with the types that the user gave them, newest label first."""
        if not self._store.exists:
            return ()
        with self._store.reading() as reader:
            labels = [label for label in reader.counting("type") if label.verdict == "yes"]
        labels.sort(key=lambda label: -label.time)
        return tuple((label.document, label.value) for label in labels[:limit])

    def kept_document(self, sha256: str) -> Document | None:
        """A labelled document as it was when it was labelled last; None where its text is not kept."""
        if not self._store.exists:
            return None
        with self._store.reading() as reader:
            row = reader.labelled(sha256)
        return row.as_document() if row is not None and row.text else None

    def accept_above(self, document: Document, entities: Entities, confidence: float) -> tuple[Label, ...]:
        """Accept all suggestions whose probability is at least ``confidence``; one step to undo."""
        sure = [mention for mention in self.suggestions(document, entities) if mention.score >= confidence]
        return self.accept_all(document, sure) if sure else ()

    # --- the log -------------------------------------------------------------------------------------------

    def undo(self, document: str | None = None) -> LabelEvent | None:
        """Turn back the last step of a document (SHA-256), or of all; None where there is none."""
        return self._move("undo", document)

    def redo(self, document: str | None = None) -> LabelEvent | None:
        return self._move("redo", document)

    def can_undo(self, document: str | None = None) -> bool:
        return self._can("undo", document)

    def can_redo(self, document: str | None = None) -> bool:
        return self._can("redo", document)

    def moves_at(self, way: Literal["undo", "redo"], document: str) -> float | None:
        """When the step that would be undone (redone) next was made, in Unix seconds; None without one."""
        if not self._store.exists:
            return None
        with self._store.reading() as reader:
            return reader.moves_at(way, document)

    def history(self, document: str | None = None, limit: int = 200) -> tuple[LabelEvent, ...]:
        """Newest first."""
        if not self._store.exists:
            return ()
        with self._store.reading() as reader:
            return reader.history(document, limit)

    def _move(self, way: Literal["undo", "redo"], document: str | None) -> LabelEvent | None:
        with self._store.writing() as writer:
            events = writer.move(way, document)
            for event in events:
                self._ensure_unused(writer, event)
        if not events:
            return None
        self._tell(events[-1].document)
        return events[-1]

    def _can(self, way: Literal["undo", "redo"], document: str | None) -> bool:
        if not self._store.exists:
            return False
        with self._store.reading() as reader:
            return reader.can(way, document)

    # --- all documents -------------------------------------------------------------------------------------

    def labelled_documents(self) -> tuple[LabelledDocument, ...]:
        """All that have labels, with their places in the kept text. Those opened with a password have no text."""
        return tuple(documents_of(self._store))

    def counts(self) -> LabelCounts:
        """Labels by kind and value, and how many more of each make sense."""
        if not self._store.exists:
            return LabelCounts((), 0)
        with self._store.reading() as reader:
            tally, documents = reader.tally(), reader.labelled_count()
        rows: dict[tuple[str, str], LabelCount] = {}
        for kind, value, verdict, labels, where in tally:
            # That an answer is not in a document is as good a label as where it is.
            said = verdict == "yes" or kind == "answer"
            old = rows.get((kind, value), LabelCount(as_kind(kind), value, 0, 0, 0, needed(kind, 0, 0)))
            if said:
                labels, where = labels + old.labels, max(where, old.documents)
                rows[kind, value] = replace(old, labels=labels, documents=where, needed=needed(kind, labels, where))
            else:
                rows[kind, value] = replace(old, rejected=labels)
        return LabelCounts(tuple(rows.values()), documents)

    def queue(self, limit: int = 50) -> tuple[QueueItem, ...]:
        """Where a label helps most, best first, in documents that were read lately. Takes a moment: for a job."""
        labels: tuple[Label, ...] = ()
        if self._store.exists:
            with self._store.reading() as reader:
                labels = reader.counting()
        candidates = (
            Candidate(read.document, self.of(read.document), read.entities, read.classification)
            for read in self._read_lately()
        )
        return queue(candidates, labels, limit)

    def disagreements(self) -> tuple[Disagreement, ...]:
        """Labels that do not go together, over all documents. Takes a moment: for a job."""
        return disagreements(documents_of(self._store))

    def export(
        self,
        path: Path,
        format_: LabelFormat,
        documents: Sequence[str] | None = None,
        ctx: JobContext | None = None,
    ) -> ExportReport:
        """Write the labels of ``documents`` (SHA-256), or of all, to a file; for brat to a new folder.

        An older file is replaced, as a whole, once the new one is on the disk. Raises ``UserError``, ``Cancelled``.
        """
        return export(self._store, path, format_, documents, ctx)

    def import_(
        self,
        path: Path,
        format_: LabelFormat,
        documents: Sequence[Document] = (),
        ctx: JobContext | None = None,
    ) -> ImportReport:
        """Take over the labels of a file: for ``documents`` alone, or else for whatever documents it is about.

        One step to undo in each document. What does not fit is reported and left. Raises ``UserError``, ``Cancelled``.
        """
        for document in documents:
            # A file that was edited takes its labels along first: after the import it is known as it is now.
            with self._store.writing() as writer:
                self._adopt(writer, document)
        report, touched = import_(self._store, path, format_, documents, self._is_private, ctx)
        for sha256 in touched:
            self._tell(sha256)
        return report

    def close(self) -> None:
        self._store.close()
