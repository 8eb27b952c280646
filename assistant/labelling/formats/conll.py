"""CoNLL: a token a line with its tag, an empty line between sentences. Entities that say yes, without overlaps.

Written are ``TOKEN START END TAG`` (BIO tags; loaders take the first and the last column), after
``-DOCSTART- SHA256 LENGTH O``. Labels end where tokens end, as tokens are cut at their edges. The offsets make reading
exact; files of other tools have none, and there the text is put together of the tokens. Read are also IOB1 and BIOES.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from assistant.labelling.formats.sheet import Row, Sheet, Written, decode_name, encode_name, lines_of, rows_of
from assistant.types import LabelledDocument

_TOKEN = re.compile(r"\w+|[^\w\s]")
_START = "-DOCSTART-"
_TAG = re.compile(r"(?:([BIESLU])-(.+))|O|-X-|_")


def write(documents: Iterable[LabelledDocument], written: Written) -> Iterator[str]:
    """The file in pieces: one a document."""
    for document in documents:
        rows = rows_of(document, written, frozenset({"entity"}))
        written.leave_out("kind", sum(row.verdict == "no" for row in rows))
        chosen: list[tuple[int, int, str]] = []
        for row in sorted((row for row in rows if row.verdict == "yes"), key=_longest_first):
            start, end = row.start or 0, row.end or 0
            if any(start < other_end and other_start < end for other_start, other_end, _ in chosen):
                written.leave_out("overlap")
            else:
                chosen.append((start, end, encode_name(row.value)))
        written.labels += len(chosen)
        lines = [f"{_START} {document.sha256} {len(document.text)} O\n\n"]
        lines.extend(_lines(document.text, sorted(chosen)))
        yield "".join(lines) + "\n"


def _longest_first(row: Row) -> tuple[int, int]:
    return (row.start or 0) - (row.end or 0), row.start or 0


def _lines(text: str, spans: list[tuple[int, int, str]]) -> Iterator[str]:
    edges = sorted({edge for start, end, _ in spans for edge in (start, end)})
    tags = iter(spans)
    current = next(tags, None)
    before = 0
    edge = 0
    for match in _TOKEN.finditer(text):
        start, last = match.span()
        while current is not None and current[1] <= start:
            current = next(tags, None)
        # A label goes on over the end of a line, so the sentence does as well.
        inside = current is not None and current[0] < start
        if "\n" in text[before:start] and before and not inside:
            yield "\n"
        before = last
        while start < last:
            while edge < len(edges) and edges[edge] <= start:
                edge += 1
            end = min(last, edges[edge]) if edge < len(edges) else last
            while current is not None and current[1] <= start:
                current = next(tags, None)
            tag = "O"
            if current is not None and current[0] <= start:
                tag = f"{'B' if current[0] == start else 'I'}-{current[2]}"
            yield f"{text[start:end]} {start} {end} {tag}\n"
            start = end


def read(path: Path) -> Iterator[Sheet]:
    """One sheet for each ``-DOCSTART-``, or one for the file. Raises ``UserError``."""
    reader = _Reader("line 1")
    for number, line in enumerate(lines_of(path), 1):
        cells = re.split(r"[ \t]+", line.strip(" \t"))
        if cells[0] == _START:
            if reader.used:
                yield reader.sheet()
            reader = _Reader(f"line {number}", *cells[1:3])
        elif cells == [""]:
            reader.end_sentence()
        else:
            reader.token(number, cells)
    if reader.used:
        yield reader.sheet()


class _Reader:
    """One document, token by token."""

    def __init__(self, where: str, sha256: str = "", length: str = "") -> None:
        ours = re.fullmatch(r"[0-9a-f]{64}", sha256) is not None and length.isdecimal()
        self._sheet = Sheet(where, sha256=sha256 if ours else "", loose=ours)
        self._ours = ours
        self._length = int(length) if ours else 0
        self._parts: list[str] = []
        self._end = 0
        self._break = False
        self._open: tuple[str, int, int, str] | None = None
        """Where, start, end and type of the label that goes on."""
        self._spans: list[tuple[str, int, int, str]] = []
        self.used = ours

    def end_sentence(self) -> None:
        self._break = True
        self._close()

    def token(self, number: int, cells: list[str]) -> None:
        where = f"line {number}"
        if len(cells) < 2:
            self._sheet.unreadable(where, "there is no tag")
            return
        token, tag = cells[0], cells[-1]
        self.used = True
        start = self._end + (1 if self._parts else 0)
        if self._ours:
            if len(cells) != 4 or not cells[1].isdecimal() or not cells[2].isdecimal():
                self._sheet.unreadable(where, "there are no offsets")
                return
            start = int(cells[1])
            if start < self._end or int(cells[2]) - start != len(token) or int(cells[2]) > self._length:
                self._sheet.unreadable(where, f"{cells[1]} to {cells[2]} is not the place of {token}")
                return
        self._pad(start)
        self._parts.append(token)
        self._end = start + len(token)
        self._tag(where, tag, start)

    def _pad(self, start: int) -> None:
        gap = start - self._end
        if gap:
            self._parts.append(("\n" if self._break and self._parts else " ") + " " * (gap - 1))
        self._break = False

    def _tag(self, where: str, tag: str, start: int) -> None:
        match = _TAG.fullmatch(tag)
        if match is None:
            self._sheet.unreadable(where, f"{tag} is no tag")
            return
        prefix, name = match.groups()
        if name is None:
            self._close()
            return
        goes_on = prefix in ("I", "E", "L") and self._open is not None and self._open[3] == name
        if goes_on and self._open is not None:
            self._open = (*self._open[:2], self._end, name)
        else:
            self._close()
            self._open = (where, start, self._end, name)
        if prefix in ("E", "L", "S", "U"):
            self._close()

    def _close(self) -> None:
        if self._open is not None:
            self._spans.append(self._open)
        self._open = None

    def sheet(self) -> Sheet:
        self._close()
        if self._ours:
            self._pad(self._length)
        text = "".join(self._parts)
        self._sheet.text = text
        for where, start, end, name in self._spans:
            row = Row(where, "entity", decode_name(name), "yes", start, end, text[start:end])
            self._sheet.rows.append(row)
        return self._sheet
