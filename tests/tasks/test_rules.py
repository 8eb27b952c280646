"""Rules: tables of what they find and of what they must leave alone."""

from __future__ import annotations

import gzip
import itertools
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.tasks.rules import numeric_order, rule_mentions
from assistant.tasks.rules.base import han_number
from assistant.tasks.rules.numbers import parse_number
from assistant.types import ENTITY_LABELS

SHARED = Path(__file__).parents[2] / "../shared"

# language, text with the mention in ⟦⟧, label, value
FOUND: list[tuple[str, str, str, str]] = [
    # --- dates
    ("en", "signed on ⟦1 March 2024⟧.", "DATE", "2024-03-01"),
    ("en", "signed on ⟦March 1st, 2024⟧,", "DATE", "2024-03-01"),
    ("en", "signed on ⟦March\n1, 2024⟧ by", "DATE", "2024-03-01"),
    ("en", "this ⟦1st day of March, 2024⟧", "DATE", "2024-03-01"),
    ("en", "on ⟦Mon, 3 May 2021⟧ at", "DATE", "2021-05-03"),
    ("en", "on ⟦Tuesday, December 24, 2024⟧.", "DATE", "2024-12-24"),
    ("en", "by ⟦Sept. 3, 2024⟧ or", "DATE", "2024-09-03"),
    ("en", "dated ⟦01-Mar-2024⟧", "DATE", "2024-03-01"),
    ("en", "in ⟦March 2024⟧.", "DATE", "2024-03"),
    ("en", "due on ⟦March 1⟧ each", "DATE", "--03-01"),
    ("en", "on ⟦3-5 May 2024⟧ in", "DATE", "2024-05-03/2024-05-05"),
    ("en", "on ⟦May 3–5, 2024⟧ in", "DATE", "2024-05-03/2024-05-05"),
    ("en", "on ⟦29 February 2024⟧", "DATE", "2024-02-29"),
    ("en", "at ⟦2024-03-01⟧.", "DATE", "2024-03-01"),
    ("en", "at ⟦2024-03-01T10:00:00Z⟧ sharp", "DATE", "2024-03-01T10:00:00Z"),
    ("en", "at ⟦2024/03/01⟧ sharp", "DATE", "2024-03-01"),
    ("en", "on ⟦1/3/2024⟧ we", "DATE", "2024-01-03"),
    ("fr", "le ⟦1/3/2024⟧ nous", "DATE", "2024-03-01"),
    ("en", "on ⟦25/12/2024⟧ we", "DATE", "2024-12-25"),
    ("en", "revenue of ⟦Q3 2024⟧ fell", "DATE", "2024-Q3"),
    ("en", "the ⟦second quarter of 2023⟧ was", "DATE", "2023-Q2"),
    ("en", "in ⟦FY2024⟧ we", "DATE", "FY2024"),
    ("en", "since ⟦2019⟧.", "DATE", "2019"),
    ("en", "in ⟦2019–2021⟧ it", "DATE", "2019/2021"),
    ("en", "in the ⟦1990s⟧ it", "DATE", "199X"),
    ("de", "am ⟦3. Mai 2024⟧ in", "DATE", "2024-05-03"),
    ("de", "am ⟦03.05.2024⟧ in", "DATE", "2024-05-03"),
    ("de", "am ⟦Montag, den 5. Februar 2024⟧ in", "DATE", "2024-02-05"),
    ("de", "im Jahr ⟦2020⟧ war", "DATE", "2020"),
    ("fr", "le ⟦1er mars 2024⟧ à", "DATE", "2024-03-01"),
    ("fr", "le ⟦14 juillet 1789⟧ à", "DATE", "1789-07-14"),
    ("es", "el ⟦3 de mayo de 2024⟧ en", "DATE", "2024-05-03"),
    ("it", "il ⟦12 gennaio 2023⟧ a", "DATE", "2023-01-12"),
    ("pt", "em ⟦7 de setembro de 2022⟧ em", "DATE", "2022-09-07"),
    ("nl", "op ⟦5 maart 2024⟧ in", "DATE", "2024-03-05"),
    ("ru", "от ⟦5 марта 2024⟧", "DATE", "2024-03-05"),
    ("zh", "于⟦2024年3月1日⟧签订", "DATE", "2024-03-01"),
    ("zh", "于⟦2024 年 3 月 1\n日⟧签订", "DATE", "2024-03-01"),
    ("zh", "于⟦二〇二四年三月一日⟧签订", "DATE", "2024-03-01"),
    ("zh", "于⟦二〇二四年十二月三十一日⟧签订", "DATE", "2024-12-31"),
    ("zh", "于⟦民国一百一十三年三月一日⟧签订", "DATE", "2024-03-01"),
    ("zh", "于⟦民國113年⟧出版", "DATE", "2024"),
    ("zh", "在⟦2024年3月⟧举行", "DATE", "2024-03"),
    ("zh", "在⟦2024年第三季度⟧增长", "DATE", "2024-Q3"),
    ("zh", "于⟦2024-03-01⟧签订", "DATE", "2024-03-01"),
    ("zh", "⟦2024年5月3日至5日⟧举行", "DATE", "2024-05-03/2024-05-05"),
    ("zh", "每年⟦5月3日⟧前", "DATE", "--05-03"),
    ("ja", "⟦令和6年3月1日⟧に", "DATE", "2024-03-01"),
    ("ko", "⟦2024년 3월 1일⟧에", "DATE", "2024-03-01"),
    # --- money
    ("en", "a fee of ⟦EUR 1,240,000⟧.", "MONEY", "EUR 1240000"),
    ("en", "a fee of ⟦EUR\n1,240,000⟧.", "MONEY", "EUR 1240000"),
    ("en", "about ⟦€1.2 million⟧.", "MONEY", "EUR 1200000"),
    ("en", "of ⟦$1,240,000.50⟧ each", "MONEY", "USD 1240000.50"),
    ("en", "raised ⟦USD 5bn⟧ in", "MONEY", "USD 5000000000"),
    ("en", "about ⟦US$ 3.5m⟧,", "MONEY", "USD 3500000"),
    ("en", "of ⟦$5-10 million⟧ a", "MONEY", "USD 5000000/10000000"),
    ("en", "of ⟦500 US dollars⟧ a", "MONEY", "USD 500"),
    ("en", "of ⟦HK$3,000⟧ a", "MONEY", "HKD 3000"),
    ("en", "of ⟦CHF 1'200.50⟧ a", "MONEY", "CHF 1200.50"),
    ("en", "of ⟦£5k⟧ a", "MONEY", "GBP 5000"),
    ("en", "of ⟦INR 12,34,567⟧ a", "MONEY", "INR 1234567"),
    ("en", "of ⟦€1,240⟧ a", "MONEY", "EUR 1240"),
    ("de", "Preis: ⟦1.240.000,00 €⟧ netto", "MONEY", "EUR 1240000"),
    ("de", "rund ⟦5 Mio. Euro⟧ netto", "MONEY", "EUR 5000000"),
    ("de", "rund ⟦3,5 Mrd. EUR⟧ netto", "MONEY", "EUR 3500000000"),
    ("fr", "prix de ⟦3 500 €⟧ net", "MONEY", "EUR 3500"),
    ("es", "unos ⟦5 millones de euros⟧ en", "MONEY", "EUR 5000000"),
    ("zh", "合同总价⟦人民币壹佰万元整⟧。", "MONEY", "CNY 1000000"),
    ("zh", "共计⟦1,000万元⟧。", "MONEY", "CNY 10000000"),
    ("zh", "共计⟦3.5亿美元⟧。", "MONEY", "USD 350000000"),
    ("zh", "共计⟦￥3,000⟧。", "MONEY", "CNY 3000"),
    ("zh", "共计⟦三百二十万元⟧。", "MONEY", "CNY 3200000"),
    ("zh", "计⟦壹仟贰佰叁拾肆元伍角陆分⟧", "MONEY", "CNY 1234.56"),
    ("ja", "価格は⟦¥3,000⟧です", "MONEY", "JPY 3000"),
    # --- percentages
    ("en", "up by ⟦2.5%⟧.", "PERCENT", "0.025"),
    ("en", "up by ⟦2.5 per cent⟧.", "PERCENT", "0.025"),
    ("en", "a rate of ⟦2.125%⟧.", "PERCENT", "0.02125"),
    ("en", "from 2004 to ⟦60%⟧ a", "PERCENT", "0.6"),
    ("en", "of ⟦5–10%⟧ a", "PERCENT", "0.05/0.1"),
    ("en", "of ⟦-3.5%⟧ a", "PERCENT", "-0.035"),
    ("en", "by ⟦25 basis points⟧ to", "PERCENT", "0.0025"),
    ("en", "of ⟦ten percent⟧ a", "PERCENT", "0.1"),
    ("de", "um ⟦2,5 %⟧ mehr", "PERCENT", "0.025"),
    ("de", "um ⟦7 Prozent⟧ mehr", "PERCENT", "0.07"),
    ("fr", "de ⟦2,5 pour cent⟧ par", "PERCENT", "0.025"),
    ("zh", "增长⟦5.5%⟧。", "PERCENT", "0.055"),
    ("zh", "按⟦百分之五⟧计", "PERCENT", "0.05"),
    ("zh", "按⟦百分之二点五⟧计", "PERCENT", "0.025"),
    ("zh", "按⟦千分之五⟧计", "PERCENT", "0.005"),
    ("zh", "按日⟦5‰⟧计", "PERCENT", "0.005"),
    # --- addresses
    ("en", "to ⟦Jane.Doe@example.co.uk⟧.", "EMAIL", "jane.doe@example.co.uk"),
    ("zh", "邮箱⟦zhang@example.com⟧。", "EMAIL", "zhang@example.com"),
    ("en", "see ⟦https://www.Example.com/a_(b)?x=1⟧.", "URL", "https://www.example.com/a_(b)?x=1"),
    ("en", "(see ⟦www.example.org/bar⟧)", "URL", "https://www.example.org/bar"),
    ("zh", "网址⟦https://www.example.com/a⟧。", "URL", "https://www.example.com/a"),
    ("en", "at ⟦example.com⟧ now", "URL", "https://example.com"),
    ("en", "Tel. ⟦+44 20 7946 0958⟧,", "PHONE", "+442079460958"),
    ("en", "call ⟦+1 (212) 736-5000⟧ now", "PHONE", "+12127365000"),
    ("en", "call us: ⟦(212) 736-5000⟧ now", "PHONE", "+12127365000"),
    ("de", "Telefon: ⟦030 901820⟧,", "PHONE", "+4930901820"),
    ("de", "⟦+49 (0)30 901820⟧,", "PHONE", "+4930901820"),
    ("fr", "Tél. : ⟦01 42 68 53 00⟧,", "PHONE", "+33142685300"),
    ("zh", "电话：⟦010-62345678⟧，", "PHONE", "+861062345678"),
    ("zh", "手机⟦13800138000⟧，", "PHONE", "+8613800138000"),
    # --- identifiers
    ("en", "IBAN ⟦DE89 3704 0044 0532 0130 00⟧ BIC", "IDENTIFIER", "DE89370400440532013000"),
    ("en", "IBAN: ⟦GB82WEST12345698765432⟧.", "IDENTIFIER", "GB82WEST12345698765432"),
    ("en", "BIC ⟦COBADEFFXXX⟧,", "IDENTIFIER", "COBADEFFXXX"),
    ("en", "VAT ⟦DE136695976⟧,", "IDENTIFIER", "DE136695976"),
    ("en", "LEI ⟦5493001KJTIIGC8Y1R12⟧,", "IDENTIFIER", "5493001KJTIIGC8Y1R12"),
    ("en", "ISIN ⟦US0378331005⟧,", "IDENTIFIER", "US0378331005"),
    ("en", "ISBN ⟦978-3-16-148410-0⟧,", "IDENTIFIER", "978-3-16-148410-0"),
    ("en", "ORCID ⟦0000-0002-1825-0097⟧,", "IDENTIFIER", "https://orcid.org/0000-0002-1825-0097"),
    ("en", "doi:⟦10.1000/xyz(1)23⟧.", "IDENTIFIER", "10.1000/xyz(1)23"),
    ("en", "arXiv:⟦2101.12345v2⟧ [cs]", "IDENTIFIER", "2101.12345v2"),
    ("en", "Contract No. ⟦SA-2024-017⟧.", "IDENTIFIER", "SA-2024-017"),
    ("en", "Contract\nNo. ⟦SA-2024-017⟧.", "IDENTIFIER", "SA-2024-017"),
    ("en", "Invoice Number: ⟦2024-0017⟧ of", "IDENTIFIER", "2024-0017"),
    ("en", "Purchase Order # ⟦4500012345⟧", "IDENTIFIER", "4500012345"),
    ("en", "Case No. ⟦1:19-cv-01234-ABC⟧,", "IDENTIFIER", "1:19-cv-01234-ABC"),
    ("de", "Rechnungsnummer: ⟦RE-2024/0815⟧,", "IDENTIFIER", "RE-2024/0815"),
    ("de", "Kundennr. ⟦4711⟧,", "IDENTIFIER", "4711"),
    ("de", "Az. ⟦12 O 345/20⟧,", "IDENTIFIER", "12 O 345/20"),
    ("fr", "Facture n° ⟦F2024-12⟧ du", "IDENTIFIER", "F2024-12"),
    ("zh", "合同编号：⟦HT-2024-001⟧。", "IDENTIFIER", "HT-2024-001"),
    ("zh", "账号：⟦7558 1234 5678 901⟧。", "IDENTIFIER", "7558 1234 5678 901"),
    ("en", "Account No. ⟦7558 1234 5678⟧ at", "IDENTIFIER", "7558 1234 5678"),
    ("zh", "见⟦（2023）京01民终1234号⟧判决", "IDENTIFIER", "（2023）京01民终1234号"),
    ("zh", "统一社会信用代码：⟦91110000600037341L⟧", "IDENTIFIER", "91110000600037341L"),
    ("zh", "身份证⟦11010519491231002X⟧。", "IDENTIFIER", "11010519491231002X"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "marked", "label", "value"), FOUND, ids=[f"{k}-{r[2]}" for k, r in enumerate(FOUND)]
)
def test_finds(language: str, marked: str, label: str, value: str) -> None:
    text = marked.replace("⟦", "").replace("⟧", "")
    start = marked.index("⟦")
    expected = (start, marked.index("⟧") - 1, label, value)
    assert expected in [(m.span.start, m.span.end, m.label, m.value) for m in rule_mentions(text, language)]


NOTHING: list[tuple[str, str]] = [
    ("en", "within thirty (30) days of the notice, ninety days, 3 months or next month"),
    ("en", "see section 4.2, clause 12.3.4 and page 12 of 20"),
    ("en", "version 1.2.3, Python 3.11.4 and release 4.2.10"),
    ("en", "as in Smith et al. (2019) and (Jones, 2020)"),
    ("en", "you may 3 times march 10 miles"),
    ("en", "ALL 3 PARTIES AND TOP 10 TEAMS"),
    ("en", "a score of 3/4 and 7-2, ratio 16:9"),
    ("en", "serial 4512 7789 1234 and 2024-0017-33"),
    ("en", "in 2000 metres and with 1500 people in 1200 units"),
    ("en", "on 31 February or on 2024-13-45 or 45/45/2024"),
    ("en", "CONTRACTS DELIVERY AGREEMENT between COMPANYX and"),
    ("en", "DE89 3704 0044 0532 0130 01 has a wrong check digit"),
    ("en", "Note that no 5 of them came; Article 5 applies; Table 3 shows 12"),
    ("en", "Item No. 09 and document no. 3"),
    ("en", "a @ b, user@localhost and @handle"),
    ("en", "p < 0.05, n = 120, 3.14159, 1,024 x 768, 10^6"),
    ("de", "gemäß § 3 Abs. 2 Nr. 4 und Ziff. 1.2.3 auf S. 25"),
    ("de", "innerhalb von 30 Tagen, nach 3. Mahnung"),
    ("zh", "三十日内，3个月，一年，第3条第2款，共12页"),
    ("zh", "第四条 一元二次方程和二元论"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text"), NOTHING, ids=range(len(NOTHING)))
def test_leaves_alone(language: str, text: str) -> None:
    found = [(m.label, m.span.of(text), m.value) for m in rule_mentions(text, language) if m.score > 0.6]
    assert found == []


def test_ambiguous_dates_score_lower_and_follow_the_rest_of_the_document() -> None:
    def value(text: str, language: str) -> tuple[str | None, float]:
        found = rule_mentions(text, language)[-1]
        return found.value, found.score

    assert value("on 1/3/2024", "en") == ("2024-01-03", 0.6)
    assert value("on 13/3/2024 and on 1/3/2024", "en") == ("2024-03-01", 0.6)
    assert value("am 3/13/2024 und am 1/3/2024", "de") == ("2024-01-03", 0.6)
    assert value("on 25/12/2024", "en")[1] > 0.9
    assert numeric_order("", "en") == "mdy"
    assert numeric_order("", "fr") == "dmy"
    assert rule_mentions("on 1/3/2024", "en", order="dmy")[0].value == "2024-03-01"


def test_a_number_in_a_contract_is_not_also_a_date_or_a_telephone() -> None:
    text = "Contract No. 2024-03-01, Tel. +44 20 7946 0958, invoice no. 02079460958."
    found = [(m.label, m.span.of(text)) for m in rule_mentions(text, "en")]
    assert found == [("IDENTIFIER", "2024-03-01"), ("PHONE", "+44 20 7946 0958"), ("IDENTIFIER", "02079460958")]


@pytest.mark.parametrize(
    ("text", "value"),
    [("二〇二四", 2024), ("三百二十万", 3_200_000), ("壹佰万", 1_000_000), ("十二", 12), ("一亿二千万", 120_000_000),
     ("二十", 20),
     ("两千零五", 2005), ("廿一", 21), ("", None), ("百万", 1_000_000), ("甲", None)],
)  # fmt: skip
def test_chinese_numerals(text: str, value: int | None) -> None:
    assert han_number(text) == value


@pytest.mark.parametrize(
    ("text", "language", "whole", "value"),
    [("1,240,000.50", "en", True, "1240000.50"), ("1.240.000,50", "en", True, "1240000.50"),
     ("1.240", "en", False, "1.240"),
     ("1.240", "de", False, "1240"), ("1.240", "en", True, "1240"), ("0.125", "en", True, "0.125"),
     ("1 200", "fr", True, "1200"),
     ("12,5", "en", False, "12.5"), ("1,2,3", "en", False, None)],
)  # fmt: skip
def test_numbers(text: str, language: str, whole: bool, value: str | None) -> None:
    found = parse_number(text, language, whole_thousands=whole)
    assert (None if found is None else str(found)) == value


PIECES = st.sampled_from(
    ["1", "23", "2024", "/", "-", ".", ",", " ", "\n", "€", "$", "EUR", "%", "March", "Mai", "年", "月", "日", "元",
     "万", "三",
     "No.", "Contract", "+", "(", ")", "@", "a.com", "www.", "10.1000/",
     "DE89",
     "ISBN", "Q3", "FY", "in", "\x00",
     "：", "编号"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=40).map("".join)),
    st.sampled_from(["en", "de", "zh", "und"]),
)
def test_any_text_gives_ordered_separate_mentions_without_outer_space(text: str, language: str) -> None:
    found = rule_mentions(text, language)
    assert all(first.span.end <= second.span.start for first, second in itertools.pairwise(found))
    for mention in found:
        piece = mention.span.of(text)
        assert piece
        assert piece == piece.strip()
        assert "\x00" not in piece
        assert mention.label in ENTITY_LABELS
        assert 0 < mention.score <= 1
        assert mention.source.startswith("rule:")


@pytest.mark.parametrize("unit", ["1 ", "1234 5678 90 12-34 ", "A1", "a@", "5 \n ", "$ ", "(", "AB12 CD34 ",
                                  "一二三四五",
                                  "No. ",
                                  "March ", "1.", "www.", "10.1000/(", "Ref: ", "元", "00"])  # fmt: skip
def test_repetition_is_linear(unit: str) -> None:
    # With anything quadratic this needs minutes, and the test's own limit stops it.
    rule_mentions(unit * (15_000 // len(unit)), "en")


def test_full_dates_in_real_text_are_all_found() -> None:
    path = SHARED / "data/answers/squad2_half_en.jsonl.gz"
    if not path.is_file():
        pytest.skip("needs ../shared/data")
    names = "January|February|March|April|June|July|August|September|October|November|December"
    day, year = r"(?:[1-9]|[12]\d|3[01])", r"(?:1[5-9]|20)\d\d"
    full = re.compile(rf"\b{day} (?:{names}) {year}\b|\b(?:{names}) {day}, {year}\b")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        contexts = sorted({json.loads(line)["context"] for line in lines})
    expected = missed = 0
    for context in filter(full.search, contexts):
        spans = [m.span for m in rule_mentions(context, "en") if m.label == "DATE"]
        for match in full.finditer(context):
            expected += 1
            missed += not any(span.start <= match.start() and match.end() <= span.end for span in spans)
    assert expected > 25
    assert missed == 0
