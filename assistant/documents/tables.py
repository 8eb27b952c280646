"""Tables that no page can hold: MuPDF never breaks a table row, so a row taller than a page would be lost."""

from __future__ import annotations

import re

_TAG = re.compile(r"(</?(?:table|thead|tbody|tfoot|tr|td|th|caption)\b[^>]*>)")
_ANY_TAG = re.compile(r"<[^>]*>")
_TALL_ROW = 1600
"""Characters; a page has room for some 4,000 in its whole width, a cell has a part of that."""


def without_tall_tables(html: str, *, everything: bool = False) -> str:
    """Clean, well-formed HTML in which tables inside tables and tables with tall rows (or all of them, with
    ``everything``) are plain blocks, cell by cell."""
    tokens = _TAG.split(html)
    if len(tokens) == 1:
        return html
    flat = set(range(len(tokens))) if everything else _tall(tokens)
    stack: list[int] = []
    out: list[str] = []
    for index, token in enumerate(tokens):
        if index % 2 == 0:
            out.append(token)
            continue
        name = token.strip("</>").split()[0].lower()
        closing = token.startswith("</")
        if name == "table" and not closing:
            stack.append(index)
        if stack and stack[-1] in flat:
            block = name in ("tr", "td", "th", "caption")
            out.append("</div>" if block and closing else "<div>" if block else "")
        else:
            out.append(token)
        if name == "table" and closing and stack:
            stack.pop()
    return "".join(out)


def _tall(tokens: list[str]) -> set[int]:
    """Indices of the opening tags of tables that are to be flattened."""
    flat: set[int] = set()
    stack: list[list[int]] = []  # index of the table's tag, characters of its present row
    for index, token in enumerate(tokens):
        if index % 2 == 0:
            length = len(_ANY_TAG.sub("", token))
            for entry in stack:
                entry[1] += length
                if entry[1] > _TALL_ROW:
                    flat.add(entry[0])
        elif token.startswith("<table"):
            if stack:
                flat.add(index)
            stack.append([index, 0])
        elif token.startswith("</table") and stack:
            stack.pop()
        elif token.startswith("<tr") and stack:
            stack[-1][1] = 0
    return flat
