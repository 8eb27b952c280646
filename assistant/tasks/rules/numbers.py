"""Numbers as documents write them: which separator groups and which one begins the decimals.

The separators of a language come from the CLDR (through babel); a number that shows by itself which is which
(``1.240.000,00``) is read as it stands, whatever the language.
"""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol

_DIGIT: Final = "[0-9０-９]"
NUMBER: Final = (
    rf"(?:{_DIGIT}{{{{1,3}}}}(?P<{{0}}>[.,'’\u00a0\u202f\u2009 ，]){_DIGIT}{{{{3}}}}"
    rf"(?:(?P={{0}}){_DIGIT}{{{{3}}}}){{{{0,6}}}}"
    r"(?![0-9])(?:[.,．][0-9]{{1,4}})?"
    r"|[0-9]{{1,2}}(?:,[0-9]{{2}}){{1,5}},[0-9]{{3}}(?:\.[0-9]{{1,4}})?"
    rf"|{_DIGIT}{{{{1,15}}}}(?:[.,．]{_DIGIT}{{{{1,6}}}})?)(?![0-9])"
)
"""A pattern to format with the name of its one group."""

SCALES: Final[dict[str, int]] = {
    "k": 10**3, "thousand": 10**3, "tsd": 10**3, "tausend": 10**3, "mille": 10**3, "mil": 10**3, "duizend": 10**3,
    "m": 10**6, "mm": 10**6, "mn": 10**6, "mln": 10**6, "mio": 10**6, "million": 10**6, "millions": 10**6,
    "millionen": 10**6, "millón": 10**6, "millones": 10**6, "milione": 10**6, "milioni": 10**6, "milhão": 10**6,
    "milhões": 10**6, "miljoen": 10**6, "b": 10**9, "bn": 10**9, "bln": 10**9, "billion": 10**9, "billions": 10**9,
    "mrd": 10**9, "md": 10**9, "milliarde": 10**9, "milliarden": 10**9, "milliard": 10**9, "milliards": 10**9,
    "miliardo": 10**9, "miliardi": 10**9, "miljard": 10**9, "bilhão": 10**9, "bilhões": 10**9, "trillion": 10**12,
    "trillions": 10**12, "tn": 10**12,
    "十": 10, "百": 10**2, "千": 10**3, "万": 10**4, "萬": 10**4, "十万": 10**5, "百万": 10**6, "百萬": 10**6,
    "千万": 10**7, "亿": 10**8, "億": 10**8,
    "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12, "兆": 10**12,
}  # fmt: skip


def parse_number(text: str, language: str, *, whole_thousands: bool) -> Decimal | None:
    """The value of a number in digits.

    With one kind of separator and exactly three digits after it (``1.240``) the form is ambiguous: it groups if
    ``whole_thousands`` (amounts of money have two decimals), else the language's decimal sign decides.
    """
    plain = re.sub(r"['’\s\u00a0\u202f\u2009]", "", text)
    marks = [character for character in plain if character in ".,"]
    if not marks:
        return Decimal(plain) if plain else None
    last = marks[-1]
    head, _, tail = plain.rpartition(last)
    if len(set(marks)) == 2:
        if marks.count(last) > 1:
            return None
        return Decimal(re.sub("[.,]", "", head) + "." + tail)
    if len(marks) > 1:
        return Decimal(plain.replace(last, "")) if len(tail) == 3 else None
    if len(tail) == 3 and head != "0" and len(head) <= 3 and (whole_thousands or last != decimal_sign(language)):
        return Decimal(head + tail)
    return Decimal(head + "." + tail)


@functools.cache
def decimal_sign(language: str) -> str:
    """``.`` or ``,`` in this language; ``.`` where the CLDR does not know it."""
    try:
        return "," if get_decimal_symbol(Locale.parse(language)) == "," else "."
    except (UnknownLocaleError, ValueError):
        return "."


def plain(value: Decimal, decimals: int | None = None) -> str:
    """Without exponent; whole numbers without decimals, others with at least ``decimals`` of them."""
    if value == value.to_integral_value():
        return str(int(value))
    text = format(value.normalize(), "f")
    missing = (decimals or 0) - len(text.partition(".")[2])
    return text + "0" * max(0, missing)
