"""The rest of the program's door to documents: open, read, render, glyph boxes. Never blocks but where it says so."""

from __future__ import annotations

import itertools
import logging
import math
from array import array
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import AbstractContextManager
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any, TypeVar

from assistant.documents import wire
from assistant.documents.base import KnownHeading
from assistant.documents.batches import PartStore
from assistant.documents.dispatch import Dispatcher, Known, Reply, Request
from assistant.documents.glyph_requests import GlyphRequests
from assistant.documents.held import OPEN_PRIORITY, TEXT_PRIORITY, Begun, Rect4, State
from assistant.documents.limits import Limits
from assistant.documents.opened import LETTER, Fit, OpenDocument, check_file, file_hash, sensible_title
from assistant.documents.process import ChildFailure
from assistant.documents.reading import Reader, Recognised
from assistant.documents.recognised import RecognisedPage
from assistant.documents.recognising import RecognisingProcess
from assistant.documents.segments import TOUCHED, Room, Segment
from assistant.errors import Cancelled, DocumentError
from assistant.jobs import JobContext, Progress
from assistant.types import Attachment, Document, Notice, OutlineItem, PageImage, PageSource, PageText

log = logging.getLogger(__name__)

T = TypeVar("T")

_POLL_SECONDS = 0.05


class DocumentHost:
    """Owns the document process. Thread-safe; futures are fulfilled on a thread of the host.

    ``on_restart`` is called with a code of ``errors.MESSAGES``, on a thread of the host, after the process died or was
    stopped for exceeding a limit and runs again. The process is started by the first request or by :meth:`warm_up`.
    """

    def __init__(self, on_restart: Callable[[str], None] | None = None, limits: Limits = Limits()) -> None:  # noqa: B008
        self._limits = limits
        self._dispatcher = Dispatcher(limits, on_restart)
        self._segment = Segment()
        self._states: dict[int, State] = {}
        self._ids = itertools.count(1)
        self._scans = RecognisingProcess(limits)
        self._glyphs = GlyphRequests(self._dispatcher, limits.page_seconds)

    @property
    def recognising_process_id(self) -> int | None:
        """Of the recognising process, while it runs."""
        return self._scans.pid

    @property
    def process_id(self) -> int | None:
        """Of the document process, while it runs."""
        return self._dispatcher.pid

    def warm_up(self) -> None:
        """Start the document process without waiting for it, so that the first document opens sooner."""
        self._dispatcher.submit(
            {"op": "warm", "touch": TOUCHED},
            lambda *_: self._segment.touch(),
            priority=OPEN_PRIORITY,
            seconds=self._limits.open_seconds,
            # The first shared memory starts a process of Python's that watches it.
            prepare=lambda: self._segment.reserve(TOUCHED),
        )

    def begin(self, path: Path, fit: Fit | None = None) -> Begun:
        """Let the document process begin to open ``path`` and, for ``fit``, to draw its first page; :meth:`open` goes
        on. Does not block, not even for the disk."""
        return self._begin(Path(path).absolute(), None, fit)

    def _begin(self, path: Path, password: str | None, fit: Fit | None = None, *, printed: bool = False) -> Begun:
        known = Known(next(self._ids), path, password, printed=printed)
        request = self._submit(known.opening(), known, urgent=True)
        # Where the process is busy or not there, the page's turn comes as usual.
        first = self._first(known, fit) if fit is not None and request.sent is not None else None
        return Begun(known, request, fit, first, self._give_up)

    def _first(self, known: Known, fit: Fit) -> Future[PageImage]:
        room = Room(fit.usual_pixels() * 4)

        def finish(reply: wire.Header, _: bytes) -> PageImage:
            if "scale" not in reply:
                raise DocumentError("page_failed", page=1)
            pixels = self._segment.copy(room, int(reply["size"]))
            return PageImage(1, int(reply["width"]), int(reply["height"]), float(reply["scale"]), pixels)

        return self._dispatcher.submit(
            {"op": "first", "document": known.id, "fit": astuple(fit)},
            finish,
            priority=0,
            seconds=self._limits.render_seconds,
            known=known,
            page=0,
            prepare=lambda: self._segment.reserve(1),
            meanwhile=room.find,
            urgent=True,
        ).future

    def _give_up(self, begun: Begun) -> None:
        self._abandon(begun.request)
        self._release(begun.known)

    def open(
        self,
        path: Path,
        ctx: JobContext,
        password: str | None = None,
        begun: Begun | None = None,
        *,
        printed: bool = False,
    ) -> OpenDocument:
        """Open a document and, for formats without pages, lay it out; no text is read yet. Blocks.

        As soon as its first page can be rendered, an OpenDocument is published in which all pages have the size of the
        first one and the outline is empty, and which, of a long sheet or text, has only its first pages; the one that
        is returned has the same ``id`` and is exact. The hash of the
        published one is empty where the opening was begun with a ``fit``: reading the file would hold up the picture.
        Renders asked for meanwhile go first. ``printed``: as LibreOffice prints it. Raises DocumentError,
        PasswordRequired or Cancelled.
        """
        path = Path(path).absolute()
        if begun is None or not begun.take():
            check_file(path)
            begun = self._begin(path, password, printed=printed)
        known, request = begun.known, begun.request
        state: State | None = None
        try:
            try:
                check_file(path)
                sha256 = file_hash(path, ctx) if begun.fit is None else ""
            except BaseException:
                self._abandon(request)
                raise
            reply, _ = self._wait(request, ctx)
            while not reply["ready"]:
                ctx.report(Progress("layout", int(reply["done"]), int(reply["total"])))
                if state is None and reply.get("pages"):
                    state = self._states[known.id] = self._state(known, reply, sha256)
                    ctx.publish(state.opened)
                reply, _ = self._wait(self._submit({"op": "step", "document": known.id}, known), ctx)
        except BaseException:
            if state is None:
                self._release(known)
            else:
                self._close_failed(state)
            raise
        known.ready = True
        published = state is not None
        whole = self._state(known, reply, sha256)
        if state is None:
            state = self._states[known.id] = whole
        state.opened, state.kind, state.declared_title = whole.opened, whole.kind, whole.declared_title
        try:
            if len(state.opened.page_sizes) > 1 and not published:
                ctx.publish(state.opened)
            sha256 = sha256 or file_hash(path, ctx)
            sizes = self._sizes(known, int(reply["pages"]), ctx)
            rest, _ = self._wait(self._submit({"op": "outline", "document": known.id}, known), ctx)
        except BaseException:
            self._close_failed(state)
            raise
        if state.closed:
            raise Cancelled
        state.headings = tuple(
            KnownHeading(int(a), int(b), float(c), float(d), str(e)) for a, b, c, d, e in rest["headings"]
        )
        outline = tuple(OutlineItem(int(a), str(b), int(c), float(d)) for a, b, c, d in rest["outline"])
        attachments = tuple(
            Attachment(number, str(name), str(kind), int(size))
            for number, (name, kind, size) in enumerate(rest["attachments"])
        )
        notices = tuple(Notice(str(code), tuple(params.items())) for code, params in rest["notices"])
        state.opened = replace(
            state.opened,
            sha256=sha256,
            page_sizes=sizes,
            outline=outline,
            attachments=attachments,
            notices=notices,
            labels=tuple(str(label) for label in rest["labels"]),
        )
        return state.opened

    def _close_failed(self, state: State) -> None:
        """Raises Cancelled where those to whom it was published closed it."""
        closed = state.closed
        self.close(state.opened)
        if closed:
            raise Cancelled from None

    def attachment(self, opened: OpenDocument, number: int, ctx: JobContext) -> bytes:
        """The content of an attachment. Blocks. Raises DocumentError or Cancelled."""
        known = self._find(opened).known
        header: wire.Header = {"op": "attachment", "document": known.id, "number": number, "path": str(known.path)}
        content: bytes = self._wait(self._submit(header, known), ctx)[1]
        return content

    def _sizes(self, known: Known, pages: int, ctx: JobContext) -> tuple[tuple[float, float], ...]:
        sizes: list[tuple[float, float]] = []
        while len(sizes) < pages:
            header: wire.Header = {"op": "sizes", "document": known.id, "from": len(sizes)}
            header["seconds"] = self._limits.batch_seconds
            _, blob = self._wait(self._submit(header, known), ctx)
            lengths = array("f", blob)
            for size in zip(lengths[0::2], lengths[1::2], strict=True):
                # A damaged page still takes its place, so that the others keep their numbers.
                sizes.append(size if size[0] > 0 else sizes[-1] if sizes else LETTER)
        return tuple(sizes)

    def read(
        self,
        opened: OpenDocument,
        ctx: JobContext,
        recognised: Recognised | None = None,
        *,
        reads_scans: bool = True,
        parts: PartStore | None = None,
    ) -> Document:
        """The text of all pages. Blocks; renders asked for meanwhile go first. Pages that cannot be read are left out
        and say so. Raises DocumentError or Cancelled.

        ``recognised`` (pages from 1) stands in for text layers that are not there or of no use. :meth:`pictures` tells
        which pages have none; ``reads_scans`` whether they are going to be recognised, for the notices. ``parts`` keeps
        what is read until the whole is there."""
        state = self._find(opened)
        known = {page - 1: found for page, found in (recognised or {}).items()}
        reader = Reader(
            opened,
            state.kind,
            state.headings,
            state.declared_title,
            self._limits,
            _Asking(self, state.known, ctx),
            ctx,
            known,
            reads_scans,
            parts,
        )
        document, maps = reader.read()
        with state.lock:
            state.maps, state.recognised = maps, known
            state.pictures = frozenset(page + 1 for page in reader.pictures | set(reader.regions))
            state.regions = {page + 1: [each.box for each in found] for page, found in reader.regions.items()}
            waiting, state.waiting = state.waiting, []
        for page, priority, future in waiting:
            self._glyphs.request(state, page, priority, future)
        return document

    def pictures(self, opened: OpenDocument) -> frozenset[int]:
        """Pages (from 1) without a text layer of use, or with pictures that may have text of their own; known after
        :meth:`read`."""
        return self._find(opened).pictures

    def recognising(
        self, opened: OpenDocument, threads: int
    ) -> AbstractContextManager[Callable[[int, JobContext], RecognisedPage]]:
        """A function that recognises a page (from 1). It blocks, and raises DocumentError for a page that cannot be
        read, or Cancelled. It works in a process of its own, which ends with the last ``with`` and loses no more than
        its page; ``threads`` are cores that it may take, at a low priority."""
        state = self._find(opened)
        # Opened anew, as that process does not know it yet.
        known = Known(next(self._ids), state.known.path, state.known.password, ready=True)
        return self._scans.working(known, lambda page: state.regions.get(page, []), threads, self._wait)

    def render(
        self, opened: OpenDocument, page: int, scale: float, clip: Rect4 | None = None, priority: int = 0
    ) -> Future[PageImage]:
        """A picture of a page (from 1) or of the part of it that ``clip`` names in points. ``scale`` is pixels per
        point. Lower priorities go first: 0 visible, 1 neighbour, 2 thumbnail. The future may raise DocumentError."""
        state = self._find(opened)
        # Of a long document the caller may know the first pages only.
        width, height = self._page_size(state.opened, page)
        x0, y0, x1, y1 = clip or (0.0, 0.0, width, height)
        area = max(x1 - x0, 1.0) * max(y1 - y0, 1.0)
        scale = min(max(scale, 0.01), math.sqrt(self._limits.max_pixels / area))
        # Rounding to whole pixels adds up to two in each direction.
        size = (math.ceil((x1 - x0) * scale) + 2) * (math.ceil((y1 - y0) * scale) + 2) * 4
        return self._render(state, page, scale, clip, priority, max(size, 16))

    def pictures_on(self, opened: OpenDocument, page: int, priority: int = 0) -> Future[tuple[Rect4, ...]]:
        """Where pictures are on a page (from 1), in points; not those that are the whole page. Priorities as in
        :meth:`render`."""
        known = self._find(opened).known

        def finish(reply: wire.Header, _: bytes) -> tuple[Rect4, ...]:
            return tuple((float(x0), float(y0), float(x1), float(y1)) for x0, y0, x1, y1 in reply["boxes"])

        return self._dispatcher.submit(
            {"op": "pictures", "document": known.id, "page": page - 1},
            finish,
            priority=priority,
            seconds=self._limits.render_seconds,
            known=known,
            page=page - 1,
        ).future

    def page_text(self, opened: OpenDocument, page: int, priority: int = 0) -> Future[PageText]:
        """The glyphs of a page (from 1) with their offsets; waits until :meth:`read` is through."""
        state = self._find(opened)
        self._page_size(state.opened, page)
        future: Future[PageText] = Future()
        with state.lock:
            if state.maps is None:
                state.waiting.append((page, priority, future))
                return future
        self._glyphs.request(state, page, priority, future)
        return future

    def ask(self, opened: OpenDocument, header: wire.Header, ctx: JobContext) -> wire.Header:
        """Let the document process carry out a request of ``annotated_copy`` about a document; renders go first.
        Blocks. Raises DocumentError, ChildFailure or Cancelled."""
        known = self._find(opened).known
        whole = {"document": known.id, "password": known.password, **header}
        reply: wire.Header = self._wait(self._submit(whole, known, TEXT_PRIORITY), ctx)[0]
        return reply

    def tell(self, opened: OpenDocument, header: wire.Header) -> Future[Any]:
        """As :meth:`ask`, without waiting: the future gives header and bytes of the reply."""
        state = self._states.get(opened.id)
        if state is None:
            gone: Future[Any] = Future()
            gone.cancel()
            return gone
        return self._submit({"document": state.known.id, **header}, state.known, TEXT_PRIORITY).future

    def close(self, opened: OpenDocument) -> None:
        """Forget a document; what still waits for it is cancelled. Idempotent."""
        state = self._states.pop(opened.id, None)
        if state is None:
            return
        with state.lock:
            state.closed = True
            waiting, state.waiting = state.waiting, []
        for _, _, future in waiting:
            future.cancel()
        self._release(state.known)

    def shutdown(self) -> None:
        """End the document process and free the shared memory. Idempotent."""
        for state in list(self._states.values()):
            self.close(state.opened)
        self._dispatcher.shutdown()
        self._scans.shutdown()
        self._segment.close()

    # --- inside

    def _submit(
        self,
        header: wire.Header,
        known: Known,
        priority: int = OPEN_PRIORITY,
        seconds: float | None = None,
        urgent: bool = False,
    ) -> Request:
        def finish(reply: wire.Header, blob: bytes) -> Reply:
            return reply, blob

        return self._dispatcher.submit(
            header,
            finish,
            priority=priority,
            seconds=seconds or self._limits.open_seconds,
            known=known,
            urgent=urgent,
        )

    def _wait(self, request: Request, ctx: JobContext) -> Any:
        """Wait for a result on the caller's thread. Raises what the request failed with, or Cancelled."""
        try:
            while True:
                ctx.check()
                try:
                    return request.future.result(timeout=_POLL_SECONDS)
                except FutureTimeout:
                    if request.future.done():
                        # It came just when the time was up, or it is what the request failed with.
                        late: Reply = request.future.result()
                        return late
        except BaseException:
            self._abandon(request)
            raise

    def _abandon(self, request: Request) -> None:
        if not request.future.done() and not request.future.cancel():
            # It runs: it is given a moment, then its process is stopped.
            request.abandoned.set()

    def _release(self, known: Known) -> None:
        self._dispatcher.submit(
            {"op": "close", "document": known.id},
            lambda *_: None,
            priority=OPEN_PRIORITY,
            seconds=self._limits.open_seconds,
            known=known,
        )

    def _find(self, opened: OpenDocument) -> State:
        state = self._states.get(opened.id)
        if state is None:
            raise ValueError(f"document {opened.id} is not open")
        return state

    @staticmethod
    def _page_size(opened: OpenDocument, page: int) -> tuple[float, float]:
        if not 1 <= page <= len(opened.page_sizes):
            raise ValueError(f"there is no page {page}")
        return opened.page_sizes[page - 1]

    @staticmethod
    def _state(known: Known, reply: wire.Header, sha256: str) -> State:
        # As exact as the sizes that follow, so that equal ones are equal.
        size = array("f", reply["size"] or LETTER)
        sizes = ((size[0], size[1]),) * int(reply["pages"])
        title = sensible_title(reply["title"], known.path)
        notices = tuple(Notice(code, tuple(params.items())) for code, params in reply.get("notices", ()))
        name = title or known.path.stem
        opened = OpenDocument(known.id, known.path, sha256, str(reply["format"]), name, sizes, notices=notices)
        kind: PageSource = "layout" if reply["kind"] == "layout" else "layer"
        return State(opened, known, kind, (), title is not None)

    def _render(
        self, state: State, page: int, scale: float, clip: Rect4 | None, priority: int, size: int
    ) -> Future[PageImage]:
        known = state.known
        if self._dispatcher.failures(known.id, "render", page - 1) >= self._limits.attempts:
            failed: Future[PageImage] = Future()
            failed.set_exception(DocumentError("page_failed", page=page))
            return failed

        room = Room(size)

        def finish(reply: wire.Header, _: bytes) -> PageImage:
            pixels = self._segment.copy(room, int(reply["size"]))
            return PageImage(page, int(reply["width"]), int(reply["height"]), scale, pixels, clip)

        header = {"op": "render", "document": known.id, "page": page - 1, "scale": scale, "clip": clip}
        return self._dispatcher.submit(
            header,
            finish,
            priority=priority,
            seconds=self._limits.render_seconds,
            known=known,
            page=page - 1,
            retries=True,
            prepare=lambda: self._segment.reserve(size),
            meanwhile=room.find,
        ).future


class _Asking:
    """A reading job's way to the document process."""

    def __init__(self, host: DocumentHost, known: Known, ctx: JobContext) -> None:
        self._host = host
        self._known = known
        self._ctx = ctx

    def submit(self, header: wire.Header) -> Request:
        limits = self._host._limits
        # The classifier of languages is loaded first, which takes seconds on a busy machine.
        seconds = limits.open_seconds if header["op"] == "language" else limits.page_seconds
        return self._host._submit(header, self._known, TEXT_PRIORITY, seconds)

    def wait(self, request: Request) -> Reply:
        reply: Reply = self._host._wait(request, self._ctx)
        return reply

    def drop(self, request: Request) -> None:
        self._host._abandon(request)


__all__ = ["Begun", "ChildFailure", "DocumentHost", "OpenDocument"]
