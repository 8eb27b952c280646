"""From the lines of one page to its paragraphs, list items and table rows, in reading order.

Pure Python, run in the document process; lengths are tenths of a point.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from assistant.documents.columns import median, rtl, zones
from assistant.documents.grids import Grid
from assistant.documents.lines import Line
from assistant.documents.textmap import Run, TextBuilder, ends_sentence, is_cjk, is_plain
from assistant.types import BlockKind

Start = Literal["lower", "cjk", "other"]

_LABEL = re.compile(
    r"^(?:[•●○▪■◦‣⁃·∙➢➤✓✔□☐☑☒\uf0b7\uf0a7*–—-]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\(?[ivx]{1,5}[.)]|\d{1,2}(?:\.\d{1,2}){1,4}\.?"
    r"|[（(]?[一二三四五六七八九十]{1,3}[）)、.．]|[（(]\d{1,2}[）)]|[①-⑳])(?=\s|$|(?<=[、）．①-⑳]))"
)
_FOOTNOTE = re.compile(r"^(?:\d{1,3}|[*†‡§]{1,3}|[①-⑳])[.)]?\s{0,2}[\"“(‘«]?[^\W\d_]")


class Paragraph(NamedTuple):
    """What stands together on one page."""

    kind: BlockKind
    text: str
    runs: list[Run] | bytes
    """Bytes: :mod:`packed <assistant.documents.packed>`, in the window process."""
    hyphens: list[int]
    """Offsets in ``text`` of hyphens at line ends."""
    size: int
    bold: bool
    y0: int
    y1: int
    zone: int
    depth: int
    rows: int
    start: Start
    """How it begins, to see whether it continues the one before: a paragraph that goes on over a column's end."""
    open: bool
    """Whether its last line is full and ends no sentence."""
    top: bool
    """Whether it is the first of its zone."""


class _Row:
    """Lines side by side: one line of text, or the cells of a table."""

    __slots__ = ("bold", "cells", "first", "labelled", "size", "text", "x0", "x1", "y0", "y1")

    def __init__(self, lines: list[Line]) -> None:
        first = self.first = lines[0]
        self.text = first.text.strip()
        self.labelled = _LABEL.match(self.text) is not None
        """Whether it begins like an item of a list."""
        if len(lines) == 1:
            _, self.x0, self.y0, self.x1, self.y1, self.size, self.bold, *_ = first
            self.cells: list[list[Line]] = [[first]]
            return
        self.x0 = min([line.x0 for line in lines])
        self.x1 = max([line.x1 for line in lines])
        self.y0 = min([line.y0 for line in lines])
        self.y1 = max([line.y1 for line in lines])
        longest = max(lines, key=lambda line: len(line.text))
        self.size = longest.size
        self.bold = longest.bold
        self.cells = [[first]]
        right = lines[0].x1
        for previous, line in pairwise(lines):
            gap = line.x0 - right if line.x0 >= previous.x0 else previous.x0 - line.x1
            labelled = len(self.cells) == 1 and len(self.cells[0]) == 1 and _LABEL.match(previous.text.strip() + " ")
            if gap > 1.2 * max(line.size, 60) and not (labelled and len(previous.text.strip()) <= 6):
                self.cells.append([line])
            else:
                self.cells[-1].append(line)
            right = max(right, line.x1)


def paragraphs(
    lines: list[Line],
    running: Mapping[int, BlockKind],
    grids: Sequence[Grid] = (),
    *,
    laid_out: bool = False,
    hyphenated: bool = True,
) -> list[Paragraph]:
    """Everything on a page in reading order; ``running`` names the lines that are running heads or page numbers,
    ``grids`` have the lines of ruled tables, which are not among the others. ``laid_out``: the page is of our own
    making, and so is the distance of its lines; ``hyphenated``: a hyphen at the end of a line may be there for the
    line's sake."""
    if rtl(lines + [line for grid in grids for cell in grid.lines.values() for line in cell]):
        # Everything below reads from left to right.
        lines = [line._replace(x0=-line.x1, x1=-line.x0) for line in lines]
        grids = [grid.mirrored() for grid in grids]
    body = [line for line in lines if line.upright and line.number not in running]
    # A table goes through the reading order as if it were one line.
    body += [_stand_in(grid, number) for number, grid in enumerate(grids, 1)]
    result: list[Paragraph] = []
    # Our own pages have no columns but those of tables.
    for number, zone in enumerate(zones(body) if not laid_out else [body] if body else []):
        result.extend(_zone(zone, number, laid_out=laid_out) if not grids else _with_tables(zone, number, grids))
    result.extend(_rotated([line for line in lines if not line.upright and line.number not in running]))
    for row in _rows([line for line in lines if line.number in running]):
        result.append(_make([row], running[row.first.number], -1, is_open=False))
    return result if hyphenated else [item._replace(hyphens=[]) if item.hyphens else item for item in result]


def _rows(lines: list[Line]) -> list[_Row]:
    """Lines that stand side by side, from top to bottom."""
    if not lines:
        return []
    rows: list[list[Line]] = []
    top = bottom = 0
    for line in sorted(lines, key=lambda item: (item.y0 + item.y1, item.x0)):
        if rows:
            overlap = min(bottom, line.y1) - max(top, line.y0)
            if overlap * 2 > min(bottom - top, line.y1 - line.y0):
                rows[-1].append(line)
                continue
        rows.append([line])
        top, bottom = line.y0, line.y1
    return [_Row(sorted(row, key=_left) if len(row) > 1 else row) for row in rows]


def _stand_in(grid: Grid, number: int) -> Line:
    x0, y0, x1, y1 = grid.box
    return Line("\ufffc", round(x0), round(y0), round(x1), round(y1), 100, False, True, -number, -number)


def _with_tables(lines: list[Line], number: int, grids: Sequence[Grid]) -> list[Paragraph]:
    """A zone with tables: what stands above, the table's rows, and what stands below."""
    tables = sorted([line for line in lines if line.start < 0], key=lambda line: line.y0)
    rest = [line for line in lines if line.start >= 0]
    result: list[Paragraph] = []
    for table in tables:
        above = [line for line in rest if line.y0 + line.y1 < 2 * table.y0]
        rest = [line for line in rest if line.y0 + line.y1 >= 2 * table.y0]
        if above:
            result.extend(_zone(above, number))
        for cells in grids[-table.start - 1].rows():
            rows = [_in_order(cell) for cell in cells]
            first = _Row([rows[0][0]])
            first.cells = rows
            every = [line for cell in rows for line in cell]
            first.y1 = max(line.y1 for line in every)
            first.bold = all(line.bold for line in every)
            first.size = max(every, key=lambda line: len(line.text)).size
            result.append(_make([first], "table_row", number, is_open=False))
    if rest:
        result.extend(_zone(rest, number))
    return result


def _in_order(cell: list[Line]) -> list[Line]:
    return [line for row in _rows(cell) for part in row.cells for line in part]


def _left(line: Line) -> int:
    return line.x0


def _zone(lines: list[Line], number: int, *, laid_out: bool = False) -> list[Paragraph]:
    rows = _rows(lines)
    left = min([row.x0 for row in rows])
    right = max([row.x1 for row in rows])
    pitches = [b.y0 - a.y0 for a, b in pairwise(rows) if abs(a.size - b.size) <= 10 and b.y0 > a.y0]
    # The usual distance of lines: the lower quartile, because gaps between paragraphs only add to it.
    pitch = sorted(pitches)[len(pitches) // 4] if pitches else 0
    tables = _table_rows(rows)
    gap = _row_gap(rows) if any(tables) else 0
    result: list[Paragraph] = []
    group: list[_Row] = []
    for index, row in enumerate(rows):
        if group:
            if laid_out:
                # Lines are at most 1.4 times their size apart; paragraphs, items and rows at least 1.6 times.
                pitch = round(1.2 * max(group[-1].size, row.size))
                near = row.y0 - group[-1].y0 <= 1.3 * pitch
                if near and tables[index - 1] and _continues_row(group, row, gap, wrapped=True):
                    tables[index] = True
                    continue
            if tables[index] and tables[index - 1] and _continues_row(group, row, gap):
                continue
            if tables[index] or tables[index - 1] or _breaks(group, row, rows, index, pitch, left, right):
                result.append(_paragraph(group, tables[index - 1], number, left, right, not result))
                group = []
        group.append(row)
    result.append(_paragraph(group, tables[len(rows) - 1], number, left, right, not result))
    return result


def _table_rows(rows: list[_Row]) -> list[bool]:
    """Which rows belong to a table: several cells, and a neighbour with a cell at the same place."""
    marks = [len(row.cells) >= 2 for row in rows]
    if not any(marks):
        return marks
    gap = _row_gap(rows)
    for index, row in enumerate(rows):
        if marks[index] or index == 0 or not marks[index - 1]:
            continue
        above = rows[index - 1]
        if _wraps_first(above, row, gap):
            marks[index] = True
            continue
        # The second line of a cell stands alone in its row, below that cell and close.
        edges = [cell[0].x0 for cell in above.cells[1:]]
        if row.y0 - above.y1 < 0.6 * row.size and any(abs(row.x0 - edge) <= 30 for edge in edges):
            marks[index] = True
    return marks


def _row_gap(rows: list[_Row]) -> float:
    """The usual room between a table's rows."""
    gaps = [b.y0 - a.y1 for a, b in pairwise(rows) if len(b.cells) > 1]
    return median(gaps) if len(gaps) > 2 else 0


def _wraps_first(above: _Row, row: _Row, gap: float) -> bool:
    """Whether a row is the second line of the first cell above: nearer to it than rows are to each other."""
    return (
        len(row.cells) == 1
        and len(above.cells) > 1
        and abs(row.x0 - above.x0) <= 30
        and row.x1 < above.cells[1][0].x0
        and row.y0 - above.y1 < gap - 0.3 * row.size
        and abs(row.size - above.size) <= 5
    )


def _continues_row(group: list[_Row], row: _Row, gap: float, *, wrapped: bool = False) -> bool:
    """Add the further lines of wrapped cells to the table row above them; False where ``row`` is a row of its own, or
    may be one: ``wrapped`` says that it is not, as it is too near."""
    above = group[-1]
    if not wrapped and len(row.cells) >= len(above.cells) and len(row.cells) > 1:
        return False
    if not wrapped and _wraps_first(above, row, gap):
        above.cells[0].extend(row.cells[0])
        above.y1 = max(above.y1, row.y1)
        return True
    if not wrapped and (row.y0 - above.y1 > 0.6 * row.size or abs(row.x0 - above.x0) <= 30):
        return False
    targets = []
    for cell in row.cells:
        near = [target for target in above.cells if abs(target[0].x0 - cell[0].x0) <= 30]
        if not near:
            return False
        targets.append(near[0])
    for target, cell in zip(targets, row.cells, strict=True):
        target.extend(cell)
    above.y1 = row.y1
    if wrapped:
        # Where the next line of these cells is measured from.
        above.y0 = row.y0
    return True


def _breaks(group: list[_Row], row: _Row, rows: list[_Row], index: int, pitch: int, left: int, right: int) -> bool:
    """Whether ``row`` begins a new paragraph after the rows of ``group``."""
    above = group[-1]
    size = max(above.size, row.size)
    step = row.y0 - above.y0
    if abs(above.size - row.size) > 0.12 * size and min(len(row.text), len(above.text)) > 2:
        return True
    if step > max(1.3 * pitch, 1.15 * size) if 0 < pitch < 2.2 * size else step > 1.9 * size:
        return True
    text = row.text
    width = right - left
    short = above.x1 < right - 0.2 * width
    centred = abs(above.x0 + above.x1 - row.x0 - row.x1) <= 40 and above.x0 > left + size and row.x0 > left + size
    # Items of a list that are alike in length are no centred lines: they begin at the same place.
    item = row.labelled and not (centred and abs(row.x0 - above.x0) > 10)
    if item and (group[0].labelled or short or _ends(above) or row.x0 - above.x0 > size):
        return True
    if above.bold != row.bold and (short or row.x1 < right - 0.2 * width):
        return True
    if centred and not group[0].labelled:
        return False
    if short and _ends(above) and not text[0].islower():
        return True
    hanging = group[0].labelled
    if hanging and short and row.x0 < group[0].x0 - 0.8 * size:
        # Further left than the bullet, below a line that had room: the list is over.
        return True
    indent = row.x0 - above.x0
    if indent > 0.8 * size and (len(group) > 1 or not hanging):
        # An indented first line; what follows goes back to the left. Otherwise it is a hanging indent.
        following = rows[index + 1] if index + 1 < len(rows) else None
        back = following is None or following.x0 < row.x0 - 0.5 * size
        return back and (_ends(above) or short or len(group) > 1)
    return indent < -0.8 * size and len(group) > 1 and group[0].x0 >= above.x0 - 0.5 * size and _ends(above)


def _ends(row: _Row) -> bool:
    return ends_sentence(row.cells[-1][-1].text)


def _paragraph(group: list[_Row], table: bool, zone: int, left: int, right: int, top: bool) -> Paragraph:
    first, last = group[0], group[-1]
    if table:
        return _make(group, "table_row", zone, is_open=False, top=top)
    kind: BlockKind = "list_item" if first.labelled else "paragraph"
    full = last.x1 >= right - 0.15 * (right - left) or last.cells[-1][-1].text.rstrip().endswith(("-", "\xad"))
    depth = 1 + min(5, max(0, first.x0 - left) // 180) if kind == "list_item" else 0
    is_open = full and not _ends(last)
    # An indented first line begins a paragraph, whatever it begins with.
    indented = first.x0 > left + 0.8 * first.size and len(group) > 1 and group[1].x0 < first.x0 - 0.5 * first.size
    return _make(group, kind, zone, is_open=is_open, top=top, depth=depth, indented=indented)


def _make(
    group: list[_Row],
    kind: BlockKind,
    zone: int,
    *,
    is_open: bool,
    top: bool = False,
    depth: int = 0,
    indented: bool = False,
) -> Paragraph:
    text, runs, hyphens = _text(group)
    first = group[0]
    start: Start = "other"
    if text and not indented and kind == "paragraph":
        start = "cjk" if is_cjk(text[0]) else "lower" if text[0].islower() else "other"
    return Paragraph(
        kind,
        text,
        runs,
        hyphens,
        round(median([row.size for row in group])) if len(group) > 1 else first.size,
        all(row.bold for row in group) if len(group) > 1 else first.bold,
        first.y0,
        group[-1].y1,
        zone,
        depth,
        len(group),
        start,
        is_open,
        top,
    )


def _text(group: list[_Row]) -> tuple[str, list[Run], list[int]]:
    """Text, runs and hyphens at line ends of rows that belong together."""
    first = group[0]
    if len(group) == 1 and len(first.cells) == 1 and len(first.cells[0]) == 1 and is_plain(first.text):
        # One line of usual characters, as most paragraphs are.
        length = len(first.text)
        raw = first.first.text
        indent = 0 if len(raw) == length else len(raw) - len(raw.lstrip())
        return first.text, [(first.first.start + indent, 0, length, length)], []
    builder = TextBuilder()
    for row in group:
        for number, cell in enumerate(row.cells):
            if number:
                builder.literal("\t")
            for line in cell:
                builder.line(line.text, line.start)
    return builder.text(), builder.runs, builder.hyphens


def _rotated(lines: list[Line]) -> list[Paragraph]:
    """Rotated and vertical lines in the order of the file, neighbours of one size together."""
    groups: list[list[Line]] = []
    for line in lines:
        previous = groups[-1][-1] if groups else None
        if previous is not None and abs(previous.size - line.size) <= 10 and line.number == previous.number + 1:
            beside = abs(line.x0 - previous.x0) <= 3 * line.size and _overlap(groups[-1], line)
            # MuPDF ends a line after each character that stands upright in a vertical line.
            below = abs(line.x0 - previous.x0) <= 0.5 * line.size and 0 <= line.y0 - previous.y1 + 20 < line.size
            if beside or below:
                groups[-1].append(line)
                continue
        groups.append([line])
    result = []
    for group in groups:
        rows = [_Row([line]) for line in group]
        result.append(_make(rows, "paragraph", -2, is_open=False, top=False))
    return result


def _overlap(group: list[Line], line: Line) -> bool:
    return min(max(each.y1 for each in group), line.y1) - max(min(each.y0 for each in group), line.y0) > 0


def table_row(cells: list[list[Line]]) -> Paragraph:
    """A row whose cells are known, each with its lines from top to bottom."""
    row = _Row([line for cell in cells for line in cell])
    row.cells = cells
    return _make([row], "table_row", 0, is_open=False)


def footnote_like(paragraph: Paragraph, body_size: int, height: float) -> bool:
    """Small text at the bottom of a page that begins with a number or a sign."""
    return (
        paragraph.kind in ("paragraph", "list_item")
        and paragraph.size <= 0.92 * body_size
        and paragraph.y0 > height * 10 * 0.6
        and _FOOTNOTE.match(paragraph.text) is not None
    )
