"""Recent documents as cards: the first page small, the name, what kind of document it is, and where it was left."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, QPoint, QRectF, QSize, Qt, QTime, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.i18n import count, tr
from ui.views.row_menu import make_menu
from ui.views.widgets import ElidedLabel, IconButton, LinkButton, Look, RowButton

if TYPE_CHECKING:
    from assistant.engine import RecentFile

_DIRECTIONS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class RecentCard(RowButton):
    """One file. Arrows go to its neighbours, Delete takes it off the list.

    ``forget``: take it off the list. ``locate``: the user looks for the file that is not at its place any more.
    """

    forget = Signal()
    locate = Signal()

    def __init__(self, look: Look, file: RecentFile, type_title: str, parent: QWidget | None = None) -> None:
        """``type_title``: its document type in the user's language; empty where none is known."""
        name = file.path.name
        super().__init__(look, name, parent)
        self.file = file
        sizes = look.sizes
        self.setFixedSize(sizes.recent_card, sizes.recent_card_high)
        self.picture = _FirstPage(look, file)
        self._name = ElidedLabel(name, role="muted" if file.missing else "strong", mode=Qt.TextElideMode.ElideMiddle)
        self._about = ElidedLabel(role="secondary")
        about = [type_title or file.path.suffix.lstrip(".").upper(), _page(file)]
        self._about.set_text(tr("Not found") if file.missing else " · ".join(part for part in about if part))
        self._when = ElidedLabel(_when(file.opened), role="secondary")
        self.adopt(self.picture, self._name, self._about, self._when)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.gap, sizes.gap, sizes.gap, sizes.gap)
        column.setSpacing(0)
        column.addWidget(self.picture, 1)
        column.addSpacing(sizes.gap)
        column.addWidget(self._name)
        column.addWidget(self._about)
        self.locate_button: LinkButton | None = None
        if file.missing:
            self._about.setProperty("role", "warn")
            self.locate_button = LinkButton(tr("Find it…"), tr("Say where {name} is now", name=name))
            self.locate_button.clicked.connect(self.locate)
            row = QHBoxLayout()
            row.addWidget(self.locate_button)
            row.addStretch(1)
            column.addLayout(row)
            self._when.hide()
            path = str(file.path)
            self.setToolTip(tr("There is no file at {path} any more. It may have been moved.", path=path))
            self.setCursor(Qt.CursorShape.ArrowCursor)
        else:
            column.addWidget(self._when)
            self.setToolTip(tr("Open {path}", path=str(file.path)))
        said = [self._about.full_text, *(() if file.missing else (self._when.full_text,)), self.toolTip()]
        self.setAccessibleDescription(". ".join(said))
        self.remove = IconButton(look, "close", tr("Take {name} off this list", name=name), small=True, color="muted")
        self.remove.setParent(self)
        self.remove.clicked.connect(self.forget)
        self.remove.move(self.width() - self.remove.sizeHint().width() - sizes.gap, sizes.gap)
        self.remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.remove.setAutoFillBackground(True)
        self.remove.setVisible(False)

    def sizeHint(self) -> QSize:
        return QSize(self._look.sizes.recent_card, self._look.sizes.recent_card_high)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Delete:
            self.forget.emit()
        elif key in _DIRECTIONS:
            self._go(*_DIRECTIONS[key])
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        first = (tr("Find it…"), self.locate.emit) if self.file.missing else (tr("Open"), self.click)
        make_menu(self, [first, (tr("Take off this list"), self.forget.emit)]).popup(event.globalPos())

    def enterEvent(self, event: object) -> None:
        super().enterEvent(event)  # type: ignore[arg-type]
        self.remove.show()

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)  # type: ignore[arg-type]
        self.remove.setVisible(self.hasFocus())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.remove.show()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.remove.setVisible(self.underMouse())

    def _go(self, right: int, down: int) -> None:
        """Give the focus to the nearest card in this direction."""
        parent = self.parentWidget()
        here = self.geometry().center()
        best: tuple[int, RecentCard] | None = None
        # Those that were replaced are gone with the next turn of the event loop only.
        cards = [card for card in parent.findChildren(RecentCard) if card.isVisibleTo(parent)] if parent else []
        for card in cards:
            step: QPoint = card.geometry().center() - here
            ahead = step.x() * right + step.y() * down
            aside = abs(step.x() * down) + abs(step.y() * right)
            if ahead > 0 and (best is None or ahead + 4 * aside < best[0]):
                best = (ahead + 4 * aside, card)
        if best is not None:
            best[1].setFocus(Qt.FocusReason.TabFocusReason)


class _FirstPage(QWidget):
    """The upper part of the first page on the desk, or a mark where there is no picture."""

    def __init__(self, look: Look, file: RecentFile) -> None:
        super().__init__()
        self._look = look
        self._icon = "damaged" if file.missing else "document_text"
        self._pixmap = QPixmap()
        if file.picture:
            self._pixmap.loadFromData(file.picture)
        self._faded = file.missing
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    @property
    def has_picture(self) -> bool:
        return not self._pixmap.isNull()

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, sizes = self._look, self._look.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        shape = QPainterPath()
        shape.addRoundedRect(frame, sizes.radius, sizes.radius)
        painter.setClipPath(shape)
        painter.fillPath(shape, look.color("sunken"))
        if self._pixmap.isNull():
            side = sizes.icon_large
            icon = look.icons.icon(self._icon, "muted")
            middle = self.rect().center()
            icon.paint(painter, middle.x() - side // 2, middle.y() - side // 2, side, side)
        else:
            room = frame.adjusted(sizes.pad, sizes.gap, -sizes.pad, 0)
            size = self._pixmap.size()
            width = min(room.width(), room.height() * 2 * size.width() / max(size.height(), 1))
            height = width * size.height() / max(size.width(), 1)
            page = QRectF(room.center().x() - width / 2, room.top(), width, height)
            if height < room.height():
                page.moveCenter(room.center())
            painter.setOpacity(0.4 if self._faded else 1.0)
            painter.drawPixmap(page, self._pixmap, QRectF(self._pixmap.rect()))
            painter.setOpacity(1.0)
            painter.setPen(QPen(look.color("border"), 1))
            painter.drawRect(page)
        painter.setClipping(False)
        painter.setPen(QPen(look.color("border"), 1))
        painter.drawPath(shape)


def _page(file: RecentFile) -> str:
    if not file.pages:
        return ""
    if file.page > 1:
        return tr("page {page} of {total}", page=file.page, total=file.pages)
    return count(file.pages, "{n} page", "{n} pages")


def _when(opened: datetime) -> str:
    """Today's time, yesterday, or the date."""
    now = datetime.now(opened.tzinfo)
    days = (now.date() - opened.date()).days
    if days == 0:
        return QLocale().toString(QTime(opened.hour, opened.minute), QLocale.FormatType.ShortFormat)
    if days == 1:
        return tr("yesterday")
    return QLocale().toString(QDate(opened.year, opened.month, opened.day), QLocale.FormatType.ShortFormat)
