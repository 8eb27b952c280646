"""Entities as the reader arranged them: variants merged into one, or split off. Pure functions.

Changes name mentions by their words (:class:`assistant.insights.EntityEdit`), not by numbers or places: they are laid
over whatever is found, also over a partial result or one of another model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.insights import EntityEdit
from assistant.types import Entities, Entity, Mention


def variant(mention: Mention) -> str:
    """The words by which an edit knows a mention."""
    return " ".join(mention.text.split())


def variants(entity: Entity) -> tuple[str, ...]:
    """The ways in which the document writes an entity, the most frequent first."""
    counts: dict[str, int] = {}
    for mention in entity.mentions:
        counts[variant(mention)] = counts.get(variant(mention), 0) + 1
    return tuple(sorted(counts, key=lambda text: (-counts[text], text)))


def arrange(found: Entities, edits: Sequence[EntityEdit]) -> Entities:
    """``found`` with the edits laid over it in order; mentions stay, their entities change."""
    if not edits:
        return found
    entities = list(found.entities)
    for edit in edits:
        entities = _merged(entities, edit) if edit.kind == "merge" else _split(entities, edit)
    return replace(found, entities=tuple(entities))


def _merged(entities: list[Entity], edit: EntityEdit) -> list[Entity]:
    wanted = set(edit.variants)
    hit = [
        number
        for number, entity in enumerate(entities)
        if entity.label == edit.label and any(variant(mention) in wanted for mention in entity.mentions)
    ]
    if not hit:
        return entities
    mentions = sorted((m for number in hit for m in entities[number].mentions), key=lambda mention: mention.span)
    made = _entity(edit.label, edit.name, mentions)
    rest = set(hit[1:])
    return [made if n == hit[0] else entity for n, entity in enumerate(entities) if n not in rest]


def _split(entities: list[Entity], edit: EntityEdit) -> list[Entity]:
    wanted = set(edit.variants)
    result: list[Entity] = []
    for entity in entities:
        inside = [mention for mention in entity.mentions if variant(mention) in wanted]
        outside = [mention for mention in entity.mentions if variant(mention) not in wanted]
        if entity.label != edit.label or not inside or not outside:
            result.append(entity)
            continue
        # What is left keeps its name, unless that is the one that went.
        left = _entity(entity.label, entity.name, outside)
        names = variants(left)
        if entity.name in wanted:
            left = replace(left, name=max(names, key=len))
        result.extend((left, _entity(entity.label, edit.name, inside)))
    return result


def _entity(label: str, name: str, mentions: Sequence[Mention]) -> Entity:
    values = {mention.value for mention in mentions}
    value = next(iter(values)) if len(values) == 1 else None
    return Entity(label, name, tuple(mentions), max(mention.score for mention in mentions), value)
