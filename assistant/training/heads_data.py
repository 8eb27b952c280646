"""What the heads are trained on: vectors of sentences and documents, oracle labels. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from assistant.inference.class_model import class_features
from assistant.inference.encoder import Encoder
from assistant.jobs import Context
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import document_of_sentences, plain_document
from assistant.types import Passage, Sentence, Span

Floats = npt.NDArray[np.float32]

PASSAGE_CHARACTERS = 900
CLASS_CHARACTERS = 6000
"""The opening of a text decides its class; reading more of it costs more than it tells."""


def vectors_of(sentences: Sequence[str], language: str, encoder: Encoder) -> Floats:
    """Sentence vectors (n, 384) of a document whose sentences are given."""
    document, spans = document_of_sentences(sentences, language)
    index = DocumentIndex.encode(document, spans, passages_of(spans), encoder, Context())
    return index.sentence_vectors


def passages_of(sentences: Sequence[Sentence]) -> tuple[Passage, ...]:
    """Runs of whole sentences of about 900 characters."""
    passages, first = [], 0
    for index, sentence in enumerate(sentences):
        start = sentences[first].span.start
        last = index + 1 == len(sentences)
        if last or sentences[index + 1].span.end - start > PASSAGE_CHARACTERS:
            passages.append(Passage(Span(start, sentence.span.end), (first, index + 1)))
            first = index + 1
    return tuple(passages)


def oracle(sentences: Sequence[str], references: Sequence[str], most: int) -> list[int]:
    """0/1 labels of the sentences that, added greedily, best cover the references' words and word pairs (Nallapati
    et al.
    2017, "SummaRuNNer")."""
    wanted = Counter(term for reference in references for term in _terms(reference))
    have: Counter[str] = Counter()
    chosen: set[int] = set()
    terms = [Counter(_terms(sentence)) for sentence in sentences]

    def f1(counts: Counter[str]) -> float:
        hits = sum((counts & wanted).values())
        total = sum(counts.values()) + sum(wanted.values())
        return 2 * hits / total if total else 0.0

    best = 0.0
    for _ in range(most):
        gains = [(f1(have + terms[index]), index) for index in range(len(sentences)) if index not in chosen]
        if not gains or (top := max(gains))[0] <= best:
            break
        best = top[0]
        chosen.add(top[1])
        have += terms[top[1]]
    return [int(index in chosen) for index in range(len(sentences))]


def _terms(text: str) -> list[str]:
    words = [word.strip(".,;:!?()\"'").lower() for word in text.split()]
    return words + [f"{a} {b}" for a, b in pairwise(words)]


def class_vector(text: str, language: str, encoder: Encoder) -> Floats:
    """What the class model sees of a text: first passage and mean of all passages of its opening, (768,), scaled."""
    index = DocumentIndex.build(plain_document(text[:CLASS_CHARACTERS], language), encoder, Context())
    if index.empty:
        return np.zeros(2 * 384, dtype=np.float32)
    vectors = index.passage_vectors
    return class_features(vectors)


def average_precision(labels: Floats, scores: Floats) -> float:
    """Area under the precision-recall curve of one ranking."""
    order = np.argsort(-scores, kind="stable")
    hits = labels[order].astype(bool)
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean()) if hits.any() else 0.0
