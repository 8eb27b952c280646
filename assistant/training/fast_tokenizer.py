"""The same tokenizer as the ``tokenizers`` package runs it: for export to a standard Transformers folder, and as the
reference
that :class:`assistant.inference.tokenizer.Tokenizer` is tested against."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers
from tokenizers.models import Unigram

from assistant.inference.tokenizer import META, UNK, Pieces


def fast_tokenizer(path: Path) -> tokenizers.Tokenizer:
    """XLM-RoBERTa's normalization, metaspaces and Unigram pieces from ``tokenizer.npz``; ``to_str()`` is
    ``tokenizer.json``."""
    stored = Pieces.load(path)
    with np.load(path, allow_pickle=False) as arrays:
        charsmap = arrays["charsmap"].tobytes()
    backend = tokenizers.Tokenizer(Unigram(list(zip(stored.pieces, stored.scores, strict=True)), UNK, False))
    backend.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(charsmap), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement=META, prepend_scheme="always", split=False)
    return backend
