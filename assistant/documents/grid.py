"""Sheets as pages: rows of cells, laid out by arithmetic and drawn when a page is asked for.

A table of half a million rows is some 10,000 pages. Laying out all of them as HTML would take minutes before the first
one shows; here a row costs a few additions, and a page is drawn in milliseconds. Rows come from an iterator and are
read once. What does not fit the width of a page goes on in further blocks of columns, each with the first column.
"""

from __future__ import annotations

import marshal
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from pymupdf import mupdf

from assistant.documents.base import Bookmark, KnownHeading, Size
from assistant.documents.grid_draw import (
    BOLD,
    BOTTOM,
    HEADING_HEIGHT,
    HEADING_SIZE,
    MARGIN,
    PAD_X,
    PAD_Y,
    PITCH,
    RIGHT,
    SIZE,
    TOP,
    Pen,
    Type,
    plain_text,
)
from assistant.documents.grid_text import CellBox
from assistant.documents.limits import FLOW_PAGES, GRID_COLUMNS, GRID_LONG_MB, GRID_TEXT_MB, MEGABYTE
from assistant.errors import DocumentError

Row = list[tuple[int, str]]
"""Cells that are not empty, by rising column (from 0). A text may begin with marks below."""

_NOTE = -1
"""Column of a text that goes over the whole width: a comment, a text box."""
_HEADING = -2

_PORTRAIT, _LANDSCAPE = (595.0, 842.0), (842.0, 595.0)
_NARROW, _WIDE, _EMPTY = 22.0, 190.0, 12.0
"""Widths of columns in points: smallest, largest, and of one without any text between others."""
_SAMPLE = 400
"""Rows whose texts decide how wide the columns are."""
_DENSE = 60
"""Of a table with so few columns those without text keep a place, too."""
_CELL_LINES = 34
"""A cell of more lines goes on in the next row: no row may be higher than a page."""
_SHORT = 40
"""A text of so few characters, such as a number, is rather not divided: its column grows where there is room."""
_LONG = 200
_CHUNK = 50
_STEP_SECONDS = 0.02
_KEPT_PAGES = 100
EARLY_PAGES = 30
"""Pages after which the first ones can be shown while the rest is laid out: what is on them does not change then."""
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str | None
    """Shown above the rows."""
    rows: Iterable[Row]
    notes: Callable[[], Sequence[str | Sequence[str]]] = tuple
    """What stands below, texts and rows of further tables; asked for when the rows are through."""


def cell(text: str, *, right: bool = False, bold: bool = False) -> str:
    """A text as it goes into a :data:`Row`; empty for one without anything to see."""
    if not text.isprintable():
        text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.strip()
    return (RIGHT if right else "") + (BOLD if bold else "") + text if text else ""


@dataclass(slots=True)
class _Section:
    """A sheet with its columns."""

    title: str | None
    size: Size = _PORTRAIT
    widths: dict[int, float] = field(default_factory=dict)
    blocks: list[list[int]] = field(default_factory=list)
    first: int = 0
    """Its first page."""

    def room(self) -> float:
        return self.size[0] - 2 * MARGIN


@dataclass(slots=True)
class _Shape:
    """A row on a block of columns."""

    top: float
    height: float
    cells: list[tuple[float, float, str, list[str]]]
    """Left and right edge, marked text, its lines."""


class GridSource:
    """Sheets as a :class:`~assistant.documents.base.Source`."""

    kind: Literal["layer", "layout"] = "layout"

    def __init__(
        self,
        path: Path,
        sheets: Iterator[Sheet],
        *,
        title: str | None = None,
        progress: Callable[[], tuple[int, int]] = lambda: (0, 1),
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.left_out: list[tuple[str, dict[str, Any]]] = []
        """Codes and parameters of what the reader has to know; the one who reads the file may add to it."""
        self._path = path
        self._title = title
        self._progress = progress
        self._on_close = on_close
        self._type = Type()
        self._sections: list[_Section] = []
        self._bands: list[tuple[int, bytes]] = []
        """Section and rows of the rows that stand on one page, or beside each other on the pages of several blocks."""
        self._pages: list[tuple[int, int]] = []
        """Band and block."""
        self._headings: list[KnownHeading] = []
        self._characters = self._long = 0
        self._drawn: OrderedDict[int, tuple[Any, list[CellBox]]] = OrderedDict()
        self._work: Iterator[None] | None = self._lay_out(sheets)

    def step(self) -> bool:
        until = time.monotonic() + _STEP_SECONDS
        while self._work is not None:
            if next(self._work, True):
                self._work = None
                if not self._pages:
                    raise DocumentError("empty_file", path=str(self._path))
            elif time.monotonic() >= until:
                return False
        return True

    def early(self) -> int:
        """Pages that can be shown while the others are laid out."""
        return EARLY_PAGES if len(self._pages) > EARLY_PAGES else 0

    def progress(self) -> tuple[int, int]:
        return self._progress()

    def count(self) -> int:
        return len(self._pages)

    def size(self, page: int) -> Size:
        return self._sections[self._bands[self._pages[page][0]][0]].size

    def title(self) -> str | None:
        return self._title

    def outline(self) -> Sequence[Bookmark]:
        return [(heading.level, heading.title, heading.page, heading.y0) for heading in self._headings]

    def headings(self) -> Sequence[KnownHeading]:
        return self._headings

    def notices(self) -> Sequence[tuple[str, dict[str, Any]]]:
        return self.left_out

    def display_list(self, page: int) -> Any:
        return self._page(page)[0]

    def text_page(self, page: int, options: Any) -> Any:
        return mupdf.FzStextPage(self.display_list(page), options)

    def cells(self, page: int) -> Sequence[CellBox]:
        """Where the cells of a page are, by rows from top to bottom."""
        return self._page(page)[1]

    def close(self) -> None:
        self._work = None
        self._drawn.clear()
        self._on_close()

    # --- layout -----------------------------------------------------------------------------------------------

    def _lay_out(self, sheets: Iterator[Sheet]) -> Iterator[None]:
        """Yields None after some rows."""
        for sheet in sheets:
            yield from self._section(sheet)
            if self._full():
                return

    def _section(self, sheet: Sheet) -> Iterator[None]:
        rows = iter(sheet.rows)
        sample: list[Row] = []
        for row in islice(rows, _SAMPLE):
            sample.append(row)
            if not len(sample) % _CHUNK:
                yield None
        section = self._columns(_Section(sheet.title, first=len(self._pages)), sample)
        self._sections.append(section)
        title = _INVISIBLE.sub("", " ".join((sheet.title or "").split()))
        band = _Band(section.size[1] - TOP - BOTTOM)
        number = 0
        if title:
            title = self._type.cut(title, section.room(), HEADING_SIZE)
            page = len(self._pages) + 1
            self._headings.append(KnownHeading(2, page, TOP, TOP + HEADING_HEIGHT - 6, title))
            band.add([(_HEADING, title)], HEADING_HEIGHT)
        for source in (sample, rows, self._notes(sheet)):
            for row in source:
                for piece, height in self._heights(self._sections[-1], row):
                    if not band.fits(height):
                        self._flush(band)
                    band.add(piece, height)
                number += 1
                for _, text in row:
                    self._characters += len(text)
                    if len(text) > _LONG:
                        self._long += len(text)
                if not number % _CHUNK:
                    yield None
                if self._full():
                    break
        if band.rows:
            self._flush(band)
        yield None

    def _full(self) -> bool:
        """Whether there is no place for more; then the reader is told."""
        if len(self._pages) >= FLOW_PAGES:
            notice = ("rows_left_out", {"limit": FLOW_PAGES, "unit": "pages"})
        elif self._characters >= GRID_TEXT_MB * MEGABYTE:
            notice = ("rows_left_out", {"limit": GRID_TEXT_MB, "unit": "million characters"})
        elif self._long >= GRID_LONG_MB * MEGABYTE:
            notice = ("rows_left_out", {"limit": GRID_LONG_MB, "unit": "million characters of long texts"})
        else:
            return False
        if notice not in self.left_out:
            self.left_out.append(notice)
        return True

    def _notes(self, sheet: Sheet) -> Iterator[Row]:
        for note in sheet.notes():
            if isinstance(note, str):
                text = cell(note)
                if text:
                    yield [(_NOTE, text)]
                continue
            # A row of a table of its own, in the columns that there are.
            columns = list(self._sections[-1].widths)
            first = columns[-1] + 1 if columns else 0
            columns.extend(range(first, first + max(0, len(note) - len(columns))))
            yield [(column, text) for column, text in zip(columns, note, strict=False) if text]

    def _columns(self, section: _Section, sample: list[Row]) -> _Section:
        wanted: dict[int, float] = {}
        for row in sample:
            for at, (column, text) in enumerate(row):
                width = max(map(self._type.width, text.split("\n"))) + 2 * PAD_X
                alone = at + 1 == len(row) or row[at + 1][0] > column + 1
                if alone and width > 100 and not text.startswith(RIGHT) and len(row) < len(wanted):
                    # A title or a remark, which may go on over the empty cells beside it.
                    width = _NARROW
                if width > wanted.get(column, 0.0):
                    wanted[column] = width
        used = sorted(wanted)
        if used and used[-1] - used[0] < _DENSE:
            for column in range(used[0], used[-1]):
                wanted.setdefault(column, _EMPTY)
        for landscape in (False, True):
            section.size = _LANDSCAPE if landscape else _PORTRAIT
            widths = _fit(wanted, section.room())
            if sum(widths.values()) <= section.room():
                break
        section.widths = dict(sorted(widths.items()))
        section.blocks = _blocks(section)
        return section

    def _heights(self, section: _Section, row: Row) -> Iterator[tuple[Row, float]]:
        """The row, or the rows that it is divided into, and their heights."""
        if row and row[0][0] < 0:
            for lines in _chunks(self._type.wrap(row[0][1], section.room(), bold=False)):
                yield [(_NOTE, "\n".join(lines))], len(lines) * PITCH + 2 * PAD_Y
            return
        lines_of: list[tuple[int, str, list[str]]] = []
        most = 1
        for at, (column, text) in enumerate(row):
            if column not in section.widths:
                self._widen(section, column)
            room = section.widths[column] - 2 * PAD_X
            if len(text) * SIZE > room or "\n" in text:
                width = self._type.width(text) if len(text) < _SHORT and "\n" not in text else 0.0
                if width > 0 and (width <= room or self._grow(section, column, width + 2 * PAD_X)):
                    continue
                after = row[at + 1][0] if at + 1 < len(row) else None
                lines = self._lines(section, column, after, text)
                most = max(most, len(lines))
                lines_of.append((column, text, lines))
        if most <= _CELL_LINES:
            yield row, most * PITCH + 2 * PAD_Y
            return
        long = {column: (_marks(text), list(_chunks(lines))) for column, text, lines in lines_of}
        for part in range(-(-most // _CELL_LINES)):
            piece: Row = []
            high = 1
            for column, text in row:
                if column not in long:
                    if part == 0:
                        piece.append((column, text))
                    continue
                marks, chunks = long[column]
                if part < len(chunks):
                    piece.append((column, marks + "\n".join(chunks[part])))
                    high = max(high, len(chunks[part]))
            yield piece, high * PITCH + 2 * PAD_Y

    def _widen(self, section: _Section, column: int) -> None:
        """A column that the sample had nothing in."""
        if len(section.widths) >= GRID_COLUMNS:
            raise DocumentError("too_complex", path=str(self._path), limit=GRID_COLUMNS)
        section.widths[column] = 90.0
        last = section.blocks[-1] if section.blocks else []
        if not section.blocks or sum(section.widths[each] for each in last) + 90.0 > section.room():
            key = [section.blocks[0][0]] if section.blocks and section.blocks[0] else []
            section.blocks.append([*key, column])
        else:
            last.append(column)

    def _grow(self, section: _Section, column: int, width: float) -> bool:
        """Make a column wider if its blocks have room for it. Rows above it may be higher than they need to be then."""
        more = width - section.widths[column]
        for block in section.blocks:
            if column in block and sum([section.widths[each] for each in block]) + more > section.room():
                return False
        section.widths[column] = width
        return True

    def _lines(self, section: _Section, column: int, after: int | None, text: str) -> list[str]:
        """The lines of a cell: of a text also over the empty cells to its right."""
        return self._type.wrap(
            plain_text(text), self._right(section, column, after, text) - 2 * PAD_X, bold=BOLD in text
        )

    def _right(self, section: _Section, column: int, after: int | None, text: str) -> float:
        """The room of a cell in points."""
        room = section.widths[column]
        if text.startswith(RIGHT):
            return room
        block = next((each for each in section.blocks if column in each), [column])
        for other in block[block.index(column) + 1 :]:
            if other < column or (after is not None and other >= after):
                break
            room += section.widths[other]
        return room

    def _flush(self, band: _Band) -> None:
        rows, heights = band.take()
        section = self._sections[-1]
        number = len(self._bands)
        self._bands.append((len(self._sections) - 1, marshal.dumps((rows, heights))))
        filled = {column for row in rows for column, _ in row}
        for block, columns in enumerate(section.blocks or [[]]):
            own = columns if block == 0 else columns[1:]
            if block == 0 or not filled.isdisjoint(own):
                self._pages.append((number, block))
        if section.first < EARLY_PAGES <= len(self._pages):
            # These pages may be shown from now on: what follows grows by itself.
            blocks = [list(block) for block in section.blocks]
            self._sections.append(
                _Section(section.title, section.size, dict(section.widths), blocks, first=len(self._pages))
            )

    # --- drawing ----------------------------------------------------------------------------------------------

    def _page(self, page: int) -> tuple[Any, list[CellBox]]:
        if page not in self._drawn:
            self._drawn[page] = self._draw(page)
            while len(self._drawn) > _KEPT_PAGES:
                self._drawn.popitem(last=False)
        self._drawn.move_to_end(page)
        return self._drawn[page]

    def _draw(self, page: int) -> tuple[Any, list[CellBox]]:
        band, number = self._pages[page]
        index, data = self._bands[band]
        section = self._sections[index]
        rows, heights = marshal.loads(data)
        block = section.blocks[number] if section.blocks else []
        lefts: dict[int, float] = {}
        x = MARGIN
        for column in block:
            lefts[column] = x
            x += section.widths[column]
        pen = Pen(self._type, section.size)
        boxes: list[CellBox] = []
        y = TOP
        for at, (row, height) in enumerate(zip(rows, heights, strict=True)):
            if row and row[0][0] < 0:
                if number == 0:
                    pen.note(row[0][1], y, section.room(), heading=row[0][0] == _HEADING)
            else:
                for place, (column, text) in enumerate(row):
                    left = lefts.get(column)
                    if left is None:
                        continue
                    after = row[place + 1][0] if place + 1 < len(row) else None
                    repeated = number > 0 and column == block[0]
                    room = section.widths[column] if repeated else self._right(section, column, after, text)
                    boxes.append((at, left, y, left + room, y + height))
                    # The first column may have gone over empty cells beside it where it was laid out.
                    pen.cell(text, left, y, left + room, int((height - 2 * PAD_Y) / PITCH + 0.5))
                pen.rule(MARGIN, x, y + height)
            y += height
        return pen.finish(), boxes


class _Band:
    """Rows that fit on one page."""

    def __init__(self, room: float) -> None:
        self._room = room
        self._left = room
        self.rows: list[Row] = []
        self._heights: list[float] = []

    def fits(self, height: float) -> bool:
        return height <= self._left or not self.rows

    def add(self, row: Row, height: float) -> None:
        self.rows.append(row)
        self._heights.append(height)
        self._left -= height

    def take(self) -> tuple[list[Row], list[float]]:
        rows, heights = self.rows, self._heights
        self.rows, self._heights, self._left = [], [], self._room
        return rows, heights


def _marks(text: str) -> str:
    return text[: len(text) - len(plain_text(text))]


def _chunks(lines: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(lines), _CELL_LINES):
        yield lines[at : at + _CELL_LINES]


def _fit(wanted: dict[int, float], room: float) -> dict[int, float]:
    """Widths of columns: as wanted, or the widest ones smaller, so that all may fit into ``room``."""
    cap = _WIDE if len(wanted) > 1 else room
    while True:
        widths = {column: min(max(width, _EMPTY), cap) for column, width in wanted.items()}
        total = sum(widths.values())
        if total <= room or cap <= 70.0:
            break
        cap *= 0.9
    if total < room:
        # Room that is left over goes to the columns whose texts are to be wrapped.
        short = [column for column, width in wanted.items() if width > widths[column]]
        for column in short:
            widths[column] = min(wanted[column], widths[column] + (room - total) / len(short))
    return widths


def _blocks(section: _Section) -> list[list[int]]:
    """Columns that stand beside each other; each block but the first begins with the first column of all."""
    blocks: list[list[int]] = []
    block: list[int] = []
    used = 0.0
    for column, width in section.widths.items():
        if block and used + width > section.room():
            blocks.append(block)
            block = [blocks[0][0]]
            used = section.widths[block[0]]
        block.append(column)
        used += width
    if block:
        blocks.append(block)
    return blocks
