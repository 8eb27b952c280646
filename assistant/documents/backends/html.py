"""HTML: cleaned to structure and text; nothing is fetched."""

from __future__ import annotations

import html as entities
import re
from pathlib import Path

from assistant.documents import decode
from assistant.documents.flow import FlowSource, clean_html, read_file
from assistant.errors import DocumentError

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def load(path: Path, password: str | None) -> FlowSource:
    """Raises DocumentError. ``password`` is not used."""
    data = read_file(path)
    text = decode.text_of(data, decode.declared_charset(data))
    if text is None:
        raise DocumentError("damaged_document", path=str(path))
    match = _TITLE.search(text[:65_536])
    title = " ".join(entities.unescape(match.group(1)).split()) if match else None
    body = clean_html(text)
    return FlowSource(path, [body or "<p></p>"], title or None)
