"""Sentences and passages of a :class:`Document`, along its blocks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Final

from assistant.documents.segment.boundaries import CJK, split_range
from assistant.types import Block, Document, Passage, Sentence, Span

_READ: Final = frozenset({"paragraph", "heading", "list_item", "table_row", "footnote"})
_WHOLE: Final = frozenset({"heading", "table_row"})
_WHOLE_LIMIT: Final = 300
_TINY: Final = 120
_CHECK_EVERY: Final = 20_000
"""Characters of text, some 10 ms of work."""
_CJK_CHAR: Final = re.compile(f"[{CJK}]")


def sentences(document: Document, check: Callable[[], None] | None = None) -> tuple[Sentence, ...]:
    """Sentences in document order; none crosses the end of a block, and none comes from a running head or page number.

    A heading or a table row is one sentence (unless it is longer than 300 characters). Together they cover all that is
    not white space in the blocks that are read. ``check`` is called every few milliseconds of work; what it raises
    (Cancelled) ends the work.
    """
    found: list[Sentence] = []
    checked = 0
    order = sorted(range(len(document.blocks)), key=lambda index: document.blocks[index].span)
    for index in order:
        block = document.blocks[index]
        if block.kind not in _READ:
            continue
        if block.kind in _WHOLE and len(block.span) <= _WHOLE_LIMIT:
            trimmed = _trim(document.text, block.span)
            if trimmed is not None:
                found.append(Sentence(trimmed, index))
            continue
        for span in split_range(document.text, block.span, document.language):
            found.append(Sentence(span, index))
            if check is not None and span.end - checked > _CHECK_EVERY:
                check()
                checked = span.end
    return tuple(found)


def passages(
    document: Document, sentences: Sequence[Sentence], *, target: int = 900, limit: int = 1400
) -> tuple[Passage, ...]:
    """Neighbouring sentences of about ``target`` and at most ``limit`` weighted characters (a CJK character counts 3).

    A heading goes with what follows it. A heading of level 1 or 2 begins a new passage unless what stands before it is
    tiny. A sentence that alone is heavier than ``limit`` is a passage of its own. Every sentence is in exactly one.
    """
    weights = [weight(document.text, sentence.span) for sentence in sentences]
    cuts = [0]
    total = 0
    for index, sentence in enumerate(sentences):
        block = document.blocks[sentence.block]
        heading = block.kind == "heading"
        begins_block = index == 0 or sentences[index - 1].block != sentence.block
        if index > cuts[-1] and _closes(block, heading, begins_block, total, weights[index], target, limit):
            cut = index
            # Headings at the end of a passage belong to what follows, unless nothing else would be left.
            while cut - 1 > cuts[-1] and document.blocks[sentences[cut - 1].block].kind == "heading":
                cut -= 1
            if all(document.blocks[sentences[k].block].kind == "heading" for k in range(cuts[-1], cut)):
                cut = index if total + weights[index] > limit else cuts[-1]
            if cut > cuts[-1]:
                cuts.append(cut)
                total = sum(weights[cut:index])
        total += weights[index]
    cuts.append(len(sentences))
    return tuple(
        Passage(Span(sentences[first].span.start, sentences[last - 1].span.end), (first, last))
        for first, last in itertools.pairwise(cuts)
        if last > first
    )


def weight(text: str, span: Span) -> int:
    """Characters of the span, a Chinese or Japanese one counted three times."""
    return len(span) + 2 * len(_CJK_CHAR.findall(text, span.start, span.end))


def _closes(block: Block, heading: bool, begins_block: bool, total: int, more: int, target: int, limit: int) -> bool:
    """Whether the passage so far (weight ``total``) ends before a sentence of weight ``more``."""
    if total + more > limit:
        return True
    if heading and begins_block:
        return total >= (_TINY if 0 < block.level <= 2 else target // 2)
    if total >= target:
        return True
    # Nearer to the target without the sentence than with it; block ends are the better places.
    overshoot = total + more - target
    if overshoot <= 0:
        return begins_block and total >= target * 4 // 5
    return overshoot > target - total and total >= target // 2


def _trim(text: str, span: Span) -> Span | None:
    piece = text[span.start : span.end]
    start = span.start + len(piece) - len(piece.lstrip())
    end = span.start + len(piece.rstrip())
    return Span(start, end) if start < end else None
