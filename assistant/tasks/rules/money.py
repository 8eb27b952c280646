"""Amounts of money: ``EUR 1,240,000``, ``$5bn``, ``1.240.000,00 €``, ``人民币壹佰万元整``. Value: ``EUR 1240000``."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from babel.core import get_global

from assistant.tasks.rules.base import HAN_NUMBER, SPACE, RuleMatch, at_numbers, half_width, han_number
from assistant.tasks.rules.numbers import NUMBER, SCALES, parse_number, plain
from assistant.types import Span

_SYMBOLS: Final = {
    "US$": "USD", "$US": "USD", "U.S.$": "USD", "HK$": "HKD", "NT$": "TWD", "A$": "AUD", "AU$": "AUD", "C$": "CAD",
    "CA$": "CAD", "S$": "SGD", "R$": "BRL", "NZ$": "NZD", "MX$": "MXN", "$": "USD", "＄": "USD", "€": "EUR", "£": "GBP",
    "￡": "GBP", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₪": "ILS", "₫": "VND", "฿": "THB",
    "₱": "PHP", "₦": "NGN", "RMB¥": "CNY", "RMB": "CNY", "人民币": "CNY", "人民幣": "CNY", "港币": "HKD",
    "港幣": "HKD", "CN¥": "CNY", "JP¥": "JPY", "CHF": "CHF", "SFr.": "CHF",
}  # fmt: skip
_YEN_SIGNS: Final = ("¥", "￥")  # Chinese or Japanese, by the text's language.
_NAMES: Final = {
    "euro": "EUR", "euros": "EUR", "eur": "EUR", "us dollar": "USD", "us dollars": "USD", "u.s. dollar": "USD",
    "u.s. dollars": "USD", "dollar": "USD", "dollars": "USD", "us-dollar": "USD", "dólares": "USD", "dollari": "USD",
    "pound": "GBP", "pounds": "GBP", "pounds sterling": "GBP", "pfund": "GBP", "sterling": "GBP", "yen": "JPY",
    "yuan": "CNY", "renminbi": "CNY", "rmb": "CNY", "swiss francs": "CHF", "schweizer franken": "CHF", "franken": "CHF",
    "rupees": "INR", "hong kong dollars": "HKD", "canadian dollars": "CAD", "australian dollars": "AUD", "zł": "PLN",
    "kč": "CZK", "рублей": "RUB", "руб.": "RUB", "reais": "BRL",
}  # fmt: skip
_HAN_NAMES: Final = {
    "元人民币": "CNY", "元": "CNY", "圆": "CNY", "圓": "CNY", "块钱": "CNY", "美元": "USD", "美金": "USD",
    "欧元": "EUR",
    "歐元": "EUR", "英镑": "GBP", "英鎊": "GBP", "日元": "JPY", "日圆": "JPY", "円": "JPY", "港元": "HKD",
    "港币": "HKD",
    "港幣": "HKD", "新台币": "TWD", "新臺幣": "TWD", "韩元": "KRW", "瑞士法郎": "CHF", "澳元": "AUD", "加元": "CAD",
    "新加坡元": "SGD", "卢布": "RUB", "원": "KRW",
}  # fmt: skip
# Codes that are also words in capitals; a heading "ALL 3 PARTIES" is no amount of Albanian money.
_WORD_CODES: Final = frozenset(
    {"ALL", "TOP", "CUP", "SOS", "BOB", "MAD", "LAK", "STD", "GEL", "PEN", "ANG", "BAM", "MOP"}
)
_LATIN_SCALES: Final = "|".join(
    sorted((re.escape(word) for word in SCALES if word.isascii() or word[0] < "\u0400"), key=len, reverse=True)
)
_HAN_SCALES: Final = "|".join(sorted((word for word in SCALES if word[0] > "\u0400"), key=len, reverse=True))


# Where an amount with the currency before it may begin.
_ANCHOR: Final = re.compile(
    r"(?:US|U\.S\.|HK|NT|AU?|CA?|S|R|NZ|MX|RMB|CN|JP)?[€£￡$＄¥￥₹₩₽₺₴₪₫฿₱₦]|[A-Z]{3}(?![A-Za-z])|SFr\.|人民[币幣]|港[币幣]"
)


@functools.cache
def _codes() -> frozenset[str]:
    """The ISO 4217 codes in use that are no words."""
    current = {
        code
        for entries in get_global("territory_currencies").values()
        for code, _, until, tender in entries
        if until is None and tender
    }
    return frozenset(current - _WORD_CODES)


def _alternatives(words: list[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(words, key=len, reverse=True))


@functools.cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    symbols = _alternatives([*_SYMBOLS, *_YEN_SIGNS])
    codes = "|".join(sorted(_codes()))
    scale = rf"(?:{SPACE}(?P<scale>(?i:{_LATIN_SCALES})(?![^\W\d_])\.?|{_HAN_SCALES}))?"
    number = NUMBER.format("sep")
    before = re.compile(
        rf"(?<![A-Za-z])(?P<currency>{symbols}|(?:{codes})(?![A-Za-z]))(?:{SPACE}[:：])?{SPACE}(?P<number>{number}){scale}"
        rf"(?P<tail>(?<=[万亿千萬億0-9]){SPACE}(?:元整|元|圆整|圆))?"
    )
    names = _alternatives(list(_NAMES))
    han_names = _alternatives(list(_HAN_NAMES))
    after = re.compile(
        rf"(?<![0-9A-Za-z_À-ɏ.,/-])(?P<number>{number}){scale}{SPACE}(?:(?:of|de|di|d')\s)?"
        rf"(?P<currency>(?:[€£₹₩₽₺₴₪₫฿₱₦]|US\$|\$)(?![0-9A-Za-z_À-ɏ€$])|(?:{codes}|(?i:{names}))(?![0-9A-Za-z_À-ɏ])|(?:{han_names})整?)"
    )
    han = re.compile(
        rf"(?P<prefix>人民币|人民幣|港币|港幣|新台币|美元)?{SPACE}(?P<number>(?<![{HAN_NUMBER}])[{HAN_NUMBER}]{{1,24}})\Z"
    )
    han_name = re.compile(
        rf"(?P<currency>{han_names})(?:(?P<jiao>[{HAN_NUMBER}])角)?(?:零?(?P<fen>[{HAN_NUMBER}])分)?[整正]?"
    )
    # $5-10 million: the scale and the currency of the second number are those of the first too.
    span = re.compile(
        rf"(?<![A-Za-z])(?P<currency>{symbols}|(?:{codes})(?![A-Za-z])){SPACE}(?P<number>{number})"
        rf"{SPACE}(?:[–—-]|to|bis|à|至){SPACE}(?P<second>{NUMBER.format('sep2')}){SPACE}"
        rf"(?P<scale>(?i:{_LATIN_SCALES})(?![^\W\d_])|{_HAN_SCALES})"
    )
    return before, after, han, han_name, span


def find(text: str, language: str) -> Iterator[RuleMatch]:
    """Amounts in order of their patterns, overlaps included. Linear."""
    before, after, han, han_name, ranges = _patterns()
    for anchor in _ANCHOR.finditer(text):
        word = anchor.group()
        if len(word) == 3 and word.isalpha() and word.isascii() and word not in _SYMBOLS and word not in _codes():
            continue
        both = ranges.match(text, anchor.start())
        if both is not None:
            yield from _range(both, language)
        found = before.match(text, anchor.start())
        if found is not None:
            yield from _digits(found, language)
    for found in at_numbers(after, text):
        yield from _digits(found, language)
    for name in han_name.finditer(text):
        number = han.search(text, max(0, name.start() - 32), name.start())
        if number is not None:
            yield from _han(text, number, name)


def _currency(name: str, language: str) -> str | None:
    if name in _YEN_SIGNS:
        return "JPY" if language == "ja" else "CNY" if language == "zh" or name == "￥" else "JPY"
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    if name in _codes():
        return name
    lowered = " ".join(name.lower().split())
    return _NAMES.get(lowered) or _HAN_NAMES.get(name.removesuffix("整"))


def _amount(number: str, scale: str | None, language: str) -> Decimal | None:
    value = parse_number(half_width(number).strip(), language, whole_thousands=scale is None)
    if value is None:
        return None
    return value * SCALES[scale.lower().rstrip(".")] if scale else value


def _match(start: int, end: int, currency: str, value: str, score: float) -> RuleMatch:
    return RuleMatch(Span(start, end), "MONEY", score, "rule:money", f"{currency} {value}")


def _digits(found: re.Match[str], language: str) -> Iterator[RuleMatch]:
    currency = _currency(found["currency"], language)
    scale = found["scale"]
    end = found.end()
    if scale and scale.endswith(".") and end == found.end("scale"):
        # "EUR 5 Mio." keeps its stop, "$5 million." leaves it to the sentence.
        if scale[:-1].lower() in ("mio", "mrd", "tsd", "mln", "md"):
            scale = scale[:-1]
        else:
            scale, end = scale[:-1], end - 1
    value = _amount(found["number"], scale, language)
    if currency is None or value is None:
        return
    # Pounds are also a weight, and dollars of the other countries are called so too.
    sure = found["currency"].lower() not in ("pound", "pounds", "pfund")
    yield _match(found.start(), end, currency, plain(value, 2), 1.0 if sure else 0.6)


def _range(found: re.Match[str], language: str) -> Iterator[RuleMatch]:
    currency = _currency(found["currency"], language)
    low = _amount(found["number"], found["scale"], language)
    high = _amount(found["second"], found["scale"], language)
    if currency is not None and low is not None and high is not None and low < high:
        yield _match(found.start(), found.end(), currency, f"{plain(low, 2)}/{plain(high, 2)}", 0.98)


def _han(text: str, number: re.Match[str], name: re.Match[str]) -> Iterator[RuleMatch]:
    value = han_number(number["number"])
    if not value:
        return
    prefix = number["prefix"]
    currency = (_SYMBOLS.get(prefix) or _HAN_NAMES.get(prefix)) if prefix else None
    amount = Decimal(value)
    for part, unit in (("jiao", Decimal("0.1")), ("fen", Decimal("0.01"))):
        digit = han_number(name[part]) if name[part] else None
        if digit:
            amount += digit * unit
    start = number.start("prefix") if prefix else number.start("number")
    # "一元" occurs in 一元二次方程; with a currency's name or a larger number there is no doubt.
    certain = bool(prefix) or len(number["number"]) > 1 or name["currency"] not in ("元", "円", "圆", "圓")
    yield _match(start, name.end(), currency or _HAN_NAMES[name["currency"]], plain(amount, 2), 1.0 if certain else 0.6)
