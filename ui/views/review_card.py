"""What the model suggests in this document and nobody has judged yet, to be accepted or rejected one by one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from assistant.types import Mention, Span
from ui.i18n import label_name, number_text, tr
from ui.views.label_widgets import MarkedText
from ui.views.widgets import (
    Card,
    FlowText,
    IconButton,
    LinkButton,
    Look,
    RowButton,
    ThinBar,
    label,
    page_text,
    score_text,
)

_ROWS = 5


class ReviewRow(RowButton):
    """One suggestion: its words, its page, and the two verdicts."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, "", parent)
        sizes = look.sizes
        self._look = look
        self.mention: Mention | None = None
        self.words = MarkedText(look)
        self.page = label(role="secondary")
        self.adopt(self.words, self.page)
        self.accept = IconButton(look, "check", tr("Accept"), small=True, color="good", shortcut=tr("Enter"))
        self.reject = IconButton(look, "close", tr("Reject"), small=True, color="bad", shortcut=tr("Del"))
        line = QHBoxLayout(self)
        line.setContentsMargins(sizes.grid, sizes.grid // 2, 0, sizes.grid // 2)
        line.setSpacing(sizes.grid)
        line.addWidget(self.words, 1)
        line.addWidget(self.page)
        line.addSpacing(sizes.grid)
        line.addWidget(self.accept)
        line.addWidget(self.reject)

    def set_mention(self, mention: Mention, kind: str) -> None:
        self.mention = mention
        self.words.set_text(mention.text, self._look.theme.entity_token(mention.label), dashed=True)
        self.page.setText(page_text(mention.page))
        words = tr("{kind}: {words}, page {page}", kind=kind, words=self.words.text, page=mention.page)
        self.setAccessibleName(words)
        self.setToolTip(tr("{kind} · {score}: go there", kind=kind, score=score_text(mention.score)))
        for button, verb in ((self.accept, tr("Accept")), (self.reject, tr("Reject"))):
            button.setAccessibleName(f"{verb}: {words}")


class ReviewCard(Card):
    """:meth:`set_suggestions` fills it; a few rows around the current one are on show, however many there are.

    ``activated``, ``accepted``, ``rejected`` (:class:`Mention`); ``key_pressed`` (QKeyEvent) of a row, to be taken
    with ``accept()``; ``order_toggled``; ``bulk_requested``: accept many at once.
    """

    activated = Signal(object)
    accepted = Signal(object)
    rejected = Signal(object)
    key_pressed = Signal(object)
    order_toggled = Signal()
    bulk_requested = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        sizes = look.sizes
        self._suggestions: Sequence[Mention] = ()
        self._titles: dict[str, str] = {}
        self._current: Span | None = None
        self.heading = label(tr("To review in this document"), "strong")
        self.left = label(role="secondary")
        self.bar = ThinBar(look, tr("Reviewed in this document"))
        self.done = FlowText(look, role="secondary", color="muted")
        self.rows = [ReviewRow(look) for _ in range(_ROWS)]
        self.order = LinkButton(tr("Least certain first"))
        self.bulk = LinkButton(tr("Accept many…"), tr("Accept all suggestions above a certainty that you choose"))
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.left)
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, sizes.grid, 0, 0)
        foot.addWidget(self.order)
        foot.addStretch(1)
        foot.addWidget(self.bulk)
        pad, inset = sizes.pad, sizes.grid
        self.body.setContentsMargins(pad - inset, pad, pad - inset, sizes.gap)
        self.body.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(inset, 0, inset, sizes.gap)
        head.setSpacing(sizes.gap)
        head.addLayout(top)
        head.addWidget(self.bar)
        head.addWidget(self.done)
        self.body.addLayout(head)
        for row in self.rows:
            row.clicked.connect(lambda _=False, row=row: self._emit(self.activated, row))
            row.accept.clicked.connect(lambda _=False, row=row: self._emit(self.accepted, row))
            row.reject.clicked.connect(lambda _=False, row=row: self._emit(self.rejected, row))
            row.installEventFilter(self)
            self.body.addWidget(row)
        self.body.addWidget(self._foot)
        self.order.clicked.connect(self.order_toggled)
        self.bulk.clicked.connect(self.bulk_requested)
        self.set_suggestions((), 0, waiting=True)

    def set_titles(self, titles: dict[str, str]) -> None:
        """Names of the entity types."""
        self._titles = titles

    def set_suggestions(self, suggestions: Sequence[Mention], judged: int, *, waiting: bool = False) -> None:
        """``suggestions`` in the order in which they are gone through; ``judged`` places are done already."""
        self._suggestions = suggestions
        number = len(suggestions)
        self.left.setText(tr("{n} left", n=number_text(number)) if number else "")
        self.bar.set_fraction(judged / (judged + number) if judged + number else 0.0)
        self.bar.setToolTip(tr("{n} of {total} reviewed", n=number_text(judged), total=number_text(judged + number)))
        self._foot.setVisible(number > 1)
        self.done.setVisible(number == 0)
        if waiting:
            self.done.set_text(tr("Suggestions appear here as the pages are read."))
        elif judged:
            self.done.set_text(tr("Everything that was found here is reviewed."))
        else:
            self.done.set_text(tr("The model suggests nothing here. Select words and press a key to label them."))
        self._show()

    def set_order(self, *, uncertain_first: bool) -> None:
        """Say which order a click on the link would change to."""
        text = tr("In reading order") if uncertain_first else tr("Least certain first")
        self.order.setText(text)
        self.order.setAccessibleName(text)
        self.order.setToolTip(
            tr("Go through the suggestions as they stand in the document")
            if uncertain_first
            else tr("Go through the suggestions that the model is least certain of first")
        )

    def set_current(self, span: Span | None) -> None:
        """The suggestion that the page shows."""
        self._current = span
        self._show()

    def _show(self) -> None:
        place = next((n for n, each in enumerate(self._suggestions) if each.span == self._current), -1)
        first = max(0, min(place - 2, len(self._suggestions) - _ROWS))
        shown = self._suggestions[first : first + _ROWS]
        for number, row in enumerate(self.rows):
            if number < len(shown):
                mention = shown[number]
                row.set_mention(mention, self._titles.get(mention.label) or label_name(mention.label))
                row.set_current(first + number == place)
            else:
                row.mention = None
            row.setVisible(number < len(shown))

    def _emit(self, signal: SignalInstance, row: ReviewRow) -> None:
        if row.mention is not None:
            signal.emit(row.mention)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and isinstance(watched, ReviewRow):
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space):
                return False
            event.ignore()
            if watched.mention is not None and watched.mention.span != self._current:
                self.activated.emit(watched.mention)
            self.key_pressed.emit(event)
            return event.isAccepted()
        return False
