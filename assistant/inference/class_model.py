"""Document classes by a trained linear head over the shared encoder's passage vectors."""

from __future__ import annotations

import numpy as np

from assistant.inference.encoder import Floats
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Session


class ClassModel:
    """A trained model of document classes. Thread-safe."""

    def __init__(self, manifest: Manifest, session: Session) -> None:
        self.manifest = manifest
        self.name = manifest.id
        self.labels = manifest.labels
        self._session = session

    def probabilities(self, passage_vectors: Floats) -> Floats:
        """Probability (labels,) of each class, from a document's normalized passage vectors (n, 384)."""
        if len(passage_vectors) == 0:
            return np.full(len(self.labels), 1 / len(self.labels), dtype=np.float32)
        (logits,) = self._session.run({"features": class_features(passage_vectors)[None]})
        heat = self.manifest.calibration.get("temperature", 1.0)
        powers = np.exp((logits[0] - logits[0].max()) / heat)
        return np.asarray(powers / powers.sum(), dtype=np.float32)


def class_features(vectors: Floats) -> Floats:
    """First and mean passage vector side by side (768,); E5's vectors lie in a narrow cone, so they are scaled up."""
    return (np.concatenate([vectors[0], vectors.mean(axis=0)]) * 8).astype(np.float32)
