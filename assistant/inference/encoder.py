"""The shared encoder: tokenizer, vocabulary table and a graph behind it.

This module alone knows that vectors are looked up before the graph (the shipped models) or ids go into it (an imported
model): :class:`Graph` takes encodings and gives the graph's outputs for each text's own pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Session
from assistant.inference.tokenizer import BOS, EOS, Encoding, Tokenizer
from assistant.inference.vocabulary import Vocabulary
from assistant.jobs import JobContext

Floats = npt.NDArray[np.float32]

MAX_TOKENS = 512
"""Positions of the encoder."""


class Graph:
    """A task's graph behind the vocabulary table. Thread-safe."""

    def __init__(self, manifest: Manifest, session: Session, tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
        self.manifest = manifest
        self.tokenizer = tokenizer
        self.session = session
        self._vocabulary = vocabulary

    def run(self, rows: Sequence[npt.NDArray[np.int32]], ctx: JobContext) -> Iterator[tuple[int, list[Floats]]]:
        """Outputs for rows of piece ids (specials included, at most 512 each), batched by length.

        Yields ``(index of the row, outputs)``, not in order; each output is cut to the row's own length. Several
        batches run side by side; ``ctx`` is checked between them.
        """
        batches = list(_batches(rows, self.session.batch))
        feeds = [partial(self._feeds, [rows[index] for index in batch]) for batch in batches]
        for batch, outputs in zip(batches, self.session.map(feeds, ctx.check), strict=True):
            for line, index in enumerate(batch):
                yield index, [output[line, : len(rows[index])] for output in outputs]

    def _feeds(
        self, rows: Sequence[npt.NDArray[np.int32]]
    ) -> dict[str, npt.NDArray[np.float32] | npt.NDArray[np.int64]]:
        width = max(map(len, rows))
        ids = np.full((len(rows), width), self.tokenizer.pad, dtype=np.int32)
        mask = np.zeros((len(rows), width), dtype=np.int64)
        for line, row in enumerate(rows):
            ids[line, : len(row)] = row
            mask[line, : len(row)] = 1
        if self.manifest.input == "input_ids":
            feeds: dict[str, npt.NDArray[np.float32] | npt.NDArray[np.int64]] = {"input_ids": ids.astype(np.int64)}
            if "token_type_ids" in self.session.inputs:
                feeds["token_type_ids"] = np.zeros_like(mask)
        else:
            feeds = {"inputs_embeds": self._vocabulary.lookup(ids)}
        feeds["attention_mask"] = mask
        return feeds


def _batches(rows: Sequence[npt.NDArray[np.int32]], size: int) -> Iterator[list[int]]:
    """Indices of rows of similar length, longest first: up to ``size`` padded pieces together, or one longer row."""
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]), reverse=True)
    at = 0
    while at < len(order):
        count = max(1, size // max(1, len(rows[order[at]])))
        yield order[at : at + count]
        at += count


class Encoder:
    """Hidden states and embeddings of texts (multilingual E5, Wang et al. 2024)."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.name = graph.manifest.id
        self.tokenizer = graph.tokenizer
        self._prefixes = {prefix: graph.tokenizer.encode([prefix])[0].ids for prefix in ("query: ", "passage: ", "")}

    def tokens(self, encodings: Sequence[Encoding], prefix: str, ctx: JobContext) -> Iterator[tuple[int, Floats]]:
        """Last hidden states ``(n, 384)`` of each text's own pieces, after ``prefix`` ("passage: ", "query: " or "").

        Yields ``(index, states)``, not in order. Texts are cut to what fits 512 pieces: pass no longer ones.
        """
        head = np.concatenate([[BOS], self._prefix(prefix)]).astype(np.int32)
        room = MAX_TOKENS - len(head) - 1
        rows = [np.concatenate([head, encoding.ids[:room], [EOS]]).astype(np.int32) for encoding in encodings]
        for index, outputs in self._graph.run(rows, ctx):
            yield index, outputs[0][len(head) : -1]

    def embed(self, texts: Sequence[str], kind: Literal["query", "passage"], ctx: JobContext) -> Floats:
        """Mean-pooled, L2-normalized vectors ``(texts, 384)``; a text longer than 512 pieces is cut."""
        head = np.concatenate([[BOS], self._prefix(f"{kind}: ")]).astype(np.int32)
        room = MAX_TOKENS - len(head) - 1
        rows = [
            np.concatenate([head, encoding.ids[:room], [EOS]]).astype(np.int32)
            for encoding in self.tokenizer.encode(texts)
        ]
        vectors = np.zeros((len(rows), self._graph.manifest.settings.get("width", 384)), dtype=np.float32)
        for index, outputs in self._graph.run(rows, ctx):
            vectors[index] = outputs[0].mean(axis=0)
        unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return unit

    def _prefix(self, prefix: str) -> npt.NDArray[np.int32]:
        known = self._prefixes.get(prefix)
        return self.tokenizer.encode([prefix])[0].ids if known is None else known
