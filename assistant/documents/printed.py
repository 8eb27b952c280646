"""An office document on the pages that LibreOffice prints, with the offsets of the text that was read from it.

The printed pages have a text of their own, in which lines, numbers and running heads stand otherwise. Both texts are
aligned by their words (anchors that are unique in both, as in patience diff, then what is between them by difflib), so
that every span of the document is found on the printed pages. Pure Python and numpy; runs on the thread of its job.
"""

from __future__ import annotations

import bisect
import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from assistant.documents.opened import OpenDocument
from assistant.jobs import JobContext
from assistant.types import Document, OutlineItem, Page, PageText, Span

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_CJK}]|(?:(?![{_CJK}])\w)+")
_SMALL = 160_000
"""Words of one side times words of the other that are compared all with all."""
_GRAMS = (4, 2, 1)

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Printed:
    """A document as it is printed."""

    opened: OpenDocument
    """The printed pages, for rendering."""
    document: Document
    """The document's own text and blocks on the printed pages."""
    offsets: npt.NDArray[np.int64]
    """(n,) For each code point of the printed text that of the document's; -1 for what only the pages have."""
    found: float
    """Share of the document's words that stand on the printed pages."""

    def page_text(self, text: PageText) -> PageText:
        """The glyphs of a printed page with offsets of the document's text."""
        # A ligature counts by its first code point that has a place.
        starts, ends = self.offsets[text.offsets], self.offsets[text.ends - 1]
        kept = (starts >= 0) & (ends >= starts)
        return PageText(text.page, starts[kept], ends[kept] + 1, text.boxes[kept], text.lines[kept])


def printed(opened: OpenDocument, paper: Document, document: Document, ctx: JobContext) -> Printed:
    """``paper`` is the text of the printed pages that ``opened`` has. Raises Cancelled."""
    ours, theirs = _tokens(document.text), _tokens(paper.text)
    pairs = list(_aligned([word for _, _, word in theirs], [word for _, _, word in ours], ctx))
    offsets = _offsets(paper.text, document.text, theirs, ours, pairs)
    pages = _pages(paper.pages, offsets, len(document.text))
    moved = replace(document, pages=pages)
    moved = replace(moved, outline=_outline(document, moved))
    return Printed(opened, moved, offsets, len(pairs) / len(ours) if ours else 1.0)


def _tokens(text: str) -> list[tuple[int, int, str]]:
    """Start, end and folded form of each word."""
    found = []
    for match in _TOKEN.finditer(text):
        word = match[0]
        folded = word.lower() if word.isascii() else unicodedata.normalize("NFKC", word).casefold()
        found.append((match.start(), match.end(), folded))
    return found


def _aligned(a: Sequence[str], b: Sequence[str], ctx: JobContext) -> Iterator[Pair]:
    """Pairs of equal words, ascending in both."""
    waiting = [(0, len(a), 0, len(b))]
    while waiting:
        ctx.check()
        a0, a1, b0, b1 = waiting.pop()
        while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
            yield a0, b0
            a0, b0 = a0 + 1, b0 + 1
        if a0 == a1 or b0 == b1:
            continue
        if (a1 - a0) * (b1 - b0) <= _SMALL:
            for block in difflib.SequenceMatcher(None, a[a0:a1], b[b0:b1], autojunk=False).get_matching_blocks():
                yield from ((a0 + block.a + step, b0 + block.b + step) for step in range(block.size))
            continue
        anchors = next(filter(None, (_anchors(a, b, (a0, a1, b0, b1), size) for size in _GRAMS)), [])
        if not anchors:
            # Nothing tells them apart: what has no place is not marked.
            continue
        edges = [*anchors, (a1, b1)]
        gaps = [(a0, edges[0][0], b0, edges[0][1])]
        # Each piece begins with its anchor, from which it is followed as far as both agree.
        gaps += [(*_range(edges, at, 0), *_range(edges, at, 1)) for at in range(len(anchors))]
        waiting.extend(reversed(gaps))


def _range(edges: Sequence[Pair], at: int, side: int) -> Pair:
    return edges[at][side], edges[at + 1][side]


def _anchors(a: Sequence[str], b: Sequence[str], part: tuple[int, int, int, int], size: int) -> list[Pair]:
    """Runs of ``size`` words that are there once on either side, as far as they are in one order."""
    a0, a1, b0, b1 = part

    def unique(words: Sequence[str], first: int, stop: int) -> dict[tuple[str, ...], int]:
        grams = [tuple(words[at : at + size]) for at in range(first, stop - size + 1)]
        counts = Counter(grams)
        return {gram: first + at for at, gram in enumerate(grams) if counts[gram] == 1}

    theirs = unique(b, b0, b1)
    pairs = [(at, theirs[gram]) for gram, at in unique(a, a0, a1).items() if gram in theirs]
    return _longest_ascending(sorted(pairs))


def _longest_ascending(pairs: Sequence[Pair]) -> list[Pair]:
    """The longest subsequence whose second numbers ascend, too."""
    tails: list[int] = []
    at_tail: list[int] = []
    before: list[int] = []
    for index, (_, value) in enumerate(pairs):
        place = bisect.bisect_left(tails, value)
        before.append(at_tail[place - 1] if place else -1)
        if place == len(tails):
            tails.append(value)
            at_tail.append(index)
        else:
            tails[place] = value
            at_tail[place] = index
    chain: list[Pair] = []
    index = at_tail[-1] if at_tail else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _offsets(
    paper: str,
    text: str,
    theirs: Sequence[tuple[int, int, str]],
    ours: Sequence[tuple[int, int, str]],
    pairs: Sequence[Pair],
) -> npt.NDArray[np.int64]:
    offsets = np.full(len(paper) + 1, -1, np.int64)
    last: Pair | None = None
    for i, j in pairs:
        start, end, _ = theirs[i]
        first, stop, _ = ours[j]
        if last == (i - 1, j - 1):
            _between(offsets, paper, text, (theirs[i - 1][1], start), (ours[j - 1][1], first))
        if end - start == stop - first:
            offsets[start:end] = np.arange(first, stop)
        else:
            # One form has a ligature where the other one has letters: by proportion.
            offsets[start:end] = first + np.arange(end - start) * (stop - first) // (end - start)
        last = i, j
    return offsets


def _between(offsets: npt.NDArray[np.int64], paper: str, text: str, there: Pair, here: Pair) -> None:
    """Points and blanks between two words, from both sides."""
    count = min(there[1] - there[0], here[1] - here[0])
    ahead = 0
    while ahead < count and _same(paper[there[0] + ahead], text[here[0] + ahead]):
        offsets[there[0] + ahead] = here[0] + ahead
        ahead += 1
    back = 1
    while back <= count - ahead and _same(paper[there[1] - back], text[here[1] - back]):
        offsets[there[1] - back] = here[1] - back
        back += 1


def _same(a: str, b: str) -> bool:
    return a == b or (a.isspace() and b.isspace())


def _pages(pages: Sequence[Page], offsets: npt.NDArray[np.int64], length: int) -> tuple[Page, ...]:
    """The printed pages with the parts of the document's text that stand on them; they cover it without gaps."""
    starts: list[int] = []
    for page in pages:
        placed = offsets[page.span.start : page.span.end]
        placed = placed[placed >= 0]
        starts.append(int(placed[0]) if len(placed) else -1)
    # A page with nothing of the text begins where the next one does.
    following = length
    for number in range(len(starts) - 1, -1, -1):
        following = starts[number] = starts[number] if starts[number] >= 0 else following
    if starts:
        starts[0] = 0
    ends = [*starts[1:], length]
    return tuple(
        replace(page, span=Span(start, max(start, end))) for page, start, end in zip(pages, starts, ends, strict=True)
    )


def _outline(document: Document, moved: Document) -> tuple[OutlineItem, ...]:
    """The outline with the pages on which its headings are printed."""
    headings = [block.span for block in document.blocks if block.kind == "heading"]
    items: list[OutlineItem] = []
    at = 0
    for item in document.outline:
        title = " ".join(item.title.split())
        for index in range(at, len(headings)):
            if " ".join(headings[index].of(document.text).split()) == title:
                at = index + 1
                items.append(replace(item, page=moved.page_at(headings[index].start), y=0.0))
                break
        else:
            # Not a heading of the text: after the one before it.
            items.append(replace(item, page=items[-1].page if items else 1, y=0.0))
    return tuple(items)
