"""How much each word of a sentence weighs in a result, by leaving it out.

Occlusion (Zeiler & Fergus 2014, "Visualizing and Understanding Convolutional Networks", ECCV) for words: erase one and
look at what the model says then (Li, Monroe & Jurafsky 2016, "Understanding Neural Networks through Representation
Erasure", arXiv:1612.08220). It asks the model itself and needs no gradients, which the int8 graphs do not have; words
that only count together each get little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.insights import WordWeight
from assistant.types import Span

MOST = 48
"""Words of a sentence that are looked at one by one; of a longer one, neighbours together."""
FEWEST = 12
_BUDGET = 9_000
"""Code points that are read for one explanation, a Chinese one counting two: about a second on two cores."""
LONGEST = 1_200
"""Code points of a sentence that are looked at."""
HIDDEN = "…"
"""Stands for a word of the result itself, which has to have a place."""

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]{1,2}"
    r"|[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+(?:[.,'’/-][^\W\u3040-\u9fff]+)*|[€$£¥%§]"
)
"""A word; of Chinese, which has no spaces, two characters."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A sentence without one of its words."""

    text: str
    target: Span
    """Where the words that are explained now stand."""


def units(text: str, most: int | None = None) -> list[Span]:
    """The words of ``text`` as spans of it; of more than ``most`` (None: a second's worth), groups of neighbours."""
    if most is None:
        size = sum(2 if char >= "\u3040" else 1 for char in text)
        most = max(FEWEST, min(MOST, _BUDGET // max(1, size)))
    words = [Span(*match.span()) for match in _WORD.finditer(text)]
    if len(words) <= most:
        return words
    size = -(-len(words) // most)
    groups = [words[first : first + size] for first in range(0, len(words), size)]
    return [Span(group[0].start, group[-1].end) for group in groups]


def variants(text: str, target: Span, words: Sequence[Span]) -> list[Variant]:
    """``text`` without each of ``words``; ``target`` (which may be empty) keeps its place in it."""
    return [_without(text, target, word) for word in words]


def _without(text: str, target: Span, word: Span) -> Variant:
    if len(target) and word.overlaps(target):
        start, end = max(word.start, target.start), min(word.end, target.end)
        made = text[:start] + HIDDEN + text[end:]
        return Variant(made, Span(target.start, target.end - (end - start) + len(HIDDEN)))
    end = word.end + 1 if text[word.end : word.end + 1] == " " else word.end
    gone = min(end, target.start) - word.start if word.start < target.start else 0
    return Variant(text[: word.start] + text[end:], Span(target.start - gone, target.end - gone))


def weigh(
    text: str, target: Span, offset: int, score: Callable[[Sequence[Variant]], Sequence[float]], least: float = 1e-6
) -> tuple[tuple[WordWeight, ...], float, float]:
    """Words with their weights, the score with all words, and that without the word that weighs most.

    :param offset: of ``text`` in the document.
    :param score: the model's measure of the result, for many variants at once.
    :param least: a change of the measure that weighs 1 where none is larger, so that noise is no reason.
    """
    words = units(text)
    before, *after = score([Variant(text, target), *variants(text, target, words)])
    losses = [before - value for value in after]
    largest = max((abs(loss) for loss in losses), default=0.0)
    heaviest = max(range(len(words)), key=losses.__getitem__, default=None)
    scale = max(largest, least)
    weighed = tuple(
        WordWeight(Span(word.start + offset, word.end + offset), word.of(text), loss / scale)
        for word, loss in zip(words, losses, strict=True)
    )
    return weighed, before, after[heaviest] if heaviest is not None else before
