"""Recognising the pages that are pictures: which one is next, what is known of each file, what is kept of it.

Each page is kept as soon as it is read, so that whatever ends the program loses no more than the page in work.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from importlib.metadata import version

from assistant.documents.host import DocumentHost
from assistant.documents.opened import OpenDocument
from assistant.documents.recognised import PIPELINE, RecognisedPage
from assistant.errors import DocumentError
from assistant.jobs import JobContext, Progress
from assistant.kept import Keeper

_log = logging.getLogger(__name__)

_FILES_IN_MEMORY = 4
_FIRST_BATCH = 12
"""Pages after which a long document is put together for the first time; then at three times as many, and so on."""
_MOST_THREADS = 4

Known = dict[int, RecognisedPage | None]
"""Pages (from 1) that were recognised; None where that failed in this session."""


class Scans:
    """What is known of the pictures in each file. Thread-safe."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Known] = OrderedDict()

    def known(self, sha256: str) -> Known:
        """The pages of a file that were recognised, in this session or an earlier one."""
        with self._lock:
            found = self._known.get(sha256)
            if found is not None:
                self._known.move_to_end(sha256)
                return dict(found)
        kept = self._keeper.parts_of_file(sha256, "scan", _version(), RecognisedPage)
        pages: Known = {int(name): page for name, page in kept.items() if name.isdecimal()}
        with self._lock:
            found = self._known.setdefault(sha256, pages)
            while len(self._known) > _FILES_IN_MEMORY:
                self._known.popitem(last=False)
            return dict(found)

    def read(
        self,
        host: DocumentHost,
        opened: OpenDocument,
        ctx: JobContext,
        where: Callable[[], int],
        *,
        alone: bool,
        on_batch: Callable[[], None] | None = None,
    ) -> int:
        """Recognise what is still to be; ``where`` is the page that the reader is at, asked before each page. Returns
        how many pages there were to do. ``alone``: nobody else needs the processor. Raises Cancelled, or DocumentError
        where it cannot be done at all.

        ``on_batch`` hears, on this thread, that enough pages of a long document are known to show them."""
        pictures = host.pictures(opened)
        left = pictures - set(self.known(opened.sha256))
        count = len(left)
        if not left:
            return 0
        batch = _FIRST_BATCH
        ctx.report(Progress("scans", len(pictures) - len(left), len(pictures)))
        with host.recognising(opened, threads(alone=alone)) as recognise:
            while left:
                ctx.check()
                at = where()
                page = min(left, key=lambda page: (abs(page - at), page))
                self._note(opened.sha256, page, self._one(recognise, page, ctx))
                left -= {page}
                ctx.report(Progress("scans", len(pictures) - len(left), len(pictures)))
                if on_batch is not None and left and count - len(left) >= batch:
                    batch *= 3
                    on_batch()
        return count

    def forget(self, sha256: str | None = None) -> None:
        """A file, or all of them."""
        with self._lock:
            if sha256 is None:
                self._known.clear()
            else:
                self._known.pop(sha256, None)

    def _one(
        self, recognise: Callable[[int, JobContext], RecognisedPage], page: int, ctx: JobContext
    ) -> RecognisedPage | None:
        try:
            return recognise(page, ctx)
        except DocumentError as error:
            if not error.code.startswith("page_"):
                raise
            _log.warning("page %d could not be recognised: %s", page, error.code)
            return None

    def _note(self, sha256: str, page: int, found: RecognisedPage | None) -> None:
        if found is not None:
            self._keeper.keep_part_of_file(sha256, "scan", _version(), str(page), found)
        with self._lock:
            self._known.setdefault(sha256, {})[page] = found


def threads(*, alone: bool) -> int:
    """Cores that recognising may take: all where it is ``alone``, else one is the window's."""
    cores = os.cpu_count() or 1
    return max(1, min(cores if alone else cores - 1, _MOST_THREADS))


def _version() -> str:
    return f"{PIPELINE} rapidocr {version('rapidocr')}"
