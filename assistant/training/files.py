"""Files of runs and versions: written aside, flushed and moved into place; a full or read-only disk is a sentence."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.errors import UserError


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what the disk refuses into UserError ``disk_full`` or ``cannot_write``."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError("disk_full", path=str(path)) from error
        raise UserError("cannot_write", path=str(path), why=error.strerror or type(error).__name__) from error


def write_bytes(path: Path, data: bytes) -> None:
    """All or nothing, also when the machine goes down. Raises UserError."""
    aside = path.with_name(path.name + ".tmp")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise


def write_json(path: Path, value: Any) -> None:
    write_bytes(path, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass"))


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    """JSON Lines."""
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write_bytes(path, "".join(lines).encode("utf-8", "backslashreplace"))


def copy_folder(source: Path, target: Path) -> None:
    """A copy whose files are on the disk when this returns; ``target`` is not there before. Raises UserError."""
    with writing(target):
        try:
            shutil.copytree(source, target)
            for path in target.rglob("*"):
                if path.is_file():
                    with path.open("rb+") as file:
                        os.fsync(file.fileno())
        except shutil.Error as error:
            shutil.rmtree(target, ignore_errors=True)
            # copytree gathers what went wrong with each file as text.
            first = str(error.args[0][0][2]) if error.args and error.args[0] else "the copy failed"
            code = errno.ENOSPC if "No space" in first else errno.EIO
            raise OSError(code, first) from error
        except OSError:
            shutil.rmtree(target, ignore_errors=True)
            raise
