"""Identifiers: those with check digits (verified by python-stdnum) and numbers that a word announces as such.

IBAN, BIC, LEI, ISIN, ISBN, ISSN, ORCID, DOI, European VAT numbers, Chinese unified social credit codes and resident
identity numbers; contract, invoice, case, order ... numbers in several languages. The span is the number alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from stdnum import bic, iban, isbn, isin, isni, issn, lei
from stdnum.cn import ric, uscc
from stdnum.eu import vat

from assistant.tasks.rules.base import SPACE, RuleMatch, half_width, word_set, words_of
from assistant.types import Span

_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ \u00a0\n]?[A-Z0-9]){11,30}(?![a-z])")
# Lengths by country, from the IBAN registry of SWIFT.
_IBAN_LENGTHS: Final = {
    entry[:2]: int(entry[2:])
    for entry in word_set(
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 "
        "ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
        "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 "
        "QA29 RO24 RS22 SA24 SC31 SD18 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 "
    )
}
_CODE: Final = re.compile(r"(?<![A-Za-z0-9])(?=[A-Z]{0,19}\d)[A-Z0-9]{12,20}(?![A-Za-z0-9])")
_VAT: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)[ ]?"
    r"(?=[A-Z0-9]{0,3}[ .]?\d)[A-Z0-9](?:[ .]?[A-Z0-9+*]){6,12}(?![A-Za-z0-9])"
)
_BIC: Final = re.compile(
    r"(?:BIC|SWIFT)(?:[ /-]?(?:BIC|SWIFT|code|Code|CODE))?(?:代码|号码)?[\s:：#(]{0,4}"
    r"(?P<id>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)(?![A-Za-z0-9])"
)
_ISBN: Final = re.compile(
    r"(?<![\d-])(?:(?P<word>ISBN(?:-1[03])?(?:\s?\((?:print|online|e-?book|pbk|hbk)\))?[\s:：]{0,3})"
    r"(?P<id>(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx])"
    r"|(?P<bare>97[89]-(?:\d-?){9}\d))(?![\w-])"
)
_ISSN: Final = re.compile(r"ISSN(?:\s?\((?:print|online)\))?[\s:：]{0,3}(?P<id>\d{4}-\d{3}[\dXx])(?!\w)")
_ORCID: Final = re.compile(r"(?<![\w-])(?P<id>0000-000[1-9]-\d{4}-\d{3}[\dX])(?![\w-])")
_DOI: Final = re.compile(r"(?<![\w.])(?:doi:\s?)?(?P<id>10\.\d{4,9}/[^\s\x00<>\"“”，。；、）]{2,200})", re.IGNORECASE)
_ARXIV: Final = re.compile(r"(?i:arxiv):\s?(?P<id>\d{4}\.\d{4,5}(?:v\d{1,2})?)(?!\d)")

# A number must hold a digit; letters, digits and - / . _ in between.
_ID: Final = (
    r"(?P<id>\d{2,4}(?: \d{2,4}){2,6}(?!\d)"
    r"|(?=[A-Za-z./_–-]{0,16}\d)[A-Za-z0-9](?:[A-Za-z0-9/_.–-]{0,38}[A-Za-z0-9])?)(?![A-Za-z0-9])"
)
_NO: Final = (
    r"(?:(?:Nos?|NOS?|Nr|NR|no|nr)\b\.?|N[°ºo]\.?|n[°º]\.?|№"
    r"|(?i:numbers?|nummer|número|numero|numéro)\b|#|ID\b|(?i:code|id|ref)\b\.?)"
)
_KINDS: Final = word_set(
    "contract agreement invoice order po case claim policy customer account reference ref file project "
    "application patent docket serial registration company document licence license permit quotation "
    "quote tender bid receipt tracking ticket member membership employee tax grant award proposal work "
    "sow item part vat vertrag rechnung auftrag bestellung angebot kunden akten projekt steuer contrat "
    "facture commande dossier devis contrato factura fattura pedido expediente ordine contratto fatura "
    "processo "
)
_ANNOUNCED: Final = re.compile(rf"\w{{2,16}}{SPACE}[.:-]?{SPACE}{_NO}{SPACE}(?:[:：#-]{SPACE})?{_ID}")
_COMPOUND_ENDS: Final = ("nummer", "nr", "zeichen", "identifikationsnummer")
_COMPOUND: Final = re.compile(
    rf"(?!seitenn|hausn|telefonn|faxn|kapiteln)\w{{4,40}}\.?{SPACE}(?:[:：]{SPACE})?{_ID}", re.IGNORECASE
)
_COLON_WORDS: Final = frozenset({"ref", "reference", "invoice", "order", "case", "az", "docket", "zeichen"})
_COLON: Final = re.compile(rf"\w{{2,9}}\.?\s?[:：#]{SPACE}{_ID}")
_BARE_NO: Final = re.compile(
    r"(?:N(?:o\.|r\.|[°º])|№)(?<![A-Za-z]...)[^\S\n]?"
    r"(?P<id>(?=[A-Z]{1,8}[-/ ]?\d)[A-Z]{1,8}[-/]?\d[A-Za-z0-9/_-]{2,30}"
    r"|\d{1,4}[-/](?:cv|CV|cr|CR|[A-Z]{1,4})[-/]\d{2,8})(?![A-Za-z0-9])"
)
_CJK: Final = re.compile(
    rf"(?:合同|协议|協議|订单|訂單|发票|發票|案件|案|项目|項目|文件|证书|專利|专利|申请|申請|登记|注册|许可证|保单|保險單|账|帳|客户|报价单|招标|"
    rf"编|受理|备案|批准|契約|請求書|注文|受付|管理|票据|单据|车牌|护照|执照)(?:编号|編號|編号|号码|號碼|番号|号|號|代码|No\.?){SPACE}[:：为是]{SPACE}"
    r"(?P<id>\d{2,4}(?: \d{2,4}){2,6}(?!\d)"
    r"|(?=[^\s，。；]{0,24}\d)[A-Za-z0-9\u4e00-\u9fff（(〔\[][A-Za-z0-9\u4e00-\u9fff/_.–（）()〔〕\[\]-]{1,38})"
)
_COURT: Final = re.compile(
    r"(?P<id>[（(〔](?:19|20)\d\d[）)〕][\u4e00-\u9fff]{1,2}\d{0,4}[\u4e00-\u9fff]{1,4}\d{1,7}号(?:之[一二三四五六七八九十])?)"
)
_US_DOCKET: Final = re.compile(
    r"(?<![\w:-])(?P<id>\d:\d{2}-(?:cv|cr|mc|md|mj|bk)-\d{3,6}(?:-[A-Z]{2,4}){0,3})(?![\w-])"
)
# German courts: 12 O 345/20, VIII ZR 12/21.
_DE_DOCKET: Final = re.compile(
    r"(?<![\w./-])(?P<id>(?:\d{1,4}|[IVX]{1,5})\s(?:[A-Z]|ZR|ZB|StR|BvR|BvL|AZR|Sa|Ca|Ks|Ls|KLs|Js|BR|Kart|OH|HKO|UF|WF)\s\d{1,6}/\d{2})(?![\w/-])"
)

_VERIFIED: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], bool], Callable[[str], str]], ...]] = (
    ("bic", _BIC, bic.is_valid, bic.compact),
    ("isbn", _ISBN, isbn.is_valid, isbn.to_isbn13),
    ("issn", _ISSN, issn.is_valid, issn.format),
    ("orcid", _ORCID, isni.is_valid, lambda number: "https://orcid.org/" + number),
)
_TOKENS: Final[tuple[tuple[str, int, Callable[[str], bool]], ...]] = (
    ("lei", 20, lei.is_valid),
    ("uscc", 18, uscc.is_valid),
    ("resident_id", 18, ric.is_valid),
    ("isin", 12, isin.is_valid),
)
_ANNOUNCERS: Final[tuple[tuple[str, re.Pattern[str], float], ...]] = (
    ("announced_number", _CJK, 0.95),
    ("announced_number", _BARE_NO, 0.85),
    ("court_case", _COURT, 1.0),
    ("court_case", _US_DOCKET, 1.0),
    ("court_case", _DE_DOCKET, 0.95),
    ("arxiv", _ARXIV, 1.0),
)


def find_verified(text: str) -> Iterator[RuleMatch]:
    """Identifiers whose check digits (or, for BIC and DOI, whose form) hold. Value: the compact form. Linear."""
    yield from _ibans(text)
    for name, pattern, valid, value in _VERIFIED:
        for found in pattern.finditer(text):
            group = "id" if found["id"] else "bare"
            if valid(found[group]):
                yield _match(Span(*found.span(group)), 1.0, name, value(found[group]))
    for found in _CODE.finditer(text):
        for name, length, valid in _TOKENS:
            if len(found.group()) == length and valid(found.group()):
                yield _match(Span(*found.span()), 1.0, name, found.group())
                break
    for found in _VAT.finditer(text):
        if vat.is_valid(found.group()):
            yield _match(Span(*found.span()), 1.0, "vat", vat.compact(found.group()))
    for found in _DOI.finditer(text):
        address = found["id"].rstrip(".,;:!?'’”)]}*")
        # Brackets are legal in a DOI; a closing one belongs to it if it was opened inside.
        if address.count("(") > address.count(")") and found["id"][len(address) :].startswith(")"):
            address += ")"
        yield _match(Span(found.start("id"), found.start("id") + len(address)), 1.0, "doi", address.lower())


def find_announced(text: str) -> Iterator[RuleMatch]:
    """Numbers after words such as ``Contract No.``, ``合同编号：`` or ``Rechnungsnummer``. Linear."""
    for score, found in _after_words(text):
        yield from _announced(found, "announced_number", score)
    for name, pattern, score in _ANNOUNCERS:
        for found in pattern.finditer(text):
            yield from _announced(found, name, score)


def _after_words(text: str) -> Iterator[tuple[float, re.Match[str]]]:
    for word in words_of(text):
        lowered = word.group().lower()
        found = None
        score = 0.95
        if lowered in _KINDS:
            found = _ANNOUNCED.match(text, word.start())
        elif len(lowered) > 6 and lowered.endswith(_COMPOUND_ENDS):
            found = _COMPOUND.match(text, word.start())
        if found is None and lowered in _COLON_WORDS:
            found, score = _COLON.match(text, word.start()), 0.85
        if found is not None:
            yield score, found


def _announced(found: re.Match[str], name: str, score: float) -> Iterator[RuleMatch]:
    written = _balanced(found["id"])
    # "Item No. 9" counts things, it does not name one.
    if len(written) >= 3 and any(character.isdigit() for character in written):
        start = found.start("id")
        yield _match(Span(start, start + len(written)), score, name, half_width(written))


def _match(span: Span, score: float, name: str, value: str) -> RuleMatch:
    return RuleMatch(span, "IDENTIFIER", score, f"rule:{name}", value)


def _ibans(text: str) -> Iterator[RuleMatch]:
    for found in _IBAN.finditer(text):
        # The pattern may run on into the next words ("... 3000 BIC"): the country tells how long the number is.
        written = found.group()
        left = _IBAN_LENGTHS.get(written[:2], 0)
        end = 0
        while left and end < len(written):
            left -= not written[end].isspace()
            end += 1
        if end and not left and not written[end : end + 1].isalnum() and iban.is_valid(written[:end]):
            yield _match(Span(found.start(), found.start() + end), 1.0, "iban", iban.compact(written[:end]))


def _balanced(written: str) -> str:
    """Cut at a bracket that was not opened inside."""
    depth = 0
    for index, character in enumerate(written):
        if character in "（(〔[":
            depth += 1
        elif character in "）)〕]":
            depth -= 1
            if depth < 0:
                return written[:index]
    return written if depth == 0 else re.split(r"[（(〔\[]", written)[0] or written
