"""Rows to training features: piece ids with targets, cut into windows, in plain NumPy (no torch)."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.inference.tokenizer import BOS, EOS, Encoding, Tokenizer
from assistant.training.dataset import AnswerRow, EntityRow, LabelledSpan

IGNORE = -100


@dataclass(frozen=True, slots=True, eq=False)
class TokenFeature:
    """One window for token classification.

    ``ids`` (n,) with ``<s>`` and ``</s>``; ``targets`` (n,) index of the gold label, or IGNORE; ``open_mask`` is the
    index of
    the set of labels that are as right as "O" where the gold is "O" (those that the source does not mark).
    """

    ids: npt.NDArray[np.int32]
    targets: npt.NDArray[np.int64]
    open_set: int


@dataclass(frozen=True, slots=True, eq=False)
class AnswerFeature:
    """One window for span extraction: ``<s> question </s></s> context </s>``.

    ``start``/``end`` are the (inclusive) pieces of the answer; both 0 (``<s>``) where the window has none.
    """

    ids: npt.NDArray[np.int32]
    start: int
    end: int


def bio_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """``O`` and the two tags of each label."""
    return ("O", *(f"{tag}-{label}" for label in labels for tag in "BI"))


def join_sentences(rows: Sequence[EntityRow], rng: random.Random, limit: int = 400) -> list[EntityRow]:
    """Consecutive sentences of one document joined into rows of up to ``limit`` characters.

    The reader sees whole paragraphs, so the model must: a random half of the sentences is joined to its neighbours.
    """
    joined: list[EntityRow] = []
    for row in rows:
        last = joined[-1] if joined else None
        if (
            last is not None
            and row.doc is not None
            and last.doc == row.doc
            and last.split == row.split
            and len(last.text) + len(row.text) < limit
            and rng.random() < 0.5
        ):
            gap = "" if row.lang == "zh" else " "
            shift = len(last.text) + len(gap)
            joined[-1] = EntityRow(
                last.id,
                last.doc,
                last.split,
                last.lang,
                last.source,
                last.text + gap + row.text,
                last.entities + tuple(LabelledSpan(e.start + shift, e.end + shift, e.label) for e in row.entities),
                last.ignored + tuple((start + shift, end + shift) for start, end in row.ignored),
            )
        else:
            joined.append(row)
    return joined


def token_features(
    rows: Sequence[EntityRow],
    tokenizer: Tokenizer,
    labels: Sequence[str],
    unmarked: frozenset[str],
    open_set: int,
    max_tokens: int = 192,
) -> list[TokenFeature]:
    """Windows of at most ``max_tokens`` pieces with BIO targets over ``labels``.

    A mention whose label is not among ``labels``, or that is ignored, is masked. ``unmarked`` are labels that the
    source
    does not mark: a mention of one of them (there should be none) is masked too.
    """
    tags = {tag: index for index, tag in enumerate(bio_labels(labels))}
    features: list[TokenFeature] = []
    for row, encoding in zip(rows, tokenizer.encode([row.text for row in rows]), strict=True):
        targets = np.zeros(len(encoding), dtype=np.int64)
        for start, end in row.ignored:
            targets[_pieces(encoding, row.text, start, end)] = IGNORE
        for entity in row.entities:
            pieces = _pieces(encoding, row.text, entity.start, entity.end)
            if entity.label in unmarked or entity.label not in labels:
                targets[pieces] = IGNORE
            elif len(pieces):
                targets[pieces] = tags[f"I-{entity.label}"]
                targets[pieces[0]] = tags[f"B-{entity.label}"]
        room = max_tokens - 2
        for at in range(0, len(encoding), room):
            ids = np.concatenate([[tokenizer.bos], encoding.ids[at : at + room], [tokenizer.eos]]).astype(np.int32)
            padded = np.concatenate([[IGNORE], targets[at : at + room], [IGNORE]])
            features.append(TokenFeature(ids, padded, open_set))
    return features


def _pieces(encoding: Encoding, text: str, start: int, end: int) -> npt.NDArray[np.int64]:
    """Indices of the pieces that stand for most of themselves inside ``[start, end)`` (leading spaces not counted)."""
    starts = encoding.starts.copy()
    for index in np.flatnonzero((encoding.starts < end) & (encoding.ends > start)):
        while starts[index] < encoding.ends[index] and text[starts[index]].isspace():
            starts[index] += 1
    overlap = np.minimum(encoding.ends, end) - np.maximum(starts, start)
    return np.flatnonzero((overlap > 0) & (overlap * 2 >= encoding.ends - starts))


def answer_features(
    rows: Sequence[AnswerRow],
    tokenizer: Tokenizer,
    *,
    max_tokens: int = 384,
    stride: int = 128,
    question_tokens: int = 64,
    empty_windows: float = 1.0,
    rng: random.Random | None = None,
) -> list[AnswerFeature]:
    """Windows over each context. ``empty_windows`` is the share of answerless windows of answered rows to keep."""
    rng = rng or random.Random(0)
    questions = tokenizer.encode([row.question for row in rows])
    contexts = _encode_unique(tokenizer, [row.context for row in rows])
    features: list[AnswerFeature] = []
    for row, question in zip(rows, questions, strict=True):
        context = contexts[row.context]
        head = np.concatenate([[BOS], question.ids[:question_tokens], [EOS, EOS]]).astype(np.int32)
        room = max_tokens - len(head) - 1
        gold = None
        if row.answers:
            at, text = row.answers[0]
            pieces = np.flatnonzero((context.starts < at + len(text)) & (context.ends > at))
            if len(pieces) == 0:
                continue
            gold = int(pieces[0]), int(pieces[-1])
        for first in windows(len(context), room, stride):
            ids = np.concatenate([head, context.ids[first : first + room], [EOS]]).astype(np.int32)
            if gold is not None and gold[0] >= first and gold[1] < first + room:
                shift = len(head) - first
                features.append(AnswerFeature(ids, gold[0] + shift, gold[1] + shift))
            elif gold is None or rng.random() < empty_windows:
                features.append(AnswerFeature(ids, 0, 0))
    return features


def windows(length: int, room: int, stride: int) -> list[int]:
    """First pieces of windows of ``room`` pieces that overlap by ``stride`` and cover ``length`` pieces."""
    starts = [0]
    while starts[-1] + room < length:
        starts.append(starts[-1] + room - stride)
    return starts


def _encode_unique(tokenizer: Tokenizer, texts: Iterable[str]) -> dict[str, Encoding]:
    distinct = list(dict.fromkeys(texts))
    return dict(zip(distinct, tokenizer.encode(distinct), strict=True))
