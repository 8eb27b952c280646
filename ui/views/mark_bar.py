"""The small bar above selected words: colours to highlight them, underline, a note, copy."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from assistant.types import MARK_COLORS
from ui.i18n import _, tr
from ui.views.widgets import IconButton, Look, PaintedButton

COLOR_NAMES = {
    "yellow": _("Yellow"),
    "green": _("Green"),
    "blue": _("Blue"),
    "pink": _("Pink"),
    "purple": _("Purple"),
}


class ColorButton(PaintedButton):
    """A dot of one of the colours for highlights; checkable."""

    def __init__(self, look: Look, color: str, parent: QWidget | None = None) -> None:
        title = COLOR_NAMES[color]
        super().__init__(look, tr(title), parent)
        self.color = color
        self.setCheckable(True)
        self.setFixedSize(look.sizes.control_small, look.sizes.control_small)
        self.setToolTip(self.accessibleName())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(4, 4, -4, -4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.color(f"mark_{self.color}"))
        painter.drawEllipse(area)
        if self._hovered or self.hasFocus() or self.isChecked():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.color("accent" if self.hasFocus() else "text"), 1.5))
            painter.drawEllipse(area.adjusted(-2, -2, 2, 2))


class MarkBar(QFrame):
    """A child of the pages' viewport; it never takes the focus. :meth:`show_above` puts it at a selection."""

    chosen = Signal(str, str)
    """Kind (``highlight``, ``underline``) and colour."""
    note_wanted = Signal()
    copy_wanted = Signal()

    def __init__(self, look: Look, viewport: QWidget) -> None:
        super().__init__(viewport)
        sizes = look.sizes
        self._viewport = viewport
        self.setProperty("role", "card")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(tr("Highlight the selection"))
        row = QHBoxLayout(self)
        row.setContentsMargins(sizes.grid, sizes.grid // 2, sizes.grid, sizes.grid // 2)
        row.setSpacing(0)
        self.colors = [ColorButton(look, color) for color in MARK_COLORS]
        for button in self.colors:
            button.clicked.connect(lambda _=False, color=button.color: self.chosen.emit("highlight", color))
            row.addWidget(button)
        self.underline = IconButton(look, "underline", tr("Underline"), small=True)
        self.note = IconButton(look, "note", tr("Add a note"), small=True)
        self.copy_button = IconButton(look, "copy", tr("Copy"), small=True)
        self.underline.clicked.connect(lambda: self.chosen.emit("underline", MARK_COLORS[2]))
        self.note.clicked.connect(self.note_wanted)
        self.copy_button.clicked.connect(self.copy_wanted)
        row.addSpacing(sizes.grid)
        for tool in (self.underline, self.note, self.copy_button):
            row.addWidget(tool)
        for child in self.findChildren(QWidget):
            child.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def show_above(self, place: QRect) -> None:
        """``place`` is the selection in the viewport."""
        self.adjustSize()
        gap, view = 8, self._viewport.rect()
        y = place.top() - self.height() - gap
        if y < gap:
            y = min(place.bottom() + gap, view.bottom() - self.height() - gap)
        x = min(max(place.center().x() - self.width() // 2, gap), max(view.right() - self.width() - gap, gap))
        self.move(x, y)
        self.show()
        self.raise_()
