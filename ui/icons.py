"""The icons: Phosphor (regular weight, MIT) through QtAwesome, in the colours of the theme, crisp at any scale.

Names here say what an icon means, so that the set can be exchanged in this one file. Main thread only.
"""

from __future__ import annotations

from functools import cache

import qtawesome
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QIconEngine, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton
from qtawesome.iconic_font import IconicFont

from ui.theme import Theme

_NAMES: dict[str, str] = {
    "add": "ph.plus",
    "answer": "ph.chat-circle-text",
    "arrow_right": "ph.arrow-right",
    "bookmark": "ph.bookmark-simple",
    "back": "ph.caret-left",
    "check": "ph.check",
    "clear": "ph.x-circle",
    "close": "ph.x",
    "pause": "ph.pause",
    "resume": "ph.play",
    "copy": "ph.copy",
    "damaged": "ph.file-x",
    "disagreements": "ph.git-diff",
    "document": "ph.file",
    "document_text": "ph.file-text",
    "down": "ph.caret-down",
    "export": "ph.export",
    "error": "ph.warning-circle",
    "fit_width": "ph.corners-out",
    "folder": "ph.folder-open",
    "forward": "ph.caret-right",
    "highlight": "ph.highlighter-circle",
    "history": "ph.clock-counter-clockwise",
    "info": "ph.info",
    "keys": "ph.keyboard",
    "lock": "ph.lock-simple",
    "lost": "ph.map-pin-line",
    "menu": "ph.dots-three",
    "minus": "ph.minus",
    "note": "ph.note-pencil",
    "not_found": "ph.file-search",
    "offline": "ph.shield-check",
    "outline": "ph.list-bullets",
    "pages": "ph.files",
    "print": "ph.printer",
    "question": "ph.question",
    "quit": "ph.sign-out",
    "queue": "ph.queue",
    "redo": "ph.arrow-clockwise",
    "refresh": "ph.arrow-clockwise",
    "search": "ph.magnifying-glass",
    "send": "ph.arrow-right",
    "stop": "ph.stop-circle",
    "summary": "ph.list-dashes",
    "tag": "ph.tag",
    "settings": "ph.gear-six",
    "star": "ph.star",
    "star_full": "ph.star-fill",
    "theme_dark": "ph.moon",
    "theme_light": "ph.sun",
    "trash": "ph.trash",
    "type": "ph.stack",
    "underline": "ph.text-underline",
    "undo": "ph.arrow-counter-clockwise",
    "up": "ph.caret-up",
    "warning": "ph.warning",
}
_DRAWN = ("panel_left", "panel_right")

Target = QAbstractButton | QAction


def icon_names() -> tuple[str, ...]:
    return (*_NAMES, *_DRAWN)


@cache
def _phosphor() -> IconicFont:
    """Phosphor alone. ``qtawesome.icon`` would first read, check and register all its twelve fonts, on each start."""
    return IconicFont(*(row for row in qtawesome._BUNDLED_FONTS if row[0] == "ph"))


class Icons:
    """Makes icons in the theme's colours and keeps those of buttons and actions right when it changes."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._targets: dict[int, tuple[Target, str, str]] = {}
        theme.changed.connect(self._recolour)

    def icon(self, name: str, color: str = "text", *, accent: bool = True) -> QIcon:
        """The icon ``name`` in the colour of a token. Disabled icons are muted, checked ones in the accent colour
        (unless ``accent`` is False)."""
        theme = self._theme
        if name in _DRAWN:
            return QIcon(_PanelEngine(theme, color, right=name == "panel_right"))
        icon: QIcon = _phosphor().icon(
            _NAMES[name],
            color=theme.color(color),
            color_disabled=theme.color("muted", 0.55),
            color_on=theme.color("accent") if accent and color == "text" else theme.color(color),
        )
        return icon

    def pixmap(self, name: str, size: int, ratio: float, color: str = "text") -> QPixmap:
        """``size`` in device-independent pixels, ``ratio`` the device pixel ratio of the widget that paints it."""
        return self.icon(name, color).pixmap(QSize(size, size), ratio)

    def attach(self, target: Target, name: str, color: str = "text") -> None:
        """Give a button or an action its icon, now and after every change of the theme."""
        key = id(target)
        if key not in self._targets:
            target.destroyed.connect(lambda *_: self._targets.pop(key, None))
        self._targets[key] = (target, name, color)
        target.setIcon(self.icon(name, color))
        if isinstance(target, QAbstractButton):
            size = self._theme.sizes.icon
            target.setIconSize(QSize(size, size))

    def _recolour(self) -> None:
        for target, name, color in list(self._targets.values()):
            target.setIcon(self.icon(name, color))


class _PanelEngine(QIconEngine):
    """A window with a side panel, drawn on Phosphor's grid (256 units, lines of 16): its 1.x has none."""

    def __init__(self, theme: Theme, color: str, *, right: bool) -> None:
        super().__init__()
        self._theme = theme
        self._color = color
        self._right = right

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        color = self._theme.color(self._color)
        if mode == QIcon.Mode.Disabled:
            color = self._theme.color("muted", 0.55)
        elif state == QIcon.State.On and self._color == "text":
            color = self._theme.color("accent")
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.topLeft())
        painter.scale(rect.width() / 256, rect.height() / 256)
        painter.setPen(QPen(color, 16, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawRoundedRect(QRectF(36, 48, 184, 160), 12, 12)
        x = 164 if self._right else 92
        painter.drawLine(QPointF(x, 48), QPointF(x, 208))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _PanelEngine(self._theme, self._color, right=self._right)
