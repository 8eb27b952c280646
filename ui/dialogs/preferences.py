"""Preferences: made from the table of settings. A change is kept, and shown, at once; there is nothing to apply."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from assistant.errors import UserError
from assistant.settings import SETTINGS, AnySetting, Settings, Value
from ui.dialogs.preference_rows import SettingRow
from ui.i18n import error_message, tr
from ui.views.widgets import Column, FlowText, LinkButton, Look, SearchField, StateView, label, resize_on_screen


@dataclass(frozen=True, slots=True)
class PreferencesState:
    """Where the user was in the dialog, for one that takes its place in another language."""

    search: str
    scrolled: int
    focus: str
    """The key of the setting whose control had the focus, or ""."""


class Preferences(QDialog):
    """Groups on the left, their settings on the right; the field above them finds a setting by its words.

    Not modal: what a setting does is seen in the window behind it. Main thread only.
    """

    def __init__(self, look: Look, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._settings = settings
        self._before: dict[str, Value] = {}
        sizes = look.sizes
        self.setWindowTitle(tr("Preferences"))
        self.setModal(False)
        resize_on_screen(self, sizes.dialog_wide, sizes.dialog_high)

        self.search = SearchField(look, tr("Find a setting"))
        self.groups = QListWidget()
        self.groups.setProperty("kind", "groups")
        self.groups.setAccessibleName(tr("Groups of settings"))
        self.groups.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side = QWidget()
        side.setFixedWidth(sizes.dialog_side)
        left = QVBoxLayout(side)
        left.setContentsMargins(sizes.pad, sizes.pad_dialog, sizes.pad, sizes.pad)
        left.setSpacing(sizes.pad)
        left.addWidget(self.search)
        left.addWidget(self.groups, 1)

        self.column = Column(tr("Settings"))
        self.column.body.setContentsMargins(sizes.pad_dialog, sizes.pad, sizes.pad_dialog, sizes.pad)
        self.column.body.setSpacing(0)
        self.rows: dict[str, SettingRow] = {}
        self._headings: dict[str, QWidget] = {}
        for setting in SETTINGS:
            if not setting.hidden:
                self._add(setting)
        self.nothing = StateView(look)
        self.nothing.action.connect(lambda: self.search.setText(""))
        self.nothing.hide()

        self.said = FlowText(look, role="secondary", color="muted")
        self.undo_button = LinkButton(tr("Undo"), tr("Take the settings back as they were"))
        self.undo_button.clicked.connect(self._undo_reset)
        self.reset_button = QPushButton(tr("Reset all"))
        self.reset_button.setToolTip(tr("Set everything here back to its default; documents, labels and models stay"))
        self.reset_button.setAutoDefault(False)
        self.reset_button.clicked.connect(self._reset_all)
        self.close_button = QPushButton(tr("Close"))
        self.close_button.setProperty("kind", "primary")
        self.close_button.setToolTip(tr("Close the preferences (Esc)"))
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(sizes.pad_dialog, sizes.pad, sizes.pad_dialog, sizes.pad)
        foot.setSpacing(sizes.gap)
        foot.addWidget(self.reset_button)
        foot.addWidget(self.said, 1)
        foot.addWidget(self.undo_button)
        foot.addWidget(self.close_button)

        main = QWidget()
        main.setProperty("role", "panel")
        main.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        right = QVBoxLayout(main)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.column, 1)
        right.addWidget(self.nothing, 1)
        right.addLayout(foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(side)
        row.addWidget(main, 1)

        self.search.edit.textChanged.connect(self._filter)
        self.search.down.connect(self.groups.setFocus)
        self.groups.currentTextChanged.connect(self._go_to)
        self._say("")
        self.search.edit.setFocus(Qt.FocusReason.PopupFocusReason)
        self._subscriptions = [settings.subscribe(key, row.set_value) for key, row in self.rows.items()]
        self.finished.connect(self._end)

    def _add(self, setting: AnySetting) -> None:
        group = tr(setting.group)
        if group not in self._headings:
            heading = label(group, "heading")
            heading.setContentsMargins(0, self._look.sizes.pad, 0, self._look.sizes.grid)
            self.column.add(heading)
            self._headings[group] = heading
            item = QListWidgetItem(group)
            item.setSizeHint(QSize(0, self._look.sizes.control))
            self.groups.addItem(item)
        row = SettingRow(self._look, setting)
        row.set_value(self._settings.get(setting.key))
        row.chosen.connect(lambda value: self._store(setting, value))
        self.column.add(row)
        self.rows[setting.key] = row

    # --- for the window -------------------------------------------------------------------------------------

    def state(self) -> PreferencesState:
        focus = self.focusWidget()
        key = next((key for key, row in self.rows.items() if focus is not None and row.isAncestorOf(focus)), "")
        return PreferencesState(self.search.text(), self.column.verticalScrollBar().value(), key)

    def restore(self, state: PreferencesState) -> None:
        self.search.setText(state.search)
        row = self.rows.get(state.focus)
        if row is not None:
            row.control.setFocus(Qt.FocusReason.OtherFocusReason)
        self.column.verticalScrollBar().setValue(state.scrolled)

    def _end(self) -> None:
        for unsubscribe in self._subscriptions:
            unsubscribe()
        self._subscriptions.clear()

    # --- the settings ---------------------------------------------------------------------------------------

    def _store(self, setting: AnySetting, value: Value) -> None:
        self._say("")
        self._put({setting.key: value})

    def _reset_all(self) -> None:
        self._before = {key: self._settings.get(key) for key in self.rows}
        if self._put({key: row.setting.default for key, row in self.rows.items()}):
            self._say(tr("Everything is at its default now."), undo=True)

    def _undo_reset(self) -> None:
        before, self._before = self._before, {}
        self._say("")
        self._put(before)

    def _put(self, values: dict[str, Value]) -> bool:
        try:
            for key, value in values.items():
                self._settings.set(key, value)
        except UserError as error:
            self._say(error_message(error))
            for key, row in self.rows.items():
                row.set_value(self._settings.get(key))
            return False
        for key in values:
            self.rows[key].set_value(self._settings.get(key))
        return True

    def _say(self, sentence: str, *, undo: bool = False) -> None:
        self.said.set_text(sentence)
        self.undo_button.setVisible(undo)

    # --- finding --------------------------------------------------------------------------------------------

    def _filter(self, words: str) -> None:
        shown: set[str] = set()
        for row in self.rows.values():
            group = tr(row.setting.group)
            found = row.matches(words) or all(word in group.casefold() for word in words.casefold().split())
            row.setVisible(found)
            if found:
                shown.add(group)
        for group, heading in self._headings.items():
            heading.setVisible(group in shown)
        for index in range(self.groups.count()):
            item = self.groups.item(index)
            item.setHidden(item.text() not in shown)
        self.column.setVisible(bool(shown))
        self.nothing.setVisible(not shown)
        if not shown:
            sentence = tr("No setting has the words “{words}”.", words=words.strip())
            self.nothing.show_state("search", sentence, tr("Show all settings"))

    def _go_to(self, group: str) -> None:
        heading = self._headings.get(group)
        if heading is not None:
            self.column.verticalScrollBar().setValue(heading.y())
