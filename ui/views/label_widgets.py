"""What the views for labelling share: the button of a type with its key, and words marked as on the page."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from assistant.types import LabelType
from ui.i18n import label_name, tr
from ui.views.widgets import Look, PaintedButton


def type_title(kind: LabelType) -> str:
    """The name of a type in the user's language; their own is as they wrote it."""
    own = kind.own or kind.kind == "type" or kind.title != kind.name.capitalize()
    return kind.title if own else label_name(kind.name)


def chosen_types(types: Sequence[LabelType]) -> list[LabelType]:
    """Those that have a button: with a key, in the order of the keys, then the user's own without one."""
    keyed = sorted((each for each in types if each.shortcut), key=lambda each: "1234567890".find(each.shortcut))
    return keyed + [each for each in types if each.own and not each.shortcut]


class _TileButton(PaintedButton):
    """One of the buttons that stand in the grid of types. Enter presses it, as Space does."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(look, name, parent)
        self.setFixedHeight(look.sizes.control)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.sizes.control * 2, self._look.sizes.control)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class TypeButton(_TileButton):
    """A type to label with: its colour, its name, its key. ``plain`` is a small one without a frame's weight."""

    def __init__(self, look: Look, kind: LabelType, parent: QWidget | None = None) -> None:
        title = type_title(kind)
        super().__init__(look, tr("Label as {type}", type=title), parent)
        self.kind = kind
        self.title = title
        self.setCheckable(True)
        tip = tr("Label the selected words as {type}", type=self.title)
        self.setToolTip(f"{tip} ({kind.shortcut})" if kind.shortcut else tip)

    def nextCheckState(self) -> None:
        """Which type is the current one follows from the mark on the page, not from a click."""

    def sizeHint(self) -> QSize:
        sizes = self._look.sizes
        width = QFontMetricsF(self._look.font()).horizontalAdvance(self.title)
        key = sizes.chip + sizes.gap if self.kind.shortcut else 0
        return QSize(math.ceil(width) + sizes.pad * 2 + sizes.dot + sizes.gap + key, sizes.control)

    def paintEvent(self, _event: QPaintEvent) -> None:
        sizes, look = self._look.sizes, self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        current = self.isChecked()
        ground = "accent_soft" if current else "sunken" if self._hovered or self.isDown() else "surface"
        edge = "accent" if self.hasFocus() or current else "border"
        painter.setPen(QPen(look.color(edge), 1))
        painter.setBrush(look.color(ground))
        painter.drawRoundedRect(box, sizes.radius, sizes.radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color(look.theme.entity_token(self.kind.name)))
        dot = QRectF(sizes.pad, (self.height() - sizes.dot) / 2, sizes.dot, sizes.dot)
        painter.drawRoundedRect(dot, sizes.dot / 3, sizes.dot / 3)
        right = float(self.width() - sizes.gap - 1)
        if self.kind.shortcut:
            right = self._paint_key(painter, right) - sizes.grid
        left = sizes.pad + sizes.dot + sizes.gap
        font = look.font()
        painter.setFont(font)
        painter.setPen(look.color("text"))
        room = QRectF(left, 0, max(0.0, right - left), self.height())
        shown = QFontMetricsF(font).elidedText(self.title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _paint_key(self, painter: QPainter, right: float) -> float:
        sizes, look = self._look.sizes, self._look
        side = float(sizes.chip)
        box = QRectF(right - side, (self.height() - side) / 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("surface" if self.isChecked() else "sunken"))
        painter.drawRoundedRect(box, sizes.radius_small, sizes.radius_small)
        painter.setFont(look.font("secondary"))
        painter.setPen(look.color("muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.kind.shortcut)
        return box.left()


class AddButton(_TileButton):
    """A dashed place for one more: "New type"."""

    def __init__(self, look: Look, text: str, tip: str, *, icon: str = "add", parent: QWidget | None = None) -> None:
        super().__init__(look, text, parent)
        self._icon = icon
        self.setText(text)
        self.setToolTip(tip)

    def sizeHint(self) -> QSize:
        sizes = self._look.sizes
        width = QFontMetricsF(self._look.font()).horizontalAdvance(self.text())
        return QSize(math.ceil(width) + sizes.pad * 2 + sizes.icon_small + sizes.gap, sizes.control)

    def paintEvent(self, _event: QPaintEvent) -> None:
        sizes, look = self._look.sizes, self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(look.color("accent" if self.hasFocus() else "border"), 1)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(look.color("sunken", 0.6) if self._hovered else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), sizes.radius, sizes.radius)
        side = sizes.icon_small
        x, y = sizes.gap, (self.height() - side) // 2
        picture = look.icons.pixmap(self._icon, side, self.devicePixelRatioF(), "muted")
        painter.drawPixmap(x, y, side, side, picture)
        painter.setFont(look.font())
        painter.setPen(look.color("muted"))
        room = QRectF(x + side + sizes.grid + 1, 0, self.width() - x - side - sizes.pad, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())


class TwoColumns(QWidget):
    """Buttons two in a row, each as wide as the other."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(look.sizes.grid + 2)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self._widgets: list[QWidget] = []

    def set_widgets(self, widgets: list[QWidget]) -> None:
        """Show these in place of those before, which end."""
        for old in self._widgets:
            self._grid.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._widgets = widgets
        for number, widget in enumerate(widgets):
            self._grid.addWidget(widget, number // 2, number % 2)


class MarkedText(QWidget):
    """Words on the fill of their type, underlined as on the page: dashed while only suggested. One line, elided."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._text = ""
        self._token = "other"
        self._dashed = True
        self._struck = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str, token: str, *, dashed: bool, struck: bool = False) -> None:
        """``struck``: the user rejected it."""
        self._text = " ".join(text.split())
        self._token, self._dashed, self._struck = token, dashed, struck
        self.setAccessibleName(self._text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(self._look.font()).horizontalAdvance(self._text)
        return QSize(math.ceil(width) + self._look.sizes.grid + 1, self._look.line_height("body") + 3)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.sizes.control, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, sizes = self._look, self._look.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = look.font()
        font.setStrikeOut(self._struck)
        pad = sizes.grid / 2
        shown = QFontMetricsF(font).elidedText(self._text, Qt.TextElideMode.ElideRight, self.width() - 2 * pad)
        width = QFontMetricsF(font).horizontalAdvance(shown) + 2 * pad
        box = QRectF(0, 0, width, self.height() - sizes.underline / 2)
        color = look.color(self._token)
        if not self._struck:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(self._token, look.theme.tokens.highlight_opacity))
            painter.drawRoundedRect(box, sizes.radius_small / 2, sizes.radius_small / 2)
            pen = QPen(color, sizes.underline, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
            if self._dashed:
                pen.setDashPattern([2.0, 1.5])
            painter.setPen(pen)
            y = self.height() - sizes.underline / 2
            painter.drawLine(QRectF(0, y, width, 0).topLeft(), QRectF(0, y, width, 0).topRight())
        painter.setFont(font)
        painter.setPen(look.color("muted" if self._struck else "text"))
        room = QRectF(pad, 0, self.width() - pad, self.height() - sizes.underline)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
