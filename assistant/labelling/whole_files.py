"""Files and folders that are there as a whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from assistant.errors import UsageError
from assistant.store.db import cannot_write

_OF_NAME = 40
"""Characters; each may take four bytes, and a name 255."""


def write_file(path: Path, pieces: Iterable[str]) -> None:
    """Write beside ``path``, flush to the disk, then take its place. Raises ``UserError``."""
    # Text of damaged documents may hold lone surrogates.
    write_bytes(path, (piece.encode("utf-8", "surrogatepass") for piece in pieces))


def write_bytes(path: Path, pieces: Iterable[bytes], *, make_folder: bool = True) -> None:
    """As :func:`write_file`. ``make_folder``: where its folder is not there."""
    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        # Of a long name only the beginning: with what is added it would be too long.
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:_OF_NAME]}-", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            _fill(handle, pieces)
            # What mkstemp makes is for its owner alone; an export is like any file.
            part.chmod(0o666 & ~_umask())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(path, error) from error


def write_folder(path: Path, files: Iterable[tuple[str, str]]) -> None:
    """As :func:`write_file`, for a new or an empty folder. Raises ``UsageError("folder_not_empty")``, ``UserError``."""
    try:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise UsageError("folder_not_empty", path=str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent))
        try:
            for name, text in files:
                _fill(
                    os.open(part / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666),
                    [text.encode("utf-8", "surrogatepass")],
                )
            part.chmod(0o777 & ~_umask())
            if path.exists():
                path.rmdir()
            part.replace(path)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    except OSError as error:
        raise cannot_write(path, error) from error


def _fill(handle: int, pieces: Iterable[bytes]) -> None:
    with os.fdopen(handle, "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
