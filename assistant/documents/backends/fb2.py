"""FictionBook 2: sections, titles, poems, tables and notes as HTML. Covers are left out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.documents.flow import FlowSource, read_file
from assistant.documents.flow_parts import Pictures, parts_of
from assistant.documents.limits import BOOK_TEXT_MB, MEGABYTE
from assistant.documents.markup import attribute, escape, local, parse_xml
from assistant.errors import DocumentError

_MARKS = {"strong": "b", "emphasis": "i", "strikethrough": "s", "sub": "sub", "sup": "sup", "code": "code"}


def load(path: Path, password: str | None) -> FlowSource:
    """Raises DocumentError. ``password`` is not used."""
    root = parse_xml(read_file(path), path)
    book = _Book(root)
    parts = list(parts_of(book.blocks()))
    if not parts:
        raise DocumentError("empty_file", path=str(path))
    return FlowSource(path, parts, book.title, notices=book.notices())


class _Book:
    def __init__(self, root: Any) -> None:
        self._root = root
        self._pictures = Pictures()
        self._left = BOOK_TEXT_MB * MEGABYTE
        self._binaries = {each.get("id"): each.text or "" for each in root if local(each) == "binary"}
        self.title = next(
            (" ".join("".join(each.itertext()).split()) for each in root.iter() if local(each) == "book-title"), None
        )

    def notices(self) -> list[tuple[str, dict[str, str | int]]]:
        found = self._pictures.notices()
        if self._left < 0:
            found.append(("rows_left_out", {"limit": BOOK_TEXT_MB, "unit": "million characters"}))
        return found

    def blocks(self) -> Iterator[str]:
        for body in self._root:
            if local(body) == "body":
                for block in self._blocks(body, 1):
                    self._left -= len(block) if "data:image" not in block else 0
                    yield block
                    if self._left < 0:
                        return

    def _blocks(self, parent: Any, level: int) -> Iterator[str]:
        for element in parent:
            name = local(element)
            if name == "section":
                yield from self._blocks(element, min(6, level + 1))
            elif name == "title":
                text = "<br>".join(self._inline(each) for each in element if local(each) == "p")
                if text:
                    yield f"<h{level}>{text}</h{level}>"
            elif name == "subtitle":
                yield f"<h{min(6, level + 1)}>{self._inline(element)}</h{min(6, level + 1)}>"
            elif name in ("p", "text-author", "date"):
                body = self._inline(element)
                if body.strip():
                    yield f"<p>{body}</p>"
            elif name == "stanza":
                lines = "<br>".join(self._inline(each) for each in element if local(each) in ("v", "subtitle"))
                yield f"<p>{lines}</p>"
            elif name in ("epigraph", "cite", "annotation"):
                yield "<blockquote>" + "".join(self._blocks(element, level)) + "</blockquote>"
            elif name == "table":
                rows = (each for each in element if local(each) == "tr")
                cells = ("".join(f"<td>{self._inline(cell)}</td>" for cell in row) for row in rows)
                yield "<table>" + "".join(f"<tr>{line}</tr>" for line in cells) + "</table>"
            elif name == "image":
                shown = self._image(element)
                if shown:
                    yield f"<p>{shown}</p>"
            elif name != "empty-line":
                yield from self._blocks(element, level)

    def _inline(self, element: Any) -> str:
        out = [escape(element.text or "")]
        for each in element:
            name = local(each)
            if name == "image":
                out.append(self._image(each))
            else:
                body = self._inline(each)
                tag = _MARKS.get(name)
                if name == "a" and attribute(each, "type") == "note":
                    tag = "sup"
                out.append(f"<{tag}>{body}</{tag}>" if tag and body.strip() else body)
            out.append(escape(each.tail or ""))
        return "".join(out)

    def _image(self, element: Any) -> str:
        data = self._binaries.get((attribute(element, "href") or "").removeprefix("#"))
        if not data:
            return ""
        try:
            return self._pictures.tag(base64.b64decode(data))
        except (binascii.Error, ValueError):
            return ""
