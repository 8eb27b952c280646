"""What leaves the window as files and pages: annotated PDF, notes as Markdown, links to outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPainter
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget
from shiboken6 import isValid

from assistant import settings as keys
from assistant.errors import UserError
from assistant.types import Mention, PageText
from ui.dialogs.confirm import ConfirmDialog, ask
from ui.dialogs.export_pdf import ExportPdfDialog
from ui.dialogs.link import LinkDialog
from ui.i18n import _, error_message, tr
from ui.jobs import Job, JobList
from ui.theme import Theme
from ui.views.document_view import DocumentView
from ui.views.page_layers import fill_under
from ui.views.page_links import PageLinks
from ui.views.page_view import PageSource
from ui.views.widgets import Look

if TYPE_CHECKING:
    from assistant.engine import Engine
    from ui.dialogs.printing import PrintDialog
    from ui.views.print_pages import PaintMarks, PrintRequest


_MARKDOWN_WORDS = (
    _("p. {page}"),
    _("Bookmark"),
    _("Note on the page"),
    _("Not found in the document as it is now"),
)
"""Between the notes in Markdown."""


class WindowExports(QObject):
    """One for the window, which owns the dialogs. Main thread only."""

    said = Signal(str)
    bug = Signal(object)

    def __init__(
        self,
        look: Look,
        engine: Engine,
        jobs: JobList,
        current: Callable[[], DocumentView | None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._look = look
        self._engine = engine
        self._jobs = jobs
        self._current = current
        self._window = window
        self.opener: Callable[[QUrl], object] = QDesktopServices.openUrl
        """Opens what the user agreed to."""

    def adopt(self, view: DocumentView) -> None:
        """A view was made."""
        engine = self._engine
        links = PageLinks(
            view.pages,
            self._jobs.dispatcher,
            lambda page: engine.links(view.printed.handle, page) if view.printed.handle is not None else None,
            view,
        )
        view.printed.switched.connect(links.forget)
        view.links = links
        view.shown.panes.opened.connect(links.follow)
        links.outside.connect(self.ask_link)
        if view.marks is not None:
            view.marks.export_wanted.connect(lambda how: self.choose_pdf() if how == "pdf" else self.choose_markdown())

    def handlers(self) -> dict[str, Callable[[], None]]:
        return {
            "export_notes": self.choose_markdown,
            "export_pdf": self.choose_pdf,
            "print": self.print_document,
        }

    # --- links -----------------------------------------------------------------------------------------------

    def ask_link(self, text: str) -> None:
        """Ask whether to open an address of the document's."""
        self._show(LinkDialog(self._look, text, self.opener, self._window))

    # --- annotated PDF ---------------------------------------------------------------------------------------

    def choose_pdf(self) -> None:
        view = self._current()
        if view is None or view.session.document is None:
            return
        merged = view.labels.state.merged
        dialog = ExportPdfDialog(self._look, has_entities=merged is not None, parent=self._window)
        dialog.accepted.connect(lambda: self._choose_target(view, entities=dialog.entities.isChecked()))
        self._show(dialog)

    def _choose_target(self, view: DocumentView, *, entities: bool) -> None:
        name = tr("{name} with notes.pdf", name=view.session.path.stem)
        target = self._ask_file(tr("Export as annotated PDF"), name, tr("PDF (*.pdf)"), ".pdf")
        if target is not None:
            self.export_pdf(view, target, entities=entities)

    def export_pdf(
        self, view: DocumentView, target: Path, *, entities: bool = False, replace_source: bool = False
    ) -> Job | None:
        """Write it in a job; the document itself is replaced only after a question."""
        engine, handle, document = self._engine, view.session.handle, view.session.document
        if handle is None or document is None:
            return None
        merged = view.labels.state.merged
        mentions: tuple[Mention, ...] = merged.mentions if entities and merged is not None else ()
        job = self._jobs.start(
            tr("Exporting {name}", name=target.name),
            lambda ctx: engine.export_pdf(
                handle, document, target, ctx, mentions=mentions, replace_source=replace_source
            ),
            self,
        )
        job.succeeded.connect(lambda _: self.said.emit(tr("Exported as {name}", name=target.name)))
        job.failed.connect(lambda error: self._on_pdf_failed(view, target, error, entities=entities))
        return job

    def _on_pdf_failed(self, view: DocumentView, target: Path, error: BaseException, *, entities: bool) -> None:
        if isinstance(error, UserError) and error.code == "export_over_source":
            dialog = ConfirmDialog(
                self._look,
                tr("Replace the document itself?"),
                tr("{name} is the document that is open. Your notes would become part of it.", name=target.name),
                tr("Replace it"),
                parent=self._window,
            )
            ask(dialog, lambda: self.export_pdf(view, target, entities=entities, replace_source=True))
            return
        self._on_failed(view, error)

    # --- Markdown --------------------------------------------------------------------------------------------

    def choose_markdown(self) -> None:
        view = self._current()
        if view is None or view.session.document is None:
            return
        name = tr("Notes on {name}.md", name=view.session.path.stem)
        target = self._ask_file(tr("Export the notes"), name, tr("Markdown (*.md)"), ".md")
        if target is not None:
            self.export_markdown(view, target)

    def export_markdown(self, view: DocumentView, target: Path) -> Job | None:
        engine, document = self._engine, view.session.document
        if document is None:
            return None
        labels, title = view.page_labels, view.session.title
        words = {text: tr(text) for text in _MARKDOWN_WORDS}
        job = self._jobs.start(
            tr("Exporting {name}", name=target.name),
            lambda ctx: engine.export_marks(document, title, labels, target, lambda key: words[key]),
            self,
        )
        job.succeeded.connect(lambda _: self.said.emit(tr("Exported as {name}", name=target.name)))
        job.failed.connect(lambda error: self._on_failed(view, error))
        return job

    # --- printing --------------------------------------------------------------------------------------------

    def print_document(self) -> None:
        """Ask what to print, and where. Only then what prints is loaded."""
        from ui.dialogs.printing import PrintDialog

        view = self._current()
        source = view.printed.pages if view is not None else None
        if view is None or source is None:
            return
        dialog = PrintDialog(
            self._look,
            source.page_sizes,
            max(view.pane.page, 1),
            lambda page, scale: source.render(page, scale, None, 1),
            self._jobs.dispatcher,
            marks=self._mark_painter(view),
            text=lambda page: source.page_text(page, 1),
            parent=self._window,
        )
        dialog.accepted.connect(lambda: self._choose_output(view, source, dialog))
        names = self._jobs.start("", lambda ctx: _printers(), dialog, quiet=True)
        names.succeeded.connect(lambda found: dialog.set_printers(*found))
        self._show(dialog)

    def _choose_output(self, view: DocumentView, source: PageSource, dialog: PrintDialog) -> None:
        from ui.views.print_pages import PrintRequest

        pages, name = tuple(dialog.pages), dialog.printer_name
        copies, gray, marks = dialog.copies.value(), dialog.gray.isChecked(), dialog.marks.isChecked()
        target: Path | None = None
        if not name:
            suggestion = tr("{name} printed.pdf", name=view.session.path.stem)
            target = self._ask_file(tr("Print to a PDF file"), suggestion, tr("PDF (*.pdf)"), ".pdf")
            if target is None:
                return
        self.print_pages(view, source, PrintRequest(pages, name, target, copies, gray), with_marks=marks)

    def print_pages(self, view: DocumentView, source: PageSource, request: PrintRequest, *, with_marks: bool) -> Job:
        """Print the pages of ``source``, those of the view, in a job. It can be stopped like any other, and stops with
        the document."""
        from ui.views.print_pages import print_pages

        path = view.session.path
        paint = self._mark_painter(view) if with_marks else None
        job = self._jobs.start(
            tr("Printing {name}", name=view.session.title),
            lambda ctx: print_pages(source, path, request, paint, ctx),
            self,
        )
        done = tr("Sent to the printer") if request.target is None else tr("Saved as {name}", name=request.target.name)
        job.succeeded.connect(lambda _: self.said.emit(done))
        job.cancelled.connect(lambda: self.said.emit(tr("Stopped.")))
        job.failed.connect(lambda error: self._on_failed(view, error))
        return job

    @staticmethod
    def _mark_painter(view: DocumentView) -> PaintMarks | None:
        """Paints the marks of a document as they are now, on white paper; None without any. For any thread."""
        if view.marks is None or not view.marks.state.marks or view.session.document is None:
            return None
        layer, theme = view.pages.layers.marks.copy(), Theme("light")

        def paint(painter: QPainter, page: int, text: PageText, scale: float) -> None:
            def to_view(rect: QRectF) -> QRectF:
                return QRectF(rect.x() * scale, rect.y() * scale, rect.width() * scale, rect.height() * scale)

            layer.paint(painter, page, text, theme, to_view, fill_under)

        return paint

    # --- inside ----------------------------------------------------------------------------------------------

    def _ask_file(self, title: str, name: str, kinds: str, suffix: str) -> Path | None:
        folder = self._engine.settings.get(keys.LAST_FOLDER) or str(Path.home())
        proposed = Path(folder) / name
        while True:
            chosen, _ = QFileDialog.getSaveFileName(self._window, title, str(proposed), kinds)
            if not chosen:
                return None
            target = Path(chosen)
            if target.suffix:
                return target
            proposed = target.with_suffix(suffix)
            if not proposed.exists():
                return proposed
            # The dialog asked about the name without its ending; now it asks about the file that is there.

    def _on_failed(self, view: DocumentView, error: BaseException) -> None:
        if isinstance(error, UserError):
            if isValid(view) and not view.session.is_closed:
                view.notices.say(error_message(error))
            else:
                # The document was closed meanwhile.
                self.said.emit(error_message(error))
        else:
            self.bug.emit(error)

    @staticmethod
    def _show(dialog: QDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _printers() -> tuple[list[str], str]:
    """Names of all printers, and the one that is usual. May wait for the network."""
    from PySide6.QtPrintSupport import QPrinterInfo

    return QPrinterInfo.availablePrinterNames(), QPrinterInfo.defaultPrinterName()
