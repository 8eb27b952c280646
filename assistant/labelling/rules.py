"""What a label may be, and which labels exclude each other."""

from __future__ import annotations

import time
import uuid

from assistant.errors import UsageError
from assistant.types import Document, Label, LabelKind, Mention, Span, Verdict

LONGEST = {"entity": 2_000, "salient": 5_000, "answer": 5_000, "type": 500, "summary": 50_000}
"""Code points that a label of each kind may have; several pages are never one name or one answer."""
LONGEST_VALUE = 500


def new_label(
    document: Document,
    kind: LabelKind,
    value: str,
    span: Span | None,
    verdict: Verdict,
    origin: str,
    text: str,
    *,
    anchor_needed: bool = True,
) -> Label:
    """A checked label. White space at the ends of its place is left out."""
    if kind in ("entity", "type", "answer") and not value.strip():
        raise UsageError("label_empty")
    if kind in ("type", "summary"):
        if span is not None:
            raise UsageError("label_unplaced")
        if kind == "summary" and not text.strip():
            raise UsageError("label_empty")
    elif span is None:
        if anchor_needed and not (kind == "answer" and verdict == "no"):
            raise UsageError("label_unplaced")
    else:
        span = _trimmed(document, span)
        if len(span) > LONGEST[kind]:
            raise UsageError("label_too_long", length=len(span), limit=LONGEST[kind])
    for words, limit in ((value, LONGEST_VALUE), (text, LONGEST["summary"])):
        if len(words) > limit:
            raise UsageError("label_too_long", length=len(words), limit=limit)
    anchor = None if span is None else document.anchor(span)
    quoted = text if anchor is None else anchor.quote
    return Label(uuid.uuid4().hex, document.sha256, kind, value, verdict, anchor, quoted, origin, time.time())


def _trimmed(document: Document, span: Span) -> Span:
    words = span.of(document.text)
    start = span.start + len(words) - len(words.lstrip())
    end = start + len(words.strip())
    if start >= end or span.end > len(document.text):
        raise UsageError("label_empty")
    return Span(start, end)


def of_mention(document: Document, mention: Mention, verdict: Verdict) -> Label:
    origin = f"{'confirmed' if verdict == 'yes' else 'rejected'}:{mention.source}"
    return new_label(document, "entity", mention.label, mention.span, verdict, origin, "")


def in_the_way(old: Label, new: Label) -> bool:
    """Whether ``new`` takes the place of ``old``."""
    if old.kind != new.kind or old.lost:
        return False
    if old.kind == "summary":
        return True
    if old.kind == "answer":
        # "Not in this document" and answers that are in it exclude each other.
        absent = new.anchor is None or old.anchor is None
        if old.value != new.value or (
            absent and (old.verdict, new.verdict) == ("no", "no") and old.anchor != new.anchor
        ):
            return False
        if absent:
            return old.anchor == new.anchor or "yes" in (old.verdict, new.verdict)
    if old.kind == "type":
        return old.value == new.value or (old.verdict == new.verdict == "yes")
    spans = [label.anchor.span if label.anchor is not None else None for label in (old, new)]
    if spans[0] != spans[1]:
        return False
    # That it is no person and that it is a place are two things that go together.
    return old.value == new.value or old.verdict == new.verdict == "yes"


def same(before: Label, after: Label) -> bool:
    def parts(label: Label) -> tuple[object, ...]:
        return label.value, label.verdict, label.anchor and label.anchor.span, label.text

    return parts(before) == parts(after)


def corrected(origin: str) -> str:
    kind, _, source = origin.partition(":")
    return f"corrected:{source}" if kind in ("confirmed", "corrected", "rejected") else "user"


ENOUGH = {"entity": 20, "type": 8, "salient": 30, "summary": 10, "answer": 30}
"""Labels of one kind (of entities and types: of one value) from which on training makes sense."""
FEWEST_DOCUMENTS = 3
"""And in how many documents they should stand, as those that are trained on are not those that are tested on."""


def needed(kind: str, labels: int, documents: int) -> int:
    """How many more labels make sense, at least one for each document that is missing."""
    return max(ENOUGH[kind] - labels, FEWEST_DOCUMENTS - documents, 0)
