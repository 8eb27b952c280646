"""The shared encoder: tokenizer, vocabulary table and a graph behind it.

This module alone knows that vectors are looked up before the graph (the shipped models) or ids go into it (an imported
model): :class:`Graph` takes encodings and gives the graph's outputs for each text's own pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Session
from assistant.inference.tokenizer import BOS, EOS, PAD, Encoding, Tokenizer
from assistant.inference.vocabulary import Vocabulary
from assistant.jobs import JobContext

Floats = npt.NDArray[np.float32]

MAX_TOKENS = 512
"""Positions of the encoder."""
BATCH_TOKENS = 2048
"""Padded pieces in one run: about a third of a second on two cores, so that work can be stopped within a second."""


class Graph:
    """A task's graph behind the vocabulary table. Thread-safe."""

    def __init__(self, manifest: Manifest, session: Session, tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
        self.manifest = manifest
        self.tokenizer = tokenizer
        self.session = session
        self._vocabulary = vocabulary

    def run(self, rows: Sequence[npt.NDArray[np.int32]], ctx: JobContext) -> Iterator[tuple[int, list[Floats]]]:
        """Outputs for rows of piece ids (specials included, at most 512 each), batched by length.

        Yields ``(index of the row, outputs)``, not in order; each output is cut to the row's own length. Checks ``ctx``
        before each run.
        """
        order = sorted(range(len(rows)), key=lambda index: len(rows[index]), reverse=True)
        at = 0
        while at < len(order):
            ctx.check()
            # Multiples of 16 keep the number of different shapes, and so ONNX Runtime's arenas, small.
            width = min(-(-len(rows[order[at]]) // 16) * 16, MAX_TOKENS)
            chunk = order[at : at + max(1, BATCH_TOKENS // width)]
            at += len(chunk)
            ids = np.full((len(chunk), width), PAD, dtype=np.int32)
            mask = np.zeros((len(chunk), width), dtype=np.int64)
            for line, index in enumerate(chunk):
                row = rows[index]
                ids[line, : len(row)] = row
                mask[line, : len(row)] = 1
            outputs = self.session.run(self._feeds(ids, mask))
            for line, index in enumerate(chunk):
                yield index, [output[line, : len(rows[index])] for output in outputs]

    def _feeds(
        self, ids: npt.NDArray[np.int32], mask: npt.NDArray[np.int64]
    ) -> dict[str, npt.NDArray[np.float32] | npt.NDArray[np.int64]]:
        if self.manifest.input == "input_ids":
            feeds: dict[str, npt.NDArray[np.float32] | npt.NDArray[np.int64]] = {"input_ids": ids.astype(np.int64)}
            if "token_type_ids" in self.session.inputs:
                feeds["token_type_ids"] = np.zeros_like(mask)
        else:
            feeds = {"inputs_embeds": self._vocabulary.lookup(ids)}
        feeds["attention_mask"] = mask
        return feeds


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
