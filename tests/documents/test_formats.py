"""Formats without pages, encodings, and every kind of file that is no document."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.documents.host import DocumentHost
from assistant.errors import DocumentError
from assistant.jobs import Context
from assistant.types import Document

Read = Callable[[Path], Document]
CHINESE = "服务合同\n\n甲方：北京某某科技有限公司。本合同自双方签字之日起生效，有效期三年。乙方应当按照约定提供服务。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_text_in_chinese_encodings(tmp_path: Path, read: Read, encoding: str) -> None:
    path = tmp_path / "contract.txt"
    path.write_bytes((CHINESE * 3).encode(encoding))
    document = read(path)
    assert "本合同自双方签字之日起生效，有效期三年。" in document.text
    assert (document.format, document.language) == ("txt", "zh")
    assert {page.source for page in document.pages} == {"layout"}


def test_text_in_big5_and_latin1(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(("本協議由甲乙雙方簽訂。" * 20).encode("big5"))
    assert "本協議由甲乙雙方簽訂。" in read(path).text
    path.write_bytes(
        ("Der Vertrag läuft für drei Jahre und endet früher, wenn die Käuferin kündigt. " * 20).encode("cp1252")
    )
    assert "läuft für drei Jahre" in read(path).text


def test_pages_of_a_long_text_that_were_not_kept_are_the_same_again(tmp_path: Path, host: DocumentHost) -> None:
    path = tmp_path / "long.txt"
    lines = [f"Paragraph {number} of a text " + "that goes on " * (number % 23) for number in range(4400)]
    path.write_text("\n\n".join(lines), encoding="utf-8")
    opened = host.open(path, Context())
    document = host.read(opened, Context())
    assert document.text.split() == " ".join(lines).split()
    assert len(document.pages) > 200, "more than are kept"
    for page in (document.pages[120], document.pages[-1], document.pages[0], document.pages[121]):
        text = host.page_text(opened, page.number).result(60)
        shown = [document.text[a:b] for a, b in zip(text.offsets, text.ends, strict=True)]
        assert "".join("".join(shown).split()) == "".join(page.span.of(document.text).split())
        assert host.render(opened, page.number, 0.2).result(60).page == page.number
    host.close(opened)


def test_a_text_of_many_short_lines_fills_pages_and_loses_none(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "short.txt"
    path.write_text("\n".join(f"line {number}" for number in range(6000)), encoding="utf-8")
    text = read(path).text
    assert all(f"line {number}" in text for number in range(0, 6000, 7))


def test_html_keeps_structure_and_drops_the_rest(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        "<!DOCTYPE html><html><head><title>The Title</title><style>p{}</style></head><body><h1>Main</h1>"
        "<p>Text with <b>bold</b> words. العربية 😀</p><script>alert('no')</script><h2>Second</h2>"
        "<ul><li>one<li>two</ul>"
        "<img src='http://example.invalid/x.png'><img src='file:///etc/passwd'>"
        "<iframe src='file:///etc/passwd'></iframe>"
        "<table><tr><td>a</td><td>b</td></tr></table></body></html>",
        encoding="utf-8",
    )
    document = read(path)
    assert document.title == "The Title"
    assert [(item.level, item.title) for item in document.outline] == [(1, "Main"), (2, "Second")]
    assert "Text with bold words. العربية 😀" in document.text
    assert "alert" not in document.text
    assert "root:" not in document.text
    kinds = [block.kind for block in document.blocks]
    assert kinds.count("heading") == 2
    assert kinds.count("list_item") == 2
    assert "table_row" in kinds


def test_markdown(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "notes.md"
    path.write_text("# Plan\n\nSome *words*.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", encoding="utf-8")
    document = read(path)
    assert document.format == "md"
    assert document.title == "Plan"
    assert "Some words." in document.text


def test_a_row_taller_than_a_page_loses_nothing(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "tall.html"
    lines = "".join(f"<p>Line {number} of the cell</p>" for number in range(200))
    path.write_text(f"<html><body><table><tr><td>{lines}</td></tr></table><p>After it.</p>", encoding="utf-8")
    text = read(path).text
    assert all(f"Line {number} of the cell" in text for number in range(200))
    assert "After it." in text


def test_a_page_without_text_says_so(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "head.html"
    path.write_text("<html><head><title>Only a title</title><meta name='a' content='b'></head><body></body></html>")
    document = read(path)
    assert document.text.strip() == ""
    assert [notice.code for notice in document.notices] == ["no_text"]


def test_nothing_runs_off_the_page(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "wide.html"
    word = "".join(f"x{number:04d}" for number in range(300))
    rows = "".join(f"<td>cell{number}</td>" for number in range(20)), "".join(f"<td>wide{n}</td>" for n in range(90))
    path.write_text(
        f"<html><body><p>{word}</p><pre>{word[::-1]}</pre>"
        + "".join(f"<table><tr>{row}</tr></table>" for row in rows)
        + "<blockquote>" * 40
        + "<p>far inside</p>"
        + "</blockquote>" * 40
        + "<div><i>" * 100
        + "deep down"
        + "</i></div>" * 100
        + "<ul><li>item" * 40
        + "</li></ul>" * 40
        + "</body></html>",
        encoding="utf-8",
    )
    text = read(path).text
    whole = "".join(text.split())
    assert word in whole
    assert word[::-1] in whole
    assert all(f"cell{number}" in text for number in range(20))
    assert all(f"wide{number}" in text for number in range(90))
    assert "farinside" in whole
    assert "deepdown" in whole
    assert text.count("item") == 40


def test_long_documents_go_on_in_the_next_part_where_they_were(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "long.html"
    items = "".join(f"<li>Item {number} of a list that is long</li>" for number in range(3000))
    path.write_text(f"<html><body><div><ol start='5'>{items}</ol></div><p>The end.</p></body></html>")
    text = read(path).text
    assert all(f"{number + 5}. Item {number} of" in " ".join(text.split()) for number in range(0, 3000, 97))
    assert text.rstrip().endswith("The end.")


def test_a_text_with_the_name_of_a_pdf_is_read_as_what_it_is(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "letter.pdf"
    path.write_text("Dear reader,\n\nthis is plain text.\n", encoding="utf-8")
    assert read(path).format == "txt"


def _docx(path: Path, document: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", document)
    return path


def test_a_docx_with_entities_is_refused(tmp_path: Path, read: Read) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document>&a;</w:document>'
    with pytest.raises(DocumentError) as failure:
        read(_docx(tmp_path / "x.docx", bomb))
    assert failure.value.code == "document_unsafe"


def test_files_that_are_no_documents(tmp_path: Path, host: DocumentHost) -> None:
    noise = bytes((i * 37 + i // 7) % 256 for i in range(5000))
    cases = {
        "missing.pdf": (None, "file_not_found"),
        "empty.pdf": (b"", "empty_file"),
        "noise.bin": (noise, "unsupported_format"),
        "noise.pdf": (noise, "damaged_document"),
        "cut.pdf": (b"%PDF-1.7\n1 0 obj\n<</Type/Catalog", "damaged_document"),
        "blank.txt": (b"\n \n\t\n", "empty_file"),
        "picture.png": (b"\x89PNG\r\n\x1a\n" + noise, "damaged_document"),
        "old.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise, "unsupported_format"),
        "locked.docx": (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise + "EncryptedPackage".encode("utf-16-le"),
            "damaged_document",
        ),
        "huge.txt": (b"word " * 10_000_000, "too_large"),
    }
    for name, (content, code) in cases.items():
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(DocumentError) as failure:
            host.open(path, Context())
        assert (name, failure.value.code) == (name, code)
        assert "{" not in str(failure.value)
    with pytest.raises(DocumentError) as failure:
        host.open(tmp_path, Context())
    assert failure.value.code == "is_directory"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_words_longer_than_a_line_are_whole_and_on_the_page(tmp_path: Path, host: DocumentHost, name: str) -> None:
    word = "".join(chr(97 + number * 7 % 26) for number in range(900))
    path = tmp_path / name
    text = f"See {word}&amp;c for more." if name != "a.txt" else f"See {word}&c for more."
    path.write_text(f"<p>{text}</p><p>Second paragraph.</p>" if name == "a.html" else text, encoding="utf-8")
    opened = host.open(path, Context())
    assert f"{word}&c" in "".join(host.read(opened, Context()).text.split())
    boxes = host.page_text(opened, 1).result(60).boxes
    host.close(opened)
    assert boxes[:, 2].max() <= opened.page_sizes[0][0]


def test_arabic_of_our_own_layout_is_as_written(tmp_path: Path, read: Read) -> None:
    text = "الاسم الكامل هو محمد والعقد ساري المفعول لمدة ثلاث سنوات"
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    assert read(path).text == text
    path = tmp_path / "a.html"
    path.write_text(f'<html dir="rtl"><body><p>{text}</p></body></html>', encoding="utf-8")
    assert read(path).text == text
