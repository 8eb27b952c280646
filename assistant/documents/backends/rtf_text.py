"""Parts of the RTF reader: formatting in force, where text goes, code pages."""

from __future__ import annotations

import codecs
import re
from typing import Any

from assistant.documents.markup import escape

SKIPPED = frozenset(
    (
        *("colortbl", "listtable", "listoverridetable", "revtbl", "rsidtbl", "generator", "filetbl"),
        *("themedata", "colorschememapping", "datastore", "latentstyles", "xmlnstbl", "nonshppict"),
        *("shprslt", "sp", "sn", "sv", "shpinst", "objdata", "objclass", "objname", "objalias", "objsect"),
        *("bkmkstart", "bkmkend", "xe", "tc", "tcn", "pn", "pnseclvl", "listname", "leveltext"),
        *("levelnumbers", "template", "atnauthor", "atnid", "atnicn", "atndate", "atnref", "atntime"),
        *("atnparent", "atrfstart", "atrfend", "author", "operator", "company", "manager", "keywords"),
        *("subject", "doccomm", "comment", "category", "hlinkbase", "creatim", "revtim", "printim"),
        *("buptim", "userprops", "wgrffmtfilter", "mmathPr", "passwordhash", "aftnsep", "aftnsepc"),
        *("ftnsep", "ftnsepc", "aftncn", "ftncn", "upr", "blipuid", "picprop", "pictprop", "do"),
        *("nonesttables", "background", "mailmerge", "docvar", "wbitmap", "falt", "panose", "fontemb"),
        *("fontfile", "defchp", "defpap", "pgptbl", "protusertbl", "oldcprops", "oldpprops", "oldtprops"),
        *("oldsprops", "fldtype", "formfield", "ffname", "ffdeftext", "ffformat", "ffhelptext"),
        *("ffstattext", "ffentrymcr", "ffexitmcr", "ffl", "private", "ebcstart"),
    )
)
"""Destinations without text to read."""

SYMBOLS = {
    0xB7: "•",
    0xA7: "▪",
    0xA8: "◻",
    0xD8: "➢",
    0xFC: "✓",
    0x6F: "○",
    0x76: "❖",
    0xAE: "→",
    0xA3: "≤",
    0xB3: "≥",
    0xB1: "±",
    0xB4: "×",
    0xB0: "°",
    0xB9: "≠",
    0xBB: "≈",
    0xAC: "←",
    0x2D: "–",
    0x20: " ",
}
"""Characters of symbol fonts."""

_CHARSETS = {
    0: "cp1252",
    2: "symbol",
    77: "mac_roman",
    78: "shift_jis",
    79: "cp949",
    80: "gb18030",
    81: "big5",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "big5hkscs",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
_SPECIAL = {65001: "utf-8", 936: "gb18030", 54936: "gb18030", 950: "big5hkscs", 10000: "mac_roman", 1361: "johab"}


def codec_of_charset(number: int) -> str | None:
    """Of ``\\fcharsetN``; None for the default of the document."""
    return _CHARSETS.get(number)


def codec_of(page: int | None) -> str | None:
    """The codec of a code page by its number; None for an unknown one."""
    name = _SPECIAL.get(page or 0) or f"cp{page or 0}"
    try:
        codecs.lookup(name)
    except LookupError:
        return None
    return name


class State:
    """What is in force inside a group. Never changed in place: groups share it."""

    __slots__ = ("bold", "fallback", "font", "heading", "hidden", "italic", "position", "table", "target")

    def __init__(self) -> None:
        self.target = "text"
        """``text``, ``skip``, ``fonts``, ``styles``, ``info``, ``title`` or ``picture``."""
        self.font = 0
        self.bold = self.italic = self.hidden = False
        self.position = ""
        self.heading = 0
        """Level of the paragraph, 0 for none."""
        self.table = False
        self.fallback = 1
        """Characters that follow a Unicode one for programs that do not know it."""

    def changed(self, **values: Any) -> State:
        other = State.__new__(State)
        for name in State.__slots__:
            setattr(other, name, values[name] if name in values else getattr(self, name))
        return other


class Sink:
    """Gathers text as blocks of HTML."""

    def __init__(self, *, small: bool = False) -> None:
        self.size = 0
        self._small = small
        self._blocks: list[str] = []
        self._runs: list[str] = []
        self._table: list[list[str]] = []
        self._row: list[str] = []
        self._cell: list[str] = []

    def text(self, text: str, state: State) -> None:
        if not text:
            return
        self.size += len(text)
        body = escape(text.replace("\t", " \u2003"))
        if body.strip():
            if state.bold:
                body = f"<b>{body}</b>"
            if state.italic:
                body = f"<i>{body}</i>"
            if state.position:
                tag = "sup" if state.position == "sup" else "sub"
                body = f"<{tag}>{body}</{tag}>"
        self._runs.append(body)

    def html(self, html: str) -> None:
        self._runs.append(html)
        self.size += 1

    def ends_with(self, address: str) -> bool:
        """Whether the address of a link is what its text says."""
        near = re.sub(r"<[^>]*>", "", "".join(self._runs[-12:]))
        return escape(address.removeprefix("mailto:").rstrip("/").partition("://")[2] or address[7:]) in near

    def end_paragraph(self, state: State) -> None:
        body = self._take()
        if state.table:
            if body:
                self._cell.append(body)
            return
        if self._table or self._row:
            self._end_table()
        if body:
            level = state.heading
            tag = f"h{level}" if level and not self._small else "p"
            self._blocks.append(f"<{tag}>{_small(body) if self._small else body}</{tag}>")

    def end_cell(self, *, nested: bool) -> None:
        body = self._take()
        if body:
            self._cell.append(body)
        if nested:
            # A table inside a cell: its cells one below the other.
            return
        self._row.append("<br>".join(self._cell))
        self._cell = []

    def end_row(self, *, nested: bool) -> None:
        if nested:
            return
        if self._row:
            self._table.append(self._row)
        self._row = []

    def finish(self) -> list[str]:
        """All blocks."""
        body = self._take()
        if body:
            self._cell.append(body)
        if self._cell:
            if self._row or self._table:
                self._row.append("<br>".join(self._cell))
            else:
                content = "<br>".join(self._cell)
                self._blocks.append(f"<p>{_small(content) if self._small else content}</p>")
            self._cell = []
        self.end_row(nested=False)
        self._end_table()
        return self._blocks

    def _take(self) -> str:
        runs, self._runs = self._runs, []
        body = "".join(runs)
        # Runs that only a change of font divided.
        return body.replace("</b><b>", "").replace("</i><i>", "").strip()

    def _end_table(self) -> None:
        rows = [row for row in self._table if any(row)]
        self._table = []
        if rows:
            lines = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
            self._blocks.append("<table>" + "".join(lines) + "</table>")


def _small(body: str) -> str:
    return f"<small>{body}</small>"
