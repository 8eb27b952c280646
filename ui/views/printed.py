"""One document in two forms: on the pages that are laid out here, and as LibreOffice prints it, with the same marks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from assistant.errors import UserError
from assistant.types import Document
from ui.i18n import code_message, error_message, tr
from ui.jobs import Dispatcher
from ui.models.session import Session
from ui.views.document_centre import DocumentCentre
from ui.views.document_panes import DocumentPanes
from ui.views.page_images import PageImages
from ui.views.page_view import PageSource
from ui.views.side_panels import SidePanels
from ui.views.thumbnails import BUDGET

if TYPE_CHECKING:
    from assistant.engine import OpenDocument


class PrintedSwitch(QObject):
    """Switches the pages of a view. Main thread only. What the session knows is of the pages laid out here: whoever
    keeps a place calls :meth:`leave` before."""

    switched = Signal()
    """Other pages are shown: what is placed by them is to be placed anew."""
    changed = Signal()
    """Other pages are shown, or are being made."""

    def __init__(
        self,
        session: Session,
        shown: DocumentPanes,
        panels: SidePanels,
        centre: DocumentCentre,
        dispatcher: Dispatcher,
        pool: Executor,
        mark: Callable[[], None],
        parent: QObject,
    ) -> None:
        """:param mark: puts the entities on the pages, which are others now."""
        super().__init__(parent)
        self._session = session
        self._shown = shown
        self._panels = panels
        self._centre = centre
        self._dispatcher = dispatcher
        self._pool = pool
        self._mark = mark
        self.active = False
        """Whether the printed pages are shown."""
        self._printing = session.printing
        self._printing.made.connect(self._show)
        self._printing.failed.connect(self._on_failed)
        session.read.connect(self._on_read)

    @property
    def handle(self) -> OpenDocument | None:
        """The pages that are shown."""
        printed = self._printing.printed
        return printed.opened if self.active and printed is not None else self._session.handle

    @property
    def pages(self) -> PageSource | None:
        """What draws them, and knows where their words are."""
        printed = self._printing.pages
        return printed if self.active and printed is not None else self._session.pages

    @property
    def is_making(self) -> bool:
        return self._printing.is_running

    def reason(self) -> str:
        """Why the printed pages cannot be had, in words; empty where they can."""
        handle = self._session.handle
        if handle is None or self._session.document is None:
            return tr("The document is still being read.")
        code = self._printing.problem(handle)
        return code_message(code) if code is not None else ""

    def toggle(self) -> None:
        handle, document = self._session.handle, self._session.document
        if self.active:
            self.leave()
        elif handle is not None and document is not None and not self.is_making:
            if self._printing.is_of(document):
                self._show()
            else:
                self._printing.start(handle, document)
        self.changed.emit()

    def leave(self) -> None:
        """Back to the pages that are laid out here."""
        handle, document, source = self._session.handle, self._session.document, self._session.pages
        if self.active and handle is not None and document is not None and source is not None:
            self.active = False
            self._switch(None, source, handle, document)

    def show_thumbnails(self, source: PageSource, handle: OpenDocument) -> None:
        """The small pictures of these pages."""
        thumbnails = self._panels.thumbnails
        pictures = source.pictures
        images = PageImages(source.render, self._dispatcher, self._pool, BUDGET, thumbnails, pictures=pictures)
        old = thumbnails.images
        if old is not None:
            old.clear()
        thumbnails.open(list(handle.page_sizes), images, handle.labels)
        self._shown.set_stand_ins(images)

    # --- inside ----------------------------------------------------------------------------------------------

    def _show(self) -> None:
        printed, source = self._printing.printed, self._printing.pages
        if printed is not None and source is not None:
            self.active = True
            self._switch(source, source, printed.opened, printed.document)

    def _switch(self, other: PageSource | None, source: PageSource, handle: OpenDocument, document: Document) -> None:
        self._shown.replace(other, document)
        self._mark()
        self.switched.emit()

        def fill() -> None:
            self.show_thumbnails(source, handle)
            self._panels.outline.set_items(document.outline or handle.outline)
            self._panels.outline.set_page(self._shown.first.page)

        self._panels.when_built(fill)
        self.changed.emit()

    def _on_read(self, document: Document) -> None:
        """The text is another one: the printed pages are to be marked anew."""
        if self._printing.is_of(document):
            return
        wanted = self.active or self.is_making
        self.leave()
        self._printing.drop()
        if wanted:
            self.toggle()

    def _on_failed(self, error: BaseException | None) -> None:
        if error is not None:
            self._centre.notices.say(error_message(error) if isinstance(error, UserError) else str(error))
        self.changed.emit()
