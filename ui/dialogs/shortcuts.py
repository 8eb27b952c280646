"""The shortcut sheet (F1): every action that has a key, by what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.views.widgets import Column, Look, SearchField, StateView, label, resize_on_screen


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One line of the sheet; all in the user's language, ``keys`` as the table of actions has them."""

    group: str
    title: str
    keys: tuple[str, ...]


class ShortcutSheet(QDialog):
    """Two columns of groups, and a field that finds an action by its words or its keys. Not modal."""

    def __init__(self, look: Look, shortcuts: Sequence[Shortcut], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        sizes = look.sizes
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.setModal(False)
        resize_on_screen(self, sizes.dialog_wide, sizes.dialog_high)
        self.search = SearchField(look, tr("Find a shortcut"))
        self.column = Column(tr("Keyboard shortcuts"))
        self.column.body.setContentsMargins(sizes.pad_dialog, sizes.grid, sizes.pad_dialog, sizes.pad_dialog)
        halves = QWidget()
        sides = QHBoxLayout(halves)
        sides.setContentsMargins(0, 0, 0, 0)
        sides.setSpacing(sizes.pad_dialog + sizes.gap)
        self._rows: list[tuple[QWidget, QWidget, str]] = []
        groups = list(dict.fromkeys(each.group for each in shortcuts))
        columns: list[QVBoxLayout] = []
        for _ in range(2):
            half = QVBoxLayout()
            half.setSpacing(0)
            columns.append(half)
            sides.addLayout(half, 1)
        filled = 0
        for group in groups:
            block = self._block(group, [each for each in shortcuts if each.group == group])
            columns[0 if filled * 2 < len(shortcuts) else 1].addWidget(block)
            filled += sum(each.group == group for each in shortcuts)
        for half in columns:
            half.addStretch(1)
        self.column.add(halves)
        self.nothing = StateView(look)
        self.nothing.action.connect(lambda: self.search.setText(""))
        self.nothing.hide()
        self.close_button = QPushButton(tr("Close"))
        self.close_button.setToolTip(tr("Close the sheet (Esc)"))
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(sizes.pad_dialog, sizes.pad, sizes.pad_dialog, sizes.pad)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        head = QHBoxLayout()
        head.setContentsMargins(sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog, sizes.gap)
        head.addWidget(self.search)
        ground = QWidget()
        ground.setProperty("role", "panel")
        ground.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        inner = QVBoxLayout(ground)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addLayout(head)
        inner.addWidget(self.column, 1)
        inner.addWidget(self.nothing, 1)
        inner.addLayout(foot)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(ground)
        self.search.edit.textChanged.connect(self._filter)
        self.search.edit.setFocus(Qt.FocusReason.PopupFocusReason)

    def _block(self, group: str, shortcuts: Sequence[Shortcut]) -> QWidget:
        sizes = self._look.sizes
        block = QWidget()
        lines = QVBoxLayout(block)
        lines.setContentsMargins(0, sizes.gap, 0, sizes.gap)
        lines.setSpacing(0)
        lines.addWidget(label(group, "strong"))
        for each in shortcuts:
            native = [
                QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) for keys in dict.fromkeys(each.keys)
            ]
            line = QWidget()
            line.setMinimumHeight(sizes.row_group)
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(sizes.grid)
            title = label(each.title)
            title.setAccessibleDescription(", ".join(native))
            row.addWidget(title, 1)
            for keys in native:
                row.addWidget(label(keys, "key"), 0, Qt.AlignmentFlag.AlignVCenter)
            lines.addWidget(line)
            self._rows.append((block, line, " ".join((each.title, *each.keys, *native)).casefold()))
        return block

    @property
    def shown(self) -> int:
        """How many shortcuts the search leaves."""
        return sum(not line.isHidden() for _, line, _ in self._rows)

    def _filter(self, words: str) -> None:
        asked = words.casefold().split()
        blocks: dict[QWidget, bool] = {}
        for block, line, text in self._rows:
            found = all(word in text for word in asked)
            line.setVisible(found)
            blocks[block] = blocks.get(block, False) or found
        for block, found in blocks.items():
            block.setVisible(found)
        some = any(blocks.values())
        self.column.setVisible(some)
        self.nothing.setVisible(not some)
        if not some:
            sentence = tr("No shortcut has the words “{words}”.", words=words.strip())
            self.nothing.show_state("search", sentence, tr("Show all shortcuts"))
