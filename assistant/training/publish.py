"""From a trained module to a model folder: export, parity, calibration, held-out metrics, manifest, card.

A folder is written aside and moved into place whole. Runs in the trainer's process (torch).
"""

from __future__ import annotations

import json
import math
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from assistant.errors import ModelError
from assistant.inference.catalog import Catalog
from assistant.inference.dequantize import dequantize, halve
from assistant.inference.manifest import Manifest, describe
from assistant.inference.runtime import Runtime
from assistant.inference.token_classifier import TokenClassifier
from assistant.jobs import JobContext, Progress
from assistant.training import evaluate as scoring
from assistant.training.answer_rows import draw, source_rows
from assistant.training.answerability import SOURCES, fit, training_documents
from assistant.training.card import model_card
from assistant.training.dataset import AnswerRow, EntityRow, read_classes, read_entities, read_summaries
from assistant.training.export import OPSET, export_fp32, export_int8, sample_values
from assistant.training.heads import ClassObjective, SalienceHead, export_head
from assistant.training.loop import TrainingResult
from assistant.training.metrics import answer_f1
from assistant.training.perturb import PERTURBATIONS
from assistant.training.recipe import Recipe

if TYPE_CHECKING:
    from assistant.training.own_base import OwnBase

PARITY = 2e-3
"""Largest difference between torch's and ONNX Runtime's float32 outputs."""
HALF = 0.01
"""Largest relative error of the float16 graph's outputs."""


class _Checked:
    """A context for scoring inside the trainer's process."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check

    def report(self, progress: Progress) -> None:
        return None

    def publish(self, partial: object) -> None:
        return None

    def check(self) -> None:
        self._check()


def publish(
    model: Any,
    recipe: Recipe,
    result: TrainingResult,
    root: Path,
    shipped: Path,
    folder: Path,
    check: Callable[[], None],
    *,
    strict: bool = True,
    lineage: Mapping[str, Any] | None = None,
    own: OwnBase | None = None,
) -> Manifest:
    """Write the model's folder; ``shipped`` holds the base. Raises ModelError ``model_incompatible`` without parity.

    ``strict``: refuse a model that float16 would change; otherwise its manifest says so, and CUDA does not run it.
    ``lineage`` goes into the manifest's training. ``own``: the encoder with a vocabulary of its own under ``model``.
    """
    aside = folder.with_name(folder.name + ".new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    ctx = _Checked(check)
    settings: dict[str, Any] = {}
    labels: tuple[str, ...] = ()
    names = ["model.onnx"]
    if own is not None:
        written, names = own.write(model, aside)
        settings |= written
        precision = "int8"
        labels = tuple(model.config.id2label[index] for index in range(len(model.config.id2label)))
    elif recipe.task in ("entities", "answers"):
        settings["parity"] = verify_parity(model, recipe.task, aside)
        export_int8(model, recipe.task, aside / "model.onnx")
        try:
            settings["half"] = verify_half(aside / "model.onnx", shipped / "base")
        except ModelError:
            if strict:
                raise
            settings["half"] = 1.0
        precision = "int8"
        if recipe.task == "entities":
            labels = tuple(model.config.id2label[index] for index in range(len(model.config.id2label)))
        else:
            settings |= {"max_tokens": 384, "stride": 128}
    else:
        export_head(model, aside / "model.onnx")
        settings["parity"] = verify_head_parity(model, aside / "model.onnx")
        precision = "fp32"
        if recipe.task == "classification":
            labels = recipe.labels
    base = Manifest.read(shipped / "base")
    training = {
        "recipe": json.loads(recipe.to_json()),
        "steps": result.steps,
        "best_step": result.best_step,
        "seconds": round(result.seconds, 1),
        "validation": result.best,
        "history": result.history,
        "torch": torch.__version__,
        "opset": OPSET,
        **(lineage or {}),
    }
    manifest = Manifest(
        name=recipe.name,
        task=recipe.task,
        version=recipe.version,
        licence=recipe.licence,
        description=recipe.description,
        files=describe(aside, names),
        precision=precision,
        input="inputs_embeds" if own is None else "input_ids",
        base=base.id if own is None else "",
        labels=labels,
        settings=settings,
        training=training,
    )
    manifest.write(aside)
    # Scored as it will run: the int8 graph on the CPU.
    catalog = Catalog(shipped, aside / "none", aside / "none", Runtime(available=lambda: ()))
    calibration = calibrate(catalog, aside, recipe, root, ctx)
    manifest = _with(manifest, calibration=calibration)
    manifest.write(aside)
    manifest = _with(manifest, metrics=held_out_metrics(catalog, aside, recipe, root, ctx))
    manifest.write(aside)
    (aside / "README.md").write_text(model_card(manifest, recipe), encoding="utf-8")
    if folder.exists():
        old = folder.with_name(folder.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
        aside.rename(folder)
        shutil.rmtree(old)
    else:
        aside.rename(folder)
    return manifest


def _with(manifest: Manifest, **changes: Any) -> Manifest:
    values = {name: getattr(manifest, name) for name in manifest.__slots__} | changes
    return Manifest(**values)


# --- parity
# -------------------------------------------------------------------------------------------------------------


def verify_parity(model: Any, task: str, folder: Path) -> float:
    """Largest difference of the float32 graph's outputs from torch's, on random vectors. Raises ModelError over
    PARITY."""
    from assistant.inference.runtime import float_session

    path = folder / "parity.onnx"
    export_fp32(model, task, path)
    generator = torch.Generator().manual_seed(0)
    vectors = torch.randn(2, 24, model.config.hidden_size, generator=generator) * 0.1
    mask = torch.ones(2, 24, dtype=torch.int64)
    mask[1, 17:] = 0
    with torch.inference_mode():
        output = model.eval().float()(inputs_embeds=vectors, attention_mask=mask)
    expected = [value.numpy() for key, value in output.items() if key != "loss"]
    found = float_session(path)({"inputs_embeds": vectors.numpy(), "attention_mask": mask.numpy()})
    keep = mask.numpy().astype(bool)
    gap = max(float(np.abs(a[keep] - b[keep]).max()) for a, b in zip(expected, found, strict=True))
    path.unlink()
    return _verified(gap, folder)


def verify_head_parity(model: torch.nn.Module, path: Path) -> float:
    from assistant.inference.runtime import float_session

    width = model.enter.in_features if isinstance(model, SalienceHead) else model.in_features
    generator = torch.Generator().manual_seed(0)
    shape = (1, 19, int(width)) if isinstance(model, SalienceHead) else (5, int(width))  # type: ignore[arg-type]
    inputs = torch.randn(shape, generator=generator)
    with torch.inference_mode():
        expected = model.eval()(inputs).numpy()
    (found,) = float_session(path)({"features": inputs.numpy()})
    return _verified(float(np.abs(expected - found).max()), path)


def verify_half(path: Path, base: Path) -> float:
    """How far the float16 graph that CUDA will run is from the same weights in float32, relative to the outputs, on
    sample text. Raises ModelError over HALF, and where a value between is too large for float16.

    The CPU reckons the float16 graph in float32, so it shows what its weights do; values are looked at by themselves.
    """
    import onnx

    whole = dequantize(onnx.load(path))
    outputs = [output.name for output in whole.graph.output]
    read = [node.input[0] for node in whole.graph.node if node.op_type in ("LayerNormalization", "Gelu", "MatMul")]
    values = sample_values(whole, [*outputs, *dict.fromkeys(read)], base)
    if not (largest := max(float(np.abs(item).max()) for item in values)) < np.finfo(np.float16).max:
        raise ModelError(
            "model_incompatible", path=str(path), why=f"a value of {largest:.2g} does not fit into float16"
        )
    expected = np.concatenate(values[: len(outputs)], axis=1)
    found = np.concatenate(sample_values(halve(whole), outputs, base), axis=1)
    gap = float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
    if gap > HALF:
        raise ModelError("model_incompatible", path=str(path), why=f"float16 differs from float32 by {gap:.2g}")
    return gap


def _verified(gap: float, path: Path) -> float:
    if gap > PARITY:
        raise ModelError("model_incompatible", path=str(path), why=f"ONNX differs from torch by {gap:.2g}")
    return gap


# --- calibration
# --------------------------------------------------------------------------------------------------------


def calibrate(catalog: Catalog, folder: Path, recipe: Recipe, root: Path, ctx: JobContext) -> dict[str, float]:
    """Temperature and threshold from the validation split (Guo et al. 2017); answers: from training documents too."""
    if recipe.task == "entities":
        return _calibrate_entities(catalog, folder, _entity_rows(recipe, root, "validation"), recipe, ctx)
    if recipe.task == "answers":
        calibration = _calibrate_answers(catalog, folder, _answer_rows(recipe, root, "validation"), ctx)
        # Whole documents can be made of the shipped models' data only; without it the reader's own score has to do.
        if all((root / "answers" / f"{name}.jsonl.gz").is_file() for name, *_ in SOURCES):
            calibration |= fit(training_documents(root), catalog.encoder(), catalog.load_answers(folder), ctx)
        return calibration
    return {}


def _calibrate_entities(
    catalog: Catalog, folder: Path, rows: list[EntityRow], recipe: Recipe, ctx: JobContext
) -> dict[str, float]:
    model = catalog.load_entities(folder)
    marks = {source.name: set(source.labels or recipe.labels) for source in recipe.sources("validation")}
    everywhere = set.intersection(*marks.values()) if marks else set(recipe.labels)
    # One threshold serves every kind of text, and scores are lower where capitals are gone: each file counts the same,
    # and so does its text in lower case.
    groups = {name: [row for row in rows if row.source == name] for name in dict.fromkeys(row.source for row in rows)}
    for name, members in list(groups.items()):
        lowered = [PERTURBATIONS["lower_case"](row, random.Random(recipe.seed)) for row in members]
        if any(one.text != other.text for one, other in zip(members, lowered, strict=True)):
            groups[f"{name}, lower case"] = lowered
    best = (math.inf, 1.0)
    kept: list[tuple[list[tuple[float, bool]], int]] = []
    for temperature in (0.8, 1.0, 1.25, 1.5, 2.0, 2.5):
        judged = [
            (_judged(members, model, everywhere, temperature, ctx), _count(members, everywhere))
            for members in groups.values()
        ]
        loss = _log_loss([item for found, _ in judged for item in found])
        if loss < best[0]:
            best, kept = (loss, temperature), judged
    return {"temperature": best[1], "threshold": _best_threshold(kept)}


def _judged(
    rows: list[EntityRow], model: TokenClassifier, labels: set[str], temperature: float, ctx: JobContext
) -> list[tuple[float, bool]]:
    """Score of each mention found, and whether it is right."""
    judged = []
    for row, found in zip(rows, scoring.found_in([r.text for r in rows], model, ctx, temperature), strict=True):
        gold = {(e.start, e.end, e.label) for e in row.entities}
        for item in found:
            place = (item.span.start, item.span.end, item.label)
            masked = any(item.span.start < end and start < item.span.end for start, end in row.ignored)
            if item.label in labels and (place in gold or not masked):
                judged.append((item.score, place in gold))
    return judged


def _count(rows: list[EntityRow], labels: set[str]) -> int:
    return sum(entity.label in labels for row in rows for entity in row.entities)


def _calibrate_answers(catalog: Catalog, folder: Path, rows: list[AnswerRow], ctx: JobContext) -> dict[str, float]:
    """Logistic regression of "the best span is right" on its margin (Platt 1999), and the F1-best threshold."""
    model = catalog.load_answers(folder)
    margins, right, values, empty = [], [], [], []
    for row, found in scoring.best_spans(rows, model, ctx):
        gold = [text for _, text in row.answers]
        text = row.context[found.start : found.end] if found is not None else ""
        value = max((answer_f1(text, item, row.lang) for item in gold), default=0.0)
        margins.append(found.margin if found is not None else -20.0)
        right.append(value >= 0.5)
        values.append(value)
        empty.append(not gold)
    slope, bias = _platt(np.array(margins), np.array(right, dtype=np.float64))
    chances = 1 / (1 + np.exp(-np.clip(slope * np.array(margins) + bias, -60, 60)))
    best = (-1.0, 0.5)
    for threshold in np.arange(0.1, 0.9, 0.02):
        said = chances >= threshold
        score = float(np.where(said, np.where(empty, 0.0, values), np.where(empty, 1.0, 0.0)).mean())
        best = max(best, (score, float(round(threshold, 2))))
    return {"temperature": 1 / slope, "bias": bias, "threshold": best[1]}


def _log_loss(judged: list[tuple[float, bool]]) -> float:
    if not judged:
        return 0.0
    chances = np.clip([score for score, _ in judged], 1e-4, 1 - 1e-4)
    right = np.array([float(value) for _, value in judged])
    return float(-(right * np.log(chances) + (1 - right) * np.log(1 - chances)).mean())


def _best_threshold(groups: list[tuple[list[tuple[float, bool]], int]]) -> float:
    """The score, between 0.3 and 0.8, from which on the mean F1 of the groups (judged mentions, gold mentions) is best.

    F1 hardly changes from one threshold to the next, so its mean over five neighbours decides, not one lucky place.
    """
    thresholds = np.arange(0.26, 0.85, 0.02)
    means = np.zeros(len(thresholds))
    for judged, gold in groups:
        for place, threshold in enumerate(thresholds):
            kept = [value for score, value in judged if score >= threshold]
            means[place] += 2 * sum(kept) / max(len(kept) + gold, 1) / len(groups)
    smooth = np.convolve(means, np.ones(5) / 5, mode="valid")
    return float(round(thresholds[2:-2][int(np.argmax(smooth))], 2)) if groups else 0.5


def _platt(margins: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Slope and bias of the logistic regression, with a little ridge, by Newton's method with halved steps."""
    scale = max(float(np.std(margins)), 1e-6)
    inputs = np.stack([margins / scale, np.ones_like(margins)], axis=1)
    ridge = 0.1 * np.eye(2)

    def loss(values: npt.NDArray[np.float64]) -> float:
        logits = inputs @ values
        return float(np.logaddexp(0, logits).sum() - (right * logits).sum() + values @ ridge @ values / 2)

    values = np.zeros(2)
    for _ in range(50):
        chances = 1 / (1 + np.exp(-np.clip(inputs @ values, -30, 30)))
        gradient = inputs.T @ (chances - right) + ridge @ values
        hessian = (inputs * (chances * (1 - chances))[:, None]).T @ inputs + ridge
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while loss(values - size * step) > loss(values) and size > 1e-4:
            size /= 2
        values = values - size * step
        if np.abs(size * step).max() < 1e-6:
            break
    return max(float(values[0]) / scale, 0.02), float(values[1])


# --- held-out metrics
# -----------------------------------------------------------------------------------------------------


def held_out_metrics(catalog: Catalog, folder: Path, recipe: Recipe, root: Path, ctx: JobContext) -> dict[str, float]:
    """The product's scores on each test source; ``file/metric``. Without test sources, on the validation ones."""
    metrics: dict[str, float] = {}
    for source in recipe.sources("test") or recipe.sources("validation"):
        name = f"{source.name}[{','.join(source.splits)}]"
        path = root / source.file
        if recipe.task == "entities":
            rows = draw(read_entities(path, source.splits), source, recipe.seed)
            scores = scoring.evaluate_entities(rows, catalog.load_entities(folder), ctx)
        elif recipe.task == "answers":
            answers = source_rows(source, root, recipe.seed)
            scores = scoring.evaluate_answers(answers, catalog.load_answers(folder), ctx)
        elif recipe.task == "summary":
            summaries = draw(read_summaries(path, source.splits), source, recipe.seed)
            scores = scoring.evaluate_summary(summaries, catalog.encoder(), catalog.load_summary(folder), ctx)
        else:
            classes = draw(read_classes(path, source.splits), source, recipe.seed)
            scores = scoring.evaluate_classification(classes, catalog.encoder(), catalog.load_classes(folder), ctx)
        metrics |= {f"{name}/{key}": round(value, 4) for key, value in scores.items() if isinstance(value, float)}
    return metrics


def _entity_rows(recipe: Recipe, root: Path, role: str) -> list[EntityRow]:
    return [
        row
        for source in recipe.sources(role)
        for row in draw(read_entities(root / source.file, source.splits), source, recipe.seed)
    ]


def _answer_rows(recipe: Recipe, root: Path, role: str) -> list[AnswerRow]:
    return [row for source in recipe.sources(role) for row in source_rows(source, root, recipe.seed)]


def class_labels(objective: Any, recipe: Recipe) -> Recipe:
    """The recipe with the classes that were found in the data, where it names none."""
    if not isinstance(objective, ClassObjective) or recipe.labels:
        return recipe
    values = asdict(recipe) | {"labels": list(objective.labels)}
    return Recipe.from_mapping(json.loads(json.dumps(values)))
