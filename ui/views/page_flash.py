"""The short light on a place that the reader jumped to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, QVariantAnimation

from ui.theme import Theme

_HOLD_MS = 1200


class Flash(QObject):
    """Stays for a moment, then fades (or just ends, where the system asks for reduced motion)."""

    def __init__(self, theme: Theme, set_opacity: Callable[[float], None], parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._set_opacity = set_opacity
        self._hold = QTimer(self, singleShot=True, interval=_HOLD_MS)
        self._hold.timeout.connect(self._fade_out)
        self._fade = QVariantAnimation(self, startValue=1.0, endValue=0.0)
        self._fade.valueChanged.connect(set_opacity)

    def start(self) -> None:
        self._fade.stop()
        self._set_opacity(1.0)
        self._hold.start()

    def _fade_out(self) -> None:
        duration = self._theme.motion_ms
        if duration:
            self._fade.setDuration(duration)
            self._fade.start()
        else:
            self._set_opacity(0.0)
