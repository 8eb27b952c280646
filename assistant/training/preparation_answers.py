"""The files of a run that trains the reader: rows, questions, documents that are asked. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.store import codecs
from assistant.training import replay
from assistant.training.answer_examples import answer_row, held_questions
from assistant.training.dataset import raw_rows
from assistant.training.examples import DocumentExamples, Example, normalized, repeats
from assistant.training.files import write_bytes, write_rows
from assistant.training.questions import DOCUMENTS
from assistant.training.recipe import DataSource
from assistant.training.split import SIDES
from assistant.training.steps import Parameters, Side

ASKED = "rows/asked.jsonl"
"""The questions of the validation documents, for when answers are shown (:mod:`assistant.training.recalibrating`)."""
EARLIER = 60
"""Earlier rows that a state is scored on beside the user's own."""

Pairs = Sequence[tuple[DocumentExamples, Example]]


def questions_of(pairs: Pairs) -> list[dict[str, Any]]:
    """The questions of some rows, document by document."""
    found: dict[str, tuple[DocumentExamples, list[Example]]] = {}
    for item, row in pairs:
        found.setdefault(item.document, (item, []))[1].append(row)
    return [row for item, rows in found.values() for row in held_questions(replace(item, rows=tuple(rows)))]


def write_answers(
    folder: Path,
    held: str,
    sides: Mapping[Side, Pairs],
    files: Sequence[Path],
    earlier: Path | None,
    values: Parameters,
) -> list[DataSource]:
    """Write the rows below ``folder``; the recipe's sources. Raises UserError."""
    write_rows(folder / held, questions_of(sides["test"]))
    write_rows(folder / ASKED, questions_of(sides["validation"]))
    for side in ("test", "validation"):
        for item in {item.document: item for item, _ in sides[side]}.values():
            if item.whole is not None:
                write_bytes(folder / DOCUMENTS / f"{item.document}.bin", codecs.encode(item.whole))
    sources = []
    for side in SIDES:
        rows = [answer_row(item, row, side) for item, row in sides[side]]
        if rows:
            name = f"rows/{side}.jsonl"
            write_rows(folder / name, rows)
            sources.append(DataSource(name, side, (side,)))
    known: dict[str, set[str]] = {}
    for item, row in sides["test"]:
        # The whole document: another tool cuts it into other passages.
        texts = [item.text, row.text] if row.answers else [item.text]
        known.setdefault(normalized(row.question), set()).update(map(normalized, texts))
    for number, path in enumerate(files):
        more = [
            {**row, "split": "train"} for _, row in raw_rows(path)
            if not repeats(str(row["context"]), known.get(normalized(str(row["question"])), ()))
        ]  # fmt: skip
        name = f"rows/file-{number}.jsonl"
        write_rows(folder / name, more)
        sources.append(DataSource(name, "train", ("train",)))
    sources += replay.rehearsed(folder, earlier, values, len(sides["train"]), EARLIER)
    if not any(source.role == "validation" for source in sources):
        sources += [replace(item, role="validation") for item in sources if item.role == "train"]
    return sources
