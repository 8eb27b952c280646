"""LoRA by peft: small matrices beside the layers that are not frozen (Hu et al. 2022). Trainer's process."""

from __future__ import annotations

from typing import Any

from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer

PARTS = ("query", "key", "value", "intermediate.dense", "output.dense")


def add_lora(model: Any, rank: int, frozen_layers: int) -> None:
    """Put matrices of ``rank`` beside the products of the layers above ``frozen_layers``; only they and the head learn.

    In place: the module stays what it is, so the loop, checkpoints and masks need to know nothing of it.
    """
    layers = list(range(frozen_layers, model.config.num_hidden_layers))
    if not layers:
        return
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.0,
        target_modules=list(PARTS),
        layers_to_transform=layers,
        layers_pattern="layer",
    )
    head = [name for name, _ in model.named_parameters() if not name.startswith(f"{model.base_model_prefix}.")]
    inject_adapter_in_model(config, model)
    for name, parameter in model.named_parameters():
        parameter.requires_grad = "lora_" in name or name in head


def merge_lora(model: Any) -> None:
    """What was learned goes into the weights; the module is as it was before :func:`add_lora`."""
    for name, module in list(model.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            owner, _, last = name.rpartition(".")
            setattr(model.get_submodule(owner), last, module.get_base_layer())
