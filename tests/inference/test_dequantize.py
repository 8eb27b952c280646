"""The float graph that CUDA runs, made from the int8 graph that ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from assistant.inference.dequantize import float_graph
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Runtime, float_session


@pytest.fixture(scope="module")
def made(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    manifest = Manifest.read(base)
    return float_graph(base / "model.onnx", tmp_path_factory.mktemp("cache"), manifest.files["model.onnx"].sha256)


def test_no_operator_without_a_cuda_kernel_is_left(made: Path, base: Path) -> None:
    before = {node.op_type for node in onnx.load(base / "model.onnx").graph.node}
    after = {node.op_type for node in onnx.load(made).graph.node}
    assert {"DynamicQuantizeLinear", "MatMulInteger", "QAttention"} <= before
    # The position table stays in int8 behind a DequantizeLinear, which CUDA has.
    assert not after & {"DynamicQuantizeLinear", "MatMulInteger", "QAttention"}


def test_its_outputs_are_those_of_the_int8_graph(made: Path, base: Path) -> None:
    session = Runtime(available=lambda: ()).session(Manifest.read(base), base)
    vectors = np.random.default_rng(1).normal(0, 0.05, (2, 16, 384)).astype(np.float32)
    mask = np.ones((2, 16), dtype=np.int64)
    mask[1, 9:] = 0
    feeds = {"inputs_embeds": vectors, "attention_mask": mask}
    (whole,), (exact,) = session.run(feeds), float_session(made)(feeds)
    assert whole.shape == exact.shape == (2, 16, 384)
    kept = mask.astype(bool)
    a, b = whole[kept], exact[kept]
    cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert cosines.min() > 0.97
    assert not np.array_equal(a, b)


def test_it_is_made_once(made: Path, base: Path) -> None:
    stamp = made.stat().st_mtime_ns
    digest = Manifest.read(base).files["model.onnx"].sha256
    assert float_graph(base / "model.onnx", made.parents[1], digest) == made
    assert made.stat().st_mtime_ns == stamp
    assert [path.name for path in made.parent.iterdir()] == [made.name]
