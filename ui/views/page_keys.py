"""The keys that scroll and turn pages; Space scrolls when it is tapped, and holds the pages when it is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from ui.views.page_view import PageView

LINE_STEP = 48
"""Logical pixels that an arrow key scrolls."""
_STEPS = {
    Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1, Qt.Key.Key_Space: 1
}  # fmt: skip


class PageKeys(QObject):
    """Of one page view. Main thread only."""

    def __init__(self, view: PageView) -> None:
        super().__init__(view)
        self._view = view
        self._space = False
        self._used = False

    @property
    def holds_space(self) -> bool:
        """Whether Space is down: a drag moves the pages then."""
        return self._space

    def use_space(self) -> None:
        """Space was held for something; letting it go does not scroll."""
        self._used = True

    def let_go(self) -> None:
        """The keyboard is somebody else's now."""
        self._space = False

    def press(self, event: QKeyEvent) -> bool:
        """Whether the key was for the pages."""
        view, key = self._view, Qt.Key(event.key())
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
        if key == Qt.Key.Key_Space and modifiers in (Qt.KeyboardModifier.NoModifier, shift):
            if event.isAutoRepeat() and not self._used:
                self._scroll(Qt.Key.Key_Space, -1 if modifiers == shift else 1)
            elif not event.isAutoRepeat():
                self._space, self._used = True, False
            return True
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End) and modifiers in (Qt.KeyboardModifier.NoModifier, control):
            view.forget_jump()
            view.leave_for_jump()
            bar = view.verticalScrollBar()
            view.glide.stop()
            bar.setValue(bar.minimum() if key == Qt.Key.Key_Home else bar.maximum())
            return True
        if modifiers != Qt.KeyboardModifier.NoModifier:
            return False
        if key in _STEPS:
            self._scroll(key, _STEPS[key])
            return True
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return self._sideways(-1 if key == Qt.Key.Key_Left else 1)
        if key == Qt.Key.Key_Escape and view.layers.selection is not None:
            view.pointer.select(None)
            return True
        return False

    def release(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat() or not self._space:
            return False
        self._space = False
        if not self._used:
            self._scroll(Qt.Key.Key_Space, -1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        return True

    def _scroll(self, key: Qt.Key, step: int) -> None:
        view = self._view
        bar, (low, high) = view.verticalScrollBar(), view.scroll_room()
        view.forget_jump()
        page = max(bar.pageStep() - LINE_STEP, LINE_STEP)
        length = LINE_STEP if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) else page
        here = view.glide.target
        if view.is_paged and here >= high and step > 0:
            view.turn_page(1)
        elif view.is_paged and here <= low and step < 0:
            view.turn_page(-1, to_end=True)
        else:
            view.glide.to(min(max(here + step * length, low), high))

    def _sideways(self, step: int) -> bool:
        view = self._view
        bar = view.horizontalScrollBar()
        if bar.maximum() > bar.minimum():
            bar.setValue(bar.value() + step * LINE_STEP)
        elif view.is_paged:
            view.turn_page(step)
        else:
            return False
        return True
