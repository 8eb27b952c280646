"""RTF: paragraphs, headings, tables, notes and pictures as HTML, in one pass without recursion.

After the Rich Text Format Specification 1.9.1. (striprtf keeps neither structure nor pictures, and knows no limits.)
"""

from __future__ import annotations

import re
from pathlib import Path

from assistant.documents.backends.rtf_text import SKIPPED, SYMBOLS, Sink, State, codec_of, codec_of_charset
from assistant.documents.flow import FlowSource, read_file
from assistant.documents.flow_parts import Pictures, parts_of
from assistant.documents.limits import BOOK_TEXT_MB, MEGABYTE, PICTURE_MB, RTF_GROUPS
from assistant.errors import DocumentError

_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,40})(?P<number>-?\d{1,10})?[ ]?|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<symbol>[^a-zA-Z'])"
    rb"|(?P<group>[{}])|(?P<text>[^\\{}\r\n]+)|(?P<rest>[\r\n]+|\\|.)",
    re.DOTALL,
)
_UNREAD = re.compile(
    rb"(?:[^\\{}]+|\\[^a-zA-Z]|\\(?!(?:bin|shptxt|ud|result|dptxbxtext)(?![a-zA-Z]))[a-zA-Z]+)*+", re.DOTALL
)
"""In a group without text: what may be passed over up to the next group, or the next word that counts there."""
_HEADING = re.compile(r"(?:heading|überschrift|titre|título|标题|見出し|标题|nadpis|kop)\s*(\d)", re.IGNORECASE)
_HEADERS = frozenset(["header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"])
_LINK = re.compile(r'HYPERLINK\s+"?((?:https?://|mailto:)[^"\s\\]{1,500})')
_HEX = re.compile(rb"[^0-9a-fA-F]")


def load(path: Path, password: str | None) -> FlowSource:
    """Raises DocumentError. ``password`` is not used: RTF has none."""
    reader = Reader(read_file(path), path)
    reader.run()
    blocks = reader.blocks()
    notices = reader.pictures.notices()
    if reader.cut:
        notices.append(("rows_left_out", {"limit": BOOK_TEXT_MB, "unit": "million characters"}))
    parts = list(parts_of(blocks))
    if not parts:
        raise DocumentError("empty_file", path=str(path))
    return FlowSource(path, parts, reader.title, notices=notices)


class Reader:
    """One file; used once."""

    def __init__(self, data: bytes, path: Path) -> None:
        self._data = data
        self._path = path
        self._state = State()
        self._stack: list[State] = []
        self._default = "cp1252"
        self._default_font = 0
        self._fonts: dict[int, str] = {}
        self._headings: dict[int, int] = {}
        """Levels of the styles that are headings, by number."""
        self._bytes = bytearray()
        """Characters of one code page that were not decoded yet."""
        self._codec = self._default
        self._skip = 0
        """Characters still to be passed over: what stands for a Unicode character in old programs."""
        self._high = 0
        self._starred = False
        self._main = Sink()
        self._notes: list[Sink] = []
        self._margins: list[Sink] = []
        self._sinks: list[tuple[int, Sink]] = []
        """Depth of the group and where its text went before."""
        self._sink = self._main
        self._name: list[str] = []
        self._style = 0
        self._font = 0
        self._links: dict[int, str] = {}
        """Addresses of links that are open, by the depth of their field."""
        self._picture = bytearray()
        self.pictures = Pictures()
        self.title: str | None = None
        self.cut = False

    def blocks(self) -> list[str]:
        found = self._main.finish()
        for sink in (*self._notes, *self._margins):
            found.extend(block for block in sink.finish() if block not in found[-40:])
        return found

    def run(self) -> None:
        """Raises DocumentError."""
        data, match, unread = self._data, _TOKEN.match, _UNREAD.match
        at, size = 0, len(data)
        most = BOOK_TEXT_MB * MEGABYTE
        while at < size:
            if self._state.target == "skip":
                # Most of a file can be what nobody reads: themes, lists, revisions.
                at = unread(data, at).end()  # type: ignore[union-attr]
            token = match(data, at)
            if token is None:
                break
            at = token.end()
            kind = token.lastgroup
            if kind == "text":
                self._raw(token[0])
            elif kind in ("word", "number"):
                if not self._skip and not self._starred and token["word"] not in _KNOWN:
                    # It changes nothing that is read; what stands before and behind it is one text.
                    continue
                word = token["word"].decode("ascii")
                number = token["number"]
                if word == "bin":
                    count = max(0, int(number or 0))
                    if self._state.target == "picture" and len(self._picture) < PICTURE_MB * MEGABYTE:
                        self._picture += data[at : at + count].hex().encode("ascii")
                    at += count
                else:
                    self._word(word, int(number) if number is not None else None)
            elif kind == "hex":
                self._raw(bytes((int(token["hex"], 16),)))
            elif kind == "group":
                if token[0] == b"{":
                    self._enter()
                else:
                    self._leave()
                    if not self._stack and self._main.size:
                        # What stands behind the end is no text.
                        break
            elif kind == "symbol":
                self._symbol(token["symbol"])
            if self._main.size > most:
                self.cut = True
                break
        self._flush()

    # --- groups -----------------------------------------------------------------------------------------------

    def _enter(self) -> None:
        self._flush()
        self._skip = 0
        self._starred = False
        if len(self._stack) >= RTF_GROUPS:
            raise DocumentError("too_deep", path=str(self._path), limit=RTF_GROUPS)
        self._stack.append(self._state)

    def _leave(self) -> None:
        self._flush()
        self._skip = 0
        self._starred = False
        if not self._stack:
            return
        old, self._state = self._state, self._stack.pop()
        if old.target != self._state.target:
            self._end_target(old.target)
        link = self._links.pop(len(self._stack), "") if self._links else ""
        if link and self._state.target == "text" and not self._state.hidden and not self._sink.ends_with(link):
            self._sink.text(f" ({link})", self._state)
        while self._sinks and self._sinks[-1][0] > len(self._stack):
            self._sink = self._sinks.pop()[1]

    def _end_target(self, target: str) -> None:
        if target == "title":
            self.title = " ".join("".join(self._name).split()) or None
            self._name = []
        elif target == "field":
            link = _LINK.search("".join(self._name))
            self._links[len(self._stack) - 1] = link[1] if link else ""
            self._name = []
        elif target == "picture":
            digits = _HEX.sub(b"", bytes(self._picture))
            self._picture = bytearray()
            shown = self.pictures.tag(bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii")))
            if shown:
                self._sink.html(shown)

    def _divert(self, sink: Sink) -> None:
        """Text goes into ``sink`` until the present group ends."""
        self._sinks.append((len(self._stack), self._sink))
        self._sink = sink
        self._target("text")

    def _target(self, name: str) -> None:
        self._state = self._state.changed(target=name)

    # --- characters -------------------------------------------------------------------------------------------

    def _raw(self, data: bytes) -> None:
        if self._skip:
            passed = min(self._skip, len(data))
            self._skip -= passed
            data = data[passed:]
        if not data:
            return
        self._starred = False
        target = self._state.target
        if target == "skip":
            return
        if target == "picture":
            if len(self._picture) < 2 * PICTURE_MB * MEGABYTE:
                self._picture += data
            return
        codec = self._fonts.get(self._state.font, self._default) if target == "text" else self._default
        if codec != self._codec:
            self._flush()
            self._codec = codec
        self._bytes += data

    def _flush(self) -> None:
        if self._bytes:
            data = bytes(self._bytes)
            self._bytes.clear()
            if self._codec == "symbol":
                text = "".join(SYMBOLS.get(byte, chr(byte)) for byte in data)
            else:
                text = data.decode(self._codec, "replace")
            self._put(text)

    def _put(self, text: str) -> None:
        target = self._state.target
        if target == "text":
            if not self._state.hidden:
                self._sink.text(text, self._state)
        elif target in ("title", "field"):
            self._name.append(text)
        elif target == "styles":
            self._name.append(text)
            if text.rstrip().endswith(";"):
                name = "".join(self._name).strip(" ;")
                self._name = []
                found = _HEADING.match(name)
                if found:
                    self._headings[self._style] = max(1, min(6, int(found[1])))
                elif name.lower() in ("title", "titel", "titre", "标题"):
                    self._headings[self._style] = 1
        elif target == "fonts":
            # A font without a character set of its own may name it: "Arial CE".
            name = text.strip(" ;")
            for ending, codec in ((" CE", "cp1250"), (" Cyr", "cp1251"), (" Greek", "cp1253"), (" Tur", "cp1254")):
                if name.endswith(ending) and self._fonts.get(self._font, "cp1252") == "cp1252":
                    self._fonts[self._font] = codec

    def _unicode(self, code: int) -> None:
        self._flush()
        code &= 0xFFFF
        if 0xD800 <= code < 0xDC00:
            self._high = code
        elif 0xDC00 <= code < 0xE000:
            if self._high:
                self._put(chr(0x10000 + ((self._high - 0xD800) << 10) + code - 0xDC00))
            self._high = 0
        else:
            # Symbol fonts use the private area.
            self._put(SYMBOLS.get(code - 0xF000, chr(code)) if 0xF000 <= code < 0xF100 else chr(code))
        self._skip = self._state.fallback

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._starred = True
            return
        if self._skip:
            self._skip -= 1
            return
        if symbol in b"\\{}":
            self._raw(symbol)
        elif symbol == b"~":
            self._character("\u00a0")
        elif symbol == b"_":
            self._character("\u2011")
        elif symbol in b"\r\n":
            self._paragraph()
        elif symbol == b"\t":
            self._character("\t")

    def _character(self, text: str) -> None:
        self._flush()
        self._put(text)

    # --- control words ----------------------------------------------------------------------------------------

    def _word(self, word: str, number: int | None) -> None:
        starred, self._starred = self._starred, False
        if self._skip and word not in ("u", "uc"):
            self._skip -= 1
            return
        if word == "u":
            if self._state.target in ("text", "title", "styles", "fonts", "field"):
                self._skip = 0
                self._unicode(number or 0)
            return
        if word in SYMBOLS_OF_WORDS:
            self._character(SYMBOLS_OF_WORDS[word])
            return
        if self._destination(word, starred):
            return
        if self._state.target == "skip":
            return
        self._flush()
        if self._state.target == "fonts":
            self._font_word(word, number)
        elif self._state.target == "styles":
            if word == "s":
                self._style = number or 0
            elif word in ("cs", "ds", "ts"):
                self._style = -1
        elif self._state.target == "text":
            self._formatting(word, number)

    def _destination(self, word: str, starred: bool) -> bool:
        """Whether the word begins a destination, which is entered then."""
        if word in ("shptxt", "ud", "result", "dptxbxtext"):
            if self._state.target == "skip":
                self._flush()
                self._target("text")
                self._paragraph()
            return True
        if self._state.target == "skip":
            return word in SKIPPED
        if word in ("fonttbl", "stylesheet", "pict", "title"):
            self._flush()
            if word == "title" and self._state.target != "info":
                return False
            self._name = []
            names = {"fonttbl": "fonts", "stylesheet": "styles", "pict": "picture", "title": "title"}
            self._target(names[word])
        elif word == "fldinst":
            self._flush()
            self._name = []
            self._target("field")
        elif word == "info":
            self._flush()
            self._target("info")
        elif word in ("footnote", "annotation"):
            self._flush()
            sink = Sink(small=True)
            self._notes.append(sink)
            self._divert(sink)
        elif word in _HEADERS:
            self._flush()
            sink = Sink()
            self._margins.append(sink)
            self._divert(sink)
        elif word in ("shppict", "fldrslt", "pntext", "listtext", "rtf"):
            pass
        elif word in SKIPPED or starred:
            self._flush()
            self._target("skip")
        else:
            return False
        return True

    def _font_word(self, word: str, number: int | None) -> None:
        if word == "f":
            self._font = number or 0
        elif word == "fcharset":
            codec = codec_of_charset(number or 0)
            if codec is not None:
                self._fonts[self._font] = codec
        elif word == "cpg":
            self._fonts[self._font] = codec_of(number) or self._default

    def _formatting(self, word: str, number: int | None) -> None:
        on = number != 0
        state = self._state
        if word == "par":
            self._paragraph()
        elif word == "f":
            self._state = state.changed(font=number or 0)
        elif word in ("b", "i"):
            self._state = state.changed(**{"bold" if word == "b" else "italic": on})
        elif word == "plain":
            self._state = state.changed(bold=False, italic=False, hidden=False, position="", font=self._default_font)
        elif word == "pard":
            self._state = state.changed(heading=0, table=False)
        elif word == "s":
            self._state = state.changed(heading=self._headings.get(number or 0, 0))
        elif word == "outlinelevel":
            if number is not None and number < 9 and not state.heading:
                self._state = state.changed(heading=min(6, number + 1))
        elif word == "intbl":
            self._state = state.changed(table=True)
        elif word in ("v", "deleted"):
            self._state = state.changed(hidden=on)
        elif word in ("super", "sub", "nosupersub"):
            self._state = state.changed(position="" if word == "nosupersub" or not on else word[:3])
        elif word == "uc":
            self._state = state.changed(fallback=max(0, min(number or 0, 20)))
        elif word == "line":
            self._sink.html("<br>")
        elif word in ("cell", "nestcell"):
            self._sink.end_cell(nested=word == "nestcell")
        elif word in ("row", "nestrow"):
            self._sink.end_row(nested=word == "nestrow")
        elif word in ("page", "sect", "column"):
            self._paragraph()
        elif word == "chftn":
            self._footnote_mark()
        elif word in ("ansi", "mac", "pc", "pca"):
            self._default = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "ansicpg":
            self._default = codec_of(number) or self._default
        elif word == "deff":
            self._default_font = number or 0
            self._state = state.changed(font=self._default_font)

    def _footnote_mark(self) -> None:
        inside = self._sink is not self._main
        number = len(self._notes) if inside else len(self._notes) + 1
        self._sink.html(f"<sup>{number}</sup>")

    def _paragraph(self) -> None:
        self._flush()
        if self._state.target == "text":
            self._sink.end_paragraph(self._state)


SYMBOLS_OF_WORDS = {
    "tab": "\t",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "qmspace": "\u2005",
    "zwj": "\u200d",
    "zwnj": "\u200c",
    "ltrmark": "\u200e",
    "rtlmark": "\u200f",
}
"""Control words that are characters."""
_KNOWN = frozenset(
    word.encode()
    for word in (
        *SKIPPED,
        *_HEADERS,
        *SYMBOLS_OF_WORDS,
        *("bin", "u", "uc", "shptxt", "ud", "result", "dptxbxtext", "fonttbl", "stylesheet", "pict", "title"),
        *("fldinst", "info", "footnote", "annotation", "shppict", "fldrslt", "pntext", "listtext", "rtf"),
        *("s", "cs", "ds", "ts", "f", "fcharset", "cpg", "par", "b", "i", "plain", "pard", "outlinelevel", "intbl"),
        *("v", "deleted", "super", "sub", "nosupersub", "line", "cell", "nestcell", "row", "nestrow", "page"),
        *("sect", "column", "chftn", "ansi", "mac", "pc", "pca", "ansicpg", "deff"),
    )
)
"""Control words that mean something here."""
