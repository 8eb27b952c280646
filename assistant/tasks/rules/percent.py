"""Percentages: ``2.5%``, ``5–10 per cent``, ``百分之五``, ``5‰``, ``25 basis points``. Value: the ratio, ``0.025``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from assistant.tasks.rules.base import HAN_NUMBER, SPACE, RuleMatch, at_numbers, half_width, han_number
from assistant.tasks.rules.numbers import NUMBER, parse_number, plain
from assistant.types import Span

_UNITS: Final = (
    r"(?P<unit>[%％﹪]|‰|‱|(?i:per\s?cent|percent|pct\.?|prozent|v\.\s?h\.|pour\s?cent|por\s?ciento|per\s?cento|por\s?cento|"
    r"procent|permille|promille|basis\spoints?|bps|basispunkte)(?![^\W\d_])|个百分点)"
)
_DIGITS: Final = re.compile(
    rf"(?<![0-9A-Za-z_À-ɏ.,])(?P<sign>[-−+]\s?)?(?P<number>{NUMBER.format('sep')})"
    rf"(?:{SPACE}(?:%{SPACE})?(?:[–—−-]|to|bis|à|至){SPACE}(?P<second>{NUMBER.format('sep2')}))?{SPACE}{_UNITS}"
)
_WORDS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "fifteen": 15, "twenty": 20, "twenty-five": 25, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "seventy-five": 75, "eighty": 80, "ninety": 90, "hundred": 100, "one hundred": 100,
}  # fmt: skip
_PER_CENT: Final = re.compile(r"[Pp]er\s?[Cc]ent(?![^\W\d_])|PER\s?CENT(?![^\W\d_])")
_WORD_BEFORE: Final = re.compile(
    rf"(?<![\w-])(?P<word>(?i:{'|'.join(sorted(_WORDS, key=len, reverse=True))}))\s{{1,2}}\Z"
)
_HAN: Final = re.compile(
    rf"(?P<base>百|千|万)分之(?:(?P<digits>\d{{1,6}}(?:[.．]\d{{1,6}})?)|(?P<han>[{HAN_NUMBER}]{{1,9}})(?:点(?P<decimals>[{HAN_NUMBER}]{{1,6}}))?)"
)
_BASES: Final = {"百": 100, "千": 1000, "万": 10000}


def find(text: str, language: str) -> Iterator[RuleMatch]:
    """Percentages in order of their patterns, overlaps included. Linear."""
    for found in at_numbers(_DIGITS, text, back="-−+"):
        divisor = _divisor(found["unit"])
        first = parse_number(half_width(found["number"]), language, whole_thousands=False)
        second = parse_number(half_width(found["second"] or ""), language, whole_thousands=False)
        if first is None or (second is None and found["second"]):
            continue
        if second is not None and first >= second:
            # "fell from 18.4% to 11.2%": two percentages; "in 2004 to 60%": a year and a percentage.
            between = text[found.end("number") : found.start("second")]
            if "%" in between:
                stop = found.end("number") + between.index("%") + 1
                yield _match(found.start("number"), stop, plain(first / 100), 1.0)
            yield _match(found.start("second"), found.end(), plain(second / divisor), 1.0)
            continue
        ratio = plain(first / divisor) + (f"/{plain(second / divisor)}" if second is not None else "")
        sign = "-" if found["sign"] and found["sign"][0] in "-−" and ratio != "0" else ""
        yield _match(found.start(), found.end(), sign + ratio, 1.0)
    for found in _PER_CENT.finditer(text):
        before = _WORD_BEFORE.search(text, max(0, found.start() - 16), found.start())
        if before is not None:
            value = Decimal(_WORDS[before["word"].lower()]) / 100
            yield _match(before.start("word"), found.end(), plain(value), 1.0)
    for found in _HAN.finditer(text):
        number = _han_value(found)
        if number is not None:
            yield _match(found.start(), found.end(), plain(number / _BASES[found["base"]]), 1.0)


def _match(start: int, end: int, value: str, score: float) -> RuleMatch:
    return RuleMatch(Span(start, end), "PERCENT", score, "rule:percent", value)


def _divisor(unit: str) -> int:
    lowered = unit.lower()
    if unit == "‱" or lowered.startswith("b"):
        return 10000
    return 1000 if unit == "‰" or lowered in ("permille", "promille") else 100


def _han_value(found: re.Match[str]) -> Decimal | None:
    if found["digits"]:
        return Decimal(half_width(found["digits"]))
    whole = han_number(found["han"])
    if whole is None:
        return None
    if not found["decimals"]:
        return Decimal(whole)
    digits = [han_number(character) for character in found["decimals"]]
    if any(digit is None or digit > 9 for digit in digits):
        return None
    return Decimal(f"{whole}." + "".join(map(str, digits)))
