"""Real PDFs of several pages made of articles, read as the program reads them, with the places of known answers."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import pymupdf

from assistant.engine import Engine
from assistant.jobs import Context
from assistant.paths import Paths
from assistant.training.answer_documents import Article, AskedDocument, Question
from assistant.types import Document, Span

_PAGE = pymupdf.Rect(0, 0, 595, 842)
_BODY = pymupdf.Rect(72, 80, 523, 770)
_CSS = "body {font-family: serif; font-size: 10.5pt} h1 {font-size: 16pt} p {margin: 0 0 6pt 0}"


def write_article_pdf(path: Path, group: Sequence[Article]) -> Path:
    """A PDF in A4: a running head, numbered pages, a heading for each article, its paragraphs set by MuPDF's Story."""
    parts = []
    for article in group:
        parts.append(f"<h1>{html.escape(article.title)}</h1>")
        parts += [f"<p>{html.escape(' '.join(context.split()))}</p>" for context in article.contexts]
    story = pymupdf.Story("".join(parts), user_css=_CSS)
    aside = path.with_suffix(".body")
    writer = pymupdf.DocumentWriter(str(aside))
    more = True
    while more:
        device = writer.begin_page(_PAGE)
        more, _ = story.place(_BODY)
        story.draw(device)
        writer.end_page()
    writer.close()
    with pymupdf.open(str(aside), filetype="pdf") as document:
        for number, page in enumerate(document, start=1):
            page.insert_text((72, 50), "Collected articles", fontname="helv", fontsize=8)
            page.insert_text((290, 805), str(number), fontname="helv", fontsize=8)
        document.ez_save(str(path))
    aside.unlink()
    return path


def read_article_pdfs(groups: Sequence[tuple[str, Sequence[Article]]], folder: Path) -> list[AskedDocument]:
    """Each ``(name, articles)`` as a PDF in ``folder`` (made where it is missing), as the program reads it."""
    found = []
    with Engine(Paths(folder / "data", folder / "cache", folder / "log")) as engine:
        for name, group in groups:
            path = folder / f"{name}.pdf"
            if not path.is_file():
                write_article_pdf(path, group)
            document = engine.load(path, Context())
            found.append(AskedDocument(document, questions_in(document, group)))
    return found


def questions_in(document: Document, group: Sequence[Article]) -> tuple[Question, ...]:
    """Their questions with the answers' places in the text that was read; without those whose paragraph is not found.

    Paragraphs are found by their characters without white space, hyphens and running heads: reading joins lines.
    """
    bare, offsets = _bare(document)
    questions = []
    places: dict[str, tuple[int, list[int]] | None] = {}
    for article in group:
        for row in article.rows:
            if row.context not in places:
                places[row.context] = _place(bare, row.context)
            place = places[row.context]
            if place is None:
                continue
            at, prefix = place
            answers = []
            for start, text in row.answers:
                first, last = at + prefix[start], at + prefix[start + len(text)] - 1
                if first <= last:
                    answers.append(Span(offsets[first], offsets[last] + 1))
            if row.answers and not answers:
                continue
            questions.append(
                Question(row.question, row.lang, row.source, "answerable" if answers else "hard", tuple(answers))
            )
    return tuple(questions)


def _place(bare: str, context: str) -> tuple[int, list[int]] | None:
    """Where a paragraph begins in ``bare``, and how many kept characters stand before each of its offsets."""
    prefix, kept = [0], []
    for char in context:
        if _counts(char):
            kept.append(char)
        prefix.append(len(kept))
    at = bare.find("".join(kept))
    return None if at < 0 else (at, prefix)


def _bare(document: Document) -> tuple[str, list[int]]:
    chars, offsets = [], []
    for block in sorted(document.blocks, key=lambda item: item.span):
        if block.kind in ("running_head", "page_number"):
            continue
        for offset in range(block.span.start, block.span.end):
            if _counts(document.text[offset]):
                chars.append(document.text[offset])
                offsets.append(offset)
    return "".join(chars), offsets


def _counts(char: str) -> bool:
    return char.isalnum()
