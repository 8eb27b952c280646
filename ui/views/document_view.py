"""One document in the window: its three parts (left, pages, right), wired to its session."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTimer, Signal

from assistant.errors import UserError
from assistant.types import (
    Answer,
    Document,
    Entities,
    Entity,
    Mention,
    OutlineItem,
    SummaryLevel,
)
from ui.i18n import error_message, tr
from ui.jobs import Dispatcher
from ui.models.label_session import LabelSession, LabelState
from ui.models.session import Session
from ui.views.ask_panel import AskPanel
from ui.views.asking import Asking
from ui.views.document_centre import DocumentCentre
from ui.views.document_panes import DocumentPanes
from ui.views.entities_panel import EntitiesPanel
from ui.views.entity_card import EntityCard
from ui.views.entity_desk import EntityDesk
from ui.views.finding import Finding
from ui.views.label_desk import LabelDesk
from ui.views.labelling import Labelling
from ui.views.outline import Outline
from ui.views.page_foresight import first_picture, foresee
from ui.views.page_geometry import Spot
from ui.views.page_menu import Part, open_page_menu
from ui.views.page_view import PageView
from ui.views.printed import PrintedSwitch
from ui.views.result_desk import ResultDesk
from ui.views.results import Results
from ui.views.side_panels import SidePanels
from ui.views.summary_panel import SummaryPanel
from ui.views.thumbnails import Thumbnails
from ui.views.type_panel import TypePanel
from ui.views.widgets import Look, SegmentedSwitch

if TYPE_CHECKING:
    from assistant.engine import OpenDocument, Place
    from ui.views.mark_desk import MarkDesk
    from ui.views.page_links import PageLinks

_log = logging.getLogger(__name__)
_STATE_WAIT_MS = 15
_PANELS_WAIT_MS = 500
"""The panels are filled once the first pages are drawn, or after this long where pages are slow."""


class DocumentView(QObject):
    """Owns nothing on the screen by itself: the window puts :attr:`left`, :attr:`centre` and :attr:`right` in place.

    It is made without a document; :meth:`start` opens one in it. The pages come first; the parts of the panels are
    built and filled after them, in turns of the event loop of their own.
    """

    title_changed = Signal()
    state_changed = Signal()
    """Something that actions depend on: opened, read, selection, history, hits."""
    page_changed = Signal(int)
    zoom_changed = Signal(float)
    level_chosen = Signal(str)
    close_requested = Signal()
    retry_requested = Signal()
    attachment_chosen = Signal(object)
    """:class:`assistant.types.Attachment`: to be opened as a document of its own."""
    bug = Signal(object)
    """An exception that is not the user's: shown with a report."""

    def __init__(
        self,
        look: Look,
        session: Session,
        labels: LabelSession,
        dispatcher: Dispatcher,
        pool: Executor,
        titles: Mapping[str, str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._dispatcher = dispatcher
        self._pool = pool
        self._first_zoom: float | str = "width"
        self._scans_stopped = False
        self.session = session
        session.setParent(self)
        self.panels = SidePanels(look, titles, self)
        self.shown = DocumentPanes(look, session, self.panels, dispatcher, pool, self)
        self.pages = self.shown.first
        self.centre = DocumentCentre(look, self.shown.panes)
        self.find_bar = self.centre.find_bar
        self.notices = self.centre.notices
        self.state_view = self.centre.state_view
        self.card = EntityCard(look, self.pages)
        self.left = self.panels.left
        self.right = self.panels.right
        self._panels_timer = QTimer(self, singleShot=True, interval=_PANELS_WAIT_MS)
        self._panels_timer.timeout.connect(self.panels.build_soon)
        self.printed = PrintedSwitch(
            session, self.shown, self.panels, self.centre, dispatcher, pool, self._mark_entities, self
        )
        self.printed.changed.connect(self.state_changed)
        self.finding = Finding(session, self.pages, self.centre, self)
        self.printed.switched.connect(self.finding.place_anew)
        self.results = Results(session, self.pages, self.panels, self)
        self.results.level_chosen.connect(self.level_chosen)
        self.asking = Asking(session, self.pages, self.panels, self)
        self.asking.bug.connect(self.bug)
        self.insights = ResultDesk(session, self.pages, self.panels, self.asking, self.notices, dispatcher, self)
        self.labels = labels
        labels.setParent(self)
        self.marks: MarkDesk | None = None
        self.menu_parts: list[Part] = [lambda menu, _: self.desk.fill_menu(menu)]
        self.links: PageLinks | None = None
        """The reader's notes and the links; the window gives them to each view that it makes."""
        self.labelling = Labelling(look, self.pages, labels, self)
        self.desk = LabelDesk(self.labelling, labels, self.pages, self.panels, self)
        self.arranging = EntityDesk(session, self.pages, self.panels, self.notices, self)
        self.arranging.why_requested.connect(self.insights.explain_mention)
        self.arranging.bug.connect(self.bug)
        self._wire_session()
        self._wire_pages()
        self.panels.built.connect(self._wire_panels)

    def begin(self, path: Path, zoom: float | str, *, ahead: bool) -> None:
        """Where the parts are in their places: let the file be opened, and (``ahead``) its first page be drawn. What
        needs a moment, :meth:`start` included, comes after this."""
        self.session.path = path
        self.session.begin(first_picture(self.pages, self._look, zoom) if ahead else None)

    def start(self, path: Path, level: SummaryLevel, zoom: float | str = "width") -> None:
        """Open a document, with the summary's length and the zoom that the reader has chosen. Once."""
        self.session.path = path
        # The document process gets to work at once; its results come in later turns.
        self.session.start()
        self._first_zoom = zoom
        self.results.set_level(level)
        self.show_opening()

    def foresee(self) -> None:
        """The parts are in their places: what will be in sight can be asked for as the file is opened."""
        self.session.foresee = foresee(self.pages, self._look, self._first_zoom)

    # --- wiring ----------------------------------------------------------------------------------------------

    def _wire_session(self) -> None:
        session = self.session
        session.opened.connect(self._on_opened)
        session.completed.connect(self._on_completed)
        session.place_found.connect(self._on_place_found)
        session.open_failed.connect(self._on_open_failed)
        session.read.connect(self._on_read)
        session.read_failed.connect(self._on_read_failed)
        session.notices_changed.connect(lambda: self.notices.set_notices(session.notices))
        session.scans_stopped.connect(self._on_scans_stopped)
        session.entities_changed.connect(self._on_entities)

    def _wire_pages(self) -> None:
        pages = self.pages
        pages.settled.connect(self.panels.build_soon)
        self.shown.page_changed.connect(self._on_page)
        self.shown.changed.connect(self._on_shown)
        pages.selection_changed.connect(self.state_changed)
        pages.mention_clicked.connect(self._on_mention_clicked)
        pages.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        pages.customContextMenuRequested.connect(self._page_menu)
        self.card.mention_activated.connect(lambda mention, *_: self.show_mention(mention))
        self.card.correct_requested.connect(self.desk.correct)
        self.labels.changed.connect(self._on_labels)
        self.labels.failed.connect(self._on_label_failed)
        self.desk.place_activated.connect(lambda span: self.pages.show_span(span, flash=True))
        self.finding.changed.connect(self.state_changed)
        self.centre.stop_requested.connect(self.session.cancel)
        self.centre.retry_requested.connect(self._on_retry)

    def _wire_panels(self) -> None:
        self.thumbnails.page_activated.connect(lambda page: self.pane.go_to_page(page))
        self.outline.item_activated.connect(self._on_outline)
        self.outline.attachment_activated.connect(self.attachment_chosen)
        self.entities.mention_activated.connect(lambda mention, *_: self.show_mention(mention))
        self.summary.type_card.why_requested.connect(lambda: self.right_switch.set_current("type"))
        self.ask.asked.connect(self.asking.ask)
        self.ask.answer_activated.connect(self.show_answer)
        self.ask.evidence_activated.connect(lambda evidence: self.pages.show_span(evidence.span, flash=True))
        self.ask.cancelled.connect(self.asking.cancel)
        self.results.wire()
        self.desk.wire()
        self.insights.wire()
        self.arranging.wire()

    # --- the parts of the panels, built at the latest when they are asked for ----------------------------------

    @property
    def left_switch(self) -> SegmentedSwitch:
        return self.panels.left_switch

    @property
    def right_switch(self) -> SegmentedSwitch:
        return self.panels.right_switch

    @property
    def thumbnails(self) -> Thumbnails:
        return self.panels.thumbnails

    @property
    def outline(self) -> Outline:
        return self.panels.outline

    @property
    def entities(self) -> EntitiesPanel:
        return self.panels.entities

    @property
    def summary(self) -> SummaryPanel:
        return self.panels.summary

    @property
    def ask(self) -> AskPanel:
        return self.panels.ask

    @property
    def type(self) -> TypePanel:
        return self.panels.type

    @property
    def pane(self) -> PageView:
        """The pages in use: :attr:`pages`, or the second pane."""
        return self.shown.current

    # --- states ----------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        return self.session.handle is not None

    @property
    def page_count(self) -> int:
        return len(self.printed.handle.page_sizes) if self.printed.handle is not None else 0

    @property
    def page_labels(self) -> Sequence[str]:
        """What is printed on the pages where that is not their number."""
        return self.printed.handle.labels if self.printed.handle is not None else ()

    @property
    def is_opening(self) -> bool:
        return self.centre.state == "opening"

    def is_recognised(self, page: int) -> bool:
        """Whether the text of a page, or some of it, was read from its picture."""
        document = self.pages.document
        if document is None or not 1 <= page <= len(document.pages):
            return False
        return document.pages[page - 1].source in ("ocr", "mixed")

    def show_opening(self) -> None:
        self.centre.show_opening(self.session.title)

    def show_locked(self) -> None:
        """The password was not given."""
        self.centre.show_locked(self.session.title)
        self.state_changed.emit()

    def _on_opened(self, handle: OpenDocument, place: Place | None) -> None:
        session = self.session
        source = session.pages
        if source is None:
            return
        if not self.is_opening:
            # The panels take their room first: the pages are then laid out, and asked for, once.
            self.centre.show_open()
            self.state_changed.emit()
        self.centre.show_open()
        self.shown.open(place, self._first_zoom)
        self._panels_timer.start()
        # The first picture is about to come, and what stands around the pages would have to be painted before it.
        QTimer.singleShot(_STATE_WAIT_MS, self, self._show_what_is_open)

    def _show_what_is_open(self) -> None:
        if not self.is_open:
            return
        self.notices.set_notices(self.session.notices)
        self.page_changed.emit(self.pane.page)
        self.pages.setFocus()
        self.title_changed.emit()
        self.state_changed.emit()

    def _on_completed(self, handle: OpenDocument) -> None:
        self.shown.complete()
        self.notices.set_notices(self.session.notices)
        self.panels.when_built(lambda: self._show_opened(handle))
        self.state_changed.emit()

    def _on_place_found(self, place: Place) -> None:
        """Unless the reader has moved on already."""
        if self.pages.page <= 1 and self.pages.verticalScrollBar().value() == 0:
            self.shown.take_place(place)

    def _show_opened(self, handle: OpenDocument) -> None:
        source = self.session.pages
        if source is None:
            return
        self.printed.show_thumbnails(source, handle)
        self.outline.set_items(handle.outline)
        self.outline.attachments.set_items(handle.attachments)
        self.results.set_states("loading")
        self._show_page(self.pages.page)

    def _on_open_failed(self, error: BaseException) -> None:
        self.centre.show_failed(self.session.title, error)
        if not isinstance(error, (UserError, InterruptedError)):
            self.bug.emit(error)
        self.state_changed.emit()

    def _on_read(self, document: Document) -> None:
        self.asking.drop()
        self.insights.forget_document()
        self._scans_stopped = False
        self.shown.set_document(document)
        self.labels.set_document(document)
        self.finding.forget()
        self.panels.when_built(lambda: self._show_read(document))
        self.notices.set_notices(self.session.notices)
        # Without any text yet there is nothing to analyse.
        if document.text or not self.session.reads_scans:
            self.session.analyse(max(self.pages.page, 1), self.results.level)
        self.state_changed.emit()

    def _on_scans_stopped(self, error: BaseException | None) -> None:
        document = self.session.document
        if document is None:
            return
        self._scans_stopped = True
        sentence = tr("Reading scans was stopped. What was read is kept.") if error is None else error_message(error)
        self.notices.say(sentence, tr("Go on"))
        if not document.text:
            self.session.analyse(max(self.pages.page, 1), self.results.level)
        if error is not None and not isinstance(error, UserError):
            self.bug.emit(error)

    def _on_retry(self) -> None:
        if not self._scans_stopped:
            self.retry_requested.emit()
            return
        self._scans_stopped = False
        self.session.read_scans()
        self.notices.set_notices(self.session.notices)

    def _show_read(self, document: Document) -> None:
        self.ask.set_document(document)
        self.insights.set_document(document)
        self.arranging.set_document(document)
        if document.outline:
            self.outline.set_items(document.outline)
            self.outline.set_page(self.pages.page)

    def _on_read_failed(self, error: BaseException) -> None:
        sentence = error_message(error)
        self.panels.when_built(lambda: self.results.set_states("failed", sentence))
        self.notices.say(sentence, tr("Try again"))
        if not isinstance(error, UserError):
            self.bug.emit(error)

    # --- results ---------------------------------------------------------------------------------------------

    def _on_entities(self, entities: Entities) -> None:
        # What is shown has the user's labels over it, and comes with them.
        self.labels.set_entities(entities)

    def _on_labels(self, state: LabelState) -> None:
        self._mark_entities()
        self.panels.when_built(lambda: self._show_labels(state))
        self.state_changed.emit()

    def _mark_entities(self) -> None:
        if self.labels.state.merged is not None:
            self.pages.set_mentions(self.labels.state.merged.mentions)

    def _show_labels(self, state: LabelState) -> None:
        found = state.merged is not None and state.merged.complete
        self.desk.show(analysing=not found and not self.entities.failed)
        self.card.set_titles(self.labelling.titles)
        self.entities.set_types(state.types)
        if state.merged is not None:
            self.arranging.set_entities(state.merged)
            if state.merged.complete:
                self.entities.set_progress(None)

    def _on_label_failed(self, error: BaseException) -> None:
        self.notices.say(error_message(error))
        if not isinstance(error, UserError):
            self.bug.emit(error)

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """Names of the document types."""
        self.panels.set_titles(titles)

    # --- places ----------------------------------------------------------------------------------------------

    def _on_page(self, pane: PageView, page: int) -> None:
        if pane is not self.pane:
            return
        self.session.reader_page = page
        if self.panels.is_built:
            self._show_page(page)
        self.page_changed.emit(page)

    def _on_shown(self) -> None:
        self._on_page(self.pane, self.pane.page)
        self.zoom_changed.emit(self.pane.zoom)
        self.state_changed.emit()

    def _show_page(self, page: int) -> None:
        self.thumbnails.set_page(page)
        self.outline.set_page(page)

    def _on_outline(self, item: OutlineItem) -> None:
        self.pane.go_to(Spot(item.page, 0.0, max(item.y - self._look.sizes.page_gap, 0.0)), record=True)

    def show_mention(self, mention: Mention) -> None:
        """Go to a mention and make it the current one everywhere."""
        self.pages.layers.current_mention = mention.span
        self.entities.set_current(mention)
        self.pages.show_span(mention.span)

    def _on_mention_clicked(self, mention: Mention, place: QPoint) -> None:
        if self.labelling.active:
            self.entities.set_current(mention)
            self.labelling.on_mention_clicked(mention, place)
            return
        self.pages.layers.current_mention = mention.span
        self.pages.refresh()
        self.entities.set_current(mention)
        entity = self.entity_of(mention)
        if entity is not None:
            self.card.show_mention(entity, mention, QRect(place, place))

    def entity_of(self, mention: Mention) -> Entity | None:
        """The entity that a mention belongs to."""
        shown = self.arranging.shown or self.labels.state.merged
        found = shown.entities if shown is not None else ()
        return next((entity for entity in found if any(m.span == mention.span for m in entity.mentions)), None)

    def show_answer(self, answer: Answer) -> None:
        """Highlight the answering words and go there."""
        self.asking.show(answer)

    def ask_question(self, question: str) -> None:
        """As if the user had typed it."""
        self.right_switch.set_current("ask")
        self.ask.ask(question)
        self.asking.ask(question)

    def open_find(self, text: str = "") -> None:
        """Find ``text``, or the selected words."""
        self.finding.open(text)

    # --- the rest --------------------------------------------------------------------------------------------

    def _page_menu(self, position: QPoint) -> None:
        open_page_menu(self.pane, position, self.open_find, self.shown.copy_quotation, self.menu_parts)

    @property
    def scans_stopped(self) -> bool:
        """Whether pages are left that are pictures and could be recognised."""
        return self._scans_stopped

    def close(self, *, now: bool = False) -> None:
        """Remember the place, give up all work. The window takes the widgets out."""
        if self.is_open:
            self.printed.leave()
            here = self.pages.here()
            self.session.remember(here.page, here.y, self.shown.zoom_to_keep(), self.shown.state_to_keep(), now=now)
        self.labels.close(now=now)
        if self.marks is not None:
            self.marks.close(now=now)
        self.session.close()
        self.stop()

    def stop(self) -> None:
        """Nothing is drawn any more."""
        self.shown.close()
        self._panels_timer.stop()
        self.centre.close_document()
        images = self.thumbnails.images if self.panels.is_built else None
        if images is not None:
            images.clear()
