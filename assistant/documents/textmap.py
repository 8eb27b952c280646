"""From glyphs to text that a person would read aloud, keeping for every code point the glyph that shows it.

A mapping is a list of runs ``(glyph, offset, glyphs, characters)``: ``glyphs`` glyphs from position ``glyph`` of the
stream show ``characters`` code points from ``offset``; the numbers are equal, or one glyph shows several code points
(a ligature).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

Run = tuple[int, int, int, int]

# What is not shown as it is: runs of blanks, soft hyphens and other invisible characters, ligatures, Arabic
# presentation forms, control characters, lone surrogates, bullets of symbol fonts.
_ODD_CHARACTERS = (
    "\\t-\\r\x00-\x1f\x7f-\xa0\xad\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
    "\ufb00-\ufb4f\ufb50-\ufdfb\ufe70-\ufefc\ufff9-\ufffb\ud800-\udfff\uf0a7\uf0b7"
)
_ODD = re.compile(f"\\s\\s|[{_ODD_CHARACTERS}]")
_PIECES = re.compile(f"([^\\s{_ODD_CHARACTERS}]+(?: [^\\s{_ODD_CHARACTERS}]+)*)|.", re.DOTALL)
"""Words that are shown as they are, with single spaces between them, or a single other character."""
_DROPPED = frozenset("\xad\u200b\u200c\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REPLACED = {"\uf0b7": "•", "\uf0a7": "▪"}
_TERMINAL = frozenset(".!?:;。！？：；…")
_CLOSING = "\"'”’»)]）】」』》〉›"
_HYPHENS = "-\u2010\u2011"


def is_cjk(char: str) -> bool:
    """Scripts that are written without spaces between words, with their punctuation."""
    return char >= "\u3000" and (
        "\u3000" <= char <= "\u30ff"
        or "\u3400" <= char <= "\u9fff"
        or "\uf900" <= char <= "\ufaff"
        or "\uff00" <= char <= "\uffef"
        or "\U00020000" <= char <= "\U0003ffff"
    )


def ends_sentence(text: str) -> bool:
    stripped = text.rstrip(_CLOSING + " ")
    return not stripped or stripped[-1] in _TERMINAL


def is_plain(text: str) -> bool:
    """Whether each glyph is shown as it is."""
    if text.isascii():
        return text.isprintable() and "  " not in text
    return _ODD.search(text) is None


class TextBuilder:
    """The text of one paragraph, put together line by line."""

    __slots__ = ("_length", "_parts", "hyphens", "last", "runs")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.last = ""
        """The last character so far."""
        self.runs: list[Run] = []
        self.hyphens: list[int] = []
        """Offsets of hyphens at line ends, of which the whole document decides whether they stay."""

    def text(self) -> str:
        """The whole paragraph; nothing is appended after that."""
        if self.last == "\xad":
            self._drop_last()
        return "".join(self._parts)

    def literal(self, text: str) -> None:
        """Text without glyphs: a space between lines, a tab between cells."""
        if text:
            self._parts.append(text)
            self._length += len(text)
            self.last = text[-1]

    def line(self, raw: str, start: int) -> None:
        """Append a line of glyphs; the first is number ``start`` of the page."""
        stripped = raw.lstrip()
        start += len(raw) - len(stripped)
        stripped = stripped.rstrip()
        if not stripped:
            return
        if self._parts and self.last != "\t":
            self._join(stripped[0])
        if is_plain(stripped):
            length = len(stripped)
            self.runs.append((start, self._length, length, length))
            self._parts.append(stripped)
            self._length += length
            self.last = stripped[-1]
        else:
            self._odd_line(stripped, start)

    def _join(self, first: str) -> None:
        """Go on after a line end with a line that begins with ``first``."""
        last = self.last
        if last == "\xad":
            # A soft hyphen shows at a line end only; the word goes on.
            self._drop_last()
        elif last in _HYPHENS and self._length > 1 and first.isalnum() and self._before_last().isalnum():
            if first.islower() and self._before_last().isalpha():
                self.hyphens.append(self._length - 1)
        elif last in "—–/" and self._before_last() not in " " and first.isalnum():
            pass
        elif not (is_cjk(last) and is_cjk(first)) and last != " ":
            self.literal(" ")

    def _before_last(self) -> str:
        if len(self._parts[-1]) > 1:
            return self._parts[-1][-2]
        return self._parts[-2][-1] if len(self._parts) > 1 else " "

    def _drop_last(self) -> None:
        self._parts[-1] = self._parts[-1][:-1]
        if not self._parts[-1]:
            self._parts.pop()
        self._length -= 1
        glyph, offset, glyphs, characters = self.runs.pop()
        if characters > 1:
            self.runs.append((glyph, offset, glyphs - 1, characters - 1))
        self.last = self._parts[-1][-1] if self._parts else ""

    def _odd_line(self, text: str, start: int) -> None:
        out: list[str] = []
        length = self._length
        run_glyph, run_offset, run_length = start, length, 0
        ends_soft = text[-1] == "\xad"
        for piece in _PIECES.finditer(text):
            index, shown = piece.start(), piece.group()
            glyphs = len(shown)
            if piece.lastindex is None:
                shown = _shown(shown)
                if shown.isspace():
                    shown = "" if out and out[-1] == " " else " "
                if ends_soft and index == len(text) - 1:
                    shown = "\xad"
            if len(shown) == glyphs:
                if run_glyph + run_length != start + index or run_offset + run_length != length:
                    if run_length:
                        self.runs.append((run_glyph, run_offset, run_length, run_length))
                    run_glyph, run_offset, run_length = start + index, length, 0
                run_length += glyphs
            elif shown:
                if run_length:
                    self.runs.append((run_glyph, run_offset, run_length, run_length))
                self.runs.append((start + index, length, 1, len(shown)))
                run_glyph, run_offset, run_length = start + index + 1, length + len(shown), 0
            if shown:
                out.append(shown)
                length += len(shown)
        if run_length:
            self.runs.append((run_glyph, run_offset, run_length, run_length))
        self.literal("".join(out))


@lru_cache(maxsize=1024)
def _shown(char: str) -> str:
    """What a glyph's character stands for in the text; "" for nothing."""
    if char in _DROPPED:
        return ""
    if char in _REPLACED:
        return _REPLACED[char]
    if "\ufb00" <= char <= "\ufb4f" or "\ufb50" <= char <= "\ufdfb" or "\ufe70" <= char <= "\ufefc":
        return unicodedata.normalize("NFKC", char).strip() or char
    if char.isspace() or char == "\xa0":
        return " "
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    return "" if unicodedata.category(char) == "Cc" else char
