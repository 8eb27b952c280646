"""From labels to what the trainer is given: examples, split, checks, and the files of a run. No torch.

A :class:`Preparation` is frozen; each choice of the user makes a new one from the same examples.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.training import readiness, replay
from assistant.training.answer_examples import without_questions
from assistant.training.dataset import raw_rows, read_answers, read_classes, read_entities, read_summaries
from assistant.training.examples import DocumentExamples, Example, normalized, repeats
from assistant.training.files import write_rows
from assistant.training.preparation_answers import write_answers
from assistant.training.readiness import Choices
from assistant.training.recipe import DataSource
from assistant.training.split import SIDES, groups_of, split
from assistant.training.steps import DataState, Parameters, Side, Task
from assistant.training.summary_examples import without_left_out, write_summaries

ROWS = "rows"
HELD = "rows/held.jsonl"


@dataclass(frozen=True, slots=True)
class Preparation:
    """Everything about the data of a run."""

    task: Task
    everything: tuple[DocumentExamples, ...]
    """Also those that are locked or have no rows."""
    known: tuple[str, ...]
    """Labels of the model that is started from."""
    replay: Path | None
    choices: Choices = field(default_factory=Choices)
    files: tuple[Path, ...] = ()
    suggested: bool = False
    """The current model has read the documents (:attr:`Example.kept`)."""
    read: float = 0.0
    """When the labels were read, in Unix seconds."""
    groups: Mapping[str, int] = field(default_factory=dict)
    sides: Mapping[str, Side] = field(default_factory=dict)

    @classmethod
    def of(
        cls, task: Task, documents: Iterable[DocumentExamples], known: Sequence[str], earlier: Path | None
    ) -> Preparation:
        """Takes a moment: near-duplicates are looked for."""
        everything = tuple(documents)
        first = cls(
            task, everything, tuple(known), earlier, groups=groups_of([item for item in everything if item.rows])
        )
        return first.chosen(Choices())

    def chosen(self, choices: Choices) -> Preparation:
        """With other choices: sides are drawn from the seed alone, so the same choices give the same split."""
        counting = [item for item in self._with_rows() if item.document not in choices.documents_out]
        sides = split(counting, self.groups, choices.seed, choices.pinned) if counting else {}
        # What is left out is shown on the side where it would stand.
        missing: dict[str, Side] = {item.document: "train" for item in self._with_rows() if item.document not in sides}
        return replace(self, choices=choices, sides={**missing, **sides})

    def _with_rows(self) -> list[DocumentExamples]:
        return [item for item in self.everything if item.rows]

    def counting(self) -> list[DocumentExamples]:
        return [item for item in self._with_rows() if item.document not in self.choices.documents_out]

    def labels(self) -> list[str]:
        """The classes that are trained: labelled in a training document, and not left out."""
        found: dict[str, int] = {}
        for item in self.counting():
            for label, count in item.counts().items():
                if label not in self.choices.labels_out and (
                    self.sides[item.document] == "train" or label in self.known
                ):
                    found[label] = found.get(label, 0) + count
        return sorted(found)

    def state(self) -> DataState:
        counting = self.counting()
        classes = readiness.class_counts(self._with_rows(), self.sides, self.known, self.task, self.choices)
        checks = readiness.checks(counting, self.everything, self.sides, self.groups, classes, self.task, self.choices)
        rows: dict[str, int] = {}
        rows |= {side: sum(len(item.rows) for item in counting if self.sides[item.document] == side) for side in SIDES}
        earlier = 0
        if self.replay is not None:
            earlier = sum(row["split"] == "train" for row in replay.read(self.replay))
        return DataState(
            self.choices.seed, classes,
            readiness.split_documents(self._with_rows(), self.sides, self.groups, self.choices),
            checks, rows, self.files, earlier,
        )  # fmt: skip

    # --- the files of a run ---

    def write(self, folder: Path, values: Parameters, known: Sequence[str]) -> tuple[list[DataSource], list[str]]:
        """Write the rows below ``folder``: the recipe's sources and its labels. ``known``: of the model it starts from.

        Raises UserError.
        """
        sides = self._rows_by_side()
        if self.task == "answers":
            return write_answers(folder, HELD, sides, self.files, self.replay, values), []
        if self.task == "summary":
            return write_summaries(folder, HELD, sides, self.files, self.replay, values), []
        held = [self._held(item, row) for item, row in sides["test"]]
        write_rows(folder / HELD, held)
        if self.task == "classification":
            return self._write_types(folder, sides)
        mine = self.labels()
        labels = [*known, *(label for label in mine if label not in known)]
        sources = []
        for side in SIDES:
            # Only what the model that is started from can say is kept.
            asked = side == "train" and self.suggested
            said = frozenset(known) - self.choices.labels_out if asked else frozenset[str]()
            sources += self._write_entities(folder, side, sides[side], labels, said)
        if not sides["validation"]:
            sources += [replace(item, role="validation") for item in sources if item.role == "train"]
        sources += self._write_files(folder, {normalized(row["text"]) for row in held}, labels)
        if values.replay and self.replay is not None:
            count = round(values.replay * len(sides["train"]))
            sources += self._write_replay(folder, count, values.seed, labels)
        return sources, labels

    def _rows_by_side(self) -> dict[Side, list[tuple[DocumentExamples, Example]]]:
        leaking: set[str] = set()
        if self.choices.drop_rows:
            leaking = {row.id for _, row in readiness.leaking(self.counting(), self.sides)}
        rows: dict[Side, list[tuple[DocumentExamples, Example]]] = {side: [] for side in SIDES}
        for item in self.counting():
            side = self.sides[item.document]
            members = [self._without_left_out(row) for row in item.rows if row.id not in leaking]
            if self.task == "answers":
                members = without_questions(members, self.choices.labels_out)
            if self.task == "summary":
                left = [without_left_out(row, self.choices.labels_out) for row in item.rows if row.id not in leaking]
                members = [row for row in left if row is not None]
            rows[side] += [(item, row) for row in members]
        if self.task == "classification":
            for side in SIDES:
                rows[side] = [pair for pair in rows[side] if pair[1].label not in self.choices.labels_out]
        return rows

    def _without_left_out(self, row: Example) -> Example:
        """Entities of classes that are left out are masked: they are neither right nor wrong."""
        out = self.choices.labels_out
        if not any(label in out for _, _, label in row.entities):
            return replace(row, marks=row.marks - out)
        return replace(
            row,
            marks=row.marks - out,
            entities=tuple(item for item in row.entities if item[2] not in out),
            ignored=row.ignored + tuple(item[:2] for item in row.entities if item[2] in out),
        )

    @staticmethod
    def _held(item: DocumentExamples, row: Example) -> dict[str, Any]:
        return {
            "document": row.document, "path": str(item.path), "title": item.title, "start": row.start,
            "text": row.text, "entities": [list(entity) for entity in row.entities],
            "ignored": [list(place) for place in row.ignored], "marks": sorted(row.marks), "label": row.label,
        }  # fmt: skip

    def _write_entities(
        self,
        folder: Path,
        side: Side,
        rows: Sequence[tuple[DocumentExamples, Example]],
        labels: Sequence[str],
        said: frozenset[str],
    ) -> list[DataSource]:
        """A file for each set of marks: what a row does not mark, its source does not say.

        ``said``: labels whose mentions by the current model (:attr:`Example.kept`) are taken for right.
        """
        by_marks: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for item, row in rows:
            if not any(label in row.marks for label in labels):
                continue
            marks = tuple(label for label in labels if label in row.marks or label in said)
            kept = [item for item in row.kept if item[2] in said and item[2] not in row.marks]
            members = by_marks.setdefault(marks, [])
            members.append(
                {
                    "id": row.id, "doc": f"{row.document[:16]}/{row.run}", "split": side, "lang": item.language,
                    "source": "", "text": row.text,
                    "entities": [
                        {"start": start, "end": end, "label": label}
                        for start, end, label in sorted([*row.entities, *kept]) if label in marks
                    ],
                    "ignored": [
                        *({"start": start, "end": end} for start, end in row.ignored),
                        *({"start": start, "end": end} for start, end, label in row.entities if label not in marks),
                    ],
                }
            )  # fmt: skip
        sources = []
        for number, (marks, members) in enumerate(sorted(by_marks.items())):
            name = f"{ROWS}/{side}-{number}.jsonl"
            write_rows(folder / name, [{**row, "source": f"labels/{number}"} for row in members])
            sources.append(DataSource(name, side, (side,), labels=marks))
        return sources

    def _write_types(
        self, folder: Path, sides: Mapping[Side, Sequence[tuple[DocumentExamples, Example]]]
    ) -> tuple[list[DataSource], list[str]]:
        sources = []
        for side in SIDES:
            rows = [
                {
                    "id": row.id, "split": side, "lang": item.language, "source": "labels", "text": row.text,
                    "label": row.label,
                }
                for item, row in sides[side]
            ]  # fmt: skip
            if rows:
                name = f"{ROWS}/{side}.jsonl"
                write_rows(folder / name, rows)
                sources.append(DataSource(name, side, (side,)))
        if not sides["validation"]:
            sources += [replace(item, role="validation") for item in sources if item.role == "train"]
        sources += self._write_files(folder, {normalized(row.text) for _, row in sides["test"]}, ())
        # A class of an own file counts as well; one of the test alone could never be right.
        named = {row.label for side in ("train", "validation") for _, row in sides[side]}
        extra = {str(row["label"]) for path in self.files for _, row in raw_rows(path) if "label" in row}
        return sources, sorted(named | extra)

    def _write_files(self, folder: Path, held: set[str], labels: Sequence[str]) -> list[DataSource]:
        """The user's further files, without what is held out."""
        sources = []
        for number, path in enumerate(self.files):
            rows = [row for _, row in raw_rows(path) if not repeats(str(row["text"]), held)]
            name = f"{ROWS}/file-{number}.jsonl"
            write_rows(folder / name, [{**row, "split": "train"} for row in rows])
            marks: tuple[str, ...] = ()
            if self.task == "entities":
                found = {entity["label"] for row in rows for entity in row.get("entities", ())}
                marks = tuple(label for label in labels if label in found)
                if not marks:
                    continue
            sources.append(DataSource(name, "train", ("train",), labels=marks))
        return sources

    def _write_replay(self, folder: Path, count: int, seed: int, labels: Sequence[str]) -> list[DataSource]:
        """Earlier examples. A new label is taken for absent there: it is rare elsewhere, and else the model would not
        learn where it does not stand."""
        assert self.replay is not None
        rows = replay.read(self.replay)
        marked = {label for row in rows for label in row["marks"]}
        fresh = [label for label in labels if label not in marked]
        sources = []
        picked: list[tuple[Side, list[dict[str, Any]]]] = [
            ("train", replay.chosen(rows, "train", count, seed)),
            ("validation", replay.chosen(rows, "validation", 60, seed)),
        ]
        for side, members in picked:
            by_marks: dict[tuple[str, ...], list[dict[str, Any]]] = {}
            for row in members:
                marks = tuple(label for label in labels if label in row["marks"] or label in fresh)
                by_marks.setdefault(marks, []).append(row)
            for number, (marks, group) in enumerate(sorted(by_marks.items())):
                if not any(label not in fresh for label in marks):
                    continue
                name = f"{ROWS}/replay-{side}-{number}.jsonl"
                kept = [
                    {
                        **row, "source": f"replay/{number}",
                        "entities": [item for item in row["entities"] if item["label"] in marks],
                        "ignored": row["ignored"]
                        + [
                            {"start": item["start"], "end": item["end"]}
                            for item in row["entities"] if item["label"] not in marks
                        ],
                    }
                    for row in group
                ]  # fmt: skip
                write_rows(folder / name, kept)
                sources.append(DataSource(name, side, (side,), labels=marks, licence="see models/replay/README.md"))
        return sources


def checked_files(task: Task, files: Sequence[Path]) -> tuple[Path, ...]:
    """Data files that can be read. Raises UserError ``data_missing``, ``data_invalid``."""
    for path in files:
        if task == "classification":
            read_classes(path)
        elif task == "answers":
            read_answers(path)
        elif task == "summary":
            read_summaries(path)
        else:
            read_entities(path)
    return tuple(files)


def another_seed(seed: int) -> int:
    """For "divide anew"."""
    return random.Random(seed).randrange(1, 10_000)


def held_labels(path: Path) -> set[str]:
    """The classes of the held-out examples."""
    found: set[str] = set()
    for _, row in raw_rows(path):
        found |= {label for _, _, label in row["entities"]} | ({row["label"]} if row["label"] else set())
    return found
