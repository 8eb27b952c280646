"""Formats without pages: clean HTML laid out into A4 pages by MuPDF's Story.

A page is kept as a display list rather than as PDF: the exact characters survive, where a PDF would lose them to its
character maps (Arabic ligatures, emoji). Layout goes in steps, so that it can be stopped and other work goes between.
Nothing is ever fetched: a Story gets no archive, and images are data in the HTML or absent.
"""

from __future__ import annotations

import bisect
import re
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import nh3
import pymupdf
from pymupdf import mupdf

from assistant.documents import mupdf as mu
from assistant.documents import pdf_pictures
from assistant.documents.base import Bookmark, KnownHeading, Size
from assistant.documents.limits import FLOW_PAGES
from assistant.documents.mixed import Placed
from assistant.documents.parts import check_depth
from assistant.documents.pictures import Pictures
from assistant.documents.tables import without_tall_tables
from assistant.errors import DocumentError, Param

WIDTH, HEIGHT = 595.0, 842.0
_MARGINS = (64.0, 68.0, 64.0, 72.0)
_STEP_SECONDS = 0.02
_KEPT_PARTS = 12
"""All pages of a document with so few parts are kept (of plain text: 0.6 MB, some 35 MB of memory)."""
EARLY_PAGES = 30
_KEPT_PAGES = 200
"""Of a longer document. More than a part has, so that reading on lays out each part once."""

CSS = """
@page { margin: 0 }
body { font-family: serif; font-size: 10.5pt; line-height: 1.4; margin: 0; overflow-wrap: break-word }
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

_INLINE = re.compile(
    r"</?(?:b|strong|i|em|u|s|sub|sup|small|span|a|code|q|cite|abbr|kbd|samp|var|mark|ins|del)\b[^>]*>"
)
_SMALL_TABLES = "td, th { font-size: 7pt; line-height: 1.2; padding: 1.5pt 2.5pt }"

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


def clean_html(html: str, address: Callable[[str], str | None] | None = None) -> str:
    """Structure and text only: no scripts, styles or links, and no image that is not in the HTML itself.

    :param address: gives the ``data:`` address of an image that came along with the HTML, by its own address.

    Raises DocumentError too_deep.
    """
    check_depth(html, "The document")
    pictures = Pictures()

    def keep(_tag: str, name: str, value: str) -> str | None:
        if name != "src":
            return value
        if address is not None and not value.startswith("data:"):
            value = address(value) or ""
        return value if value.startswith(_IMAGES) and pictures.accept(value) else None

    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        # The others only reach ``address``.
        url_schemes={"data"} if address is None else {"data", "cid", "http", "https", "file", "mhtml"},
        link_rel=None,
        strip_comments=True,
    )


class _StuckError(Exception):
    """Layout makes no progress: what comes next fits on no page, or (``wide``) runs off its side."""

    def __init__(self, *, wide: bool) -> None:
        super().__init__("wide" if wide else "tall")
        self.wide = wide


class _Press:
    """Fills one page after the other. ``finished`` gets the number (from 0) and the display list of each page, but for
    the first one where that begins further down, because what stands above is missing."""

    def __init__(
        self, number: int, y: float, finished: Callable[[int, Any], None], text: Callable[[int], str | None]
    ) -> None:
        """:param text: the lines of a page that is finished, as far as they are known."""
        self._finished = finished
        self._text = text
        self._open: tuple[Any, Any] | None = None
        """The page that is being filled and its device."""
        self.number = number
        """Of the page that is being filled or comes next."""
        self.y = y
        """Where on it the next text goes."""
        self.whole = y <= _MARGINS[1]
        """Whether the page has all that belongs on it so far."""

    def place(self, part: str, css: str, note: Callable[[int, Any], None] | None, *, last_try: bool) -> Iterator[None]:
        """Lay out a part of HTML; yields after each page. ``note`` gets the elements of each page. Raises _StuckError
        where nothing fits on any page; ``last_try`` leaves the rest of the part out instead."""
        left, _, right, bottom = _MARGINS
        story = pymupdf.Story(html=part, user_css=css)
        more = True
        before: tuple[float, ...] = ()
        while more:
            if self._open is None:
                page = mupdf.FzDisplayList(mupdf.FzRect(0, 0, WIDTH, HEIGHT))
                self._open = page, mupdf.fz_new_list_device(page)
            page, device = self._open
            status, filled = story.place(pymupdf.Rect(left, self.y, WIDTH - right, HEIGHT - bottom))
            more = bool(status)
            if filled[2] > WIDTH - right + 1 and not last_try:
                raise _StuckError(wide=True)
            if note is not None:
                # It insists on a plain function.
                story.element_positions(lambda position: note(self.number, position))
            mupdf.fz_draw_story(story.this, device, mupdf.FzMatrix())
            self.y = float(filled[3])
            if more or self.y > HEIGHT - bottom - 14:
                self.end_page()
                # Pages that are full look alike, too: what is on them is looked at only where the reader does not know.
                if more and tuple(filled) == before and not self._shows_something(page):
                    if last_try:
                        return
                    raise _StuckError(wide=False)
                before = tuple(filled)
                yield None

    def _shows_something(self, page: Any) -> bool:
        """Of the page that ended last."""
        text = self._text(self.number - 1)
        return _has_text(text) or _shows_something(page) if text is not None else _shows_something(page)

    def end_page(self) -> None:
        if self._open is not None:
            page, device = self._open
            mupdf.fz_close_device(device)
            self._open = None
            if self.whole:
                self._finished(self.number, page)
            self.number += 1
            self.y, self.whole = _MARGINS[1], True


class FlowSource:
    """Parts of HTML that follow each other, as pages.

    Pages take 60 times the memory of their text, so of a document in many parts only some are kept; the others are laid
    out again when they are asked for, part by part, from where their part began.
    """

    kind: Literal["layer", "layout"] = "layout"

    def __init__(
        self,
        path: Path,
        parts: Sequence[str],
        title: str | None = None,
        css: str = CSS,
        *,
        new_pages: bool = False,
        steady: bool = False,
        notices: Sequence[tuple[str, dict[str, Param]]] = (),
    ) -> None:
        """``new_pages``: each part begins on a page of its own. ``steady``: nothing in it could make the layout begin
        anew, so that its first pages can be shown while the rest is laid out."""
        self._path = path
        self._parts = parts
        self._title = title
        self._css = css
        self._new_pages = new_pages
        self._steady = steady
        self._notices = notices
        self._kept = FLOW_PAGES + 1 if len(parts) <= _KEPT_PARTS else _KEPT_PAGES
        self._pages: OrderedDict[int, Any] = OrderedDict()
        self._lines: dict[int, bytes] = {}
        """Of pages that are not kept: what :func:`mupdf.lines_json` says of them, deflated, a three-hundredth of the
        page. To read the text the pages need not be laid out once more."""
        self._last_lines: tuple[int, str] | None = None
        self._has_pictures: bool | None = None
        self._count = 0
        self._headings: list[KnownHeading] = []
        self._starts: list[tuple[int, float]] = []
        """Page and y at which each part begins."""
        self._without_tables = False
        self._widths: dict[int, int] = {}
        """How a part is laid out once ``_careful``: 0 as usual, 1 with small tables, 2 without, 3 as plain blocks."""
        self._careful = False
        """Whether something ran off the side of a page."""
        self._again: tuple[_Press, int] | None = None
        """Where laying out again stopped, and the part that comes next."""
        self._work: Iterator[None] | None = self._lay_out()

    def step(self) -> bool:
        until = time.monotonic() + _STEP_SECONDS
        while self._work is not None:
            if next(self._work, True):
                self._work = None
            elif time.monotonic() >= until:
                return False
        return True

    def early(self) -> int:
        """Pages that can be shown while the others are laid out."""
        return EARLY_PAGES if self._steady and len(self._lines) > EARLY_PAGES else 0

    def progress(self) -> tuple[int, int]:
        return len(self._starts), len(self._parts)

    def count(self) -> int:
        return self._count

    def size(self, page: int) -> Size:
        return WIDTH, HEIGHT

    def title(self) -> str | None:
        return self._title

    def outline(self) -> Sequence[Bookmark]:
        return [(heading.level, heading.title, heading.page, heading.y0) for heading in self._headings]

    def headings(self) -> Sequence[KnownHeading]:
        return self._headings

    def notices(self) -> Sequence[tuple[str, dict[str, Param]]]:
        return self._notices

    def display_list(self, page: int) -> Any:
        if page not in self._pages:
            self._lay_out_again(page)
        self._pages.move_to_end(page)
        return self._pages[page]

    def text_page(self, page: int, options: Any) -> Any:
        return mupdf.FzStextPage(self.display_list(page), options)

    def lines(self, page: int) -> str | None:
        """:func:`mupdf.lines_json` of the text of a page, where it is known without laying it out."""
        if self._last_lines is not None and self._last_lines[0] == page:
            return self._last_lines[1]
        found = self._lines.get(page)
        return zlib.decompress(found).decode("utf-8", "surrogatepass") if found is not None else None

    def pictures(self, page: int) -> Sequence[Placed]:
        """Large pictures on a page."""
        if self._has_pictures is None:
            self._has_pictures = any("<img" in part for part in self._parts)
        return pdf_pictures.placed_in_list(self.display_list(page)) if self._has_pictures else ()

    def close(self) -> None:
        self._work = self._again = self._last_lines = None
        self._pages.clear()
        self._lines.clear()

    def _lay_out(self) -> Iterator[None]:
        """Yields None after each page."""
        while True:
            last_try = self._careful and self._without_tables
            try:
                yield from self._all_parts(last_try=last_try)
                return
            except _StuckError as stuck:
                # Once more: without any tables where one was lower in characters than on the page, or each part in
                # the first way in which it fits; both, where one is not enough.
                self._without_tables = self._without_tables or not stuck.wide or self._careful
                self._careful = self._careful or stuck.wide or last_try
            self._widths.clear()
            self._pages.clear()
            self._lines.clear()
            self._last_lines = None
            self._headings.clear()
            self._starts.clear()

    def _all_parts(self, *, last_try: bool = False) -> Iterator[None]:
        press = _Press(0, _MARGINS[1], self._keep, self.lines)
        for number in range(len(self._parts)):
            self._starts.append((press.number, press.y))
            for _ in press.place(*self._html(number), self._note_heading, last_try=last_try):
                if press.number > FLOW_PAGES:
                    raise DocumentError("too_many_pages", path=str(self._path), limit=FLOW_PAGES)
                yield None
            if self._new_pages:
                press.end_page()
            # Also where it filled no page.
            yield None
        press.end_page()
        self._count = press.number

    def _html(self, number: int) -> tuple[str, str]:
        """A part and its style. A table wider than the page is set smaller or, where that is not enough, cell by cell:
        what lies beside the page would be lost."""
        part = self._parts[number]
        normal = without_tall_tables(part, everything=self._without_tables)
        if not self._careful:
            return normal, self._css
        flat = without_tall_tables(part, everything=True)
        small = self._css + _SMALL_TABLES
        ways = (normal, self._css), (normal, small), (flat, self._css), (_INLINE.sub("", flat), self._css)
        if number not in self._widths:
            found = (n for n, (html, css) in enumerate(ways[:-1]) if _fits(html, css))
            self._widths[number] = next(found, len(ways) - 1)
        return ways[self._widths[number]]

    def _keep(self, number: int, page: Any) -> None:
        self._pages[number] = page
        if self._kept == _KEPT_PAGES and number not in self._lines:
            text = mu.lines_json(mupdf.FzStextPage(page, mu.text_options()))
            self._last_lines = number, text
            self._lines[number] = zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
        while len(self._pages) > self._kept:
            self._pages.popitem(last=False)

    def _lay_out_again(self, page: int) -> None:
        """Make a page, and the other pages of its part on the way."""
        press, part = self._again or (None, 0)
        if press is None or press.number != page or not press.whole:
            # The last part that begins on a page before: it may go on to this one.
            part = max(0, bisect.bisect_left(self._starts, (page, 0.0)) - 1)
            press = _Press(*self._starts[part], self._keep, self.lines)
        while press.number <= page and part < len(self._parts):
            for _ in press.place(*self._html(part), None, last_try=True):
                pass
            if self._new_pages:
                press.end_page()
            part += 1
        # The page that is not full yet is the next one for whoever reads on.
        self._again = press, part
        if press.number <= page:
            press.end_page()
            self._again = None

    def _note_heading(self, number: int, position: Any) -> None:
        if position.heading and position.open_close & 1 and position.text and position.text.strip():
            title = " ".join(position.text.split())
            y0, y1 = float(position.rect[1]), float(position.rect[3])
            self._headings.append(KnownHeading(int(position.heading), number + 1, y0, y1, title))


def _fits(part: str, css: str) -> bool:
    """Whether all of a part lies within the width of a page."""
    left, top, right, bottom = _MARGINS
    story = pymupdf.Story(html=part, user_css=css)
    more, before = True, ()
    while more:
        more, filled = story.place(pymupdf.Rect(left, top, WIDTH - right, HEIGHT - bottom))
        if filled[2] > WIDTH - right + 1:
            return False
        if tuple(filled) == before:
            # Nothing fits any more; whoever lays it out finds out what.
            return True
        before = tuple(filled)
        # Without a device: what is placed is not drawn.
        mupdf.fz_draw_story(story.this, mupdf.FzDevice(), mupdf.FzMatrix())
    return True


def _shows_something(page: Any) -> bool:
    """Whether there is text or an image on a page."""
    options = mu.text_options()
    options.flags |= pymupdf.TEXT_PRESERVE_IMAGES
    content = mu.lines_json(mupdf.FzStextPage(page, options))
    return _has_text(content) or '"type":"image"' in content


def _has_text(lines: str) -> bool:
    return '"text":"' in lines


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
