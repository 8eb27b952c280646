"""What is found in documents: entities, summaries, types, answers. Made once, by whatever models there are, and kept.

Thread-safe. The methods are those of :class:`assistant.engine.Engine`, which hands them on.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from assistant.errors import ModelError, UsageError, UserError
from assistant.jobs import JobContext
from assistant.kept import Keeper, Makeshift, active_models, stamp, waiting
from assistant.labelling import Labels
from assistant.labelling.queue import ReadDocument
from assistant.paths import Paths
from assistant.tasks.base import Encoder, FloatArray
from assistant.tasks.document_types import DocumentType, load_types, plain_type, types_hash
from assistant.types import (
    Answers,
    Classification,
    Document,
    Entities,
    LabelType,
    Notice,
    ProviderInfo,
    Summary,
    SummaryLevel,
)

if TYPE_CHECKING:
    from assistant.inference.catalog import Catalog
    from assistant.tasks.classify import TypeEmbedder, TypeVectors
    from assistant.tasks.few_shot import Examples
    from assistant.tasks.index import DocumentIndex

_log = logging.getLogger(__name__)
R = TypeVar("R")

_MOST_NEW = 8
"""Labelled documents that are encoded anew for one classification; a few more with each."""


class Findings:
    """See the module.

    :param labels: what the user said; types that were labelled are learned from at once.
    :param models: the catalog; made with the first call.
    :param folders: those of the models that ship and of the user's own.
    :param notify: hears what is missing.
    """

    def __init__(
        self,
        paths: Paths,
        keeper: Keeper,
        labels: Labels,
        models: Callable[[], Catalog],
        folders: tuple[Path, Path],
        notify: Callable[[Notice], None],
    ) -> None:
        self._paths = paths
        self._keeper = keeper
        self._labels = labels
        self._models = models
        self._model_folders = folders
        self._notify = notify
        self._loading = threading.Lock()
        self._embedder: TypeEmbedder | None = None
        self._embedding = threading.Lock()

    def entities(self, document: Document, ctx: JobContext, first_page: int = 1) -> Entities:
        """All entities. Publishes partial ``Entities``, those of ``first_page`` and its neighbours first.

        Without its model it still finds what rules find; a notice then says so.
        """

        def make(ctx: JobContext) -> Entities | Makeshift[Entities]:
            from assistant.tasks.entities import EntityPart, find_entities

            model = self._optional("entities", ctx)
            name = f"{version} {model.name if model is not None else ''}"
            parts = self._keeper.parts(document, "entities-part", name, EntityPart)
            found = find_entities(document, model, ctx, first_page, parts=parts)
            return self._made(document, found, whole=model is not None)

        version = self._version("entities")
        return self._keeper.finding(document, "entities", version, "", Entities, make, ctx)

    def summarize(self, document: Document, ctx: JobContext, level: SummaryLevel = "short") -> Summary:
        """The sentences that matter most, in document order; what its type is read for. Raises ``ModelError``."""
        types = self.document_types()
        given = self._given_type(document)

        def make(ctx: JobContext) -> Summary | Makeshift[Summary]:
            from assistant.tasks.classify import summary_aspects
            from assistant.tasks.summarize import summarize

            index = self.index(document, ctx)
            kind = self.classify(document, ctx)
            if given is not None:
                kind = replace(kind, label=given)
            aspects = summary_aspects(document, kind, types, self._model("encoder", ctx), ctx)
            salience = self._optional("summary", ctx)
            found = summarize(document, index, salience, level, ctx, aspects=aspects)
            return self._made(document, found, whole=salience is not None)

        version = self._version("embeddings", "summary")
        params = f"{level}/{types_hash(types)}" + (f"/{given}" if given is not None else "")
        return self._keeper.finding(document, "summary", version, params, Summary, make, ctx)

    def classify(self, document: Document, ctx: JobContext) -> Classification:
        """The document's type among :meth:`document_types`, or "unsure". Raises ``ModelError``.

        Documents whose type the user has labelled are its examples. A label of the document itself is not its result:
        that is for :meth:`assistant.labelling.Labels.document_type` to say.
        """
        types = self.document_types()
        taught = self._taught(types)

        def make(ctx: JobContext) -> Classification | Makeshift[Classification]:
            from assistant.tasks.classify import classify

            index = self.index(document, ctx)
            encoder = self._model("encoder", ctx)
            self._type_vectors(types, encoder, ctx)
            examples, all_there = self._examples(taught, document, ctx)
            trained = self._optional("classes", ctx)
            found = classify(document, index, encoder, types, ctx, self._embedder, examples=examples, trained=trained)
            return self._made(document, found, whole=all_there)

        return self._keeper.finding(
            document, "classification", self._classified(taught), types_hash(types), Classification, make, ctx
        )

    def _type_vectors(self, types: Sequence[DocumentType], encoder: Encoder, ctx: JobContext) -> TypeVectors:
        """The embedded types; made once."""
        from assistant.tasks.classify import TypeEmbedder

        with waiting(self._embedding, ctx):
            self._embedder = self._embedder or TypeEmbedder(folder=self._paths.cache)
            return self._embedder.vectors(types, encoder, ctx)

    def _classified(self, taught: Sequence[tuple[str, str]]) -> str:
        """The version of a classification: also what the user has taught by then."""
        version = self._version("embeddings", "classification")
        if not taught:
            return version
        return f"{version} {hashlib.blake2b(json.dumps(sorted(taught)).encode(), digest_size=8).hexdigest()}"

    def _taught(self, types: Sequence[DocumentType]) -> tuple[tuple[str, str], ...]:
        """Documents and the types of the list that the user gave them."""
        known = {item.id for item in types}
        none: tuple[tuple[str, str], ...] = ()
        rows = self._from_labels(lambda: self._labels.taught_types(), none)
        return tuple(row for row in rows if row[1] in known)

    def _given_type(self, document: Document) -> str | None:
        return self._from_labels(lambda: self._labels.document_type(document), None)

    def _examples(
        self, taught: Sequence[tuple[str, str]], document: Document, ctx: JobContext
    ) -> tuple[Examples | None, bool]:
        """The vectors of labelled documents, from their indexes, and whether all are there.

        Where a document's index is not kept any more it is made anew, of a few documents at a time.
        """
        from assistant.tasks.few_shot import Examples, document_vector
        from assistant.tasks.index import DocumentIndex

        version = f"vector {DocumentIndex.cache_key(self._model('encoder', ctx).name)}"
        vectors: list[FloatArray] = []
        labels: list[str] = []
        made = 0
        whole = True
        for sha256, label in taught:
            ctx.check()
            kept = document if sha256 == document.sha256 else self._labels.kept_document(sha256)
            if kept is None:
                # It was opened with a password: it teaches while it is open only.
                continue
            vector = self._keeper.known(kept, "vector", version, _vector_from_bytes)
            if vector is None and kept is not document and made == _MOST_NEW:
                whole = False
                continue
            if vector is None:
                made += 1
                vector = self._keeper.blob(
                    kept,
                    "vector",
                    version,
                    lambda ctx, kept=kept: document_vector(self.index(kept, ctx)),  # type: ignore[misc]
                    lambda made: made.tobytes(),
                    _vector_from_bytes,
                    ctx,
                )
            vectors.append(vector)
            labels.append(label)
        return (Examples(np.stack(vectors), tuple(labels)) if vectors else None), whole

    def known(self, documents: Iterable[Document]) -> Iterator[ReadDocument]:
        """What is kept of the documents' entities and types; nothing is made. The types are read once for all."""
        types = self.document_types()
        entities, kinds = self._version("entities"), self._classified(self._taught(types))
        listed = types_hash(types)
        for document in documents:
            yield ReadDocument(
                document,
                self._keeper.known_finding(document, "entities", entities, "", Entities),
                self._keeper.known_finding(document, "classification", kinds, listed, Classification),
            )

    def _from_labels(self, ask: Callable[[], R], otherwise: R) -> R:
        """What labels say; reading goes on where their file cannot be used, which the user hears once it is needed."""
        try:
            return ask()
        except UserError as error:
            _log.warning("labels cannot be read: %s", error.code)
            return otherwise

    def ask(self, document: Document, question: str, ctx: JobContext) -> Answers:
        """The answer with its place, or none. Raises ``UsageError("question_empty")``, ``ModelError``."""
        question = " ".join(question.split())
        if not question:
            raise UsageError("question_empty")

        def make(ctx: JobContext) -> Answers | Makeshift[Answers]:
            from assistant.tasks.ask import ask

            reader = self._model("answers", ctx)
            index = self.index(document, ctx)
            return self._made(document, ask(document, index, self._model("encoder", ctx), reader, question, ctx))

        version = self._version("embeddings", "answers")
        return self._keeper.finding(document, "answers", version, question, Answers, make, ctx)

    def ran_on(self, document: Document) -> ProviderInfo:
        """What ran the models that made the results of ``document``, in this or in an earlier session."""
        kept = self._keeper.kept(document, "provider", stamp("inference"), ProviderInfo)
        return kept or ProviderInfo("CPU", "int8", 0, None)

    def document_types(self) -> list[DocumentType]:
        """The types that :meth:`classify` chooses from; the user may edit them, and add own ones while labelling."""
        types = list(load_types(self._paths))
        none: tuple[LabelType, ...] = ()
        own = self._from_labels(lambda: self._labels.types("type"), none)
        known = {item.id for item in types}
        return [*types, *(plain_type(item.name, item.title) for item in own if item.name not in known)]

    def index(self, document: Document, ctx: JobContext) -> DocumentIndex:
        """The encoded document, made once however many ask for it at the same time."""
        from assistant.tasks.index import DocumentIndex

        encoder = self._model("encoder", ctx)
        parts = self._keeper.byte_parts(document, "index-part", DocumentIndex.cache_key(encoder.name))
        return self._keeper.blob(
            document,
            "index",
            DocumentIndex.cache_key(encoder.name),
            lambda ctx: DocumentIndex.build(document, encoder, ctx, parts),
            DocumentIndex.to_bytes,
            lambda data: DocumentIndex.from_bytes(data, document, encoder.name),
            ctx,
        )

    def _version(self, *tasks: str) -> str:
        """What makes the results of ``tasks``: the code and the active models. Loads no model."""
        return f"{stamp('inference', 'tasks')} {active_models(*self._model_folders, tasks)}"

    def _model(self, name: str, ctx: JobContext) -> Any:
        """The catalog's model ``name``; one is loaded at a time, and whoever waits can be cancelled."""
        with waiting(self._loading, ctx):
            return getattr(self._models(), name)()

    def _optional(self, name: str, ctx: JobContext) -> Any | None:
        """A model without which a task does less but works; then a notice says what is missing."""
        try:
            return self._model(name, ctx)
        except ModelError as error:
            _log.warning("going on without the model %s: %s", name, error.code)
            self._notify(Notice(error.code, tuple(error.params.items())))
            return None

    def _made(self, document: Document, result: R, *, whole: bool = True) -> R | Makeshift[R]:
        """Note what ran the models. Without one of them the result will be made again when it is there."""
        self._keeper.keep(document, "provider", stamp("inference"), self._models().runtime.info())
        return result if whole else Makeshift(result)


def _vector_from_bytes(data: bytes) -> FloatArray | None:
    return np.frombuffer(data, dtype=np.float32) if len(data) % 4 == 0 and data else None
