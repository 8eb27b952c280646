"""Documents of plain text for tests of labels, without a file or a process."""

from __future__ import annotations

import hashlib
from pathlib import Path

from assistant.types import Block, Document, Label, Mention, Page, Span


def document(text: str, path: str = "/docs/a.txt", pages: int = 1, language: str = "en") -> Document:
    """One block a line, pages of about the same length; its SHA-256 is that of the text."""
    data = text.encode("utf-8", "surrogatepass")
    cuts = [len(text) * number // pages for number in range(pages + 1)]
    parts = tuple(
        Page(number + 1, Span(cuts[number], cuts[number + 1]), 595.0, 842.0, "layout") for number in range(pages)
    )
    blocks: list[Block] = []
    start = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            blocks.append(Block(Span(start, start + len(line.rstrip("\n"))), "paragraph"))
        start += len(line)
    return Document(
        Path(path), hashlib.sha256(data).hexdigest(), "txt", text, parts, tuple(blocks), language, Path(path).stem
    )


def span_of(document: Document, words: str, number: int = 0) -> Span:
    """The place of ``words``, the ``number``-th one."""
    start = -1
    for _ in range(number + 1):
        start = document.text.index(words, start + 1)
    return Span(start, start + len(words))


def mention(document: Document, words: str, label: str, score: float = 0.9, source: str = "model:m@1") -> Mention:
    span = span_of(document, words)
    return Mention(span, document.page_at(span.start), words, label, score, source)


def places(labels: tuple[Label, ...]) -> list[tuple[str, str, str]]:
    """Kind, value and words of each."""
    return [(label.kind, label.value, label.text) for label in labels]
