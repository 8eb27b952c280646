"""Scans are read: upright, turned and askew, in columns; marked where the words are; kept page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pymupdf
import pytest

from assistant.documents.host import DocumentHost
from assistant.documents.legible import needs_ocr
from assistant.documents.limits import Limits
from assistant.documents.lines import Line
from assistant.engine import Engine, OpenDocument
from assistant.errors import Cancelled, DocumentError
from assistant.jobs import Context, Progress
from assistant.paths import Paths
from assistant.settings import OCR
from assistant.types import Document, Span
from helpers.scans import CHINESE, CHINESE_SHEET, ENGLISH_SHEET, LEFT, RIGHT, TWO_COLUMNS, Sheet, write_scan

SHEETS = {
    "upright": Sheet(ENGLISH_SHEET),
    "on its side": Sheet(ENGLISH_SHEET, turn=90),
    "upside down": Sheet(ENGLISH_SHEET, turn=180),
    "on its other side": Sheet(ENGLISH_SHEET, turn=270),
    "askew": Sheet(ENGLISH_SHEET, skew=3),
    "columns": Sheet(TWO_COLUMNS),
    "Chinese": Sheet(CHINESE_SHEET, font="china-s"),
}
PARAGRAPH = (
    "The tenant pays a monthly rent of EUR 1,840 to Harbour Lights Housing Ltd, due on the third working day. It is "
    "agreed that repairs below EUR 120 are borne by the tenant, and that Maria Keller keeps the keys of the cellar."
)


@dataclass
class Read:
    """The scan of all sheets, read once."""

    engine: Engine
    path: Path
    opened: OpenDocument
    first: Document
    """Before its pages were recognised."""
    document: Document
    words: list[list[tuple[str, pymupdf.Rect]]]
    progress: list[Progress]

    def page(self, name: str) -> int:
        return list(SHEETS).index(name) + 1

    def text(self, name: str) -> str:
        return self.document.pages[self.page(name) - 1].span.of(self.document.text).strip()


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    folder = tmp_path_factory.mktemp("scan")
    path = folder / "scan.pdf"
    words = write_scan(path, list(SHEETS.values()))
    engine = Engine.create(Paths.under(folder / "profile"))
    opened = engine.open(path, Context())
    first = engine.read(opened, Context())
    progress: list[Progress] = []
    document = engine.read_scans(opened, Context(progress.append), lambda: 4)
    yield Read(engine, path, opened, first, document, words, progress)
    engine.shutdown()


def test_what_there_is_comes_first_and_says_so(read: Read) -> None:
    assert read.first.text == ""
    assert [notice.code for notice in read.first.notices] == ["scans_waiting"]
    assert read.engine.has_scans(read.first)
    assert read.document.notices == ()
    assert not read.engine.has_scans(read.document)
    assert [step.done for step in read.progress] == [*range(len(SHEETS) + 1)]
    assert {(step.stage, step.total) for step in read.progress} == {("scans", len(SHEETS))}
    assert {page.source for page in read.document.pages} == {"ocr"}


@pytest.mark.parametrize("name", ["upright", "on its side", "upside down", "on its other side", "askew"])
def test_a_paragraph_is_read_however_it_lies(name: str, read: Read) -> None:
    # One paragraph, with the hyphen at the line's end gone.
    assert read.text(name) == PARAGRAPH


def test_columns_are_read_one_after_the_other(read: Read) -> None:
    text = read.text("columns")
    assert text.startswith("Notices to passengers of the Northern Line\n\n")
    assert " ".join(text.split()).endswith(" ".join(LEFT) + " " + " ".join(RIGHT))
    start = read.document.pages[read.page("columns") - 1].span.start
    assert next(block.kind for block in read.document.blocks if block.span.start == start) == "heading"


def test_chinese_is_read(read: Read) -> None:
    assert "".join(read.text("Chinese").split()) == "".join(CHINESE)


@pytest.mark.parametrize("name", SHEETS)
def test_marks_lie_over_the_words(name: str, read: Read) -> None:
    """For each word of the source: what is marked for it in the text is where it was printed."""
    number = read.page(name)
    page = read.document.pages[number - 1]
    shown = read.engine.page_text(read.opened, number).result(60)
    text = read.document.text
    at, found = page.span.start, 0
    for word, place in read.words[number - 1]:
        offset = text.find(word, at, page.span.end)
        if word.endswith("-") or offset < 0:
            # Joined at the line's end.
            continue
        at = offset + len(word)
        quads = shown.quads(Span(offset, at))
        marked = pymupdf.Rect()
        for quad in quads:
            marked |= pymupdf.Rect(quad.bounds)
        found += 1
        middle = (marked.tl + marked.br) / 2
        assert middle in place, f"{word!r} is at {place}, not at {marked}"
        common = marked & place
        assert common.width * common.height > 0.6 * place.width * place.height, f"{word!r}: {marked} of {place}"
        assert marked.width * marked.height < 1.6 * place.width * place.height, f"{word!r}: {marked} of {place}"
    assert found >= len(read.words[number - 1]) - 2
    assert found >= 2


def test_the_second_time_nothing_is_recognised(read: Read, tmp_path: Path) -> None:
    paths = Paths.under(read.path.parent / "profile")
    with Engine.create(paths) as engine:
        again = engine.load(read.path, Context())
        assert again == read.document
        assert engine._host is None, "no process was started at all"
        # Its glyphs come from what is kept as well.
        opened = engine.open(read.path, Context())
        assert engine.read(opened, Context()) == read.document
        shown = engine.page_text(opened, 1).result(60)
        assert len(shown.offsets) == len(read.engine.page_text(read.opened, 1).result(60).offsets) > 150
        assert engine._host is not None
        assert engine._host.recognising_process_id is None


def test_switched_off_it_says_so(read: Read, tmp_path: Path) -> None:
    with Engine.create(Paths.under(tmp_path / "profile")) as engine:
        engine.settings.set(OCR, "off")
        document = engine.load(read.path, Context())
        assert [notice.code for notice in document.notices] == ["scans_not_read"]
        assert document.text == ""
        assert not engine.has_scans(document)


def test_a_picture_is_read(tmp_path: Path) -> None:
    write_scan(tmp_path / "scan.pdf", [Sheet(ENGLISH_SHEET)])
    with pymupdf.open(tmp_path / "scan.pdf") as scan:
        # As a camera says it, with no resolution of its own that is true.
        scan[0].get_pixmap(dpi=200).save(tmp_path / "photo.png")
    with Engine.create(Paths.under(tmp_path / "profile")) as engine:
        document = engine.load(tmp_path / "photo.png", Context())
    assert (document.text, document.format) == (PARAGRAPH, "image")
    assert [page.source for page in document.pages] == ["ocr"]


def test_stopped_killed_and_continued(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    write_scan(path, [Sheet([(72.0, 100.0, f"This is sheet number {number}.", 14.0)]) for number in (11, 12, 13, 14)])
    paths = Paths.under(tmp_path / "profile")
    engine = Engine.create(paths)
    opened = engine.open(path, Context())
    engine.read(opened, Context())
    pids: list[int] = []

    def stop_after_the_first(step: Progress) -> None:
        if step.done == 1 and engine._host is not None:
            assert engine._host.recognising_process_id is not None
            pids.append(engine._host.recognising_process_id)
            context.cancel()

    context = Context(stop_after_the_first)
    with pytest.raises(Cancelled):
        engine.read_scans(opened, context, lambda: 2)
    assert not psutil.pid_exists(pids[0])
    engine.shutdown()

    # As after a crash: another program goes on where that one was. The page that the reader was at came first.
    engine = Engine.create(paths)
    opened = engine.open(path, Context())
    early = engine.read(opened, Context())
    assert early.text == "This is sheet number 12."
    assert [page.source for page in early.pages] == ["none", "ocr", "none", "none"]
    done: list[int] = []

    def kill_in_the_middle(step: Progress) -> None:
        done.append(step.done)
        if step.done == 2 and engine._host is not None and engine._host.recognising_process_id is not None:
            psutil.Process(engine._host.recognising_process_id).kill()

    document = engine.read_scans(opened, Context(kill_in_the_middle))
    assert done == [1, 2, 3, 4]
    assert document.text.split("\n\n") == [f"This is sheet number {number}." for number in (11, 12, 13, 14)]
    assert all(page.problem is None for page in document.pages)
    engine.shutdown()


def test_a_page_that_takes_too_long_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    write_scan(path, [Sheet(ENGLISH_SHEET)])
    host = DocumentHost(limits=Limits(recognise_seconds=0.2))
    opened = host.open(path, Context())
    host.read(opened, Context())
    with host.recognising(opened, 1) as recognise, pytest.raises(DocumentError) as caught:
        recognise(1, Context())
    assert caught.value.code == "page_timeout"
    document = host.read(opened, Context(), {1: None})
    assert document.pages[0].problem == "ocr_failed"
    assert [notice.code for notice in document.notices] == ["scans_failed"]
    assert host.render(opened, 1, 0.2).result(60).page == 1
    host.shutdown()


def test_what_needs_no_recognising(tmp_path: Path) -> None:
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), "Words of a text layer.")
    document.new_page()
    document.save(tmp_path / "blank.pdf")
    host = DocumentHost()
    opened = host.open(tmp_path / "blank.pdf", Context())
    assert host.read(opened, Context()).notices == ()
    assert host.pictures(opened) == frozenset()
    host.shutdown()


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("", True),
        ("Plain words", False),
        ("\ufffd\ufffd\ufffd \ufffda", True),
        ("服务合同", False),
        ("\ue001\ue002\ue003 ab", True),
    ],
)
def test_layers_of_no_use(text: str, needs: bool) -> None:
    assert needs_ocr([Line(text, 0, 0, 10, 10, 100, False, True, 0, 0)] if text else []) is needs
