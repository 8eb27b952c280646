"""What the reader of answers optimizes. Runs in the trainer's process (torch)."""

from __future__ import annotations

import contextlib
import copy
import functools
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from assistant.inference.tokenizer import Tokenizer
from assistant.inference.vocabulary import Vocabulary
from assistant.training import modeling
from assistant.training.answer_rows import altered, source_rows, unanswerable
from assistant.training.distilling import TEMPERATURE
from assistant.training.features import AnswerFeature, answer_features
from assistant.training.frozen import ROOM, layers_of, lower_states, padded_states
from assistant.training.objectives import Batch, batches, pad_ids, padded_length
from assistant.training.recipe import Recipe


class AnswerObjective:
    """Extractive question answering by start and end pieces; ``<s>`` stands for "no answer" (Devlin et al. 2019).

    With :meth:`teach` the model that training starts from is held to where it was right already
    (:mod:`assistant.training.distilling`): both distributions over a window's pieces, softened.
    """

    _split_at = 0
    _states: Sequence[torch.Tensor] = ()
    _asked: Sequence[torch.Tensor] = ()
    _teaching = False
    _teacher: Any = None
    _drawn = -1

    def __init__(self, recipe: Recipe, root: Path, base: Path, tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
        self._recipe, self._tokenizer, self._vocabulary = recipe, tokenizer, vocabulary
        self.model = modeling.load_span_extractor(base, recipe.train.dropout, recipe.train.layers)
        self._sources = [(source, source_rows(source, root, recipe.seed)) for source in recipe.sources("train")]
        validation = [row for source in recipe.sources("validation") for row in source_rows(source, root, recipe.seed)]
        self._validation = answer_features(validation, tokenizer, max_tokens=recipe.train.max_tokens)
        self._features: list[AnswerFeature] = []
        self.lengths = np.zeros(0, dtype=np.int64)
        self.check: Callable[[], None] = lambda: None
        """Called while frozen layers run before the first epoch; may raise."""
        self._held_states: Sequence[torch.Tensor] = ()
        self._taught: list[bool] = []

    def teach(self, tags: Sequence[str]) -> None:
        """From now on the model as it is teaches what it becomes (before the first epoch). Readers have no tags."""
        self._teaching = self._recipe.train.distillation > 0

    def start_epoch(self, epoch: int) -> None:
        if self._states or epoch == self._drawn:
            # Nothing is drawn anew where the outputs of frozen layers are kept.
            return
        self._drawn = epoch
        rng = random.Random(f"{self._recipe.seed}/{epoch}")
        self._features = []
        for source, rows in self._sources:
            for _ in range(source.repeat):
                chosen = rows + unanswerable(rows, source.unanswerable, rng) + altered(rows, source.altered, rng)
                self._features += answer_features(
                    chosen, self._tokenizer, max_tokens=self._recipe.train.max_tokens, empty_windows=0.3, rng=rng
                )
        self.lengths = np.array([len(feature.ids) for feature in self._features])
        self._keep_lower()
        if self._teaching:
            self._ask_teacher()

    def _keep_lower(self) -> None:
        """Run the frozen layers once, where training sees the same in every epoch and their outputs have room."""
        parameters = self._recipe.train
        drawn = any(source.unanswerable or source.altered for source, _ in self._sources)
        pieces = int(self.lengths.sum()) + sum(len(feature.ids) for feature in self._validation)
        if not parameters.frozen_layers or drawn or parameters.lora_rank or pieces > ROOM or not self._teaching:
            return
        pad = functools.partial(pad_ids, vocabulary=self._vocabulary)
        layers = parameters.frozen_layers
        held = [feature.ids for feature in self._validation]
        self._held_states = lower_states(self.model, layers, held, pad, self.check) if held else []
        self._states = lower_states(self.model, layers, [item.ids for item in self._features], pad, self.check)
        self._split_at = layers

    def _ask_teacher(self) -> None:
        """The starting model's logits (2, pieces) of this epoch's windows, and where it was right."""
        if self._teacher is None:
            self._teacher = self.model if self._states else copy.deepcopy(self.model)
        self._teacher.eval()
        asked = [torch.empty(0)] * len(self._features)
        self._taught = [False] * len(self._features)
        mixed = torch.autocast("cpu", torch.bfloat16, enabled=self._recipe.train.precision == "bf16")
        for indices in batches(self.lengths, 4096, random.Random(0)):
            self.check()
            made = self._inputs(indices)
            with torch.inference_mode(), mixed:
                output = self._output(made, self._teacher)
            for line, index in enumerate(indices):
                feature = self._features[index]
                size = len(feature.ids)
                start, end = output.start_logits[line, :size].float(), output.end_logits[line, :size].float()
                asked[index] = torch.stack([start, end]).to(torch.float16).clone()
                said = best_span(start.numpy(), end.numpy())
                self._taught[index] = said == (feature.start, feature.end)
        self._asked = asked

    def _inputs(self, indices: Sequence[int]) -> Batch:
        if self._states:
            kept = [self._states[index] for index in indices]
            return padded_states(kept, padded_length(max(map(len, kept))))
        return pad_ids([self._features[index].ids for index in indices], self._vocabulary)

    def _output(self, batch: Batch, model: Any = None) -> Any:
        model = self.model if model is None else model
        with layers_of(model, self._split_at, None) if self._split_at else contextlib.nullcontext():
            return model(inputs_embeds=batch["inputs_embeds"], attention_mask=batch["attention_mask"])

    def batch(self, indices: Sequence[int]) -> Batch:
        chosen = [self._features[index] for index in indices]
        made = self._inputs(indices)
        made["start"] = torch.tensor([feature.start for feature in chosen])
        made["end"] = torch.tensor([feature.end for feature in chosen])
        if self._asked:
            made["asked"] = torch.full((len(chosen), 2, made["attention_mask"].shape[1]), -1e4)
            for line, index in enumerate(indices):
                made["asked"][line, :, : self._asked[index].shape[1]] = self._asked[index].float()
            made["taught"] = torch.tensor([self._taught[index] for index in indices])
        return made

    def loss(self, batch: Batch) -> torch.Tensor:
        output = self._output(batch)
        padding = batch["attention_mask"] == 0
        cross_entropy = torch.nn.functional.cross_entropy
        start = output.start_logits.float().masked_fill(padding, -1e4)
        end = output.end_logits.float().masked_fill(padding, -1e4)
        loss = (cross_entropy(start, batch["start"]) + cross_entropy(end, batch["end"])) / 2
        if "asked" in batch and bool(batch["taught"].any()):
            now = (torch.stack([start, end], dim=1)[batch["taught"]] / TEMPERATURE).log_softmax(-1)
            before = (batch["asked"][batch["taught"]] / TEMPERATURE).log_softmax(-1)
            apart = torch.nn.functional.kl_div(now, before, reduction="none", log_target=True).sum(-1).mean()
            loss = loss + self._recipe.train.distillation * apart * TEMPERATURE**2
        return loss

    def validate(self, check: Callable[[], None]) -> dict[str, float]:
        """Piece-level F1 of the best span of each window (1 where both say "no answer")."""
        self.model.eval()
        order = sorted(range(len(self._validation)), key=lambda index: len(self._validation[index].ids))
        total = exact = answered = answered_count = 0.0
        with torch.inference_mode():
            for at in range(0, len(order), 16):
                check()
                chosen = [self._validation[index] for index in order[at : at + 16]]
                if self._held_states:
                    kept = [self._held_states[index] for index in order[at : at + 16]]
                    made = padded_states(kept, padded_length(max(map(len, kept))))
                else:
                    made = pad_ids([feature.ids for feature in chosen], self._vocabulary)
                with torch.autocast("cpu", torch.bfloat16, enabled=self._recipe.train.precision == "bf16"):
                    output = self._output(made)
                starts, ends = output.start_logits.float().numpy(), output.end_logits.float().numpy()
                for line, feature in enumerate(chosen):
                    start, end = best_span(starts[line, : len(feature.ids)], ends[line, : len(feature.ids)])
                    overlap = min(end, feature.end) - max(start, feature.start) + 1
                    if feature.start == 0 or start == 0:
                        value = float(feature.start == 0 and start == 0)
                    else:
                        lengths = (end - start + 1) + (feature.end - feature.start + 1)
                        value = 2 * max(overlap, 0) / lengths
                    total += value
                    exact += (start, end) == (feature.start, feature.end)
                    if feature.start:
                        answered += value
                        answered_count += 1
        count = max(len(order), 1)
        return {
            "score": total / count,
            "exact": exact / count,
            "answered_f1": answered / max(answered_count, 1),
        }


def best_span(start: npt.NDArray[np.float32], end: npt.NDArray[np.float32], longest: int = 40) -> tuple[int, int]:
    """The most probable inclusive span of at most ``longest`` pieces, or ``(0, 0)`` for no answer."""
    null = float(start[0] + end[0])
    best, chosen = null, (0, 0)
    for first in np.argsort(start)[-20:]:
        if first == 0:
            continue
        stop = min(first + longest, len(end))
        last = first + int(np.argmax(end[first:stop]))
        value = float(start[first] + end[last])
        if value > best:
            best, chosen = value, (int(first), int(last))
    return chosen
