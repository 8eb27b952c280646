"""Makes the small sheets, texts and books of ``tests/data``: ``python tests/helpers/make_office_samples.py``."""

from __future__ import annotations

import struct
import zipfile
import zlib
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

DATA = Path(__file__).parents[1] / "data"
ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def odf(path: Path, kind: str, body: str, styles: str = "", more: dict[str, str] | None = None) -> Path:
    """A container with nothing but content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        archive.writestr(
            "content.xml",
            f"<?xml version='1.0' encoding='UTF-8'?><office:document-content {ODF}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body>"
            "</office:document-content>",
        )
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return path


def png(width: int = 40, height: int = 20, colour: int = 120, rows: int | None = None) -> bytes:
    """A gray rectangle; with ``rows``, one that has fewer than it says."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    data = (b"\0" + bytes([colour]) * width) * (height if rows is None else rows)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def workbook(path: Path) -> None:
    book = Workbook()
    book.properties.title = "Orders of the spring"
    sheet = book.active
    sheet.title = "Orders"
    sheet.append(["Customer", "Ordered", "Amount", "Share", "Paid"])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.append(["Northwind Ltd", date(2024, 3, 5), 1234.5, 0.256, True])
    sheet.append(["北京某某科技有限公司", datetime(2024, 4, 30, 14, 30), -99, 1, False])
    sheet.append(["Sum of a formula that nobody computed", None, "=SUM(C2:C3)", None, "#N/A"])
    sheet["B2"].number_format = "d mmm yyyy"
    sheet["B3"].number_format = "yyyy-mm-dd hh:mm"
    sheet["C2"].number_format = sheet["C3"].number_format = '#,##0.00 "EUR";[Red]-#,##0.00 "EUR"'
    sheet["D2"].number_format = "0.0%"
    sheet["D3"].number_format = "0%"
    sheet["A2"].comment = Comment("Pays late.", "Ada")
    sheet.merge_cells("A6:E6")
    sheet["A6"] = "A remark over all columns, which is longer than the first of them is wide"
    other = book.create_sheet("Notes")
    other["C5"] = "far from the corner"
    other.sheet_state = "hidden"
    book.save(path)


def epub(path: Path, chapters: dict[str, str], more: dict[str, str | bytes] | None = None) -> Path:
    items = "".join(
        f'<item id="i{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="i{number}"/>' for number in range(len(chapters)))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        )
        archive.writestr(
            "OPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            f"<dc:title>The Lighthouse</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine>"
            "</package>",
        )
        for name, content in {**{f"OPS/{name}": text for name, text in chapters.items()}, **(more or {})}.items():
            archive.writestr(name, content)
    return path


TEXT = (
    "<text:h text:outline-level='1'>Service agreement</text:h>"
    "<text:p>Between <text:span text:style-name='B'>Northwind</text:span> and<text:s text:c='2'/>Südwind"
    "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>A company of Hamburg.</text:p>"
    "</text:note-body></text:note>.<office:annotation><dc:creator>Ada</dc:creator><text:p>Check the name.</text:p>"
    "</office:annotation></text:p>"
    "<text:tracked-changes><text:changed-region><text:deletion><text:p>Old words.</text:p></text:deletion>"
    "</text:changed-region></text:tracked-changes>"
    "<text:list text:style-name='L'><text:list-item><text:p>First duty</text:p></text:list-item>"
    "<text:list-item><text:p>Second duty</text:p></text:list-item></text:list>"
    "<text:p><draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame></text:p>"
    "<table:table><table:table-row><table:table-cell><text:p>Fee</text:p></table:table-cell>"
    "<table:table-cell><text:p>120 EUR</text:p></table:table-cell></table:table-row></table:table>"
    "<text:p>合同自双方签字之日起生效。</text:p>"
)
STYLES = (
    "<style:style style:name='B' style:family='text'><style:text-properties fo:font-weight='bold'/></style:style>"
    "<text:list-style style:name='L'><text:list-level-style-number text:level='1' style:num-format='1'/>"
    "</text:list-style>"
)
SHEET = (
    "<table:table table:name='Stock'><table:table-column table:number-columns-repeated='16384'/>"
    "<table:table-row><table:table-cell office:value-type='string'><text:p>Item</text:p></table:table-cell>"
    "<table:table-cell office:value-type='string'><text:p>Price</text:p></table:table-cell></table:table-row>"
    "<table:table-row><table:table-cell><text:p>Lamp</text:p><office:annotation><dc:creator>Ada</dc:creator>"
    "<text:p>Order more.</text:p></office:annotation></table:table-cell><table:table-cell "
    "office:value-type='currency' office:value='12.5'><text:p>12,50 €</text:p></table:table-cell>"
    "<table:table-cell table:number-columns-repeated='16382'/></table:table-row>"
    "<table:table-row table:number-rows-repeated='1048573'><table:table-cell table:number-columns-repeated='16384'/>"
    "</table:table-row></table:table>"
)
SLIDES = (
    "<draw:page draw:name='one'><draw:frame presentation:class='outline'><draw:text-box><text:list><text:list-item>"
    "<text:p>Growth in all regions</text:p></text:list-item></text:list></draw:text-box></draw:frame>"
    "<draw:frame presentation:class='title'><draw:text-box><text:p>Results of 2024</text:p></draw:text-box>"
    "</draw:frame>"
    "<presentation:notes><draw:frame presentation:class='notes'><draw:text-box><text:p>Speak slowly.</text:p>"
    "</draw:text-box></draw:frame></presentation:notes></draw:page>"
)
RTF = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fcharset134 SimSun;}"
    r"{\f2\fcharset238 Arial CE;}"
    r"{\f3\fcharset128 MS Gothic;}}{\stylesheet{\s0 Normal;}{\s1 heading 1;}}{\info{\title Lease of a flat}}"
    r"\pard\s1 Lease\par\pard\plain The rent is \b 900\b0  \u8364?, payable by J\'fcrgen\footnote Each month.\par"
    r"\pard{\f1 \'ba\'cf\'cd\'ac}\par{\f2 \'f8\'ed\'e8n\'fd}\par{\f3 \'8c\'5f\'96\'f1}\par"
    r"{\v hidden words}{\field{\*\fldinst HYPERLINK http://example.invalid/terms}{\fldrslt terms}}\par"
    r"\trowd\cellx2000\cellx4000\pard\intbl Room\cell 20 m\super 2\nosupersub\cell\row"
    r"\trowd\cellx2000\cellx4000\pard\intbl Kitchen\cell 8 m\cell\row\pard\bin4 }{{}After the binary.\par}"
)
CHAPTERS = {
    "1.xhtml": "<html><head><title>x</title></head><body><h1>Arrival</h1><p>The <i>keeper</i> came by boat.</p>"
    "<img src='light.png' alt=''/><img src='http://example.invalid/a.png'/></body></html>",
    "2.xhtml": "<html><body><h1>Storm</h1><p>The lamp went out<a id='n'/> at two.</p><script>alert(1)</script>"
    "</body></html>",
}
FB2 = (
    '<?xml version="1.0" encoding="windows-1251"?><FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" '
    'xmlns:l="http://www.w3.org/1999/xlink"><description><title-info><book-title>Маяк</book-title><coverpage>'
    '<image l:href="#c"/></coverpage></title-info></description><body><title><p>Маяк</p></title><section><title><p>'
    'Глава первая</p></title><p>Смотритель приехал <emphasis>морем</emphasis><a l:href="#n" type="note">1</a>.</p>'
    "<poem>"
    '<stanza><v>Волна бежит,</v><v>волна стоит.</v></stanza></poem></section></body><body name="notes"><section id="n">'
    "<p>На лодке.</p></section></body></FictionBook>"
)
CSV = 'Name;Amount;Note\n"Müller; Söhne";1.234,50;"two\nlines"\nAcme;-3;x;extra\n'


def main() -> None:
    workbook(DATA / "orders.xlsx")
    odf(DATA / "agreement.odt", "text", TEXT, STYLES)
    odf(DATA / "stock.ods", "spreadsheet", SHEET)
    odf(DATA / "results.odp", "presentation", SLIDES)
    (DATA / "lease.rtf").write_text(RTF, encoding="ascii")
    epub(DATA / "lighthouse.epub", CHAPTERS, {"OPS/light.png": png()})
    (DATA / "lighthouse.fb2").write_text(FB2, encoding="cp1251")
    (DATA / "amounts.csv").write_text(CSV, encoding="cp1252")


if __name__ == "__main__":
    main()
