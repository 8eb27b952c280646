"""What a rule finds, and the small pieces that the families of rules share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from assistant.types import Span

# Text joined from the lines of a PDF may have a line end where a space belongs; never a blank line.
SPACE: Final = r"[^\S\n]{0,3}\n?[^\S\n]{0,3}"
"""Optional white space, at most one line end."""
SOME: Final = rf"(?=\s){SPACE}"
"""The same, but at least one character."""


_DIGIT_RUN: Final = re.compile(r"[0-9０-９]+")
_WORD: Final = re.compile(r"[^\W\d_]+")


def at_numbers(pattern: re.Pattern[str], text: str, back: str = "") -> Iterator[re.Match[str]]:
    """Matches of a pattern that begins with a digit, tried only where a run of digits begins.

    The pattern may begin with one of the characters ``back`` before the digits. Many times faster than a search, since
    a leading lookbehind keeps :mod:`re` from skipping ahead.
    """
    done = 0
    for run in _DIGIT_RUN.finditer(text):
        start = run.start()
        while back and start > done and run.start() - start < 3 and text[start - 1] in back:
            start -= 1
        found = pattern.match(text, start) if start >= done else None
        if found is not None:
            done = found.end()
            yield found


def word_set(listed: str) -> frozenset[str]:
    """The words of a list written as one string."""
    return frozenset(listed.split())


def words_of(text: str) -> Iterator[re.Match[str]]:
    """Runs of letters."""
    return _WORD.finditer(text)


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """One place that a rule found; offsets are code points of the text given."""

    span: Span
    label: str
    """One of :data:`assistant.types.ENTITY_LABELS`."""
    score: float
    """1.0 where a check digit or the form itself leaves no doubt; lower where the form is ambiguous."""
    source: str
    """``rule:NAME``."""
    value: str | None
    """Normalized, see :attr:`assistant.types.Mention.value`."""


_HAN_DIGITS: Final = {
    **dict(zip("零一二三四五六七八九", range(10), strict=True)),
    **dict(zip("〇壹贰叁肆伍陆柒捌玖", range(10), strict=True)),
    **dict(zip("○壹貳參肆伍陸柒捌玖", range(10), strict=True)),
    "两": 2, "兩": 2, "Ｏ": 0, "叄": 3, "参": 3, "元": 1, "弌": 1, "弍": 2, "弎": 3,
}  # fmt: skip
_HAN_UNITS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "廿": 20, "卅": 30}
_HAN_LARGE: Final = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
HAN_NUMBER: Final = "零一二三四五六七八九〇○两兩十百千万亿萬億廿卅壹贰叁肆伍陆柒捌玖拾佰仟貳參陸叄"


def han_number(text: str) -> int | None:
    """The value of a Chinese numeral: positional (``二〇二四``) or with units (``三百二十万``, ``壹佰万``).

    None where it is not a well-formed one.
    """
    if not text:
        return None
    if all(character in _HAN_DIGITS for character in text):
        return int("".join(str(_HAN_DIGITS[character]) for character in text))
    total = section = digit = 0
    for character in text:
        if character in _HAN_DIGITS:
            digit = _HAN_DIGITS[character]
        elif character in ("廿", "卅"):
            section += _HAN_UNITS[character]
        elif character in _HAN_UNITS:
            section += (digit or 1) * _HAN_UNITS[character]
            digit = 0
        elif character in _HAN_LARGE:
            unit = _HAN_LARGE[character]
            # 一亿二千万 adds, 一万亿 multiplies.
            total = total + (section + digit) * unit if total >= unit else (total + section + digit) * unit
            section = digit = 0
        else:
            return None
    return total + section + digit


_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９．，", "0123456789.,")


def half_width(text: str) -> str:
    """Full-width digits and separators as ASCII; the length stays."""
    return text.translate(_FULL_WIDTH)


def squeeze(text: str) -> str:
    """Runs of white space as one space."""
    return re.sub(r"\s+", " ", text).strip()
