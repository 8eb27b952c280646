"""The vocabulary of XLM-RoBERTa (Conneau et al. 2020) as a Unigram tokenizer, stored compactly.

``tokenizer.npz`` (about 2 MB instead of 17 MB of JSON) holds the pieces, their scores and the normalization map.

The segmentation is the most probable one (Kudo 2018, "Subword regularization"), word by word with a memory of the words
seen. It is written in Python on purpose: the ``tokenizers`` package needs over a second in one call that never lets go
of the interpreter lock to build this vocabulary, and the window would stand still for that long. Tests hold it to that
package's ids and offsets, and training uses the package itself (:mod:`assistant.training.fast_tokenizer`).
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

BOS, PAD, EOS, UNK = 0, 1, 2, 3
MASK = "<mask>"
META = "\u2581"
"""The mark of a word's beginning."""
UNKNOWN_PENALTY = 10.0
REMEMBERED = 100_000
"""Words whose pieces are kept; the memory is emptied when it is full."""
LONGEST_REMEMBERED = 48

Segments = tuple[tuple[int, int], ...]
"""``(id, characters)`` of each piece."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """The pieces of one text: ``ids`` (n,) int32 and the code-point range ``[starts, ends)`` of each, int32."""

    ids: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ids)

    def slice(self, start: int, stop: int) -> Encoding:
        """Pieces ``start`` to ``stop``; offsets stay those of the whole text."""
        return Encoding(self.ids[start:stop], self.starts[start:stop], self.ends[start:stop])


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """What ``tokenizer.npz`` holds."""

    pieces: list[str]
    scores: list[float]
    normalization: dict[int, str]

    @classmethod
    def load(cls, path: Path) -> Pieces:
        """Raises OSError, ValueError or KeyError for a file that is not one."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                blob = stored["pieces"].tobytes()
                stops = np.cumsum(stored["lengths"], dtype=np.int64).tolist()
                scores = stored["scores"].tolist()
                targets = stored["rule_targets"].tobytes().decode("utf-8")
                codes, sizes = stored["rule_codes"].tolist(), stored["rule_lengths"].tolist()
        except (zipfile.BadZipFile, EOFError) as error:
            raise ValueError(f"{path} is not a tokenizer") from error
        starts = [0, *stops[:-1]]
        pieces = [blob[start:stop].decode("utf-8") for start, stop in zip(starts, stops, strict=True)]
        rules, at = {}, 0
        for code, size in zip(codes, sizes, strict=True):
            rules[code] = targets[at : at + size]
            at += size
        return cls(pieces, scores, rules)


class Tokenizer:
    """Texts to piece ids with exact code-point offsets. Thread-safe."""

    bos, eos, pad = BOS, EOS, PAD
    """Ids of what begins, ends and fills up a row."""

    def __init__(self, pieces: Pieces) -> None:
        self._scores: dict[str, tuple[int, float]] = {}
        for index, piece in enumerate(pieces.pieces):
            self._scores.setdefault(piece, (index, pieces.scores[index]))
        for control in (*pieces.pieces[: UNK + 1], MASK):
            # "</s>" in a document is text, not the end of a sequence.
            self._scores.pop(control, None)
        self._longest = max(map(len, pieces.pieces))
        self._unknown = min(pieces.scores) - UNKNOWN_PENALTY
        self._normalization = pieces.normalization
        self._stretching = frozenset(chr(code) for code, target in pieces.normalization.items() if len(target) != 1)
        self._seen: dict[str, Segments] = {}

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read ``tokenizer.npz``. Raises OSError, ValueError or KeyError for a file that is not one."""
        return cls(Pieces.load(path))

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """Pieces of each text, without ``<s>`` and ``</s>``.

        The pieces' ranges never leave the text; a piece that begins a word has the space before it in its range.
        """
        return [self._encode(text) for text in texts]

    def _encode(self, text: str) -> Encoding:
        normal, origins = self._normalize(text)
        ids: list[int] = []
        stops: list[int] = []
        if normal:
            marked = normal.replace(" ", META)
            prepended = marked[0] != META
            at = -1 if prepended else 0
            for word in (META + marked if prepended else marked).split(META)[1:]:
                for piece, length in self._segment(META + word):
                    ids.append(piece)
                    at += length
                    stops.append(at)
        ends = np.array(stops, dtype=np.int32)
        starts = np.concatenate([np.zeros(1, dtype=np.int32), ends[:-1]]) if stops else ends
        # A lone mark that was put before the text stands for the text's first character.
        starts, ends = np.maximum(starts, 0), np.maximum(ends, min(1, len(normal)))
        if origins is not None:
            first = np.array([start for start, _ in origins], dtype=np.int32)
            last = np.array([end for _, end in origins], dtype=np.int32)
            starts, ends = first[np.minimum(starts, len(first) - 1)], last[ends - 1]
        return Encoding(np.array(ids, dtype=np.int32), starts, ends)

    def _normalize(self, text: str) -> tuple[str, list[tuple[int, int]] | None]:
        """The normalized text, and the range of ``text`` behind each of its characters (None: one to one)."""
        if self._stretching.isdisjoint(text):
            normal = text.translate(self._normalization)
            if "  " not in normal:
                return normal, None
        characters: list[str] = []
        origins: list[tuple[int, int]] = []
        for index, char in enumerate(text):
            for made in self._normalization.get(ord(char), char):
                if made == " " and characters and characters[-1] == " ":
                    # Of a run of spaces the last one counts.
                    origins[-1] = (index, index + 1)
                    continue
                characters.append(made)
                origins.append((index, index + 1))
        return "".join(characters), origins

    def _segment(self, word: str) -> Segments:
        known = self._seen.get(word)
        if known is None:
            known = self._most_probable(word)
            if len(word) <= LONGEST_REMEMBERED:
                if len(self._seen) >= REMEMBERED:
                    self._seen.clear()
                self._seen[word] = known
        return known

    def _most_probable(self, word: str) -> Segments:
        """Viterbi over all pieces; a character that no piece holds is unknown, and runs of those are one piece."""
        whole = self._scores.get(word)
        size = len(word)
        scores, longest, unknown = self._scores, self._longest, self._unknown
        best = [0.0] + [-1e30] * size
        came: list[tuple[int, int]] = [(0, 0)] * (size + 1)
        if whole is not None and size == 1:
            return ((whole[0], 1),)
        for start in range(size):
            base = best[start]
            for stop in range(start + 1, min(size, start + longest) + 1):
                found = scores.get(word[start:stop])
                if found is not None and base + found[1] > best[stop]:
                    best[stop] = base + found[1]
                    came[stop] = (start, found[0])
            if base + unknown > best[start + 1]:
                best[start + 1] = base + unknown
                came[start + 1] = (start, UNK)
        reverse: list[tuple[int, int]] = []
        stop = size
        while stop > 0:
            start, piece = came[stop]
            if piece == UNK and reverse and reverse[-1][0] == UNK:
                reverse[-1] = (UNK, reverse[-1][1] + stop - start)
            else:
                reverse.append((piece, stop - start))
            stop = start
        return tuple(reversed(reverse))
