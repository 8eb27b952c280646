"""Long documents that are laid out: their text is known without laying them out once more, and is that of the pages."""

from __future__ import annotations

from pathlib import Path

from pymupdf import mupdf

from assistant.documents import mupdf as mu
from assistant.documents.flow import FlowSource
from assistant.documents.host import DocumentHost
from assistant.jobs import Context
from assistant.types import Span

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
