"""Annotated PDFs and Markdown of real files, written by the real document process, read back by MuPDF."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pymupdf
import pytest

from assistant.documents.host import DocumentHost
from assistant.engine import Engine
from assistant.errors import Cancelled, DocumentError, UsageError, UserError
from assistant.jobs import Context
from assistant.paths import Paths
from assistant.types import Mark, Mention, Span
from assistant.writing import marks_markdown


@pytest.fixture
def engine(paths: Paths) -> Iterator[Engine]:
    with Engine.create(paths) as made:
        yield made


def _pdf(path: Path, *, rotate: int = 0, password: str = "") -> Path:
    with pymupdf.open() as document:
        for number in range(3):
            page = document.new_page()
            page.insert_text((72, 100), f"Payment on page {number + 1} is due within thirty days.")
            page.insert_text((72, 200), "合同总价为人民币一百万元", fontname="china-s")
            page.set_rotation(rotate)
        options = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": password} if password else {}
        document.save(path, **options)
    return path


def _span(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start, start + len(words))


@pytest.mark.parametrize("rotate", [0, 90])
def test_a_pdf_gets_its_annotations_and_stays_what_it_was(engine: Engine, tmp_path: Path, rotate: int) -> None:
    path = _pdf(tmp_path / "paper.pdf", rotate=rotate)
    opened = engine.open(path, Context())
    document = engine.read(opened, Context())
    engine.marks.add(document, "highlight", _span(document.text, "thirty days"), "pink", "Too long")
    engine.marks.add(document, "underline", _span(document.text, "人民币一百万元"), "blue", "核对")
    engine.marks.add_on_page(document, "note", 2, 300.0, "Ask the bank")
    engine.marks.add_on_page(document, "bookmark", 3, note="End")
    mention = Mention(_span(document.text, "page 3"), 3, "page 3", "LOCATION", 0.9, "rule:x")
    target = tmp_path / "out.pdf"
    engine.export_pdf(opened, document, target, Context(), mentions=[mention])
    source = path.read_bytes()
    assert target.read_bytes().startswith(source), "appended: nothing in it was changed"
    with pymupdf.open(target) as made:
        found = [
            (page.number + 1, note.type[1], note.info["content"], note.info["title"])
            for page in made
            for note in page.annots()
        ]
        assert found == [
            (1, "Highlight", "Too long", "Docent"),
            (1, "Underline", "核对", "Docent"),
            (2, "Text", "Ask the bank", "Docent"),
            (3, "Underline", "Location", "Docent"),
        ]
        page = made[0]
        highlight = next(page.annots())
        quad = pymupdf.Quad([pymupdf.Point(*point) for point in highlight.vertices[:4]])
        box = quad.rect
        inner = pymupdf.Rect(box.x0 + 2, box.y0 + 2, box.x1 - 2, box.y1 - 2)
        words = [word[4] for word in page.get_text("words") if pymupdf.Rect(word[:4]).intersects(inner)]
        assert words == ["thirty", "days."]
    assert not list(tmp_path.glob(".*part"))
    assert engine.read(opened, Context()).text == document.text


def test_formats_without_pages_become_a_pdf_of_theirs(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "minutes.md"
    path.write_text("# Minutes\n\n" + "\n\n".join(f"Item {n}: the board agreed, 董事会同意。" for n in range(200)))
    opened = engine.open(path, Context())
    document = engine.read(opened, Context())
    engine.marks.add(document, "highlight", _span(document.text, "Item 150"), "green", "x")
    target = tmp_path / "minutes.pdf"
    told: list[float | None] = []
    engine.export_pdf(opened, document, target, Context(on_progress=lambda progress: told.append(progress.fraction)))
    with pymupdf.open(target) as made:
        assert made.page_count == len(opened.page_sizes) > 3
        (page,) = [page.number for page in made if list(page.annots())]
        assert "Item 150" in made[page].get_text()
        assert "董事会同意" in made[page].get_text()
    assert told[-1] == 1.0


def test_a_locked_pdf_stays_locked(engine: Engine, tmp_path: Path) -> None:
    path = _pdf(tmp_path / "locked.pdf", password="secret")
    opened = engine.open(path, Context(), "secret")
    document = engine.read(opened, Context())
    engine.marks.add(document, "highlight", _span(document.text, "thirty days"))
    target = tmp_path / "out.pdf"
    engine.export_pdf(opened, document, target, Context())
    with pymupdf.open(target) as made:
        assert made.needs_pass
        assert made.authenticate("secret")
        assert len(list(made[0].annots())) == 1


def test_the_source_is_not_written_over_unasked_and_a_target_is_whole_or_as_it_was(
    engine: Engine, tmp_path: Path
) -> None:
    path = _pdf(tmp_path / "paper.pdf")
    opened = engine.open(path, Context())
    document = engine.read(opened, Context())
    engine.marks.add(document, "highlight", _span(document.text, "thirty days"))
    before = path.read_bytes()
    (tmp_path / "link.pdf").symlink_to(path)
    for same in (path, tmp_path / "link.pdf"):
        with pytest.raises(UsageError) as caught:
            engine.export_pdf(opened, document, same, Context())
        assert caught.value.code == "export_over_source"
    assert path.read_bytes() == before
    ctx = Context()
    ctx.cancel()
    with pytest.raises(Cancelled):
        engine.export_pdf(opened, document, tmp_path / "never.pdf", ctx)
    assert not (tmp_path / "never.pdf").exists()
    with pytest.raises(UserError):
        engine.export_pdf(opened, document, tmp_path / "no such folder" / "x.pdf", Context())
    engine.export_pdf(opened, document, path, Context(), replace_source=True)
    with pymupdf.open(path) as made:
        assert len(list(made[0].annots())) == 1


def test_markdown_has_pages_and_reads_as_it_was_written(engine: Engine, tmp_path: Path) -> None:
    path = _pdf(tmp_path / "paper.pdf")
    opened = engine.open(path, Context())
    document = engine.read(opened, Context())
    engine.marks.add(document, "highlight", _span(document.text, "thirty days"), note="*Too* long\nfor us")
    engine.marks.add_on_page(document, "bookmark", 3, note="End")
    engine.export_marks(document, "paper_1", opened.labels, tmp_path / "notes.md", lambda words: words)
    assert (tmp_path / "notes.md").read_text() == (
        "# paper\\_1\n\n- > thirty days (p. 1)\n\n  \\*Too\\* long\n  for us\n\n- **Bookmark**: End (p. 3)\n"
    )


def test_links_of_a_page(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "links.pdf"
    with pymupdf.open() as document:
        document.new_page()
        document.new_page()
        first = document[0]
        first.insert_link(
            {"kind": pymupdf.LINK_GOTO, "page": 1, "to": pymupdf.Point(0, 300), "from": pymupdf.Rect(10, 10, 90, 30)}
        )
        first.insert_link(
            {"kind": pymupdf.LINK_URI, "uri": "https://example.com/a?b=1", "from": pymupdf.Rect(10, 50, 90, 70)}
        )
        document.save(path)
    opened = engine.open(path, Context())
    inside, outside = sorted(engine.links(opened, 1).result(20), key=lambda link: link.box[1])
    assert (inside.page, round(inside.y), inside.address) == (2, 300, "")
    assert (outside.page, outside.address) == (0, "https://example.com/a?b=1")
    assert engine.links(opened, 2).result(20) == []


def test_notes_of_a_hostile_document_are_text_in_markdown(tmp_path: Path) -> None:
    mark = Mark("m", "a" * 64, "note", "yellow", "Ask\ud800", None, 1, 0.0, 0.0)
    title, label = "![a](http://127.0.0.1/t.png)", "<img src=http://127.0.0.1/l.png>\n# i"
    target = tmp_path / "notes.md"
    marks_markdown(target, title, [mark], [label], lambda words: words)
    made = target.read_text(encoding="utf-8", errors="surrogatepass")
    assert "![a](" not in made
    assert "(p. <" not in made
    assert "\\<img" in made
    assert "\n# i" not in made
    assert "Ask\ud800" in made


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_an_exported_file_can_be_read_by_whom_other_files_can(engine: Engine, tmp_path: Path) -> None:
    opened = engine.open(_pdf(tmp_path / "paper.pdf"), Context())
    document = engine.read(opened, Context())
    engine.marks.add(document, "highlight", _span(document.text, "thirty days"))
    usual = tmp_path / "usual"
    usual.touch()
    # As long as a name may be.
    target = tmp_path / ("长" * 83 + ".pdf")
    engine.export_pdf(opened, document, target, Context())
    assert target.stat().st_mode == usual.stat().st_mode
    engine.export_marks(document, "T", (), tmp_path / "notes.md", lambda words: words)
    assert (tmp_path / "notes.md").stat().st_mode == usual.stat().st_mode


def test_a_file_that_was_edited_meanwhile_is_not_marked_in_wrong_places(engine: Engine, tmp_path: Path) -> None:
    path = _pdf(tmp_path / "paper.pdf")
    opened = engine.open(path, Context())
    document = engine.read(opened, Context())
    engine.marks.add(document, "highlight", _span(document.text, "thirty days"))
    with pymupdf.open() as other:
        other.new_page().insert_text((72, 100), "Something else.")
        other.save(path)
    with pytest.raises(DocumentError) as caught:
        engine.export_pdf(opened, document, tmp_path / "out.pdf", Context())
    assert caught.value.code == "document_changed"
    assert not (tmp_path / "out.pdf").exists()


def test_a_copy_goes_with_its_document(tmp_path: Path) -> None:
    path = _pdf(tmp_path / "paper.pdf")
    host = DocumentHost()
    try:
        opened = host.open(path, Context())
        host.ask(opened, {"op": "copy_begin", "path": str(path)}, Context())
        host.ask(opened, {"op": "copy_pages", "seconds": 0.2}, Context())
        written = Path(host.ask(opened, {"op": "copy_save"}, Context())["file"])
        assert written.exists()
        host.close(opened)
        other = host.open(_pdf(tmp_path / "other.pdf"), Context())
        host.ask(other, {"op": "links", "page": 0}, Context())
        assert not written.exists()
    finally:
        host.shutdown()
