"""E-mail addresses, web addresses and telephone numbers (the last checked by Google's numbering plans)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import phonenumbers

from assistant.tasks.rules.base import RuleMatch, at_numbers
from assistant.types import Span

_LOCAL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._%+'-]{0,62}[A-Za-z0-9_+-])?\Z")
_LOCAL_TAIL: Final = re.compile(r"[A-Za-z0-9._%+'-]{1,64}\Z")
_DOMAIN: Final = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}(?:[A-Za-z]{2,24}|xn--[a-z0-9-]{2,59})"
)
_URL: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:https?|ftp)://|www\.(?=[A-Za-z0-9]))[^\s\x00<>\"“”「」『』《》，。；：！？、（）【】]{2,2000}",
    re.IGNORECASE,
)
_BARE: Final = re.compile(
    r"(?<![0-9A-Za-z_À-ɏ@./-])(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?\.){1,3}(?:com|org|net|edu|gov|io|eu|ai|com\.cn|co\.uk|gov\.cn|org\.cn)"
    r"(?:/[A-Za-z0-9_~%./?=&#+-]{0,500})?(?![0-9A-Za-z_À-ɏ@-]|\.0-9A-Za-z_À-ɏ)"
)

_PHONE: Final = re.compile(
    r"(?<![0-9A-Za-z_À-ɏ.,/:#§$€£+-])(?P<number>(?:\+|00(?=[1-9])|\(\+?)?\d(?:[ \t\u00a0./()–-]{0,2}\n?\d){5,16})"
    r"(?![0-9A-Za-z_À-ɏ%€$£/-]|[.,]\d)"
)
_PHONE_WORD: Final = re.compile(
    r"(?:tel(?:ephone|efon|efono|éfono|éphone|efoon|\.)?|phone|mobile?|mob\.|cell|fax|telefax|handy|mobil|durchwahl|móvil|cellulare|"
    r"hotline|call|tlf|(?:电话|電話|手机|手機|传真|傳真|热线|联系方式|携帯)(?:号码|號碼|号)?)"
    r"(?:\s?(?:no|number|nr|n[°º]))?[\s.:：)(/+-]{0,5}\Z",
    re.IGNORECASE,
)
_NATIONAL: Final = {
    # How numbers look without a word before them, where that form is hardly anything else.
    "US": re.compile(r"\(\d{3}\)\s?\d{3}[-.]\d{4}|\d{3}-\d{3}-\d{4}|1-\d{3}-\d{3}-\d{4}"),
    "CN": re.compile(r"1[3-9]\d{9}|1[3-9]\d[- ]\d{4}[- ]\d{4}|0\d{2,3}-\d{7,8}|\(0\d{2,3}\)\s?\d{7,8}|400-\d{3}-\d{4}"),
    "GB": re.compile(r"\(0\d{2,4}\)\s?\d{3,4}\s?\d{3,4}|0\d{2}\s\d{4}\s\d{4}|0\d{4}\s\d{6}"),
    "FR": re.compile(r"0[1-9](?:[ .]\d{2}){4}"),
    "JP": re.compile(r"0\d{1,3}-\d{2,4}-\d{4}"),
}
_REGIONS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("US", "GB"), "de": ("DE", "AT", "CH"), "fr": ("FR", "BE", "CH"), "es": ("ES", "MX"), "it": ("IT",),
    "pt": ("PT", "BR"), "nl": ("NL", "BE"), "zh": ("CN", "TW", "HK"), "ja": ("JP",), "ko": ("KR",), "ru": ("RU",),
    "pl": ("PL",), "sv": ("SE",), "da": ("DK",), "no": ("NO",), "fi": ("FI",), "cs": ("CZ",),
    "el": ("GR",), "tr": ("TR",),
}  # fmt: skip


def find_emails(text: str) -> Iterator[RuleMatch]:
    """Addresses around each ``@``; linear, since both sides are bounded."""
    at = text.find("@")
    while at >= 0:
        tail = _LOCAL_TAIL.search(text[max(0, at - 64) : at])
        domain = _DOMAIN.match(text, at + 1)
        if tail is not None and domain is not None:
            local = _LOCAL.match(tail.group().lstrip("._%+'-"))
            if local is not None and ".." not in local.group():
                start = at - len(local.group())
                value = text[start : domain.end()].lower()
                yield RuleMatch(Span(start, domain.end()), "EMAIL", 1.0, "rule:email", value)
        at = text.find("@", at + 1)


def find_urls(text: str) -> Iterator[RuleMatch]:
    """Web addresses with a scheme or ``www.``; bare domains of the usual kinds at a lower score. Linear."""
    for found in _URL.finditer(text):
        address = _trim_address(found.group())
        host = re.sub(r"^[a-z]+://", "", address, flags=re.IGNORECASE)
        if len(host) < 3 or not host[0].isalnum():
            continue
        yield _url(found.start(), address, 1.0)
    for found in _BARE.finditer(text):
        yield _url(found.start(), _trim_address(found.group()), 0.8)


def _url(start: int, address: str, score: float) -> RuleMatch:
    head, slashes, tail = address.partition("://")
    host, slash, path = (tail if slashes else head).partition("/")
    value = f"{head.lower() if slashes else 'https'}://{host.lower()}{slash}{path}"
    return RuleMatch(Span(start, start + len(address)), "URL", score, "rule:url", value)


def _trim_address(address: str) -> str:
    """Without the punctuation of the sentence around it; brackets stay where they are closed inside."""
    end = len(address)
    while end:
        last = address[end - 1]
        if last in ".,;:!?'\"*_…»›’‘]}|" or not last.isascii():
            if last.isalnum():
                break
            end -= 1
        elif last == ")" and address.count("(", 0, end) < address.count(")", 0, end):
            end -= 1
        else:
            break
    return address[:end]


def find_phones(text: str, language: str) -> Iterator[RuleMatch]:
    """Numbers that a numbering plan holds valid: in international form, after a word such as ``Tel.``, or in a form
    that is unmistakable in the text's language. Value: E.164."""
    regions = _REGIONS.get(language, ())
    for found in at_numbers(_PHONE, text, back="+("):
        written = found["number"]
        digits = sum(character.isdigit() for character in written)
        if not 7 <= digits <= 15:
            continue
        start = found.start("number")
        international = written.startswith(("+", "(+", "00"))
        named = _PHONE_WORD.search(text, max(0, start - 30), start) is not None
        # "(0)" between country code and number is not dialled.
        dialled = written.replace("(0)", "") if international else written
        if international:
            number = _valid("+" + dialled.lstrip("(+")[2:] if dialled.startswith("00") else dialled, ())
        elif named:
            number = _valid(written, regions or ("US", "GB", "DE", "CN"))
        else:
            number = _valid(written, tuple(r for r in regions if r in _NATIONAL and _NATIONAL[r].fullmatch(written)))
        if number is not None:
            end = start + len(written)
            if written.startswith("(") and ")" not in written:
                start += 1
            score = 1.0 if international else 0.97 if named else 0.85
            yield RuleMatch(Span(start, end), "PHONE", score, "rule:phone", number)


def _valid(written: str, regions: tuple[str, ...]) -> str | None:
    for region in regions if not written.startswith(("+", "(+")) else (None,):
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None
