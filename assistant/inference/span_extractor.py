"""Extractive question answering: where a context answers a question, and how probable it is that it does not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.inference.encoder import Floats, Graph
from assistant.inference.tokenizer import BOS, EOS
from assistant.jobs import JobContext

LONGEST = 60
"""Pieces of the longest answer."""
CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class SpanScore:
    """A candidate: code points ``[start, end)`` of its context and the calibrated probability that it answers."""

    start: int
    end: int
    score: float
    margin: float
    """Logit of the span minus that of "no answer" (uncalibrated)."""
    confidence: float = 0.0
    """Log-probability of the span's two ends among all pieces of the context ("no answer" left out), at most 0."""


class SpanExtractor:
    """The reader. Thread-safe. ``<s>`` stands for "no answer" (Devlin et al. 2019)."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.manifest = graph.manifest
        self.name = graph.manifest.id
        self.tokenizer = graph.tokenizer
        settings = graph.manifest.settings
        self._max_tokens = int(settings.get("max_tokens", 384))
        self._stride = int(settings.get("stride", 128))
        self.calibration = calibration = graph.manifest.calibration
        self._temperature = calibration.get("temperature", 1.0)
        self._bias = calibration.get("bias", 0.0)
        self.threshold = calibration.get("threshold", 0.5)

    def spans(self, question: str, contexts: Sequence[str], ctx: JobContext) -> list[list[SpanScore]]:
        """Up to five non-overlapping candidates for each context, most probable first.

        A context for which "no answer" is likelier still has candidates; their scores are then below one half.
        """
        return self.pairs([(question, context) for context in contexts], ctx)

    def pairs(self, pairs: Sequence[tuple[str, str]], ctx: JobContext) -> list[list[SpanScore]]:
        """As :meth:`spans` for ``(question, context)`` pairs, all in common batches."""
        questions = {question: None for question, _ in pairs}
        heads = {
            question: np.concatenate([[BOS], encoding.ids[:64], [EOS, EOS]]).astype(np.int32)
            for question, encoding in zip(questions, self.tokenizer.encode(list(questions)), strict=True)
        }
        contexts = list(dict.fromkeys(context for _, context in pairs))
        encodings = dict(zip(contexts, self.tokenizer.encode(contexts), strict=True))
        rows, places = [], []
        for index, (question, context) in enumerate(pairs):
            head, encoding = heads[question], encodings[context]
            room = self._max_tokens - len(head) - 1
            first = 0
            while True:
                rows.append(np.concatenate([head, encoding.ids[first : first + room], [EOS]]).astype(np.int32))
                places.append((index, first, len(head)))
                if first + room >= len(encoding):
                    break
                first += room - self._stride
        found: list[list[SpanScore]] = [[] for _ in pairs]
        for row, outputs in self._graph.run(rows, ctx):
            index, first, skip = places[row]
            text = pairs[index][1]
            encoding = encodings[text]
            starts, ends = outputs[0].reshape(-1), outputs[1].reshape(-1)
            null = float(starts[0] + ends[0])
            starts, ends = starts[skip:-1], ends[skip:-1]
            total = _log_sum(starts) + _log_sum(ends)
            for begin, stop, logit in _candidates(starts, ends):
                start, end = int(encoding.starts[first + begin]), int(encoding.ends[first + stop])
                while start < end and text[start].isspace():
                    start += 1
                while end > start and text[end - 1].isspace():
                    end -= 1
                if start < end:
                    margin = logit - null
                    found[index].append(SpanScore(start, end, self._probability(margin), margin, logit - total))
        return [_best(candidates) for candidates in found]

    def _probability(self, margin: float) -> float:
        value = margin / self._temperature + self._bias
        return 1 / (1 + math.exp(-value)) if value > -60 else 0.0


def _log_sum(logits: Floats) -> float:
    if not len(logits):
        return 0.0
    top = float(logits.max())
    return top + math.log(float(np.exp(logits - top).sum()))


def _candidates(starts: Floats, ends: Floats) -> list[tuple[int, int, float]]:
    """The best inclusive spans of pieces: the best end for each of the twenty best starts."""
    found = []
    for begin in np.argsort(starts)[-20:]:
        stop = begin + int(np.argmax(ends[begin : begin + LONGEST]))
        found.append((int(begin), stop, float(starts[begin] + ends[stop])))
    return found


def _best(candidates: list[SpanScore]) -> list[SpanScore]:
    kept: list[SpanScore] = []
    for candidate in sorted(candidates, key=lambda item: -item.margin):
        if all(candidate.end <= other.start or other.end <= candidate.start for other in kept):
            kept.append(candidate)
            if len(kept) == CANDIDATES:
                break
    return kept
