"""Chinese, Japanese and Korean dates: ``2024年3月1日``, ``二〇二四年三月``, ``民国113年``, ``令和6年``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from assistant.tasks.rules.base import RuleMatch, half_width, han_number
from assistant.tasks.rules.dates import day, match

# First year of each era minus one. Republic of China; Meiji to Reiwa.
_ERAS: Final = {"民国": 1911, "民國": 1911, "明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_HAN: Final = "〇○零一二三四五六七八九十百廿卅元"
_S: Final = r"[^\S\n]?\n?"
_DATE: Final = re.compile(
    rf"(?<![\d０-９.])(?:公元{_S})?(?:(?P<era>{'|'.join(_ERAS)}){_S}(?P<era_year>[\d０-９]{{1,3}}|[{_HAN}]{{1,6}})"
    rf"|(?P<year>[12１２][\d０-９]{{3}}|[一二][〇○零Ｏ一二三四五六七八九]{{3}})){_S}[年년]"
    rf"(?:(?P<fiscal>度)|{_S}第?(?P<quarter>[一二三四1-4])季度|{_S}(?P<month>[\d０-９]{{1,2}}|[{_HAN}]{{1,3}}){_S}[月월]"
    rf"(?:份|{_S}(?P<day>[\d０-９]{{1,2}}|[{_HAN}]{{1,3}}){_S}[日号號일])?)?"
    rf"(?:{_S}(?P<to>[至到~～—–-]){_S}(?:(?P<month2>[\d０-９]{{1,2}}|[{_HAN}]{{1,3}}){_S}[月월]{_S})?"
    rf"(?P<day2>[\d０-９]{{1,2}}|[{_HAN}]{{1,3}}){_S}[日号號일])?"
)
_MONTH_DAY: Final = re.compile(
    rf"(?<![\d０-９.{_HAN}至])(?P<month>[\d０-９]{{1,2}}|十[一二]?|[一二三四五六七八九])[月월]{_S}"
    rf"(?P<day>[\d０-９]{{1,2}}|[{_HAN}]{{1,3}}){_S}[日号號일](?![間间])"
)


def find(text: str) -> Iterator[RuleMatch]:
    """Dates in order of their patterns, overlaps included. Linear."""
    for found in _DATE.finditer(text):
        result = _full(found)
        if result is not None:
            yield result
    for found in _MONTH_DAY.finditer(text):
        month, number = _number(found["month"]), _number(found["day"])
        value = day(2000, month or 0, number or 0)
        if value is not None:
            yield match(found.start(), found.end(), "-" + value[4:], 0.85)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    plain = half_width(text)
    return int(plain) if plain.isascii() and plain.isdigit() else han_number(plain.replace("Ｏ", "〇"))


def _full(found: re.Match[str]) -> RuleMatch | None:
    if found["era"]:
        count = _number(found["era_year"])
        if not count:
            return None
        year = _ERAS[found["era"]] + count
    else:
        year = _number(found["year"]) or 0
    if found["quarter"]:
        return match(found.start(), found.end("quarter") + 2, f"{year}-Q{_number(found['quarter'])}", 0.97)
    month, number = _number(found["month"]), _number(found["day"])
    if month is None:
        # "1000年" alone may be a duration; years of the last two centuries hardly ever are.
        likely = found["era"] or 1500 <= year <= 2199
        end = found.end("fiscal") if found["fiscal"] else _end(found)
        return match(found.start(), end, str(year), 0.85) if likely else None
    if number is None:
        return match(found.start(), _end(found), f"{year:04}-{month:02}", 0.97) if 1 <= month <= 12 else None
    value = day(year, month, number)
    if value is None:
        return None
    if found["to"] and found["day2"]:
        last = day(year, _number(found["month2"]) or month, _number(found["day2"]) or 0)
        if last is not None and last > value:
            return match(found.start(), found.end(), f"{value}/{last}", 1.0)
    return match(found.start(), _end(found), value, 1.0)


def _end(found: re.Match[str]) -> int:
    """The end without a range that did not hold."""
    return found.start("to") if found["to"] else found.end()
