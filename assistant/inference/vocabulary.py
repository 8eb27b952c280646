"""The vocabulary table: one 384-wide vector a piece, stored once in 4 bits and memory-mapped.

The format is llama.cpp's ``Q4_0``: blocks of 32 weights, each an fp16 scale and 16 bytes; byte ``j`` holds weight
``j`` in
its low and weight ``j + 16`` in its high nibble, both minus 8. A row is dequantized when it is looked up, so the table
costs 54 MB of page cache that all models and processes share, instead of 384 MB of float32 for each.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

BLOCK = 32
BLOCK_BYTES = 18


def dequantize_q4_0(blocks: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Rows of packed blocks ``(rows, blocks, 18)`` uint8 to weights ``(rows, blocks * 32)`` float32."""
    rows, count, _ = blocks.shape
    scales = np.ascontiguousarray(blocks[:, :, :2]).view(np.float16).astype(np.float32)
    nibbles = blocks[:, :, 2:]
    weights = np.empty((rows, count, BLOCK), dtype=np.float32)
    np.subtract(nibbles & 0x0F, 8.0, out=weights[:, :, :16], dtype=np.float32)
    np.subtract(nibbles >> 4, 8.0, out=weights[:, :, 16:], dtype=np.float32)
    weights *= scales
    return weights.reshape(rows, count * BLOCK)


class Vocabulary:
    """Read-only, memory-mapped lookup of piece vectors. Thread-safe."""

    def __init__(self, path: Path, pieces: int, width: int) -> None:
        """``path`` holds ``pieces`` rows of ``width`` weights. Raises OSError or ValueError if the size differs."""
        blocks = width // BLOCK
        expected = pieces * blocks * BLOCK_BYTES
        if path.stat().st_size != expected:
            raise ValueError(f"{path} has {path.stat().st_size} bytes, expected {expected}")
        self.pieces = pieces
        self.width = width
        self._blocks = np.memmap(path, dtype=np.uint8, mode="r", shape=(pieces, blocks, BLOCK_BYTES))

    def lookup(self, ids: npt.NDArray[np.int32] | npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Vectors ``(*ids.shape, width)`` float32. Each distinct id is dequantized once."""
        unique, inverse = np.unique(ids, return_inverse=True)
        rows = dequantize_q4_0(np.asarray(self._blocks[unique]))
        return rows[inverse].reshape(*ids.shape, self.width)
