"""Labels that do not go together: for review before training, as a model learns both sides of a contradiction."""

from __future__ import annotations

import functools
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from assistant.types import Disagreement, Label, LabelledDocument, Span

_SHINGLE = 5
_SKETCH = 256
"""Hashes kept of each document (bottom-k sketch: Broder 1997): two sketches tell how much of two texts is the same."""
_NEARLY_THE_SAME = 0.85
_EVERYWHERE = 30
"""Documents from which on words that they share (a form's, a letterhead's) are no reason to compare them."""
_SHORTEST = 3
_WORD = re.compile(r"\w+")


def disagreements(documents: Iterable[LabelledDocument]) -> tuple[Disagreement, ...]:
    """Within each document first, then across documents."""
    rows = list(documents)
    found: list[Disagreement] = []
    for row in rows:
        found.extend(_within(row.labels))
    found.extend(_same_text(rows))
    found.extend(_near_duplicates(rows))
    return tuple(found)


def _within(labels: Sequence[Label]) -> Iterator[Disagreement]:
    placed = [
        (label.anchor.span, label)
        for label in labels
        if label.kind == "entity" and label.anchor is not None and not label.lost
    ]
    placed.sort(key=lambda item: item[0])
    reach: list[tuple[Span, Label]] = []
    for here, label in placed:
        reach = [item for item in reach if item[0].end > here.start]
        for there, other in reach:
            both = label.verdict == other.verdict == "yes"
            if there == here and (both or (label.value == other.value and label.verdict != other.verdict)):
                yield Disagreement("same_place", label.text, (other, label))
            elif both:
                yield Disagreement("overlap", label.text, (other, label))
        reach.append((here, label))
    yield from _two_answers(labels)
    types = [label for label in labels if label.kind == "type" and label.verdict == "yes"]
    if len(types) > 1:
        yield Disagreement("same_place", "", tuple(types))


def _two_answers(labels: Sequence[Label]) -> Iterator[Disagreement]:
    """Answers in other words. Both may be right; training learns both, so it is for people to say."""
    by_question: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        if label.kind == "answer" and label.verdict == "yes" and not label.lost:
            by_question[" ".join(label.value.split()).casefold()].append(label)
    for rows in by_question.values():
        if len({" ".join(_WORD.findall(label.text)).casefold() for label in rows}) > 1:
            yield Disagreement("two_answers", rows[0].value, tuple(rows))


def _same_text(rows: Sequence[LabelledDocument]) -> Iterator[Disagreement]:
    """The same words as two kinds of thing. It may be right (Washington), so it is for people to say."""
    by_text: dict[str, list[Label]] = defaultdict(list)
    for row in rows:
        for label in row.labels:
            if label.kind == "entity" and label.verdict == "yes" and not label.lost:
                by_text[_folded(label.text)].append(label)
    for text, labels in by_text.items():
        if len(text) >= _SHORTEST and len({label.value for label in labels}) > 1:
            yield Disagreement("same_text", labels[0].text, tuple(labels))


def _near_duplicates(rows: Sequence[LabelledDocument]) -> Iterator[Disagreement]:
    sketches = [sketch(row.text) for row in rows]
    for first, second in _alike(sketches):
        if resemblance(sketches[first], sketches[second]) < _NEARLY_THE_SAME:
            continue
        one, other = rows[first], rows[second]
        types = [label for row in (one, other) for label in row.labels if label.kind == "type"]
        if len({label.value for label in types if label.verdict == "yes"}) > 1:
            yield Disagreement("near_duplicate", one.title, tuple(types))
        for here, there in ((one, other), (other, one)):
            known = {(_folded(label.text), label.value) for label in there.labels if label.kind == "entity"}
            text = _folded(there.text)
            missing = tuple(
                label
                for label in here.labels
                if label.kind == "entity"
                and label.verdict == "yes"
                and not label.lost
                and (_folded(label.text), label.value) not in known
                and _folded(label.text) in text
            )
            # Of a document without any labels nothing is said yet.
            if missing and known:
                yield Disagreement("near_duplicate", there.title, missing)


def _alike(sketches: Sequence[frozenset[int]]) -> list[tuple[int, int]]:
    """Pairs that may be nearly the same: they have a hash in common that is not everywhere."""
    having: dict[int, list[int]] = defaultdict(list)
    for number, hashes in enumerate(sketches):
        for one in hashes:
            having[one].append(number)
    pairs: set[tuple[int, int]] = set()
    for numbers in having.values():
        if len(numbers) <= _EVERYWHERE:
            pairs.update(combinations(numbers, 2))
    return sorted(pairs)


@functools.lru_cache(maxsize=8)
def sketch(text: str) -> frozenset[int]:
    """A small part of a text's runs of five words, chosen by their hashes alone: of equal texts the same part."""
    words = _WORD.findall(text.casefold())
    if not words:
        return frozenset()
    parts = (" ".join(words[n : n + _SHINGLE]) for n in range(max(1, len(words) - _SHINGLE + 1)))
    return frozenset(sorted({zlib.crc32(part.encode("utf-8", "surrogatepass")) for part in parts})[:_SKETCH])


def resemblance(first: frozenset[int], second: frozenset[int]) -> float:
    """In [0, 1]: the Jaccard similarity of two texts, estimated from their sketches."""
    lowest = sorted(first | second)[:_SKETCH]
    return sum(one in first and one in second for one in lowest) / len(lowest) if lowest else 0.0


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
