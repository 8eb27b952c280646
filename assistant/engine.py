"""The facade that the window and the command line talk to: documents, findings, models, recent files.

Thread-safe. Blocking calls run on the caller's thread and honour its context. Creating an engine is cheap: the
document process starts with the first document, models are loaded for the first result that is not kept yet.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError as FutureCancelled
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from assistant.documents.enclosed import EnclosedFiles
from assistant.documents.host import Begun, DocumentHost
from assistant.documents.opened import Fit, OpenDocument, check_file, file_hash
from assistant.documents.table_cells import as_csv as table_csv
from assistant.documents.table_cells import as_text as table_text
from assistant.documents.table_cells import pages_with_tables
from assistant.documents.table_cells import tables as tables_on
from assistant.errors import Cancelled, DocumentError, PasswordRequired, UserError
from assistant.findings import Findings
from assistant.jobs import Context, JobContext, Progress
from assistant.kept import Guarded, Keeper
from assistant.labelling import Labels
from assistant.labelling.queue import ReadDocument
from assistant.paths import Paths, bundled
from assistant.scans import Scans
from assistant.settings import CACHE_MEGABYTES, KEEP_FINDINGS, OCR, PROVIDER, RECENT_FILES, THREADS, Settings
from assistant.store.documents import DocumentStore, Place, RecentFile
from assistant.store.findings import FindingStore
from assistant.store.labels import LabelStore
from assistant.tasks.document_types import DocumentType, load_types
from assistant.types import (
    Answers,
    Classification,
    Document,
    Entities,
    ModelInfo,
    Notice,
    PageImage,
    PageText,
    ProviderInfo,
    Span,
    Summary,
    SummaryLevel,
    Table,
)

if TYPE_CHECKING:
    from assistant.inference.catalog import Catalog
    from assistant.training.flow import Workshop

__all__ = [
    "Begun",
    "DocumentType",
    "Engine",
    "Fit",
    "Labels",
    "OpenDocument",
    "Place",
    "RecentFile",
    "table_csv",
    "table_text",
    "tables_on",
]

_log = logging.getLogger(__name__)
_LATELY = 40
"""Documents among the recent ones in which places to label are looked for."""
_RECOGNISED = ("ocr", "mixed")
"""Sources of pages whose glyphs stand on what was recognised."""


class Engine:
    """See the module. Make one with :meth:`create`, end it with :meth:`shutdown` (or as a context manager)."""

    settings: Settings
    labels: Labels
    """What the user said of documents; see :class:`assistant.labelling.Labels`."""

    def __init__(self, paths: Paths, catalog: Catalog | None = None) -> None:
        """:param catalog: the models to use; those that ship and those of the profile if None."""
        self._paths = paths
        self._lock = threading.RLock()
        self._closing = threading.Event()
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
        findings = FindingStore(
            paths.cache / "findings.db",
            lambda: self.settings.get(CACHE_MEGABYTES) * 1_000_000,
            lambda error: self._notify(Notice(error.code, tuple(error.params.items()))),
        )
        self._keeper = Keeper(findings, lambda: self.settings.get(KEEP_FINDINGS))
        self._scans = Scans(self._keeper)
        self._host: DocumentHost | None = None
        self._enclosed = EnclosedFiles(paths.cache / "attachments")
        self._model_folders = bundled("models"), paths.data / "models"
        self._catalog = catalog
        self._findings = Findings(paths, self._keeper, self.labels, self._models, self._model_folders, self._notify)
        self._workshop: Workshop | None = None
        self._opened: set[int] = set()
        self._glyph_readers: dict[int, tuple[Context, threading.Thread]] = {}

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

    def begin(self, path: Path, fit: Fit | None = None) -> Begun:
        """Let the document process begin with what :meth:`open` goes on with. Never blocks. Raises ``Cancelled``."""
        return self._started_host().begin(path, fit)

    def open(
        self, path: Path, ctx: JobContext, password: str | None = None, begun: Begun | None = None
    ) -> OpenDocument:
        """Open for reading and rendering, and note it among the recent files. ``begun`` is :meth:`begin`'s.

        Raises ``DocumentError``, ``PasswordRequired``.
        """
        opened = self._open(path, self._guard(ctx), password, begun)
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
            self._notify(Notice(error.code, tuple(error.params.items())))
        return opened

    def warm_up(self) -> None:
        """Start the document process without waiting for it, so that the first document opens sooner."""
        self._started_host().warm_up()

    def read(self, opened: OpenDocument, ctx: JobContext) -> Document:
        """The text of all pages, as far as it is known. Instant where it is kept; the glyphs then follow in the
        background. For pages that are pictures :meth:`read_scans` is to be called after it."""
        ctx = self._guard(ctx)
        kept = self._kept_document(opened.sha256, opened.path)
        if kept is None:
            with self._until_closed(opened):
                return self._read(self._started_host(), opened, ctx)
        self._read_glyphs(opened, kept)
        ctx.report(Progress("reading", len(kept.pages), len(kept.pages)))
        return kept

    def has_scans(self, document: Document) -> bool:
        """Whether :meth:`read_scans` has something to do for the document that :meth:`read` gave."""
        return any(notice.code in ("scans_waiting", "pictures_waiting") for notice in document.notices)

    def read_scans(self, opened: OpenDocument, ctx: JobContext, where: Callable[[], int] = lambda: 1) -> Document:
        """Recognise the text of pages that are pictures: the document with it. After :meth:`read`. Blocks.

        ``where`` is the page that the reader is at: it comes first, then its neighbours. Of a long document partial
        ones are published. What was recognised is kept, also when it is cancelled. Raises ``DocumentError``.
        """
        ctx = self._guard(ctx)
        with self._until_closed(opened):
            host = self._started_host()

            def publish() -> None:
                ctx.publish(self._read(host, opened, _Quietly(ctx)))

            self._scans.read(host, opened, ctx, where, alone=False, on_batch=publish)
            return self._read(host, opened, _Quietly(ctx))

    def load(self, path: Path, ctx: JobContext, password: str | None = None) -> Document:
        """The text alone, scans included, for work without a window: where it is kept, no document process is started.

        Raises ``DocumentError``, ``PasswordRequired``.
        """
        ctx = self._guard(ctx)
        path = path.absolute()
        check_file(path)
        kept = self._kept_document(file_hash(path, ctx), path)
        if kept is not None:
            return kept
        opened = self._open(path, ctx, password)
        try:
            host = self._started_host()
            document = self._read(host, opened, ctx)
            if self.has_scans(document):
                self._scans.read(host, opened, ctx, lambda: 1, alone=True)
                document = self._read(host, opened, _Quietly(ctx))
            return document
        finally:
            self.close(opened)

    def _read(self, host: DocumentHost, opened: OpenDocument, ctx: JobContext) -> Document:
        """With what was recognised so far; the whole is kept."""
        reads_scans = self.settings.get(OCR) == "auto"
        known = self._scans.known(opened.sha256) if reads_scans else {}
        document = host.read(opened, ctx, known, reads_scans=reads_scans)
        if not self.has_scans(document):
            self._keeper.keep_document(document, self._way())
        return document

    def _way(self) -> str:
        return "" if self.settings.get(OCR) == "auto" else " without scans"

    def _kept_document(self, sha256: str, path: Path) -> Document | None:
        document = self._keeper.document(sha256, path, self._way())
        if document is not None and any(page.source in _RECOGNISED for page in document.pages):
            # Its glyphs stand on them; they may have been dropped to make room.
            known = self._scans.known(sha256)
            if any(page.source in _RECOGNISED and known.get(page.number) is None for page in document.pages):
                return None
        return document

    def load_tables(
        self, path: Path, ctx: JobContext, password: str | None = None
    ) -> tuple[Document, tuple[Table, ...]]:
        """The text and its tables, for work without a window. Raises ``DocumentError``, ``PasswordRequired``."""
        ctx = self._guard(ctx)
        opened = self._open(path.absolute(), ctx, password)
        try:
            document = self._read(self._started_host(), opened, ctx)
            return document, self.tables(opened, document, ctx)
        finally:
            self.close(opened)

    def tables(self, opened: OpenDocument, document: Document, ctx: JobContext) -> tuple[Table, ...]:
        """All tables with their cells, page by page; a page that cannot be read has none. Blocks."""
        found: list[Table] = []
        pages = pages_with_tables(document)
        for number, page in enumerate(pages):
            ctx.check()
            ctx.report(Progress("reading", number, len(pages)))
            try:
                found.extend(tables_on(document, self.page_text(opened, page, 2).result()))
            except (UserError, FutureCancelled):
                ctx.check()
        return tuple(found)

    def render(
        self,
        opened: OpenDocument,
        page: int,
        scale: float,
        clip: tuple[float, float, float, float] | None = None,
        priority: int = 0,
    ) -> Future[PageImage]:
        """A page as pixels, ``scale`` pixels per point; 0 visible, 1 neighbour, 2 thumbnail come in this order.

        The future of a closed document is cancelled.
        """
        with contextlib.suppress(Cancelled), self._until_closed(opened):
            return self._started_host().render(opened, page, scale, clip, priority)
        return _cancelled()

    def page_text(self, opened: OpenDocument, page: int, priority: int = 0) -> Future[PageText]:
        """The glyphs of a page; waits until :meth:`read` is through. The future of a closed document is cancelled."""
        with contextlib.suppress(Cancelled), self._until_closed(opened):
            return self._started_host().page_text(opened, page, priority)
        return _cancelled()

    def close(self, opened: OpenDocument) -> None:
        """End what still runs for the document. Does not wait; safe at any time, also twice. An attachment's file is
        gone then."""
        with self._lock:
            self._opened.discard(opened.id)
            reader = self._glyph_readers.get(opened.id)
            host = self._host
        if reader is not None:
            reader[0].cancel()
        if host is not None:
            host.close(opened)
        self._enclosed.drop(opened.path)

    def extract(self, opened: OpenDocument, number: int, ctx: JobContext) -> Path:
        """An attachment of ``opened.attachments`` as a file in a private folder, to be opened as a document of its own.

        It is removed when that document, or else the engine, is closed. Raises ``DocumentError``, ``UserError``.
        """
        if not 0 <= number < len(opened.attachments):
            raise DocumentError("attachment_missing", path=str(opened.path))
        with self._until_closed(opened):
            data = self._started_host().attachment(opened, number, self._guard(ctx))
        if self._keeper.is_private(opened.sha256):
            # Nor is what lies in a locked document to lie about in a cache.
            self._keeper.never_keep(hashlib.sha256(data).hexdigest())
        return self._enclosed.write(opened.attachments[number].name, data)

    def _open(self, path: Path, ctx: JobContext, password: str | None, begun: Begun | None = None) -> OpenDocument:
        host = self._started_host()
        try:
            opened = host.open(path, ctx, begun=begun)
        except PasswordRequired:
            if password is None:
                raise
            opened = host.open(path, ctx, password)
            # Whoever locks a document does not want its text to lie about in a cache.
            self._keeper.never_keep(opened.sha256)
        with self._lock:
            self._opened.add(opened.id)
        return opened

    def _started_host(self) -> DocumentHost:
        with self._lock:
            if self._closing.is_set():
                raise Cancelled
            if self._host is None:
                self._host = DocumentHost(on_restart=self._restarted)
            return self._host

    @contextlib.contextmanager
    def _until_closed(self, opened: OpenDocument) -> Iterator[None]:
        """What fails because the document or the engine was closed meanwhile was cancelled, not wrong."""
        try:
            yield
        except (ValueError, RuntimeError, FutureCancelled):
            with self._lock:
                gone = self._closing.is_set() or opened.id not in self._opened
            if gone:
                raise Cancelled from None
            raise

    def _read_glyphs(self, opened: OpenDocument, kept: Document) -> None:
        """Let the document process find the glyphs of a document whose text is known already."""
        ctx = Context()

        def work() -> None:
            try:
                with self._until_closed(opened):
                    reads_scans = self.settings.get(OCR) == "auto"
                    known = self._scans.known(opened.sha256) if reads_scans else {}
                    document = self._started_host().read(opened, self._guard(ctx), known, reads_scans=reads_scans)
                if document.text != kept.text:
                    _log.error("a kept text differs from the document's; it is dropped")
                    self._forget(opened.sha256)
            except Cancelled:
                _log.debug("glyphs of a closed document are not needed any more")
            except UserError as error:
                self._notify(Notice(error.code, tuple(error.params.items())))
            finally:
                with self._lock:
                    self._glyph_readers.pop(opened.id, None)

        thread = threading.Thread(target=work, name=f"glyphs-{opened.id}", daemon=True)
        with self._lock:
            if opened.id not in self._opened or opened.id in self._glyph_readers:
                return
            self._glyph_readers[opened.id] = ctx, thread
            thread.start()

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
        return self._findings.classify(document, self._guard(ctx))

    def ask(self, document: Document, question: str, ctx: JobContext) -> Answers:
        """The answer with its place, or none. Raises ``UsageError("question_empty")``, ``ModelError``."""
        return self._findings.ask(document, question, self._guard(ctx))

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
        ctx: JobContext | None = None,
    ) -> list[Span]:
        """All places of ``query``, in order, without overlaps. Any white space matches any other.

        Linear: about 0.1 s per million code points, so a job's work for long documents.
        """
        from assistant.tasks.find import find

        return find(document.text, query, case=case, words=words, ctx=self._guard(ctx or Context()))

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

        with self._lock:
            if self._closing.is_set():
                raise Cancelled
            if self._workshop is None:
                self._workshop = Workshop(
                    self._paths.data, self._model_folders[0], self.labels, self._models, self._kept_texts
                )
            return self._workshop

    def _kept_texts(self) -> Iterator[Document]:
        """The documents that were read last and whose text is still kept."""
        for recent in self._documents.recent():
            document = self._keeper.document(recent.sha256, recent.path, self._way())
            if document is not None:
                yield document

    def _models(self) -> Catalog:
        with self._lock:
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
        return self._documents.recent()

    def remember(self, opened: OpenDocument, page: int, y: float, zoom: float) -> None:
        """Keep where the reader is. Quick (no wait for the disk). A profile that cannot be written gives a notice."""
        try:
            self._documents.remember(opened.sha256, page, y, zoom)
        except UserError as error:
            self._notify(Notice(error.code, tuple(error.params.items())))

    def _read_lately(self) -> Iterator[ReadDocument]:
        return map(self._findings.known, itertools.islice(self._kept_texts(), _LATELY))

    def place(self, sha256: str) -> Place | None:
        """Where the reader was last in the document, if it is among the recent ones."""
        return self._documents.place(sha256)

    def forget_recent(self, path: Path) -> None:
        """Take a file off the list, with its place and all that is kept of it. Raises ``UserError``."""
        for sha256 in self._documents.forget(path):
            self._forget(sha256)

    def clear_recent(self) -> None:
        """Forget all recent files and all that is kept of any document. Raises ``UserError``."""
        self._documents.clear()
        self._scans.forget()
        self._keeper.clear()

    def _forget(self, sha256: str) -> None:
        self._scans.forget(sha256)
        self._keeper.forget(sha256)

    # --- notices and the end ---------------------------------------------------------------------------------

    def on_notice(self, callback: Callable[[Notice], None]) -> None:
        """Be told, on any thread, of what happens beside the work: the document process was restarted ..."""
        with self._lock:
            self._callbacks.append(callback)
            early, self._early = self._early, []
        for notice in early:
            callback(notice)

    def _notify(self, notice: Notice) -> None:
        with self._lock:
            callbacks = list(self._callbacks)
            if not callbacks:
                self._early.append(notice)
        for callback in callbacks:
            callback(notice)

    def _settings_damaged(self, copy: Path) -> None:
        self._notify(Notice("settings_damaged", (("copy", copy.name),)))

    def _profile_damaged(self, path: Path, copy: Path) -> None:
        self._notify(Notice("profile_damaged", (("path", path.name), ("copy", copy.name))))

    def _restarted(self, code: str) -> None:
        self._notify(Notice(code, (("path", "the document"),)))

    def shutdown(self) -> None:
        """Stop all work of other threads, end the document process, close the files; waits. May be called again."""
        self._closing.set()
        with self._lock:
            readers = list(self._glyph_readers.values())
            host, self._host = self._host, None
            workshop, self._workshop = self._workshop, None
            self._catalog = None
        for ctx, _ in readers:
            ctx.cancel()
        if workshop is not None:
            workshop.shutdown()
        if host is not None:
            host.shutdown()
        for _, thread in readers:
            if thread is not threading.current_thread():
                thread.join()
        self._enclosed.close()
        self._documents.close()
        self.labels.close()
        self._keeper.close()

    def _guard(self, ctx: JobContext) -> JobContext:
        return ctx if isinstance(ctx, Guarded) else Guarded(ctx, self._closing)


class _Quietly:
    """A context whose work is a moment within another's: it reports nothing of its own."""

    def __init__(self, inner: JobContext) -> None:
        self._inner = inner

    def report(self, progress: Progress) -> None:
        self.check()

    def publish(self, partial: object) -> None:
        self.check()

    def check(self) -> None:
        self._inner.check()


def _cancelled() -> Future[Any]:
    future: Future[Any] = Future()
    future.cancel()
    return future
