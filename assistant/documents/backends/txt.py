"""Plain text: paragraphs and line ends as they are."""

from __future__ import annotations

import html
import re
from pathlib import Path

from assistant.documents import decode
from assistant.documents.flow import CSS, FlowSource, read_file
from assistant.documents.parts import LONGEST_WORD
from assistant.errors import DocumentError

_PART = 48_000
"""Characters that are laid out as one Story; small parts keep each step short."""
_LINE = 80
"""Characters that a line end counts for: short lines fill pages, too."""
_LINES = _PART // _LINE
_CSS = CSS + "p { white-space: pre-wrap; margin-bottom: 0.75em }"
_WORD = re.compile(r"[!-~\u00a1-\u02ff]{2000}")
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")


def load(path: Path, password: str | None) -> FlowSource:
    """Raises DocumentError. ``password`` is not used."""
    text = decode.text_of(read_file(path))
    if text is None:
        raise DocumentError("damaged_document", path=str(path))
    if not text.strip("\ufeff \n\t\f\0"):
        raise DocumentError("empty_file", path=str(path))
    return FlowSource(path, parts(text), css=_CSS, steady=True)


def parts(text: str) -> list[str]:
    """HTML of the text, cut between paragraphs (a very long paragraph is cut at a line end) into parts of few pages."""
    if len(text) > LONGEST_WORD:
        text = _WORD.sub("\\g<0>\n", text)
    text = _INVISIBLE.sub("", text.replace("\f", "\n\n")).expandtabs(8)
    found: list[str] = []
    pending: list[str] = []
    size = 0
    for paragraph in re.split(r"\n[ ]*(?:\n[ ]*)+", text):
        for piece in _pieces(paragraph.strip("\n")):
            pending.append(f"<p>{html.escape(piece, quote=False)}</p>")
            size += len(piece) + _LINE * (1 + piece.count("\n"))
            if size >= _PART:
                found.append("".join(pending))
                pending, size = [], 0
    if pending:
        found.append("".join(pending))
    return found


def _pieces(paragraph: str) -> list[str]:
    pieces = []
    while len(paragraph) > _PART:
        cut = max(paragraph.rfind("\n", 0, _PART), paragraph.rfind(" ", 0, _PART)) + 1 or _PART
        pieces.extend(_few_lines(paragraph[:cut].rstrip("\n")))
        paragraph = paragraph[cut:]
    if paragraph.strip():
        pieces.extend(_few_lines(paragraph))
    return pieces


def _few_lines(piece: str) -> list[str]:
    lines = piece.split("\n")
    return ["\n".join(lines[at : at + _LINES]) for at in range(0, len(lines), _LINES)]
