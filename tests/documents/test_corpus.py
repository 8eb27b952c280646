"""Real and damaged files: each is read or refused with a reason, and what is highlighted is what is meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.documents.host import DocumentHost
from assistant.documents.opened import OpenDocument
from assistant.errors import MESSAGES, DocumentError
from assistant.jobs import Context
from assistant.types import Document, PageText, Span
from helpers.under_quads import letters, page_glyphs, text_under

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / ".." / "shared" / "corpus"
KINDS = ("pdf", "docx", "pptx", "html", "text", "xlsx", "odf", "rtf", "epub")
OURS = (".docx", ".pptx", ".xlsx", ".csv", ".odt", ".ods", ".odp", ".rtf", ".epub", ".fb2")
FILES = sorted(
    [path for kind in KINDS for path in (CORPUS / kind).glob("*")]
    + [path for path in (ROOT / "tests" / "data").glob("*") if path.suffix in OURS]
    + [
        path
        for path in (ROOT / "resources" / "samples").glob("*")
        if path.suffix in (".pdf", ".docx", ".html", ".md", ".txt")
    ]
)
OVERPRINTED = {
    # Labels printed over each other in a scaled drawing; cells whose text runs into the next cell.
    "docling__skipped_2pages.pdf",
    "docling__table_with_heading_01.html",
}
REFUSALS = {
    *("password_required", "no_pages", "damaged_document", "office_encrypted", "document_unsafe", "empty_file"),
    "unsupported_format",
}
REMADE = {"pdf.js__poppler-91414-0-53.pdf"}
"""Its tree of pages is made anew; MuPDF alone, which highlights are compared with, finds no page."""
COMMENTED = {"pdf.js__pr20043.pdf", "pdf.js__annotation-line-without-appearance-empty-Rect.pdf"}
_PAGES = 4


@pytest.fixture(scope="module")
def host() -> Iterator[DocumentHost]:
    running = DocumentHost()
    yield running
    running.shutdown()


def _whole(text: str, shown: PageText, start: int, end: int) -> Span:
    """The span without cutting ligatures, which are one glyph, or letters from their combining marks, which share one
    place on the page."""
    cut = (shown.offsets < end) & (shown.ends > end)
    end = int(shown.ends[cut].max()) if cut.any() else end
    cut = (shown.offsets < start) & (shown.ends > start)
    start = int(shown.offsets[cut].min()) if cut.any() else start

    def inside(at: int) -> bool:
        if not 0 < at < len(text):
            return False
        # The letters of a ligature of our own fonts share one place.
        ligature = text[at - 1 : at + 1] in ("ff", "fi", "fl")
        return ligature or unicodedata.category(text[at])[0] == "M" or unicodedata.combining(text[at - 1]) == 9

    while inside(start):
        start -= 1
    while inside(end):
        end += 1
    return Span(start, end)


def _single_scripts(text: str) -> bool:
    """Whether no letter stands before the one that it follows in the text, as Indic vowels do, and none of Thaana's,
    whose vowels lie over the letter beside."""
    return not any("\u0780" <= c <= "\u07bf" or "\u0900" <= c <= "\u109f" or "\u1780" <= c <= "\u17ff" for c in text)


@pytest.mark.skipif(not FILES, reason="there are no documents")
@pytest.mark.timeout(120)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[:60])
def test_read_or_refused_and_highlights_are_exact(path: Path, host: DocumentHost) -> None:
    try:
        opened = host.open(path, Context())
    except DocumentError as error:
        refusal = error.code
    else:
        refusal = None
    if refusal is not None:
        assert refusal in REFUSALS
        assert refusal in MESSAGES
        return
    document = host.read(opened, Context())
    assert document.pages[0].span.start == 0
    assert document.pages[-1].span.end == len(document.text)
    assert all(a.span.end == b.span.start for a, b in zip(document.pages, document.pages[1:], strict=False))
    assert all(a.span.end <= b.span.start for a, b in zip(document.blocks, document.blocks[1:], strict=False))
    if path.name not in OVERPRINTED | REMADE:
        _check_highlights(path, host, opened, document)
    host.close(opened)


def _check_highlights(path: Path, host: DocumentHost, opened: OpenDocument, document: Document) -> None:
    written = [page for page in document.pages if len(page.span)]
    if not written:
        return
    step = max(1, len(written) // _PAGES)
    chosen = written[::step][:_PAGES]
    noted = [block.span for block in document.blocks if block.kind == "footnote" and path.name in COMMENTED]
    texts: dict[int, PageText] = {page.number: host.page_text(opened, page.number).result(60) for page in chosen}

    @settings(max_examples=15, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        page = data.draw(st.sampled_from(chosen))
        start = data.draw(st.integers(page.span.start, page.span.end - 1))
        end = min(page.span.end, start + data.draw(st.sampled_from((1, 2, 5, 20, 80, 300))))
        span = _whole(document.text, texts[page.number], start, end)
        # A comment is written nowhere on the page.
        shown = not any(span.overlaps(other) for other in noted)
        if shown and page.span.contains(span) and _single_scripts(span.of(document.text)):
            under = text_under(page_glyphs(path, page.number), texts[page.number].quads(span))
            assert letters(under) == letters(span.of(document.text))

    check()
