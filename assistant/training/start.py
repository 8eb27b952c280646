"""A trained model's weights back in torch, so that training can go on from a model that exists.

What is kept of a model is its int8 graph. Its products are made float again
(:mod:`assistant.inference.dequantize`), outlying channels join the layer that they were split off, what was moved
between channels moves back (:mod:`assistant.training.outliers`), and the values go to the module whose name the
exporter wrote into the graph. The order of a feed-forward layer's channels is another one, which changes nothing.
Int8 has rounded the weights once; training on evens that out. Runs in the trainer's process.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from assistant.errors import ModelError
from assistant.inference.dequantize import dequantize
from assistant.inference.manifest import Manifest
from assistant.training.modeling import configuration
from assistant.training.recipe import Recipe

Floats = npt.NDArray[np.float32]
_LAYER = re.compile(r"encoder\.layer\.(\d+)\.")
_MATMUL = "/MatMul_output_0"
_ATTENTION = ("query", "key", "value")


def start_from(model: Any, folder: Path, base: Path) -> None:
    """Give ``model`` the weights of the model in ``folder``, which has to stand on the ``base`` that it runs with.

    A model of fewer layers gets the first ones. Raises ModelError where hashes, base or shapes do not fit.
    """
    manifest = Manifest.read(folder)
    if manifest.base != Manifest.read(base).id:
        raise ModelError("model_incompatible", path=str(folder), why=f"it stands on {manifest.base}")
    state = {key: torch.from_numpy(value) for key, value in read_weights(manifest.verified_graph(folder)).items()}
    if manifest.labels and "classifier.weight" in state and hasattr(model, "classifier"):
        _extend(state, manifest.labels, model)
    kept = model.config.num_hidden_layers
    state = {key: value for key, value in state.items() if layer_of(key) < kept}
    # The one-row stand-in for the word embeddings is in no graph.
    embedding = "bert.embeddings.word_embeddings.weight"
    state[embedding] = model.state_dict()[embedding]
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise ModelError("model_incompatible", path=str(folder), why="its layers are others") from error


def as_deep(recipe: Recipe, folder: Path, base: Path) -> Recipe:
    """The recipe for a model of as many layers as the one in ``folder`` has, with that share of them frozen."""
    import onnx

    manifest = Manifest.read(folder)
    if manifest.input != "inputs_embeds":
        return recipe
    graph = onnx.load(manifest.verified_graph(folder)).graph
    layers = sum(node.op_type.endswith("Attention") for node in graph.node)
    whole = int(configuration(base).num_hidden_layers)
    if layers in (0, whole):
        return recipe
    frozen = round(recipe.train.frozen_layers * layers / whole)
    return replace(recipe, train=replace(recipe.train, layers=layers, frozen_layers=frozen))


def layer_of(name: str) -> int:
    """Which of the encoder's layers a weight belongs to; -1: none."""
    found = _LAYER.search(name)
    return int(found[1]) if found is not None else -1


def _extend(state: dict[str, torch.Tensor], labels: tuple[str, ...], model: Any) -> None:
    """The head's rows in the order of ``model``'s labels; those of labels that are new stay as they were drawn.

    A new tag begins with the bias of the rarest one: it is rare as well until training says otherwise.
    """
    wanted = [model.config.id2label[index] for index in range(len(model.config.id2label))]
    weight, bias = model.classifier.weight.detach().clone(), model.classifier.bias.detach().clone()
    known = {label: index for index, label in enumerate(labels)}
    bias[:] = state["classifier.bias"].min()
    for index, label in enumerate(wanted):
        if label in known:
            weight[index] = state["classifier.weight"][known[label]]
            bias[index] = state["classifier.bias"][known[label]]
    state["classifier.weight"], state["classifier.bias"] = weight, bias


def read_weights(path: Path) -> dict[str, Floats]:
    """float32 values of an exported encoder with a head, under torch's names."""
    import onnx
    from onnx import numpy_helper

    graph = dequantize(onnx.load(path)).graph
    values = {item.name: np.asarray(numpy_helper.to_array(item)) for item in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    # Tables that were dequantized whole have a name of their own.
    state = {
        name.removesuffix("_quantized_float"): array
        for name, array in values.items()
        if name.startswith(("bert.", "qa_outputs.", "classifier."))
    }
    for name in [name for name in state if name.endswith("_quantized")]:
        plain = name.removesuffix("_quantized")
        scale, zero = state.pop(f"{plain}_scale"), state.pop(f"{plain}_zero_point")
        state[plain] = (state.pop(name).astype(np.float32) - zero.astype(np.float32)) * scale
    layer = 0
    for node in graph.node:
        if node.op_type == "Attention":
            place = f"bert.encoder.layer.{layer}.attention.self"
            for part, kernel, bias in zip(
                _ATTENTION, np.split(values[node.input[1]], 3, 1), np.split(values[node.input[2]], 3), strict=True
            ):
                state[f"{place}.{part}.weight"], state[f"{place}.{part}.bias"] = kernel.T, bias
            layer += 1
        elif node.op_type == "MatMul" and node.output[0].endswith(_MATMUL):
            module = node.output[0].removesuffix(_MATMUL).strip("/").replace("/", ".")
            state[f"{module}.weight"] = _kernel(node, values, makers).T
    for leave in [name for name in values if name.endswith("/output/dense/MatMul_leave")]:
        _join(leave.removesuffix("_leave"), values, state)
    return {name: np.array(array, dtype=np.float32, order="C") for name, array in state.items()}


def _kernel(node: Any, values: dict[str, Any], makers: dict[str, Any]) -> Floats:
    """(inputs, outputs), with what was moved from the activations moved back."""
    kernel: Floats = values[node.input[1]]
    source = makers.get(node.input[0])
    if source is not None and source.op_type == "Mul" and node.input[0].endswith("_smooth"):
        kernel = kernel * next(values[name] for name in source.input if name in values)[:, None]
    return kernel


def _join(name: str, values: dict[str, Any], state: dict[str, Any]) -> None:
    """The outlying channels of the feed-forward layer whose second product is ``name``, behind the others."""
    module = name.removesuffix("/output/dense/MatMul").strip("/").replace("/", ".")
    enter, leave = f"{module}.intermediate.dense", f"{module}.output.dense"
    state[f"{enter}.weight"] = np.concatenate([state[f"{enter}.weight"], values[f"{name}_enter"].T])
    state[f"{enter}.bias"] = np.concatenate([values[f"{name}_bias_rest"], values[f"{name}_bias"]])
    state[f"{leave}.weight"] = np.concatenate([state[f"{leave}.weight"], values[f"{name}_leave"].T], axis=1)
