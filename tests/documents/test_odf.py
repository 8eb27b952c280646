"""OpenDocument: structure of texts, sheets that repeat without end, slides with notes."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.documents.host import DocumentHost
from assistant.errors import DocumentError
from assistant.types import Document
from documents.hostile import check_damaged, outcome
from helpers.make_office_samples import ODF, SHEET, STYLES, TEXT, odf, png

Read = Callable[[Path], Document]
DATA = Path(__file__).parents[1] / "data"


def test_a_text_with_all_that_stands_in_it(read: Read) -> None:
    document = read(DATA / "agreement.odt")
    assert document.format == "odf"
    kinds = {block.span.of(document.text): block.kind for block in document.blocks}
    assert kinds["Service agreement"] == "heading"
    assert kinds["1. First duty"] == kinds["2. Second duty"] == "list_item"
    assert kinds["Fee\t120 EUR"] == "table_row"
    for words in (
        "Northwind and Südwind",
        "In a box.",
        "合同自双方签字之日起生效。",
        "A company of Hamburg.",
        "Ada: Check",
    ):
        assert words in document.text
    assert "Ada: Check the name." in document.text
    assert "Old words" not in document.text


def test_the_flat_file_is_the_same(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "agreement.fodt"
    path.write_text(
        f"<?xml version='1.0'?><office:document {ODF}><office:automatic-styles>{STYLES}</office:automatic-styles>"
        f"<office:body><office:text>{TEXT}</office:text></office:body></office:document>",
        encoding="utf-8",
    )
    assert read(path).text == read(DATA / "agreement.odt").text
    path = tmp_path / "stock.fods"
    path.write_text(
        f"<?xml version='1.0'?><office:document {ODF}><office:body><office:spreadsheet>{SHEET}</office:spreadsheet>"
        "</office:body></office:document>",
        encoding="utf-8",
    )
    assert read(path).text == read(DATA / "stock.ods").text


def test_a_million_repeated_cells_cost_nothing(read: Read) -> None:
    document = read(DATA / "stock.ods")
    assert document.text == "Stock\n\nItem\tPrice\nLamp\t12,50 €\n\nAda: Order more."
    assert len(document.pages) == 1


def test_repeated_text_is_clipped(tmp_path: Path, read: Read) -> None:
    cells = "<table:table-cell table:number-columns-repeated='16384'><text:p>x</text:p></table:table-cell>"
    body = (
        "<table:table table:name='T'><table:table-row table:number-rows-repeated='1048576'>"
        f"{cells}</table:table-row></table:table>"
    )
    document = read(odf(tmp_path / "repeat.ods", "spreadsheet", body))
    assert 500 <= document.text.count("x") <= 1_000_000


def test_slides_with_titles_and_notes(read: Read) -> None:
    document = read(DATA / "results.odp")
    assert [item.title for item in document.outline] == ["Results of 2024"]
    assert document.text.index("Results") < document.text.index("Growth") < document.text.index("Speak slowly.")


def test_pictures_are_shown_and_bombs_are_not(tmp_path: Path, read: Read) -> None:
    frame = "<text:p>a<draw:frame><draw:image xlink:href='Pictures/{}' xmlns:xlink='x'/></draw:frame></text:p>"
    huge = png(50_000, 50_000, rows=1)
    with zipfile.ZipFile(
        odf(tmp_path / "p.odt", "text", frame.format("a.png") + frame.format("b.png")), "a"
    ) as archive:
        archive.writestr("Pictures/a.png", png())
        archive.writestr("Pictures/b.png", huge)
    document = read(tmp_path / "p.odt")
    assert document.text.split() == ["a", "a"]
    assert [notice.code for notice in document.notices] == ["pictures_left_out"]


def test_encrypted_and_hostile_files(tmp_path: Path, host: DocumentHost) -> None:
    manifest = {"META-INF/manifest.xml": "<manifest><file-entry><encryption-data/></file-entry></manifest>"}
    assert outcome(host, odf(tmp_path / "locked.odt", "text", TEXT, more=manifest)) == "office_encrypted"
    deep = "<text:section>" * 200_000 + "</text:section>" * 200_000
    assert outcome(host, odf(tmp_path / "deep.odt", "text", deep)) in ("too_deep", "damaged_document")
    path = tmp_path / "laughs.odt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')
    assert outcome(host, path) == "document_unsafe"
    spaces = "<text:p>a" + "<text:s text:c='999999999'/>" * 1000 + "b</text:p>"
    end = outcome(host, odf(tmp_path / "spaces.odt", "text", spaces))
    assert not isinstance(end, str)
    assert end.text.split() == ["a", "b"]


def test_bombs_of_zeros(tmp_path: Path, host: DocumentHost) -> None:
    end = outcome(host, odf(tmp_path / "bomb.odt", "text", " " * 200_000_000))
    assert end == "unpacks_too_large"


@pytest.mark.parametrize("name", ["agreement.odt", "stock.ods", "results.odp"])
def test_damaged_copies(tmp_path: Path, host: DocumentHost, name: str) -> None:
    check_damaged(host, DATA / name, tmp_path)


def test_a_container_without_content(tmp_path: Path, read: Read) -> None:
    with zipfile.ZipFile(tmp_path / "a.odt", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    with pytest.raises(DocumentError) as caught:
        read(tmp_path / "a.odt")
    assert caught.value.code == "damaged_document"
