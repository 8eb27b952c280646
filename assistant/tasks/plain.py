"""Documents from bare text, for data files that have no document behind them (evaluation, training)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import regex

from assistant.documents.segment import detect_language
from assistant.types import Block, Document, Page, Sentence, Span

_PARAGRAPH = regex.compile(r"\S.*?(?=\n\s*\n|\s*\Z)", regex.DOTALL)
_PAGE = (595.0, 842.0)


def plain_document(text: str, language: str | None = None, title: str = "") -> Document:
    """One page, a block for each run of text between empty lines; short lines without an end mark are headings."""
    blocks = []
    for match in _PARAGRAPH.finditer(text):
        paragraph = match.group()
        heading = len(paragraph) <= 90 and "\n" not in paragraph and paragraph[-1] not in ".!?:;,。！？：；，\"'”’)"
        blocks.append(Block(Span(match.start(), match.end()), "heading" if heading else "paragraph", int(heading)))
    return _document(text, tuple(blocks), language, title)


def document_of_sentences(
    sentences: Sequence[str], language: str | None = None, title: str = ""
) -> tuple[Document, tuple[Sentence, ...]]:
    """A document whose sentences are given, and these sentences: one block, sentences divided by a space."""
    spans: list[Span] = []
    offset = 0
    for sentence in sentences:
        spans.append(Span(offset, offset + len(sentence)))
        offset += len(sentence) + 1
    text = " ".join(sentences)
    document = _document(text, (Block(Span(0, len(text)), "paragraph"),), language, title)
    return document, tuple(Sentence(span, 0) for span in spans)


def _document(text: str, blocks: tuple[Block, ...], language: str | None, title: str) -> Document:
    return Document(
        path=Path("text"),
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        format="txt",
        text=text,
        pages=(Page(1, Span(0, len(text)), *_PAGE, "layout"),),
        blocks=blocks,
        language=language or detect_language(text),
        title=title,
    )
