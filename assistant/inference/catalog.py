"""The installed models: the ones that ship, the user's own, which one is active, and how to go back.

A model is a folder with a manifest. Shipped models are read-only; a user's models lie in
``<data>/models/<name>/<version>``, and
``<data>/models/active.json`` points from a task to one of them. Switching rewrites that file atomically; no model is
ever
overwritten, so each version can be restored.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from assistant.errors import ModelError
from assistant.inference.class_model import ClassModel
from assistant.inference.encoder import Encoder, Graph
from assistant.inference.manifest import FILE, Manifest
from assistant.inference.own_tokenizer import FILE as TOKENIZER
from assistant.inference.own_tokenizer import OwnTokenizer
from assistant.inference.runtime import Runtime, Session
from assistant.inference.salience import SalienceModel
from assistant.inference.span_extractor import SpanExtractor
from assistant.inference.token_classifier import TokenClassifier
from assistant.inference.tokenizer import Tokenizer
from assistant.inference.vocabulary import Vocabulary
from assistant.types import ModelInfo

TASKS = ("embeddings", "entities", "answers", "summary")
BASE = "base"
_DEFAULTS = {"embeddings": BASE}
"""Tasks whose default among the shipped models has another name than theirs."""

Model = TypeVar("Model")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Installed:
    """A model's folder and what its manifest says."""

    folder: Path
    manifest: Manifest


class Catalog:
    """Finds models and loads each once. Thread-safe; the first call for a model blocks until it is loaded."""

    def __init__(self, shipped: Path, own: Path, cache: Path, runtime: Runtime) -> None:
        """``shipped``: folder of the bundled models; ``own``: the user's; ``cache``: for derived graphs."""
        self._shipped, self._own, self._cache = shipped, own, cache
        self.runtime = runtime
        self._lock = threading.RLock()
        self._tokenizer: Tokenizer | None = None
        self._vocabulary: Vocabulary | None = None
        self._loaded: dict[Path, object] = {}

    # --- loading ------------------------------------------------------------------------------------------------------

    def encoder(self) -> Encoder:
        """The shared encoder. Raises ModelError."""
        return self._load("embeddings", lambda item: Encoder(self._graph(item)))

    def entities(self) -> TokenClassifier:
        """The active entity model. Raises ModelError."""
        return self._load("entities", lambda item: TokenClassifier(self._graph(item)))

    def answers(self) -> SpanExtractor:
        """The active reader of answers. Raises ModelError."""
        return self._load("answers", lambda item: SpanExtractor(self._graph(item)))

    def summary(self) -> SalienceModel:
        """The active salience model. Raises ModelError."""
        return self._load("summary", lambda item: SalienceModel(item.manifest, self._session(item)))

    def classes(self) -> ClassModel | None:
        """The model of document types that the user activated; None where there is none. Raises ModelError."""
        with self._lock:
            if "classification" not in self._pointers():
                return None
            try:
                self.active("classification")
            except ModelError:
                return None
            return self._load("classification", lambda item: ClassModel(item.manifest, self._session(item)))

    def load_entities(self, folder: Path) -> TokenClassifier:
        """A model of a folder that need not be installed, such as one that was just trained. Raises ModelError."""
        return TokenClassifier(self._graph(Installed(folder, Manifest.read(folder))))

    def load_answers(self, folder: Path) -> SpanExtractor:
        return SpanExtractor(self._graph(Installed(folder, Manifest.read(folder))))

    def load_summary(self, folder: Path) -> SalienceModel:
        item = Installed(folder, Manifest.read(folder))
        return SalienceModel(item.manifest, self._session(item))

    def load_classes(self, folder: Path) -> ClassModel:
        item = Installed(folder, Manifest.read(folder))
        return ClassModel(item.manifest, self._session(item))

    def _load(self, task: str, make: Callable[[Installed], Model]) -> Model:
        with self._lock:
            installed = self.active(task)
            model: Any = self._loaded.get(installed.folder)
            if model is None:
                model = self._loaded[installed.folder] = make(installed)
            return model  # type: ignore[no-any-return]

    def _session(self, item: Installed) -> Session:
        return self.runtime.session(item.manifest, item.folder, self._cache)

    def _graph(self, installed: Installed) -> Graph:
        manifest, folder = installed.manifest, installed.folder
        tokenizer, vocabulary = self._base()
        if "tokenizer.npz" in manifest.files and manifest.name != BASE:
            tokenizer = Tokenizer.load(manifest.verified(folder, "tokenizer.npz"))
        elif manifest.input == "input_ids" and TOKENIZER in manifest.files:
            tokenizer = OwnTokenizer(manifest.verified(folder, TOKENIZER), manifest.settings.get("special") or {})
        return Graph(manifest, self.runtime.session(manifest, folder, self._cache), tokenizer, vocabulary)

    def _base(self) -> tuple[Tokenizer, Vocabulary]:
        """Tokenizer and vocabulary table, shared by all models that stand on the base."""
        if self._tokenizer is None or self._vocabulary is None:
            folder = self._shipped / BASE
            manifest = Manifest.read(folder)
            try:
                self._tokenizer = Tokenizer.load(manifest.verified(folder, "tokenizer.npz"))
                pieces, width = int(manifest.settings["pieces"]), int(manifest.settings["width"])
                self._vocabulary = Vocabulary(manifest.verified(folder, "vocabulary.q4"), pieces, width)
            except (OSError, ValueError, KeyError) as error:
                raise ModelError("model_unsafe", path=str(folder), why="the vocabulary cannot be read") from error
        return self._tokenizer, self._vocabulary

    # --- what is installed
    # ----------------------------------------------------------------------------------------------

    def installed(self) -> list[Installed]:
        """All models with a readable manifest, shipped ones first. A broken one is logged and left out."""
        folders = [path.parent for path in sorted(self._shipped.glob(f"*/{FILE}"))]
        folders += [path.parent for path in sorted(self._own.glob(f"*/*/{FILE}"))]
        found = []
        for folder in folders:
            try:
                found.append(Installed(folder, Manifest.read(folder)))
            except ModelError as error:
                _log.warning("%s", error)
        return found

    def active(self, task: str) -> Installed:
        """The model that ``task`` uses: the chosen one while it is there, otherwise the shipped one."""
        chosen = self._pointers().get(task)
        shipped = None
        for installed in self.installed():
            if installed.manifest.task == task:
                if installed.manifest.id == chosen:
                    return installed
                if self.is_default(installed.folder, task):
                    shipped = installed
        if shipped is None:
            raise ModelError("model_missing", task=task, path=str(self._shipped))
        return shipped

    def is_default(self, folder: Path, task: str) -> bool:
        """Whether ``task`` uses the model there while the user chose no other. Others may ship beside it."""
        return folder.parent == self._shipped and folder.name == _DEFAULTS.get(task, task)

    def name(self, task: str) -> str:
        """``name@version`` of the active model, without loading it."""
        return self.active(task).manifest.id

    def activate(self, task: str, model: str | None) -> None:
        """Make ``model`` (``name@version``) the one that ``task`` uses; None goes back to the shipped one.

        Raises ModelError ``model_missing``; the pointer before stays then.
        """
        with self._lock:
            if model is not None and not any(
                item.manifest.id == model and item.manifest.task == task for item in self.installed()
            ):
                raise ModelError("model_missing", task=task, path=model)
            pointers = self._pointers()
            pointers.pop(task, None)
            if model is not None:
                pointers[task] = model
            self._own.mkdir(parents=True, exist_ok=True)
            aside = self._own / "active.json.tmp"
            aside.write_text(json.dumps(pointers, indent=1), encoding="utf-8")
            aside.replace(self._own / "active.json")

    def models(self) -> list[ModelInfo]:
        """What the window and ``docent models`` list."""
        pointers = {task: self._active_folder(task) for task in TASKS}
        return [
            ModelInfo(
                item.manifest.name,
                item.manifest.task,
                item.manifest.version,
                item.manifest.licence,
                item.manifest.size,
                pointers.get(item.manifest.task) == item.folder,
                item.manifest.labels,
                item.manifest.metrics,
            )
            for item in self.installed()
        ]

    def _active_folder(self, task: str) -> Path | None:
        try:
            return self.active(task).folder
        except ModelError:
            return None

    def _pointers(self) -> dict[str, str]:
        path = self._own / "active.json"
        if not path.is_file():
            return {}
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return {str(task): str(model) for task, model in stored.items()}
        except (OSError, ValueError, AttributeError):
            _log.warning("%s cannot be read; the shipped models are used", path)
            return {}
