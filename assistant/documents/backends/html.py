"""HTML: cleaned to structure and text; nothing is fetched."""

from __future__ import annotations

import html as entities
import re
from pathlib import Path

from assistant.documents import decode
from assistant.documents.flow import FlowSource, clean_html, read_file
from assistant.documents.parts import cut
from assistant.errors import DocumentError

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def load(path: Path, password: str | None) -> FlowSource:
    """Raises DocumentError. ``password`` is not used."""
    data = read_file(path)
    text = decode.text_of(data, decode.declared_charset(data))
    if text is None:
        raise DocumentError("damaged_document", path=str(path))
    return FlowSource(path, cut(clean_html(text), path) or ["<p></p>"], title(text))


def title(text: str) -> str | None:
    """The title that a page declares."""
    match = _TITLE.search(text[:65_536])
    return (" ".join(entities.unescape(match.group(1)).split()) if match else "") or None
