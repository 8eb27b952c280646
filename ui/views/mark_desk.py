"""Highlights, notes and bookmarks in one document's view: on the page, in the bar over a selection, in the panel."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from assistant.types import MARK_COLORS, Document, Mark, MarkKind, Span
from ui.i18n import error_message, tr
from ui.models.mark_session import MarkSession, MarkState
from ui.models.quotes import quoted
from ui.views.document_view import DocumentView
from ui.views.mark_bar import COLOR_NAMES, MarkBar
from ui.views.note_card import NoteCard
from ui.views.page_geometry import Spot

_MARGIN = 24.0
"""Points below the upper edge, where a note lies that was not put at any height."""


class MarkDesk(QObject):
    """Belongs to a view. Main thread only."""

    changed = Signal()
    """Other marks, or another step can be undone."""
    export_wanted = Signal(str)
    said = Signal(str)
    """A sentence for the status line."""

    def __init__(self, view: DocumentView, session: MarkSession) -> None:
        super().__init__(view)
        self._view = view
        self._pages = view.pages
        self._color = MARK_COLORS[0]
        self.session = session
        view.printed.switched.connect(self._show_on_pages)
        session.setParent(self)
        self.bar = MarkBar(view.pages.look, view.pages.viewport())
        self.card = NoteCard(view.pages.look, view.pages)
        view.session.read.connect(self._on_read)
        session.changed.connect(self._on_changed)
        session.failed.connect(self._on_failed)
        self._pages.selection_changed.connect(self._on_selection)
        self._pages.pointer.spots.append(self)
        view.shown.panes.opened.connect(lambda pane: pane.pointer.spots.append(self))
        view.menu_parts.insert(0, self.fill_menu)
        self._pages.pointer.pressed.connect(self.bar.hide)
        # In a later turn: a click may be the first of two.
        self._pages.pointer.released.connect(self.show_bar, Qt.ConnectionType.QueuedConnection)
        self._pages.verticalScrollBar().valueChanged.connect(self.bar.hide)
        self._pages.zoom_changed.connect(self.bar.hide)
        self.bar.chosen.connect(self.mark_selection)
        self.bar.note_wanted.connect(self.note)
        self.bar.copy_wanted.connect(self._copy)
        self.card.saved.connect(self._on_saved)
        self.card.removed.connect(self.remove)
        view.panels.built.connect(self._wire_panel)

    @property
    def state(self) -> MarkState:
        return self.session.state

    # --- what the user does ----------------------------------------------------------------------------------

    def mark_selection(self, kind: MarkKind, color: str) -> None:
        """Highlight or underline the selected words, and let the selection go."""
        span = self._selection()
        if span is None:
            return
        if kind == "highlight":
            self._color = color
        self.session.run(lambda marks, document: marks.add(document, kind, span, color))
        self._pages.pointer.select(None)

    def highlight(self) -> None:
        self.mark_selection("highlight", self._color)

    def underline(self) -> None:
        self.mark_selection("underline", MARK_COLORS[2])

    def note(self) -> None:
        """On the selected words; without any, on the page that the reader is on."""
        span, color = self._selection(), self._color
        self.bar.hide()
        if span is not None:
            self.session.run(lambda marks, document: marks.add(document, "highlight", span, color), self._open_note)
            self._pages.pointer.select(None)
        else:
            here = self._view.pane.here()
            self.note_at(here.page, here.y + _MARGIN)

    def note_at(self, page: int, y: float) -> None:
        """A note at a height of a page that is shown (points)."""
        page, y = self._kept_place(page, y)
        self.session.run(lambda marks, document: marks.add_on_page(document, "note", page, y, ""), self._open_note)

    def bookmark(self) -> None:
        """Put one on the page, or take it away."""
        page, _ = self._kept_place(self._view.pane.page)
        there = self.state.bookmark_on(page)
        if there is not None:
            self.remove(there.id)
            return
        plain = tr("Page {page}", page=page)
        self.session.run(
            lambda marks, document: marks.add_on_page(
                document, "bookmark", page, 0.0, _heading_near(document, page) or plain
            )
        )

    def remove(self, identifier: str) -> None:
        self.session.run(lambda marks, document: marks.remove(document, [identifier]))
        self.said.emit(tr("Removed. Ctrl+Z brings it back."))

    def edit(self, mark: Mark, place: QRect | None = None) -> None:
        """Open the card of a mark, beside it or in the middle of the pages."""
        if place is None:
            view = self._pages.viewport()
            at = self._pages.point_of(mark.anchor.span) if mark.on_text and mark.anchor and not mark.lost else None
            point = view.mapToGlobal(at.toPoint() if at is not None else view.rect().center() / 2)
            place = QRect(point, point)
        self._pages.layers.marks.current = mark.id
        self._pages.refresh()
        self.card.show_mark(mark, place)

    def go_to(self, mark: Mark) -> None:
        if mark.lost:
            self.edit(mark)
            return
        self._pages.layers.marks.current = mark.id
        if mark.on_text and mark.anchor is not None:
            self._pages.show_span(mark.anchor.span, flash=True)
        elif self._view.printed.active and self.session.document is not None:
            start = self.session.document.pages[mark.page - 1].span.start
            self._pages.show_span(Span(start, start + 1))
        else:
            self._pages.go_to(Spot(mark.page, 0.0, max(mark.y - 40.0, 0.0)), record=True)
        self._pages.refresh()

    def copy(self, mark: Mark) -> None:
        """Its words, the note and the page, as one would quote it."""
        session = self._view.session
        handle, title = session.handle, session.title
        labels = handle.labels if handle is not None else ()
        page = labels[mark.page - 1] if mark.page <= len(labels) else str(mark.page)
        source = tr("{title}, p. {page}", title=title, page=page)
        quote = quoted(" ".join(mark.quote.split())) if mark.quote else ""
        QGuiApplication.clipboard().setText("\n".join(part for part in (quote, mark.note, f"({source})") if part))
        self.said.emit(tr("Copied"))

    def fill_menu(self, menu: QMenu, position: QPoint) -> None:
        """What a right click on the pages offers; ``position`` in the view."""
        if self.session.document is None:
            return
        spot = self._view.pane.spot_at(QPointF(position))
        mark = self._mark_at(spot.page, spot.x, spot.y)
        if mark is not None:
            edit = tr("Rename the bookmark…") if mark.kind == "bookmark" else tr("Edit the note…")
            menu.addAction(edit, lambda: self.edit(mark))
            menu.addAction(tr("Copy with its page"), lambda: self.copy(mark))
            menu.addAction(tr("Remove"), lambda: self.remove(mark.id))
            menu.addSeparator()
        if self._selection() is not None:
            colors = menu.addMenu(tr("Highlight"))
            for color, title in COLOR_NAMES.items():
                colors.addAction(tr(title), partial(self.mark_selection, "highlight", color))
            menu.addAction(tr("Underline"), self.underline)
            menu.addAction(tr("Add a note…"), self.note)
        else:
            menu.addAction(tr("Add a note here…"), lambda: self.note_at(spot.page, spot.y))
        there = self.state.bookmark_on(self._kept_place(self._view.pane.page)[0]) is not None
        menu.addAction(tr("Remove the bookmark") if there else tr("Bookmark this page"), self.bookmark)
        menu.addSeparator()

    def close(self, *, now: bool = False) -> None:
        self.card.close()
        self.session.close(now=now)

    # --- spots of the pages (see PagePointer.spots) --------------------------------------------------------------

    over_mentions = False

    def holds(self, page: int, x: float, y: float) -> bool:
        return self._mark_at(page, x, y) is not None

    def click(self, page: int, x: float, y: float, place: QPoint) -> None:
        mark = self._mark_at(page, x, y)
        if mark is not None:
            if self._view.panels.is_built:
                self._view.panels.notes.set_current(mark.id)
            self.edit(mark, QRect(place, place))

    def tip(self, page: int, x: float, y: float) -> str:
        mark = self._mark_at(page, x, y)
        return mark.note if mark is not None else ""

    def _mark_at(self, page: int, x: float, y: float) -> Mark | None:
        # Either pane may be the one that has read the page.
        found = (pane.texts.get(page) for pane in self._view.shown.all() if pane.texts is not None)
        return self._pages.layers.marks.at(page, next((text for text in found if text is not None), None), x, y)

    def _kept_place(self, page: int, y: float = 0.0) -> tuple[int, float]:
        """A place on a page that is shown, as one of the pages laid out here: notes and bookmarks are kept by those. A
        height on a printed page is none on them."""
        shown, document = self._pages.document, self.session.document
        if not self._view.printed.active or shown is None or document is None or not 1 <= page <= len(shown.pages):
            return page, y
        return document.page_at(shown.pages[page - 1].span.start), _MARGIN

    # --- following -------------------------------------------------------------------------------------------

    def show_bar(self) -> None:
        """The bar above the selected words, where there are some."""
        span = self._selection()
        if span is None or self._view.labelling.active:
            self.bar.hide()
            return
        point = self._pages.point_of(span)
        if point is not None:
            place = point.toPoint()
            height = round(10 * self._pages.geometry_of_pages.scale)
            self.bar.show_above(QRect(place.x(), place.y() - height, 1, 2 * height))

    def _on_selection(self) -> None:
        if self._pages.layers.selection is None:
            self.bar.hide()

    def _selection(self) -> Span | None:
        selected, document = self._pages.layers.selection, self.session.document
        if selected is None or document is None or not selected.of(document.text).strip():
            return None
        return selected

    def _copy(self) -> None:
        self._pages.copy()
        self.bar.hide()

    def _on_read(self, document: Document) -> None:
        self.session.set_document(document)

    def _on_changed(self, state: MarkState) -> None:
        self._show_on_pages()
        self._view.panels.when_built(lambda: self._fill_panel(state))
        self.changed.emit()

    def _show_on_pages(self) -> None:
        if self.session.document is None:
            return
        marks = self.session.state.marks
        # A place on a page is one of the pages laid out here.
        self._pages.set_marks([mark for mark in marks if mark.on_text] if self._view.printed.active else marks)

    def _fill_panel(self, state: MarkState) -> None:
        self._view.panels.notes.set_marks(state.marks, self._view.page_labels)

    def _on_failed(self, error: BaseException) -> None:
        self._view.notices.say(error_message(error))

    def _open_note(self, made: object) -> None:
        if isinstance(made, Mark):
            self.edit(made)

    def _on_saved(self, identifier: str, color: str, note: str) -> None:
        self.session.run(lambda marks, document: marks.change(document, identifier, color=color, note=note))

    def _wire_panel(self) -> None:
        panel = self._view.panels.notes
        panel.activated.connect(self.go_to)
        panel.edited.connect(self.edit)
        panel.removed.connect(lambda mark: self.remove(mark.id))
        panel.copied.connect(self.copy)
        panel.export_wanted.connect(self.export_wanted)


def _heading_near(document: Document, page: int) -> str:
    """The first heading of a page, or the one that it belongs to."""
    found = ""
    for block in document.blocks:
        on = document.page_at(block.span.start)
        if on > page:
            break
        if block.kind == "heading":
            words = " ".join(block.span.of(document.text).split())[:80]
            if on == page:
                return words
            found = words
    return found
