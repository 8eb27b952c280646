"""Text of pages whose cells are known: every line belongs to the cell that it stands in, every row is one paragraph."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from assistant.documents.lines import Line
from assistant.documents.paragraphs import Paragraph, paragraphs, table_row
from assistant.types import BlockKind

CellBox = tuple[int, float, float, float, float]
"""Row (from 0), left, top, right and bottom of a cell in points."""


def grid_paragraphs(lines: list[Line], running: Mapping[int, BlockKind], cells: Sequence[CellBox]) -> list[Paragraph]:
    """Everything on a page from top to bottom. ``cells`` go by rows, from left to right."""
    rows: dict[int, list[int]] = {}
    for index, box in enumerate(cells):
        rows.setdefault(box[0], []).append(index)
    numbers = list(rows)
    tops = [cells[rows[number][0]][2] * 10 for number in numbers]
    lefts = {number: [cells[index][1] * 10 for index in rows[number]] for number in numbers}
    inside: dict[int, list[Line]] = {}
    outside: list[Line] = []
    for line in lines:
        middle = (line.y0 + line.y1) / 2
        at = bisect_right(tops, middle) - 1
        if at < 0 or middle > cells[rows[numbers[at]][0]][4] * 10:
            outside.append(line)
            continue
        number = numbers[at]
        place = max(0, bisect_right(lefts[number], line.x0 + 20) - 1)
        inside.setdefault(rows[number][place], []).append(line)
    found = paragraphs(outside, running)
    for number in numbers:
        row = [inside[index] for index in rows[number] if index in inside]
        if row:
            found.append(table_row(row))
    return sorted(found, key=lambda paragraph: paragraph.y0)
