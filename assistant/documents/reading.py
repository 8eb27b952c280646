"""Reading a whole document through the document process, in small requests, whatever single pages do.

Two passes: lines of every page, of which those at the edges tell the running heads; then paragraphs of every page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from assistant.documents import wire
from assistant.documents.assemble import Assembled, PageMap, RawPage, assemble
from assistant.documents.base import KnownHeading
from assistant.documents.dispatch import Reply
from assistant.documents.limits import Limits
from assistant.documents.opened import OpenDocument
from assistant.documents.paragraphs import Paragraph
from assistant.documents.process import ChildFailure
from assistant.documents.running import running_lines
from assistant.jobs import JobContext, Progress
from assistant.types import Document, Notice, PageSource

log = logging.getLogger(__name__)

Ask = Callable[[wire.Header], Reply]

_LANGUAGE_SAMPLE = 20_000
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
    ) -> None:
        self._opened = opened
        self._kind = kind
        self._headings = headings
        self._declared_title = declared_title
        self._limits = limits
        self._ask = ask
        self._ctx = ctx
        self._total = len(opened.page_sizes)
        self._problems: dict[int, str] = {}
        self._failures: dict[int, int] = {}

    def read(self) -> tuple[Document, tuple[PageMap, ...]]:
        """Raises DocumentError or Cancelled."""
        rows: dict[int, Any] = {}
        heights = [height for _, height in self._opened.page_sizes]

        def lines(first: int, stop: int, seconds: float) -> int:
            header = {"op": "lines", "from": first, "to": stop, "seconds": seconds, "heights": heights[first:stop]}
            found = self._request(header)["rows"]
            for page, row in enumerate(found, first):
                if row is None:
                    self._problems[page] = "page_failed"
                else:
                    rows[page] = row
            return len(found)

        self._pages(lines, 0)
        running = running_lines(rows, self._total) if self._kind == "layer" else {}
        raw: dict[int, RawPage] = {}

        def paragraphs(first: int, stop: int, seconds: float) -> int:
            kinds = {str(page): running[page] for page in range(first, stop) if page in running}
            header = {"op": "paragraphs", "from": first, "to": stop, "seconds": seconds, "running": kinds}
            found = self._request(header)["pages"]
            for page, content in enumerate(found, first):
                if content is None:
                    self._problems[page] = "page_failed"
                else:
                    raw[page] = RawPage([Paragraph(*item) for item in content[1]], int(content[0]))
            return len(found)

        self._pages(paragraphs, 1)
        pages = [
            raw.get(page) or RawPage((), 0, self._problems.get(page, "page_failed")) for page in range(self._total)
        ]
        assembled = assemble(pages, self._opened.page_sizes, self._kind, self._headings, self._ctx)
        self._ctx.report(Progress("reading", self._total, self._total))
        return self._document(assembled), assembled.maps

    def _pages(self, ask: Callable[[int, int, float], int], half: int) -> None:
        """Go through all pages in batches; a page that stops the process twice is left out."""
        page = 0
        alone = -1
        while page < self._total:
            self._ctx.check()
            self._ctx.report(Progress("reading", (half * self._total + page) // 2, self._total))
            if page in self._problems:
                page += 1
                continue
            stop = next((other for other in range(page + 1, min(page + 64, self._total)) if other in self._problems), 0)
            stop = page + 1 if page <= alone else stop or min(page + 64, self._total)
            try:
                page += ask(page, stop, self._limits.batch_seconds)
            except ChildFailure as failure:
                # Where it is not known which page it was, the pages of the batch go one by one.
                guilty = failure.page if failure.page is not None else page if stop == page + 1 else None
                if guilty is None:
                    alone = stop
                    continue
                self._blame(guilty, failure.reason)

    def _blame(self, page: int, reason: str) -> None:
        self._failures[page] = self._failures.get(page, 0) + 1
        log.info("page %d: %s", page + 1, reason)
        if self._failures[page] >= self._limits.attempts or reason == "error":
            self._problems[page] = "page_timeout" if reason == "timeout" else "page_failed"
        if len(self._problems) >= _MOST_FAILURES:
            for other in range(page, self._total):
                self._problems.setdefault(other, "page_failed")

    def _request(self, header: wire.Header) -> wire.Header:
        reply, _ = self._ask({**header, "document": self._opened.id})
        return reply

    def _document(self, assembled: Assembled) -> Document:
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
            language=_language(assembled.text),
            title=title,
            outline=opened.outline or assembled.headings,
            notices=opened.notices + self._notices(assembled),
        )

    def _notices(self, assembled: Assembled) -> tuple[Notice, ...]:
        notices = []
        missing = sum(1 for page in assembled.pages if page.problem is not None)
        if missing:
            notices.append(Notice("pages_missing", (("count", missing), ("total", self._total))))
        if self._kind == "layer":
            silent = sum(1 for page in assembled.pages if page.source == "none" and page.problem is None)
            if silent and silent + missing == self._total:
                notices.append(Notice("no_text_layer"))
            elif silent:
                notices.append(Notice("pages_without_text", (("count", silent), ("total", self._total))))
        return tuple(notices)


def _language(text: str) -> str:
    """From three places of the text: covers and annexes are often in another language."""
    if not text.strip():
        return "und"
    from assistant.documents.segment import detect_language

    third = _LANGUAGE_SAMPLE // 3
    middle = max(0, len(text) // 2 - third // 2)
    sample = text if len(text) <= _LANGUAGE_SAMPLE else text[:third] + text[middle : middle + third] + text[-third:]
    return detect_language(sample)
