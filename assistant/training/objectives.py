"""What a task optimizes: its features, its loss, its validation score. Runs in the trainer's process (torch)."""

from __future__ import annotations

import contextlib
import copy
import functools
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from assistant.inference.manifest import Manifest
from assistant.inference.tokenizer import PAD, Tokenizer
from assistant.training import modeling
from assistant.training.answer_rows import draw
from assistant.training.dataset import EntityRow, read_entities
from assistant.training.distilling import distillation, fitting
from assistant.training.features import (
    IGNORE,
    TokenFeature,
    bio_labels,
    join_sentences,
    token_features,
)
from assistant.training.frozen import ROOM, layers_of, lower_states, padded_states
from assistant.training.perturb import augment
from assistant.training.recipe import DataSource, Recipe, TrainingParameters

if TYPE_CHECKING:
    from assistant.training.own_base import OwnBase

Batch = dict[str, torch.Tensor]


class Objective(Protocol):
    """A task as the training loop sees it. ``lengths`` (features,) are numbers of pieces, for the buckets."""

    model: torch.nn.Module
    lengths: npt.NDArray[np.int64]

    def start_epoch(self, epoch: int) -> None:
        """Make this epoch's features (augmentation is drawn anew, from the recipe's seed)."""
        ...

    def batch(self, indices: Sequence[int]) -> Batch: ...

    def loss(self, batch: Batch) -> torch.Tensor: ...

    def validate(self, check: Callable[[], None]) -> dict[str, float]:
        """Scores on the validation split; ``score`` decides which state is kept."""
        ...


class Table(Protocol):
    """Vectors of pieces, as :class:`assistant.inference.vocabulary.Vocabulary` has them."""

    def lookup(self, ids: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]: ...


def padded_length(length: int) -> int:
    """Up to a multiple of 32: torch compiles its bfloat16 kernels anew for every new shape."""
    return -(-length // 32) * 32


def pad_ids(rows: Sequence[npt.NDArray[np.int32]], vocabulary: Table) -> Batch:
    """Looked-up vectors (batch, tokens, width) and mask (batch, tokens) of rows of different length."""
    width = padded_length(max(len(row) for row in rows))
    ids = np.full((len(rows), width), PAD, dtype=np.int32)
    mask = np.zeros((len(rows), width), dtype=np.int64)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return {
        "inputs_embeds": torch.from_numpy(vocabulary.lookup(ids)),
        "attention_mask": torch.from_numpy(mask),
    }


def batches(lengths: npt.NDArray[np.int64], batch_tokens: int, rng: random.Random) -> list[list[int]]:
    """Shuffled batches of features of about the same padded length, ``batch_tokens`` padded tokens each."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    buckets: dict[int, list[int]] = {}
    for index in order:
        buckets.setdefault(padded_length(int(lengths[index])), []).append(index)
    made = []
    for width, members in buckets.items():
        size = max(1, batch_tokens // width)
        made += [members[at : at + size] for at in range(0, len(members), size)]
    rng.shuffle(made)
    return made


class EntityObjective:
    """Token classification over BIO tags, with partial labels.

    Where a source does not mark a label, its "O" says nothing about that label: the loss is then the negative log of
    the
    summed probability of all tags that may be right (marginal likelihood; cf. Greenberg et al. 2018, "Marginal
    likelihood
    training of BiLSTM-CRF for biomedical named entity recognition from disjoint label sets").
    """

    _split_at = 0
    """Layers whose outputs are kept (:mod:`assistant.training.frozen`)."""

    def __init__(
        self,
        recipe: Recipe,
        root: Path,
        base: Path,
        tokenizer: Tokenizer,
        vocabulary: Table,
        model: Any = None,
    ) -> None:
        """``model``: a token classifier over ``vocabulary``; None: one over the shared encoder in ``base``."""
        self._recipe, self._tokenizer, self._vocabulary = recipe, tokenizer, vocabulary
        self.tags = bio_labels(recipe.labels)
        if model is None:
            model = modeling.load_token_classifier(base, self.tags, recipe.train.dropout, recipe.train.layers)
        self.model = model
        self.own: OwnBase | None = None
        """The encoder with a vocabulary of its own that ``model`` stands on."""
        self._sources = [(source, self._rows(root, source)) for source in recipe.sources("train")]
        self._validation = [row for source in recipe.sources("validation") for row in self._rows(root, source)]
        self._validation_marks = {
            row.source: set(source.labels or recipe.labels)
            for source in recipe.sources("validation")
            for row in self._rows(root, source)
        }
        sets = [frozenset(set(recipe.labels) - set(source.labels or recipe.labels)) for source, _ in self._sources]
        self._open_sets = list(dict.fromkeys(sets))
        self._open = torch.zeros(len(self._open_sets), len(self.tags), dtype=torch.bool)
        for row, unmarked in enumerate(self._open_sets):
            self._open[row, 0] = True
            for tag, name in enumerate(self.tags[1:], 1):
                self._open[row, tag] = name[2:] in unmarked
        self._features: list[TokenFeature] = []
        self.lengths = np.zeros(0, dtype=np.int64)
        self.weights: torch.Tensor | None = None
        """Of each tag, where classes are weighed."""
        self.check: Callable[[], None] = lambda: None
        """Called while frozen layers run before the first epoch; may raise."""
        self._states: list[torch.Tensor] = []
        self._held_states: list[torch.Tensor] = []
        self._drawn = -1
        self._known = torch.zeros(0, dtype=torch.int64)
        self._teacher: Any = None
        self._asked: list[torch.Tensor] = []
        self._taught: list[torch.Tensor] = []

    def teach(self, tags: Sequence[str]) -> None:
        """From now on the model as it is, whose tags these are, teaches what it becomes (before the first epoch)."""
        if self._recipe.train.distillation:
            self._known = torch.tensor([self.tags.index(tag) for tag in tags if tag in self.tags], dtype=torch.int64)

    def learn_from(self, folder: Path, base: Path) -> None:
        """The model in ``folder``, which training starts from, teaches, also where this one has fewer layers than it.

        Raises ModelError as :func:`assistant.training.start.start_from`.
        """
        from assistant.training.start import start_from

        labels = Manifest.read(folder).labels
        self.teach(labels)
        if self._recipe.train.layers:
            self._teacher = modeling.load_token_classifier(base, self.tags, self._recipe.train.dropout)
            start_from(self._teacher, folder, base)

    def _weigh(self) -> torch.Tensor:
        """Inverse square root of the tags' frequency; "O" is 1, and no tag counts more than 10 times as much."""
        counts = np.ones(len(self.tags))
        for feature in self._features:
            known = feature.targets[feature.targets > 0]
            counts += np.bincount(known, minlength=len(self.tags))
        values = np.sqrt(counts[1:].max() / counts)
        values[0] = 1.0
        return torch.tensor(np.clip(values, 1.0, 10.0), dtype=torch.float32)

    def _rows(self, root: Path, source: DataSource) -> list[EntityRow]:
        rows = draw(read_entities(root / source.file, source.splits), source, self._recipe.seed)
        if source.ignore:
            pattern = re.compile(source.ignore)
            rows = [_ignore(row, pattern) for row in rows]
        return rows

    def start_epoch(self, epoch: int) -> None:
        parameters = self._recipe.train
        if self._states or epoch == self._drawn:
            # Nothing is drawn anew where the outputs of frozen layers are kept.
            return
        self._drawn = epoch
        rng = random.Random(f"{self._recipe.seed}/{epoch}")
        self._features = []
        for source, rows in self._sources:
            unmarked = frozenset(set(self._recipe.labels) - set(source.labels or self._recipe.labels))
            for _ in range(source.repeat):
                chosen = join_sentences(rows, rng) if parameters.join else rows
                chosen = [augment(row, rng, parameters.perturbations) for row in chosen]
                self._features += token_features(
                    chosen, self._tokenizer, self._recipe.labels, unmarked,
                    self._open_sets.index(unmarked), parameters.max_tokens,
                )  # fmt: skip
        self.lengths = np.array([len(feature.ids) for feature in self._features])
        if parameters.class_weights:
            self.weights = self._weigh()
        self._keep_lower(parameters)
        if len(self._known):
            self._ask_teacher()

    def _ask_teacher(self) -> None:
        """What the starting model says of this epoch's features: once for all where their lower outputs are kept.

        The loop makes the first epoch before it loads a checkpoint, so a run that goes on has the same teacher.
        """
        if self._teacher is None:
            self._teacher = self.model if self._states else copy.deepcopy(self.model)
        self._teacher.eval()
        self._asked, self._taught = [torch.empty(0)] * len(self._features), [torch.empty(0)] * len(self._features)
        mixed = torch.autocast("cpu", torch.bfloat16, enabled=self._recipe.train.precision == "bf16")
        for indices in batches(self.lengths, 4096, random.Random(0)):
            self.check()
            kept = [self._states[index] for index in indices] if self._states else []
            made = self._padded([self._features[index].ids for index in indices], kept)
            with torch.inference_mode(), mixed:
                logits = self._logits(made, self._teacher)[:, :, self._known]
            for line, index in enumerate(indices):
                feature = self._features[index]
                asked = logits[line, : len(feature.ids)].clone()
                self._asked[index] = asked.to(torch.float16)
                self._taught[index] = fitting(
                    asked, self._known, torch.from_numpy(feature.targets), self._open[feature.open_set]
                )

    def _keep_lower(self, parameters: TrainingParameters) -> None:
        """Run the frozen layers once, where they see the same in every epoch and their outputs have room."""
        room = self._recipe.train.max_tokens - 2
        held = [
            np.concatenate([[self._tokenizer.bos], item.ids[:room], [self._tokenizer.eos]]).astype(np.int32)
            for item in self._tokenizer.encode([row.text for row in self._validation])
        ]
        pieces = int(self.lengths.sum()) + sum(map(len, held))
        if not parameters.frozen_layers or parameters.perturbations or parameters.lora_rank or pieces > ROOM:
            return
        layers = parameters.frozen_layers
        pad = functools.partial(pad_ids, vocabulary=self._vocabulary)
        self._held_states = lower_states(self.model, layers, held, pad, self.check)
        self._states = lower_states(self.model, layers, [item.ids for item in self._features], pad, self.check)
        self._split_at = layers

    def _padded(self, rows: Sequence[npt.NDArray[np.int32]], kept: Sequence[torch.Tensor]) -> Batch:
        return padded_states(kept, padded_length(max(map(len, kept)))) if kept else pad_ids(rows, self._vocabulary)

    def _logits(self, batch: Batch, model: Any = None) -> torch.Tensor:
        """(batch, pieces, tags), of vectors or of what the frozen layers made of them."""
        model = self.model if model is None else model
        with layers_of(model, self._split_at, None) if self._split_at else contextlib.nullcontext():
            logits: torch.Tensor = model(
                inputs_embeds=batch["inputs_embeds"], attention_mask=batch["attention_mask"]
            ).logits
        return logits.float()

    def batch(self, indices: Sequence[int]) -> Batch:
        chosen = [self._features[index] for index in indices]
        kept = [self._states[index] for index in indices] if self._states else []
        made = self._padded([feature.ids for feature in chosen], kept)
        targets = np.full(made["attention_mask"].shape, IGNORE, dtype=np.int64)
        for row, feature in enumerate(chosen):
            targets[row, : len(feature.targets)] = feature.targets
        made["targets"] = torch.from_numpy(targets)
        made["open"] = torch.tensor([feature.open_set for feature in chosen])
        if self._asked:
            made["asked"] = torch.zeros(*targets.shape, len(self._known))
            made["taught"] = torch.zeros(targets.shape, dtype=torch.bool)
            for row, index in enumerate(indices):
                made["asked"][row, : len(self._asked[index])] = self._asked[index].float()
                made["taught"][row, : len(self._taught[index])] = self._taught[index]
        return made

    def loss(self, batch: Batch) -> torch.Tensor:
        logits = self._logits(batch)
        loss = self._gold_loss(logits, batch)
        if "asked" in batch:
            kept = distillation(logits, batch["asked"], self._known, batch["taught"])
            loss = loss + self._recipe.train.distillation * kept
        return loss

    def _gold_loss(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        log_probabilities = logits.log_softmax(-1)
        targets = batch["targets"]
        gold = log_probabilities.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        allowed = self._open[batch["open"]][:, None, :].expand_as(log_probabilities)
        outside = log_probabilities.masked_fill(~allowed, float("-inf")).logsumexp(-1)
        chosen = torch.where(targets == 0, outside, gold)
        kept = targets != IGNORE
        weights = getattr(self, "weights", None)
        if weights is None:
            return -chosen[kept].mean()
        worth: torch.Tensor = weights[targets[kept]]
        total: torch.Tensor = -(chosen[kept] * worth).sum() / worth.sum()
        return total

    def validate(self, check: Callable[[], None]) -> dict[str, float]:
        self.model.eval()
        counts: dict[str, list[int]] = {}
        texts = [row.text for row in self._validation]
        encodings = self._tokenizer.encode(texts)
        order = sorted(range(len(texts)), key=lambda index: len(encodings[index]))
        room = self._recipe.train.max_tokens - 2
        with torch.inference_mode():
            for at in range(0, len(order), 32):
                check()
                chunk = order[at : at + 32]
                bos, eos = self._tokenizer.bos, self._tokenizer.eos
                rows = [np.concatenate([[bos], encodings[index].ids[:room], [eos]]).astype(np.int32) for index in chunk]
                made = self._padded(rows, [self._held_states[index] for index in chunk] if self._held_states else [])
                with torch.autocast("cpu", torch.bfloat16, enabled=self._recipe.train.precision == "bf16"):
                    logits = self._logits(made)
                predicted = logits.argmax(-1).numpy()
                for line, index in enumerate(chunk):
                    row = self._validation[index]
                    marks = self._validation_marks[row.source]
                    encoding = encodings[index].slice(0, room)
                    found = greedy_spans(
                        [self.tags[tag] for tag in predicted[line, 1 : 1 + len(encoding)]], encoding, row.text
                    )
                    gold = {(e.start, e.end, e.label) for e in row.entities if e.label in marks}
                    found = {
                        span for span in found
                        if span[2] in marks
                        and (span in gold or not any(s < span[1] and span[0] < e for s, e in row.ignored))
                    }  # fmt: skip
                    # "labels/0" and "labels/1" are of one kind, but for what they mark.
                    tally = counts.setdefault(row.source.partition("/")[0], [0, 0, 0])
                    tally[0] += len(found & gold)
                    tally[1] += len(found)
                    tally[2] += len(gold)
        scores = {f"f1/{source}": _f1(*tally) for source, tally in counts.items()}
        hits, found_all, gold_all = (sum(tally[k] for tally in counts.values()) for k in range(3))
        scores["precision"] = hits / max(found_all, 1)
        scores["recall"] = hits / max(gold_all, 1)
        # Every source counts alike, whatever its size.
        scores["score"] = float(np.mean([value for name, value in scores.items() if name.startswith("f1/")]))
        return scores


def greedy_spans(tags: Sequence[str], encoding: Any, text: str) -> set[tuple[int, int, str]]:
    """Spans of a greedy BIO reading, trimmed of white space; for validation only."""
    spans: set[tuple[int, int, str]] = set()
    index = 0
    while index < len(tags):
        if tags[index] == "O":
            index += 1
            continue
        label = tags[index][2:]
        stop = index + 1
        while stop < len(tags) and tags[stop] == f"I-{label}":
            stop += 1
        start, end = int(encoding.starts[index]), int(encoding.ends[stop - 1])
        while start < end and text[start].isspace():
            start += 1
        if start < end:
            spans.add((start, end, label))
        index = stop
    return spans


def _ignore(row: EntityRow, pattern: re.Pattern[str]) -> EntityRow:
    moved = tuple((e.start, e.end) for e in row.entities if pattern.search(row.text[e.start : e.end]))
    if not moved:
        return row
    kept = tuple(e for e in row.entities if (e.start, e.end) not in moved)
    return EntityRow(row.id, row.doc, row.split, row.lang, row.source, row.text, kept, row.ignored + moved)


def _f1(hits: int, found: int, gold: int) -> float:
    return 2 * hits / (found + gold) if found + gold else 0.0
