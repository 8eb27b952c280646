"""DOCX, DOCM, DOTX and DOTM, Transitional and Strict. External relations are never followed."""

from __future__ import annotations

from pathlib import Path

from assistant.documents.flow import FlowSource
from assistant.documents.limits import XML_DEPTH
from assistant.documents.ooxml.layout import OFFICE_CSS
from assistant.documents.ooxml.package import Package
from assistant.documents.ooxml.word import WordReader
from assistant.errors import DocumentError


def load(path: Path, password: str | None) -> FlowSource:
    """Raises DocumentError. ``password`` is not used: encrypted files are no ZIP files and are told before."""
    with Package(path) as package:
        try:
            reader = WordReader(package)
            parts = reader.parts()
        except RecursionError:
            raise DocumentError("too_deep", path=str(path), limit=XML_DEPTH) from None
        notices = [*reader.runs.budget.notices, *package.notices(reader.pictures.omitted)]
        return FlowSource(path, parts or ["<p></p>"], package.title(), OFFICE_CSS, notices=notices)
