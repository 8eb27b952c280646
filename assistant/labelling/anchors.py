"""Finding a stored place again after the file or the extractor changed.

Exact first: the same words at the same offsets with the same words around. Otherwise all places of the quote (any white
space matches any other) are weighed by how much of the stored context stands around them. A place counts if enough of
the context is there, or if the quote is long and stands there alone. Of places that are equally good (repeated rows
of forms), the one is taken that moved as far as the labels around it. What is not found so is lost: better to ask than
to shift a label onto other words.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from assistant.types import Anchor, Document, Label, Span

_ENOUGH_CONTEXT = 0.5
"""Share of the stored context, or of its better side, that must stand around a short quote."""
_LONG_QUOTE = 24
_MOST_PLACES = 2_000


def found_again(labels: Sequence[Label], document: Document) -> tuple[Label, ...]:
    """``labels`` with their places in ``document``: those of the whole document, then in its order, then lost ones.

    Pure. A moved label has a new anchor; a lost one keeps the old anchor and is marked.
    """
    text = document.text
    starts = [page.span.start for page in document.pages]
    placed: list[Label] = []
    whole: list[Label] = []
    lost: list[Label] = []
    moved: list[Label] = []
    shifts: list[tuple[int, int]] = []
    for label in labels:
        if label.anchor is None:
            whole.append(label)
        elif _stands(label.anchor, text):
            page = document.pages[bisect.bisect_right(starts, label.anchor.span.start) - 1].number
            same = label.anchor.document == document.sha256 and label.anchor.page == page and not label.lost
            placed.append(label if same else _at(label, label.anchor.span, document))
            shifts.append((label.anchor.span.start, 0))
        else:
            moved.append(label)
    doubtful: list[tuple[Label, list[Span]]] = []
    for label in moved:
        anchor = label.anchor
        assert anchor is not None
        spans = _best_places(anchor, text)
        if not spans:
            lost.append(replace(label, lost=True))
        elif len(spans) == 1:
            placed.append(_at(label, spans[0], document))
            shifts.append((anchor.span.start, spans[0].start - anchor.span.start))
        else:
            doubtful.append((label, spans))
    for label, spans in doubtful:
        assert label.anchor is not None
        start = label.anchor.span.start
        shift = min(shifts, key=lambda known: abs(known[0] - start))[1] if shifts else 0
        placed.append(_at(label, min(spans, key=lambda span: abs(span.start - start - shift)), document))
    placed.sort(key=lambda label: (label.anchor.span, label.time) if label.anchor else (Span(0, 0), label.time))
    return (*sorted(whole, key=lambda label: label.time), *placed, *lost)


def _stands(anchor: Anchor, text: str) -> bool:
    span = anchor.span
    return (
        span.of(text) == anchor.quote
        and text[max(0, span.start - len(anchor.before)) : span.start] == anchor.before
        and text[span.end : span.end + len(anchor.after)] == anchor.after
    )


def _at(label: Label, span: Span, document: Document) -> Label:
    return replace(label, anchor=document.anchor(span), text=span.of(document.text), lost=False)


def _best_places(anchor: Anchor, text: str) -> list[Span]:
    """All places that are as good as the best one; none where even that is not good enough."""
    words = anchor.quote.split()
    if not words:
        return []
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    before, after = _squeezed(anchor.before)[::-1], _squeezed(anchor.after)
    best: list[Span] = []
    highest = -1.0
    places = 0
    for match in islice(pattern.finditer(text), _MOST_PLACES):
        places += 1
        score = _context(text, Span(*match.span()), before, after)
        if score > highest:
            highest, best = score, []
        if score == highest:
            best.append(Span(*match.span()))
    if highest >= _ENOUGH_CONTEXT or (places == 1 and len(anchor.quote) >= _LONG_QUOTE):
        return best
    return []


def _context(text: str, span: Span, before: str, after: str) -> float:
    """In [0, 1]: how much of what stood around it stands around ``span``; the better side counts for itself."""
    reach = 2 * max(len(before), len(after)) + 8
    left = _common(before, _squeezed(text[max(0, span.start - reach) : span.start])[::-1])
    right = _common(after, _squeezed(text[span.end : span.end + reach]))
    shares = [same / len(side) for same, side in ((left, before), (right, after)) if side]
    if not shares:
        # The quote was the whole text.
        return 1.0
    return (max(shares) + sum(shares) / len(shares)) / 2


def _common(first: str, second: str) -> int:
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


def _squeezed(text: str) -> str:
    return " ".join(text.split())
