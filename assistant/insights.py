"""What readers do with results, and what is found on top of them: threads of questions, arrangements, reasons.

Frozen results as in :mod:`assistant.types`, on which they stand; the engine hands them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.types import Answers, Evidence, Span


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a document's thread with what was answered."""

    id: str
    document: str
    """SHA-256."""
    time: float
    """Unix seconds."""
    answers: Answers
    stale: bool = False
    """The text is another one since (a newer reading of the same file): its places are not those of the answers."""


@dataclass(frozen=True, slots=True)
class EntityEdit:
    """One change to which mentions are one entity. It names them by their words, so it fits a later analysis, too."""

    kind: Literal["merge", "split"]
    label: str
    variants: tuple[str, ...]
    """The words of the mentions, as the document writes them, white space single."""
    name: str
    """Of the entity that they make."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """All changes to the entities of a document, in order."""

    edits: tuple[EntityEdit, ...] = ()
    undone: tuple[EntityEdit, ...] = ()
    """The next to be made again first."""


@dataclass(frozen=True, slots=True)
class Companion:
    """An entity that is named in the same sentences as another one."""

    label: str
    name: str
    places: tuple[Evidence, ...]
    """The sentences, in document order; ``score`` is 1."""


@dataclass(frozen=True, slots=True)
class SectionSummary:
    """What a section of a document says."""

    title: str
    """Its heading; empty for what stands before the first one."""
    span: Span
    page: int
    sentences: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class WordWeight:
    """A word and how much the result rests on it."""

    span: Span
    text: str
    weight: float
    """In [-1, 1]: 1 for the word that weighs most; below 0 where the result is surer without the word."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a result is what it is."""

    kind: Literal["entity", "answer", "type", "summary"]
    subject: str
    """The words, question or type that is explained."""
    span: Span
    """The sentence that was looked at."""
    page: int
    words: tuple[WordWeight, ...]
    """All words of the sentence in order; none where no model decided."""
    method: Literal["occlusion", "rule", "document", "user", "other"]
    """``rule``: it is told by its form; ``document``: named so for certain elsewhere; ``user``: labelled by
    the user; ``other``: by a model that is not there any more."""
    before: float
    """The model's own measure with all words: a probability, or for a type or summary its share in [0, 1]."""
    after: float
    """The same without the word that weighs most."""
