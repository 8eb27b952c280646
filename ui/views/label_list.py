"""A list that lies over the Labels panel until one goes back: history, queue, disagreements, lost labels."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.i18n import count, number_text, tr
from ui.views.label_widgets import MarkedText
from ui.views.widgets import Column, ElidedLabel, FlowText, IconButton, Look, RowButton, StateView, ThinBar, label

_MOST = 300
"""Rows that are shown; the sentence above says how many there are."""
_TURN_ROWS = 10
"""Rows that are made in one turn of the event loop: each is several widgets."""


@dataclass(frozen=True, slots=True)
class RowAction:
    icon: str
    tip: str
    color: str
    call: Callable[[], None]


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row: marked words (with a ``token``) or a sentence, what there is to say of it, what can be done."""

    title: str
    detail: str
    token: str = ""
    dashed: bool = False
    struck: bool = False
    faded: bool = False
    heading: bool = False
    """No row but a title over those that follow."""
    fraction: float | None = None
    """A bar below the words."""
    activate: Callable[[], None] | None = None
    actions: tuple[RowAction, ...] = ()


class LabelList(QWidget):
    """:meth:`set_rows` fills it. ``back()``: the way back to the panel (also Escape)."""

    back = Signal()

    def __init__(self, look: Look, title: str, sentence: str, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._empty = empty
        self._sentence = sentence
        self._coming: deque[ListRow] = deque()
        self._beyond = 0
        self._focused = -1
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._make_some)
        self.rows: list[RowButton] = []
        sizes = look.sizes
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.back_button = IconButton(look, "back", tr("Back to the labels"), small=True, shortcut=tr("Esc"))
        self.back_button.clicked.connect(self.back)
        self.total = label(role="secondary")
        head = QHBoxLayout()
        head.setContentsMargins(sizes.gap, 0, sizes.pad, 0)
        head.setSpacing(sizes.grid)
        head.addWidget(self.back_button)
        head.addWidget(label(title, "strong"), 1)
        head.addWidget(self.total)
        self.sentence = FlowText(look, sentence, role="secondary", color="muted")
        words = QHBoxLayout()
        words.setContentsMargins(sizes.pad, 0, sizes.pad, 0)
        words.addWidget(self.sentence)
        self.column = Column(title)
        self.column.body.setContentsMargins(sizes.grid + 2, 0, sizes.grid + 2, sizes.gap)
        self.column.body.setSpacing(0)
        self.state_view = StateView(look)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.column)
        self._stack.addWidget(self.state_view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.gap)
        column.addLayout(head)
        column.addLayout(words)
        column.addWidget(self._stack, 1)
        self.set_waiting()

    def set_waiting(self) -> None:
        """Asked for, not there yet."""
        self.sentence.set_text(self._sentence)
        self.sentence.set_color("muted")
        self.total.setText("")
        self.state_view.show_state("", tr("Looking at your labels"))
        self._stack.setCurrentWidget(self.state_view)

    def say(self, sentence: str) -> None:
        """Tell what is missing, in place of the sentence above the rows."""
        self.sentence.set_text(sentence)
        self.sentence.set_color("warn")

    def set_rows(self, rows: Sequence[ListRow], total: int | None = None) -> None:
        """``total`` where there are more than these."""
        self._focused = next((number for number, row in enumerate(self.rows) if row.hasFocus()), -1)
        self.column.clear()
        self.rows = []
        number = len(rows) if total is None else total
        self.total.setText(number_text(number) if number else "")
        self._coming = deque(rows[:_MOST])
        self._beyond = max(len(rows) - _MOST, 0)
        if not rows:
            self.state_view.show_state("check", self._empty)
            self._stack.setCurrentWidget(self.state_view)
            return
        self._make_some()
        self._stack.setCurrentWidget(self.column)

    def _make_some(self) -> None:
        for _ in range(min(_TURN_ROWS, len(self._coming))):
            each = self._coming.popleft()
            if each.heading:
                self.column.add(self._heading(each.title))
                continue
            row = self._row(each)
            self.column.add(row)
            self.rows.append(row)
            if len(self.rows) - 1 == self._focused:
                row.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._coming:
            self._timer.start()
        elif self._beyond:
            more = label(count(self._beyond, "{n} more", "{n} more"), "secondary")
            more.setContentsMargins(self._look.sizes.gap, self._look.sizes.gap, 0, 0)
            self.column.add(more)

    def _heading(self, title: str) -> QWidget:
        sizes = self._look.sizes
        made = ElidedLabel(title, role="strong")
        made.setContentsMargins(sizes.grid + 2, sizes.pad, 0, sizes.grid)
        return made

    def _row(self, each: ListRow) -> RowButton:
        sizes, look = self._look.sizes, self._look
        row = RowButton(look, f"{each.title}. {each.detail}", self.column.content)
        words = QVBoxLayout()
        words.setSpacing(sizes.grid // 2)
        title: QWidget
        if each.token:
            marked = MarkedText(look)
            marked.set_text(each.title, each.token, dashed=each.dashed, struck=each.struck)
            title = marked
        else:
            title = FlowText(look, each.title, color="muted" if each.faded else "text", max_lines=3)
        detail = FlowText(look, each.detail, role="secondary", color="muted", max_lines=3)
        row.adopt(title, detail)
        words.addWidget(title)
        words.addWidget(detail)
        if each.fraction is not None:
            bar = ThinBar(look, each.title)
            bar.set_fraction(each.fraction)
            row.adopt(bar)
            words.addSpacing(sizes.grid)
            words.addWidget(bar)
        line = QHBoxLayout(row)
        line.setContentsMargins(sizes.grid + 2, sizes.grid + 2, sizes.grid, sizes.grid + 2)
        line.setSpacing(sizes.grid)
        line.addLayout(words, 1)
        for action in each.actions:
            button = IconButton(look, action.icon, action.tip, small=True, color=action.color)
            button.setAccessibleName(f"{action.tip}: {each.title}")
            button.clicked.connect(lambda _=False, call=action.call: call())
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        if each.activate is not None:
            row.setToolTip(tr("Go there"))
            row.clicked.connect(lambda _=False, call=each.activate: call())
        else:
            row.setToolTip(each.title)
            row.setCursor(Qt.CursorShape.ArrowCursor)
        return row

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Left):
            self.back.emit()
        else:
            super().keyPressEvent(event)
