"""A summary section by section: what stands under each heading, in one to a few of its own sentences."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assistant.insights import SectionSummary
from assistant.jobs import JobContext, Progress
from assistant.tasks.base import SalienceModel
from assistant.tasks.index import DocumentIndex
from assistant.tasks.prose import is_unresolved, words
from assistant.tasks.summarize import SummaryOptions, candidates, centered, salience_of
from assistant.types import Block, Document, Span, SummaryLevel

MOST = 60
"""Sections; where headings are more, only those of the upper levels count."""
_SENTENCES = {"sentence": 1, "short": 2, "detailed": 4}
_PAGES = 5
"""Of a document without headings, so many pages are a section."""
_TWICE = 0.93


@dataclass(frozen=True, slots=True)
class Sections:
    """The result as it is kept."""

    level: SummaryLevel
    sections: tuple[SectionSummary, ...]
    model: str


def summarize_sections(
    document: Document, index: DocumentIndex, salience: SalienceModel | None, level: SummaryLevel, ctx: JobContext
) -> Sections:
    """One, two or four sentences of each section, in the document's order. Sections without prose are left out.

    Salience is that of :mod:`assistant.tasks.summarize`, computed once over the whole document. Raises Cancelled.
    """
    ctx.report(Progress("summary", 0, 1))
    name = index.encoder if salience is None else salience.name
    rows = candidates(document, index)
    if not rows:
        return Sections(level, (), name)
    options = SummaryOptions()
    scores = salience_of(document, index, rows, salience, ctx, options)
    sizes = np.array([max(1, words(index.text(row))) for row in rows])
    scores = scores * np.minimum(1.0, options.words / sizes)
    scores = scores * np.array([0.6 if is_unresolved(index.text(row)) else 1.0 for row in rows])
    vectors = centered(index.sentence_vectors[list(rows)])
    starts = [index.sentences[row].span.start for row in rows]
    found = []
    for title, span in parts(document):
        ctx.check()
        first, stop = bisect.bisect_left(starts, span.start), bisect.bisect_left(starts, span.end)
        chosen: list[int] = []
        for number in sorted(range(first, stop), key=lambda number: -scores[number]):
            if len(chosen) == _SENTENCES[level]:
                break
            if all(float(vectors[number] @ vectors[other]) < _TWICE for other in chosen):
                chosen.append(number)
        if chosen:
            sentences = tuple(
                index.evidence(index.sentences[rows[number]].span, float(min(1.0, scores[number])))
                for number in sorted(chosen)
            )
            found.append(SectionSummary(title, span, document.page_at(span.start), sentences))
    ctx.report(Progress("summary", 1, 1))
    return Sections(level, tuple(found), name)


def parts(document: Document) -> list[tuple[str, Span]]:
    """The document cut at its headings, as ``(title, span)``; without headings, every few pages (no title)."""
    headings = [block for block in document.blocks if block.kind == "heading"]
    levels = sorted({block.level for block in headings})
    while len(headings) > MOST and len(levels) > 1:
        levels.pop()
        headings = [block for block in headings if block.level <= levels[-1]]
    if len(headings) < 2:
        pages = document.pages[::_PAGES]
        bounds = [page.span.start for page in pages] + [len(document.text)]
        return [("", Span(first, stop)) for first, stop in pairwise(bounds) if stop > first]
    titled = _joined(document, headings)
    bounds = [span.start for _, span in titled] + [len(document.text)]
    found = [("", Span(0, bounds[0]))] if bounds[0] > 0 else []
    found += [(title, Span(span.start, stop)) for (title, span), stop in zip(titled, bounds[1:], strict=True)]
    return found


def _joined(document: Document, headings: list[Block]) -> list[tuple[str, Span]]:
    """Titles and places of headings; those with nothing between them (a title over two lines) are one."""
    titled: list[tuple[str, Span]] = []
    for block in headings:
        text = " ".join(block.span.of(document.text).split())
        if titled and not document.text[titled[-1][1].end : block.span.start].strip():
            before, span = titled[-1]
            titled[-1] = (f"{before} · {text}", Span(span.start, block.span.end))
        else:
            titled.append((text, block.span))
    return titled
