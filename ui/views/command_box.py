"""Search or run: what the window can do, files that were read before, and the typed words as a search or a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QHideEvent, QIcon, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ui.i18n import tr
from ui.views.widgets import FieldFrame, IconPicture, Look, label

_MOST = 12
_COMMAND = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the list: what it does, its shortcut, its icon."""

    title: str
    hint: str
    icon: QIcon
    run: Callable[[], None]


class CommandBox(FieldFrame):
    """``commands(text)`` gives the rows for what is typed, best first."""

    def __init__(
        self, look: Look, commands: Callable[[str], Sequence[Command]], keys: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(look, look.sizes.radius, parent)
        self._commands = commands
        self._shown: list[Command] = []
        sizes = look.sizes
        hint = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        self.setFixedSize(sizes.left_panel, sizes.control)
        self.edit.setPlaceholderText(tr("Search or run…"))
        self.edit.setAccessibleName(tr("Search or run"))
        self.edit.setToolTip(tr("Find words, ask, open a recent document or run a command ({keys})", keys=hint))
        self.edit.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.row.insertWidget(0, IconPicture(look, "search"))
        self._hint = label(hint, "secondary")
        self.row.addWidget(self._hint)
        self.row.addSpacing(sizes.grid)
        self._list = QListWidget()
        self._list.setItemDelegate(_CommandDelegate(look, self._list))
        self._list.setMouseTracking(True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setAccessibleName(tr("Commands"))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemClicked.connect(lambda item: self._run(self._list.row(item)))
        self._popup = QFrame(self, Qt.WindowType.ToolTip)
        self._popup.setProperty("role", "card")
        inside = QVBoxLayout(self._popup)
        inside.setContentsMargins(sizes.grid, sizes.grid, sizes.grid, sizes.grid)
        inside.addWidget(self._list)
        self.edit.textEdited.connect(self._refresh)
        self.edit.returnPressed.connect(lambda: self._run(self._list.currentRow()))
        self.edit.arrow.connect(self._step)
        self.edit.installEventFilter(self)

    @property
    def rows(self) -> Sequence[Command]:
        """What is offered now."""
        return self._shown

    @property
    def popup(self) -> QWidget:
        return self._popup

    def start(self) -> None:
        """Put the cursor in and show what there is."""
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edit.selectAll()
        self._refresh()

    def _refresh(self) -> None:
        self._shown = list(self._commands(self.edit.text().strip()))[:_MOST]
        self._list.clear()
        for command in self._shown:
            item = QListWidgetItem(command.title)
            item.setData(_COMMAND, command)
            item.setToolTip(command.title)
            self._list.addItem(item)
        if not self._shown:
            self._popup.hide()
            return
        self._list.setCurrentRow(0)
        sizes = self._look.sizes
        width = max(self.width(), sizes.dialog)
        self._popup.setFixedSize(width, len(self._shown) * sizes.row + sizes.grid * 2 + 2)
        self._popup.move(self.mapToGlobal(QPoint(self.width() - width, self.height() + sizes.grid)))
        self._popup.show()

    def _step(self, step: int) -> None:
        if not self._popup.isVisible():
            self._refresh()
        elif self._shown:
            self._list.setCurrentRow((self._list.currentRow() + step) % len(self._shown))

    def _run(self, row: int) -> None:
        if self._popup.isVisible() and 0 <= row < len(self._shown):
            command = self._shown[row]
            self._leave()
            command.run()

    def _leave(self) -> None:
        self._popup.hide()
        self.edit.clear()
        self.edit.clearFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        self._popup.hide()
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.FocusOut:
            self._popup.hide()
        elif kind == QEvent.Type.MouseButtonPress and not self._popup.isVisible():
            self._refresh()
        elif isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self._leave()
            return True
        return super().eventFilter(watched, event)


class _CommandDelegate(QStyledItemDelegate):
    """Icon, title, and the shortcut at the right."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, self._look.sizes.row)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        command: Command = index.data(_COMMAND)
        look, sizes = self._look, self._look.sizes
        area: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("accent_soft" if chosen else "sunken"))
            painter.drawRoundedRect(area, sizes.radius_small, sizes.radius_small)
        inner = area.adjusted(sizes.gap, 0, -sizes.gap, 0)
        icon = QRect(inner.left(), inner.center().y() - sizes.icon_small // 2 + 1, sizes.icon_small, sizes.icon_small)
        command.icon.paint(painter, icon)
        painter.setFont(look.font("secondary"))
        hint_width = painter.fontMetrics().horizontalAdvance(command.hint)
        painter.setPen(look.color("muted"))
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, flags | Qt.AlignmentFlag.AlignRight, command.hint)
        painter.setFont(look.font("body"))
        painter.setPen(look.color("text"))
        text = inner.adjusted(sizes.icon_small + sizes.gap, 0, -hint_width - sizes.gap, 0)
        title = painter.fontMetrics().elidedText(command.title, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, flags | Qt.AlignmentFlag.AlignLeft, title)
        painter.restore()
