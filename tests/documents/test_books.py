"""EPUB and FictionBook: order, headings and pictures of books, protected and damaged ones."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.documents.host import DocumentHost
from assistant.types import Document
from documents.hostile import check_damaged, outcome
from helpers.make_office_samples import CHAPTERS, epub

Read = Callable[[Path], Document]
DATA = Path(__file__).parents[1] / "data"
PROTECTED = (
    '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData><e:EncryptionMethod Algorithm="{}"/>'
    '<e:CipherData><e:CipherReference URI="OPS/1.xhtml"/></e:CipherData></e:EncryptedData></encryption>'
)


def test_chapters_in_order_each_on_a_new_page(read: Read) -> None:
    document = read(DATA / "lighthouse.epub")
    assert (document.format, document.title) == ("epub", "The Lighthouse")
    assert [(item.title, item.page) for item in document.outline] == [("Arrival", 1), ("Storm", 2)]
    assert document.pages[1].span.of(document.text).split() == ["Storm", "The", "lamp", "went", "out", "at", "two."]


def test_a_long_chapter_loses_nothing(tmp_path: Path, read: Read) -> None:
    words = [f"word{number}" for number in range(40_000)]
    body = "".join(f"<p>{' '.join(words[at : at + 100])}</p>" for at in range(0, len(words), 100))
    document = read(epub(tmp_path / "long.epub", {"a.xhtml": f"<html><body><div>{body}</div></body></html>"}))
    assert document.text.split() == words


def test_protection(tmp_path: Path, host: DocumentHost) -> None:
    more: dict[str, str | bytes] = {
        "META-INF/encryption.xml": PROTECTED.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")
    }
    assert outcome(host, epub(tmp_path / "drm.epub", CHAPTERS, more)) == "book_protected"
    more = {"META-INF/encryption.xml": PROTECTED.format("http://www.idpf.org/2008/embedding")}
    assert not isinstance(outcome(host, epub(tmp_path / "fonts.epub", CHAPTERS, more)), str)


def test_hostile_books(tmp_path: Path, host: DocumentHost) -> None:
    laughs = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>&x;</p></body></html>'
    assert outcome(host, epub(tmp_path / "xxe.epub", {"a.xhtml": laughs})) == "document_unsafe"
    deep = "<html><body>" + "<div>" * 200_000 + "x"
    assert outcome(host, epub(tmp_path / "deep.epub", {"a.xhtml": deep})) == "too_deep"
    end = outcome(host, epub(tmp_path / "bomb.epub", {"a.xhtml": " " * 50_000_000, "b.xhtml": "<html><p>b</p></html>"}))
    assert not isinstance(end, str)
    assert end.text == "b"
    assert [notice.code for notice in end.notices] == ["parts_damaged"]
    path = tmp_path / "outside.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", '<c><rootfile full-path="../../etc/passwd"/></c>')
    assert outcome(host, path) == "no_pages"


def test_a_fictionbook(read: Read) -> None:
    document = read(DATA / "lighthouse.fb2")
    assert (document.format, document.title) == ("fb2", "Маяк")
    assert [(item.level, item.title) for item in document.outline] == [(1, "Маяк"), (2, "Глава первая")]
    assert "Смотритель приехал морем1." in document.text
    assert "На лодке." in document.text


@pytest.mark.parametrize("name", ["lighthouse.epub", "lighthouse.fb2"])
def test_damaged_copies(tmp_path: Path, host: DocumentHost, name: str) -> None:
    check_damaged(host, DATA / name, tmp_path)
