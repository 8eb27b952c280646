"""Training on another encoder than Docent's: a folder of Transformers with a vocabulary of its own. Trainer's process.

The encoder is BERT-like (``KINDS``). Its table of word vectors stays as it is and is looked up before the layers, as
Docent's own is, so objective, loop and frozen layers work as ever; the exported graph has the table inside and takes
``input_ids``. The weights go along in the model's folder ``transformers/``, so that a later run can go on from there.
:mod:`assistant.training.encoders` has looked at the folder before.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import transformers
from safetensors import safe_open

from assistant.errors import ModelError
from assistant.inference.own_tokenizer import FILE as TOKENIZER
from assistant.inference.own_tokenizer import OwnTokenizer
from assistant.training.encoders import KINDS, WEIGHTS, special_ids
from assistant.training.export import OPSET, fuse, quantize
from assistant.training.features import bio_labels
from assistant.training.objectives import EntityObjective
from assistant.training.recipe import Recipe

PARITY = 2e-3


class OwnTable:
    """The encoder's word vectors as :class:`assistant.inference.vocabulary.Vocabulary` gives them."""

    def __init__(self, weights: torch.Tensor) -> None:
        self._weights: npt.NDArray[np.float32] = weights.detach().float().numpy()
        self.pieces, self.width = self._weights.shape

    def lookup(self, ids: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        rows: npt.NDArray[np.float32] = self._weights[ids]
        return rows


class OwnBase:
    """The folder that a run stands on. Raises ModelError where it is no such encoder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.special = special_ids(folder)
        self.tokenizer = OwnTokenizer(folder / TOKENIZER, self.special)

    def model(self, tags: tuple[str, ...], dropout: float) -> Any:
        """A token classifier over its layers; rows of the head whose tags it knows already are taken over."""
        try:
            model = transformers.AutoModelForTokenClassification.from_pretrained(
                str(self.folder),
                num_labels=len(tags),
                id2label=dict(enumerate(tags)),
                label2id={tag: index for index, tag in enumerate(tags)},
                hidden_dropout_prob=dropout,
                attention_probs_dropout_prob=0.0,
                classifier_dropout=dropout,
                torch_dtype=torch.float32,
                ignore_mismatched_sizes=True,
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
            )
        except (OSError, ValueError, RuntimeError) as error:
            why = str(error).strip().splitlines()[0][:200]
            raise ModelError("model_incompatible", path=str(self.folder), why=why) from error
        table = model.get_input_embeddings().weight
        if self.tokenizer.pieces > len(table):
            raise ModelError("model_tokenizer", path=str(self.folder), found=self.tokenizer.pieces, expected=len(table))
        table.requires_grad = False
        self._head(model, tags)
        return model

    def known(self) -> tuple[str, ...]:
        """The tags of the head in the folder; none for an encoder alone."""
        config = transformers.AutoConfig.from_pretrained(
            str(self.folder), local_files_only=True, trust_remote_code=False
        )
        if not any(name.endswith("ForTokenClassification") for name in config.architectures or ()):
            return ()
        return tuple(config.id2label[index] for index in range(config.num_labels))

    def _head(self, model: Any, tags: tuple[str, ...]) -> None:
        """Rows by their tags' names: from_pretrained goes by their number alone."""
        head = model.classifier
        torch.nn.init.normal_(head.weight, std=model.config.initializer_range)
        torch.nn.init.zeros_(head.bias)
        known = self.known()
        with safe_open(self.folder / WEIGHTS, framework="pt") as stored:
            names = set(stored.keys())
            if not known or not {"classifier.weight", "classifier.bias"} <= names:
                return
            weight, bias = stored.get_tensor("classifier.weight"), stored.get_tensor("classifier.bias")
        if len(weight) != len(known):
            return
        with torch.no_grad():
            head.bias[:] = bias.min()
            for index, tag in enumerate(tags):
                if tag in known:
                    head.weight[index] = weight[known.index(tag)]
                    head.bias[index] = bias[known.index(tag)]

    def write(self, model: Any, folder: Path) -> tuple[dict[str, Any], list[str]]:
        """Int8 graph, tokenizer and weights into a model's folder; settings and names of files for its manifest.

        Raises ModelError ``model_incompatible`` where ONNX says something else than torch.
        """
        plain, fused = folder / "plain.onnx", folder / "fused.onnx"
        gap = self._export(model, plain)
        fuse(plain, fused, model.config)
        quantize(fused, folder / "model.onnx")
        for path in (plain, fused):
            path.unlink()
        shutil.copyfile(self.folder / TOKENIZER, folder / TOKENIZER)
        whole = folder / "transformers"
        model.save_pretrained(whole, safe_serialization=True)
        for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
            if (self.folder / name).is_file():
                shutil.copyfile(self.folder / name, whole / name)
        names = ["model.onnx", TOKENIZER, *sorted(f"transformers/{path.name}" for path in whole.iterdir())]
        return {"parity": gap, "half": 1.0, "special": self.special}, names

    def export_float(self, model: Any, target: Path) -> None:
        plain = target.with_name("plain-ids.onnx")
        self._export(model, plain)
        fuse(plain, target, model.config)
        plain.unlink()

    def _export(self, model: Any, path: Path) -> float:
        """The float32 graph with ``input_ids``; its largest difference from torch."""
        import copy

        from optimum.exporters.onnx import export, model_configs

        from assistant.inference.runtime import float_session

        config = copy.deepcopy(model.config)
        config._attn_implementation = "eager"
        weights, plain = model.state_dict(), type(model)(config)
        plain.load_state_dict(weights)
        plain.eval().float()
        onnx_config = getattr(model_configs, KINDS[config.model_type])(config, task="token-classification")
        with torch.inference_mode():
            export(plain, onnx_config, path, opset=OPSET, do_constant_folding=True)
        generator = torch.Generator().manual_seed(0)
        ids = torch.randint(5, self.tokenizer.pieces, (2, 24), generator=generator)
        mask = torch.ones_like(ids)
        mask[1, 17:] = 0
        ids[1, 17:] = self.special["pad"]
        feeds = {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
        if "token_type_ids" in onnx_config.inputs:
            feeds["token_type_ids"] = np.zeros_like(feeds["attention_mask"])
        with torch.inference_mode():
            expected = plain(input_ids=ids, attention_mask=mask).logits.numpy()
        keep = mask.numpy().astype(bool)
        gap = float(np.abs(expected[keep] - float_session(path)(feeds)[0][keep]).max())
        if gap > PARITY:
            raise ModelError("model_incompatible", path=str(path), why=f"ONNX differs from torch by {gap:.2g}")
        return gap


def built_on(folder: Path, recipe: Recipe, root: Path) -> EntityObjective:
    """The objective of a recipe over the encoder in ``folder``. Raises ModelError."""
    base = OwnBase(folder)
    tags = bio_labels(recipe.labels)
    model = base.model(tags, recipe.train.dropout)
    table = OwnTable(model.get_input_embeddings().weight)
    objective = EntityObjective(recipe, root, folder, base.tokenizer, table, model)
    objective.own = base
    known = [tag for tag in base.known() if tag in tags]
    if "O" in known and len(known) > 1:
        objective.teach(known)
    return objective
