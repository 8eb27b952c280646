"""Import of a model's folder: looked at before anything of it is loaded. No torch here.

A folder of Docent's own (``manifest.json``) is checked and installed. A folder of Transformers has to stand on the
shared vocabulary; it becomes an int8 model over it. Pickles, code, links out of the folder and wrong hashes are
refused.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from assistant.errors import ModelError, UserError
from assistant.inference.manifest import FILE, Manifest, inside, sha256_of
from assistant.jobs import JobContext
from assistant.training.exporting import run_tool
from assistant.training.steps import Task
from assistant.training.versions import Versions

PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".msgpack", ".h5")
INFO = "docent.json"


def import_folder(folder: Path, shipped: Path, versions: Versions, ctx: JobContext, task: Task | None) -> str:
    """Install what is in ``folder``; the new version's id. Raises ModelError, UserError."""
    folder = folder.resolve()
    if not folder.is_dir():
        raise UserError("file_not_found", path=str(folder))
    refuse_unsafe(folder)
    if (folder / FILE).is_file():
        manifest = _own(folder, shipped)
        _fits(manifest.task, task, folder)
        return versions.install(folder, _name(manifest.name, versions))
    config = read_object(folder / "config.json")
    if not (folder / "model.safetensors").is_file():
        raise ModelError("model_unsafe", path=str(folder), why="it has neither manifest.json nor model.safetensors")
    _refuse_unfit(folder, config, shipped)
    with tempfile.TemporaryDirectory(prefix="docent-import-") as place:
        made = Path(place) / "model"
        found = run_tool("import", folder, shipped, made, ctx)
        _fits(found["task"], task, folder)
        return versions.install(made, _name(Manifest.read(made).name, versions))


def _own(folder: Path, shipped: Path) -> Manifest:
    manifest = Manifest.read(folder)
    base = Manifest.read(shipped / "base")
    if manifest.input == "inputs_embeds" and manifest.base != base.id:
        why = f"it stands on {manifest.base or 'an unknown base'}, and Docent's is {base.id}"
        raise ModelError("model_incompatible", path=str(folder), why=why)
    for name in manifest.files:
        manifest.verified(folder, name)
    manifest.verified_graph(folder)
    return manifest


def refuse_unsafe(folder: Path) -> None:
    """No pickles, no programs, no links that lead out. Raises ModelError."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not inside(folder, name):
            raise ModelError("model_unsafe", path=str(path), why="it is a link that leads out of the folder")
        if path.suffix.lower() in PICKLES or (path.is_file() and _is_pickle(path)):
            raise ModelError("model_pickle", path=str(folder), name=name)
        if path.suffix.lower() == ".py":
            raise ModelError("model_unsafe", path=str(path), why="it is a program, and no model needs one")


def _is_pickle(path: Path) -> bool:
    """By its first bytes: a pickle of protocol 2 or later, or a ZIP as torch writes it."""
    with path.open("rb") as file:
        head = file.read(4)
    return (len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5) or head == b"PK\x03\x04"


def _refuse_unfit(folder: Path, config: dict[str, Any], shipped: Path) -> None:
    if config.get("auto_map"):
        raise ModelError("model_unsafe", path=str(folder), why="it wants to run code of its own (auto_map)")
    settings = Manifest.read(shipped / "base").settings
    if config.get("vocab_size") != int(settings["pieces"]):
        found = str(config.get("vocab_size", "an unknown number of"))
        raise ModelError("model_vocabulary", path=str(folder), found=found, expected=int(settings["pieces"]))
    if config.get("model_type") != "bert" or config.get("hidden_size") != int(settings["width"]):
        found = f"{config.get('model_type')} of width {config.get('hidden_size')}"
        why = f"it is a {found}, not a bert of width {settings['width']}"
        raise ModelError("model_incompatible", path=str(folder), why=why)
    refuse_changed(folder)


def refuse_changed(folder: Path) -> None:
    """Where the folder notes the hashes of its files, they have to be right. Raises ModelError."""
    if (folder / INFO).is_file():
        for name, item in read_object(folder / INFO).get("files", {}).items():
            path = folder / name
            if not inside(folder, name) or not path.is_file() or sha256_of(path) != item["sha256"]:
                raise ModelError("model_damaged", path=str(path))


def read_object(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError("model_unsafe", path=str(path.parent), why=f"{path.name} is missing") from error
    except (OSError, ValueError) as error:
        raise ModelError("model_unsafe", path=str(path), why="it cannot be read") from error
    if not isinstance(values, dict):
        raise ModelError("model_unsafe", path=str(path), why="it cannot be read")
    return values


def _fits(found: str, wanted: Task | None, folder: Path) -> None:
    if wanted is not None and found != wanted:
        raise ModelError("model_incompatible", path=str(folder), why=f"it is a model of {found}, not of {wanted}")


def _name(name: str, versions: Versions) -> str:
    """Fit for a folder, and not that of a shipped model."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:50] or "imported"
    shipped = {row.name for row in versions.all() if row.shipped}
    return f"my-{plain}" if plain in shipped else plain
