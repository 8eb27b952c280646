"""The documents that are open: their process, texts, scans, pictures of pages and attachments.

The part of the engine that reads files. Thread-safe; blocking calls run on the caller's thread and honour its context.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError as FutureCancelled
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from assistant.documents.enclosed import EnclosedFiles
from assistant.documents.host import Begun, DocumentHost
from assistant.documents.office_program import PRINTABLE, find_office
from assistant.documents.opened import Fit, OpenDocument, check_file, file_hash
from assistant.documents.printed import Printed
from assistant.documents.printed import printed as align
from assistant.documents.table_cells import pages_with_tables
from assistant.documents.table_cells import tables as tables_on
from assistant.errors import Cancelled, DocumentError, PasswordRequired, UserError
from assistant.jobs import Context, JobContext, Progress, Quiet
from assistant.kept import Guarded, Keeper
from assistant.scans import Scans
from assistant.types import Document, Link, Notice, PageImage, PageText, Table

_log = logging.getLogger(__name__)
_RECOGNISED = ("ocr", "mixed")
"""Sources of pages whose glyphs stand on what was recognised."""


class Desk:
    """See the module. Cheap to make: the document process starts with the first document.

    :param attachments: a folder for the files inside of documents, private to this program.
    :param reads_scans: whether pages that are pictures are to be recognised.
    :param closing: set when the program ends; what runs then is cancelled.
    :param notify: told of what happens beside the work, on any thread.
    """

    def __init__(
        self,
        attachments: Path,
        keeper: Keeper,
        reads_scans: Callable[[], bool],
        closing: threading.Event,
        notify: Callable[[Notice], None],
    ) -> None:
        self._keeper = keeper
        self._reads_scans = reads_scans
        self._closing = closing
        self._notify = notify
        self._lock = threading.RLock()
        self._scans = Scans(keeper)
        self._host: DocumentHost | None = None
        self._enclosed = EnclosedFiles(attachments)
        self._opened: set[int] = set()
        self._glyph_readers: dict[int, tuple[Context, threading.Thread]] = {}

    def begin(self, path: Path, fit: Fit | None = None) -> Begun:
        """Let the document process begin with what :meth:`open` goes on with. Never blocks. Raises ``Cancelled``."""
        return self._started_host().begin(path, fit)

    def open(
        self, path: Path, ctx: JobContext, password: str | None = None, begun: Begun | None = None
    ) -> OpenDocument:
        """Open for reading and rendering, as :meth:`begin` began. Raises ``DocumentError``, ``PasswordRequired``."""
        return self._open(path, self._guard(ctx), password, begun)

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
                ctx.publish(self._read(host, opened, Quiet(ctx)))

            self._scans.read(host, opened, ctx, where, alone=False, on_batch=publish)
            return self._read(host, opened, Quiet(ctx))

    def links(self, opened: OpenDocument, page: int) -> Future[list[Link]]:
        """The links on a page (from 1). The future of a closed document is cancelled, or fails."""
        found: Future[list[Link]] = Future()
        try:
            with self._until_closed(opened):
                asked = self._started_host().tell(opened, {"op": "links", "page": page - 1})
        except Cancelled:
            found.cancel()
            return found

        def deliver(done: Future[Any]) -> None:
            # Whoever asked may have given it up.
            if done.cancelled() or done.exception() is not None or not found.set_running_or_notify_cancel():
                found.cancel()
                return
            rows = done.result()[0].get("links", [])
            found.set_result([Link((r[0], r[1], r[2], r[3]), int(r[4]), float(r[5]), str(r[6])) for r in rows])

        asked.add_done_callback(deliver)
        return found

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
                document = self._read(host, opened, Quiet(ctx))
            return document
        finally:
            self.close(opened)

    def _read(self, host: DocumentHost, opened: OpenDocument, ctx: JobContext) -> Document:
        """With what was recognised so far; the whole is kept."""
        reads_scans = self._reads_scans()
        known = self._scans.known(opened.sha256) if reads_scans else {}
        parts = self._keeper.reading_parts(opened.sha256, opened.path)
        document = host.read(opened, ctx, known, reads_scans=reads_scans, parts=parts)
        if not self.has_scans(document) and self._keeper.keep_document(document, self._way()):
            parts.drop()
        return document

    def _way(self) -> str:
        return "" if self._reads_scans() else " without scans"

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

    def printed_problem(self, opened: OpenDocument) -> str | None:
        """Why the document cannot be shown as it is printed: a code of ``errors.MESSAGES``, or None where it can."""
        if opened.format not in PRINTABLE:
            return "printed_has_pages"
        if self._keeper.is_private(opened.sha256):
            # LibreOffice would need a readable copy of it on the disk.
            return "printed_locked"
        return "printed_no_office" if find_office() is None else None

    def printed(self, opened: OpenDocument, document: Document, ctx: JobContext) -> Printed:
        """``document`` on the pages that LibreOffice prints of it. Blocks, for seconds. Raises DocumentError."""
        ctx = self._guard(ctx)
        problem = self.printed_problem(opened)
        if problem is not None:
            raise DocumentError(problem)
        host = self._started_host()
        paper = host.open(opened.path, ctx, printed=True)
        with self._lock:
            self._opened.add(paper.id)
        try:
            with self._until_closed(paper):
                return align(paper, host.read(paper, ctx, reads_scans=False), document, ctx)
        except BaseException:
            self.close_printed(paper)
            raise

    def printed_text(self, printed: Printed, page: int, priority: int = 0) -> Future[PageText]:
        """The glyphs of a printed page with offsets of the document's text."""
        inner = self.page_text(printed.opened, page, priority)
        outer: Future[PageText] = Future()

        def give(done: Future[PageText]) -> None:
            if not outer.set_running_or_notify_cancel():
                return
            error = FutureCancelled() if done.cancelled() else done.exception()
            if error is not None:
                outer.set_exception(error)
            else:
                outer.set_result(printed.page_text(done.result()))

        outer.add_done_callback(lambda done: inner.cancel() if done.cancelled() else None)
        inner.add_done_callback(give)
        return outer

    def close_printed(self, paper: OpenDocument) -> None:
        """Let printed pages go; the document itself stays open. Does not wait."""
        with self._lock:
            self._opened.discard(paper.id)
            host = self._host
        if host is not None:
            host.close(paper)

    def pictures_on(
        self, opened: OpenDocument, page: int, priority: int = 0
    ) -> Future[tuple[tuple[float, float, float, float], ...]]:
        """Where pictures are on a page, in points. The future of a closed document is cancelled."""
        with contextlib.suppress(Cancelled), self._until_closed(opened):
            return self._started_host().pictures_on(opened, page, priority)
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
        self._keeper.welcome(opened.sha256)
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
                    reads_scans = self._reads_scans()
                    known = self._scans.known(opened.sha256) if reads_scans else {}
                    document = self._started_host().read(opened, self._guard(ctx), known, reads_scans=reads_scans)
                if document.text != kept.text:
                    _log.error("a kept text differs from the document's; it is dropped")
                    self.forget_texts(opened.sha256)
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

    def shut(self) -> None:
        """Stop all work of other threads, end the document process; waits. May be called again."""
        self._closing.set()
        with self._lock:
            readers = list(self._glyph_readers.values())
            host, self._host = self._host, None
        for ctx, _ in readers:
            ctx.cancel()
        if host is not None:
            host.shutdown()
        for _, thread in readers:
            if thread is not threading.current_thread():
                thread.join()
        self._enclosed.close()

    def forget_texts(self, sha256: str | None = None) -> None:
        """Drop all that is kept of a document, or of all."""
        if sha256 is None:
            self._scans.forget()
            self._keeper.clear()
        else:
            self._scans.forget(sha256)
            self._keeper.forget(sha256)

    def _restarted(self, code: str) -> None:
        self._notify(Notice(code, (("path", "the document"),)))

    def _guard(self, ctx: JobContext) -> JobContext:
        return ctx if isinstance(ctx, Guarded) else Guarded(ctx, self._closing)


def _cancelled() -> Future[Any]:
    future: Future[Any] = Future()
    future.cancel()
    return future
