"""Token classification: a score of every BIO tag for every piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from assistant.inference.encoder import MAX_TOKENS, Floats, Graph
from assistant.inference.tokenizer import Encoding
from assistant.jobs import JobContext


class TokenClassifier:
    """The entity model. ``labels`` are the BIO tags in the order of the logits. Thread-safe."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.manifest = graph.manifest
        self.name = graph.manifest.id
        self.labels = graph.manifest.labels
        self.tokenizer = graph.tokenizer

    def logits(self, encodings: Sequence[Encoding], ctx: JobContext) -> Iterator[tuple[int, Floats]]:
        """Logits ``(n, labels)`` of each text's own pieces (at most 510), as ``(index, logits)``, not in order."""
        room = MAX_TOKENS - 2
        bos, eos = self.tokenizer.bos, self.tokenizer.eos
        rows = [np.concatenate([[bos], item.ids[:room], [eos]]).astype(np.int32) for item in encodings]
        for index, outputs in self._graph.run(rows, ctx):
            yield index, outputs[0][1:-1]
