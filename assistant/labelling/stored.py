"""Labels as the store has them, for a document as it is now."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from assistant.errors import UsageError
from assistant.labelling.anchors import found_again
from assistant.labelling.review import resemblance, sketch
from assistant.store.labels import Change, Reader
from assistant.types import Document, Label

_AN_EDITION = 0.2
"""Share of two texts' runs of words that are the same, from which on one is taken for an edition of the other."""


def labels_near(reader: Reader, label: Label, changes: Sequence[Change]) -> list[Label]:
    """Labels in the store at the place of ``label``, but for those that a change before it is about."""
    if label.kind == "answer":
        stored = [one for one in reader.labels(label.document) if one.kind == "answer"]
    else:
        span = label.anchor.span if label.anchor is not None else None
        stored = list(reader.at_place(label.document, label.kind, span))
    changed = {thing.id for change in changes for thing in (change.before, change.after) if isinstance(thing, Label)}
    return [one for one in stored if one.id not in changed]


def label_of(reader: Reader, document: Document, label_id: str) -> Label:
    label = reader.label(label_id)
    if label is None or label.document != document.sha256:
        raise UsageError("label_gone")
    return label


def placed_label(label: Label, document: Document) -> Label:
    return found_again([label], document)[0]


def carried_labels(reader: Reader, document: Document) -> tuple[Label, ...]:
    """The labels of the file's older bytes as those of the newer; their ids are the same each time.

    None where it is another document that only has the place of the old one (``scan.pdf``, again).
    """
    before = reader.predecessor(document.path, document.sha256)
    if before is None:
        return ()
    copies = [
        replace(
            label,
            id=hashlib.blake2b(f"{label.id} {document.sha256}".encode(), digest_size=16).hexdigest(),
            document=document.sha256,
        )
        for label in reader.labels(before)
    ]
    carried = found_again(copies, document)
    placed = [label for label in carried if label.anchor is not None]
    if placed and 2 * sum(not label.lost for label in placed) >= len(placed):
        return carried
    old = reader.labelled(before)
    text = old.text if old is not None else ""
    return carried if resemblance(sketch(text), sketch(document.text)) >= _AN_EDITION else ()
