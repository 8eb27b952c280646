"""Text as it really arrives: capitals, OCR errors, divided words, tables. Gold offsets stay aligned. No torch.

``PERTURBATIONS`` change an :class:`EntityRow`, ``ANSWER_PERTURBATIONS`` the context of an :class:`AnswerRow` (a
question is typed, not scanned). All are functions of the row and a ``random.Random``: the same seed makes the same
text. They serve for measuring (``docent evaluate --robustness``) and as augmentation; thousands of rows a second.

A perturbation is a list of edits of the text. No edit may straddle the border of a mention, so each mention's new form
is well defined: what the edits inside it leave. White space at its ends is cut; a mention of which nothing is left is
dropped.
"""

from __future__ import annotations

import functools
import math
import random
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from assistant.training.dataset import AnswerRow, EntityRow, LabelledSpan
from assistant.training.perturb_ocr import misread

Edit = tuple[int, int, str]
"""``(start, end, text)``: what replaces a half-open range; an empty range is an insertion."""
Range = tuple[int, int]
EntityPerturbation = Callable[[EntityRow, random.Random], EntityRow]
AnswerPerturbation = Callable[[AnswerRow, random.Random], AnswerRow]
_Edits = Callable[[str, str, Sequence[Range], random.Random], list[Edit]]
"""Edits of ``(text, language, mentions, rng)``, in order, without overlap."""

Row = TypeVar("Row", EntityRow, AnswerRow)

SEPARATORS = ("\t", " | ")
"""Between the cells of a table: as Docent's own reading writes it, and as others do."""

_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_WIDE = re.compile(r"[\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]")
_SENTENCE_END = re.compile(r"[.!?](?=\s+\S)|[。！？](?=.)", re.DOTALL)
_CLAUSE_END = re.compile(r"[,;:.!?]\s+|[，。；：！？、]")
_DIVIDES = re.compile(r"[^\W\d_]{3,}?(?<=[aeiouy])(?=[b-df-hj-np-tv-xz][^\W\d_]{2})|[^\W\d_]{4}(?=[^\W\d_]{3})")
_WORD = re.compile(r"[^\W\d_]+")
_CELL = re.compile(r"[\u3400-\u9fff]|\w[\w'’.-]*")


def apply_edits(text: str, edits: Sequence[Edit], spans: Sequence[Range]) -> tuple[str, list[Range | None]]:
    """The edited text, and where each span stands in it; None for one of which nothing is left.

    What is inserted at a span's border is outside of it. Raises ValueError for edits that overlap, are out of order or
    straddle a border.
    """
    parts: list[str] = []
    ends: list[int] = []
    shifts = [0]
    at = 0
    for start, end, new in edits:
        if start < at or end < start:
            raise ValueError(f"the edit of [{start}, {end}) is out of order")
        parts += (text[at:start], new)
        at = end
        ends.append(end)
        shifts.append(shifts[-1] + len(new) - (end - start))
    parts.append(text[at:])
    edited = "".join(parts)

    def shift(place: int, count: int) -> int:
        if count < len(edits) and edits[count][0] < place:
            raise ValueError(f"the edit of {edits[count]!r} straddles the border at {place}")
        return place + shifts[count]

    moved: list[Range | None] = []
    for start, end in spans:
        before = bisect_right(ends, end)
        while before and edits[before - 1][0] == end:
            before -= 1
        first, last = shift(start, bisect_right(ends, start)), shift(end, before)
        while first < last and edited[first].isspace():
            first += 1
        while first < last and edited[last - 1].isspace():
            last -= 1
        moved.append((first, last) if first < last else None)
    return edited, moved


# --- the edits ---------------------------------------------------------------------------------------------------


def _upper(text: str, lang: str, mentions: Sequence[Range], rng: random.Random) -> list[Edit]:
    return _cased(text, text.upper(), str.upper)


def _lower(text: str, lang: str, mentions: Sequence[Range], rng: random.Random) -> list[Edit]:
    return _cased(text, text.lower(), str.lower)


def _cased(text: str, whole: str, change: Callable[[str], str]) -> list[Edit]:
    """No letter becomes shorter, so texts of one length are aligned; else ("ß", "İ") letter by letter."""
    if len(whole) == len(text):
        return [(index, index + 1, new) for index, new in enumerate(whole) if new != text[index]]
    return [(index, index + 1, new) for index, char in enumerate(text) if (new := change(char)) != char]


def _no_punctuation(text: str, lang: str, mentions: Sequence[Range], rng: random.Random) -> list[Edit]:
    """As a transcript has it: hyphens and slashes between letters become spaces, the rest of punctuation goes."""
    edits: list[Edit] = []
    before = " "
    for index, char in enumerate(text):
        if not char.isalnum() and not char.isspace() and char not in "@#%&*" and unicodedata.category(char)[0] == "P":
            after = text[index + 1 : index + 2]
            if before.isalnum() and after.isalnum() and (unicodedata.category(char) == "Pd" or char in "/\\"):
                edits.append((index, index + 1, " "))
                before = " "
            else:
                edits.append((index, index + 1, ""))
        elif char == " " == before:
            edits.append((index, index + 1, ""))
        else:
            before = char
    return edits


def _divided(text: str, lang: str, mentions: Sequence[Range], rng: random.Random) -> list[Edit]:
    """Lines of 40 to 70 characters (20 to 36 Chinese ones); a long word at a line's end is divided by a hyphen."""
    width = rng.randint(20, 36) if lang == "zh" else rng.randint(40, 70)
    edits: list[Edit] = []
    line = 0
    while line + width < len(text):
        end = line + width
        if _WIDE.match(text, end) and _WIDE.match(text, end - 1):
            edits.append((end, end, "\n"))
            line = end
            continue
        first = text.rfind(" ", line, end) + 1 or line
        word = _WORD.search(text, first)
        cut = _cut(text, word, end, rng) if word is not None else None
        if cut is not None and line < cut:
            own = text[cut - 1] == "-"
            edits.append((cut, cut, "\n" if own else "-\n"))
            line = cut
        elif first > line:
            edits.append((first - 1, first, "\n"))
            line = first
        else:
            line = end
    return edits


def _cut(text: str, word: re.Match[str], end: int, rng: random.Random) -> int | None:
    """Where to divide the word at a line's end: after its own hyphen, or between two syllables, roughly."""
    if word.start() >= end or _CJK.search(word.group()):
        return None
    if text[word.end() : word.end() + 1] == "-" and text[word.end() + 1 : word.end() + 2].isalpha():
        return word.end() + 1 if word.end() < end else None
    if len(word.group()) < 7:
        return None
    places = [match.end() for match in _DIVIDES.finditer(text, word.start(), word.end()) if match.end() <= end]
    return rng.choice(places) if places else None


def _divided_and_read(text: str, lang: str, mentions: Sequence[Range], rng: random.Random) -> list[Edit]:
    """What reading makes of :func:`_divided`: lines joined, hyphens between a letter and a small letter dropped, but
    for words that were hyphened twice. (Reading also asks how the rest of the document writes the word; a single row
    has no rest, so this is its worst case.)"""
    edits: list[Edit] = []
    for start, end, new in _divided(text, lang, mentions, rng):
        own = new == "\n" and start == end and text[start - 1] == "-"
        if own and text[start].islower() and "-" not in text[text.rfind(" ", 0, start) + 1 : start - 1]:
            edits.append((start - 1, start, ""))
    return edits


def _cells(text: str, lang: str, mentions: Sequence[Range], rng: random.Random) -> list[Edit]:
    """A row of a table: each mention is a cell, and between them at most a few of the words that stood there."""
    separator = rng.choice(SEPARATORS)
    edits: list[Edit] = []
    for start, end in _gaps(len(text), _merged(mentions)):
        words = list(_CELL.finditer(text, start, end))
        first, last = start == 0, end == len(text)
        left, right = "" if first else separator, "" if last else separator
        if first and last:
            cells = zip(words[2:-1:3], words[3::3], strict=False)
            edits += [(word.end(), following.start(), separator) for word, following in cells]
        elif words and rng.random() < 0.6:
            length = rng.randint(2, 4) if lang == "zh" else rng.randint(1, 3)
            at = rng.randrange(max(1, len(words) - length + 1))
            kept = words[at : at + length]
            edits += [(start, kept[0].start(), left), (kept[-1].end(), end, right)]
        else:
            edits.append((start, end, "" if first or last else separator))
    return edits


def _clauses(text: str, lang: str, mentions: Sequence[Range], rng: random.Random) -> list[Edit]:
    """A row of a table whose cells are the text's clauses: nothing is left out."""
    separator = rng.choice(SEPARATORS)
    return _outside([(m.start(), m.end(), separator) for m in _CLAUSE_END.finditer(text)], mentions)


def _one_sentence(text: str, lang: str, mentions: Sequence[Range], rng: random.Random) -> list[Edit]:
    """Full stops become semicolons."""
    edits = [(m.start(), m.end(), "；" if m.group() in "。！？" else ";") for m in _SENTENCE_END.finditer(text)]
    return _outside(edits, mentions)


def _traditional(text: str, lang: str, mentions: Sequence[Range], rng: random.Random) -> list[Edit]:
    """Traditional characters by OpenCC, with the words around deciding (头发 -> 頭髮); needs the extra ``train``."""
    if lang != "zh":
        return []
    whole = _converter().convert(text)
    if len(whole) != len(text):
        whole = "".join(new if len(new := _converter().convert(char)) == 1 else char for char in text)
    return [(index, index + 1, new) for index, new in enumerate(whole) if new != text[index]]


@functools.cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("s2t")


def _ocr(percent: int) -> _Edits:
    def edits(text: str, lang: str, mentions: Sequence[Range], rng: random.Random) -> list[Edit]:
        borders = {place for mention in mentions for place in mention}
        made: list[Edit] = []
        skip = math.log(1 - percent / 100)
        at = -1
        while True:
            # Distances between errors of independent characters are geometric: one draw an error.
            at = max(at + 1 + int(math.log(1 - rng.random()) / skip), made[-1][1] if made else 0)
            edit = None
            while at < len(text) and (edit := misread(text, at, borders, rng)) is None:
                at += 1
            if edit is None:
                return made
            made.append(edit)

    return edits


# --- rows --------------------------------------------------------------------------------------------------------


def _on_entities(edits: _Edits) -> EntityPerturbation:
    def perturb(row: EntityRow, rng: random.Random) -> EntityRow:
        spans = [(item.start, item.end) for item in row.entities] + list(row.ignored)
        text, moved = apply_edits(row.text, edits(row.text, row.lang, spans, rng), spans)
        count = len(row.entities)
        entities = tuple(
            LabelledSpan(*place, item.label)
            for item, place in zip(row.entities, moved[:count], strict=True)
            if place is not None
        )
        return replace(row, text=text, entities=entities, ignored=tuple(place for place in moved[count:] if place))

    return perturb


def _on_context(edits: _Edits) -> AnswerPerturbation:
    def perturb(row: AnswerRow, rng: random.Random) -> AnswerRow:
        """The row itself where its every answer would vanish: it would not be unanswerable, but wrong."""
        spans = [(start, start + len(answer)) for start, answer in row.answers]
        context, moved = apply_edits(row.context, edits(row.context, row.lang, spans, rng), spans)
        answers = tuple((place[0], context[place[0] : place[1]]) for place in moved if place is not None)
        return replace(row, context=context, answers=answers) if answers or not spans else row

    return perturb


_BOTH: dict[str, _Edits] = {
    "upper_case": _upper,
    "lower_case": _lower,
    "no_punctuation": _no_punctuation,
    "ocr_noise_1": _ocr(1),
    "ocr_noise_3": _ocr(3),
    "ocr_noise_5": _ocr(5),
    "hyphenated": _divided,
    "hyphenated_read": _divided_and_read,
    "traditional": _traditional,
}

PERTURBATIONS: dict[str, EntityPerturbation] = {
    name: _on_entities(edits) for name, edits in {**_BOTH, "table_row": _cells}.items()
}
"""By name. ``traditional`` changes Chinese rows alone and needs the extra ``train``."""

ANSWER_PERTURBATIONS: dict[str, AnswerPerturbation] = {
    name: _on_context(edits) for name, edits in {**_BOTH, "table_row": _clauses, "long_sentence": _one_sentence}.items()
}

_one_long_sentence = _on_entities(_one_sentence)


def augment(row: EntityRow, rng: random.Random, shares: Mapping[str, float]) -> EntityRow:
    """At most one of ``PERTURBATIONS``, each with its share (a probability; together at most 1)."""
    draw = rng.random()
    for name, share in shares.items():
        draw -= share
        if draw < 0:
            return PERTURBATIONS[name](row, rng)
    return row


def long_sentences(rows: Sequence[EntityRow], rng: random.Random, count: int = 8) -> list[EntityRow]:
    """Each ``count`` rows that follow each other as one sentence; the last may have fewer."""
    made = []
    for at in range(0, len(rows), count):
        first, *others = rows[at : at + count]
        for row in others:
            first = _joined(first, row)
        made.append(_one_long_sentence(first, rng))
    return made


def _joined(row: EntityRow, other: EntityRow) -> EntityRow:
    gap = "" if row.lang == other.lang == "zh" else " "
    shift = len(row.text) + len(gap)
    entities = tuple(LabelledSpan(item.start + shift, item.end + shift, item.label) for item in other.entities)
    ignored = tuple((start + shift, end + shift) for start, end in other.ignored)
    return replace(
        row, text=row.text + gap + other.text, entities=row.entities + entities, ignored=row.ignored + ignored
    )


def mixed_entities(row: EntityRow, stranger: EntityRow, rng: random.Random) -> EntityRow:
    """The row with a row of another language before or after it, which is ignored: scores stay comparable."""
    other = replace(stranger, entities=(), ignored=((0, len(stranger.text)),) if stranger.text else ())
    pair = (row, other) if rng.random() < 0.5 else (other, row)
    joined = _joined(*pair)
    return replace(row, text=joined.text, entities=joined.entities, ignored=joined.ignored)


def mixed_answers(row: AnswerRow, stranger: AnswerRow, rng: random.Random) -> AnswerRow:
    """The row with a context of another language before or after its own."""
    if rng.random() < 0.5:
        return replace(row, context=f"{row.context}\n{stranger.context}")
    shift = len(stranger.context) + 1
    answers = tuple((start + shift, text) for start, text in row.answers)
    return replace(row, context=f"{stranger.context}\n{row.context}", answers=answers)


# --- ranges ------------------------------------------------------------------------------------------------------


def _merged(ranges: Sequence[Range]) -> list[Range]:
    made: list[Range] = []
    for start, end in sorted(ranges):
        if made and start < made[-1][1]:
            made[-1] = made[-1][0], max(end, made[-1][1])
        else:
            made.append((start, end))
    return made


def _gaps(length: int, ranges: Sequence[Range]) -> list[Range]:
    """What lies before, between (also where nothing does) and after ordered ranges."""
    edges = [0, *(place for pair in ranges for place in pair), length]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _outside(edits: Sequence[Edit], ranges: Sequence[Range]) -> list[Edit]:
    return [edit for edit in edits if not any(edit[0] < end and start < edit[1] for start, end in ranges)]
