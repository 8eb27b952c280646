"""What kind of document it is: zero-shot, its passages against the descriptions of types; then with the user's labels.

Cosines of E5 vectors lie in 0.7-1.0 and some types are near to everything, so what counts is the difference between
types: the likeness of passages, early ones first, to descriptions and prototype sentences, with and without each type's
general nearness. Traits of form and words of form ("INVOICE",
"Abstract", a file's format) are added from the same table. A softmax whose temperature was fitted on labelled documents
turns the sum into probabilities (Guo et al. 2017); a small or divided top probability is reported as "unsure".
Documents that the user has labelled take over from the first one on (:mod:`assistant.tasks.few_shot`).
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import regex

from assistant.jobs import JobContext, Progress
from assistant.tasks.base import Encoder, FloatArray
from assistant.tasks.document_types import Cue, DocumentType, types_hash
from assistant.tasks.few_shot import Examples, FewShotClassifier, document_vector, softmax
from assistant.tasks.index import DocumentIndex
from assistant.tasks.summarize import Aspects
from assistant.tasks.traits import Traits
from assistant.types import Classification, Document, Evidence, LabelScore

log = logging.getLogger(__name__)

_HEAD_CHARACTERS = 700
_TEXT_CHARACTERS = 60_000
_CUE_CAP = 3.0


TRAINED = 0.7
"""What an activated model of the user's counts beside the rest, which knows types that it was not trained on."""


class TrainedTypes(Protocol):
    """As :class:`assistant.inference.class_model.ClassModel` is one. Thread-safe."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def probabilities(self, passage_vectors: FloatArray) -> FloatArray:
        """(labels,) of a document's passages."""
        ...


@dataclass(frozen=True, slots=True)
class ClassifyOptions:
    """Weights and thresholds; how they were found is told in ``tests/tasks/test_real_models.py``."""

    passages: float = 1.0
    """Weight of passages against descriptions and prototypes, early ones first."""
    unbiased: float = 1.0
    """Weight of the same after taking away how near a type is to everything."""
    cues: float = 1.6
    """Weight of a cue of weight 1."""
    temperature: float = 1.0
    threshold: float = 0.40
    """Below this top probability the type is "unsure"."""
    margin: float = 0.10
    """Also where the second is as near as this."""
    evidence: int = 4


@dataclass(frozen=True, slots=True, eq=False)
class TypeVectors:
    """Embedded types: ``descriptions`` float32[types, width], ``prototypes`` float32[n, width], ``owners`` int64[n].

    ``nearness`` float64[types, 2]: mean cosine of a type's description and of its nearest prototype with the prototypes
    of all other types, that is how near it is to everything (hubness: Radovanović, Nanopoulos & Ivanović 2010).
    """

    descriptions: FloatArray
    prototypes: FloatArray
    owners: npt.NDArray[np.int64]
    nearness: npt.NDArray[np.float64]

    def nearest(self, vectors: FloatArray) -> npt.NDArray[np.float64]:
        """float64[len(vectors), types]: cosine of each vector with each type's nearest prototype."""
        return _nearest(vectors, self.prototypes, self.owners, len(self.descriptions))


def _nearest(
    vectors: FloatArray, prototypes: FloatArray, owners: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.float64]:
    near = vectors @ prototypes.T
    return np.stack([near[:, owners == number].max(axis=1) for number in range(count)], axis=1).astype(np.float64)


class TypeEmbedder:
    """Embeds lists of types and keeps the last few, by (content of the list, encoder). Thread-safe."""

    def __init__(self, keep: int = 4, folder: Path | None = None) -> None:
        """``folder`` (in the cache) keeps the vectors from one run of the program to the next."""
        self._keep = keep
        self._folder = folder
        self._known: OrderedDict[tuple[str, str], TypeVectors] = OrderedDict()
        self._lock = threading.Lock()

    def vectors(self, types: Sequence[DocumentType], encoder: Encoder, ctx: JobContext) -> TypeVectors:
        """Raises Cancelled. The first call takes about a second, later ones none."""
        key = types_hash(types), encoder.name
        with self._lock:
            known = self._known.get(key)
            if known is None:
                path = None if self._folder is None else self._folder / f"types-{key[0]}-{encoder.name}.npz"
                known = _stored(path, types)
                if known is None:
                    known = _embed_types(types, encoder, ctx)
                    _store(path, known)
                self._known[key] = known
            self._known.move_to_end(key)
            while len(self._known) > self._keep:
                self._known.popitem(last=False)
            return known


def _stored(path: Path | None, types: Sequence[DocumentType]) -> TypeVectors | None:
    """What an earlier run embedded; None where there is nothing that fits."""
    if path is None or not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            known = TypeVectors(
                stored["descriptions"].astype(np.float32),
                stored["prototypes"].astype(np.float32),
                stored["owners"],
                stored["nearness"],
            )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        log.info("kept vectors of the document types cannot be read (%s): made again", type(error).__name__)
        return None
    return known if len(known.descriptions) == len(types) and len(known.prototypes) == len(known.owners) else None


def _store(path: Path | None, known: TypeVectors) -> None:
    """Keep the vectors for the next run; that they cannot be kept costs a second then and nothing else."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file,
                descriptions=known.descriptions,
                prototypes=known.prototypes,
                owners=known.owners,
                nearness=known.nearness,
            )
        Path(name).replace(path)
    except OSError as error:
        log.info("the vectors of the document types cannot be kept: %s", error)


def _embed_types(types: Sequence[DocumentType], encoder: Encoder, ctx: JobContext) -> TypeVectors:
    texts: list[str] = []
    described: list[int] = []
    owners: list[int] = []
    for number, item in enumerate(types):
        for text in (f"{item.name}. {item.description}", f"{item.name_zh}。{item.description_zh}"):
            texts.append(text)
            described.append(number)
    prototypes: list[str] = []
    for number, item in enumerate(types):
        for text in item.prototypes or (item.description, item.description_zh):
            prototypes.append(text)
            owners.append(number)
    vectors = encoder.embed(texts + prototypes, "query", ctx)
    descriptions = np.zeros((len(types), vectors.shape[1]), dtype=np.float32)
    np.add.at(descriptions, described, vectors[: len(texts)])
    descriptions /= np.linalg.norm(descriptions, axis=1, keepdims=True)
    known, whose = vectors[len(texts) :], np.array(owners, dtype=np.int64)
    to_descriptions = known @ descriptions.T
    to_prototypes = _nearest(known, known, whose, len(types))
    nearness = np.zeros((len(types), 2))
    for number in range(len(types)):
        others = whose != number
        if others.any():
            nearness[number] = to_descriptions[others, number].mean(), to_prototypes[others, number].mean()
    return TypeVectors(descriptions, known, whose, nearness)


def classify(
    document: Document,
    index: DocumentIndex,
    encoder: Encoder,
    types: Sequence[DocumentType],
    ctx: JobContext,
    embedder: TypeEmbedder | None = None,
    options: ClassifyOptions | None = None,
    examples: Examples | None = None,
    trained: TrainedTypes | None = None,
) -> Classification:
    """Probabilities of all types; ``label`` is a type's id, or None for "unsure". Raises Cancelled.

    ``examples`` are documents that the user has labelled with ids of ``types``; ValueError for any other label.
    ``trained`` is a model that the user has trained and activated.
    """
    options = options or ClassifyOptions()
    ctx.report(Progress("classification", 0, 1))
    vectors = (embedder or TypeEmbedder()).vectors(types, encoder, ctx)
    ctx.check()
    if index.empty or not index.passage_vectors.any():
        even = tuple(LabelScore(item.id, 1 / len(types)) for item in types)
        ctx.report(Progress("classification", 1, 1))
        return Classification(even, None, (), encoder.name)
    cues = Cues(document)
    looks = features(index, vectors)
    scores = combine(looks, np.array([cues.score(item) for item in types]), options)
    chances = softmax(scores / options.temperature)
    if examples is not None and examples.labels:
        learned = FewShotClassifier([item.id for item in types], examples)
        chances = learned.probabilities(document_vector(index)[None], chances[None])[0]
        ctx.check()
    if trained is not None:
        chances = with_trained(chances, [item.id for item in types], trained, index)
    order = np.argsort(-chances, kind="stable")
    top = int(order[0])
    second = float(chances[order[1]]) if len(order) > 1 else 0.0
    sure = float(chances[top]) >= options.threshold and float(chances[top]) - second >= options.margin
    evidence = _evidence(index, vectors, types, top, cues, options)
    ctx.report(Progress("classification", 1, 1))
    return Classification(
        tuple(LabelScore(types[int(number)].id, float(chances[number])) for number in order),
        types[top].id if sure else None,
        evidence,
        encoder.name,
    )


def with_trained(
    chances: npt.NDArray[np.float64], types: Sequence[str], trained: TrainedTypes, index: DocumentIndex
) -> npt.NDArray[np.float64]:
    """The chances (types,), with what a trained model says of the types that it knows: TRAINED of it all."""
    places = {label: number for number, label in enumerate(types)}
    said = np.zeros(len(types))
    for label, chance in zip(trained.labels, trained.probabilities(index.passage_vectors), strict=True):
        # A type that was deleted since is not told any more.
        if label in places:
            said[places[label]] = chance
    if not said.any():
        return chances
    return np.asarray((1 - TRAINED) * chances + TRAINED * said / said.sum(), dtype=np.float64)


_SPREAD = np.array([0.018, 0.019])
"""Standard deviations of the two looks over documents and types, to bring them to one unit."""


def features(index: DocumentIndex, vectors: TypeVectors) -> npt.NDArray[np.float64]:
    """float64[types, 2]: the passages' likeness to each type, as it is and unbiased, each over its usual spread."""
    passages = index.passage_vectors
    looks = 0.5 * (passages @ vectors.descriptions.T + vectors.nearest(passages))
    # The opening tells most: the first passage counts as much as the third to tenth together.
    weights = 1.0 / (1.0 + np.arange(len(passages)))
    mean = (weights @ looks) / weights.sum()
    table = np.stack([mean, mean - vectors.nearness.mean(axis=1)], axis=1)
    return np.asarray((table - table.mean(axis=0)) / _SPREAD, dtype=np.float64)


def combine(
    looks: npt.NDArray[np.float64], cues: npt.NDArray[np.float64], options: ClassifyOptions
) -> npt.NDArray[np.float64]:
    weights = np.array([options.passages, options.unbiased])
    return np.asarray(looks @ weights + options.cues * cues, dtype=np.float64)


def summary_aspects(
    document: Document,
    classification: Classification,
    types: Sequence[DocumentType],
    encoder: Encoder,
    ctx: JobContext,
) -> Aspects | None:
    """What a summary of such a document should tell, for :func:`assistant.tasks.summarize.summarize`.

    None where the type is unsure or names no aspects. Raises Cancelled.
    """
    found = next((item for item in types if item.id == classification.label), None)
    if found is None:
        return None
    texts = found.aspects_zh if document.language == "zh" else found.aspects
    return Aspects(texts, encoder.embed(texts, "query", ctx)) if texts else None


class Cues:
    """The words of form in one document. Looks at its top, its headings and the first 60,000 characters."""

    def __init__(self, document: Document) -> None:
        self._format = document.format
        self._any = document.text[:_TEXT_CHARACTERS].casefold()
        headings = [block.span.of(document.text) for block in document.blocks[:400] if block.kind == "heading"]
        self._traits = Traits(document)
        self._head = "\n".join([document.text[:_HEAD_CHARACTERS], *headings[:12], document.title]).casefold()

    def score(self, item: DocumentType) -> float:
        """Sum of the weights of the cues that are there, at most 3, plus those of the format and of the traits."""
        found = sum(cue.weight for cue in item.cues if self._has(cue))
        form = sum(weight * self._traits.value(name) for name, weight in item.signals.items())
        return min(_CUE_CAP, found) + item.formats.get(self._format, 0.0) + form

    def _has(self, cue: Cue) -> bool:
        return _contains(self._head if cue.where == "head" else self._any, cue.text.casefold())


def _contains(text: str, phrase: str) -> bool:
    """Whole words for letters of spaced scripts, anywhere for CJK."""
    if phrase not in text:
        return False
    first = r"(?<!\w)" if phrase[0].isascii() and phrase[0].isalnum() else ""
    last = r"(?!\w)" if phrase[-1].isascii() and phrase[-1].isalnum() else ""
    return regex.search(first + regex.escape(phrase) + last, text) is not None


def _evidence(
    index: DocumentIndex,
    vectors: TypeVectors,
    types: Sequence[DocumentType],
    top: int,
    cues: Cues,
    options: ClassifyOptions,
) -> tuple[Evidence, ...]:
    """The sentences that speak most for the top type against the others, in document order."""
    to_types = 0.5 * vectors.nearest(index.sentence_vectors)
    to_types += 0.5 * (index.sentence_vectors @ vectors.descriptions.T) - vectors.nearness.mean(axis=1)
    others = np.delete(to_types, top, axis=1)
    gain = to_types[:, top] - (others.mean(axis=1) if others.shape[1] else 0.0)
    phrases = [cue.text.casefold() for cue in types[top].cues]
    for number, sentence in enumerate(index.sentences):
        # The first 400 sentences hold nearly all cues, and this is a loop in Python.
        if number >= 400:
            break
        text = sentence.span.of(index.document.text).casefold()
        gain[number] += 0.02 * min(2, sum(_contains(text, phrase) for phrase in phrases))
    gain[~index.sentence_vectors.any(axis=1)] = -np.inf
    order = np.argsort(-gain, kind="stable")
    chosen: list[int] = []
    said: set[str] = set()
    for number in order.tolist():
        text = " ".join(index.text(number).split()).casefold()
        if len(chosen) == options.evidence or gain[number] <= 0:
            break
        if text not in said and len(text) >= 4:
            said.add(text)
            chosen.append(number)
    scale = max(0.06, float(gain[order[0]]))
    return tuple(
        index.evidence(index.sentences[number].span, min(1.0, float(gain[number]) / scale)) for number in sorted(chosen)
    )
