"""The files that lie in a document; a click opens one in a tab of its own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from assistant.types import Attachment, size_text
from ui.i18n import tr
from ui.views.widgets import ElidedLabel, IconPicture, Look, RowButton, label

_VISIBLE_ROWS = 6


class AttachmentList(QWidget):
    """How many there are, then a row for each. Hidden where there are none."""

    chosen = Signal(object)
    """:class:`assistant.types.Attachment`."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        sizes = look.sizes
        self._title = label("", "strong")
        self._rows = QWidget()
        self._rows.setProperty("role", "panel")
        self._rows.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(self._rows)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad, sizes.pad, sizes.pad, sizes.pad)
        column.addWidget(self._title)
        column.addWidget(self._area)
        self.hide()

    def set_items(self, attachments: Sequence[Attachment]) -> None:
        for row in self.rows():
            self._column.removeWidget(row)
            row.deleteLater()
        for attachment in attachments:
            self._column.addWidget(self._row(attachment))
        self._title.setText(tr("Attachments ({count})", count=len(attachments)))
        self._area.setFixedHeight(min(len(attachments), _VISIBLE_ROWS) * self._look.sizes.control)
        self.setVisible(bool(attachments))

    def rows(self) -> list[RowButton]:
        return [row for row in self._rows.findChildren(RowButton) if self._column.indexOf(row) >= 0]

    def _row(self, attachment: Attachment) -> RowButton:
        size = size_text(attachment.size)
        row = RowButton(self._look, tr("Open {name}, {size}", name=attachment.name, size=size))
        row.setToolTip(f"{attachment.name}\n{attachment.media_type}")
        row.setFixedHeight(self._look.sizes.control)
        icon = IconPicture(self._look, "document")
        name = ElidedLabel(attachment.name)
        amount = label(size, "muted")
        line = QHBoxLayout(row)
        line.setContentsMargins(self._look.sizes.gap, 0, self._look.sizes.gap, 0)
        line.addWidget(icon)
        line.addWidget(name, 1)
        line.addWidget(amount)
        row.adopt(icon, name, amount)
        row.clicked.connect(lambda: self.chosen.emit(attachment))
        return row
