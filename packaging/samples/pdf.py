"""Typesets a sample as PDF: MuPDF lays out running text; tables, figures and page furniture are drawn here."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pymupdf
from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

from samples.charts import CHARTS, INK, MUTED, RULE, Pen
from samples.source import Block, Directive, Figure, Heading, Paragraph, Table

FONTS = Path("/usr/share/fonts")
LATIN = {
    "serif": FONTS / "truetype/noto/NotoSerif-Regular.ttf",
    "serifbold": FONTS / "truetype/noto/NotoSerif-Bold.ttf",
    "serifitalic": FONTS / "truetype/noto/NotoSerif-Italic.ttf",
    "sans": FONTS / "truetype/noto/NotoSans-Regular.ttf",
    "sansbold": FONTS / "truetype/noto/NotoSans-Bold.ttf",
}
CHINESE = {
    "serif": FONTS / "opentype/noto/NotoSerifCJK-Regular.ttc",
    "sans": FONTS / "opentype/noto/NotoSansCJK-Regular.ttc",
    "sansbold": FONTS / "opentype/noto/NotoSansCJK-Bold.ttc",
}

WIDTH, HEIGHT = 595.28, 841.89  # A4


@dataclass(frozen=True, slots=True)
class Layout:
    """What differs between the samples. ``margin`` is left and right, lengths are points."""

    title: str
    head: tuple[str, str]
    foot: str
    """With ``{page}`` and ``{pages}``."""
    author: str
    subject: str
    language: str
    fonts: dict[str, Path]
    chinese: bool = False
    size: float = 10.5
    leading: float = 1.52
    margin: float = 78
    top: float = 88
    bottom: float = 84
    heading_font: str = "Serif"
    toc_title: str = "Contents"


def _subset(path: Path, characters: str) -> bytes:
    """The face with just the characters that are used; the simplified Chinese face of a collection."""
    if path.suffix == ".ttc":
        font = next(face for face in TTCollection(str(path)).fonts if " SC" in str(face["name"].getDebugName(4)))
    else:
        font = TTFont(str(path))
    options = subset.Options()
    options.layout_features = ["kern", "liga", "locl", "ccmp", "mark", "mkmk"]
    options.recalc_timestamp = False
    options.hinting = False
    # A PDF reader finds the glyphs of a CID-keyed face by CID, MuPDF writes glyph numbers: keep the two the same.
    options.retain_gids = path.suffix == ".ttc"
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    font.recalcTimestamp = False
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


@dataclass(slots=True)
class _Later:
    """Something to be drawn on a page when all running text is placed."""

    page: int
    draw: Callable[[pymupdf.Page], None]


class Typesetter:
    """Typesets ``blocks`` once. All text is placed first; tables, figures and page furniture are drawn afterwards."""

    def __init__(self, layout: Layout, blocks: Sequence[Block]) -> None:
        self.layout = layout
        self.blocks = blocks
        self._fonts: dict[str, bytes] = {}
        self._faces: dict[str, pymupdf.Font] = {}
        self._archive = pymupdf.Archive()
        self._later: list[_Later] = []
        self._headings: list[tuple[int, str, int, float]] = []
        """(level, title, page from 0, y)"""
        self._page = -1
        self._y = 0.0

    def write(self, path: Path) -> None:
        for name, source in self.layout.fonts.items():
            self._fonts[name] = _subset(source, _characters(name, self.layout, self.blocks))
            self._faces[name] = pymupdf.Font(fontbuffer=self._fonts[name])
            self._archive.add((self._fonts[name], f"{name}.otf"))
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / "draft.pdf"
            writer = pymupdf.DocumentWriter(str(draft))
            self._flow(writer)
            writer.close()
            document = pymupdf.open(draft)
            self._furnish(document)
            document.set_metadata(
                {
                    "title": self.layout.title,
                    "author": self.layout.author,
                    "subject": self.layout.subject,
                    "creator": "Docent samples",
                    "producer": "MuPDF",
                    # Fixed, so that the same text gives the same file.
                    "creationDate": "D:20260101000000Z",
                    "modDate": "D:20260101000000Z",
                }
            )
            document.set_language(self.layout.language)
            document.save(path, garbage=4, deflate=True, deflate_fonts=True, use_objstms=1, no_new_id=True)
            document.close()

    # --- running text ---

    def _flow(self, writer: pymupdf.DocumentWriter) -> None:
        self._writer = writer
        self._new_page()
        pending: list[str] = []
        columns: list[str] | None = None
        heads: list[Heading] = []

        def flush(follows: float = 0.0) -> None:
            """Places what is pending; ``follows`` is the height of what must stand on the same page as a heading."""
            nonlocal pending, heads
            if pending:
                body = "".join(pending)
                need = 110.0 if len(body) > 700 else max(110.0, 0.24 * len(body) + 30 + follows)
                self._story(body, heads, need)
            pending, heads = [], []

        for block in self.blocks:
            if isinstance(block, Heading):
                if columns is not None:
                    columns.append(_heading_html(block))
                    continue
                # A heading right below another one stays with it; both go into the outline.
                if len(pending) > len(heads):
                    flush()
                heads.append(block)
                pending.append(_heading_html(block))
            elif isinstance(block, Paragraph):
                kind = ' class="item"' if block.is_item else ""
                (pending if columns is None else columns).append(f"<p{kind}>{block.markup}</p>")
            elif isinstance(block, Table):
                flush(len(block.rows) * (self.layout.size * 1.4 + 8) if len(block.rows) < 18 else 100)
                self._table(block)
            elif isinstance(block, Figure):
                flush()
                self._figure(block)
            elif block.name == "columns":
                flush()
                columns = []
            elif block.name == "/columns":
                self._columns("".join(columns or ()))
                columns = None
            else:
                flush()
                self._directive(block)
        flush()
        self._writer.end_page()

    def _new_page(self) -> None:
        if self._page >= 0:
            self._writer.end_page()
        self._device = self._writer.begin_page(pymupdf.Rect(0, 0, WIDTH, HEIGHT))
        self._page += 1
        self._y = self.layout.top

    @property
    def _area(self) -> pymupdf.Rect:
        layout = self.layout
        return pymupdf.Rect(layout.margin, self._y, WIDTH - layout.margin, HEIGHT - layout.bottom)

    def _make_story(self, body: str, scale: float = 1.0) -> pymupdf.Story:
        return pymupdf.Story(
            f'<html lang="{self.layout.language}"><body lang="{self.layout.language}">{body}</body></html>',
            user_css=_css(self.layout, scale),
            archive=self._archive,
        )

    def _story(self, body: str, heads: Sequence[Heading] = (), need: float = 110.0) -> None:
        if self._area.height < (need if heads else 40) and self._y > self.layout.top:
            self._new_page()
        for index, head in enumerate(heads):
            space = 0.0 if self._y == self.layout.top else 8.0
            self._headings.append((head.level, head.text, self._page, self._y + space + index * 30))
        story = self._make_story(body)
        more = 1
        while more:
            more, filled = story.place(self._area)
            story.draw(self._device)
            self._y = pymupdf.Rect(filled).y1
            if more:
                self._new_page()

    def _columns(self, body: str) -> None:
        """Two balanced columns on the rest of the page."""
        area = self._area
        gap = 22.0
        width = (area.width - gap) / 2

        def place(height: float, device: object) -> bool:
            """Lays the text out in columns of that height; False if it does not fit."""
            story = self._make_story(body, 0.92)
            for x in (area.x0, area.x0 + width + gap):
                more, _ = story.place(pymupdf.Rect(x, area.y0, x + width, area.y0 + height))
                story.draw(device)
                if not more:
                    return True
            return False

        low, high = 40.0, float(area.height)
        if not place(high, None):
            raise ValueError("text in columns must fit on the rest of its page")
        while high - low > 2:
            middle = (low + high) / 2
            low, high = (low, middle) if place(middle, None) else (middle, high)
        place(high, self._device)
        self._y = area.y0 + high + 10

    def _directive(self, block: Directive) -> None:
        if block.name == "page":
            self._new_page()
        elif block.name == "toc":
            page, y = self._page, self._y + 22
            self._later.append(_Later(page, lambda sheet: self._toc(sheet, y)))
        elif block.name == "signatures":
            if self._area.height < 130:
                self._new_page()
            top = self._y + 46
            parties = [[line.strip() for line in part.split(";")] for part in block.argument.split("|")]
            self._later.append(_Later(self._page, lambda sheet: self._signatures(sheet, top, parties)))
            self._y = top + 70
        else:
            raise ValueError(f"unknown directive {block.name}")

    # --- tables and figures ---

    def _table(self, table: Table) -> None:
        size = self.layout.size - 1.3
        line = size * 1.4
        pad = 4.5
        widths = self._widths(table, size)
        rows = [
            [
                self._wrap(cell, "sansbold" if bold else "sans", size, width - 10)
                for cell, width in zip(row, widths, strict=True)
            ]
            for row, bold in zip(table.rows, table.bold, strict=True)
        ]
        heights = [max(len(cell) for cell in row) * line + 2 * pad for row in rows]
        if self._area.height < min(sum(heights) + 12, heights[0] + heights[1] + 60):
            self._new_page()
        if sum(heights) + 12 > self._area.height and sum(heights) < 300:
            self._new_page()
        y = self._y + 6
        for index, (row, height) in enumerate(zip(rows, heights, strict=True)):
            if y + height > HEIGHT - self.layout.bottom:
                self._new_page()
                y = self._y
            self._row(row, widths, y, height, table, index, size)
            y += height
        self._y = y + 14

    def _row(
        self, row: list[list[str]], widths: list[float], y: float, height: float, table: Table, index: int, size: float
    ) -> None:
        bold = table.bold[index]
        left, right = self.layout.margin, WIDTH - self.layout.margin

        def draw(page: pymupdf.Page) -> None:
            pen = self._pen(page)
            if index == 0:
                pen.box(left, y, right, y + height, (0.93, 0.94, 0.96))
            pen.line(left, y + height, right, y + height, MUTED if index == 0 or bold else RULE, 0.6)
            x = left
            for cell, width, to_right in zip(row, widths, table.right, strict=True):
                for number, text in enumerate(cell):
                    base = y + 4.5 + size * 1.05 + number * size * 1.4
                    pen.text(x + width - 5 if to_right else x + 5, base, text, size, bold=bold, anchor=float(to_right))
                x += width

        self._later.append(_Later(self._page, draw))

    def _widths(self, table: Table, size: float) -> list[float]:
        available = WIDTH - 2 * self.layout.margin
        natural = [
            max(
                self._faces["sansbold" if bold else "sans"].text_length(row[column], size) + 12
                for row, bold in zip(table.rows, table.bold, strict=True)
            )
            for column in range(len(table.rows[0]))
        ]
        if sum(natural) <= available:
            spare = (available - sum(natural)) / len(natural)
            return [width + spare for width in natural]
        # Narrow columns keep their width; the wide ones share what is left.
        fair = available / len(natural)
        narrow = sum(width for width in natural if width <= fair)
        wide = sum(width for width in natural if width > fair)
        return [width if width <= fair else (available - narrow) * width / wide for width in natural]

    def _wrap(self, text: str, face: str, size: float, width: float) -> list[str]:
        font = self._faces[face]
        pieces = list(text) if self.layout.chinese else [word + " " for word in text.split(" ")]
        lines, current = [], ""
        for piece in pieces:
            if current and font.text_length((current + piece).rstrip(), size) > width:
                lines.append(current.rstrip())
                current = ""
            current += piece
        return [*lines, current.rstrip()]

    def _figure(self, figure: Figure) -> None:
        height, drawing = CHARTS[figure.name]
        captioned = figure.caption.startswith("Figure")
        if self._area.height < height + 34:
            self._new_page()
        rect = pymupdf.Rect(self.layout.margin, self._y + 8, WIDTH - self.layout.margin, self._y + 8 + height)

        def draw(page: pymupdf.Page) -> None:
            drawing(self._pen(page), rect)

        self._later.append(_Later(self._page, draw))
        self._y = rect.y1 + 8
        if captioned:
            self._story(f'<p class="caption">{figure.caption}</p>')
            self._y += 6
        else:
            self._y += 8

    # --- page furniture ---

    def _pen(self, page: pymupdf.Page) -> Pen:
        for name in ("sans", "sansbold"):
            page.insert_font(fontname=name, fontbuffer=self._fonts[name])
        return Pen(page, self._faces["sans"], self._faces["sansbold"])

    def _furnish(self, document: pymupdf.Document) -> None:
        for later in self._later:
            later.draw(document[later.page])
        total = len(document)
        left, right = self.layout.margin, WIDTH - self.layout.margin
        for number in range(1, total + 1):
            pen = self._pen(document[number - 1])
            if number > 1:
                pen.text(left, 48, self.layout.head[0], 8, MUTED)
                pen.text(right, 48, self.layout.head[1], 8, MUTED, anchor=1)
                pen.line(left, 54, right, 54)
            foot = self.layout.foot.format(page=number, pages=total)
            pen.text(WIDTH / 2, HEIGHT - 44, foot, 8, MUTED, anchor=0.5)
        outline = [
            [max(1, level - 1) if level > 1 else 1, title, page + 1, {"kind": pymupdf.LINK_GOTO, "to": (0, y - 8)}]
            for level, title, page, y in self._headings
            if level > 1
        ]
        document.set_toc(outline)

    def _toc(self, page: pymupdf.Page, y: float) -> None:
        pen = self._pen(page)
        left, right = self.layout.margin, WIDTH - self.layout.margin
        pen.text(left, y, self.layout.toc_title, 10, bold=True)
        y += 8
        for title, number, target in _contents(self._headings):
            y += 15.5
            label = str(number + 1)
            pen.text(left, y, title, 9)
            pen.text(right, y, label, 9, anchor=1)
            start = left + pen.regular.text_length(title, 9) + 6
            page.draw_line((start, y - 0.5), (right - 16, y - 0.5), color=MUTED, width=0.5, dashes="[0.5 3] 0")
            page.insert_link(
                {
                    "kind": pymupdf.LINK_GOTO,
                    "from": pymupdf.Rect(left, y - 10, right, y + 4),
                    "page": number,
                    "to": pymupdf.Point(0, target),
                }
            )

    def _signatures(self, page: pymupdf.Page, y: float, parties: list[list[str]]) -> None:
        pen = self._pen(page)
        width = (WIDTH - 2 * self.layout.margin - 40) / 2
        for column, lines in enumerate(parties):
            x = self.layout.margin + column * (width + 40)
            pen.line(x, y, x + width, y, INK, 0.7)
            for index, text in enumerate(lines):
                pen.text(x, y + 15 + index * 14, text, 9, INK if index == 0 else MUTED, bold=index == 0)


def _contents(headings: list[tuple[int, str, int, float]]) -> Iterator[tuple[str, int, float]]:
    for level, title, page, y in headings:
        if level == 2:
            yield title, page, y


def _heading_html(heading: Heading) -> str:
    # Two spaces between number and title, as in a set contract.
    number, _, title = heading.text.partition(" ")
    text = f"{number}&#160;&#160;{title}" if number.isdigit() else heading.text
    return f"<h{heading.level}>{text}</h{heading.level}>"


def _css(layout: Layout, scale: float) -> str:
    size = layout.size * scale
    align = "text-align: left" if layout.chinese else "text-align: justify; hyphens: auto"
    indent = size * 2
    # Chinese type emphasizes with a sans-serif face.
    bold = "serifbold" if "serifbold" in layout.fonts else "sansbold"
    italic = ""
    if "serifitalic" in layout.fonts:
        italic = "@font-face { font-family: Serif; font-style: italic; src: url(serifitalic.otf); }"
    return f"""
@font-face {{ font-family: Serif; src: url(serif.otf); }}
@font-face {{ font-family: Serif; font-weight: bold; src: url({bold}.otf); }}
{italic}
@font-face {{ font-family: Sans; src: url(sans.otf); }}
@font-face {{ font-family: Sans; font-weight: bold; src: url(sansbold.otf); }}
body {{ margin: 0; font-family: Serif; font-size: {size}pt; line-height: {layout.leading}; }}
p {{ {align}; margin: 0 0 {size * 0.62}pt 0; }}
p.item {{ margin-left: {indent}pt; }}
p.caption {{ font-family: Sans; font-size: {size * 0.82}pt; text-align: left; color: #57606a; }}
h1 {{ font-family: {layout.heading_font}; font-size: {size * 2.35}pt; line-height: 1.2; margin: 26pt 0 16pt 0;
      {"text-align: center;" if layout.chinese else ""} }}
h2 {{ font-family: {layout.heading_font}; font-size: {size * 1.5}pt; line-height: 1.3; margin: 14pt 0 7pt 0; }}
h3 {{ font-family: {layout.heading_font}; font-size: {size * 1.14}pt; line-height: 1.3; margin: 9pt 0 4pt 0; }}
"""


_PRINTABLE = "".join(map(chr, range(0x20, 0x7F))) + "\u00a0£–—‘’“”…ﬀﬁﬂﬃﬄ‐"


def _characters(face: str, layout: Layout, blocks: Sequence[Block]) -> str:
    """The characters that are set in one face; each face carries these alone."""
    parts = [_PRINTABLE]
    heavy = face.endswith("bold")
    if face.startswith("sans") and not heavy:
        parts += [*layout.head, layout.foot]
    if face == "sansbold":
        parts.append(layout.toc_title)
    for block in blocks:
        match block:
            case Heading() if face == f"{layout.heading_font.lower()}bold" or face == "sans":
                parts.append(block.text)  # in "sans" for the table of contents
            case Paragraph():
                styles = {"serif": (False, False), "serifbold": (True, False), "serifitalic": (False, True)}
                if "serifbold" not in layout.fonts:
                    styles["sansbold"] = (True, False)
                parts += [text for text, *style in block.runs if styles.get(face) == tuple(style)]
            case Table() if face.startswith("sans"):
                rows = [row for row, bold in zip(block.rows, block.bold, strict=True) if bold == heavy]
                parts += [cell for row in rows for cell in row]
            case Figure() if face == "sans":
                parts.append(block.caption)
            case Directive() if face.startswith("sans"):
                parts.append(block.argument)
    return "".join(sorted(set("".join(parts))))
