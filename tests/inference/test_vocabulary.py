"""The packed vocabulary table, by hand-made blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.inference.vocabulary import BLOCK, BLOCK_BYTES, Vocabulary, dequantize_q4_0


def block(scale: float, low: list[int], high: list[int]) -> bytes:
    """One block as llama.cpp writes it: fp16 scale, then byte j with weight j (low) and weight j + 16 (high)."""
    return np.float16(scale).tobytes() + bytes(low[j] | high[j] << 4 for j in range(16))


def test_nibbles_by_hand() -> None:
    packed = np.frombuffer(block(0.5, list(range(16)), [15 - j for j in range(16)]), np.uint8)
    (row,) = dequantize_q4_0(packed.reshape(1, 1, BLOCK_BYTES))
    assert row.dtype == np.float32
    assert row[:16].tolist() == [(j - 8) * 0.5 for j in range(16)]
    assert row[16:].tolist() == [(7 - j) * 0.5 for j in range(16)]


def test_each_block_has_its_own_scale() -> None:
    data = block(1, [9] * 16, [8] * 16) + block(-2, [9] * 16, [0] * 16)
    (row,) = dequantize_q4_0(np.frombuffer(data, np.uint8).reshape(1, 2, BLOCK_BYTES))
    assert row.tolist() == [1.0] * 16 + [0.0] * 16 + [-2.0] * 16 + [16.0] * 16


def test_lookup_keeps_shape_and_order(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.q4"
    path.write_bytes(b"".join(block(1, [piece] * 16, [8] * 16) for piece in range(10)))
    table = Vocabulary(path, 10, BLOCK)
    ids = np.array([[3, 3, 9], [0, 8, 3]], dtype=np.int32)
    found = table.lookup(ids)
    assert found.shape == (2, 3, BLOCK)
    assert found[..., 0].tolist() == [[-5, -5, 1], [-8, 0, -5]]
    assert not found[..., 16:].any()
    assert table.lookup(np.zeros(0, dtype=np.int64)).shape == (0, BLOCK)
    with pytest.raises(IndexError):
        table.lookup(np.array([10], dtype=np.int32))


@pytest.mark.parametrize("extra", [-1, 1])
def test_a_file_of_another_size_is_refused(tmp_path: Path, extra: int) -> None:
    path = tmp_path / "vocabulary.q4"
    path.write_bytes(bytes(3 * BLOCK_BYTES + extra))
    with pytest.raises(ValueError, match="expected 54"):
        Vocabulary(path, 3, BLOCK)
