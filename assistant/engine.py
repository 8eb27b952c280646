"""The facade that the window and the command line talk to: documents, findings, models, recent files.

Thread-safe. Blocking calls run on the caller's thread and honour its context. Creating an engine is cheap: the
document process starts with the first document, models are loaded for the first result that is not kept yet.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from assistant.cards import Cards
from assistant.connections import Connections, connections
from assistant.documents.host import Begun
from assistant.documents.opened import Fit, OpenDocument
from assistant.documents.printed import Printed
from assistant.documents.table_cells import as_csv as table_csv
from assistant.documents.table_cells import as_text as table_text
from assistant.documents.table_cells import tables as tables_on
from assistant.errors import Cancelled, UserError
from assistant.export_desk import ExportDesk
from assistant.further import Further
from assistant.insights import (
    Arrangement,
    Asked,
    Companion,
    EntityEdit,
    Explanation,
    SectionSummary,
    WordWeight,
)
from assistant.jobs import Context, JobContext
from assistant.kept import Keeper
from assistant.labelling import Labels
from assistant.labelling.queue import ReadDocument
from assistant.marks import Marks
from assistant.notebook import Notebook
from assistant.paths import Paths, bundled
from assistant.privacy import Holding, KnownDocument, Privacy
from assistant.settings import (
    CACHE_MEGABYTES,
    HUB_DOWNLOADS,
    KEEP_FINDINGS,
    OCR,
    OPEN_TABS,
    PROVIDER,
    RECENT_FILES,
    THREADS,
    Settings,
)
from assistant.store.documents import DocumentStore, Place, RecentFile
from assistant.store.findings import FindingStore
from assistant.store.labels import LabelStore
from assistant.store.marks import MarkStore
from assistant.tasks.arranging import arrange
from assistant.tasks.document_types import DocumentType, load_types
from assistant.types import (
    Answer,
    Answers,
    Classification,
    Document,
    Entities,
    Entity,
    Evidence,
    Mention,
    ModelInfo,
    Notice,
    ProviderInfo,
    Span,
    Summary,
    SummaryLevel,
)

if TYPE_CHECKING:
    from assistant.inference.catalog import Catalog
    from assistant.training.flow import Workshop

__all__ = [
    "Arrangement",
    "Asked",
    "Begun",
    "Companion",
    "Connections",
    "DocumentType",
    "Engine",
    "EntityEdit",
    "Explanation",
    "Fit",
    "Holding",
    "KnownDocument",
    "Labels",
    "Marks",
    "Notebook",
    "OpenDocument",
    "Place",
    "Printed",
    "RecentFile",
    "SectionSummary",
    "WordWeight",
    "table_csv",
    "table_text",
    "tables_on",
]

_log = logging.getLogger(__name__)
_LATELY = 40
"""Documents among the recent ones in which places to label are looked for."""


class Engine(ExportDesk):
    """See the module. Make one with :meth:`create`, end it with :meth:`shutdown` (or as a context manager)."""

    settings: Settings
    privacy: Privacy
    """What is kept on this computer."""
    labels: Labels
    """What the user said of documents; see :class:`assistant.labelling.Labels`."""
    marks: Marks
    """What the reader left in documents; see :class:`assistant.marks.Marks`."""
    notebook: Notebook
    """Threads of questions and arrangements of entities; see :class:`assistant.notebook.Notebook`."""

    def __init__(self, paths: Paths, catalog: Catalog | None = None) -> None:
        """:param catalog: the models to use; those that ship and those of the profile if None."""
        self._paths = paths
        self._listening = threading.Lock()
        # Not the desk's: imports take tenths of a second under it, in which the window must get its pictures.
        self._making = threading.RLock()
        self._callbacks: list[Callable[[Notice], None]] = []
        self._early: list[Notice] = []
        self.settings = Settings(paths.data / "settings.json", self._settings_damaged)
        self._documents = DocumentStore(paths.data / "reader.db", self._profile_damaged)
        self.labels = Labels(
            LabelStore(paths.data / "labels.db", self._profile_damaged),
            lambda: load_types(paths),
            lambda sha256: self._keeper.is_private(sha256),
            self._read_lately,
        )
        self.marks = Marks(
            MarkStore(paths.data / "marks.db", self._profile_damaged), lambda sha256: self._keeper.is_private(sha256)
        )
        findings = FindingStore(
            paths.cache / "findings.db",
            lambda: self.settings.get(CACHE_MEGABYTES) * 1_000_000,
            lambda error: self._tell(Notice(error.code, tuple(error.params.items()))),
        )
        keeper = Keeper(findings, lambda: self.settings.get(KEEP_FINDINGS))
        super().__init__(
            paths.cache / "attachments",
            keeper,
            lambda: self.settings.get(OCR) == "auto",
            threading.Event(),
            self._tell,
        )
        self._model_folders = bundled("models"), paths.data / "models"
        self._catalog = catalog
        self.notebook = Notebook(paths.data / "notebook.db", self._keeper.is_private, self._profile_damaged)
        self._findings = Further(paths, self._keeper, self.labels, self._models, self._model_folders, self._tell)
        self._cards = Cards(keeper)
        self.privacy = Privacy(paths)
        self._workshop: Workshop | None = None

    @classmethod
    def create(cls, paths: Paths | None = None) -> Engine:
        """An engine on the profile in ``paths`` (the user's own if None). No process, no model is started yet."""
        return cls(paths or Paths.default())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()

    # --- documents -----------------------------------------------------------------------------------------

    def open(
        self, path: Path, ctx: JobContext, password: str | None = None, begun: Begun | None = None
    ) -> OpenDocument:
        """Open for reading and rendering, and note it among the recent files. ``begun`` is :meth:`begin`'s.

        Raises ``DocumentError``, ``PasswordRequired``.
        """
        opened = super().open(path, ctx, password, begun)
        if self._enclosed.owns(opened.path):
            # It is gone when it is closed.
            return opened
        try:
            self._documents.opened(
                opened.path,
                opened.sha256,
                opened.title,
                opened.format,
                len(opened.page_sizes),
                self.settings.get(RECENT_FILES),
            )
        except UserError as error:
            # The document can be read all the same; the reader hears that it will not be remembered.
            self._tell(Notice(error.code, tuple(error.params.items())))
        return opened

    # --- findings ------------------------------------------------------------------------------------------

    def entities(self, document: Document, ctx: JobContext, first_page: int = 1) -> Entities:
        """All entities. Publishes partial ``Entities``, those of ``first_page`` and its neighbours first.

        Without its model it still finds what rules find; a notice then says so.
        """
        return self._findings.entities(document, self._guard(ctx), first_page)

    def summarize(self, document: Document, ctx: JobContext, level: SummaryLevel = "short") -> Summary:
        """The sentences that matter most, in document order; what its type is read for. Raises ``ModelError``."""
        return self._findings.summarize(document, self._guard(ctx), level)

    def classify(self, document: Document, ctx: JobContext) -> Classification:
        """The document's type among :meth:`document_types`, or "unsure". Raises ``ModelError``."""
        found = self._findings.classify(document, self._guard(ctx))
        self._cards.keep_type(document.sha256, found.label or "")
        return found

    def ask(self, document: Document, question: str, ctx: JobContext) -> Answers:
        """The answer with its place, or none. Raises ``UsageError("question_empty")``, ``ModelError``."""
        return self._findings.ask(document, question, self._guard(ctx))

    def suggest(self, document: Document, ctx: JobContext) -> tuple[str, ...]:
        """Up to four questions that the document answers with confidence, published as they are found. Raises
        ``ModelError``."""
        return self._findings.suggest(document, self._guard(ctx))

    def similar(self, document: Document, place: Span, ctx: JobContext) -> tuple[Evidence, ...]:
        """The passages nearest in meaning and words to the one at ``place``, best first. Raises ``ModelError``."""
        return self._findings.similar(document, place, self._guard(ctx))

    def sections(
        self, document: Document, ctx: JobContext, level: SummaryLevel = "short"
    ) -> tuple[SectionSummary, ...]:
        """A summary of each section, in one, two or four sentences. Raises ``ModelError``."""
        return self._findings.sections(document, self._guard(ctx), level)

    def companions(self, document: Document, found: Entities, entity: Entity, ctx: JobContext) -> tuple[Companion, ...]:
        """The entities of ``found`` named in the same sentences as ``entity``, the most frequent first."""
        return self._findings.companions(document, found, entity, self._guard(ctx))

    def arranged(self, found: Entities, edits: tuple[EntityEdit, ...]) -> Entities:
        """The entities with the changes of an :class:`Arrangement` laid over them. Quick; any thread."""
        return arrange(found, edits)

    def people(
        self, document: Document, found: Entities, ctx: JobContext
    ) -> tuple[tuple[Entity, tuple[Companion, ...]], ...]:
        """Every person of ``found`` with the entities named in the same sentences."""
        return self._findings.people(document, found, self._guard(ctx))

    def explain_mention(self, document: Document, mention: Mention, ctx: JobContext) -> Explanation:
        """Why these words are an entity of this type: the words that weigh most."""
        return self._findings.explain_mention(document, mention, self._guard(ctx))

    def explain_answer(self, document: Document, question: str, answer: Answer, ctx: JobContext) -> Explanation:
        """Why this is the answer. Raises ``ModelError``."""
        return self._findings.explain_answer(document, question, answer, self._guard(ctx))

    def explain_type(self, document: Document, label: str, place: Span, ctx: JobContext) -> Explanation:
        """Why the sentence at ``place`` speaks for the document type. Raises ``ModelError``."""
        return self._findings.explain_type(document, label, place, self._guard(ctx))

    def explain_sentence(self, document: Document, evidence: Evidence, ctx: JobContext) -> Explanation:
        """Why the sentence is in the summary. Raises ``ModelError``."""
        return self._findings.explain_sentence(document, evidence, self._guard(ctx))

    def ran_on(self, document: Document) -> ProviderInfo:
        """What ran the models that made the results of ``document``, in this or in an earlier session."""
        return self._findings.ran_on(document)

    def document_types(self) -> list[DocumentType]:
        """The types that :meth:`classify` chooses from; the user may edit them."""
        return self._findings.document_types()

    def find(
        self,
        document: Document,
        query: str,
        *,
        case: bool = False,
        words: bool = False,
        accents: bool = False,
        pattern: bool = False,
        ctx: JobContext | None = None,
    ) -> list[Span]:
        """All places of ``query``, in order, without overlaps. Any white space matches any other; ``accents`` tells
        letters with diacritics from those without. ``pattern``: the query is a regular expression, within each line.

        Publishes what was found so far (a tuple of spans). About 0.1 s per million code points, so a job's work.
        Raises ``UsageError`` for a regular expression that is wrong or takes too long.
        """
        from assistant.tasks.find import find
        from assistant.tasks.find_patterns import find_pattern

        guarded = self._guard(ctx or Context())
        if pattern:
            return find_pattern(document.text, query, guarded, case=case, words=words, accents=accents)
        return find(document.text, query, case=case, words=words, accents=accents, ctx=guarded)

    # --- models --------------------------------------------------------------------------------------------

    def provider(self) -> ProviderInfo:
        """What truly runs the models. May probe once (seconds): not for the UI thread."""
        return self._models().runtime.info()

    def models(self) -> list[ModelInfo]:
        """The installed models, from their manifests."""
        return list(self._models().models())

    def workshop(self) -> Workshop:
        """Where models are trained from labels: goals, wizards, runs, versions. One for the engine; it ends with it."""
        from assistant.training.flow import Workshop

        with self._making:
            if self._closing.is_set():
                raise Cancelled
            if self._workshop is None:
                self._workshop = Workshop(
                    self._paths.data,
                    self._model_folders[0],
                    self.labels,
                    self._models,
                    self._kept_texts,
                    network=lambda: self.settings.get(HUB_DOWNLOADS),
                )
            return self._workshop

    def _kept_texts(self) -> Iterator[Document]:
        """The documents that were read last and whose text is still kept."""
        for recent in self._documents.recent():
            document = self._keeper.document(recent.sha256, recent.path, self._way())
            if document is not None:
                yield document

    def _models(self) -> Catalog:
        with self._making:
            if self._closing.is_set():
                raise Cancelled
            if self._catalog is None:
                from assistant.inference.catalog import Catalog
                from assistant.inference.runtime import CPU, Runtime

                threads = self.settings.get(THREADS) or None
                memory = self._paths.cache / "provider.json"
                if self.settings.get(PROVIDER) == "cpu":
                    runtime = Runtime(memory, threads=threads, available=lambda: [CPU])
                else:
                    runtime = Runtime(memory, threads=threads)
                self._catalog = Catalog(*self._model_folders, self._paths.cache / "models", runtime)
            return self._catalog

    # --- the reader's own ----------------------------------------------------------------------------------

    def recent(self) -> list[RecentFile]:
        """Newest first. Looks at the disk for each file; a sleeping network drive takes its time."""
        # Of two types that were given to a document the newest comes first, and counts.
        given: dict[str, str] = {}
        try:
            given = dict(reversed(self.labels.taught_types()))
        except UserError as error:
            # Whoever labels hears of it; the list is there all the same.
            _log.warning("types that were given are not known: %s", error.code)
        return self._cards.filled(self._documents.recent(), given)

    def picture_wanted(self, opened: OpenDocument) -> bool:
        """Whether :meth:`keep_picture` has something to keep."""
        return self.settings.get(KEEP_FINDINGS) and not self._cards.has_picture(opened.sha256)

    def keep_picture(self, opened: OpenDocument, data: bytes) -> None:
        """A small picture of the first page (PNG, JPEG), for the start page."""
        self._cards.keep_picture(opened.sha256, data)

    def move_recent(self, path: Path, target: Path) -> None:
        """The file at ``path`` was moved to ``target``, as the user says; its place stays. Raises ``UserError``."""
        self._documents.move(path, target)

    def remember(self, opened: OpenDocument, page: int, y: float, zoom: float, view: str = "") -> None:
        """Keep where the reader is. Quick (no wait for the disk). A profile that cannot be written gives a notice."""
        try:
            self._documents.remember(opened.sha256, page, y, zoom, view)
        except UserError as error:
            self._tell(Notice(error.code, tuple(error.params.items())))

    def _read_lately(self) -> Iterator[ReadDocument]:
        return self._findings.known(itertools.islice(self._kept_texts(), _LATELY))

    def place(self, sha256: str) -> Place | None:
        """Where the reader was last in the document, if it is among the recent ones."""
        return self._documents.place(sha256)

    def forget_recent(self, path: Path) -> None:
        """Take a file off the list, with its place and all that is kept of it. Raises ``UserError``."""
        for sha256 in self._documents.forget(path):
            self.notebook.forget(sha256)
            self.forget_texts(sha256)

    def erase(self, sha256: str, *, labels: bool) -> tuple[Path, ...]:
        """Delete everything about a document that is closed; see :meth:`assistant.privacy.Privacy.erase`. Blocks."""
        self._keeper.ban(sha256)
        paths = {file.path for file in self._documents.recent() if file.sha256 == sha256}
        for path in paths:
            self._documents.forget(path)
        self.forget_texts(sha256)
        if labels:
            self.notebook.erase(sha256)
        else:
            self.notebook.forget(sha256)
        if self.settings.get(OPEN_TABS):
            # The tabs of the last time name their files.
            self.settings.set(OPEN_TABS, "")
        return self.privacy.erase(sha256, labels=labels, names={path.name for path in paths})

    def connections(self) -> Connections:
        """The network sockets of this program and its processes, counted now."""
        return connections()

    def known_documents(self) -> list[KnownDocument]:
        """All documents of which something is kept, those that were read last first. Blocks."""
        recent = [(file.sha256, file.path) for file in self._documents.recent()]
        return self.privacy.documents(recent)

    def clear_recent(self) -> None:
        """Forget all recent files and all that is kept of any document. Raises ``UserError``."""
        self._documents.clear()
        self.notebook.forget_threads()
        self.forget_texts()
        self.privacy.compact()

    def move(self, way: Literal["undo", "redo"], sha256: str) -> bool:
        """Undo (redo) the newest step in a document, be it of its labels or of its marks. Raises ``UserError``."""
        marks = self.marks.moves_at(way, sha256)
        labels = self.labels.moves_at(way, sha256)
        if marks is not None and (labels is None or marks >= labels):
            return self.marks.undo(sha256) if way == "undo" else self.marks.redo(sha256)
        move = self.labels.undo if way == "undo" else self.labels.redo
        return move(sha256) is not None

    # --- notices and the end ---------------------------------------------------------------------------------

    def on_notice(self, callback: Callable[[Notice], None]) -> None:
        """Be told, on any thread, of what happens beside the work: the document process was restarted ..."""
        with self._listening:
            self._callbacks.append(callback)
            early, self._early = self._early, []
        for notice in early:
            callback(notice)

    def _tell(self, notice: Notice) -> None:
        with self._listening:
            callbacks = list(self._callbacks)
            if not callbacks:
                self._early.append(notice)
        for callback in callbacks:
            callback(notice)

    def _settings_damaged(self, copy: Path) -> None:
        self._tell(Notice("settings_damaged", (("copy", copy.name),)))

    def _profile_damaged(self, path: Path, copy: Path) -> None:
        self._tell(Notice("profile_damaged", (("path", path.name), ("copy", copy.name))))

    def shutdown(self) -> None:
        """Stop all work of other threads, end the document process, close the files; waits. May be called again."""
        self._closing.set()
        with self._making:
            workshop, self._workshop = self._workshop, None
            self._catalog = None
        if workshop is not None:
            workshop.shutdown()
        self.shut()
        self._documents.close()
        self.labels.close()
        self.marks.close()
        self.notebook.close()
        self._keeper.close()
