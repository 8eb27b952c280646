"""How much a model loses on text as it really arrives, as :mod:`assistant.training.perturb` makes it. No torch.

Each file's rows are drawn once; the score on them as they are is compared with that on each perturbed copy.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from assistant.inference.catalog import Catalog, Installed
from assistant.inference.span_extractor import SpanExtractor
from assistant.inference.token_classifier import TokenClassifier
from assistant.jobs import JobContext
from assistant.training.dataset import AnswerRow, EntityRow, read_answers, read_entities
from assistant.training.evaluate import best_spans, evaluate_entities, score_answers
from assistant.training.perturb import (
    ANSWER_PERTURBATIONS,
    PERTURBATIONS,
    long_sentences,
    mixed_answers,
    mixed_entities,
)
from assistant.training.scoreboard import Robustness, data_name, sampled, shipped

ENTITY_FILES = (
    ("entities/uner_ewt_en.jsonl.gz", "dev"),
    ("entities/crossner_en.jsonl.gz", "test"),
    ("entities/uner_gsdsimp_zh.jsonl.gz", "dev2"),
)
ANSWER_FILES = (
    ("answers/squad2_half_en.jsonl.gz", "dev"),
    ("answers/squadshifts_new_wiki_en.jsonl.gz", "dev"),
    ("answers/cmrc2018_zh.jsonl.gz", "dev"),
)
ENTITY_ROWS, ANSWER_ROWS = 400, 150
SEED = 13

Row = TypeVar("Row", EntityRow, AnswerRow)


def measure_robustness(
    catalog: Catalog, folder: Path, root: Path, limit: int | None, ctx: JobContext, only: str = ""
) -> tuple[list[Robustness], list[str]]:
    """All models of entities and answers in ``folder``, or the one of that name, and the files that are not there.

    Raises Cancelled, UserError, ModelError; ImportError without the package for traditional characters.
    """
    found: list[Robustness] = []
    missing = [file for file, _ in (*ENTITY_FILES, *ANSWER_FILES) if not (root / file).is_file()]
    for installed in shipped(catalog, folder, only):
        files = {"entities": ENTITY_FILES, "answers": ANSWER_FILES}.get(installed.manifest.task, ())
        if all(file in missing for file, _ in files):
            continue
        if installed.manifest.task == "entities":
            found += _entities(catalog.load_entities(installed.folder), installed, root, limit or ENTITY_ROWS, ctx)
        else:
            found += _answers(catalog.load_answers(installed.folder), installed, root, limit or ANSWER_ROWS, ctx)
    return found, missing


def _entities(
    model: TokenClassifier, installed: Installed, root: Path, limit: int, ctx: JobContext
) -> list[Robustness]:
    files = {
        file: sampled(read_entities(root / file, (split,)), limit, file)
        for file, split in ENTITY_FILES
        if (root / file).is_file()
    }
    made = []
    for file, split in ENTITY_FILES:
        if not (rows := files.get(file)):
            continue
        language = rows[0].lang
        copies = entity_copies(rows, [row for other in files.values() for row in other if row.lang != language])
        plain = evaluate_entities(rows, model, ctx)["f1"]
        scores = {name: round(evaluate_entities(copy(), model, ctx)["f1"], 4) for name, copy in copies.items()}
        what = (installed.manifest.id, "entities", data_name(file), split, language, "f1")
        made.append(Robustness(*what, len(rows), round(plain, 4), scores))
    return made


def entity_copies(
    rows: Sequence[EntityRow], strangers: Sequence[EntityRow]
) -> dict[str, Callable[[], list[EntityRow]]]:
    """By name, what makes the perturbed rows. Only perturbations that can change rows of this language."""
    chinese = rows[0].lang == "zh"
    copies: dict[str, Callable[[], list[EntityRow]]] = {
        name: _each(rows, perturb) for name, perturb in PERTURBATIONS.items() if chinese or name != "traditional"
    }
    copies["long_sentence"] = lambda: long_sentences(rows, random.Random(SEED))
    if strangers:
        copies["mixed_languages"] = lambda: _mixed(rows, strangers, mixed_entities)
    return copies


def _answers(model: SpanExtractor, installed: Installed, root: Path, limit: int, ctx: JobContext) -> list[Robustness]:
    """Of questions that have an answer, by the best span whatever its score."""
    files = {
        file: sampled([row for row in read_answers(root / file, (split,)) if row.answers], limit, file)
        for file, split in ANSWER_FILES
        if (root / file).is_file()
    }

    def score(rows: Sequence[AnswerRow]) -> float:
        return float(score_answers(list(best_spans(rows, model, ctx)), model.threshold)["span_f1"])

    made = []
    for file, split in ANSWER_FILES:
        if not (rows := files.get(file)):
            continue
        language = rows[0].lang
        copies = answer_copies(rows, [row for other in files.values() for row in other if row.lang != language])
        plain = score(rows)
        scores = {name: round(score(copy()), 4) for name, copy in copies.items()}
        what = (installed.manifest.id, "answers", data_name(file), split, language, "span_f1")
        made.append(Robustness(*what, len(rows), round(plain, 4), scores))
    return made


def answer_copies(
    rows: Sequence[AnswerRow], strangers: Sequence[AnswerRow]
) -> dict[str, Callable[[], list[AnswerRow]]]:
    """As :func:`entity_copies`."""
    chinese = rows[0].lang == "zh"
    copies: dict[str, Callable[[], list[AnswerRow]]] = {
        name: _each(rows, perturb) for name, perturb in ANSWER_PERTURBATIONS.items() if chinese or name != "traditional"
    }
    if strangers:
        copies["mixed_languages"] = lambda: _mixed(rows, strangers, mixed_answers)
    return copies


def _each(rows: Sequence[Row], perturb: Callable[[Row, random.Random], Row]) -> Callable[[], list[Row]]:
    return lambda: [perturb(row, random.Random(f"{SEED}/{number}")) for number, row in enumerate(rows)]


def _mixed(rows: Sequence[Row], strangers: Sequence[Row], mix: Callable[[Row, Row, random.Random], Row]) -> list[Row]:
    rng = random.Random(SEED)
    return [mix(row, rng.choice(strangers), rng) for row in rows]
