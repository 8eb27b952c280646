"""Pictures on pages that have a text layer, too: what is written on them is read, in its place, and only there."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pymupdf
import pytest

from assistant.documents.host import DocumentHost
from assistant.documents.lines import Line
from assistant.documents.mixed import Placed, regions, without_templates
from assistant.engine import Engine
from assistant.jobs import Context
from assistant.paths import Paths
from assistant.types import Document, Span
from helpers.pdfs import make_pdf, prose

PROSE = [
    "The committee met on the third of March and agreed on all of the points below.",
    "Each of them was discussed at length, and a vote was taken where it was needed.",
]
SHOT = ["Password of the archive is", "Lindenbaum Seventeen"]


def picture(folder: Path, lines: list[str], size: tuple[float, float] = (300, 120)) -> pymupdf.Pixmap:
    """Lines of text as pixels at 200 dpi."""
    path = make_pdf(folder / "source.pdf", [prose(lines, x=20, y=40, size=14, pitch=22)])
    with pymupdf.open(path) as source:
        return source[0].get_pixmap(dpi=200, clip=pymupdf.Rect(0, 0, *size))


def photograph() -> pymupdf.Pixmap:
    found = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 400, 300), False)
    for y in range(300):
        for x in range(0, 400, 4):
            found.set_rect(pymupdf.IRect(x, y, x + 4, y + 1), (x // 2, y // 2, 90))
    return found


Write = Callable[[Path], None]


def report(path: Path) -> None:
    """A page with a screenshot between two paragraphs, then one with a photograph."""
    with pymupdf.open() as document:
        page = document.new_page()
        for number, line in enumerate(PROSE):
            page.insert_text((72, 100 + 16 * number), line, fontsize=11)
        page.insert_image(pymupdf.Rect(100, 200, 400, 320), pixmap=picture(path.parent, SHOT))
        page.insert_text((72, 400), "After the picture the report goes on with the next item.", fontsize=11)
        second = document.new_page()
        second.insert_text((72, 100), PROSE[0], fontsize=11)
        second.insert_image(pymupdf.Rect(100, 200, 400, 425), pixmap=photograph())
        document.save(path)


def stamped(path: Path) -> None:
    """A scan with a line of real text above what was scanned, which is in the picture as well."""
    stamp = "Case 17-cv-204 filed with the registry on 2 May"
    lines = [stamp, "", *PROSE]
    with pymupdf.open() as document:
        page = document.new_page()
        source = make_pdf(path.with_suffix(".source.pdf"), [prose(lines, x=72, y=60, size=12, pitch=20)])
        with pymupdf.open(source) as original:
            page.insert_image(page.rect, pixmap=original[0].get_pixmap(dpi=150))
        page.insert_text((72, 60), stamp, fontsize=12)
        document.save(path)


def templates(path: Path) -> None:
    """The same picture on each page."""
    shot = picture(path.parent, SHOT)
    with pymupdf.open() as document:
        number = 0
        for line in ("one", "two", "three"):
            page = document.new_page()
            page.insert_text((72, 100), f"This is page {line} of the report, with a background.", fontsize=11)
            number = page.insert_image(pymupdf.Rect(100, 200, 400, 320), pixmap=shot, xref=number)
        document.save(path)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine.create(Paths.under(tmp_path / "profile"))
    yield engine
    engine.shutdown()


def both(engine: Engine, path: Path) -> tuple[Document, Document]:
    """Before and after recognition."""
    opened = engine.open(path, Context())
    first = engine.read(opened, Context())
    return first, engine.read_scans(opened, Context())


def test_text_of_a_screenshot_stands_where_the_screenshot_does(engine: Engine, tmp_path: Path) -> None:
    report(tmp_path / "report.pdf")
    first, document = both(engine, tmp_path / "report.pdf")
    assert "Lindenbaum" not in first.text
    assert [notice.code for notice in first.notices] == ["pictures_waiting"]
    assert engine.has_scans(first)
    assert document.notices == ()
    words = " ".join(document.text.split())
    assert " ".join(PROSE + SHOT) + " After the picture" in words
    # Nothing is on the photograph.
    assert [page.source for page in document.pages] == ["mixed", "layer"]
    assert document.pages[1].span.of(document.text).strip() == PROSE[0]


def test_it_is_marked_where_it_is_seen(engine: Engine, tmp_path: Path) -> None:
    report(tmp_path / "report.pdf")
    opened = engine.open(tmp_path / "report.pdf", Context())
    engine.read(opened, Context())
    document = engine.read_scans(opened, Context())
    shown = engine.page_text(opened, 1).result(60)
    at = document.text.index("Lindenbaum")
    [quad] = shown.quads(Span(at, at + len("Lindenbaum")))
    x0, y0, x1, y1 = quad.bounds
    # It was written at (20, 62) of the picture, which lies at (100, 200).
    assert abs(x0 - 120) < 4
    assert 240 < y0 < 262 < y1 < 275
    assert 170 < x1 < 210
    after = document.text.index("After the picture")
    [below] = shown.quads(Span(after, after + 5))
    assert abs(below.bounds[0] - 72) < 2
    assert below.bounds[3] > 395


def test_a_stamped_scan_is_read_and_the_stamp_is_not_read_twice(engine: Engine, tmp_path: Path) -> None:
    stamped(tmp_path / "stamped.pdf")
    first, document = both(engine, tmp_path / "stamped.pdf")
    assert first.text.strip() == "Case 17-cv-204 filed with the registry on 2 May"
    assert document.text.count("17-cv-204") == 1
    assert " ".join(document.text.split()).endswith(" ".join(PROSE))


def test_what_was_recognised_is_kept(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    report(path)
    _, document = both(engine, path)
    again = Engine.create(Paths.under(tmp_path / "profile"))
    try:
        opened = again.open(path, Context())
        kept = again.read(opened, Context())
        assert kept.text == document.text
        at = kept.text.index("Lindenbaum")
        assert again.page_text(opened, 1).result(60).quads(Span(at, at + 5))
        again.close(opened)
    finally:
        again.shutdown()


def test_a_picture_of_the_design_is_not_read(host: DocumentHost, tmp_path: Path) -> None:
    templates(tmp_path / "design.pdf")
    opened = host.open(tmp_path / "design.pdf", Context())
    assert host.read(opened, Context()).notices == ()
    assert host.pictures(opened) == frozenset()


def _line(x0: float, y0: float, x1: float, y1: float) -> Line:
    tenths = (round(10 * x0), round(10 * y0), round(10 * x1), round(10 * y1))
    return Line("some words", *tenths, 110, False, True, 0, 0)


SIZE = (600.0, 800.0)


def test_small_pictures_and_those_with_text_on_them_are_left_alone() -> None:
    logo = Placed(1, (40, 40, 120, 80))
    scan = Placed(2, (0, 0, 600, 800))
    rows = [_line(50, y, 550, y + 12) for y in range(50, 750, 16)]
    assert regions([logo], [], SIZE) == []
    assert regions([scan], rows, SIZE) == []
    assert regions([scan], rows[:1], SIZE) == [scan]


def test_strips_of_a_scan_are_one_picture() -> None:
    strips = [Placed(number, (0, 100.0 * number, 600, 100.0 * number + 100)) for number in range(8)]
    assert regions(strips, [], SIZE) == [Placed(0, (0, 0, 600, 800))]


def test_a_picture_over_another_one_takes_its_place() -> None:
    below, above = Placed(1, (100, 100, 300, 300)), Placed(2, (0, 0, 600, 400))
    assert regions([below, above], [], SIZE) == [above]
    assert regions([above, below], [], SIZE) == [above]


def test_a_picture_on_three_pages_is_of_their_design() -> None:
    letterhead, chart = Placed(5, (0, 0, 600, 100)), Placed(6, (0, 200, 600, 600))
    found = {0: [letterhead, chart], 1: [letterhead], 2: [letterhead]}
    assert without_templates(found) == {0: [chart]}


def test_pictures_of_formats_without_pages_are_read(engine: Engine, tmp_path: Path) -> None:
    data = base64.b64encode(picture(tmp_path, SHOT).tobytes("png")).decode()
    shown = f'<img src="data:image/png;base64,{data}" width="400">'
    (tmp_path / "page.html").write_text(f"<p>{PROSE[0]}</p><p>{shown}</p><p>{PROSE[1]}</p>")
    first, document = both(engine, tmp_path / "page.html")
    assert [notice.code for notice in first.notices] == ["pictures_waiting"]
    assert " ".join(document.text.split()) == " ".join([PROSE[0], *SHOT, PROSE[1]])
    assert [page.source for page in document.pages] == ["mixed"]
    # Nothing but a picture, as of a scan that was put into a text file.
    (tmp_path / "scan.html").write_text(f"<html><body>{shown}</body></html>")
    opened = engine.open(tmp_path / "scan.html", Context())
    first = engine.read(opened, Context())
    assert [notice.code for notice in first.notices] == ["pictures_waiting"]
    document = engine.read_scans(opened, Context())
    assert " ".join(document.text.split()) == " ".join(SHOT)
    assert document.notices == ()
    at = document.text.index("Lindenbaum")
    [quad] = engine.page_text(opened, 1).result(60).quads(Span(at, at + 10))
    assert quad.bounds[0] > 60
    engine.close(opened)
