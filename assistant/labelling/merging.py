"""Labels laid over what models and rules found. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.tasks.entity_grouping import group
from assistant.types import Document, Entities, Label, Mention, Span


def merge(labels: Sequence[Label], entities: Entities, document: Document) -> Entities:
    """``entities`` as the user has them: own labels, source ``user``, in place of all that overlaps them; what was
    rejected is left out. Unchanged where there are no labels of entities.

    Labels that overlap each other cannot both be shown: the one changed last stands.
    """
    yes, no = _spoken(labels)
    if not yes and not no:
        return entities
    own: list[tuple[Span, Label]] = []
    for span, label in sorted(yes, key=lambda item: -item[1].time):
        if not any(span.overlaps(other) for other, _ in own):
            own.append((span, label))
    # Also where a label is not shown, nothing of a model's comes back.
    taken = _Taken([span for span, _ in yes])
    refused = _Taken([span for span, _ in no])
    found = {(mention.span, mention.label): mention for mention in entities.mentions}
    mentions = [
        mention
        for mention in entities.mentions
        if not taken.touches(mention.span)
        and not any(no[number][1].value == mention.label for number in refused.touched(mention.span))
    ]
    for span, label in own:
        same = found.get((span, label.value))
        # What a date or an amount means was worked out by the rule that found it.
        value = same.value if same is not None else None
        page, text = document.page_at(span.start), span.of(document.text)
        mentions.append(Mention(span, page, text, label.value, 1.0, "user", value))
    mentions.sort(key=lambda mention: mention.span)
    return replace(entities, entities=group(mentions, document.text), mentions=tuple(mentions))


def unlabelled(labels: Sequence[Label], entities: Entities) -> tuple[Mention, ...]:
    """The mentions that no label lies over, and that were not rejected."""
    yes, no = _spoken(labels)
    taken = _Taken([span for span, _ in yes])
    refused = _Taken([span for span, _ in no])
    return tuple(
        mention
        for mention in entities.mentions
        if not taken.touches(mention.span)
        and not any(no[number][1].value == mention.label for number in refused.touched(mention.span))
    )


def _spoken(labels: Sequence[Label]) -> tuple[list[tuple[Span, Label]], list[tuple[Span, Label]]]:
    """Labels of entities that say yes and those that say no, each with its place in order."""
    placed = [
        (label.anchor.span, label)
        for label in labels
        if label.kind == "entity" and label.anchor is not None and not label.lost
    ]
    placed.sort(key=lambda item: item[0])
    yes = [item for item in placed if item[1].verdict == "yes"]
    no = [item for item in placed if item[1].verdict == "no"]
    return yes, no


class _Taken:
    """Spans that can be asked what they overlap, by the code points in reach."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._cells: dict[int, list[int]] = {}
        for number, span in enumerate(spans):
            for cell in range(span.start // _CELL, span.end // _CELL + 1):
                self._cells.setdefault(cell, []).append(number)

    def touched(self, span: Span) -> list[int]:
        near = {n for cell in range(span.start // _CELL, span.end // _CELL + 1) for n in self._cells.get(cell, ())}
        return [number for number in sorted(near) if self._spans[number].overlaps(span)]

    def touches(self, span: Span) -> bool:
        return bool(self.touched(span))


_CELL = 256
"""Code points of one cell of the grid that spans are found by."""
