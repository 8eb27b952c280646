"""Widths of texts and drawn pages for :mod:`assistant.documents.grid`. Lengths are points."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from itertools import accumulate
from typing import Any

import pymupdf
from pymupdf import mupdf

from assistant.documents.base import Size

RIGHT = "\x02"
"""Mark of a cell that stands at the right edge of its column, as numbers do."""
BOLD = "\x04"
SIZE, PITCH, ASCENT = 8.5, 11.0, 8.6
PAD_X, PAD_Y = 5.5, 2.0
MARGIN, TOP, BOTTOM = 42.0, 44.0, 44.0
HEADING_SIZE, HEADING_HEIGHT = 13.0, 26.0
_COMPLEX = re.compile(
    "[\u0300-\u036f\u0590-\u08ff\u0900-\u109f\u1780-\u17ff\u200d\ufb1d-\ufdff\ufe70-\ufefc\U0001f1e6-\U0001f1ff]"
)
"""Scripts that have to be shaped or run from right to left."""
_PIECES = re.compile(
    "[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]|[^\\s\u2e80-\ud7ff\uf900-\ufaff]+\\s*|\\s+"
)


class _Widths(dict[str, float]):
    """Widths of characters in points, at the size of cells."""

    def __init__(self, font: Any) -> None:
        super().__init__({RIGHT: 0.0, BOLD: 0.0, "\n": 0.0})
        self._font = font

    def __missing__(self, char: str) -> float:
        end = mupdf.fz_measure_string(
            self._font, _matrix(SIZE, 0, 0), char, 0, 0, mupdf.FZ_BIDI_LTR, mupdf.FZ_LANG_UNSET
        )
        self[char] = float(end.e)
        return self[char]


class Type:
    """Fonts and widths of characters."""

    def __init__(self) -> None:
        self.regular = pymupdf.Font("helv").this
        self.bold = pymupdf.Font("hebo").this
        self._regular_widths = _Widths(self.regular)
        self._bold_widths = _Widths(self.bold)

    def width(self, text: str, *, bold: bool = False) -> float:
        """In points, at the size of cells."""
        widths = self._bold_widths if bold or BOLD in text[:2] else self._regular_widths
        return sum(map(widths.__getitem__, text))

    def wrap(self, text: str, room: float, *, bold: bool) -> list[str]:
        lines: list[str] = []
        for paragraph in text.split("\n"):
            if self.width(paragraph, bold=bold) <= room:
                lines.append(paragraph.strip())
                continue
            line, used = "", 0.0
            for piece in _PIECES.findall(paragraph):
                width = self.width(piece, bold=bold)
                if line and used + width > room and used + self.width(piece.rstrip(), bold=bold) > room:
                    lines.append(line.rstrip())
                    line, used = "", 0.0
                if width > room and len(piece) > 1:
                    *whole, piece = self._cut_word(piece, room, bold)
                    lines.extend(whole)
                    width = self.width(piece, bold=bold)
                line += piece
                used += width
            if line.strip():
                lines.append(line.rstrip())
        return lines or [""]

    def _cut_word(self, word: str, room: float, bold: bool) -> list[str]:
        """A word that is wider than the cell, in pieces."""
        widths = self._bold_widths if bold else self._regular_widths
        ends = list(accumulate(map(widths.__getitem__, word)))
        pieces = []
        start, done = 0, 0.0
        while start < len(word):
            stop = max(start + 1, bisect_right(ends, done + room, start))
            pieces.append(word[start:stop])
            start, done = stop, ends[stop - 1]
        return pieces

    def cut(self, text: str, room: float, size: float) -> str:
        """The beginning of a text that fits on one line."""
        while len(text) > 1 and self.width(text, bold=True) * size / SIZE > room:
            text = text[: int(len(text) * 0.9)].rstrip()
        return text


class Pen:
    """Draws one page."""

    def __init__(self, kind: Type, size: Size) -> None:
        self._type = kind
        self._page = mupdf.FzDisplayList(mupdf.FzRect(0, 0, *size))
        self._device = mupdf.fz_new_list_device(self._page)
        self._path = mupdf.FzPath()
        self._texts: dict[tuple[float, bool], Any] = {}
        self._gray = mupdf.FzColorspace(mupdf.FzColorspace.Fixed_GRAY)

    def cell(self, text: str, left: float, top: float, right: float, most: int) -> None:
        """``most``: lines that there is room for."""
        plain = plain_text(text)
        bold = BOLD in text[:2]
        if _COMPLEX.search(plain):
            self._story(plain, left + PAD_X, top + PAD_Y, right - left - 2 * PAD_X, bold)
            return
        room = right - left - 2 * PAD_X
        at_right = text.startswith(RIGHT)
        for number, line in enumerate(self._type.wrap(plain, room, bold=bold)[:most]):
            x = left + PAD_X
            if at_right:
                x = right - PAD_X - self._type.width(line, bold=bold)
            self._show(line, x, top + PAD_Y + number * PITCH + ASCENT, SIZE, bold)

    def note(self, text: str, top: float, room: float, *, heading: bool) -> None:
        if _COMPLEX.search(text):
            self._story(text, MARGIN, top + PAD_Y, room, heading)
        elif heading:
            self._show(text, MARGIN, top + HEADING_SIZE, HEADING_SIZE, True)
        else:
            for number, line in enumerate(self._type.wrap(text, room, bold=False)):
                self._show(line, MARGIN, top + PAD_Y + number * PITCH + ASCENT, SIZE, False)

    def rule(self, left: float, right: float, y: float) -> None:
        mupdf.fz_moveto(self._path, left, y)
        mupdf.fz_lineto(self._path, right, y)

    def finish(self) -> Any:
        colour = mupdf.new_floats(1)
        try:
            for text in self._texts.values():
                mupdf.fz_fill_text(self._device, text, mupdf.FzMatrix(), self._gray, [0.0], 1.0, mupdf.FzColorParams())
            stroke = mupdf.FzStrokeState()
            stroke.m_internal.linewidth = 0.4
            mupdf.floats_setitem(colour, 0, 0.8)
            mupdf.fz_stroke_path(
                self._device, self._path, stroke, mupdf.FzMatrix(), self._gray, colour, 1.0, mupdf.FzColorParams()
            )
        finally:
            mupdf.delete_floats(colour)
        mupdf.fz_close_device(self._device)
        return self._page

    def _show(self, line: str, x: float, y: float, size: float, bold: bool) -> None:
        if not line:
            return
        text = self._texts.get((size, bold))
        if text is None:
            text = self._texts[size, bold] = mupdf.FzText()
        font = self._type.bold if bold else self._type.regular
        mupdf.fz_show_string(text, font, _matrix(size, x, y), line, 0, 0, mupdf.FZ_BIDI_LTR, mupdf.FZ_LANG_UNSET)

    def _story(self, text: str, x: float, y: float, room: float, bold: bool) -> None:
        """Text that has to be shaped, by MuPDF's own layout. It may be somewhat higher than its row."""
        body = html.escape(text, quote=False).replace("\n", "<br>")
        css = f"body {{ font-family: sans-serif; font-size: {SIZE}pt; line-height: 1.2; margin: 0 }} p {{ margin: 0 }}"
        story = pymupdf.Story(html=f"<p>{'<b>' + body + '</b>' if bold else body}</p>", user_css=css)
        story.place(pymupdf.Rect(x, y, x + max(room, 20.0) + 2, y + 800))
        mupdf.fz_draw_story(story.this, self._device, mupdf.FzMatrix())


def _matrix(size: float, x: float, y: float) -> Any:
    return mupdf.fz_make_matrix(size, 0, 0, -size, x, y)


def plain_text(text: str) -> str:
    return text.lstrip(RIGHT + BOLD)
