"""The program in the menu of a Linux desktop and in *Open with* of its file manager: freedesktop.org's files."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from assistant.errors import UserError
from assistant.store.db import cannot_write

_NAME = "docent"
_UPDATERS = (("update-desktop-database", "applications"), ("update-mime-database", "mime"))
_UPDATE_SECONDS = 30.0


def install(templates: Path, share: Path | None = None) -> list[Path]:
    """Write the entry, the picture and the types of files. Returns the files. Raises ``UserError``.

    ``templates``: the folder ``resources/desktop``. ``share``: the user's ``$XDG_DATA_HOME`` if None.
    """
    share = _share(share)
    entry = (templates / "docent.desktop").read_text(encoding="utf-8").replace("@DOCENT@", _command())
    made = {
        target: entry.encode() if source.suffix == ".desktop" else source.read_bytes()
        for target, source in _targets(share, templates).items()
    }
    try:
        for target, content in made.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except OSError as error:
        raise cannot_write(share, error) from error
    _update(share)
    return list(made)


def remove(share: Path | None = None) -> list[Path]:
    """Take away what :func:`install` wrote. Returns the files that were there. Raises ``UserError``."""
    share = _share(share)
    there = [target for target in _targets(share, Path()) if target.exists()]
    try:
        for target in there:
            target.unlink()
    except OSError as error:
        raise cannot_write(share, error) from error
    _update(share)
    return there


def _targets(share: Path, templates: Path) -> dict[Path, Path]:
    return {
        share / "applications" / f"{_NAME}.desktop": templates / "docent.desktop",
        share / "icons" / "hicolor" / "scalable" / "apps" / f"{_NAME}.svg": templates / "docent.svg",
        share / "mime" / "packages" / f"{_NAME}.xml": templates / "docent-mime.xml",
    }


def _share(share: Path | None) -> Path:
    if not sys.platform.startswith("linux"):
        raise UserError("desktop_other_system")
    own = os.environ.get("XDG_DATA_HOME", "")
    return share or (Path(own) if Path(own).is_absolute() else Path.home() / ".local" / "share")


def _command() -> str:
    """The program as a desktop entry writes it: absolute and quoted, as its folder may be on no path."""
    script = Path(sys.executable).absolute().with_name(_NAME)
    parts = [str(script)] if script.is_file() else [sys.executable, "-m", "assistant"]
    return " ".join(_quoted(part) for part in parts)


def _quoted(part: str) -> str:
    for char in '\\"`$':
        part = part.replace(char, "\\" + char)
    # Backslashes are escaped once more as in every value of the file; a percent sign is a field code.
    return '"' + part.replace("\\", "\\\\").replace("%", "%%") + '"'


def _update(share: Path) -> None:
    """Where these tools are missing, the desktop looks by itself after a while."""
    for tool, folder in _UPDATERS:
        path = shutil.which(tool)
        if path is not None and (share / folder).is_dir():
            # One that hangs, or is no program, is one that is missing.
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                subprocess.run(
                    [path, str(share / folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=_UPDATE_SECONDS,
                    check=False,
                )
