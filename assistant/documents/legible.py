"""Whether a page's text layer says what the page shows, or the page has to be read as the picture that it is.

Fonts without a usable ToUnicode table give private, unassigned and control characters, letters of far-off alphabets,
or letters shifted by a constant, which look like text and are none. Pure Python, a few microseconds a page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.documents.lines import Line

_ODD = re.compile("[\ufffd\ue000-\uf0a6\uf0a8-\uf0b6\uf0b8-\uf8ff\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no text says: replaced, private (but for bullets of symbol fonts), control characters, lone surrogates."""
_RARE = re.compile("[\u0180-\u019f\u01a2-\u01ae\u01b1-\u0217\u021c-\u024f\u02b0-\u036f\u0370-\u0373]")
"""Latin letters of few languages: numbers of glyphs from 384 on, taken for characters, are these."""
_TOKEN = re.compile("[^\\W\\d_]{3,}")
_VOWELS = "aeiouyAEIOUY"
_LEAST = 20
"""Characters below which nothing is said: a logo, a page number."""
_LEAST_WORDS = 30
_ODD_SHARE, _RARE_SHARE, _VOWEL_SHARE, _MUTE_SHARE = 0.25, 0.3, 0.2, 0.35


def needs_ocr(lines: Sequence[Line]) -> bool:
    """Whether there is no text at all, or most of what the lines say is no text in any language."""
    text = " ".join([line.text for line in lines])
    length = len(text) - text.count(" ")
    if length == 0:
        return True
    # Nothing odd is both ASCII and printable, as nearly all text is.
    if not (text.isascii() and text.isprintable()) and len(_ODD.findall(text)) > _ODD_SHARE * length:
        return True
    if length < _LEAST:
        return False
    if not text.isascii() and len(_RARE.findall(text)) > _RARE_SHARE * length:
        return True
    return _mute(text, length)


def _mute(text: str, length: int) -> bool:
    """Whether it is in Latin letters and too many words have no vowel, as no language writes them.

    A text whose letters are shifted by a constant keeps their frequencies, but not on the vowels."""
    vowels = text.count("e") + text.count("a") + text.count("i")
    if vowels < _VOWEL_SHARE * length:
        vowels = sum([text.count(vowel) for vowel in _VOWELS])
    if vowels >= _VOWEL_SHARE * length or not text[:2000].isascii():
        return False
    words = _TOKEN.findall(text[:20_000])
    if len(words) < _LEAST_WORDS or sum(map(len, words)) < 0.4 * min(length, 20_000):
        return False
    mute = sum([1 for word in words if not any(vowel in word for vowel in _VOWELS)])
    return mute > _MUTE_SHARE * len(words)
