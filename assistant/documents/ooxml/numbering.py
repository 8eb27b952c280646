"""Numbers and bullets of WordprocessingML's lists (``numbering.xml``), counted as Word counts them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from assistant.documents.markup import attribute, child, children
from assistant.documents.ooxml.counting import number_text
from assistant.documents.ooxml.styles import font_of, is_on, number, value
from assistant.documents.ooxml.symbols import in_font, is_symbol_font

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_BULLETS = {"o": "○", "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓", "\uf0a8": "☐", "\uf06f": "□", "": ""}


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    plain: bool = False
    """All numbers in it are decimal."""
    restart: int | None = None
    """The level (from 1) that starts this one anew; 0 for none; None for every level above."""
    style: str | None = None
    font: str | None = None
    picture: bool = False


@dataclass(frozen=True, slots=True)
class _List:
    abstract: str
    levels: dict[int, _Level]
    """Of this list alone."""
    starts: dict[int, int]


class Numbering:
    """The lists of a document and where their counting stands."""

    def __init__(self, root: Any | None, style_lists: dict[str, str] | None = None) -> None:
        self._abstracts: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[str] = set()
        links: dict[str, str] = {}
        named: dict[str, str] = {}
        for item in children(root, "abstractNum") if root is not None else ():
            key = attribute(item, "abstractNumId") or ""
            self._abstracts[key] = {number(attribute(each, "ilvl")): _level(each) for each in children(item, "lvl")}
            link, name = value(child(item, "numStyleLink")), value(child(item, "styleLink"))
            if link is not None:
                links[key] = link
            if name is not None:
                named[name] = key
        for key, link in links.items():
            # It stands for the list that a style defines.
            if not self._abstracts[key] and link in named:
                self._abstracts[key] = self._abstracts[named[link]]
        for item in children(root, "num") if root is not None else ():
            levels: dict[int, _Level] = {}
            starts: dict[int, int] = {}
            for change in children(item, "lvlOverride"):
                index = number(attribute(change, "ilvl"))
                own, start = child(change, "lvl"), value(child(change, "startOverride"))
                if own is not None:
                    levels[index] = _level(own)
                if start is not None:
                    starts[index] = number(start, 1)
            abstract = value(child(item, "abstractNumId")) or ""
            self._lists[attribute(item, "numId") or ""] = _List(abstract, levels, starts)

    def level_of_style(self, identifier: str, style: str) -> int:
        """The level (from 0) of a list that paragraphs of a style have, where the style does not say."""
        found = self._lists.get(identifier)
        for index, level in self._abstracts.get(found.abstract, {}).items() if found is not None else ():
            if level.style == style:
                return index
        return 0

    def label(self, identifier: str, index: int) -> str | None:
        """Count a paragraph of a list at a level (from 0): its number or bullet; None where there is no such list."""
        found = self._lists.get(identifier)
        if found is None or not 0 <= index < _LEVELS:
            return None
        level = self._level(found, index)
        counts = self._counts.setdefault(found.abstract, {})
        if identifier not in self._begun:
            self._begun.add(identifier)
            for place, start in found.starts.items():
                counts[place] = start - 1
        counts[index] = counts.get(index, level.start - 1) + 1
        for deeper in [place for place in counts if place > index]:
            restart = self._level(found, deeper).restart
            if restart is None or (restart > 0 and index < restart):
                del counts[deeper]
        if level.form == "bullet":
            return _bullet(level)

        def place_text(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            other = self._level(found, place)
            count = counts.get(place, found.starts.get(place, other.start))
            return number_text(count, "decimal" if level.plain else other.form)

        return in_font(_PLACE.sub(place_text, level.text), level.font).strip()

    def _level(self, found: _List, index: int) -> _Level:
        return found.levels.get(index) or self._abstracts.get(found.abstract, {}).get(index) or _Level()


def _level(element: Any) -> _Level:
    restart = value(child(element, "lvlRestart"))
    form = child(element, "numFmt")
    if form is None:
        # Formats newer than the standard come as a choice, with their fallback behind it.
        found = list(element.iter("{*}numFmt"))
        form = found[-1] if found else None
    return _Level(
        start=number(value(child(element, "start")), 1),
        form=value(form) or "decimal",
        text=(value(child(element, "lvlText")) or "")[:100],
        plain=is_on(child(element, "isLgl")),
        restart=number(restart) if restart is not None else None,
        style=value(child(element, "pStyle")),
        font=font_of(child(element, "rPr")),
        picture=child(element, "lvlPicBulletId") is not None,
    )


def _bullet(level: _Level) -> str:
    if level.picture:
        return "•"
    if is_symbol_font(level.font):
        return in_font(level.text, level.font) if level.text[:1] >= "\uf000" else "•"
    return _BULLETS.get(level.text, level.text if not "\ue000" <= level.text[:1] <= "\uf8ff" else "•")
