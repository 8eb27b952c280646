"""Small deterministic models that meet the tasks' protocols: inputs for tests, with no file behind them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.inference.tokenizer import Encoding
from assistant.jobs import JobContext

WIDTH = 96
_WORD = re.compile(r"[㐀-鿿]|\w+|[^\w\s]")


def id_of(word: str) -> int:
    """The same number for the same word, whatever its case and a plural s."""
    word = word.strip().casefold()
    return zlib.crc32((word.rstrip("s") or word).encode()) & 0x7FFFFFFF


def direction(number: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(number).normal(size=WIDTH).astype(np.float32)


class SmallTokenizer:
    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        encodings = []
        for text in texts:
            # As in XLM-R, a piece begins with the space before its word.
            spans = [
                (match.start() - int(match.start() > 0 and text[match.start() - 1] == " "), match.end())
                for match in _WORD.finditer(text)
            ]
            offsets = np.array(spans, dtype=np.int32).reshape(-1, 2)
            ids = [id_of(text[start:end]) for start, end in spans]
            encodings.append(Encoding(np.array(ids, dtype=np.int32), offsets[:, 0], offsets[:, 1]))
        return encodings


class SmallEncoder:
    """Each token's state is its word's direction plus a common one, so that all cosines are high, as E5's are."""

    name = "small@1"

    def __init__(self, on_batch: Callable[[], None] | None = None) -> None:
        self.tokenizer = SmallTokenizer()
        self.lengths: list[int] = []
        self.prefixes: set[str] = set()
        self._on_batch = on_batch
        self._by_id: dict[int, npt.NDArray[np.float32]] = {}
        self._common = direction(0)

    def tokens(
        self, encodings: Sequence[Encoding], prefix: str, ctx: JobContext
    ) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        self.prefixes.add(prefix)
        for index in sorted(range(len(encodings)), key=lambda number: len(encodings[number].ids)):
            ctx.check()
            if self._on_batch is not None:
                self._on_batch()
            self.lengths.append(len(encodings[index].ids))
            yield index, self._states(encodings[index].ids)

    def embed(self, texts: Sequence[str], kind: str, ctx: JobContext) -> npt.NDArray[np.float32]:
        ctx.check()
        rows = []
        for text in texts:
            states = self._states(np.array([id_of(word) for word in _WORD.findall(text)], dtype=np.int32))
            mean = states.mean(axis=0) if len(states) else self._common
            rows.append(mean / np.linalg.norm(mean))
        return np.array(rows, dtype=np.float32).reshape(-1, WIDTH)

    def _states(self, ids: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        for number in ids.tolist():
            if number not in self._by_id:
                self._by_id[number] = direction(number)
        return np.array([self._by_id[number] + self._common for number in ids.tolist()], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class SmallSpan:
    start: int
    end: int
    score: float
    margin: float = 0.0
    confidence: float = 0.0


class SmallReader:
    """Answers with the numbers of a context, as sure as the words that question and context share."""

    name = "reader@1"
    threshold = 0.3

    def __init__(self, calibration: dict[str, float] | None = None) -> None:
        self.read: list[str] = []
        self.calibration = calibration or {}

    def spans(self, question: str, contexts: Sequence[str], ctx: JobContext) -> list[list[SmallSpan]]:
        ctx.check()
        asked = {word.casefold() for word in _WORD.findall(question) if len(word) > 3 or word > "㐀"}
        results = []
        for context in contexts:
            self.read.append(context)
            shared = asked & {word.casefold() for word in _WORD.findall(context)}
            sure = len(shared) / max(1, len(asked))
            found = [
                SmallSpan(match.start(), match.end(), sure * 0.9 / (1 + rank), 8 * sure - 4 - rank, -float(rank))
                for rank, match in enumerate(re.finditer(r"\d[\d,.]*\d|\d", context))
            ]
            results.append(found)
        return results
