"""The panels of one document in labelling: fills them from the labels, and hands on what the user does there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from assistant.types import Answer, Label, LabelEvent, LabelType, Mention, Span
from ui.i18n import tr
from ui.models.label_session import LabelSession
from ui.views.bulk_card import BulkCard
from ui.views.label_card import Target
from ui.views.label_queue import QueueLists
from ui.views.label_widgets import type_title
from ui.views.label_words import event_row, lost_row
from ui.views.labelling import Labelling
from ui.views.left_out import LeftOut
from ui.views.page_view import PageView
from ui.views.side_panels import SidePanels
from ui.views.type_editor import TypeDraft

if TYPE_CHECKING:
    from assistant.engine import Labels

_HISTORY = 500


class LabelDesk(QObject):
    """See the module. :meth:`wire` once the panels are there, :meth:`show` after each change. Main thread only."""

    place_activated = Signal(object)
    """:class:`Span`: go there."""
    active_wanted = Signal()
    """The user wants to label: the window's mode is to be switched on."""
    retrain_requested = Signal()

    def __init__(
        self,
        labelling: Labelling,
        labels: LabelSession,
        pages: PageView,
        panels: SidePanels,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._labelling = labelling
        self._labels = labels
        self._pages = pages
        self._panels = panels
        self._wired = False
        self._analysing = True
        self.queues = QueueLists(labels, panels, self._token, self)
        self.queues.place_activated.connect(self._go_to)
        self.queues.removed.connect(labelling.remove)
        self.left_out = LeftOut(self)
        self.left_out.changed.connect(lambda: self._fill_list("history"))
        self.bulk = BulkCard(pages.look, pages)
        self.bulk.accepted.connect(labelling.accept_all)

    # --- wiring ----------------------------------------------------------------------------------------------

    def wire(self) -> None:
        """Hear what the user does in the panels."""
        self._wired = True
        panel, labelling = self._panels.labels, self._labelling
        review = panel.review
        panel.type_chosen.connect(self._on_type)
        panel.type_saved.connect(lambda draft, kind: self._save_type("entity", draft, kind))
        panel.type_deleted.connect(self._on_type_deleted)
        panel.list_opened.connect(self._fill_list)
        panel.undo_requested.connect(lambda: self._labels.undo())
        panel.redo_requested.connect(lambda: self._labels.redo())
        panel.retrain_requested.connect(self.retrain_requested)
        review.activated.connect(lambda mention: labelling.show(Target.of_mention(mention)))
        review.accepted.connect(labelling.accept)
        review.rejected.connect(labelling.reject)
        review.key_pressed.connect(self._on_review_key)
        review.order_toggled.connect(labelling.toggle_order)
        review.bulk_requested.connect(self._open_bulk)
        labelling.target_changed.connect(self._on_target)
        labelling.activated.connect(self._panels.summary.set_marking)
        chooser = self._panels.type.chooser
        chooser.chosen.connect(self.set_document_type)
        chooser.cleared.connect(self._clear_document_type)
        chooser.create_requested.connect(self._new_document_type)
        self._panels.type.editor.saved.connect(lambda draft, kind: self._save_type("type", draft, kind))
        summary = self._panels.summary
        summary.mark_toggled.connect(lambda evidence: labelling.toggle_salient(evidence.span))
        summary.own_saved.connect(self._save_summary)
        summary.set_marking(labelling.active)
        self._panels.ask.corrected.connect(self.correct_answer)
        self.show()

    def show(self, *, analysing: bool | None = None) -> None:
        """Fill the panels with how things stand. ``analysing``: whether entities are still being looked for."""
        if analysing is not None:
            self._analysing = analysing
        if not self._wired or self._labels.document is None:
            return
        state, panel = self._labels.state, self._panels.labels
        panel.set_state(state, self._labelling.ordered(), waiting=self._analysing)
        panel.review.set_order(uncertain_first=self._labelling.uncertain_first)
        self._show_current(self._labelling.target)
        self._panels.type.set_document_types(state.document_types)
        chosen = state.document_type
        self._panels.type.set_chosen(chosen.value if chosen is not None else "")
        self._panels.summary.type_card.set_chosen(self._panels.type.title_of(chosen.value) if chosen else "")
        self._panels.summary.set_marked(self._pages.layers.salient)
        own = next(iter(state.of_kind("summary")), None)
        self._panels.summary.set_own(own.text if own is not None else "")
        self._panels.ask.set_labels(state.of_kind("answer"))
        if panel.open_list_key:
            self._fill_list(panel.open_list_key)

    def _on_target(self, target: Target | None) -> None:
        if self._wired:
            review = self._panels.labels.review
            review.set_order(uncertain_first=self._labelling.uncertain_first)
            state = self._labels.state
            waiting = self._analysing and not state.suggestions
            review.set_suggestions(self._labelling.ordered(), state.judged, waiting=waiting)
            self._show_current(target)

    def _show_current(self, target: Target | None) -> None:
        self._panels.labels.set_current(
            target.span if target is not None else None, target.value if target is not None else ""
        )

    def _on_review_key(self, event: object) -> None:
        self.active_wanted.emit()
        self._labelling.on_key(event)  # type: ignore[arg-type]

    # --- entity types ----------------------------------------------------------------------------------------

    def correct(self, mention: Mention) -> None:
        """From the card of reading to that of labelling."""
        self.active_wanted.emit()
        target = self._labelling.target_at(mention.span)
        if target is not None:
            self._labelling.show(target)
            self._labelling.open_card()

    def _on_type(self, kind: LabelType) -> None:
        self.active_wanted.emit()
        self._labelling.choose_type(kind)
        self._pages.setFocus(Qt.FocusReason.OtherFocusReason)

    def _save_type(self, made: Literal["entity", "type"], draft: TypeDraft, kind: LabelType | None) -> None:
        if kind is None:
            selection = self._labelling.selection() if made == "entity" else None

            def create(labels: Labels) -> LabelType:
                return labels.create_type(made, draft.title, draft.color, draft.shortcut)

            def use(created: object) -> None:
                if not isinstance(created, LabelType):
                    return
                if created.kind == "type":
                    self.set_document_type(created.name)
                elif selection is not None:
                    self._labelling.mark(created.name, selection)

            self._labels.run(create, use)
            return
        title = draft.title if draft.title != type_title(kind) else None
        self._labels.run(
            lambda labels: labels.change_type(
                kind.kind, kind.name, title=title, color=draft.color, shortcut=draft.shortcut
            )
        )

    def _on_type_deleted(self, kind: LabelType) -> None:
        self._labels.run(lambda labels: labels.delete_type(kind.kind, kind.name))

    def _token(self, value: str) -> str:
        return self._pages.look.theme.entity_token(value)

    def _open_bulk(self) -> None:
        self.bulk.open_for(self._labels.state.suggestions, _place(self._panels.labels.review.bulk))

    # --- the document's type, sentences, answers ---------------------------------------------------------------

    def set_document_type(self, name: str) -> None:
        """The user says what this document is."""
        self._with_document(lambda labels, document: labels.add(document, "type", name, None))

    def _clear_document_type(self) -> None:
        label = self._labels.state.document_type
        if label is not None:
            self._labelling.remove(label)

    def _new_document_type(self) -> None:
        panel = self._panels.type
        panel.editor.open_new("type", self._labels.state.document_types, _place(panel.chooser.more))

    def _save_summary(self, text: str) -> None:
        text = text.strip()
        known = next(iter(self._labels.state.of_kind("summary")), None)
        if text:
            self._with_document(lambda labels, document: labels.add(document, "summary", "", None, text=text))
        elif known is not None:
            self._labelling.remove(known)

    def correct_answer(self, question: str, what: str, answer: Answer | None) -> None:
        """``what``: ``right`` or ``wrong`` (this answer), ``selection``, ``absent`` (not here), ``remove``."""
        if what == "right" and answer is not None:
            span = answer.span
            self._with_document(lambda labels, document: labels.add(document, "answer", question, span))
        elif what == "wrong" and answer is not None:
            span = answer.span
            self._with_document(lambda labels, document: labels.add(document, "answer", question, span, verdict="no"))
        elif what == "selection":
            selection = self._labelling.selection()
            if selection is None:
                self._panels.ask.say(question, tr("Select the right answer on the page first."))
                return
            chosen = selection
            self._with_document(lambda labels, document: labels.add(document, "answer", question, chosen))
            self._pages.pointer.select(None)
        elif what == "absent":
            self._with_document(lambda labels, document: labels.add(document, "answer", question, None, verdict="no"))
        elif what == "remove":
            for label in self._labels.state.of_kind("answer"):
                if label.value == question:
                    self._labelling.remove(label)

    def _with_document(self, change: Callable[..., object]) -> None:
        document = self._labels.document
        if document is not None:
            self._labels.run(lambda labels: change(labels, document))

    def fill_menu(self, menu: QMenu) -> None:
        """What a right click on the page offers for the selected words."""
        selection = self._labelling.selection()
        types = menu.addMenu(tr("Label as"))
        for kind in self._labels.state.types:
            words = type_title(kind) + (f"\t{kind.shortcut}" if kind.shortcut else "")
            types.addAction(words).triggered.connect(lambda _=False, kind=kind: self._on_type(kind))
        types.addSeparator()
        types.addAction(tr("New type…")).triggered.connect(lambda _=False: self._new_entity_type())
        types.setEnabled(selection is not None and bool(self._labels.state.types))
        known = self._labelling.salient_at(selection) if selection is not None else None
        text = tr("Mark as important sentence") if known is None else tr("Not an important sentence")
        sentence = menu.addAction(text)
        sentence.triggered.connect(lambda _=False: self._labelling.toggle_salient())
        sentence.setEnabled(selection is not None)
        question = self._panels.ask.last_question
        if question:
            answer = menu.addAction(tr("Right answer to “{question}”", question=question[:40]))
            answer.triggered.connect(lambda _=False: self.correct_answer(question, "selection", None))
            answer.setEnabled(selection is not None)

    def _new_entity_type(self) -> None:
        self.active_wanted.emit()
        self._panels.labels.open_editor()

    # --- lists -----------------------------------------------------------------------------------------------

    def _fill_list(self, key: str) -> None:
        document = self._labels.document
        if document is None:
            return
        panel = self._panels.labels
        if key == "history":
            self._labels.ask(lambda labels: labels.history(document.sha256, _HISTORY), self._show_history)
        elif key == "lost":
            titles = self._labelling.titles
            lost = self._labels.state.lost
            rows = [lost_row(each, titles, self._token, self._place_lost, self._labelling.remove) for each in lost]
            panel.lists["lost"].set_rows(rows)
        else:
            self.queues.fill(key, self._labelling.titles)

    def _show_history(self, events: tuple[LabelEvent, ...]) -> None:
        titles = self._labelling.titles
        rows = [event_row(event, titles, self._token, self._go_to_label, self.left_out) for event in events]
        self._panels.labels.lists["history"].set_rows([*self.left_out.rows(), *rows], len(rows))

    def _place_lost(self, label: Label) -> None:
        selection = self._labelling.selection()
        if selection is None:
            self._panels.labels.lists["lost"].say(tr("Select the new place of these words on the page first."))
            return
        self._with_document(lambda labels, document: labels.change(document, label.id, span=selection))
        self._pages.pointer.select(None)

    def _go_to_label(self, label: Label) -> None:
        if label.anchor is not None:
            self._go_to(label.anchor.span)

    def _go_to(self, span: Span) -> None:
        target = self._labelling.target_at(span)
        if target is not None and self._labelling.active:
            self._labelling.show(target)
        else:
            self.place_activated.emit(span)


def _place(widget: QWidget) -> QRect:
    """A widget on the screen."""
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())
