"""Tables of a document from its rows of cells: which cell stands in which column, and tables as CSV.

A row's text has its cells divided by tabs, without those that are empty; where the glyphs stand tells the columns.
Pure Python and numpy; works on what is read, whatever its format.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assistant.types import Block, Document, PageText, Span, Table

_FORMULA = "=+-@\t\r"
_NUMBER = re.compile(r"[+-]?\s?[^\w\s=+@|-]?\s?\d[\d.,'’\s]*%?\s?[^\w\s=+@|-]?$")
"""Also with a currency's sign and separators."""


@dataclass(frozen=True, slots=True)
class _Cell:
    span: Span
    x0: float
    y0: float
    x1: float
    y1: float


def pages_with_tables(document: Document) -> list[int]:
    """Numbers of the pages whose glyphs :func:`tables` needs."""
    return sorted({document.page_at(block.span.start) for block in document.blocks if block.kind == "table_row"})


def tables(document: Document, page: PageText) -> list[Table]:
    """The tables of one page, in the order of the text: two rows or more that follow each other."""
    span = document.pages[page.page - 1].span
    runs: list[list[Block]] = [[]]
    for block in document.blocks:
        if span.start <= block.span.start < span.end:
            if block.kind == "table_row":
                runs[-1].append(block)
            elif runs[-1]:
                runs.append([])
    found = [_table(document, page, run) for run in runs if len(run) > 1]
    return [table for table in found if table is not None]


def cell_spans(text: str, row: Span) -> list[Span]:
    """The cells of a row that are not empty."""
    cells, start = [], row.start
    for piece in row.of(text).split("\t"):
        inner = piece.strip()
        if inner:
            at = start + len(piece) - len(piece.lstrip())
            cells.append(Span(at, at + len(inner)))
        start += len(piece) + 1
    return cells


def as_csv(document: Document, table: Table) -> str:
    """Comma-separated, quoted where needed (RFC 4180), without anything that a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in table.rows:
        writer.writerow([harmless(" ".join(cell.of(document.text).split())) for cell in row])
    return out.getvalue()


def as_text(document: Document, table: Table) -> str:
    """Cells divided by tabs, as spreadsheets and text processors take them from the clipboard."""
    lines = ["\t".join(harmless(" ".join(cell.of(document.text).split())) for cell in row) for row in table.rows]
    return "\n".join(lines) + "\n"


def harmless(cell: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula. Numbers stay numbers.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return "'" + cell if cell[:1] and cell[0] in _FORMULA and not _NUMBER.match(cell) else cell


def _table(document: Document, page: PageText, run: list[Block]) -> Table | None:
    rows = []
    for block in run:
        placed = [_placed(page, span) for span in cell_spans(document.text, block.span)]
        if any(cell is not None for cell in placed):
            rows.append([cell for cell in placed if cell is not None])
    if len(rows) < 2:
        return None
    edges = _columns(rows)
    table = []
    for cells in rows:
        columns: list[Span | None] = [None] * len(edges)
        for cell in cells:
            column = _column(cell, edges, columns)
            held = columns[column]
            # Two cells in one column: a column that no other row has.
            columns[column] = cell.span if held is None else Span(min(held.start, cell.span.start), cell.span.end)
        empty = Span(cells[0].span.start, cells[0].span.start)
        table.append(tuple(empty if span is None else span for span in columns))
    every = [cell for cells in rows for cell in cells]
    box = (
        min(cell.x0 for cell in every),
        min(cell.y0 for cell in every),
        max(cell.x1 for cell in every),
        max(cell.y1 for cell in every),
    )
    return Table(page.page, box, Span(every[0].span.start, every[-1].span.end), tuple(table))


def _placed(page: PageText, span: Span) -> _Cell | None:
    first = int(np.searchsorted(page.ends, span.start, side="right"))
    last = int(np.searchsorted(page.offsets, span.end, side="left"))
    if first >= last:
        return None
    boxes = page.boxes[first:last]
    low, high = boxes.min(axis=0), boxes.max(axis=0)
    return _Cell(span, float(low[0]), float(low[1]), float(high[2]), float(high[3]))


def _columns(rows: Sequence[Sequence[_Cell]]) -> list[tuple[float, float]]:
    """Left and right edge of each column, from left to right: the narrowest cells first, so that what goes over
    several columns makes none of its own."""
    most = max(map(len, rows))
    columns: list[tuple[float, float]] = []
    # Rows with many cells know the columns best.
    for cells in sorted(rows, key=lambda cells: -len(cells)):
        for cell in cells:
            hits = [column for column in columns if cell.x0 < column[1] and column[0] < cell.x1]
            if not hits:
                columns.append((cell.x0, cell.x1))
            elif len(hits) == 1 and len(cells) >= most - 1:
                columns[columns.index(hits[0])] = min(hits[0][0], cell.x0), max(hits[0][1], cell.x1)
        columns.sort()
        columns = _apart(columns)
    return columns


def _apart(columns: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Columns that came to overlap as they grew are cut in the middle."""
    result = list(columns)
    for index, (first, second) in enumerate(pairwise(columns)):
        if first[1] > second[0]:
            middle = (first[1] + second[0]) / 2
            result[index] = result[index][0], middle
            result[index + 1] = middle, result[index + 1][1]
    return result


def _column(cell: _Cell, columns: Sequence[tuple[float, float]], taken: Sequence[Span | None]) -> int:
    """The first column that it covers by a third, otherwise the one that is nearest."""
    for index, (x0, x1) in enumerate(columns):
        shared = min(cell.x1, x1) - max(cell.x0, x0)
        if shared > 0.34 * min(cell.x1 - cell.x0, x1 - x0) and taken[index] is None:
            return index
    middle = (cell.x0 + cell.x1) / 2
    return min(range(len(columns)), key=lambda index: abs((columns[index][0] + columns[index][1]) / 2 - middle))
