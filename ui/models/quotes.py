"""Short quotes of a document: what surrounds a place, cut at words, with ellipses where something is left out."""

from __future__ import annotations

import unicodedata

from assistant.types import Span

LIMIT = 170
"""Columns that a quote may take: a wide (Chinese, Japanese, Korean) character takes two."""


def quoted(text: str) -> str:
    return f"“{text}”"


def columns(text: str) -> int:
    """How wide a text is in columns of a narrow letter."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def around(text: str, whole: Span, focus: Span, limit: int = LIMIT) -> str:
    """The part of ``text[whole]`` around ``focus`` that fits into ``limit`` columns, in typographic quotes.

    ``focus`` is kept whole unless it is longer than the limit itself; the rest is shared by both sides.
    """
    start, end = whole.start, min(whole.end, len(text))
    before, middle, after = text[start : focus.start], text[focus.start : focus.end], text[focus.end : end]
    room = limit - columns(middle)
    if columns(before) + columns(after) > room:
        half = max(0, room) // 2
        give = max(0, half - columns(after))
        before = _tail(before, half + give)
        after = _head(after, max(0, room - columns(before)))
    return quoted(" ".join((before + middle + after).split()))


def beginning(text: str, limit: int = LIMIT) -> str:
    """The beginning of ``text`` in typographic quotes."""
    return quoted(" ".join(_head(text, limit).split()))


def _head(text: str, limit: int) -> str:
    if columns(text) <= limit:
        return text
    return _fit(text, limit).rstrip() + "…"


def _tail(text: str, limit: int) -> str:
    if columns(text) <= limit:
        return text
    return "…" + _fit(text[::-1], limit)[::-1].lstrip()


def _fit(text: str, limit: int) -> str:
    """The longest beginning of at most ``limit`` columns that does not end inside a word."""
    if columns(text) <= limit:
        return text
    taken, place = 0, 0
    while taken + columns(text[place]) <= limit:
        taken += columns(text[place])
        place += 1
    cut = text[:place]
    # Chinese has no spaces: a cut between any two of its characters is fine.
    if text[place].isspace() or columns(text[place]) == 2 or not cut or columns(cut[-1]) == 2:
        return cut
    space = max(cut.rfind(blank) for blank in " \n\t")
    return cut[:space] if space > 0 else cut
