"""Tables: ruled and unruled ones of PDF, those of laid-out formats; their cells, and CSV that nothing runs."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pymupdf
import pytest

from assistant.documents.host import DocumentHost
from assistant.documents.table_cells import as_csv, as_text, harmless, pages_with_tables, tables
from assistant.jobs import Context
from assistant.types import Document, Table

ROWS = [
    ["Component", "Description of the service", "Annual fee (EUR)"],
    ["Training of the staff in all offices", "Courses held twice a year in Berlin and once in London", "60,000"],
    ["Support", "Help desk from Monday to Friday", "-12,500"],
    ["", "Remote maintenance of the freight reporting system and its interfaces", "=SUM(A1)"],
]
_XS = (72, 160, 380, 480)


def _ruled(path: Path) -> Path:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 60), "The fees below are due within thirty days of the invoice.")
    y = 80
    for row in ROWS:
        for index, cell in enumerate(row):
            box = pymupdf.Rect(_XS[index], y, _XS[index + 1], y + 50)
            page.draw_rect(box, width=0.5)
            inner = pymupdf.Rect(box.x0 + 4, y + 4, box.x1 - 4, y + 50)
            page.insert_textbox(inner, cell, fontsize=10)
        y += 50
    page.insert_text((72, y + 30), "They do not include value added tax.")
    document.save(path)
    return path


def _read(host: DocumentHost, path: Path) -> tuple[Document, list[Table]]:
    opened = host.open(path, Context())
    document = host.read(opened, Context())
    found = []
    for page in pages_with_tables(document):
        found.extend(tables(document, host.page_text(opened, page).result(30)))
    host.close(opened)
    return document, found


def _cells(document: Document, table: Table) -> list[list[str]]:
    return [[cell.of(document.text) for cell in row] for row in table.rows]


def test_cells_of_a_ruled_table_stay_whole_and_in_their_columns(tmp_path: Path, host: DocumentHost) -> None:
    document, (table,) = _read(host, _ruled(tmp_path / "ruled.pdf"))
    assert _cells(document, table) == ROWS
    rows = [block.span.of(document.text) for block in document.blocks if block.kind == "table_row"]
    assert rows == ["\t".join(cell for cell in row if cell) for row in ROWS]
    assert document.text.index("due within") < table.span.start < table.span.end < document.text.index("They do not")
    assert table.cell_at(document.text.index("Berlin")) == (1, 1)
    assert table.cell_at(0) is None
    assert table.box == pytest.approx((76, 84, 470, 280), abs=25)


def test_a_line_that_runs_through_several_cells_is_cut(tmp_path: Path, host: DocumentHost) -> None:
    document = pymupdf.open()
    page = document.new_page()
    for row in range(3):
        for column in range(3):
            page.draw_rect(pymupdf.Rect(72 + 40 * column, 72 + 20 * row, 112 + 40 * column, 92 + 20 * row))
        # One string: its words stand in neighbouring cells with a blank between.
        page.insert_text((74, 86 + 20 * row), f"alpha{row}  beta{row} gamma{row}", fontname="cour", fontsize=9.9)
        page.insert_text((300, 86 + 20 * row), f"aside{row}")
    document.save(tmp_path / "cut.pdf")
    read, found = _read(host, tmp_path / "cut.pdf")
    assert _cells(read, found[0])[0][:1] == ["alpha0"]
    assert all(len(row) == 3 for row in found[0].rows)


def test_a_frame_around_text_is_no_table(tmp_path: Path, host: DocumentHost) -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.draw_rect(pymupdf.Rect(60, 60, 300, 400))
    page.draw_rect(pymupdf.Rect(300, 60, 540, 400))
    words = "Neither of these two columns is a table although a line is drawn around each of them. " * 6
    page.insert_textbox(pymupdf.Rect(66, 66, 294, 394), words)
    page.insert_textbox(pymupdf.Rect(306, 66, 534, 394), words)
    document.save(tmp_path / "frame.pdf")
    read, found = _read(host, tmp_path / "frame.pdf")
    assert found == []
    assert {block.kind for block in read.blocks} == {"paragraph"}


def test_columns_without_rules(tmp_path: Path, host: DocumentHost) -> None:
    rows = [["Measure", "2024", "2023"], ["Cargo", "25.2", "23.8"], ["Ships", "6,318", "6,105"], ["Loss", "", "-4"]]
    document = pymupdf.open()
    page = document.new_page()
    for number, row in enumerate(rows):
        for index, cell in enumerate(row):
            page.insert_text(((72, 250, 350)[index], 100 + 18 * number), cell)
    document.save(tmp_path / "plain.pdf")
    read, (table,) = _read(host, tmp_path / "plain.pdf")
    assert _cells(read, table) == rows


def test_a_table_of_html_keeps_its_cells(host: DocumentHost) -> None:
    path = Path(__file__).parents[1] / "data" / "services-agreement.html"
    document, (table,) = _read(host, path)
    cells = _cells(document, table)
    assert cells[0] == ["Component", "Basis", "Annual fee (EUR)"]
    assert ["Support and maintenance", "Service Levels of Annex B", "110,000"] in cells
    assert cells[-1] == ["Total", "", "1,240,000"]


def test_csv_holds_the_cells_and_runs_nothing(tmp_path: Path, host: DocumentHost) -> None:
    document, (table,) = _read(host, _ruled(tmp_path / "ruled.pdf"))
    rows = list(csv.reader(io.StringIO(as_csv(document, table))))
    assert rows[:3] == ROWS[:3]
    assert rows[3] == ["", ROWS[3][1], "'=SUM(A1)"]
    assert as_text(document, table).splitlines()[2] == "Support\tHelp desk from Monday to Friday\t-12,500"


@pytest.mark.parametrize(
    ("cell", "harmful"),
    [
        ("=1+1", True),
        ("=900", True),
        ("@5", True),
        ("@SUM(A1)", True),
        ("+cmd|' /C calc'!A0", True),
        ("-2+3+cmd|' /C calc'!A0", True),
        ("-HYPERLINK(1)", True),
        ("-1-1", True),
        ("-12,500", False),
        ("+5.9%", False),
        ("-€ 12.50", False),
        ("-0.5 %", False),
        ("a=b", False),
        ("", False),
    ],
)
def test_formulas_are_told_from_numbers(cell: str, harmful: bool) -> None:
    assert harmless(cell) == ("'" + cell if harmful else cell)
