"""Find in the document: a slim bar above the pages with the number of hits and the way through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from assistant.types import Span
from ui.i18n import number_text, tr
from ui.views.widgets import IconButton, Look, SearchField, label

_TYPING_MS = 150


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for. An empty query takes the hits away."""

    query: str
    case: bool = False
    words: bool = False
    accents: bool = False
    pattern: bool = False
    """The query is a regular expression."""


class FindBar(QFrame):
    """Asks for a search while the user types, and walks through the hits that are given to it."""

    search = Signal(object)
    """:class:`Search`."""
    list_toggled = Signal(bool)
    """Whether the list of all hits is wanted."""
    current_changed = Signal(object)
    """The :class:`Span` to show."""
    closed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self._look = look
        self.setProperty("role", "notice")
        self.setFixedHeight(sizes.find_bar)
        self._hits: list[Span] = []
        self._index = -1
        self._searched = ""
        self._complete = True
        self._start_at = 0
        self.field = SearchField(look, tr("Find in this document"))
        self.field.setMinimumWidth(sizes.tab_width_min)
        self.field.setMaximumWidth(sizes.dialog)
        self.count = label(role="secondary")
        self.count.setMinimumWidth(sizes.tab_width_min)
        self.case = _toggle("Aa", tr("Match case"))
        self.words = _toggle("ab|", tr("Whole words"))
        self.accents = _toggle("é", tr("Match accents"))
        self.pattern = _toggle(".*", tr("Regular expression"))
        self.all_hits = IconButton(look, "outline", tr("List of all hits"))
        self.all_hits.setCheckable(True)
        self.all_hits.setChecked(True)
        self.previous = IconButton(look, "up", tr("Previous hit"), shortcut=_keys("Shift+F3"))
        self.next = IconButton(look, "down", tr("Next hit"), shortcut=_keys("F3"))
        self.close_button = IconButton(look, "close", tr("Close find"), shortcut=_keys("Esc"))
        self._options = QWidget()
        options = QHBoxLayout(self._options)
        options.setContentsMargins(0, 0, 0, 0)
        options.setSpacing(sizes.grid)
        for toggle in self._toggles:
            options.addWidget(toggle)
        options.addWidget(self.all_hits)
        self._row = QHBoxLayout()
        self._row.setSpacing(sizes.grid)
        self._row.addWidget(self.field, 3)
        self._row.addWidget(self._options)
        self._row.addWidget(self.previous)
        self._row.addWidget(self.next)
        self._row.addSpacing(sizes.grid)
        self._row.addWidget(self.count)
        self._row.addStretch(1)
        self._row.addWidget(self.close_button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(sizes.pad, 0, sizes.pad, 0)
        self._column.setSpacing(0)
        self._column.addLayout(self._row)
        self._narrow = False
        self._timer = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._timer.timeout.connect(self._ask)
        self.field.edit.textChanged.connect(lambda _: self._timer.start())
        for toggle in self._toggles:
            toggle.toggled.connect(self._ask)
        self.all_hits.toggled.connect(self.list_toggled)
        self.previous.clicked.connect(lambda: self.step(-1))
        self.next.clicked.connect(lambda: self.step(1))
        self.close_button.clicked.connect(self.close_bar)
        self.field.edit.installEventFilter(self)
        self._show_count()
        self.hide()

    @property
    def _toggles(self) -> tuple[QToolButton, ...]:
        return self.case, self.words, self.accents, self.pattern

    @property
    def index(self) -> int:
        """The number of the current hit, from 0; -1 without hits."""
        return self._index

    @property
    def hits(self) -> Sequence[Span]:
        return self._hits

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the options have a line of their own."""
        super().resizeEvent(event)
        sizes = self._look.sizes
        narrow = self.width() < sizes.dialog_high
        if narrow == self._narrow:
            return
        self._narrow = narrow
        if narrow:
            self._row.removeWidget(self._options)
            self._column.addWidget(self._options, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            self._column.removeWidget(self._options)
            self._row.insertWidget(1, self._options)
        self.setFixedHeight(sizes.find_bar * (2 if narrow else 1))

    def open_bar(self, text: str = "", start_at: int = 0) -> None:
        """Show the bar with ``text`` in it; the first hit at or after ``start_at`` will be the current one."""
        self.show()
        self._start_at = start_at
        if text:
            self.field.setText(text)
        self.field.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.edit.selectAll()
        if self.field.text():
            self._ask()

    def close_bar(self) -> None:
        self._timer.stop()
        self.hide()
        self._searched = ""
        self.set_hits("", [])
        self.search.emit(Search(""))
        self.closed.emit()

    def set_start(self, offset: int) -> None:
        """Where the reader is now."""
        self._start_at = offset

    def set_hits(self, query: str, hits: Sequence[Span], *, complete: bool = True) -> None:
        """The places of ``query``, in order. More of the same search, or the last of it, leave the current hit."""
        more = query == self._searched and bool(self._hits) and list(hits[: len(self._hits)]) == self._hits
        self._hits = list(hits)
        self._searched = query
        self._complete = complete
        if not more or self._index < 0:
            self._index = -1
            if self._hits:
                after = (index for index, hit in enumerate(self._hits) if hit.start >= self._start_at)
                self._index = next(after, 0 if complete else -1)
                if self._index >= 0:
                    self.current_changed.emit(self._hits[self._index])
        self._show_count()

    def go_to(self, index: int) -> None:
        """Make a hit the current one."""
        if 0 <= index < len(self._hits):
            self._index = index
            self._show_count()
            self.current_changed.emit(self._hits[index])

    def say(self, short: str) -> None:
        """Instead of the number of hits."""
        self.count.setText(short)

    def step(self, direction: int) -> None:
        """Go to the next (1) or previous (-1) hit, around the end."""
        if self._timer.isActive():
            self._timer.stop()
            self._ask()
            return
        if self._hits:
            self.go_to((self._index + direction) % len(self._hits))

    def _ask(self) -> None:
        self._timer.stop()
        case, words, accents, pattern = (toggle.isChecked() for toggle in self._toggles)
        self.search.emit(Search(self.field.text(), case, words, accents, pattern))

    def _show_count(self) -> None:
        for button in (self.previous, self.next):
            button.setEnabled(bool(self._hits))
        if not self._searched:
            self.count.setText("")
        elif not self._hits:
            self.count.setText(tr("Not in this document") if self._complete else "")
        else:
            text = tr("{n} of {total}", n=number_text(self._index + 1), total=number_text(len(self._hits)))
            self.count.setText(text if self._complete else f"{text}…")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close_bar()
                return True
        return super().eventFilter(watched, event)


def _toggle(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button


def _keys(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
