"""Labels out to files of other tools and in from them.

A file is written as a whole or not at all, and read into one transaction. Each label's offsets are checked against the
words that the file says stand there: where they are others it is reported and not taken over, never moved. Labels that
are there already stay as they are; one of the file that contradicts them is reported.

Whose labels they are: of the document with that SHA-256, else of one with exactly that text, else of a new document of
the text alone, which can train though it has no file.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from assistant.errors import UserError
from assistant.jobs import Context, JobContext, Progress
from assistant.labelling.anchors import found_again
from assistant.labelling.formats import brat, conll, jsonl, squad, table
from assistant.labelling.formats.sheet import LARGEST_FILE, Row, Sheet, Written, unreadable_file
from assistant.labelling.rules import LONGEST, LONGEST_VALUE, in_the_way
from assistant.labelling.whole_files import write_file, write_folder
from assistant.store.labels import Change, LabelStore, Writer
from assistant.types import (
    Block,
    Document,
    ExportReport,
    ImportProblem,
    ImportReport,
    Label,
    LabelledDocument,
    Page,
    Span,
)

LabelFormat = Literal["jsonl", "doccano", "conll", "squad", "csv", "brat"]
FORMATS: tuple[LabelFormat, ...] = get_args(LabelFormat)

_SHOWN = 200
"""Code points of a quote in a problem."""


def documents_of(store: LabelStore, chosen: Sequence[str] | None = None) -> Iterator[LabelledDocument]:
    """Those that have labels, one by one, with their places in the kept text."""
    if not store.exists:
        return
    with store.reading() as reader:
        known = reader.documents()
    for sha256 in known if chosen is None else chosen:
        with store.reading() as reader:
            row = reader.labelled(sha256)
        if row is not None and row.labels:
            yield replace(row, labels=found_again(row.labels, row.as_document())) if row.text else row


def export(
    store: LabelStore, path: Path, format_: LabelFormat, chosen: Sequence[str] | None, ctx: JobContext | None
) -> ExportReport:
    """See :meth:`assistant.labelling.Labels.export`."""
    written = Written()
    count = 0

    def documents() -> Iterator[LabelledDocument]:
        nonlocal count
        for document in documents_of(store, chosen):
            (ctx or Context()).check()
            if not document.text and format_ != "csv":
                written.leave_out("no_text", len(document.labels))
                continue
            count += 1
            yield document

    if format_ == "brat":
        write_folder(path, brat.write(documents(), written))
    else:
        write_file(path, _pieces(format_, documents(), written))
    return ExportReport(path, count, written.labels, tuple(sorted(written.left_out.items())))


def _pieces(format_: LabelFormat, documents: Iterable[LabelledDocument], written: Written) -> Iterator[str]:
    if format_ in ("jsonl", "doccano"):
        return jsonl.write(documents, written, "doccano" if format_ == "doccano" else "jsonl")
    writers: dict[str, Callable[[Iterable[LabelledDocument], Written], Iterator[str]]] = {
        "conll": conll.write,
        "squad": squad.write,
        "csv": table.write,
    }
    return writers[format_](documents, written)


def import_(
    store: LabelStore,
    path: Path,
    format_: LabelFormat,
    documents: Sequence[Document],
    is_private: Callable[[str], bool],
    ctx: JobContext | None,
) -> tuple[ImportReport, tuple[str, ...]]:
    """See :meth:`assistant.labelling.Labels.import_`; the second are the documents that changed."""
    ctx = ctx or Context()
    try:
        size = path.stat().st_size
    except OSError as error:
        raise unreadable_file(path, error) from error
    if size > LARGEST_FILE:
        raise UserError("too_large", path=str(path), size=size // 1_000_000, kind="labels", limit=LARGEST_FILE // 10**6)
    readers: dict[str, Callable[[Path], Iterator[Sheet]]] = {
        "jsonl": jsonl.read,
        "doccano": jsonl.read,
        "conll": conll.read,
        "squad": squad.read,
        "csv": table.read,
        "brat": brat.read,
    }
    sheets = list(readers[format_](path))
    problems: list[ImportProblem] = []
    touched: dict[str, int] = {}
    already = 0
    with store.writing() as writer:
        for number, sheet in enumerate(sheets):
            ctx.check()
            ctx.report(Progress("labels", number, len(sheets)))
            taking = _Taking(writer, sheet, path, documents, is_private)
            taking.run()
            problems.extend(sheet.problems)
            already += taking.already
            if taking.added:
                touched[taking.sha256] = touched.get(taking.sha256, 0) + taking.added
    return ImportReport(len(touched), sum(touched.values()), already, tuple(problems)), tuple(touched)


class _Taking:
    """One sheet's way into the store."""

    def __init__(
        self,
        writer: Writer,
        sheet: Sheet,
        path: Path,
        documents: Sequence[Document],
        is_private: Callable[[str], bool],
    ) -> None:
        self._writer = writer
        self._sheet = sheet
        self._path = path
        self._documents = documents
        self._is_private = is_private
        self.sha256 = ""
        self.added = 0
        self._ids: set[str] = set()
        self.already = 0

    def run(self) -> None:
        sheet = self._sheet
        target = self._target()
        if target is None:
            for row in sheet.rows:
                self._problem(row, "unknown_document", row.quote or row.text or row.value, "")
            return
        self.sha256 = target.sha256
        # The same file read by another version of the program: its text is the one that the offsets are of, and the
        # labels are found again in the other by their words.
        text = target.text
        if sheet.text is not None and not sheet.loose and (not text or sheet.sha256 == target.sha256):
            text = sheet.text
        where = replace(target, text=text) if text != target.text else target
        there = list(self._writer.labels(target.sha256))
        changes: list[Change] = []
        for row in sheet.rows:
            label = self._label(row, where)
            if label is None:
                continue
            if any(_equal(old, label) for old in there):
                self.already += 1
                continue
            former = next((old for old in there if in_the_way(old, label)), None)
            if former is not None:
                self._problem(row, "conflict", label.text or label.value, former.value or former.text)
                continue
            there.append(label)
            self._ids.add(label.id)
            changes.append(Change(None, label))
        if changes:
            if not self._writer.knows(target.sha256) or any(one.sha256 == target.sha256 for one in self._documents):
                self._writer.keep_document(target, text=not self._is_private(target.sha256))
            self._writer.step(target.sha256, changes)
            self.added = len(changes)

    def _target(self) -> Document | None:
        sheet = self._sheet
        for document in self._documents:
            if sheet.sha256 == document.sha256 or sheet.text == document.text:
                return document
        if self._documents:
            alone = len(self._documents) == 1 and sheet.text is None and not sheet.sha256
            return self._documents[0] if alone else None
        kept = self._writer.labelled(sheet.sha256) if sheet.sha256 else None
        if kept is None and sheet.text is not None:
            twin = self._writer.with_text(sheet.text)
            kept = self._writer.labelled(twin) if twin is not None else None
        if kept is not None:
            return kept.as_document()
        return None if sheet.text is None else self._new(sheet, sheet.text)

    def _new(self, sheet: Sheet, text: str) -> Document:
        """A document of the text alone."""
        sha256 = sheet.sha256 or hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        starts = sorted({0, *(start for start in sheet.pages if start < len(text))})
        ends = [*starts[1:], len(text)]
        pages = tuple(
            Page(number, Span(start, end), 595.0, 842.0, "layout")
            for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
        )
        blocks: list[Block] = []
        place = 0
        for line in text.split("\n"):
            words = line.strip()
            if words:
                start = place + line.index(words)
                blocks.append(Block(Span(start, start + len(words)), "paragraph"))
            place += len(line) + 1
        path = Path(sheet.path) if sheet.path else self._path
        title = sheet.title or f"{self._path.stem}, {sheet.where}"
        return Document(path, sha256, sheet.format or "txt", text, pages, tuple(blocks), sheet.language or "und", title)

    def _label(self, row: Row, document: Document) -> Label | None:
        """``row`` as a label, or None with a problem noted."""
        if row.kind in ("entity", "type", "answer") and not row.value.strip():
            return self._problem(row, "unreadable", "there is no type or question", "")
        placed = row.kind not in ("type", "summary")
        absent = row.kind == "answer" and row.verdict == "no" and row.start is None
        anchor = None
        if placed and not absent:
            if row.start is None or row.end is None:
                return self._problem(row, "unreadable", "there is no place", "")
            if len(row.value) > LONGEST_VALUE or row.end - row.start > LONGEST[row.kind]:
                return self._problem(row, "refused", row.quote or row.value, "")
            if not document.text and row.quote:
                # A locked document's: it is looked for when the document is open.
                span = Span(row.start, max(row.start, row.end))
                anchor = replace(document.anchor(span), quote=row.quote, before=row.before, after=row.after)
            elif not row.start < row.end <= len(document.text):
                return self._problem(row, "outside", row.quote or "", "")
            else:
                anchor = document.anchor(Span(row.start, row.end))
                if not self._agrees(row.quote, anchor.quote):
                    return self._problem(row, "mismatch", row.quote or "", anchor.quote)
        elif row.kind == "summary" and not row.text.strip():
            return self._problem(row, "unreadable", "there is no text", "")
        taken = not row.id or len(row.id) > 64 or row.id in self._ids or self._writer.label(row.id) is not None
        return Label(
            uuid.uuid4().hex if taken else row.id,
            document.sha256,
            row.kind,
            row.value,
            row.verdict,
            anchor,
            anchor.quote if anchor is not None else row.text,
            row.origin or f"import:{self._path.name}",
            row.time or time.time(),
        )

    def _agrees(self, quote: str | None, stands: str) -> bool:
        if quote is None or quote == stands:
            return True
        return self._sheet.loose and _one_for_one(quote) == _one_for_one(stands)

    def _problem(
        self,
        row: Row,
        reason: Literal["mismatch", "outside", "unknown_document", "conflict", "unreadable", "refused"],
        quoted: str,
        found: str,
    ) -> Label | None:
        """Note it; there is no label then."""
        self._sheet.problems.append(ImportProblem(row.where, reason, quoted[:_SHOWN], found[:_SHOWN]))
        return None


def _equal(old: Label, new: Label) -> bool:
    spans = [label.anchor.span if label.anchor is not None else None for label in (old, new)]
    return (old.kind, old.value, old.verdict, old.text) == (new.kind, new.value, new.verdict, new.text) and (
        spans[0] == spans[1]
    )


def _one_for_one(text: str) -> str:
    return "".join(" " if c.isspace() else c for c in text)
