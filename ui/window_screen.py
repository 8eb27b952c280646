"""The window on the whole screen, and its colours as the system and the settings have them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from assistant import settings as keys
from assistant.settings import Settings
from ui.accent import system_accent, with_accent
from ui.actions import Actions
from ui.page_theme import PAGE_COLORS, PageColors, PageTheme
from ui.theme import Theme
from ui.views.widgets import Look
from ui.window_front import WindowFront


class WindowScreen(QObject):
    """One for the window. :meth:`attach` comes first, and again when the widgets are made anew. Main thread only."""

    def __init__(self, look: Look, settings: Settings, panels: Callable[[], WindowFront], window: QWidget) -> None:
        """``panels``: who shows and hides them."""
        super().__init__(window)
        self._look = look
        self._settings = settings
        self._window = window
        self._actions: Actions | None = None
        self._bars: tuple[QWidget, ...] = ()
        self._was_maximized = False
        self._front = panels
        self._panels: tuple[bool, bool] | None = None
        self._unsubscribe = (
            settings.subscribe(keys.PAGE_COLORS, lambda _: follow_settings(look, settings)),
            settings.subscribe(keys.ACCENT, lambda _: follow_settings(look, settings)),
        )
        look.on_page.changed.connect(self.show)
        # The system may change its accent without changing from light to dark.
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(lambda: follow_settings(look, settings))
        window.installEventFilter(self)
        self._peeking = False
        QApplication.instance().focusChanged.connect(self._on_focus)  # type: ignore[union-attr]

    def attach(self, actions: Actions, bars: tuple[QWidget, ...]) -> None:
        """``bars``: what is hidden where the window fills the screen."""
        self._actions, self._bars = actions, bars
        self.show()

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The functions of the table of actions."""
        return {
            "full_screen": self.toggle_full_screen,
            "dark_pages": self.toggle_pages,
            "go_to_page": self._go_to_page,
        }

    @property
    def is_full(self) -> bool:
        return self._window.isFullScreen()

    def toggle_full_screen(self) -> None:
        if self.is_full:
            self.leave()
        else:
            self._was_maximized = self._window.isMaximized()
            self._panels = self._front().panels
            self._front().want_panels(False, False)
            self._window.showFullScreen()
            self.show()

    def peek(self) -> None:
        """Something in a bar is about to be used: on the whole screen, too, the bars are there for as long."""
        if self.is_full:
            self._peeking = True
            self.show()

    def _go_to_page(self) -> None:
        self.peek()
        self._front().parts.toolbar.page.start()

    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._peeking and new is not None and not any(bar.isAncestorOf(new) for bar in self._bars):
            self._peeking = False
            self.show()

    def leave(self) -> None:
        """Back to a window, as it was."""
        if self.is_full:
            if self._was_maximized:
                self._window.showMaximized()
            else:
                self._window.showNormal()
            if self._panels is not None and self._front().panels == (False, False):
                self._front().want_panels(*self._panels)
            self._panels = None
        self.show()

    def toggle_pages(self) -> None:
        """Dark paper, or light; from then on it does not follow the theme."""
        dark = self._look.on_page.is_dark
        self.choose_pages("light" if dark else "dark")

    def choose_pages(self, chosen: PageColors) -> None:
        self._settings.set(keys.PAGE_COLORS, chosen)
        self.show()

    def show(self) -> None:
        """Let actions and bars say how things are."""
        for bar in self._bars:
            bar.setVisible(not self.is_full or self._peeking)
        if self._actions is not None:
            self._actions.check({"full_screen": self.is_full, "dark_pages": self._look.on_page.is_dark})

    def close(self) -> None:
        """The window closes: its place is kept as that of a window."""
        self.leave()
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ThemeChange:
            self._later.start()
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            # Nobody else wanted it.
            if event.key() == Qt.Key.Key_Escape and self.is_full:
                self.leave()
                return True
        elif kind == QEvent.Type.WindowStateChange:
            self.show()
        return super().eventFilter(watched, event)


def page_theme(theme: Theme, settings: Settings) -> PageTheme:
    """The colours of pages, as they are set."""
    chosen = settings.get(keys.PAGE_COLORS)
    return PageTheme(theme, next((each for each in PAGE_COLORS if each == chosen), "theme"))


def follow_settings(look: Look, settings: Settings) -> None:
    """Give the program its accent and pages their colours, as they are set and as the system has them."""
    accent = system_accent() if settings.get(keys.ACCENT) == "system" else None
    look.theme.set_accent(partial(with_accent, accent=accent) if accent is not None else None)
    if isinstance(look.page_theme, PageTheme):
        chosen = settings.get(keys.PAGE_COLORS)
        look.page_theme.choose(next((each for each in PAGE_COLORS if each == chosen), "theme"))
