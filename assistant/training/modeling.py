"""The torch side of the models: the base encoder with a head, fed with looked-up vectors instead of ids.

The vocabulary table is frozen and stays outside of the graph (see :mod:`assistant.inference.vocabulary`), so every
module here takes ``inputs_embeds`` (batch, tokens, 384) and ``attention_mask`` (batch, tokens). Runs in the trainer's
process.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from safetensors import safe_open
from transformers.models.bert.modeling_bert import BertSelfAttention

from assistant.inference.vocabulary import BLOCK, BLOCK_BYTES, dequantize_q4_0

_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def read_encoder(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Configuration and state dict (names of ``transformers.BertModel``, float32) of ``encoder.safetensors``.

    The word embeddings are not among them.
    """
    state: dict[str, torch.Tensor] = {}
    with safe_open(path, framework="np") as stored:
        metadata = stored.metadata()
        config = {key: float(value) if "." in value or "e" in value else int(value) for key, value in metadata.items()}
        hidden, ffn = int(config["hidden_size"]), int(config["intermediate_size"])
        for name in stored.keys():  # noqa: SIM118 - a safetensors file, not a dict
            array = stored.get_tensor(name)
            target = _target_name(name)
            if array.dtype == np.uint8:
                columns = ffn if ".fo." in name else hidden
                blocks = array.reshape(-1, columns // BLOCK, BLOCK_BYTES)
                array = dequantize_q4_0(blocks)
            elif name == "emb.pos" or name == "emb.type":
                array = array.reshape(-1, hidden)
            state[target] = torch.from_numpy(np.array(array, dtype=np.float32))
    return config, state


def _target_name(name: str) -> str:
    kinds = {"w": "weight", "b": "bias"}
    if name == "emb.pos":
        return "embeddings.position_embeddings.weight"
    if name == "emb.type":
        return "embeddings.token_type_embeddings.weight"
    if name.startswith("emb.ln."):
        return f"embeddings.LayerNorm.{kinds[name[-1]]}"
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{kinds[kind]}"


def configuration(
    base: Path, *, labels: tuple[str, ...] = (), dropout: float = 0.1, layers: int = 0
) -> transformers.BertConfig:
    """The encoder's configuration. One word embedding only: looked-up vectors take the table's place.

    ``layers``: how many of the base's layers to keep, from the first on; 0 is all.
    """
    values, _ = read_encoder(base / "encoder.safetensors")
    values["vocab_size"] = 1
    values["num_hidden_layers"] = layers or values["num_hidden_layers"]
    if labels:
        values["id2label"] = dict(enumerate(labels))
        values["label2id"] = {label: index for index, label in enumerate(labels)}
    return transformers.BertConfig(
        **values,
        hidden_dropout_prob=dropout,
        # With attention dropout on, scaled-dot-product attention takes a path 2.4 times slower on a CPU.
        attention_probs_dropout_prob=0.0,
        classifier_dropout=dropout,
        pad_token_id=0,
    )


def load_encoder(base: Path, dropout: float = 0.1) -> transformers.BertModel:
    """The bare encoder with the base's weights; every key must match."""
    model = transformers.BertModel(configuration(base, dropout=dropout), add_pooling_layer=False)
    fill(model, base)
    return model


def load_token_classifier(
    base: Path, labels: tuple[str, ...], dropout: float = 0.1, layers: int = 0
) -> transformers.BertForTokenClassification:
    model = transformers.BertForTokenClassification(configuration(base, labels=labels, dropout=dropout, layers=layers))
    fill(model.bert, base)
    return model


def load_span_extractor(base: Path, dropout: float = 0.1, layers: int = 0) -> transformers.BertForQuestionAnswering:
    model = transformers.BertForQuestionAnswering(configuration(base, dropout=dropout, layers=layers))
    fill(model.bert, base)
    return model


def fill(encoder: transformers.BertModel, base: Path) -> None:
    """Copy the base's weights into ``encoder``. Raises RuntimeError if a weight is missing or left over.

    An encoder of fewer layers gets the base's first ones: after 84 steps of the entities' recipe six of them had a mean
    loss of 0.42 where six spread over all twelve had 0.60 (cf. Sajjad et al. 2023, "On the effect of dropping layers of
    pre-trained transformer models").
    """
    _, state = read_encoder(base / "encoder.safetensors")
    kept = encoder.config.num_hidden_layers
    state = {
        name: value
        for name, value in state.items()
        if not name.startswith("encoder.layer.") or int(name.split(".")[2]) < kept
    }
    # The one-row stand-in for the word embeddings is the only weight that the base does not give.
    state["embeddings.word_embeddings.weight"] = torch.zeros_like(encoder.embeddings.word_embeddings.weight)
    encoder.load_state_dict(state, strict=True)


@contextlib.contextmanager
def batched_attention(model: torch.nn.Module) -> Iterator[None]:
    """Inside, self-attention is two batched matrix products with a softmax between them.

    torch's fused kernel is the quicker one forward, but its backward pass on a CPU takes three times as long as these
    products do: steps of 2,304 tokens train at 6,200 tokens/s instead of 3,000 in rows of 64 pieces, 4,800 instead of
    3,800 in rows of 288, and no faster from 384 on. The weights and, within rounding, the outputs are the same.
    """
    attentions = [module for module in model.modules() if isinstance(module, BertSelfAttention)]
    for attention in attentions:
        attention.forward = functools.partial(_attend, attention)
    try:
        yield
    finally:
        for attention in attentions:
            del attention.forward


def _attend(
    attention: Any, hidden_states: torch.Tensor, attention_mask: torch.Tensor | None = None, *_: Any, **__: Any
) -> Any:
    """(batch, tokens, width) and an additive mask (batch, 1, tokens | 1, tokens) to (batch, tokens, width).

    Without padding there is no mask.
    """
    batch, tokens, width = hidden_states.shape
    heads, size = attention.num_attention_heads, attention.attention_head_size

    def split(projected: torch.Tensor) -> torch.Tensor:
        return projected.view(batch, tokens, heads, size).transpose(1, 2).reshape(batch * heads, tokens, size)

    query = split(attention.query(hidden_states))
    key, value = split(attention.key(hidden_states)), split(attention.value(hidden_states))
    mask = query.new_zeros(1)
    if attention_mask is not None:
        mask = attention_mask.to(query.dtype).expand(batch, heads, tokens, tokens).reshape(-1, tokens, tokens)
    # Autocast would make the softmax, the largest tensor of all, single precision; it adds up in that anyway.
    with torch.autocast("cpu", enabled=False):
        scores = torch.baddbmm(mask, query, key.transpose(1, 2), alpha=1 / math.sqrt(size))
        probabilities = attention.dropout(torch.softmax(scores, dim=-1))
        mixed = torch.bmm(probabilities, value).view(batch, heads, tokens, size)
    return mixed.transpose(1, 2).reshape(batch, tokens, width), None
