"""Tables that are ruled: cells from the lines drawn on a page, and what is written in each.

Looked for only on pages where rows of cells were seen. Lengths are tenths of a point, as those of lines. Pure Python,
document process. Cf. Shigarov, Mikhailov, Altaev, "Configurable table structure recognition in untagged PDF
documents", DocEng 2016.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from assistant.documents.lines import Line

Box = tuple[float, float, float, float]
Boxes = Callable[[], "array[float]"]

_THIN = 30
"""A rectangle that is narrower is a line."""
_SNAP = 25
"""Lines that are nearer are one line."""
MOST_VECTORS = 6000
"""On a page; a drawing has more, and is no table. See :func:`mupdf.drawn`."""
_MOST_EDGES = 120
"""Columns or rows of one table on one page."""
_LONGEST_CELL = 40
"""Lines of text in a cell; what has more is a frame around a text."""


@dataclass(slots=True)
class Grid:
    """One ruled table. Cell (row, column) belongs to the cell ``owner[row][column]``, its own or one that spans it."""

    xs: list[float]
    ys: list[float]
    owner: list[list[tuple[int, int]]]
    lines: dict[tuple[int, int], list[Line]] = field(default_factory=dict)

    @property
    def box(self) -> Box:
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]

    def cell(self, x: float, y: float) -> tuple[int, int] | None:
        if not (self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= y <= self.ys[-1]):
            return None
        row = min(max(bisect_right(self.ys, y) - 1, 0), len(self.ys) - 2)
        column = min(max(bisect_right(self.xs, x) - 1, 0), len(self.xs) - 2)
        return self.owner[row][column]

    def mirrored(self) -> Grid:
        """As it looks in a mirror, for pages that are read from right to left."""
        last = len(self.xs) - 2
        lines = {
            (row, last - column): [line._replace(x0=-line.x1, x1=-line.x0) for line in cell]
            for (row, column), cell in self.lines.items()
        }
        owner = [[(row, last - column) for row, column in reversed(cells)] for cells in self.owner]
        return Grid([-x for x in reversed(self.xs)], self.ys, owner, lines)

    def rows(self) -> list[list[list[Line]]]:
        """Rows of cells with something in them, in reading order."""
        found = []
        for row in range(len(self.ys) - 1):
            cells = [self.lines[row, column] for column in range(len(self.xs) - 1) if (row, column) in self.lines]
            if cells:
                found.append(cells)
        return found


def grids(vectors: Sequence[tuple[float, float, float, float, bool]]) -> list[Grid]:
    """From drawn rectangles and lines (box, whether only its outline is drawn) of a page, in tenths of a point."""
    across: list[Box] = []
    down: list[Box] = []
    # Programs draw the border between two cells once for each of them.
    for x0, y0, x1, y1, outline in dict.fromkeys(vectors):
        if y1 - y0 < _THIN:
            if x1 - x0 >= _THIN:
                across.append((x0, (y0 + y1) / 2, x1, (y0 + y1) / 2))
        elif x1 - x0 < _THIN:
            down.append(((x0 + x1) / 2, y0, (x0 + x1) / 2, y1))
        elif outline:
            across += [(x0, y0, x1, y0), (x0, y1, x1, y1)]
            down += [(x0, y0, x0, y1), (x1, y0, x1, y1)]
    found = [_grid(*part) for part in _connected(across, down)]
    return [grid for grid in found if grid is not None]


def fill(found: list[Grid], lines: Sequence[Line], boxes: Boxes) -> tuple[list[Grid], list[Line]]:
    """The tables among ``found``, with their lines, and the lines outside of all of them. A line that goes through
    several cells is cut: ``boxes`` gives the page's as :func:`mupdf.glyph_boxes` does, and is asked for those only."""
    outside = list(lines)
    boxes = lru_cache(maxsize=1)(boxes)
    tables: list[Grid] = []
    for grid in found:
        x0, y0, x1, y1 = grid.box
        inside: list[tuple[Line, list[tuple[Line, tuple[int, int]]]]] = []
        for line in outside:
            middle = (line.y0 + line.y1) / 2
            if line.upright and y0 <= middle <= y1 and line.x1 > x0 and line.x0 < x1:
                pieces = _cut(line, grid, boxes)
                if pieces:
                    inside.append((line, pieces))
        for _, pieces in inside:
            for piece, cell in pieces:
                grid.lines.setdefault(cell, []).append(piece)
        rows = grid.rows()
        # One column, or one row, is a frame around a text; so is a cell with a page's worth of lines.
        is_table = (
            sum(1 for cells in rows if len(cells) > 1) >= 2 and max(map(len, grid.lines.values())) <= _LONGEST_CELL
        )
        if is_table:
            taken = {id(line) for line, _ in inside}
            outside = [line for line in outside if id(line) not in taken]
            tables.append(grid)
    return tables, outside


def _cut(line: Line, grid: Grid, boxes: Boxes) -> list[tuple[Line, tuple[int, int]]]:
    """The pieces of a line and their cells; none where it stands outside in part."""
    middle = (line.y0 + line.y1) / 2
    ends = grid.cell(line.x0 + 5, middle), grid.cell(line.x1 - 5, middle)
    if ends[0] is not None and ends[0] == ends[1]:
        return [(line, ends[0])]
    pieces: list[tuple[Line, tuple[int, int]]] = []
    corners = boxes()
    if 8 * (line.start + len(line.text)) > len(corners):
        return []
    start, current, left, right = 0, None, 0.0, 0.0
    for at in range(len(line.text) + 1):
        cell = None
        if at < len(line.text):
            glyph = 8 * (line.start + at)
            x0, x1 = 10 * corners[glyph], 10 * corners[glyph + 2]
            cell = current if line.text[at].isspace() else grid.cell((x0 + x1) / 2, middle)
            if cell is None and not line.text[at].isspace():
                return []
        if at == len(line.text) or (cell != current and current is not None):
            text = line.text[start:at]
            if current is not None and text.strip():
                piece = line._replace(text=text, x0=round(left), x1=round(right), start=line.start + start)
                pieces.append((piece, current))
            start = at
        if at < len(line.text):
            if cell != current or at == 0:
                left, right = min(x0, x1), max(x0, x1)
            current = cell
            if not line.text[at].isspace():
                left, right = min(left, x0, x1), max(right, x0, x1)
    return pieces


def _connected(across: list[Box], down: list[Box]) -> list[tuple[list[Box], list[Box]]]:
    """Lines that touch each other, as groups of horizontal and vertical ones."""
    lines = [(box, True) for box in across] + [(box, False) for box in down]
    parent = list(range(len(lines)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    # From left to right, with the lines that reach far enough to be touched.
    active: list[tuple[float, float, float, int]] = []
    for (x0, y0, x1, y1), index in sorted([(box, index) for index, (box, _) in enumerate(lines)]):
        left, top, bottom = x0 - _SNAP, y0 - _SNAP, y1 + _SNAP
        active = [other for other in active if other[0] >= left]
        for _, other_y0, other_y1, other in active:
            if other_y1 >= top and other_y0 <= bottom and parent[other] != parent[index]:
                parent[root(index)] = root(other)
        active.append((x1, y0, y1, index))
    groups: dict[int, tuple[list[Box], list[Box]]] = {}
    for index, (box, horizontal) in enumerate(lines):
        groups.setdefault(root(index), ([], []))[0 if horizontal else 1].append(box)
    return list(groups.values())


def _grid(across: list[Box], down: list[Box]) -> Grid | None:
    xs = _snapped([box[0] for box in down])
    ys = _snapped([box[1] for box in across])
    if not (3 <= len(xs) <= _MOST_EDGES and 3 <= len(ys) <= _MOST_EDGES):
        return None
    walls = [[False] * len(xs) for _ in ys]
    floors = [[False] * len(xs) for _ in ys]
    for x, y0, _, y1 in down:
        column = _nearest(xs, x)
        for row in range(len(ys) - 1):
            if y0 <= (ys[row] + ys[row + 1]) / 2 <= y1:
                walls[row][column] = True
    for x0, y, x1, _ in across:
        row = _nearest(ys, y)
        for column in range(len(xs) - 1):
            if x0 <= (xs[column] + xs[column + 1]) / 2 <= x1:
                floors[row][column] = True
    owner = [[(row, column) for column in range(len(xs) - 1)] for row in range(len(ys) - 1)]
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            if column and not walls[row][column]:
                owner[row][column] = owner[row][column - 1]
            elif row and not floors[row][column]:
                owner[row][column] = owner[row - 1][column]
    return Grid(xs, ys, owner)


def _snapped(values: list[float]) -> list[float]:
    result: list[float] = []
    for value in sorted(values):
        if not result or value - result[-1] > _SNAP:
            result.append(value)
    return result


def _nearest(values: list[float], value: float) -> int:
    return min(range(len(values)), key=lambda index: abs(values[index] - value))
