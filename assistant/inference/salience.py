"""Sentence salience: how worth keeping each sentence of a document is, from the sentences' vectors.

A small head over the shared encoder's vectors, so the summary costs no pass of its own over the text.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.inference.encoder import Floats
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Session

WINDOW = 256
"""Sentences that the head sees at once; longer documents are scored in overlapping windows."""
EXTRA = 9
"""Hand-made features beside each vector; see :func:`features`."""


class SalienceModel:
    """The summary model. Thread-safe."""

    def __init__(self, manifest: Manifest, session: Session) -> None:
        self.manifest = manifest
        self.name = manifest.id
        self._session = session
        # A head that was trained before a feature was added knows only those before it.
        width = session.widths["features"]
        self._width = width if isinstance(width, int) else None

    def scores(self, vectors: Floats, lengths: Sequence[int]) -> Floats:
        """Probability (n,) that each sentence belongs to a summary.

        ``vectors`` (n, 384) are the sentences' mean hidden states as :mod:`assistant.tasks.index` makes them
        (normalized);
        ``lengths`` (n,) are the sentences' lengths in characters.
        """
        count = len(vectors)
        if count == 0:
            return np.zeros(0, dtype=np.float32)
        inputs = features(vectors, lengths)[:, : self._width]
        total = np.zeros(count, dtype=np.float32)
        seen = np.zeros(count, dtype=np.float32)
        step = WINDOW // 2
        for first in range(0, max(1, count - step), step):
            window = inputs[first : first + WINDOW]
            (logits,) = self._session.run({"features": window[None]})
            total[first : first + len(window)] += 1 / (1 + np.exp(-logits.reshape(-1)))
            seen[first : first + len(window)] += 1
        return total / seen


def features(vectors: Floats, lengths: Sequence[int]) -> Floats:
    """``(n, 384 + 9)``: the vector less the document's mean, and nine numbers of its place and size.

    They are: position from the start and from the end, place in the document, length, likeness to the document's mean,
    likeness to the sentence before, the document's usual length of a sentence, the length against that, and the share
    of sentences that say something near (degree centrality: Erkan & Radev 2004).
    """
    count = len(vectors)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    mean = unit.mean(axis=0)
    mean_unit = mean / max(float(np.linalg.norm(mean)), 1e-9)
    # E5's vectors lie in a narrow cone; without the common part the differences show.
    apart = unit - mean
    position = np.arange(count, dtype=np.float32)
    before = np.concatenate([[0.0], (unit[1:] * unit[:-1]).sum(axis=1)]) if count > 1 else np.zeros(count)
    size = np.log1p(np.asarray(lengths, dtype=np.float32))
    extra = np.stack(
        [
            1 / (1 + position),
            1 / (count - position),
            position / max(count - 1, 1),
            size / 6,
            (unit @ mean_unit - 0.85) * 5,
            (before - 0.85) * 5,
            np.full(count, size.mean() / 6),
            size - size.mean(),
            _degree(apart),
        ],
        axis=1,
    )
    return np.concatenate([apart * 4, extra], axis=1).astype(np.float32)


def _degree(apart: Floats) -> Floats:
    """(n,) mean positive cosine with the others, over an even sample of at most 1,000; times 5, to be near 1."""
    directions = apart / np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9)
    others = directions[:: max(1, len(directions) // 1000)]
    return np.asarray(np.maximum(directions @ others.T, 0).mean(axis=1) * 5, dtype=np.float32)
