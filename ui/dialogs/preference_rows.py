"""One setting of the table as a row of Preferences: its words, and the control that its type asks for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from assistant.settings import UI_LANGUAGE, AnySetting, Value
from ui.i18n import tr
from ui.views.widgets import FlowText, IconButton, Look, SegmentedSwitch, Switch, label

_MOST_INT = 2**31 - 1


class SettingRow(QWidget):
    """Title and help on the left, the control on the right, and a way back where the value is not the default.

    ``chosen(Value)``: the user set it; the owner stores it and calls :meth:`set_value` with what is true then.
    """

    chosen = Signal(object)

    def __init__(self, look: Look, setting: AnySetting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self._look = look
        sizes = look.sizes
        title, text = tr(setting.title), tr(setting.help)
        self._words = " ".join(
            (title, text, setting.title, setting.help, *(choice_title(setting, value) for value, _ in setting.choices))
        ).casefold()
        self.title = label(title)
        self.help = FlowText(look, text, role="secondary", color="muted")
        self.reset_button = IconButton(look, "undo", tr("Back to the default: {title}", title=title), small=True)
        # The row must not move when the button comes.
        policy = self.reset_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset_button.setSizePolicy(policy)
        self.reset_button.clicked.connect(lambda: self.chosen.emit(setting.default))
        self.control, self._set = self._make_control(title)
        self.control.setAccessibleDescription(text)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.help)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, sizes.gap, 0, sizes.gap)
        row.setSpacing(sizes.gap)
        row.addLayout(words, 1)
        row.addSpacing(sizes.pad)
        row.addWidget(self.reset_button, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.control, 0, Qt.AlignmentFlag.AlignVCenter)

    def matches(self, words: str) -> bool:
        """Whether all these words are in the row's own, in the window's language or in English."""
        return all(word in self._words for word in words.casefold().split())

    def set_value(self, value: Value) -> None:
        """Show a value; no signal follows."""
        blocked = self.control.blockSignals(True)
        self._set(value)
        self.control.blockSignals(blocked)
        self.reset_button.setVisible(value != self.setting.default)

    def _make_control(self, title: str) -> tuple[QWidget, Callable[[Value], None]]:
        setting, sizes = self.setting, self._look.sizes
        if setting.choices:
            return self._make_choice(title)
        if setting.type is bool:
            switch = Switch(self._look, title)
            switch.toggled.connect(lambda on: self.chosen.emit(on))
            return switch, lambda value: switch.setChecked(bool(value))
        if setting.type is int:
            number = QSpinBox()
            number.setRange(
                int(setting.minimum if setting.minimum is not None else -_MOST_INT),
                int(setting.maximum if setting.maximum is not None else _MOST_INT),
            )
            number.setGroupSeparatorShown(True)
            number.setKeyboardTracking(False)
            number.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
            number.setFixedWidth(sizes.field_number)
            number.setAccessibleName(title)
            number.setToolTip(title)
            number.valueChanged.connect(lambda value: self.chosen.emit(value))
            # A wheel that scrolls the dialog must not change a number on its way.
            number.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            number.wheelEvent = lambda event: event.ignore()  # type: ignore[method-assign]
            return number, lambda value: number.setValue(int(value))
        field = QLineEdit()
        field.setFixedWidth(sizes.field)
        field.setAccessibleName(title)
        field.setToolTip(title)
        field.editingFinished.connect(lambda: self.chosen.emit(field.text()))
        return field, lambda value: field.setText(str(value))

    def _make_choice(self, title: str) -> tuple[QWidget, Callable[[Value], None]]:
        setting = self.setting
        values = {str(value): value for value, _ in setting.choices}
        switch = SegmentedSwitch(self._look, title)
        for value, _ in setting.choices:
            switch.add(str(value), choice_title(setting, value))
        switch.setFixedWidth(self._look.sizes.field)
        switch.changed.connect(lambda key: self.chosen.emit(values[key]))
        return switch, lambda value: switch.set_current(str(value))


def choice_title(setting: AnySetting, value: Value) -> str:
    """A language is called by its own name, so that who cannot read the window's finds theirs."""
    title = next(title for choice, title in setting.choices if choice == value)
    return title if setting.key == UI_LANGUAGE.key and value != UI_LANGUAGE.default else tr(title)
