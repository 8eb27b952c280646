"""A new model against the current one on the same held-out examples: figures with intervals, and what changed.

All intervals are 95% percentile bootstraps over documents (Efron 1979), as sentences of one document are not
independent; the difference is paired, with the same documents drawn for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from assistant.training.metrics import expected_calibration_error
from assistant.training.steps import PROVING, TOLERANCE, Calibration, Changed, ClassResult, Interval, Place, ResultState

Said = tuple[int, int, str, float]
"""``(start, end, label, score)``."""
DRAWS = 1000
SHOWN = 200
NONE = ""
Verdict = Literal["better", "same", "worse", "first"]


@dataclass(frozen=True, slots=True)
class Held:
    """A held-out example: a sentence with its place in its document, or (``label``) a document."""

    document: str
    path: str
    title: str
    start: int
    text: str
    entities: tuple[tuple[int, int, str], ...] = ()
    ignored: tuple[tuple[int, int], ...] = ()
    marks: frozenset[str] = frozenset()
    label: str = ""
    reference: str = ""
    """Summaries: the user's own."""


@dataclass(frozen=True, slots=True)
class _Judged:
    right: frozenset[tuple[int, int, str]]
    said: dict[tuple[int, int, str], float]


def _judged(example: Held, said: Iterable[Said], labels: frozenset[str]) -> _Judged:
    """Gold and what is said, of the tested labels that the example tells of; masked places do not count."""
    counting = labels & example.marks
    gold = frozenset(item for item in example.entities if item[2] in counting)
    kept = {
        (start, end, label): score
        for start, end, label, score in said
        if label in counting
        and ((start, end, label) in gold or not any(start < stop and begin < end for begin, stop in example.ignored))
    }
    return _Judged(gold, kept)


def compare_entities(
    run: str,
    model: str,
    current: str,
    examples: Sequence[Held],
    new: Sequence[Sequence[Said]],
    old: Sequence[Sequence[Said]] | None,
    labels: Sequence[str],
    known: frozenset[str],
    seed: int = 13,
) -> ResultState:
    """``new`` and ``old`` are what the models say of each example; ``known``: the labels of the current model."""
    tested = frozenset(labels)
    documents = list(dict.fromkeys(example.document for example in examples))
    number = {document: index for index, document in enumerate(documents)}
    judged = {"new": [_judged(example, said, tested) for example, said in zip(examples, new, strict=True)]}
    if old is not None:
        judged["old"] = [_judged(example, said, tested) for example, said in zip(examples, old, strict=True)]
    order = {label: index for index, label in enumerate(labels)}
    counts = {
        which: _counts([number[example.document] for example in examples], rows, order, len(documents))
        for which, rows in judged.items()
    }
    weights = drawn_weights(len(documents), seed)
    before = counts.get("old")
    classes = tuple(
        _class_result(label, counts["new"][:, [index]], before, [index], weights, label in known)
        for label, index in order.items()
    )
    everything = list(order.values())
    overall = _class_result(NONE, counts["new"], before, everything, weights, known=True)
    difference, old_f1 = None, None
    said = verdict(None, len(documents))
    if before is not None:
        drawn_new, drawn_old = _f1(_drawn(counts["new"], weights)), _f1(_drawn(before, weights))
        value = float(_f1(_sums(counts["new"])) - _f1(_sums(before)))
        difference = interval_of(value, drawn_new - drawn_old)
        old_f1 = interval_of(float(_f1(_sums(before))), drawn_old)
        said = verdict(difference, len(documents))
        kept = _at_what_is_known(before, counts["new"], [order[label] for label in labels if label in known], weights)
        if kept.high < 0 and kept.value < -TOLERANCE:
            said = "worse"
    changed, better, worse = _changes(examples, judged, labels) if old is not None else ((), 0, 0)
    confusion_labels, confusion = _confusion(examples, new, labels)
    return ResultState(
        run, model, current, len(documents), len(examples), overall, classes, old_f1, difference,
        said, confusion_labels, confusion, _calibration(judged["new"]),
        changed, better, worse,
    )  # fmt: skip


def compare_types(
    run: str,
    model: str,
    current: str,
    examples: Sequence[Held],
    new: Sequence[tuple[str, float]],
    old: Sequence[tuple[str, float]] | None,
    labels: Sequence[str],
    seed: int = 13,
) -> ResultState:
    """The same for document types: one answer ``(label, score)`` for each document. The overall figure is accuracy."""
    order = {label: index for index, label in enumerate(labels)}
    weights = drawn_weights(len(examples), seed)

    def counted(said: Sequence[tuple[str, float]]) -> npt.NDArray[np.float64]:
        counts = np.zeros((len(examples), len(order), 3))
        for row, (example, (guess, _)) in enumerate(zip(examples, said, strict=True)):
            counts[row, order[example.label], 2] += 1
            if guess in order:
                counts[row, order[guess], 1] += 1
            counts[row, order[example.label], 0] += guess == example.label
        return counts

    after, before = counted(new), None if old is None else counted(old)
    classes = tuple(
        _class_result(label, after[:, [index]], before, [index], weights, known=True) for label, index in order.items()
    )
    hits = np.array([guess == example.label for example, (guess, _) in zip(examples, new, strict=True)], dtype=float)
    share = interval_of(float(hits.mean()), (weights @ hits) / len(hits))
    overall = ClassResult(
        NONE, share, share, share, len(hits), len(hits), int(hits.sum()), _accuracy(examples, old)
    )  # fmt: skip
    difference, old_share = None, None
    changed: list[Changed] = []
    better = worse = 0
    if old is not None:
        old_hits = np.array(
            [guess == example.label for example, (guess, _) in zip(examples, old, strict=True)], dtype=float
        )
        drawn_old = (weights @ old_hits) / len(hits)
        old_share = interval_of(float(old_hits.mean()), drawn_old)
        difference = interval_of(float(hits.mean() - old_hits.mean()), (weights @ hits) / len(hits) - drawn_old)
        for example, (guess, _), (earlier, _), hit, had in zip(examples, new, old, hits, old_hits, strict=True):
            if hit != had:
                better, worse = better + int(hit), worse + int(had)
                place = Place(example.document, Path(example.path), example.title, 0, 0, example.title)
                changed.append(Changed(bool(hit), place, example.label, earlier, guess, example.text[:200]))
    confusion = np.zeros((len(order) + 1, len(order) + 1), dtype=int)
    for example, (guess, _) in zip(examples, new, strict=True):
        confusion[order[example.label], order.get(guess, len(order))] += 1
    judged = reliability([score for _, score in new], [bool(hit) for hit in hits])
    return ResultState(
        run, model, current, len(examples), len(examples), overall, classes, old_share, difference,
        verdict(difference, len(examples)), (*labels, NONE), tuple(tuple(map(int, row)) for row in confusion), judged,
        tuple(changed[:SHOWN]), better, worse,
    )  # fmt: skip


def _accuracy(examples: Sequence[Held], said: Sequence[tuple[str, float]] | None) -> float | None:
    if said is None:
        return None
    return float(np.mean([guess == example.label for example, (guess, _) in zip(examples, said, strict=True)]))


def verdict(difference: Interval | None, documents: int) -> Verdict:
    """What is proven, by ``documents`` that were held out; the new model has to prove it, the current one is in use.

    Worse where the interval says so, or by more than two points whatever it says. Better only where the interval says
    so, and of at least PROVING documents: of fewer a bootstrap draws the same few again, and its interval is too
    narrow (that all of five agree happens by chance once in sixteen times). Else nothing is proven: "same".
    """
    if difference is None:
        return "first"
    if difference.high < 0 or difference.value < -TOLERANCE:
        return "worse"
    return "better" if difference.low > 0 and documents >= PROVING else "same"


def _at_what_is_known(
    before: npt.NDArray[np.float64],
    after: npt.NDArray[np.float64],
    indices: list[int],
    weights: npt.NDArray[np.float64],
) -> Interval:
    """The difference of F1 over the classes that the current model knows: a new class hides what they lose."""
    old, new = before[:, indices], after[:, indices]
    return interval_of(float(_f1(_sums(new)) - _f1(_sums(old))), _f1(_drawn(new, weights)) - _f1(_drawn(old, weights)))


# --- figures ------------------------------------------------------------------------------------------------------


def _counts(
    owners: Sequence[int], judged: Sequence[_Judged], order: Mapping[str, int], documents: int
) -> npt.NDArray[np.float64]:
    """(documents, labels, 3): right, said, gold."""
    counts = np.zeros((documents, len(order), 3))
    for owner, item in zip(owners, judged, strict=True):
        for _, _, label in item.right:
            counts[owner, order[label], 2] += 1
        for place in item.said:
            counts[owner, order[place[2]], 1] += 1
            counts[owner, order[place[2]], 0] += place in item.right
    return counts


def drawn_weights(documents: int, seed: int) -> npt.NDArray[np.float64]:
    """(DRAWS, documents): how often each document is drawn."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(documents, np.full(documents, 1 / documents), size=DRAWS).astype(float)


def _sums(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(counts.sum(axis=(0, 1)))


def _drawn(counts: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(DRAWS, 3)"""
    return np.asarray(weights @ counts.sum(axis=1))


def _f1(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return _share(2 * sums[..., 0], sums[..., 1] + sums[..., 2])


def _share(part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(np.where(whole > 0, part / np.maximum(whole, 1e-9), 0.0))


def interval_of(value: float, drawn: npt.NDArray[np.float64]) -> Interval:
    """The value with the middle 95% of the draws."""
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(round(value, 4), round(min(float(low), value), 4), round(max(float(high), value), 4))


def _class_result(
    label: str,
    counts: npt.NDArray[np.float64],
    before: npt.NDArray[np.float64] | None,
    indices: list[int],
    weights: npt.NDArray[np.float64],
    known: bool,
) -> ClassResult:
    sums, drawn = _sums(counts), _drawn(counts, weights)
    earlier = None
    if before is not None and known:
        earlier = round(float(_f1(_sums(before[:, indices]))), 4)
    return ClassResult(
        label,
        interval_of(float(_share(sums[0:1], sums[1:2])[0]), _share(drawn[:, 0], drawn[:, 1])),
        interval_of(float(_share(sums[0:1], sums[2:3])[0]), _share(drawn[:, 0], drawn[:, 2])),
        interval_of(float(_f1(sums)), _f1(drawn)),
        int(sums[2]),
        int(sums[1]),
        int(sums[0]),
        earlier,
    )


def _calibration(judged: Sequence[_Judged]) -> Calibration:
    scores = [score for item in judged for score in item.said.values()]
    right = [place in item.right for item in judged for place in item.said]
    return reliability(scores, right)


def reliability(scores: Sequence[float], right: Sequence[bool], bins: int = 10) -> Calibration:
    """Mean confidence and share that is right, bin by bin."""
    values, hits = np.array(scores, dtype=float), np.array(right, dtype=float)
    places = np.minimum((values * bins).astype(int), bins - 1)
    shown = [index for index in range(bins) if (places == index).any()]
    return Calibration(
        tuple(round(float(values[places == index].mean()), 4) for index in shown),
        tuple(round(float(hits[places == index].mean()), 4) for index in shown),
        tuple(int((places == index).sum()) for index in shown),
        round(expected_calibration_error(scores, right), 4),
    )


def _confusion(
    examples: Sequence[Held], said: Sequence[Sequence[Said]], labels: Sequence[str]
) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Right labels against what is said at the same place (that overlaps most); the last is "none"."""
    order = {label: index for index, label in enumerate(labels)}
    none = len(order)
    table = np.zeros((none + 1, none + 1), dtype=int)
    for example, found in zip(examples, said, strict=True):
        tested = [item for item in example.entities if item[2] in order]
        taken: set[tuple[int, int, str]] = set()
        for start, end, label in tested:
            over = [item for item in found if item[0] < end and start < item[1]]
            best = max(over, key=lambda item: min(item[1], end) - max(item[0], start), default=None)
            table[order[label], none if best is None else order.get(best[2], none)] += 1
            taken |= {item[:3] for item in over}
        for item in found:
            masked = any(item[0] < end and start < item[1] for start, end in example.ignored)
            if item[2] in order and item[2] in example.marks and item[:3] not in taken and not masked:
                table[none, order[item[2]]] += 1
    return (*labels, NONE), tuple(tuple(map(int, row)) for row in table)


def _changes(
    examples: Sequence[Held], judged: Mapping[str, Sequence[_Judged]], labels: Sequence[str]
) -> tuple[tuple[Changed, ...], int, int]:
    """Places that one model gets right and the other does not; those for the worse first."""
    better: list[Changed] = []
    worse: list[Changed] = []
    for example, new, old in zip(examples, judged["new"], judged["old"], strict=True):
        for place in sorted(new.right | set(new.said) | set(old.said)):
            right_now = (place in new.said) == (place in new.right)
            right_before = (place in old.said) == (place in new.right)
            if right_now == right_before:
                continue
            start, end, label = place
            where = Place(
                example.document, Path(example.path), example.title, example.start + start, example.start + end,
                example.text[start:end],
            )  # fmt: skip
            change = Changed(
                right_now,
                where,
                label if place in new.right else _over(place, new.right),
                label if place in old.said else _over(place, old.said),
                label if place in new.said else _over(place, new.said),
                example.text,
            )
            (better if right_now else worse).append(change)
    half = SHOWN // 2
    return (*worse[:half], *better[:half]), len(better), len(worse)


def _over(place: tuple[int, int, str], others: Iterable[tuple[int, int, str]]) -> str:
    """The label of what stands over the place, or none."""
    return next((label for start, end, label in others if start < place[1] and place[0] < end), NONE)
