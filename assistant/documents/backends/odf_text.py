"""The content of an OpenDocument text or presentation as HTML, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from assistant.documents.limits import ODF_REPEATS, ODF_SPACES, TABLE_CELLS
from assistant.documents.markup import attribute, escape, local

_SKIPPED = frozenset(
    (
        *("tracked-changes", "sequence-decls", "variable-decls", "user-field-decls", "forms"),
        *("event-listeners", "title", "desc", "script", "table-of-content-source"),
        *("alphabetical-index-source", "illustration-index-source", "table-index-source"),
        *("user-index-source", "bibliography-source", "object-index-source", "shapes", "scripts"),
        *("dde-connection-decls", "settings", "animations", "par", "seq", "glue-point", "footer-decl"),
        *("header-decl", "date-time-decl", "image-map"),
    )
)
_SHAPES = frozenset(
    (
        *("frame", "custom-shape", "rect", "ellipse", "circle", "line", "polyline", "polygon", "path"),
        *("connector", "caption", "g", "regular-polygon", "measure", "a", "control", "page-thumbnail"),
        *("scene",),
    )
)
_FRAME_CONTENT = ("text-box", "table", "image", "object", "object-ole")


class Writer:
    def __init__(
        self,
        root: Any,
        styles: Any,
        image: Callable[[str], str],
        data_image: Callable[[bytes], str],
        formula: Callable[[str], Any],
    ) -> None:
        self._image = image
        self._data_image = data_image
        self._formula = formula
        self._styles = styles
        self._looks = _Looks(root, styles)
        self._root = root
        self._notes: list[str] = []
        """HTML of notes and comments that were passed since the last were written."""
        self._boxes: list[str] = []
        """Blocks of frames inside a paragraph; they follow it."""
        self._counters: dict[str, int] = {}
        self._cells = TABLE_CELLS

    def text(self, content: Any) -> Iterator[str]:
        """Blocks of ``office:text``, its notes and comments, headers and footers."""
        yield from self._blocks(content)
        yield from self._take_notes()
        yield from self._margins()

    def slides(self, content: Any) -> Iterator[list[str]]:
        """Blocks of each slide."""
        declared = {
            (local(each), attribute(each, "name")): "".join(each.itertext()).strip()
            for each in content
            if local(each) in ("footer-decl", "header-decl", "date-time-decl")
        }
        masters = self._masters()
        number = 0
        for page in content:
            if local(page) != "page":
                continue
            number += 1
            blocks: list[str] = []
            notes: list[str] = []
            for shape in page:
                if local(shape) == "notes":
                    for each in shape:
                        if attribute(each, "class") in (None, "notes"):
                            notes.extend(self._shape(each))
                else:
                    blocks.extend(self._shape(shape))
            heading = next((index for index, block in enumerate(blocks) if block.startswith("<h2>")), None)
            if heading:
                blocks.insert(0, blocks.pop(heading))
            blocks.extend(
                f"<p>{escape(text)}</p>" for text in masters.pop(attribute(page, "master-page-name") or "", [])
            )
            for kind in ("footer", "header", "date-time"):
                text = declared.get((f"{kind}-decl", attribute(page, f"use-{kind}-name")))
                if text:
                    blocks.append(f"<p>{escape(text)}</p>")
            if notes:
                blocks.append(
                    "<blockquote>" + "".join(notes).replace("<h2>", "<p>").replace("</h2>", "</p>") + "</blockquote>"
                )
            blocks.extend(self._take_notes())
            yield blocks

    # --- blocks -----------------------------------------------------------------------------------------------

    def _blocks(self, parent: Any) -> Iterator[str]:
        for element in parent:
            yield from self._block(element)

    def _block(self, element: Any) -> Iterator[str]:
        name = local(element)
        if name in ("p", "h"):
            yield from self._paragraph(element, name)
        elif name == "list":
            yield self._list(element, 1, None)
        elif name == "table":
            yield self._table(element)
        elif name in _SHAPES:
            yield from self._shape(element)
        elif name == "annotation":
            self._annotation(element)
        elif name not in _SKIPPED:
            # Sections, indexes, and whatever else holds blocks.
            yield from self._blocks(element)

    def _paragraph(self, element: Any, name: str) -> Iterator[str]:
        body = self._inline(element)
        tag = "p"
        if name == "h":
            level = attribute(element, "outline-level") or "1"
            tag = f"h{min(6, max(1, int(level)))}" if level.isdigit() and len(level) < 4 else "h1"
        else:
            tag = self._looks.heading(attribute(element, "style-name")) or "p"
        if body.strip():
            yield f"<{tag}>{body}</{tag}>"
        boxes, self._boxes = self._boxes, []
        yield from boxes

    def _list(self, element: Any, level: int, inherited: str | None) -> str:
        style = attribute(element, "style-name") or inherited
        numbered = self._looks.numbered(style, level)
        key = f"{style}/{level}"
        count = self._counters.get(key, 0) if attribute(element, "continue-numbering") == "true" else 0
        start = self._looks.start(style, level) + count
        items = []
        for item in element:
            kind = local(item)
            if kind not in ("list-item", "list-header"):
                continue
            body = "".join(
                self._list(each, level + 1, style) if local(each) == "list" else "".join(self._block(each))
                for each in item
            )
            if not body:
                continue
            if kind == "list-item":
                count += 1
            # A paragraph as the only block of an item would stand below its bullet.
            items.append(f"<li>{_unwrapped(body)}</li>")
        self._counters[key] = count
        if not items:
            return ""
        if level == 1 and len(items) == 1 and items[0].startswith("<li><h"):
            # Numbered headings.
            return items[0].removeprefix("<li>").removesuffix("</li>")
        return f'<ol start="{start}">' + "".join(items) + "</ol>" if numbered else "<ul>" + "".join(items) + "</ul>"

    def _table(self, element: Any) -> str:
        rows: list[str] = []
        for row in self._rows(element):
            cells: list[str] = []
            filled = False
            for cell in row:
                if local(cell) != "table-cell":
                    continue
                spans = "".join(
                    f' {span}="{min(int(value), 1000)}"'
                    for span, value in (
                        ("colspan", attribute(cell, "number-columns-spanned")),
                        ("rowspan", attribute(cell, "number-rows-spanned")),
                    )
                    if value and value.isdigit() and len(value) < 8 and value != "1"
                )
                body = "".join(self._blocks(cell))
                filled = filled or bool(body)
                repeats = _count(attribute(cell, "number-columns-repeated"))
                for _ in range(min(repeats, ODF_REPEATS) if body else min(repeats, 20)):
                    self._cells -= 1
                    cells.append(f"<td{spans}>{_unwrapped(body)}</td>")
                if self._cells < 0:
                    break
            if filled:
                line = "<tr>" + "".join(cells) + "</tr>"
                rows.extend([line] * min(_count(attribute(row, "number-rows-repeated")), ODF_REPEATS))
            if self._cells < 0:
                break
        return "<table>" + "".join(rows) + "</table>" if rows else ""

    def _rows(self, element: Any) -> Iterator[Any]:
        for each in element:
            name = local(each)
            if name == "table-row":
                yield each
            elif name in ("table-header-rows", "table-rows", "table-row-group"):
                yield from self._rows(each)

    def _shape(self, element: Any) -> Iterator[str]:
        name = local(element)
        if name in ("g", "a", "scene"):
            for each in element:
                yield from self._shape(each)
            return
        if name in _SKIPPED:
            return
        if name == "annotation":
            self._annotation(element)
            return
        if attribute(element, "placeholder") == "true":
            return
        if name == "frame":
            yield from self._frame(element)
        elif name in _SHAPES:
            yield from self._blocks(element)

    def _frame(self, element: Any) -> Iterator[str]:
        title = attribute(element, "class") == "title"
        for each in element:
            name = local(each)
            if name not in _FRAME_CONTENT:
                continue
            if name == "text-box":
                blocks = list(self._blocks(each))
                if title and blocks:
                    text = " ".join(_bare(block) for block in blocks)
                    yield f"<h2>{text}</h2>"
                else:
                    yield from blocks
                return
            if name == "table":
                yield self._table(each)
                return
            if name == "image":
                shown = self._picture(each)
                if shown:
                    yield f"<p>{shown}</p>"
                    return
            elif name == "object":
                root = next((child for child in each if local(child) == "math"), None)
                if root is None:
                    root = self._formula((attribute(each, "href") or "").removeprefix("./"))
                if root is not None and local(root) == "math":
                    text = _math(root)
                    if text:
                        yield f"<p>{escape(text)}</p>"
                    return

    def _picture(self, element: Any) -> str:
        target = attribute(element, "href")
        if target:
            return self._image(target.removeprefix("./"))
        data = next((each.text for each in element if local(each) == "binary-data" and each.text), None)
        if data is None:
            return ""
        import binascii

        try:
            return self._data_image(binascii.a2b_base64(data))
        except (binascii.Error, ValueError):
            return ""

    # --- inside a paragraph -----------------------------------------------------------------------------------

    def _inline(self, element: Any) -> str:
        out = [escape(element.text or "")]
        for each in element:
            out.append(self._inline_element(each, local(each)))
            out.append(escape(each.tail or ""))
        return "".join(out)

    def _inline_element(self, element: Any, name: str) -> str:
        if name == "s":
            return " " * min(_count(attribute(element, "c")), ODF_SPACES)
        if name == "tab":
            return " \u2003"
        if name == "line-break":
            return "<br>"
        if name == "span":
            body = self._inline(element)
            if self._looks.hidden(attribute(element, "style-name")):
                return ""
            for tag in self._looks.marks(attribute(element, "style-name")):
                body = f"<{tag}>{body}</{tag}>" if body.strip() else body
            return body
        if name == "note":
            return self._note(element)
        if name == "annotation":
            self._annotation(element)
            return ""
        if name == "frame" and attribute(element, "anchor-type") in ("as-char", None):
            blocks = list(self._shape(element))
            if len(blocks) == 1 and blocks[0].startswith("<p>"):
                return _bare(blocks[0])
            self._boxes.extend(blocks)
            return ""
        if name in _SHAPES and name != "a":
            self._boxes.extend(self._shape(element))
            return ""
        if name in ("ruby-text", "annotation-end", "bookmark", "bookmark-start", "bookmark-end") or name in _SKIPPED - {
            "title"
        }:
            return ""
        return self._inline(element)

    def _note(self, element: Any) -> str:
        mark = ""
        body = ""
        for each in element:
            if local(each) == "note-citation":
                mark = escape("".join(each.itertext()))
            elif local(each) == "note-body":
                body = " ".join(_bare(block) for block in self._blocks(each))
        if body:
            self._notes.append(f"{mark} {body}".strip())
        return f"<sup>{mark}</sup>" if mark else ""

    def _annotation(self, element: Any) -> None:
        author = ""
        text = []
        for each in element:
            if local(each) == "creator":
                author = "".join(each.itertext()).strip()
            elif local(each) in ("p", "list"):
                text.append(" ".join("".join(each.itertext()).split()))
        body = escape(" ".join(text))
        if body:
            self._notes.append(f"{escape(author)}: {body}" if author else body)

    def _take_notes(self) -> Iterator[str]:
        notes, self._notes = self._notes, []
        for note in notes:
            yield f"<p><small>{note}</small></p>"

    # --- headers, footers, masters ----------------------------------------------------------------------------

    def _margins(self) -> Iterator[str]:
        """Headers and footers, each once, after the text."""
        seen: set[str] = set()
        if self._styles is None:
            return
        for element in self._styles.iter():
            if local(element) in ("header", "footer", "header-first", "footer-first", "header-left", "footer-left"):
                if "style" not in str(element.tag) or attribute(element, "display") == "false":
                    continue
                for block in self._blocks(element):
                    if block not in seen:
                        seen.add(block)
                        yield block
        yield from self._take_notes()

    def _masters(self) -> dict[str, list[str]]:
        """Texts of the master pages beside their placeholders."""
        found: dict[str, list[str]] = {}
        if self._styles is None:
            return found
        for master in self._styles.iter():
            if local(master) != "master-page":
                continue
            texts: list[str] = []
            for shape in master:
                kind = attribute(shape, "class")
                if kind in (None, "header", "footer", "date-time") and attribute(shape, "placeholder") != "true":
                    if local(shape) not in _SHAPES:
                        continue
                    texts.extend(_text_of(paragraph) for paragraph in shape.iter() if local(paragraph) == "p")
            found[attribute(master, "name") or ""] = [text for text in texts if text]
        return found


class _Looks:
    """What the styles say: bold, italic, hidden, headings, numbered lists."""

    def __init__(self, root: Any, styles: Any) -> None:
        self._parents: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._marks: dict[str, tuple[str, ...]] = {}
        self._hidden: set[str] = set()
        self._lists: dict[str, dict[int, tuple[bool, int]]] = {}
        for tree in (styles, root):
            if tree is not None:
                for element in tree.iter():
                    name = local(element)
                    if name == "style":
                        self._style(element)
                    elif name == "list-style":
                        self._list_style(element)
                    elif name in ("body", "master-styles"):
                        break

    def _style(self, element: Any) -> None:
        name = attribute(element, "name") or ""
        self._parents[name] = attribute(element, "parent-style-name") or ""
        self._names[name] = (attribute(element, "display-name") or name).replace("_20_", " ")
        for each in element:
            if local(each) != "text-properties":
                continue
            marks = []
            if attribute(each, "font-weight") in ("bold", "600", "700", "800", "900"):
                marks.append("b")
            if attribute(each, "font-style") in ("italic", "oblique"):
                marks.append("i")
            position = attribute(each, "text-position") or ""
            if position.startswith(("super", "sub")):
                marks.append("sup" if position.startswith("super") else "sub")
            self._marks[name] = tuple(marks)
            if attribute(each, "display") == "none":
                self._hidden.add(name)

    def _list_style(self, element: Any) -> None:
        levels = {}
        for each in element:
            level = _count(attribute(each, "level"))
            numbered = local(each) == "list-level-style-number" and bool(attribute(each, "num-format"))
            levels[level] = (numbered, _count(attribute(each, "start-value")))
        self._lists[attribute(element, "name") or ""] = levels

    def heading(self, style: str | None) -> str | None:
        for _ in range(10):
            if not style:
                return None
            name = self._names.get(style, style)
            if name in ("Title", "标题", "Titel", "Titre"):
                return "h1"
            if name == "Subtitle":
                return "h2"
            style = self._parents.get(style)
        return None

    def marks(self, style: str | None) -> tuple[str, ...]:
        return self._marks.get(style or "", ())

    def hidden(self, style: str | None) -> bool:
        return style in self._hidden

    def numbered(self, style: str | None, level: int) -> bool:
        return self._lists.get(style or "", {}).get(level, (False, 1))[0]

    def start(self, style: str | None, level: int) -> int:
        return self._lists.get(style or "", {}).get(level, (False, 1))[1]


def _count(text: str | None) -> int:
    return max(1, int(text)) if text and text.isdigit() and len(text) < 10 else 1


def _bare(block: str) -> str:
    """The inside of a single block."""
    start, end = block.find(">"), block.rfind("<")
    return block[start + 1 : end] if block.startswith("<") and 0 < start < end else block


def _unwrapped(body: str) -> str:
    """A single paragraph without its element."""
    if body.startswith("<p>") and body.endswith("</p>") and body.count("<p>") == 1:
        return body[3:-4]
    if body.startswith("<p>"):
        # The first paragraph beside the bullet, the others below it.
        return body.replace("<p>", "", 1).replace("</p>", "", 1) if body.count("<p>") == 1 else body
    return body


def _math(root: Any) -> str:
    """A formula in one line, without the annotation that repeats it."""
    out: list[str] = []
    for element in root.iter():
        if local(element) in ("mi", "mn", "mo", "mtext", "ms") and element.text:
            out.append(element.text.strip())
    return " ".join(item for item in out if item)


def _text_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
