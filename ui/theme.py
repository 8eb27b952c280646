"""The table of tokens: every colour, size and font of the window, and the palette and style sheet made of them.

Nothing else in the program names a colour, a size or a font. Widgets say what they *are* through dynamic
properties, and the style sheet gives them their look (all of them optional):

=============  =======================================================================================
``QLabel``     ``role``: ``muted`` ``secondary`` (12 px, muted) ``strong`` ``heading`` ``figure`` ``answer``
               ``good`` ``warn`` ``bad`` ``chip`` (page chip)
``QPushButton``  ``kind``: ``primary`` ``danger`` ``quiet`` (no border) ``link`` ``pill`` ``chip`` (page chip, 24 high)
``QToolButton``  flat, 32 x 32; ``kind``: ``small`` (24 x 24), ``segment`` (part of a segmented switch)
``QFrame``     ``role``: ``card`` ``card-dashed`` ``card-selected`` ``segmented`` ``notice`` ``separator`` (1 px)
``QWidget``    ``role``: ``panel`` (surface) ``window`` ``bar`` (surface with a lower edge) ``desk`` ``rail`` ``foot``
=============  =======================================================================================

Set a property before the widget is shown, or call :func:`set_property` afterwards. Main thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from ui.theme_sheet import style_sheet

Mode = Literal["system", "light", "dark"]
Underline = Literal["solid", "double", "dotted", "dash_dot"]
UNDERLINES: dict[str, Underline] = {
    "person": "solid", "organization": "double", "place": "double", "date": "dotted", "amount": "dotted",
    "work": "solid", "event": "solid", "product": "dash_dot", "other": "dotted",
}  # fmt: skip
"""Types whose colours look alike to a colour-blind reader have different lines (``tests/ui/test_colour_blindness.py``).
Dashes are for suggestions."""
FontRole = Literal["body", "strong", "secondary", "answer", "heading", "figure"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colours of one theme. ``#RRGGBB``; opacity is a number of its own."""

    window: str
    surface: str
    sunken: str
    desk: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str
    good: str
    warn: str
    bad: str
    person: str
    organization: str
    place: str
    date: str
    amount: str
    work: str
    event: str
    product: str
    other: str
    segment: str
    """The chosen part of a segmented switch."""
    paper: str
    """What white paper becomes."""
    ink: str
    """What black ink becomes."""
    page_edge: str
    page_shadow: str
    mark_yellow: str
    """Highlights of the reader's own; likewise the others."""
    mark_green: str
    mark_blue: str
    mark_pink: str
    mark_purple: str
    stage: str = "#000000"
    """Around a page that is presented."""
    answer: str = "#FFC53D"
    answer_opacity: float = 0.45
    highlight_opacity: float = 0.14
    mark_opacity: float = 0.45
    selection_opacity: float = 0.28
    shadow_opacity: float = 0.10


Accent = Callable[[Tokens], Tokens]
"""Gives a theme another accent."""

LIGHT = Tokens(
    window="#F5F6F8", surface="#FFFFFF", sunken="#ECEEF2", desk="#E4E7EC", border="#D8DCE2",
    text="#1B1F24", muted="#57606A", accent="#1F5FD6", on_accent="#FFFFFF", accent_soft="#E3ECFC",
    good="#1A7F4B", warn="#8A5A00", bad="#B42318",
    person="#0B5FA5", organization="#B34700", place="#00755A", date="#7A3E9D", amount="#7A5C00",
    work="#B0246B", event="#3D6B00", product="#4B4FC4", other="#4F5B67",
    segment="#FFFFFF", paper="#FFFFFF", ink="#000000", page_edge="#D8DCE2", page_shadow="#1B1F24",
    mark_yellow="#F5C400", mark_green="#4CC27A", mark_blue="#5AA9F0", mark_pink="#F2789F", mark_purple="#B08CF0",
)  # fmt: skip

DARK = Tokens(
    window="#15171B", surface="#1D2025", sunken="#272B32", desk="#101215", border="#343941",
    text="#E7E9EC", muted="#A3ACB8", accent="#7DB0FF", on_accent="#0B1526", accent_soft="#22324D",
    good="#5FD39A", warn="#F0B75A", bad="#FF8A80",
    person="#6DB3F2", organization="#FF9E57", place="#4CCFA6", date="#CFA2EE", amount="#E8C252",
    work="#FF94C8", event="#A8D65A", product="#A9ACFF", other="#B3BECA",
    segment="#3B414B", paper="#22262B", ink="#E7E9EC", page_edge="#2C3138", page_shadow="#000000",
    mark_yellow="#E0B400", mark_green="#3FA968", mark_blue="#4A90D6", mark_pink="#D8638A", mark_purple="#9A76DB",
    answer_opacity=0.37, highlight_opacity=0.22, mark_opacity=0.40, selection_opacity=0.36, shadow_opacity=0.30,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sizes:
    """Lengths in device-independent pixels on a 4 px grid; times in milliseconds."""

    grid: int = 4
    gap: int = 8
    """Between controls."""
    pad: int = 12
    """Inside panels and cards."""
    pad_dialog: int = 24
    control: int = 32
    control_small: int = 24
    chip: int = 20
    row: int = 32
    row_group: int = 28
    tabs: int = 40
    tab_width: int = 232
    tab_width_min: int = 120
    toolbar: int = 44
    status_bar: int = 28
    icon: int = 18
    icon_small: int = 16
    icon_large: int = 40
    dot: int = 8
    """The coloured mark of a type."""
    separator: int = 1
    radius: int = 6
    radius_small: int = 4
    radius_card: int = 8
    radius_dialog: int = 12
    progress: int = 6
    left_panel: int = 264
    right_panel: int = 376
    panel_min: int = 200
    page_gap: int = 16
    page_margin: int = 20
    page_shadow: int = 6
    underline: int = 2
    highlight_pad: int = 1
    scroll_bar: int = 12
    thumbnail: int = 148
    recent_card: int = 176
    """Width of a document's card on the start page."""
    recent_card_high: int = 224
    find_bar: int = 44
    dialog: int = 420
    dialog_wide: int = 840
    dialog_high: int = 600
    dialog_side: int = 208
    field: int = 288
    """A control of Preferences."""
    field_number: int = 96
    empty_text: int = 220
    wizard_width: int = 1080
    wizard_height: int = 800
    wizard_rail: int = 220
    wizard_pad: int = 28
    chart_height: int = 200
    confusion_width: int = 252
    window_width: int = 1440
    window_height: int = 900
    window_min_width: int = 720
    window_min_height: int = 480
    motion_ms: int = 150
    font_body: int = 13
    font_secondary: int = 12
    font_answer: int = 15
    font_heading: int = 18
    font_figure: int = 22
    weight_normal: int = 400
    weight_strong: int = 600
    line_height: float = 1.5


SIZES = Sizes()

_ENTITY_TOKENS = {
    "PERSON": "person",
    "ORGANIZATION": "organization",
    "LOCATION": "place",
    "DATE": "date",
    "MONEY": "amount",
    "PERCENT": "amount",
    "EVENT": "event",
    "PRODUCT": "product",
    "WORK": "work",
}

# Generic names that a desktop without a configured UI font reports; a font drawn for screens then goes first.
_GENERIC_FAMILIES = {"", "sans", "sans serif", "sans-serif"}
_SCREEN_FAMILIES = ("Inter", "Segoe UI Variable Text", "Segoe UI", "Ubuntu", "Cantarell", "Noto Sans")
_CJK_FAMILIES = ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei UI", "WenQuanYi Micro Hei")


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a dynamic property that the style sheet reads, and restyle the widget."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    if not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        # It was never styled: that happens, with this property, when it is first shown.
        return
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


class Theme(QObject):
    """The chosen theme. Handed to every widget that paints; widgets repaint on :attr:`changed`."""

    changed = Signal()

    def __init__(self, mode: Mode = "system", parent: QObject | None = None, families: list[str] | None = None) -> None:
        """``families`` of fonts where they are known: to look through all that are installed takes its time."""
        super().__init__(parent)
        self._mode: Mode = mode
        self._families = families or _families()
        self._label_colors: dict[str, str] = {}
        self._accent: Accent | None = None
        self.sizes = SIZES
        self.tokens = self._resolve()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def is_dark(self) -> bool:
        if self._mode == "system":
            return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._mode == "dark"

    def set_accent(self, accent: Accent | None) -> None:
        """Give all tokens that are made from now on another accent; None: the program's own."""
        self._accent = accent
        self._system_changed()

    def set_mode(self, mode: Mode) -> None:
        """Switch the theme of the running program."""
        self._mode = mode
        self._system_changed()

    def toggle(self) -> None:
        self.set_mode("light" if self.is_dark else "dark")

    def apply(self) -> None:
        """Give the application its style, palette, font and style sheet."""
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        app.setFont(self.font("body"))
        app.setPalette(self.palette())
        app.setStyleSheet(style_sheet(self.tokens, self.sizes))

    def color(self, name: str, opacity: float = 1.0) -> QColor:
        """A token's colour by its name in :class:`Tokens`; a ``#RRGGBB`` of the user's own is made readable on it."""
        if name.startswith("#"):
            color = readable(QColor(name), QColor(self.tokens.surface))
        else:
            color = QColor(str(getattr(self.tokens, name)))
        color.setAlphaF(opacity)
        return color

    def set_label_colors(self, colors: Mapping[str, str]) -> None:
        """Colours (a token's name or ``#RRGGBB``) of entity types by their names. Who paints is to be told apart."""
        self._label_colors = dict(colors)

    def entity_token(self, label: str) -> str:
        """The token (or ``#RRGGBB``) of an entity label; ``other`` where nobody has chosen one."""
        return self._label_colors.get(label) or _ENTITY_TOKENS.get(label, "other")

    def entity_color(self, label: str) -> QColor:
        return self.color(self.entity_token(label))

    def entity_fill(self, label: str) -> QColor:
        return self.color(self.entity_token(label), self.tokens.highlight_opacity)

    def answer_fill(self) -> QColor:
        return self.color("answer", self.tokens.answer_opacity)

    def selection_fill(self) -> QColor:
        return self.color("accent", self.tokens.selection_opacity)

    def font(self, role: FontRole = "body") -> QFont:
        sizes = self.sizes
        pixels = {
            "body": sizes.font_body,
            "strong": sizes.font_body,
            "secondary": sizes.font_secondary,
            "answer": sizes.font_answer,
            "heading": sizes.font_heading,
            "figure": sizes.font_figure,
        }[role]
        font = QFont(self._families)
        font.setPixelSize(pixels)
        strong = role in ("strong", "heading", "figure")
        font.setWeight(QFont.Weight(sizes.weight_strong if strong else sizes.weight_normal))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        if role == "figure":
            font.setFeature(QFont.Tag.fromString("tnum"), 1)
        return font

    @property
    def motion_ms(self) -> int:
        """Length of an animation; 0 where the system asks for reduced motion."""
        return self.sizes.motion_ms if QApplication.isEffectEnabled(Qt.UIEffect.UI_General) else 0

    def palette(self) -> QPalette:
        palette = QPalette()
        role = QPalette.ColorRole
        table = {
            role.Window: "window",
            role.WindowText: "text",
            role.Base: "surface",
            role.AlternateBase: "sunken",
            role.Text: "text",
            role.PlaceholderText: "muted",
            role.Button: "surface",
            role.ButtonText: "text",
            role.BrightText: "bad",
            role.ToolTipBase: "surface",
            role.ToolTipText: "text",
            role.Highlight: "accent",
            role.HighlightedText: "on_accent",
            role.Accent: "accent",
            role.Link: "accent",
            role.LinkVisited: "accent",
            role.Light: "surface",
            role.Midlight: "sunken",
            role.Mid: "border",
            role.Dark: "border",
            role.Shadow: "page_shadow",
        }
        for key, name in table.items():
            palette.setColor(key, self.color(name))
        for key in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, key, self.color("muted", 0.6))
        return palette

    def _resolve(self) -> Tokens:
        tokens = DARK if self.is_dark else LIGHT
        return self._accent(tokens) if self._accent is not None else tokens

    def _system_changed(self) -> None:
        tokens = self._resolve()
        if tokens != self.tokens:
            self.tokens = tokens
            self.apply()
            self.changed.emit()


_LEAST_CONTRAST = 4.5
"""WCAG AA, for text."""


def _luminance(color: QColor) -> float:
    def linear(value: float) -> float:
        return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())


def contrast(one: QColor, other: QColor) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(color: QColor, ground: QColor) -> QColor:
    """The colour, darker or lighter until it can be read on ``ground``."""
    step = -0.02 if _luminance(ground) > 0.4 else 0.02
    hue, saturation, lightness = color.hslHueF(), color.hslSaturationF(), color.lightnessF()
    made = QColor(color)
    while contrast(made, ground) < _LEAST_CONTRAST and 0.0 < lightness + step < 1.0:
        lightness += step
        made = QColor.fromHslF(max(hue, 0.0), saturation, lightness)
    return made


def token_names() -> tuple[str, ...]:
    """Names of all colour tokens (not the opacities)."""
    return tuple(f.name for f in fields(Tokens) if not f.name.endswith("opacity"))


def _families() -> list[str]:
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    installed = set(QFontDatabase.families())
    screen = [family for family in _SCREEN_FAMILIES if family in installed][:1]
    cjk = [family for family in _CJK_FAMILIES if family in installed][:1]
    generic = system.lower() in _GENERIC_FAMILIES or QFontInfo(QFont(system)).family().startswith("DejaVu")
    first = [*screen, system] if generic else [system]
    return [family for family in [*first, *cjk] if family]
