"""A model's manifest: what it is, how it was made, how good it is, and the hash of every file.

Nothing is loaded that the manifest does not name with its SHA-256; a graph that refers to data outside of its folder is
refused before ONNX Runtime sees it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from assistant.errors import ModelError

FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class ModelFile:
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """``manifest.json`` of a model's folder."""

    name: str
    task: str
    """``embeddings``, ``entities``, ``answers`` or ``summary``."""
    version: str
    licence: str
    files: dict[str, ModelFile]
    graph: str = "model.onnx"
    precision: str = "int8"
    input: str = "inputs_embeds"
    """``inputs_embeds``: looked up in the shared vocabulary; ``input_ids``: the model brings its own."""
    base: str = ""
    labels: tuple[str, ...] = ()
    calibration: dict[str, float] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    description: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    """What the task's code needs to know of the graph (sizes, limits)."""
    training: dict[str, Any] = field(default_factory=dict)
    """The recipe that made it."""

    @property
    def id(self) -> str:
        """``name@version``, as it stands in cache keys and results."""
        return f"{self.name}@{self.version}"

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files.values())

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Raises ModelError ``model_missing`` or ``model_unsafe``."""
        path = folder / FILE
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            files = {name: ModelFile(str(item["sha256"]), int(item["size"])) for name, item in values["files"].items()}
            known = {key: value for key, value in values.items() if key in cls.__slots__ and key != "files"}
            if "labels" in known:
                known["labels"] = tuple(known["labels"])
            return cls(files=files, **known)
        except FileNotFoundError as error:
            raise ModelError("model_missing", task=folder.name, path=str(folder)) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError("model_unsafe", path=str(path), why="its manifest cannot be read") from error

    def write(self, folder: Path) -> None:
        values = {name: getattr(self, name) for name in self.__slots__}
        values["files"] = {name: {"sha256": item.sha256, "size": item.size} for name, item in self.files.items()}
        aside = folder / f"{FILE}.tmp"
        aside.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        aside.replace(folder / FILE)

    def verified(self, folder: Path, name: str) -> Path:
        """Path of a file of this model whose hash was checked just now. Raises ModelError."""
        listed = self.files.get(name)
        path = folder / name
        if listed is None:
            raise ModelError("model_unsafe", path=str(path), why="its manifest does not name this file")
        if not inside(folder, name):
            raise ModelError("model_unsafe", path=str(path), why="the file lies outside of the model's folder")
        if not path.is_file():
            raise ModelError("model_missing", task=self.task, path=str(path))
        if path.stat().st_size != listed.size or sha256_of(path) != listed.sha256:
            raise ModelError("model_damaged", path=str(path))
        return path

    def verified_graph(self, folder: Path) -> Path:
        """The graph, checked as :meth:`verified` does, and any data file that it refers to."""
        path = self.verified(folder, self.graph)
        try:
            locations = set(external_locations(path.read_bytes()))
        except (IndexError, ValueError) as error:
            raise ModelError("model_unsafe", path=str(path), why="it is not an ONNX graph") from error
        for location in locations:
            if location not in self.files or not inside(folder, location):
                raise ModelError("model_unsafe", path=str(path), why="it refers to data outside of the model's folder")
            self.verified(folder, location)
        return path


def describe(folder: Path, names: list[str]) -> dict[str, ModelFile]:
    """Hash and size of each named file of ``folder``."""
    return {name: ModelFile(sha256_of(folder / name), (folder / name).stat().st_size) for name in names}


def inside(folder: Path, name: str) -> bool:
    """Whether ``name`` is a relative path that stays in ``folder``, also through links."""
    pure = PurePosixPath(name.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or ":" in name:
        return False
    return (folder / name).resolve().is_relative_to(folder.resolve())


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


# --- the part of the ONNX format that tells where tensors' data lies --------------------------------------------------
#
# Reading needs no `onnx` package for this: protocol buffers are (field number, wire type, value) triples. From the
# schema (onnx.proto): ModelProto.graph = 7, .functions = 25; GraphProto.node = 1, .initializer = 5,
# .sparse_initializer = 15; FunctionProto.node = 7, .attribute_proto = 11; NodeProto.attribute = 5;
# AttributeProto.t = 5, .g = 6, .tensors = 10, .graphs = 11, .sparse_tensor = 22, .sparse_tensors = 23;
# SparseTensorProto.values = 1, .indices = 2; TensorProto.external_data = 13
# (StringStringEntryProto key = 1, value = 2).

_GRAPH, _TENSOR, _NODE, _ATTRIBUTE, _FUNCTION, _SPARSE, _MODEL = range(7)
_CHILDREN: dict[int, dict[int, int]] = {
    _MODEL: {7: _GRAPH, 25: _FUNCTION},
    _GRAPH: {1: _NODE, 5: _TENSOR, 15: _SPARSE},
    _FUNCTION: {7: _NODE, 11: _ATTRIBUTE},
    _NODE: {5: _ATTRIBUTE},
    _ATTRIBUTE: {5: _TENSOR, 6: _GRAPH, 10: _TENSOR, 11: _GRAPH, 22: _SPARSE, 23: _SPARSE},
    _SPARSE: {1: _TENSOR, 2: _TENSOR},
}


def external_locations(model: bytes) -> Iterator[str]:
    """Where the tensors of a serialized ``ModelProto`` keep data outside of it. Raises ValueError or IndexError."""
    pending = [(_MODEL, memoryview(model))]
    while pending:
        kind, data = pending.pop()
        for number, value in _fields(data):
            if kind == _TENSOR:
                if number == 13:
                    entry = {key: bytes(item).decode("utf-8") for key, item in _fields(value)}
                    if entry.get(1) == "location":
                        yield entry.get(2, "")
            elif (child := _CHILDREN[kind].get(number)) is not None:
                pending.append((child, value))


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The length-delimited fields of a message."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            _, at = _varint(data, at)
        elif wire == 1:
            at += 8
        elif wire == 5:
            at += 4
        elif wire == 2:
            size, at = _varint(data, at)
            if at + size > end:
                raise ValueError("a field runs over the end of its message")
            yield number, data[at : at + size]
            at += size
        else:
            raise ValueError(f"wire type {wire}")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")
