"""What MuPDF itself says stands under a quad, found without any of Docent's own text code but its page layout."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pymupdf

from assistant.documents import registry
from assistant.types import Quad

Glyph = tuple[str, float, float]
"""Character and the centre of its box."""


@lru_cache(maxsize=4)
def _open(path: Path, password: str | None) -> object:
    spec = registry.detect(path)
    source = registry.loader(spec)(path, password)
    while not source.step():
        pass
    if spec.name == "pdf":
        document = pymupdf.open(path, filetype="pdf")
        if document.needs_pass:
            document.authenticate(password or "")
        return document
    return source


@lru_cache(maxsize=8)
def page_glyphs(path: Path, page: int, password: str | None = None) -> list[Glyph]:
    """All characters of a page (from 1), in the order of the file."""
    document = _open(path, password)
    flags = pymupdf.TEXTFLAGS_RAWDICT & ~pymupdf.TEXT_PRESERVE_IMAGES
    if isinstance(document, pymupdf.Document):
        content = document[page - 1].get_text("rawdict", flags=flags)
        # PyMuPDF gives places before the page's own rotation.
        turn = document[page - 1].rotation_matrix
    else:
        turn = pymupdf.Identity
        stext = pymupdf.DisplayList(document.display_list(page - 1)).get_textpage(flags)  # type: ignore[attr-defined]
        content = pymupdf.TextPage(stext).extractRAWDICT()
    glyphs = []
    for block in content["blocks"]:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                chars = span["chars"]
                # Of pages of our own the letters are where they were written.
                placed = _parted(chars) if path.suffix == ".pdf" else [(char, char["bbox"]) for char in chars]
                for char, (x0, y0, x1, y1) in placed:
                    centre = pymupdf.Point((x0 + x1) / 2, (y0 + y1) / 2) * turn
                    glyphs.append((char["c"], centre.x, centre.y))
    return glyphs


def _parted(chars: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], tuple[float, float, float, float]]]:
    """Characters with their boxes. The letters of an Arabic ligature, of which MuPDF gives all but the first no width,
    turned around, at its right edge, share its width."""
    found: list[tuple[dict[str, Any], tuple[float, float, float, float]]] = []
    flat: list[dict[str, Any]] = []
    for char in chars:
        x0, y0, x1, y1 = char["bbox"]
        if abs(x1 - x0) < 0.05 and "\u0620" <= char["c"] <= "\u064a":
            flat.append(char)
            continue
        fits = bool(flat) and abs(flat[0]["bbox"][0] - x1) < 0.6
        step = (x1 - x0) / (len(flat) + 1)
        for part, other in enumerate(flat):
            right = x1 - (len(flat) - part) * step
            found.append((other, (right - step, y0, right, y1) if fits else other["bbox"]))
        found.append((char, (x1 - step, y0, x1, y1) if fits else (x0, y0, x1, y1)))
        flat = []
    return found + [(other, other["bbox"]) for other in flat]


def text_under(glyphs: Sequence[Glyph], quads: Sequence[Quad]) -> str:
    """The characters whose centre lies in a quad, quad by quad."""
    found = []
    for quad in quads:
        x0, y0, x1, y1 = quad.bounds
        found.extend(c for c, x, y in glyphs if x0 <= x <= x1 and y0 <= y <= y1)
    return "".join(found)


def letters(text: str) -> str:
    """What has to be the same: no blanks, no invisible characters, ligatures as letters."""
    expanded = unicodedata.normalize("NFKC", text)
    if any(unicodedata.bidirectional(char) in ("R", "AL") for char in expanded):
        # MuPDF's own order of such letters is not that of reading, and it names the shapes of brackets.
        expanded = "".join(sorted(expanded.translate(str.maketrans("([{<«‹", ")]}>»›"))))
    return "".join(c for c in expanded if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc", "Cs"))
