"""Torch to ONNX: optimum's exporter, fused attention, int8 for the CPU, parity with torch.

A task's graph takes ``inputs_embeds`` (batch, tokens, 384) float32 and ``attention_mask`` (batch, tokens) int64; the
vocabulary table is looked up before it.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
import transformers
from optimum.exporters.onnx import export
from optimum.exporters.onnx.model_configs import BertOnnxConfig
from optimum.onnxruntime.configuration import AutoQuantizationConfig
from optimum.utils import DummyTextInputGenerator

from assistant.inference.tokenizer import BOS, EOS, Tokenizer
from assistant.inference.vocabulary import BLOCK, BLOCK_BYTES, Vocabulary
from assistant.paths import bundled
from assistant.training.outliers import relieve

OPSET = 17
WIDTH: Final = 384
SAMPLES: Final = (
    "The Supplier shall deliver 1,200 units to the warehouse in Rotterdam by 3 May 2025.",
    "Angela Merkel met the president of Brazil in Berlin last week.",
    "甲方应于合同签订后三十日内向乙方支付全部货款。",
    "See section 4.2 (table 3); e-mail: info@example.org",
)


class _EmbeddedTextGenerator(DummyTextInputGenerator):  # type: ignore[misc]
    """Optimum's dummy text with vectors in place of ids."""

    SUPPORTED_INPUT_NAMES = (*DummyTextInputGenerator.SUPPORTED_INPUT_NAMES, "inputs_embeds")

    def generate(
        self, input_name: str, framework: str = "pt", int_dtype: str = "int64", float_dtype: str = "fp32"
    ) -> Any:
        if input_name == "inputs_embeds":
            shape = [self.batch_size, self.sequence_length, self.normalized_config.hidden_size]
            return self.random_float_tensor(shape, framework=framework, dtype=float_dtype)
        return super().generate(input_name, framework, int_dtype, float_dtype)


class EmbeddedBertOnnxConfig(BertOnnxConfig):  # type: ignore[misc]
    """A BERT graph behind the vocabulary table: ``inputs_embeds`` in place of ``input_ids``."""

    DUMMY_INPUT_GENERATOR_CLASSES = (_EmbeddedTextGenerator,)

    @property
    def inputs(self) -> dict[str, dict[int, str]]:
        axes = {0: "batch_size", 1: "sequence_length"}
        return {"inputs_embeds": axes, "attention_mask": axes}


_OPTIMUM_TASKS = {
    "embeddings": "feature-extraction",
    "entities": "token-classification",
    "answers": "question-answering",
}


def export_fp32(model: transformers.PreTrainedModel, task: str, path: Path) -> None:
    """Write the float32 graph of ``model`` to ``path``."""
    model = model.eval().float()
    # Plain attention: the optimizer fuses its pattern into one operator, and does not know that of other kinds.
    plain = copy.deepcopy(model.config)
    plain._attn_implementation = "eager"
    weights, model = model.state_dict(), type(model)(plain, **_arguments(model))
    model.load_state_dict(weights)
    model.eval()
    config = EmbeddedBertOnnxConfig(model.config, task=_OPTIMUM_TASKS[task])
    with torch.inference_mode():
        export(model, config, path, opset=OPSET, do_constant_folding=True)


def _arguments(model: transformers.PreTrainedModel) -> dict[str, bool]:
    return {"add_pooling_layer": False} if type(model) is transformers.BertModel else {}


def fuse(source: Path, target: Path, config: transformers.PretrainedConfig) -> None:
    """Fuse attention, layer norms and GELU (ONNX Runtime's transformer optimizer).

    Additions stay outside of norms and GELU: on a CPU ``SkipLayerNormalization`` and ``BiasGelu`` take three and two
    times as long as their parts, of which the bias goes into the quantized product for nothing. The runtime keeps ONNX
    Runtime from fusing them later (``runtime.UNFUSED``); CUDA's sessions do fuse them.
    """
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False
    options.enable_skip_layer_norm = options.enable_bias_skip_layer_norm = options.enable_bias_gelu = False
    optimized = optimizer.optimize_model(
        str(source),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        optimization_options=options,
        opt_level=0,
    )
    optimized.save_model_to_file(str(target))


def sample_values(model: Any, names: Sequence[str], base: Path) -> list[npt.NDArray[np.float32]]:
    """Each value of a float graph (``onnx.ModelProto``) on SAMPLES, (pieces, channels or 1).

    ``base`` is the folder of tokenizer and vocabulary.
    """
    import onnx
    import onnxruntime

    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    known = {output.name for output in watched.graph.output}
    watched.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names if name not in known
    )
    tokenizer = Tokenizer.load(base / "tokenizer.npz")
    pieces = (base / "vocabulary.q4").stat().st_size // (WIDTH // BLOCK * BLOCK_BYTES)
    vocabulary = Vocabulary(base / "vocabulary.q4", pieces, WIDTH)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    found: list[list[npt.NDArray[np.float32]]] = [[] for _ in names]
    for encoding in tokenizer.encode(SAMPLES):
        ids = np.concatenate([[BOS], encoding.ids, [EOS]])[None]
        feeds = {"inputs_embeds": vocabulary.lookup(ids), "attention_mask": np.ones_like(ids)}
        for rows, values in zip(found, session.run(list(names), feeds), strict=True):
            rows.append(values.reshape(values.shape[1], -1))
    return [np.concatenate(rows) for rows in found]


def quantize(source: Path, target: Path, leave: Sequence[str] = ()) -> None:
    """Dynamic int8: weights per channel, activations at run time (what AVX-512 VNNI and AMX multiply natively).

    The nodes named in ``leave`` stay in float32.

    Optimum's settings for that; its ``ORTQuantizer`` itself cannot take graphs with fused operators, whose types ONNX's
    shape inference does not know, so the quantizer below it is called with the missing default type.
    """
    import onnx
    from onnxruntime.quantization import quantize_dynamic

    settings = AutoQuantizationConfig.avx512_vnni(is_static=False, per_channel=True)
    quantize_dynamic(
        source,
        target,
        per_channel=settings.per_channel,
        reduce_range=settings.reduce_range,
        weight_type=settings.weights_dtype,
        nodes_to_exclude=list(leave),
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def export_int8(model: transformers.PreTrainedModel, task: str, target: Path, base: Path | None = None) -> None:
    """The graph that ships: exported, fused, relieved of outlying channels, quantized.

    ``base`` is by default the base model that ships.
    """
    import onnx

    with tempfile.TemporaryDirectory() as folder:
        plain, fused = Path(folder) / "fp32.onnx", Path(folder) / "fused.onnx"
        export_fp32(model, task, plain)
        fuse(plain, fused, model.config)
        graph = onnx.load(fused)
        source = base or bundled("models") / "base"
        kept = relieve(graph, lambda model, names: sample_values(model, names, source))
        onnx.save(graph, fused)
        quantize(fused, target, kept)
