"""Classes learned from a user's own few labelled documents, on top of what zero-shot classification says.

A document is one vector (:func:`document_vector`). Three voices are added up as logits, so that each new label moves
the result a little and none overturns it: the zero-shot chances; from the first label on the likeness to each class's
examples, to their mean (prototypes: Snell, Swersky & Zemel 2017, "Prototypical Networks for Few-shot Learning",
NeurIPS) and to the nearest one (Cover & Hart 1967); and, growing as the examples reach eight a class, a multinomial
logistic regression on the vectors. No randomness, numpy only: 500 examples of 25 classes are learned in well under a
second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.tasks.base import FloatArray
from assistant.tasks.index import DocumentIndex

Floats = npt.NDArray[np.float64]

_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class FewShotOptions:
    """Weights of the voices; how they were found is told in ``tests/benchmarks/README.md``."""

    fade: float = 16.0
    """Examples a class at which the zero-shot chances count half."""
    likeness: float = 5.0
    """Weight of the likeness to a class's examples, which is about 0 for an unrelated class and at most 1.5."""
    nearest: float = 0.5
    """Share of the nearest example in it, beside 1 for the mean of the class."""
    head: float = 1.0
    """Weight of the trained head once there are enough examples."""
    enough: float = 8.0
    """Examples a class at which the head has half of its weight."""
    decay: float = 0.3
    """L2 penalty of the head; the same for few and many examples, so that many outweigh it."""
    scale: float = 2.0
    """Length of the centred vectors that the head sees."""
    steps: int = 120


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What the user labelled: ``vectors`` float32[n, width] (:func:`document_vector`) and a label for each."""

    vectors: FloatArray
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.labels):
            raise ValueError("one label for each vector")


def document_vector(index: DocumentIndex) -> FloatArray:
    """float32[width], L2-normalized: opening passage and mean of all, half each; zeros for an empty document."""
    vectors = index.passage_vectors
    if index.empty or not vectors.any():
        return np.zeros(vectors.shape[1], dtype=np.float32)
    return np.asarray(_unit((_unit(vectors[0]) + _unit(vectors.mean(axis=0)))[None])[0], dtype=np.float32)


class FewShotClassifier:
    """Classes from examples. Immutable once made, so thread-safe; the same examples always give the same chances."""

    def __init__(self, labels: Sequence[str], examples: Examples, options: FewShotOptions | None = None) -> None:
        """Learn from ``examples``, which may be none, or of some of the ``labels`` only.

        Raises ValueError where an example has another label.
        """
        self.labels = tuple(labels)
        self.options = options or FewShotOptions()
        known = {label: number for number, label in enumerate(self.labels)}
        unknown = sorted(set(examples.labels) - known.keys())
        if unknown:
            raise ValueError(f"examples of labels that are not asked for: {', '.join(unknown)}")
        # Empty documents (zero vectors) teach nothing.
        full = examples.vectors.any(axis=1) if len(examples.vectors) else np.zeros(0, dtype=bool)
        self._owners = np.array([known[label] for label in examples.labels], dtype=np.int64)[full]
        vectors = _unit(np.asarray(examples.vectors, dtype=np.float64)[full]) if full.any() else np.zeros((0, 1))
        self._taught = np.unique(self._owners)
        means = np.array([vectors[self._owners == label].mean(axis=0) for label in self._taught])
        # E5's vectors lie in a narrow cone; what is common to all classes says nothing about one of them.
        self._centre = means.mean(axis=0) if len(means) > 1 else None
        self._anchors = _unit(means)
        self._near, self._far = _closeness(vectors, self._owners, self._anchors, self._taught)
        self._examples = self._centred(vectors)
        self._means = _unit(np.array([self._examples[self._owners == label].mean(axis=0) for label in self._taught]))
        each = len(vectors) / max(1, len(self._taught))
        self._trust = 1 / (1 + each / self.options.fade)
        self._share = self.options.head * each / (each + self.options.enough)
        self._head: Floats | None = None
        if len(self._taught) > 1 and each >= 2:
            self._head = _regress(
                self.options.scale * self._examples,
                (self._owners[:, None] == self._taught).astype(np.float64),
                self.options,
            )

    def probabilities(self, vectors: FloatArray, prior: npt.NDArray[np.floating] | None = None) -> Floats:
        """float64[n, labels], rows summing to 1, for documents' ``vectors`` float32[n, width].

        ``prior`` (n, labels) are zero-shot probabilities; without them, and without examples, all labels are equal.
        """
        logits = np.zeros((len(vectors), len(self.labels)))
        if prior is not None:
            logits += self._trust * np.log(np.maximum(prior, _SMALLEST))
        if len(self._taught):
            vectors = np.asarray(vectors, dtype=np.float64)
            unit = _unit(vectors)
            asked = self._centred(unit)
            asked[~vectors.any(axis=1)] = 0
            said = self.options.likeness * self._likeness(asked)
            if self._head is not None:
                said += self._share * _voice(_outputs(self.options.scale * asked, self._head))
            logits[:, self._taught] += self._heard(unit) * said
        return softmax(logits)

    def _likeness(self, asked: Floats) -> Floats:
        """(n, taught classes): cosine with a class's mean, and with its nearest example."""
        near = asked @ self._examples.T
        nearest = np.stack([near[:, self._owners == label].max(axis=1) for label in self._taught], axis=1)
        values = asked @ self._means.T + self.options.nearest * nearest
        # One class alone: there is nothing to tell it from, so only a document quite like it speaks for it.
        return (
            values if self._centre is not None else np.clip((values / (1 + self.options.nearest) - 0.9) / 0.05, -1, 1)
        )

    def _heard(self, unit: Floats) -> Floats:
        """(n, 1) in [0, 1]: 0 for a document as far from all examples as these classes are from each other.

        Only where some labels have no example: such a document is likely one of theirs, and likeness is silent then.
        """
        if self._centre is None or len(self._taught) == len(self.labels):
            return np.ones((len(unit), 1))
        closest = (unit @ self._anchors.T).max(axis=1, keepdims=True)
        return np.asarray(np.clip((closest - self._far) / max(self._near - self._far, _SMALLEST), 0, 1))

    def _centred(self, vectors: Floats) -> Floats:
        return vectors if self._centre is None else _unit(vectors - self._centre)


def _closeness(
    vectors: Floats, owners: npt.NDArray[np.int64], means: Floats, taught: npt.NDArray[np.int64]
) -> tuple[float, float]:
    """Mean cosine of examples with their own class's mean, and of the examples with the other classes' means."""
    if len(taught) < 2:
        return 1.0, 0.0
    cosines = vectors @ means.T
    own = owners[:, None] == taught
    return float(cosines[own].mean()), float(cosines[~own].mean())


def _regress(inputs: Floats, targets: Floats, options: FewShotOptions) -> Floats:
    """Multinomial logistic regression with an L2 penalty: (width + 1, classes), the last row its intercepts.

    Nesterov's accelerated gradient with the step of the Lipschitz bound (Böhning 1992), so it neither needs a line
    search nor can it diverge.
    """
    inputs = _with_one(inputs)
    step = 1 / (0.5 * float(np.linalg.eigvalsh(inputs.T @ inputs)[-1]) + options.decay)
    weights = np.zeros((inputs.shape[1], targets.shape[1]))
    ahead, speed = weights, 1.0
    for _ in range(options.steps):
        slope = inputs.T @ (softmax(inputs @ ahead) - targets) + options.decay * ahead
        moved = ahead - step * slope
        faster = (1 + np.sqrt(1 + 4 * speed * speed)) / 2
        ahead = moved + (speed - 1) / faster * (moved - weights)
        weights, speed = moved, faster
    return weights


def _outputs(inputs: Floats, weights: Floats) -> Floats:
    return np.asarray(_with_one(inputs) @ weights, dtype=np.float64)


def _with_one(inputs: Floats) -> Floats:
    # A small constant, so that the intercept is held back by the penalty and rare classes stay possible.
    return np.hstack([inputs, np.full((len(inputs), 1), 0.3)])


def _voice(logits: Floats) -> Floats:
    """What the head says for and against each class it knows; 0, "as likely as any", is what it says of all others."""
    return np.asarray(np.log(np.maximum(softmax(logits), _SMALLEST)) + np.log(logits.shape[1]))


def _unit(values: npt.NDArray[np.floating]) -> Floats:
    norms = np.linalg.norm(values, axis=-1, keepdims=True)
    return np.asarray(values / np.where(norms > 0, norms, 1), dtype=np.float64)


def softmax(logits: npt.NDArray[np.floating]) -> Floats:
    """Along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float64)
