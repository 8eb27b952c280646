"""Clean HTML cut into parts that are laid out one after the other, and kept from nesting without end.

MuPDF lays out a part as one tree: its time grows faster than the part, and an element too deep ends it.
"""

from __future__ import annotations

import re
from pathlib import Path

from assistant.documents.limits import FLOW_DEPTH, FLOW_ELEMENTS, FLOW_INDENTS, HTML_DEPTH
from assistant.errors import DocumentError

_SIZE = 24_000
"""Characters and tags that are laid out as one part where there is a good place to cut: some 0.1 s."""
_LARGEST = 4 * _SIZE
"""Where there is none, elements are cut in two at any tag or space."""
_TAG_WEIGHT = 12
"""Characters that a tag counts for: an element of its own costs as much time as a few words."""

_TOKEN = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_VOID = frozenset({"br", "hr", "img"})
_CONTAINERS = frozenset(
    {"div", "section", "article", "main", "header", "footer", "blockquote", "ul", "ol", "center", "address", "figure"}
    | {"table", "tbody", "dl"}
)
"""Elements that may be closed and opened again between two of their children without being seen."""
_INLINE = frozenset(
    {"b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "span", "a", "br", "q", "cite", "abbr", "kbd", "samp"}
    | {"var", "mark", "ins", "del", "code"}
)
_UNCLOSED = re.compile(
    rb"<(/?)(?!p\b|li\b|td\b|th\b|tr\b|dt\b|dd\b|br\b|hr\b|img\b|meta\b|link\b|input\b|option\b|col\b|area\b|base\b"
    rb"|wbr\b|source\b|param\b|embed\b|tbody\b|thead\b|tfoot\b)[a-z]",
    re.IGNORECASE,
)
LONGEST_WORD = 2_000
"""Characters; the time for a word that fills lines grows with its square (6 s for 48,000)."""
_WORD = re.compile(r"[!-%'-;=?-~\u00a1-\u02ff]{2000}")
_INDENTED = frozenset({"blockquote", "ul", "ol", "dl"})
_START = re.compile(r'\sstart="(-?\d{1,9})"')


def check_depth(html: str, path: str) -> None:
    """Before HTML is parsed. Raises DocumentError: too_deep, for which elements whose ends are commonly left out do not
    count; too_complex for more tags than any page has that could be laid out."""
    if html.count("<") > 4 * FLOW_ELEMENTS:
        raise DocumentError("too_complex", path=path, limit=FLOW_ELEMENTS)
    depth = 0
    for match in _UNCLOSED.finditer(html.encode("utf-8", "replace")):
        depth = max(0, depth - 1) if match.group(1) else depth + 1
        if depth > HTML_DEPTH:
            raise DocumentError("too_deep", path=path, limit=HTML_DEPTH)


def cut(html: str, path: Path) -> list[str]:
    """Parts of well-formed HTML, each well-formed by itself; elements nested more than FLOW_DEPTH deep lose their tags.

    Containers that go on in the next part are opened again there, numbered lists at the number that comes next.
    Raises DocumentError too_complex.
    """
    press = _Cutter(path)
    at = 0
    for match in _TOKEN.finditer(html):
        press.text(html[at : match.start()])
        at = match.end()
        press.tag(match.group(), match.group(2).lower(), closing=bool(match.group(1)))
    press.text(html[at:])
    return press.parts()


class _Cutter:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._cost = 0
        self._parts: list[str] = []
        self._out: list[str] = []
        self._size = 0
        self._open: list[list[str]] = []
        """Name and tag of each open element; for numbered lists also the number of the next item."""
        self._dropped: list[bool] = []
        """For each open element of the HTML whether it is too deep and has no tags."""
        self._indents = 0
        self._loose = 0
        """Open elements that are no containers."""

    def text(self, text: str) -> None:
        if len(text) > LONGEST_WORD:
            text = _WORD.sub(r"\g<0><br>", text)
        while self._size + len(text) > _LARGEST:
            room = max(1, _LARGEST - self._size)
            place = text.rfind(" ", 0, room) + 1 or room
            # A character reference stays whole.
            amp = text.rfind("&", max(0, place - 12), place)
            if amp > 0 and ";" not in text[amp:place]:
                place = amp
            self._add(text[:place], place)
            text = text[place:]
            self._cut()
        self._add(text, len(text))

    def tag(self, token: str, name: str, *, closing: bool) -> None:
        if not closing:
            self._cost += 1 if name in _INLINE else 4
            if self._cost > 4 * FLOW_ELEMENTS:
                raise DocumentError("too_complex", path=str(self._path), limit=FLOW_ELEMENTS)
        if name in _VOID:
            self._add(token, _TAG_WEIGHT)
        elif not closing:
            self._begin(token, name)
        else:
            self._end(token)
        if self._size >= _LARGEST or (self._size >= _SIZE and not self._loose and closing):
            self._cut()

    def parts(self) -> list[str]:
        if self._out:
            self._parts.append("".join(self._out))
        return self._parts

    def _begin(self, token: str, name: str) -> None:
        indented = name in _INDENTED
        dropped = len(self._open) >= FLOW_DEPTH or (indented and self._indents >= FLOW_INDENTS)
        self._dropped.append(dropped)
        if dropped:
            # The words of two blocks must not run together.
            self._add(" ", 1)
            return
        if name == "li" and self._open and self._open[-1][0] == "ol":
            self._open[-1][2] = str(int(self._open[-1][2]) + 1)
        self._indents += indented
        number = ""
        if name == "ol":
            start = _START.search(token)
            number = start.group(1) if start else "1"
        self._open.append([name, token, number])
        self._loose += name not in _CONTAINERS
        self._add(token, _TAG_WEIGHT)

    def _end(self, token: str) -> None:
        if self._dropped and self._dropped.pop():
            self._add(" ", 1)
        elif self._open:
            name = self._open.pop()[0]
            self._indents -= name in _INDENTED
            self._loose -= name not in _CONTAINERS
            self._add(token, 0)

    def _add(self, token: str, weight: int) -> None:
        self._out.append(token)
        self._size += weight

    def _cut(self) -> None:
        closing = [f"</{entry[0]}>" for entry in reversed(self._open)]
        self._parts.append("".join([*self._out, *closing]))
        self._out = [_again(entry) for entry in self._open]
        self._size = 0


def _again(entry: list[str]) -> str:
    name, token, number = entry
    if name != "ol":
        return token
    return f'{_START.sub("", token)[:-1]} start="{number}">'
