"""``docent train`` and ``docent evaluate``. No torch: training runs in a process of its own."""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from assistant.errors import UsageError, UserError
from assistant.inference.catalog import Catalog
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Runtime
from assistant.jobs import Context, Progress
from assistant.paths import Paths, bundled
from assistant.training.dataset import raw_rows
from assistant.training.evaluate import Selection, evaluate
from assistant.training.model_tables import beside, merged, sections_of, write_board
from assistant.training.recipe import DataSource, Recipe, TaskName, TrainingParameters
from assistant.training.robustness import measure_robustness
from assistant.training.scoreboard import FILE, Board, empty_board, score_models
from assistant.training.trainer import Trainer, TrainingScores

_log = logging.getLogger(__name__)

PACKAGES = ("torch", "transformers", "optimum", "onnx", "safetensors")
ENTITY_LABELS = ("PERSON", "ORGANIZATION", "LOCATION", "EVENT", "PRODUCT", "WORK", "MISC")
EPOCHS = {"entities": 3.0, "answers": 2.0, "summary": 12.0, "classification": 60.0}


def train_command(options: argparse.Namespace, out: TextIO) -> int:
    """Train from a recipe, or from data files with the task's defaults; the model's folder is ``--out``."""
    if missing := [name for name in PACKAGES if importlib.util.find_spec(name) is None]:
        _log.info("training needs %s", ", ".join(missing))
        raise UserError("training_unavailable")
    if options.recipe is not None:
        recipe = Recipe.load(options.recipe)
        root = data_root(recipe)
        target = options.out or Path.cwd() / recipe.name
    else:
        recipe, root = recipe_for(options.task, [path.resolve() for path in options.data], options.out.name), Path("/")
        target = options.out
    ctx = Context(_reporter(), _score_reporter())
    work = target.with_name(target.name + ".run")
    recipe, start = started_from(recipe, options.start)
    trained = Trainer(bundled("models"), root).run(recipe, work, ctx, start)
    if target.exists():
        old = target.with_name(target.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
        trained.folder.rename(target)
        shutil.rmtree(old)
    else:
        trained.folder.rename(target)
    shutil.rmtree(work)
    result = {"task": recipe.task, "model": trained.id, "path": str(target), "metrics": dict(trained.metrics)}
    if options.json:
        out.write(json.dumps(result, ensure_ascii=False) + "\n")
    else:
        out.write(f"{trained.id} is in {target}\n")
        out.writelines(f"  {name}: {value:.3f}\n" for name, value in trained.metrics.items())
    return 0


def evaluate_command(options: argparse.Namespace, out: TextIO) -> int:
    """Score the active model, or the one in ``--model``; with ``--all`` or ``--robustness`` all that ship."""
    if options.all or options.robustness:
        if options.task is not None or options.data is not None or options.model is not None or options.split:
            raise UsageError("usage", why="--all and --robustness choose the models and the data themselves")
        return _evaluate_shipped(options, out)
    if options.only:
        raise UsageError("usage", why="--only goes with --all or --robustness")
    if options.task is None or options.data is None or options.write:
        raise UsageError("usage", why="docent evaluate needs TASK and --data, or --all or --robustness.")
    paths = Paths.default()
    runtime = Runtime(paths.cache / "provider.json")
    catalog = Catalog(bundled("models"), paths.data / "models", paths.cache, runtime)
    selection = Selection(options.split, options.limit)
    scores = evaluate(options.task, options.data, catalog, options.model, selection, Context(_reporter()))
    if not scores["rows"]:
        raise UsageError(
            "usage", why=f"{options.data} has no rows" + (f" of split {options.split}" if options.split else "")
        )
    if options.json:
        out.write(json.dumps(scores, ensure_ascii=False) + "\n")
    else:
        out.writelines(
            f"{name}: {value:.4f}\n" if isinstance(value, float) else f"{name}: {value}\n"
            for name, value in scores.items()
        )
    return 0


def _evaluate_shipped(options: argparse.Namespace, out: TextIO) -> int:
    """Recompute the figures of the models that ship; ``--write`` puts them into ``models/``."""
    folder, paths = bundled("models"), Paths.default()
    # None of the user's own models: the encoder, too, is the one that ships.
    catalog = Catalog(folder, paths.cache / "none", paths.cache, Runtime(paths.cache / "provider.json"))
    root = next((place for place in data_folders() if place.is_dir()), Path.cwd())
    ctx = Context(_reporter())
    board = empty_board(catalog, folder)
    only = options.only or ""
    if options.all:
        board = score_models(catalog, folder, root, options.limit, ctx, only)
    robustness = None
    if options.robustness:
        robustness, missing = measure_robustness(catalog, folder, root, options.limit, ctx, only)
        board = replace(board, skipped=tuple(dict.fromkeys([*board.skipped, *missing])))
    shown = merged(None, board, robustness, options.all)
    written: list[Path] = []
    if options.write:
        before = Board.load(folder / FILE)
        now = merged(before, board, robustness, options.all)
        written = write_board(beside(before, now, only) if only else now, folder)
    if options.json:
        values = json.loads(shown.to_json()) | {"skipped": board.skipped, "written": [str(path) for path in written]}
        out.write(json.dumps(values, ensure_ascii=False) + "\n")
        return 0
    out.write("".join(f"{text}\n\n" for text in sections_of(shown).values()))
    out.writelines(f"not there: {root / file}\n" for file in board.skipped)
    out.writelines(f"written: {path}\n" for path in written)
    return 0


def data_folders() -> list[Path]:
    """Where data files may lie: ``DOCENT_DATA``, or ``../shared/data`` beside the checkout, or here."""
    named = [Path(os.environ["DOCENT_DATA"])] if "DOCENT_DATA" in os.environ else []
    return [*named, bundled("models").parent.parent / "shared" / "data", Path.cwd()]


def data_root(recipe: Recipe) -> Path:
    """The first of :func:`data_folders` that has all of a recipe's files. Raises UserError ``data_missing``."""
    candidates = data_folders()
    for root in candidates:
        if all((root / source.file).is_file() for source in recipe.data if source.file):
            return root
    raise UserError("data_missing", path=str(candidates[0] / next(item.file for item in recipe.data if item.file)))


def started_from(recipe: Recipe, folder: Path | None) -> tuple[Recipe, Path | None]:
    """The folder of the model that a recipe starts from, and the recipe with the hash of its graph.

    Without a ``folder`` it is the one that ships, which then has to be the very graph that the recipe names; one that
    was made again has another hash. Raises UsageError where it is another model.
    """
    if not recipe.start:
        if folder is not None:
            raise UsageError("usage", why=f"The recipe of {recipe.name}@{recipe.version} starts from no other model")
        return recipe, None
    place = folder or bundled("models") / recipe.start.partition("@")[0]
    found = Manifest.read(place)
    digest = found.files[found.graph].sha256
    if found.id != recipe.start or (folder is None and recipe.start_sha256 not in ("", digest)):
        earlier = f"models/recipes/{recipe.start.replace('@', '-')}.toml"
        why = f"The recipe starts from {recipe.start}, not from the model in {place}. Make it with {earlier}, or take "
        raise UsageError("usage", why=why + "it from an earlier commit, and name its folder with --start.")
    return replace(recipe, start_sha256=digest), place


def recipe_for(task: TaskName, files: list[Path], name: str) -> Recipe:
    """A recipe with the task's defaults for data files of one's own.

    Rows of the splits dev, validation or valid (or else test) are held out. Raises UsageError where a file set has no
    such rows: a model that was never tested on what it has not seen is not published.
    """
    sources: list[DataSource] = []
    for path in files:
        splits = {str(row.get("split", "train")) for _, row in raw_rows(path)}
        relative = path.relative_to(path.anchor).as_posix()
        held = sorted(splits & {"dev", "validation", "valid"}) or sorted(splits & {"test"})
        if trained := sorted(splits - set(held) - {"test"}):
            sources.append(DataSource(relative, "train", tuple(trained), labels=_entity_labels(task, path)))
        if held:
            sources.append(DataSource(relative, "validation", tuple(held), labels=_entity_labels(task, path)))
    if not any(source.role == "train" for source in sources):
        raise UsageError("usage", why="The data has no rows to train on (split: train)")
    if not any(source.role == "validation" for source in sources):
        why = "The data has no held-out rows (split: dev or test), so the model could not be tested"
        raise UsageError("usage", why=why)
    labels: tuple[str, ...] = ()
    if task == "entities":
        labels = tuple(dict.fromkeys(label for source in sources for label in source.labels))
    elif task == "classification":
        labels = tuple(sorted({str(row["label"]) for path in files for _, row in raw_rows(path) if "label" in row}))
    heads = task in ("summary", "classification")
    parameters = TrainingParameters(
        epochs=EPOCHS[task],
        learning_rate=1e-3 if heads else 1e-4,
        head_learning_rate=1e-3,
        batch_tokens=2048,
        max_tokens=320 if task == "answers" else 192,
        precision="fp32" if heads else "bf16",
    )
    return Recipe(name, task, "1", tuple(sources), labels, train=parameters)


def _entity_labels(task: str, path: Path) -> tuple[str, ...]:
    """The labels that a file marks, the known ones first; dates and amounts are found by rules."""
    if task != "entities":
        return ()
    marked = {str(item.get("label")) for _, row in raw_rows(path) for item in row.get("entities", ())}
    own = sorted(marked - set(ENTITY_LABELS) - {"DATE", "MONEY"})
    return (*(label for label in ENTITY_LABELS if label in marked), *own)


class _reporter:  # noqa: N801 - used like a function
    """Progress on stderr, when it is a terminal."""

    def __call__(self, progress: Progress) -> None:
        if sys.stderr.isatty():
            total = f" of {progress.total}" if progress.total else ""
            sys.stderr.write(f"\r{progress.stage}: {progress.done}{total}\x1b[K")
            sys.stderr.flush()


class _score_reporter:  # noqa: N801 - used like a function
    """Validation scores on stderr, when it is a terminal."""

    def __call__(self, partial: object) -> None:
        if isinstance(partial, TrainingScores) and sys.stderr.isatty():
            sys.stderr.write(f"\rstep {partial.step}: score {partial.scores['score']:.3f}\x1b[K\n")
