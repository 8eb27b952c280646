"""Where sentences end. One scan of a compiled expression finds the candidates, bounded checks decide on each.

The method is the classical one of rules over the words beside the mark (cf. Palmer & Hearst, "Adaptive
multilingual sentence boundary disambiguation", Computational Linguistics 23(2), 1997, and the initials, ordinals and
sentence openers of Kiss & Strunk, "Unsupervised multilingual sentence boundary detection", CL 32(4), 2006), with
closed lists instead of learned ones, so that offsets are exact and the result is the same on every machine.

Every look to the left is bounded and every look to the right only crosses white space, so the time is linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from assistant.documents.segment.abbreviations import (
    MONTHS,
    NUMBERED,
    OPENERS,
    ORDINAL_LANGUAGES,
    PREFIX,
    SUFFIX,
)
from assistant.types import Span

LONGEST: Final = 1000
"""Characters; a longer sentence is cut at a weaker mark."""
LONGEST_CJK: Final = 400
"""The same where most characters are Chinese or Japanese, which say about three times as much each."""

CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"

_CLOSERS: Final = (
    r"""(?:[ \u00a0\u202f]?[»›]|["'”’]|[“‘«‹](?=[\s.,;:)»”’]|\Z)|[」』）)\]】》〉〕｝}]"""
    r"|\[\d{1,3}(?:[,–-]\s?\d{1,3}){0,6}\]|[¹²³⁴-⁹⁰])*"
)
_ITEM: Final = r"\(?(?:[a-zA-Z]|[ivxIVX]{1,5}|\d{1,2})\)"
_WIDE_ITEM: Final = (
    r"(?:[（(](?:[一二三四五六七八九十]{1,3}|\d{1,2}|[a-zA-Z])[）)]|[①-⑳㈠-㈩⑴-⒇]|第[一二三四五六七八九十]{1,3}[，、：]|"
    r"(?:[一二三四五六七八九十]{1,3}|\d{1,2})[、．]|\d{1,2}\.(?!\d))"
)
_CANDIDATE: Final = re.compile(
    rf"(?P<mark>[.!?…‥؟۔।॥։။።。！？｡．]+){_CLOSERS}"
    # A semicolon joins clauses, in Chinese too; it ends a unit only before the next item of a list or at a line's end.
    rf"|(?P<wide_list>；(?=\s{{0,3}}{_WIDE_ITEM}|\s*\n))"
    rf"|(?P<list>;(?:\s{{1,3}}(?:and|or|und|oder|et|ou|y|o|e|en|of|and/or)(?=\s))?(?=\s{{1,3}}{_ITEM}\s))"
    rf"|(?P<line>\n(?=[ \t]{{0,20}}(?:[•‣◦▪●■□➢✓*–—-][ \t]|{_ITEM}[ \t])))"
    r"|(?P<gap>\n[ \t\r\f\v\u3000]*\n)"
    r"|(?P<feed>[\f\u2029])"
)
_CJK_CHAR: Final = re.compile(f"[{CJK}]")
_WIDE_MARKS: Final = frozenset("。！？｡．")
_SPACE: Final = re.compile(r"\s*")
_OPENING: Final = re.compile(r"""["'“”„‚‘«»‹›「『（(\[【《〈¿¡*_\u00a0\u202f ]{0,6}""")
_WORD: Final = re.compile(r"[^\W\d_]{1,40}")
_BEFORE: Final = re.compile(r"[^\s(\[{\"“„«'‘/,;:、，：；（《「]{1,24}\Z")
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.-?){0,4}[^\W\d_]\Z")
_ORDINAL: Final = re.compile(r"\d{1,2}\Z")
_ENUMERATION: Final = re.compile(
    r"(?:(?:section|article|artikel|clause|chapter|appendix|annex|schedule|table|figure|step|exhibit|part|kapitel|"
    r"abschnitt|anhang|anlage|tabelle|abbildung|artículo|articolo|artigo|capítulo|capitolo|sección|sezione|chapitre|"
    r"annexe|tableau|hoofdstuk|bijlage|art\.|§)\s{0,2})?"
    r"\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-zA-Z]|[ivxlcIVXLC]{1,6})\)?\Z",
    re.IGNORECASE,
)
_CODE_AHEAD: Final = re.compile(r"[§#]?\s?(?:\d|[IVXLC]{1,6}\b|[A-Z]{1,6}[-/]?\d|[A-Z]\b(?!\.?\s+[a-z]))")
_ITEM_AHEAD: Final = re.compile(rf"{_ITEM}\s")
_BULLET_AHEAD: Final = frozenset("•‣◦▪●■□➢✓")
_REPORTING: Final = re.compile(r"[^。！？，\s]{0,4}(?:说|道|问|喊|叫|答|表示|指出|認為|认为|写道|回答|と|って|という)")
_CONTINUES_WIDE: Final = frozenset("，、；：。！？）」』”’》〉】的等,;:)…—")
_WEAKER: Final = (re.compile(r"[;；]\s*"), re.compile(r"[:：]\s+|："), re.compile(r"[,，、]\s*"), re.compile(r"\s+"))


def split_text(text: str, language: str = "und") -> list[Span]:
    """Sentences of a bare text, in order, without overlap, covering everything that is not white space.

    Blank lines and line-initial bullets end a sentence; single line ends count as spaces. ``language`` (ISO 639-1)
    only matters for ordinals such as ``3. Mai``. Linear in the text's length; never raises.
    """
    return list(split_range(text, Span(0, len(text)), language))


def split_range(text: str, span: Span, language: str = "und") -> Iterator[Span]:
    """Sentences of ``text[span.start:span.end]`` with offsets into ``text``; see :func:`split_text`."""
    begin, stop = span.start, span.end
    begin = _SPACE.match(text, begin, stop).end()  # type: ignore[union-attr]
    uncased = text[begin : min(stop, begin + 2000)].islower()
    for found in _CANDIDATE.finditer(text, begin, stop):
        # A mark inside what was already taken (white space before a sentence) cannot end anything.
        if found.end() <= begin:
            continue
        if found.lastgroup == "mark" and not _ends(text, begin, stop, found, language, uncased):
            continue
        end = _quote_end(text, begin, found) if found.lastgroup == "mark" else found.end()
        yield from _pieces(text, begin, end)
        begin = _SPACE.match(text, end, stop).end()  # type: ignore[union-attr]
    yield from _pieces(text, begin, stop)


def _quote_end(text: str, begin: int, found: re.Match[str]) -> int:
    """End of the sentence: a straight quote right after a wide mark closes only what was opened before."""
    mark_start, mark_end = found.span("mark")
    straight = text.find('"', mark_end, found.end())
    if straight < 0 or text[mark_end - 1] not in _WIDE_MARKS:
        return found.end()
    opened = text.count('"', max(begin, mark_start - LONGEST), straight) % 2
    if not opened:
        return straight
    reopened = text.find('"', straight + 1, found.end())
    return found.end() if reopened < 0 else reopened


def _ends(text: str, begin: int, stop: int, found: re.Match[str], language: str, uncased: bool) -> bool:
    """Whether the mark at ``found`` ends the sentence that begins at ``begin``."""
    mark_start, mark_end = found.span("mark")
    after = found.end()
    if after >= stop:
        return True
    mark = text[mark_start:mark_end]
    previous = text[mark_start - 1] if mark_start > begin else " "
    if _is_wide(text, mark, previous, after):
        return _ends_wide(text, stop, mark, mark_end, after, previous)
    if mark == "." and previous.isspace() and text[max(begin, mark_start - 2)] == ".":
        # Dot leaders of a table of contents: ". . . . 5".
        return False
    ahead = _SPACE.match(text, after, stop).end()  # type: ignore[union-attr]
    if ahead == after:
        # No space: decimals, addresses, "U.S.A", file names.
        return False
    if ahead >= stop:
        return True
    opened = _OPENING.match(text, ahead, stop).end()  # type: ignore[union-attr]
    follower = text[opened] if opened < stop else " "
    if follower in ".,;:!?)]}…%":
        return False
    if _ITEM_AHEAD.match(text, ahead, stop) or text[ahead] in _BULLET_AHEAD:
        return mark != "." or not _is_enumeration(text, begin, mark_start)
    if follower.islower() and not uncased and not _is_camel(text, opened):
        return False
    if mark != "." or (mark_end != after and text[mark_end] not in ")]"):
        # "?!", "...", or a full stop inside a quotation or a bracket: what follows is capital, so it is an end,
        # unless the bracket closes after an abbreviation ("(approx.) Value", "Smith (ed.) The").
        return True
    return _full_stop_ends(text, begin, mark_start, opened, stop, follower, language)


def _full_stop_ends(text: str, begin: int, stop_at: int, opened: int, stop: int, follower: str, language: str) -> bool:
    """A single full stop at ``stop_at``, followed by white space and then by ``follower``, not in lower case."""
    if _is_enumeration(text, begin, stop_at):
        return False
    before = _BEFORE.search(text, max(begin, stop_at - 24), stop_at)
    if before is None:
        return True
    token = before.group().lower().lstrip("([-–—")
    next_word = _WORD.match(text, opened, stop)
    word = next_word.group().lower() if next_word else ""
    opener = word in OPENERS and not (next_word and text[next_word.end() : next_word.end() + 1] == ".")
    if token in PREFIX or (token.rpartition("-")[2] in PREFIX and len(token) > 3 and token.count("-") == 1):
        # A title or "e.g." binds to what follows; the one-letter ones may also be an end ("point d. The").
        return len(token) == 1 and opener
    if token in NUMBERED:
        if _CODE_AHEAD.match(text, opened, stop) or follower.isdigit():
            return False
        if token not in SUFFIX and len(token) > 1:
            return True
    if _ORDINAL.search(token) and token.isdigit():
        if word in MONTHS:
            return False
        return not (language in ORDINAL_LANGUAGES and follower.isalpha() and not opener)
    if token in SUFFIX:
        return opener
    if _INITIALS.match(token) and (len(token) > 1 or before.group().isupper()):
        # "J. R. R. Tolkien", "U.S. Army": an end only before a word that opens sentences.
        return opener or not follower.isalpha()
    return True


def _is_enumeration(text: str, begin: int, stop_at: int) -> bool:
    """Whether the sentence so far is only its own number: ``4.2``, ``(a)``, ``Article 7``, ``iv``."""
    return stop_at - begin <= 24 and _ENUMERATION.match(text, begin, stop_at) is not None


def _is_camel(text: str, at: int) -> bool:
    """``iPhone``, ``eBay``: a lower-case letter that still opens a name."""
    return text[at + 1 : at + 2].isupper()


def _is_wide(text: str, mark: str, previous: str, after: int) -> bool:
    """Whether Chinese and Japanese rules hold: no space is needed after the mark."""
    if any(character in _WIDE_MARKS for character in mark):
        return True
    follows = text[after : after + 1]
    if _CJK_CHAR.match(previous) or previous in "”」』）》":
        # "……", and half-width marks in Chinese text: 你好!我是
        return bool(_CJK_CHAR.match(follows)) or follows in "“「『（《【" or mark[0] in "…‥"
    return False


def _ends_wide(text: str, stop: int, mark: str, mark_end: int, after: int, previous: str) -> bool:
    follows = text[after]
    if mark == "．" and previous.isalnum() and (follows.isdigit() or previous.isdigit()):
        return False
    if mark_end == after:
        if mark[0] in "…‥" and follows in _CONTINUES_WIDE:
            return False
        return follows not in "，、：；"
    if follows in _CONTINUES_WIDE:
        return False
    # “走吧！”他说。 / 「はい。」と言った。: the sentence goes on after the quotation. Brackets bind too.
    closed = text[mark_end]
    return not (closed in '”’」』"' and _REPORTING.match(text, after, min(stop, after + 8)))


def _pieces(text: str, begin: int, end: int) -> Iterator[Span]:
    """The stretch without white space around it, cut into pieces if it is too long."""
    while begin < end and text[end - 1].isspace():
        end -= 1
    if begin >= end:
        return
    if end - begin <= LONGEST_CJK:
        yield Span(begin, end)
        return
    wide = len(_CJK_CHAR.findall(text, begin, begin + LONGEST_CJK)) > LONGEST_CJK // 2
    longest = LONGEST_CJK if wide else LONGEST
    while end - begin > longest:
        cut = _cut(text, begin, begin + longest)
        last = cut
        while last > begin and text[last - 1].isspace():
            last -= 1
        yield Span(begin, last)
        begin = _SPACE.match(text, cut, end).end()  # type: ignore[union-attr]
    if begin < end:
        yield Span(begin, end)


def _cut(text: str, begin: int, limit: int) -> int:
    """The best place to cut in the last 60 % before ``limit``: after ``;``, ``:``, ``,``, a space, or anywhere."""
    low = begin + (limit - begin) * 2 // 5
    for pattern in _WEAKER:
        cut = 0
        for found in pattern.finditer(text, low, limit):
            cut = found.end()
        if cut > low:
            return cut
    # No mark at all: never between a letter and its combining accents, which belong together.
    cut = limit
    while cut > low and unicodedata.combining(text[cut]):
        cut -= 1
    return cut if cut > low else limit
