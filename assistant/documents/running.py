"""Running heads, running feet and page numbers: what stands at the same place on many pages, numbers aside.

Cf. X. Lin, "Header and footer extraction by page association", Document Recognition and Retrieval X, 2003.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from assistant.documents.lines import MarginRow
from assistant.types import BlockKind

_NEAR = 100
"""Ten points: how far the same running head may move up or down."""

_NUMBER = re.compile(
    r"^(?:[-–—~·|•]\s?)?(?:page|seite|página|pagina|strona|p\.|s\.|第)?\s?#(?:\s?(?:/|of|von|de|di|sur|z|\||共)\s?#)?"
    r"(?:\s?(?:页|頁|ページ|쪽))?(?:[,，、]?\s?共\s?#\s?[页頁])?(?:\s?[-–—~·|•])?$"
)
_NAMED_NUMBER = re.compile(r"page|seite|第|/|of #|页|頁")


def running_lines(pages: Mapping[int, Sequence[MarginRow]], total: int) -> dict[int, dict[int, BlockKind]]:
    """For each page, the index of each running line and its kind. ``total`` is the document's number of pages."""
    places: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for page, rows in pages.items():
        for _, band, key, y, _ in rows:
            places[band, key].append((page, y))
    needed = 2 if total < 4 else 3
    spread = _Spread(places)
    found: dict[int, dict[int, BlockKind]] = {}
    for page, rows in pages.items():
        kinds: dict[int, BlockKind] = {}
        for band in (0, 1):
            by_rank: dict[int, list[MarginRow]] = defaultdict(list)
            for row in rows:
                if row[1] == band:
                    by_rank[row[4]].append(row)
            for rank in sorted(by_rank):
                kinds_here = {row[0]: _kind(row, spread, needed, total) for row in by_rank[rank]}
                # From the edge inwards; the first row that belongs to the body ends the margin.
                if rank not in (0, len(kinds_here)) and not kinds:
                    break
                running = {index: kind for index, kind in kinds_here.items() if kind is not None}
                kinds.update(running)
                if len(running) < len(kinds_here):
                    break
        if kinds:
            found[page] = kinds
    return found


class _Spread:
    """On how many pages a key stands near a place. Kept for each place, as a running head has the same on all pages."""

    def __init__(self, places: Mapping[tuple[int, str], list[tuple[int, int]]]) -> None:
        self._places = places
        self._counted: dict[tuple[int, str, int], int] = {}

    def pages(self, band: int, key: str, y: int) -> int:
        place = band, key, y
        if place not in self._counted:
            self._counted[place] = len({page for page, other in self._places[band, key] if abs(other - y) <= _NEAR})
        return self._counted[place]


def _kind(row: MarginRow, spread: _Spread, needed: int, total: int) -> BlockKind | None:
    _, band, key, y, rank = row
    numbered = _NUMBER.match(key) is not None
    same = spread.pages(band, key, y)
    if same >= min(needed, 2 if numbered else needed) and (total > 3 or rank == 0 or numbered):
        return "page_number" if numbered else "running_head"
    if numbered and rank == 0 and _NAMED_NUMBER.search(key):
        return "page_number"
    return None
