"""One question with its answer, or with the word that the document does not answer it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from assistant.jobs import Progress
from assistant.types import Answer, Answers, Document, Evidence
from ui.i18n import count, tr
from ui.models import quotes
from ui.models.quotation import cited
from ui.views.answer_correction import CorrectButton, CorrectionLine
from ui.views.answer_menu import AnswerMenu
from ui.views.answer_picture import AnswerPicture
from ui.views.widgets import (
    Card,
    FlowText,
    IconButton,
    LinkButton,
    Look,
    PageChip,
    PageLabel,
    PillButton,
    ProgressRow,
    RowButton,
    ScoreLabel,
)

_NEAREST = 3
_COPIED_MS = 1500
_CITED = 400
"""Code points of a sentence that is cited as a whole; of a longer one, the answer alone."""


class AnswerCard(Card):
    """A card that waits (:meth:`set_progress`) until :meth:`set_answers`, :meth:`set_failed` or :meth:`set_stopped`.

    :meth:`set_current` lays the answer that the page shows on amber and quotes its sentence.

    ``answer_activated(Answer)``, ``evidence_activated(Evidence)``: go there. ``cancelled()``: stop this question.
    ``again(str)``: ask it once more.
    """

    answer_activated = Signal(object)
    evidence_activated = Signal(object)
    cancelled = Signal()
    again = Signal(str)
    corrected = Signal(str, object)
    """What the user says of the answer (see :class:`CorrectButton`, or ``remove``), and the :class:`Answer` or None."""
    wanted = Signal(str, object)
    """``similar`` or ``why`` of an :class:`Answer`; ``delete`` the question."""
    pictured = Signal(object, object)
    """An :class:`AnswerPicture` that waits for its picture, and its :class:`Answer`."""

    def __init__(self, look: Look, question: str, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._document: Document | None = None
        self._texts: list[tuple[Answer, FlowText]] = []
        self._quotes: list[tuple[Answer, FlowText]] = []
        self._evidence: list[tuple[Evidence, RowButton]] = []
        self._more: QWidget | None = None
        self.question = question
        self.key = ""
        """Of the question in the thread that is kept; empty while it is not."""
        self.answers: Answers | None = None
        self.picture: AnswerPicture | None = None
        self._similar: QWidget | None = None
        self.setAccessibleName(tr("Question: {question}", question=question))
        pad, self._inset = look.sizes.pad, look.sizes.grid
        # Texts are inset by one step, so that the mark of an answer and the ground of a row reach over them.
        self.body.setContentsMargins(pad - self._inset, pad, pad - self._inset, pad)
        self.body.addWidget(FlowText(look, question, role="strong", inset=self._inset))
        self._result = QWidget()
        self._column = QVBoxLayout(self._result)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look.sizes.grid)
        self.body.addWidget(self._result)
        self.correction = CorrectionLine(look)
        self.correction.removed.connect(lambda: self.corrected.emit("remove", None))
        self.body.addWidget(self.correction)
        self._wait()

    # --- setters ----------------------------------------------------------------------------------------

    def set_progress(self, progress: Progress) -> None:
        if self._progress is not None:
            self._progress.set_progress(progress)

    def set_answers(self, answers: Answers, document: Document | None) -> None:
        self.answers = answers
        self._document = document
        self._empty()
        if answers.answer is None:
            self._show_not_found(answers)
        else:
            self._show_answer(answers.answer, answers.alternatives)

    def set_stale(self) -> None:
        """The document is read differently since: what was answered has no place in it any more."""
        self._end_with(tr("The text of this document was read anew since you asked this."), "muted", tr("Ask again"))
        self._add_menu_row()

    def show_similar(self, found: tuple[Evidence, ...]) -> None:
        """Passages that say something near to the answer, below it."""
        if self._similar is not None:
            self._similar.deleteLater()
        self._similar = QWidget()
        column = QVBoxLayout(self._similar)
        column.setContentsMargins(0, self._look.sizes.grid, 0, 0)
        column.setSpacing(self._look.sizes.grid)
        words = tr("More like this") if found else tr("Nothing else in this document is like it.")
        column.addWidget(FlowText(self._look, words, role="secondary", color="muted", inset=self._inset))
        for evidence in found:
            self._add_passage(column, evidence)
        self._column.addWidget(self._similar)

    def set_failed(self, sentence: str) -> None:
        self._end_with(sentence, "bad", tr("Try again"))

    def set_stopped(self) -> None:
        self._end_with(tr("Stopped."), "muted", tr("Ask again"))

    def set_current(self, answer: Answer | None) -> None:
        """Mark ``answer`` if it is one of this card's."""
        for shown, text in self._texts:
            text.set_marked(shown is answer)
        for shown, quote in self._quotes:
            quote.setVisible(shown is answer)
        for _, row in self._evidence:
            row.set_current(False)

    def set_current_evidence(self, evidence: Evidence | None) -> None:
        for shown, row in self._evidence:
            row.set_current(shown is evidence)

    @property
    def is_waiting(self) -> bool:
        return self._progress is not None

    # --- states -----------------------------------------------------------------------------------------

    def _wait(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(self._inset, 0, 0, 0)
        row.setSpacing(self._look.sizes.pad)
        self._progress: ProgressRow | None = ProgressRow(self._look)
        self._progress.set_progress(Progress("retrieval", 0, 0))
        stop = LinkButton(tr("Stop"), tr("Stop looking for this answer"))
        stop.clicked.connect(self.cancelled)
        row.addWidget(self._progress, 1)
        row.addWidget(stop, 0, Qt.AlignmentFlag.AlignBottom)
        self._column.addLayout(row)

    def _empty(self) -> None:
        """A new body for the result in place of what the card shows now."""
        self._progress = None
        self._texts, self._quotes, self._evidence, self._more = [], [], [], None
        self.picture, self._similar = None, None
        old = self._result
        self._result = QWidget()
        self._column = QVBoxLayout(self._result)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(self._look.sizes.grid)
        self.body.replaceWidget(old, self._result)
        old.hide()
        old.deleteLater()

    def _end_with(self, sentence: str, color: str, action: str) -> None:
        self._empty()
        self._column.addWidget(FlowText(self._look, sentence, color=color, inset=self._inset))
        again = LinkButton(action, tr("Ask: {question}", question=self.question))
        again.clicked.connect(lambda: self.again.emit(self.question))
        row = QHBoxLayout()
        row.addWidget(again)
        row.addStretch(1)
        self._column.addLayout(row)

    def _show_answer(self, answer: Answer, alternatives: tuple[Answer, ...]) -> None:
        sizes = self._look.sizes
        self._add_answer(self._column, answer, role_answer=True)
        self.picture = AnswerPicture(self._look, answer.page)
        self.picture.clicked.connect(lambda: self.answer_activated.emit(answer))
        self._column.addWidget(self.picture)
        foot = QHBoxLayout()
        foot.setSpacing(sizes.gap)
        foot.setContentsMargins(self._inset, sizes.grid, self._inset, 0)
        chip = PageChip(answer.page)
        chip.clicked.connect(lambda: self.answer_activated.emit(answer))
        foot.addWidget(chip)
        foot.addWidget(ScoreLabel(answer.score))
        foot.addStretch(1)
        copy = IconButton(self._look, "copy", tr("Copy the answer"), small=True, color="muted")
        copy.clicked.connect(lambda: self._copy(copy, answer))
        foot.addWidget(self._correct_button(answer))
        foot.addWidget(copy)
        foot.addWidget(self._menu(answer))
        if alternatives:
            self._pill = PillButton("", "")
            self._pill.setCheckable(True)
            self._pill.toggled.connect(lambda shown: self._show_more(shown, len(alternatives)))
            foot.addWidget(self._pill)
        self._column.addLayout(foot)
        if alternatives:
            self._more = QWidget()
            column = QVBoxLayout(self._more)
            column.setContentsMargins(0, sizes.grid, 0, 0)
            column.setSpacing(sizes.gap)
            for alternative in alternatives:
                self._add_alternative(column, alternative)
            self._column.addWidget(self._more)
            self._show_more(False, len(alternatives))
        self.pictured.emit(self.picture, answer)

    def _menu(self, answer: Answer | None) -> AnswerMenu:
        menu = AnswerMenu(self._look, answer)
        menu.chosen.connect(self._on_menu)
        return menu

    def _add_menu_row(self) -> None:
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._menu(None))
        self._column.addLayout(row)

    def _on_menu(self, what: str, answer: Answer | None) -> None:
        if what == "again":
            self.again.emit(self.question)
        elif what == "cite" and answer is not None and self._document is not None:
            whole = " ".join(answer.sentence.of(self._document.text).split())
            quote = whole if 0 < len(whole) <= _CITED else answer.text
            QGuiApplication.clipboard().setText(cited(quote, self._document.title, str(answer.page)))
        else:
            self.wanted.emit(what, answer)

    def _show_more(self, shown: bool, number: int) -> None:
        assert self._more is not None
        self._more.setVisible(shown)
        text = tr("Fewer") if shown else count(number, "{n} more", "{n} more")
        self._pill.set_text(text, tr("Hide the other answers") if shown else tr("Show other possible answers"))

    def _add_answer(self, column: QVBoxLayout, answer: Answer, *, role_answer: bool) -> None:
        row = RowButton(self._look, tr("Answer, page {page}: {words}", page=answer.page, words=answer.text))
        row.setToolTip(tr("Show the answer on page {page}", page=answer.page))
        text = FlowText(self._look, answer.text, role="answer" if role_answer else "body", inset=self._inset)
        row.adopt(text)
        inner = QHBoxLayout(row)
        inner.setContentsMargins(0, 2, 0, 2)
        inner.addWidget(text)
        row.clicked.connect(lambda: self.answer_activated.emit(answer))
        column.addWidget(row)
        self._texts.append((answer, text))
        quote = self._quote(answer)
        if quote:
            shown = FlowText(self._look, quote, role="secondary", color="muted", max_lines=4, inset=self._inset)
            shown.hide()
            column.addWidget(shown)
            self._quotes.append((answer, shown))

    def _add_alternative(self, column: QVBoxLayout, answer: Answer) -> None:
        block = QVBoxLayout()
        block.setSpacing(2)
        self._add_answer(block, answer, role_answer=False)
        foot = QHBoxLayout()
        foot.setContentsMargins(self._inset, 0, self._inset, 0)
        foot.setSpacing(self._look.sizes.gap)
        chip = PageChip(answer.page)
        chip.clicked.connect(lambda: self.answer_activated.emit(answer))
        foot.addWidget(chip)
        foot.addWidget(ScoreLabel(answer.score))
        foot.addStretch(1)
        foot.addWidget(self._correct_button(answer))
        block.addLayout(foot)
        column.addLayout(block)

    def _correct_button(self, answer: Answer | None) -> CorrectButton:
        button = CorrectButton(self._look, answer)
        button.chosen.connect(self.corrected)
        return button

    def _quote(self, answer: Answer) -> str:
        """The sentence around an answer; nothing where it says, or has room for, no more than the answer."""
        if self._document is None or len(answer.sentence) <= len(answer.span) + 2:
            return ""
        if quotes.columns(answer.text) >= quotes.LIMIT:
            return ""
        return quotes.around(self._document.text, answer.sentence, answer.span)

    def _show_not_found(self, answers: Answers) -> None:
        self.set_dashed(True)
        nearest = answers.evidence[:_NEAREST]
        words = tr("Not in this document. Nearest passages:") if nearest else tr("Not in this document.")
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, self._inset, 0)
        head.addWidget(FlowText(self._look, words, color="muted", inset=self._inset), 1)
        head.addWidget(self._correct_button(None), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._menu(None), 0, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(head)
        for evidence in nearest:
            self._add_passage(self._column, evidence)

    def _add_passage(self, column: QVBoxLayout, evidence: Evidence) -> None:
        sizes = self._look.sizes
        row = RowButton(self._look, tr("Passage on page {page}: {words}", page=evidence.page, words=evidence.text))
        row.setToolTip(tr("Go to this passage on page {page}", page=evidence.page))
        chip = PageLabel(self._look, evidence.page, "secondary")
        text = FlowText(self._look, quotes.beginning(evidence.text), role="secondary", max_lines=3)
        row.adopt(chip, text)
        line = QHBoxLayout(row)
        line.setContentsMargins(sizes.grid, sizes.grid, sizes.grid, sizes.grid)
        line.setSpacing(sizes.gap)
        line.addWidget(chip, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(text, 1)
        row.clicked.connect(lambda: self.evidence_activated.emit(evidence))
        column.addWidget(row)
        self._evidence.append((evidence, row))

    def _copy(self, button: IconButton, answer: Answer) -> None:
        QGuiApplication.clipboard().setText(answer.text)
        button.set_meaning("check", tr("Copied"), color="good")
        QTimer.singleShot(_COPIED_MS, button, lambda: button.set_meaning("copy", tr("Copy the answer"), color="muted"))
