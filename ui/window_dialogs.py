"""The dialogs of the window: preferences, shortcuts, passwords."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget
from shiboken6 import isValid

from assistant.errors import PasswordRequired
from assistant.settings import Settings
from ui.actions import shortcuts
from ui.dialogs.password import PasswordDialog
from ui.dialogs.preferences import Preferences
from ui.dialogs.shortcuts import ShortcutSheet
from ui.views.document_view import DocumentView
from ui.views.widgets import Look


class WindowDialogs:
    """One for the window, which owns the dialogs; each is deleted when it is closed. Main thread only."""

    def __init__(self, look: Look, settings: Settings, window: QWidget) -> None:
        self._look = look
        self._settings = settings
        self._window = window
        self._preferences: Preferences | None = None
        self._sheet: ShortcutSheet | None = None

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The functions of the table of actions that open one."""
        return {"preferences": self.open_preferences, "shortcuts": self.open_shortcuts}

    @property
    def preferences(self) -> Preferences | None:
        """Where they are open."""
        return self._preferences if _is_open(self._preferences) else None

    @property
    def sheet(self) -> ShortcutSheet | None:
        return self._sheet if _is_open(self._sheet) else None

    def open_preferences(self) -> None:
        if self.preferences is None:
            self._preferences = Preferences(self._look, self._settings, self._window)
        _bring(self._preferences)

    def open_shortcuts(self) -> None:
        if self.sheet is None:
            self._sheet = ShortcutSheet(self._look, shortcuts(), self._window)
        _bring(self._sheet)

    def rebuild(self) -> None:
        """Those that are open anew, in the language that is now set and where the user was in them."""
        sheet, old = self.sheet, self.preferences
        if sheet is not None:
            sheet.close()
            self._sheet = None
            self.open_shortcuts()
        if old is not None:
            state, place = old.state(), old.geometry()
            old.close()
            self._preferences = None
            self.open_preferences()
            new = self.preferences
            if new is not None:
                new.setGeometry(place)
                new.restore(state)

    def ask_password(self, view: DocumentView, error: PasswordRequired) -> None:
        """Ask until the password is right or the user gives up."""
        view.show_locked()
        wrong = error.code == "password_wrong"
        dialog = PasswordDialog(self._look, view.session.path, wrong=wrong, parent=self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def submit(password: str) -> None:
            dialog.close()
            view.show_opening()
            view.session.start(password)

        dialog.submitted.connect(submit)
        dialog.open()


def _is_open(dialog: QDialog | None) -> bool:
    return dialog is not None and isValid(dialog) and dialog.isVisible()


def _bring(dialog: QDialog | None) -> None:
    if dialog is not None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
