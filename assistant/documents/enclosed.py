"""Attachments as files of ours, for as long as they are open."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]

from assistant.documents.names import safe
from assistant.errors import UserError

log = logging.getLogger(__name__)


class EnclosedFiles:
    """A private folder with one folder for each attachment; all gone with :meth:`close`. Thread-safe.

    What a program that crashed left behind is removed by the next one that writes an attachment.
    """

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._folder: Path | None = None
        self._lock = threading.Lock()

    def write(self, name: str, data: bytes) -> Path:
        """The attachment as a file under a safe name. Raises UserError cannot_write."""
        with self._lock:
            try:
                if self._folder is None:
                    self._folder = self._make_folder()
                path = Path(tempfile.mkdtemp(dir=self._folder)) / safe(name)
                path.write_bytes(data)
                # To be read, not to be worked on: changes would be lost.
                path.chmod(0o400)
            except OSError as error:
                why = error.strerror or type(error).__name__
                raise UserError("cannot_write", path=str(self._root), why=why) from None
            return path

    def owns(self, path: Path) -> bool:
        """Whether it is a file of :meth:`write`."""
        with self._lock:
            return self._folder is not None and path.is_relative_to(self._folder)

    def drop(self, path: Path) -> None:
        """Remove a file of :meth:`write`; nothing happens for others."""
        if self.owns(path):
            _remove(path.parent)

    def close(self) -> None:
        """Remove all. Idempotent."""
        with self._lock:
            folder, self._folder = self._folder, None
        if folder is not None:
            _remove(folder)

    def _make_folder(self) -> Path:
        self._root.mkdir(parents=True, exist_ok=True)
        for old in self._root.iterdir():
            owner = old.name.partition("-")[0]
            if owner.isdecimal() and int(owner) != os.getpid() and not psutil.pid_exists(int(owner)):
                _remove(old)
        return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self._root))


def _remove(folder: Path) -> None:
    for path in folder.rglob("*"):
        # Windows removes nothing that is read-only.
        if path.is_file() and not path.is_symlink():
            path.chmod(0o600)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        log.warning("attachments could not be removed")
