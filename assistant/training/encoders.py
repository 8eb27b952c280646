"""Which encoder a run may start from: a folder of Transformers is looked at before anything of it is loaded.

No torch and no network here. What is wrong with a folder is a ModelError with a sentence. A downloaded folder
(:mod:`assistant.training.hub`) and one that Docent exported note the hashes of their files, which are checked each
time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from assistant.errors import ModelError, UserError
from assistant.training.importing import read_object, refuse_changed, refuse_unsafe

KINDS: Final = {
    "bert": "BertOnnxConfig",
    "roberta": "RobertaOnnxConfig",
    "xlm-roberta": "XLMRobertaOnnxConfig",
    "camembert": "CamembertOnnxConfig",
}
"""Kinds of encoders, and optimum's description of each graph."""
WEIGHTS: Final = "model.safetensors"
LEAST_POSITIONS: Final = 512
"""What Docent gives to a model at once."""
HUB: Final = "hub:"


def checked(folder: Path) -> Path:
    """The folder as an encoder that can be started from. Raises ModelError, UserError ``folder_missing``."""
    folder = folder.expanduser()
    if not folder.is_dir():
        raise UserError("folder_missing", path=str(folder))
    folder = folder.resolve()
    if folder.parent == folder or len(list(folder.iterdir())) > 200:
        # The root of a disk, a home: not a model's folder, and not to be searched through.
        raise ModelError("model_unsafe", path=str(folder), why="it is no model's folder")
    config_path = folder / "config.json"
    if not config_path.is_file():
        raise ModelError("model_unsafe", path=str(folder), why="it has no config.json of Transformers")
    refuse_unsafe(folder)
    config = read_object(config_path)
    if config.get("auto_map"):
        raise ModelError("model_unsafe", path=str(folder), why="it wants to run code of its own (auto_map)")
    kind = config.get("model_type")
    if kind not in KINDS:
        why = f"it is a {kind}, and encoders like {', '.join(KINDS)} can be trained"
        raise ModelError("model_incompatible", path=str(folder), why=why)
    refuse_changed(folder)
    for name in (WEIGHTS, "tokenizer.json"):
        if not (folder / name).is_file():
            raise ModelError("model_unsafe", path=str(folder), why=f"{name} is missing")
    positions = int(config.get("max_position_embeddings", 0)) - (0 if kind == "bert" else 2)
    if positions < LEAST_POSITIONS:
        why = f"it reads {positions} pieces at once, and Docent needs {LEAST_POSITIONS}"
        raise ModelError("model_incompatible", path=str(folder), why=why)
    special_ids(folder)
    _fitting(folder, config)
    return folder


def _fitting(folder: Path, config: dict[str, Any]) -> None:
    """Whether each piece of the tokenizer has a vector in the weights."""
    pieces = max(_ids(folder).values(), default=-1) + 1
    rows = next((shape[0] for name, shape in _shapes(folder) if name.endswith("word_embeddings.weight")), 0)
    expected = min(rows, int(config.get("vocab_size", 0)))
    if not 0 < pieces <= expected:
        raise ModelError("model_tokenizer", path=str(folder), found=pieces, expected=expected)


def _ids(folder: Path) -> dict[str, int]:
    values = read_object(folder / "tokenizer.json")
    try:
        vocabulary = values["model"]["vocab"]
        # Unigram has a list of pieces with their scores.
        rows = vocabulary.items() if isinstance(vocabulary, dict) else ((row[0], n) for n, row in enumerate(vocabulary))
        found = {str(piece): int(number) for piece, number in rows}
        return found | {str(row["content"]): int(row["id"]) for row in values.get("added_tokens") or ()}
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ModelError("model_unsafe", path=str(folder), why="its tokenizer cannot be read") from error


def _shapes(folder: Path) -> list[tuple[str, list[int]]]:
    """Name and shape of each tensor, from the header of the safetensors file."""
    path = folder / WEIGHTS
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if size > 100_000_000:
                raise ValueError("the header is too long")
            header = json.loads(file.read(size))
        return [(name, item["shape"]) for name, item in header.items() if name != "__metadata__" and item["shape"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError("model_unsafe", path=str(path), why="it is no safetensors file") from error


def special_ids(folder: Path) -> dict[str, int]:
    """Ids of what begins, ends and fills up a row. Raises ModelError where the tokenizer has none."""
    ids = _ids(folder)
    pairs = {"bos": ("[CLS]", "<s>"), "eos": ("[SEP]", "</s>"), "pad": ("[PAD]", "<pad>")}
    found = {name: next((ids[token] for token in tokens if token in ids), -1) for name, tokens in pairs.items()}
    if min(found.values()) < 0:
        raise ModelError("model_unsafe", path=str(folder), why="its tokenizer has no [CLS], [SEP] and [PAD]")
    return found


def is_hub_id(start: str) -> bool:
    """``hub:owner/name``, or a name with one slash that is no path."""
    if start.startswith(HUB):
        return True
    return (
        start.count("/") == 1 and not Path(start).is_absolute() and start[0] not in "./~" and not Path(start).exists()
    )


def is_folder(start: str) -> bool:
    return not start.startswith(HUB) and ("/" in start or "\\" in start)
