"""What is written for other programs, as a part of the engine: annotated PDF, notes, entities, summaries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.desk import Desk
from assistant.documents.opened import OpenDocument
from assistant.insights import SectionSummary
from assistant.jobs import JobContext
from assistant.marks import Marks
from assistant.types import Document, Entities, Evidence, Mention


class ExportDesk(Desk):
    """Thread-safe; every method blocks its thread. A file is there as a whole or not at all."""

    marks: Marks
    """What the reader left in documents; see :class:`assistant.marks.Marks`."""

    def write_entities(self, path: Path, suffix: str, document: Document, found: Entities) -> None:
        """Entities as ``csv`` or ``json``, whole or not at all. Raises ``UserError``."""
        # Formats of other programs are loaded when one is written, not before the window is seen.
        from assistant import writing

        if suffix == "csv":
            writing.entities_csv(path, found)
        else:
            writing.entities_json(path, document, found)

    def write_summary(
        self,
        path: Path,
        suffix: str,
        title: str,
        document: Document,
        content: tuple[SectionSummary, ...] | tuple[Evidence, ...],
        page: Callable[[int], str],
    ) -> None:
        """A summary, whole or by section, as ``md`` or ``docx``; ``page`` gives the words for a page. Raises
        ``UserError``."""
        from assistant import writing

        write = writing.summary_docx if suffix == "docx" else writing.summary_markdown
        write(path, title, document, content, page)

    def export_pdf(
        self,
        opened: OpenDocument,
        document: Document,
        target: Path,
        ctx: JobContext,
        *,
        mentions: Sequence[Mention] = (),
        replace_source: bool = False,
    ) -> None:
        """Write the document with its highlights and notes, and with ``mentions``, as a PDF. See
        :func:`assistant.exporting.annotated_pdf` for what it raises."""
        from assistant.exporting import annotated_pdf

        with self._until_closed(opened):
            annotated_pdf(
                self._started_host(),
                opened,
                document,
                self.marks.of(document),
                mentions,
                target,
                self._guard(ctx),
                replace_source=replace_source,
            )

    def export_marks(
        self, document: Document, title: str, labels: Sequence[str], target: Path, words: Callable[[str], str]
    ) -> None:
        """Write highlights, notes and bookmarks as Markdown, with pages. ``words`` gives the few words between them in
        the reader's language. Raises ``UserError``."""
        from assistant import writing

        writing.marks_markdown(target, title, self.marks.of(document), labels, words)
