"""Page labels of a PDF: what is printed on its pages where that is not their number (i, ii, 1, 2, A-1).

Used in the document process only, single-threaded."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NamedTuple

from pymupdf import mupdf

from assistant.documents import mupdf as mu

_MOST_RANGES = 10_000
_DEEPEST = 12
_LONGEST = 40
"""Characters of a prefix."""
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x")),
    *((9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_LARGEST_ROMAN = 5_000
_LONGEST_LETTERS = 20


class _Range(NamedTuple):
    first: int
    """Page from 0."""
    style: str
    """``D``, ``R``, ``r``, ``A``, ``a``, or nothing: the prefix alone."""
    prefix: str
    start: int


def labels(document: Any, count: int) -> list[str]:
    """Of all ``count`` pages; empty where they are just their numbers, or not to be had."""
    ranges: list[_Range] = []
    try:
        root = mupdf.pdf_dict_gets(mupdf.pdf_dict_gets(mupdf.pdf_trailer(document), "Root"), "PageLabels")
        if not mupdf.pdf_is_dict(root):
            return []
        _collect(root, ranges, set(), 0)
    except (mu.Error, RuntimeError):
        # The pages have their numbers.
        return []
    ranges.sort(key=lambda each: each.first)
    starts = [each.first for each in ranges]
    found = []
    for page in range(count):
        at = bisect_right(starts, page) - 1
        found.append(_label(ranges[at], page) if at >= 0 else str(page + 1))
    return [] if found == [str(page + 1) for page in range(count)] or not any(found) else found


def _collect(node: Any, found: list[_Range], seen: set[int], depth: int) -> None:
    number = int(mupdf.pdf_to_num(node))
    if depth > _DEEPEST or len(found) >= _MOST_RANGES or (number and number in seen):
        return
    seen.add(number)
    entries = mupdf.pdf_dict_gets(node, "Nums")
    for index in range(0, min(int(mupdf.pdf_array_len(entries)), 2 * _MOST_RANGES) - 1, 2):
        rule = mupdf.pdf_array_get(entries, index + 1)
        style = mupdf.pdf_dict_gets(rule, "S")
        prefix = mupdf.pdf_to_text_string(mupdf.pdf_dict_gets(rule, "P")) or ""
        start = mupdf.pdf_dict_gets(rule, "St")
        found.append(
            _Range(
                int(mupdf.pdf_to_int(mupdf.pdf_array_get(entries, index))),
                mupdf.pdf_to_name(style) if mupdf.pdf_is_name(style) else "",
                "".join(char for char in prefix if char.isprintable())[:_LONGEST],
                int(mupdf.pdf_to_int(start)) if start.m_internal else 1,
            )
        )
    kids = mupdf.pdf_dict_gets(node, "Kids")
    for index in range(min(int(mupdf.pdf_array_len(kids)), _MOST_RANGES)):
        _collect(mupdf.pdf_array_get(kids, index), found, seen, depth + 1)


def _label(rule: _Range, page: int) -> str:
    number = max(rule.start, 1) + page - rule.first
    if rule.style in ("R", "r"):
        text = _roman(number)
        text = text.upper() if rule.style == "R" else text
    elif rule.style in ("A", "a"):
        # After z come aa, bb, cc.
        text = chr(97 + (number - 1) % 26) * min((number - 1) // 26 + 1, _LONGEST_LETTERS)
        text = text.upper() if rule.style == "A" else text
    else:
        text = str(number) if rule.style == "D" else ""
    return rule.prefix + text


def _roman(number: int) -> str:
    if number > _LARGEST_ROMAN:
        return str(number)
    text = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        text += letters * times
    return text
