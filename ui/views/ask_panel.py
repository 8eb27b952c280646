"""Questions and their answers: a thread of cards above a field to ask in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from assistant.jobs import Progress
from assistant.types import Answer, Answers, Document, Evidence, Label
from ui.i18n import count, tr
from ui.views.answer_card import AnswerCard
from ui.views.widgets import (
    Column,
    FieldFrame,
    FlowBox,
    IconButton,
    LinkButton,
    Look,
    PillButton,
    StateView,
    label,
)

if TYPE_CHECKING:
    from assistant.engine import Asked


class AskPanel(QWidget):
    """Ask about the open document.

    - :meth:`set_document` gives the text that answers are quoted from (None: no document). It empties the thread.
    - :meth:`set_suggestions` shows questions to start with, as pills.
    - :meth:`ask` starts a card as if the user had asked; then :meth:`set_progress`, and one of :meth:`set_answers`,
      :meth:`set_failed`, :meth:`set_cancelled`. One question runs at a time; the field waits meanwhile.
    - :meth:`set_current` marks the answer that the page shows; no signal follows.

    ``asked(str)``: the user asked. ``answer_activated(Answer)``, ``evidence_activated(Evidence)``: go there.
    ``cancelled()``: stop the running question.
    """

    asked = Signal(str)
    answer_activated = Signal(object)
    evidence_activated = Signal(object)
    cancelled = Signal()
    corrected = Signal(str, str, object)
    """The question, what the user says of its answer (see :class:`AnswerCard`), and the :class:`Answer` or None."""
    wanted = Signal(object, str, object)
    """:class:`AnswerCard`, what (see there) and the :class:`Answer` or None."""
    pictured = Signal(object, object)
    """An :class:`AnswerPicture` and its :class:`Answer`."""
    clear_wanted = Signal()
    """The user wants the whole thread deleted."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._document: Document | None = None
        self._cards: list[AnswerCard] = []
        self._pending: AnswerCard | None = None
        self._labels: tuple[Label, ...] = ()
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        sizes = look.sizes

        self.column = Column(tr("Questions and answers"))
        self.column.body.setContentsMargins(sizes.pad, 0, sizes.pad, sizes.pad)
        self.column.body.setSpacing(sizes.gap)
        self.column.verticalScrollBar().rangeChanged.connect(self._follow)
        self._follows: AnswerCard | None = None
        self.state_view = StateView(look)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.column)
        self._stack.addWidget(self.state_view)
        self.count = label(role="secondary")
        self.clear_button = LinkButton(tr("Delete all"), tr("Delete all questions to this document"))
        self.clear_button.clicked.connect(self.clear_wanted)
        self.head = QWidget()
        head = QHBoxLayout(self.head)
        head.setContentsMargins(sizes.pad, 0, sizes.pad - sizes.grid, sizes.gap)
        head.addWidget(self.count, 1)
        head.addWidget(self.clear_button)

        self.field = QuestionField(look)
        self.field.submitted.connect(self._submit)
        self._pills = FlowBox(sizes.gap)
        line = QFrame()
        line.setProperty("role", "separator")
        line.setFixedHeight(sizes.separator)
        foot = QVBoxLayout()
        foot.setContentsMargins(sizes.pad, sizes.pad, sizes.pad, sizes.pad)
        foot.setSpacing(sizes.gap)
        foot.addWidget(self._pills)
        foot.addWidget(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)
        column.addWidget(line)
        column.addLayout(foot)
        self.setFocusProxy(self.field.edit)
        self._offered: tuple[str, ...] = ()
        self._suggestions: tuple[str, ...] = ()
        self._pills.hide()
        self._show()

    # --- setters ----------------------------------------------------------------------------------------

    def set_document(self, document: Document | None) -> None:
        if document is None or self._document is None or document.text != self._document.text:
            # Also where the same document was read again: answers point at places of its text.
            self.clear()
        self._document = document
        self._show()

    @property
    def suggestions(self) -> tuple[str, ...]:
        """The questions that are offered."""
        return self._suggestions

    def set_suggestions(self, questions: Sequence[str]) -> None:
        self._suggestions = tuple(questions)
        self._show_suggestions()

    def _show_suggestions(self) -> None:
        """Those that were not asked yet."""
        asked = {_bare(card.question) for card in self._cards}
        shown = tuple(question for question in self._suggestions if _bare(question) not in asked)
        if shown == self._offered:
            return
        self._offered = shown
        if self._pills.isAncestorOf(QApplication.focusWidget() or self):
            # The one that was chosen goes; the keyboard stays in the panel.
            self.field.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._pills.clear()
        for question in shown:
            pill = PillButton(question, tr("Ask: {question}", question=question))
            pill.clicked.connect(lambda _=False, question=question: self._submit(question))
            self._pills.add(pill)
        self._pills.setVisible(bool(shown))

    def clear(self) -> None:
        """Empty the thread."""
        self.column.clear()
        self._cards = []
        self._pending = None
        self.field.set_busy(False)
        self._show()

    def ask(self, question: str) -> None:
        """Add a waiting card for ``question``."""
        card = self._add(question)
        self._pending = card
        self._follows = card
        self.field.remember(question)
        self.field.set_busy(True)
        self._show()

    def _add(self, question: str) -> AnswerCard:
        card = AnswerCard(self._look, question, self.column.content)
        card.answer_activated.connect(self._on_answer)
        card.evidence_activated.connect(self._on_evidence)
        card.cancelled.connect(self.cancelled)
        card.again.connect(self._submit)
        card.corrected.connect(lambda what, answer: self.corrected.emit(card.question, what, answer))
        card.wanted.connect(lambda what, answer: self.wanted.emit(card, what, answer))
        card.pictured.connect(self.pictured)
        self.column.add(card)
        self._cards.append(card)
        return card

    def add_kept(self, asked: Asked) -> None:
        """A question of an earlier day, above those of this one. A question that is on show already stays."""
        question = asked.answers.question
        known = next((card for card in self._cards if card.question == question), None)
        if known is not None:
            known.key = known.key or asked.id
            return
        card = self._add(question)
        card.key = asked.id
        self.field.remember(question)
        if asked.stale:
            card.set_stale()
        else:
            card.set_answers(asked.answers, self._document)
            self._show_labels(card)
        self._show()

    def remove(self, card: AnswerCard) -> None:
        """Take a question off the thread."""
        if card in self._cards and card is not self._pending:
            place = self._cards.index(card)
            self._cards.remove(card)
            card.hide()
            card.deleteLater()
            left = self._cards[min(place, len(self._cards) - 1)] if self._cards else None
            (left or self.field.edit).setFocus(Qt.FocusReason.OtherFocusReason)
            self._show()

    def set_progress(self, progress: Progress | None) -> None:
        """How far the running question is."""
        if self._pending is not None and progress is not None:
            self._pending.set_progress(progress)

    def set_answers(self, answers: Answers) -> None:
        """The result of the running question; its answer becomes the current one."""
        card = self._end()
        if card is not None:
            card.set_answers(answers, self._document)
            self._show_labels(card)
            self.set_current(answers.answer)

    def set_failed(self, sentence: str) -> None:
        card = self._end()
        if card is not None:
            card.set_failed(sentence)

    def set_cancelled(self) -> None:
        card = self._end()
        if card is not None:
            card.set_stopped()

    def set_labels(self, labels: Sequence[Label]) -> None:
        """What the user said of answers in this document."""
        self._labels = tuple(labels)
        for card in self._cards:
            self._show_labels(card)

    def say(self, question: str, sentence: str) -> None:
        """Tell what is missing for a correction."""
        for card in self._cards:
            if card.question == question:
                card.correction.say(sentence)

    @property
    def last_question(self) -> str:
        """The last one that was answered, or an empty string."""
        return next((card.question for card in reversed(self._cards) if card.answers is not None), "")

    def _show_labels(self, card: AnswerCard) -> None:
        card.correction.set_labels([label for label in self._labels if label.value == card.question])

    def set_current(self, answer: Answer | None) -> None:
        for card in self._cards:
            card.set_current(answer)

    @property
    def cards(self) -> tuple[AnswerCard, ...]:
        return tuple(self._cards)

    @property
    def pending(self) -> AnswerCard | None:
        """The card of the question that runs."""
        return self._pending

    @property
    def is_busy(self) -> bool:
        return self._pending is not None

    # --- what happens -----------------------------------------------------------------------------------

    def _end(self) -> AnswerCard | None:
        card, self._pending = self._pending, None
        self._follows = card
        self.field.set_busy(False)
        self.clear_button.setEnabled(True)
        return card

    def _submit(self, question: str) -> None:
        question = " ".join(question.split())
        if question and not self.is_busy and self._document is not None:
            self.field.edit.clear()
            self.ask(question)
            self.asked.emit(question)

    def _on_answer(self, answer: Answer) -> None:
        self.set_current(answer)
        self.answer_activated.emit(answer)

    def _on_evidence(self, evidence: Evidence) -> None:
        self.set_current(None)
        for card in self._cards:
            card.set_current_evidence(evidence)
        self.evidence_activated.emit(evidence)

    def _follow(self) -> None:
        # A new card, and an answer that is longer than the waiting card was, come into view.
        card, self._follows = self._follows, None
        if card is not None:
            QTimer.singleShot(0, card, lambda: self.column.ensureWidgetVisible(card, 0, self._look.sizes.pad))

    def _show(self) -> None:
        self.field.setEnabled(self._document is not None)
        self._pills.setEnabled(self._document is not None)
        self.head.setVisible(bool(self._cards))
        self.count.setText(count(len(self._cards), "{n} question", "{n} questions"))
        self.clear_button.setEnabled(self._pending is None)
        self._show_suggestions()
        if self._cards:
            self._stack.setCurrentWidget(self.column)
            return
        if self._document is None:
            self.state_view.show_state("answer", tr("Open a document to ask about it."))
        else:
            self.state_view.show_state(
                "answer", tr("Ask in your own words. Every answer is a passage of the document, with its place.")
            )
        self._stack.setCurrentWidget(self.state_view)


def _bare(question: str) -> str:
    """As it is compared: how it ends and is written makes it no other question."""
    return " ".join(question.casefold().split()).rstrip(" ?？")


class QuestionField(FieldFrame):
    """The field with its send button. Enter sends, Up and Down go through the questions asked before."""

    submitted = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, look.sizes.radius_card, parent)
        self._history: list[str] = []
        self._place = 0
        self._draft = ""
        self._busy = False
        sizes = look.sizes
        self.edit.setPlaceholderText(tr("Ask about this document"))
        self.edit.setAccessibleName(tr("Question"))
        self.edit.setToolTip(tr("Enter asks, Up brings back the last question"))
        self.edit.returnPressed.connect(self._send)
        self.edit.textChanged.connect(self._update)
        self.edit.arrow.connect(self._recall)
        self.send = IconButton(look, "send", tr("Ask"), shortcut="Enter", color="accent")
        self.send.clicked.connect(self._send)
        self.row.setContentsMargins(sizes.pad, 3, sizes.grid, 3)
        self.row.addWidget(self.send)
        self._update()

    def set_busy(self, busy: bool) -> None:
        """While a question runs the next one can be written, not sent."""
        self._busy = busy
        self._update()

    def remember(self, question: str) -> None:
        if not self._history or self._history[-1] != question:
            self._history.append(question)
        self._place = len(self._history)

    def _send(self) -> None:
        if self.edit.text().strip() and not self._busy:
            self.submitted.emit(self.edit.text())

    def _update(self) -> None:
        self.send.setEnabled(self.isEnabled() and not self._busy)

    def _recall(self, step: int) -> None:
        if self._place == len(self._history):
            self._draft = self.edit.text()
        place = min(len(self._history), max(0, self._place + step))
        if place != self._place:
            self._place = place
            self.edit.setText(self._draft if place == len(self._history) else self._history[place])
