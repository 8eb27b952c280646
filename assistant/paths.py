"""Where things are: what ships with the program, and what belongs to the user."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from assistant.errors import UsageError

_PACKAGE = Path(__file__).resolve().parent
_HOME, _PROFILE = "DOCENT_HOME", "DOCENT_PROFILE"
_PORTABLE = "portable"
"""A file (or folder) of this name beside the program: it keeps everything beside itself, in ``docent-data``."""
_PROFILE_NAME = re.compile(r"\w[\w .-]{0,38}(?<![ .])")
# Windows opens a device by these names, in any folder and with any ending.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


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
        """The profile that was chosen: of ``DOCENT_HOME``, of a portable copy, or the user's own folders; in each the
        one that ``DOCENT_PROFILE`` names, if it does. Raises ``UsageError("profile_name")``."""
        name = os.environ.get(_PROFILE, "")
        check_profile(name)
        home = os.environ.get(_HOME) or portable_home()
        if home:
            return cls.under(Path(home, "profiles", name) if name else Path(home))
        dirs = platformdirs.PlatformDirs("Docent", appauthor=False)
        folders = (Path(dirs.user_data_dir), Path(dirs.user_cache_dir), Path(dirs.user_log_dir))
        return cls(*(folder / "profiles" / name if name else folder for folder in folders))

    @classmethod
    def under(cls, home: Path) -> Paths:
        return cls(home / "data", home / "cache", home / "log")


def portable_home(*, asked: bool = False) -> Path | None:
    """Where a portable copy of the program keeps everything; None unless it is one, or is ``asked`` to be."""
    beside = Path(sys.executable).absolute().parent
    return beside / "docent-data" if asked or (beside / _PORTABLE).exists() else None


def check_profile(name: str) -> None:
    """A profile's name is that of a folder on any system. Raises ``UsageError("profile_name")``."""
    if name and (_PROFILE_NAME.fullmatch(name) is None or _DEVICES.fullmatch(name) is not None):
        raise UsageError("profile_name", name=name)


def choose_profile(name: str | None, *, portable: bool) -> None:
    """Let :meth:`Paths.default` give this profile, here and in the processes that are started from here.

    Raises ``UsageError("profile_name")``.
    """
    if name is not None:
        check_profile(name)
        os.environ[_PROFILE] = name
    if portable:
        os.environ[_HOME] = str(portable_home(asked=True))
