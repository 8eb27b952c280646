"""Word documents through the document process: what is read, in which order, and what hostile ones end as."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.documents.host import DocumentHost
from assistant.errors import DocumentError
from assistant.jobs import Context
from assistant.types import Document
from helpers.ooxml import (
    STYLES,
    item,
    levels,
    numbering,
    p,
    png,
    r,
    relations,
    root,
    write_docx,
    write_parts,
)

Read = Callable[[Path], Document]
DATA = Path(__file__).parents[1] / "data"


def _blocks(document: Document, kind: str | None = None) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks if kind in (None, block.kind)]


@pytest.mark.parametrize("name", ["lease.docx", "lease-strict.docx"])
def test_everything_that_a_document_may_hold(name: str, read: Read) -> None:
    document = read(DATA / name)
    assert (document.format, document.title) == ("docx", "Lease of an office")
    assert [(each.level, each.title) for each in document.outline] == [
        *((1, "Lease of an office"), (1, "Parties"), (1, "Inherited heading"), (2, "租赁")),
    ]
    assert _blocks(document, "list_item") == [
        *("1. Term", "1.1 It begins in March.", "1.2 It ends in", "(a) five years, or", "(b) on notice."),
        *("2. Rent", "2.1 It is due monthly.", "• Keys", "☒ furnished ☐ empty"),
    ]
    rows = _blocks(document, "table_row")
    assert rows == ["Room and floor\tRent", "Office\tFirst\t900 EUR", "Second\t800 EUR"]
    paragraphs = _blocks(document, "paragraph")
    for expected in (
        *(
            "The landlord lets the office[1] to the tenant for five years.",
            "第一条 甲方出租房屋。",
            "第二条 乙方支付租金。",
        ),
        *("Tracked: added kept.", "Visible words.", "A box is anchored here in this sentence.", "Boxed remark."),
        *("Clause 7 applies.", "x=(-b±√(b^2-4ac))/(2a)", "Floor plan", "חוזה שכירות"),
        *("[1] On the first floor.", "Harbour Estates Ltd"),
        "Comment by Ada Lang, 2026-02-03 on “The deposit is high.”: Three months at most?",
    ):
        assert paragraphs.count(expected) == 1, expected
    for absent in ("removed", "moved away", "hidden", "secret", "REF", "no note", "Page 3"):
        assert absent not in document.text
    # Notes, then comments, behind all of the text; the header before it.
    order = [
        paragraphs.index(each) for each in ("Harbour Estates Ltd", "חוזה שכירות", "[1] On the first floor.", "Comments")
    ]
    assert order == sorted(order)


def test_numbers_count_as_word_counts(tmp_path: Path, read: Read) -> None:
    lists = numbering(
        levels(("upperRoman", "%1."), ("decimal", "%1.%2")),
        levels(("chineseCountingThousand", "第%1章"), ("ideographTraditional", "%2、")),
        levels(("decimalEnclosedCircle", "%1")),
        levels(("lowerLetter", "%1)"), start=3),
    )
    # Another list of the first kind that starts anew.
    again = '<w:num w:numId="9"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/>'
    lists = lists.replace("</w:numbering>", again + "</w:lvlOverride></w:num></w:numbering>")
    body = [
        *(item("one"), item("two"), item("below", 1), item("below", 1), item("three"), item("deeper", 1)),
        *(item("seven", number=9), item("eight", number=9)),
        *(item("chapter", number=2) for _ in range(21)),
        *(item("stem", 1, 2), item("ring", number=3), item("letter", number=4), item("letter", number=4)),
        p("no number", '<w:numPr><w:numId w:val="0"/></w:numPr>'),
    ]
    path = write_docx(
        tmp_path / "a.docx", "".join(body), {"word/numbering.xml": lists}, {"rId1": ("numbering", "numbering.xml")}
    )
    found = " | ".join(_blocks(read(path)))
    assert "I. one | II. two | 1.1 below" not in found
    for expected in (
        "I. one | II. two | II.1 below | II.2 below | III. three | III.1 deeper | VII. seven | VIII. eight",
    ):
        assert expected in found
    for expected in (
        "第十章 chapter",
        "第十一章 chapter",
        "第二十章 chapter",
        "第二十一章 chapter",
        "甲、 stem",
        "① ring",
    ):
        assert expected in found
    assert "c) letter | d) letter" in found
    assert found.endswith("no number")


def test_changes_that_delete_a_paragraphs_end_join_it_to_the_next(tmp_path: Path, read: Read) -> None:
    deleted = "<w:rPr><w:del w:id='1'/></w:rPr>"
    body = p("The first half", deleted) + p(" and the second half.") + p("Another.")
    assert _blocks(read(write_docx(tmp_path / "a.docx", body))) == ["The first half and the second half.", "Another."]


def test_a_field_without_end_hides_nothing(tmp_path: Path, read: Read) -> None:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>IF </w:instrText></w:r>'
    body = p("Before.", inner=begin + r("swallowed")) + p("After it comes more.")
    assert _blocks(read(write_docx(tmp_path / "a.docx", body))) == ["Before.", "After it comes more."]


def test_nested_tables_and_controls_around_rows_and_cells(tmp_path: Path, read: Read) -> None:
    inner = f"<w:tbl><w:tr><w:tc>{p('inner left')}</w:tc><w:tc>{p('inner right')}</w:tc></w:tr></w:tbl>"
    cell = f"<w:sdt><w:sdtContent><w:tc>{p('wrapped cell')}</w:tc></w:sdtContent></w:sdt>"
    row = f"<w:sdt><w:sdtContent><w:tr><w:tc>{p('wrapped row')}</w:tc>{cell}</w:tr></w:sdtContent></w:sdt>"
    gone = f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{p('deleted row')}</w:tc></w:tr>"
    body = f"<w:tbl><w:tr><w:tc>{p('outer')}</w:tc><w:tc>{inner}{p()}</w:tc></w:tr>{row}{gone}</w:tbl>" + p(
        "Behind it."
    )
    document = read(write_docx(tmp_path / "a.docx", body))
    assert document.text.replace("\n", " ").replace("\t", " ").split() == [
        *["outer", "inner", "left", "inner", "right", "wrapped", "row", "wrapped", "cell", "Behind", "it."]
    ]
    assert "wrapped row\twrapped cell" in document.text


def test_documents_without_their_other_parts_are_read(tmp_path: Path, read: Read) -> None:
    body = p("Chapter", style="Heading1") + item("An item") + p("Some text.")
    path = write_parts(tmp_path / "bare.docx", {"word/document.xml": root("w:document", f"<w:body>{body}</w:body>")})
    document = read(path)
    assert _blocks(document) == ["Chapter", "An item", "Some text."]
    assert [each.title for each in document.outline] == ["Chapter"]


def test_damaged_parts_are_left_out_and_told(tmp_path: Path, read: Read) -> None:
    parts = {"word/styles.xml": STYLES[:300], "word/numbering.xml": "not xml"}
    related = {"rId1": ("styles", "styles.xml"), "rId2": ("numbering", "numbering.xml")}
    document = read(write_docx(tmp_path / "a.docx", p("Still here."), parts, related))
    assert document.text == "Still here."
    assert [(notice.code, dict(notice.params)["count"]) for notice in document.notices] == [("parts_damaged", 2)]


def test_pictures_are_shown_within_bounds_and_never_fetched(tmp_path: Path, host: DocumentHost) -> None:
    def picture(key: str) -> str:
        blip = f'<pic:pic><pic:blipFill><a:blip r:embed="{key}" r:link="{key}"/></pic:blipFill></pic:pic>'
        graphic = f"<a:graphic><a:graphicData>{blip}</a:graphicData></a:graphic>"
        return p(inner=f"<w:r><w:drawing><wp:inline>{graphic}</wp:inline></w:drawing></w:r>")

    related = {
        "rId1": ("image", "media/small.png"),
        "rId2": ("image", "media/huge.png"),
        "rId3": ("image", "http://example.invalid/a.png"),
        "rId4": ("image", "media/broken.png"),
        "rId5": ("image", "../../../../etc/hostname"),
    }
    parts = {
        "word/media/small.png": png(60, 40),
        "word/media/huge.png": png(50_000, 1_000),
        "word/media/broken.png": png(60, 40)[:20],
    }
    body = p("Before.") + "".join(picture(key) for key in related) + p("Behind.")
    opened = host.open(write_docx(tmp_path / "a.docx", body, parts, related), Context())
    document = host.read(opened, Context())
    assert _blocks(document) == ["Before.", "Behind."]
    assert [(notice.code, dict(notice.params)) for notice in document.notices] == [("pictures_left_out", {"count": 1})]
    image = host.render(opened, 1, 1.0).result(60)
    assert bytes(image.pixels).count(b"\x80\x80\x80\xff") > 500
    host.close(opened)


def test_an_alternative_chunk_is_cleaned(tmp_path: Path, read: Read) -> None:
    html = "<html><body><p>From a chunk.</p><script>alert(1)</script><img src='http://example.invalid/x.png'></body></html>"
    path = write_docx(
        tmp_path / "a.docx",
        p("Before.") + '<w:altChunk r:id="rId1"/>',
        {"word/chunk.html": html},
        {"rId1": ("aFChunk", "chunk.html")},
    )
    assert _blocks(read(path)) == ["Before.", "From a chunk."]


def test_long_paragraphs_and_tables_lose_nothing(tmp_path: Path, read: Read) -> None:
    words = [f"w{number}" for number in range(20_000)]
    rows = "".join(f"<w:tr><w:tc>{p(f'left{n}')}</w:tc><w:tc>{p(f'right{n}')}</w:tc></w:tr>" for n in range(700))
    tall = (
        f"<w:tr><w:tc>{p('tall')}</w:tc><w:tc>{''.join(p(f'line{n} of a tall cell') for n in range(200))}</w:tc></w:tr>"
    )
    endless = p("Ω" * 20_000, inner=r("Ω", "<w:b/>") * 10_000)
    path = write_docx(tmp_path / "a.docx", p(" ".join(words)) + f"<w:tbl>{rows}{tall}{rows}</w:tbl>" + endless)
    text = read(path).text
    assert text.count("Ω") == 30_000
    assert text.split()[:20_000] == words
    assert text.count("left699\tright699") == 2
    assert all(f"line{n} of a tall cell" in text for n in range(200))


_SPACES = b'<w:p><w:r><w:t xml:space="preserve">' + b" " * 60_000_000 + b"</w:t></w:r></w:p>"


def _hostile(name: str) -> bytes:
    opening = root("w:document", "<w:body>@</w:body>").partition("@")
    start, end = opening[0].encode(), opening[2].encode()
    bodies = {
        "controls": b"<w:sdt><w:sdtContent>" * 200_000 + b"</w:sdtContent></w:sdt>" * 200_000,
        "columns": b"<w:tbl><w:tr>" + b"<w:tc><w:p/></w:tc>" * 1_000_000 + b"</w:tr></w:tbl>",
        "full columns": b"<w:tbl><w:tr>"
        + b"<w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc>" * 20_000
        + b"</w:tr></w:tbl>",
        "spans": b'<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="99999999"/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>'
        * 1000,
        "spaces": _SPACES,
    }
    return start + bodies[name] + end


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("name", "code"),
    [("controls", "too_deep"), ("columns", "too_complex"), ("full columns", None), ("spans", None), ("spaces", None)],
)
def test_hostile_bodies_end_as_a_refusal_or_as_read(
    tmp_path: Path, host: DocumentHost, name: str, code: str | None
) -> None:
    path = write_parts(tmp_path / "a.docx", {"word/document.xml": _hostile(name)})
    if code is not None:
        with pytest.raises(DocumentError) as caught:
            host.open(path, Context())
        assert caught.value.code == code
        return
    opened = host.open(path, Context())
    document = host.read(opened, Context())
    host.close(opened)
    assert document.text.count("x") == (20_000 if name == "full columns" else 0)
    assert [notice.code for notice in document.notices] == ([] if name == "full columns" else ["no_text"])


@pytest.mark.timeout(120)
def test_gigabytes_of_spaces_are_refused(tmp_path: Path, host: DocumentHost) -> None:
    path = tmp_path / "spaces.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(40):
                part.write(_SPACES)
    with pytest.raises(DocumentError) as caught:
        host.open(path, Context())
    assert caught.value.code == "unpacks_too_large"
    assert path.stat().st_size < 15_000_000


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml", "word/footnotes.xml", "docProps/core.xml"])
def test_entities_are_refused_in_every_part(tmp_path: Path, host: DocumentHost, part: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><w:x xmlns:w="urn:x">&b;</w:x>'
    related = {"rId1": ("styles", "styles.xml"), "rId2": ("footnotes", "footnotes.xml")}
    with pytest.raises(DocumentError) as caught:
        host.open(write_docx(tmp_path / "a.docx", p("Text."), {part: bomb}, related), Context())
    assert caught.value.code == "document_unsafe"


def test_text_over_the_limit_is_left_out_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.documents.backends import docx

    monkeypatch.setattr("assistant.documents.ooxml.budget.OFFICE_TEXT_MB", 0.0001)
    source = docx.load(write_docx(tmp_path / "a.docx", p("word " * 30) * 3), None)
    assert [code for code, _ in source.notices()] == ["text_truncated"]
    assert "word word" in source._parts[0]
    assert len(source._parts[0]) < 200


def test_relations_that_go_in_circles_or_outside(tmp_path: Path, read: Read) -> None:
    related = {
        "rId1": ("header", "document.xml"),
        "rId2": ("footnotes", "document.xml"),
        "rId3": ("styles", "http://example.invalid/styles.xml"),
        "rId4": ("comments", "/etc/../../passwd"),
    }
    reference = '<w:r><w:footnoteReference w:id="1"/></w:r>'
    body = p("Text.", inner=reference) + '<w:sectPr><w:headerReference w:type="default" r:id="rId1"/></w:sectPr>'
    parts = {"word/_rels/_rels/document.xml.rels.rels": relations(related)}
    document = read(write_docx(tmp_path / "a.docx", body, parts, related))
    assert "Text." in _blocks(document)


def test_every_cut_and_flip_of_a_document_is_read_or_refused(tmp_path: Path, host: DocumentHost) -> None:
    whole = (DATA / "lease.docx").read_bytes()
    outcomes = set()
    for number in range(24):
        data = bytearray(whole[: len(whole) * (number + 1) // 12] if number < 12 else whole)
        if number >= 12:
            for at in range(number * 97 % 400, len(data), 397 + number):
                data[at] ^= 0x55
        path = tmp_path / f"{number}.docx"
        path.write_bytes(bytes(data))
        try:
            opened = host.open(path, Context())
            outcomes.add(bool(host.read(opened, Context()).text))
            host.close(opened)
        except DocumentError as error:
            outcomes.add(error.code)
    assert outcomes <= {True, "damaged_document", "office_encrypted", "unsupported_format"}
    assert {True, "damaged_document"} <= outcomes


def test_what_is_referred_to_a_thousand_times_is_shown_once(tmp_path: Path, read: Read) -> None:
    note = "".join(p(f"Line {number} of the note.") for number in range(200))
    parts = {"word/footnotes.xml": root("w:footnotes", f'<w:footnote w:id="2">{note}</w:footnote>')}
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = p("Text.", inner=reference * 1000)
    document = read(write_docx(tmp_path / "a.docx", body, parts, {"rId1": ("footnotes", "footnotes.xml")}))
    assert document.text.count("Line 7 of the note.") == 1
    assert document.text.count("[1]") == 1001
