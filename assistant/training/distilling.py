"""Knowledge distillation: what the starting model said of its labels is a target of training, against forgetting.

Li & Hoiem 2016, "Learning without Forgetting": the old outputs of the model that is trained are held to those that it
had before, both softened by a temperature (Hinton, Vinyals & Dean 2015, "Distilling the knowledge in a neural
network"). The distribution is over the old tags alone, so a new label is free to take a piece of text from all of them.
Runs in the trainer's process.
"""

from __future__ import annotations

import torch

TEMPERATURE = 2.0


def fitting(asked: torch.Tensor, known: torch.Tensor, targets: torch.Tensor, opened: torch.Tensor) -> torch.Tensor:
    """(pieces,) bool: where the starting model may teach, as it says nothing against the gold.

    ``asked`` (pieces, known tags) are its logits, ``known`` (known tags,) the tags' places among all; ``targets``
    (pieces,) the gold, negative where it is not known; ``opened`` (tags,) what is as right as "O" (what a source does
    not mark, and "O"). The user's correction of a tag counts, not what the model said.
    """
    said = known[asked.argmax(-1)]
    right = torch.where(targets == 0, opened[said], (targets < 0) | (said == targets))
    # <s> and </s> are no text.
    right[0] = right[-1] = False
    return right


def distillation(logits: torch.Tensor, asked: torch.Tensor, known: torch.Tensor, taught: torch.Tensor) -> torch.Tensor:
    """Mean divergence (KL) of the old tags from what they were, times T², as gradients shrink by that.

    ``logits`` (batch, pieces, tags) as they are now, ``asked`` (batch, pieces, known tags) as they were; ``taught``
    (batch, pieces) which pieces count. Zero where none does.
    """
    if not bool(taught.any()):
        return logits.sum() * 0.0
    now = (logits[taught][:, known] / TEMPERATURE).log_softmax(-1)
    before = (asked[taught].float() / TEMPERATURE).log_softmax(-1)
    divergence = torch.nn.functional.kl_div(now, before, reduction="batchmean", log_target=True)
    return divergence * TEMPERATURE**2
