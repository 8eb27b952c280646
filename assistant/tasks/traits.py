"""Traits of form that tell kinds of documents apart whatever their subject: each a number in [0, 1].

They are counted, not learned: questions, citations, numbered clauses, bullets, blanks to fill in and the like. The
list of document types says which of them speak for or against a type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import regex

from assistant.types import Block, Document

_CHARACTERS = 60_000
_TOP = 500

_WORD = regex.compile(r"[\p{L}\p{N}]+|[\p{Han}]")
_QUESTION = regex.compile(r"[?？]")
_SENTENCE = regex.compile(r"[.!?。！？](?:\s|$|[\"”’」])|[。！？]")
_CITATION = regex.compile(
    r"\[\s?\d+(?:\s?[,–-]\s?\d+)*\s?\]|\((?:[^()]{0,60}\s)?\p{Lu}[\p{L}-]+"
    r"(?: et al\.?| (?:and|&) \p{Lu}[\p{L}-]+)?,? (?:19|20)\d\d"
    r"|\bet al\b|\((?:19|20)\d\d[a-z]?\)"
)
_CLAUSE = regex.compile(r"(?m)^\s*(?:\d+\.\d+(?:\.\d+)*|\(\p{Ll}\)|第[一二三四五六七八九十百\d]+条)[\s.]")
_SHALL = regex.compile(r"\bshall\b|应当|不得", regex.IGNORECASE)
_BLANK = regex.compile(r"_{4,}|[☐☑□]|\[ \]|\.{12,}")
_AMOUNT = regex.compile(r"[$€£¥￥]\s?\d|\b\d{1,3}(?:,\d{3})+(?:\.\d\d)?\b|\b\d+\.\d\d\b")
_YEAR = regex.compile(r"\b(?:1[5-9]|20)\d\d\b")
_WEEKDAY_DATE = regex.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day,? (?:\d{1,2} )?\p{Lu}\p{L}+ \d{1,2}|\(Reuters\)|\(AP\)|\d+月\d+日电",
    regex.I,
)
_REPORTED = regex.compile(
    r"\b(?:said|told|announced|reported|according to|spokes(?:man|woman|person)|officials?|police)\b|记者|据悉|报道",
    regex.I,
)
_TURN = regex.compile(r"(?m)^\s*(?:\p{Lu}[\p{L}.'-]*(?: \p{Lu}[\p{L}.'-]*){0,3}|Q|A|问|答|记者|\p{Han}{2,4})\s?[:：]")
_FIRST_PERSON = regex.compile(r"\b(?:I|I'm|I've|my|me|we|our|us|you|your)\b|我们?|您")
_NARRATIVE = regex.compile(r"\b(?:he|she|his|her|him|was|were|had)\b|[他她]", regex.I)
_QUOTE = regex.compile(r"[“\"「]")
_IMPERATIVE = regex.compile(
    r"(?m)(?:^|[.:]\s+|\d[.)]\s+|[-•]\s+)(?:press|click|select|open|insert|remove|install|turn|connect|choose|enter|"
    r"make sure|place|put|use|add|set|hold|push|pull|check|do not|don't|never|always|cut|mix|run|type)"
    r"\b|请勿|点击|按下",
    regex.I,
)
_MARKUP_BULLET = regex.compile(r"(?m)^\s*(?:[-*•◦‣·]|\d+[.)])\s+\S")


class Traits:
    """The traits of one document; each is counted when it is first asked for."""

    def __init__(self, document: Document) -> None:
        self._text = document.text[:_CHARACTERS]
        self._blocks: Sequence[Block] = [block for block in document.blocks if block.span.start < _CHARACTERS]
        self._words = max(1, len(_WORD.findall(self._text)))
        self._sentences = max(1, len(_SENTENCE.findall(self._text)))
        self._known: dict[str, float] = {}

    def value(self, name: str) -> float:
        """0 for a name that is not in :data:`TRAITS`, so that a list from a later version still works."""
        if name not in self._known:
            count = TRAITS.get(name)
            self._known[name] = 0.0 if count is None else min(1.0, max(0.0, count(self)))
        return self._known[name]

    def per_word(self, pattern: regex.Pattern[str], full: float) -> float:
        """Share of words that match, 1 at ``full``."""
        return len(pattern.findall(self._text)) / self._words / full

    def per_sentence(self, pattern: regex.Pattern[str], full: float) -> float:
        return len(pattern.findall(self._text)) / self._sentences / full

    def top(self, pattern: regex.Pattern[str]) -> float:
        return float(pattern.search(self._text[:_TOP]) is not None)

    def bullets(self) -> float:
        marked = sum(block.kind == "list_item" for block in self._blocks)
        return max(marked / max(1, len(self._blocks)) / 0.5, self.per_sentence(_MARKUP_BULLET, 0.5))

    def prose(self) -> float:
        """1 where there are about as many sentences as their words need, 0 where there are hardly any."""
        return 1.3 - self._words / self._sentences / 60

    def long(self) -> float:
        return self._words / 4000


TRAITS: dict[str, Callable[[Traits], float]] = {
    "questions": lambda it: it.per_sentence(_QUESTION, 0.2),
    "citations": lambda it: it.per_word(_CITATION, 0.01),
    "clauses": lambda it: it.per_word(_CLAUSE, 0.012) * (0.5 + 0.5 * min(1.0, it.per_word(_SHALL, 0.01))),
    "blanks": lambda it: it.per_word(_BLANK, 0.04),
    "amounts": lambda it: it.per_word(_AMOUNT, 0.08),
    "years": lambda it: it.per_word(_YEAR, 0.02),
    "dateline": lambda it: it.top(_WEEKDAY_DATE),
    "reported": lambda it: it.per_word(_REPORTED, 0.015),
    "turns": lambda it: it.per_sentence(_TURN, 0.25),
    "first_person": lambda it: it.per_word(_FIRST_PERSON, 0.05),
    "narrative": lambda it: it.per_word(_NARRATIVE, 0.08),
    "quotes": lambda it: it.per_word(_QUOTE, 0.02),
    "imperative": lambda it: it.per_sentence(_IMPERATIVE, 0.3),
    "bullets": Traits.bullets,
    "prose": Traits.prose,
    "long": Traits.long,
}
