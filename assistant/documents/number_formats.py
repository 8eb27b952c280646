"""Numbers, dates and times as a spreadsheet shows them: its format codes (``#,##0.00``, ``d mmm yyyy``, ``[h]:mm``).

After ECMA-376 part 1, 18.8.30 and 18.8.31. Names of months and weekdays are English; colours and paddings are ignored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

Formatter = Callable[[float], str]

BUILTIN: dict[int, str] = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy-mm-dd",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    37: "#,##0 ;(#,##0)",
    38: "#,##0 ;(#,##0)",
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)",
    41: "#,##0",
    42: "$#,##0",
    43: "#,##0.00",
    44: "$#,##0.00",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mmss.0",
    48: "##0.0E+0",
    49: "@",
    # The built-in dates of East Asian editions.
    **dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"'),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), 'm"月"d"日"'),
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    34: "h:mm",
    35: "h:mm:ss",
    55: 'yyyy"年"m"月"',
    56: 'm"月"d"日"',
}
"""By number. 14 and 22 depend on the reader's country in Excel; here they are ISO dates."""

_TOKENS = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<elapsed>h+|m+|s+)\]'
    r"|\[(?P<other>[^\]]*)\]|(?P<half>AM/PM|A/P|上午/下午)|(?P<general>General)|(?P<power>E[+-])"
    r"|(?P<date>[ymdhsegb]+)|(?P<point>[0#?.,%/])|(?P<text>@)|(?P<literal>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_LONGEST_CODE = 400
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_LAST_DAY = 2_958_465.99999


def general(value: float) -> str:
    """A number without a format: as many digits as a cell has room for."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.10g}"
    if "e" in text:
        mantissa, _, power = text.partition("e")
        return f"{mantissa}E{power[0]}{power[1:].lstrip('0').zfill(2)}"
    return text


@lru_cache(maxsize=2000)
def formatter(code: str, *, since_1904: bool = False) -> Formatter:
    """A code as a function. What it cannot be understood as is shown as :func:`general` does."""
    if len(code) > _LONGEST_CODE:
        return general
    sections = [_section(part, since_1904) for part in _split(code)[:4]]
    if not sections:
        return general

    def show(value: float) -> str:
        try:
            return _choose(sections, value)
        except (ValueError, OverflowError, ArithmeticError):
            return general(value)

    return show


class _Section:
    def __init__(self, code: str) -> None:
        found = _CONDITION.search(code)
        self.condition = (found[1], float(found[2])) if found and found[2].strip("-.") else None
        self.show: Callable[[float], str] = general
        self.hides_sign = False


def _split(code: str) -> list[str]:
    parts = [""]
    quoted = escaped = False
    for char in code:
        if char == ";" and not quoted and not escaped:
            parts.append("")
            continue
        if char == '"' and not escaped:
            quoted = not quoted
        escaped = char == "\\" and not escaped
        parts[-1] += char
    return parts


def _choose(sections: list[_Section], value: float) -> str:
    for number, section in enumerate(sections[:3]):
        if section.condition is not None:
            sign, limit = section.condition
            holds = {"<": value < limit, ">": value > limit, "=": value == limit, "<>": value != limit}
            holds |= {"<=": value <= limit, ">=": value >= limit}
            if holds[sign]:
                return section.show(value)
            continue
        if any(each.condition for each in sections):
            return section.show(value)
        if number == 0 and (value > 0 or len(sections) == 1 or (value == 0 and len(sections) < 3)):
            return section.show(value)
        if number == 1 and value < 0:
            return section.show(abs(value))
        if number == 2 and value == 0:
            return section.show(value)
    return general(value)


def _section(code: str, since_1904: bool) -> _Section:
    section = _Section(code)
    tokens = [(str(match.lastgroup), match[0], match) for match in _TOKENS.finditer(code)]
    kinds = {kind for kind, _, _ in tokens}
    if kinds & {"date", "elapsed", "half"} and "general" not in kinds:
        section.show = _dates(tokens, since_1904)
    elif "point" in kinds:
        section.show = _numbers(tokens)
    else:
        section.show = _literal(tokens)
    return section


def _written(kind: str, match: re.Match[str]) -> str:
    if kind == "quoted":
        return match["quoted"]
    if kind == "escaped":
        return match["escaped"]
    if kind == "currency":
        return match["currency"]
    return match[0] if kind in ("literal", "date", "half") else ""


def _literal(tokens: list[tuple[str, str, re.Match[str]]]) -> Callable[[float], str]:
    def show(value: float) -> str:
        out = []
        for kind, _, match in tokens:
            out.append(general(value) if kind in ("general", "text") else _written(kind, match))
        return "".join(out)

    return show


def _numbers(tokens: list[tuple[str, str, re.Match[str]]]) -> Callable[[float], str]:
    places = [index for index, (kind, _, _) in enumerate(tokens) if kind == "point"]
    pattern = "".join(text for kind, text, _ in tokens if kind in ("point", "power"))
    first, last = places[0], places[-1]
    before = "".join(_written(kind, match) for kind, _, match in tokens[:first])
    after = "".join(_written(kind, match) for kind, _, match in tokens[last + 1 :])
    # Text between the digits (telephone numbers) goes where it stands, counted from the right.
    inner = [(index, _written(kind, match)) for index, (kind, _, match) in enumerate(tokens) if first < index < last]
    literals = [(index, text) for index, text in inner if text]
    percent = pattern.count("%")
    if "/" in pattern and "?" in pattern.partition("/")[2] + pattern.partition("/")[0]:
        digits = max(1, pattern.partition("/")[2].count("?"))
        return lambda value: before + _fraction(value, 10**digits - 1) + after
    if any(kind == "power" for kind, _, _ in tokens):
        decimals = len(re.sub(r"[^0#?]", "", pattern.partition("E")[0].partition(".")[2]))
        return lambda value: before + _power(value, decimals) + after
    digits_only = pattern.replace("%", "")
    whole, _, decimal = digits_only.partition(".")
    thousands = len(digits_only) - len(digits_only.rstrip(","))
    grouped = "," in whole.rstrip(",")
    decimal = decimal.replace(",", "")
    most, least = len(decimal), len(decimal.rstrip("#?"))
    digits = whole.count("0")
    leading = "%" * (pattern.startswith("%") and percent)
    trailing = "" if leading or after.startswith("%") else "%" * percent

    def show(value: float) -> str:
        number = Decimal(repr(value)).scaleb(2 * percent - 3 * thousands)
        sign = "-" if number < 0 else ""
        rounded = abs(number).quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP)
        head, _, tail = f"{rounded:f}".partition(".")
        head = head.lstrip("0").rjust(digits, "0")
        while len(tail) > least and tail.endswith("0"):
            tail = tail[:-1]
        if not head.strip("0") and not tail.strip("0"):
            sign = ""
        if literals:
            head = _with_literals(head, tokens, places, literals)
        elif grouped and len(head) > 3:
            head = f"{int(head):,}".rjust(len(head), "0")
        text = head + ("." + tail if tail else "")
        return sign + before + leading + text + trailing + after

    return show


def _with_literals(
    head: str, tokens: list[tuple[str, str, re.Match[str]]], places: list[int], literals: list[tuple[int, str]]
) -> str:
    """Digits with the text of the code between them, as in ``000-00-0000``."""
    slots = [index for index in places if tokens[index][1] in "0#?"]
    out: list[str] = []
    rest = list(head)
    named = dict(literals)
    for index in range(places[-1], places[0] - 1, -1):
        if index in named:
            out.append(named[index])
        elif index in slots and rest:
            out.append(rest.pop())
    return "".join(rest) + "".join(reversed(out))


def _fraction(value: float, largest: int) -> str:
    whole, rest = divmod(abs(value), 1)
    part = Fraction(rest).limit_denominator(max(1, min(largest, 9999)))
    if part == 1:
        whole, part = whole + 1, Fraction(0)
    sign = "-" if value < 0 else ""
    if not part:
        return f"{sign}{int(whole)}"
    return f"{sign}{int(whole)} {part}" if whole else f"{sign}{part}"


def _power(value: float, decimals: int) -> str:
    mantissa, _, power = f"{value:.{min(decimals, 30)}E}".partition("E")
    return f"{mantissa}E{power[0]}{power[1:].lstrip('0').zfill(2)}"


def _dates(tokens: list[tuple[str, str, re.Match[str]]], since_1904: bool) -> Callable[[float], str]:
    half = any(kind == "half" for kind, _, _ in tokens)
    parts: list[tuple[str, str]] = []
    for kind, text, match in tokens:
        if kind == "elapsed":
            parts.append(("elapsed", match["elapsed"].lower()))
        elif kind == "half":
            parts.append(("half", text))
        elif kind == "date":
            parts.extend(("date", run) for run in re.findall(r"(y+|m+|d+|h+|s+|e+|g+|b+)", text.lower()))
        elif kind == "point" and text in "0#?":
            if parts and (parts[-1] == ("written", ".") or parts[-1][0] == "part"):
                point = parts.pop()
                parts.append(("part", point[1] + text if point[0] == "part" else text))
        elif kind in ("point", "literal"):
            parts.append(("written", text))
        else:
            parts.append(("written", _written(kind, match)))
    minutes = _minutes(parts)
    finest = max((len(text) for kind, text in parts if kind == "part"), default=0)

    def show(value: float) -> str:
        if not 0 <= value <= _LAST_DAY:
            return general(value)
        days, rest = divmod(value, 1)
        seconds = Decimal(repr(rest * 86_400)).quantize(Decimal(1).scaleb(-min(finest, 6)), ROUND_HALF_UP)
        start = _EPOCH_1904 if since_1904 else _EPOCH
        if not since_1904 and value < 60:
            # 1900 was no leap year, but Lotus 1-2-3 thought so.
            days += 1
        moment = start + timedelta(days=days, microseconds=int(seconds * 1_000_000))
        total = int(value * 86_400 + 0.5) if not finest else int(value * 86_400)
        out = []
        for index, (kind, text) in enumerate(parts):
            if kind == "written":
                out.append(text)
            elif kind == "half":
                out.append("AM" if moment.hour < 12 else "PM")
            elif kind == "elapsed":
                unit = {"h": 3600, "m": 60, "s": 1}[text[0]]
                out.append(str(total // unit).rjust(len(text), "0"))
            elif kind == "part":
                out.append("." + f"{moment.microsecond:06d}"[: len(text)])
            else:
                out.append(_field(text, moment, half, index in minutes))
        return "".join(out)

    return show


def _minutes(parts: list[tuple[str, str]]) -> set[int]:
    """Places of ``m`` that are minutes: after hours or before seconds."""
    clock = [(index, text) for index, (kind, text) in enumerate(parts) if kind in ("date", "elapsed")]
    found = set()
    for at, (index, text) in enumerate(clock):
        if text[0] != "m" or parts[index][0] == "elapsed" or len(text) > 2:
            continue
        before = clock[at - 1][1][0] if at else ""
        after = clock[at + 1][1][0] if at + 1 < len(clock) else ""
        if before == "h" or after == "s":
            found.add(index)
    return found


def _field(text: str, moment: datetime, half: bool, minute: bool) -> str:
    letter, count = text[0], len(text)
    if letter in "yeb":
        return f"{moment.year % 100:02d}" if count <= 2 and letter == "y" else str(moment.year)
    if letter == "m" and not minute:
        if count >= 3:
            name = _MONTHS[moment.month - 1]
            return name[:3] if count == 3 else name[:1] if count == 5 else name
        return str(moment.month).rjust(count, "0")
    if letter == "d":
        if count >= 3:
            name = _DAYS[moment.weekday()]
            return name[:3] if count == 3 else name
        return str(moment.day).rjust(count, "0")
    if letter == "h":
        return str((moment.hour + 11) % 12 + 1 if half else moment.hour).rjust(min(count, 2), "0")
    if letter == "g":
        return ""
    return str(moment.minute if letter == "m" else moment.second).rjust(min(count, 2), "0")
