"""CSV, one label a row, for spreadsheets. It holds no document's text: rows are for documents that are known here.

A cell that a spreadsheet would take for a formula gets an apostrophe in front, and so does one that begins with one;
reading takes it away again, so that what comes back is what went out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from assistant.errors import UserError
from assistant.labelling.formats.sheet import Row, Sheet, Written, as_kind, as_verdict, rows_of, whole
from assistant.types import ImportProblem, LabelledDocument

_COLUMNS = (
    "document",
    "title",
    "path",
    "kind",
    "value",
    "verdict",
    "page",
    "start",
    "end",
    "text",
    "before",
    "after",
    "origin",
    "time",
    "id",
)
_NEEDED = frozenset({"document", "kind", "value", "start", "end", "text"})
_FORMULA = frozenset("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20")
_ALL = frozenset({"entity", "type", "salient", "summary", "answer"})


def guarded(cell: str) -> str:
    """``cell`` so that no spreadsheet calculates it."""
    return f"'{cell}" if cell[:1] in _FORMULA and cell else cell


def bare(cell: str) -> str:
    """What :func:`guarded` was given."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA and len(cell) > 1 else cell


def write(documents: Iterable[LabelledDocument], written: Written) -> Iterator[str]:
    """A row a label, after the heading; with a byte order mark, as Excel wants it."""
    yield "\ufeff" + _line(_COLUMNS)
    for document in documents:
        rows = rows_of(document, written, _ALL)
        pages = {label.id: label.anchor.page for label in document.labels if label.anchor is not None}
        written.labels += len(rows)
        for row in rows:
            placed = row.start is not None
            cells = (
                document.sha256,
                document.title,
                str(document.path),
                row.kind,
                row.value,
                row.verdict,
                str(pages[row.id]) if placed else "",
                str(row.start) if placed else "",
                str(row.end) if placed else "",
                row.quote or row.text,
                row.before,
                row.after,
                row.origin,
                repr(row.time),
                row.id,
            )
            yield _line(cells)


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([guarded(cell) for cell in cells])
    return out.getvalue()


def read(path: Path) -> Iterator[Sheet]:
    """One sheet a document. Raises ``UserError``."""
    sheets: dict[str, Sheet] = {}
    broken = Sheet("the file")
    reader = csv.reader(io.StringIO(whole(path), newline=""), strict=True)
    try:
        heading = [bare(cell) for cell in next(reader, [])]
        missing = sorted(_NEEDED - set(heading))
        if missing:
            raise UserError("data_invalid", path=str(path), line=1, why=f"columns are missing: {', '.join(missing)}.")
        for cells in reader:
            where = f"line {reader.line_num}"
            if not any(cells):
                continue
            if len(cells) != len(heading):
                broken.unreadable(where, f"{len(cells)} cells, and the heading has {len(heading)}")
                continue
            plain = {name: bare(cell) for name, cell in zip(heading, cells, strict=True)}
            sheet = sheets.setdefault(plain["document"], Sheet(where, None, plain["document"], plain.get("title", "")))
            try:
                sheet.rows.append(_row(plain, where))
            except ValueError as error:
                sheet.problems.append(ImportProblem(where, "unreadable", str(error), ""))
    except csv.Error as error:
        raise UserError("data_invalid", path=str(path), line=reader.line_num, why=f"{error}.") from error
    yield from sheets.values()
    if broken.problems:
        yield broken


def _row(plain: dict[str, str], where: str) -> Row:
    placed = plain["start"] != "" or plain["end"] != ""
    if placed and not (plain["start"].isdecimal() and plain["end"].isdecimal()):
        raise ValueError(f"{plain['start']!r:.20} or {plain['end']!r:.20} is no offset")
    try:
        time = float(plain.get("time", "") or 0.0)
    except ValueError:
        time = 0.0
    return Row(
        where,
        as_kind(plain["kind"]),
        plain["value"],
        as_verdict(plain.get("verdict", "") or "yes"),
        int(plain["start"]) if placed else None,
        int(plain["end"]) if placed else None,
        plain["text"] if placed else None,
        "" if placed else plain["text"],
        plain.get("before", ""),
        plain.get("after", ""),
        plain.get("id", ""),
        plain.get("origin", ""),
        time,
    )
