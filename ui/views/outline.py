"""The document's own table of contents as a tree, and the files that lie in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStackedWidget, QTreeView, QVBoxLayout, QWidget

from assistant.types import OutlineItem
from ui.i18n import tr
from ui.views.attachments import AttachmentList
from ui.views.widgets import Look, StateView

_ITEM = Qt.ItemDataRole.UserRole + 1
_OPEN_UP_TO = 60
"""An outline of up to this many rows is shown unfolded."""


class Outline(QWidget):
    """Headings; a click goes to the heading's place. The row that holds the current page is marked."""

    item_activated = Signal(object)
    """:class:`assistant.types.OutlineItem`."""
    attachment_activated = Signal(object)
    """:class:`assistant.types.Attachment`."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._rows: list[tuple[int, QStandardItem]] = []
        self._model = QStandardItemModel(self)
        self.tree = QTreeView()
        self.tree.setModel(self._model)
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(look.sizes.pad)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setAccessibleName(tr("Outline"))
        self.tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.tree.clicked.connect(self._activate)
        self.tree.activated.connect(self._activate)
        self.state_view = StateView(look)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.state_view)
        self._stack.addWidget(self.tree)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack, 1)
        self.attachments = AttachmentList(look)
        self.attachments.chosen.connect(self.attachment_activated)
        column.addWidget(self.attachments)
        look.theme.changed.connect(self._recolour)
        self.set_items(())

    def set_items(self, items: Sequence[OutlineItem]) -> None:
        """Show the outline; an empty one is a sentence."""
        self._model.clear()
        self._model.setColumnCount(2)
        self._rows.clear()
        parents: list[tuple[int, QStandardItem]] = [(0, self._model.invisibleRootItem())]
        for item in items:
            while len(parents) > 1 and parents[-1][0] >= item.level:
                parents.pop()
            title = QStandardItem(item.title.strip() or tr("Untitled"))
            title.setData(item, _ITEM)
            title.setToolTip(tr("{title}, page {page}", title=item.title.strip(), page=item.page))
            # The space keeps the number off the edge and off the scroll bar.
            page = QStandardItem(f"{item.page}\u2002")
            page.setData(item, _ITEM)
            page.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            parents[-1][1].appendRow([title, page])
            parents.append((item.level, title))
            self._rows.append((item.page, title))
        self._recolour()
        if not items:
            self.state_view.show_state("outline", tr("This document has no outline."))
            self._stack.setCurrentWidget(self.state_view)
            return
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        if len(items) <= _OPEN_UP_TO:
            self.tree.expandAll()
        self._stack.setCurrentWidget(self.tree)

    def set_page(self, page: int) -> None:
        """Mark the last heading that starts on or before ``page``."""
        current = None
        for start, row in self._rows:
            if start <= page:
                current = row
        if current is not None and self._model.indexFromItem(current) != self.tree.currentIndex():
            self.tree.setCurrentIndex(self._model.indexFromItem(current))

    def _activate(self, index: object) -> None:
        item = index.data(_ITEM)  # type: ignore[attr-defined]
        if isinstance(item, OutlineItem):
            self.item_activated.emit(item)

    def _recolour(self) -> None:
        muted = self._look.color("muted")
        for _, title in self._rows:
            parent = title.parent() or self._model.invisibleRootItem()
            page = parent.child(title.row(), 1)
            page.setForeground(muted)
            page.setFont(self._look.font("secondary"))
