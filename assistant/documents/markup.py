"""XML parts of documents as trees, in bounds: no entities, no files, no network, no depth or size without end."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from assistant.documents.limits import XML_DEPTH, XML_ELEMENTS
from assistant.errors import DocumentError

_PIECE = 65_536
_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "remove_comments": True,
    "remove_pis": True,
}
# What HTML cannot hold.
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f]")


def parse_xml(data: bytes, path: Path, elements: int | None = None) -> Any:
    """The root element (``lxml.etree._Element``) of a part.

    Raises DocumentError: document_unsafe for a document type declaration, too_deep, too_complex, damaged_document.
    Works in the bounds of :mod:`assistant.documents.limits`, also while it parses; ``elements`` is a bound of its own.
    """
    limit = XML_ELEMENTS if elements is None else elements
    if data.count(b"<") - data.count(b"</") > limit:
        raise DocumentError("too_complex", path=str(path), limit=limit)
    try:
        try:
            # libxml2's own bounds hold here: a depth of 256, and 10 MB of text in one piece.
            root = etree.fromstring(data, etree.XMLParser(**_SAFE))
        except etree.XMLSyntaxError as error:
            if "huge" not in str(error.msg).lower():
                raise
            root = _parse_long_texts(data, path)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error.msg).lower():
            raise DocumentError("too_deep", path=str(path), limit=XML_DEPTH) from None
        # The usual answer to entities that multiply is a syntax error.
        unsafe = b"<!ENTITY" in data[:_PIECE].replace(b"\0", b"")
        raise DocumentError("document_unsafe" if unsafe else "damaged_document", path=str(path)) from None
    if root is None:
        raise DocumentError("damaged_document", path=str(path))
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentError("document_unsafe", path=str(path))
    return root


def _parse_long_texts(data: bytes, path: Path) -> Any:
    """Five times as slow, with the bounds looked after here."""
    root: Any = None
    depth = 0
    for event, element in _Events(data):
        depth += 1 if event == "start" else -1
        if root is None:
            root = element
            if root.getroottree().docinfo.internalDTD is not None:
                raise DocumentError("document_unsafe", path=str(path))
        if depth > XML_DEPTH:
            raise DocumentError("too_deep", path=str(path), limit=XML_DEPTH)
    return root


class _Events:
    """Start and end events of a document in memory, fed in pieces so that limits apply while it is parsed."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        parser = etree.XMLPullParser(events=("start", "end"), huge_tree=True, **_SAFE)
        for at in range(0, len(self._data), _PIECE):
            parser.feed(self._data[at : at + _PIECE])
            yield from parser.read_events()
        parser.close()
        yield from parser.read_events()


def local(element: Any) -> str:
    """The element's name without its namespace: ``p`` for WordprocessingML's and for its Strict sister's paragraph."""
    tag = element.tag
    return _plain_name(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=4096)
def _plain_name(tag: str) -> str:
    return tag.rpartition("}")[2]


def attribute(element: Any, name: str) -> str | None:
    """The attribute of that local name, in whatever namespace."""
    for key, value in element.attrib.items():
        if _plain_name(key) == name:
            return str(value)
    return None


def children(element: Any, name: str) -> list[Any]:
    """The element's children of that local name."""
    return [item for item in element if local(item) == name]


def child(element: Any, *path: str) -> Any | None:
    """The first child of that local name, its first child of the next name, and so on."""
    for name in path:
        for item in element:
            if local(item) == name:
                element = item
                break
        else:
            return None
    return element


def escape(text: str) -> str:
    """Text for the inside of an HTML element, without the characters that HTML cannot hold."""
    return html.escape(_UNSHOWN.sub("", text), quote=False)


def table(rows: Sequence[Sequence[str]], *, header: bool = False) -> str:
    """An HTML table of cells that are HTML already."""
    out = ["<table>"]
    for number, row in enumerate(rows):
        tag = "th" if header and number == 0 else "td"
        out.append("<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in row) + "</tr>")
    out.append("</table>")
    return "".join(out)
