"""How large a window of its own begins."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def resize_on_screen(window: QWidget, width: int, height: int) -> None:
    """As large as wanted, and no larger than what is free of the screen: what is cut off there cannot be reached."""
    room = (window.parentWidget() or window).screen().availableGeometry()
    window.resize(min(width, room.width()), min(height, room.height()))
