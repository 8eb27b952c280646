"""A run from the user's labels, in the trainer's process: search, train, publish, compare.

The run's folder has ``request.json`` with a part ``labels`` (:mod:`assistant.training.runs` writes it); what comes out
is ``model/`` and ``result.bin``, each written aside and moved into place, so that a kill leaves the one before or none.
``curve.jsonl`` and ``tensorboard/`` grow while it trains. A run that is started again goes on with what is not there.
"""

from __future__ import annotations

import functools
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.inference.catalog import Catalog
from assistant.inference.manifest import FILE as MANIFEST
from assistant.inference.manifest import Manifest, describe
from assistant.inference.runtime import Runtime
from assistant.jobs import Progress
from assistant.store.codecs import encode
from assistant.training import evaluate as scoring
from assistant.training import summary_run
from assistant.training.answers_run import Interview, earlier_skills, recalibrate
from assistant.training.comparing import Held, Said, compare_entities, compare_types
from assistant.training.curves import CurveLog
from assistant.training.dataset import EntityRow, raw_rows
from assistant.training.files import write_bytes
from assistant.training.recipe import Recipe
from assistant.training.steps import LibraryChange, Place, ResultState
from assistant.training.summary_run import start_head

RESULT = "result.bin"
INT8_COST = 0.01
"""F1 that int8 may cost on the held-out examples; above it the model stays in float32."""
LIBRARY_SECONDS = 60.0
FORGOTTEN = 0.05
"""A model that loses more F1 than this on earlier examples is worse, whatever it does on the user's."""

Send = Callable[[dict[str, Any]], None]


class _Context:
    """Progress of a stage as the trainer's messages."""

    def __init__(self, stage: str, send: Send, check: Callable[[], None]) -> None:
        self._stage, self._send, self._check = stage, send, check
        self._marked = 0.0

    def report(self, progress: Progress) -> None:
        if time.monotonic() - self._marked > 0.5:
            self._marked = time.monotonic()
            self._send({"event": "progress", "stage": self._stage, "done": progress.done, "total": progress.total})

    def publish(self, partial: object) -> None:
        return None

    def check(self) -> None:
        self._check()


def run_from_labels(
    folder: Path, request: dict[str, Any], send: Send, check: Callable[[], None], finish: Callable[[], bool]
) -> None:
    """Carry out a request with a part ``labels``. Raises what goes wrong."""
    recipe, wanted = Recipe.from_mapping(request["recipe"]), request["labels"]
    root, shipped = Path(request["root"]), Path(request["models"])
    start = Path(request["start"]) if request.get("start") else None
    send({"event": "progress", "stage": "preparing", "done": 0, "total": 0})
    recipe.verify(root)
    if start is not None and recipe.task in ("entities", "answers") and (start / MANIFEST).is_file():
        from assistant.training.start import as_deep

        recipe = as_deep(recipe, start, shipped / "base")
    if wanted["search_minutes"]:
        from assistant.training.searching import searched

        recipe = searched(recipe, root, shipped, start, folder, wanted["search_minutes"], send, check, finish)
    if not (folder / "model" / "manifest.json").is_file():
        _train(folder, recipe, wanted, root, shipped, start, send, check, finish)
    send({"event": "progress", "stage": "evaluating", "done": 0, "total": 0})
    manifest = Manifest.read(folder / "model")
    result = _compare(folder, recipe, wanted, shipped, _Context("evaluating", send, check))
    if wanted["curve"]:
        from assistant.training.label_curve import measured

        points = measured(folder, recipe, root, shipped, start, _Context("learning_curve", send, check))
        result = replace(result, learning_curve=points, more_labels_help=points[-1].score - points[-2].score > 0.01)
    write_bytes(folder / RESULT, encode(result))
    send({"event": "done", "model": manifest.id, "metrics": manifest.metrics, "best": {}})


def _train(
    folder: Path,
    recipe: Recipe,
    wanted: dict[str, Any],
    root: Path,
    shipped: Path,
    start: Path | None,
    send: Send,
    check: Callable[[], None],
    finish: Callable[[], bool],
) -> None:
    from assistant.training.loop import StepReport, train
    from assistant.training.publish import publish

    objective = built(recipe, root, shipped, start, check)
    with CurveLog(folder) as log:

        def on_step(report: StepReport) -> None:
            from assistant.training.worker import step_message

            log.loss(report.step, report.loss, report.learning_rate)
            send(step_message(report))

        def on_scores(step: int, scores: dict[str, float]) -> None:
            log.scores(step, scores)
            send({"event": "scores", "step": step, "scores": scores})

        result = train(
            objective, recipe, folder, on_step=on_step, on_scores=on_scores, check=check, finish=finish,
            checkpoint_every=20.0, report_every=0.5,
        )  # fmt: skip
    send({"event": "progress", "stage": "exporting", "done": 0, "total": 0})
    check()
    model = merged(objective.model)
    lineage = {**wanted["lineage"], "created": time.time()}
    int8 = folder / "int8"
    own = getattr(objective, "own", None)
    publish(model, recipe, result, root, shipped, int8, check, strict=False, lineage=lineage, own=own)
    chosen = int8
    exporting = _Context("exporting", send, check)
    if recipe.task == "answers":
        recalibrate(folder, int8, start, wanted, _catalog(shipped, folder), held_examples, exporting)
    if recipe.task in ("entities", "answers"):
        chosen = _cheaper(folder, int8, model, recipe.task, own, wanted, shipped, exporting)
    _placed(chosen, folder / "model")
    for name in ("int8", "fp32"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _placed(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    source.rename(target)


def built(recipe: Recipe, root: Path, shipped: Path, start: Path | None, check: Callable[[], None]) -> Any:
    """The objective with its data, on the weights that it starts from."""
    from assistant.training.worker import make_objective

    if start is not None and recipe.task == "entities" and not (start / MANIFEST).is_file():
        from assistant.training.lora import add_lora
        from assistant.training.own_base import built_on

        own = built_on(start, recipe, root)
        own.check = check
        if recipe.train.lora_rank:
            add_lora(own.model, recipe.train.lora_rank, recipe.train.frozen_layers)
        return own
    objective = make_objective(recipe, root, shipped, check)
    if recipe.task in ("entities", "answers"):
        objective.check = check
    if start is not None and recipe.task == "summary":
        start_head(objective.model, start)
    elif start is not None:
        from assistant.training.start import start_from

        start_from(objective.model, start, shipped / "base")
    if recipe.train.lora_rank:
        from assistant.training.lora import add_lora

        add_lora(objective.model, recipe.train.lora_rank, recipe.train.frozen_layers)
    if start is not None and recipe.task in ("entities", "answers"):
        objective.teach(Manifest.read(start).labels)
    return objective


def merged(model: Any) -> Any:
    """The model with what LoRA learned in its own weights."""
    if any("lora_" in name for name, _ in model.named_parameters()):
        from assistant.training.lora import merge_lora

        merge_lora(model)
    return model


# --- int8 or float32 ----------------------------------------------------------------------------------------------


def _cheaper(
    folder: Path, int8: Path, model: Any, task: str, own: Any, wanted: dict[str, Any], shipped: Path, ctx: _Context
) -> Path:
    """The int8 folder, or a float32 one where int8 costs more than INT8_COST on the held-out examples."""
    from assistant.training.export import export_fp32, fuse

    examples = held_examples(folder / wanted["test"])
    labels = frozenset(wanted["tested"])
    float_folder = folder / "fp32"
    shutil.rmtree(float_folder, ignore_errors=True)
    shutil.copytree(int8, float_folder)
    if own is not None:
        own.export_float(model, float_folder / "model.onnx")
    else:
        plain = float_folder / "plain.onnx"
        export_fp32(model, task, plain)
        fuse(plain, float_folder / "model.onnx", model.config)
        plain.unlink()
    manifest = Manifest.read(int8)
    replace(manifest, precision="fp32", files=describe(float_folder, list(manifest.files))).write(float_folder)
    catalog = _catalog(shipped, folder)
    if task == "answers":
        interview = Interview(folder, examples, catalog)
        found = interview.compared("", "", "", interview.said(float_folder, ctx), interview.said(int8, ctx))
    else:
        said = [_said(examples, catalog, place, ctx) for place in (float_folder, int8)]
        found = compare_entities("", "", "", examples, said[0], said[1], sorted(labels), labels)
    assert found.before is not None
    assert found.difference is not None
    measured = {"fp32_f1": found.overall.f1.value, "int8_f1": found.before.value}
    # A mention or two among few say nothing: the interval has to say so too, or it has to be much.
    cost = found.difference
    keeps_float = cost.value > INT8_COST and (cost.low > 0 or cost.value > 3 * INT8_COST)
    chosen = float_folder if keeps_float else int8
    written = Manifest.read(chosen)
    replace(
        written, settings={**written.settings, **measured, "milliseconds": _speed(catalog, chosen, task, ctx)}
    ).write(chosen)
    return chosen


def _speed(catalog: Catalog, folder: Path, task: str, ctx: _Context) -> float:
    """Milliseconds for a paragraph of 128 pieces on one core; the median of nine."""
    text = "The Supplier shall deliver the goods to the Buyer in Rotterdam. "
    work: Callable[[], object]
    if task == "answers":
        reader = catalog.load_answers(folder)
        work = functools.partial(reader.spans, "Who shall deliver the goods?", [text * 8], ctx)
    else:
        model = catalog.load_entities(folder)
        encoding = model.tokenizer.encode([text * 20])[0].slice(0, 126)

        def work() -> object:
            return list(model.logits([encoding], ctx))

    times = []
    for _ in range(9):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return round(sorted(times)[4] * 1000, 2)


# --- comparing ----------------------------------------------------------------------------------------------------


def held_examples(path: Path) -> list[Held]:
    """The held-out examples that the run was given."""
    return [
        Held(
            row["document"], row["path"], row["title"], row["start"], row["text"],
            tuple((start, end, label) for start, end, label in row["entities"]),
            tuple((start, end) for start, end in row["ignored"]),
            frozenset(row["marks"]), row["label"], row.get("reference", ""),
        )
        for _, row in raw_rows(path)
    ]  # fmt: skip


def _catalog(shipped: Path, folder: Path) -> Catalog:
    return Catalog(shipped, folder / "none", folder / "none", Runtime(available=lambda: ()))


def _compare(folder: Path, recipe: Recipe, wanted: dict[str, Any], shipped: Path, ctx: _Context) -> ResultState:
    examples = held_examples(folder / wanted["test"])
    catalog = _catalog(shipped, folder)
    current = Path(wanted["current"]) if wanted["current"] else None
    name = Manifest.read(folder / "model").id
    if recipe.task == "classification":
        from assistant.training.type_scores import said_of_types

        new = said_of_types(examples, wanted["tested"], catalog, folder / "model", ctx)
        old = said_of_types(examples, wanted["tested"], catalog, current, ctx)
        return compare_types(wanted["run"], name, wanted["current_id"], examples, new, old, wanted["tested"])
    if recipe.task == "summary":
        result = summary_run.compared(folder, examples, wanted, catalog, folder / "model", current, ctx)
        if current is not None and wanted["replay"]:
            earlier = summary_run.earlier_skills(Path(wanted["replay"]), catalog, folder / "model", current, ctx)
            result = replace(result, replay=earlier)
        return _without_forgetting(result)
    if recipe.task == "answers":
        return _compare_answers(folder, wanted, examples, catalog, current, ctx)
    new_said = _said(examples, catalog, folder / "model", ctx)
    old_said = _said(examples, catalog, current, ctx) if current is not None else None
    known = frozenset(wanted["known"])
    result = compare_entities(
        wanted["run"], name, wanted["current_id"], examples, new_said, old_said, wanted["tested"], known
    )
    if current is None:
        return result
    kept = _earlier(wanted, catalog, folder / "model", current, ctx)
    result = replace(result, replay=kept, library=_library(folder, wanted, catalog, current, ctx))
    return _without_forgetting(result)


def _compare_answers(
    folder: Path,
    wanted: dict[str, Any],
    examples: Sequence[Held],
    catalog: Catalog,
    current: Path | None,
    ctx: _Context,
) -> ResultState:
    interview, new = Interview(folder, examples, catalog), folder / "model"
    old = interview.said(current, ctx) if current is not None else None
    name = Manifest.read(new).id
    result = interview.compared(wanted["run"], name, wanted["current_id"], interview.said(new, ctx), old)
    if current is not None and wanted["replay"]:
        result = replace(result, replay=earlier_skills(Path(wanted["replay"]), catalog, new, current, ctx))
    return _without_forgetting(result)


def _without_forgetting(result: ResultState) -> ResultState:
    """A result whose verdict says that too much was forgotten, where it was."""
    kept = result.replay
    if "" in kept and kept[""][0] - kept[""][1] > FORGOTTEN:
        return replace(result, verdict="worse")
    return result


def _row(text: str, name: str = "") -> EntityRow:
    return EntityRow(name, None, "test", "und", "", text, (), ())


def _said(examples: Sequence[Held], catalog: Catalog, folder: Path, ctx: _Context) -> list[list[Said]]:
    judged = scoring.judge_entities([_row(example.text) for example in examples], catalog.load_entities(folder), ctx)
    return [list(item.said) for item in judged]


def _earlier(
    wanted: dict[str, Any], catalog: Catalog, new: Path, old: Path, ctx: _Context
) -> dict[str, tuple[float, float]]:
    """F1 by label on earlier examples that were not trained on, ``(before, after)``; ``""`` is all of them."""
    from assistant.training import replay

    rows = [
        Held(
            row["id"], "", "", 0, row["text"],
            tuple((item["start"], item["end"], item["label"]) for item in row["entities"]),
            tuple((item["start"], item["end"]) for item in row["ignored"]),
            frozenset(row["marks"]),
        )
        for row in replay.read(Path(wanted["replay"]))
        if row["split"] == "test"
    ] if wanted["replay"] else []  # fmt: skip
    labels = sorted({label for row in rows for _, _, label in row.entities} & set(wanted["known"]))
    if not labels:
        return {}
    figures = []
    for folder in (old, new):
        said = _said(rows, catalog, folder, ctx)
        found = compare_entities("", "", "", rows, said, None, labels, frozenset(labels))
        figures.append({item.label: item.f1.value for item in (found.overall, *found.classes) if item.gold})
    return {label: (value, figures[1].get(label, 0.0)) for label, value in figures[0].items()}


def _library(
    folder: Path, wanted: dict[str, Any], catalog: Catalog, current: Path, ctx: _Context
) -> tuple[LibraryChange, ...]:
    """What the documents whose text is kept would show otherwise; as many as the time allows."""
    path = folder / wanted["library"]
    if not wanted["library"] or not path.is_file():
        return ()
    began, changes = time.monotonic(), []
    models = catalog.load_entities(current), catalog.load_entities(folder / "model")
    for _, row in raw_rows(path):
        if time.monotonic() - began > LIBRARY_SECONDS:
            break
        texts = [_row(text) for _, text in row["rows"]]
        before, after = (scoring.judge_entities(texts, model, ctx) for model in models)
        added = removed = relabelled = 0
        shown: list[Place] = []
        for (start, text), old, new in zip(row["rows"], before, after, strict=True):
            old_places = {(item[0], item[1]): item[2] for item in old.said}
            new_places = {(item[0], item[1]): item[2] for item in new.said}
            for place, label in new_places.items():
                if old_places.get(place) == label:
                    continue
                relabelled += place in old_places
                added += place not in old_places
                if len(shown) < 10:
                    words = f"{text[place[0] : place[1]]} ({label})"
                    shown.append(
                        Place(
                            row["document"], Path(row["path"]), row["title"], start + place[0], start + place[1], words
                        )
                    )
            removed += len(old_places.keys() - new_places.keys())
        if added or removed or relabelled:
            changes.append(
                LibraryChange(
                    row["document"], Path(row["path"]), row["title"], added, removed, relabelled, tuple(shown)
                )
            )
    return tuple(changes)
