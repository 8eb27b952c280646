"""Results as files: what a spreadsheet would calculate is text, and Word opens what was written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from assistant.errors import UserError
from assistant.insights import SectionSummary
from assistant.types import Block, Document, Entities, Entity, Evidence, Mention, Page, Span
from assistant.writing import entities_csv, entities_json, summary_docx, summary_markdown

TEXT = "Revenue *rose* <b> by 7%.\x07 =HYPERLINK paid."


def _document() -> Document:
    whole = Span(0, len(TEXT))
    page = Page(1, whole, 600.0, 800.0, "layer")
    return Document(Path("x.pdf"), "a" * 64, "pdf", TEXT, (page,), (Block(whole, "paragraph"),), "en", "Report #1")


def _entities() -> Entities:
    start = TEXT.index("=")
    mention = Mention(Span(start, start + 10), 1, "=HYPERLINK", "ORGANIZATION", 0.9, "model:small@1", "+1")
    return Entities((Entity("ORGANIZATION", "=HYPERLINK", (mention,), 0.9),), (mention,), "small")


def _sections() -> tuple[SectionSummary, ...]:
    sentence = Evidence(Span(0, 26), 3, TEXT[:26], 0.5)
    return (SectionSummary("1. Money", Span(0, 26), 3, (sentence,)), SectionSummary("", Span(0, 26), 3, (sentence,)))


def _page(number: int) -> str:
    return f"p. {number}"


def test_a_spreadsheet_calculates_nothing(tmp_path: Path) -> None:
    path = tmp_path / "entities.csv"
    entities_csv(path, _entities())
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(data.decode("utf-8-sig").splitlines())
    cells = dict(zip(head, row, strict=True))
    assert cells["name"] == "'=HYPERLINK"
    assert cells["text"] == "'=HYPERLINK"
    assert cells["value"] == "'+1"
    assert not any(cell[:1] in "=+-@\t" for cell in row if cell)


def test_json_has_the_places(tmp_path: Path) -> None:
    path = tmp_path / "entities.json"
    entities_json(path, _document(), _entities())
    made = json.loads(path.read_text(encoding="utf-8"))
    (mention,) = made["entities"][0]["mentions"]
    assert TEXT[mention["start"] : mention["end"]] == mention["text"] == "=HYPERLINK"


def test_markdown_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    summary_markdown(path, "Summary of Report #1", _document(), _sections(), _page)
    text = path.read_text(encoding="utf-8")
    assert "# Summary of Report \\#1" in text
    assert "## 1. Money" in text
    assert text.count("- Revenue \\*rose\\* \\<b\\> by 7%.") == 2
    assert "(p. 3)" in text


def test_word_opens_what_was_written(tmp_path: Path) -> None:
    import docx

    path = tmp_path / "summary.docx"
    summary_docx(path, "Summary", _document(), _sections(), _page)
    made = docx.Document(str(path))
    texts = [(paragraph.style.name, paragraph.text) for paragraph in made.paragraphs]
    assert ("Heading 1", "1. Money") in texts
    assert ("List Bullet", "Revenue *rose* <b> by 7%. (p. 3)") in texts
    # The sentences of a whole summary have no heading.
    summary_docx(path, "Summary", _document(), _sections()[0].sentences, _page)
    assert [p.style.name for p in docx.Document(str(path)).paragraphs] == ["Title", "Normal", "List Bullet"]


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        summary_docx(tmp_path / "file" / "x.docx", "S", _document(), _sections(), _page)
    assert caught.value.code == "cannot_write"


def test_labels_of_pages_are_the_documents_words_too(tmp_path: Path) -> None:
    def label(number: int) -> str:
        return "![x](http://127.0.0.1/p)\x07"

    summary_markdown(tmp_path / "s.md", "T", _document(), _sections(), label)
    assert "![x](" not in (tmp_path / "s.md").read_text(encoding="utf-8")
    summary_docx(tmp_path / "s.docx", "T", _document(), _sections(), label)
    assert (tmp_path / "s.docx").exists()
