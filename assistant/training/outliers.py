"""Outlying channels of a fused float graph, dealt with before its products are quantized.

A few channels of a BERT's activations are tens of times as large as the others in every text (Kovaleva et al. 2021,
"BERT Busters"), and dynamic quantization gives a whole tensor one scale: with such a channel in it the others keep a
few of the 256 steps. Two remedies, neither of which changes anything in exact arithmetic:

- Behind GELU, the outlying channels of a feed-forward layer are split off with the columns that make them and the rows
  that read them: a small layer beside the large one, which stays in float (the split of LLM.int8(), Dettmers et al.
  2022, at no cost for looking for the channels, because they are the same ones in every text).
- In front of a feed-forward layer, channels are divided by a factor each, and the rows of the weights multiplied by it,
  so that both are about as hard to quantize ("SmoothQuant", Xiao et al. 2023).

Needs ``onnx``; runs in the trainer's process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Runner = Callable[[Any, Sequence[str]], list[Floats]]
"""``(graph, names of values)`` to one array (pieces, channels) for each name, on sample text."""

CHANNELS = 16
"""Most channels that are split off a product; the rest of a feed-forward layer stays a multiple of 16."""
OUTLYING = 3.0
"""A channel is outlying if its largest value is so many times the median channel's largest value."""
SMOOTHING = 0.5
"""How much of the difficulty moves from the activations to the weights (alpha of SmoothQuant)."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """A feed-forward layer: ``MatMul``, its bias' ``Add``, ``Gelu``, ``MatMul``."""

    enter: Any
    bias: Any
    gelu: Any
    leave: Any


def relieve(model: Any, run: Runner) -> list[str]:
    """Change ``model`` (``onnx.ModelProto``) in place; names of the nodes that are to stay in float."""
    graph = model.graph
    weights = _Weights(graph)
    layers = _layers(graph, weights)
    if not layers:
        return []
    names = list(dict.fromkeys(name for layer in layers for name in (layer.enter.input[0], layer.leave.input[0])))
    values = dict(zip(names, run(model, names), strict=True))
    kept: list[str] = []
    for layer in layers:
        channels = outlying(values[layer.leave.input[0]])
        if len(channels):
            kept += _split(graph, weights, layer, channels)
        _smooth(graph, weights, layer.enter, values[layer.enter.input[0]])
    used = {name for node in graph.node for name in node.input}
    left = [item for item in graph.initializer if item.name in used]
    del graph.initializer[:]
    graph.initializer.extend(left)
    return kept


def outlying(values: Floats) -> npt.NDArray[np.int64]:
    """Indices of the outlying channels of ``values`` (pieces, channels), at most CHANNELS, in order."""
    largest = np.abs(values).max(axis=0)
    worst = np.argsort(-largest, kind="stable")[:CHANNELS]
    return np.sort(worst) if largest[worst[0]] >= OUTLYING * np.median(largest) else np.zeros(0, dtype=np.int64)


class _Weights:
    """The initializers of a graph by name."""

    def __init__(self, graph: Any) -> None:
        from onnx import numpy_helper

        self._graph, self._helper = graph, numpy_helper
        self._places = {item.name: index for index, item in enumerate(graph.initializer)}

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def __getitem__(self, name: str) -> Floats:
        return np.asarray(self._helper.to_array(self._graph.initializer[self._places[name]]))

    def add(self, name: str, values: npt.NDArray[Any]) -> str:
        self._places[name] = len(self._graph.initializer)
        self._graph.initializer.append(self._helper.from_array(np.ascontiguousarray(values), name))
        return name


def _layers(graph: Any, weights: _Weights) -> list[_Layer]:
    makers = {name: node for node in graph.node for name in node.output}
    users: dict[str, int] = {}
    for node in graph.node:
        for name in node.input:
            users[name] = users.get(name, 0) + 1
    found = []
    for leave in graph.node:
        gelu = makers.get(leave.input[0]) if leave.op_type == "MatMul" and leave.input[1] in weights else None
        if gelu is None or gelu.op_type != "Gelu" or users[leave.input[0]] != 1:
            continue
        bias = makers.get(gelu.input[0])
        if bias is None or bias.op_type != "Add":
            continue
        enter = next((makers[name] for name in bias.input if name in makers), None)
        if enter is not None and enter.op_type == "MatMul" and enter.input[1] in weights:
            found.append(_Layer(enter, bias, gelu, leave))
    return found


def _split(graph: Any, weights: _Weights, layer: _Layer, channels: npt.NDArray[np.int64]) -> list[str]:
    """Two feed-forward layers side by side: the outlying channels' own, in float, and the others'."""
    from onnx import helper

    enter, leave = weights[layer.enter.input[1]], weights[layer.leave.input[1]]
    bias_at = next(index for index, name in enumerate(layer.bias.input) if name in weights)
    bias = weights[layer.bias.input[bias_at]]
    others = np.setdiff1d(np.arange(leave.shape[0]), channels)
    name = layer.leave.name or layer.leave.output[0]
    made = [
        helper.make_node("MatMul", [layer.enter.input[0], weights.add(f"{name}_enter", enter[:, channels])],
                         [f"{name}_entered"], name=f"{name}_enter_float"),
        helper.make_node("Add", [f"{name}_entered", weights.add(f"{name}_bias", bias[channels])],
                         [f"{name}_biased"], name=f"{name}_bias_float"),
        helper.make_node(layer.gelu.op_type, [f"{name}_biased"], [f"{name}_active"], name=f"{name}_gelu_float",
                         domain=layer.gelu.domain),
        helper.make_node("MatMul", [f"{name}_active", weights.add(f"{name}_leave", leave[channels])],
                         [f"{name}_left"], name=f"{name}_leave_float"),
    ]  # fmt: skip
    layer.enter.input[1] = weights.add(f"{name}_enter_rest", enter[:, others])
    layer.bias.input[bias_at] = weights.add(f"{name}_bias_rest", bias[others])
    layer.leave.input[1] = weights.add(f"{name}_leave_rest", leave[others])
    _insert_sum(graph, layer.leave, made, f"{name}_left")
    return [made[0].name, made[3].name]


def _smooth(graph: Any, weights: _Weights, node: Any, values: Floats) -> None:
    """Divide the channels of what ``node`` reads, and multiply the rows of its weights."""
    from onnx import helper

    weight = weights[node.input[1]]
    largest = np.maximum(np.abs(values).max(axis=0), 1e-3)
    factors = largest**SMOOTHING / np.maximum(np.abs(weight).max(axis=1), 1e-3) ** (1 - SMOOTHING)
    factors = np.maximum(factors / np.median(factors), 1.0).astype(np.float32)
    name = node.name or node.output[0]
    at = next(index for index, item in enumerate(graph.node) if item.output[0] == node.output[0])
    source = node.input[0]
    node.input[0] = f"{name}_smooth"
    node.input[1] = weights.add(f"{name}_smoothed", weight * factors[:, None])
    scale = weights.add(f"{name}_factors", 1 / factors)
    graph.node.insert(at, helper.make_node("Mul", [source, scale], [f"{name}_smooth"], name=f"{name}_smoothing"))


def _insert_sum(graph: Any, node: Any, made: Sequence[Any], left: str) -> None:
    """Put ``made`` before ``node`` and the sum with ``left`` behind it, under its old output's name.

    Behind its bias too, where it has one: the runtime adds a bias that follows the quantized product for nothing.
    """
    from onnx import helper

    at = next(index for index, item in enumerate(graph.node) if item.output[0] == node.output[0])
    constants = {item.name for item in graph.initializer}
    users = [item for item in graph.node if node.output[0] in item.input]
    if len(users) == 1 and users[0].op_type == "Add" and constants & set(users[0].input):
        node = users[0]
    output = node.output[0]
    node.output[0] = f"{output}_rest"
    behind = next(index for index, item in enumerate(graph.node) if item.output[0] == f"{output}_rest")
    graph.node.insert(behind + 1, helper.make_node("Add", [f"{output}_rest", left], [output], name=f"{output}_whole"))
    for item in reversed(made):
        graph.node.insert(at, item)
