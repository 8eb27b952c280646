"""Paragraph and character styles of WordprocessingML: what of them matters for reading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from assistant.documents.markup import attribute, child, children, local

BOLD, ITALIC, UNDERLINE, STRIKE, LOWERED, RAISED, LINK, HIDDEN = (1 << bit for bit in range(8))
"""Looks of text, as bits."""

_DEPTH = 20
# Word writes the names of its own styles in English; other programs write them in their users' language.
_HEADING = re.compile(
    r"(?:heading|überschrift|berschrift|titre|título|titulo|titolo|kop|rubrik|overskrift|nagłówek|заголовок|标题|標題|見出し|제목)"
    r"\s*(\d)\b",
    re.IGNORECASE,
)
_LOOKS = {"b": BOLD, "i": ITALIC, "strike": STRIKE, "dstrike": STRIKE, "vanish": HIDDEN, "specVanish": HIDDEN}
_OFF = ("0", "false", "off")


@dataclass(frozen=True, slots=True)
class Style:
    heading: int = 0
    """Level from 1; 0 for no heading."""
    title: bool = False
    looks: int = 0
    """Bits."""
    numbering: str | None = None
    """The list that its paragraphs belong to."""
    level: int | None = None
    """Their level in it, from 0."""
    backwards: bool = False
    """Written from right to left."""
    font: str | None = None


def value(element: Any | None) -> str | None:
    """The ``val`` of an element, if it is there."""
    return attribute(element, "val") if element is not None else None


def is_on(element: Any | None) -> bool:
    """Of a property that is on by being there."""
    return element is not None and (value(element) or "1").lower() not in _OFF


def number(text: str | None, default: int = 0) -> int:
    try:
        return int(float(text)) if text else default
    except (ValueError, OverflowError):
        return default


def looks_of(properties: Any | None, looks: int = 0) -> int:
    """``looks`` as changed by run properties (``rPr``)."""
    if properties is None:
        return looks
    for item in properties:
        name = local(item)
        bit = _LOOKS.get(name)
        if bit is not None:
            looks = looks | bit if is_on(item) else looks & ~bit
        elif name == "u":
            looks = looks & ~UNDERLINE if value(item) in ("none", None) else looks | UNDERLINE
        elif name == "vertAlign":
            position = value(item)
            looks &= ~(RAISED | LOWERED)
            looks |= RAISED if position == "superscript" else LOWERED if position == "subscript" else 0
    return looks


def font_of(properties: Any | None) -> str | None:
    fonts = child(properties, "rFonts") if properties is not None else None
    return attribute(fonts, "ascii") or attribute(fonts, "hAnsi") if fonts is not None else None


class Styles:
    """Of one document; every lookup works without a part of styles, too."""

    def __init__(self, root: Any | None) -> None:
        self._elements: dict[str, Any] = {}
        self._default: str | None = None
        self._known: dict[str, Style] = {}
        for item in children(root, "style") if root is not None else ():
            identifier = attribute(item, "styleId")
            if identifier is None:
                continue
            self._elements.setdefault(identifier, item)
            if attribute(item, "type") == "paragraph" and (attribute(item, "default") or "0") not in _OFF:
                self._default = identifier

    def paragraph(self, identifier: str | None) -> Style:
        return self._style(identifier or self._default)

    def character(self, identifier: str | None) -> Style:
        return self._style(identifier)

    def _style(self, identifier: str | None) -> Style:
        if identifier is None:
            return Style()
        found = self._known.get(identifier)
        if found is None:
            found = self._known[identifier] = self._resolve(identifier)
        return found

    def _resolve(self, identifier: str) -> Style:
        if identifier not in self._elements:
            return Style(heading=heading_level(identifier), title=identifier.lower() == "title")
        chain: list[Any] = []
        following: str | None = identifier
        while following in self._elements and len(chain) < _DEPTH:
            element = self._elements[following]
            if any(element is other for other in chain):
                break
            chain.append(element)
            following = value(child(element, "basedOn"))
        style = Style()
        for element in reversed(chain):
            style = _with(style, element)
        return style


def _with(style: Style, element: Any) -> Style:
    """A style that is based on ``style``."""
    name = (value(child(element, "name")) or attribute(element, "styleId") or "").strip()
    paragraph, run = child(element, "pPr"), child(element, "rPr")
    outline = value(child(paragraph, "outlineLvl")) if paragraph is not None else None
    heading = heading_level(name) or style.heading
    if outline is not None:
        level = number(outline, 9)
        heading = level + 1 if 0 <= level < 9 else 0
    list_of = child(paragraph, "numPr") if paragraph is not None else None
    numbering, level_in_list = style.numbering, style.level
    if list_of is not None:
        numbering = value(child(list_of, "numId")) or numbering
        declared = value(child(list_of, "ilvl"))
        level_in_list = number(declared) if declared is not None else None
    direction = child(paragraph, "bidi") if paragraph is not None else None
    return Style(
        heading=heading,
        title=name.lower() == "title" or (style.title and not heading_level(name)),
        looks=looks_of(run, style.looks),
        numbering=numbering,
        level=level_in_list,
        backwards=is_on(direction) if direction is not None else style.backwards,
        font=font_of(run) or style.font,
    )


@lru_cache(maxsize=256)
def heading_level(name: str) -> int:
    """The level that a style's name tells, or 0."""
    if name.lower() == "subtitle":
        return 2
    found = _HEADING.fullmatch(name.strip())
    return min(9, int(found[1])) if found else 0
