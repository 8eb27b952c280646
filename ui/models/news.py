"""What is new in this version: the newest section of the changelog that ships with the program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^## +(\S+).*$", re.MULTILINE)
_POINT = re.compile(r"^[-*] +(.+?)(?=^[-*] |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class News:
    """One section. ``points`` are its list items as plain lines, ``text`` all of it as Markdown."""

    version: str
    points: tuple[str, ...]
    text: str


def newest(changelog: Path) -> News | None:
    """The first section; None where the file is missing or has none. Reads a small file."""
    try:
        text = changelog.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    heads = list(_HEADING.finditer(text))
    if not heads:
        return None
    body = text[heads[0].end() : heads[1].start() if len(heads) > 1 else len(text)].strip()
    points = tuple(_plain(found) for found in _POINT.findall(body))
    return News(heads[0][1], points, body)


def _plain(point: str) -> str:
    return re.sub(r"[*`]", "", " ".join(point.split()))
