"""Whether labels are ready to be trained on: what stops training, what is worth knowing, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.training.answer_examples import ABSENT
from assistant.training.examples import DocumentExamples, Example
from assistant.training.steps import Check, ClassCount, Params, Place, Side, SplitDocument, Task

ENOUGH: Mapping[str, int] = {"entities": 20, "classification": 5, "answers": 15, "summary": 20}
"""Labels of a class in all from which on more are not asked for."""
LOPSIDED = 12
"""So many times as many labels of one class as of another are worth a word."""
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user chose at the data step."""

    seed: int = 13
    pinned: Mapping[str, Side] = field(default_factory=dict)
    documents_out: frozenset[str] = frozenset()
    labels_out: frozenset[str] = frozenset()
    drop_rows: bool = False
    """Training rows whose very text is held out too are left out."""
    class_weights: bool = False


def class_counts(
    documents: Sequence[DocumentExamples],
    sides: Mapping[str, Side],
    known: Sequence[str],
    task: Task,
    choices: Choices,
) -> tuple[ClassCount, ...]:
    """Labels of each class on each side; the documents that are left out do not count."""
    counted: dict[str, dict[str, int]] = {}
    spread: dict[str, int] = {}
    for document in documents:
        if document.document in choices.documents_out:
            continue
        for label, value in document.counts().items():
            row = counted.setdefault(label, {"train": 0, "validation": 0, "test": 0})
            row[sides[document.document]] += value
            spread[label] = spread.get(label, 0) + 1
    rows = [
        ClassCount(
            label,
            row["train"],
            row["validation"],
            row["test"],
            spread[label],
            max(0, ENOUGH[task] - sum(row.values())),
            label not in known,
            label in choices.labels_out,
        )
        for label, row in counted.items()
    ]
    if task == "summary" and not all(row.needed for row in rows):
        # Marked sentences or summaries of one's own: enough of either will do.
        rows = [replace(row, needed=0) for row in rows]
    return tuple(sorted(rows, key=lambda row: (-row.total, row.label)))


def split_documents(
    documents: Sequence[DocumentExamples], sides: Mapping[str, Side], groups: Mapping[str, int], choices: Choices
) -> tuple[SplitDocument, ...]:
    return tuple(
        SplitDocument(
            document.document,
            document.path,
            document.title,
            sides[document.document],
            len(document.rows),
            sum(document.counts().values()),
            groups[document.document],
            document.document in choices.documents_out,
        )
        for document in documents
    )


def checks(
    documents: Sequence[DocumentExamples],
    everything: Sequence[DocumentExamples],
    sides: Mapping[str, Side],
    groups: Mapping[str, int],
    classes: Sequence[ClassCount],
    task: Task,
    choices: Choices,
) -> tuple[Check, ...]:
    """All that is to be said; what stops training comes first.

    ``documents`` are those that count and have rows, ``everything`` also the locked and the empty ones.
    """
    counting = [row for row in classes if not row.left_out]
    found: list[Check] = []
    locked = tuple(item.document for item in everything if item.locked)
    if locked:
        found.append(Check("training_locked", "warn", (("count", len(locked)),), "open_document", documents=locked))
    if not counting or not documents:
        return (Check("training_no_labels", "stop", fix="label_more"), *found)
    found += _stops(documents, sides, groups, counting, task)
    found += _about_classes(counting, task, choices)
    found += _about_documents(documents, everything, sides, groups, choices)
    if not found:
        found.append(Check("training_data_ready", "ok"))
    order = {"stop": 0, "warn": 1, "ok": 2}
    return tuple(sorted(found, key=lambda check: order[check.severity]))


def _stops(
    documents: Sequence[DocumentExamples],
    sides: Mapping[str, Side],
    groups: Mapping[str, int],
    counting: Sequence[ClassCount],
    task: Task,
) -> list[Check]:
    if len({groups[item.document] for item in documents}) == 1:
        alone = tuple(item.document for item in documents)
        return [Check("training_one_document", "stop", fix="label_more", documents=alone)]
    found = []
    if task == "classification" and len(counting) == 1:
        name = counting[0].label
        found.append(Check("training_one_class", "stop", (("label", name),), "label_more", (name,)))
    rows = {side: [item for item in documents if sides[item.document] == side] for side in ("train", "test")}
    if not any(row.test for row in counting) or not rows["test"]:
        found.append(Check("training_no_test", "stop", fix="new_split"))
    elif not any(row.train for row in counting) or not rows["train"]:
        found.append(Check("training_no_rows", "stop", fix="new_split"))
    return found


def _about_classes(counting: Sequence[ClassCount], task: Task, choices: Choices) -> list[Check]:
    found: list[Check] = []
    params: Params
    if once := tuple(row.label for row in counting if row.total == 1):
        params = (("labels", ", ".join(once)), ("count", len(once)))
        found.append(Check("training_class_once", "warn", params, "leave_out_classes", once))
    if unseen := tuple(row.label for row in counting if row.total > 1 and not row.train):
        params = (("labels", ", ".join(unseen)), ("count", len(unseen)))
        spread = all(row.documents > 1 for row in counting if row.label in unseen)
        found.append(Check("training_class_untrained", "warn", params, "new_split" if spread else "label_more", unseen))
    if untested := tuple(row.label for row in counting if row.total > 1 and row.train and not row.test):
        params = (("labels", ", ".join(untested)), ("count", len(untested)))
        spread = all(row.documents > 1 for row in counting if row.label in untested)
        found.append(
            Check("training_class_untested", "warn", params, "new_split" if spread else "label_more", untested)
        )
    if few := tuple(row.label for row in counting if row.needed and row.total > 1):
        params = (("labels", ", ".join(few)), ("needed", ENOUGH[task]))
        found.append(Check("training_few", "warn", params, "label_more", few))
    if task == "answers" and not any(row.label == ABSENT for row in counting):
        found.append(Check("training_no_absent", "warn", fix="label_more"))
    if task in ("answers", "summary"):
        # These are no classes to be told apart: neither takes anything from the other.
        return found
    trained = [row for row in counting if row.train]
    if len(trained) > 1 and not choices.class_weights:
        most, least = max(trained, key=lambda row: row.train), min(trained, key=lambda row: row.train)
        if most.train >= LOPSIDED * least.train:
            params = (("most", most.label), ("many", most.train), ("least", least.label), ("few", least.train))
            found.append(Check("training_lopsided", "warn", params, "class_weights", (most.label, least.label)))
    return found


def _about_documents(
    documents: Sequence[DocumentExamples],
    everything: Sequence[DocumentExamples],
    sides: Mapping[str, Side],
    groups: Mapping[str, int],
    choices: Choices,
) -> list[Check]:
    found = []
    if not any(sides[item.document] == "validation" for item in documents):
        found.append(Check("training_no_validation", "warn", fix="label_more"))
    members: dict[int, list[str]] = {}
    for item in documents:
        members.setdefault(groups[item.document], []).append(item.document)
    if doubles := tuple(name for rows in members.values() if len(rows) > 1 for name in rows[1:]):
        found.append(
            Check("training_duplicates", "warn", (("count", len(doubles)),), "leave_out_documents", (), doubles)
        )
    if not choices.drop_rows and (leaked := leaking(documents, sides)):
        places = tuple(_place(item, row) for item, row in leaked[:SHOWN])
        found.append(Check("training_leakage", "warn", (("count", len(leaked)),), "leave_out_rows", places=places))
    if clashes := [place for item in documents for place in item.contradictions] + _contradictions(documents):
        found.append(
            Check(
                "training_contradictions", "warn", (("count", len(clashes)),), "review", places=tuple(clashes[:SHOWN])
            )
        )
    if too_long := [place for item in documents for place in item.too_long]:
        found.append(
            Check("training_span_long", "warn", (("count", len(too_long)),), "review", places=tuple(too_long[:SHOWN]))
        )
    if lost := [item for item in everything if item.lost]:
        count = sum(item.lost for item in lost)
        found.append(
            Check(
                "training_lost", "warn", (("count", count),), "review", documents=tuple(item.document for item in lost)
            )
        )
    return found


def leaking(documents: Sequence[DocumentExamples], sides: Mapping[str, Side]) -> list[tuple[DocumentExamples, Example]]:
    """Training rows whose very text stands in a held-out document as well."""
    held = {row.key for item in documents if sides[item.document] == "test" for row in item.rows}
    return [
        (item, row)
        for item in documents
        if sides[item.document] == "train"
        for row in item.rows
        # A short line ("Signature:") says the same everywhere.
        if len(row.text) > 20 and row.key in held
    ]


def _place(item: DocumentExamples, row: Example) -> Place:
    return Place(item.document, item.path, item.title, row.start, row.start + len(row.text), row.text[:200])


def _contradictions(documents: Sequence[DocumentExamples]) -> list[Place]:
    """The same sentence with other labels, or a document with the text of another and another type."""
    seen: dict[str, tuple[object, Place]] = {}
    found: list[Place] = []
    for item in documents:
        for row in item.rows:
            said = (row.entities, row.label, row.answers)
            if len(row.text) <= 20 or not (row.entities or row.label):
                continue
            before, place = seen.setdefault(row.key, (said, _place(item, row)))
            if before != said:
                found += [place, _place(item, row)]
    return list(dict.fromkeys(found))
