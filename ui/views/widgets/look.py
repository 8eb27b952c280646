"""What every widget that paints is handed: the theme and its icons."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont

from ui.icons import Icons
from ui.theme import FontRole, Sizes, Theme


@dataclass(frozen=True, slots=True)
class Look:
    """The theme and the icons drawn in its colours. Made once, by the program; main thread only."""

    theme: Theme
    icons: Icons
    page_theme: Theme | None = None
    """The colours of pages and what is on them, where they are not the program's."""

    @property
    def on_page(self) -> Theme:
        return self.page_theme or self.theme

    @property
    def sizes(self) -> Sizes:
        return self.theme.sizes

    def color(self, name: str, opacity: float = 1.0) -> QColor:
        return self.theme.color(name, opacity)

    def font(self, role: FontRole = "body", *, bold: bool = False) -> QFont:
        font = self.theme.font(role)
        if bold:
            font.setWeight(QFont.Weight(self.sizes.weight_strong))
        return font

    def line_height(self, role: FontRole) -> int:
        """Pixels from one line to the next, for text that may wrap."""
        return round(self.font(role).pixelSize() * self.sizes.line_height + 0.25)
