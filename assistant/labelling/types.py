"""Types of entities and of documents that can be labelled: those that Docent knows, and the user's own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

from assistant.errors import UsageError
from assistant.types import ENTITY_LABELS, LabelType

DIGITS = "1234567890"
LONGEST_TITLE = 40

_TOKENS = {
    "PERSON": "person",
    "ORGANIZATION": "organization",
    "LOCATION": "place",
    "DATE": "date",
    "MONEY": "amount",
    "PERCENT": "amount",
    "EVENT": "event",
    "PRODUCT": "product",
    "WORK": "work",
}
_PALETTE = ("#9B4F96", "#2E7D5B", "#A8511F", "#3C6EB4", "#8A6D00", "#B03A5B", "#4B7F8C", "#6A5ACD")
"""For types of one's own, in turn; each is readable on white and on black paper at the strength of a highlight."""

_KEYS = {"ORGANIZATION": "1", "PERSON": "2", "LOCATION": "3", "DATE": "4", "MONEY": "5"}
"""The other digits are left for types of one's own."""

BUILT_IN: tuple[LabelType, ...] = tuple(
    LabelType(
        "entity",
        name,
        name.capitalize(),
        _TOKENS.get(name, "other"),
        _KEYS.get(name, ""),
        own=False,
    )
    for name in ENTITY_LABELS
)


def new_type(
    kind: Literal["entity", "type"],
    title: str,
    color: str | None,
    shortcut: str | None,
    known: Sequence[LabelType],
) -> LabelType:
    """A type with a name made of ``title``, the next colour and a digit that is free. Raises ``UsageError``."""
    title = " ".join(title.split())
    taken = {item.shortcut for item in known}
    if color is None:
        color = _PALETTE[sum(item.own for item in known) % len(_PALETTE)]
    if shortcut is None:
        shortcut = next((digit for digit in DIGITS if digit not in taken), "")
    return checked_type(LabelType(kind, type_name(kind, title), title, color, shortcut, own=True), known)


def plain_type(kind: Literal["entity", "type"], name: str, number: int) -> LabelType:
    """A type of which nothing but its name is known."""
    return LabelType(kind, name, name[:LONGEST_TITLE], _PALETTE[number % len(_PALETTE)], "", own=True)


def type_name(kind: str, title: str) -> str:
    """``Clause no.`` becomes ``CLAUSE_NO`` (of a document type ``clause_no``); letters of any script stay."""
    plain = unicodedata.normalize("NFKC", title)
    name = re.sub(r"\W+", "_", plain).strip("_")
    return name.upper() if kind == "entity" else name.lower()


def checked_type(item: LabelType, others: Sequence[LabelType]) -> LabelType:
    """``item``, its title tidied up, or ``UsageError`` for what is wrong with it."""
    title = " ".join(item.title.split())
    if not title or not item.name:
        raise UsageError("label_type_empty")
    if len(title) > LONGEST_TITLE:
        raise UsageError("label_type_long", limit=LONGEST_TITLE)
    for other in others:
        if other.name == item.name or other.title.casefold() == title.casefold():
            raise UsageError("label_type_exists", title=other.title)
        if item.shortcut and other.shortcut == item.shortcut:
            raise UsageError("label_shortcut_taken", key=item.shortcut, title=other.title)
    if item.shortcut and item.shortcut not in DIGITS:
        raise UsageError("label_shortcut_wrong", key=item.shortcut)
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}|[a-z_]+", item.color):
        raise UsageError("label_color_wrong", color=item.color)
    return LabelType(item.kind, item.name, title, item.color, item.shortcut, item.own)
