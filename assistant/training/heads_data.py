"""What the heads are trained on: vectors of sentences and documents, oracle labels. No torch."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.inference.class_model import class_features
from assistant.inference.encoder import Encoder
from assistant.jobs import Context
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import document_of_sentences, plain_document
from assistant.training.dataset import SummaryRow
from assistant.training.metrics import SUMMARY_SENTENCES
from assistant.training.oracle import oracle, terms_of
from assistant.types import Passage, Sentence, Span

Floats = npt.NDArray[np.float32]

PASSAGE_CHARACTERS = 900
CLASS_CHARACTERS = 6000
"""The opening of a text decides its class; reading more of it costs more than it tells."""


VECTORS = "DOCENT_VECTORS"
"""Environment variable: a folder where sentence vectors are kept from one training or benchmark to the next."""


def vectors_of(sentences: Sequence[str], language: str, encoder: Encoder) -> Floats:
    """Sentence vectors (n, 384) of a document whose sentences are given; kept in the folder :data:`VECTORS`, if set."""
    folder = os.environ.get(VECTORS)
    if not folder:
        return _encode(sentences, language, encoder)
    key = "\n".join([encoder.name, *sentences]).encode("utf-8", "surrogatepass")
    path = Path(folder) / f"{hashlib.blake2b(key, digest_size=16).hexdigest()}.npy"
    if path.is_file():
        return np.asarray(np.load(path, allow_pickle=False), dtype=np.float32)
    vectors = _encode(sentences, language, encoder)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.npy")
    np.save(aside, vectors.astype(np.float16))
    aside.replace(path)
    return vectors.astype(np.float16).astype(np.float32)


def _encode(sentences: Sequence[str], language: str, encoder: Encoder) -> Floats:
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


def worth(row: SummaryRow) -> Floats:
    """(n,) in [0, 1]: how much each sentence would give to a summary; what the head learns.

    Papers and news: how well it alone covers a reference (its best one), against the best sentence, squared, so that
    near misses count a little. Meetings with a reference: the greedy :func:`oracle`, as ten turns make the summary.
    Without a reference: the labels, short utterances ("Yeah, exactly.") less, since they say little.
    """
    most = SUMMARY_SENTENCES.get(row.kind, 3)
    if row.reference and row.kind == "meeting":
        return np.array(oracle(row.sentences, row.reference, most), dtype=np.float32)
    if row.reference:
        alone = np.array([max(_overlap(sentence, text) for text in row.reference) for sentence in row.sentences])
        return np.asarray((alone / max(float(alone.max(initial=0.0)), 0.05)) ** 2, dtype=np.float32)
    labels = np.array(row.labels if row.labels is not None else [0] * len(row.sentences), dtype=np.float32)
    words = np.array([len(sentence.split()) for sentence in row.sentences], dtype=np.float32)
    return np.asarray(labels * np.minimum(1, words / 25), dtype=np.float32) if row.kind == "meeting" else labels


def _overlap(text: str, reference: str) -> float:
    """F1 of words and word pairs."""
    said, wanted = Counter(terms_of(text)), Counter(terms_of(reference))
    total = sum(said.values()) + sum(wanted.values())
    return 2 * sum((said & wanted).values()) / total if total else 0.0


def share_of_best(values: Floats, scores: Floats, most: int) -> float:
    """What the ``most`` sentences of the highest ``scores`` are worth, against the ``most`` that are worth most."""
    best = float(np.sort(values)[::-1][:most].sum())
    return float(values[np.argsort(-scores, kind="stable")[:most]].sum()) / best if best else 0.0


def class_vector(text: str, language: str, encoder: Encoder) -> Floats:
    """What the class model sees of a text: first passage and mean of all passages of its opening, (768,), scaled."""
    index = DocumentIndex.build(plain_document(text[:CLASS_CHARACTERS], language), encoder, Context())
    if index.empty:
        return np.zeros(2 * 384, dtype=np.float32)
    vectors = index.passage_vectors
    return class_features(vectors)
