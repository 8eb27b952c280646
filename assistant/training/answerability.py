"""Fits :mod:`assistant.tasks.answerability` for a reader, on documents made of training articles. No torch.

``python -m assistant.training.answerability MODEL_FOLDER [DATA_FOLDER]`` fits it for a model's folder and rewrites the
calibration in its manifest; ``assistant.training.publish`` may do the same with :func:`fit`. About a second for each
question on two cores, some 300 questions by default.

The rows are those of the training splits. A reader is surer of what it was trained on, so files that it has not seen
(reviews, tales) are among them; the weights are a small model's, with a ridge.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from assistant.inference.catalog import Catalog
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Runtime
from assistant.jobs import Context, JobContext, Progress, Quiet
from assistant.paths import bundled
from assistant.tasks.answer_types import bare_question
from assistant.tasks.answerability import FEATURES, Answerability, Features, Kind, Scope
from assistant.tasks.ask import AskOptions, read, sentences_of
from assistant.tasks.base import Encoder, SpanExtractor
from assistant.tasks.index import DocumentIndex
from assistant.tasks.retrieval import retrieve
from assistant.training.answer_documents import (
    AskedDocument,
    Question,
    articles_of,
    asked_of_text,
    pooled,
    with_questions_of_others,
)
from assistant.training.clauses import clause_documents
from assistant.training.dataset import read_answers
from assistant.types import Span

Matrix = npt.NDArray[np.float64]

SOURCES: Final = (
    ("squad2_half_en", "en", 30_000, 8),
    ("squadshifts_new_wiki_en", "en", 30_000, 4),
    ("squadshifts_amazon_reviews_en", "en", 30_000, 3),
    ("fairytaleqa_en", "en", 30_000, 2),
    ("cmrc2018_zh", "zh", 12_000, 5),
    ("drcd_zh", "zh", 12_000, 3),
)
"""Files of shippable (or, for reviews, named) data: name, language, characters of a document, documents."""

CONTRACTS: Final = 5
"""Generated contracts of each language, in wordings that the reader was not trained on."""

FALSE_ANSWERS: Final = 0.12
"""Share of unanswerable questions that may get an answer; below the bar of 15%, as new documents are harder."""
FOLDS: Final = 5
RIDGE: Final = 8.0


@dataclass(frozen=True, slots=True)
class Example:
    """One question asked of one document: its candidates."""

    document: int
    question: Question
    features: Matrix
    """float64[candidates, features]"""
    right: npt.NDArray[np.bool_]
    """Which candidates overlap an annotated answer."""


def training_documents(
    root: Path, seed: int = 13, sources: Sequence[tuple[str, str, int, int]] = SOURCES
) -> list[AskedDocument]:
    """Documents of the train splits below ``root``/answers, with a few questions each. Raises UserError."""
    draw = random.Random(seed)
    documents = []
    for name, lang, characters, count in sources:
        articles = articles_of(read_answers(root / "answers" / f"{name}.jsonl.gz", ("train",)))
        draw.shuffle(articles)
        groups = pooled(articles, characters)
        documents += [asked_of_text(group, lang) for group in draw.sample(groups, min(count, len(groups)))]
    for lang in ("en", "zh"):
        for rows in clause_documents(lang, CONTRACTS, seed):
            documents.append(asked_of_text(articles_of(rows), lang))
    return with_questions_of_others(documents, answerable=7, hard=7, other=3, seed=seed)


def gather(
    documents: Sequence[AskedDocument],
    encoder: Encoder,
    reader: SpanExtractor,
    ctx: JobContext,
    options: AskOptions | None = None,
) -> dict[Kind, list[Example]]:
    """What asking each question yields, as :func:`assistant.tasks.ask.ask` sees it. Raises Cancelled."""
    options = options or AskOptions()
    found: dict[Kind, list[Example]] = {"answer": [], "evidence": []}
    quiet = Quiet(ctx)
    for number, item in enumerate(documents):
        index = DocumentIndex.build(item.document, encoder, quiet)
        vectors = encoder.embed([bare_question(question.text) for question in item.questions], "query", quiet)
        for question, vector in zip(item.questions, vectors, strict=True):
            asked = bare_question(question.text)
            ranking = retrieve(index, asked, vector, quiet)
            chosen = ranking.order[: options.passages]
            scope = Scope(index, asked, ranking, index.lexical(quiet))
            places = sentences_of(index, chosen)
            rows = [scope.evidence(*place) for place in places]
            spans = [index.sentences[sentence].span for sentence, _ in places]
            found["evidence"].append(_example(number, question, "evidence", rows, spans))
            readings = read(index, reader, asked, chosen, quiet, options, scope)
            rows = [scope.answer(reading) for reading in readings]
            spans = [reading.span for reading in readings]
            found["answer"].append(_example(number, question, "answer", rows, spans))
        ctx.report(Progress("evaluating", number + 1, len(documents)))
    return found


def _example(document: int, question: Question, kind: Kind, rows: Sequence[Features], spans: Sequence[Span]) -> Example:
    right = np.array([any(span.overlaps(gold) for gold in question.answers) for span in spans], dtype=bool)
    features = np.stack(rows) if rows else np.zeros((0, len(FEATURES[kind])))
    return Example(document, question, features, right)


def fit(
    documents: Sequence[AskedDocument],
    encoder: Encoder,
    reader: SpanExtractor,
    ctx: JobContext,
    options: AskOptions | None = None,
) -> dict[str, float]:
    """Entries for the calibration of the reader's manifest: weights, bias and threshold of both kinds."""
    return fit_examples(gather(documents, encoder, reader, ctx, options))


def fit_examples(found: Mapping[Kind, Sequence[Example]]) -> dict[str, float]:
    """As :func:`fit` for what :func:`gather` gave."""
    calibration: dict[str, float] = {}
    for kind, examples in found.items():
        calibration |= fit_kind(kind, examples).calibration()
    return calibration


def fit_kind(kind: Kind, examples: Sequence[Example], false_answers: float = FALSE_ANSWERS) -> Answerability:
    """Weights on all examples; the threshold from examples whose document was left out of the fit."""
    held_out: list[tuple[Example, float]] = []
    for fold in range(FOLDS):
        rest = [example for example in examples if example.document % FOLDS != fold]
        part = [example for example in examples if example.document % FOLDS == fold]
        if rest and part:
            model = _fitted(kind, rest)
            held_out += [(example, best_of(model, example)[0]) for example in part]
    return replace(_fitted(kind, examples), threshold=_threshold(held_out, false_answers))


def _threshold(scored: Sequence[tuple[Example, float]], false_answers: float) -> float:
    """The least at which so many of the unanswerable get an answer, both kinds of them counting the same."""
    silent = [
        sorted((score for example, score in scored if example.question.kind == kind), reverse=True)
        for kind in ("other", "hard")
    ]
    silent = [scores for scores in silent if scores]
    for threshold in np.arange(0.05, 0.95, 0.01):
        shares = [sum(score >= threshold for score in scores) / len(scores) for scores in silent]
        if not shares or sum(shares) / len(shares) <= false_answers:
            return float(round(threshold, 2)) if shares else 0.5
    return 0.95


def best_of(model: Answerability, example: Example) -> tuple[float, bool]:
    """Probability of the best candidate, and whether it is right; ``(0, False)`` where there is none."""
    if not len(example.features):
        return 0.0, False
    scores = model.probabilities(list(example.features))
    best = int(np.argmax(scores))
    return float(scores[best]), bool(example.right[best])


def _fitted(kind: Kind, examples: Sequence[Example]) -> Answerability:
    rows = np.concatenate([example.features for example in examples])
    right = np.concatenate([example.right for example in examples]).astype(np.float64)
    weights = logistic_regression(rows, right, RIDGE)
    return Answerability(kind, tuple(weights[:-1].tolist()), float(weights[-1]), 0.5)


def logistic_regression(rows: Matrix, right: Matrix, ridge: float) -> Matrix:
    """float64[features + 1]: weights, then the bias, which is not shrunk; Newton's method with halved steps."""
    scale = np.maximum(rows.std(axis=0), 1e-6)
    inputs = np.concatenate([rows / scale, np.ones((len(rows), 1))], axis=1)
    shrink = ridge * np.eye(inputs.shape[1])
    shrink[-1, -1] = 1e-6

    values = penalized(inputs, right, shrink, np.zeros(inputs.shape[1]))
    return np.concatenate([values[:-1] / scale, values[-1:]])


def penalized(inputs: Matrix, right: Matrix, shrink: Matrix, start: Matrix, offset: Matrix | float = 0.0) -> Matrix:
    """Weights (columns,) of a logistic regression of ``right`` (rows,) on ``inputs`` (rows, columns), by Newton's
    method with halved steps; ``shrink`` (columns, columns) pulls towards ``start``, the logits get ``offset`` added."""

    def loss(values: Matrix) -> float:
        logits = inputs @ values + offset
        apart = values - start
        return float(np.logaddexp(0, logits).sum() - right @ logits + apart @ shrink @ apart / 2)

    values = start.copy()
    for _ in range(60):
        chances = 1 / (1 + np.exp(-np.clip(inputs @ values + offset, -30, 30)))
        gradient = inputs.T @ (chances - right) + shrink @ (values - start)
        hessian = (inputs * (chances * (1 - chances))[:, None]).T @ inputs + shrink
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while size > 1e-4 and loss(values - size * step) > loss(values):
            size /= 2
        values = values - size * step
        if np.abs(size * step).max() < 1e-7:
            break
    return values


def fit_folder(folder: Path, root: Path, ctx: JobContext, shipped: Path | None = None) -> dict[str, float]:
    """Fit for the model in ``folder`` and rewrite its manifest; the new entries. Raises ModelError, UserError."""
    catalog = Catalog(shipped or bundled("models"), folder / "none", folder / "none", Runtime(available=lambda: ()))
    entries = fit(training_documents(root), catalog.encoder(), catalog.load_answers(folder), ctx)
    manifest = Manifest.read(folder)
    replace(manifest, calibration={**manifest.calibration, **entries}).write(folder)
    return entries


def main(arguments: Sequence[str] | None = None, write: Callable[[str], object] = sys.stdout.write) -> None:
    parser = argparse.ArgumentParser(description="Fit when a reader's answers are to be shown.")
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    options = parser.parse_args(arguments)

    def tell(progress: Progress) -> None:
        write(f"{progress.done} of {progress.total} documents\n")

    ctx = Context(tell)
    for name, value in fit_folder(options.model, options.data, ctx).items():
        write(f"{name} {value}\n")


if __name__ == "__main__":
    main()
