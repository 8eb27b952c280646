"""Small PDFs made on the spot, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pymupdf

Text = tuple[float, float, str, float]
"""x, y, text, size."""


def make_pdf(path: Path, pages: Sequence[Sequence[Text]], font: str = "helv") -> Path:
    document = pymupdf.open()
    for texts in pages:
        page = document.new_page(width=595, height=842)
        for x, y, text, size in texts:
            page.insert_text((x, y), text, fontsize=size, fontname=font)
    document.save(path)
    document.close()
    return path


def prose(lines: Sequence[str], x: float = 72, y: float = 100, size: float = 10, pitch: float = 13) -> list[Text]:
    return [(x, y + number * pitch, line, size) for number, line in enumerate(lines)]
