"""The training loop: warm-up, length buckets, bfloat16, early stopping, checkpoints that survive a kill.

Runs in the trainer's process. A run is a folder; ``checkpoint.pt`` in it is replaced atomically, so that a run that was
killed goes on from its last checkpoint with the same data order.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from assistant.errors import Cancelled, UserError
from assistant.training.modeling import batched_attention
from assistant.training.objectives import Objective, batches
from assistant.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class StepReport:
    """Where training is. ``examples_per_second`` is measured over the last report's interval."""

    step: int
    steps: int
    epoch: int
    loss: float
    learning_rate: float
    examples_per_second: float
    seconds_left: float


@dataclass(slots=True)
class TrainingResult:
    steps: int
    best_step: int
    best: dict[str, float]
    history: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0


def train(
    objective: Objective,
    recipe: Recipe,
    folder: Path,
    *,
    on_step: Callable[[StepReport], None],
    on_scores: Callable[[int, dict[str, float]], None],
    check: Callable[[], None],
    checkpoint_every: float = 120.0,
    report_every: float = 2.0,
    finish: Callable[[], bool] = lambda: False,
) -> TrainingResult:
    """Train ``objective.model`` in place and leave it in its best state.

    ``check`` raises to stop; a checkpoint then stays in ``folder`` for the next call to go on from. ``finish`` says
    whether to end at once with the best state until now. Raises UserError where there is nothing to learn from.
    """
    parameters = recipe.train
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(parameters.threads or os.cpu_count() or 1)
    model = objective.model
    freeze(model, parameters.frozen_layers)
    optimizer = _optimizer(model, recipe)
    objective.start_epoch(0)
    per_epoch = len(batches(objective.lengths, parameters.batch_tokens, random.Random(0)))
    if not per_epoch:
        raise UserError("usage", why="The data has no rows to learn from")
    steps = max(1, round(per_epoch * parameters.epochs), parameters.least_steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps, parameters.warmup))
    every = max(1, steps // parameters.evaluations)
    state = _State()
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.is_file():
        state.load(checkpoint, model, optimizer, schedule)
    began = time.monotonic() - state.seconds
    saved = marked = time.monotonic()
    seen = 0
    running: float | None = None
    stopped = state.since_best >= parameters.patience
    order: list[list[int]] = []
    drawn = -1
    while not stopped and state.step < steps:
        if state.epoch != drawn:
            # Drawn from the recipe's seed and the epoch, so a run that goes on sees the same batches.
            objective.start_epoch(state.epoch)
            rng = random.Random(f"{recipe.seed}/{state.epoch}")
            order = batches(objective.lengths, parameters.batch_tokens, rng)
            drawn = state.epoch
        if state.position >= len(order):
            state.epoch, state.position = state.epoch + 1, 0
            continue
        indices = order[state.position]
        if state.step and finish():
            # As if its patience were at its end: a run that is killed now does not train on.
            state.since_best = parameters.patience
            state.save(checkpoint, model, optimizer, schedule)
            break
        try:
            check()
        except Cancelled:
            state.seconds = time.monotonic() - began
            state.save(checkpoint, model, optimizer, schedule)
            raise
        model.train()
        batch = objective.batch(indices)
        optimizer.zero_grad(set_to_none=True)
        loss = _learn(objective, model, batch, parameters)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        state.step += 1
        state.position += 1
        seen += len(indices)
        value = float(loss.detach())
        running = value if running is None else 0.95 * running + 0.05 * value
        now = time.monotonic()
        if now - marked >= report_every or state.step == steps:
            passed = now - began
            on_step(
                StepReport(
                    state.step,
                    steps,
                    state.epoch,
                    running,
                    float(schedule.get_last_lr()[0]),
                    seen / max(now - marked, 1e-6),
                    passed / state.step * (steps - state.step),
                )
            )
            marked, seen = now, 0
        validated = state.step % every == 0 or state.step == steps
        if validated:
            scores = objective.validate(check)
            on_scores(state.step, scores)
            state.history.append({"step": float(state.step), "loss": running, **scores})
            if scores["score"] > state.best_score:
                state.best_score, state.best_step, state.best_scores = scores["score"], state.step, scores
                state.best_weights = {key: value.detach().clone() for key, value in model.state_dict().items()}
                state.since_best = 0
            else:
                state.since_best += 1
                stopped = state.since_best >= parameters.patience
        # After a validation too: what it found took long, and the best state must not be lost.
        if validated or now - saved >= checkpoint_every:
            state.seconds = time.monotonic() - began
            state.save(checkpoint, model, optimizer, schedule)
            saved = time.monotonic()
    if not state.best_weights and state.step:
        # Told to finish before the first validation: what there is, is the best.
        state.best_scores = objective.validate(check)
        state.best_score, state.best_step = state.best_scores["score"], state.step
        on_scores(state.step, state.best_scores)
    if state.best_weights:
        model.load_state_dict(state.best_weights)
    model.eval()
    return TrainingResult(state.step, state.best_step, state.best_scores, state.history, time.monotonic() - began)


def _learn(objective: Objective, model: torch.nn.Module, batch: Any, parameters: Any) -> torch.Tensor:
    """Loss and gradients of a batch; with FGM those of its worst neighbour as well.

    FGM (Miyato, Dai & Goodfellow 2017, "Adversarial training methods for semi-supervised text classification"): a step
    along the gradient of the looked-up vectors, as long as a share of them.
    """
    values = "inputs_embeds" if "inputs_embeds" in batch else "inputs"
    if parameters.adversarial:
        batch[values].requires_grad_()
    mixed = torch.autocast("cpu", torch.bfloat16, enabled=parameters.precision == "bf16")
    with batched_attention(model), mixed:
        loss = objective.loss(batch)
    loss.backward()
    if parameters.adversarial:
        plain, slope = batch[values].detach(), batch[values].grad
        length = slope.norm(dim=-1, keepdim=True).clamp(min=1e-12)
        batch[values] = plain + parameters.adversarial * plain.norm(dim=-1, keepdim=True) * slope / length
        with batched_attention(model), torch.autocast("cpu", torch.bfloat16, enabled=parameters.precision == "bf16"):
            objective.loss(batch).backward()
    return loss


@dataclass(slots=True)
class _State:
    """What a checkpoint holds beside the weights."""

    step: int = 0
    epoch: int = 0
    position: int = 0
    """Batches of the epoch that are done."""
    best_step: int = 0
    best_score: float = float("-inf")
    best_scores: dict[str, float] = field(default_factory=dict)
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    since_best: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)

    def save(self, path: Path, model: torch.nn.Module, optimizer: Any, schedule: Any) -> None:
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        values |= {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": {key: value for key, value in schedule.state_dict().items() if key != "lr_lambdas"},
            "torch_random": torch.get_rng_state(),
        }
        aside = path.with_suffix(".tmp")
        with aside.open("wb") as file:
            torch.save(values, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

    def load(self, path: Path, model: torch.nn.Module, optimizer: Any, schedule: Any) -> None:
        values = torch.load(path, weights_only=True)
        model.load_state_dict(values.pop("model"))
        optimizer.load_state_dict(values.pop("optimizer"))
        schedule.load_state_dict(values.pop("schedule") | {"lr_lambdas": [None] * len(optimizer.param_groups)})
        torch.set_rng_state(values.pop("torch_random"))
        for name in self.__slots__:
            setattr(self, name, values.get(name, getattr(self, name)))


def freeze(model: torch.nn.Module, layers: int) -> None:
    """Keep the embeddings' norm and the lowest ``layers`` layers of the encoder as they are."""
    if not layers:
        return
    encoder: Any = model.base_model
    for parameter in encoder.embeddings.parameters():
        parameter.requires_grad = False
    for layer in encoder.encoder.layer[:layers]:
        for parameter in layer.parameters():
            parameter.requires_grad = False


def _optimizer(model: torch.nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW with no decay on norms and biases, and a higher rate for the new head."""
    parameters = recipe.train
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    inside = f"{getattr(model, 'base_model_prefix', 'bert')}."
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            head = not name.startswith(inside)
            decays = parameter.ndim > 1 and "LayerNorm" not in name
            groups.setdefault((head, decays), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": members,
                "lr": parameters.head_learning_rate if head else parameters.learning_rate,
                "weight_decay": parameters.weight_decay if decays else 0.0,
            }
            for (head, decays), members in groups.items()
        ],
        fused=True,
    )


def _rate(step: int, steps: int, warmup: float) -> float:
    rising = max(1, round(steps * warmup))
    if step < rising:
        return (step + 1) / rising
    return max(0.02, (steps - step) / max(1, steps - rising))
