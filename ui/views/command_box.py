"""Search or run: what the window can do, files that were read before, and the typed words as a search or a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QFocusEvent, QHideEvent, QIcon, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.views.widgets import Look

_MOST = 12


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the list."""

    title: str
    hint: str
    icon: QIcon
    run: Callable[[], None]


class CommandBox(QLineEdit):
    """``commands(text)`` gives the rows for what is typed, best first."""

    def __init__(self, look: Look, commands: Callable[[str], Sequence[Command]], keys: str) -> None:
        super().__init__()
        self._look = look
        self._commands = commands
        self._shown: list[Command] = []
        sizes = look.sizes
        self.setPlaceholderText(tr("Search or run…"))
        self.setAccessibleName(tr("Search or run"))
        hint = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        self.setToolTip(tr("Find words, ask, open a recent document or run a command ({keys})", keys=hint))
        self.setFixedWidth(sizes.left_panel)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        action = self.addAction(look.icons.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        look.icons.attach(action, "search", "muted")
        self._list = QListWidget()
        self._list.setIconSize(QSize(sizes.icon_small, sizes.icon_small))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setAccessibleName(tr("Commands"))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemClicked.connect(self._run_item)
        self._popup = QFrame(None, Qt.WindowType.ToolTip)
        self._popup.setProperty("role", "card")
        inside = QVBoxLayout(self._popup)
        inside.setContentsMargins(sizes.grid, sizes.grid, sizes.grid, sizes.grid)
        inside.addWidget(self._list)
        self.destroyed.connect(self._popup.deleteLater)
        self.textEdited.connect(self._refresh)
        self.returnPressed.connect(self._run_current)

    @property
    def rows(self) -> Sequence[Command]:
        """What is offered now."""
        return self._shown

    def start(self) -> None:
        """Put the cursor in and show what there is."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()
        self._refresh()

    def _refresh(self) -> None:
        self._shown = list(self._commands(self.text().strip()))[:_MOST]
        self._list.clear()
        for command in self._shown:
            item = QListWidgetItem(command.icon, command.title)
            if command.hint:
                item.setText(f"{command.title}   {command.hint}")
            item.setToolTip(command.title)
            self._list.addItem(item)
        if not self._shown:
            self._popup.hide()
            return
        self._list.setCurrentRow(0)
        sizes = self._look.sizes
        width = max(self.width(), sizes.dialog)
        self._popup.setFixedSize(width, len(self._shown) * sizes.row + sizes.grid * 2 + 2)
        corner = self.mapToGlobal(QPoint(self.width() - width, self.height() + sizes.grid))
        self._popup.move(corner)
        self._popup.show()

    def _run_item(self, item: QListWidgetItem) -> None:
        self._run(self._list.row(item))

    def _run_current(self) -> None:
        if self._popup.isVisible():
            self._run(self._list.currentRow())

    def _run(self, row: int) -> None:
        if 0 <= row < len(self._shown):
            command = self._shown[row]
            self._leave()
            command.run()

    def _leave(self) -> None:
        self._popup.hide()
        self.clear()
        self.clearFocus()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._refresh()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._popup.hide()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._popup.hide()
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None and self._shown:
            if not self._popup.isVisible():
                self._refresh()
            else:
                self._list.setCurrentRow((self._list.currentRow() + step) % len(self._shown))
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
            parent = self.window()
            if isinstance(parent, QWidget):
                parent.setFocus()
        else:
            super().keyPressEvent(event)
