"""Table rows as sentences that a reader can read: "Component: Training. Days: 40. Annual fee: 60,000."

A reader of prose does not see that a number stands in the row and under the heading that are asked for (Chen et al.
2020, "HybridQA"). Each row is written out with its column's heading before each cell; what the reader marks in a cell
is a span of the cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from assistant.documents.table_cells import cell_spans
from assistant.tasks.index import DocumentIndex
from assistant.types import Span

_SHORT_CELL: Final = 80
_LIMIT: Final = 600
"""Code points of a row as it is read."""


@dataclass(frozen=True, slots=True)
class RowText:
    """A row written out, and where its cells stand in the document."""

    passage: int
    text: str
    cells: tuple[tuple[int, Span], ...]
    """``(offset in text, span in the document)`` of each cell, in order."""

    def place(self, start: int, end: int) -> Span | None:
        """The document's span for what was marked: the part of the one cell that it touches first; None for none."""
        for offset, span in self.cells:
            first, stop = max(start, offset), min(end, offset + len(span))
            if first < stop:
                return Span(span.start + first - offset, span.start + stop - offset)
        return None


def rows_of(
    index: DocumentIndex, chosen: Iterable[int], coverage: Callable[[Span], float], limit: int
) -> list[RowText]:
    """The ``limit`` rows of the chosen passages that share most with a question, those that share nothing left out."""
    found: list[tuple[float, RowText]] = []
    for passage in chosen:
        for number in range(*index.passages[passage].sentences):
            sentence = index.sentences[number]
            if index.document.blocks[sentence.block].kind != "table_row":
                continue
            cells = cell_spans(index.document.text, sentence.span)
            share = coverage(sentence.span)
            if share > 0 and len(cells) > 1:
                row = _written(passage, index.document.text, cells, _headings(index, sentence.block, len(cells)))
                found.append((share, row))
    found.sort(key=lambda item: -item[0])
    return [row for _, row in found[:limit]]


def whole_cell(index: DocumentIndex, passage: int, answer: Span) -> Span:
    """The cell of a table in which an answer of the passage lies, where the answer is most of it; else the answer.

    A number without its currency, half a name: what is pointed at is the cell. A cell of sentences is no answer."""
    document = index.document
    for number in range(*index.passages[passage].sentences):
        row = index.sentences[number]
        if row.span.overlaps(answer) and document.blocks[row.block].kind == "table_row":
            for cell in cell_spans(document.text, document.blocks[row.block].span):
                inside = cell.start <= answer.start and answer.end <= cell.end
                if inside and len(cell) <= _SHORT_CELL and 2 * len(answer) >= len(cell):
                    return cell
    return answer


def _written(passage: int, text: str, cells: list[Span], headings: list[str]) -> RowText:
    written, places = "", []
    for number, cell in enumerate(cells):
        heading = headings[number] if number < len(headings) else ""
        if heading:
            written += f"{heading}: "
        if len(written) + len(cell) > _LIMIT:
            break
        places.append((len(written), cell))
        written += f"{cell.of(text)}. "
    return RowText(passage, written.rstrip(), tuple(places))


def _headings(index: DocumentIndex, block: int, columns: int) -> list[str]:
    """The cells of the first row of the table, where it has as many and this is not that row."""
    blocks, text = index.document.blocks, index.document.text
    first = block
    while first > 0 and blocks[first - 1].kind == "table_row":
        first -= 1
    cells = cell_spans(text, blocks[first].span)
    if first == block or len(cells) != columns:
        return []
    return [cell.of(text) for cell in cells]
