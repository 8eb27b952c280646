"""The word above or below another one on the page."""

from __future__ import annotations

import numpy as np

from assistant.types import Document, Span
from ui.models.word_steps import next_word, previous_word
from ui.views.page_texts import word_at
from ui.views.page_view import PageView


def word_on_line(pages: PageView, document: Document, span: Span, step: int) -> Span | None:
    """The word one line further down (+1) or up (-1), nearest to the middle of ``span``; None at the page's glyphs'
    end or where they are not there yet."""
    page = document.page_at(span.start)
    text = pages.texts.get(page) if pages.texts is not None else None
    if text is None or len(text.offsets) == 0:
        return None
    inside = (text.offsets >= span.start) & (text.offsets < span.end)
    if not inside.any():
        return None
    line = int(text.lines[inside][0 if step < 0 else -1])
    same = inside & (text.lines == line)
    x = float((text.boxes[same, 0].min() + text.boxes[same, 2].max()) / 2)
    numbers = np.unique(text.lines)
    place = int(np.searchsorted(numbers, line)) + step
    if not 0 <= place < len(numbers):
        return next_word(document.text, span.end) if step > 0 else previous_word(document.text, span.start)
    glyphs = np.flatnonzero(text.lines == numbers[place])
    distance = np.maximum(text.boxes[glyphs, 0] - x, x - text.boxes[glyphs, 2])
    nearest = int(text.offsets[glyphs[int(np.argmin(distance))]])
    word = word_at(document.text, nearest)
    if any(character.isalnum() for character in word.of(document.text)):
        return word
    return next_word(document.text, nearest) or previous_word(document.text, nearest)
