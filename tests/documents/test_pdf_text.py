"""What a PDF says beside its usual lines: forms, comments, turned pages, other scripts, layers that are no text."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest

from assistant.documents.host import DocumentHost
from assistant.engine import Engine
from assistant.errors import PasswordRequired
from assistant.jobs import Context
from assistant.paths import Paths
from assistant.types import Document, Span
from helpers import hostile_pdf
from helpers.under_quads import letters, page_glyphs, text_under

Read = Callable[[Path], Document]
_ENGLISH = (
    "The quick brown fox jumps over the lazy dog near the river bank in spring, and nobody who watched it from the "
    "other side could say whether the dog had been asleep or had only been pretending to sleep all along. "
) * 3


def _form(path: Path) -> Path:
    document = pymupdf.open()
    page = document.new_page()
    for y, label in ((72, "Name of the applicant:"), (100, "Accept the terms:"), (130, "Country:"), (150, "Secret:")):
        page.insert_text((72, y), label)
    page.insert_text((72, 200), "A paragraph of running text that goes on below the form and ends here.")
    page.insert_text((72, 214), "It has a second line, too.")
    fields: list[tuple[int, str, object, tuple[float, ...]]] = [
        (pymupdf.PDF_WIDGET_TYPE_TEXT, "name", "Maria Keller", (220, 60, 400, 78)),
        (pymupdf.PDF_WIDGET_TYPE_CHECKBOX, "terms", True, (220, 90, 232, 102)),
        (pymupdf.PDF_WIDGET_TYPE_COMBOBOX, "country", "Ghana", (220, 118, 400, 136)),
    ]
    for kind, name, value, box in fields:
        widget = pymupdf.Widget()
        widget.field_type, widget.field_name, widget.rect = kind, name, pymupdf.Rect(box)
        if kind == pymupdf.PDF_WIDGET_TYPE_COMBOBOX:
            widget.choice_values = ["France", "Ghana"]
        widget.field_value = value
        page.add_widget(widget)
    page.add_freetext_annot(pymupdf.Rect(300, 300, 500, 330), "Approved by finance")
    page.add_text_annot((100, 205), "Please check the amount")
    page.add_highlight_annot(pymupdf.Rect(72, 190, 200, 203)).set_info(content="This matters")
    hidden = page.add_text_annot((200, 205), "nobody is to see this")
    hidden.set_flags(pymupdf.PDF_ANNOT_IS_HIDDEN)
    document.save(path)
    return path


def test_values_of_fields_are_text_beside_their_labels(tmp_path: Path, read: Read) -> None:
    text = read(_form(tmp_path / "form.pdf")).text
    assert "Name of the applicant:\tMaria Keller\n" in text
    assert "Accept the terms:\t☑\n" in text
    assert "Country:\tGhana\n" in text
    assert "Approved by finance" in text
    assert "nobody" not in text


def test_comments_are_gathered_after_the_pages_own_text_and_have_a_place(tmp_path: Path, host: DocumentHost) -> None:
    path = _form(tmp_path / "form.pdf")
    opened = host.open(path, Context())
    document = host.read(opened, Context())
    notes = [block.span for block in document.blocks if block.kind == "footnote"]
    assert [span.of(document.text) for span in notes] == ["Please check the amount", "This matters"]
    assert "goes on below the form and ends here. It has a second line, too." in document.text
    assert notes[0].start > document.text.index("Approved by finance")
    for quad in host.page_text(opened, 1).result(30).quads(notes[1]):
        x0, y0, x1, y1 = quad.bounds
        assert (x0, x1) == pytest.approx((70, 202), abs=3)
        assert 185 < y0 < y1 < 210
    host.close(opened)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (40, 40, 500, 700)])
def test_highlights_are_exact_on_turned_and_cropped_pages(
    tmp_path: Path, host: DocumentHost, turn: int, crop: tuple[float, ...] | None
) -> None:
    path = tmp_path / "turned.pdf"
    document = pymupdf.open()
    page = document.new_page()
    page.insert_textbox(pymupdf.Rect(72, 72, 450, 500), _ENGLISH, fontname="helv", fontsize=11)
    if crop is not None:
        page.set_cropbox(pymupdf.Rect(crop))
    page.set_rotation(turn)
    document.save(path)
    opened = host.open(path, Context())
    text = host.read(opened, Context()).text
    shown = host.page_text(opened, 1).result(30)
    expected = (460, 660) if crop else (595, 842)
    assert opened.page_sizes[0] == pytest.approx(expected[:: -1 if turn % 180 else 1], abs=1)
    for phrase in ("quick brown fox", "watched it from the other side", "all along."):
        at = text.index(phrase)
        under = text_under(page_glyphs(path, 1), shown.quads(Span(at, at + len(phrase))))
        assert letters(under) == letters(phrase)
    host.close(opened)


def test_an_invisible_layer_of_a_scan_is_its_text(tmp_path: Path, host: DocumentHost) -> None:
    path = tmp_path / "scan.pdf"
    document = pymupdf.open()
    page = document.new_page()
    pixels = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 60, 80), False)
    pixels.clear_with(90)
    page.insert_image(page.rect, pixmap=pixels)
    page.insert_text((72, 72), "Words that were recognised before", render_mode=3)
    box = page.rect
    document.new_page().insert_image(box, pixmap=pixels)
    document.new_page()
    document.save(path)
    opened = host.open(path, Context())
    assert "Words that were recognised before" in host.read(opened, Context()).text
    assert host.pictures(opened) == {2}
    host.close(opened)


def _junk(kind: str) -> str:
    if kind == "shifted":
        return "".join(chr(ord(char) - 29) if char > "=" else char for char in _ENGLISH)
    return _ENGLISH.replace("o", "\ufffd").replace("e", "\ufffd").replace("a", "\ufffd").replace("n", "\ufffd")


@pytest.mark.parametrize("kind", ["shifted", "replaced"])
def test_a_layer_that_is_no_text_is_known(tmp_path: Path, host: DocumentHost, kind: str) -> None:
    document = pymupdf.open()
    for text in (_ENGLISH, _junk(kind)):
        # One line, as text that a font cannot show would be broken anywhere.
        page = document.new_page(width=3000)
        for number in range(0, len(text), 200):
            page.insert_text((20, 50 + number / 10), text[number : number + 200], fontname="china-s", fontsize=8)
    document.save(tmp_path / "junk.pdf")
    opened = host.open(tmp_path / "junk.pdf", Context())
    found = host.read(opened, Context())
    assert host.pictures(opened) == {2}
    assert [notice.code for notice in found.notices] == ["scans_waiting"]
    host.close(opened)


def test_files_inside_and_xfa_are_told(tmp_path: Path, read: Read, host: DocumentHost) -> None:
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), "For the best experience, open this portfolio elsewhere.")
    document.embfile_add("a", b"one", filename="a.txt")
    document.embfile_add("b", b"two", filename="b.txt")
    root = document.pdf_catalog()
    document.xref_set_key(root, "Collection", "<</Type/Collection>>")
    document.xref_set_key(root, "AcroForm", "<</Fields[]/XFA(x)>>")
    document.save(tmp_path / "portfolio.pdf")
    notices = {notice.code: dict(notice.params) for notice in read(tmp_path / "portfolio.pdf").notices}
    assert notices == {"portfolio": {"count": 2}, "xfa_form": {}}
    opened = host.open(tmp_path / "portfolio.pdf", Context())
    assert [(each.name, each.media_type) for each in opened.attachments] == [
        ("a.txt", "text/plain"),
        ("b.txt", "text/plain"),
    ]
    assert host.attachment(opened, 1, Context()) == b"two"
    host.close(opened)


def test_arabic_and_hebrew_are_in_the_order_of_reading(read: Read) -> None:
    corpus = Path(__file__).parents[3] / "shared" / "corpus"
    if not corpus.is_dir():
        pytest.skip("there is no corpus")
    arabic = read(corpus / "pdf" / "docling__right_to_left_01.pdf").text
    assert "تحسين الإنتاجية وحل المشكلات من خلال البرمجة بلغة R" in arabic
    assert "استخدام هذه اللغات يمكن أن يسهم" in " ".join(arabic.split())
    hebrew = read(corpus / "pdf" / "pdf.js__issue11656.pdf").text
    assert "מה שלום כולם?" in hebrew


def _vertical(path: Path) -> Path:
    """Three columns of Japanese, set from top to bottom and from right to left."""
    columns = ("春眠不覚暁処処聞", "啼鳥夜来風雨声花", "落知多少。")
    content = b"".join(
        b"BT /F 20 Tf %d 700 Td <%s> Tj ET " % (500 - 30 * number, column.encode("utf-16-be").hex().encode())
        for number, column in enumerate(columns)
    )
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/HeiseiMin-W3/Encoding/UniJIS-UTF16-V/DescendantFonts[<</Type/Font"
        b"/Subtype/CIDFontType0/BaseFont/HeiseiMin-W3/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 6>>"
        b"/FontDescriptor<</Type/FontDescriptor/FontName/HeiseiMin-W3/Flags 4>>>>]>>"
    )
    path.write_bytes(
        hostile_pdf.written(
            {
                1: b"<</Type/Catalog/Pages 2 0 R>>",
                2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
                3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
                4: hostile_pdf.stream(b"", content),
                5: font,
            }
        )
    )
    return path


def test_vertical_japanese_is_one_paragraph(tmp_path: Path, host: DocumentHost) -> None:
    opened = host.open(_vertical(tmp_path / "vertical.pdf"), Context())
    document = host.read(opened, Context())
    assert document.text == "春眠不覚暁処処聞啼鳥夜来風雨声花落知多少。"
    (quad,) = host.page_text(opened, 1).result(30).quads(Span(2, 5))
    x0, y0, x1, y1 = quad.bounds
    assert x1 - x0 == pytest.approx(20, abs=2)
    assert y1 - y0 == pytest.approx(60, abs=3)
    host.close(opened)


@pytest.mark.parametrize("given", ["user's", "owner's"])
def test_either_password_opens_and_neither_is_kept_or_logged(
    tmp_path: Path, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), "Only for those who know.")
    path = tmp_path / "locked.pdf"
    document.save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="user's", owner_pw="owner's")
    home = tmp_path / "home"
    with caplog.at_level(logging.DEBUG), Engine(Paths.under(home)) as engine:
        with pytest.raises(PasswordRequired):
            engine.load(path, Context(), "not it")
        assert "Only for those" in engine.load(path, Context(), given).text
    for file in (file for file in home.rglob("*") if file.is_file()):
        data = file.read_bytes()
        assert given.encode() not in data
        assert b"Only for those" not in data
    assert given not in caplog.text


def test_a_footnote_is_text_after_a_number_not_a_number_alone(tmp_path: Path, read: Read) -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_textbox(pymupdf.Rect(72, 72, 520, 600), _ENGLISH * 3, fontsize=11)
    page.insert_text((72, 700), "1 See the second report of the committee, page 12.", fontsize=8)
    page.insert_text((400, 740), "22.6", fontsize=8)
    document.save(tmp_path / "notes.pdf")
    found = read(tmp_path / "notes.pdf")
    notes = [block.span.of(found.text) for block in found.blocks if block.kind == "footnote"]
    assert notes == ["1 See the second report of the committee, page 12."]


def test_running_heads_of_a_small_page_on_a_large_sheet(tmp_path: Path, read: Read) -> None:
    document = pymupdf.open()
    for number in range(5):
        page = document.new_page()
        page.insert_text((180, 165), "Drug Enforcement Administration", fontsize=9)
        page.insert_textbox(pymupdf.Rect(180, 180, 430, 600), f"{number} " + _ENGLISH, fontsize=9)
    document.save(tmp_path / "small.pdf")
    found = read(tmp_path / "small.pdf")
    kinds = {block.kind for block in found.blocks if "Enforcement" in block.span.of(found.text)}
    assert kinds == {"running_head"}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], ()),
        # Just their numbers.
        ([{"startpage": 0, "style": "D"}], ()),
        ([{"startpage": 0, "style": "r"}, {"startpage": 4, "style": "D"}], ("i", "ii", "iii", "iv", "1", "2")),
        ([{"startpage": 1, "style": "A", "prefix": "X-", "firstpagenum": 26}], ("1", "X-Z", "X-AA", "X-BB")),
        (
            [{"startpage": 0, "prefix": "Cover"}, {"startpage": 1, "style": "R", "firstpagenum": 9}],
            ("Cover", "IX", "X"),
        ),
    ],
)
def test_page_labels(
    rules: list[dict[str, object]], expected: tuple[str, ...], tmp_path: Path, host: DocumentHost
) -> None:
    path = tmp_path / "labels.pdf"
    with pymupdf.open() as document:
        for _ in range(max(len(expected), 2)):
            document.new_page()
        document.set_page_labels(rules)
        document.save(path)
    opened = host.open(path, Context())
    assert opened.labels == expected
    host.close(opened)
