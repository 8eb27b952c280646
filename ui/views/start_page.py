"""What the window shows without a document: how to open one, and those that were read before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, QRectF, Qt, QTime, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ui.i18n import count, tr
from ui.views.widgets import Column, ElidedLabel, IconButton, IconPicture, Look, RowButton, label

if TYPE_CHECKING:
    from assistant.engine import RecentFile

_WIDTH = 640


class StartPage(QWidget):
    """The page before a document is open.

    - :meth:`set_recent` lists files, newest first; those that are gone are marked and can only be removed.
    - :meth:`set_formats` names what can be opened ("PDF, DOCX, TXT, Markdown, HTML").

    ``open_requested()``: show the file dialog. ``file_activated(Path)``: open this one. ``files_dropped(list[Path])``.
    ``forget_requested(Path)``: take it off the list. ``sample_requested()``: open the bundled sample.
    """

    open_requested = Signal()
    sample_requested = Signal()
    file_activated = Signal(object)
    files_dropped = Signal(list)
    forget_requested = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._rows: list[RecentRow] = []
        self.setProperty("role", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        sizes = look.sizes

        self.drop = DropArea(look)
        self.open_button = QPushButton(tr("Open a document"))
        self.open_button.setProperty("kind", "primary")
        self.open_button.setToolTip(tr("Choose a file (Ctrl+O)"))
        self.open_button.setAccessibleName(tr("Open a document"))
        self.open_button.clicked.connect(self.open_requested)
        self.sample_button = QPushButton(tr("Try the sample"))
        self.sample_button.setToolTip(tr("Open a service contract that comes with Docent"))
        self.sample_button.setAccessibleName(tr("Try the sample"))
        self.sample_button.clicked.connect(self.sample_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(sizes.gap)
        buttons.addStretch(1)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.sample_button)
        buttons.addStretch(1)
        self._formats = label(role="secondary")
        self._formats.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._formats.setWordWrap(True)
        title = label(tr("Drop a document here"), "heading")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inner = QVBoxLayout(self.drop)
        inner.setContentsMargins(sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog)
        inner.setSpacing(sizes.pad)
        inner.addWidget(title)
        inner.addWidget(self._formats)
        inner.addSpacing(sizes.grid)
        inner.addLayout(buttons)

        self._heading = label(role="strong")
        self.list = Column(tr("Recent documents"))
        self.list.content.setProperty("role", "window")
        self.list.body.setContentsMargins(0, 0, 0, 0)
        self.list.body.setSpacing(0)
        middle = QWidget()
        middle.setMaximumWidth(_WIDTH)
        middle.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(middle)
        column.setContentsMargins(sizes.pad, sizes.pad_dialog * 2, sizes.pad, sizes.pad)
        column.setSpacing(sizes.gap)
        column.addWidget(self.drop)
        column.addSpacing(sizes.pad_dialog)
        column.addWidget(self._heading)
        column.addWidget(self.list, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(middle, 100)
        row.addStretch(1)
        self.set_formats(())
        self.set_recent(())

    # --- setters ----------------------------------------------------------------------------------------

    def set_recent(self, files: Sequence[RecentFile]) -> None:
        self.list.clear()
        self._rows = []
        for file in files:
            row = RecentRow(self._look, file, self.list.content)
            row.clicked.connect(lambda _=False, file=file: self._activate(file))
            row.forget.connect(lambda file=file: self.forget_requested.emit(file.path))
            self.list.add(row)
            self._rows.append(row)
        self._heading.setText(tr("Recent documents") if files else "")
        self._heading.setVisible(bool(files))
        self.list.setVisible(bool(files))

    def set_formats(self, formats: Sequence[str]) -> None:
        names = tr(", ").join(formats)
        sentence = tr("It is read on this computer and goes nowhere else.")
        self._formats.setText(f"{names}\n{sentence}" if names else sentence)

    @property
    def rows(self) -> tuple[RecentRow, ...]:
        return tuple(self._rows)

    def _activate(self, file: RecentFile) -> None:
        if not file.missing:
            self.file_activated.emit(file.path)

    # --- drag and drop ----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event):
            self.drop.set_active(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop.set_active(False)
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop.set_active(False)
        paths = _dropped(event)
        if paths:
            event.acceptProposedAction()
            self.files_dropped.emit(paths)


def _dropped(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


class DropArea(QWidget):
    """A dashed frame; the accent colour while files are held over the page."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._active = False
        self.setAccessibleName(tr("Drop a document here"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_active(self, active: bool) -> None:
        self._active = active
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._look.sizes.radius_dialog
        painter.setBrush(self._look.color("accent_soft" if self._active else "surface"))
        pen = QPen(self._look.color("accent" if self._active else "border"), 1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)


class RecentRow(RowButton):
    """One file: name, where it is, when it was read and on which page. ``forget``: take it off the list."""

    forget = Signal()

    def __init__(self, look: Look, file: RecentFile, parent: QWidget | None = None) -> None:
        super().__init__(look, file.path.name, parent)
        self.file = file
        sizes = look.sizes
        self._icon = IconPicture(look, "damaged" if file.missing else "document_text")
        name = ElidedLabel(
            file.path.name, role="muted" if file.missing else "strong", mode=Qt.TextElideMode.ElideMiddle
        )
        place = ElidedLabel(_place(file), role="secondary", mode=Qt.TextElideMode.ElideMiddle)
        when = label(tr("Not found") if file.missing else _when(file.opened), "warn" if file.missing else "secondary")
        self.adopt(self._icon, name, place, when)
        self.remove = IconButton(
            look, "close", tr("Take {name} off this list", name=file.path.name), small=True, color="muted"
        )
        self.remove.clicked.connect(self.forget)
        text = QVBoxLayout()
        text.setSpacing(0)
        text.addWidget(name)
        text.addWidget(place)
        row = QHBoxLayout(self)
        row.setContentsMargins(sizes.pad, sizes.gap, sizes.gap, sizes.gap)
        row.setSpacing(sizes.pad)
        row.addWidget(self._icon)
        row.addLayout(text, 1)
        row.addWidget(when)
        row.addWidget(self.remove)
        if file.missing:
            self.setToolTip(tr("There is no file at {path} any more. It may have been moved.", path=str(file.path)))
            self.setCursor(Qt.CursorShape.ArrowCursor)
        else:
            self.setToolTip(tr("Open {path}", path=str(file.path)))
        self.setAccessibleDescription(self.toolTip())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.forget.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        if not self.file.missing:
            menu.addAction(tr("Open"), self.click)
        menu.addAction(tr("Take off this list"), self.forget.emit)
        menu.exec(event.globalPos())


def _place(file: RecentFile) -> str:
    parts = [str(file.path.parent)]
    if file.pages:
        pages = count(file.pages, "{n} page", "{n} pages")
        parts.append(tr("page {page} of {total}", page=file.page, total=file.pages) if file.page > 1 else pages)
    return " · ".join(parts)


def _when(opened: datetime) -> str:
    """Today's time, yesterday, or the date."""
    now = datetime.now(opened.tzinfo)
    days = (now.date() - opened.date()).days
    if days == 0:
        return QLocale().toString(QTime(opened.hour, opened.minute), QLocale.FormatType.ShortFormat)
    if days == 1:
        return tr("yesterday")
    return QLocale().toString(QDate(opened.year, opened.month, opened.day), QLocale.FormatType.ShortFormat)
