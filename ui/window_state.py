"""What the window keeps of itself from one time to the next: its place and size, its panels, its tabs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSplitter, QWidget

from assistant import settings as keys
from assistant.settings import Settings
from ui.theme import Sizes
from ui.views.window_tabs import tabs_text


def restore(window: QWidget, splitter: QSplitter, settings: Settings, sizes: Sizes) -> None:
    """Put the window where it was and its panels to their widths; within the screen where that is not known."""
    geometry = settings.get(keys.WINDOW_GEOMETRY)
    if not geometry or not window.restoreGeometry(QByteArray(base64.b64decode(geometry))):
        room = QGuiApplication.primaryScreen().availableGeometry()
        window.resize(min(sizes.window_width, room.width()), min(sizes.window_height, room.height()))
    left, right = settings.get(keys.LEFT_WIDTH), settings.get(keys.RIGHT_WIDTH)
    splitter.setSizes([left, max(window.width() - left - right, 1), right])


def save(
    window: QWidget,
    splitter: QSplitter,
    settings: Settings,
    panels: tuple[bool, bool],
    tabs: Sequence[Path],
    front: int,
) -> None:
    """Keep it. ``panels``: whether the left and the right one are wanted; ``front``: the tab in front. Raises
    ``UserError`` where it cannot be written."""
    settings.set(keys.WINDOW_GEOMETRY, base64.b64encode(window.saveGeometry().data()).decode("ascii"))
    settings.set(keys.OPEN_TABS, tabs_text(tabs, front))
    settings.set(keys.LEFT_PANEL, panels[0])
    settings.set(keys.RIGHT_PANEL, panels[1])
    left, _, right = splitter.sizes()
    if left:
        settings.set(keys.LEFT_WIDTH, left)
    if right:
        settings.set(keys.RIGHT_WIDTH, right)
