"""Dates: calendar days, months, quarters and years in European notations. Values: ISO 8601 (EDTF for ``199X``).

``2024-03-01``, ``2024-03``, ``2024``, ``--03-01`` (a day without a year), ``2024-Q3``, ``FY2024``, and
``start/end`` for a range. Durations ("thirty days", "3 months") and relative times ("next month") are not dates.
Chinese, Japanese and Korean notations are in :mod:`assistant.tasks.rules.east_asian_dates`.
"""

from __future__ import annotations

import calendar
import functools
import re
from collections.abc import Iterator
from typing import Final, Literal

from assistant.tasks.rules.base import SOME, SPACE, RuleMatch, at_numbers, word_set, words_of
from assistant.tasks.rules.months import month_names
from assistant.types import Span

Order = Literal["dmy", "mdy"]

_WEEKDAYS: Final = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|montag|dienstag|mittwoch|"
    r"donnerstag|freitag|samstag|sonnabend|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|"
    r"miércoles|jueves|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|segunda-feira|"
    r"terça-feira|quarta-feira|quinta-feira|sexta-feira|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag)"
)
_YEAR: Final = r"(?:1[0-9]|20|21)\d\d"
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_ORDINAL: Final = r"(?:st|nd|rd|th|er|º|°|ª|\.)"
_OF: Final = rf"(?:{SPACE}(?:day{SOME})?(?:of|de|del|di|van){SOME})"
_DASH: Final = rf"(?:{SPACE}[–—-]{SPACE}|{SOME}(?:to|until|through|and|bis|und|au|al|a|e|tot|en){SOME})"
_ISO: Final = re.compile(
    r"(?<![0-9A-Za-z_À-ɏ.,:/–-])(?P<year>(?:1[5-9]|20|21)\d\d)(?P<sep>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=sep)(?P<day>0?[1-9]|[12]\d|3[01])"
    r"(?:(?:T|\s)(?P<time>[0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)(?P<zone>Z|[+-]\d\d:?\d\d)?)?(?![0-9A-Za-z_À-ɏ/-]|[.,]\d)"
)
_ISO_MONTH: Final = re.compile(r"(?<![0-9A-Za-z_À-ɏ.,:/–-])((?:19|20)\d\d)-(0[1-9]|1[0-2])(?![0-9A-Za-z_À-ɏ/-]|[.,]\d)")
_NUMERIC: Final = re.compile(
    r"(?<![0-9A-Za-z_À-ɏ.,:/–$€£-])(?P<first>\d{1,2})(?P<sep>[/.-])(?P<space>\s?)(?P<second>\d{1,2})(?P=sep)(?P=space)"
    r"(?P<year>(?:1[5-9]|20|21)\d\d|\d\d)(?![0-9A-Za-z_À-ɏ/-]|[.,]\d)"
)
_QUARTER: Final = re.compile(
    rf"(?<![0-9A-Za-z_À-ɏ])(?:(?P<q>[Qq][1-4]|[1-4][Qq]|[1-4]T|T[1-4])[\s/,’'-]{{0,2}}(?:of\s)?(?:FY\s?)?(?P<year>{_YEAR}|\d\d)"
    rf"|(?P<year2>{_YEAR})[\s/-]?(?P<q2>Q[1-4])"
    rf"|(?P<word>(?i:first|second|third|fourth|1st|2nd|3rd|4th|[1-4]\.)){SOME}(?i:quarter|quartal){SOME}(?:of\s)?(?P<year3>{_YEAR}))(?![0-9A-Za-z_À-ɏ])"
)
_FISCAL: Final = re.compile(
    rf"(?<![0-9A-Za-z_À-ɏ])(?:FY|(?i:fiscal|financial|geschäftsjahr|exercice)(?:\s(?i:year))?)[\s’']?(?P<year>{_YEAR}|\d\d)(?:[/–-](?P<to>\d\d(?:\d\d)?))?(?![0-9A-Za-z_À-ɏ])"
)
_DECADE: Final = re.compile(r"(?<![0-9A-Za-z_À-ɏ.,/-])(?P<year>(?:1[5-9]|20)\d)0[’']?s(?![0-9A-Za-z_À-ɏ])")
_QUARTER_ANCHOR: Final = re.compile(r"[Qq](?:[1-4]|uarter|uartal)|[1-4][QqT]|T[1-4]")
_FISCAL_ANCHOR: Final = re.compile(r"FY|[Ff]iscal|[Ff]inancial|[Gg]eschäftsjahr|[Ee]xercice")
# A bare year needs a word before it that takes years.
_YEAR_WORDS: Final = word_set(
    "in since until till before after during by from between circa late early mid year years summer "
    "winter spring autumn fall im jahr jahre seit bis ab anno ende anfang mitte en depuis an année desde "
    "hasta año nel dal anno em até ano sinds jaar c "
)
_OF_WORDS: Final = word_set("end beginning summer winter spring autumn fall year act law start middle")
_WORDS_BEFORE: Final = re.compile(r"(?:([^\W\d_]{1,12})\s{1,3})?([^\W\d_]{1,12})(?:\s{1,3}|-|\.\s{0,2})\Z")
_BARE_YEAR: Final = re.compile(
    rf"(?<![0-9A-Za-z_À-ɏ.,])(?P<year>(?:1[0-9]|20)\d\d)(?:(?P<dash>{_DASH})(?P<to>(?:1[0-9]|20)\d\d))?"
    rf"(?![0-9A-Za-z_À-ɏ%‰°€$£]|[.,:/’'-][0-9A-Za-zÀ-ɏ]|\s?[€$£%]|\s(?i:kg|km|m|cm|mm|people|persons|units|copies|items|"
    rf"euros?|dollars?|pounds?|employees|hours?|days?|words?|pages?|times|meters|metres|miles|points?|shares|million|"
    rf"thousand|users|patients|samples|students|men|women|sentences|examples|documents|tokens|articles)\b)"
)
_UNLIKELY_YEARS: Final = frozenset({"1000", "1024", "1100", "1200", "2048"})


def find(text: str, language: str, order: Order | None = None) -> Iterator[RuleMatch]:
    """Dates in order of their patterns, overlaps included. Linear.

    ``order`` is how the document writes days and months in ``3/4/2024``; None: see :func:`numeric_order`.
    """
    yield from _iso(text)
    yield from _numeric(text, language, order or numeric_order(text, language))
    yield from _named(text, language)
    yield from _periods(text)


def numeric_order(text: str, language: str) -> Order:
    """Whether ``3/4/2024`` is in April or in March: by the dates of this text that allow one reading only, else by the
    custom of the language (month first in English alone)."""
    balance = 0
    for found in at_numbers(_NUMERIC, text):
        first, second = int(found["first"]), int(found["second"])
        if first > 12 >= second:
            balance += 1
        elif second > 12 >= first:
            balance -= 1
    if balance:
        return "dmy" if balance > 0 else "mdy"
    return "mdy" if language == "en" else "dmy"


def day(year: int, month: int, number: int) -> str | None:
    """``YYYY-MM-DD``, or None for a day that the calendar does not have."""
    if not 1 <= month <= 12 or not 1 <= year <= 9999 or not 1 <= number <= calendar.monthrange(year, month)[1]:
        return None
    return f"{year:04}-{month:02}-{number:02}"


def full_year(digits: str) -> int:
    """Two digits: 69 to 99 are of the last century, as in POSIX."""
    year = int(digits)
    return year if len(digits) > 2 else year + (1900 if year >= 69 else 2000)


def match(start: int, end: int, value: str, score: float) -> RuleMatch:
    return RuleMatch(Span(start, end), "DATE", score, "rule:date", value)


def _iso(text: str) -> Iterator[RuleMatch]:
    for found in at_numbers(_ISO, text):
        value = day(int(found["year"]), int(found["month"]), int(found["day"]))
        if value is None:
            continue
        if found["time"]:
            value += "T" + found["time"] + (found["zone"] or "")
        # 2.4.1.2024 cannot occur here, but 2024.3.1 may be a version.
        yield match(found.start(), found.end(), value, 0.9 if found["sep"] == "." else 1.0)
    for found in at_numbers(_ISO_MONTH, text):
        yield match(found.start(), found.end(), f"{found[1]}-{found[2]}", 0.85)


def _numeric(text: str, language: str, order: Order) -> Iterator[RuleMatch]:
    for found in at_numbers(_NUMERIC, text):
        short = len(found["year"]) == 2
        if found["space"] and found["sep"] != ".":
            continue
        if short and (
            found["sep"] != "/" and not (found["sep"] == "." and language == "de" and len(found["second"]) == 2)
        ):
            # 4.2.10 is a section and 1-2-34 anything.
            continue
        first, second, year = int(found["first"]), int(found["second"]), full_year(found["year"])
        if found["sep"] == ".":
            # With full stops the day comes first in every language.
            readings = [(first, second)]
        else:
            readings = [(first, second), (second, first)] if order == "dmy" else [(second, first), (first, second)]
        values = [value for number, month in readings if (value := day(year, month, number))]
        if not values:
            continue
        ambiguous = len(values) == 2 and values[0] != values[1]
        yield match(found.start(), found.end(), values[0], 0.6 if short or ambiguous else 0.98)


@functools.cache
def _named_patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    names = "|".join(re.escape(name) for name in sorted(month_names(language), key=len, reverse=True))
    month = rf"(?P<month>{names})(?![^\W\d_])\.?"
    years = rf"(?:{_OF}|,?{SPACE}(?:de{SOME})?)(?P<year>{_YEAR})(?!\d|[.,]\d)(?:\sг\.)?"
    # 1 March 2024, 1st day of March, 2024, 3.-5. Mai 2024, le 1er mars
    day_first = re.compile(
        rf"(?<![0-9A-Za-z_À-ɏ.,/$€£§-])(?:(?<=\w,\s)|(?<![0-9A-Za-z_À-ɏ]))(?:(?P<weekday>{_WEEKDAYS})\.?,?{SOME}(?:den{SOME}|the{SOME})?)?"
        rf"(?P<day>{_DAY}){_ORDINAL}?(?:{_DASH}(?P<to>{_DAY}){_ORDINAL}?)?(?:{_OF}|{SPACE}|-){month}(?:{years}|-(?P<year2>{_YEAR}|\d\d)(?![0-9A-Za-z_À-ɏ-]))?",
        re.IGNORECASE,
    )
    # March 1st, 2024; March 3-5, 2024; March 2024; March 1
    month_first = re.compile(
        rf"(?<![^\W_])(?:(?P<weekday>{_WEEKDAYS})\.?,?{SOME})?{month}"
        rf"(?:,?{_OF}?{SPACE}(?P<alone>{_YEAR})(?![0-9A-Za-z_À-ɏ%]|[.,]\d)"
        rf"|{SOME}(?:the{SOME})?(?P<day>{_DAY})(?:st|nd|rd|th)?(?!\d|[.,:]\d|\s?[%€£$])(?:{_DASH}(?P<to>{_DAY})(?:st|nd|rd|th)?(?![\d%]))?"
        rf"(?:,?{SPACE}(?P<year>{_YEAR})(?![0-9A-Za-z_À-ɏ%]|[.,]\d))?)(?![^\W_])",
        re.IGNORECASE,
    )
    return day_first, month_first


def _named(text: str, language: str) -> Iterator[RuleMatch]:
    names = month_names(language)
    patterns = _named_patterns(language)
    done = [0, 0]
    for word in words_of(text):
        if word.group().lower() not in names:
            continue
        low, high = word.start() - 40, word.end() + 40
        if not _ANY_DIGIT.search(text, max(0, low + 16), high):
            continue
        for index, pattern in enumerate(patterns):
            found = pattern.search(text, max(0, low, done[index]), high)
            if found is None:
                continue
            done[index] = found.end()
            groups = found.groupdict()
            name = groups["month"]
            number = names[name.lower()]
            # "may" and "march" are words; names of months in English and German have a capital.
            if name.islower() and name in (
                "may",
                "march",
                "mar",
                "sat",
                "dec",
                "jan",
                "jun",
                "set",
                "out",
                "ago",
                "gen",
            ):
                continue
            year = groups.get("year") or groups.get("year2") or groups.get("alone")
            end = _without_stop(text, found.end())
            if groups.get("day") is None:
                yield match(found.start(), end, f"{int(groups['alone']):04}-{number:02}", 0.97)
                continue
            value = _named_value(groups["day"], groups["to"], number, year)
            if value is not None:
                certain = 1.0 if year else 0.85 if len(name) > 3 or groups["weekday"] else 0.7
                yield match(found.start(), end, value, certain)


_ANY_DIGIT: Final = re.compile(r"\d")


def _without_stop(text: str, end: int) -> int:
    return end - 1 if text[end - 1] == "." and text[end - 2 : end - 1] != "г" else end


def _named_value(first: str, last: str | None, month: int, year: str | None) -> str | None:
    values = []
    for digits in filter(None, (first, last)):
        if year:
            value = day(full_year(year), month, int(digits))
        else:
            # A leap year, so that 29 February is one; the year is not known.
            value = day(2000, month, int(digits))
            value = "-" + value[4:] if value else None
        if value is None:
            return None
        values.append(value)
    return "/".join(values)


def _near(anchor: re.Pattern[str], pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches of ``pattern`` around each place of the much faster ``anchor``."""
    done = 0
    for place in anchor.finditer(text):
        if place.start() < done:
            continue
        found = pattern.search(text, max(done, place.start() - 12), place.end() + 48)
        if found is not None:
            done = found.end()
            yield found


def _takes_year(text: str, start: int) -> bool:
    before = _WORDS_BEFORE.search(text, max(0, start - 28), start)
    if before is None:
        return False
    last = before[2].lower()
    return last in _YEAR_WORDS or (last == "of" and before[1] is not None and before[1].lower() in _OF_WORDS)


_WORDS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4}


def _periods(text: str) -> Iterator[RuleMatch]:
    for found in _near(_QUARTER_ANCHOR, _QUARTER, text):
        year = found["year"] or found["year2"] or found["year3"]
        if found["word"]:
            number = _WORDS.get(found["word"].lower()) or int(found["word"][0])
        else:
            number = int(re.sub(r"\D", "", found["q"] or found["q2"]))
        yield match(found.start(), found.end(), f"{full_year(year)}-Q{number}", 0.97)
    for found in _near(_FISCAL_ANCHOR, _FISCAL, text):
        value = f"FY{full_year(found['year'])}"
        if found["to"]:
            value += f"/{str(full_year(found['year']))[:2] + found['to'] if len(found['to']) == 2 else found['to']}"
        yield match(found.start(), found.end(), value, 0.95)
    for found in at_numbers(_DECADE, text):
        yield match(found.start(), found.end(), found["year"] + "X", 0.7)
    for found in at_numbers(_BARE_YEAR, text):
        if not _takes_year(text, found.start()):
            continue
        if found["to"] and int(found["year"]) < int(found["to"]):
            if re.search("[–—-]", found["dash"]):
                yield match(found.start("year"), found.end("to"), f"{found['year']}/{found['to']}", 0.65)
            else:
                yield match(found.start("year"), found.end("year"), found["year"], 0.65)
                yield match(found.start("to"), found.end("to"), found["to"], 0.65)
        elif found["year"] not in _UNLIKELY_YEARS:
            yield match(found.start("year"), found.end("year"), found["year"], 0.65)
