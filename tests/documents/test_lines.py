"""Lines from MuPDF's JSON, and the words that decide about hyphens."""

from __future__ import annotations

import json

import pymupdf
import pytest

from assistant.documents import mupdf
from assistant.documents.lines import parse
from assistant.documents.paragraphs import Paragraph
from assistant.documents.words import Words
from assistant.errors import Cancelled
from assistant.jobs import Context


def _page_json(lines: list[str]) -> str:
    document = pymupdf.open()
    page = document.new_page()
    for number, line in enumerate(lines):
        page.insert_text((72, 72 + 20 * number), line, fontname="hebo" if number % 2 else "helv", fontsize=10 + number)
    return mupdf.lines_json(page.get_textpage().this)


def test_the_short_way_through_the_json_finds_what_the_whole_json_says() -> None:
    odd = ['He said "yes" \\ no', '{"wmode":0,"bbox":{"x":1}', 'C:\\n"text":"', "caf\u00e9 {}", '"']
    data = _page_json(odd)
    lines, glyphs = parse(data)
    assert [line.text for line in lines] == odd
    assert glyphs == sum(map(len, odd))
    assert [line.bold for line in lines] == [False, True, False, True, False]
    # Written in another way, the short way does not match and the whole JSON is read.
    assert parse(json.dumps(json.loads(data, strict=False))) == (lines, glyphs)


def test_a_page_that_is_no_json_raises_rather_than_losing_lines() -> None:
    data = _page_json(["one", "two"])
    with pytest.raises(ValueError, match="Expecting"):
        parse(data.replace('"wmode":0,"bbox"', '"wmode":0,,"bbox"', 1))


def _paragraph(text: str, hyphens: list[int]) -> Paragraph:
    runs = [(0, 0, len(text), len(text))]
    return Paragraph("paragraph", text, runs, hyphens, 100, False, 0, 100, 0, 0, 2, "other", False, True)


def _divided(text: str) -> Paragraph:
    """``|`` stands for the end of a line."""
    return _paragraph(text.replace("|", ""), [text.index("|") - 1])


def test_the_words_of_all_pages_decide_about_a_hyphen_also_of_pages_before_the_first_one() -> None:
    words = Words(Context())
    words.add([_paragraph("The contractor shall not re-sign.", [])])
    divided, hyphened = _divided("by the contrac-|tor"), _divided("may re-|sign")
    words.add([divided, hyphened])
    assert words.without_hyphens(divided)[0] == "by the contractor"
    assert words.without_hyphens(hyphened)[0] == "may re-sign"


def test_a_divided_word_is_no_evidence_of_its_halves() -> None:
    words = Words(Context())
    divided = _divided("some note-|book")
    words.add([divided, _divided("a note-|worthy book")])
    assert words.without_hyphens(divided)[0] == "some notebook"
    words.add([_paragraph("a note, a book", [])])
    assert words.without_hyphens(divided)[0] == "some note-book"


def test_counting_stops_when_it_is_cancelled() -> None:
    ctx = Context()
    words = Words(ctx)
    words.add([_paragraph("nothing to count", [])])
    ctx.cancel()
    with pytest.raises(Cancelled):
        words.add([_divided("contrac-|tor")])
