"""Words of a document as a quotation that says where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.types import Document, Span
from ui.i18n import tr
from ui.models.quotes import quoted


def quotation(document: Document, span: Span, labels: Sequence[str] = ()) -> str:
    """``“words” (title, p. 12)``. ``labels``: what is printed on the pages, where that is not their number."""
    words = quoted(" ".join(span.of(document.text).split()))
    first, last = document.page_at(span.start), document.page_at(max(span.end - 1, span.start))
    title = document.title.strip() or document.path.stem

    def name(page: int) -> str:
        return labels[page - 1] if len(labels) == len(document.pages) else str(page)

    if first == last:
        return tr("{words} ({title}, p. {page})", words=words, title=title, page=name(first))
    return tr("{words} ({title}, pp. {first}–{last})", words=words, title=title, first=name(first), last=name(last))
