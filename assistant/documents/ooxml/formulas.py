"""Formulas of Office (OMML) as linear text: ``x = (-b ± √(b^2 - 4ac))/(2a)``. After Murray Sargent, "UnicodeMath"."""

from __future__ import annotations

from typing import Any

from assistant.documents.markup import child, children, local
from assistant.documents.ooxml.styles import is_on, value

_SKIPPED = {"del", "moveFrom", "delText"}


def formula(element: Any) -> str:
    """Text of an ``oMath`` or ``oMathPara``; formulas of a paragraph stand on lines of their own."""
    if local(element) == "oMathPara":
        return "\n".join(filter(None, (_linear(item).strip() for item in children(element, "oMath"))))
    return _linear(element).strip()


def _linear(element: Any) -> str:
    return "".join(_one(item) for item in element)


def _one(element: Any) -> str:
    name = local(element)
    if name == "t":
        return element.text or ""
    if name.endswith("Pr") or name in _SKIPPED:
        return ""
    make = _MAKERS.get(name)
    return make(element) if make is not None else _linear(element)


def _inside(element: Any, name: str) -> str:
    found = child(element, name)
    return _linear(found).strip() if found is not None else ""


def _grouped(text: str) -> str:
    """In brackets, unless it is one thing already."""
    closed = text.startswith("(") and text.endswith(")") and text.count("(") == 1
    return text if len(text) <= 1 or text.isdecimal() or closed else f"({text})"


def _fraction(element: Any) -> str:
    above, below = _inside(element, "num"), _inside(element, "den")
    kind = value(child(element, "fPr", "type"))
    if kind == "noBar":
        return f"({above} ¦ {below})"
    return f"{_grouped(above)}/{_grouped(below)}"


def _scripts(element: Any) -> str:
    base, below, above = _inside(element, "e"), _inside(element, "sub"), _inside(element, "sup")
    text = _grouped(base)
    return text + (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")


def _before(element: Any) -> str:
    below, above = _inside(element, "sub"), _inside(element, "sup")
    return (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "") + _inside(element, "e")


def _root(element: Any) -> str:
    degree = "" if is_on(child(element, "radPr", "degHide")) else _inside(element, "deg")
    sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(degree)
    return f"{sign or f'√[{degree}]'}{_grouped(_inside(element, 'e'))}"


def _nary(element: Any) -> str:
    sign = child(element, "naryPr", "chr")
    text = (value(sign) or "") if sign is not None else "∫"
    below, above = _inside(element, "sub"), _inside(element, "sup")
    text += (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")
    return f"{text} {_inside(element, 'e')}"


def _delimiters(element: Any) -> str:
    def sign(name: str, default: str) -> str:
        found = child(element, "dPr", name)
        return default if found is None else value(found) or ""

    parts = [_linear(item).strip() for item in children(element, "e")]
    return sign("begChr", "(") + sign("sepChr", "|").join(parts) + sign("endChr", ")")


def _function(element: Any) -> str:
    argument = _inside(element, "e")
    return f"{_inside(element, 'fName')}{_grouped(argument) if argument.startswith('(') else f' {argument}'}"


def _rows(element: Any) -> str:
    rows = ["  ".join(_linear(cell).strip() for cell in children(row, "e")) for row in children(element, "mr")]
    return "[" + "; ".join(rows) + "]"


def _equations(element: Any) -> str:
    return "; ".join(_linear(item).strip() for item in children(element, "e"))


def _limit_below(element: Any) -> str:
    return f"{_inside(element, 'e')}_{_grouped(_inside(element, 'lim'))}"


def _limit_above(element: Any) -> str:
    return f"{_inside(element, 'e')}^{_grouped(_inside(element, 'lim'))}"


def _accent(element: Any) -> str:
    mark = value(child(element, "accPr", "chr")) or "\u0302"
    base = _inside(element, "e")
    return base + mark if len(base) == 1 else f"{_grouped(base)}{mark}"


_MAKERS = {
    "f": _fraction,
    "sSup": _scripts,
    "sSub": _scripts,
    "sSubSup": _scripts,
    "sPre": _before,
    "rad": _root,
    "nary": _nary,
    "d": _delimiters,
    "func": _function,
    "m": _rows,
    "eqArr": _equations,
    "limLow": _limit_below,
    "limUpp": _limit_above,
    "acc": _accent,
}
