"""What Docent keeps on this computer: where, how much, of which documents; and how all of one document is deleted.

Nothing here is quick: call it in a job. Raises ``UserError`` where a file cannot be used.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from assistant.errors import UserError
from assistant.paths import Paths
from assistant.store.db import cannot_write
from assistant.store.erase import compact, erase, file_bytes, named, tally

_log = logging.getLogger(__name__)

Kind = Literal["recent", "results", "labels", "runs", "models", "settings", "copies", "cache", "log"]
KINDS: tuple[Kind, ...] = ("recent", "results", "labels", "runs", "models", "settings", "copies", "cache", "log")
_MADE = (("labels", "labels"), ("marks", "marks"), ("notebook", "edits"))
"""Databases of what the user made, each with the table of it."""
_THREADS = ("notebook", "questions")
_ACTIVE = frozenset({"waiting", "running", "stopping"})
_CHUNK = 1 << 20
_SUFFIXES = (".db", ".db-wal", ".db-shm")


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of what is kept. ``files``: how many; ``folder``: where they lie."""

    kind: Kind
    bytes: int
    files: int
    folder: Path


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A document of which something is kept."""

    sha256: str
    path: Path | None
    """None for what has no file of its own, such as an attachment."""
    bytes: int
    """Of its text and results."""
    labels: int
    """And highlights, notes, bookmarks and changes to its entities."""


class Privacy:
    """The files of one profile. Thread-safe: it keeps nothing."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def holdings(self) -> tuple[Holding, ...]:
        """All kinds, in the order of :data:`KINDS`."""
        paths = self._paths
        sizes: dict[Kind, list[int]] = {kind: [] for kind in KINDS}
        for root in dict.fromkeys((paths.data, paths.cache, paths.log)):
            for file in self._own(root):
                try:
                    sizes[self._kind(file)].append(file.stat().st_size)
                except OSError as error:
                    _log.debug("a file went away: %s", error.strerror)
        folders: dict[Kind, Path] = {
            "results": paths.cache, "cache": paths.cache, "log": paths.log,
            "runs": paths.data / "runs", "models": paths.data / "models",
        }  # fmt: skip
        return tuple(Holding(kind, sum(sizes[kind]), len(sizes[kind]), folders.get(kind, paths.data)) for kind in KINDS)

    def documents(self, recent: Iterable[tuple[str, Path]]) -> list[KnownDocument]:
        """All documents of which something is kept: ``recent`` (SHA-256 and path) first, then others."""
        kept = tally(self._paths.cache / "findings.db", "findings", "size")
        made = [tally(self._paths.data / f"{name}.db", table, "1") for name, table in _MADE]
        asked = tally(self._paths.data / f"{_THREADS[0]}.db", _THREADS[1], "1")
        names: dict[str, Path | None] = {}
        for found in (recent, *(named(self._paths.data / f"{name}.db").items() for name, _ in _MADE)):
            for sha256, path in found:
                names.setdefault(sha256, path)
        for sha256 in (*kept, *asked, *(sha256 for tallied in made for sha256 in tallied)):
            names.setdefault(sha256, None)
        return [
            KnownDocument(sha, path, kept.get(sha, 0), sum(tallied.get(sha, 0) for tallied in made))
            for sha, path in names.items()
        ]

    def erase(self, sha256: str, *, labels: bool, names: Iterable[str] = ()) -> tuple[Path, ...]:
        """Delete everything about a document from all files: its name, text and results, and what was asked of it; with
        ``labels`` what the user said of it too, and the training runs that hold sentences of it. Returns files that are
        too damaged to be looked through, which may hold something of it, as one of its ``names``.

        The engine forgets the document first, so that nothing of it is written again.
        """
        runs = list(self._runs_with(sha256)) if labels else []
        for run in runs:
            if _is_active(run):
                raise UserError("run_active", run=run.name)
        left: list[Path] = []
        for path in self._databases():
            by_hand = self._is_made_by_hand(path)
            if labels or not by_hand:
                sound = erase(path, sha256)
            elif path.name.startswith(f"{_THREADS[0]}."):
                # What the user made stays unless it is asked for; questions and answers are results.
                sound = erase(path, sha256, _THREADS[1])
            else:
                continue
            if not sound:
                left.append(path)
        for run in runs:
            _remove(run)
        # Of the program's own settings there may be a copy that names the tabs of another day.
        marks = [form.encode("utf-8", "surrogatepass") for name in names for form in (name, json.dumps(name)[1:-1])]
        for copy in sorted(self._paths.data.glob("*.damaged*.json")):
            if any(_holds(copy, mark) for mark in marks):
                left.append(copy)
        return tuple(left)

    def compact(self) -> None:
        """Write the databases anew without what was deleted from them."""
        for path in self._databases():
            if ".damaged" not in path.name:
                compact(path)

    def clear_log(self) -> None:
        """Empty the log and delete its older files."""
        for file in self._own(self._paths.log):
            try:
                if file.suffix == ".log":
                    # It is open: emptied, not deleted.
                    file.write_bytes(b"")
                else:
                    file.unlink()
            except OSError as error:
                raise cannot_write(file, error) from error

    def log_tail(self, lines: int) -> tuple[str, ...]:
        """The last lines of the log, which holds no document's text."""
        try:
            text = (self._paths.log / "docent.log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ()
        return tuple(text.splitlines()[-lines:])

    def _own(self, root: Path) -> Iterator[Path]:
        """The files of one folder of the profile, without the other two, which may lie in it (on Windows they do), and
        without other profiles."""
        paths = self._paths
        others = [each for each in (paths.data, paths.cache, paths.log) if each != root and each.is_relative_to(root)]
        others.append(root / "profiles")
        return (file for file in _files(root) if not any(file.is_relative_to(other) for other in others))

    def _databases(self) -> list[Path]:
        roots = (self._paths.data, self._paths.cache)
        return [path for root in roots if root.is_dir() for path in sorted(root.glob("*.db")) if file_bytes(path)]

    def _is_made_by_hand(self, path: Path) -> bool:
        """Databases of the data folder but the list of files: labels, notes, and copies of them."""
        return path.parent == self._paths.data and not path.name.startswith("reader.")

    def _runs_with(self, sha256: str) -> Iterator[Path]:
        # Rows name their document by the first half.
        mark = sha256[:16].encode("ascii")
        folder = self._paths.data / "runs"
        for run in sorted(folder.iterdir()) if folder.is_dir() else ():
            if any(_holds(file, mark) for file in _files(run) if file.suffix in (".json", ".jsonl", ".txt", ".csv")):
                yield run

    def _kind(self, file: Path) -> Kind:
        paths = self._paths
        if file.is_relative_to(paths.log):
            return "log"
        if ".damaged" in file.name or ".version-" in file.name:
            return "copies"
        roots = [root for root in (paths.data, paths.cache) if file.is_relative_to(root)]
        root = max(roots, key=lambda root: len(root.parts))
        top = file.relative_to(root).parts[0]
        if root == paths.data:
            kinds: dict[str, Kind] = {
                "models": "models", "incoming": "models", "runs": "runs", "settings.json": "settings",
            }  # fmt: skip
            if top in kinds:
                return kinds[top]
            return "recent" if top.startswith("reader.db") else "labels" if top.endswith(_SUFFIXES) else "settings"
        return "results" if top.startswith("findings.db") else "cache"


def _files(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.is_file()) if root.is_dir() else iter(())


def _holds(file: Path, mark: bytes) -> bool:
    before = b""
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            if mark in before + chunk:
                return True
            before = chunk[-len(mark) :]
    return False


def _is_active(run: Path) -> bool:
    """Whether a program that is there trains in it, or is about to; one that was killed left its status as it was."""
    try:
        state = json.loads((run / "run.json").read_text(encoding="utf-8"))
        if state.get("status") not in _ACTIVE:
            return False
        pid, created = int(state["owner"]["pid"]), float(state["owner"]["created"])
        return abs(psutil.Process(pid).create_time() - created) < 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError, psutil.Error):
        return False


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
