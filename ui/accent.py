"""The accent colour of the system, made readable in each theme."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from ui.theme import Tokens, contrast, readable

_FUSION = frozenset({"#308cc6", "#308cc5"})
"""What Qt has where the system says nothing."""
_SOFT = 0.14
_GREYS = 0.12
"""Of saturation: less is a grey, which would look like nothing can be done with it."""


def system_accent() -> QColor | None:
    """The accent that the platform gives, before or beside the program's own palette; None where it gives none.

    The application's own palette is taken off for a moment where there is one. Main thread only.
    """
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return None
    own = QApplication.palette()
    app.setPalette(QPalette())
    accent = QGuiApplication.palette().color(QPalette.ColorRole.Accent)
    app.setPalette(own)
    if not accent.isValid() or accent.name() in _FUSION or accent.hslSaturationF() < _GREYS:
        return None
    return accent


def with_accent(tokens: Tokens, accent: QColor | None) -> Tokens:
    """The theme with this accent, lighter or darker until it can be read on all grounds where it stands; ``tokens`` as
    they are for None."""
    if accent is None:
        return tokens
    made = QColor(accent)
    for ground in (tokens.surface, tokens.window, tokens.sunken):
        made = readable(made, QColor(ground))
    light, dark = QColor("#FFFFFF"), QColor("#0B1526")
    on_it = light if contrast(light, made) >= contrast(dark, made) else dark
    surface = QColor(tokens.surface)

    def mixed(ground: float, colour: float) -> float:
        return ground + (colour - ground) * _SOFT

    soft = QColor.fromRgbF(
        mixed(surface.redF(), made.redF()),
        mixed(surface.greenF(), made.greenF()),
        mixed(surface.blueF(), made.blueF()),
    )
    return replace(tokens, accent=made.name(), on_accent=on_it.name(), accent_soft=soft.name())
