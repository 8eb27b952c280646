"""How probable it is that a place answers a question: logistic regression over what reading and retrieval say of it.

A reader sees one passage and is sure of itself in passages that are off the subject too; retrieval knows better, and
neither sees whether the question's names stand in the passage or how far ahead the best place is. Each candidate gets
the features below, and the weights are fitted on documents made of training articles
(:mod:`assistant.training.answerability`) and stored in the calibration of the reader's manifest.

There are two sets: ``answer`` for spans that the reader marks, and ``evidence`` for whole sentences, which answer what
wants a yes or a no.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import regex

from assistant.tasks.answer_types import asked_kind, likeness
from assistant.tasks.index import DocumentIndex
from assistant.tasks.lexical import BM25, question_terms, terms
from assistant.tasks.prose import weight
from assistant.tasks.retrieval import Ranking, closeness, is_cjk
from assistant.types import Span

Kind = Literal["answer", "evidence"]
Features = npt.NDArray[np.float64]

_COMMON: Final = (
    "cjk",
    "score",
    "behind",
    "closeness",
    "sentence_closeness",
    "sentence_behind",
    "in_sentence",
    "in_passage",
    "in_document",
    "names_in_passage",
    "names_in_document",
)
FEATURES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "answer": (
        *_COMMON, "margin", "confidence", "lead", "cjk_margin", "likeness", "typed", "echo", "support", "length",
    ),
    "evidence": (*_COMMON, "length"),
}  # fmt: skip

_NAME: Final = regex.compile(r"(?<=\S\s+|\S[-'’(])\p{Lu}[\p{L}\p{M}\p{N}]+|\p{N}+(?:[.,]\p{N}+)*")


@dataclass(frozen=True, slots=True)
class Reading:
    """A span that the reader marked."""

    span: Span
    passage: int
    margin: float
    confidence: float
    lead: float
    """Its margin less the best margin of another answer."""
    support: int
    """In how many other passages the same words were marked."""
    score: float = 0.0
    """The reader's own probability."""


class Scope:
    """One question to one document: what the features of all its candidates share. Not thread-safe."""

    def __init__(self, index: DocumentIndex, question: str, ranking: Ranking, words: BM25) -> None:
        self._index = index
        self._question = question
        self._ranking = ranking
        self._language = index.document.language
        asked = dict.fromkeys(question_terms(question, self._language))
        self._weights = {term: words.idf(term) for term in asked}
        named = {term for match in _NAME.finditer(question) for term in terms(match.group(), self._language)}
        self._names = {term: value for term, value in self._weights.items() if term in named}
        self._in_document = self._share({term for term in asked if term in words}, self._weights)
        self._names_in_document = self._share({term for term in self._names if term in words}, self._names)
        self._cjk = is_cjk(question)
        self._typed = asked_kind(question) is not None
        self._best_score = float(ranking.scores.max()) if len(ranking.scores) else 0.0
        self._best_sentence = float(ranking.sentences.max()) if len(ranking.sentences) else 0.0
        self._terms: dict[Span, set[str]] = {}

    def answer(self, reading: Reading) -> Features:
        """float64[FEATURES["answer"]] of a span."""
        text = reading.span.of(self._index.document.text)
        kind = likeness(self._question, text)
        margin = float(np.clip(reading.margin, -15, 15)) / 5
        return np.array(
            [
                *self._common(reading.span, reading.passage),
                margin,
                max(reading.confidence, -10.0) / 5,
                float(np.clip(reading.lead, -10, 10)) / 5,
                margin if self._cjk else 0.0,
                math.log(kind),
                float(self._typed and kind == 1.0),
                self._share(set(terms(text, self._language)), self._weights),
                min(reading.support, 3),
                math.log1p(weight(text)) - 3,
            ]
        )

    def evidence(self, sentence: int, passage: int) -> Features:
        """float64[FEATURES["evidence"]] of a whole sentence."""
        span = self._index.sentences[sentence].span
        size = weight(span.of(self._index.document.text))
        return np.array([*self._common(span, passage), math.log1p(size) - 4])

    def coverage(self, span: Span) -> float:
        """Share of the question's terms, weighted by how telling they are, that a span has, in [0, 1]."""
        return self._share(self._of(span), self._weights)

    def _common(self, span: Span, passage: int) -> list[float]:
        place = self._index.passages[passage]
        first, stop = place.sentences
        around = [number for number in range(first, stop) if self._index.sentences[number].span.overlaps(span)]
        cosine = max((float(self._ranking.sentences[number]) for number in around), default=0.0)
        near: set[str] = set()
        for number in around:
            near |= self._of(self._index.sentences[number].span)
        inside = self._of(place.span)
        score = float(self._ranking.scores[passage])
        return [
            float(self._cjk),
            score / 3,
            max(score - self._best_score, -5.0),
            float(np.clip(closeness(float(self._ranking.cosines[passage]), self._question), -6, 6)) / 3,
            float(np.clip(closeness(cosine, self._question), -6, 6)) / 3,
            max(cosine - self._best_sentence, -0.15) / 0.03,
            self._share(near, self._weights),
            self._share(inside, self._weights),
            self._in_document,
            self._share(inside, self._names),
            self._names_in_document,
        ]

    def _of(self, span: Span) -> set[str]:
        known = self._terms.get(span)
        if known is None:
            known = self._terms[span] = set(terms(span.of(self._index.document.text), self._language))
        return known

    def _share(self, found: set[str], weights: Mapping[str, float]) -> float:
        """How much of the question's terms, weighted by how telling they are, is among ``found``; 1 if it has none."""
        total = sum(weights.values())
        return sum(value for term, value in weights.items() if term in found) / total if total > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Answerability:
    """The fitted weights of one set of features."""

    kind: Kind
    weights: tuple[float, ...]
    bias: float
    threshold: float
    """Probability below which a document is said not to answer."""

    def probabilities(self, rows: Sequence[Features] | Features) -> Features:
        """float64[rows] in (0, 1)."""
        if not len(rows):
            return np.zeros(0)
        logits = np.stack(list(rows)) @ np.array(self.weights) + self.bias
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -40, 40))))

    def calibration(self) -> dict[str, float]:
        """As it stands in a manifest."""
        named = dict(zip(FEATURES[self.kind], self.weights, strict=True))
        values = named | {"bias": self.bias, "threshold": self.threshold}
        return {f"{self.kind}.{name}": round(value, 5) for name, value in values.items()}

    @classmethod
    def of(cls, kind: Kind, calibration: Mapping[str, float]) -> Answerability | None:
        """What :meth:`calibration` gave, or None where a manifest has none or one of other features."""
        try:
            weights = tuple(float(calibration[f"{kind}.{name}"]) for name in FEATURES[kind])
            bias, threshold = float(calibration[f"{kind}.bias"]), float(calibration[f"{kind}.threshold"])
        except (KeyError, TypeError, ValueError):
            return None
        return cls(kind, weights, bias, threshold)
