"""Reading a whole document through the document process, in small requests, whatever single pages do.

Two passes: lines of every page, of which those at the edges tell the running heads; then paragraphs of every page.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Protocol

from assistant.documents import wire
from assistant.documents.assemble import Assembled, PageMap, RawPage, assemble
from assistant.documents.base import KnownHeading
from assistant.documents.batches import Batches, PartStore, single
from assistant.documents.dispatch import Reply, Request
from assistant.documents.limits import Limits
from assistant.documents.mixed import Placed, without_templates
from assistant.documents.opened import OpenDocument
from assistant.documents.packed import Packer
from assistant.documents.paragraphs import Paragraph
from assistant.documents.process import ChildFailure
from assistant.documents.recognised import RecognisedPage
from assistant.documents.running import running_lines
from assistant.documents.words import Words
from assistant.errors import DocumentError
from assistant.jobs import JobContext, Progress
from assistant.types import BlockKind, Document, Notice, PageSource

log = logging.getLogger(__name__)

Recognised = Mapping[int, RecognisedPage | None]
"""Pages (from 0) that were read as pictures; None for one on which that failed."""


class Ask(Protocol):
    """The way to the document process."""

    def submit(self, header: wire.Header) -> Request: ...

    def wait(self, request: Request) -> Reply:
        """Raises ChildFailure, DocumentError or Cancelled."""
        ...

    def drop(self, request: Request) -> None:
        """Its reply is not needed any more."""
        ...


_LANGUAGE_SAMPLE = 20_000
_AHEAD = 3
"""Batches on their way: one that is worked on, one in the pipe, and the next one, so that the process never waits."""
_FIRST_BATCH, _LARGEST_BATCH = 4, 64
_MOST_FAILURES = 40
"""Pages that may stop the process; after that the rest of the document is left out too."""


class Reader:
    """One reading job; used once, on the caller's thread."""

    def __init__(
        self,
        opened: OpenDocument,
        kind: PageSource,
        headings: Sequence[KnownHeading],
        declared_title: bool,
        limits: Limits,
        ask: Ask,
        ctx: JobContext,
        recognised: Recognised,
        reads_scans: bool,
        parts: PartStore | None = None,
    ) -> None:
        """:param recognised: what is known of pages without a text layer of use; ``reads_scans``: the rest follows.
        :param parts: where what was read is kept until the whole is there."""
        self._opened = opened
        self._kind = kind
        self._headings = headings
        self._declared_title = declared_title
        self._limits = limits
        self._ask = ask
        self._ctx = ctx
        self._recognised = recognised
        self._reads_scans = reads_scans
        self.pictures: set[int] = set()
        """Pages (from 0) without a text layer of use, known after :meth:`read`."""
        self.regions: dict[int, list[Placed]] = {}
        """Of the other pages: pictures that may have text of their own."""
        self._total = len(opened.page_sizes)
        self._batches = Batches(parts, self._total)
        self._problems: dict[int, str] = {}
        self._failures: dict[int, int] = {}
        self._done = 0

    def read(self) -> tuple[Document, tuple[PageMap, ...]]:
        """Raises DocumentError or Cancelled."""
        running = self._running_lines() if self._kind == "layer" else {}
        raw: dict[int, RawPage] = {}
        words = Words(self._ctx)
        packer = Packer()

        def header(first: int, stop: int) -> wire.Header:
            kinds = {str(page): running[page] for page in range(first, stop) if page in running}
            # In smaller batches than lines: what is made of the last ones here, nothing runs beside.
            seconds = self._limits.batch_seconds / 2
            known = {**self._known(first, stop), **self._known_pictures(first, stop)}
            return {"op": "paragraphs", "running": kinds, "seconds": seconds, **known}

        def take(first: int, reply: wire.Header) -> int:
            for page, placed in reply["mixed"].items():
                self.regions[int(page)] = [Placed(*each) for each in placed]
            for page, content in enumerate(reply["pages"], first):
                if content is None:
                    self._problems[page] = "page_failed"
                else:
                    shows_pictures = bool(content[2])
                    found = [packer.paragraph(item) for item in content[1]]
                    raw[page] = self._raw(page, int(content[0]), found, shows_pictures)
                    # While the document process is at the next batch.
                    words.add(raw[page].paragraphs)
            return len(reply["pages"])

        self._pages(header, take)
        pages = [
            raw.pop(page) if page in raw else RawPage((), 0, self._problems.get(page, "page_failed"))
            for page in range(self._total)
        ]
        # The document process finds out the language while the text is put together here.
        sample = _sample("\n".join([paragraph.text for page in pages for paragraph in page.paragraphs]))
        language = self._submit({"op": "language", "text": sample})
        assembled = assemble(pages, self._opened.page_sizes, self._kind, self._headings, words, self._ctx)
        try:
            code = str(self._wait(language)[0]["language"])
        except DocumentError as error:
            log.warning("the language is not known: %s", error.code)
            code = "und"
        self._ctx.report(Progress("reading", self._total, self._total))
        return self._document(assembled, code), assembled.maps

    def _running_lines(self) -> dict[int, dict[int, BlockKind]]:
        rows: dict[int, Any] = {}
        mixed: dict[int, list[Placed]] = {}
        heights = [height for _, height in self._opened.page_sizes]

        def header(first: int, stop: int) -> wire.Header:
            return {"op": "lines", "heights": heights[first:stop], **self._known(first, stop)}

        def take(first: int, reply: wire.Header) -> int:
            self.pictures.update(int(page) for page in reply["pictures"])
            mixed.update((int(page), [Placed(*each) for each in found]) for page, found in reply["mixed"].items())
            for page, row in enumerate(reply["rows"], first):
                if row is None:
                    self._problems[page] = "page_failed"
                else:
                    rows[page] = row
            return len(reply["rows"])

        self._pages(header, take)
        self.regions = without_templates(mixed)
        return running_lines(rows, self._total)

    def _known(self, first: int, stop: int) -> wire.Header:
        """What was recognised on these pages, as far as any was."""
        pages = ((page, self._recognised.get(page)) for page in range(first, stop) if page not in self.regions)
        if self._kind == "layout":
            return {}
        known = {str(page): found.for_layout() for page, found in pages if found is not None}
        return {"recognised": known} if known else {}

    def _known_pictures(self, first: int, stop: int) -> wire.Header:
        """The same of pictures on pages with a text layer."""
        known = {
            str(page): [self.regions.get(page, []), found.for_layout()]
            for page in range(first, stop)
            if (page in self.regions or self._kind == "layout") and (found := self._recognised.get(page)) is not None
        }
        return {"mixed": known} if known else {}

    def _raw(self, page: int, glyphs: int, paragraphs: list[Paragraph], shows_pictures: bool) -> RawPage:
        if page not in self.pictures or page not in self._recognised:
            return RawPage(paragraphs, glyphs, None, "mixed" if shows_pictures else None)
        found = self._recognised[page]
        if found is None:
            return RawPage(paragraphs, glyphs, "ocr_failed")
        # A page that lies on its side is as high, to the text, as it is wide.
        factor = self._opened.page_sizes[page][1] / max(found.height, 1.0)
        if abs(factor - 1) > 0.01:
            paragraphs = [item._replace(y0=round(item.y0 * factor), y1=round(item.y1 * factor)) for item in paragraphs]
        return RawPage(paragraphs, glyphs, None, "ocr")

    def _pages(self, header: Callable[[int, int], wire.Header], take: Callable[[int, wire.Header], int]) -> None:
        """Go through all pages in batches, one of which waits while another is worked on; a page that stops the
        process twice is left out. ``take`` gets a batch's first page and its reply, and says how many pages it has.
        What an earlier reading got, which did not come to its end, is taken first."""
        operation = str(header(0, 0)["op"])

        def asked(page: int) -> wire.Header:
            return header(page, page + 1)

        read: set[int] = set()
        for page, reply in self._batches.known(operation, asked):
            self._ctx.check()
            if page not in read:
                read.add(page)
                self._advance(take(page, reply))
        waiting = deque(_gaps(read, self._total))
        sent: deque[tuple[int, int, Request]] = deque()
        alone: set[int] = set()
        size = _FIRST_BATCH
        try:
            while waiting or sent:
                while waiting and len(sent) < _AHEAD:
                    first, stop = waiting.popleft()
                    while first < stop and first in self._problems:
                        first += 1
                        self._advance(1)
                    if first == stop:
                        continue
                    end = first + 1 if first in alone else min(first + size, stop)
                    end = next((page for page in range(first + 1, end) if page in self._problems), end)
                    if end < stop:
                        waiting.appendleft((end, stop))
                    pages = {"from": first, "to": end, "seconds": self._limits.batch_seconds}
                    message = {**pages, **header(first, end)}
                    sent.append((first, end, self._submit(message)))
                if not sent:
                    break
                first, end, request = sent.popleft()
                try:
                    reply, _ = self._wait(request)
                except ChildFailure as failure:
                    waiting.appendleft((first, end))
                    if failure.page is not None or end == first + 1:
                        self._blame(first if failure.page is None else failure.page, failure.reason)
                    else:
                        # It is not known which page it was: the pages of the batch go one by one.
                        alone.update(range(first, end))
                    continue
                # Before it is taken: what is asked of a page changes with what is known of it.
                for page in range(first, first + len(reply["rows" if "rows" in reply else "pages"])):
                    if (content := single(reply, first, page)) is not None:
                        self._batches.add(operation, page, asked, content)
                count = take(first, reply)
                self._advance(count)
                if first + count < end:
                    # Its time was up.
                    waiting.appendleft((first + count, end))
                    size = max(1, count)
                else:
                    size = min(_LARGEST_BATCH, size + 1 + size // 4)
            self._batches.end()
        finally:
            for _, _, request in sent:
                self._drop(request)

    def _submit(self, header: wire.Header) -> Request:
        return self._ask.submit({**header, "document": self._opened.id})

    def _wait(self, request: Request) -> Reply:
        return self._ask.wait(request)

    def _drop(self, request: Request) -> None:
        self._ask.drop(request)

    def _advance(self, pages: int) -> None:
        self._done += pages
        passes = 2 if self._kind == "layer" else 1
        self._ctx.report(Progress("reading", min(self._done // passes, self._total), self._total))

    def _blame(self, page: int, reason: str) -> None:
        self._failures[page] = self._failures.get(page, 0) + 1
        log.info("page %d: %s", page + 1, reason)
        if self._failures[page] >= self._limits.attempts or reason in ("error", "timeout"):
            self._problems[page] = "page_timeout" if reason == "timeout" else "page_failed"
        if len(self._problems) >= _MOST_FAILURES:
            for other in range(page, self._total):
                self._problems.setdefault(other, "page_failed")

    def _document(self, assembled: Assembled, language: str) -> Document:
        opened = self._opened
        title = opened.title
        if not self._declared_title and assembled.largest_heading:
            title = assembled.largest_heading
        return Document(
            path=opened.path,
            sha256=opened.sha256,
            format=opened.format,
            text=assembled.text,
            pages=assembled.pages,
            blocks=assembled.blocks,
            language=language,
            title=title,
            outline=opened.outline or assembled.headings,
            notices=opened.notices + self._notices(assembled),
        )

    def _notices(self, assembled: Assembled) -> tuple[Notice, ...]:
        notices = []
        total = self._total
        missing = sum(1 for page in assembled.pages if page.problem not in (None, "ocr_failed"))
        failed = sum(1 for page in assembled.pages if page.problem == "ocr_failed")
        unread = len(self.pictures - set(self._recognised))
        pictures = len(set(self.regions) - set(self._recognised))
        silent = sum(1 for page in self.pictures if self._is_wordless(page))
        if missing:
            notices.append(Notice("pages_missing", (("count", missing), ("total", total))))
        if failed:
            notices.append(Notice("scans_failed", (("count", failed), ("total", total))))
        if pictures and self._reads_scans:
            notices.append(Notice("pictures_waiting", (("count", pictures), ("total", total))))
        if unread:
            code = "scans_waiting" if self._reads_scans else "scans_not_read"
            notices.append(Notice(code, (("count", unread), ("total", total))))
        elif self._kind == "layer" and not assembled.text and missing + failed < total:
            notices.append(Notice("no_text_layer"))
        elif silent:
            notices.append(Notice("pages_without_text", (("count", silent), ("total", total))))
        elif self._kind == "layout" and not assembled.text and not missing and not (pictures and self._reads_scans):
            notices.append(Notice("no_text"))
        return tuple(notices)

    def _is_wordless(self, page: int) -> bool:
        """Whether there is something on the page, and no words."""
        found = self._recognised.get(page)
        return found is not None and not found.blank and not found.lines


def _gaps(read: set[int], total: int) -> list[tuple[int, int]]:
    """What is left of ``total`` pages, as half-open ranges."""
    if not read:
        return [(0, total)]
    edges = [-1, *sorted(read), total]
    return [(before + 1, after) for before, after in pairwise(edges) if after > before + 1]


def _sample(text: str) -> str:
    """From three places of the text: covers and annexes are often in another language."""
    if len(text) <= _LANGUAGE_SAMPLE:
        return text
    third = _LANGUAGE_SAMPLE // 3
    middle = len(text) // 2 - third // 2
    return text[:third] + text[middle : middle + third] + text[-third:]
