"""The sheets of an OpenDocument as a stream of rows. What is repeated and empty costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from assistant.documents.grid import Row, Sheet, cell
from assistant.documents.limits import GRID_CELLS, ODF_REPEATS, ODF_SPACES
from assistant.documents.markup import attribute, local
from assistant.documents.stream import local_attributes
from assistant.errors import DocumentError

_NUMBERS = frozenset(("float", "percentage", "currency", "date", "time"))


class SheetsReader:
    """Events of ``content.xml`` to sheets; :meth:`sheets` drives the parser."""

    def __init__(self) -> None:
        self.left_out: list[tuple[str, dict[str, Any]]] = []
        self._title = ""
        self._titles: list[str] = []
        """Of the tables that began; the last may be a table inside a cell."""
        self._ended = 0
        self._depth = 0
        self._rows: list[tuple[int, Row]] = []
        """With the number of their sheet, from 1."""
        self._row: Row = []
        self._column = 0
        self._repeat_row = 1
        self._cell: dict[str, str] | None = None
        self._covered = False
        self._text: list[str] = []
        self._paragraphs = 0
        self._inside = 0
        """Depth of paragraphs whose text is shown in the cell."""
        self._note: list[str] | None = None
        self._shape = 0
        self._boxes: list[str] = []
        self._notes: list[str] = []
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._cells = 0

    # --- what is asked for --------------------------------------------------------------------------------------

    def sheets(self, events: Iterator[None], styles: Any) -> Iterator[Sheet]:
        number = 0
        finished: list[bool] = []
        while self._advance(events, lambda known=number: len(self._titles) > known, finished):  # type: ignore[misc]
            title = self._titles[number]
            number += 1
            yield Sheet(title, self._rows_of(number, events, finished), self._taken_notes)
            if self._cells >= GRID_CELLS:
                return
        margins = _margins(styles)
        if margins and number:
            yield Sheet(None, [], lambda: margins)

    def _rows_of(self, number: int, events: Iterator[None], finished: list[bool]) -> Iterator[Row]:
        while True:
            rows, self._rows = self._rows, []
            # A piece of the part may reach into the next sheet; its rows were put aside by then.
            for index, row in rows:
                if index != number:
                    self._rows.append((index, row))
                    continue
                self._cells += len(row)
                yield row
                if self._cells >= GRID_CELLS:
                    self.left_out.append(("rows_left_out", {"limit": GRID_CELLS, "unit": "cells"}))
                    return
            if self._ended >= number or finished:
                return
            yield []
            self._advance(events, lambda: bool(self._rows) or self._ended >= number, finished, once=True)

    def _advance(
        self, events: Iterator[None], ready: Callable[[], bool], finished: list[bool], *, once: bool = False
    ) -> bool:
        while not ready() and not finished:
            try:
                if next(events, True):
                    finished.append(True)
            except DocumentError as error:
                if error.code != "damaged_document" or not self._titles:
                    raise
                self.left_out.append(("part_damaged", {"name": self._titles[-1]}))
                finished.append(True)
            if once:
                break
        return ready()

    def _taken_notes(self) -> Sequence[str]:
        notes, self._notes = self._boxes + self._notes, []
        self._boxes = []
        return notes

    # --- events -------------------------------------------------------------------------------------------------

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table-cell" or name == "covered-table-cell":
            if self._depth == 1:
                self._cell = attributes
                self._covered = name == "covered-table-cell"
                self._text = []
                self._paragraphs = 0
        elif name == "p" or name == "h":
            if self._note is None:
                self._inside += 1
                if self._inside == 1:
                    if self._paragraphs and not self._shape:
                        self._text.append("\n")
                    self._paragraphs += 1
                    if self._shape:
                        self._boxes.append("")
        elif name == "s":
            count = local_attributes(attributes).get("c", "1")
            self._add(" " * (min(int(count), ODF_SPACES) if count.isdigit() and len(count) < 9 else 1))
        elif name == "tab":
            self._add(" ")
        elif name == "line-break":
            self._add("\n")
        elif name == "table-row":
            if self._depth == 1:
                self._row = []
                self._column = 0
                self._repeat_row = _count(local_attributes(attributes).get("number-rows-repeated"))
        elif name == "table":
            self._depth += 1
            if self._depth == 1:
                found = local_attributes(attributes)
                title = found.get("name") or f"Sheet {len(self._titles) + 1}"
                if found.get("style-name") in self._hidden_styles:
                    title += " (hidden)"
                self._titles.append(title)
        elif name == "annotation":
            self._note = []
        elif name in ("frame", "custom-shape", "rect", "ellipse", "caption", "shapes"):
            self._shape += 1
        elif name == "style":
            self._style = local_attributes(attributes).get("name", "")
        elif name == "table-properties" and local_attributes(attributes).get("display") == "false":
            self._hidden_styles.add(self._style)

    def text(self, text: str) -> None:
        if self._note is not None:
            self._note.append(text)
        elif self._inside:
            self._add(text)

    def end(self, name: str) -> None:
        if name == "table-cell" or name == "covered-table-cell":
            if self._depth == 1 and self._cell is not None:
                self._finish_cell(self._cell)
                self._cell = None
        elif name == "p" or name == "h":
            if self._note is None:
                self._inside = max(0, self._inside - 1)
            else:
                self._note.append(" ")
        elif name == "table-row":
            if self._depth == 1 and self._row:
                for _ in range(min(self._repeat_row, ODF_REPEATS)):
                    self._rows.append((len(self._titles), self._row))
                self._row = []
        elif name == "table":
            self._depth -= 1
            if self._depth == 0:
                self._ended = len(self._titles)
        elif name == "creator" or name == "date":
            if self._note is not None:
                # Who wrote it stands before the text; when, nowhere.
                self._note = ["".join(self._note).strip() + ": "] if name == "creator" else self._note[:1]
        elif name == "annotation":
            text = " ".join("".join(self._note or ()).split()).removeprefix(": ")
            if text:
                self._notes.append(text)
            self._note = None
        elif name in ("frame", "custom-shape", "rect", "ellipse", "caption", "shapes"):
            self._shape = max(0, self._shape - 1)

    def _add(self, text: str) -> None:
        if self._shape and self._boxes:
            self._boxes[-1] += text
        elif self._cell is not None and self._note is None:
            self._text.append(text)

    def _finish_cell(self, attributes: dict[str, str]) -> None:
        found = local_attributes(attributes)
        repeats = _count(found.get("number-columns-repeated"))
        kind = found.get("value-type", "")
        text = "".join(self._text)
        if not text.strip():
            # Programs write the shown text; where there is none, the value says as much.
            text = found.get("value") or found.get("date-value") or found.get("string-value") or ""
            if not text and found.get("boolean-value"):
                text = found["boolean-value"].upper()
            if not text and found.get("formula") and not kind:
                text = found["formula"]
        shown = cell(text, right=kind in _NUMBERS) if not self._covered else ""
        if shown:
            for number in range(min(repeats, ODF_REPEATS)):
                self._row.append((self._column + number, shown))
        self._column += repeats


def _margins(styles: Any) -> list[str]:
    """Headers and footers that are not made of fields alone."""
    found: dict[str, None] = {}
    if styles is None:
        return []
    for element in styles.iter():
        if local(element) in ("header", "footer") and "style" in str(element.tag):
            if attribute(element, "display") == "false":
                continue
            for paragraph in element.iter():
                if local(paragraph) == "p":
                    own = (paragraph.text or "") + "".join(each.tail or "" for each in paragraph)
                    spans = "".join(each.text or "" for each in paragraph if local(each) == "span")
                    text = " ".join((own + spans).split())
                    if len(text) > 8:
                        found[text] = None
    return list(found)


def _count(text: str | None) -> int:
    return max(1, int(text)) if text and text.isdigit() and len(text) < 10 else 1
