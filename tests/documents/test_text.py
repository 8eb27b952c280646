"""Text as a person would read it aloud: columns, hyphens, running heads, tables, ligatures, Chinese."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pymupdf

from assistant.documents.textmap import TextBuilder
from assistant.types import Document
from helpers.pdfs import make_pdf, prose

Read = Callable[[Path], Document]

LEFT = [
    "The first column of this page begins",
    "here and goes on for several lines",
    "that fill it from one side to the other",
    "so that it looks like a column of prose",
    "and the sentence at its end does not",
]
RIGHT = [
    "stop but continues in the column on the",
    "right, where it finally comes to its end.",
    "Another sentence follows it in the same",
    "column and fills some more of the lines",
    "until there is nothing left to be said.",
]


def test_two_columns_are_read_one_after_the_other_and_joined(tmp_path: Path, read: Read) -> None:
    texts = [(150.0, 80.0, "A Title Across Both of the Columns of the Page", 18.0)]
    for left, right in zip(prose(LEFT, 60, 120), prose(RIGHT, 310, 120), strict=True):
        texts += [left, right]
    document = read(make_pdf(tmp_path / "columns.pdf", [texts]))
    assert "does not stop but continues" in document.text
    assert document.text.index("does not stop") < document.text.index("Another sentence")
    assert [block.kind for block in document.blocks] == ["heading", "paragraph"]
    assert document.title == "A Title Across Both of the Columns of the Page"


def test_words_divided_at_line_ends_are_joined_and_real_hyphens_stay(tmp_path: Path, read: Read) -> None:
    lines = [
        "The agreement has an inter-",
        "national scope and covers long-",
        "term supply. The long-term plan and the co-",
        "operation of both the parties are described below.",
    ]
    document = read(make_pdf(tmp_path / "hyphens.pdf", [prose(lines)]))
    assert "an international scope and covers long-term supply. The long-term plan" in document.text
    assert "cooperation of both" in document.text


def test_running_heads_and_page_numbers_never_stand_inside_a_sentence(tmp_path: Path, read: Read) -> None:
    pages = []
    for number in range(1, 6):
        body = [f"Line {row} of page {'abcdef'[number]} goes on and on and fills the line" for row in range(40)]
        body[0] = f"goes on over the end of page {'abcdef'[number - 1]}, and fills the line too well"
        body[-1] = f"and the sentence on page {'abcdef'[number]} that has not yet ended just now"
        body[19] = "Here a paragraph of this page ends, and another one begins."
        texts = [*prose(body[:20], y=90, pitch=16), *prose(body[20:], y=430, pitch=16)]
        texts.append((72.0, 40.0, f"Annual Report 2024 - Chapter {number}", 8.0))
        pages.append([*texts, (290.0, 810.0, f"Page {number} of 5", 8.0)])
    document = read(make_pdf(tmp_path / "heads.pdf", pages))
    kinds = {block.span.of(document.text): block.kind for block in document.blocks}
    assert kinds["Annual Report 2024 - Chapter 3"] == "running_head"
    assert kinds["Page 4 of 5"] == "page_number"
    assert all(f"yet ended just now goes on over the end of page {'abcdef'[n]}," in document.text for n in range(1, 5))
    for page in document.pages:
        assert f"Page {page.number} of 5" in page.span.of(document.text)
        assert f"Chapter {page.number}" in page.span.of(document.text)


def test_table_rows_are_rows_with_tabs_between_cells(tmp_path: Path, read: Read) -> None:
    texts = prose(["These are the prices that the parties have agreed upon for the first year."], y=80)
    for row, cells in enumerate([("Item", "Quantity", "Price"), ("Pump", "4", "1,200"), ("Valve", "16", "340")]):
        texts += [(72.0 + 150 * column, 120.0 + 16 * row, cell, 10.0) for column, cell in enumerate(cells)]
    document = read(make_pdf(tmp_path / "table.pdf", [texts]))
    rows = [block.span.of(document.text) for block in document.blocks if block.kind == "table_row"]
    assert rows == ["Item\tQuantity\tPrice", "Pump\t4\t1,200", "Valve\t16\t340"]


def test_lists_and_headings_by_number(tmp_path: Path, read: Read) -> None:
    texts = [(72.0, 80.0, "1. Scope of the Services", 14.0)]
    texts += prose(["The services are described here, in a sentence that fills one whole line of it."], y=105)
    texts += prose(["1. the first item of the list;", "2. the second item of the list."], x=90, y=130)
    document = read(make_pdf(tmp_path / "list.pdf", [texts]))
    kinds = [block.kind for block in document.blocks]
    assert kinds == ["heading", "paragraph", "list_item", "list_item"]
    assert [item.title for item in document.outline] == ["1. Scope of the Services"]


def test_chinese_lines_are_joined_without_blanks(tmp_path: Path, read: Read) -> None:
    lines = ["本合同由甲乙双方于二〇二四年三月一日在北京市签订，双方应", "当按照约定全面履行自己的义务。"]
    document = read(make_pdf(tmp_path / "zh.pdf", [prose(lines)], font="china-s"))
    assert "双方应当按照约定全面履行" in document.text
    assert document.language == "zh"


def test_pages_partition_the_text_and_blocks_do_not_overlap(tmp_path: Path, read: Read) -> None:
    pages = [prose(LEFT), [], prose(RIGHT)]
    document = read(make_pdf(tmp_path / "three.pdf", pages))
    assert document.pages[0].span.start == 0
    assert document.pages[-1].span.end == len(document.text)
    assert all(a.span.end == b.span.start for a, b in zip(document.pages, document.pages[1:], strict=False))
    assert all(a.span.end <= b.span.start for a, b in zip(document.blocks, document.blocks[1:], strict=False))
    assert [page.source for page in document.pages] == ["layer", "none", "layer"]
    assert document.notices == (), "nothing is drawn on the second page, so nothing is missing"


def test_ligatures_soft_hyphens_and_symbols_keep_their_glyphs() -> None:
    builder = TextBuilder()
    builder.line("the \ufb01rst  of\ufb01ce\xad ", 10)
    builder.line("rs", 40)
    assert builder.text() == "the first officers"
    shown = {}
    for glyph, offset, glyphs, characters in builder.runs:
        if glyphs == characters:
            shown.update({offset + n: glyph + n for n in range(glyphs)})
        else:
            assert glyphs == 1
            shown.update({offset + n: glyph for n in range(characters)})
    assert shown[4] == shown[5] == 14, "both letters of the ligature are one glyph"
    assert shown[6] == 15
    assert shown[len("the first office")] == 40
    assert 25 not in shown.values(), "the soft hyphen shows nothing"


def test_rotated_and_cropped_pages_have_text_at_its_place(tmp_path: Path, read: Read) -> None:
    document = pymupdf.open()
    page = document.new_page(width=595, height=842)
    page.insert_text((100, 200), "Rotated but readable", fontsize=12)
    page.set_rotation(90)
    page = document.new_page(width=595, height=842)
    page.insert_text((100, 200), "Cropped but readable", fontsize=12)
    page.set_cropbox(pymupdf.Rect(50, 150, 400, 400))
    document.save(tmp_path / "turned.pdf")
    result = read(tmp_path / "turned.pdf")
    assert "Rotated but readable" in result.pages[0].span.of(result.text)
    assert "Cropped but readable" in result.pages[1].span.of(result.text)
    assert (result.pages[0].width, result.pages[0].height) == (842, 595)
    assert (result.pages[1].width, result.pages[1].height) == (350, 250)
