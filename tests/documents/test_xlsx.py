"""Excel: what a person sees in the cells, and sheets that are made to hang their reader."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from assistant.documents.host import DocumentHost
from assistant.documents.number_formats import formatter, general
from assistant.errors import DocumentError
from assistant.jobs import Context
from assistant.types import Document
from documents.hostile import check_damaged, outcome

Read = Callable[[Path], Document]
DATA = Path(__file__).parents[1] / "data"
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def book(path: Path, sheet: str | bytes, *, strings: str = "", compressed: bool = True) -> Path:
    """A workbook of one sheet, whose XML is given."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {NS} xmlns:r="{REL}"><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships><Relationship Id="r1" Type="{REL}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        archive.writestr("xl/sharedStrings.xml", strings or f"<sst {NS}/>")
    return path


def sheet(rows: str, dimension: str = "A1") -> str:
    return f'<worksheet {NS}><dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>'


def test_cells_are_as_the_user_sees_them(read: Read) -> None:
    document = read(DATA / "orders.xlsx")
    assert (document.format, document.title) == ("xlsx", "Orders of the spring")
    assert [item.title for item in document.outline] == ["Orders", "Notes (hidden)"]
    rows = [block.span.of(document.text) for block in document.blocks if block.kind == "table_row"]
    assert rows == [
        "Customer\tOrdered\tAmount\tShare\tPaid",
        "Northwind Ltd\t5 Mar 2024\t1,234.50 EUR\t25.6%\tTRUE",
        "北京某某科技有限公司\t2024-04-30 14:30\t-99.00 EUR\t100%\tFALSE",
        "Sum of a formula that nobody computed\t=SUM(C2:C3)\t#N/A",
        "A remark over all columns, which is longer than the first of them is wide",
        "far from the corner",
    ]
    assert "A2 – Ada: Pays late." in document.text
    assert document.notices == ()


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("General", 0.1 + 0.2, "0.3"),
        ("#,##0.00", 1234567.891, "1,234,567.89"),
        ("0.00%", 0.25625, "25.63%"),
        ("d mmm yyyy", 45000.5, "15 Mar 2023"),
        ("h:mm:ss AM/PM", 45000.75, "6:00:00 PM"),
        ("[h]:mm", 1.5, "36:00"),
        ("mm:ss.0", 0.0012345, "01:46.7"),
        ("$#,##0.00;[Red]-$#,##0.00", -5.5, "-$5.50"),
        ("[$€-407]#,##0.00", 12.3, "€12.30"),
        ('_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)', -3, "(3.00)"),
        ('_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)', 0, "-"),
        ("000-00-0000", 123456789, "123-45-6789"),
        ("# ?/?", 1.25, "1 1/4"),
        ("0.00E+00", 12345, "1.23E+04"),
        ('0.0,,"M"', 12345678, "12.3M"),
        ("[>=1000]#,##0;0.0", 5, "5.0"),
        ("0.0", -0.04, "0.0"),
        ('yyyy"年"m"月"d"日"', 45000, "2023年3月15日"),
        ("yyyy", 1e9, "1000000000"),
    ],
)
def test_number_formats(code: str, value: float, shown: str) -> None:
    assert formatter(code)(value) == shown


def test_numbers_without_a_format() -> None:
    assert [general(value) for value in (1.0, 1.5, 1e20, 0.00001234)] == ["1", "1.5", "1E+20", "1.234E-05"]


def test_a_wide_sheet_goes_on_in_blocks_with_the_first_column(tmp_path: Path, host: DocumentHost) -> None:
    made = Workbook()
    for row in range(3):
        made.active.append([f"key {row}"] + [f"row {row} column {column} with words" for column in range(1, 30)])
    made.save(tmp_path / "wide.xlsx")
    opened = host.open(tmp_path / "wide.xlsx", Context())
    document = host.read(opened, Context())
    assert set(opened.page_sizes) == {(842.0, 595.0)}
    assert len(opened.page_sizes) >= 3
    for page in document.pages:
        text = page.span.of(document.text)
        assert [f"key {row}" in text for row in range(3)] == [True] * 3
    assert all(f"row {row} column {column} with words" in document.text for row in range(3) for column in range(1, 30))
    host.close(opened)


def test_long_cells_lose_nothing_and_highlights_are_exact(tmp_path: Path, host: DocumentHost) -> None:
    words = [f"w{number}" for number in range(3000)]
    rows = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{" ".join(words)}</t></is></c><c r="B1"><v>7</v></c></row>'
    opened = host.open(book(tmp_path / "long.xlsx", sheet(rows)), Context())
    document = host.read(opened, Context())
    assert [word for word in document.text.split() if word.startswith("w")] == words
    page = document.pages[-1]
    text = host.page_text(opened, page.number).result(60)
    shown = "".join(document.text[a:b] for a, b in zip(text.offsets, text.ends, strict=True))
    assert "".join(shown.split()) == "".join(page.span.of(document.text).split())
    host.close(opened)


def test_a_corner_that_lies_and_a_cell_in_the_last_corner(tmp_path: Path, read: Read) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    document = read(book(tmp_path / "corner.xlsx", sheet(rows, "A1:XFD1048576")))
    assert document.text.split() == ["One", "1", "2"]
    assert len(document.pages) <= 2


def test_hostile_workbooks_end(tmp_path: Path, host: DocumentHost) -> None:
    laughs = '<!DOCTYPE a [<!ENTITY l "lol">]>' + sheet("<row><c><v>&l;</v></c></row>")
    assert outcome(host, book(tmp_path / "laughs.xlsx", laughs)) == "document_unsafe"
    outside = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst {NS}><si><t>&x;</t></si></sst>'
    rows = '<row><c t="s"><v>0</v></c></row>'
    assert outcome(host, book(tmp_path / "xxe.xlsx", sheet(rows), strings=outside)) == "document_unsafe"
    deep = sheet("<row>" * 200_000)
    end = outcome(host, book(tmp_path / "deep.xlsx", deep))
    assert not isinstance(end, str)
    assert [notice.code for notice in end.notices] == ["part_damaged"]
    spaces = sheet(" " * 200_000_000 + '<row><c r="B2"><v>5</v></c></row>')
    end = outcome(host, book(tmp_path / "spaces.xlsx", spaces))
    assert not isinstance(end, str)
    assert "5" in end.text
    assert host.process_id is not None


def test_a_string_that_a_thousand_cells_share(tmp_path: Path, host: DocumentHost) -> None:
    strings = f"<sst {NS}><si><t>{'x' * 1_000_000}</t></si></sst>"
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 1001))
    end = outcome(host, book(tmp_path / "shared.xlsx", sheet(rows), strings=strings))
    assert not isinstance(end, str)
    assert [notice.code for notice in end.notices] == ["rows_left_out"]


def test_what_comes_before_the_damage_is_read(tmp_path: Path, read: Read) -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(1, 2000))
    document = read(book(tmp_path / "cut.xlsx", sheet(rows)[:60_000], compressed=False))
    assert "\n1300\n" in document.text
    assert [notice.code for notice in document.notices] == ["part_damaged"]


def test_damaged_copies(tmp_path: Path, host: DocumentHost) -> None:
    check_damaged(host, DATA / "orders.xlsx", tmp_path)


def test_strict_files_and_missing_relations(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "strict.xlsx"
    space = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", f'<x:workbook xmlns:x="{space}"><x:sheets/></x:workbook>')
        rows = '<x:row><x:c t="inlineStr"><x:is><x:t>Strict</x:t></x:is></x:c></x:row>'
        part = f'<x:worksheet xmlns:x="{space}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
        archive.writestr("xl/worksheets/sheet1.xml", part)
    assert "Strict" in read(path).text
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(DocumentError) as caught:
        read(path)
    assert caught.value.code == "damaged_document"
