"""The colours of pages and of what is marked on them, whatever the program's are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ui.theme import DARK, LIGHT, Theme, Tokens

PageColors = Literal["theme", "light", "dark"]
PAGE_COLORS: tuple[PageColors, ...] = ("theme", "light", "dark")


class PageTheme(Theme):
    """A theme that the application is never given: only who paints pages asks it. Main thread only."""

    def __init__(self, program: Theme, chosen: PageColors = "theme") -> None:
        """``program`` is followed as long as ``chosen`` is ``theme``."""
        self._program = program
        self._chosen = chosen
        super().__init__(program.mode, families=program._families)
        # As a child of the program's theme it ends with it.
        self.setParent(program)
        program.changed.connect(self._system_changed)

    @property
    def chosen(self) -> PageColors:
        return self._chosen

    @property
    def is_dark(self) -> bool:
        return self._program.is_dark if self._chosen == "theme" else self._chosen == "dark"

    def choose(self, chosen: PageColors) -> None:
        self._chosen = chosen
        self._system_changed()

    def apply(self) -> None:
        """Pages take what they need; nothing of the application changes."""

    def set_label_colors(self, colors: Mapping[str, str]) -> None:
        self._program.set_label_colors(colors)

    def entity_token(self, label: str) -> str:
        return self._program.entity_token(label)

    def _resolve(self) -> Tokens:
        if self._chosen == "theme":
            return self._program.tokens
        return DARK if self._chosen == "dark" else LIGHT
