"""What a run from labels does for the reader: asking held-out documents, earlier skills, when answers are shown.

No torch here, but in the trainer's process: see :mod:`assistant.training.labels_run`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.inference.catalog import Catalog
from assistant.inference.manifest import Manifest
from assistant.jobs import JobContext
from assistant.tasks.answerability import Answerability
from assistant.training import replay
from assistant.training.answer_examples import ABSENT, ANSWERED
from assistant.training.comparing import Held
from assistant.training.comparing_answers import compare_answers
from assistant.training.dataset import AnswerRow
from assistant.training.evaluate import best_spans
from assistant.training.metrics import answer_f1
from assistant.training.preparation_answers import ASKED
from assistant.training.questions import Indices, Reply, document_of, replies
from assistant.training.recalibrating import earlier_documents, own_documents, refitted
from assistant.training.steps import ResultState
from assistant.types import Document

_log = logging.getLogger(__name__)


class Interview:
    """The questions of held-out documents, asked of one model after the other."""

    def __init__(self, folder: Path, examples: Sequence[Held], catalog: Catalog) -> None:
        self._folder, self.examples, self._catalog = folder, examples, catalog
        self._indices = Indices()
        self.documents: dict[str, Document] = {
            name: document_of(folder, name) for name in dict.fromkeys(item.document for item in examples)
        }

    def said(self, model: Path, ctx: JobContext) -> list[Reply]:
        asked = [(example.document, example.text) for example in self.examples]
        reader = self._catalog.load_answers(model)
        return replies(asked, self._folder, self._indices, self._catalog.encoder(), reader, ctx)

    def compared(
        self, run: str, name: str, current: str, new: Sequence[Reply], old: Sequence[Reply] | None
    ) -> ResultState:
        return compare_answers(run, name, current, self.examples, self.documents, new, old)


def earlier_rows(path: Path, split: str) -> list[AnswerRow]:
    """Rows of earlier data that were not trained on."""
    return [
        AnswerRow(
            row["id"], row["split"], row["lang"], row["source"], row["title"], row["context"], row["question"],
            tuple((item["start"], item["text"]) for item in row["answers"]),
        )
        for row in replay.read(path)
        if row["split"] == split
    ]  # fmt: skip


def earlier_skills(
    path: Path, catalog: Catalog, new: Path, old: Path, ctx: JobContext
) -> dict[str, tuple[float, float]]:
    """``(before, after)`` on earlier paragraphs that were not trained on: F1 where there is an answer, silence where
    there is none, and both. What the reader itself prefers counts, whatever is shown of it."""
    rows = earlier_rows(path, "test")
    if not rows:
        return {}
    figures = []
    for folder in (old, new):
        scores: dict[str, list[float]] = {ANSWERED: [], ABSENT: []}
        for row, best in best_spans(rows, catalog.load_answers(folder), ctx):
            said = row.context[best.start : best.end] if best is not None and best.margin > 0 else ""
            if row.answers:
                scores[ANSWERED].append(max(answer_f1(said, text, row.lang) for _, text in row.answers))
            else:
                scores[ABSENT].append(float(not said))
        scores[""] = [*scores[ANSWERED], *scores[ABSENT]]
        figures.append({name: sum(values) / len(values) for name, values in scores.items() if values})
    return {name: (round(value, 4), round(figures[1][name], 4)) for name, value in figures[0].items()}


def recalibrate(
    folder: Path, made: Path, start: Path | None, wanted: dict[str, Any], catalog: Catalog,
    held_examples: Callable[[Path], list[Held]], ctx: JobContext,
) -> None:  # fmt: skip
    """Give the model in ``made`` the weights of when answers are shown; its manifest is rewritten."""
    if start is None:
        return
    before = Manifest.read(start).calibration
    earlier = earlier_documents(earlier_rows(Path(wanted["replay"]), "validation")) if wanted["replay"] else []
    examples = held_examples(folder / ASKED)
    documents = {name: document_of(folder, name) for name in dict.fromkeys(item.document for item in examples)}
    entries = refitted(
        before, own_documents(examples, documents), earlier, catalog.encoder(), catalog.load_answers(start),
        catalog.load_answers(made), ctx,
    )  # fmt: skip
    if Answerability.of("answer", entries) is None:
        _log.info("the model before had no weights of when answers are shown")
    manifest = Manifest.read(made)
    replace(manifest, calibration={**manifest.calibration, **entries}).write(made)
