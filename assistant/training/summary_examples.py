"""Marked sentences and reference summaries become rows for the salience head. No torch.

A row is a document: all its sentences, with which of them belong into a summary. These are the marked ones; of a
document with a reference summary alone those that, added greedily, cover it best
(:func:`assistant.training.oracle.oracle`). A document with a mark counts as looked at as a whole, since a summary
is a choice among all sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from assistant.documents.segment import sentences
from assistant.store import codecs
from assistant.training import replay
from assistant.training.dataset import raw_rows
from assistant.training.examples import (
    DocumentExamples,
    Example,
    Options,
    counting_labels,
    empty_document,
    span_of,
)
from assistant.training.files import write_bytes, write_rows
from assistant.training.oracle import oracle
from assistant.training.questions import DOCUMENTS
from assistant.training.recipe import DataSource
from assistant.training.split import SIDES
from assistant.training.steps import Parameters, Side
from assistant.types import LabelledDocument, Span

MARKED, REFERENCE = "MARKED", "REFERENCE"
"""The two classes of labels, as the data step counts them."""
ORACLE = 7
"""Sentences that stand for a reference summary at most: as many as a short summary has."""
KIND = "news"
"""Of the rows: three sentences decide which state of the training is kept."""
EARLIER = 20
"""Earlier documents that a state is scored on beside the user's own."""


def summary_examples(
    documents: Iterable[LabelledDocument], options: Options, check: Callable[[], None]
) -> list[DocumentExamples]:
    """One row for each document."""
    made = []
    for document in documents:
        check()
        marks = counting_labels(document, "salient", options) or []
        texts = counting_labels(document, "summary", options) or []
        yes = [label for label in marks if label.verdict == "yes" and label.anchor is not None]
        references = [label.text for label in texts if label.verdict == "yes" and label.text.strip()]
        lost = sum(label.lost for label in yes)
        placed = [label for label in yes if not label.lost]
        if not placed and not references:
            continue
        if not document.text:
            made.append(empty_document(document, lost, locked=True))
            continue
        whole = document.as_document()
        spans = [sentence.span for sentence in sentences(whole)]
        marked = [span for span in spans if any(_covers(span_of(label), span) for label in placed)]
        row = Example(
            document.sha256[:16], document.sha256, 0, document.text,
            tuple((span.start, span.end, MARKED) for span in marked), label=REFERENCE if references else "",
            reference=references[-1] if references else "",
        )  # fmt: skip
        made.append(
            DocumentExamples(
                document.sha256, document.path, document.title or document.path.name, document.language,
                document.text, (row,) if marked or references else (), lost=lost, whole=whole,
            )
        )  # fmt: skip
    return made


def _covers(label: Span, sentence: Span) -> bool:
    """Whether a mark is about a sentence: at least half of one lies in the other."""
    shared = min(label.end, sentence.end) - max(label.start, sentence.start)
    return shared > 0 and 2 * shared >= min(len(label), len(sentence))


def without_left_out(row: Example, classes: frozenset[str]) -> Example | None:
    """A row without the classes that are left out; None where nothing is left."""
    from dataclasses import replace

    entities = () if MARKED in classes else row.entities
    reference = "" if REFERENCE in classes else row.reference
    if not entities and not reference:
        return None
    return replace(row, entities=entities, reference=reference, label=REFERENCE if reference else "")


def summary_row(item: DocumentExamples, row: Example, split: str) -> dict[str, Any]:
    """A row as :func:`assistant.training.dataset.read_summaries` takes it."""
    assert item.whole is not None
    spans = [sentence.span for sentence in sentences(item.whole)]
    texts = [span.of(item.text) for span in spans]
    marked = {(start, end) for start, end, _ in row.entities}
    labels = [int((span.start, span.end) in marked) for span in spans]
    if not marked:
        labels = oracle(texts, [row.reference], ORACLE)
    return {
        "id": row.id, "split": split, "lang": item.language, "source": "labels", "kind": KIND, "title": item.title,
        "sentences": texts, "labels": labels,
    }  # fmt: skip


def write_summaries(
    folder: Path,
    held: str,
    sides: dict[Side, list[tuple[DocumentExamples, Example]]],
    files: Sequence[Path],
    earlier: Path | None,
    values: Parameters,
) -> list[DataSource]:
    """Write the rows below ``folder``; the recipe's sources. Raises UserError."""
    write_rows(
        folder / held,
        [
            {
                "document": item.document, "path": str(item.path), "title": item.title, "start": 0, "text": item.title,
                "entities": [list(entity) for entity in row.entities], "ignored": [], "marks": [], "label": row.label,
                "reference": row.reference,
            }
            for item, row in sides["test"]
        ],
    )  # fmt: skip
    for item, _ in sides["test"]:
        if item.whole is not None:
            write_bytes(folder / DOCUMENTS / f"{item.document}.bin", codecs.encode(item.whole))
    sources = []
    for side in SIDES:
        rows = [summary_row(item, row, side) for item, row in sides[side]]
        if rows:
            name = f"rows/{side}.jsonl"
            write_rows(folder / name, rows)
            sources.append(DataSource(name, side, (side,)))
    texts = {tuple(row["sentences"]) for row in (summary_row(item, row, "test") for item, row in sides["test"])}
    for number, path in enumerate(files):
        rows = [{**row, "split": "train"} for _, row in raw_rows(path) if tuple(row["sentences"]) not in texts]
        name = f"rows/file-{number}.jsonl"
        write_rows(folder / name, rows)
        sources.append(DataSource(name, "train", ("train",)))
    sources += replay.rehearsed(folder, earlier, values, len(sides["train"]), EARLIER)
    if not any(source.role == "validation" for source in sources):
        # SummaryObjective leaves validation rows out of training, so these are the same rows under another split.
        write_rows(folder / "rows/again.jsonl", [summary_row(*pair, "again") for pair in sides["train"]])
        sources.append(DataSource("rows/again.jsonl", "validation", ("again",)))
    return sources
