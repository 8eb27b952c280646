"""PresentationML (PPTX) as parts of HTML: slide by slide, the shapes of each in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.documents.limits import SLIDE_SHAPES, SLIDES, TABLE_SPANS
from assistant.documents.markup import attribute, child, children, escape, local
from assistant.documents.ooxml import graphics
from assistant.documents.ooxml.budget import Budget
from assistant.documents.ooxml.drawingtext import TextBodies, choice
from assistant.documents.ooxml.layout import Parts
from assistant.documents.ooxml.package import Package
from assistant.documents.ooxml.pictures import Pictures, described
from assistant.documents.ooxml.runs import embedded
from assistant.documents.ooxml.styles import number
from assistant.documents.ooxml.wordtables import Cell, Row, lay_out

_CUT_SHAPES = 500
"""Shapes of a slide whose order is looked at closely: cutting one off at a time takes the square of it."""
_EDGES = {"ftr", "hdr", "dt", "sldNum"}
"""Placeholders that stand on each slide alike."""
_PAGE_EMU = 460.0 * 12_700
Box = tuple[float, float, float, float]
"""Left, upper, right, lower edge in EMU of the slide."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """How the shapes of a group are placed on the slide: scale, then shift."""

    across: float = 1.0
    down: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def place(self, box: Box) -> Box:
        x0, y0, x1, y1 = box
        return x0 * self.across + self.x, y0 * self.down + self.y, x1 * self.across + self.x, y1 * self.down + self.y


@dataclass(slots=True)
class _Shape:
    box: Box
    blocks: list[str]
    title: bool = False


@dataclass(frozen=True, slots=True)
class _Level:
    """A layout or master."""

    placeholders: dict[str, Any]
    """Its shapes by their index (``#1``) and by their kind."""
    styles: Any | None
    """A master's ``txStyles``."""


class SlideReader:
    """Reads one presentation, once. Raises DocumentError."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._main = package.main("ppt", "presentation")
        self._root = package.xml(self._main)
        self.pictures = Pictures(package)
        self.budget = Budget()
        self._shapes_left = SLIDE_SHAPES
        self._bodies = TextBodies(self.budget)
        self._levels: dict[str, _Level] = {}
        self._authors = self._find_authors()
        self._edges: dict[str, None] = {}
        size = child(self._root, "sldSz")
        self._width = max(1, number(attribute(size, "cx"), 9_144_000)) if size is not None else 9_144_000
        self._part = ""

    def parts(self) -> list[str]:
        """HTML of the slides; each begins a part, and only a very long one has several."""
        out = Parts()
        for index, part in enumerate(self._slides(), 1):
            root = self._package.optional(part)
            self._part = part
            if root is not None:
                out.extend(self._slide(root, index))
            else:
                out.append(f'<p class="alt">Slide {index}</p>')
            out.cut()
        if self._edges:
            out.extend([f'<p class="edge">{text}</p>' for text in self._edges])
            out.cut()
        return out.found

    def _slides(self) -> list[str]:
        listed = child(self._root, "sldIdLst")
        found: dict[str, None] = {}
        for item in listed if listed is not None else ():
            # The relation's id has the local name of the slide's own.
            key = next((value for name, value in item.attrib.items() if name.endswith("}id")), None)
            part = self._package.target(self._main, key)
            if part is not None:
                found[part] = None
        if not found:
            found = dict.fromkeys(self._package.related(self._main, "slide"))
        return list(found)[:SLIDES]

    def _slide(self, root: Any, index: int) -> list[str]:
        tree = child(root, "cSld", "spTree")
        shapes = list(self._shapes(tree, _Frame())) if tree is not None else []
        titles = [shape for shape in shapes if shape.title]
        blocks = titles[0].blocks if titles else [f'<p class="alt">Slide {index}</p>']
        blocks = list(blocks)
        if root.get("show") in ("0", "false"):
            blocks.append('<p class="alt">Hidden slide</p>')
        for shape in in_reading_order([shape for shape in shapes if shape not in titles[:1]]):
            blocks.extend(shape.blocks)
        notes = self._notes()
        if notes:
            blocks.extend(["<p><b>Notes</b></p>", *notes])
        comments = self._comments()
        if comments:
            blocks.extend(["<p><b>Comments</b></p>", *comments])
        return blocks

    def _model(self, slide: str) -> list[_Level]:
        """What the slide's placeholders inherit: from its layout, then from its master."""
        layout = next(iter(self._package.related(slide, "slideLayout")), None)
        master = next(iter(self._package.related(layout, "slideMaster")), None) if layout is not None else None
        return [self._level(part) for part in (layout, master) if part is not None]

    def _level(self, part: str) -> _Level:
        found = self._levels.get(part)
        if found is None:
            root = self._package.optional(part)
            tree = child(root, "cSld", "spTree") if root is not None else None
            found = _Level(
                _placeholders(tree) if tree is not None else {}, child(root, "txStyles") if root is not None else None
            )
            self._levels[part] = found
        return found

    def _shapes(self, tree: Any, frame: _Frame) -> Iterator[_Shape]:
        for item in tree:
            name = local(item)
            if self._shapes_left <= 0:
                self.budget.note("shapes_left_out", SLIDE_SHAPES)
                return
            if name == "grpSp":
                yield from self._shapes(item, _inner(item, frame))
            elif name == "AlternateContent":
                branch = choice(item)
                if branch is not None:
                    yield from self._shapes(branch, frame)
            elif name in ("nvGrpSpPr", "grpSpPr", "extLst"):
                continue
            else:
                self._shapes_left -= 1
                properties = _properties(item)
                if properties is not None and properties.get("hidden") in ("1", "true"):
                    continue
                shape = self._shape(name, item, frame)
                if shape is not None and shape.blocks:
                    yield shape

    def _shape(self, name: str, item: Any, frame: _Frame) -> _Shape | None:
        box = _box(item)
        if name == "pic":
            return _Shape(frame.place(box or (0, 0, 0, 0)), self._picture(item, box, frame))
        if name == "graphicFrame":
            return _Shape(frame.place(box or (0, 0, 0, 0)), self._graphic(item, box, frame))
        body = child(item, "txBody")
        if body is None:
            # A shape of a kind that is not known yet may still have text somewhere inside.
            body = next((each for each in item.iter() if local(each) == "txBody"), None)
        if body is None:
            filled = child(item, "spPr", "blipFill")
            return (
                _Shape(frame.place(box or (0, 0, 0, 0)), self._picture(item, box, frame))
                if filled is not None
                else None
            )
        holder = _placeholder(item)
        inherited: list[Any] = []
        kind = None
        if holder is not None:
            kind = attribute(holder, "type") or "obj"
        # Titles come first wherever they stand and have no bullets; only the others need layout and master.
        if holder is not None and kind not in _EDGES and kind not in ("title", "ctrTitle"):
            model = self._model(self._part)
            for above in (_match(holder, level.placeholders) for level in model):
                if above is None:
                    continue
                box = box or _box(above)
                style = child(above, "txBody", "lstStyle")
                inherited.extend([style] if style is not None else ())
            styles = [child(level.styles, "bodyStyle") for level in model if level.styles is not None]
            inherited.extend(style for style in styles if style is not None)
        place = frame.place(box or (0, 0, 0, 0))
        if kind in _EDGES:
            self._edge(kind, body)
            return None
        if kind in ("title", "ctrTitle"):
            lines = [self._bodies.line(each) for each in children(body, "p")]
            text = " ".join(html for line in lines if line.characters for html in line.blocks())
            text = text.replace("<br>", " ").strip()
            level = 1 if kind == "ctrTitle" else 2
            return _Shape(place, [f"<h{level}>{text}</h{level}>"] if text else [], title=True)
        return _Shape(place, self._bodies.blocks(body, inherited))

    def _edge(self, kind: str, body: Any) -> None:
        fields = any(local(item) == "fld" for item in body.iter())
        if kind == "sldNum" or (kind == "dt" and fields):
            return
        text = " ".join(html for each in children(body, "p") for html in self._bodies.line(each).blocks()).strip()
        if text and len(self._edges) < 50:
            self._edges[text] = None

    def _picture(self, item: Any, box: Box | None, frame: _Frame) -> list[str]:
        across = (box[2] - box[0]) * abs(frame.across) / self._width if box is not None else 0.0
        properties = _properties(item)
        words = described(properties.get("descr")) if properties is not None else ""
        tag = ""
        for blip in item.iter():
            if local(blip) == "blip" and not tag:
                tag = self.pictures.tag(self._package.target(self._part, attribute(blip, "embed")), across * _PAGE_EMU)
        return [f"<p>{tag}</p>"] * bool(tag) + [f'<p class="alt">{words}</p>'] * bool(words)

    def _graphic(self, item: Any, box: Box | None, frame: _Frame) -> list[str]:
        blocks: list[str] = []
        for each in item.iter():
            name = local(each)
            if name == "tbl":
                blocks.extend(lay_out(self._rows(each)))
            elif name == "chart":
                root = self._first(self._package.target(self._part, attribute(each, "id")))
                blocks.extend(self.budget.blocks(graphics.chart(root)) if root is not None else ())
            elif name == "relIds":
                root = self._first(self._package.target(self._part, attribute(each, "dm")))
                blocks.extend(self.budget.blocks(graphics.diagram(root)) if root is not None else ())
            elif name == "oleObj" and not any(block.startswith('<p class="alt">Embedded') for block in blocks):
                # Twice in the file: as a choice and as its fallback.
                blocks.extend(embedded(self._package, self._part, each))
            elif name == "pic" and not any("<img" in block for block in blocks):
                blocks.extend(self._picture(each, box, frame))
        return blocks

    def _rows(self, element: Any) -> list[Row]:
        rows: list[Row] = []
        settings = child(element, "tblPr")
        head = settings is not None and settings.get("firstRow") in ("1", "true")
        for source in children(element, "tr"):
            row = Row()
            for column, item in enumerate(children(source, "tc")):
                if not self.budget.cell():
                    break
                if item.get("hMerge") in ("1", "true"):
                    pass
                elif item.get("vMerge") in ("1", "true"):
                    row.covered.append((column, column + _span(item, "gridSpan")))
                else:
                    body = child(item, "txBody")
                    blocks = self._bodies.blocks(body) if body is not None else []
                    end = column + _span(item, "gridSpan")
                    row.cells.append(Cell(column, end, blocks, _span(item, "rowSpan"), head=head and not rows))
            rows.append(row)
        for index, row in enumerate(rows):
            for cell in row.cells:
                cell.rows = min(cell.rows, len(rows) - index)
        return rows

    def _first(self, part: str | None) -> Any | None:
        return self._package.optional(self.budget.first(part))

    def _notes(self) -> list[str]:
        blocks: list[str] = []
        for part in self._package.related(self._part, "notesSlide")[:1]:
            root = self._first(part)
            for item in root.iter() if root is not None else ():
                body = child(item, "txBody") if local(item) == "sp" else None
                holder = _placeholder(item) if body is not None else None
                kind = (attribute(holder, "type") or "body") if holder is not None else None
                if body is not None and kind not in _EDGES and kind != "sldImg":
                    blocks.extend(self._bodies.blocks(body))
        return blocks

    def _find_authors(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for kind in ("commentAuthors", "authors"):
            for part in self._package.related(self._main, kind)[:1]:
                root = self._package.optional(part)
                for item in root if root is not None else ():
                    found[item.get("id") or ""] = item.get("name") or ""
        return found

    def _comments(self) -> list[str]:
        blocks: list[str] = []
        for part in self._package.related(self._part, "comments")[:5]:
            root = self._first(part)
            for item in root.iter() if root is not None else ():
                if local(item) not in ("cm", "reply"):
                    continue
                author = self._authors.get(item.get("authorId") or "", "").strip()
                text, body = child(item, "text"), child(item, "txBody")
                if text is not None:
                    html = escape(self.budget.take(" ".join((text.text or "").split())))
                elif body is not None:
                    html = " ".join(each for p in children(body, "p") for each in self._bodies.line(p).blocks())
                else:
                    continue
                day = (item.get("dt") or item.get("created") or "")[:10]
                start = f"Comment{f' by {escape(author)}' if author else ''}{f', {escape(day)}' if day else ''}: "
                if html:
                    blocks.append(f'<p class="note">{start}{html}</p>')
        return blocks


def in_reading_order(shapes: Sequence[_Shape]) -> list[_Shape]:
    """From top to bottom and from left to right: cut at gaps between rows, else at gaps between columns (recursive XY
    cut, Nagy and Seth 1984); what overlaps by its upper left corner."""
    ordered: list[_Shape] = []
    waiting = [list(shapes)]
    while waiting:
        group = waiting.pop()
        for low, high in ((1, 3), (0, 2)):
            pieces = _cut(group, low, high) if 1 < len(group) <= _CUT_SHAPES else []
            if len(pieces) > 1:
                waiting.extend(reversed(pieces))
                break
        else:
            ordered.extend(sorted(group, key=lambda shape: (shape.box[1], shape.box[0])))
    return ordered


def _cut(shapes: list[_Shape], low: int, high: int) -> list[list[_Shape]]:
    pieces: list[list[_Shape]] = []
    until = float("-inf")
    for shape in sorted(shapes, key=lambda each: each.box[low]):
        # Boxes of neighbours touch or overlap by a little.
        slack = 0.1 * (shape.box[high] - shape.box[low])
        if not pieces or shape.box[low] + slack >= until:
            pieces.append([])
        pieces[-1].append(shape)
        until = max(until, shape.box[high])
    return pieces


def _span(item: Any, name: str) -> int:
    return min(TABLE_SPANS, max(1, number(item.get(name), 1)))


def _properties(item: Any) -> Any | None:
    """``cNvPr`` of a shape of any kind."""
    for part in item:
        if local(part).startswith("nv"):
            return child(part, "cNvPr")
    return None


def _placeholder(item: Any) -> Any | None:
    for part in item:
        if local(part).startswith("nv"):
            return child(part, "nvPr", "ph")
    return None


_SAME = {"ctrTitle": "title", "subTitle": "body", "obj": "body"}


def _placeholders(tree: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for shape in tree.iter():
        holder = _placeholder(shape) if local(shape) == "sp" else None
        if holder is not None:
            kind, index = attribute(holder, "type") or "obj", attribute(holder, "idx")
            found.setdefault(_SAME.get(kind, kind), shape)
            if index is not None:
                found.setdefault(f"#{index}", shape)
    return found


def _match(holder: Any, shapes: dict[str, Any]) -> Any | None:
    """The placeholder of a layout or master that ``holder`` inherits from: of its index, else of its kind."""
    kind, index = attribute(holder, "type") or "obj", attribute(holder, "idx")
    found = shapes.get(f"#{index}") if index is not None else None
    return found if found is not None else shapes.get(_SAME.get(kind, kind))


def _transform(item: Any) -> Any | None:
    for part in item:
        name = local(part)
        if name == "xfrm":
            return part
        if name in ("spPr", "grpSpPr"):
            return child(part, "xfrm")
    return None


def _box(item: Any) -> Box | None:
    transform = _transform(item)
    return _extent(transform, "off", "ext") if transform is not None else None


def _extent(transform: Any, offset: str, extent: str) -> Box | None:
    start, size = child(transform, offset), child(transform, extent)
    if start is None or size is None:
        return None
    x, y = float(number(start.get("x"))), float(number(start.get("y")))
    return x, y, x + max(0, number(size.get("cx"))), y + max(0, number(size.get("cy")))


def _inner(group: Any, frame: _Frame) -> _Frame:
    """Where the shapes of a group are: its own box, filled with the box that its shapes are measured in."""
    transform = _transform(group)
    outer = _extent(transform, "off", "ext") if transform is not None else None
    inner = _extent(transform, "chOff", "chExt") if transform is not None else None
    if outer is None or inner is None:
        return frame
    across = (outer[2] - outer[0]) / (inner[2] - inner[0]) if inner[2] > inner[0] else 1.0
    down = (outer[3] - outer[1]) / (inner[3] - inner[1]) if inner[3] > inner[1] else 1.0
    x, y = outer[0] - inner[0] * across, outer[1] - inner[1] * down
    return _Frame(across * frame.across, down * frame.down, x * frame.across + frame.x, y * frame.down + frame.y)
