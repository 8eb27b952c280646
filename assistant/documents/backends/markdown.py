"""Markdown (CommonMark with tables), by markdown-it-py."""

from __future__ import annotations

import re
from pathlib import Path

from markdown_it import MarkdownIt

from assistant.documents import decode
from assistant.documents.flow import FlowSource, clean_html, read_file
from assistant.documents.parts import cut
from assistant.errors import DocumentError

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n(?:---|\.\.\.)\n", re.DOTALL)
_NESTING = 100
_MARKERS = re.compile(
    r"^((?:[ ]{0,3}(?:>|[-*+][ ]|\d{1,9}[.)][ ])){30})(?:[ ]{0,3}(?:>|[-*+][ ]|\d{1,9}[.)][ ]))+", re.MULTILINE
)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.*?)[\"']?\s*$", re.MULTILINE)


def load(path: Path, password: str | None) -> FlowSource:
    """Raises DocumentError. ``password`` is not used."""
    text = decode.text_of(read_file(path))
    if text is None:
        raise DocumentError("damaged_document", path=str(path))
    if not text.strip("\ufeff \n\t\f\0"):
        raise DocumentError("empty_file", path=str(path))
    title = None
    front = _FRONT_MATTER.match(text)
    if front:
        found = _FRONT_TITLE.search(front.group(1))
        title = found.group(1) if found else None
        text = text[front.end() :]
    # What is nested deeper than the parser goes would be left out.
    text = _MARKERS.sub(r"\1", text)
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": _NESTING}).enable(["table", "strikethrough"])
    return FlowSource(path, cut(clean_html(parser.render(text)), path) or ["<p></p>"], title or None)
