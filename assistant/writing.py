"""Results and notes as files for other programs: summaries (Markdown, DOCX), entities (CSV, JSON), notes (Markdown).

Each file is there as a whole or not at all. The words that are not the document's come from the caller, who knows the
reader's language. Functions block for the disk and raise ``UserError`` where it cannot be written to.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.insights import SectionSummary
from assistant.labelling.formats.table import guarded
from assistant.labelling.whole_files import write_bytes, write_file
from assistant.types import Document, Entities, Evidence, Mark

Page = Callable[[int], str]
"""The words for a page: "page 3"."""

Content = Sequence[SectionSummary] | Sequence[Evidence]
"""A summary by section, or as a whole."""

_MARKS = re.compile(r"([\\`*_\[\]<>|#])")
_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLUMNS = ("label", "name", "text", "page", "start", "end", "score", "source", "value")


def summary_markdown(path: Path, title: str, document: Document, content: Content, page: Page) -> None:
    """Headings and sentences as a list, each with its page. A section without a title has no heading."""
    sections = _sections(content)
    lines = [f"# {_plain(title)}", "", f"*{_plain(document.path.name)}*", ""]
    for section in sections:
        if section.title:
            lines += [f"## {_plain(section.title)}", ""]
        lines += [f"- {_plain(item.text)} ({_plain(page(item.page))})" for item in section.sentences]
        lines.append("")
    write_file(path, ["\n".join(lines).rstrip() + "\n"])


def summary_docx(path: Path, title: str, document: Document, content: Content, page: Page) -> None:
    """The same as a document of Word, with its own styles for headings and lists."""
    from docx import Document as Word

    sections = _sections(content)
    word = Word()
    word.core_properties.title = _clean(title)
    word.core_properties.author = ""
    word.core_properties.comments = ""
    word.add_heading(_clean(title), level=0)
    word.add_paragraph(_clean(document.path.name)).runs[0].italic = True
    for section in sections:
        if section.title:
            word.add_heading(_clean(section.title), level=1)
        for item in section.sentences:
            paragraph = word.add_paragraph(f"{_clean(item.text)} ", style="List Bullet")
            paragraph.add_run(f"({_clean(page(item.page))})").italic = True
    out = io.BytesIO()
    word.save(out)
    write_bytes(path, [out.getvalue()])


def entities_csv(path: Path, found: Entities) -> None:
    """A mention a row, after the heading, with a byte order mark as Excel wants it.

    A cell that a spreadsheet would calculate gets an apostrophe in front (CWE-1236).
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for entity in found.entities:
        for mention in entity.mentions:
            words = (entity.label, entity.name, " ".join(mention.text.split()))
            numbers = (str(mention.page), str(mention.span.start), str(mention.span.end), f"{mention.score:.4f}")
            writer.writerow(
                [*map(guarded, words), *numbers, guarded(mention.source), guarded(mention.value or entity.value or "")]
            )
    write_file(path, ["\ufeff", out.getvalue()])


def entities_json(path: Path, document: Document, found: Entities) -> None:
    """Entities with their mentions; offsets are code points of the document's text."""
    made = {
        "document": {"name": document.path.name, "sha256": document.sha256, "title": document.title},
        "model": found.model,
        "entities": [
            {
                "label": entity.label,
                "name": entity.name,
                "value": entity.value,
                "score": round(entity.score, 4),
                "mentions": [
                    {
                        "text": mention.text,
                        "page": mention.page,
                        "start": mention.span.start,
                        "end": mention.span.end,
                        "score": round(mention.score, 4),
                        "source": mention.source,
                        "value": mention.value,
                    }
                    for mention in entity.mentions
                ],
            }
            for entity in found.entities
        ],
    }
    write_file(path, [json.dumps(made, ensure_ascii=False, indent=1) + "\n"])


def marks_markdown(
    path: Path, title: str, marks: Sequence[Mark], labels: Sequence[str], words: Callable[[str], str]
) -> None:
    """Marks in document order with their pages; ``labels`` are printed on the pages. ``words`` translates the few words
    that stand between them (``p. {page}``, ``Bookmark`` ...)."""
    lines = [f"# {_plain(title)}", ""]
    for mark in marks:
        # Title and labels are the document's words, too: no picture, link or tag is to come of them.
        page = _plain(labels[mark.page - 1]) if 0 < mark.page <= len(labels) else str(mark.page)
        where = words("p. {page}").replace("{page}", page)
        if mark.lost:
            where = words("Not found in the document as it is now")
        if mark.kind == "bookmark":
            lines.append(f"- **{words('Bookmark')}**: {_plain(mark.note) or where} ({where})")
        elif mark.quote:
            lines.append(f"- > {_plain(mark.quote)} ({where})")
        else:
            lines.append(f"- **{words('Note on the page')}** ({where})")
        if mark.note and mark.kind != "bookmark":
            lines += ["", *(f"  {_plain(line)}" for line in mark.note.splitlines())]
        lines.append("")
    write_file(path, ["\n".join(lines).rstrip() + "\n"])


def _sections(content: Content) -> Sequence[SectionSummary]:
    found = [item for item in content if isinstance(item, SectionSummary)]
    sentences = tuple(item for item in content if isinstance(item, Evidence))
    # A summary of the whole is one section without a title.
    return [*found, *([SectionSummary("", sentences[0].span, sentences[0].page, sentences)] if sentences else [])]


def _plain(text: str) -> str:
    """On one line, and in Markdown as it was written."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _CONTROL.sub("", " ".join(text.split()))
