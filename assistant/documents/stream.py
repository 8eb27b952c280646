"""XML parts read as a stream of events, for parts of any size: nothing is kept, so nothing grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol
from xml.parsers import expat

from assistant.documents.limits import XML_DEPTH
from assistant.errors import DocumentError

_PIECE = 65_536


class Handler(Protocol):
    """Names come without their prefixes."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def text(self, text: str) -> None: ...

    def end(self, name: str) -> None: ...


def feed(pieces: Iterable[bytes], path: Path, handler: Handler) -> Iterator[None]:
    """Parse a part and yield after each piece of 64 KB.

    Raises DocumentError: document_unsafe for a document type declaration, too_deep, damaged_document.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _PIECE
    names: dict[str, str] = {}
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > XML_DEPTH:
            raise DocumentError("too_deep", path=str(path), limit=XML_DEPTH)
        local = names.get(name)
        if local is None:
            local = name.rpartition(":")[2]
            if len(names) < 10_000:
                names[name] = local
        handler.start(local, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(names.get(name) or name.rpartition(":")[2])

    def unsafe(*_: object) -> None:
        raise DocumentError("document_unsafe", path=str(path))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = unsafe
    parser.EntityDeclHandler = unsafe
    try:
        for piece in pieces:
            for at in range(0, len(piece), _PIECE):
                parser.Parse(piece[at : at + _PIECE], False)
                yield None
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError):
        raise DocumentError("damaged_document", path=str(path)) from None


def local_attributes(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes by their names without prefixes."""
    return {name.rpartition(":")[2]: value for name, value in attributes.items()}
