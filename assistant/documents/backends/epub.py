"""EPUB: the chapters in the order of the spine, each on a new page. Nothing outside of the file is ever fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lxml import etree

from assistant.documents import decode
from assistant.documents.archive import Archive, resolve
from assistant.documents.flow import FlowSource, clean_html
from assistant.documents.flow_parts import Pictures
from assistant.documents.limits import BOOK_CHAPTERS, BOOK_TEXT_MB, MEGABYTE, XML_DEPTH
from assistant.documents.markup import attribute, local, parse_xml
from assistant.errors import DocumentError

_CHAPTER_MB = 10
_PART = 40_000
"""Characters of a chapter that are laid out as one."""
_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Ways to protect fonts, which are no obstacle to reading."""
_IMAGE = re.compile(r"<(?:img|image)\b[^>]*?(?:src|href)\s*=\s*[\"']([^\"']*)[\"'][^>]*>", re.IGNORECASE)
_SVG = re.compile(r"<svg\b[^>]*>(.*?)</svg>", re.IGNORECASE | re.DOTALL)
_HEAD = re.compile(r"<head\b.*?</head>", re.IGNORECASE | re.DOTALL)
_EMPTY = re.compile(r"<(a|span|script|title|i|b|em|div|p|td|th|li)(\s[^<>]*)?/>", re.IGNORECASE)
_BLOCK_END = re.compile(r"(?<=</p>)|(?<=</div>)|(?<=</h[1-6]>)")
_OPEN = re.compile(r"<(/?)(table|ul|ol|blockquote|div|section|article|pre|dl)\b", re.IGNORECASE)
_TEXT = re.compile(r"<[^>]*>")


def load(path: Path, password: str | None) -> FlowSource:
    """Raises DocumentError. ``password`` is not used: books are protected by other means."""
    with Archive(path) as archive:
        book = _Book(path, archive)
        parts = list(book.parts())
        if not parts:
            raise DocumentError("no_pages", path=str(path))
        return FlowSource(path, parts, book.title, new_pages=True, notices=book.notices())


class _Book:
    def __init__(self, path: Path, archive: Archive) -> None:
        self._path = path
        self._archive = archive
        self._pictures = Pictures()
        self._damaged: list[str] = []
        self._left = BOOK_TEXT_MB * MEGABYTE
        self._cut = False
        self.title: str | None = None
        self._refuse_protected()
        self._package = self._find_package()
        self._chapters = self._spine()

    def notices(self) -> list[tuple[str, dict[str, Any]]]:
        found: list[tuple[str, dict[str, Any]]] = list(self._pictures.notices())
        if self._damaged:
            names = ", ".join(self._damaged[:3])
            found.append(("parts_damaged", {"count": len(self._damaged), "names": names}))
        if self._cut:
            found.append(("rows_left_out", {"limit": BOOK_TEXT_MB, "unit": "million characters"}))
        return found

    def parts(self) -> Iterator[str]:
        """Raises DocumentError."""
        for name in self._chapters:
            try:
                data = self._archive.read(name, limit_mb=_CHAPTER_MB)
            except KeyError:
                self._damaged.append(name)
                continue
            except DocumentError as error:
                if error.code not in ("damaged_document", "unpacks_too_large"):
                    raise
                self._damaged.append(name)
                continue
            body = self._chapter(name, data)
            if body is None:
                self._damaged.append(name)
                continue
            if not _TEXT.sub("", body).strip() and "<img" not in body:
                continue
            for part in _divided(body):
                self._left -= len(_TEXT.sub("", part))
                yield part
                if self._left < 0:
                    self._cut = True
                    return

    def _chapter(self, name: str, data: bytes) -> str | None:
        """Clean HTML; None for what is no text."""
        text = decode.text_of(data, decode.declared_charset(data) or "utf-8")
        if text is None:
            return None
        if "<!ENTITY" in text[:65_536]:
            raise DocumentError("document_unsafe", path=str(self._path))
        if _deep(text):
            raise DocumentError("too_deep", path=str(self._path), limit=XML_DEPTH)
        text = _HEAD.sub("", text, count=1)
        # XHTML's empty elements would stay open in HTML.
        text = _EMPTY.sub(r"<\1\2></\1>", text)
        # Covers are often pictures inside a drawing.
        text = _SVG.sub(lambda match: "".join(found[0] for found in _IMAGE.finditer(match[0])), text)
        text = _IMAGE.sub(lambda match: self._image(name, match[1]), text)
        return clean_html(text)

    def _image(self, chapter: str, target: str) -> str:
        part = resolve(chapter, unquote(target.partition("#")[0])) if "://" not in target else None
        if part is None or part not in self._archive:
            return ""
        try:
            return self._pictures.tag(self._archive.read(part, limit_mb=40))
        except DocumentError:
            self._pictures.left_out += 1
            return ""

    def _refuse_protected(self) -> None:
        if "META-INF/rights.xml" in self._archive and "META-INF/encryption.xml" not in self._archive:
            return
        if "META-INF/encryption.xml" not in self._archive:
            return
        root = _forgiving(self._archive.read("META-INF/encryption.xml", limit_mb=5), self._path)
        for element in root.iter() if root is not None else ():
            if local(element) != "EncryptedData":
                continue
            methods = [attribute(each, "Algorithm") for each in element.iter() if local(each) == "EncryptionMethod"]
            if not methods or methods[0] not in _OBFUSCATION:
                raise DocumentError("book_protected", path=str(self._path))

    def _find_package(self) -> str:
        if "META-INF/container.xml" in self._archive:
            root = _forgiving(self._archive.read("META-INF/container.xml", limit_mb=5), self._path)
            for element in root.iter() if root is not None else ():
                target = attribute(element, "full-path") if local(element) == "rootfile" else None
                if target and unquote(target) in self._archive:
                    return unquote(target)
        # Not as it should be, but there may be a book inside.
        found = [name for name in self._archive.names if name.lower().endswith(".opf")]
        return found[0] if found else ""

    def _spine(self) -> list[str]:
        if self._package:
            root = _forgiving(self._archive.read(self._package, limit_mb=20), self._path)
            items: dict[str, tuple[str, str]] = {}
            order: list[str] = []
            for element in root.iter() if root is not None else ():
                name = local(element)
                if name == "item":
                    target = resolve(self._package, unquote((element.get("href") or "").partition("#")[0]))
                    if target is not None:
                        items[element.get("id") or ""] = target, element.get("properties") or ""
                elif name == "itemref":
                    order.append(element.get("idref") or "")
                elif name == "title" and self.title is None and element.text:
                    self.title = " ".join(element.text.split()) or None
            chapters = [items[each][0] for each in order if each in items and "nav" not in items[each][1].split()]
            chapters = list(dict.fromkeys(chapters)) or [items[each][0] for each in order if each in items]
            if any(name in self._archive for name in chapters):
                if len(chapters) > BOOK_CHAPTERS:
                    raise DocumentError("too_many_parts", path=str(self._path), limit=BOOK_CHAPTERS)
                return chapters
        pages = [name for name in self._archive.names if name.lower().endswith((".xhtml", ".html", ".htm"))]
        return sorted(pages)[:BOOK_CHAPTERS]


def _forgiving(data: bytes, path: Path) -> Any:
    """The root of a part that may be damaged; None if it is. A document type without entities is harmless there."""
    try:
        plain = re.sub(rb"<!DOCTYPE[^>\[]*>", b"", data, count=1)
        return parse_xml(plain, path)
    except DocumentError as error:
        if error.code != "damaged_document":
            raise
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _deep(text: str) -> bool:
    """Whether elements are nested so deep that a parser that follows them by recursion would end."""
    depth = deepest = 0
    for match in re.finditer(r"<(/?)[a-zA-Z][^<>]*?(/?)>", text):
        if match[1]:
            depth = max(0, depth - 1)
        elif not match[2] and not match[0][1:4].lower().startswith(("br", "img", "hr")):
            depth += 1
            deepest = max(deepest, depth)
    # Elements that nobody closes count as nested, too; HTML closes most of them by itself.
    return deepest > 40 * XML_DEPTH


def _divided(body: str) -> Iterator[str]:
    """A chapter in parts of a few pages: cut between blocks that stand in no other. The first part alone begins a page,
    so what is cut may leave a page not full."""
    if len(body) <= 4 * _PART:
        yield body
        return
    depth = start = 0
    pieces = _BLOCK_END.split(body)
    pending: list[str] = []
    for piece in pieces:
        pending.append(piece)
        start += len(piece) if "data:image" not in piece else 800
        for match in _OPEN.finditer(piece):
            depth += -1 if match[1] else 1
        if start >= _PART and depth <= 0:
            yield "".join(pending)
            pending, start = [], 0
    if pending:
        yield "".join(pending)
