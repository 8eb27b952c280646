"""Long PDFs for benchmarks and for tests of bounded memory: every page has its own text, and there is an outline."""

from __future__ import annotations

import random
from pathlib import Path

import pymupdf

_TEXT = Path(__file__).resolve().parents[1] / "data" / "services-agreement.txt"
_WIDTH, _HEIGHT = 595.0, 842.0


def write_big_pdf(path: Path, pages: int = 1000, seed: int = 1) -> Path:
    """A PDF of ``pages`` pages in A4 with about 2,000 characters on each. The same arguments give the same text."""
    chance = random.Random(seed)
    # The standard fonts have no typographic quotes.
    text = _TEXT.read_text(encoding="utf-8").translate({0x2019: "'", 0x201C: '"', 0x201D: '"'})
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    long = [part for part in paragraphs if len(part) > 120]
    document = pymupdf.open()
    outline: list[list[object]] = []
    for number in range(1, pages + 1):
        page = document.new_page(width=_WIDTH, height=_HEIGHT)
        page.insert_text((72, 48), "Collected agreements", fontname="helv", fontsize=8)
        page.insert_text((_WIDTH / 2, _HEIGHT - 40), str(number), fontname="helv", fontsize=8)
        if number % 10 == 1:
            title = f"Part {number // 10 + 1}"
            outline.append([1, title, number])
            page.insert_text((72, 86), title, fontname="tibo", fontsize=15)
        body = [f"{number}.{index} {part}" for index, part in enumerate(chance.sample(long, min(8, len(long))), 1)]
        # What does not fit is left out; the page is full either way.
        left = -1.0
        while left < 0 and body:
            box = pymupdf.Rect(72, 104, _WIDTH - 72, _HEIGHT - 72)
            left = page.insert_textbox(box, "\n\n".join(body), fontname="tiro", fontsize=10.5)
            body.pop()
    document.set_toc(outline)
    document.save(str(path), garbage=3, deflate=True, no_new_id=True)
    document.close()
    return path
