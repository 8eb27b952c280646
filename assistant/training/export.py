"""Torch to ONNX: optimum's exporter, fused attention, int8 for the CPU, parity with torch.

A task's graph takes ``inputs_embeds`` (batch, tokens, 384) float32 and ``attention_mask`` (batch, tokens) int64; the
vocabulary
table is looked up before it.
"""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import torch
import transformers
from optimum.exporters.onnx import export
from optimum.exporters.onnx.model_configs import BertOnnxConfig
from optimum.onnxruntime.configuration import AutoQuantizationConfig
from optimum.utils import DummyTextInputGenerator

OPSET = 17


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


def quantize(source: Path, target: Path) -> None:
    """Dynamic int8: weights per channel, activations at run time (what AVX-512 VNNI and AMX multiply natively).

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
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def export_int8(model: transformers.PreTrainedModel, task: str, target: Path) -> None:
    """The graph that ships: exported, fused and quantized."""
    with tempfile.TemporaryDirectory() as folder:
        plain, fused = Path(folder) / "fp32.onnx", Path(folder) / "fused.onnx"
        export_fp32(model, task, plain)
        fuse(plain, fused, model.config)
        quantize(fused, target)
