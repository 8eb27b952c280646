"""RTF: code pages, tables, notes, hidden text, and groups without end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.documents.host import DocumentHost
from assistant.types import Document
from documents.hostile import check_damaged, outcome
from helpers.make_office_samples import png

Read = Callable[[Path], Document]
DATA = Path(__file__).parents[1] / "data"


def test_a_text_with_all_that_stands_in_it(read: Read) -> None:
    document = read(DATA / "lease.rtf")
    assert (document.format, document.title) == ("rtf", "Lease of a flat")
    kinds = {block.span.of(document.text): block.kind for block in document.blocks}
    assert kinds["Lease"] == "heading"
    assert kinds["Room\t20 m2"] == kinds["Kitchen\t8 m"] == "table_row"
    for words in ("The rent is 900 €, payable by Jürgen", "合同", "říčný", "契約", "Each month.", "After the binary."):
        assert words in document.text
    assert "terms (http://example.invalid/terms)" in document.text
    assert not any(word in document.text for word in ("hidden", "Arial", "HYPERLINK", "Normal;"))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (rb"{\rtf1\uc2 a\u8211\'96\'20b\u-10179?x\u-8704?xc}", "a–b😀c"),
        (rb"{\rtf1\uc0 \u20013\u25991}", "中文"),
        (rb"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2}", "Привет"),
        (rb"{\rtf1\mac na\'95ve}", "naïve"),
        (rb"{\rtf1{\fonttbl{\f1\fcharset128 MS;}}\f1 \'83A\'83\\}", "アソ"),
        (rb"{\rtf1 one\line two\tab three\~four}", "one two three four"),
        (rb"{\rtf1 a{\*\unknown no}{\deleted gone}b{\pntext 1.\tab}c}", "ab1. c"),
        (rb"{\rtf1 a\par} and more", "a"),
        (rb"{\rtf1 unclosed {\b bold", "unclosed bold"),
    ],
)
def test_characters(tmp_path: Path, read: Read, source: bytes, text: str) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(source)
    assert " ".join(read(path).text.split()) == text


def test_pictures_boxes_and_headers(tmp_path: Path, host: DocumentHost, read: Read) -> None:
    path = tmp_path / "a.rtf"
    picture = png().hex()
    path.write_text(
        r"{\rtf1{\header Draft of May\par}Text{\*\shppict{\pict\pngblip " + picture + r"}}{\nonshppict{\pict 00}}\par"
        r"{\shp{\*\shpinst{\sp{\sn name}{\sv value}}{\shptxt In a box\par}}{\shprslt In a box\par}}\par}",
        encoding="ascii",
    )
    document = read(path)
    assert document.text.split() == ["Text", "In", "a", "box", "Draft", "of", "May"]


def test_groups_without_end_and_other_malice(tmp_path: Path, host: DocumentHost) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(rb"{\rtf1 " + b"{" * 200_000 + b"deep" + b"}" * 200_000 + b" end}")
    end = outcome(host, path)
    assert not isinstance(end, str)
    assert end.text == "deep end"
    path.write_bytes(rb"{\rtf1 " + b"{" * 2_000_000)
    assert outcome(host, path) == "too_deep"
    path.write_bytes(rb"{\rtf1 a\bin999999999 b}")
    assert not isinstance(outcome(host, path), str)
    path.write_bytes(rb"{\rtf1 a\u99999999999999999999999 b\uc999999999 \u65?c}")
    assert not isinstance(outcome(host, path), str)
    path.write_bytes(rb"{\rtf1 }")
    assert outcome(host, path) == "empty_file"


def test_damaged_copies(tmp_path: Path, host: DocumentHost) -> None:
    check_damaged(host, DATA / "lease.rtf", tmp_path)
