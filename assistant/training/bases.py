"""What a run may start from: the encoder, a version, a folder of Transformers, an id of the hub. No torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import ModelError, UsageError, UserError
from assistant.inference.manifest import FILE as MANIFEST
from assistant.inference.manifest import Manifest
from assistant.jobs import JobContext
from assistant.training import encoders, hub
from assistant.training.steps import Task
from assistant.training.versions import Versions

if TYPE_CHECKING:
    from assistant.inference.catalog import Catalog

OWN = "transformers"
"""Folder of the weights in a model with a vocabulary of its own."""


class Bases:
    """See the module. ``network``: whether the user allows downloads of models now. Thread-safe."""

    def __init__(
        self,
        data: Path,
        shipped: Path,
        versions: Versions,
        catalog: Callable[[], Catalog],
        network: Callable[[], bool],
    ) -> None:
        self._data, self._shipped, self._versions = data, shipped, versions
        self._catalog, self._network = catalog, network

    def starts(self, task: Task) -> tuple[str, ...]:
        """Models that training can go on from, the active one first; ``base`` is the encoder alone."""
        if task == "classification":
            return ("base",)
        rows = sorted(
            (row for row in self._versions.all() if row.task == task and self._stands_on_base(row.folder)),
            key=lambda row: not row.active,
        )
        # A reader is not made of a few labels alone.
        return (*(row.id for row in rows), *(() if task == "answers" else ("base",)))

    def _stands_on_base(self, folder: Path) -> bool:
        manifest = Manifest.read(folder)
        if manifest.input == "input_ids":
            # A vocabulary of its own: its weights lie beside the graph.
            return f"{OWN}/config.json" in manifest.files
        return manifest.base == Manifest.read(self._shipped / "base").id

    def start_of(self, task: Task, start: str) -> tuple[str, Path | None]:
        """Id and folder of the model that training starts from: one of Docent's, or a folder of Transformers.

        Raises UserError, ModelError for what cannot be started from, ``network_off`` for a hub id that is not here.
        """
        if task == "classification" or (start == "base" and task != "answers"):
            return "", None
        if start == "base":
            raise UsageError("version_missing", model=start)
        if task != "entities" and start and (encoders.is_hub_id(start) or encoders.is_folder(start)):
            # A head over Docent's encoder, and a reader made of much more than labels, stand on what ships.
            raise UserError("base_entities_only")
        if encoders.is_hub_id(start):
            place = hub.place_of(self._data, start)
            if not place.is_dir():
                raise UserError("network_off", name=start.removeprefix(encoders.HUB))
            return start, encoders.checked(place)
        if encoders.is_folder(start):
            return start, encoders.checked(Path(start))
        if not start:
            current = self._catalog().active(task)
            start = current.manifest.id
        row = self._versions.one(start)
        if not self._stands_on_base(row.folder):
            raise ModelError("model_incompatible", path=str(row.folder), why="it has a vocabulary of its own")
        if Manifest.read(row.folder).input == "input_ids":
            manifest = Manifest.read(row.folder)
            for name in manifest.files:
                if name.startswith(f"{OWN}/"):
                    manifest.verified(row.folder, name)
            return row.id, encoders.checked(row.folder / OWN)
        return row.id, row.folder

    def fetch(self, task: Task, start: str, ctx: JobContext) -> None:
        """Download the encoder that ``start`` names, where it is a hub id that is not here yet and the user allows it.

        Blocks. Raises UserError ``network_off``, ``download_failed``; ModelError; Cancelled.
        """
        if task == "entities" and encoders.is_hub_id(start) and not hub.place_of(self._data, start).is_dir():
            if not self._network():
                raise UserError("network_off", name=start.removeprefix(encoders.HUB))
            hub.fetch(self._data, start, ctx)

    @staticmethod
    def known(place: Path | None) -> tuple[str, ...]:
        """The classes that the model in ``place`` knows; none of an encoder alone, or of another's folder."""
        if place is None:
            return ()
        folder = place.parent if place.name == OWN and not (place / MANIFEST).is_file() else place
        return classes_of(Manifest.read(folder)) if (folder / MANIFEST).is_file() else ()


def classes_of(manifest: Manifest) -> tuple[str, ...]:
    """Labels without BIO tags."""
    tags = tuple(dict.fromkeys(label[2:] for label in manifest.labels if label[1:2] == "-"))
    return tags or manifest.labels
