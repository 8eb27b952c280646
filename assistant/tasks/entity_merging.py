"""One list of mentions without overlaps from what the model, the rules and the document itself say."""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from assistant.jobs import JobContext
from assistant.tasks.entity_grouping import VALUED, acronyms, has_company_form
from assistant.types import Document, Mention, Span

CERTAIN: Final = 0.85
VERY_CERTAIN: Final = 0.97
_VERIFIED: Final = 0.84
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_WORD: Final = re.compile(r"[^\W_]+")
_SEAT: Final = re.compile(r",?\s(?:of|in)\s")


class PageFinder:
    """The same page as :meth:`Document.page_at`, for many offsets."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._starts = [page.span.start for page in document.pages]

    def __call__(self, offset: int) -> int:
        if offset >= len(self._document.text):
            return self._document.page_at(offset)
        return self._document.pages[max(bisect.bisect_right(self._starts, offset) - 1, 0)].number


def merge(model: Iterable[Mention], rules: Iterable[Mention]) -> list[Mention]:
    """All mentions in document order, without overlaps.

    A rule that verifies what it finds wins over the model. Otherwise the longer mention wins, then the more probable:
    ``Olympic Games 2024`` over the bare year in it.
    """

    def strength(mention: Mention) -> tuple[int, int, float]:
        rule = mention.source.startswith("rule:")
        return (rule and mention.score >= _VERIFIED, len(mention.span), mention.score)

    ranked = sorted([*rules, *model], key=strength, reverse=True)
    kept = Taken()
    for mention in ranked:
        kept.add(mention)
    return kept.mentions()


def with_seats(mentions: Sequence[Mention], text: str) -> list[Mention]:
    """``mentions`` in document order, where a company's seat is a place: what the model takes for another organization
    in "Baltic Cloud Oy of Helsinki", one name of no company form after a company's form and "of" or "in"."""
    found = list(mentions)
    for number in range(1, len(found)):
        company, seat = found[number - 1], found[number]
        if (
            (company.label, seat.label) == ("ORGANIZATION", "ORGANIZATION")
            and seat.source.startswith("model:")
            and _SEAT.fullmatch(text, company.span.end, seat.span.start)
            and has_company_form(company.text)
            and not has_company_form(seat.text)
            and len(seat.text.split()) == 1
        ):
            found[number] = replace(seat, label="LOCATION")
    return found


class Taken:
    """Mentions that do not overlap, ordered by place."""

    def __init__(self, mentions: Iterable[Mention] = ()) -> None:
        self._starts: list[int] = []
        self._mentions: list[Mention] = []
        for mention in mentions:
            self.add(mention)

    def free(self, span: Span) -> bool:
        index = bisect.bisect_left(self._starts, span.start)
        if index < len(self._mentions) and self._mentions[index].span.start < span.end:
            return False
        return index == 0 or self._mentions[index - 1].span.end <= span.start

    def add(self, mention: Mention) -> bool:
        """Whether there was room."""
        if not self.free(mention.span):
            return False
        index = bisect.bisect_left(self._starts, mention.span.start)
        self._starts.insert(index, mention.span.start)
        self._mentions.insert(index, mention)
        return True

    def mentions(self) -> list[Mention]:
        return list(self._mentions)


def find_again(
    document: Document, mentions: Sequence[Mention], within: Sequence[Span], pages: PageFinder, ctx: JobContext
) -> list[Mention]:
    """``mentions`` and every further place, inside the ordered spans ``within``, of a name that is certain.

    A name is certain if a mention of it scores at least 0.85 and has two words (three Chinese characters), or at least
    0.97 otherwise; so is an acronym that the document itself explains. Exact string, whole words, source ``document``.
    """
    names = _certain_names(mentions, document.text)
    if not names:
        return list(mentions)
    taken = Taken(sorted(mentions, key=lambda mention: mention.span))
    starts = [span.start for span in within]
    text = document.text
    finder = _NameFinder(names)
    for low, high in _slices(within):
        ctx.check()
        for start, end, label, score in finder.occurrences(text, low, high):
            span = Span(start, end)
            index = bisect.bisect_right(starts, start) - 1
            if index >= 0 and within[index].contains(span) and taken.free(span):
                taken.add(Mention(span, pages(start), text[start:end], label, score, "document"))
    return taken.mentions()


def _slices(within: Sequence[Span], size: int = 200_000) -> Iterator[tuple[int, int]]:
    """Ranges that end where a sentence ends, so that no name is cut."""
    first = 0
    for index, span in enumerate(within):
        if span.end - within[first].start >= size or index == len(within) - 1:
            yield within[first].start, span.end
            first = min(index + 1, len(within) - 1)


def _certain_names(mentions: Sequence[Mention], text: str) -> dict[str, tuple[str, float]]:
    """Name (white space single) to its label and score, the label being that of most of its mentions."""
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    best: dict[str, float] = {}

    def vote(name: str, label: str, score: float) -> None:
        votes[name][label] += score
        best[name] = max(best.get(name, 0.0), score)

    for mention in mentions:
        if mention.label in VALUED or not mention.source.startswith("model:"):
            continue
        name = " ".join(mention.text.split())
        chinese = len(_CJK.findall(name))
        # Three Chinese characters are a full name; a single Latin word may be an ordinary one elsewhere.
        full = chinese >= 3 or (" " in name and len(name) >= 5)
        enough = full or (len(name) >= 4 and mention.score >= VERY_CERTAIN and not name.islower())
        if mention.score >= CERTAIN and enough:
            vote(name, mention.label, mention.score)
    for mention, short in acronyms((m for m in mentions if m.score >= CERTAIN), text):
        vote(short.of(text), mention.label, mention.score)
    return {name: (max(labels, key=lambda label: labels[label]), best[name]) for name, labels in votes.items()}


class _NameFinder:
    """Finds many names in one pass over the words (and one over the characters, for scripts without spaces)."""

    def __init__(self, names: dict[str, tuple[str, float]]) -> None:
        self._names = names
        self._by_word: dict[str, list[tuple[re.Pattern[str], str, float]]] = defaultdict(list)
        unspaced: list[str] = []
        for name, (label, score) in sorted(names.items(), key=lambda item: -len(item[0])):
            first = _WORD.match(name)
            if _CJK.match(name) or first is None:
                unspaced.append(name)
            else:
                pattern = r"\s{1,2}".join(map(re.escape, name.split())) + r"(?![^\W_])"
                self._by_word[first.group()].append((re.compile(pattern), label, score))
        self._unspaced = re.compile("|".join(map(re.escape, unspaced))) if unspaced else None

    def occurrences(self, text: str, low: int, high: int) -> list[tuple[int, int, str, float]]:
        """``(start, end, label, score)`` in text order; the longest name at each place."""
        found: list[tuple[int, int, str, float]] = []
        if self._by_word:
            for word in _WORD.finditer(text, low, high):
                for pattern, label, score in self._by_word.get(word.group(), ()):
                    match = pattern.match(text, word.start(), high)
                    if match is not None:
                        found.append((match.start(), match.end(), label, score))
                        break
        if self._unspaced is not None:
            for match in self._unspaced.finditer(text, low, high):
                found.append((match.start(), match.end(), *self._names[match.group()]))
            found.sort()
        return found
