"""Labelled documents for training tests, without a store: what ``Labels.labelled_documents`` gives."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.types import Anchor, Block, Label, LabelledDocument, Page, Span

NAMES = ("Mary", "John", "Anna", "Peter", "Lucy", "Karl", "Helen", "Oscar", "Nina", "Victor")
TOWNS = ("Paris", "Rome", "Oslo", "Berlin", "Madrid", "Vienna", "Lisbon", "Prague")
TOPICS = ("delivery", "payment", "liability", "notice", "insurance", "termination", "storage", "training")


class Shelf:
    """A label source with fixed documents."""

    def __init__(self, documents: Iterable[LabelledDocument] = ()) -> None:
        self.documents = tuple(documents)

    def labelled_documents(self) -> tuple[LabelledDocument, ...]:
        return self.documents


def labelled(
    text: str,
    entities: Sequence[tuple[int, int, str]] = (),
    kind: str = "",
    *,
    no: Sequence[tuple[int, int, str]] = (),
    name: str = "",
    origin: str = "user",
    kept: bool = True,
) -> LabelledDocument:
    """A text whose paragraphs stand between empty lines, with entity labels and, for ``kind``, its type."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    labels = [
        Label(
            f"{digest[:8]}-{start}-{end}-{label}", digest, "entity", label, verdict,  # type: ignore[arg-type]
            Anchor(digest, 1, Span(start, end), text[start:end]), text[start:end], origin, 1.0 + number,
        )
        for verdict, rows in (("yes", entities), ("no", no))
        for number, (start, end, label) in enumerate(rows)
    ]  # fmt: skip
    if kind:
        labels.append(Label(f"{digest[:8]}-type", digest, "type", kind, "yes", None, "", origin, 1.0))
    blocks: list[Block] = []
    at = 0
    for paragraph in text.split("\n\n"):
        if paragraph:
            blocks.append(Block(Span(at, at + len(paragraph)), "paragraph"))
        at += len(paragraph) + 2
    path = Path(f"/documents/{name or digest[:8]}.txt")
    return LabelledDocument(
        digest, path, name or digest[:8], "txt", "en", text if kept else "",
        (Page(1, Span(0, len(text)), 595.0, 842.0, "layout"),), tuple(blocks) if kept else (), tuple(labels),
    )  # fmt: skip


def clause_document(number: int, sentences: int = 6) -> LabelledDocument:
    """A contract's page with persons, places and clause numbers, a type that no shipped model knows."""
    rng = random.Random(number)
    text, entities = "", []

    def mark(word: str, label: str) -> None:
        nonlocal text
        entities.append((len(text), len(text) + len(word), label))
        text += word

    for _ in range(sentences):
        topic, name, town = rng.choice(TOPICS), rng.choice(NAMES), rng.choice(TOWNS)
        kind = rng.randrange(3)
        if kind == 0:
            text += "Under "
            mark(f"clause {rng.randrange(1, 30)}.{rng.randrange(1, 12)}", "CLAUSE_NO")
            text += ", "
            mark(name, "PERSON")
            text += f" answers for {topic} in "
            mark(town, "LOCATION")
            text += ". "
        elif kind == 1:
            mark(name, "PERSON")
            text += f" told us about {topic} on page {rng.randrange(1, 30)} of the report. "
        else:
            text += f"The {topic} is settled by "
            mark(f"clause {rng.randrange(1, 30)}.{rng.randrange(1, 12)}", "CLAUSE_NO")
            text += f" and {rng.randrange(2, 9)} other rules. "
    return labelled(text.strip(), entities, name=f"contract {number}")


def file_documents(
    path: Path, splits: Sequence[str], per_document: int, count: int, labels: dict[str, str], domain: str = ""
) -> list[LabelledDocument]:
    """Documents made of consecutive rows of a file of ``../shared/data/entities``.

    ``labels`` renames the source's own labels that count; ``domain`` takes the rows of one alone.
    """
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [
            row for row in map(json.loads, file) if row["split"] in splits and row.get("domain", "") in (domain, "")
        ]
    made: list[LabelledDocument] = []
    for first in range(0, len(rows), per_document):
        if len(made) == count:
            break
        text = ""
        entities: set[tuple[int, int, str]] = set()
        for row in rows[first : first + per_document]:
            entities |= {
                (len(text) + item["start"], len(text) + item["end"], labels[item["raw"]])
                for item in (*row["entities"], *row.get("ignored", ()))
                if item["raw"] in labels
            }
            text += row["text"] + "\n\n"
        # As a whole: the labels of a data file are complete.
        name = f"document {len(made) + 1}"
        made.append(labelled(text.strip(), sorted(entities), name=name, origin="import:file"))
    return made


def asked(text: str, questions: Sequence[tuple[str, str | None]], name: str = "") -> LabelledDocument:
    """A text with labelled questions: the words of the right answer (where they stand first), or None for none."""
    made = labelled(text, name=name)
    labels = []
    for number, (question, answer) in enumerate(questions):
        anchor = None
        if answer is not None:
            start = text.index(answer)
            anchor = Anchor(made.sha256, 1, Span(start, start + len(answer)), answer)
        labels.append(
            Label(
                f"{made.sha256[:8]}-q{number}", made.sha256, "answer", question, "no" if answer is None else "yes",
                anchor, answer or "", "user", 1.0 + number,
            )
        )  # fmt: skip
    return replace(made, labels=tuple(labels))


def marked(
    text: str, sentences: Sequence[str] = (), reference: str = "", name: str = "", title: str = ""
) -> LabelledDocument:
    """A text with sentences that are marked for its summary, and a reference summary."""
    made = labelled(text, name=name)
    labels = []
    for number, sentence in enumerate(sentences):
        start = text.index(sentence)
        anchor = Anchor(made.sha256, 1, Span(start, start + len(sentence)), sentence)
        labels.append(
            Label(f"s{number}", made.sha256, "salient", "", "yes", anchor, sentence, "user", 1.0 + number)
        )  # fmt: skip
    if reference:
        labels.append(Label("r", made.sha256, "summary", "", "yes", None, reference, "user", 9.0))
    return replace(made, labels=tuple(labels), title=title or made.title)


def lease(number: int) -> LabelledDocument:
    """A short lease with five questions, of which two have no answer in it."""
    rng = random.Random(number)
    name, other = rng.sample(NAMES, 2)
    town, days, rent = rng.choice(TOWNS), rng.randrange(5, 90), rng.randrange(400, 900)
    text = (
        f"Lease number {number}\n\n{name} lets the flat in {town} to {other}. The rent is {rent} euros a month and is "
        f"paid on the third working day of each month by bank transfer to the account named below.\n\n"
        f"Either side may end this lease with a notice of {days} days. The notice has to be given in writing and "
        f"reaches the other side by post. Nothing else ends the lease before its term, unless the flat cannot be lived "
        f"in.\n\n"
        f"The deposit of {2 * rent} euros is kept apart from all other money. It is given back within {days + 7} days "
        f"after the keys were handed over, less what repairs cost that the tenant has to pay for."
    )
    return asked(
        text,
        [
            ("How high is the rent?", f"{rent} euros"), ("Who lets the flat?", name),
            ("How long is the notice period?", f"{days} days"), ("Who insures the building?", None),
            ("Which court decides?", None),
        ],
        name=f"lease {number}",
    )  # fmt: skip
