"""Notifications in the corner of the window: they take no focus, go by themselves, and the keyboard reaches them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.views.widgets import IconButton, IconPicture, LinkButton, Look, label

_MOST = 3
_INFO_MS = 8_000
_BAD_MS = 20_000


class Toast(QFrame):
    """One sentence with at most one action. It waits as long as the mouse or the focus is on it."""

    def __init__(
        self, look: Look, sentence: str, *, bad: bool, action: str, run: Callable[[], object] | None, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._over = False
        self.sentence, self.bad = sentence, bad
        sizes = look.sizes
        self.setProperty("role", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(sentence)
        self.setAccessibleDescription(tr("Notification"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedWidth(sizes.right_panel)
        words = label(sentence)
        words.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(sizes.pad, sizes.gap, sizes.gap, sizes.gap)
        row.setSpacing(sizes.gap)
        row.addWidget(IconPicture(look, "warning" if bad else "info", color="warn" if bad else "accent"))
        row.addWidget(words, 1)
        self.action: LinkButton | None = None
        if run is not None:
            self.action = LinkButton(action, sentence)
            self.action.clicked.connect(self.end)
            self.action.clicked.connect(lambda: run())
            row.addWidget(self.action)
        self.close_button = IconButton(look, "close", tr("Close this notification"), small=True, color="muted")
        self.close_button.clicked.connect(self.end)
        row.addWidget(self.close_button)
        self._timer = QTimer(self, singleShot=True, interval=_BAD_MS if bad else _INFO_MS)
        self._timer.timeout.connect(self._on_time)
        self._timer.start()

    def end(self) -> None:
        """Go away."""
        self.hide()
        self.deleteLater()

    def _on_time(self) -> None:
        if self._over or self._has_focus():
            self._timer.start()
        else:
            self.end()

    def _has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and (focus is self or self.isAncestorOf(focus))

    def enterEvent(self, event: object) -> None:
        self._over = True
        super().enterEvent(event)  # type: ignore[arg-type]

    def leaveEvent(self, event: object) -> None:
        self._over = False
        super().leaveEvent(event)  # type: ignore[arg-type]

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._timer.start()


class Toasts(QObject):
    """Those of one window, newest below, at most three: an older one makes room, information before warnings."""

    def __init__(self, look: Look, window: QWidget, foot: int) -> None:
        """``foot``: pixels at the bottom of the window that stay free."""
        super().__init__(window)
        self._look, self._window, self._foot = look, window, foot
        self._before: QWidget | None = None
        self._pile = QWidget(window)
        self._pile.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self._column = QVBoxLayout(self._pile)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look.sizes.gap)
        self._pile.hide()
        window.installEventFilter(self)

    @property
    def shown(self) -> list[Toast]:
        """Oldest first."""
        items = [self._column.itemAt(index) for index in range(self._column.count())]
        toasts = [item.widget() for item in items if item is not None]
        return [toast for toast in toasts if isinstance(toast, Toast) and not toast.isHidden()]

    def say(
        self, sentence: str, *, bad: bool = False, action: str = "", run: Callable[[], object] | None = None
    ) -> Toast:
        """Show a sentence; one that is shown already is not shown twice."""
        same = next((toast for toast in self.shown if toast.sentence == sentence), None)
        if same is not None:
            return same
        toasts = self.shown
        if len(toasts) >= _MOST:
            next((toast for toast in toasts if not toast.bad), toasts[0]).end()
        toast = Toast(self._look, sentence, bad=bad, action=action, run=run, parent=self._pile)
        toast.installEventFilter(self)
        self._column.addWidget(toast)
        toast.show()
        self._place()
        QAccessible.updateAccessibility(QAccessibleEvent(toast, QAccessible.Event.Alert))
        return toast

    def focus(self) -> None:
        """Give the focus to the newest; Escape closes it and gives the focus back."""
        shown = self.shown
        if shown:
            if not self._pile.isAncestorOf(QApplication.focusWidget() or self._window):
                self._before = QApplication.focusWidget()
            shown[-1].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self._window:
            if kind == QEvent.Type.Resize:
                self._place()
        elif kind == QEvent.Type.Hide:
            QTimer.singleShot(0, self, self._place)
        elif isinstance(watched, Toast) and isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                watched.end()
                if self.shown:
                    self.shown[-1].setFocus(Qt.FocusReason.OtherFocusReason)
                elif self._before is not None:
                    self._before.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and watched.action is not None:
                watched.action.click()
                return True
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        self._pile.setVisible(bool(self.shown))
        if not self.shown:
            return
        sizes = self._look.sizes
        self._column.activate()
        self._pile.resize(self._pile.sizeHint())
        room = self._window.rect()
        self._pile.move(
            room.right() - self._pile.width() - sizes.pad, room.bottom() - self._foot - self._pile.height() - sizes.pad
        )
        self._pile.raise_()
