"""Two models on the same held-out examples: counts, intervals, verdicts, what changed."""

from __future__ import annotations

import pytest

from assistant.store import codecs
from assistant.training.comparing import Held, Said, compare_entities, compare_types, verdict
from assistant.training.steps import Interval, ResultState

MARKS = frozenset({"PERSON", "CLAUSE"})


def held(document: str, text: str, *entities: tuple[int, int, str], ignored: tuple[tuple[int, int], ...] = ()) -> Held:
    return Held(document, f"/{document}", document, 100, text, entities, ignored, MARKS)


EXAMPLES = [
    held("a", "Mary wrote clause 3.", (0, 4, "PERSON"), (11, 19, "CLAUSE")),
    held("a", "John and Rome.", (0, 4, "PERSON"), ignored=((9, 13),)),
    held("b", "Nothing here at all."),
    held("b", "See clause 9.", (4, 12, "CLAUSE")),
]
NEW: list[list[Said]] = [
    [(0, 4, "PERSON", 0.9), (11, 19, "CLAUSE", 0.8)],
    [(0, 4, "PERSON", 0.9), (9, 13, "PERSON", 0.7)],
    [(0, 7, "PERSON", 0.6)],
    [],
]
OLD: list[list[Said]] = [[(0, 4, "PERSON", 0.9)], [(0, 4, "PERSON", 0.9), (0, 4, "EVENT", 0.5)], [], []]


def compared() -> ResultState:
    return compare_entities(
        "r", "mine@1", "entities@2", EXAMPLES, NEW, OLD, ["PERSON", "CLAUSE"], frozenset({"PERSON"})
    )


def test_counts_by_hand() -> None:
    result = compared()
    person, clause = result.classes
    # The masked place does not count; the mention in "Nothing" does.
    assert (person.gold, person.found, person.right) == (2, 3, 2)
    assert (clause.gold, clause.found, clause.right) == (2, 1, 1)
    assert person.f1.value == pytest.approx(2 * 2 / 5)
    assert clause.precision.value == 1.0
    assert clause.recall.value == 0.5
    assert result.overall.f1.value == pytest.approx(2 * 3 / (4 + 4))
    assert result.before is not None
    assert result.before.value == pytest.approx(2 * 2 / (2 + 4), abs=1e-4)
    assert result.difference is not None
    assert result.difference.value == pytest.approx(0.75 - 2 / 3, abs=1e-4)
    assert person.before_f1 == 1.0
    # The current model does not know the class, so it is not blamed for it.
    assert clause.before_f1 is None
    for row in (*result.classes, result.overall):
        for figure in (row.precision, row.recall, row.f1):
            assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_what_changed_is_told_with_its_place() -> None:
    result = compared()
    assert (result.changed_better, result.changed_worse) == (1, 1)
    worse, better = result.changed
    assert not worse.better
    assert (worse.place.document, worse.place.start, worse.place.end, worse.after) == ("b", 100, 107, "PERSON")
    assert (better.place.start, better.place.end, better.gold, better.before, better.after) == (
        111, 119, "CLAUSE", "", "CLAUSE",
    )  # fmt: skip


def test_confusion_and_calibration() -> None:
    result = compared()
    assert result.confusion_labels == ("PERSON", "CLAUSE", "")
    assert result.confusion == ((2, 0, 0), (0, 1, 1), (1, 0, 0))
    assert sum(result.calibration.counts) == 4
    assert 0 <= result.calibration.error <= 1


def test_a_result_survives_the_disk() -> None:
    result = compared()
    assert codecs.decode(ResultState, codecs.encode(result)) == result


def test_intervals_are_of_documents() -> None:
    """With one document there is nothing to draw; with many alike the interval is narrow."""
    alone = compare_entities("r", "m", "", EXAMPLES[:2], NEW[:2], None, ["PERSON"], MARKS)
    assert alone.overall.f1.low == alone.overall.f1.value == alone.overall.f1.high
    assert alone.verdict == "first"
    examples = [held(str(n), "Mary wrote.", (0, 4, "PERSON")) for n in range(100)]
    said: list[list[Said]] = [[(0, 4, "PERSON", 0.9)] if n % 2 else [] for n in range(100)]
    figure = compare_entities("r", "m", "", examples, said, None, ["PERSON"], MARKS).overall.recall
    assert figure.value == 0.5
    assert 0.38 < figure.low < 0.45 < 0.55 < figure.high < 0.62


def test_verdicts() -> None:
    assert verdict(None, 9) == "first"
    assert verdict(Interval(0.1, 0.02, 0.2), 9) == "better"
    assert verdict(Interval(0.01, -0.05, 0.06), 9) == "same"
    assert verdict(Interval(-0.01, -0.05, 0.06), 9) == "same"
    assert verdict(Interval(-0.05, -0.2, 0.1), 9) == "worse"
    assert verdict(Interval(-0.01, -0.02, -0.005), 9) == "worse"


def test_a_few_documents_do_not_prove_that_a_model_is_better() -> None:
    """Of one document a bootstrap draws the same one again: an interval without width, above nought."""

    def of(documents: int) -> ResultState:
        examples = [held(str(n), "Mary wrote to John.", (0, 4, "PERSON"), (14, 18, "PERSON")) for n in range(documents)]
        new: list[list[Said]] = [[(0, 4, "PERSON", 0.9), (14, 18, "PERSON", 0.9)] for _ in examples]
        old: list[list[Said]] = [[(0, 4, "PERSON", 0.9)] for _ in examples]
        return compare_entities("r", "mine@1", "entities@2", examples, new, old, ["PERSON"], frozenset({"PERSON"}))

    for documents in (1, 2, 5):
        result = of(documents)
        assert result.difference is not None
        assert result.difference.low > 0
        assert result.verdict == "same"
    assert of(6).verdict == "better"
    # The burden is on the new one: what is lost counts, however few say so.
    assert verdict(Interval(-0.03, -0.03, -0.03), 1) == "worse"


def test_a_new_class_does_not_hide_what_known_ones_lose() -> None:
    examples = [
        held(str(n), "Mary and John wrote clause 3.", (0, 4, "PERSON"), (9, 13, "PERSON"), (20, 28, "CLAUSE"))
        for n in range(20)
    ]
    new: list[list[Said]] = [[(0, 4, "PERSON", 0.9), (20, 28, "CLAUSE", 0.9)] for _ in examples]
    old: list[list[Said]] = [[(0, 4, "PERSON", 0.9), (9, 13, "PERSON", 0.9)] for _ in examples]
    labels, known = ["PERSON", "CLAUSE"], frozenset({"PERSON"})
    mixed = [*new[:7], *([*row, (20, 28, "CLAUSE", 0.9)] for row in old[7:])]
    result = compare_entities("r", "m", "c", examples, mixed, old, labels, known)
    assert result.difference is not None
    assert result.difference.low > 0, "better on the whole"
    assert result.verdict == "worse", "but a third of the persons is lost"
    whole = [[*row, (20, 28, "CLAUSE", 0.9)] for row in old]
    assert compare_entities("r", "m", "c", examples, whole, old, labels, known).verdict == "better"


def test_types() -> None:
    examples = [Held(str(n), f"/{n}", str(n), 0, "text", label=label) for n, label in enumerate("aabb")]
    new = [("a", 0.9), ("b", 0.6), ("b", 0.9), ("b", 0.8)]
    old = [("a", 0.9), ("a", 0.6), ("c", 0.9), ("a", 0.8)]
    result = compare_types("r", "m", "zero-shot", examples, new, old, ["a", "b"])
    assert result.overall.f1.value == 0.75
    assert result.before is not None
    assert result.before.value == 0.5
    assert result.confusion == ((1, 1, 0), (0, 2, 0), (0, 0, 0))
    assert (result.changed_better, result.changed_worse) == (2, 1)
