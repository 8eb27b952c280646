"""The lines under entities: one style for each colour, so that no type is told by its colour alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ui.theme import Theme, Underline

_DASHES: dict[str, list[float]] = {"dashed": [2.0, 1.5], "dotted": [1.0, 1.0], "dash_dot": [4.0, 1.5, 1.0, 1.5]}
"""In widths of the line."""


def paint_underlines(
    painter: QPainter, color: QColor, style: Underline | Literal["dashed"], lines: Sequence[QLineF], theme: Theme
) -> None:
    """Paint ``lines`` in one stroke; ``dashed`` is for suggestions."""
    width = float(theme.sizes.underline)
    if style == "double":
        # Two thin lines that take no more room than a thick one with its gap.
        painter.setPen(QPen(color, width / 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        # On whole pixels: half of their colour on each of two would be another colour.
        made = [line.translated(0, math.floor(line.y1() - 0.35 * width) + 0.5 - line.y1()) for line in lines]
        painter.drawLines([*made, *(line.translated(0, width) for line in made)])
        return
    pen = QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    if style in _DASHES:
        pen.setDashPattern(_DASHES[style])
    painter.setPen(pen)
    painter.drawLines(list(lines))
