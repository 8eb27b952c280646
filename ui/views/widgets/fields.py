"""Fields to write in: a frame that shows the focus, with what stands beside the text."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from ui.i18n import tr
from ui.views.widgets.controls import IconButton, IconPicture
from ui.views.widgets.look import Look


class FieldEdit(QLineEdit):
    """The bare text of a :class:`FieldFrame`. ``arrow``: Up (-1) or Down (1); ``escaped``: Escape on some text."""

    arrow = Signal(int)
    escaped = Signal()
    focused = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self.arrow.emit(step)
        elif event.key() == Qt.Key.Key_Escape and self.text() and self.receivers("2escaped()"):
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit()


class FieldFrame(QWidget):
    """:attr:`edit` in a frame that is accented with the focus (or red: :meth:`set_bad`); :attr:`row` takes more."""

    def __init__(self, look: Look, radius: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._radius = radius
        self._bad = False
        self.edit = FieldEdit()
        self.edit.setProperty("kind", "bare")
        self.edit.focused.connect(self.update)
        self.setFocusProxy(self.edit)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(look.sizes.pad, 1, look.sizes.grid, 1)
        self.row.setSpacing(look.sizes.gap)
        self.row.addWidget(self.edit, 1)

    def set_bad(self, bad: bool) -> None:
        """What stands here was refused."""
        if bad != self._bad:
            self._bad = bad
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = "bad" if self._bad else "accent" if self.edit.hasFocus() else "border"
        painter.setPen(QPen(self._look.color(edge), 1))
        painter.setBrush(self._look.color("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self._radius, self._radius)


class ChoiceField(QComboBox):
    """A combo box with the caret of the icon set: what a style sheet leaves of Qt's arrow does not go with it."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setAccessibleName(name)
        self.view().setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, sizes = self._look, self._look.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(look.color("accent" if self.hasFocus() else "border"), 1))
        painter.setBrush(look.color("surface" if self.isEnabled() else "window"))
        painter.drawRoundedRect(box, sizes.radius, sizes.radius)
        side = sizes.icon_small
        picture = look.icons.pixmap("down", side, self.devicePixelRatioF(), "muted")
        top = (self.height() - side) // 2
        painter.drawPixmap(self.width() - side - sizes.gap, top, side, side, picture)
        painter.setFont(look.font())
        painter.setPen(look.color("text" if self.isEnabled() else "muted"))
        room = box.adjusted(10, 0, -side - 2 * sizes.gap, 0)
        text = QFontMetrics(look.font()).elidedText(self.currentText(), Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def paint_tick(painter: QPainter, look: Look, box: QRectF, *, checked: bool, enabled: bool = True) -> None:
    """A box of 16 pixels with a tick, or without."""
    accent = look.color("accent" if enabled else "muted")
    painter.setPen(QPen(accent if checked else look.color("muted"), 1))
    painter.setBrush(accent if checked else look.color("surface"))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), look.sizes.radius_small, look.sizes.radius_small)
    if checked:
        pen = QPen(look.color("on_accent"), 1.8)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        x, y = box.left(), box.top()
        painter.drawPolyline([QPointF(x + 4, y + 8.4), QPointF(x + 7, y + 11.2), QPointF(x + 12, y + 5)])


class TickBox(QCheckBox):
    """A check box as the tables draw theirs."""

    def __init__(self, look: Look, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._look = look
        self.setAccessibleName(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, sizes = self._look, self._look.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = sizes.icon_small
        paint_tick(painter, look, QRectF(4, (self.height() - side) / 2, side, side), checked=self.isChecked(),
                   enabled=self.isEnabled())  # fmt: skip
        painter.setFont(look.font())
        painter.setPen(look.color("text" if self.isEnabled() else "muted"))
        room = QRectF(self.rect()).adjusted(4 + side + sizes.gap, 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("accent"), 1))
            edge = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(edge, sizes.radius_small, sizes.radius_small)


class SearchField(FieldFrame):
    """A field with a magnifying glass; a cross (or Escape) empties it. ``down`` asks for the list below."""

    down = Signal()

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(look, look.sizes.radius, parent)
        self.setFixedHeight(look.sizes.control)
        self.edit.setAccessibleName(name)
        self.edit.setToolTip(name)
        self.edit.setPlaceholderText(name)
        self.edit.escaped.connect(self.edit.clear)
        self.edit.arrow.connect(lambda step: self.down.emit() if step > 0 else None)
        self.clear_button = IconButton(look, "clear", tr("Empty the field"), small=True, color="muted", shortcut="Esc")
        self.clear_button.setCursor(Qt.CursorShape.ArrowCursor)
        self.clear_button.clicked.connect(self.edit.clear)
        self.clear_button.hide()
        self.edit.textChanged.connect(lambda text: self.clear_button.setVisible(bool(text)))
        self.row.insertWidget(0, IconPicture(look, "search"))
        self.row.addWidget(self.clear_button)

    def setText(self, text: str) -> None:
        self.edit.setText(text)

    def text(self) -> str:
        return self.edit.text()
