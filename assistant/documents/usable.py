"""Whether the text layer of a page is of use, or the page has to be read as the picture that it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from assistant.documents.lines import Line

_SAMPLE = 4000
_MOST_JUNK = 0.3


def needs_ocr(lines: Sequence[Line]) -> bool:
    """No text at all, or mostly characters that no text has (fonts without, or with a broken, table of characters)."""
    text = "".join([line.text for line in lines])[:_SAMPLE]
    letters = [char for char in text if not char.isspace()]
    if not letters:
        return True
    if text.isascii():
        return False
    junk = sum(1 for char in letters if char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs"))
    return junk > _MOST_JUNK * len(letters)
