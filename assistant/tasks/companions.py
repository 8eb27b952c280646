"""Who appears with whom: entities that are named in the same sentence."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from assistant.insights import Companion
from assistant.jobs import JobContext
from assistant.types import Document, Entities, Entity, Evidence, Sentence


def companions(
    document: Document, sentences: Sequence[Sentence], found: Entities, entity: Entity, ctx: JobContext
) -> tuple[Companion, ...]:
    """The entities named in the sentences that name ``entity``, the most frequent first. Raises Cancelled."""
    return _Sentences(document, sentences, found, ctx).with_(entity, ctx)


def people(
    document: Document, sentences: Sequence[Sentence], found: Entities, ctx: JobContext
) -> tuple[tuple[Entity, tuple[Companion, ...]], ...]:
    """Every person with whom, and with what, they are named. Raises Cancelled."""
    places = _Sentences(document, sentences, found, ctx)
    return tuple((item, places.with_(item, ctx)) for item in found.entities if item.label == "PERSON")


class _Sentences:
    """In which sentences each entity is named."""

    def __init__(self, document: Document, sentences: Sequence[Sentence], found: Entities, ctx: JobContext) -> None:
        self._document = document
        self._sentences = sentences
        starts = [sentence.span.start for sentence in sentences]
        self._homes: list[tuple[Entity, frozenset[int]]] = []
        for entity in found.entities:
            ctx.check()
            numbers = {bisect.bisect_right(starts, mention.span.start) - 1 for mention in entity.mentions}
            self._homes.append((entity, frozenset(numbers - {-1})))

    def with_(self, entity: Entity, ctx: JobContext) -> tuple[Companion, ...]:
        ctx.check()
        key = entity.label, entity.name
        home = next((numbers for item, numbers in self._homes if (item.label, item.name) == key), frozenset())
        result: list[Companion] = []
        for other, numbers in self._homes:
            shared = sorted(numbers & home)
            if shared and (other.label, other.name) != key:
                result.append(Companion(other.label, other.name, tuple(map(self._place, shared))))
        result.sort(key=lambda item: (-len(item.places), item.places[0].span.start, item.name))
        return tuple(result)

    def _place(self, number: int) -> Evidence:
        span = self._sentences[number].span
        return Evidence(span, self._document.page_at(span.start), span.of(self._document.text), 1.0)
