"""The seams of the tasks: what they need of a model, and the row by which menus and the command line know a task.

The protocols are the parts of :mod:`assistant.inference` that the tasks use, so that a test can give them a small
deterministic encoder and a retrained or imported model needs no base class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from assistant.inference.tokenizer import Encoding
from assistant.jobs import JobContext

FloatArray = npt.NDArray[np.float32]
EmbeddingKind = Literal["query", "passage"]
TaskId = Literal["entities", "answers", "summary", "classification"]


class Tokenizer(Protocol):
    def encode(self, texts: Sequence[str]) -> list[Encoding]: ...


class Encoder(Protocol):
    """The shared multilingual encoder. Thread-safe."""

    @property
    def name(self) -> str:
        """``base@1``: part of cache keys and results."""
        ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    def tokens(self, encodings: Sequence[Encoding], prefix: str, ctx: JobContext) -> Iterator[tuple[int, FloatArray]]:
        """``(index, float32[n, width])`` of each text's own tokens, in the order in which batches finish."""
        ...

    def embed(self, texts: Sequence[str], kind: EmbeddingKind, ctx: JobContext) -> FloatArray:
        """float32[len(texts), width], mean pooled and L2-normalized."""
        ...


class SpanScoreLike(Protocol):
    """A candidate answer in one context; offsets are code points of that context."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def score(self) -> float:
        """Calibrated probability that it answers, against "no answer" in that context."""
        ...

    @property
    def margin(self) -> float:
        """Logit less that of "no answer"."""
        ...

    @property
    def confidence(self) -> float:
        """Log-probability among all spans of the context, at most 0."""
        ...


class SpanExtractor(Protocol):
    """The reader: extractive question answering over short contexts. Thread-safe."""

    @property
    def name(self) -> str: ...

    @property
    def threshold(self) -> float:
        """Probability below which a context is said not to answer, from the model's manifest."""
        ...

    @property
    def calibration(self) -> Mapping[str, float]:
        """The whole calibration of the manifest; :mod:`assistant.tasks.answerability` has its weights there."""
        ...

    def spans(self, question: str, contexts: Sequence[str], ctx: JobContext) -> Sequence[Sequence[SpanScoreLike]]:
        """A few candidates for each context, best first."""
        ...


class SalienceModel(Protocol):
    """The summary's head over the encoder's sentence vectors. Thread-safe."""

    @property
    def name(self) -> str: ...

    def scores(self, vectors: FloatArray, lengths: Sequence[int]) -> FloatArray:
        """float32[n] probabilities of belonging to a summary, for all sentences of a document in order.

        ``vectors`` (n, width) are a document's sentence vectors, ``lengths`` (n,) their code points.
        """
        ...


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One row of :data:`assistant.tasks.registry.TASKS`; menus, panels, wizard and command line derive from it."""

    id: TaskId
    title: str
    title_zh: str
    help: str
    """One sentence for tooltips and ``--help``."""
    models: tuple[str, ...]
    """Models that the task cannot do without, as the catalog names them."""
    optional_models: tuple[str, ...]
    """Models that make it better; without them it still works."""
    trainable: bool
    """Whether a user's labels can retrain a model of this task."""
    row_fields: tuple[str, ...]
    """Fields of one row of training data, beside ``id``, ``lang``, ``source`` and ``split``."""
    metrics: tuple[str, ...]
    """What ``docent evaluate`` reports, the deciding one first."""
    stage: str
    """Progress stage (:class:`assistant.jobs.Progress`)."""
