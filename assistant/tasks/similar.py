"""Passages that say something near to another place of the same document, by the vectors of its index."""

from __future__ import annotations

import numpy as np

from assistant.jobs import JobContext
from assistant.tasks.index import DocumentIndex, unit
from assistant.tasks.lexical import terms
from assistant.tasks.retrieval import fuse
from assistant.types import Evidence, Span

_APART = 0.9
"""As in :func:`assistant.tasks.summarize.centered`: without most of the common part the differences show."""


def similar(index: DocumentIndex, place: Span, ctx: JobContext, limit: int = 5) -> tuple[Evidence, ...]:
    """The passages nearest to the sentences at ``place``, best first, without those that hold it.

    Words (BM25) and meaning (cosine less the document's mean) count the same, as in :mod:`assistant.tasks.retrieval`.
    ``score`` is the cosine of passage and place in [0, 1]. Raises Cancelled.
    """
    ctx.check()
    if index.empty:
        return ()
    rows = [number for number, sentence in enumerate(index.sentences) if sentence.span.overlaps(place)]
    if not rows:
        return ()
    mean = index.passage_vectors.mean(axis=0) * _APART
    wanted = unit((index.sentence_vectors[rows].mean(axis=0) - mean)[None, :])[0]
    meaning = unit(index.passage_vectors - mean) @ wanted
    words = terms(place.of(index.document.text), index.document.language)
    fused = fuse(index.lexical(ctx).scores(words), np.asarray(meaning, dtype=np.float32))
    raw = index.passage_vectors @ unit(index.sentence_vectors[rows].mean(axis=0)[None, :])[0]
    chosen = [
        number
        for number in np.argsort(-fused, kind="stable").tolist()
        if not index.passages[number].span.overlaps(place) and fused[number] > 0
    ]
    return tuple(
        index.evidence(index.passages[number].span, float(min(1.0, max(0.0, raw[number])))) for number in chosen[:limit]
    )
