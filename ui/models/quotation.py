"""Words of a document as a quotation that says where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.types import Document, Span
from ui.i18n import tr
from ui.models.quotes import quoted


def cited(words: str, title: str, page: str) -> str:
    """``“words” (title, p. 12)``; white space is made single."""
    return tr("{words} ({title}, p. {page})", words=quoted(" ".join(words.split())), title=title, page=page)


def quotation(document: Document, span: Span, labels: Sequence[str] = ()) -> str:
    """``“words” (title, p. 12)``. ``labels``: what is printed on the pages, where that is not their number."""
    words = span.of(document.text)
    first, last = document.page_at(span.start), document.page_at(max(span.end - 1, span.start))
    title = document.title.strip() or document.path.stem

    def name(page: int) -> str:
        return labels[page - 1] if len(labels) == len(document.pages) else str(page)

    if first == last:
        return cited(words, title, name(first))
    words = quoted(" ".join(words.split()))
    return tr("{words} ({title}, pp. {first}–{last})", words=words, title=title, first=name(first), last=name(last))
