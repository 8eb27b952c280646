"""CSV, TSV and their relatives: separator and encoding by content, rows read once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from assistant.documents import decode
from assistant.documents.dialect import separator
from assistant.documents.flow import read_file
from assistant.documents.grid import GridSource, Row, Sheet, cell
from assistant.documents.limits import GRID_CELLS
from assistant.errors import DocumentError

_NUMBER = re.compile(
    r"^[-+(]?\s*(?:[$€£¥₹]|[A-Z]{3})?\s*[-+]?\d[\d.,' \u00a0\u202f]*(?:[eE][-+]?\d+)?\s*(?:%|[$€£¥₹]|[A-Z]{3})?\)?$"
)
_LONGEST = 1_000_000
"""Characters of one cell; more is a quotation mark that nobody closed."""


def load(path: Path, password: str | None) -> GridSource:
    """Raises DocumentError. ``password`` is not used."""
    text = decode.text_of(read_file(path))
    if text is None:
        raise DocumentError("damaged_document", path=str(path))
    text = text.lstrip("\ufeff")
    if not text.strip(" \n\t\f\0"):
        raise DocumentError("empty_file", path=str(path))
    mark = separator(text) or ","
    if text.startswith("sep=") and text[5:6] == "\n":
        text = text[6:]
    reader = _Reader(text.replace("\0", ""), mark)
    source = GridSource(path, iter([Sheet(None, reader.rows())]), progress=reader.progress)
    reader.left_out = source.left_out
    return source


class _Reader:
    def __init__(self, text: str, mark: str) -> None:
        self._file = io.StringIO(text, newline="")
        self._size = max(1, len(text))
        self._mark = mark
        self.left_out: list[tuple[str, dict[str, str | int]]] = []

    def progress(self) -> tuple[int, int]:
        # A file that is closed is at its end.
        return (self._size if self._file.closed else min(self._file.tell(), self._size)), self._size

    def rows(self) -> Iterator[Row]:
        csv.field_size_limit(_LONGEST)
        records = csv.reader(self._file, delimiter=self._mark)
        cells = 0
        first = True
        while True:
            try:
                record = next(records, None)
            except csv.Error:
                self.left_out.append(("part_damaged", {"name": f"line {records.line_num}"}))
                continue
            if record is None:
                return
            row = [
                (column, text)
                for column, item in enumerate(record)
                if (text := cell(item, right=not first and _is_number(item), bold=first))
            ]
            if row:
                first = False
                cells += len(row)
                yield row
                if cells >= GRID_CELLS:
                    self.left_out.append(("rows_left_out", {"limit": GRID_CELLS, "unit": "cells"}))
                    return


def _is_number(text: str) -> bool:
    return len(text) < 40 and _NUMBER.match(text.strip()) is not None
