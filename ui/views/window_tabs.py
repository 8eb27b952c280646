"""The tabs that are not there: those that were closed, those of the last time, and those that sleep until looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_MOST_CLOSED = 20


@dataclass(frozen=True, slots=True, eq=False)
class Sleeping:
    """A tab of the last time. Its document is opened when the tab comes to the front."""

    path: Path


class ClosedTabs:
    """Files of closed tabs, the last one first to come back."""

    def __init__(self) -> None:
        self._paths: list[tuple[Path, int]] = []

    def __bool__(self) -> bool:
        return bool(self._paths)

    def add(self, path: Path, index: int) -> None:
        self._paths = [*(each for each in self._paths if each[0] != path), (path, index)][-_MOST_CLOSED:]

    def take(self) -> tuple[Path, int] | None:
        """The file that was closed last, and the place of its tab."""
        return self._paths.pop() if self._paths else None


def tabs_text(paths: Sequence[Path], front: int) -> str:
    """As the settings keep it."""
    return json.dumps({"files": [str(path) for path in paths], "front": front}, ensure_ascii=False) if paths else ""


def tabs_of(text: str) -> tuple[list[Path], int]:
    """The files that :func:`tabs_text` wrote, and which one was in front. Nothing where the text is something else."""
    try:
        kept = json.loads(text) if text else {}
        files = [Path(str(name)) for name in kept.get("files", ())]
        return files, min(max(int(kept.get("front", 0)), 0), max(len(files) - 1, 0))
    except (ValueError, TypeError, AttributeError):
        return [], 0


def still_there(paths: Sequence[Path]) -> list[Path]:
    """Those that are files. Asks the disk, or a server: not for the main thread."""
    return [path for path in paths if path.is_file()]
