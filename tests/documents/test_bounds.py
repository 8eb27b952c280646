"""What hostile containers and XML end as, below all formats that are made of them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from assistant.documents.archive import Archive, part_name, resolve
from assistant.documents.markup import escape, local, parse_xml
from assistant.errors import DocumentError

HERE = Path("part.xml")
LAUGHS = b'<!DOCTYPE a [<!ENTITY l0 "lol">' + b"".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">'.encode() for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<a>" * 200_000 + b"</a>" * 200_000, "too_deep"),
        (b"<a>" * 300 + b"</a>" * 300, "too_deep"),
        (LAUGHS + b"]><a>&l9;</a>", "document_unsafe"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "document_unsafe"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16"), "document_unsafe"),
        (b"<a><b>", "damaged_document"),
        (b"", "damaged_document"),
    ],
    ids=["deep", "rather deep", "laughs", "outside", "utf-16", "cut off", "empty"],
)
def test_xml_in_bounds(data: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_xml(data, HERE)
    assert caught.value.code == code


def test_xml_of_too_many_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.documents.markup.XML_ELEMENTS", 1000)
    assert len(parse_xml(b"<a>" + b"<b/>" * 999 + b"</a>", HERE)) == 999
    with pytest.raises(DocumentError) as caught:
        parse_xml(b"<a>" + b"<b/>" * 1000 + b"</a>", HERE)
    assert caught.value.code == "too_complex"


def test_plain_xml_is_a_tree() -> None:
    root = parse_xml('<w:p xmlns:w="urn:x"><w:t>é &lt;</w:t></w:p>'.encode(), HERE)
    assert [local(item) for item in root.iter()] == ["p", "t"]
    assert escape(root[0].text + "\x0b&") == "é &lt;&amp;"


def test_names_stay_inside() -> None:
    assert [part_name(name) for name in ("a/b.xml", "/a/b.xml", "a\\b.xml", "../a", "a/../../b", "C:/a", "")] == [
        *("a/b.xml", "a/b.xml", "a/b.xml", None, None, None, None)
    ]
    assert resolve("word/document.xml", "media/image1.png") == "word/media/image1.png"
    assert resolve("ppt/slides/slide1.xml", "../media/a.png") == "ppt/media/a.png"
    assert resolve("word/document.xml", "/word/footnotes.xml") == "word/footnotes.xml"
    assert resolve("a.xml", "../../etc/passwd") is None


def test_a_container_is_read_in_bounds(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Word/Document.xml", b"<a/>")
        archive.writestr("../outside.xml", b"no")
        archive.writestr("spaces.xml", b" " * 3_000_000)
    with Archive(path, total_mb=4) as found:
        assert found.names == ["Word/Document.xml", "spaces.xml"]
        assert found.read("word\\document.xml") == b"<a/>"
        assert "../outside.xml" not in found
        with pytest.raises(KeyError):
            found.read("missing.xml")
        with pytest.raises(DocumentError) as caught:
            found.read("spaces.xml", limit_mb=1)
        assert caught.value.code == "unpacks_too_large"
    with Archive(path, total_mb=4) as found:
        found.read("spaces.xml")
        with pytest.raises(DocumentError) as caught:
            found.read("spaces.xml")
        assert caught.value.code == "unpacks_too_large"


def test_a_size_that_lies_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "lie.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b" " * 5_000_000)
    data = bytearray(path.read_bytes())
    # The declared size, in the local header and in the directory.
    true = (5_000_000).to_bytes(4, "little")
    assert data.count(true) == 2
    path.write_bytes(bytes(data).replace(true, (10).to_bytes(4, "little")))
    with Archive(path) as found, pytest.raises(DocumentError):
        found.read("a.xml", limit_mb=1)


def test_damaged_and_encrypted_parts_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.xml", b"<a>some text</a>")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"some text", b"sane text"))
    with Archive(path) as found, pytest.raises(DocumentError) as caught:
        found.read("a.xml")
    assert caught.value.code == "damaged_document"
    path.write_bytes(data.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"))
    with Archive(path) as found, pytest.raises(DocumentError) as caught:
        found.read("a.xml")
    assert caught.value.code == "office_encrypted"
    path.write_bytes(data[:40])
    with pytest.raises(DocumentError) as caught:
        Archive(path)
    assert caught.value.code == "damaged_document"
