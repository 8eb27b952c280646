"""Small PDFs made on the spot, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pymupdf

Text = tuple[float, float, str, float]
"""x, y, text, size."""


def make_pdf(path: Path, pages: Sequence[Sequence[Text]], font: str = "helv") -> Path:
    """One line of text for each entry. Helvetica (ASCII) is written by hand: a thousand times faster."""
    document = pymupdf.open()
    for texts in pages:
        page = document.new_page(width=595, height=842)
        by_hand = texts[1:] if font == "helv" else ()
        for x, y, text, size in texts[: len(texts) - len(by_hand)]:
            page.insert_text((x, y), text, fontsize=size, fontname=font)
        if by_hand:
            xref = page.get_contents()[0]
            shown = [
                f"BT /helv {size} Tf 1 0 0 1 {x} {842 - y} Tm ({_escaped(text)}) Tj ET" for x, y, text, size in by_hand
            ]
            document.update_stream(xref, document.xref_stream(xref) + "\n".join(["", *shown]).encode("ascii"))
    document.save(path)
    document.close()
    return path


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def prose(lines: Sequence[str], x: float = 72, y: float = 100, size: float = 10, pitch: float = 13) -> list[Text]:
    return [(x, y + number * pitch, line, size) for number, line in enumerate(lines)]
