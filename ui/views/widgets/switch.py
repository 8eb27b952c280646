"""On or off: a switch, painted in the theme's colours."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ui.views.widgets.look import Look


class Switch(QAbstractButton):
    """A checkable button: Space and a click turn it. The knob's place tells the state, and not the colour alone."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        sizes = self._look.sizes
        return QSize(sizes.control + sizes.gap, sizes.control_small)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        on = self.isChecked()
        painter.setPen(QPen(look.color("accent" if on else "muted"), 1))
        painter.setBrush(look.color("accent" if on else "sunken"))
        radius = track.height() / 2
        painter.drawRoundedRect(track, radius, radius)
        inset = 3.0
        size = track.height() - 2 * inset
        left = track.right() - inset - size if on else track.left() + inset
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("on_accent" if on else "muted"))
        painter.drawEllipse(QRectF(left, track.top() + inset, size, size))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("accent"), 1))
            outer = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(outer, outer.height() / 2, outer.height() / 2)
