"""The vocabulary of XLM-RoBERTa (Conneau et al. 2020) as a Unigram tokenizer, stored compactly.

``tokenizer.npz`` (about 2 MB instead of 17 MB of JSON) holds the pieces, their scores and the compiled normalization
map; the tokenizer itself is Hugging Face's ``tokenizers``, built from them in about a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers
from tokenizers.models import Unigram

BOS, PAD, EOS, UNK = 0, 1, 2, 3


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


class Tokenizer:
    """Texts to piece ids with exact code-point offsets. Thread-safe."""

    def __init__(self, backend: tokenizers.Tokenizer) -> None:
        self._backend = backend

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read ``tokenizer.npz``. Raises OSError, ValueError or KeyError for a file that is not one."""
        with np.load(path, allow_pickle=False) as stored:
            blob = stored["pieces"].tobytes()
            lengths = stored["lengths"]
            scores = stored["scores"].tolist()
            charsmap = stored["charsmap"].tobytes()
        stops = np.cumsum(lengths, dtype=np.int64).tolist()
        starts = [0, *stops[:-1]]
        pieces = [
            (blob[start:stop].decode("utf-8"), score) for start, stop, score in zip(starts, stops, scores, strict=True)
        ]
        return cls(unigram(pieces, charsmap))

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """Pieces of each text, without ``<s>`` and ``</s>``.

        The pieces' ranges never leave the text; a piece that stands for a normalized-away or prepended space may
        have an empty range.
        """
        return [_encoding(item) for item in self._backend.encode_batch(list(texts), add_special_tokens=False)]

    def to_json(self) -> str:
        """The tokenizer as the ``tokenizer.json`` that ``transformers`` loads (for export)."""
        return str(self._backend.to_str())


def unigram(pieces: list[tuple[str, float]], charsmap: bytes) -> tokenizers.Tokenizer:
    """The tokenizer of XLM-RoBERTa over these pieces: its normalization, metaspaces, Viterbi over pieces."""
    backend = tokenizers.Tokenizer(Unigram(pieces, UNK, False))
    backend.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(charsmap), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    return backend


def _encoding(item: tokenizers.Encoding) -> Encoding:
    offsets = np.array(item.offsets, dtype=np.int32).reshape(-1, 2)
    return Encoding(np.array(item.ids, dtype=np.int32), offsets[:, 0], offsets[:, 1])
