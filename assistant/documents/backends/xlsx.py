"""XLSX, XLSM, XLTX (also Strict): cells as the user sees them, by sheets, read as a stream.

openpyxl reads no Strict files, keeps no bounds of its own, and takes five times as long for a large sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.documents.archive import Archive
from assistant.documents.backends.xlsx_extras import comments, relations, texts_of_drawings
from assistant.documents.grid import GridSource, Row, Sheet, cell
from assistant.documents.limits import ARCHIVE_MB, GRID_CELLS, MEGABYTE
from assistant.documents.markup import attribute, local, parse_xml
from assistant.documents.number_formats import BUILTIN, formatter, general
from assistant.documents.stream import feed
from assistant.errors import DocumentError

_SHEET_MB = 1200
"""One sheet, unpacked. It is read as a stream."""
_LONGEST = 32_767
"""Characters of a cell, as in Excel: a million cells may share one long string."""
_STRINGS = 4_000_000
_STRINGS_MB = 250


def load(path: Path, password: str | None) -> GridSource:
    """Raises DocumentError. ``password`` is not used: encrypted files are no ZIP files and are told before."""
    archive = Archive(path, total_mb=max(ARCHIVE_MB, _SHEET_MB))
    try:
        return _Workbook(path, archive).source()
    except BaseException:
        archive.close()
        raise


class _Workbook:
    def __init__(self, path: Path, archive: Archive) -> None:
        self._path = path
        self._archive = archive
        self._part = _main_part(archive)
        self._relations = relations(archive, self._part, path)
        self._formats: list[tuple[Callable[[float], str], bool]] = []
        """Of each style: how a number is shown, and whether the font is bold."""
        self._strings: _Strings | None = None
        self._cells = 0
        self._done = 0

    def source(self) -> GridSource:
        root = parse_xml(self._archive.read(self._part), self._path)
        since_1904 = False
        sheets: list[tuple[str, str]] = []
        for element in root.iter():
            name = local(element)
            if name == "workbookPr":
                since_1904 = element.get("date1904") in ("1", "true")
            elif name == "sheet":
                title = element.get("name") or f"Sheet {len(sheets) + 1}"
                if element.get("state") in ("hidden", "veryHidden"):
                    title += " (hidden)"
                target = self._relations.get(attribute(element, "id") or "", ("", ""))[1]
                sheets.append((title, target))
        found = [(title, part) for title, part in sheets if part in self._archive]
        if not found:
            # A damaged list of sheets: all there are, in the order of their names.
            parts = [name for name in self._archive.names if "/worksheets/sheet" in name.lower()]
            found = [(f"Sheet {number}", part) for number, part in enumerate(sorted(parts, key=_natural), 1)]
        if not found:
            raise DocumentError("damaged_document", path=str(self._path))
        self._formats = self._styles(since_1904)
        total = sum(self._archive.size(part) for _, part in found) or 1
        source = GridSource(
            self._path,
            self._sheets(found),
            title=_title(self._archive, self._path),
            progress=lambda: (min(self._done, total), total),
            on_close=self._archive.close,
        )
        self._left_out = source.left_out
        return source

    def _sheets(self, found: list[tuple[str, str]]) -> Iterator[Sheet]:
        for title, part in found:
            if self._cells >= GRID_CELLS:
                return
            yield Sheet(title, self._rows(title, part), lambda part=part: self._notes(part))  # type: ignore[misc]

    def _rows(self, title: str, part: str) -> Iterator[Row]:
        if self._strings is None:
            self._strings = self._shared_strings()
        reader = _SheetReader(self._formats, self._strings.items)
        pieces = self._counted(part)
        try:
            for _ in feed(pieces, self._path, reader):
                if reader.rows:
                    rows, reader.rows = reader.rows, []
                    for row in rows:
                        self._cells += len(row)
                        yield row
                        if self._cells >= GRID_CELLS:
                            self._left_out.append(("rows_left_out", {"limit": GRID_CELLS, "unit": "cells"}))
                            return
                else:
                    # Spaces or empty rows without end: let others have their turn.
                    yield []
            yield from reader.rows
        except DocumentError as error:
            if error.code == "document_unsafe" or error.code == "office_encrypted":
                raise
            # What was read before the damage is shown.
            yield from reader.rows
            self._left_out.append(("part_damaged", {"name": title}))
        finally:
            pieces.close()

    def _counted(self, part: str) -> Any:
        for piece in self._archive.pieces(part, limit_mb=_SHEET_MB):
            self._done += len(piece)
            yield piece

    def _shared_strings(self) -> _Strings:
        strings = _Strings()
        part = next((target for kind, target in self._relations.values() if kind == "sharedStrings"), None)
        if part is None or part not in self._archive:
            return strings
        try:
            for _ in feed(self._archive.pieces(part, limit_mb=_STRINGS_MB), self._path, strings):
                if len(strings.items) > _STRINGS or strings.size > _STRINGS_MB * MEGABYTE:
                    raise DocumentError("unpacks_too_large", path=str(self._path), limit=_STRINGS_MB)
        except DocumentError as error:
            if error.code != "damaged_document":
                raise
            self._left_out.append(("part_damaged", {"name": "shared strings"}))
        return strings

    def _styles(self, since_1904: bool) -> list[tuple[Callable[[float], str], bool]]:
        part = next((target for kind, target in self._relations.values() if kind == "styles"), None)
        if part is None or part not in self._archive:
            return []
        try:
            root = parse_xml(self._archive.read(part), self._path)
        except DocumentError as error:
            if error.code == "document_unsafe":
                raise
            return []
        codes = dict(BUILTIN)
        bold: list[bool] = []
        formats: list[tuple[Callable[[float], str], bool]] = []
        for group in root:
            name = local(group)
            if name == "numFmts":
                for each in group:
                    codes[_number(each.get("numFmtId"))] = each.get("formatCode") or "General"
            elif name == "fonts":
                for font in group:
                    marks = [each.get("val") for each in font if local(each) == "b"]
                    bold.append(bool(marks) and marks[0] not in ("0", "false"))
            elif name == "cellXfs":
                for each in group:
                    code = codes.get(_number(each.get("numFmtId")), "General")
                    font = _number(each.get("fontId"))
                    show = general if code == "General" else formatter(code, since_1904=since_1904)
                    formats.append((show, font < len(bold) and bold[font]))
        return formats

    def _notes(self, part: str) -> Sequence[str | list[str]]:
        """Text boxes, charts and comments of a sheet."""
        found: list[str | list[str]] = []
        try:
            for kind, target in relations(self._archive, part, self._path).values():
                if target not in self._archive:
                    continue
                if kind == "drawing":
                    found.extend(texts_of_drawings(self._archive, target, self._path))
                elif kind in ("comments", "threadedComment"):
                    found.extend(comments(self._archive, target, self._path))
        except DocumentError as error:
            if error.code == "document_unsafe":
                raise
            self._left_out.append(("part_damaged", {"name": part}))
        return found


class _SheetReader:
    """Events of a sheet's part to rows."""

    def __init__(self, formats: Sequence[tuple[Callable[[float], str], bool]], strings: Sequence[str]) -> None:
        self.rows: list[Row] = []
        self._formats = formats
        self._strings = strings
        self._row: Row = []
        self._column = -1
        self._type = self._style = ""
        self._value = self._inline = self._formula = ""
        self._buffer: list[str] | None = None
        self._phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            reference = attributes.get("r")
            self._column = _column(reference) if reference else self._column + 1
            self._type = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._value = self._inline = self._formula = ""
        elif name in ("v", "f", "t"):
            self._buffer = []
        elif name == "row":
            self._row = []
            self._column = -1
        elif name == "rPh":
            self._phonetic = True

    def text(self, text: str) -> None:
        if self._buffer is not None:
            self._buffer.append(text)

    def end(self, name: str) -> None:
        if name == "v":
            self._value = "".join(self._buffer or ())
            self._buffer = None
        elif name == "c":
            text = self._shown()
            if text:
                if self._row and self._row[-1][0] >= self._column:
                    self._put_in_order(text)
                else:
                    self._row.append((self._column, text))
        elif name == "t":
            if not self._phonetic:
                self._inline += "".join(self._buffer or ())
            self._buffer = None
        elif name == "f":
            self._formula = "".join(self._buffer or ())
            self._buffer = None
        elif name == "row":
            if self._row:
                self.rows.append(self._row)
                self._row = []
        elif name == "rPh":
            self._phonetic = False

    def _put_in_order(self, text: str) -> None:
        row = dict(self._row)
        row[self._column] = text
        self._row = sorted(row.items())

    def _shown(self) -> str:
        value, kind = self._value, self._type
        style = int(self._style) if self._style.isdigit() and len(self._style) < 8 else -1
        show, bold = self._formats[style] if 0 <= style < len(self._formats) else (general, False)
        if kind == "s":
            index = int(value) if value.strip().isdigit() and len(value) < 10 else -1
            return cell(self._strings[index], bold=bold) if 0 <= index < len(self._strings) else ""
        if kind == "inlineStr":
            return cell(self._inline or value, bold=bold)
        if not value:
            # A formula that no program has computed yet.
            return cell("=" + self._formula) if self._formula else cell(self._inline, bold=bold)
        if kind == "n":
            try:
                return cell(show(float(value)), right=True, bold=bold)
            except ValueError:
                return cell(value, bold=bold)
        if kind == "b":
            return cell("TRUE" if value.strip() in ("1", "true") else "FALSE", bold=bold)
        return cell(value, bold=bold)


class _Strings:
    """The shared strings, without the readings beside them."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self.size = 0
        self._parts: list[str] = []
        self._inside = self._phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        elif name == "t":
            self._inside = not self._phonetic
        elif name == "rPh":
            self._phonetic = True

    def text(self, text: str) -> None:
        if self._inside:
            self._parts.append(text)
            self.size += len(text)

    def end(self, name: str) -> None:
        if name == "t":
            self._inside = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self.items.append("".join(self._parts)[:_LONGEST])


def _main_part(archive: Archive) -> str:
    for name in archive.names:
        if name.lower().endswith("xl/workbook.xml"):
            return name
    return next((name for name in archive.names if name.lower().endswith("workbook.xml")), "xl/workbook.xml")


def _title(archive: Archive, path: Path) -> str | None:
    if "docProps/core.xml" not in archive:
        return None
    try:
        root = parse_xml(archive.read("docProps/core.xml", limit_mb=5), path)
    except DocumentError as error:
        if error.code == "document_unsafe":
            raise
        return None
    return next((each.text.strip() for each in root if local(each) == "title" and each.text), None) or None


def _column(reference: str) -> int:
    """From 0, of a reference like ``AB12``."""
    column = 0
    for char in reference[:3]:
        if "A" <= char <= "Z":
            column = column * 26 + ord(char) - 64
        else:
            break
    return max(0, column - 1)


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() and len(text) < 10 else 0


def _natural(name: str) -> tuple[int, str]:
    digits = "".join(char for char in name.rpartition("/")[2] if char.isdigit())
    return (int(digits[:9]) if digits else 0), name
