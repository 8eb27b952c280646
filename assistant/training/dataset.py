"""Training and evaluation rows: gzip-compressed or plain JSON Lines in the formats of the data README.

Offsets are half-open code points and are checked when a row is read: a row that does not fit is an error with its line
number, never silently shifted.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

from assistant.errors import UserError


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class EntityRow:
    """A sentence or paragraph with its entities; ``ignored`` mentions are neither right nor wrong."""

    id: str
    doc: str | None
    split: str
    lang: str
    source: str
    text: str
    entities: tuple[LabelledSpan, ...]
    ignored: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A question on a context. No answers: the context does not answer it."""

    id: str
    split: str
    lang: str
    source: str
    title: str
    context: str
    question: str
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """A document as sentences with 0/1 labels (or None) and reference summaries."""

    id: str
    split: str
    lang: str
    source: str
    kind: str
    title: str
    sentences: tuple[str, ...]
    labels: tuple[int, ...] | None
    reference: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassRow:
    id: str
    split: str
    lang: str
    source: str
    text: str
    label: str


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def raw_rows(path: Path, splits: Sequence[str] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """``(line number, object)`` of each row, of the named splits only where some are named.

    Raises UserError ``data_missing`` or ``data_invalid``.
    """
    if not path.is_file():
        raise UserError("data_missing", path=str(path))
    number = 0
    try:
        with _opened(path) as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except json.JSONDecodeError as error:
                    raise UserError("data_invalid", path=str(path), line=number, why=str(error)) from error
                if not isinstance(row, dict):
                    raise UserError("data_invalid", path=str(path), line=number, why="the line is not a JSON object")
                if splits is None or row.get("split", "train") in splits:
                    yield number, row
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError("data_invalid", path=str(path), line=number + 1, why=str(error)) from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8"))
    return path.open(encoding="utf-8")


def read_entities(path: Path, splits: Sequence[str] | None = None) -> list[EntityRow]:
    rows = []
    for number, row in raw_rows(path, splits):
        with _row_errors(path, number):
            text = row["text"]
            spans = tuple(LabelledSpan(e["start"], e["end"], e["label"]) for e in row.get("entities", ()))
            ignored = tuple((e["start"], e["end"]) for e in row.get("ignored", ()))
            for start, end in [(s.start, s.end) for s in spans] + list(ignored):
                if not 0 <= start < end <= len(text):
                    raise ValueError(f"[{start}, {end}) is outside of the text")
            rows.append(EntityRow(*_common(row, number), text=text, entities=spans, ignored=ignored))
    return rows


def read_answers(path: Path, splits: Sequence[str] | None = None) -> list[AnswerRow]:
    rows = []
    for number, row in raw_rows(path, splits):
        with _row_errors(path, number):
            context = row["context"]
            answers = tuple((a["start"], a["text"]) for a in row["answers"])
            for start, text in answers:
                if context[start : start + len(text)] != text:
                    raise ValueError(f"the answer {text!r} does not stand at {start}")
            identity, _doc, split, lang, source = _common(row, number)
            rows.append(
                AnswerRow(identity, split, lang, source, row.get("title") or "", context, row["question"], answers)
            )
    return rows


def read_summaries(path: Path, splits: Sequence[str] | None = None) -> list[SummaryRow]:
    rows = []
    for number, row in raw_rows(path, splits):
        with _row_errors(path, number):
            labels = row.get("labels")
            sentences = tuple(row["sentences"])
            if not all(isinstance(sentence, str) for sentence in sentences):
                raise ValueError("the sentences must be strings")
            if labels is not None and len(labels) != len(sentences):
                raise ValueError(f"{len(labels)} labels for {len(sentences)} sentences")
            identity, _doc, split, lang, source = _common(row, number)
            rows.append(
                SummaryRow(
                    identity,
                    split,
                    lang,
                    source,
                    row.get("kind", "paper"),
                    row.get("title") or "",
                    sentences,
                    None if labels is None else tuple(int(label) for label in labels),
                    tuple(row.get("reference") or ()),
                )
            )
    return rows


def read_classes(path: Path, splits: Sequence[str] | None = None) -> list[ClassRow]:
    rows = []
    for number, row in raw_rows(path, splits):
        with _row_errors(path, number):
            if not isinstance(row["text"], str) or not isinstance(row["label"], str):
                raise ValueError("text and label must be strings")
            identity, _doc, split, lang, source = _common(row, number)
            rows.append(ClassRow(identity, split, lang, source, row["text"], row["label"]))
    return rows


def held_out(key: str, percent: int) -> bool:
    """Whether what belongs to ``key`` (a document) is in the held-out ``percent``; the same in every run."""
    return int(hashlib.sha256(key.encode("utf-8")).hexdigest()[:8], 16) % 100 < percent


def _common(row: dict[str, Any], number: int) -> tuple[str, str | None, str, str, str]:
    return (
        str(row.get("id", number)),
        row.get("doc"),
        str(row.get("split", "train")),
        str(row.get("lang", "und")),
        str(row.get("source", "")),
    )


class _row_errors:  # noqa: N801 - used like a function
    """Turns what a malformed row raises into ``data_invalid`` with its line."""

    def __init__(self, path: Path, number: int) -> None:
        self._path, self._number = path, number

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KeyError):
            why = f"the field {error.args[0]!r} is missing"
        elif isinstance(error, (ValueError, TypeError)):
            why = str(error)
        else:
            return
        raise UserError("data_invalid", path=str(self._path), line=self._number, why=why) from error
