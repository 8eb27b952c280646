"""Where words begin and end, for whoever grows or shrinks a place of the text by keys. Offsets are code points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QTextBoundaryFinder

from assistant.types import Span

Edge = Literal["start", "end"]
Unit = Literal["word", "character"]
_REACH = 400
LONGEST = 20_000
"""Code points: more than ten pages is no mark but a slip."""


def words(text: str, start: int, end: int) -> list[Span]:
    """The words (UAX 29) that begin in ``[start, end)``, without spaces and punctuation between them."""
    start, end = max(0, start), min(len(text), end)
    part = text[start : min(len(text), end + _REACH)]
    # Qt counts UTF-16 units: a map from them back to code points.
    units: list[int] = []
    for index, character in enumerate(part):
        units.extend([index] * (2 if ord(character) > 0xFFFF else 1))
    units.append(len(part))
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Word, part)
    found: list[Span] = []
    before = 0
    while True:
        after = finder.toNextBoundary()
        if after < 0:
            return found
        one = Span(start + units[before], start + units[after])
        if one.start >= end:
            return found
        if any(character.isalnum() for character in one.of(text)):
            found.append(one)
        before = after


def next_word(text: str, offset: int) -> Span | None:
    """The first word that begins at ``offset`` or after it."""
    return _first(text, offset, lambda word: word.start >= offset)


def previous_word(text: str, offset: int) -> Span | None:
    """The last word that ends at ``offset`` or before it."""
    return _last(text, offset, lambda word: word.end <= offset)


def _first(text: str, offset: int, fits: Callable[[Span], bool]) -> Span | None:
    # Begun at a space: in the middle of a word the boundaries would be other ones.
    begin = _break_before(text, offset)
    while begin < len(text):
        end = max(begin + 1, _break_before(text, min(begin + 2 * _REACH, len(text))))
        found = next((each for each in words(text, begin, end) if fits(each)), None)
        if found is not None:
            return found
        begin = end
    return None


def _last(text: str, offset: int, fits: Callable[[Span], bool]) -> Span | None:
    stop = min(offset + 1, len(text))
    while stop > 0:
        begin = _break_before(text, max(0, stop - _REACH))
        found = [each for each in words(text, begin, stop) if fits(each)]
        if found:
            return found[-1]
        stop = begin
    return None


def _break_before(text: str, offset: int) -> int:
    low = max(0, offset - _REACH)
    while offset > low and not text[offset - 1].isspace():
        offset -= 1
    return offset


def moved(text: str, span: Span, edge: Edge, step: int, unit: Unit) -> Span:
    """The span with one of its ends a word (or character) further left (-1) or right (+1); never empty."""
    start, end = span.start, span.end
    if unit == "character":
        if edge == "start":
            start = min(max(0, start + step), end - 1)
        else:
            end = max(min(len(text), end + step), start + 1)
        return Span(start, end)
    if edge == "end" and step > 0:
        word = _first(text, end, lambda word: word.end > end)
        end = word.end if word is not None else end
    elif edge == "end":
        word = _last(text, end, lambda word: word.end < end)
        end = word.end if word is not None and word.end > start else end
    elif step < 0:
        word = _last(text, start, lambda word: word.start < start)
        start = word.start if word is not None else start
    else:
        word = _first(text, start, lambda word: word.start > start)
        start = word.start if word is not None and word.start < end else start
    return Span(start, end)


def trimmed(text: str, span: Span) -> Span:
    """Without white space at its ends."""
    start, end = span.start, span.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def sentences_around(text: str, span: Span, block: Span) -> Span:
    """The whole sentences (UAX 29) that ``span`` touches within its block."""
    part = block.of(text)
    units: list[int] = []
    for index, character in enumerate(part):
        units.extend([index] * (2 if ord(character) > 0xFFFF else 1))
    units.append(len(part))
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Sentence, part)
    start, end = span.start, span.end
    before = 0
    while True:
        after = finder.toNextBoundary()
        if after < 0:
            break
        one = Span(block.start + units[before], block.start + units[after])
        if one.overlaps(span):
            start, end = min(start, one.start), max(end, one.end)
        before = after
    return trimmed(text, Span(start, end))
