"""What stands inside of a paragraph of WordprocessingML: runs, fields, marks of notes, drawings."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from assistant.documents.limits import PICTURE_MB
from assistant.documents.markup import attribute, child, children, escape, local
from assistant.documents.ooxml import graphics
from assistant.documents.ooxml.budget import Budget
from assistant.documents.ooxml.drawingtext import TextBodies, choice
from assistant.documents.ooxml.formulas import formula
from assistant.documents.ooxml.inline import TAB, Inline
from assistant.documents.ooxml.package import Package
from assistant.documents.ooxml.pictures import Pictures, described
from assistant.documents.ooxml.styles import LINK, RAISED, Styles, font_of, is_on, looks_of, number, value
from assistant.documents.ooxml.symbols import in_font, symbol

_PAGE_FIELD = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
_QUOTE = 100
"""Characters of the text that a comment is about."""
_COMMENTS = 50
"""That may be about the same words."""
_PROGRAMS = {
    "excel": "Excel",
    "word": "Word",
    "powerpoint": "PowerPoint",
    "acroexch": "PDF",
    "visio": "Visio",
    "package": "file",
    "msgraph": "chart",
    "outlook": "message",
}


@dataclass(slots=True)
class Place:
    """Where reading is."""

    line: Inline
    after: list[str]
    """Blocks that follow the paragraph: text boxes, charts."""
    captions: list[str] = field(default_factory=list)
    """What is said about its pictures."""
    looks: int = 0
    font: str | None = None


@dataclass(slots=True)
class _Field:
    shows: bool = False
    """Whether its result has begun; its instruction stands before."""
    instruction: str = ""
    form: Any | None = None
    start: int = 0


class Runs:
    """One document's. ``blocks`` reads paragraphs and tables into a list; ``mark`` notes a footnote or endnote and
    gives the sign that stands for it."""

    def __init__(
        self,
        package: Package,
        styles: Styles,
        pictures: Pictures,
        blocks: Callable[[Any, list[str]], None],
        mark: Callable[[str, Any], str],
    ) -> None:
        self.part = ""
        """The part that is being read, whose relations count."""
        self.edge = False
        """In headers and footers page numbers are left out."""
        self.quotes: dict[str, list[str]] = {}
        """By comment, the text that it is about."""
        self.budget = Budget()
        self._package = package
        self._styles = styles
        self._pictures = pictures
        self._blocks = blocks
        self._mark = mark
        self._fields: list[_Field] = []
        self._commented: set[str] = set()
        self._bodies = TextBodies(self.budget)
        self._handlers: dict[str, Callable[[Any, Place], None]] = {
            "r": self._run,
            "t": self._text,
            "tab": lambda item, at: at.line.text(TAB, at.looks),
            "ptab": lambda item, at: at.line.text(TAB, at.looks),
            "br": self._break,
            "cr": self._break,
            "noBreakHyphen": lambda item, at: at.line.text("\u2011", at.looks),
            "softHyphen": lambda item, at: at.line.text("\u00ad", at.looks),
            "sym": self._symbol,
            "fldChar": self._field_mark,
            "instrText": self._instruction,
            "fldSimple": self._simple_field,
            "footnoteReference": self._note,
            "endnoteReference": self._note,
            "commentRangeStart": self._comment_begins,
            "commentRangeEnd": lambda item, at: self._commented.discard(attribute(item, "id") or ""),
            "hyperlink": self._link,
            "sdt": self._control,
            "sdtContent": self.walk,
            "ins": self.walk,
            "moveTo": self.walk,
            "smartTag": self.walk,
            "customXml": self.walk,
            "dir": self.walk,
            "bdo": self.walk,
            "ruby": self._ruby,
            "oMath": self._formula,
            "oMathPara": self._formula,
            "AlternateContent": self._alternatives,
            "drawing": self._graphic,
            "pict": self._graphic,
            "object": self._graphic,
        }

    def walk(self, element: Any, at: Place) -> None:
        """Everything inside of ``element`` that is shown; deleted and moved text is not among it."""
        handlers = self._handlers
        for item in element:
            handle = handlers.get(local(item))
            if handle is not None:
                handle(item, at)

    def end_paragraph(self) -> None:
        """A field whose instruction does not end with its paragraph is a damaged one: no text is lost to it."""
        self._fields = [item for item in self._fields if item.shows]

    def aside(self, read: Callable[[], None]) -> None:
        """Read another story: its fields are its own."""
        kept, self._fields = self._fields, []
        try:
            read()
        finally:
            self._fields = kept

    def _run(self, run: Any, at: Place) -> None:
        looks, font = at.looks, at.font
        properties = child(run, "rPr")
        if properties is not None:
            style = self._styles.character(value(child(properties, "rStyle")))
            at.looks = looks_of(properties, looks | style.looks)
            at.font = font_of(properties) or style.font or font
        self.walk(run, at)
        at.looks, at.font = looks, font

    def _text(self, item: Any, at: Place) -> None:
        if not item.text or any(not each.shows for each in self._fields):
            return
        if self.edge and any(_PAGE_FIELD.match(each.instruction) for each in self._fields):
            return
        text = in_font(self.budget.take(item.text), at.font)
        at.line.text(text, at.looks)
        for key in self._commented:
            quote = self.quotes.setdefault(key, [])
            if sum(map(len, quote)) < _QUOTE:
                quote.append(text)

    def _break(self, item: Any, at: Place) -> None:
        at.line.line_end()

    def _symbol(self, item: Any, at: Place) -> None:
        try:
            code = int(attribute(item, "char") or "", 16)
        except ValueError:
            return
        at.line.text(symbol(code, attribute(item, "font")), at.looks)

    def _field_mark(self, item: Any, at: Place) -> None:
        kind = attribute(item, "fldCharType")
        if kind == "begin":
            if len(self._fields) < 50:
                self._fields.append(_Field(form=child(item, "ffData"), start=at.line.characters))
        elif self._fields and kind == "separate":
            self._fields[-1].shows = True
        elif self._fields and kind == "end":
            ended = self._fields.pop()
            if ended.form is not None and at.line.characters <= ended.start:
                at.line.text(_form_text(ended.form), at.looks)

    def _instruction(self, item: Any, at: Place) -> None:
        if self._fields and not self._fields[-1].shows:
            self._fields[-1].instruction += (item.text or "")[:200]

    def _comment_begins(self, item: Any, at: Place) -> None:
        if len(self._commented) < _COMMENTS:
            self._commented.add(attribute(item, "id") or "")

    def _simple_field(self, item: Any, at: Place) -> None:
        if not (self.edge and _PAGE_FIELD.match(attribute(item, "instr") or "")):
            self.walk(item, at)

    def _note(self, item: Any, at: Place) -> None:
        mark = self._mark(local(item), item)
        if mark:
            at.line.text(mark, (at.looks | RAISED))

    def _link(self, item: Any, at: Place) -> None:
        looks, at.looks = at.looks, at.looks | LINK
        self.walk(item, at)
        at.looks = looks

    def _control(self, item: Any, at: Place) -> None:
        content = child(item, "sdtContent")
        before = at.line.characters
        if content is not None:
            self.walk(content, at)
        box = child(item, "sdtPr", "checkbox")
        if box is not None and at.line.characters == before:
            at.line.text("☒" if is_on(child(box, "checked")) else "☐", at.looks)

    def _ruby(self, item: Any, at: Place) -> None:
        base, above = child(item, "rubyBase"), child(item, "rt")
        if base is not None:
            self.walk(base, at)
        if above is not None:
            reading = Place(Inline(), at.after)
            self.walk(above, reading)
            if reading.line.characters:
                at.line.text("(", at.looks)
                at.line.extend(reading.line)
                at.line.text(")", at.looks)

    def _formula(self, item: Any, at: Place) -> None:
        lines = self.budget.take(formula(item)).split("\n")
        for index, text in enumerate(lines):
            if index or (local(item) == "oMathPara" and at.line.characters):
                at.line.line_end()
            at.line.text(text, at.looks)
        following = item.getnext()
        if following is not None and local(following) in ("oMath", "oMathPara"):
            at.line.line_end()

    def _alternatives(self, item: Any, at: Place) -> None:
        branch = choice(item)
        if branch is not None:
            self.walk(branch, at)

    def _graphic(self, item: Any, at: Place) -> None:
        self._graphics(item, at, 0)

    def _graphics(self, element: Any, at: Place, width: float) -> None:
        """Everything that is drawn inside of ``element``; ``width`` in EMU is of the drawing around it."""
        for item in element:
            name = local(item)
            if name in ("inline", "anchor"):
                properties = child(item, "docPr")
                if properties is not None and properties.get("hidden") in ("1", "true"):
                    continue
                extent = child(item, "extent")
                self._describe(properties, at)
                self._graphics(item, at, number(attribute(extent, "cx")) if extent is not None else 0)
            elif name == "pic":
                size = child(item, "spPr", "xfrm", "ext")
                own = number(attribute(size, "cx")) if size is not None else 0
                self._graphics(item, at, min(own, width) if own and width else own or width)
            elif name == "blip":
                at.line.markup(self._picture(attribute(item, "embed"), width))
            elif name == "imagedata":
                at.line.markup(self._picture(attribute(item, "id"), _css_width(element)))
            elif name == "textpath":
                text = self.budget.take(attribute(item, "string") or "")
                if text.strip():
                    at.after.append(f"<p>{escape(text)}</p>")
            elif name == "txbxContent":
                self._box(item, at)
            elif name == "txBody":
                at.after.extend(self._bodies.blocks(item))
            elif name == "chart":
                root = self._drawn(attribute(item, "id"))
                at.after.extend(self.budget.blocks(graphics.chart(root)) if root is not None else ())
            elif name == "relIds":
                root = self._drawn(attribute(item, "dm"))
                at.after.extend(self.budget.blocks(graphics.diagram(root)) if root is not None else ())
            elif name == "OLEObject":
                at.after.extend(embedded(self._package, self.part, item))
            elif name == "AlternateContent":
                branch = choice(item)
                if branch is not None:
                    self._graphics(branch, at, width)
            elif name != "extLst":
                self._graphics(item, at, width)

    def _describe(self, properties: Any | None, at: Place) -> None:
        if properties is not None:
            words = described(properties.get("descr")) or described(properties.get("title"))
            if words:
                at.captions.append(words)

    def _picture(self, identifier: str | None, width: float) -> str:
        # A fallback repeats its choice's picture at most; what is linked from outside has no part.
        return self._pictures.tag(self._package.target(self.part, identifier), width)

    def _drawn(self, identifier: str | None) -> Any | None:
        return self._package.optional(self.budget.first(self._package.target(self.part, identifier)))

    def _box(self, content: Any, at: Place) -> None:
        found: list[str] = []
        self.aside(lambda: self._blocks(content, found))
        if found:
            at.after.append('<div class="box">' + "".join(found) + "</div>")


def embedded(package: Package, part: str, item: Any) -> list[str]:
    """A line that names a document inside of the document."""
    program = (attribute(item, "ProgID") or attribute(item, "progId") or "").partition(".")[0]
    target = package.target(part, attribute(item, "id"))
    if program.lower().startswith(("equation", "mathtype", "forms")):
        return []
    kind = _PROGRAMS.get(program.lower(), program)
    name = PurePosixPath(target).name if target is not None else ""
    if kind == "file":
        name = _packed_name(package.data(target, PICTURE_MB)) or name
    label = " · ".join(escape(each[:200]) for each in (name, kind) if each)
    return [f'<p class="alt">Embedded: {label}</p>'] if label else []


def _packed_name(data: bytes | None) -> str:
    """The name of a file that Windows packed into an OLE2 container, "" where it does not say."""
    if data is None:
        return ""
    import olefile

    try:
        with olefile.OleFileIO(data) as container, container.openstream("\x01Ole10Native") as stream:
            head = stream.read(600)
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, RecursionError):
        return ""
    # Size and flags, then the label.
    label = head[6:].partition(b"\0")[0].decode("utf-8", "replace")
    return PurePosixPath(label.replace("\\", "/")).name


def _form_text(form: Any) -> str:
    """What an old form field shows that has no result of its own."""
    box = child(form, "checkBox")
    if box is not None:
        checked = child(box, "checked")
        return "☒" if is_on(checked if checked is not None else child(box, "default")) else "☐"
    choices = child(form, "ddList")
    if choices is not None:
        entries = [value(item) or "" for item in children(choices, "listEntry")]
        index = number(value(child(choices, "result")))
        return entries[index] if 0 <= index < len(entries) else ""
    text = child(form, "textInput", "default")
    return value(text) or ""


def _css_width(shape: Any) -> float:
    """EMU of a VML shape."""
    found = re.search(r"(?:^|;)\s*width:\s*([\d.]+)(pt|in|cm|mm|px)?", attribute(shape, "style") or "")
    if found is None:
        return 0.0
    unit = {"in": 914_400, "cm": 360_000, "mm": 36_000, "px": 9_525}.get(found[2] or "", 12_700)
    try:
        return float(found[1]) * unit
    except ValueError:
        return 0.0
