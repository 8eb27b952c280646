"""The tokenizer of a model that brings its own vocabulary: ``tokenizer.json``, run by the ``tokenizers`` package.

The package comes with the extra ``train``, as such models do. Building a vocabulary holds the interpreter lock: tens of
milliseconds for the 30,000 pieces of a BERT, a second for those of an XLM-R.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import ModelError
from assistant.inference.tokenizer import Encoding, Tokenizer

FILE = "tokenizer.json"


class OwnTokenizer(Tokenizer):
    """As :class:`Tokenizer`, with the pieces and the special ids of another model. Thread-safe."""

    def __init__(self, path: Path, special: Mapping[str, Any]) -> None:
        """``special``: ids of ``bos``, ``eos`` and ``pad``. Raises ModelError for what is no tokenizer."""
        try:
            import tokenizers

            self._backend = tokenizers.Tokenizer.from_file(str(path))
            self.bos, self.eos, self.pad = (int(special[name]) for name in ("bos", "eos", "pad"))
        except ImportError as error:
            raise ModelError("training_unavailable") from error
        except Exception as error:  # the package raises bare exceptions
            raise ModelError("model_unsafe", path=str(path), why="its tokenizer cannot be read") from error
        self._backend.no_truncation()
        self._backend.no_padding()

    @property
    def pieces(self) -> int:
        """One more than the highest id that it gives."""
        return int(max(self._backend.get_vocab(with_added_tokens=True).values())) + 1

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        made = []
        for text, item in zip(texts, self._backend.encode_batch(list(texts), add_special_tokens=False), strict=True):
            edges = np.array(item.offsets, dtype=np.int32).reshape(-1, 2)
            ids = np.array(item.ids, dtype=np.int32)
            ends = np.minimum(edges[:, 1], len(text))
            made.append(Encoding(ids, np.minimum(edges[:, 0], ends), ends))
        return made
