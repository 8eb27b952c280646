"""Versions of models: listed with their lineage, compared, installed, activated, rolled back, renamed, deleted.

``<data>/models`` is the catalog's folder of the user's own models. Beside its ``active.json`` lie ``before.json`` (what
was active before, by task, oldest first) and ``titles.json``. A new version is copied to ``<data>/incoming`` and moved
in place in one step, so that one is there whole or not at all. No torch.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import ModelError, UsageError
from assistant.inference.manifest import Manifest
from assistant.training.files import copy_folder, write_json, writing
from assistant.training.steps import Comparison, Version

if TYPE_CHECKING:
    from assistant.inference.catalog import Catalog, Installed

_log = logging.getLogger(__name__)
BEFORE, TITLES = "before.json", "titles.json"
LAST = "last.json"
"""The highest number that a deleted version of a name had."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


class Versions:
    """See the module. Blocks for moments; not for the main thread. Thread-safe as the catalog is."""

    def __init__(self, catalog: Callable[[], Catalog], shipped: Path, own: Path) -> None:
        self._catalog, self._shipped, self._own = catalog, shipped, own
        self._incoming = own.parent / "incoming"

    # --- looking ---

    def all(self) -> tuple[Version, ...]:
        """By task, the user's own first, newest first."""
        titles = self._read(TITLES)
        catalog = self._catalog()
        active: dict[str, Path] = {}
        rows = []
        for item in catalog.installed():
            task = item.manifest.task
            if task not in active:
                try:
                    active[task] = catalog.active(task).folder
                except ModelError:
                    active[task] = Path()
            rows.append(self._version(item, active[task] == item.folder, titles))
        return tuple(sorted(rows, key=lambda row: (row.task, row.shipped, -row.created, row.id)))

    def one(self, version: str) -> Version:
        """Raises UsageError ``version_missing``."""
        found = next((row for row in self.all() if row.id == version), None)
        if found is None:
            raise UsageError("version_missing", model=version)
        return found

    def compare(self, one: str, other: str) -> Comparison:
        first, second = self.one(one), self.one(other)
        labels = list(dict.fromkeys([*first.labels, *second.labels]))
        metrics = list(dict.fromkeys([*first.metrics, *second.metrics]))
        return Comparison(
            first,
            second,
            tuple((label, label in first.labels, label in second.labels) for label in labels),
            tuple((name, first.metrics.get(name), second.metrics.get(name)) for name in metrics),
        )

    def _version(self, item: Installed, active: bool, titles: dict[str, Any]) -> Version:
        manifest, training = item.manifest, item.manifest.training
        labels = training.get("labels")
        recipe = training.get("recipe")
        parent = training.get("parent") or (recipe.get("start", "") if isinstance(recipe, dict) else "")
        tags = tuple(dict.fromkeys(label[2:] for label in manifest.labels if label[1:2] == "-"))
        return Version(
            manifest.id,
            manifest.name,
            manifest.version,
            manifest.task,
            str(titles.get(manifest.id, manifest.id)),
            active,
            item.folder.parent == self._shipped,
            str(parent),
            float(training.get("created") or 0.0),
            manifest.size,
            manifest.precision,
            tags or manifest.labels,
            manifest.metrics,
            int(labels.get("documents", 0)) if isinstance(labels, dict) else 0,
            manifest.licence,
            item.folder,
        )

    # --- changing ---

    def install(self, folder: Path, name: str, **changes: Any) -> str:
        """Copy a verified model folder in as the next version of ``name``; its id. Raises ModelError, UserError.

        ``changes`` are fields of the manifest.
        """
        if not _NAME.fullmatch(name):
            raise UsageError("usage", why=f"{name} cannot be the name of a model. Use letters, digits and hyphens.")
        manifest = Manifest.read(folder)
        manifest.verified_graph(folder)
        for file in manifest.files:
            manifest.verified(folder, file)
        with writing(self._own):
            (self._own / name).mkdir(parents=True, exist_ok=True)
            self._incoming.mkdir(parents=True, exist_ok=True)
        aside = self._incoming / uuid.uuid4().hex
        copy_folder(folder, aside)
        try:
            while True:
                version = str(self._next(name))
                with writing(aside):
                    replace(manifest, name=name, version=version, **changes).write(aside)
                target = self._own / name / version
                try:
                    aside.rename(target)
                except FileExistsError:
                    continue
                except OSError:
                    # Another window took the number just now (a folder that is not empty is no FileExistsError).
                    if target.exists():
                        continue
                    raise
                _flush(target.parent)
                return f"{name}@{version}"
        except OSError as error:
            with writing(self._own):
                raise error
            raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _next(self, name: str) -> int:
        numbers = [int(path.name) for path in (self._own / name).iterdir() if path.name.isdecimal()]
        # Never one that was deleted: results are kept, and runs remember what they made, under its name.
        return max([*numbers, int(self._read(LAST).get(name, 0))]) + 1

    def activate(self, version: str) -> Version:
        """Raises UsageError ``version_missing``, ModelError of one that is damaged; the pointer then stays."""
        chosen = self.one(version)
        if chosen.active:
            return chosen
        Manifest.read(chosen.folder).verified_graph(chosen.folder)
        before = self._active_id(chosen.task)
        history = self._read(BEFORE)
        # First the way back, then the step: one that is not taken after all is passed over by roll_back.
        write_json(self._own / BEFORE, history | {chosen.task: [*history.get(chosen.task, []), before][-50:]})
        self._point(chosen)
        return replace(chosen, active=True)

    def roll_back(self, task: str) -> Version:
        """To the version that was active before and is still there. Raises UsageError ``no_version_before``."""
        history = self._read(BEFORE)
        earlier = list(history.get(task, []))
        current = self._active_id(task)
        while earlier:
            name = earlier.pop()
            if name == current:
                continue
            if name == "":
                with writing(self._own):
                    self._catalog().activate(task, None)
            else:
                found = next((row for row in self.all() if row.id == name and row.task == task), None)
                if found is None:
                    continue
                Manifest.read(found.folder).verified_graph(found.folder)
                self._point(found)
            write_json(self._own / BEFORE, history | {task: earlier})
            if name:
                return self.one(name)
            return next(row for row in self.all() if row.id == current)
        raise UsageError("no_version_before", task=task)

    def _point(self, version: Version) -> None:
        catalog = self._catalog()
        with writing(self._own):
            # The shipped default is followed by its newer ones: no pointer.
            default = catalog.is_default(version.folder, version.task)
            catalog.activate(version.task, None if default else version.id)

    def _active_id(self, task: str) -> str:
        """Empty where the task has no model yet."""
        try:
            return self._catalog().name(task)
        except ModelError:
            return ""

    def rename(self, version: str, title: str) -> Version:
        found = self.one(version)
        titles = self._read(TITLES)
        title = " ".join(title.split())
        if title:
            titles[version] = title
        else:
            titles.pop(version, None)
        write_json(self._own / TITLES, titles)
        return replace(found, title=title or version)

    def delete(self, version: str) -> None:
        """Raises UsageError ``version_active``, ``version_shipped``, ``version_missing``."""
        found = self.one(version)
        if found.shipped:
            raise UsageError("version_shipped", model=version)
        if found.active:
            raise UsageError("version_active", model=version)
        with writing(self._own):
            last, number = self._read(LAST), found.folder.name
            if number.isdecimal():
                name = found.folder.parent.name
                write_json(self._own / LAST, last | {name: max(int(number), int(last.get(name, 0)))})
            self._incoming.mkdir(parents=True, exist_ok=True)
            # Gone in one step; the files follow.
            aside = self._incoming / uuid.uuid4().hex
            found.folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
        titles = self._read(TITLES)
        if titles.pop(version, None) is not None:
            write_json(self._own / TITLES, titles)

    def _read(self, name: str) -> dict[str, Any]:
        path = self._own / name
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            return values if isinstance(values, dict) else {}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            _log.warning("%s cannot be read: %s", path, error)
            return {}


def _flush(folder: Path) -> None:
    """The folder's own entry is on the disk too, where the system can do that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
