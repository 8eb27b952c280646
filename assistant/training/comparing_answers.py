"""A new reader against the current one: the same questions asked of the same held-out documents.

Each question has a score as in SQuAD 2.0 (Rajpurkar, Jia & Liang 2018): F1 of the words where it has an answer, and for
one that has none whether nothing is said. A document is asked as in the window, so finding the passage and keeping
silent count as well as reading. Intervals: see :mod:`assistant.training.comparing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.training.answer_examples import ABSENT, ANSWERED
from assistant.training.comparing import SHOWN, Held, drawn_weights, interval_of, reliability, verdict
from assistant.training.metrics import answer_em, answer_f1
from assistant.training.questions import Reply
from assistant.training.steps import Changed, ClassResult, Figure, Place, ResultState
from assistant.types import Document

Values = npt.NDArray[np.float64]
RIGHT = 0.5
"""F1 from which on an answer counts as right."""
_COLUMNS = ("score", "exact", "f1", "answerable", "absent", "silent", "shown", "place")


def compare_answers(
    run: str,
    model: str,
    current: str,
    examples: Sequence[Held],
    documents: Mapping[str, Document],
    new: Sequence[Reply],
    old: Sequence[Reply] | None,
    seed: int = 13,
) -> ResultState:
    """``new`` and ``old`` are what is said to each question; ``documents`` by SHA-256."""
    owners = {document: number for number, document in enumerate(dict.fromkeys(item.document for item in examples))}
    weights = drawn_weights(len(owners), seed)
    after = [_judged(example, documents[example.document], said) for example, said in zip(examples, new, strict=True)]
    before = None
    if old is not None:
        before = [_judged(item, documents[item.document], said) for item, said in zip(examples, old, strict=True)]
    rows = [owners[example.document] for example in examples]
    sums_new = _sums(after, rows, len(owners))
    sums_old = None if before is None else _sums(before, rows, len(owners))
    difference = None
    if sums_old is not None:
        one, other = _ratio(sums_new, weights, "score", ""), _ratio(sums_old, weights, "score", "")
        difference = interval_of(one[0] - other[0], one[1] - other[1])
    classes = tuple(
        _class(label, sums_new, sums_old, weights)
        for label in (ANSWERED, ABSENT)
        if any(example.label == label for example in examples)
    )
    figures = tuple(
        Figure(
            name,
            interval_of(*_ratio(sums_new, weights, part, whole)),
            None if sums_old is None else interval_of(*_ratio(sums_old, weights, part, whole)),
        )
        for name, part, whole in (
            ("exact", "exact", ""), ("answered_f1", "f1", "answerable"), ("right_place", "place", "answerable"),
            ("no_answer", "silent", "absent"),
        )
        if not whole or sums_new[:, _COLUMNS.index(whole)].sum()
    )  # fmt: skip
    headline = interval_of(*_ratio(sums_new, weights, "score", ""))
    overall = ClassResult(
        "", interval_of(*_ratio(sums_new, weights, "f1", "shown")),
        interval_of(*_ratio(sums_new, weights, "f1", "answerable")), headline, len(examples),
        sum(reply.shown for reply in new), sum(row[0] >= RIGHT for row in after),
        None if sums_old is None else round(float(_ratio(sums_old, weights, "score", "")[0]), 4),
    )  # fmt: skip
    changed, better, worse = _changes(examples, documents, after, before, new, old)
    said = [int(reply.shown) for reply in new]
    confusion = tuple(
        tuple(
            sum(example.label == right and shown == (answer == ANSWERED)
                for example, shown in zip(examples, said, strict=True))
            for answer in (ANSWERED, ABSENT)
        )
        for right in (ANSWERED, ABSENT)
    )  # fmt: skip
    hits = [
        example.label == ANSWERED and _best_f1(example, documents[example.document], reply.text) >= RIGHT
        for example, reply in zip(examples, new, strict=True)
    ]
    return ResultState(
        run, model, current, len(owners), len(examples), overall, classes,
        None if sums_old is None else interval_of(*_ratio(sums_old, weights, "score", "")), difference,
        verdict(difference, len(owners)), (ANSWERED, ABSENT), confusion,
        reliability([reply.score for reply in new], hits), changed, better, worse, figures=figures,
    )  # fmt: skip


def _gold(example: Held, document: Document) -> list[str]:
    return [document.text[start:end] for start, end, _ in example.entities]


def _best_f1(example: Held, document: Document, text: str) -> float:
    return max((answer_f1(text, gold, document.language) for gold in _gold(example, document)), default=0.0)


def _judged(example: Held, document: Document, said: Reply) -> list[float]:
    """The columns of one question."""
    if example.label == ABSENT:
        silent = float(not said.shown)
        return [silent, silent, 0.0, 0.0, 1.0, silent, float(said.shown), 0.0]
    if not said.shown:
        return [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    f1 = _best_f1(example, document, said.text)
    exact = max((answer_em(said.text, gold, document.language) for gold in _gold(example, document)), default=0.0)
    place = any(said.start < end and start < said.end for start, end, _ in example.entities)
    return [f1, exact, f1, 1.0, 0.0, 0.0, 1.0, float(place)]


def _sums(judged: Sequence[Sequence[float]], owners: Sequence[int], documents: int) -> Values:
    """(documents, columns and, last, questions)"""
    sums = np.zeros((documents, len(_COLUMNS) + 1))
    for owner, row in zip(owners, judged, strict=True):
        sums[owner, :-1] += row
        sums[owner, -1] += 1
    return sums


def _ratio(sums: Values, weights: Values, part: str, whole: str) -> tuple[float, Values]:
    """The share of two columns (of all questions, where ``whole`` is empty), and the same for each draw."""
    above, below = _COLUMNS.index(part), _COLUMNS.index(whole) if whole else -1
    total, drawn = sums.sum(axis=0), weights @ sums
    value = float(total[above] / total[below]) if total[below] else 0.0
    shares = np.where(drawn[:, below] > 0, drawn[:, above] / np.maximum(drawn[:, below], 1e-9), value)
    return value, np.asarray(shares)


def _class(label: str, new: Values, old: Values | None, weights: Values) -> ClassResult:
    """Answered: words shared with the right answers, of what is shown and of what there is. Absent: as one class."""

    def figures(sums: Values) -> tuple[list[tuple[float, Values]], list[float]]:
        total, drawn = sums.sum(axis=0), weights @ sums
        values, draws = [], []
        for side in (total[None], drawn):
            column = {name: side[:, number] for number, name in enumerate(_COLUMNS)}
            if label == ANSWERED:
                right, found, gold = column["f1"], column["shown"], column["answerable"]
            else:
                right, found, gold = column["silent"], side[:, -1] - column["shown"], column["absent"]
            shares = [_share(right, found), _share(right, gold), _share(2 * right, found + gold)]
            draws.append(shares)
            values.append([float(found[0]), float(gold[0]), float(right[0])])
        made = [(float(one[0]), many) for one, many in zip(draws[0], draws[1], strict=True)]
        return made, values[0]

    made, (found, gold, right) = figures(new)
    earlier = None if old is None else round(figures(old)[0][2][0], 4)
    precision, recall, f1 = (interval_of(*item) for item in made)
    return ClassResult(label, precision, recall, f1, round(gold), round(found), round(right), earlier)


def _share(part: Values, whole: Values) -> Values:
    return np.asarray(np.where(whole > 0, part / np.maximum(whole, 1e-9), 0.0))


def _changes(
    examples: Sequence[Held],
    documents: Mapping[str, Document],
    after: Sequence[Sequence[float]],
    before: Sequence[Sequence[float]] | None,
    new: Sequence[Reply],
    old: Sequence[Reply] | None,
) -> tuple[tuple[Changed, ...], int, int]:
    """Questions that one model answers better than the other; those for the worse first. Place: where the answer is."""
    if before is None or old is None:
        return (), 0, 0
    better: list[Changed] = []
    worse: list[Changed] = []
    for example, now, then, reply, earlier in zip(examples, after, before, new, old, strict=True):
        if abs(now[0] - then[0]) < 0.01:
            continue
        document = documents[example.document]
        wrong = reply if reply.shown else earlier
        start, end = example.entities[0][:2] if example.entities else (wrong.start, wrong.end)
        place = Place(example.document, Path(example.path), example.title, start, end, example.text)
        gold = _gold(example, document)
        change = Changed(
            now[0] > then[0], place, gold[0] if gold else "", earlier.text if earlier.shown else "",
            reply.text if reply.shown else "", example.text,
        )  # fmt: skip
        (better if now[0] > then[0] else worse).append(change)
    half = SHOWN // 2
    return (*worse[:half], *better[:half]), len(better), len(worse)
