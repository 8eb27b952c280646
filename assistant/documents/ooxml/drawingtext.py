"""Text of DrawingML (``a:txBody``): shapes of slides, of charts, and of drawings in texts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from assistant.documents.markup import attribute, child, children, local
from assistant.documents.ooxml.budget import Budget
from assistant.documents.ooxml.counting import scheme_text
from assistant.documents.ooxml.formulas import formula
from assistant.documents.ooxml.inline import TAB, Inline
from assistant.documents.ooxml.styles import BOLD, ITALIC, LINK, LOWERED, RAISED, STRIKE, UNDERLINE, number
from assistant.documents.ooxml.symbols import in_font

_OFF = ("0", "false", "off", "none", "noStrike")
_BITS = {"b": BOLD, "i": ITALIC, "u": UNDERLINE, "strike": STRIKE}
_LEVELS = 9


class TextBodies:
    """Turns text bodies into blocks of HTML."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._take = budget.take

    def blocks(self, body: Any, inherited: Sequence[Any] = (), *, plain: bool = False) -> list[str]:
        """``inherited`` are the list styles (``lstStyle``, ``bodyStyle``) that hold for it, the nearest first;
        ``plain`` leaves out bullets."""
        own = child(body, "lstStyle")
        styles = [own, *inherited] if own is not None else list(inherited)
        counts: dict[int, tuple[str, int]] = {}
        found: list[str] = []
        for paragraph in children(body, "p"):
            if not self._budget.paragraph():
                break
            properties = child(paragraph, "pPr")
            level = min(_LEVELS - 1, max(0, number(attribute(properties, "lvl")))) if properties is not None else 0
            line = self.line(paragraph)
            if not line.characters:
                counts.clear()
                continue
            label = "" if plain else self._label(properties, styles, level, counts)
            direction = ' dir="rtl"' if properties is not None and attribute(properties, "rtl") == "1" else ""
            looks = f' class="i{min(level, 5)}"' if label else f' class="j{min(level, 5)}"' if level else ""
            for index, html in enumerate(line.blocks()):
                start = f"{label}&#160;" if label and index == 0 else ""
                found.append(f"<p{looks}{direction}>{start}{html}</p>")
        return found

    def line(self, paragraph: Any, looks: int = 0) -> Inline:
        line = Inline()
        self._walk(paragraph, line, looks)
        return line

    def _walk(self, element: Any, line: Inline, looks: int) -> None:
        for item in element:
            name = local(item)
            if name in ("r", "fld"):
                self._run(item, line, looks)
            elif name == "br":
                line.line_end()
            elif name == "AlternateContent":
                branch = choice(item)
                if branch is not None:
                    self._walk(branch, line, looks)
            elif name == "m" or name in ("oMath", "oMathPara"):
                # a14:m holds a formula.
                line.text(self._take(formula(item) if name != "m" else " ".join(formula(each) for each in item)))

    def _run(self, run: Any, line: Inline, looks: int) -> None:
        properties = child(run, "rPr")
        font = None
        if properties is not None:
            for name, bit in _BITS.items():
                setting = properties.get(name)
                if setting is not None:
                    looks = looks & ~bit if setting in _OFF else looks | bit
            baseline = number(properties.get("baseline"))
            looks |= RAISED if baseline > 0 else LOWERED if baseline < 0 else 0
            if child(properties, "hlinkClick") is not None:
                looks |= LINK
            face = child(properties, "sym")
            face = child(properties, "latin") if face is None else face
            font = attribute(face, "typeface") if face is not None else None
        for item in run:
            if local(item) == "t" and item.text:
                text = item.text.replace("\v", "\n").replace("_x000B_", "\n")
                for index, piece in enumerate(text.split("\n")):
                    if index:
                        line.line_end()
                    line.text(in_font(self._take(piece), font).replace("\t", TAB), looks)

    def _label(
        self, properties: Any | None, styles: Sequence[Any], level: int, counts: dict[int, tuple[str, int]]
    ) -> str:
        """The bullet or number of a paragraph, counted in ``counts`` by level."""
        for deeper in [place for place in counts if place > level]:
            del counts[deeper]
        bullet = _bullet(properties)
        for style in styles if bullet is None else ():
            bullet = _bullet(child(style, f"lvl{level + 1}pPr"))
            if bullet is not None:
                break
        kind = local(bullet) if bullet is not None else "buNone"
        if kind == "buAutoNum":
            scheme = attribute(bullet, "type") or "arabicPeriod"
            start = number(attribute(bullet, "startAt"), 1)
            before = counts.get(level)
            count = before[1] + 1 if before is not None and before[0] == f"{scheme}{start}" else start
            counts[level] = f"{scheme}{start}", count
            return scheme_text(count, scheme)
        counts.pop(level, None)
        return "•" if kind in ("buChar", "buBlip") else ""


def _bullet(properties: Any | None) -> Any | None:
    if properties is not None:
        for item in properties:
            if local(item) in ("buNone", "buAutoNum", "buChar", "buBlip"):
                return item
    return None


_LOOKED_AT = 2_000
"""Elements of a branch; choices inside of choices are looked through again and again."""
_READABLE = {"t", "txbxContent", "blip", "chart", "relIds", "oMath", "imagedata", "oleObj", "textpath", "OLEObject"}


def choice(alternatives: Any) -> Any | None:
    """The branch of ``mc:AlternateContent`` that is read: the first one with something to read in it."""
    branches = [item for item in alternatives if local(item) in ("Choice", "Fallback")]
    for branch in branches:
        if any(local(item) in _READABLE for item in islice(branch.iter(), _LOOKED_AT)):
            return branch
    return branches[0] if branches else None
