"""A new summary model against the current one: the short summaries of the same held-out documents.

ROUGE-1 (Lin 2004) is against the reference summary, where the user wrote one, or else the marked sentences; precision
and recall are of the chosen sentences against the marked ones. A summary is made as in the window, but for what
documents of its type are read for, as the type is another model's word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.training.comparing import SHOWN, Held, drawn_weights, interval_of, verdict
from assistant.training.metrics import RougeScorer
from assistant.training.steps import Calibration, Changed, ClassResult, Figure, Place, ResultState
from assistant.training.summary_examples import MARKED
from assistant.types import Document, Span

Chosen = Sequence[Span]
Values = npt.NDArray[np.float64]


def compare_summaries(
    run: str,
    model: str,
    current: str,
    examples: Sequence[Held],
    documents: Mapping[str, Document],
    new: Sequence[Chosen],
    old: Sequence[Chosen] | None,
    seed: int = 13,
) -> ResultState:
    """``new`` and ``old`` are the sentences that each held-out document's summary has."""
    weights = drawn_weights(len(examples), seed)
    after = _columns(examples, documents, new)
    before = None if old is None else _columns(examples, documents, old)
    rouge, rouge_draws = _mean(after, weights)
    difference, earlier = None, None
    if before is not None:
        value, draws = _mean(before, weights)
        earlier, difference = interval_of(value, draws), interval_of(rouge - value, rouge_draws - draws)
    headline = interval_of(rouge, rouge_draws)
    shares = [_share(after, weights, *pair) for pair in ((1, 2), (1, 3))]
    f1 = _f1(after, weights)
    gold, found, right = (int(after[:, column].sum()) for column in (3, 2, 1))
    marked = ClassResult(
        MARKED, interval_of(*shares[0]), interval_of(*shares[1]), interval_of(*f1), gold, found, right,
        None if before is None else round(_f1(before, weights)[0], 4),
    )  # fmt: skip
    overall = ClassResult(
        "", marked.precision, marked.recall, headline, len(examples), len(examples), right,
        None if earlier is None else earlier.value,
    )  # fmt: skip
    figures = [Figure("rouge1", headline, earlier)]
    if gold:
        old_share = None if before is None else interval_of(*_share(before, weights, 1, 2))
        figures.append(Figure("precision", marked.precision, old_share))
    changed, better, worse = _changes(examples, documents, new, old)
    confusion = ((right, gold - right), (found - right, 0))
    return ResultState(
        run, model, current, len(examples), len(examples), overall, (marked,) if gold else (), earlier, difference,
        verdict(difference, len(examples)), (MARKED, ""), confusion, Calibration((), (), (), 0.0), changed, better,
        worse, figures=tuple(figures),
    )  # fmt: skip


def _columns(examples: Sequence[Held], documents: Mapping[str, Document], chosen: Sequence[Chosen]) -> Values:
    """(documents, 4): ROUGE-1, chosen that are marked, chosen, marked; the last three 0 where nothing is marked."""
    rows = []
    for example, spans in zip(examples, chosen, strict=True):
        document = documents[example.document]
        kind = "zh" if document.language in ("zh", "ja") else "en"
        marks = [Span(start, end) for start, end, _ in example.entities]
        reference: str | list[str] = example.reference or [span.of(document.text) for span in marks]
        rouge = RougeScorer(kind).add([span.of(document.text) for span in spans], [reference])["rouge1"]
        hits = sum(any(span.overlaps(mark) for mark in marks) for span in spans)
        rows.append([rouge, hits, len(spans) if marks else 0, len(marks)])
    return np.array(rows, dtype=np.float64)


def _mean(columns: Values, weights: Values) -> tuple[float, Values]:
    return float(columns[:, 0].mean()), np.asarray(weights @ columns[:, 0] / len(columns))


def _share(columns: Values, weights: Values, part: int, whole: int) -> tuple[float, Values]:
    total, drawn = columns.sum(axis=0), weights @ columns
    value = float(total[part] / total[whole]) if total[whole] else 0.0
    below = drawn[:, whole]
    return min(value, 1.0), np.asarray(
        np.where(below > 0, np.minimum(drawn[:, part] / np.maximum(below, 1e-9), 1), value)
    )


def _f1(columns: Values, weights: Values) -> tuple[float, Values]:
    total, drawn = columns.sum(axis=0), weights @ columns
    below = total[2] + total[3]
    shares = 2 * drawn[:, 1] / np.maximum(drawn[:, 2] + drawn[:, 3], 1e-9)
    return float(2 * total[1] / below) if below else 0.0, np.asarray(shares)


def _changes(
    examples: Sequence[Held], documents: Mapping[str, Document], new: Sequence[Chosen], old: Sequence[Chosen] | None
) -> tuple[tuple[Changed, ...], int, int]:
    """Sentences that one summary has and the other has not, where the user marked some; those for the worse first."""
    if old is None:
        return (), 0, 0
    better: list[Changed] = []
    worse: list[Changed] = []
    for example, now, then in zip(examples, new, old, strict=True):
        document = documents[example.document]
        marks = [Span(start, end) for start, end, _ in example.entities]
        if not marks:
            continue
        for span in sorted({*now} ^ {*then}):
            gold = any(span.overlaps(mark) for mark in marks)
            chosen = span in now
            text = span.of(document.text)
            place = Place(example.document, Path(example.path), example.title, span.start, span.end, text[:200])
            change = Changed(
                chosen == gold, place, MARKED if gold else "", "" if chosen else MARKED, MARKED if chosen else "", text
            )
            (better if chosen == gold else worse).append(change)
    half = SHOWN // 2
    return (*worse[:half], *better[:half]), len(better), len(worse)
