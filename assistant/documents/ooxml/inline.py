"""The text of one paragraph with its looks, as HTML."""

from __future__ import annotations

import re

from assistant.documents.markup import escape
from assistant.documents.ooxml.styles import BOLD, HIDDEN, ITALIC, LINK, LOWERED, RAISED, STRIKE, UNDERLINE

_TAGS = (
    *((LINK, "a"), (BOLD, "b"), (ITALIC, "i"), (UNDERLINE, "u")),
    *((STRIKE, "s"), (LOWERED, "sub"), (RAISED, "sup")),
)
_BLANKS = re.compile(r"[ \t\r\n]{2,}")
_PIECE = 40_000
"""Characters of one paragraph; a longer one is laid out as several."""
_WORD, _LINE = 60, 30
"""Letters of a word so long that a line may end in it, and how often: MuPDF never ends one inside of a word, so what
is longer than a line would be lost beyond the page's edge."""
_LONG_WORD = re.compile(rf"[^\s\u200b\u2e80-\uffff]{{{_LINE}}}")
TAB = "\u2003"


class Inline:
    """Put together run by run."""

    __slots__ = ("_pieces", "_unbroken", "_word", "characters")

    def __init__(self) -> None:
        self._pieces: list[tuple[int, str]] = []
        self._word = _WORD
        self._unbroken = 0
        """Characters since the last place where a line may end."""
        self.characters = 0
        """Of the text so far, but for blanks at the beginning."""

    def text(self, text: str, looks: int = 0) -> None:
        if looks & HIDDEN or not text:
            return
        text = _BLANKS.sub(" ", text)
        if self.characters == 0 and not text.strip():
            return
        self.characters += len(text)
        self._unbroken += len(text)
        if self._unbroken > self._word:
            self._word = _LINE
            text = _LONG_WORD.sub("\\g<0>\u200b", text)
            # Put together from many runs.
            text += "\u200b" * (" " not in text and "\u200b" not in text)
        if " " in text or "\u200b" in text:
            self._unbroken = len(text) - 1 - max(text.rfind(" "), text.rfind("\u200b"))
        while len(text) > _PIECE:
            # Between words where there are some.
            end = text.rfind(" ", 1, _PIECE) + 1 or _PIECE
            self._pieces.append((looks, escape(text[:end])))
            text = text[end:]
        self._pieces.append((looks, escape(text)))

    def markup(self, html: str) -> None:
        """HTML of its own looks: a picture, a line end."""
        self._pieces.append((0, html))

    def line_end(self) -> None:
        if self._pieces:
            self._pieces.append((0, "<br>"))

    def plain(self) -> str:
        return re.sub("<[^>]*>", "", "".join(html for _, html in self._pieces))

    def extend(self, other: Inline) -> None:
        self._pieces.extend(other._pieces)
        self.characters += other.characters

    def blocks(self) -> list[str]:
        """HTML of the paragraph, in one piece unless it is very long."""
        pieces = self._pieces
        while pieces and pieces[-1][1] == "<br>":
            pieces.pop()
        found: list[str] = []
        out: list[str] = []
        size = 0
        present = 0
        for looks, html in pieces:
            if size + len(html) > _PIECE and size:
                out.append(_closing(present))
                found.append("".join(out))
                out, size, present = [], 0, 0
            if looks != present:
                out.append(_closing(present))
                out.append("".join(f"<{tag}>" for bit, tag in _TAGS if looks & bit))
                present = looks
            out.append(html)
            size += len(html) if not html.startswith("<img") else 200
        out.append(_closing(present))
        html = "".join(out)
        if html:
            found.append(html)
        return found


def _closing(looks: int) -> str:
    return "".join(f"</{tag}>" for bit, tag in reversed(_TAGS) if looks & bit)
