"""Which hyphens at line ends belong to their words, as the words of the whole document tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from assistant.documents.packed import unpacked
from assistant.documents.paragraphs import Paragraph
from assistant.documents.textmap import Run, is_cjk
from assistant.jobs import JobContext

_HYPHENS = ("-", "\u2010")
_LETTERS = re.compile(r"[^\W\d_]*")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_PART_BEFORE = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)$")
_PART_AFTER = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# First halves of English compounds that keep their hyphen where nothing else tells.
_COMPOUND = {
    *("self", "well", "long", "short", "high", "low", "full", "half", "part", "all", "ex", "cross", "non", "multi"),
    *("two", "three", "four", "five", "third", "first", "second", "real", "year", "day", "month", "right", "left"),
    *("top", "mid", "user", "cost", "data", "time", "risk", "state", "world", "open", "old", "new", "hand"),
}


class Words:
    """Decides which hyphens at line ends are part of their word, by how the document itself writes it elsewhere."""

    def __init__(self, ctx: JobContext) -> None:
        self._ctx = ctx
        self._counts: Counter[str] = Counter()
        self._uncounted: list[Sequence[Paragraph]] = []
        self._needed = False

    def add(self, paragraphs: Sequence[Paragraph]) -> None:
        """Take in what stands on one page. Nothing is counted before a line ends with a hyphen. Raises Cancelled."""
        self._uncounted.append(paragraphs)
        if not self._needed:
            self._needed = any(item.hyphens or item.text.endswith(_HYPHENS) for item in paragraphs)
        if self._needed:
            for page in self._uncounted:
                self._ctx.check()
                for paragraph in page:
                    self._counts.update(_WORD.findall(_whole_words(paragraph).lower()))
            self._uncounted.clear()

    def all_known(self) -> None:
        """Nothing is added any more: what was not counted is not needed."""
        self._uncounted.clear()

    def without_hyphens(self, paragraph: Paragraph) -> tuple[str, list[Run] | bytes]:
        """The paragraph's text and runs without the hyphens that merely divide words at line ends."""
        if not paragraph.hyphens:
            return paragraph.text, paragraph.runs
        drop = [at for at in paragraph.hyphens if not self._keeps(paragraph.text[:at], paragraph.text[at + 1 :][:60])]
        if not drop:
            return paragraph.text, paragraph.runs
        text = paragraph.text
        pieces = [text[a:b] for a, b in zip([0, *(at + 1 for at in drop)], [*drop, len(text)], strict=True)]
        runs: list[Run] = []
        dropped = set(drop)
        waiting = iter(sorted(drop))
        following, shift = next(waiting), 0
        for glyph, offset, glyphs, characters in unpacked(paragraph.runs):
            while following < offset:
                shift += 1
                following = next(waiting, 1 << 60)
            if offset + characters - 1 in dropped:
                # The hyphen is the last character of its line.
                if glyphs > 1:
                    runs.append((glyph, offset - shift, glyphs - 1, characters - 1))
            else:
                runs.append((glyph, offset - shift, glyphs, characters))
        return "".join(pieces), runs

    def glue(self, first: str, second: str) -> tuple[str, bool]:
        """What stands between two halves of a paragraph over a page end, and whether the hyphen goes."""
        last, start = first[-1], second[0]
        if last in _HYPHENS and len(first) > 1 and first[-2].isalpha() and start.islower():
            return "", not self._keeps(first[:-1], second[:60])
        return "" if is_cjk(last) and is_cjk(start) else " ", False

    def _keeps(self, before: str, after: str) -> bool:
        # No part of a word has a blank in it, and the pattern would be tried at each character before the last one.
        first = _PART_BEFORE.search(before[max(before.rfind(" "), before.rfind("\t"), len(before) - 61) + 1 :])
        second = _PART_AFTER.match(after)
        if first is None or second is None:
            return True
        a, b = first.group().lower(), second.group().lower()
        counts = self._counts
        joined, hyphened = counts[a + b], counts[f"{a}-{b}"]
        if joined != hyphened:
            return hyphened > joined
        if "-" in a or a in _COMPOUND:
            return True
        # Both halves are words of their own here, and the whole is not: a compound.
        return len(a) > 2 and len(b) > 2 and counts[a] > 0 and counts[b] > 0


def _whole_words(paragraph: Paragraph) -> str:
    """The text without the words that are divided at line ends, which are no evidence."""
    if not paragraph.hyphens:
        return paragraph.text
    edges = zip([0, *(at + 1 for at in paragraph.hyphens)], [*paragraph.hyphens, len(paragraph.text)], strict=True)
    pieces = [paragraph.text[first:end] for first, end in edges]
    for number in range(len(paragraph.hyphens)):
        before, after = pieces[number], pieces[number + 1]
        pieces[number] = before[: len(before) - _letters(before[::-1])]
        pieces[number + 1] = after[_letters(after) :]
    return " ".join(pieces)


def _letters(text: str) -> int:
    """How many letters it begins with."""
    match = _LETTERS.match(text)
    return match.end() if match is not None else 0
