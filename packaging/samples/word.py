"""Writes a sample as DOCX, with real heading styles, tables, pictures, header and footer."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import docx
import pymupdf
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph

from samples.charts import CHARTS, Pen
from samples.pdf import LATIN, WIDTH, Layout
from samples.source import Block, Directive, Figure, Heading, Paragraph, Table


def write_docx(layout: Layout, blocks: list[Block], path: Path) -> None:
    document = docx.Document()
    _styles(document)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(27)
    section.header.paragraphs[0].text = "\t".join((layout.head[0], "", layout.head[1]))
    _page_number(section.footer.paragraphs[0])
    for block in blocks:
        match block:
            case Heading():
                document.add_heading(block.text, 0 if block.level == 1 else block.level - 1)
            case Paragraph():
                _runs(document.add_paragraph(), block)
            case Table():
                _table(document, block)
            case Figure():
                document.add_picture(io.BytesIO(_picture(block.name, layout)), width=Mm(156))
                if block.caption.startswith("Figure"):
                    document.add_paragraph(block.caption, style="Caption")
            case Directive():
                if block.name == "page":
                    document.add_page_break()
    properties = document.core_properties
    properties.title, properties.author, properties.subject = layout.title, layout.author, layout.subject
    properties.language = layout.language
    properties.comments, properties.last_modified_by, properties.revision = "", layout.author, 1
    properties.created = properties.modified = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    buffer = io.BytesIO()
    document.save(buffer)
    _without_dates(buffer, path)


def _styles(document: WordDocument) -> None:
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Noto Serif", Pt(10.5)
    normal.paragraph_format.space_after = Pt(7)
    normal.paragraph_format.line_spacing = 1.3
    for name in ("Title", "Heading 1", "Heading 2"):
        style = document.styles[name]
        style.font.name = "Noto Sans"
        style.element.rPr.rFonts.attrib.clear()
        style.font.name = "Noto Sans"
        style.font.color.rgb = RGBColor(0x1B, 0x1F, 0x24)


def _runs(target: WordParagraph, block: Paragraph) -> None:
    for text, bold, italic in block.runs:
        run = target.add_run(text)
        run.bold, run.italic = bold or None, italic or None


def _table(document: WordDocument, block: Table) -> None:
    table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
    for row, bold in zip(block.rows, block.bold, strict=True):
        cells = table.add_row().cells
        for cell, text, right in zip(cells, row, block.right, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(2)
            paragraph.add_run(text).bold = bold or None
            if right:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_paragraph()


def _page_number(paragraph: WordParagraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def _picture(name: str, layout: Layout) -> bytes:
    height, drawing = CHARTS[name]
    width = WIDTH - 2 * layout.margin
    page = pymupdf.open().new_page(width=width, height=height)
    faces = {face: LATIN[face].read_bytes() for face in ("sans", "sansbold")}
    for face, data in faces.items():
        page.insert_font(fontname=face, fontbuffer=data)
    pen = Pen(page, pymupdf.Font(fontbuffer=faces["sans"]), pymupdf.Font(fontbuffer=faces["sansbold"]))
    drawing(pen, page.rect)
    return bytes(page.get_pixmap(dpi=150).tobytes("png"))


def _without_dates(source: io.BytesIO, path: Path) -> None:
    """The same archive with a fixed time on each member, so that the same text gives the same file."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
