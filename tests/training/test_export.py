"""What the export makes of a model: the graph that ships in int8, and its float twin for CUDA."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
import torch
import transformers

from assistant.errors import ModelError
from assistant.inference.dequantize import dequantize
from assistant.inference.runtime import CPU, UNFUSED, float_session
from assistant.paths import bundled
from assistant.training.export import export_fp32, export_int8, fuse, quantize, sample_values
from assistant.training.outliers import relieve
from assistant.training.publish import verify_half

Floats = npt.NDArray[np.float32]
LABELS = ("O", "B-PERSON", "I-PERSON")


@pytest.fixture(scope="module")
def model() -> transformers.BertForTokenClassification:
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=1, hidden_size=384, num_hidden_layers=2, num_attention_heads=12, intermediate_size=1536,
        id2label=dict(enumerate(LABELS)), label2id={label: index for index, label in enumerate(LABELS)},
    )  # fmt: skip
    return transformers.BertForTokenClassification(config).eval()


@pytest.fixture(scope="module")
def graph(model: transformers.BertForTokenClassification, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    export_int8(model, "entities", path)
    return path


@pytest.fixture(scope="module")
def feeds() -> dict[str, npt.NDArray[np.float32] | npt.NDArray[np.int64]]:
    vectors = np.random.default_rng(1).normal(0, 0.3, (2, 48, 384)).astype(np.float32)
    mask = np.ones((2, 48), dtype=np.int64)
    mask[1, 31:] = 0
    return {"inputs_embeds": vectors, "attention_mask": mask}


@pytest.fixture(scope="module")
def expected(model: transformers.BertForTokenClassification, feeds: dict[str, Floats]) -> Floats:
    with torch.inference_mode():
        outputs = model(**{name: torch.from_numpy(value) for name, value in feeds.items()})
    return outputs.logits.numpy()


def unlike(found: Floats, expected: Floats, mask: npt.NDArray[np.int64]) -> float:
    """Relative error over the pieces that are no padding."""
    kept = mask.astype(bool)
    return float(np.linalg.norm(found[kept] - expected[kept]) / np.linalg.norm(expected[kept]))


def session(path: Path, folder: Path) -> tuple[onnxruntime.InferenceSession, set[str]]:
    """A session as the runtime makes it, and the operators that it truly runs."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(folder / "optimized.onnx")
    made = onnxruntime.InferenceSession(str(path), options, providers=[CPU], disabled_optimizers=list(UNFUSED))
    return made, {node.op_type for node in onnx.load(folder / "optimized.onnx").graph.node}


def test_the_int8_graph_says_what_torch_says(
    graph: Path, feeds: dict[str, Floats], expected: Floats, tmp_path: Path
) -> None:
    (found,) = session(graph, tmp_path)[0].run(None, feeds)
    assert 0 < unlike(found, expected, feeds["attention_mask"]) < 0.1


def test_the_runtime_runs_the_operators_that_are_quick_on_a_cpu(graph: Path, tmp_path: Path) -> None:
    operators = session(graph, tmp_path)[1]
    assert {"QAttention", "DynamicQuantizeMatMul", "LayerNormalization", "Gelu"} <= operators
    assert not operators & {"SkipLayerNormalization", "BiasGelu"}


def test_outlying_channels_are_relieved_and_the_function_stays(
    model: transformers.BertForTokenClassification,
    feeds: dict[str, Floats],
    tmp_path: Path,
) -> None:
    spoiled = copy.deepcopy(model)
    with torch.no_grad():
        for layer in spoiled.bert.encoder.layer:
            # One channel behind GELU and one in front of the layer that are large in every text.
            layer.intermediate.dense.bias[7] += 60
            layer.output.dense.weight[:, 7] /= 60
            layer.attention.output.LayerNorm.bias[5] += 25
            layer.intermediate.dense.weight[:, 5] /= 25
        outputs = spoiled(**{name: torch.from_numpy(value) for name, value in feeds.items()})
    expected = outputs.logits.numpy()
    base = bundled("models") / "base"
    export_fp32(spoiled, "entities", tmp_path / "fp32.onnx")
    fuse(tmp_path / "fp32.onnx", tmp_path / "fused.onnx", spoiled.config)
    quantize(tmp_path / "fused.onnx", tmp_path / "plain.onnx")
    graph = onnx.load(tmp_path / "fused.onnx")
    kept = relieve(graph, lambda watched, names: sample_values(watched, names, base))
    onnx.save(graph, tmp_path / "relieved.onnx")
    quantize(tmp_path / "relieved.onnx", tmp_path / "int8.onnx", kept)
    mask = feeds["attention_mask"]

    def error(name: str) -> float:
        return unlike(float_session(tmp_path / name)(feeds)[0], expected, mask)

    assert len(kept) == 4
    assert error("relieved.onnx") < 1e-4
    assert error("int8.onnx") < 0.75 * error("plain.onnx")


def test_the_float_twin_is_nearer_to_torch(
    graph: Path, feeds: dict[str, Floats], expected: Floats, tmp_path: Path
) -> None:
    twin = dequantize(onnx.load(graph))
    assert not {node.op_type for node in twin.graph.node} & {"QAttention", "MatMulInteger", "DynamicQuantizeLinear"}
    onnx.save(twin, tmp_path / "float.onnx")
    (found,) = float_session(tmp_path / "float.onnx")(feeds)
    (quantized,) = float_session(graph)(feeds)
    mask = feeds["attention_mask"]
    assert unlike(found, expected, mask) < unlike(quantized, expected, mask)


def test_what_does_not_fit_into_float16_is_not_published(
    model: transformers.BertForTokenClassification, graph: Path, tmp_path: Path
) -> None:
    base = bundled("models") / "base"
    assert 0 < verify_half(graph, base) < 0.005
    spoiled = copy.deepcopy(model)
    with torch.no_grad():
        # Fine in float32: the norm behind it makes it small again.
        spoiled.bert.encoder.layer[1].output.dense.bias[7] += 1e6
    export_int8(spoiled, "entities", tmp_path / "model.onnx")
    with pytest.raises(ModelError, match="float16"):
        verify_half(tmp_path / "model.onnx", base)
