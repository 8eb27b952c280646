"""Preferences and the shortcut sheet: made of their tables, and what they change is on the disk and in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSpinBox
from pytestqt.qtbot import QtBot

from assistant import settings as keys
from assistant.settings import SETTINGS, Settings
from ui.actions import ACTIONS, GROUPS, shortcuts
from ui.dialogs.preferences import Preferences
from ui.dialogs.shortcuts import ShortcutSheet
from ui.views.widgets import Look, SegmentedSwitch, Switch


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.json")


@pytest.fixture
def dialog(look: Look, settings: Settings, qtbot: QtBot) -> Preferences:
    made = Preferences(look, settings)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_every_setting_that_is_not_hidden_has_a_row_and_a_name(dialog: Preferences) -> None:
    assert list(dialog.rows) == [setting.key for setting in SETTINGS if not setting.hidden]
    for row in dialog.rows.values():
        assert row.control.accessibleName() == row.setting.title
        assert row.control.accessibleDescription() == row.setting.help


def test_a_change_is_kept_at_once_and_can_be_taken_back(
    dialog: Preferences, settings: Settings, tmp_path: Path
) -> None:
    row = dialog.rows[keys.HIGHLIGHT_ENTITIES.key]
    assert isinstance(row.control, Switch)
    assert not row.reset_button.isVisible()
    QTest.keyClick(row.control, Qt.Key.Key_Space)
    assert Settings(tmp_path / "settings.json").get(keys.HIGHLIGHT_ENTITIES) is False
    assert row.reset_button.isVisible()
    row.reset_button.click()
    assert settings.get(keys.HIGHLIGHT_ENTITIES) is True
    assert row.control.isChecked()
    number = dialog.rows[keys.RECENT_FILES.key].control
    assert isinstance(number, QSpinBox)
    number.setFocus()
    number.selectAll()
    QTest.keyClicks(number, "7")
    QTest.keyClick(number, Qt.Key.Key_Return)
    assert settings.get(keys.RECENT_FILES) == 7
    assert dialog.isVisible()
    theme = dialog.rows[keys.THEME.key].control
    assert isinstance(theme, SegmentedSwitch)
    QTest.mouseClick(theme.button("dark"), Qt.MouseButton.LeftButton)
    assert settings.get(keys.THEME) == "dark"
    # From elsewhere, too: Ctrl+T changes it in the window.
    settings.set(keys.THEME, "light")
    assert theme.current == "light"

    dialog.reset_button.click()
    assert all(settings.get(key) == row.setting.default for key, row in dialog.rows.items())
    dialog.undo_button.click()
    assert (settings.get(keys.THEME), settings.get(keys.RECENT_FILES)) == ("light", 7)


def test_a_value_that_cannot_be_written_is_said_and_not_shown(dialog: Preferences, tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    row = dialog.rows[keys.RESTORE_PLACE.key]
    assert isinstance(row.control, Switch)
    row.control.click()
    assert "cannot write" in dialog.said.text
    assert row.control.isChecked()


def test_words_find_a_setting(dialog: Preferences) -> None:
    dialog.search.setText("graphics")
    shown = [key for key, row in dialog.rows.items() if row.isVisible()]
    assert shown == [keys.PROVIDER.key]
    groups = [dialog.groups.item(number) for number in range(dialog.groups.count())]
    assert [group.text() for group in groups if not group.isHidden()] == ["Models"]
    dialog.search.setText("no such thing")
    assert dialog.nothing.isVisible()
    dialog.nothing.button.click()
    assert all(row.isVisible() for row in dialog.rows.values())


def test_the_sheet_has_every_key_of_the_table(look: Look, qtbot: QtBot) -> None:
    lines = shortcuts()
    assert [line.keys for line in lines] == [spec.keys for spec in ACTIONS if spec.keys]
    assert {spec.group for spec in ACTIONS} <= set(GROUPS)
    sheet = ShortcutSheet(look, lines)
    qtbot.addWidget(sheet)
    sheet.show()
    assert sheet.shown == len(lines)
    sheet.search.setText("ctrl+g")
    assert sheet.shown == 1
    sheet.search.setText("nothing like it")
    assert sheet.shown == 0
    assert sheet.nothing.isVisible()
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_no_key_belongs_to_two_actions() -> None:
    used = [key for spec in ACTIONS for key in spec.keys]
    assert len(used) == len(set(used))
