"""Text on what it stands on: WCAG 2 AA in both themes, computed from the tokens (text 4.5, focus 3)."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QColor

from ui.theme import DARK, LIGHT, SIZES, Tokens, contrast
from ui.theme_sheet import style_sheet

_TEXT = 4.5
_SIGN = 3.0

_ON: dict[str, tuple[str, ...]] = {
    # Everything: bars, panels, cards, rows under the pointer and chosen, pressed buttons, keys.
    "text": ("window", "surface", "sunken", "desk", "border", "accent_soft", "segment"),
    # Second lines of rows (under the pointer and chosen as well), chips, segments, what is disabled, empty states.
    "muted": ("window", "surface", "sunken", "desk", "accent_soft"),
    # Links, in panels, cards, notices, and page chips under the pointer.
    "accent": ("window", "surface", "accent_soft"),
    "on_accent": ("accent",),
    "good": ("window", "surface"),
    "warn": ("window", "surface"),
    "bad": ("window", "surface"),
    "ink": ("paper",),
}
"""Which text stands on which surfaces (:mod:`ui.theme_sheet` and the widgets that paint themselves)."""
_TYPES = ("person", "organization", "place", "date", "amount", "work", "event", "product", "other")
_MARKS = ("mark_yellow", "mark_green", "mark_blue", "mark_pink", "mark_purple")

themes = pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])


def _color(tokens: Tokens, name: str) -> QColor:
    return QColor(str(getattr(tokens, name)))


def _marked(tokens: Tokens, name: str, opacity: float, below: QColor) -> QColor:
    """What a marker makes of a colour, as ``ui.views.page_layers.fill_under`` paints: mixed with the paper, it
    replaces what is lighter than it, in the dark theme darker."""
    pick = max if tokens is DARK else min
    parts = (color.getRgbF()[:3] for color in (_color(tokens, name), _color(tokens, "paper"), below))
    mixed = (pick(opacity * one + (1 - opacity) * paper, other) for one, paper, other in zip(*parts, strict=True))
    return QColor.fromRgbF(*mixed)


def _short(pairs: list[tuple[str, float]], least: float) -> list[str]:
    return [f"{name}: {ratio:.2f}" for name, ratio in pairs if ratio < least]


@themes
def test_text_can_be_read_on_every_surface(tokens: Tokens) -> None:
    pairs = [(text, ground) for text, grounds in _ON.items() for ground in grounds]
    pairs += list(itertools.product(_TYPES, ("surface", "paper")))
    ratios = [(f"{text} on {ground}", contrast(_color(tokens, text), _color(tokens, ground))) for text, ground in pairs]
    assert _short(ratios, _TEXT) == []


@themes
def test_words_of_a_page_can_be_read_under_its_marks(tokens: Tokens) -> None:
    page = _color(tokens, "ink"), _color(tokens, "paper")
    fills = [(name, tokens.mark_opacity) for name in _MARKS]
    fills += [(name, tokens.highlight_opacity) for name in _TYPES]
    top = [("answer", tokens.answer_opacity), ("accent", tokens.selection_opacity)]

    def marked(*layers: tuple[str, float]) -> tuple[str, float]:
        ink, paper = page
        for name, opacity in layers:
            ink, paper = _marked(tokens, name, opacity, ink), _marked(tokens, name, opacity, paper)
        return " under ".join(name for name, _ in layers), contrast(ink, paper)

    assert _short([marked(layer) for layer in fills + top], _TEXT) == []
    assert _short([marked(*layers) for layers in itertools.product(fills, top)], _TEXT) == []


@themes
def test_the_focus_stands_out(tokens: Tokens) -> None:
    ratios = [
        (f"accent on {ground}", contrast(_color(tokens, "accent"), _color(tokens, ground)))
        for ground in ("window", "surface", "sunken", "desk", "accent_soft")
    ]
    # A primary button's edge, and that of a button for what cannot be undone.
    ratios.append(("text on accent", contrast(_color(tokens, "text"), _color(tokens, "surface"))))
    ratios.append(("bad on surface", contrast(_color(tokens, "bad"), _color(tokens, "surface"))))
    assert _short(ratios, _SIGN) == []


@themes
def test_every_colour_of_text_is_in_the_table(tokens: Tokens) -> None:
    names = {getattr(tokens, name): name for name in _ON}
    sheet = style_sheet(tokens, SIZES)
    used = set()
    for part in sheet.replace("{", ";").replace("}", ";").split(";"):
        key, _, value = part.strip().partition(":")
        if key.strip() == "color" and value.strip().startswith("#"):
            used.add(value.strip())
    assert used <= set(names), used - set(names)
