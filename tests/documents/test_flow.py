"""Long documents that are laid out: their text is known without laying them out once more, and is that of the pages."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest
from pymupdf import mupdf

from assistant.documents import mupdf as mu
from assistant.documents.flow import FlowSource
from assistant.documents.host import DocumentHost
from assistant.documents.opened import OpenDocument
from assistant.errors import Cancelled
from assistant.jobs import Context, Progress
from assistant.types import PageImage, Span

PROSE = "".join(f"<p>Paragraph {item} of the long text. {'Word ' * 90}</p>" for item in range(40))
PARTS = [f"<h2>Part {number}</h2>{PROSE}" for number in range(50)]


def test_the_lines_of_a_page_are_those_of_the_page(tmp_path: Path) -> None:
    source = FlowSource(tmp_path / "long.html", PARTS)
    while not source.step():
        pass
    assert source.count() > 200
    for page in (0, 1, 7, 8, 100, source.count() - 1):
        known = source.lines(page)
        assert known is not None
        assert known == mu.lines_json(mupdf.FzStextPage(source.display_list(page), mu.text_options()))
    source.close()
    assert source.lines(1) is None


def test_a_long_text_is_read_and_marked(host: DocumentHost, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text(
        "\n\n".join(f"Line {number} of a text that goes on and on. " + "word " * 80 for number in range(4000))
    )
    opened = host.open(path, Context())
    document = host.read(opened, Context())
    assert len(document.pages) > 300
    assert all(f"Line {number} of" in document.text for number in range(4000))
    at = document.text.index("Line 2000 of")
    page = next(each for each in document.pages if at < each.span.end)
    [quad] = host.page_text(opened, page.number).result(60).quads(Span(at, at + 9))
    assert 60 < quad.bounds[0] < quad.bounds[2] < 530
    host.close(opened)


def _long_sheet(path: Path) -> Path:
    """Late rows are wider than the first ones, and have more columns."""
    rows = [f"{number},Item {number},some words" for number in range(20_000)]
    rows += [f"{number},An item with a much longer name,{'more words ' * 4},late,later" for number in range(2_000)]
    path.write_text("number,item,remark\n" + "\n".join(rows), encoding="utf-8")
    return path


def _long_text(path: Path) -> Path:
    path.write_text(
        "\n\n".join(f"Line {number} of a text. " + "word " * 80 for number in range(6000)), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize(("name", "make"), [("long.csv", _long_sheet), ("long.txt", _long_text)])
def test_the_first_pages_are_shown_while_the_rest_is_laid_out(
    name: str, make: Callable[[Path], Path], host: DocumentHost, tmp_path: Path
) -> None:
    early: list[tuple[OpenDocument, Future[PageImage], Future[PageImage]]] = []
    progress: list[Progress] = []

    def publish(partial: object) -> None:
        assert isinstance(partial, OpenDocument)
        early.append((partial, host.render(partial, 1, 1.0), host.render(partial, len(partial.page_sizes), 1.0)))
        early[-1][1].result(60)

    opened = host.open(make(tmp_path / name), Context(progress.append, publish))
    [(first, picture, last)] = early
    assert first.id == opened.id
    assert len(first.page_sizes) == 30 < len(opened.page_sizes)
    assert any(step.stage == "layout" for step in progress[-3:]), "it was published in the middle of the layout"
    # Which draws all pages, so that the first ones are made anew.
    document = host.read(opened, Context())
    assert len(document.pages) == len(opened.page_sizes)
    # What is on the screen stays as it is, and is where the text says.
    assert picture.result(60).pixels == host.render(opened, 1, 1.0).result(60).pixels
    assert last.result(60).pixels == host.render(opened, 30, 1.0).result(60).pixels
    # Those who know the first pages only can ask for the others.
    assert host.render(first, len(opened.page_sizes), 1.0).result(60).pixels
    host.close(opened)


def test_closed_before_the_rest_was_laid_out(host: DocumentHost, tmp_path: Path) -> None:
    def publish(partial: object) -> None:
        assert isinstance(partial, OpenDocument)
        host.close(partial)

    with pytest.raises(Cancelled):
        host.open(_long_sheet(tmp_path / "long.csv"), Context(lambda _: None, publish))
