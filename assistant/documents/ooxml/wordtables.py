"""Tables of WordprocessingML as HTML: merged cells, heads, and tables that are none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from assistant.documents.limits import TABLE_COLUMNS, TABLE_SPANS
from assistant.documents.markup import child, local
from assistant.documents.ooxml.budget import Budget
from assistant.documents.ooxml.drawingtext import choice
from assistant.documents.ooxml.layout import weight
from assistant.documents.ooxml.styles import is_on, number, value

_WRAPPERS = {"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"}
_CHUNK = 16_000
"""Characters of HTML of one table; a longer one is laid out as several."""
_HELD_TOGETHER = 100
"""Rows that one cell covers; a taller one is shown in the first of them."""
_TALL = 1_500
"""Characters of a row that is laid out as text: MuPDF breaks no row between pages."""
_PLAIN = re.compile(r"<p>((?:(?!</p>).)*)</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


@dataclass(slots=True)
class Cell:
    start: int
    """Its first column of the grid; likewise ``end``, the one after its last."""
    end: int
    blocks: list[str]
    rows: int = 1
    head: bool = False

    @property
    def html(self) -> str:
        joined = "".join(self.blocks)
        single = _PLAIN.fullmatch(joined)
        return single[1] if single is not None else joined


@dataclass(slots=True)
class Row:
    cells: list[Cell] = field(default_factory=list)
    covered: list[tuple[int, int]] = field(default_factory=list)
    """Columns that cells of rows above cover."""


class WordTables:
    """The tables of one document. ``read`` reads the blocks of a cell."""

    def __init__(self, read: Callable[[Any, list[str]], None], budget: Budget) -> None:
        self._read = read
        self._budget = budget

    def blocks(self, element: Any) -> list[str]:
        """A ``w:tbl`` as blocks of HTML."""
        return lay_out(_rows(element, self._cell))

    def _cell(self, element: Any, out: list[str]) -> bool:
        """False where there have been too many."""
        if not self._budget.cell():
            return False
        self._read(element, out)
        return True


def lay_out(rows: list[Row]) -> list[str]:
    """Rows as tables of a size that is laid out quickly; rows that no page can hold as the blocks of their cells."""
    edges = sorted({edge for row in rows for cell in row.cells for edge in (cell.start, cell.end)})
    places = {edge: index for index, edge in enumerate(edges)}
    columns = len(edges) - 1
    if columns <= 0:
        return []
    if columns > TABLE_COLUMNS:
        return [line for row in rows for line in _as_lines(row)]
    if columns == 1:
        # A frame around text.
        return [block for row in rows for cell in row.cells for block in cell.blocks]
    found: list[str] = []
    out: list[str] = []
    size = 0

    def close() -> None:
        nonlocal out, size
        if out:
            found.append("<table>" + "".join(out) + "</table>")
        out, size = [], 0

    for group in _groups(rows):
        if any(_length(row) > _TALL for row in group):
            close()
            found.extend(block for row in group for cell in row.cells for block in cell.blocks)
            continue
        if len(group) > _HELD_TOGETHER:
            for row in group:
                row.covered = []
                for cell in row.cells:
                    cell.rows = 1
        for row in group:
            html = _row_html(row, places, columns)
            out.append(html)
            size += weight(html)
            if size > _CHUNK and (len(group) > _HELD_TOGETHER or row is group[-1]):
                close()
    close()
    return found


def _length(row: Row) -> int:
    return sum(len(_TAG.sub("", block)) for cell in row.cells for block in cell.blocks)


def _groups(rows: list[Row]) -> Iterator[list[Row]]:
    """Rows that cells hold together."""
    group: list[Row] = []
    until = 0
    for index, row in enumerate(rows):
        group.append(row)
        until = max([until, *(index + cell.rows for cell in row.cells)])
        if index + 1 >= until:
            yield group
            group = []
    if group:
        yield group


def _row_html(row: Row, places: dict[int, int], columns: int) -> str:
    taken = [False] * columns
    for start, end in row.covered:
        for column in range(places.get(start, 0), min(columns, places.get(end, 0))):
            taken[column] = True
    out: list[str] = []
    at = 0

    def fill(until: int) -> None:
        nonlocal at
        while at < until:
            if not taken[at]:
                out.append("<td></td>")
            at += 1

    for cell in row.cells:
        start, end = places[cell.start], places[cell.end]
        fill(start)
        tag = "th" if cell.head else "td"
        spans = f' colspan="{end - start}"' if end - start > 1 else ""
        spans += f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
        out.append(f"<{tag}{spans}>{cell.html}</{tag}>")
        at = max(at, end)
    fill(columns)
    return "<tr>" + "".join(out) + "</tr>"


def _as_lines(row: Row) -> list[str]:
    lines: list[str] = []
    texts: list[str] = []
    size = 0
    for cell in row.cells:
        texts.append(_TAG.sub(" ", cell.html).strip())
        size += len(texts[-1]) + 1
        if size > _TALL:
            lines.append("<p>" + "\u2003".join(texts) + "</p>")
            texts, size = [], 0
    if any(texts):
        lines.append("<p>" + "\u2003".join(texts) + "</p>")
    return lines


def _inside(element: Any, name: str) -> Iterator[Any]:
    """The rows of a table, or the cells of a row, also where something is wrapped around them."""
    for item in element:
        kind = local(item)
        if kind == name:
            yield item
        elif kind in _WRAPPERS:
            yield from _inside(item, name)
        elif kind == "AlternateContent":
            branch = choice(item)
            if branch is not None:
                yield from _inside(branch, name)


def _rows(element: Any, read: Callable[[Any, list[str]], bool]) -> list[Row]:
    rows: list[Row] = []
    open_cells: dict[int, Cell] = {}
    """By their first columns, the cells that may go on in the next row."""
    for source in _inside(element, "tr"):
        properties = child(source, "trPr")
        if properties is not None and child(properties, "del") is not None:
            continue
        row = Row()
        head = properties is not None and is_on(child(properties, "tblHeader"))
        column = number(value(child(properties, "gridBefore"))) if properties is not None else 0
        column = min(max(0, column), TABLE_SPANS)
        going_on: dict[int, Cell] = {}
        for item in _inside(source, "tc"):
            settings = child(item, "tcPr")
            span, vertical, across = 1, None, None
            if settings is not None:
                if child(settings, "cellDel") is not None:
                    continue
                span = min(max(1, number(value(child(settings, "gridSpan")), 1)), TABLE_SPANS)
                vertical, across = child(settings, "vMerge"), child(settings, "hMerge")
            if across is not None and value(across) != "restart" and row.cells:
                row.cells[-1].end += span
                column += span
                continue
            above = open_cells.get(column)
            if vertical is not None and value(vertical) != "restart" and above is not None:
                if not read(item, above.blocks):
                    break
                above.rows += 1
                row.covered.append((above.start, above.end))
                going_on[column] = above
            else:
                cell = Cell(column, column + span, [], head=head)
                if not read(item, cell.blocks):
                    break
                row.cells.append(cell)
                if vertical is not None:
                    going_on[column] = cell
            column += span
        open_cells = going_on
        rows.append(row)
    return rows
