"""What both kinds of office documents give to :mod:`assistant.documents.flow`: parts of HTML, and their style sheet."""

from __future__ import annotations

import re

from assistant.documents.flow import CSS

OFFICE_CSS = (
    CSS
    + """
p { margin-top: 0.5em; margin-bottom: 0.85em }
table { width: 100% }
td p, th p { margin-top: 0; margin-bottom: 0.1em }
.note { font-size: 9pt; margin-bottom: 0.4em }
.edge { font-size: 8.5pt; color: #666666 }
.alt { font-size: 9pt; color: #555555 }
.box { margin-left: 1.5em; margin-right: 1.5em }
"""
    + "\n".join(
        f".i{level} {{ margin-left: {34 + 18 * level}pt; text-indent: -16pt; margin-top: 0; margin-bottom: 0.3em }}"
        for level in range(6)
    )
    + "\n".join(f".j{level} {{ margin-left: {18 * level}pt }}" for level in range(6))
)
"""Paragraphs are as far apart as :mod:`assistant.documents.paragraphs` needs to tell them from lines of one."""

_PART = 24_000
"""Characters of HTML that are laid out at a time."""
_IMAGE = re.compile(r"<img[^>]*>")
_IMAGE_WEIGHT = 1_000


def weight(html: str) -> int:
    """Characters, with pictures counted as some lines."""
    if "<img" not in html:
        return len(html)
    rest, count = _IMAGE.subn("", html)
    return len(rest) + count * _IMAGE_WEIGHT


class Parts:
    """Collects blocks of HTML, cut into parts between them."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._blocks: list[str] = []
        self._weight = 0

    def append(self, block: str) -> None:
        self._blocks.append(block)
        self._weight += weight(block)
        if self._weight >= _PART:
            self.cut()

    def extend(self, blocks: list[str]) -> None:
        for block in blocks:
            self.append(block)

    def cut(self) -> None:
        """What follows is a part of its own."""
        if self._blocks:
            self.found.append("".join(self._blocks))
            self._blocks, self._weight = [], 0
