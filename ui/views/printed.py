"""One document in two forms: on the pages that are laid out here, and as LibreOffice prints it, with the same marks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, Signal

from assistant.errors import UserError
from assistant.types import Document, Span
from ui.i18n import code_message, error_message, tr
from ui.jobs import Dispatcher
from ui.models.session import Session
from ui.views.document_centre import DocumentCentre
from ui.views.page_geometry import Spot
from ui.views.page_images import PageImages
from ui.views.page_view import PageSource, PageView
from ui.views.side_panels import SidePanels
from ui.views.thumbnails import BUDGET

if TYPE_CHECKING:
    from assistant.engine import OpenDocument


class PrintedSwitch(QObject):
    """Switches the pages of a view. Main thread only. What the session knows is of the pages laid out here; whoever
    wants those asks :meth:`here`."""

    changed = Signal()
    """Other pages are shown, or are being made."""

    def __init__(
        self,
        session: Session,
        pages: PageView,
        centre: DocumentCentre,
        panels: SidePanels,
        dispatcher: Dispatcher,
        pool: Executor,
        mark: Callable[[], None],
        parent: QObject,
    ) -> None:
        """:param mark: puts the entities on the pages, which are others now."""
        super().__init__(parent)
        self._session = session
        self._pages = pages
        self._centre = centre
        self._panels = panels
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
            self._back()
        elif handle is not None and document is not None and not self.is_making:
            if self._printing.is_of(document):
                self._show()
            else:
                self._printing.start(handle, document)
        self.changed.emit()

    def here(self) -> Spot:
        """Where the reader is, on the pages laid out here."""
        document = self._session.document
        if not self.active or document is None:
            return self._pages.here()
        page = document.page_at(self._offset())
        # The place on the page is not known without its glyphs.
        return Spot(page, 0.0, 0.0)

    def show_thumbnails(self, source: PageSource, handle: OpenDocument) -> None:
        """The small pictures of these pages, and their outline."""
        thumbnails = self._panels.thumbnails
        images = PageImages(source.render, self._dispatcher, self._pool, BUDGET, thumbnails)
        old = thumbnails.images
        if old is not None:
            old.clear()
        thumbnails.open(list(handle.page_sizes), images, handle.labels)
        self._pages.set_stand_ins(images)

    # --- inside ----------------------------------------------------------------------------------------------

    def _show(self) -> None:
        printed, source = self._printing.printed, self._printing.pages
        if printed is not None and source is not None:
            self._switch(source, printed.opened, printed.document, active=True)

    def _back(self) -> None:
        handle, document, source = self._session.handle, self._session.document, self._session.pages
        if handle is not None and document is not None and source is not None:
            self._switch(source, handle, document, active=False)

    def _switch(self, source: PageSource, handle: OpenDocument, document: Document, *, active: bool) -> None:
        pages, layers = self._pages, self._pages.layers
        offset = self._offset()
        marks = layers.marks()
        zoom = pages.fit or pages.zoom
        pages.close_document()
        pages.open(source, zoom)
        pages.set_document(document)
        pages.history.clear()
        pages.history_changed.emit()
        layers.restore(marks)
        self.active = active
        self._mark()
        pages.show_span(Span(offset, offset + 1), record=False)

        def fill() -> None:
            self.show_thumbnails(source, handle)
            self._panels.outline.set_items(document.outline or handle.outline)
            self._panels.outline.set_page(pages.page)

        self._panels.when_built(fill)
        self.changed.emit()

    def _offset(self) -> int:
        """Of the text a third down the view, where :meth:`PageView.show_span` puts it."""
        pages, document = self._pages, self._pages.document
        if document is None or not document.pages:
            return 0
        spot = pages.spot_at(QPointF(pages.viewport().width() / 2, pages.viewport().height() / 3))
        page = min(max(spot.page, 1), len(document.pages))
        text = pages.texts.get(page) if pages.texts is not None else None
        if text is not None:
            below = np.flatnonzero(text.boxes[:, 1] >= spot.y)
            if len(below):
                return int(text.offsets[below[0]])
        return document.pages[page - 1].span.start

    def _on_read(self, document: Document) -> None:
        """The text is another one: the printed pages are to be marked anew."""
        if self._printing.is_of(document):
            return
        wanted = self.active or self.is_making
        if self.active:
            self._back()
        self._printing.drop()
        if wanted:
            self.toggle()

    def _on_failed(self, error: BaseException | None) -> None:
        if error is not None:
            self._centre.notices.say(error_message(error) if isinstance(error, UserError) else str(error))
        self.changed.emit()
