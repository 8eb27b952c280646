"""Separated values: separators, encodings, ragged rows, and what only looks like a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.documents.dialect import separator
from assistant.types import Document

Read = Callable[[Path], Document]
DATA = Path(__file__).parents[1] / "data"


def rows(document: Document) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks if block.kind == "table_row"]


def test_quotes_lines_and_ragged_rows(read: Read) -> None:
    document = read(DATA / "amounts.csv")
    assert document.format == "csv"
    assert rows(document) == ["Name\tAmount\tNote", "Müller; Söhne\t1.234,50\ttwo lines", "Acme\t-3\tx\textra"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_separators_and_encodings(tmp_path: Path, read: Read, mark: str, encoding: str) -> None:
    path = tmp_path / "table.csv"
    lines = [["客户", "金额"], ["北京某某科技有限公司", "30"], ["上海公司的合同", "-4"]] * 4
    path.write_bytes("\n".join(mark.join(line) for line in lines).encode(encoding))
    assert rows(read(path))[1] == "北京某某科技有限公司\t30"


def test_prose_is_no_table_whatever_its_name(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "letter.csv"
    path.write_text(
        "Dear reader, this letter has commas, many of them, in fact. It goes on.\n\nHow are you? I am well, thanks.\n"
    )
    assert read(path).format == "txt"
    path = tmp_path / "table.txt"
    path.write_text("a,b\n1,2\n")
    assert read(path).format == "txt"


def test_which_separator() -> None:
    assert separator("a;b;c\n1,5;2,5;3\n") == ";"
    assert separator("sep=|\na,b|c\n") == "|"
    assert separator("one\ntwo\nthree\n") == ","
    assert separator('"a, b",2\n"c, d",3\n') == ","


def test_right_to_left_cells_keep_their_text(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "rtl.csv"
    path.write_text("الثمن,المبلغ\nمرحبا,12\nשלום,13\n", encoding="utf-8")
    text = read(path).text
    assert all(word in text for word in ("الثمن", "المبلغ", "مرحبا", "שלום", "12"))


def test_a_quotation_mark_that_nobody_closes(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "open.csv"
    path.write_text("a,b\n" * 50 + '1,"' + "x y\n" * 400_000)
    document = read(path)
    assert rows(document)[0] == "a\tb"
    assert document.notices


def test_many_rows_are_read_in_full(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "many.csv"
    path.write_text("".join(f"customer {row},{row * 3},2024-01-01\n" for row in range(8000)))
    document = read(path)
    assert rows(document)[-1] == "customer 7999\t23997\t2024-01-01"
    assert len(rows(document)) == 8000
