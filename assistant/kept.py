"""Results that are made once: in memory while a document is in use, on disk for the next time.

Each result of each document has its own lock, so that two who ask for the same one share the work, and those who ask
for different ones do not wait for each other. Whoever waits still hears its own cancellation.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar, cast

import assistant
from assistant.documents.batches import PartStore
from assistant.errors import Cancelled
from assistant.jobs import JobContext, Progress
from assistant.store import codecs
from assistant.store.findings import FindingKey, FindingStore
from assistant.types import Document

T = TypeVar("T")

_WAIT_SECONDS = 0.1
_DOCUMENTS_IN_MEMORY = 4
_RESULTS_IN_MEMORY = 64


@dataclass(frozen=True, slots=True)
class Makeshift(Generic[T]):
    """A result that was made without a part of what it should have been made with: it is given, but not kept."""

    result: T


@dataclass(frozen=True, slots=True)
class Parts(Generic[T]):
    """See :meth:`Keeper.parts`. A part is named by what it was made of."""

    get: Callable[[str], T | None]
    put: Callable[[str, T], None]
    drop: Callable[[], None]
    """Once the whole result is made, its parts are not needed."""


class Keeper:
    """The results of documents, by document, kind, parameters and version. Thread-safe.

    :param keeping: whether anything may be written to the disk; asked each time.
    """

    def __init__(self, store: FindingStore, keeping: Callable[[], bool]) -> None:
        self._store = store
        self._keeping = keeping
        self._lock = threading.Lock()
        self._shelves: OrderedDict[str, _Shelf] = OrderedDict()
        self._private: set[str] = set()
        self._erased: set[str] = set()

    def never_keep(self, sha256: str) -> None:
        """This document's text and results stay in memory."""
        with self._lock:
            self._private.add(sha256)

    def ban(self, sha256: str) -> None:
        """Nothing of this document is kept until it is opened again: work on it may still be ending."""
        with self._lock:
            self._erased.add(sha256)

    def welcome(self, sha256: str) -> None:
        """The document is opened (again)."""
        with self._lock:
            self._erased.discard(sha256)

    def is_private(self, sha256: str) -> bool:
        with self._lock:
            return sha256 in self._private

    def document(self, sha256: str, path: Path, way: str = "") -> Document | None:
        """The document as it was read before from a file of these bytes, with ``path`` as its path. ``way`` names how,
        where there are several ways to read it."""
        data = self._get(_document_key(sha256, path, way))
        document = _decoded(Document, data)
        if document is None:
            return None
        title = path.stem if document.title == document.path.stem else document.title
        return dataclasses.replace(document, path=path, title=title)

    def keep_document(self, document: Document, way: str = "") -> bool:
        """True where it is kept."""
        # A page that failed may come out right the next time.
        if any(page.problem is not None for page in document.pages) or not self._may_keep(document.sha256):
            return False
        self._store.put(_document_key(document.sha256, document.path, way), codecs.encode(document))
        return True

    def reading_parts(self, sha256: str, path: Path) -> PartStore | None:
        """Where a reading that is under way keeps what it has; None where nothing may be kept, so nothing is made."""
        if not self._may_keep(sha256):
            return None
        # The suffix decides how plain text is read.
        key = FindingKey(sha256, "reading", f"{stamp('documents')} {path.suffix.lower()}")
        used = threading.Event()

        def load() -> dict[str, bytes]:
            found = self._store.all(sha256, key.kind, key.version)
            if found:
                used.set()
            return found

        def put(name: str, data: bytes) -> None:
            if self._may_keep(sha256):
                used.set()
                self._store.put(dataclasses.replace(key, params=name), data)

        def drop() -> None:
            if used.is_set():
                self._store.drop(sha256, key.kind)

        return PartStore(load, put, drop)

    def finding(
        self,
        document: Document,
        kind: str,
        version: str,
        params: str,
        type_: type[T],
        make: Callable[[JobContext], T | Makeshift[T]],
        ctx: JobContext,
    ) -> T:
        """The result, made by ``make(ctx)`` where it is not kept yet. ``type_`` is its dataclass."""
        return self.blob(
            document,
            kind,
            f"{version} {codecs.schema(type_)}",
            make,
            codecs.encode,
            lambda data: _decoded(type_, data),
            ctx,
            params,
        )

    def blob(
        self,
        document: Document,
        kind: str,
        version: str,
        make: Callable[[JobContext], T | Makeshift[T]],
        encode: Callable[[T], bytes],
        decode: Callable[[bytes], T | None],
        ctx: JobContext,
        params: str = "",
    ) -> T:
        """As :meth:`finding`, for what brings its own encoding. ``decode`` gives None for bytes of no use."""
        # The same file read by another extractor is another text with other offsets.
        key = FindingKey(document.sha256, kind, f"{version} {_text_digest(document)}", params)
        shelf = self._shelf(document.sha256)
        with shelf.held(key, ctx):
            found = shelf.get(key)
            if found is not None:
                return cast(T, found)
            data = self._get(key)
            result = decode(data) if data is not None else None
            if result is None:
                ctx.check()
                made = make(ctx)
                if isinstance(made, Makeshift):
                    return made.result
                result = made
                if self._may_keep(document.sha256):
                    self._store.put(key, encode(result))
            shelf.put(key, result)
            return result

    def known(
        self,
        document: Document,
        kind: str,
        version: str,
        decode: Callable[[bytes], T | None],
        params: str = "",
    ) -> T | None:
        """What :meth:`blob` made before, if it is kept; it is not made now."""
        key = FindingKey(document.sha256, kind, f"{version} {_text_digest(document)}", params)
        with self._lock:
            shelf = self._shelves.get(document.sha256)
        found = shelf.get(key) if shelf is not None else None
        if found is not None:
            return cast(T, found)
        data = self._get(key)
        return decode(data) if data is not None else None

    def known_finding(self, document: Document, kind: str, version: str, params: str, type_: type[T]) -> T | None:
        """What :meth:`finding` made before, if it is kept."""
        return self.known(
            document, kind, f"{version} {codecs.schema(type_)}", lambda data: _decoded(type_, data), params
        )

    def kept(self, document: Document, kind: str, version: str, type_: type[T]) -> T | None:
        """What :meth:`keep` was given for the document, in this session or an earlier one."""
        key = FindingKey(document.sha256, kind, f"{version} {codecs.schema(type_)}")
        found = self._shelf(document.sha256).get(key)
        return cast(T, found) if found is not None else _decoded(type_, self._get(key))

    def keep(self, document: Document, kind: str, version: str, value: object) -> None:
        """Keep a dataclass beside the results, under the same conditions."""
        key = FindingKey(document.sha256, kind, f"{version} {codecs.schema(type(value))}")
        shelf = self._shelf(document.sha256)
        if shelf.get(key) == value:
            return
        shelf.put(key, value)
        if self._may_keep(document.sha256):
            self._store.put(key, codecs.encode(value))

    def parts_of_file(self, sha256: str, kind: str, version: str, type_: type[T]) -> dict[str, T]:
        """What :meth:`keep_part_of_file` was given for a file, by name."""
        with self._lock:
            private = sha256 in self._private
        rows = {} if private else self._store.all(sha256, kind, f"{version} {codecs.schema(type_)}")
        found = {name: _decoded(type_, data) for name, data in rows.items()}
        return {name: part for name, part in found.items() if part is not None}

    def keep_part_of_file(self, sha256: str, kind: str, version: str, name: str, part: object) -> None:
        """Keep a part of a result that takes long, as soon as it is there: on disk only."""
        if self._may_keep(sha256):
            key = FindingKey(sha256, kind, f"{version} {codecs.schema(type(part))}", name)
            self._store.put(key, codecs.encode(part))

    def parts(self, document: Document, kind: str, version: str, type_: type[T]) -> Parts[T]:
        """Parts of a result that takes minutes, kept as they are made, so that work that was killed goes on."""
        key = FindingKey(document.sha256, kind, f"{version} {codecs.schema(type_)} {_text_digest(document)}")
        kept = self._byte_parts(key)
        return Parts(
            lambda part: _decoded(type_, kept.get(part)),
            lambda part, value: kept.put(part, codecs.encode(value)),
            kept.drop,
        )

    def byte_parts(self, document: Document, kind: str, version: str) -> Parts[bytes]:
        """As :meth:`parts`, for what brings its own encoding."""
        return self._byte_parts(FindingKey(document.sha256, kind, f"{version} {_text_digest(document)}"))

    def _byte_parts(self, key: FindingKey) -> Parts[bytes]:
        def put(part: str, data: bytes) -> None:
            if self._may_keep(key.document):
                self._store.put(dataclasses.replace(key, params=part), data)

        return Parts(
            lambda part: self._get(dataclasses.replace(key, params=part)),
            put,
            lambda: self._store.drop(key.document, key.kind),
        )

    def forget(self, sha256: str) -> None:
        with self._lock:
            self._shelves.pop(sha256, None)
        self._store.drop(sha256)

    def clear(self) -> None:
        with self._lock:
            self._shelves.clear()
        self._store.clear()

    def close(self) -> None:
        self._store.close()

    def _get(self, key: FindingKey) -> bytes | None:
        with self._lock:
            private = key.document in self._private
        return None if private else self._store.get(key)

    def _may_keep(self, sha256: str) -> bool:
        with self._lock:
            private = sha256 in self._private or sha256 in self._erased
        return not private and self._keeping()

    def _shelf(self, sha256: str) -> _Shelf:
        with self._lock:
            shelf = self._shelves.setdefault(sha256, _Shelf())
            self._shelves.move_to_end(sha256)
            while len(self._shelves) > _DOCUMENTS_IN_MEMORY:
                # Who still works with it keeps it until done.
                self._shelves.popitem(last=False)
            return shelf


class _Shelf:
    """One document's results in memory, and the locks under which they are made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._making: dict[FindingKey, tuple[threading.Lock, int]] = {}
        self._results: OrderedDict[FindingKey, object] = OrderedDict()

    def get(self, key: FindingKey) -> object | None:
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def put(self, key: FindingKey, result: object) -> None:
        with self._lock:
            self._results[key] = result
            while len(self._results) > _RESULTS_IN_MEMORY:
                self._results.popitem(last=False)

    @contextmanager
    def held(self, key: FindingKey, ctx: JobContext) -> Iterator[None]:
        """Hold the lock of ``key``. Raises Cancelled while waiting for it."""
        with self._lock:
            lock, users = self._making.get(key, (threading.Lock(), 0))
            self._making[key] = lock, users + 1
        try:
            with waiting(lock, ctx):
                yield
        finally:
            with self._lock:
                lock, users = self._making[key]
                if users > 1:
                    self._making[key] = lock, users - 1
                else:
                    del self._making[key]


class Guarded:
    """A context that is also cancelled when the engine is shut down."""

    def __init__(self, inner: JobContext, closing: threading.Event) -> None:
        self._inner = inner
        self._closing = closing

    def report(self, progress: Progress) -> None:
        self._inner.report(progress)

    def publish(self, partial: object) -> None:
        self._inner.publish(partial)

    def check(self) -> None:
        if self._closing.is_set():
            raise Cancelled
        self._inner.check()


@contextmanager
def waiting(lock: threading.Lock, ctx: JobContext) -> Iterator[None]:
    """Hold ``lock``; whoever waits for it still hears its cancellation. Raises Cancelled."""
    while not lock.acquire(timeout=_WAIT_SECONDS):
        ctx.check()
    try:
        yield
    finally:
        lock.release()


@functools.cache
def stamp(*packages: str) -> str:
    """A short name for the code of ``packages``, so that a newer program does not show what an older one made."""
    digest = hashlib.sha256(assistant.__version__.encode())
    root = Path(__file__).parent
    for package in packages:
        # A frozen build has no source files; there the version alone decides.
        for file in sorted((root / package).rglob("*.py")):
            status = file.stat()
            digest.update(f"{file.relative_to(root).as_posix()} {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def active_models(shipped: Path, own: Path, tasks: Sequence[str]) -> str:
    """A short name for the models that ``tasks`` use, from their manifests alone: the runtime is not even imported.

    :param shipped: folder of the models that came with the program; ``own`` that of the user's.
    """
    digest = hashlib.sha256()
    chosen = own / "active.json"
    pointers = _json_object(chosen) if chosen.is_file() else {}
    manifests = {file: file.read_bytes() for file in sorted(shipped.glob("*/manifest.json"))}
    for task in tasks:
        digest.update(f"{task} {pointers.get(task)}".encode())
        for file, content in manifests.items():
            if _json_object(file).get("task") == task:
                digest.update(content)
    return digest.hexdigest()[:16]


def _json_object(file: Path) -> dict[str, object]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # Whoever loads the model says what is wrong with it.
        return {}
    return value if isinstance(value, dict) else {}


def _document_key(sha256: str, path: Path, way: str) -> FindingKey:
    # The suffix decides how plain text is read: Markdown is not TXT.
    params = path.suffix.lower() + way
    return FindingKey(sha256, "document", f"{stamp('documents')} {codecs.schema(Document)}", params)


def _decoded(type_: type[T], data: bytes | None) -> T | None:
    if data is None:
        return None
    try:
        return codecs.decode(type_, data)
    except codecs.CodecError:
        return None


def _text_digest(document: Document) -> str:
    return hashlib.blake2b(document.text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
