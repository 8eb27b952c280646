"""Small models over the shared encoder's vectors: sentence salience and document classes.

The encoder stays as it is and runs once over each text, through the same ONNX session as in the reader, so a head
sees in
training just what it will see in use. Runs in the trainer's process (torch).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from assistant.inference.encoder import Encoder
from assistant.inference.salience import EXTRA, WINDOW, features
from assistant.training.answer_rows import draw
from assistant.training.dataset import ClassRow, SummaryRow, read_classes, read_summaries
from assistant.training.heads_data import class_vector, share_of_best, vectors_of, worth
from assistant.training.metrics import SUMMARY_SENTENCES
from assistant.training.objectives import Batch
from assistant.training.recipe import Recipe

_log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]


class SalienceHead(torch.nn.Module):
    """Two self-attention layers over a document's sentences (cf. Liu & Lapata 2019, "Text summarization with pretrained
    encoders"): features (batch, sentences, width) and mask (batch, sentences) to logits (batch, sentences)."""

    def __init__(self, width: int, hidden: int = 128, heads: int = 4, layers: int = 2, dropout: float = 0.2) -> None:
        super().__init__()
        self.enter = torch.nn.Linear(width, hidden)
        self.layers = torch.nn.ModuleList(_Block(hidden, heads, dropout) for _ in range(layers))
        self.leave = torch.nn.Linear(hidden + EXTRA, 1)
        self.dropout = torch.nn.Dropout(dropout)

    def forward(self, inputs: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        state = self.dropout(torch.nn.functional.gelu(self.enter(inputs)))
        for layer in self.layers:
            state = layer(state, mask)
        logits: torch.Tensor = self.leave(torch.cat([state, inputs[..., -EXTRA:]], dim=-1)).squeeze(-1)
        return logits


class _Block(torch.nn.Module):
    """A pre-norm transformer layer in plain operators, which export to ONNX as they are."""

    def __init__(self, hidden: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.first_norm, self.second_norm = torch.nn.LayerNorm(hidden), torch.nn.LayerNorm(hidden)
        self.project = torch.nn.Linear(hidden, 3 * hidden)
        self.merge = torch.nn.Linear(hidden, hidden)
        self.feed = torch.nn.Sequential(
            torch.nn.Linear(hidden, 2 * hidden),
            torch.nn.GELU(),
            torch.nn.Dropout(dropout),
            torch.nn.Linear(2 * hidden, hidden),
        )
        self.dropout = torch.nn.Dropout(dropout)

    def forward(self, state: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        batch, count, hidden = state.shape
        parts = self.project(self.first_norm(state)).view(batch, count, 3, self.heads, hidden // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        weights = query @ key.transpose(-1, -2) / (hidden // self.heads) ** 0.5
        if mask is not None:
            weights = weights.masked_fill(mask[:, None, None, :] == 0, -1e4)
        mixed = (weights.softmax(-1) @ value).transpose(1, 2).reshape(batch, count, hidden)
        state = state + self.dropout(self.merge(mixed))
        result: torch.Tensor = state + self.dropout(self.feed(self.second_norm(state)))
        return result


class SummaryObjective:
    """What each sentence would give to a summary (:func:`assistant.training.heads_data.worth`).

    Rows that serve for validation are left out of training, so both may be drawn from one split.
    """

    def __init__(self, recipe: Recipe, root: Path, encoder: Encoder, check: Callable[[], None]) -> None:
        self._recipe = recipe
        self.model = SalienceHead(384 + EXTRA, dropout=recipe.train.dropout)
        held: set[tuple[str, ...]] = set()
        self._validation = self._documents(recipe, root, "validation", encoder, check, held)
        self._train = self._documents(recipe, root, "train", encoder, check, held)
        self._windows: list[tuple[Floats, Floats]] = []
        self.lengths = np.zeros(0, dtype=np.int64)

    @staticmethod
    def _documents(
        recipe: Recipe,
        root: Path,
        role: str,
        encoder: Encoder,
        check: Callable[[], None],
        held: set[tuple[str, ...]],
    ) -> list[tuple[str, Floats, Floats]]:
        """``(kind, features (n, 393), worth (n,))`` of each document; ``held`` collects those of the validation."""
        made = []
        for source in recipe.sources(role):
            rows: list[SummaryRow] = draw(read_summaries(root / source.file, source.splits), source, recipe.seed)
            for row in rows:
                check()
                key = tuple(row.sentences)
                if role == "validation":
                    held.add(key)
                elif key in held:
                    continue
                labels = worth(row)
                if not labels.any():
                    continue
                vectors = vectors_of(row.sentences, row.lang, encoder)
                inputs = features(vectors, [len(sentence) for sentence in row.sentences])
                made += [(row.kind, inputs, labels)] * source.repeat
            _log.info("%s: %d documents", source.file, len(made))
        return made

    def start_epoch(self, epoch: int) -> None:
        self._windows = []
        for _, inputs, labels in self._train:
            for first in range(0, max(1, len(inputs) - WINDOW // 2), WINDOW // 2):
                if labels[first : first + WINDOW].any():
                    self._windows.append((inputs[first : first + WINDOW], labels[first : first + WINDOW]))
        self.lengths = np.array([len(labels) for _, labels in self._windows])

    def batch(self, indices: Sequence[int]) -> Batch:
        chosen = [self._windows[index] for index in indices]
        width = max(len(labels) for _, labels in chosen)
        inputs = np.zeros((len(chosen), width, chosen[0][0].shape[1]), dtype=np.float32)
        labels = np.zeros((len(chosen), width), dtype=np.float32)
        mask = np.zeros((len(chosen), width), dtype=np.float32)
        for row, (values, gold) in enumerate(chosen):
            inputs[row, : len(gold)], labels[row, : len(gold)], mask[row, : len(gold)] = values, gold, 1
        return {"inputs": torch.from_numpy(inputs), "labels": torch.from_numpy(labels), "mask": torch.from_numpy(mask)}

    def loss(self, batch: Batch) -> torch.Tensor:
        logits = self.model(batch["inputs"], batch["mask"]).float()
        losses = torch.nn.functional.binary_cross_entropy_with_logits(logits, batch["labels"], reduction="none")
        return (losses * batch["mask"]).sum() / batch["mask"].sum()

    def validate(self, check: Callable[[], None]) -> dict[str, float]:
        """What the best sentences by the head are worth against the best there are, by kind of document."""
        self.model.eval()
        values: dict[str, list[float]] = {}
        with torch.inference_mode():
            for kind, inputs, labels in self._validation:
                check()
                logits = self.model(torch.from_numpy(inputs[None, :512])).numpy()[0]
                if labels[:512].any():
                    most = SUMMARY_SENTENCES.get(kind, 3)
                    values.setdefault(kind, []).append(share_of_best(labels[:512], logits, most))
        scores = {f"worth/{kind}": float(np.mean(rows)) for kind, rows in values.items()}
        scores["score"] = float(np.mean(list(scores.values())))
        return scores


class ClassObjective:
    """Document classes by a linear layer over the encoder's vectors (the opening passage and the mean of all)."""

    def __init__(self, recipe: Recipe, root: Path, encoder: Encoder, check: Callable[[], None]) -> None:
        self._recipe = recipe
        self._train = self._documents(recipe, root, "train", encoder, check)
        self._validation = self._documents(recipe, root, "validation", encoder, check)
        self.labels = recipe.labels or tuple(sorted({label for _, label in self._train}))
        self.model = torch.nn.Linear(2 * 384, len(self.labels))
        self.lengths = np.ones(len(self._train), dtype=np.int64)
        self.weights = self._weigh() if recipe.train.class_weights else None
        """Of each class in the loss, where classes are weighed."""

    def _weigh(self) -> torch.Tensor:
        """Inverse square root of the classes' frequency; the commonest is 1, and none counts over 10 times as much."""
        counts = np.array([max(1, sum(label == name for _, label in self._train)) for name in self.labels])
        return torch.tensor(np.clip(np.sqrt(counts.max() / counts), 1.0, 10.0), dtype=torch.float32)

    @staticmethod
    def _documents(
        recipe: Recipe, root: Path, role: str, encoder: Encoder, check: Callable[[], None]
    ) -> list[tuple[Floats, str]]:
        made = []
        for source in recipe.sources(role):
            rows: list[ClassRow] = draw(read_classes(root / source.file, source.splits), source, recipe.seed)
            for row in rows:
                check()
                made += [(class_vector(row.text, row.lang, encoder), row.label)] * source.repeat
        return made

    def start_epoch(self, epoch: int) -> None:
        return None

    def batch(self, indices: Sequence[int]) -> Batch:
        known = {label: index for index, label in enumerate(self.labels)}
        return {
            "inputs": torch.from_numpy(np.stack([self._train[index][0] for index in indices])),
            "labels": torch.tensor([known[self._train[index][1]] for index in indices]),
        }

    def loss(self, batch: Batch) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(
            self.model(batch["inputs"]).float(), batch["labels"], weight=self.weights, label_smoothing=0.05
        )

    def validate(self, check: Callable[[], None]) -> dict[str, float]:
        self.model.eval()
        check()
        if not self._validation:
            return {"score": 0.0}
        with torch.inference_mode():
            inputs = torch.from_numpy(np.stack([vector for vector, _ in self._validation]))
            predicted = self.model(inputs).argmax(-1).tolist()
        right = [self.labels[guess] == label for guess, (_, label) in zip(predicted, self._validation, strict=True)]
        return {"score": float(np.mean(right)), "accuracy": float(np.mean(right))}


def export_head(model: torch.nn.Module, path: Path) -> None:
    """The head's float32 graph: ``features`` (1, n, width) to ``logits`` (1, n), or (n, 768) to (n, classes)."""
    model.eval()
    if isinstance(model, SalienceHead):
        example, axes = torch.zeros(1, 7, 384 + EXTRA), {"features": {1: "sentences"}, "logits": {1: "sentences"}}
    else:
        example, axes = torch.zeros(3, 2 * 384), {"features": {0: "documents"}, "logits": {0: "documents"}}
    with torch.inference_mode():
        torch.onnx.export(
            model, (example,), str(path), input_names=["features"], output_names=["logits"], dynamic_axes=axes,
            opset_version=17, dynamo=False,
        )  # fmt: skip
