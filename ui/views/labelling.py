"""Labelling in one document: what keys, the mouse, the card and the panel mean becomes changes of its labels.

Nothing here is shown before it is on the disk: the views follow :attr:`LabelSession.changed`. Only a draft (the words
that are selected, an end that is being dragged) is on the page without being kept.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Signal
from PySide6.QtGui import QKeyEvent

from assistant.types import Document, Label, LabelType, Mention, Span
from ui.models.label_session import LabelSession, LabelState
from ui.models.word_steps import moved, next_word, previous_word, sentences_around, trimmed
from ui.views.label_card import LabelCard, Target
from ui.views.label_keys import LabelKey, label_key
from ui.views.label_widgets import chosen_types, type_title
from ui.views.page_handles import PageHandles
from ui.views.page_view import PageView
from ui.views.widgets import Look
from ui.views.word_lines import word_on_line


class Labelling(QObject):
    """See the module. One for each document; main thread only.

    :attr:`active`: the mode in which suggestions are dashed and keys label. What needs no mode (a document's type, the
    right answer, an important sentence) works without it.
    """

    activated = Signal(bool)
    target_changed = Signal(object)
    """:class:`Target` or None."""

    def __init__(self, look: Look, pages: PageView, labels: LabelSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._pages = pages
        self._labels = labels
        self._target: Target | None = None
        self.active = False
        self.uncertain_first = False
        self.titles: dict[str, str] = {}
        self.card = LabelCard(look, pages)
        self.card.accepted.connect(self._accept_and_go_on)
        self.card.rejected.connect(self._reject_from_card)
        self.card.type_chosen.connect(self.choose_type)
        self.card.key_pressed.connect(self.on_key)
        self.handles = PageHandles(pages)
        self.handles.moved.connect(self._place_target)
        labels.changed.connect(self._on_state)
        pages.installEventFilter(self)

    @property
    def state(self) -> LabelState:
        return self._labels.state

    @property
    def target(self) -> Target | None:
        return self._target

    # --- the mode --------------------------------------------------------------------------------------------

    def set_active(self, active: bool) -> None:
        """Begin or end labelling on the page."""
        if active == self.active:
            return
        self.active = active
        self._pages.pointer.grip = self.handles.handle if active else None
        if not active:
            self.card.close()
            self.set_target(None)
        self._show_marks()
        self.activated.emit(active)

    def _show_marks(self) -> None:
        layers = self._pages.layers
        layers.suggestions = frozenset(each.span for each in self.state.suggestions) if self.active else frozenset()
        layers.salient = tuple(
            label.anchor.span
            for label in self.state.of_kind("salient")
            if label.anchor is not None and label.verdict == "yes" and not label.lost
        )
        self._pages.refresh()

    def _on_state(self, state: LabelState) -> None:
        self.titles = {each.name: type_title(each) for each in (*state.types, *state.document_types)}
        self._look.theme.set_label_colors({each.name: each.color for each in state.types})
        self.card.set_types(chosen_types(state.types))
        if self._target is not None:
            # A draft of an end that was dragged has become what it is now, or was refused.
            self._pages.layers.draft = None
            self.set_target(self._found_again(self._target, state))
        self._show_marks()

    def _found_again(self, target: Target, state: LabelState) -> Target | None:
        if target.label is not None:
            label = state.by_id(target.label.id)
            if label is not None and not label.lost and label.verdict == "yes":
                return Target.of_label(label)
        return self.target_at(target.span)

    def target_at(self, span: Span) -> Target | None:
        """The label, or else the suggestion, with exactly this place."""
        label = self.state.label_at(span)
        if label is not None:
            return Target.of_label(label)
        mention = self.state.suggestion_at(span)
        return Target.of_mention(mention) if mention is not None else None

    def set_target(self, target: Target | None) -> None:
        """What keys and buttons are for; it is outlined, and its ends can be dragged."""
        self._target = target
        layers = self._pages.layers
        if target is not None:
            layers.current_mention = target.span
            self._pages.pointer.select(None)
        elif self.active or self.card.isVisible():
            layers.current_mention = None
        self.handles.set_span(target.span if target is not None and self.active else None)
        if self.card.isVisible():
            if target is None:
                self.card.close()
            else:
                self.card.set_target(target, self.titles)
        self.target_changed.emit(target)

    # --- suggestions in order --------------------------------------------------------------------------------

    def ordered(self) -> Sequence[Mention]:
        """The suggestions in the order in which they are gone through."""
        found = self.state.suggestions
        return sorted(found, key=lambda each: each.score) if self.uncertain_first else found

    def toggle_order(self) -> None:
        self.uncertain_first = not self.uncertain_first
        self.target_changed.emit(self._target)

    def go_to_suggestion(self, step: int) -> None:
        """The next (+1) or previous (-1) one, around the ends."""
        mention = self._neighbour(step)
        if mention is not None:
            self.show(Target.of_mention(mention))

    def _neighbour(self, step: int) -> Mention | None:
        order = self.ordered()
        if not order:
            return None
        here = self._target.span if self._target is not None else None
        place = next((n for n, each in enumerate(order) if each.span == here), -1)
        if place < 0 and not self.uncertain_first:
            starts = [each.span.start for each in order]
            at = bisect.bisect_left(starts, here.start if here is not None else self._reader_offset())
            place = at - 1 if step > 0 else at
        elif place < 0:
            place = -1 if step > 0 else len(order)
        return order[(place + step) % len(order)]

    def show(self, target: Target, *, record: bool = True) -> None:
        """Make it the current one and bring it into view."""
        self.set_target(target)
        self._pages.show_span(target.span, record=record)

    def _reader_offset(self) -> int:
        document = self._labels.document
        if document is None or not document.pages:
            return 0
        return document.pages[min(max(self._pages.page, 1), len(document.pages)) - 1].span.start

    # --- verdicts --------------------------------------------------------------------------------------------

    def accept(self, mention: Mention, then: Callable[[object], None] | None = None) -> None:
        """The suggestion is right."""
        self._run(lambda labels, document: labels.accept(document, mention), then)

    def reject(self, mention: Mention, then: Callable[[object], None] | None = None) -> None:
        """The suggestion is wrong."""
        self._run(lambda labels, document: labels.reject(document, mention), then)

    def accept_all(self, mentions: Sequence[Mention]) -> None:
        """All of these are right; one step to undo."""
        chosen = tuple(mentions)
        if chosen:
            self._run(lambda labels, document: labels.accept_all(document, chosen))

    def remove(self, label: Label) -> None:
        self._run(lambda labels, document: labels.remove(document, label.id))

    def _accept_and_go_on(self) -> None:
        target = self._target
        if target is not None and target.mention is not None:
            following = self._after(target)
            self.card.close()
            self.accept(target.mention, lambda _: self._go_on_to(following))

    def _reject_and_go_on(self) -> None:
        target = self._target
        if target is None:
            return
        following = self._after(target)
        self.card.close()
        if target.mention is not None:
            self.reject(target.mention, lambda _: self._go_on_to(following))
        elif target.label is not None:
            self.remove(target.label)

    def _reject_from_card(self) -> None:
        self._reject_and_go_on()

    def _after(self, target: Target) -> Span | None:
        """The suggestion that comes after this one when it is judged."""
        order = self.ordered()
        place = next((n for n, each in enumerate(order) if each.span == target.span), -1)
        if place < 0 or len(order) < 2:
            return None
        return order[(place + 1) % len(order)].span

    def _go_on_to(self, span: Span | None) -> None:
        target = self.target_at(span) if span is not None else None
        if target is not None and target.mention is not None:
            self.show(target, record=False)
        else:
            self.set_target(None)

    # --- types -----------------------------------------------------------------------------------------------

    def choose_type(self, kind: LabelType) -> None:
        """Label the selected words as this; without any, the current mark becomes it."""
        selection = self.selection()
        if selection is not None:
            self.mark(kind.name, selection)
        elif self._target is not None:
            self.relabel(self._target, kind.name)

    def selection(self) -> Span | None:
        """The selected words without white space around them."""
        selected, document = self._pages.layers.selection, self._labels.document
        if selected is None or document is None:
            return None
        span = trimmed(document.text, selected)
        return span if len(span) else None

    def mark(self, value: str, span: Span) -> None:
        """A new label; what it overlaps of the user's own becomes it."""
        overlapped = [
            label
            for label in self.state.of_kind("entity")
            if label.anchor is not None
            and not label.lost
            and label.verdict == "yes"
            and label.anchor.span.overlaps(span)
        ]
        if len(overlapped) == 1:
            first = overlapped[0]
            self._run(lambda labels, document: labels.change(document, first.id, value=value, span=span), self._take)
            return
        self._run(lambda labels, document: labels.add(document, "entity", value, span), self._take)

    def relabel(self, target: Target, value: str) -> None:
        label, mention = target.label, target.mention
        if value == target.value:
            if mention is not None:
                self._accept_and_go_on()
            return
        if label is not None:
            self._run(lambda labels, document: labels.change(document, label.id, value=value), self._take)
        elif mention is not None:
            origin = f"corrected:{mention.source}"
            self._run(
                lambda labels, document: labels.add(document, "entity", value, mention.span, origin=origin), self._take
            )

    def _take(self, made: object) -> None:
        """What was just made is the current mark."""
        if not isinstance(made, Label):
            return
        label = self.state.by_id(made.id)
        self._pages.pointer.select(None)
        if label is not None and self.active:
            self.set_target(Target.of_label(label))

    def _place_target(self, span: Span) -> None:
        """The current mark has other ends now."""
        target = self._target
        if target is None or span == target.span:
            return
        label, mention = target.label, target.mention
        if label is not None:
            self._run(lambda labels, document: labels.change(document, label.id, span=span), self._take)
        elif mention is not None:
            origin = f"corrected:{mention.source}"
            value = target.value
            self._run(lambda labels, document: labels.add(document, "entity", value, span, origin=origin), self._take)

    # --- important sentences ---------------------------------------------------------------------------------

    def toggle_salient(self, span: Span | None = None) -> None:
        """Mark the sentence (or the selected ones) as important, or take that back."""
        document = self._labels.document
        place = span or self.selection() or (self._target.span if self._target is not None else None)
        if document is None or place is None:
            return
        if span is None:
            block = next((block.span for block in document.blocks if block.span.contains(place)), None)
            place = sentences_around(document.text, place, block or Span(0, len(document.text)))
        known = self.salient_at(place)
        if known is not None:
            self.remove(known)
        else:
            chosen = place
            self._run(lambda labels, document: labels.add(document, "salient", "", chosen))
        self._pages.pointer.select(None)

    def salient_at(self, span: Span) -> Label | None:
        """The label of an important sentence that lies over this one."""
        return next(
            (
                label
                for label in self.state.of_kind("salient")
                if label.verdict == "yes"
                and not label.lost
                and label.anchor is not None
                and (label.anchor.span.contains(span) or span.contains(label.anchor.span))
            ),
            None,
        )

    # --- the mouse and the keys ------------------------------------------------------------------------------

    def on_mention_clicked(self, mention: Mention, place: QPoint) -> None:
        """A mark on the page was clicked: its card opens."""
        target = self.target_at(mention.span)
        if target is not None:
            self.set_target(target)
            self.card.show_target(target, self.titles, QRect(place, place))

    def open_card(self) -> None:
        """At the current mark."""
        if self._target is None:
            return
        point = self._pages.point_of(self._target.span)
        if point is None:
            self._pages.show_span(self._target.span)
            point = self._pages.point_of(self._target.span)
        if point is not None:
            place = self._pages.viewport().mapToGlobal(point.toPoint())
            self.card.show_target(self._target, self.titles, QRect(place, place).adjusted(0, -8, 0, 8))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.active and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            event.ignore()
            self.on_key(event)
            return event.isAccepted()
        return False

    def on_key(self, event: QKeyEvent) -> None:
        """Do what the key means; accepts the event then."""
        key = label_key(event) if self.active else None
        document = self._labels.document
        if key is not None and document is not None and self._do(key, document):
            event.accept()

    def _do(self, key: LabelKey, document: Document) -> bool:
        if key.what in ("next", "previous"):
            self.go_to_suggestion(1 if key.what == "next" else -1)
        elif key.what == "accept":
            return self._on_accept()
        elif key.what == "reject":
            if self._target is None:
                return False
            self._reject_and_go_on()
        elif key.what == "type":
            kind = next((each for each in self.state.types if each.shortcut == key.text), None)
            if kind is None:
                return False
            self.choose_type(kind)
        elif key.what == "salient":
            self.toggle_salient()
        elif key.what == "card":
            self.open_card()
        elif key.what == "undo":
            self._labels.undo()
        elif key.what == "redo":
            self._labels.redo()
        else:
            return self._on_move(key, document)
        return True

    def _on_accept(self) -> bool:
        if self._target is None:
            self.go_to_suggestion(1)
            return self._target is not None
        if self._target.mention is not None:
            self._accept_and_go_on()
        else:
            self.go_to_suggestion(1)
        return True

    def _on_move(self, key: LabelKey, document: Document) -> bool:
        selection = self.selection()
        if key.what == "edge":
            if selection is not None:
                self._select(moved(document.text, selection, key.edge, key.step, key.unit))
            elif self._target is not None:
                self._place_target(moved(document.text, self._target.span, key.edge, key.step, key.unit))
            else:
                self._step_word(key.step, document)
            return True
        if key.what == "word":
            self._step_word(key.step, document)
            return True
        here = selection or (self._target.span if self._target is not None else None)
        if key.what == "line" and here is not None:
            word = word_on_line(self._pages, document, here, key.step)
            if word is not None:
                self._select(word)
            return True
        if key.what == "leave" and (selection is not None or self._target is not None):
            self._pages.pointer.select(None)
            self.set_target(None)
            return True
        return False

    def _step_word(self, step: int, document: Document) -> None:
        """Select the next or the previous word, so that it can be labelled without a mouse."""
        here = self.selection() or (self._target.span if self._target is not None else None)
        if here is None:
            offset = self._reader_offset()
            word = next_word(document.text, offset)
        elif step > 0:
            word = next_word(document.text, here.end)
        else:
            word = previous_word(document.text, here.start)
        if word is not None:
            self._select(word)

    def _select(self, span: Span) -> None:
        self.set_target(None)
        self._pages.pointer.select(span)
        self._pages.show_span(span, record=False)

    def _run(self, change: Callable[..., object], then: Callable[[object], None] | None = None) -> None:
        document = self._labels.document
        if document is not None:
            self._labels.run(lambda labels: change(labels, document), then)
