"""The vocabulary of XLM-RoBERTa (Conneau et al. 2020) as a Unigram tokenizer, stored compactly.

``tokenizer.npz`` (about 2 MB instead of 17 MB of JSON) holds the pieces, their scores and the compiled normalization
map; the tokenizer itself is Hugging Face's ``tokenizers``, built from them in about a second.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers
from tokenizers.models import Unigram

BOS, PAD, EOS, UNK = 0, 1, 2, 3

_CONTROL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
"""Pieces that steer the model. A document that happens to write them means the characters."""
_REMOVED = "".join(map(chr, (*range(0x01, 0x09), 0x0B, *range(0x0E, 0x20), 0x7F, 0x8F, 0x9F)))
"""The characters that normalization takes out."""


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
        try:
            with np.load(path, allow_pickle=False) as stored:
                blob = stored["pieces"].tobytes()
                lengths = stored["lengths"]
                scores = stored["scores"].tolist()
                charsmap = stored["charsmap"].tobytes()
        except (zipfile.BadZipFile, EOFError) as error:
            raise ValueError(f"{path} is not a tokenizer") from error
        stops = np.cumsum(lengths, dtype=np.int64).tolist()
        starts = [0, *stops[:-1]]
        pieces = [
            (blob[start:stop].decode("utf-8"), score) for start, stop, score in zip(starts, stops, scores, strict=True)
        ]
        return cls(unigram(pieces, charsmap))

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """Pieces of each text, without ``<s>`` and ``</s>``.

        The pieces' ranges never leave the text; a piece that stands for a normalized-away or prepended space may
        have an empty range. ``</s>`` and the like in a text are read as the characters that they are.
        """
        # The library shifts all offsets of a text that begins with characters that normalization takes out.
        bare = [text.lstrip(_REMOVED) for text in texts]
        items = self._backend.encode_batch(bare, add_special_tokens=False)
        return [_encoding(item, len(text) - len(rest)) for item, text, rest in zip(items, texts, bare, strict=True)]

    def to_json(self) -> str:
        """The tokenizer as the ``tokenizer.json`` that ``transformers`` loads (for export)."""
        stored = json.loads(self._backend.to_str())
        for entry in stored["model"]["vocab"]:
            if entry[0].rstrip(" ") in _CONTROL:
                entry[0] = entry[0].rstrip(" ")
        return json.dumps(stored, ensure_ascii=False)


def unigram(pieces: list[tuple[str, float]], charsmap: bytes) -> tokenizers.Tokenizer:
    """The tokenizer of XLM-RoBERTa over these pieces: its normalization, metaspaces, Viterbi over pieces."""
    # Normalized text holds metaspaces and no spaces, so that a piece with a space is never found in it.
    pieces = [(f"{piece} " if piece in _CONTROL else piece, score) for piece, score in pieces]
    backend = tokenizers.Tokenizer(Unigram(pieces, UNK, False))
    backend.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(charsmap), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    return backend


def _encoding(item: tokenizers.Encoding, shift: int) -> Encoding:
    offsets = np.array(item.offsets, dtype=np.int32).reshape(-1, 2) + np.int32(shift)
    return Encoding(np.array(item.ids, dtype=np.int32), offsets[:, 0], offsets[:, 1])
