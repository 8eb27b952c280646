"""WordprocessingML (DOCX) as parts of HTML: one bounded walk over the body and the parts that belong to it.

Tracked changes are as if they were accepted. Notes stand at the end of their section and comments at the end of the
document, so that no sentence is interrupted; headers and footers come once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from assistant.documents import decode
from assistant.documents.flow import clean_html
from assistant.documents.markup import attribute, child, children, escape, local
from assistant.documents.ooxml.counting import number_text
from assistant.documents.ooxml.drawingtext import choice
from assistant.documents.ooxml.inline import Inline
from assistant.documents.ooxml.layout import Parts
from assistant.documents.ooxml.numbering import Numbering
from assistant.documents.ooxml.package import Package
from assistant.documents.ooxml.pictures import Pictures
from assistant.documents.ooxml.runs import Place, Runs
from assistant.documents.ooxml.styles import BOLD, Style, Styles, is_on, number, value
from assistant.documents.ooxml.wordtables import WordTables

_HEADING_LENGTH = 300
_ALT_CHUNK_MB = 5
_PAGE_WORDS = re.compile(r"(?:page|seite|pagina|página|of|von|de|di|sur|第|页|頁|共|[\W\d_])*", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


@dataclass(slots=True)
class _Note:
    label: str
    element: Any
    part: str


@dataclass(slots=True)
class _Paragraph:
    """What is known of a paragraph before its text is."""

    style: Style
    heading: int = 0
    label: str | None = None
    level: int = 0
    backwards: bool = False
    deleted_end: bool = False
    """Its end is deleted: it goes on with the next paragraph."""
    section: Any | None = None


class WordReader:
    """Reads one document, once. Raises DocumentError."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._main = package.main("word", "document")
        self._root = package.xml(self._main)
        self._styles = Styles(self._related("styles"))
        self._numbering = Numbering(self._related("numbering"))
        self.pictures = Pictures(package)
        self.runs = Runs(package, self._styles, self.pictures, self._blocks, self._mark)
        self.runs.part = self._main
        self.tables = WordTables(self._blocks, self.runs.budget)
        self._notes = {
            "footnoteReference": self._by_id("footnotes", "footnote"),
            "endnoteReference": self._by_id("endnotes", "endnote"),
        }
        self._counts = {"footnoteReference": 0, "endnoteReference": 0}
        self._marks: dict[tuple[str, str], str] = {}
        """Of notes that have been referred to: each is shown once."""
        self._waiting: list[_Note] = []
        self._endnotes: list[_Note] = []
        self._edges: dict[str, str] = {}
        """Headers and footers by their text."""
        self._shown_edges: set[str] = set()
        self._class = ""
        self._prefix: str | None = None
        self._in_cells = 0
        self._carried: Inline | None = None

    def parts(self) -> list[str]:
        """The whole document as parts of HTML."""
        out = Parts()
        body = child(self._root, "body")
        if body is None:
            # Some programs leave the body out of what they embed.
            body = self._root
        sections = [item for item in body.iter("{*}sectPr") if local(item.getparent()) in ("pPr", "body")]
        out.extend(self._edge_blocks(sections[:1], first=True))
        self._top(body, out)
        self._flush(self._waiting, out)
        self._flush(self._endnotes, out)
        self._comments(out)
        out.extend(self._edge_blocks(sections, first=False))
        out.cut()
        return out.found

    def _related(self, kind: str) -> Any | None:
        found = self._package.related(self._main, kind)
        # Without relations, where Word puts it.
        return self._package.optional(found[0] if found else str(PurePosixPath(self._main).parent / f"{kind}.xml"))

    def _by_id(self, kind: str, name: str) -> dict[str, _Note]:
        root = self._related(kind)
        part = (self._package.related(self._main, kind) or [str(PurePosixPath(self._main).parent / f"{kind}.xml")])[0]
        found = {}
        for item in children(root, name) if root is not None else ():
            if (attribute(item, "type") or "normal") == "normal":
                found[attribute(item, "id") or ""] = _Note("", item, part)
        return found

    def _top(self, container: Any, out: Parts) -> None:
        """The body's blocks, and its notes after each section."""
        for item in container:
            name = local(item)
            found: list[str] = []
            if name in ("sdt", "customXml", "ins", "moveTo"):
                inner = child(item, "sdtContent") if name == "sdt" else item
                if inner is not None:
                    self._top(inner, out)
                continue
            self._block(name, item, found)
            out.extend(found)
            if name == "p" and child(item, "pPr", "sectPr") is not None:
                self._flush(self._waiting, out)
        self._flush_carried(out.append)

    def _blocks(self, container: Any, out: list[str]) -> None:
        """Paragraphs and tables of a cell, a text box, a note."""
        kept, self._carried = self._carried, None
        for item in container:
            self._block(local(item), item, out)
        self._flush_carried(out.append)
        self._carried = kept

    def _block(self, name: str, item: Any, out: list[str]) -> None:
        if name == "p":
            self._paragraph(item, out)
        elif name == "tbl":
            self._in_cells += 1
            out.extend(self.tables.blocks(item))
            self._in_cells -= 1
        elif name == "sdt":
            content = child(item, "sdtContent")
            for inner in content if content is not None else ():
                self._block(local(inner), inner, out)
        elif name in ("customXml", "ins", "moveTo", "smartTag"):
            for inner in item:
                self._block(local(inner), inner, out)
        elif name == "AlternateContent":
            branch = choice(item)
            for inner in branch if branch is not None else ():
                self._block(local(inner), inner, out)
        elif name == "altChunk":
            out.extend(self._chunk(attribute(item, "id")))
        elif name in ("oMathPara", "oMath", "r", "hyperlink", "commentRangeStart", "commentRangeEnd"):
            # Stray runs; comments that begin between paragraphs.
            at = Place(Inline(), [])
            self.runs.walk([item], at)
            out.extend(f"<p>{html}</p>" for html in at.line.blocks())

    def _paragraph(self, element: Any, out: list[str]) -> None:
        if not self.runs.budget.paragraph():
            return
        known = self._properties(child(element, "pPr"))
        at = Place(Inline(), [], looks=known.style.looks, font=known.style.font)
        if known.heading and not self._in_cells:
            at.looks &= ~BOLD
        if self._carried is not None:
            at.line, self._carried = self._carried, None
        if self._prefix is not None:
            at.line.text(self._prefix)
            self._prefix = None
        self.runs.walk(element, at)
        self.runs.end_paragraph()
        if known.deleted_end:
            self._carried = at.line
        else:
            self._write(known, at.line, out.append)
        if not at.line.characters:
            out.extend(f'<p class="alt">{words}</p>' for words in at.captions)
        out.extend(at.after)

    def _flush_carried(self, write: Callable[[str], None]) -> None:
        if self._carried is not None:
            line, self._carried = self._carried, None
            self._write(_Paragraph(Style()), line, write)

    def _write(self, known: _Paragraph, line: Inline, write: Callable[[str], None]) -> None:
        pieces = line.blocks()
        if not pieces:
            return
        label = f"{escape(known.label)}&#160;" if known.label and line.characters else ""
        tag, opening, closing = "p", "", ""
        if known.heading and line.characters and line.characters <= _HEADING_LENGTH and not self._class:
            if self._in_cells:
                opening, closing = "<b>", "</b>"
            else:
                tag = f"h{min(6, known.heading)}"
        looks = ""
        if tag == "p":
            name = f"i{min(5, known.level)}" if label else ""
            looks = " ".join(filter(None, (self._class, name)))
        attributes = (f' class="{looks}"' if looks else "") + (' dir="rtl"' if known.backwards else "")
        for index, html in enumerate(pieces):
            write(f"<{tag}{attributes}>{opening}{label if index == 0 else ''}{html}{closing}</{tag}>")

    def _properties(self, properties: Any | None) -> _Paragraph:
        if properties is None:
            style = self._styles.paragraph(None)
            return _Paragraph(style, heading=style.heading, backwards=style.backwards)
        found = {local(item): item for item in properties}
        identifier = value(found.get("pStyle"))
        style = self._styles.paragraph(identifier)
        known = _Paragraph(style, heading=1 if style.title else style.heading, backwards=style.backwards)
        outline = value(found.get("outlineLvl"))
        if outline is not None:
            level = number(outline, 9)
            known.heading = level + 1 if 0 <= level < 9 else 0
        if "bidi" in found:
            known.backwards = is_on(found["bidi"])
        mark = found.get("rPr")
        known.deleted_end = mark is not None and (child(mark, "del") is not None or child(mark, "moveFrom") is not None)
        list_of, level_in_list = style.numbering, style.level
        own = found.get("numPr")
        if own is not None:
            list_of = value(child(own, "numId")) or list_of
            declared = value(child(own, "ilvl"))
            level_in_list = number(declared) if declared is not None else level_in_list
        if list_of is not None and list_of != "0":
            if level_in_list is None:
                level_in_list = self._numbering.level_of_style(list_of, identifier or "") if own is None else 0
            known.label = self._numbering.label(list_of, level_in_list)
            known.level = max(0, level_in_list)
        return known

    def _mark(self, kind: str, item: Any) -> str:
        """The sign of a note in the text; the note itself waits for the end of the section."""
        key = kind, attribute(item, "id") or ""
        note = self._notes[kind].get(key[1])
        if note is None:
            return ""
        if key in self._marks:
            return self._marks[key]
        own_sign = is_on(item) if attribute(item, "customMarkFollows") else False
        own_sign = own_sign and (attribute(item, "customMarkFollows") or "").lower() in ("1", "true", "on")
        label = ""
        if not own_sign:
            self._counts[kind] += 1
            count = self._counts[kind]
            label = f"[{count}]" if kind == "footnoteReference" else f"[{number_text(count, 'lowerRoman')}]"
        self._marks[key] = label
        queue = self._waiting if kind == "footnoteReference" else self._endnotes
        queue.append(_Note(label, note.element, note.part))
        return label

    def _flush(self, notes: list[_Note], out: Parts) -> None:
        while notes:
            # A note may refer to another one: those come in the next round.
            waiting, notes[:] = list(notes), []
            for note in waiting:
                out.extend(self._story(note.element, note.part, "note", note.label + "\u00a0" if note.label else None))

    def _story(self, element: Any, part: str, looks: str, prefix: str | None = None) -> list[str]:
        """Blocks of a text that stands beside the body."""
        kept = self.runs.part, self._class
        self.runs.part, self._class, self._prefix = part, looks, prefix
        found: list[str] = []
        self.runs.aside(lambda: self._blocks(element, found))
        self._prefix = None
        self.runs.part, self._class = kept
        return found

    def _comments(self, out: Parts) -> None:
        part = (self._package.related(self._main, "comments") or [""])[0]
        root = self._related("comments")
        first = True
        for item in children(root, "comment") if root is not None else ():
            author = (attribute(item, "author") or "").strip()
            quote = " ".join("".join(self.runs.quotes.get(attribute(item, "id") or "", ())).split())
            about = f" on “{quote[:100]}{'…' if len(quote) > 100 else ''}”" if quote else ""
            day = (attribute(item, "date") or "")[:10]
            start = f"Comment{f' by {author}' if author else ''}{f', {day}' if day else ''}{about}: "
            blocks = self._story(item, part or self._main, "note", start)
            if blocks and first:
                out.append("<p><b>Comments</b></p>")
                first = False
            out.extend(blocks)

    def _edge_blocks(self, sections: Sequence[Any], *, first: bool) -> list[str]:
        """Headers and footers that have not been shown: the first page's header, or all the others."""
        found: list[str] = []
        for section in sections:
            title = is_on(child(section, "titlePg"))
            for item in section:
                name, kind = local(item), attribute(item, "type") or "default"
                if name not in ("headerReference", "footerReference"):
                    continue
                if first and (name != "headerReference" or kind != ("first" if title else "default")):
                    continue
                if kind == "first" and not title:
                    continue
                part = self._package.target(self._main, attribute(item, "id"))
                if part is None or part in self._shown_edges:
                    continue
                self._shown_edges.add(part)
                found.extend(self._edge(part))
        return found

    def _edge(self, part: str) -> list[str]:
        root = self._package.optional(part)
        if root is None:
            return []
        self.runs.edge = True
        blocks = self._story(root, part, "edge")
        self.runs.edge = False
        text = " ".join(_TAG.sub(" ", "".join(blocks)).split())
        if _PAGE_WORDS.fullmatch(text) and "<img" not in "".join(blocks):
            return []
        if text in self._edges and text:
            return []
        self._edges[text] = part
        return blocks

    def _chunk(self, identifier: str | None) -> list[str]:
        """A file of another format that stands for a part of the text."""
        part = self._package.target(self._main, identifier)
        data = self._package.data(part, _ALT_CHUNK_MB)
        if part is None or data is None:
            return []
        suffix = PurePosixPath(part).suffix.lower()
        text = (
            decode.text_of(data, decode.declared_charset(data))
            if suffix in (".html", ".htm", ".xhtml", ".txt")
            else None
        )
        if text is None:
            return [f'<p class="alt">Embedded: {escape(PurePosixPath(part).name)}</p>']
        text = self.runs.budget.take(text)
        if suffix == ".txt":
            return [f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip()]
        return [clean_html(text)]
