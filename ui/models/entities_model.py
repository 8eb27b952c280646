"""The entities of a document as a two-level tree: groups (Organizations, People ...) and their entities.

Pure data: no widget, no colour. The tree is virtual (rows are looked up in lists when a view asks for them), so that
5,000 entities cost the view only the rows that it paints.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, overload

from PySide6.QtCore import QAbstractItemModel, QCollator, QModelIndex, QObject, QPersistentModelIndex, Qt

from assistant.types import Entities, Entity, LabelType, Mention
from ui.i18n import count, label_name, number_text, tr

EntitySort = Literal["count", "place", "name"]
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class EntityGroup:
    """One heading of the list: the labels below it and the colour token of :mod:`ui.theme` that marks them.

    Of a type of the user's own, ``title`` is its name and the token may be ``#RRGGBB``.
    """

    key: str
    labels: tuple[str, ...]
    token: str
    title: str = ""


GROUPS: tuple[EntityGroup, ...] = (
    EntityGroup("organizations", ("ORGANIZATION",), "organization"),
    EntityGroup("people", ("PERSON",), "person"),
    EntityGroup("places", ("LOCATION",), "place"),
    EntityGroup("dates", ("DATE",), "date"),
    EntityGroup("amounts", ("MONEY", "PERCENT"), "amount"),
    EntityGroup("contacts", ("EMAIL", "URL", "PHONE", "IDENTIFIER"), "other"),
    EntityGroup("works", ("WORK",), "work"),
    EntityGroup("events", ("EVENT",), "event"),
    EntityGroup("products", ("PRODUCT",), "product"),
    EntityGroup("other", ("MISC",), "other"),
)


def group_title(group: EntityGroup) -> str:
    """The heading of a group in the user's language."""
    if group.title:
        return group.title
    return tr("Contacts and numbers") if group.key == "contacts" else label_name(group.labels[0], plural=True)


class EntityRole(IntEnum):
    """What a delegate and the panel ask beyond Qt's own roles."""

    ENTITY = Qt.ItemDataRole.UserRole + 1
    """The :class:`Entity`, or None on a group."""
    GROUP = Qt.ItemDataRole.UserRole + 2
    """The :class:`EntityGroup`, on both levels."""
    COUNT = Qt.ItemDataRole.UserRole + 3
    """Number of mentions, or of entities of a group."""
    POSITION = Qt.ItemDataRole.UserRole + 4
    """Number (from 1) of the current mention on the entity that has it, otherwise 0."""
    TRAILER = Qt.ItemDataRole.UserRole + 5
    """What stands at the right end of the row: ``14`` or ``2 of 14``."""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


class EntitiesModel(QAbstractItemModel):
    """Groups -> entities, the most often mentioned first. Main thread only.

    :meth:`set_entities` and :meth:`set_filter` reset the model; :meth:`set_current` and :meth:`step` only change data.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._groups_known: tuple[EntityGroup, ...] = GROUPS
        self._group_of = {label: number for number, group in enumerate(GROUPS) for label in group.labels}
        self._entities: tuple[Entity, ...] = ()
        self._haystacks: list[str] = []
        self._filter = ""
        self._sort: EntitySort = "count"
        self._hidden: frozenset[str] = frozenset()
        self._people: tuple[tuple[Entity, tuple[Entity, ...]], ...] | None = None
        self._groups: list[tuple[EntityGroup, list[Entity]]] = []
        self._rows: dict[tuple[str, str], tuple[int, int]] = {}
        self._owners: dict[tuple[int, int], tuple[Entity, int]] | None = None
        self._current: tuple[tuple[str, str], int] | None = None

    # --- content ----------------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """Entities without the filter."""
        return len(self._entities)

    @property
    def shown(self) -> int:
        """Entities that pass the filter."""
        return len(self._rows)

    @property
    def filter_text(self) -> str:
        return self._filter

    @property
    def sorting(self) -> EntitySort:
        return self._sort

    @property
    def hidden(self) -> frozenset[str]:
        """The keys of the groups that are not shown."""
        return self._hidden

    @property
    def entities(self) -> tuple[Entity, ...]:
        """All, without filter."""
        return self._entities

    def known_groups(self) -> list[tuple[EntityGroup, int]]:
        """The types that occur, hidden ones too, with how many entities they have."""
        numbers = [0] * len(self._groups_known)
        for entity in self._entities:
            numbers[self._group_of.get(entity.label, -1)] += 1
        return [(group, number) for group, number in zip(self._groups_known, numbers, strict=True) if number]

    def set_sort(self, sort: EntitySort) -> None:
        self._change(lambda: setattr(self, "_sort", sort))

    def set_hidden(self, keys: Iterable[str]) -> None:
        self._change(lambda: setattr(self, "_hidden", frozenset(keys)))

    def set_people(self, people: Sequence[tuple[Entity, Sequence[Entity]]] | None) -> None:
        """Group by person: each with what is named with them; None groups by type."""
        made = None if people is None else tuple((person, tuple(others)) for person, others in people)
        self._change(lambda: setattr(self, "_people", made))

    def _change(self, change: Callable[[], None]) -> None:
        self.beginResetModel()
        kept = self.current_mention()
        change()
        self._current = None
        self._rebuild()
        self.endResetModel()
        if kept is not None:
            self.set_current(kept)

    def set_entities(self, entities: Entities | None) -> None:
        """Show these entities; the current mention stays current where it is still named."""
        found = entities.entities if entities is not None else ()
        if found == self._entities:
            return
        self.beginResetModel()
        kept = self.current_mention()
        self._entities = found
        self._haystacks = []
        self._owners = None
        self._current = None
        self._rebuild()
        self.endResetModel()
        if kept is not None:
            self.set_current(kept)

    def set_types(self, types: Sequence[LabelType]) -> None:
        """The user's own types get headings of their own, before what is left over; colours may be other ones."""
        colors = {each.name: each.color for each in types}
        known = [
            EntityGroup(group.key, group.labels, colors.get(group.labels[0], group.token) or group.token)
            for group in GROUPS
        ]
        own = [EntityGroup(f"own:{each.name}", (each.name,), each.color, each.title) for each in types if each.own]
        known[-1:-1] = own
        if tuple(known) == self._groups_known:
            return
        self.beginResetModel()
        kept = self.current_mention()
        self._groups_known = tuple(known)
        self._group_of = {label: number for number, group in enumerate(known) for label in group.labels}
        self._current = None
        self._rebuild()
        self.endResetModel()
        if kept is not None:
            self.set_current(kept)

    def set_filter(self, text: str) -> None:
        """Keep entities whose name or mentions hold every word of ``text``, whatever the case or width."""
        if text == self._filter:
            return
        self.beginResetModel()
        self._filter = text
        self._rebuild()
        self.endResetModel()

    def _rebuild(self) -> None:
        words = _folded(self._filter).split()
        if words and not self._haystacks:
            self._haystacks = [
                _folded("\n".join({entity.name, *(mention.text for mention in entity.mentions)}))
                for entity in self._entities
            ]
        passing = [
            entity
            for number, entity in enumerate(self._entities)
            if (not words or all(word in self._haystacks[number] for word in words))
            and self._groups_known[self._group_of.get(entity.label, -1)].key not in self._hidden
        ]
        self._groups = []
        self._rows = {}
        for group, bucket in self._by_type(passing) if self._people is None else self._by_person(passing):
            if not bucket:
                continue
            for row, entity in enumerate(bucket):
                self._rows.setdefault((entity.label, entity.name), (len(self._groups), row))
            self._groups.append((group, bucket))

    def _by_type(self, passing: Sequence[Entity]) -> list[tuple[EntityGroup, list[Entity]]]:
        buckets: list[list[Entity]] = [[] for _ in self._groups_known]
        for entity in passing:
            buckets[self._group_of.get(entity.label, -1)].append(entity)
        return [(group, self._sorted(bucket)) for group, bucket in zip(self._groups_known, buckets, strict=True)]

    def _by_person(self, passing: Sequence[Entity]) -> list[tuple[EntityGroup, list[Entity]]]:
        """Each person first in their own group, then the others; what is named with nobody last."""
        keys = {(entity.label, entity.name): entity for entity in passing}
        left = dict(keys)
        groups = []
        people = [(person, others) for person, others in self._people or () if others]
        order = {(e.label, e.name): n for n, e in enumerate(self._sorted([person for person, _ in people]))}
        for person, others in sorted(people, key=lambda row: order[row[0].label, row[0].name]):
            named = [(other.label, other.name) for other in others]
            bucket = [keys[key] for key in ((person.label, person.name), *named) if key in keys]
            for entity in bucket:
                left.pop((entity.label, entity.name), None)
            groups.append((EntityGroup(f"with:{person.name}", (), "person", person.name), bucket))
        rest = EntityGroup("without", (), "other", tr("Named without a person"))
        return [*groups, (rest, self._sorted(list(left.values())))]

    def _sorted(self, bucket: list[Entity]) -> list[Entity]:
        if self._sort == "name":
            collator = QCollator()
            collator.setNumericMode(True)
            return sorted(bucket, key=lambda entity: collator.sortKey(entity.name))
        if self._sort == "place":
            return sorted(bucket, key=lambda entity: entity.mentions[0].span.start)
        # Equally frequent ones in document order, also where a group has several labels.
        return sorted(bucket, key=lambda entity: (-len(entity.mentions), entity.mentions[0].span.start))

    # --- current mention --------------------------------------------------------------------------------

    def current_mention(self) -> Mention | None:
        if self._current is None:
            return None
        entity = self._entity_by_key(self._current[0])
        return entity.mentions[self._current[1]] if entity is not None else None

    def current_index(self) -> QModelIndex:
        """The row of the current mention's entity; invalid without one or where the filter hides it."""
        return self.index_of(self._current[0]) if self._current is not None else QModelIndex()

    def set_current(self, mention: Mention | None) -> QModelIndex:
        """Mark the entity that has this mention; returns its row (invalid if there is none on show)."""
        before = self.current_index()
        owner = self.owner(mention) if mention is not None else None
        self._current = ((owner[0].label, owner[0].name), owner[1]) if owner is not None else None
        after = self.current_index()
        for index in (before, after):
            if index.isValid():
                self.dataChanged.emit(index, index)
        return after

    def owner(self, mention: Mention) -> tuple[Entity, int] | None:
        """The entity with a mention at this place, and the mention's number in it (from 0)."""
        if self._owners is None:
            self._owners = {
                (place.span.start, place.span.end): (entity, number)
                for entity in self._entities
                for number, place in enumerate(entity.mentions)
            }
        return self._owners.get((mention.span.start, mention.span.end))

    def step(self, index: Index, delta: int) -> tuple[Mention, int, int] | None:
        """Go to the next (+1) or previous (-1) mention of the row's entity, around its ends.

        The first step on a row goes to its first (or last) mention. Returns the mention, its number from 1 and how
        many there are; None on a group.
        """
        entity = self.entity(index)
        if entity is None or not entity.mentions:
            return None
        total = len(entity.mentions)
        key = (entity.label, entity.name)
        if self._current is not None and self._current[0] == key:
            number = (self._current[1] + delta) % total
        else:
            number = 0 if delta >= 0 else total - 1
        before = self.current_index()
        self._current = (key, number)
        for changed in (before, self.index_of(key)):
            if changed.isValid():
                self.dataChanged.emit(changed, changed)
        return entity.mentions[number], number + 1, total

    def _entity_by_key(self, key: tuple[str, str]) -> Entity | None:
        place = self._rows.get(key)
        if place is not None:
            return self._groups[place[0]][1][place[1]]
        return next((entity for entity in self._entities if (entity.label, entity.name) == key), None)

    # --- rows -------------------------------------------------------------------------------------------

    def entity(self, index: Index) -> Entity | None:
        if not index.isValid() or index.internalId() == 0:
            return None
        return self._groups[index.internalId() - 1][1][index.row()]

    def index_of(self, key: tuple[str, str]) -> QModelIndex:
        """The row of the entity with this ``(label, name)``; invalid if it is not on show."""
        place = self._rows.get(key)
        return self.createIndex(place[1], 0, place[0] + 1) if place is not None else QModelIndex()

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's default
        if column != 0 or row < 0:
            return QModelIndex()
        if not parent.isValid():
            return self.createIndex(row, 0, 0) if row < len(self._groups) else QModelIndex()
        if parent.internalId() != 0 or row >= len(self._groups[parent.row()][1]):
            return QModelIndex()
        return self.createIndex(row, 0, parent.row() + 1)

    @overload
    def parent(self) -> QObject | None: ...
    @overload
    def parent(self, child: Index) -> QModelIndex: ...
    def parent(self, child: Index | None = None) -> QObject | QModelIndex | None:
        if child is None:
            return super().parent()
        if not child.isValid() or child.internalId() == 0:
            return QModelIndex()
        return self.createIndex(child.internalId() - 1, 0, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        if not parent.isValid():
            return len(self._groups)
        if parent.internalId() != 0 or parent.column() != 0:
            return 0
        return len(self._groups[parent.row()][1])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 1

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008 - Qt's default
        return bool(self._groups) if not parent.isValid() else parent.internalId() == 0

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags if index.internalId() == 0 else flags | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if index.internalId() == 0:
            return self._group_data(index.row(), role)
        group, bucket = self._groups[index.internalId() - 1]
        return self._entity_data(group, bucket[index.row()], role)

    def _group_data(self, row: int, role: int) -> Any:
        group, bucket = self._groups[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return group_title(group)
        if role == EntityRole.GROUP:
            return group
        if role == EntityRole.COUNT:
            return len(bucket)
        if role == EntityRole.TRAILER:
            return number_text(len(bucket))
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{group_title(group)} · {number_text(len(bucket))}"
        return None

    def _entity_data(self, group: EntityGroup, entity: Entity, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return entity.name
        if role == EntityRole.ENTITY:
            return entity
        if role == EntityRole.GROUP:
            return group
        if role == EntityRole.COUNT:
            return len(entity.mentions)
        if role == EntityRole.POSITION:
            return self._position(entity)
        if role == EntityRole.TRAILER:
            position = self._position(entity)
            return (
                tr("{n} of {total}", n=position, total=number_text(len(entity.mentions)))
                if position
                else number_text(len(entity.mentions))
            )
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{entity.name} · {count(len(entity.mentions), '{n} mention', '{n} mentions')}"
        return None

    def _position(self, entity: Entity) -> int:
        if self._current is None or self._current[0] != (entity.label, entity.name):
            return 0
        return self._current[1] + 1
