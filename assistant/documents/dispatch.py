"""One thread that feeds the document process: requests by priority, restarts, memory of what was open.

Also the only place that knows which pages stopped the process and how often.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.documents import wire
from assistant.documents.limits import Limits
from assistant.documents.process import ChildFailure, ChildProcess
from assistant.errors import DocumentError, Param, PasswordRequired

log = logging.getLogger(__name__)

Reply = tuple[wire.Header, bytes]
Finish = Callable[[wire.Header, bytes], Any]
TEXT = ("lines", "paragraphs")
"""Operations of a reading job."""


@dataclass(eq=False)
class Known:
    """What it takes to open a document again in a new process. The password stays in memory only."""

    id: int
    path: Path
    password: str | None
    ready: bool = False
    """Whether layout was finished once, so that a new process has to repeat it before anything else."""
    printed: bool = False
    """Whether it is opened as LibreOffice prints it."""
    run: int = 0
    """The run of the process in which it is open."""

    def opening(self) -> wire.Header:
        """The request that opens it."""
        header: wire.Header = {"op": "open", "document": self.id, "path": str(self.path), "password": self.password}
        return {**header, "printed": True} if self.printed else header


@dataclass(eq=False)
class Request:
    """One message and what becomes of its reply."""

    header: wire.Header
    seconds: float
    future: Future[Any]
    finish: Finish
    known: Known | None = None
    page: int | None = None
    """The page that is to blame if the process dies, from 0."""
    retries: bool = False
    prepare: Callable[[], wire.Header] | None = None
    """Adds to the header just before it is sent, on the dispatcher's thread."""
    meanwhile: Callable[[], None] | None = None
    """Done on the dispatcher's thread while the process works on the request."""
    abandoned: threading.Event = field(default_factory=threading.Event)
    sent: tuple[ChildProcess, int] | None = None
    """Where it was sent by the thread that asked, and its id there."""


class Dispatcher:
    """Thread-safe. The process is started with the first request and again after it died."""

    def __init__(self, limits: Limits, on_restart: Callable[[str], None] | None) -> None:
        self._limits = limits
        self._on_restart = on_restart
        self._condition = threading.Condition()
        self._heap: list[tuple[int, int, Request]] = []
        self._ahead: deque[tuple[int, Request]] = deque()
        """Sent already, with their priorities: their replies come next, in this order."""
        self._serving: Request | None = None
        self._order = itertools.count()
        self._ids = itertools.count(1)
        self._stopping = False
        self._child: ChildProcess | None = None
        self._run = 0
        self._crashed = False
        self._failures: Counter[tuple[int, str, int]] = Counter()
        self._thread: threading.Thread | None = None

    def submit(
        self,
        header: wire.Header,
        finish: Finish,
        *,
        priority: int,
        seconds: float,
        known: Known | None = None,
        page: int | None = None,
        retries: bool = False,
        prepare: Callable[[], wire.Header] | None = None,
        meanwhile: Callable[[], None] | None = None,
        future: Future[Any] | None = None,
        urgent: bool = False,
    ) -> Request:
        """Queue a request. ``finish`` makes the future's result of the reply, on the dispatcher's thread.

        An ``urgent`` one is sent by the calling thread itself where the process has nothing to do, or only urgent
        requests for the same document: a small one, for then the pipe is empty and writing does not block.
        """
        request = Request(header, seconds, future or Future(), finish, known, page, retries, prepare, meanwhile)
        with self._condition:
            if self._stopping:
                request.future.set_exception(RuntimeError("the document host is shut down"))
                return request
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="document-dispatcher", daemon=True)
                self._thread.start()
            if urgent and self._send_ahead(request):
                self._ahead.append((priority, request))
            else:
                heapq.heappush(self._heap, (priority, next(self._order), request))
            self._condition.notify()
        return request

    def _send_ahead(self, request: Request) -> bool:
        """Under the condition."""
        child = self._child
        open_ones = [each for _, each in self._ahead] + ([self._serving] if self._serving is not None else [])
        if child is None or self._heap or not child.alive():
            return False
        # All pixels come in one block of memory: those of one request at a time.
        if any(each.sent is None or each.known is not request.known or each.prepare for each in open_ones):
            return False
        header = {**request.header, **request.prepare()} if request.prepare is not None else request.header
        number = next(self._ids)
        try:
            child.send({**header, "id": number}, request.seconds)
        except OSError:
            return False
        request.sent = child, number
        return True

    def failures(self, document: int, operation: str, page: int) -> int:
        """How often that page stopped the process."""
        return self._failures[document, operation, page]

    @property
    def pid(self) -> int | None:
        """Process id of the running document process."""
        child = self._child
        return child.pid if child is not None else None

    def shutdown(self) -> None:
        """Stop the process; everything that waits fails. Idempotent."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        child = self._child
        if child is not None:
            child.stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)
        with self._condition:
            waiting = [request for _, _, request in self._heap] + [request for _, request in self._ahead]
            self._heap.clear()
            self._ahead.clear()
        for request in waiting:
            request.future.cancel()

    # --- the dispatcher's thread

    def _serve(self) -> None:
        while True:
            with self._condition:
                self._serving = None
                while not self._heap and not self._ahead and not self._stopping:
                    self._condition.wait()
                if self._stopping:
                    break
                if self._ahead:
                    priority, request = self._ahead.popleft()
                else:
                    priority, _, request = heapq.heappop(self._heap)
                self._serving = request
            if not request.future.running() and not request.future.set_running_or_notify_cancel():
                if request.sent is None:
                    continue
                # Its reply is awaited all the same: what is sent next may use the same memory.
                request = replace(request, future=Future(), finish=lambda *_: None, retries=False)
                request.future.set_running_or_notify_cancel()
                if request.header["op"] == "open":
                    request.abandoned.set()
            try:
                self._carry_out(request, priority)
            except Exception as error:  # noqa: BLE001 - the thread must outlive any single request
                if not request.future.done():
                    request.future.set_exception(error)
        child, self._child = self._child, None
        if child is not None:
            child.stop()

    def _carry_out(self, request: Request, priority: int) -> None:
        try:
            reply, blob = self._exchange(request)
        except ChildFailure as failure:
            self._after_failure(request, priority, failure)
            return
        if "error" in reply:
            request.future.set_exception(self._error(reply, request))
        else:
            request.future.set_result(request.finish(reply, blob))

    def _exchange(self, request: Request) -> Reply:
        known = request.known
        sent = request.sent
        # Also where it is dead by now: what is left of its messages tells at which page.
        child = sent[0] if sent is not None and sent[0] is self._child else self._running()
        if sent is not None and sent[0] is child:
            self._meanwhile(child, request)
            limits = self._limits
            reply, blob = child.receive(
                sent[1], request.seconds, limits.memory_mb, request.abandoned, limits.grace_seconds
            )
            if known is not None and request.header["op"] == "open" and "error" not in reply:
                known.run = self._run
            return reply, blob
        if known is not None and known.run != self._run and request.header["op"] != "open":
            if request.header["op"] == "close":
                return {}, b""
            reopened = self._reopen(child, known, request)
            if "error" in reopened[0]:
                return reopened
        header = {**request.header, **request.prepare()} if request.prepare is not None else request.header
        reply, blob = self._call(child, header, request, lambda: self._meanwhile(child, request))
        if known is not None and request.header["op"] == "open" and "error" not in reply:
            known.run = self._run
        return reply, blob

    def _meanwhile(self, child: ChildProcess, request: Request) -> None:
        if request.meanwhile is not None:
            request.meanwhile()
        if request.header["op"] not in TEXT:
            return
        # Text is asked for in small batches. The next one waits in the pipe, so that the process goes on at once.
        with self._condition:
            if self._ahead or not self._heap or self._stopping:
                return
            priority, _, following = self._heap[0]
            if following.known is not request.known or following.header["op"] not in TEXT:
                return
            number = next(self._ids)
            try:
                child.send({**following.header, "id": number}, following.seconds)
            except OSError:
                return
            heapq.heappop(self._heap)
            following.sent = child, number
            self._ahead.append((priority, following))

    def _call(
        self,
        child: ChildProcess,
        header: wire.Header,
        request: Request,
        meanwhile: Callable[[], None] | None = None,
    ) -> Reply:
        limits = self._limits
        return child.call(
            {**header, "id": next(self._ids)},
            request.seconds,
            limits.memory_mb,
            request.abandoned,
            limits.grace_seconds,
            meanwhile,
        )

    def _reopen(self, child: ChildProcess, known: Known, request: Request) -> Reply:
        reply, blob = self._call(child, known.opening(), request)
        while "error" not in reply and known.ready and not reply["ready"]:
            reply, blob = self._call(child, {"op": "step", "document": known.id}, request)
        if "error" not in reply:
            known.run = self._run
        return reply, blob

    def _running(self) -> ChildProcess:
        if self._child is not None and self._child.alive():
            return self._child
        if self._child is not None:
            # It died between two requests.
            self._child.stop()
            self._child = None
            self._crashed = True
        announce = self._crashed
        self._crashed = False
        self._child = ChildProcess(self._limits.start_seconds, self._limits.memory_mb)
        self._run += 1
        if self._stopping:
            self._child.stop()
        if announce:
            self._announce()
        return self._child

    def _announce(self) -> None:
        log.warning("the document process was started again")
        if self._on_restart is not None:
            try:
                self._on_restart("document_process_restarted")
            except Exception:
                log.exception("a listener failed")

    def _after_failure(self, request: Request, priority: int, failure: ChildFailure) -> None:
        log.info("document process: %s during %s", failure.reason, request.header["op"])
        self._child = None
        if self._stopping or failure.reason == "cancelled":
            request.future.cancel()
            if not request.future.done():
                request.future.set_exception(failure)
            return
        if self._run == 0:
            request.future.set_exception(DocumentError("document_process_failed"))
            return
        self._crashed = True
        page = request.page if request.page is not None else failure.page
        if page is not None and request.known is not None:
            operation = str(request.header["op"])
            key = request.known.id, "render" if operation == "first" else operation, page
            self._failures[key] += 1
            if failure.reason == "timeout":
                # It would take as long the next time.
                self._failures[key] = self._limits.attempts
            if request.retries and self._failures[key] < self._limits.attempts:
                with self._condition:
                    heapq.heappush(self._heap, (priority, next(self._order), request))
                return
        request.future.set_exception(self._failed(request, failure.reason, page))

    def _failed(self, request: Request, reason: str, page: int | None) -> Exception:
        if request.header["op"] in TEXT:
            # The reading job asks again, page by page.
            return ChildFailure(reason, page)
        seconds = round(request.seconds)
        if page is not None:
            if reason == "timeout":
                return DocumentError("page_timeout", page=page + 1, seconds=seconds)
            return DocumentError("page_failed", page=page + 1)
        path = str(request.known.path) if request.known is not None else ""
        if reason == "timeout":
            return DocumentError("document_timeout", path=path, seconds=seconds)
        if reason == "memory":
            return DocumentError("document_memory", path=path, limit=self._limits.memory_mb)
        return DocumentError("document_process_died", path=path)

    def _error(self, reply: wire.Header, request: Request) -> Exception:
        code = str(reply["error"])
        params: dict[str, Param] = reply["params"]
        path = str(request.known.path) if request.known is not None else ""
        if reply["kind"] == "password":
            return PasswordRequired(code, **params)
        if reply["kind"] == "document":
            return DocumentError(code, **params)
        if request.header["op"] in TEXT:
            return ChildFailure("error")
        if request.page is not None:
            return DocumentError("page_failed", page=request.page + 1)
        if code == "memory":
            return DocumentError("document_memory", path=path, limit=self._limits.memory_mb)
        log.warning("the document process could not carry out %s: %s", request.header["op"], params)
        return DocumentError("damaged_document", path=path)
