"""Scrolling that glides: to where a key or the wheel leads, in a moment instead of at once."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar

from ui.theme import Theme


class Glide(QObject):
    """Moves the vertical scroll bar of a view. At once where the system asks for reduced motion. Main thread only."""

    def __init__(self, theme: Theme, view: QAbstractScrollArea) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self._run = QVariantAnimation(self)
        self._run.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._run.valueChanged.connect(self._step)

    @property
    def _bar(self) -> QScrollBar:
        # Asked for anew: the view may have been given another one.
        return self._view.verticalScrollBar()

    @property
    def is_running(self) -> bool:
        return self._run.state() == QVariantAnimation.State.Running

    @property
    def target(self) -> int:
        """Where the bar is, or will be."""
        return int(self._run.endValue()) if self.is_running else self._bar.value()

    def to(self, value: int) -> None:
        """Glide there, from wherever the bar is now."""
        value = min(max(value, self._bar.minimum()), self._bar.maximum())
        if value == self.target:
            return
        self._run.stop()
        duration = self._theme.motion_ms
        if not duration:
            self._bar.setValue(value)
            return
        self._run.setDuration(duration)
        self._run.setStartValue(self._bar.value())
        self._run.setEndValue(value)
        self._run.start()

    def stop(self) -> None:
        """Stay here."""
        self._run.stop()

    def _step(self, value: object) -> None:
        if self.is_running and isinstance(value, int):
            self._bar.setValue(value)
