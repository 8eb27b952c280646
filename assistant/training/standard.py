"""Docent's models as standard folders of Transformers, and back. Torch: a process of its own.

``python -m assistant.training.standard export MODEL_FOLDER SHIPPED TARGET`` writes ``config.json``,
``model.safetensors``, ``tokenizer.json`` and ``model.onnx`` (``input_ids`` in, vocabulary table inside), which
``transformers`` and ``optimum.onnxruntime`` load as they are, and ``docent.json`` with calibration and hashes.
``... import FOLDER SHIPPED TARGET`` makes a Docent model of such a folder. The last line of stdout is a JSON object, an
error ``{"error": code, "params": {...}}``.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from assistant.errors import DocentError, ModelError
from assistant.inference.manifest import Manifest, describe
from assistant.inference.vocabulary import Vocabulary
from assistant.training import modeling
from assistant.training.bases import OWN

INFO = "docent.json"
_CLASSES: dict[str, tuple[Callable[..., Any], str]] = {
    "entities": (transformers.BertForTokenClassification, "token-classification"),
    "answers": (transformers.BertForQuestionAnswering, "question-answering"),
    "embeddings": (transformers.BertModel, "feature-extraction"),
}
SPECIAL = {
    "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>", "cls_token": "<s>",
    "pad_token": "<pad>", "mask_token": "<mask>",
}  # fmt: skip


def export_folder(folder: Path, shipped: Path, target: Path) -> dict[str, Any]:
    """Write the standard folder of the model in ``folder``. Raises ModelError, OSError."""
    manifest = Manifest.read(folder)
    if manifest.input == "input_ids" and (folder / OWN).is_dir():
        # It is one already: its weights, and the graph that takes ids.
        for name in manifest.files:
            manifest.verified(folder, name)
        shutil.copytree(folder / OWN, target, dirs_exist_ok=True)
        shutil.copyfile(manifest.verified_graph(folder), target / "model.onnx")
        return _described(manifest, target)
    if manifest.task not in _CLASSES or manifest.input != "inputs_embeds":
        why = "it is a small head over Docent's encoder, which Transformers has no class for"
        raise ModelError("model_incompatible", path=str(folder), why=why)
    base = shipped / "base"
    model = _whole(manifest, folder, base)
    target.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(target, safe_serialization=True)
    tokenizer = _tokenizer(base)
    tokenizer.save_pretrained(target)
    _export_onnx(model, _CLASSES[manifest.task][1], target / "model.onnx")
    return _described(manifest, target)


def _described(manifest: Manifest, target: Path) -> dict[str, Any]:
    """``docent.json`` beside the files of a folder that is complete but for it."""
    names = sorted(path.name for path in target.iterdir() if path.is_file())
    values = {
        "name": manifest.name, "version": manifest.version, "task": manifest.task, "licence": manifest.licence,
        "description": manifest.description, "labels": list(manifest.labels), "calibration": manifest.calibration,
        "metrics": manifest.metrics, "settings": manifest.settings, "base": manifest.base,
        "files": {name: asdict(item) for name, item in describe(target, names).items()},
    }  # fmt: skip
    (target / INFO).write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return {"files": [*names, INFO]}


def _whole(manifest: Manifest, folder: Path, base: Path) -> Any:
    """The module with its weights and the whole vocabulary table."""
    from assistant.training.start import read_weights

    settings = Manifest.read(base).settings
    pieces, width = int(settings["pieces"]), int(settings["width"])
    config = modeling.configuration(base, labels=manifest.labels)
    if manifest.task == "embeddings":
        model: Any = modeling.load_encoder(base)
        state = model.state_dict()
    else:
        state = {key: torch.from_numpy(item) for key, item in read_weights(manifest.verified_graph(folder)).items()}
        layers = {int(key.split(".")[3]) for key in state if key.startswith("bert.encoder.layer.")}
        config.num_hidden_layers = len(layers)
    config.vocab_size = pieces
    made = _CLASSES[manifest.task][0](config, **({"add_pooling_layer": False} if manifest.task == "embeddings" else {}))
    table = Vocabulary(base / "vocabulary.q4", pieces, width).lookup(np.arange(pieces, dtype=np.int64))
    prefix = "" if manifest.task == "embeddings" else "bert."
    state[f"{prefix}embeddings.word_embeddings.weight"] = torch.from_numpy(table)
    made.load_state_dict(state, strict=True)
    return made.eval()


def _tokenizer(base: Path) -> Any:
    from tokenizers.processors import TemplateProcessing

    from assistant.training.fast_tokenizer import fast_tokenizer

    backend = fast_tokenizer(base / "tokenizer.npz")
    ids = {token: backend.token_to_id(token) for token in ("<s>", "</s>")}
    backend.post_processor = TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=list(ids.items())
    )
    return transformers.PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=512, **SPECIAL)


def _export_onnx(model: Any, task: str, path: Path) -> None:
    from optimum.exporters.onnx import export
    from optimum.exporters.onnx.model_configs import BertOnnxConfig

    from assistant.training.export import OPSET

    with torch.inference_mode():
        export(model, BertOnnxConfig(model.config, task=task), path, opset=OPSET, do_constant_folding=True)


def import_folder(folder: Path, shipped: Path, target: Path) -> dict[str, Any]:
    """A Docent model, int8 over the shared table, of a folder of Transformers that stands on it. Raises ModelError.

    :mod:`assistant.training.importing` has looked at the folder's files before.
    """
    from assistant.training.export import export_int8
    from assistant.training.publish import verify_half, verify_parity

    base = shipped / "base"
    known = json.loads((folder / INFO).read_text(encoding="utf-8")) if (folder / INFO).is_file() else {}
    config = transformers.AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    task = next(
        (name for name, (kind, _) in _CLASSES.items() if config.architectures == [getattr(kind, "__name__", "")]), ""
    )
    if task not in ("entities", "answers"):
        found = ", ".join(config.architectures or ["nothing"])
        raise ModelError("model_incompatible", path=str(folder), why=f"its architecture is {found}")
    whole = _CLASSES[task][0].from_pretrained(  # type: ignore[attr-defined]
        str(folder), local_files_only=True, use_safetensors=True, trust_remote_code=False
    )
    _same_table(whole.bert.embeddings.word_embeddings.weight.detach().float().numpy(), folder, base)
    labels = tuple(whole.config.id2label[index] for index in range(whole.config.num_labels))
    if task == "entities" and (labels[:1] != ("O",) or any(label[:2] not in ("B-", "I-") for label in labels[1:])):
        raise ModelError("model_incompatible", path=str(folder), why="its labels are not O, B-NAME and I-NAME")
    model: Any
    if task == "entities":
        model = modeling.load_token_classifier(base, labels, layers=whole.config.num_hidden_layers)
    else:
        model = modeling.load_span_extractor(base, layers=whole.config.num_hidden_layers)
    state = whole.state_dict()
    state["bert.embeddings.word_embeddings.weight"] = model.state_dict()["bert.embeddings.word_embeddings.weight"]
    model.load_state_dict(state, strict=True)
    target.mkdir(parents=True, exist_ok=True)
    settings: dict[str, Any] = {"max_tokens": 384, "stride": 128} if task == "answers" else {}
    settings["parity"] = verify_parity(model, task, target)
    export_int8(model, task, target / "model.onnx")
    try:
        settings["half"] = verify_half(target / "model.onnx", base)
    except ModelError:
        settings["half"] = 1.0
    calibration = {"temperature": 1.0, "threshold": 0.5} if task == "entities" else {}
    Manifest(
        name=str(known.get("name") or folder.name),
        task=task,
        version="1",
        licence=str(known.get("licence") or ""),
        description=str(known.get("description") or f"Imported from {folder.name}."),
        files=describe(target, ["model.onnx"]),
        base=Manifest.read(base).id,
        labels=labels if task == "entities" else (),
        calibration=known.get("calibration") or calibration,
        metrics=known.get("metrics") or {},
        settings=settings,
        training={"imported": folder.name, "created": time.time()},
    ).write(target)
    return {"task": task}


def _same_table(table: Any, folder: Path, base: Path) -> None:
    """Whether the folder's vocabulary is the shared one, at 500 places all over it. Raises ModelError."""
    settings = Manifest.read(base).settings
    pieces, width = int(settings["pieces"]), int(settings["width"])
    if table.shape != (pieces, width):
        raise ModelError("model_vocabulary", path=str(folder), found=int(table.shape[0]), expected=pieces)
    places = np.linspace(5, pieces - 1, 500).astype(np.int64)
    shared = Vocabulary(base / "vocabulary.q4", pieces, width).lookup(places)
    # The shared table is in 4 bits; the released one differs from it by their rounding.
    gap = float(np.linalg.norm(table[places] - shared) / np.linalg.norm(shared))
    if gap > 0.2:
        raise ModelError("model_incompatible", path=str(folder), why="its vocabulary vectors were trained on")


def main() -> int:
    out, sys.stdout = sys.stdout, sys.stderr
    work = export_folder if sys.argv[1] == "export" else import_folder
    try:
        said = work(*(Path(name) for name in sys.argv[2:5]))
    except DocentError as error:
        said = {"error": error.code, "params": dict(error.params)}
    except OSError as error:
        code = "disk_full" if error.errno == 28 else "cannot_write"
        said = {"error": code, "params": {"path": str(error.filename or sys.argv[4]), "why": error.strerror or ""}}
    out.write(json.dumps(said) + "\n")
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
