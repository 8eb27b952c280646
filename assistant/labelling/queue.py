"""Where a label helps most: uncertain suggestions first, of types with few labels, and not the same thing again.

Uncertainty sampling (Lewis & Gale 1994) with a penalty for what is like the labels and the picks before it (maximal
marginal relevance: Carbonell & Goldstein 1998). Likeness is that of the words in and around a place, so it needs no
model and works on what is kept of documents that are not open.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.labelling.merging import unlabelled
from assistant.labelling.rules import ENOUGH
from assistant.types import Classification, Document, Entities, Label, Mention, QueueItem, Span

_CONTEXT = 48
_MOST_COMPARED = 200
_POOL = 600
_UNCERTAINTY = 0.65
"""Share of uncertainty in what a label is worth; the rest is how rare its type is among the labels."""
_REST = 0.2
"""What a label is worth that says the same as another one."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document with what models said of it, as far as that is kept."""

    document: Document
    entities: Entities | None
    classification: Classification | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """The same with the user's labels."""

    document: Document
    labels: tuple[Label, ...]
    entities: Entities | None
    classification: Classification | None


@dataclass(frozen=True, slots=True)
class _Pick:
    item: QueueItem
    words: frozenset[str]
    uncertainty: float
    rarity: float


def queue(candidates: Iterable[Candidate], labels: Sequence[Label], limit: int) -> tuple[QueueItem, ...]:
    """The best first. ``labels`` are those of all documents."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    said: dict[tuple[str, str], list[frozenset[str]]] = defaultdict(list)
    for label in sorted(labels, key=lambda one: -one.time):
        key = label.kind, label.value
        counts[key] += 1
        anchor = label.anchor
        if anchor is not None and len(said[key]) < _MOST_COMPARED:
            said[key].append(_words(f"{anchor.before} {anchor.quote} {anchor.after}"))
    pool: list[_Pick] = []
    for candidate in candidates:
        pool.extend(_mentions(candidate, counts))
        pick = _document_type(candidate, counts)
        if pick is not None:
            pool.append(pick)
    pool.sort(key=lambda pick: -_worth(pick))
    return _spread(pool[:_POOL], said, limit)


def _spread(pool: list[_Pick], said: dict[tuple[str, str], list[frozenset[str]]], limit: int) -> tuple[QueueItem, ...]:
    """The greedy choice: each pick makes what is like it worth less."""
    novelty = [
        1.0 - max((_likeness(pick.words, other) for other in said[pick.item.kind, pick.item.value]), default=0.0)
        for pick in pool
    ]
    chosen: list[QueueItem] = []
    left = set(range(len(pool)))
    while left and len(chosen) < limit:
        best = max(left, key=lambda number: (_worth(pool[number]) * (_REST + (1 - _REST) * novelty[number]), -number))
        left.remove(best)
        pick = pool[best]
        gain = _worth(pick) * (_REST + (1 - _REST) * novelty[best])
        chosen.append(_with(pick.item, gain, _reason(pick, novelty[best])))
        for number in left:
            other = pool[number]
            if (other.item.kind, other.item.value) == (pick.item.kind, pick.item.value):
                novelty[number] = min(novelty[number], 1.0 - _likeness(pick.words, other.words))
    return tuple(chosen)


def _worth(pick: _Pick) -> float:
    return _UNCERTAINTY * pick.uncertainty + (1 - _UNCERTAINTY) * pick.rarity


def _reason(pick: _Pick, novelty: float) -> Literal["uncertain", "rare", "different", "untouched"]:
    if pick.item.reason == "untouched" or pick.uncertainty >= 0.5:
        return pick.item.reason
    if pick.rarity >= 0.5:
        return "rare"
    return "different" if novelty > 0.8 else pick.item.reason


def _mentions(candidate: Candidate, counts: dict[tuple[str, str], int]) -> list[_Pick]:
    if candidate.entities is None:
        return []
    document = candidate.document
    return [
        _Pick(
            QueueItem(
                document.sha256,
                document.path,
                document.title,
                "entity",
                mention.label,
                mention.span,
                mention.page,
                mention.text,
                mention.score,
                0.0,
                "uncertain",
                mention.source,
            ),
            _around(document, mention.span),
            _unsure(mention),
            _rarity("entity", counts["entity", mention.label]),
        )
        for mention in unlabelled(candidate.labels, candidate.entities)
        # What a rule has verified, or the document repeats, teaches a model nothing.
        if mention.source.startswith("model:")
    ]


def _document_type(candidate: Candidate, counts: dict[tuple[str, str], int]) -> _Pick | None:
    if any(label.kind == "type" for label in candidate.labels):
        return None
    document, found = candidate.document, candidate.classification
    if found is None or not found.scores:
        return None
    first, second = found.scores[0], found.scores[1] if len(found.scores) > 1 else None
    uncertainty = 1.0 - (first.score - (second.score if second is not None else 0.0))
    item = QueueItem(
        document.sha256,
        document.path,
        document.title,
        "type",
        first.label,
        None,
        1,
        document.title,
        first.score,
        0.0,
        "untouched" if found.label is None else "uncertain",
        f"model:{found.model}",
    )
    return _Pick(item, _words(document.text[:400]), uncertainty, _rarity("type", counts["type", first.label]))


def _unsure(mention: Mention) -> float:
    return 1.0 - abs(2.0 * min(max(mention.score, 0.0), 1.0) - 1.0)


def _rarity(kind: str, labels: int) -> float:
    return max(0.0, 1.0 - labels / ENOUGH[kind])


def _around(document: Document, span: Span) -> frozenset[str]:
    return _words(document.text[max(0, span.start - _CONTEXT) : span.end + _CONTEXT])


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _likeness(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / max(1, len(first | second))


def _with(item: QueueItem, gain: float, reason: Literal["uncertain", "rare", "different", "untouched"]) -> QueueItem:
    return QueueItem(
        item.document,
        item.path,
        item.title,
        item.kind,
        item.value,
        item.span,
        item.page,
        item.text,
        item.score,
        min(1.0, gain),
        reason,
        item.source,
    )
