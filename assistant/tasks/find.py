"""Finding words as typed: linear, exact to the character, the same in English and in Chinese.

The query becomes one regular expression of literals. White space matches any white space, quotation marks, dashes
and full-width forms match their kin, and white space between two CJK characters does not matter. Letters match with and
without their diacritics, unless one asks for exactly these. What the user writes as a regular expression is the work
of :mod:`assistant.tasks.find_patterns`.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

from assistant.jobs import JobContext
from assistant.types import Span

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003134f"
_IS_CJK = re.compile(f"[{_CJK}]")
_KIN = ("'‘’ʼ′＇", '"“”„″«»＂', "-‐‑‒–—−－", "…⋯")
_MAX_BLANKS = 16
_MAX_MARKS = 4
"""Diacritics of one letter that a hit may have at the border of two parts of the text."""
_CHUNK = 200_000
"""Code points searched at a time: some milliseconds, after which other threads get their turn."""


_COMBINING = "\u0300-\u036f"
_IS_COMBINING = re.compile(f"[{_COMBINING}]")
_STROKES = {
    "Ø": "O",
    "ø": "o",
    "Đ": "D",
    "đ": "d",
    "Ł": "L",
    "ł": "l",
    "Ħ": "H",
    "ħ": "h",
    "ı": "i",
    "Ŧ": "T",
    "ŧ": "t",
}
"""Letters whose stroke is no character of its own."""


def find(
    text: str,
    query: str,
    *,
    case: bool = False,
    words: bool = False,
    accents: bool = False,
    ctx: JobContext | None = None,
) -> list[Span]:
    """All places of ``query`` in ``text``, in order, without overlaps; none for a query of white space alone.

    With ``ctx`` those that were found so far are published (a tuple of spans) after each part of a long text.

    :param case: capital and small letters differ.
    :param words: whole words only. CJK has no spaces, so there it changes nothing.
    :param accents: ``e`` and ``é`` differ.
    """
    pieces = _query(query, accents=accents).split()
    if not pieces:
        return []
    gap = rf"\s{{1,{_MAX_BLANKS}}}"
    # A letter may be followed by its diacritic as a character of its own.
    mark = "" if accents else f"[{_COMBINING}]*+"
    source = _piece(pieces[0], mark)
    longest = sum(len(unicodedata.normalize("NFKC", character)) + 2 for character in query) * (
        1 if accents else _MAX_MARKS
    )
    for before, piece in itertools.pairwise(pieces):
        # "合 同" finds 合同: a space between two CJK characters is layout, not language.
        loose = bool(_IS_CJK.match(before[-1]) and _IS_CJK.match(piece[0]))
        source += (rf"\s{{0,{_MAX_BLANKS}}}" if loose else gap) + _piece(piece, mark)
        longest += _MAX_BLANKS
    if words:
        letter = rf"[^\W{_CJK}]"
        if re.match(letter, pieces[0][0]):
            source = rf"(?<!{letter})" + source
        if re.match(letter, pieces[-1][-1]):
            source += rf"(?!{letter})"
    pattern = re.compile(source, 0 if case else re.IGNORECASE)
    if not accents:
        text = folded(text, ctx)
    longest += 1
    found: list[Span] = []
    position = 0
    while position < len(text):
        if ctx is not None:
            ctx.check()
        stop = min(len(text), position + _CHUNK + longest)
        # A match that begins in the overlap might be cut off by ``stop``: it belongs to the next round.
        limit = stop if stop == len(text) else stop - longest
        after = limit
        for match in pattern.finditer(text, position, stop):
            if match.start() >= limit:
                break
            found.append(Span(match.start(), match.end()))
            after = max(limit, match.end())
        position = after
        if ctx is not None and found and position < len(text):
            ctx.publish(tuple(found))
    return found


def folded(text: str, ctx: JobContext | None = None) -> str:
    """``text`` with letters in place of those with diacritics, code point for code point: offsets stay."""
    parts: list[str] = []
    for start in range(0, len(text), _CHUNK):
        if ctx is not None:
            ctx.check()
        part = text[start : start + _CHUNK]
        parts.append(part if part.isascii() else part.translate(_FOLDING))
    return "".join(parts)


class _Folding(dict[int, int]):
    """Filled as letters are met. Of kana and hangul nothing is taken away: が is another letter than か."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        base = _STROKES.get(character)
        if base is None:
            parts = unicodedata.normalize("NFD", character)
            base = parts[0] if len(parts) > 1 and all(_IS_COMBINING.match(part) for part in parts[1:]) else character
        self[code] = ord(base)
        return self[code]


_FOLDING = _Folding()


def _query(query: str, *, accents: bool) -> str:
    if accents:
        return unicodedata.normalize("NFC", query)
    return _IS_COMBINING.sub("", folded(query))


def _piece(word: str, mark: str) -> str:
    """The expression of one word of the query."""
    out: list[str] = []
    for index, character in enumerate(word):
        if index and _IS_CJK.match(character) and _IS_CJK.match(word[index - 1]):
            # At a line's end in a table or a heading, extraction may leave a blank between two CJK characters.
            out.append(r"\s{0,2}")
        out.append(_character(character) + (mark if character.isalpha() and not _IS_CJK.match(character) else ""))
    return "".join(out)


def _character(character: str) -> str:
    for kin in _KIN:
        if character in kin:
            return f"[{re.escape(kin)}]"
    variants = {character, unicodedata.normalize("NFKC", character)}
    code = ord(character)
    if 0x21 <= code <= 0x7E:
        variants.add(chr(code + 0xFEE0))
    forms = sorted(re.escape(form) for form in variants if form.strip())
    if len(forms) == 1:
        return forms[0]
    return f"[{''.join(forms)}]" if all(len(form.lstrip("\\")) == 1 for form in forms) else f"(?:{'|'.join(forms)})"
