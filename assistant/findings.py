"""What is found in documents: entities, summaries, types, answers. Made once, by whatever models there are, and kept.

Thread-safe. The methods are those of :class:`assistant.engine.Engine`, which hands them on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from assistant.errors import ModelError, UsageError
from assistant.jobs import JobContext
from assistant.kept import Keeper, Makeshift, active_models, stamp, waiting
from assistant.paths import Paths
from assistant.tasks.document_types import DocumentType, load_types, types_hash
from assistant.types import Answers, Classification, Document, Entities, Notice, ProviderInfo, Summary, SummaryLevel

if TYPE_CHECKING:
    from assistant.inference.catalog import Catalog
    from assistant.tasks.classify import TypeEmbedder
    from assistant.tasks.index import DocumentIndex

_log = logging.getLogger(__name__)
R = TypeVar("R")


class Findings:
    """See the module.

    :param models: the catalog; made with the first call.
    :param folders: those of the models that ship and of the user's own.
    :param notify: hears what is missing.
    """

    def __init__(
        self,
        paths: Paths,
        keeper: Keeper,
        models: Callable[[], Catalog],
        folders: tuple[Path, Path],
        notify: Callable[[Notice], None],
    ) -> None:
        self._paths = paths
        self._keeper = keeper
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

        def make(ctx: JobContext) -> Summary | Makeshift[Summary]:
            from assistant.tasks.classify import summary_aspects
            from assistant.tasks.summarize import summarize

            index = self.index(document, ctx)
            kind = self.classify(document, ctx)
            aspects = summary_aspects(document, kind, types, self._model("encoder", ctx), ctx)
            salience = self._optional("summary", ctx)
            found = summarize(document, index, salience, level, ctx, aspects=aspects)
            return self._made(document, found, whole=salience is not None)

        version = self._version("embeddings", "summary")
        params = f"{level}/{types_hash(types)}"
        return self._keeper.finding(document, "summary", version, params, Summary, make, ctx)

    def classify(self, document: Document, ctx: JobContext) -> Classification:
        """The document's type among :meth:`document_types`, or "unsure". Raises ``ModelError``."""
        types = self.document_types()

        def make(ctx: JobContext) -> Classification | Makeshift[Classification]:
            from assistant.tasks.classify import TypeEmbedder, classify

            index = self.index(document, ctx)
            encoder = self._model("encoder", ctx)
            with waiting(self._embedding, ctx):
                self._embedder = self._embedder or TypeEmbedder(folder=self._paths.cache)
                self._embedder.vectors(types, encoder, ctx)
            return self._made(document, classify(document, index, encoder, types, ctx, self._embedder))

        version = self._version("embeddings")
        return self._keeper.finding(document, "classification", version, types_hash(types), Classification, make, ctx)

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
        """The types that :meth:`classify` chooses from; the user may edit them."""
        return list(load_types(self._paths))

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
