"""Where things are: what ships with the program, and what belongs to the user."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def bundled(name: str) -> Path:
    """Folder ``models`` or ``resources`` as shipped: beside the package in a checkout, inside it in a wheel."""
    inside = _PACKAGE / "_bundled" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders of one profile. Nothing is created before it is needed."""

    data: Path
    """What must never be lost: labels, trained models."""
    cache: Path
    """What can be made again: findings, indexes."""
    log: Path

    @classmethod
    def default(cls) -> Paths:
        """The user's own folders, or all below ``DOCENT_HOME`` where that is set."""
        home = os.environ.get("DOCENT_HOME")
        if home:
            return cls.under(Path(home))
        dirs = platformdirs.PlatformDirs("Docent", appauthor=False)
        return cls(Path(dirs.user_data_dir), Path(dirs.user_cache_dir), Path(dirs.user_log_dir))

    @classmethod
    def under(cls, home: Path) -> Paths:
        return cls(home / "data", home / "cache", home / "log")
