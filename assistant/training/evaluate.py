"""Scores of a model on labelled data, through the same code that reads a document. No torch.

The metrics are those of :mod:`assistant.training.metrics`; rows are those of :mod:`assistant.training.dataset`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import ModelError
from assistant.inference.catalog import Catalog
from assistant.inference.class_model import ClassModel
from assistant.inference.encoder import Encoder
from assistant.inference.manifest import Manifest
from assistant.inference.span_extractor import SpanExtractor, SpanScore
from assistant.inference.token_classifier import TokenClassifier
from assistant.jobs import JobContext, Progress, Quiet
from assistant.tasks.base import SalienceModel
from assistant.tasks.classify import classify
from assistant.tasks.document_types import load_types, types_for_labels
from assistant.tasks.entity_decoding import Found, Tags, decode
from assistant.tasks.entity_merging import merge, with_seats
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import document_of_sentences, plain_document
from assistant.tasks.rules import rule_mentions
from assistant.tasks.summarize import extract
from assistant.training.dataset import (
    AnswerRow,
    ClassRow,
    EntityRow,
    SummaryRow,
    read_answers,
    read_classes,
    read_entities,
    read_summaries,
)
from assistant.training.heads_data import passages_of
from assistant.training.metrics import (
    PRF,
    SUMMARY_SENTENCES,
    AnswerScorer,
    EntityScorer,
    RougeScorer,
    accuracy,
    expected_calibration_error,
    macro_f1,
)
from assistant.types import Mention

CHUNK = 128
ROOM = 500
NAMES = ("PERSON", "ORGANIZATION", "LOCATION")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of a file are scored."""

    split: str | None = None
    limit: int | None = None

    @property
    def splits(self) -> tuple[str, ...] | None:
        return None if self.split is None else (self.split,)


# --- entities
# -----------------------------------------------------------------------------------------------------------


def found_in(
    texts: Sequence[str], model: TokenClassifier, ctx: JobContext, temperature: float | None = None
) -> list[list[Found]]:
    """The model's mentions in each text, whatever their score."""
    tags = Tags.of(model.labels)
    heat = model.manifest.calibration.get("temperature", 1.0) if temperature is None else temperature
    encodings = model.tokenizer.encode(texts)
    windows, places = [], []
    for index, encoding in enumerate(encodings):
        for first in range(0, max(1, len(encoding)), ROOM):
            windows.append(encoding.slice(first, first + ROOM))
            places.append((index, first))
    logits = [np.zeros((len(encoding), len(model.labels)), dtype=np.float32) for encoding in encodings]
    for window, scores in model.logits(windows, ctx):
        index, first = places[window]
        logits[index][first : first + len(scores)] = scores
    return [
        decode(text, item.starts.astype(np.int64), item.ends.astype(np.int64), scores, tags, heat)
        for text, item, scores in zip(texts, encodings, logits, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class JudgedEntities:
    """A row and what is said of it: ``(start, end, label, score)`` of each mention, of model and rules merged."""

    row: EntityRow
    said: tuple[tuple[int, int, str, float], ...]


def judge_entities(
    rows: Sequence[EntityRow], model: TokenClassifier, ctx: JobContext, *, rules: bool = True
) -> list[JudgedEntities]:
    """What model and rules together say, as a reader sees it, of each row by itself."""
    threshold = model.manifest.calibration.get("threshold", 0.5)
    judged = []
    for at in range(0, len(rows), CHUNK):
        ctx.check()
        chunk = rows[at : at + CHUNK]
        for row, found in zip(chunk, found_in([row.text for row in chunk], model, ctx), strict=True):
            modelled = [_mention(row.text, item, model.name) for item in found if item.score >= threshold]
            ruled = [
                Mention(rule.span, 1, rule.span.of(row.text), rule.label, rule.score, rule.source, rule.value)
                for rule in (rule_mentions(row.text, row.lang) if rules else ())
            ]
            merged = with_seats(merge(modelled, ruled), row.text)
            said = ((item.span.start, item.span.end, item.label, item.score) for item in merged)
            judged.append(JudgedEntities(row, tuple(said)))
        ctx.report(Progress("evaluating", min(at + CHUNK, len(rows)), len(rows)))
    return judged


def score_entities(judged: Sequence[JudgedEntities], labels: Iterable[str] | None = None) -> dict[str, Any]:
    """Exact-span scores and calibration over ``labels``, those of the rows themselves where None.

    ``names_f1`` is of persons, organizations and places alone; None where the rows mark none of them.
    """
    marked = {entity.label for item in judged for entity in item.row.entities} if labels is None else labels
    scorer = EntityScorer(frozenset(marked))
    confidence, right = [], []
    for item in judged:
        row = item.row
        gold = {(entity.start, entity.end, entity.label) for entity in row.entities}
        scorer.add(gold, [place[:3] for place in item.said], row.ignored)
        for start, end, label, score in item.said:
            hit = (start, end, label) in gold
            masked = any(start < stop and begin < end for begin, stop in row.ignored)
            if label in scorer.labels and (hit or not masked):
                confidence.append(score)
                right.append(hit)
    names = [scorer.of(label) for label in NAMES if label in scorer.labels]
    return {
        **scorer.report(),
        "names_f1": sum(names, PRF()).f1 if names else None,
        "expected_calibration_error": expected_calibration_error(confidence, right),
    }


def evaluate_entities(
    rows: Sequence[EntityRow], model: TokenClassifier, ctx: JobContext, *, rules: bool = True
) -> dict[str, Any]:
    """Exact-span scores of model and rules together, as a reader sees them, each row by itself."""
    return score_entities(judge_entities(rows, model, ctx, rules=rules))


def _mention(text: str, item: Found, name: str) -> Mention:
    return Mention(item.span, 1, item.span.of(text), item.label, item.score, f"model:{name}")


# --- answers
# ------------------------------------------------------------------------------------------------------------


def best_spans(
    rows: Sequence[AnswerRow], model: SpanExtractor, ctx: JobContext
) -> Iterable[tuple[AnswerRow, SpanScore | None]]:
    """The most probable span of each row's context, whatever its score."""
    for at in range(0, len(rows), 32):
        ctx.check()
        chunk = rows[at : at + 32]
        for row, found in zip(chunk, model.pairs([(row.question, row.context) for row in chunk], ctx), strict=True):
            yield row, found[0] if found else None
        ctx.report(Progress("evaluating", min(at + 32, len(rows)), len(rows)))


def evaluate_answers(rows: Sequence[AnswerRow], model: SpanExtractor, ctx: JobContext) -> dict[str, Any]:
    """As :func:`score_answers`, at the model's own threshold."""
    return score_answers(list(best_spans(rows, model, ctx)), model.threshold)


def score_answers(found: Sequence[tuple[AnswerRow, SpanScore | None]], threshold: float) -> dict[str, Any]:
    """SQuAD 2.0 scores; "no answer" is said below ``threshold``.

    ``span_f1`` is of the rows with an answer for the best span whatever its score: what the model reads, apart from
    when it keeps silent. ``false_answer_rate`` is the share of the rows without an answer that get one (None where all
    rows have one).
    """
    scorer, spans = AnswerScorer(), AnswerScorer()
    confidence, right = [], []
    # A file whose every context answers its question (SQuAD 1.1) is asked so: its metric knows no silence.
    silent = any(not row.answers for row, _ in found)
    wrongly = []
    for row, best in found:
        gold = [text for _, text in row.answers]
        text = row.context[best.start : best.end] if best is not None else ""
        score = best.score if best is not None else 0.0
        said = text if score >= threshold or not silent else ""
        scorer.add(said, gold, row.lang, 1 - score)
        if gold:
            spans.add(text, gold, row.lang, 0.0)
        else:
            wrongly.append(bool(said))
        confidence.append(score)
        right.append(text in gold)
    report = scorer.report()
    return {
        **report,
        "span_f1": spans.report()["f1"],
        "false_answer_rate": sum(wrongly) / len(wrongly) if wrongly else None,
        "expected_calibration_error": expected_calibration_error(confidence, right),
    }


# --- summary
# ------------------------------------------------------------------------------------------------------------


def evaluate_summary(
    rows: Sequence[SummaryRow], encoder: Encoder, salience: SalienceModel | None, ctx: JobContext
) -> dict[str, Any]:
    """ROUGE of the extracted sentences (1 for papers, 3 for news, 10 for meetings, in document order) against the
    reference summaries, or against the labelled sentences where there is none. Any sentence may be chosen: the rows
    are sentences already, without the layout that the program chooses its candidates by."""
    scorers: dict[str, RougeScorer] = {}
    for number, row in enumerate(rows):
        ctx.check()
        references: list[Sequence[str] | str] = list(row.reference)
        if not references and row.labels is not None:
            references = [[text for text, label in zip(row.sentences, row.labels, strict=True) if label]]
        if not references or not row.sentences:
            continue
        document, sentences = document_of_sentences(row.sentences, row.lang)
        index = DocumentIndex.encode(document, sentences, passages_of(sentences), encoder, Quiet(ctx))
        wanted = SUMMARY_SENTENCES.get(row.kind, 3)
        found = extract(document, index, range(len(sentences)), salience, wanted, Quiet(ctx))
        chosen = [number for number, _ in found]
        kind = "zh" if row.lang == "zh" else "en"
        scorers.setdefault(kind, RougeScorer(kind)).add([row.sentences[item] for item in chosen], references)
        ctx.report(Progress("evaluating", number + 1, len(rows)))
    reports = {language: scorer.report() for language, scorer in scorers.items()}
    if len(reports) == 1:
        return dict(next(iter(reports.values())))
    return {"languages": reports}


# --- classification
# -----------------------------------------------------------------------------------------------------


def evaluate_classification(
    rows: Sequence[ClassRow], encoder: Encoder, trained: ClassModel | None, ctx: JobContext
) -> dict[str, Any]:
    """Accuracy and macro F1: of a trained model, or zero-shot over the labels of the file."""
    types = types_for_labels(sorted({row.label for row in rows}), load_types())
    gold, predicted, confidence = [], [], []
    for number, row in enumerate(rows):
        ctx.check()
        document = plain_document(row.text, row.lang)
        index = DocumentIndex.build(document, encoder, Quiet(ctx))
        if trained is not None:
            chances = trained.probabilities(index.passage_vectors)
            guess, chance = trained.labels[int(np.argmax(chances))], float(chances.max())
        else:
            scores = classify(document, index, encoder, types, Quiet(ctx)).scores
            guess, chance = scores[0].label, scores[0].score
        gold.append(row.label)
        predicted.append(guess)
        confidence.append(chance)
        ctx.report(Progress("evaluating", number + 1, len(rows)))
    right = [a == b for a, b in zip(gold, predicted, strict=True)]
    return {
        "accuracy": accuracy(gold, predicted),
        "macro_f1": macro_f1(gold, predicted),
        "expected_calibration_error": expected_calibration_error(confidence, right),
    }


# --- one entry
# ------------------------------------------------------------------------------------------------------------


def evaluate(
    task: str, data: Path, catalog: Catalog, model: Path | None, selection: Selection, ctx: JobContext
) -> dict[str, Any]:
    """Score the active model of ``task``, or the one in folder ``model``, on a data file.

    Raises UserError for data that cannot be read, ModelError for a model that cannot be used.
    """
    if model is not None and Manifest.read(model).task != task:
        why = f"it is a model of {Manifest.read(model).task}, not of {task}"
        raise ModelError("model_incompatible", path=str(model), why=why)
    limit = selection.limit
    if task == "entities":
        rows = read_entities(data, selection.splits)[:limit]
        classifier = catalog.entities() if model is None else catalog.load_entities(model)
        scores, name = evaluate_entities(rows, classifier, ctx), classifier.name
        count = len(rows)
    elif task == "answers":
        answers = read_answers(data, selection.splits)[:limit]
        reader = catalog.answers() if model is None else catalog.load_answers(model)
        scores, name = evaluate_answers(answers, reader, ctx), reader.name
        count = len(answers)
    elif task == "summary":
        summaries = read_summaries(data, selection.splits)[:limit]
        salience = catalog.summary() if model is None else catalog.load_summary(model)
        scores, name = evaluate_summary(summaries, catalog.encoder(), salience, ctx), salience.name
        count = len(summaries)
    else:
        classes = read_classes(data, selection.splits)[:limit]
        trained = None if model is None else catalog.load_classes(model)
        scores = evaluate_classification(classes, catalog.encoder(), trained, ctx)
        name = f"{catalog.encoder().name} (zero-shot)" if trained is None else trained.name
        count = len(classes)
    return {"task": task, "model": name, "data": str(data), "split": selection.split, "rows": count, **scores}
