"""The float16 graph that CUDA runs, made from the int8 graph that ships. The CPU reckons it in float32."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from assistant.inference.dequantize import dequantize, half_graph
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import CPU, CUDA, Arrays, Floats, Runtime, Session, float_session
from assistant.paths import bundled

MODELS = ("base", "entities", "answers", "summary")


@pytest.fixture(scope="module")
def made(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    manifest = Manifest.read(base)
    return half_graph(base / "model.onnx", tmp_path_factory.mktemp("cache"), manifest.files["model.onnx"].sha256)


def feeds_for(session: Session) -> Arrays:
    random = np.random.default_rng(1)
    if session.inputs == ("features",):
        return {"features": random.normal(0, 1, (1, 16, session.widths["features"])).astype(np.float32)}
    mask = np.ones((2, 16), dtype=np.int64)
    mask[1, 9:] = 0
    return {"inputs_embeds": random.normal(0, 0.05, (2, 16, 384)).astype(np.float32), "attention_mask": mask}


def unlike(found: list[Floats], expected: list[Floats], feeds: Arrays) -> float:
    """Relative error over the pieces that are no padding."""
    kept = feeds.get("attention_mask", np.ones((1, 16))).astype(bool)
    a, b = (np.stack(outputs)[:, kept] for outputs in (found, expected))
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def test_no_operator_without_a_cuda_kernel_is_left(made: Path, base: Path) -> None:
    before = {node.op_type for node in onnx.load(base / "model.onnx").graph.node}
    after = {node.op_type for node in onnx.load(made).graph.node}
    quantized = {"DynamicQuantizeLinear", "MatMulInteger", "QAttention", "DequantizeLinear"}
    assert quantized <= before
    assert not after & quantized


def test_weights_are_half_and_the_outside_is_not(made: Path) -> None:
    graph = onnx.load(made).graph
    kinds = {item.data_type for item in graph.initializer}
    assert onnx.TensorProto.FLOAT16 in kinds
    assert not kinds & {onnx.TensorProto.FLOAT, onnx.TensorProto.INT8, onnx.TensorProto.UINT8}
    outside = [item.type.tensor_type.elem_type for item in (*graph.input, *graph.output)]
    assert sorted(outside) == [onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT, onnx.TensorProto.INT64]


@pytest.mark.parametrize("name", MODELS)
def test_where_cuda_is_there_it_says_what_the_int8_graph_says(name: str, tmp_path: Path) -> None:
    """A runtime that is told of CUDA makes the graph; without a card its session falls back, and the CPU runs both."""
    folder = bundled("models") / name
    manifest = Manifest.read(folder)
    told = Runtime(available=lambda: (CUDA, CPU), probe=lambda provider: None)
    session = told.session(manifest, folder, tmp_path)
    feeds = feeds_for(session)
    (path,) = (tmp_path / "graphs").iterdir()
    onnx.save(dequantize(onnx.load(folder / "model.onnx")), tmp_path / "float32.onnx")
    half, whole = float_session(path)(feeds), float_session(tmp_path / "float32.onnx")(feeds)
    assert {output.dtype for output in half} == {np.dtype(np.float32)}
    assert 0 < unlike(half, whole, feeds) < 0.005
    # The session's own outputs: int8 here, this graph's where there is a card.
    assert unlike(half, session.run(feeds), feeds) < 0.25


def test_it_is_made_once(made: Path, base: Path) -> None:
    stamp = made.stat().st_mtime_ns
    digest = Manifest.read(base).files["model.onnx"].sha256
    assert half_graph(base / "model.onnx", made.parents[1], digest) == made
    assert made.stat().st_mtime_ns == stamp
    assert [path.name for path in made.parent.iterdir()] == [made.name]
