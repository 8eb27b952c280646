"""A float16 graph from a dynamically quantized one, for CUDA, which has no int8 kernels.

The weights are the same int8 weights times their scales; the run-time quantization of activations is taken out. Inputs
and outputs stay float32, so that whoever runs the graph need not know. Needs the ``onnx`` package; made once for each
graph and kept in the cache.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def half_graph(source: Path, cache: Path, sha256: str) -> Path:
    """Path of the float16 graph for ``source`` (whose hash is ``sha256``), made if it is not in ``cache`` yet."""
    target = cache / "graphs" / f"{sha256[:32]}-fp16.onnx"
    if not target.is_file():
        import onnx

        target.parent.mkdir(parents=True, exist_ok=True)
        model = halve(dequantize(onnx.load(source)))
        aside = target.with_suffix(".tmp")
        onnx.save(model, aside)
        aside.replace(target)
    return target


def halve(model: Any) -> Any:
    """``onnx.ModelProto`` of float32 with weights and operators in float16 between float32 inputs and outputs.

    Changes ``model``. Values between must stay below 65,504: the trainer looks before it publishes a model.
    """
    from onnxruntime.transformers.float16 import convert_float_to_float16

    # Fused operators stop ONNX's inference of types; the converter does without.
    return convert_float_to_float16(model, keep_io_types=True, disable_shape_infer=True)


def dequantize(model: Any) -> Any:
    """``onnx.ModelProto`` in float32: ``MatMul`` and ``Attention`` for ``MatMulInteger`` and ``QAttention``, and tables
    that are float before rows are looked up in them."""
    import onnx
    from onnx import helper, numpy_helper

    graph = model.graph
    constants = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    users: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    added: dict[str, npt.NDArray[np.float32]] = {}
    replaced: dict[int, Any] = {}
    dropped: set[int] = set()

    def weight(name: str, scale: str, zero: str) -> str:
        values = constants[name].astype(np.float32)
        if zero in constants:
            values = values - constants[zero].astype(np.float32)
        made = f"{name}_float"
        added[made] = (values * constants[scale]).astype(np.float32)
        return made

    for node in graph.node:
        if node.op_type == "QAttention":
            source = makers[node.input[0]].input[0]
            kernel = weight(node.input[1], node.input[4], node.input[7] if len(node.input) > 7 else "")
            attention = helper.make_node(
                "Attention", [source, kernel, node.input[2], node.input[5]], list(node.output), name=node.name,
                domain="com.microsoft",
            )  # fmt: skip
            attention.attribute.extend(item for item in node.attribute if item.name in ("num_heads", "unidirectional"))
            replaced[id(node)] = attention
        elif node.op_type == "MatMulInteger":
            # x -> DynamicQuantizeLinear -> MatMulInteger -> Cast -> Mul(., scale of x * scale of w)
            (cast,) = users[node.output[0]]
            (scaled,) = users[cast.output[0]]
            product = makers[next(name for name in scaled.input if name != cast.output[0])]
            scale = next(name for name in product.input if name in constants)
            source = makers[node.input[0]].input[0]
            kernel = weight(node.input[1], scale, node.input[3] if len(node.input) > 3 else "")
            replaced[id(node)] = helper.make_node("MatMul", [source, kernel], list(scaled.output), name=node.name)
            dropped |= {id(cast), id(scaled), id(product)}
        elif node.op_type == "DequantizeLinear" and makers[node.input[0]].op_type == "Gather":
            gather = makers[node.input[0]]
            table = weight(gather.input[0], *node.input[1:3])
            replaced[id(gather)] = helper.make_node("Gather", [table, gather.input[1]], [node.output[0]], gather.name)
            replaced[id(gather)].attribute.extend(gather.attribute)
            dropped.add(id(node))
    nodes = []
    for node in graph.node:
        if node.op_type == "DynamicQuantizeLinear" or id(node) in dropped:
            continue
        nodes.append(replaced.get(id(node), node))
    used = {name for node in nodes for name in node.input}
    kept = [item for item in graph.initializer if item.name in used]
    kept += [numpy_helper.from_array(values, name) for name, values in added.items()]
    made = helper.make_graph(nodes, graph.name, list(graph.input), list(graph.output), kept)
    result = helper.make_model(made, opset_imports=list(model.opset_import), ir_version=model.ir_version)
    onnx.checker.check_model(result) if all(not item.domain for item in model.opset_import) else None
    return result
