"""What a document says of a term by its form: fields ("Seller: Acme Ltd"), definitions (Acme Ltd (the "Seller");
"Contract Year" means ...) and, in Chinese, clauses that say what one thing is (合同总价为...).

Contracts, invoices and forms answer "who is the seller?" so, which readers of prose miss. A question is matched only
where nothing but the term itself is asked for. All patterns are bounded; the work is linear in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from assistant.tasks.answer_types import bare_question
from assistant.tasks.lexical import only_asks, question_terms, terms
from assistant.tasks.retrieval import is_cjk
from assistant.types import Document, Span

_QUOTED: Final = r"[\"“„「『](?P<term>[^\"”“„」』\n]{2,40})[\"”“」』]"
_ALIAS: Final = re.compile(rf"[(（](?:[^()（）\"“„「『\n]{{0,40}}){_QUOTED}[^()（）\n]{{0,40}}[)）]")
_TOGETHER: Final = re.compile(
    rf"\b(?:together|collectively|jointly)\b[^.\n\"“]{{0,40}}{_QUOTED}|合称{_QUOTED.replace('term', 'other')}"
)
_FIELD: Final = re.compile(
    r"(?P<term>[^\W\d_][^:：\n]{0,40}?)(?:[(（](?P<other>[^()（）\n]{0,20})[)）])?\s?[:：]\s?(?P<value>\S[^\n]{0,200})"
)
_MEANS: Final = re.compile(
    rf"{_QUOTED}\s?(?:means?|shall mean|has the meaning of|is defined as|是指|系指|指的?是|指|为)[:：]?\s?"
    r"(?P<value>[^\s;；。][^\n;；。]{1,300})"
)
_COPULA: Final = re.compile(
    r"(?:^|(?<=[。；，\n ]))(?:其中|本|该|其)?(?P<term>[\u4e00-\u9fff]{2,12}?)(?:共计|合计|总计|应当|应)?(?:为|是)"
    r"\s?(?P<value>[^\s，。；：][^，。；：\n]{1,80})(?=[，。；])"
)
"""A sentence or clause of Chinese that says what one thing is: 本合同总价为人民币……"""
_NAME_END: Final = re.compile(r"[,，;；(（]|\s(?:is|are|means|whose|which|of)\s")
_HOW: Final = re.compile("多(?:少|长|久|大|高|远|重|宽)|什么时候|什么意思")
_MEANT: Final = 400
_FIELDS_FROM: Final = ("paragraph", "list_item", "table_row", "heading")

_PAIRS: Final = (
    ("甲方", "乙方"), ("买方", "卖方"), ("出租方", "承租方"), ("出租人", "承租人"), ("委托方", "受托方"),
    ("委托人", "受托人"), ("发包人", "承包人"), ("发包方", "承包方"), ("供方", "需方"), ("用人单位", "劳动者"),
    ("贷款人", "借款人"), ("转让方", "受让方"), ("披露方", "接收方"), ("buyer", "seller"), ("purchaser", "seller"),
    ("client", "supplier"), ("customer", "supplier"), ("client", "contractor"), ("landlord", "tenant"),
    ("lessor", "lessee"), ("employer", "employee"), ("licensor", "licensee"), ("lender", "borrower"),
    ("customer", "provider"), ("company", "contractor"), ("discloser", "recipient"),
)  # fmt: skip
"""The two sides of an agreement, as fields and definitions name them."""
_PARTIES: Final = re.compile(
    r"(?:(?:合同|协议|签约|本合同的?|协议的?)?(?:双方|当事人|各方|当事方|签约方|合同方)(?:当事人)?(?:分别)?(?:是|为|有|都是)?(?:谁|哪些|哪两方|什么|哪几方)?)"
    r"|(?:who )?(?:are |is )?(?:the )?(?:contracting )?parties(?: (?:to|of) (?:the|this) (?:contract|agreement|lease))?"
    r"|(?:between )?whom? is (?:the|this) (?:contract|agreement|lease)(?: between)?",
    re.IGNORECASE,
)

SURE: Final = 0.9
"""Probability that a matched definition or field is what was asked for: a reader of prose that says otherwise errs."""


@dataclass(frozen=True, slots=True)
class Defined:
    """A term and the place that says what it is."""

    term: str
    span: Span


def defined(document: Document) -> list[Defined]:
    """The document's aliases, collective names and fields, in order of the blocks."""
    found: list[Defined] = []
    aliases: list[Span] = []
    for block in document.blocks:
        if block.kind not in _FIELDS_FROM:
            continue
        text = document.text
        for match in _ALIAS.finditer(text, block.span.start, block.span.end):
            begin = max(block.span.start, match.start() - _MEANT)
            name = _name(text, begin, match.start())
            if name is not None:
                aliases.append(Span(name.start, match.end()))
                found.append(Defined(match["term"], name))
        for match in _TOGETHER.finditer(text, block.span.start, block.span.end):
            near = [span for span in aliases if match.start() - span.end < 3 * _MEANT]
            if len(near) > 1:
                found.append(Defined(match["term"] or match["other"], Span(near[0].start, near[-1].end)))
        for pattern in (_MEANS, _COPULA):
            for match in pattern.finditer(text, block.span.start, block.span.end):
                stop = _value_end(text, match.start("value"), match.end("value"))
                if stop > match.start("value"):
                    found.append(Defined(match["term"], Span(match.start("value"), stop)))
        field = _FIELD.match(text, block.span.start, block.span.end)
        if field is not None:
            stop = _value_end(text, field.start("value"), field.end("value"))
            if stop > field.start("value"):
                value = Span(field.start("value"), stop)
                found += [Defined(term.strip(), value) for term in (field["term"], field["other"]) if term]
    return found


def asked_definition(document: Document, question: str) -> Span | None:
    """The place of the first definition or field whose term is all that is asked for."""
    asked = _HOW.sub("多", bare_question(question))
    language = document.language
    telling = set(question_terms(asked, language))
    found = defined(document)
    for item in found:
        if is_cjk(item.term):
            if item.term in asked and only_asks(asked.replace(item.term, "", 1)):
                return item.span
            if _shortened(asked, item.term):
                return item.span
        elif telling and set(question_terms(item.term, language)) == telling and set(terms(item.term, language)):
            return item.span
    return _both_sides(found) if _PARTIES.fullmatch(question.strip(" ?？。.")) else None


def _both_sides(found: list[Defined]) -> Span | None:
    """From the one side of an agreement to the other, where they are told one after the other."""
    first: dict[str, Span] = {}
    for item in found:
        first.setdefault(item.term.casefold(), item.span)
    for pair in _PAIRS:
        spans = sorted(first[side] for side in pair if side in first)
        if len(spans) == 2 and 0 <= spans[1].start - spans[0].end < 3 * _MEANT:
            return Span(spans[0].start, spans[1].end)
    return None


def _shortened(asked: str, term: str) -> bool:
    """Whether what is asked for is a short form of a Chinese ``term``, as 质保期 is of 质量保证期."""
    core = "".join(char for char in asked if char.isalnum() and not only_asks(char))
    if not (3 <= len(core) < len(term) <= 2 * len(core)) or (core[0], core[-1]) != (term[0], term[-1]):
        return False
    rest = iter(term)
    return all(char in rest for char in core)


def _value_end(text: str, start: int, end: int) -> int:
    while end > start and (text[end - 1].isspace() or text[end - 1] in ".。;；,，"):
        end -= 1
    return end


def _name(text: str, begin: int, end: int) -> Span | None:
    """What stands before a parenthesis, from the start of its block to the first comma; at most a few words."""
    stop = _NAME_END.search(text, begin, end)
    last = stop.start() if stop is not None else end
    while last > begin and text[last - 1].isspace():
        last -= 1
    return Span(begin, last) if 2 <= last - begin <= 120 else None
