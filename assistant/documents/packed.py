"""Paragraphs as the window process keeps them while a document is read: a table of half a million rows has as many.

What stands in a reply of the document process takes 1.1 KB for a row of four cells, most of it in lists of four numbers
and in words and heights that are the same for many paragraphs.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from itertools import chain
from typing import Any

from assistant.documents.paragraphs import Paragraph
from assistant.documents.textmap import Run

_RUN = struct.Struct("<4i")
_NO_HYPHENS: list[int] = []


def packed(runs: Sequence[Run] | bytes) -> bytes:
    """Runs as little-endian int32, four each. What is packed stays as it is."""
    if isinstance(runs, bytes):
        return runs
    return struct.pack(f"<{4 * len(runs)}i", *chain.from_iterable(runs))


def unpacked(runs: list[Run] | bytes) -> list[Run]:
    """The reverse of :func:`packed`; what is not packed stays as it is."""
    return list(_RUN.iter_unpack(runs)) if isinstance(runs, bytes) else runs


class Packer:
    """Makes paragraphs of what a reply says of them. One for a document: equal heights are one number in memory."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}

    def paragraph(self, item: Sequence[Any]) -> Paragraph:
        """``item`` has the fields of :class:`Paragraph` in their order."""
        kind, text, runs, hyphens, size, bold, y0, y1, zone, depth, rows, start, is_open, top = item
        same = self._numbers.setdefault
        return Paragraph(
            sys.intern(kind),  # type: ignore[arg-type]
            text,
            packed(runs),
            # Nothing appends to them.
            hyphens or _NO_HYPHENS,
            same(size, size),
            bold,
            same(y0, y0),
            same(y1, y1),
            zone,
            depth,
            rows,
            sys.intern(start),  # type: ignore[arg-type]
            is_open,
            top,
        )
