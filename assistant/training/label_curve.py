"""Would more labels help: the score with a quarter, half and three quarters of the training documents.

Each part is trained on as the whole was, and scored on the held-out test documents in torch; the parts of one run grow,
so a step up is due to what was added. Points are kept in ``label_curve.json`` as they are made.
"""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.jobs import JobContext, Progress
from assistant.training.dataset import raw_rows
from assistant.training.files import write_json, write_rows
from assistant.training.loop import train
from assistant.training.recipe import DataSource, Recipe
from assistant.training.steps import CurveOfLabels

SHARES = (0.25, 0.5, 0.75, 1.0)
FILE = "label_curve.json"


def measured(
    folder: Path, recipe: Recipe, root: Path, shipped: Path, start: Path | None, ctx: JobContext
) -> tuple[CurveOfLabels, ...]:
    """A point for each share; the last one is trained anew as well, so that all are made alike. Raises Cancelled."""
    place = folder / FILE
    known: list[list[float]] = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else []
    rows = {source.file: [row for _, row in raw_rows(root / source.file)] for source in _own(recipe)}
    documents = sorted({_document(row) for members in rows.values() for row in members})
    random.Random(f"curve/{recipe.seed}").shuffle(documents)
    for number, share in enumerate(SHARES):
        ctx.check()
        ctx.report(Progress("learning_curve", number, len(SHARES)))
        if number < len(known):
            continue
        kept = set(documents[: max(1, round(share * len(documents)))])
        score, count = _point(folder, recipe, rows, kept, root, shipped, start, ctx)
        known.append([share, count, score])
        write_json(place, known)
    return tuple(CurveOfLabels(share, int(count), round(score, 4)) for share, count, score in known)


def _own(recipe: Recipe) -> list[DataSource]:
    return [source for source in recipe.sources("train") if not source.licence]


def _document(row: dict[str, Any]) -> str:
    return str(row.get("doc") or row["id"]).partition("/")[0]


def _point(
    folder: Path,
    recipe: Recipe,
    rows: dict[str, list[dict[str, Any]]],
    kept: set[str],
    root: Path,
    shipped: Path,
    start: Path | None,
    ctx: JobContext,
) -> tuple[float, int]:
    """(score on the test documents, training rows) with the documents in ``kept`` alone."""
    from assistant.training.labels_run import built

    work = folder / "part"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    sources, count = [], 0
    for source in recipe.data:
        if source.role == "test":
            # Looked at once, after the last step.
            sources.append(replace(source, role="validation"))
        elif source.role == "train" and source.file in rows:
            chosen = [row for row in rows[source.file] if _document(row) in kept]
            if chosen:
                name = f"rows/part-{Path(source.file).name}"
                write_rows(root / name, chosen)
                sources.append(replace(source, file=name))
                count += len(chosen)
        elif source.role == "train":
            sources.append(source)
    part = replace(
        recipe,
        data=tuple(sources),
        train=replace(recipe.train, evaluations=1, perturbations=dict(recipe.train.perturbations)),
    )
    objective = built(part, root, shipped, start, ctx.check)
    try:
        result = train(
            objective, part, work, on_step=lambda _: None, on_scores=lambda *_: None, check=ctx.check,
            checkpoint_every=1e9,
        )  # fmt: skip
    finally:
        shutil.rmtree(work, ignore_errors=True)
        for path in (root / "rows").glob("part-*"):
            path.unlink()
    return result.best["score"], count
