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
    starts = [sentence.span.start for sentence in sentences]

    def sentence_of(offset: int) -> int:
        return bisect.bisect_right(starts, offset) - 1

    home = {sentence_of(mention.span.start) for mention in entity.mentions} - {-1}
    own = {mention.span for mention in entity.mentions}
    result: list[Companion] = []
    for other in found.entities:
        ctx.check()
        if (other.label, other.name) == (entity.label, entity.name):
            continue
        shared = sorted(
            {sentence_of(mention.span.start) for mention in other.mentions if mention.span not in own} & home
        )
        if shared:
            spans = [sentences[number].span for number in shared]
            places = tuple(Evidence(span, document.page_at(span.start), span.of(document.text), 1.0) for span in spans)
            result.append(Companion(other.label, other.name, places))
    result.sort(key=lambda item: (-len(item.places), item.places[0].span.start, item.name))
    return tuple(result)
