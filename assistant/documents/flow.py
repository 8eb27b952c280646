"""Formats without pages: clean HTML laid out into A4 pages by MuPDF's Story.

A page is kept as a display list rather than as PDF: the exact characters survive, where a PDF would lose them to its
character maps (Arabic ligatures, emoji). Layout goes in steps, so that it can be stopped and other work goes between.
Nothing is ever fetched: a Story gets no archive, and images are data in the HTML or absent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import nh3
import pymupdf
from pymupdf import mupdf

from assistant.documents import mupdf as mu
from assistant.documents.base import Bookmark, KnownHeading, Size
from assistant.documents.limits import FLOW_PAGES
from assistant.documents.tables import without_tall_tables
from assistant.errors import DocumentError

WIDTH, HEIGHT = 595.0, 842.0
_MARGINS = (64.0, 68.0, 64.0, 72.0)
_STEP_SECONDS = 0.02

CSS = """
@page { margin: 0 }
body { font-family: serif; font-size: 10.5pt; line-height: 1.4; margin: 0 }
h1, h2, h3, h4, h5, h6 { font-family: sans-serif; line-height: 1.25; margin-bottom: 0.4em }
h1 { font-size: 20pt; margin-top: 0.4em }
h2 { font-size: 15pt; margin-top: 0.9em }
h3 { font-size: 12.5pt; margin-top: 0.9em }
h4, h5, h6 { font-size: 11pt; margin-top: 0.9em }
p { margin-top: 0; margin-bottom: 0.6em }
ul, ol { margin-top: 0; margin-bottom: 0.6em }
li { margin-bottom: 0.2em }
table { margin-bottom: 0.8em }
td, th { border-bottom: 0.5pt solid #999999; padding: 2.5pt 6pt; text-align: left; vertical-align: top }
pre, code { font-family: monospace; font-size: 9pt }
pre { white-space: pre-wrap; line-height: 1.3 }
blockquote { margin-left: 1.5em; color: #444444 }
a { color: #1a4fa0; text-decoration: none }
"""

_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "section", "article", "main", "header", "footer", "blockquote"),
    *("ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"),
    *("pre", "code", "b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "span", "a", "br", "hr", "img"),
    *("figure", "figcaption", "q", "cite", "abbr", "kbd", "samp", "var", "mark", "ins", "del", "address", "center"),
}
_ATTRIBUTES = {
    "*": {"dir", "lang"},
    "img": {"src", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
_DROPPED = {"script", "style", "template", "noscript", "svg", "math", "iframe", "object", "head", "title"}
_IMAGES = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/bmp;base64,")


def clean_html(html: str) -> str:
    """Structure and text only: no scripts, styles or links, and no image that is not in the HTML itself."""

    def keep(_tag: str, name: str, value: str) -> str | None:
        if name == "src" and not value.startswith(_IMAGES):
            return None
        return value

    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes={"data"},
        link_rel=None,
        strip_comments=True,
    )


class _StuckError(Exception):
    """Layout makes no progress: what comes next fits on no page."""


class FlowSource:
    """Parts of HTML that follow each other, as pages."""

    kind: Literal["layer", "layout"] = "layout"

    def __init__(self, path: Path, parts: Sequence[str], title: str | None = None, css: str = CSS) -> None:
        self._path = path
        self._parts = parts
        self._title = title
        self._css = css
        self._pages: list[Any] = []
        self._headings: list[KnownHeading] = []
        self._done_parts = 0
        self._open: tuple[Any, Any] | None = None
        """The page that is being filled and its device."""
        self._y = 0.0
        self._work: Iterator[None] | None = self._lay_out()

    def step(self) -> bool:
        until = time.monotonic() + _STEP_SECONDS
        while self._work is not None:
            if next(self._work, True):
                self._work = None
            elif time.monotonic() >= until:
                return False
        return True

    def progress(self) -> tuple[int, int]:
        return self._done_parts, len(self._parts)

    def sizes(self) -> Sequence[Size]:
        return [(WIDTH, HEIGHT)] * len(self._pages)

    def title(self) -> str | None:
        return self._title

    def outline(self) -> Sequence[Bookmark]:
        return [(heading.level, heading.title, heading.page, heading.y0) for heading in self._headings]

    def headings(self) -> Sequence[KnownHeading]:
        return self._headings

    def display_list(self, page: int) -> Any:
        return self._pages[page]

    def text_page(self, page: int, options: Any) -> Any:
        return mupdf.FzStextPage(self._pages[page], options)

    def close(self) -> None:
        self._work = None
        self._pages.clear()

    def _lay_out(self) -> Iterator[None]:
        """Yields None after each page."""
        try:
            for part in self._parts:
                yield from self._lay_out_part(without_tall_tables(part))
                self._done_parts += 1
        except _StuckError:
            # A table that was lower in characters than on the page. Once more, without any tables.
            self._pages, self._headings, self._open, self._done_parts = [], [], None, 0
            for part in self._parts:
                yield from self._lay_out_part(without_tall_tables(part, everything=True), last_try=True)
                self._done_parts += 1
        self._end_page()

    def _lay_out_part(self, part: str, *, last_try: bool = False) -> Iterator[None]:
        left, top, right, bottom = _MARGINS
        story = pymupdf.Story(html=part, user_css=self._css)
        more = True
        before: tuple[float, ...] = ()
        while more:
            if self._open is None:
                page = mupdf.FzDisplayList(mupdf.FzRect(0, 0, WIDTH, HEIGHT))
                self._open = page, mupdf.fz_new_list_device(page)
                self._y = top
            page, device = self._open
            status, filled = story.place(pymupdf.Rect(left, self._y, WIDTH - right, HEIGHT - bottom))
            more = bool(status)
            # It insists on a plain function.
            story.element_positions(lambda position: self._note_heading(position))
            mupdf.fz_draw_story(story.this, device, mupdf.FzMatrix())
            self._y = float(filled[3])
            if more or self._y > HEIGHT - bottom - 14:
                self._end_page()
                if more and tuple(filled) == before and not _shows_something(page):
                    if last_try:
                        return
                    raise _StuckError
                before = tuple(filled)
                yield None
            if len(self._pages) > FLOW_PAGES:
                raise DocumentError("too_many_pages", path=str(self._path), limit=FLOW_PAGES)

    def _end_page(self) -> None:
        if self._open is not None:
            page, device = self._open
            mupdf.fz_close_device(device)
            self._pages.append(page)
            self._open = None

    def _note_heading(self, position: Any) -> None:
        if position.heading and position.open_close & 1 and position.text and position.text.strip():
            title = " ".join(position.text.split())
            y0, y1 = float(position.rect[1]), float(position.rect[3])
            self._headings.append(KnownHeading(int(position.heading), len(self._pages) + 1, y0, y1, title))


def _shows_something(page: Any) -> bool:
    """Whether there is text or an image on a page."""
    options = mu.text_options()
    options.flags |= pymupdf.TEXT_PRESERVE_IMAGES
    content = mu.lines_json(mupdf.FzStextPage(page, options))
    return '"text":"' in content or '"type":"image"' in content


def read_file(path: Path) -> bytes:
    """Raises DocumentError where the file went away since it was looked at."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DocumentError("file_not_found", path=str(path)) from None
    except PermissionError:
        raise DocumentError("permission_denied", path=str(path)) from None
    except OSError:
        raise DocumentError("damaged_document", path=str(path)) from None
