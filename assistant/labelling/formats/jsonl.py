"""JSON lines, one document a line: Prodigy's and doccano's keys, and beside them what these do not know.

``jsonl`` is written as Prodigy has it (``text``, ``spans``, ``accept``, ``answer``, ``meta``), ``doccano`` as doccano
imports it for sequence labelling (``text``, ``label`` with triples). Both carry the key ``docent`` with everything else
(rejected suggestions, sentences, summaries, answers, who said it and when), which other tools pass over. Both are read,
also as these tools write them by themselves: offsets count code points in either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from assistant.labelling.formats.sheet import (
    Row,
    Sheet,
    Written,
    as_kind,
    as_offset,
    as_text,
    as_time,
    as_verdict,
    lines_of,
    rows_of,
)
from assistant.types import LabelledDocument

_ALL = frozenset({"entity", "type", "salient", "summary", "answer"})


def write(
    documents: Iterable[LabelledDocument], written: Written, flavour: Literal["jsonl", "doccano"]
) -> Iterator[str]:
    """One line a document."""
    for document in documents:
        rows = rows_of(document, written, _ALL)
        written.labels += len(rows)
        entities = [row for row in rows if row.kind == "entity" and row.verdict == "yes"]
        types = [row for row in rows if row.kind == "type" and row.verdict == "yes"]
        plain: dict[str, object] = {"text": document.text}
        if flavour == "doccano":
            plain["label"] = [[row.start, row.end, row.value] for row in entities]
            plain["title"] = document.title
            plain["document_type"] = types[-1].value if types else ""
        else:
            plain["spans"] = [
                {"start": row.start, "end": row.end, "label": row.value, "text": row.quote} for row in entities
            ]
            if types:
                plain["accept"] = [row.value for row in types]
            plain["answer"] = "accept"
            plain["meta"] = {"title": document.title, "path": str(document.path)}
        plain["docent"] = {
            "version": 1,
            "sha256": document.sha256,
            "title": document.title,
            "path": str(document.path),
            "format": document.format,
            "language": document.language,
            "pages": [page.span.start for page in document.pages],
            "labels": [_row_object(row) for row in rows],
        }
        yield json.dumps(plain, ensure_ascii=True) + "\n"


def read(path: Path) -> Iterator[Sheet]:
    """One sheet a line; lines that cannot be read are sheets with a problem alone. Raises ``UserError``."""
    for number, line in enumerate(lines_of(path), 1):
        if not line.strip():
            continue
        sheet = Sheet(f"line {number}")
        try:
            plain = json.loads(line)
            if not isinstance(plain, dict):
                raise ValueError("it is no object")
            _read_line(plain, sheet)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            sheet.unreadable(sheet.where, str(error) or type(error).__name__)
        yield sheet


def _read_line(plain: dict[str, Any], sheet: Sheet) -> None:
    sheet.text = as_text(plain["text"] if "text" in plain else plain["data"])
    own = plain.get("docent")
    if isinstance(own, dict) and own.get("version") == 1:
        # All is said there; what stands in the other keys is the same for other tools.
        sheet.sha256, sheet.title, sheet.path = (as_text(own[key]) for key in ("sha256", "title", "path"))
        sheet.format, sheet.language = as_text(own["format"]), as_text(own["language"])
        sheet.pages = tuple(as_offset(start) for start in own["pages"])
        for row in own["labels"]:
            _guarded(sheet, lambda row=row: _row(row, sheet.where))
        return
    meta = plain.get("meta")
    if isinstance(meta, dict):
        sheet.title = str(meta.get("title", ""))
    answer = plain.get("answer", "accept")
    if answer == "ignore":
        return
    verdict = as_verdict("no" if answer == "reject" else "yes")
    for span in plain.get("spans") or ():
        _guarded(sheet, lambda span=span: _entity(span, "start", "end", sheet.where, verdict))
    for span in plain.get("entities") or ():
        _guarded(sheet, lambda span=span: _entity(span, "start_offset", "end_offset", sheet.where, verdict))
    for name in plain.get("accept") or ():
        sheet.rows.append(Row(sheet.where, "type", str(name)))
    labels = plain.get("label", plain.get("labels"))
    for item in [labels] if isinstance(labels, str) else labels or ():
        if isinstance(item, str):
            sheet.rows.append(Row(sheet.where, "type", item, verdict))
        else:
            _guarded(sheet, lambda item=item: _triple(item, sheet.where))


def _guarded(sheet: Sheet, make: Any) -> None:
    try:
        sheet.rows.append(make())
    except (ValueError, TypeError, KeyError, IndexError) as error:
        sheet.unreadable(sheet.where, str(error) or type(error).__name__)


def _entity(span: Any, start: str, end: str, where: str, verdict: Any) -> Row:
    if not isinstance(span, dict):
        raise TypeError(f"{span!r:.60} is no object")
    quote = span.get("text")
    return Row(
        where,
        "entity",
        as_text(span["label"]),
        verdict,
        as_offset(span[start]),
        as_offset(span[end]),
        as_text(quote) if quote is not None else None,
    )


def _triple(item: Any, where: str) -> Row:
    start, end, label = item
    return Row(where, "entity", as_text(label), "yes", as_offset(start), as_offset(end))


def _row_object(row: Row) -> dict[str, object]:
    plain: dict[str, object] = {"kind": row.kind, "value": row.value, "verdict": row.verdict}
    if row.start is not None:
        plain |= {"start": row.start, "end": row.end, "text": row.quote}
    elif row.text:
        plain["text"] = row.text
    return plain | {"id": row.id, "origin": row.origin, "time": row.time}


def _row(plain: Any, where: str) -> Row:
    placed = "start" in plain
    text = as_text(plain.get("text", ""))
    return Row(
        where,
        as_kind(plain["kind"]),
        as_text(plain["value"]),
        as_verdict(plain["verdict"]),
        as_offset(plain["start"]) if placed else None,
        as_offset(plain["end"]) if placed else None,
        text if placed else None,
        "" if placed else text,
        id=as_text(plain.get("id", "")),
        origin=as_text(plain.get("origin", "")),
        time=as_time(plain.get("time", 0.0)),
    )
