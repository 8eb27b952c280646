"""How well typed letters fit a title: whole words before their beginnings, those before parts, those before letters."""

from __future__ import annotations

_WORD, _START, _PART, _INITIALS, _LETTERS = 4.0, 3.0, 2.0, 1.5, 1.0
_LOOSEST = 4.0
"""Letters that are found among more than so many times as many letters fit anything."""


def score(asked: str, title: str) -> float | None:
    """The more the better; None where a word of ``asked`` is not in ``title``, not even letter by letter."""
    text = title.casefold()
    words = text.replace("/", " ").replace("-", " ").split()
    total = 0.0
    for word in asked.casefold().split():
        if word in words:
            total += _WORD
        elif any(each.startswith(word) for each in words):
            total += _START
        elif word in text:
            total += _PART
        else:
            initials = "".join(each[0] for each in words)
            if len(word) > 1 and _spread(word, initials) is not None:
                total += _INITIALS
                continue
            spread = _spread(word, text)
            if spread is None or len(word) < 2 or spread > _LOOSEST * len(word):
                return None
            total += _LETTERS * len(word) / spread
    # Of two that fit as well the shorter is meant.
    return total - len(text) / 1000


def _spread(letters: str, text: str) -> int | None:
    """Over how many letters the letters lie in order, from the best first one on; None where they do not."""
    best: int | None = None
    for start, letter in enumerate(text):
        if letter != letters[0]:
            continue
        place: int = start
        for each in letters[1:]:
            place = text.find(each, place + 1)
            if place < 0:
                return best
        if best is None or place - start + 1 < best:
            best = place - start + 1
    return best
