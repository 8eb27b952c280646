"""One document's labels on their way in or out of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from assistant.errors import UserError
from assistant.types import ImportProblem, LabelKind, LabelledDocument, Verdict

LARGEST_FILE = 1_000_000_000
"""Bytes."""
_KINDS = frozenset(get_args(LabelKind))


@dataclass(frozen=True, slots=True)
class Row:
    """A label as a file has it."""

    where: str
    kind: LabelKind
    value: str
    verdict: Verdict = "yes"
    start: int | None = None
    end: int | None = None
    quote: str | None = None
    """The words that stand there by what the file says; None where it does not say."""
    text: str = ""
    """Of a reference summary."""
    before: str = ""
    after: str = ""
    id: str = ""
    origin: str = ""
    time: float = 0.0


@dataclass(slots=True)
class Sheet:
    """What a file says of one document."""

    where: str
    text: str | None = None
    """None where the file does not hold it."""
    sha256: str = ""
    title: str = ""
    path: str = ""
    format: str = ""
    language: str = ""
    pages: tuple[int, ...] = ()
    """Where each page starts."""
    rows: list[Row] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)
    loose: bool = False
    """The file does not say which white space stands between words: any is as good as any other, one for one."""

    def unreadable(self, where: str, why: str) -> None:
        self.problems.append(ImportProblem(where, "unreadable", why, ""))


@dataclass(slots=True)
class Written:
    """What a writer has left out so far, and what it wrote."""

    labels: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    def leave_out(self, reason: Literal["kind", "overlap", "lost", "no_text"], count: int = 1) -> None:
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count


def rows_of(document: LabelledDocument, written: Written, kinds: frozenset[str]) -> list[Row]:
    """The document's labels of ``kinds`` that have a place in its text (or need none)."""
    rows: list[Row] = []
    for label in document.labels:
        if label.kind not in kinds:
            written.leave_out("kind")
            continue
        if label.lost:
            written.leave_out("lost")
            continue
        anchor = label.anchor
        rows.append(
            Row(
                "",
                label.kind,
                label.value,
                label.verdict,
                anchor.span.start if anchor is not None else None,
                anchor.span.end if anchor is not None else None,
                anchor.quote if anchor is not None else None,
                "" if anchor is not None else label.text,
                anchor.before if anchor is not None else "",
                anchor.after if anchor is not None else "",
                label.id,
                label.origin,
                label.time,
            )
        )
    return rows


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file without their ends; only ``\\n`` (or ``\\r\\n``) ends one. Raises ``UserError``."""
    number = 0
    try:
        # Text of damaged documents may hold lone surrogates, which our own files have as they are.
        with path.open(encoding="utf-8-sig", errors="surrogatepass", newline="\n") as file:
            for line in file:
                number += 1
                yield line.removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise UserError("data_invalid", path=str(path), line=number + 1, why="it is not UTF-8.") from error
    except OSError as error:
        raise unreadable_file(path, error) from error


def whole(path: Path) -> str:
    """A UTF-8 file as it is. Raises ``UserError``."""
    try:
        return path.read_bytes().decode("utf-8", "surrogatepass").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UserError("data_invalid", path=str(path), line=1, why="it is not UTF-8.") from error
    except OSError as error:
        raise unreadable_file(path, error) from error


def unreadable_file(path: Path, error: OSError) -> UserError:
    if isinstance(error, FileNotFoundError):
        return UserError("data_missing", path=str(path))
    if isinstance(error, PermissionError):
        return UserError("permission_denied", path=str(path))
    return UserError("data_invalid", path=str(path), line=1, why=error.strerror or type(error).__name__)


def as_kind(value: object) -> LabelKind:
    """Raises ValueError."""
    if value not in _KINDS:
        raise ValueError(f"{value!r} is no kind of label")
    return cast(LabelKind, value)


def as_verdict(value: object) -> Verdict:
    """Raises ValueError."""
    if value not in ("yes", "no"):
        raise ValueError(f"{value!r} is neither yes nor no")
    return "yes" if value == "yes" else "no"


def as_offset(value: Any) -> int:
    """Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no offset")
    return value


def as_text(value: Any) -> str:
    """Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r:.60} is no text")
    return value


def as_time(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def encode_name(name: str) -> str:
    """A type's name as one word: white space, and what would be taken for it, as in web addresses."""
    return "".join(c if c.isprintable() and not c.isspace() and c != "%" else f"%{ord(c):X}%" for c in name)


def decode_name(word: str) -> str:
    parts = word.split("%")
    if len(parts) % 2 == 0:
        return word
    try:
        return "".join(part if number % 2 == 0 else chr(int(part, 16)) for number, part in enumerate(parts))
    except (ValueError, OverflowError):
        return word
