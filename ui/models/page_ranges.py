"""Pages as people write them: "1-3, 7". No widgets here."""

from __future__ import annotations

import re

_PART = re.compile(r"\s*(\d{1,7})?\s*([-–—~])?\s*(\d{1,7})?\s*")


def page_range(text: str, count: int) -> list[int] | None:
    """The pages (from 1) that ``text`` names, in its order; all of them where it is empty, None where it makes no
    sense or names pages that are not there. ``3-`` goes to the end, ``-3`` begins at the first one."""
    if not text.strip():
        return list(range(1, count + 1))
    pages: list[int] = []
    for part in re.split(r"[,;，；、]", text):
        match = _PART.fullmatch(part)
        if match is None or not any(match.groups()):
            return None
        first, dash, last = match.groups()
        if dash is None and (first is None or last is not None):
            return None
        start = int(first) if first else 1
        end = int(last) if last else (count if dash else start)
        if dash and not first and not last:
            return None
        if not (1 <= start <= count and 1 <= end <= count):
            return None
        pages.extend(range(start, end + 1) if start <= end else range(start, end - 1, -1))
    return pages
