"""A caret in the text of the pages: selecting with the keyboard.

Shift with an arrow moves the end of what is selected at any time; in caret mode (F7) the caret is to be seen, and
arrows move it.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from assistant.types import PageText, Span
from ui.models.word_steps import next_word, previous_word
from ui.views.page_texts import caret_at, caret_box, line_at, word_at

if TYPE_CHECKING:
    from ui.views.page_view import PageView

_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_JOINING = frozenset("\u200d\ufe0e\ufe0f")


class PageCaret(QObject):
    """Of one page view. Main thread only."""

    changed = Signal(bool)
    """Whether the caret mode is on."""

    def __init__(self, view: PageView) -> None:
        super().__init__(view)
        self._view = view
        self.active = False
        self._anchor = 0
        self._focus = 0
        self._known: Span | None = None
        self._x: float | None = None
        """Where the caret wants to be in a line, as it goes up and down; points."""

    @property
    def place(self) -> int:
        """The code point before which the caret stands."""
        return self._focus

    def set_active(self, *, active: bool) -> None:
        """Show the caret, at the selection or else at the top of what is in sight; or hide it."""
        if active == self.active or (active and self._view.document is None):
            return
        self.active = active
        if active:
            self._follow()
            self._show()
        else:
            self._view.layers.caret = None
            self._view.refresh()
        self.changed.emit(active)

    def put(self, offset: int) -> None:
        """A click set the caret."""
        if self.active:
            self._anchor = self._focus = offset
            self._known, self._x = self._view.layers.selection, None
            self._view.layers.caret = offset
            self._view.refresh()

    def key(self, event: QKeyEvent) -> bool:
        """Whether the key moved the caret."""
        document, key = self._view.document, Qt.Key(event.key())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if document is None or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return False
        if key == Qt.Key.Key_Escape and self.active and self._view.layers.selection is None:
            self.set_active(active=False)
            return True
        moves = key in _ARROWS or key in (Qt.Key.Key_Home, Qt.Key.Key_End)
        if not moves or not (self.active or (shift and self._view.layers.selection is not None)):
            return False
        self._follow()
        selection = self._view.layers.selection
        if selection is not None and not shift and not control and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            # The selection is left at the side of the arrow, as in any text.
            target = selection.start if key == Qt.Key.Key_Left else selection.end
            self._x = None
        else:
            target = self._target(key, control=control)
        self._focus = min(max(target, 0), len(document.text))
        if not shift:
            self._anchor = self._focus
        low, high = sorted((self._anchor, self._focus))
        self._known = Span(low, high) if high > low else None
        self._view.pointer.select(self._known)
        self._show()
        return True

    def _follow(self) -> None:
        """Begin at what was selected otherwise."""
        selection = self._view.layers.selection
        if selection is not None and selection != self._known:
            self._anchor, self._focus = selection.start, selection.end
            self._known, self._x = selection, None
        elif selection is None and (self._known is not None or not self._is_in_sight()):
            self._anchor = self._focus = self._first_in_sight() if not self._is_in_sight() else self._focus
            self._known = None

    def _target(self, key: Qt.Key, *, control: bool) -> int:
        document = self._view.document
        if document is None:
            return self._focus
        text = document.text
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return self._beyond_line(_ARROWS[key])
        self._x = None
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            if control:
                return 0 if key == Qt.Key.Key_Home else len(text)
            glyphs = self._glyphs(self._focus)
            line = line_at(glyphs, min(self._focus, max(len(text) - 1, 0))) if glyphs is not None else None
            if line is None:
                return self._focus
            return line.start if key == Qt.Key.Key_Home else line.end
        step = _ARROWS[key]
        if control:
            if step > 0:
                word = next_word(text, self._focus + 1)
                return word.start if word is not None else len(text)
            return self._word_start(text)
        target = self._focus + step
        # Not between a letter and what is written over it.
        while 0 < target < len(text) and _joins(text[target]):
            target += step
        return target

    def _word_start(self, text: str) -> int:
        """Of the word that the caret is in or behind."""
        here = word_at(text, self._focus - 1) if self._focus > 0 else Span(0, 0)
        if any(character.isalnum() for character in here.of(text)):
            return here.start
        before = previous_word(text, self._focus)
        return before.start if before is not None else 0

    def _beyond_line(self, step: int) -> int:
        """The place one line further up (-1) or down (+1), on this page or the next one."""
        document = self._view.document
        glyphs = self._glyphs(self._focus)
        box = caret_box(glyphs, self._focus) if glyphs is not None else None
        if document is None or glyphs is None or box is None:
            return self._focus
        if self._x is None:
            self._x = box.x()
        index = int(np.searchsorted(glyphs.ends, self._focus, side="right"))
        index = min(index, len(glyphs.ends) - 1)
        numbers = np.unique(glyphs.lines)
        place = int(np.searchsorted(numbers, glyphs.lines[index])) + step
        if not 0 <= place < len(numbers):
            page = document.page_at(min(self._focus, max(len(document.text) - 1, 0))) + step
            other = self._view.texts.get(page) if self._view.texts is not None else None
            if other is None or len(other.offsets) == 0:
                if self._view.texts is not None and 1 <= page <= len(document.pages):
                    self._view.texts.request(page)
                    return document.pages[page - 1].span.start if step > 0 else document.pages[page - 1].span.end
                return self._focus
            glyphs, numbers = other, np.unique(other.lines)
            place = 0 if step > 0 else len(numbers) - 1
        chosen = np.flatnonzero(glyphs.lines == numbers[place])
        middle = float((glyphs.boxes[chosen, 1].min() + glyphs.boxes[chosen, 3].max()) / 2)
        line = PageText(
            glyphs.page,
            glyphs.offsets[chosen],
            glyphs.ends[chosen],
            glyphs.boxes[chosen],
            glyphs.lines[chosen],
        )
        found = caret_at(line, self._x, middle)
        return found if found is not None else self._focus

    def _show(self) -> None:
        view = self._view
        if self.active:
            view.layers.caret = self._focus
        document = view.document
        if document is not None and document.text:
            start = min(self._focus, len(document.text) - 1)
            view.show_span(Span(start, start + 1), record=False)
        view.refresh()

    def _glyphs(self, offset: int) -> PageText | None:
        document, texts = self._view.document, self._view.texts
        if document is None or texts is None or not document.text:
            return None
        glyphs = texts.get(document.page_at(min(offset, len(document.text) - 1)))
        return glyphs if glyphs is not None and len(glyphs.offsets) else None

    def _is_in_sight(self) -> bool:
        return self._view.point_of(Span(self._focus, self._focus + 1)) is not None

    def _first_in_sight(self) -> int:
        """The first code point of the page that the reader is on whose glyph is in the view."""
        view = self._view
        texts = view.texts
        if texts is None:
            return 0
        for page in view.visible_pages():
            glyphs = texts.get(page)
            if glyphs is None:
                continue
            for offset, box in zip(glyphs.offsets.tolist(), glyphs.boxes.tolist(), strict=True):
                if view.point_in_view(page, box[0], box[3]).y() > 0:
                    return int(offset)
        return 0


def _joins(character: str) -> bool:
    return character in _JOINING or unicodedata.combining(character) != 0
