"""Web pages in one file (MHTML): the page with the pictures that were saved with it; nothing is fetched."""

from __future__ import annotations

from pathlib import Path

from assistant.documents import decode, letter
from assistant.documents.backends import eml, html
from assistant.documents.flow import FlowSource, read_file
from assistant.documents.parts import cut
from assistant.errors import DocumentError


def load(path: Path, password: str | None) -> FlowSource:
    """Raises DocumentError. ``password`` is not used."""
    message = eml.parse(read_file(path).lstrip(), path)
    parts = [part for part in message.walk() if isinstance(part, eml.Part) and not part.is_multipart()]
    page = next((part for part in parts if part.get_content_type() in ("text/html", "application/xhtml+xml")), None)
    if page is None:
        raise DocumentError("damaged_document", path=str(path))
    data = eml.content(page)
    charset = page.get_param("charset") or decode.declared_charset(data)
    text = decode.text_of(data, str(charset) if charset else None) or decode.forgiving(data, "cp1252")
    title = html.title(text) or eml.header_text(message.get("subject")) or None
    body = letter.from_html(text, path, eml.resolver(eml.addresses(parts)))
    return FlowSource(path, cut(body, path) or ["<p></p>"], title)
