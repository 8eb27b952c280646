"""PPTX, PPTM, PPSX and POTX. External relations are never followed; each slide begins on a page of its own."""

from __future__ import annotations

from pathlib import Path

from assistant.documents.flow import FlowSource
from assistant.documents.limits import XML_DEPTH
from assistant.documents.ooxml.layout import OFFICE_CSS
from assistant.documents.ooxml.package import Package
from assistant.documents.ooxml.slides import SlideReader
from assistant.errors import DocumentError


def load(path: Path, password: str | None) -> FlowSource:
    """Raises DocumentError. ``password`` is not used: encrypted files are no ZIP files and are told before."""
    with Package(path) as package:
        try:
            reader = SlideReader(package)
            parts = reader.parts()
        except RecursionError:
            raise DocumentError("too_deep", path=str(path), limit=XML_DEPTH) from None
        notices = [*reader.budget.notices, *package.notices(reader.pictures.omitted)]
        return FlowSource(path, parts or ["<p></p>"], package.title(), OFFICE_CSS, new_pages=True, notices=notices)
