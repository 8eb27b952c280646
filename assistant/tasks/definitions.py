"""What a document says of a term by its form: fields ("Seller: Acme Ltd") and definitions (Acme Ltd (the "Seller")).

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
_NAME_END: Final = re.compile(r"[,，;；(（]|\s(?:is|are|means|whose|which|of)\s")
_MEANT: Final = 400
_FIELDS_FROM: Final = ("paragraph", "list_item", "table_row", "heading")

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
        field = _FIELD.match(text, block.span.start, block.span.end)
        if field is not None:
            stop = field.end("value")
            while stop > field.start("value") and (text[stop - 1].isspace() or text[stop - 1] in ".。;；,，"):
                stop -= 1
            if stop > field.start("value"):
                value = Span(field.start("value"), stop)
                found += [Defined(term.strip(), value) for term in (field["term"], field["other"]) if term]
    return found


def asked_definition(document: Document, question: str) -> Span | None:
    """The place of the first definition or field whose term is all that is asked for."""
    asked = bare_question(question)
    language = document.language
    telling = set(question_terms(asked, language))
    for item in defined(document):
        if is_cjk(item.term):
            if item.term in asked and only_asks(asked.replace(item.term, "", 1)):
                return item.span
        elif telling and set(question_terms(item.term, language)) == telling and set(terms(item.term, language)):
            return item.span
    return None


def _name(text: str, begin: int, end: int) -> Span | None:
    """What stands before a parenthesis, from the start of its block to the first comma; at most a few words."""
    stop = _NAME_END.search(text, begin, end)
    last = stop.start() if stop is not None else end
    while last > begin and text[last - 1].isspace():
        last -= 1
    return Span(begin, last) if 2 <= last - begin <= 120 else None
