"""brat standoff: a folder with ``NAME.txt`` and ``NAME.ann`` for each document. Entities; rejected ones have the
attribute ``Rejected``.

A label that goes over a line's end is written in fragments, as brat wants it, and is one again when it is read;
fragments with other words between them are no label here and are reported. Who said it and when stands in notes
(``#1 Docent T1``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from assistant.errors import UserError
from assistant.labelling.formats.sheet import (
    Row,
    Sheet,
    Written,
    as_text,
    as_time,
    decode_name,
    encode_name,
    lines_of,
    rows_of,
    unreadable_file,
)
from assistant.types import ImportProblem, LabelledDocument

_LINE_END = re.compile(r"[\r\n]+")
_PLACE = re.compile(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)")


def write(documents: Iterable[LabelledDocument], written: Written) -> Iterator[tuple[str, str]]:
    """Names of files and what is in them."""
    names: set[str] = set()
    for number, document in enumerate(documents, 1):
        rows = rows_of(document, written, frozenset({"entity"}))
        written.labels += len(rows)
        stem = f"{number:04}-{re.sub(r'[^A-Za-z0-9]+', '-', document.title).strip('-')[:60] or 'document'}"
        yield f"{stem}.txt", document.text
        yield f"{stem}.ann", "".join(_lines(document, rows))
        names.update(encode_name(row.value) for row in rows)
    entities = "\n".join(sorted(names))
    yield (
        "annotation.conf",
        f"[entities]\n{entities}\n\n[relations]\n\n[events]\n\n[attributes]\nRejected Arg:<ENTITY>\n",
    )


def _lines(document: LabelledDocument, rows: list[Row]) -> Iterator[str]:
    rejected = 0
    for number, row in enumerate(rows, 1):
        fragments = _fragments(document.text, row.start or 0, row.end or 0)
        places = ";".join(f"{start} {end}" for start, end in fragments)
        words = " ".join(document.text[start:end] for start, end in fragments)
        yield f"T{number}\t{encode_name(row.value)} {places}\t{words}\n"
        if row.verdict == "no":
            rejected += 1
            yield f"A{rejected}\tRejected T{number}\n"
        said = {"document": document.sha256, "id": row.id, "origin": row.origin, "time": row.time}
        yield f"#{number}\tDocent T{number}\t{json.dumps(said, ensure_ascii=True)}\n"


def _fragments(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of a span between the ends of lines."""
    parts: list[tuple[int, int]] = []
    for match in _LINE_END.finditer(text, start, end):
        if match.start() > start:
            parts.append((start, match.start()))
        start = match.end()
    if start < end:
        parts.append((start, end))
    return parts


def read(path: Path) -> Iterator[Sheet]:
    """One sheet for each ``.ann`` of the folder, or for the one file. Raises ``UserError``."""
    try:
        files = sorted(path.glob("*.ann")) if path.is_dir() else [path.with_suffix(".ann")]
    except OSError as error:
        raise unreadable_file(path, error) from error
    if not files:
        raise UserError("data_invalid", path=str(path), line=1, why="there are no .ann files in the folder.")
    for file in files:
        yield _sheet(file)


def _sheet(file: Path) -> Sheet:
    text_file = file.with_suffix(".txt")
    try:
        # As it is: what one program takes for the end of a line must not shift an offset.
        text = text_file.read_bytes().decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise UserError("data_invalid", path=str(text_file), line=1, why="it is not UTF-8.") from error
    except OSError as error:
        raise unreadable_file(text_file, error) from error
    sheet = Sheet(file.name, text, title=file.stem)
    rows: dict[str, Row] = {}
    rejected: set[str] = set()
    notes: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(lines_of(file), 1):
        where = f"{file.name}, line {number}"
        name, _, rest = line.partition("\t")
        try:
            if name.startswith("T"):
                row = _row(where, rest, sheet)
                if row is not None:
                    rows[name] = row
            elif name.startswith("A") and rest.startswith("Rejected "):
                rejected.add(rest.removeprefix("Rejected ").strip())
            elif name.startswith("#") and rest.startswith("Docent "):
                target, _, note = rest.removeprefix("Docent ").partition("\t")
                notes[target] = dict(json.loads(note))
        except (ValueError, TypeError, RecursionError) as error:
            sheet.unreadable(where, str(error))
    for name, row in rows.items():
        said = notes.get(name, {})
        sheet.sha256 = sheet.sha256 or str(said.get("document", ""))
        sheet.rows.append(
            Row(
                row.where,
                "entity",
                row.value,
                "no" if name in rejected else "yes",
                row.start,
                row.end,
                row.quote,
                id=as_text(said.get("id", "")),
                origin=as_text(said.get("origin", "")),
                time=as_time(said.get("time", 0.0)),
            )
        )
    return sheet


def _row(where: str, rest: str, sheet: Sheet) -> Row | None:
    place, _, words = rest.partition("\t")
    match = _PLACE.fullmatch(place)
    if match is None or sheet.text is None:
        raise ValueError(f"{place!r:.60} is no place")
    text = sheet.text
    fragments = [(int(start), int(end)) for start, end in (part.split(" ") for part in match[2].split(";"))]
    start, end = fragments[0][0], fragments[-1][1]
    gaps = [text[one[1] : other[0]] for one, other in pairwise(fragments)]
    if any(gap.strip() for gap in gaps):
        sheet.problems.append(ImportProblem(where, "discontinuous", words, text[start:end][:200]))
        return None
    stands = " ".join(text[one:other] for one, other in fragments)
    # Where the words are others, the file's own are what is compared, and reported.
    return Row(where, "entity", decode_name(match[1]), "yes", start, end, text[start:end] if stands == words else words)
