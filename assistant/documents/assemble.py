"""From the paragraphs of all pages to the document's text, blocks and pages, and where each page's glyphs are in it.

Pure Python and numpy, run in the window process on the thread of the reading job, which holds the interpreter no longer
than the window's switch interval.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from assistant.documents.base import KnownHeading, Size
from assistant.documents.packed import packed, unpacked
from assistant.documents.paragraphs import Paragraph, footnote_like
from assistant.documents.textmap import is_cjk
from assistant.documents.words import Words
from assistant.jobs import JobContext
from assistant.types import Block, BlockKind, OutlineItem, Page, PageSource, Span

_LETTER = re.compile(r"[^\W\d_]")
_NUMBERED = re.compile(
    r"^(?:(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})[.)]?\s+\S|(?:article|section|chapter|part|annex|appendix|schedule|exhibit"
    r"|artikel|anlage|abschnitt|kapitel|chapitre|annexe)\s+[\dIVXA-Z]+\b|第[一二三四五六七八九十百零\d]{1,5}[章条節节部分编篇]"
    r"|附件[一二三四五六七八九十\d]?|[一二三四五六七八九十]{1,3}、|[IVX]{1,5}\.\s+\S)",
    re.IGNORECASE,
)
_HEADING_LENGTH = 160
_RUN_BYTES = 16


@dataclass(frozen=True, slots=True)
class RawPage:
    """What the document process found on one page."""

    paragraphs: Sequence[Paragraph]
    glyphs: int
    problem: str | None = None
    source: PageSource | None = None
    """Where it is not that of the whole document."""


@dataclass(frozen=True, slots=True)
class PageMap:
    """Where the glyphs of a page stand in the document's text: rows of ``glyph, offset, glyphs, characters``."""

    runs: npt.NDArray[np.int32]
    glyphs: int

    def offsets(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Indices of the glyphs that show text, and start and end offset of each, by ascending offset."""
        runs = self.runs
        if len(runs) == 0:
            empty = np.zeros(0, np.int64)
            return empty, empty, empty
        counts = runs[:, 2]
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        glyphs = np.repeat(runs[:, 0], counts) + within
        starts = np.repeat(runs[:, 1], counts) + within
        # One glyph for several characters: a ligature.
        lengths = np.repeat(np.where(counts == runs[:, 3], 1, runs[:, 3]), counts)
        order = np.argsort(starts, kind="stable")
        return glyphs[order], starts[order], (starts + lengths)[order]


@dataclass(frozen=True, slots=True)
class Assembled:
    text: str
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    headings: tuple[OutlineItem, ...]
    largest_heading: str | None
    maps: tuple[PageMap, ...]


@dataclass(slots=True)
class _Output:
    pages: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    """Of the page that is added to."""
    length: int = 0
    blocks: list[Block] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def page_ends(self) -> None:
        """Half a million strings, most of them short, take twice the room of what is in them."""
        self.pages.append("".join(self.parts))
        self.parts.clear()


def assemble(
    raw: list[RawPage],
    sizes: Sequence[Size],
    source: PageSource,
    known: Sequence[KnownHeading],
    words: Words,
    ctx: JobContext,
) -> Assembled:
    """``words`` knows the paragraphs of all pages; ``raw`` is empty afterwards, so that the paragraphs of a page can go
    as soon as they are text. Raises Cancelled."""
    body_size = _body_size(raw)
    levels = _HeadingLevels(raw, body_size, known, sizes)
    ordered, joins = _order(raw, sizes, body_size)
    shells = [replace(page, paragraphs=()) for page in raw]
    raw.clear()
    words.all_known()
    out = _Output()
    pages: list[Page] = []
    maps: list[PageMap] = []
    headings: list[OutlineItem] = []
    largest: tuple[int, str] | None = None
    block_start, block_level = 0, 0
    block_kind: BlockKind = "paragraph"
    for number, (page, paragraphs) in enumerate(zip(shells, ordered, strict=True)):
        ctx.check()
        page_start = out.length
        runs: list[bytes] = []
        bases: list[int] = []
        for index, paragraph in enumerate(paragraphs):
            joined = index == 0 and number > 0 and joins[number - 1]
            if not joined:
                block_start = out.length
                level = levels.level(paragraph, number) if paragraph.kind not in ("running_head", "page_number") else 0
                block_kind, block_level = _kind(paragraph, level, body_size, sizes[number][1])
            text, moved = paragraph.text, paragraph.runs
            if paragraph.hyphens:
                text, moved = words.without_hyphens(paragraph)
            runs.append(packed(moved))
            bases.append(out.length)
            out.parts.append(text)
            out.length += len(text)
            if block_kind == "heading" and not joined:
                title = " ".join(text.split())
                headings.append(OutlineItem(block_level, title, number + 1, paragraph.y0 / 10))
                if (largest is None or paragraph.size > largest[0]) and number < 2:
                    largest = paragraph.size, title
            if index + 1 == len(paragraphs) and joins[number]:
                following = ordered[number + 1][0]
                glue, cut = words.glue(text, following.text)
                if cut:
                    # The hyphen's glyph shows nothing any more.
                    out.parts[-1] = text[:-1]
                    out.length -= 1
                    *before, (glyph, offset, glyphs, characters) = unpacked(runs.pop())
                    left = [(glyph, offset, glyphs - 1, characters - 1)] if glyphs > 1 else []
                    runs.append(packed(before + left))
                out.add(glue)
                continue
            _close_block(out, block_start, block_kind, block_level)
            following_kind = paragraphs[index + 1].kind if index + 1 < len(paragraphs) else None
            tight = block_kind in ("table_row", "list_item") and following_kind == block_kind
            out.add("\n" if tight else "\n\n")
        pages.append(
            Page(
                number + 1,
                Span(page_start, out.length),
                *sizes[number],
                page.source or source if any(runs) else "none",
                page.problem,
            )
        )
        placed = np.frombuffer(b"".join(runs), "<i4").astype(np.int32).reshape(-1, 4)
        placed[:, 1] += np.repeat(np.array(bases, np.int32), [len(each) // _RUN_BYTES for each in runs])
        out.page_ends()
        ordered[number] = []
        maps.append(PageMap(placed, page.glyphs))
    text = "".join(out.pages)
    out.pages.clear()
    trimmed = text.rstrip("\n")
    if len(trimmed) < len(text):
        pages = [_shortened(page, len(trimmed)) for page in pages]
    return Assembled(
        trimmed, tuple(pages), tuple(out.blocks), tuple(headings), largest[1] if largest else None, tuple(maps)
    )


def _shortened(page: Page, length: int) -> Page:
    if page.span.end <= length:
        return page
    span = Span(min(page.span.start, length), length)
    return replace(page, span=span)


def _close_block(out: _Output, start: int, kind: BlockKind, level: int) -> None:
    if out.length > start:
        out.blocks.append(Block(Span(start, out.length), kind, level))


def _kind(paragraph: Paragraph, level: int, body_size: int, height: float) -> tuple[BlockKind, int]:
    if level:
        return "heading", level
    if footnote_like(paragraph, body_size, height):
        return "footnote", 0
    return paragraph.kind, paragraph.depth if paragraph.kind == "list_item" else 0


def _order(raw: Sequence[RawPage], sizes: Sequence[Size], body_size: int) -> tuple[list[list[Paragraph]], list[bool]]:
    """Each page's paragraphs in the order of the text, and whether its last one goes on over the page end.

    What floats (running heads, page numbers, footnotes) never stands inside a paragraph that goes on."""
    heads: list[list[Paragraph]] = []
    bodies: list[list[Paragraph]] = []
    feet: list[list[Paragraph]] = []
    for page, (_, height) in zip(raw, sizes, strict=True):
        head: list[Paragraph] = []
        body: list[Paragraph] = []
        foot: list[Paragraph] = []
        for paragraph in page.paragraphs:
            if not paragraph.text:
                continue
            if paragraph.kind in ("running_head", "page_number"):
                (head if paragraph.y0 < height * 5 else foot).append(paragraph)
            elif paragraph.kind == "footnote" or footnote_like(paragraph, body_size, height):
                foot.append(paragraph)
            else:
                body.append(paragraph)
        heads.append(head)
        bodies.append(_join_columns(body))
        feet.append(foot)
    joins = [False] * len(raw)
    for number in range(len(raw) - 1):
        if not bodies[number] or not bodies[number + 1]:
            continue
        goes_on = _goes_on(bodies[number][-1], bodies[number + 1][0])
        # A page that is all one paragraph has no place for its own running heads if that comes in and goes out.
        through = number > 0 and joins[number - 1] and len(bodies[number]) == 1 and (heads[number] or feet[number])
        joins[number] = goes_on and not through
    ordered = []
    for number in range(len(raw)):
        head, body, foot = heads[number], bodies[number], feet[number]
        comes_in = number > 0 and joins[number - 1]
        if comes_in and joins[number]:
            ordered.append([*body[:1], *head, *body[1:-1], *foot, *body[1:][-1:]])
        elif comes_in:
            ordered.append([*body[:1], *head, *body[1:], *foot])
        elif joins[number]:
            ordered.append([*head, *body[:-1], *foot, *body[-1:]])
        else:
            ordered.append([*head, *body, *foot])
    return ordered, joins


def _goes_on(first: Paragraph, second: Paragraph) -> bool:
    if not first.open or first.kind not in ("paragraph", "list_item") or second.kind != "paragraph":
        return False
    if abs(first.size - second.size) > 0.06 * first.size or first.bold != second.bold or not second.top:
        return False
    last = first.text[-1]
    if second.start == "lower":
        return not is_cjk(last)
    if second.start == "cjk":
        return is_cjk(last) and second.rows > 0
    return last.isalpha() and first.rows > 1 and second.rows > 1 and not first.bold


def _join_columns(body: list[Paragraph]) -> list[Paragraph]:
    """Join paragraphs that go on from one column to the next one on the same page."""
    result: list[Paragraph] = []
    for paragraph in body:
        previous = result[-1] if result else None
        if previous is None or previous.zone == paragraph.zone or not _goes_on(previous, paragraph):
            result.append(paragraph)
            continue
        text = previous.text
        hyphens = list(previous.hyphens)
        if text[-1] in "-\u2010" and paragraph.text[0].islower():
            hyphens.append(len(text) - 1)
        elif not (is_cjk(text[-1]) and is_cjk(paragraph.text[0])):
            text += " "
        base = len(text)
        runs = unpacked(previous.runs) + [(g, base + o, n, c) for g, o, n, c in unpacked(paragraph.runs)]
        result[-1] = previous._replace(
            text=text + paragraph.text,
            runs=packed(runs),
            hyphens=hyphens + [base + offset for offset in paragraph.hyphens],
            y1=paragraph.y1,
            zone=paragraph.zone,
            rows=previous.rows + paragraph.rows,
            open=paragraph.open,
        )
    return result


def _body_size(raw: Sequence[RawPage]) -> int:
    sizes: Counter[int] = Counter()
    for page in raw:
        for paragraph in page.paragraphs:
            if paragraph.kind == "paragraph" and not paragraph.bold:
                sizes[paragraph.size] += len(paragraph.text)
    return max(sizes, key=lambda size: sizes[size]) if sizes else 100


class _HeadingLevels:
    """Which paragraphs are headings: declared ones where there are any, otherwise by size, weight, number."""

    def __init__(
        self, raw: Sequence[RawPage], body_size: int, known: Sequence[KnownHeading], sizes: Sequence[Size]
    ) -> None:
        self._body = body_size
        self._known: dict[int, list[KnownHeading]] = {}
        for heading in known:
            self._known.setdefault(heading.page - 1, []).append(heading)
        self._declared = bool(known)
        large = Counter(
            paragraph.size
            for page in raw
            for paragraph in page.paragraphs
            if paragraph.size >= 1.12 * body_size and self._looks(paragraph)
        )
        distinct: list[int] = []
        for size in sorted(large, reverse=True):
            if not distinct or distinct[-1] - size > 0.06 * size:
                distinct.append(size)
        self._sizes = distinct[:5]

    def level(self, paragraph: Paragraph, page: int) -> int:
        """From 1, or 0 for no heading."""
        if self._declared:
            middle = (paragraph.y0 + paragraph.y1) / 20
            for heading in self._known.get(page, ()):
                if heading.y0 - 2 <= middle <= heading.y1 + 2 and paragraph.text[:8] == heading.title[:8]:
                    return heading.level
            return 0
        if not self._looks(paragraph):
            return 0
        if paragraph.size >= 1.12 * self._body:
            for level, size in enumerate(self._sizes, 1):
                if size - paragraph.size <= 0.06 * size:
                    return level
            return len(self._sizes) + 1
        numbered = _NUMBERED.match(paragraph.text)
        last = paragraph.text.rstrip()[-1]
        if (
            numbered
            and last not in ".;；。,，:："
            and (
                paragraph.bold or (paragraph.kind == "paragraph" and paragraph.rows == 1 and len(paragraph.text) <= 60)
            )
        ):
            depth = (numbered.group("number") or "").count(".")
            return min(6, len(self._sizes) + 1 + depth)
        if paragraph.bold and paragraph.size >= 0.95 * self._body and last not in ".;；。,，":
            return min(6, len(self._sizes) + 1)
        return 0

    def _looks(self, paragraph: Paragraph) -> bool:
        text = paragraph.text
        return (
            paragraph.rows <= 3
            and 1 < len(text) <= _HEADING_LENGTH
            and paragraph.kind in ("paragraph", "list_item")
            and _LETTER.search(text) is not None
            and not text.endswith((",", "，", ";", "；"))
        )
