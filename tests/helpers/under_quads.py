"""What MuPDF itself says stands under a quad, found without any of Docent's own text code but its page layout."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

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
                for char in span["chars"]:
                    x0, y0, x1, y1 = char["bbox"]
                    centre = pymupdf.Point((x0 + x1) / 2, (y0 + y1) / 2) * turn
                    glyphs.append((char["c"], centre.x, centre.y))
    return glyphs


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
    return "".join(c for c in expanded if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc", "Cs"))
