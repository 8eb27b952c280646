"""Train, validation and test by document: never one document, or a near-duplicate of it, on two sides. No torch."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence

from assistant.training.examples import DocumentExamples, normalized
from assistant.training.steps import Side

SIDES: tuple[Side, ...] = ("train", "validation", "test")
SHARES: Mapping[Side, float] = {"train": 0.65, "validation": 0.15, "test": 0.2}
SKETCH = 128
"""Smallest hashes kept of a document's runs of words (Broder 1997)."""
ALIKE = 0.8
"""Estimated Jaccard likeness from which on two documents are one."""
_RUN = 5


def groups_of(documents: Sequence[DocumentExamples]) -> dict[str, int]:
    """A group's number for each document; near-duplicates share one."""
    sketches = [_sketch(document.text) for document in documents]
    parents = list(range(len(documents)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    for first in range(len(documents)):
        for second in range(first + 1, len(documents)):
            if _alike(sketches[first], sketches[second]):
                parents[root(second)] = root(first)
    numbers: dict[int, int] = {}
    return {
        document.document: numbers.setdefault(root(index), len(numbers)) for index, document in enumerate(documents)
    }


def _sketch(text: str) -> frozenset[int]:
    plain = normalized(text)
    words = plain.split()
    # Chinese has no spaces: runs of characters then.
    units = words if len(words) > len(plain) / 20 else list(plain)
    runs = {" ".join(units[at : at + _RUN]) for at in range(max(1, len(units) - _RUN + 1))} if units else set()
    hashes = sorted(int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest()) for run in runs)
    return frozenset(hashes[:SKETCH])


def _alike(one: frozenset[int], other: frozenset[int]) -> bool:
    """Jaccard estimated from the smallest hashes of both together."""
    if not one or not other:
        return False
    smallest = sorted(one | other)[:SKETCH]
    return sum(item in one and item in other for item in smallest) / len(smallest) >= ALIKE


def split(
    documents: Sequence[DocumentExamples],
    groups: Mapping[str, int],
    seed: int,
    pinned: Mapping[str, Side] | None = None,
) -> dict[str, Side]:
    """A side for each document, so that each class stands on all sides in about their shares.

    Iterative stratification (Sechidis, Tsoumakas & Vlahavas 2011, "On the stratification of multi-label data"): the
    rarest class first, each group to the side that lacks it most. Two groups become train and test; one is train alone.
    ``pinned``: sides that the user chose, for whole groups.
    """
    members: dict[int, list[DocumentExamples]] = {}
    for document in documents:
        members.setdefault(groups[document.document], []).append(document)
    chosen: dict[int, Side] = {}
    for document in documents:
        if pinned and document.document in pinned:
            chosen[groups[document.document]] = pinned[document.document]
    counts = {
        group: _total([document.counts() for document in rows]) | {"": sum(len(item.rows) for item in rows)}
        for group, rows in members.items()
    }
    wanted: dict[Side, dict[str, float]] = {
        side: {label: share * value for label, value in _total(list(counts.values())).items()}
        for side, share in SHARES.items()
    }
    for group, side in chosen.items():
        _take(wanted[side], counts[group])
    left = [group for group in members if group not in chosen]
    random.Random(f"split/{seed}").shuffle(left)
    sides: tuple[Side, ...] = SIDES if len(members) > 2 else ("train", "test")
    while left:
        spread: dict[str, int] = {}
        for group in left:
            for label in counts[group]:
                spread[label] = spread.get(label, 0) + 1
        rarest = min(spread, key=lambda label: (label == "", spread[label], label))
        for group in [group for group in left if rarest in counts[group]]:
            empty = [side for side in sides if side not in chosen.values()]
            # No side may stay empty, however few documents there are.
            free = empty if len(left) <= len(empty) else sides
            side = max(free, key=lambda item: (wanted[item].get(rarest, 0.0), wanted[item][""]))
            chosen[group] = side
            _take(wanted[side], counts[group])
            left.remove(group)
    return {document.document: chosen[groups[document.document]] for document in documents}


def _total(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for row in counts:
        for label, value in row.items():
            total[label] = total.get(label, 0) + value
    return total


def _take(wanted: dict[str, float], counts: Mapping[str, int]) -> None:
    for label, value in counts.items():
        wanted[label] = wanted.get(label, 0.0) - value
