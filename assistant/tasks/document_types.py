"""The editable list of document types: ``resources/document_types.json``, or the user's own copy of it.

A type is a name and a description in English and Chinese, a few sentences as such documents have them (prototypes),
and optional cues: words that count for the type wherever they stand (``any``) or only in headings and at the top
(``head``). Descriptions and prototypes are embedded, so a type needs no training; cues are what a form gives away.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from assistant.errors import UserError
from assistant.paths import Paths, bundled

FILE_NAME = "document_types.json"
FILE_VERSION = 1


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that speak for a type. ``weight`` is in the unit of the type's score (1 is a strong hint)."""

    text: str
    where: Literal["head", "any"]
    weight: float


@dataclass(frozen=True, slots=True)
class DocumentType:
    """One row of the list."""

    id: str
    name: str
    name_zh: str
    description: str
    description_zh: str
    prototypes: tuple[str, ...] = ()
    cues: tuple[Cue, ...] = ()
    aliases: tuple[str, ...] = ()
    """Other names under which a data file may know this type."""
    formats: Mapping[str, float] = field(default_factory=dict)
    """Formats of :attr:`assistant.types.Document.format` that speak for the type, with their weights."""

    signals: Mapping[str, float] = field(default_factory=dict)
    """Traits of form (:data:`assistant.tasks.traits.TRAITS`) that speak for the type, or against it below 0."""

    aspects: tuple[str, ...] = ()
    """What a summary of such a document should tell, in words as such documents use them, the gist first."""
    aspects_zh: tuple[str, ...] = ()

    def title(self, language: str) -> str:
        return self.name_zh if language == "zh" else self.name


def load_types(paths: Paths | None = None) -> tuple[DocumentType, ...]:
    """The user's list where there is one, else the one that ships. Raises ``UserError("data_invalid")``."""
    own = None if paths is None else paths.data / FILE_NAME
    return read_types(own if own is not None and own.is_file() else bundled("resources") / FILE_NAME)


def read_types(path: Path) -> tuple[DocumentType, ...]:
    """A list from a file. Raises ``UserError("data_missing")`` or ``UserError("data_invalid")`` with the line."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UserError("data_missing", path=str(path)) from None
    except json.JSONDecodeError as problem:
        raise UserError("data_invalid", path=str(path), line=problem.lineno, why=problem.msg) from None
    except (UnicodeDecodeError, OSError) as problem:
        raise UserError("data_invalid", path=str(path), line=1, why=str(problem)) from None
    try:
        types = tuple(_type(row) for row in raw["types"])
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise UserError("data_invalid", path=str(path), line=1, why=f"a type is not complete: {problem}") from None
    ids = [item.id for item in types]
    if not types or len(set(ids)) != len(ids):
        raise UserError("data_invalid", path=str(path), line=1, why="it must hold types, each with an id of its own")
    return types


def save_types(types: Sequence[DocumentType], paths: Paths) -> Path:
    """Keep the user's own list; written aside and then put in place. Raises OSError."""
    paths.data.mkdir(parents=True, exist_ok=True)
    target = paths.data / FILE_NAME
    content = json.dumps({"version": FILE_VERSION, "types": [asdict(item) for item in types]}, ensure_ascii=False)
    handle, name = tempfile.mkstemp(prefix=FILE_NAME, dir=paths.data)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def plain_type(id_: str, title: str) -> DocumentType:
    """A type of which nothing but its name is known; documents that are labelled with it say the rest."""
    return DocumentType(id_, title, title, title, title)


def types_hash(types: Iterable[DocumentType]) -> str:
    """Changes with everything that a classification depends on."""
    rows = json.dumps([asdict(item) for item in types], ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(rows.encode(), digest_size=8).hexdigest()


def types_for_labels(labels: Iterable[str], known: Sequence[DocumentType]) -> tuple[DocumentType, ...]:
    """One type for each label of a data file, under the label itself as id.

    A label that names a known type (by id, name or alias) borrows its description; any other is described by its
    own words, so that a file with labels of its own can be classified too.
    """
    by_name: dict[str, DocumentType] = {}
    for item in known:
        for name in (*item.aliases, item.name_zh, item.name, item.id):
            by_name[_plain(name)] = item
    types: list[DocumentType] = []
    for label in dict.fromkeys(labels):
        match = by_name.get(_plain(label))
        if match is None:
            words = label.replace("_", " ").replace(".", " ").replace("-", " ")
            types.append(DocumentType(label, words, words, f"A text about {words}.", words))
        else:
            types.append(replace(match, id=label))
    return tuple(types)


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


def _type(row: Mapping[str, object]) -> DocumentType:
    cues = row.get("cues", [])
    if not isinstance(cues, list):
        raise ValueError("'cues' must be a list")
    name = _text(row, "name")
    description = _text(row, "description")
    return DocumentType(
        _text(row, "id"),
        name,
        str(row.get("name_zh") or name),
        description,
        str(row.get("description_zh") or description),
        _strings(row, "prototypes"),
        tuple(
            Cue(_text(cue, "text"), "head" if cue.get("where") == "head" else "any", float(cue.get("weight", 1.0)))
            for cue in cues
        ),
        _strings(row, "aliases"),
        _weights(row, "formats"),
        _weights(row, "signals"),
        _strings(row, "aspects"),
        _strings(row, "aspects_zh"),
    )


def _text(row: Mapping[str, object], key: str) -> str:
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key!r} must be a text")
    return value.strip()


def _strings(row: Mapping[str, object], key: str) -> tuple[str, ...]:
    values = row.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{key!r} must be a list of texts")
    return tuple(value.strip() for value in values if value.strip())


def _weights(row: Mapping[str, object], key: str) -> dict[str, float]:
    values = row.get(key, {})
    if not isinstance(values, dict):
        raise ValueError(f"{key!r} must be a table of weights")
    return {str(name): float(weight) for name, weight in values.items()}
