"""Colours of entity types, as colour-blind readers see them.

Simulated with the matrices of Machado, Oliveira & Fernandes 2009, "A Physiologically-based Model for Simulation of
Color Vision Deficiency" (IEEE TVCG 15/6), severity 1.0, on linear RGB; differences are CIE76 in CIELAB (D65).
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QImage, QPainter, Qt

from ui.theme import UNDERLINES, Theme
from ui.views.underlines import paint_underlines
from ui.views.widgets import Look

_APART = 14.0
"""Differences from here on are seen without comparing closely."""
_SEEN_BY: dict[str, list[list[float]]] = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def _lab(color: QColor, seen: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    channels = np.array([color.redF(), color.greenF(), color.blueF()])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    ratio = (_XYZ @ np.clip(seen @ linear, 0, 1)) / _WHITE
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _difference(theme: Theme, pair: tuple[str, str], seen: npt.NDArray[np.float64]) -> float:
    first, second = (_lab(theme.color(token), seen) for token in pair)
    return float(np.linalg.norm(first - second))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_all_types_are_told_apart_by_most_readers(look: Look, mode: str) -> None:
    look.theme.set_mode(mode)  # type: ignore[arg-type]
    for pair in itertools.combinations(UNDERLINES, 2):
        assert _difference(look.theme, pair, np.eye(3)) >= _APART, pair


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("kind", list(_SEEN_BY))
def test_what_looks_alike_has_another_line(look: Look, mode: str, kind: str) -> None:
    look.theme.set_mode(mode)  # type: ignore[arg-type]
    seen = np.array(_SEEN_BY[kind])
    alike = [p for p in itertools.combinations(UNDERLINES, 2) if _difference(look.theme, p, seen) < _APART]
    assert alike, "the simulation shows nothing"
    for first, second in alike:
        assert UNDERLINES[first] != UNDERLINES[second], (first, second)


def test_each_style_is_another_picture(look: Look) -> None:
    pictures = {}
    for style in ("solid", "double", "dotted", "dash_dot", "dashed"):
        image = QImage(60, 12, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        paint_underlines(painter, QColor("black"), style, [QLineF(2, 6, 58, 6)], look.theme)  # type: ignore[arg-type]
        painter.end()
        pictures[style] = bytes(image.constBits())
    assert len(set(pictures.values())) == len(pictures)


def test_every_token_of_an_entity_type_has_its_line(look: Look) -> None:
    from assistant.types import ENTITY_LABELS

    assert {look.theme.entity_token(label) for label in ENTITY_LABELS} <= set(UNDERLINES)
