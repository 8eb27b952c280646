"""Labels, their types and the texts they stand in <-> what the columns of ``labels.db`` hold.

JSON with the names of the fields: these rows outlive many versions of the program. What an older program did not write
has a default; what a newer one wrote is not read at all (see :mod:`assistant.store.db`).
"""

from __future__ import annotations

import functools
import hashlib
import json
import sqlite3
import zlib
from typing import Any

from assistant.types import Anchor, Block, Document, Label, LabelType, Page, Span


def label_to_row(label: Label) -> str:
    anchor = label.anchor
    return _dumps(
        {
            "id": label.id,
            "document": label.document,
            "kind": label.kind,
            "value": label.value,
            "verdict": label.verdict,
            "text": label.text,
            "origin": label.origin,
            "time": label.time,
            "anchor": None
            if anchor is None
            else {
                "document": anchor.document,
                "page": anchor.page,
                "start": anchor.span.start,
                "end": anchor.span.end,
                "quote": anchor.quote,
                "before": anchor.before,
                "after": anchor.after,
            },
        }
    )


def put_label(connection: sqlite3.Connection, label: Label) -> None:
    """Into the table ``labels``, in place of an older one."""
    span = label.anchor.span if label.anchor is not None else None
    places = (None, None) if span is None else (span.start, span.end)
    connection.execute(
        "INSERT OR REPLACE INTO labels (id, document, kind, value, verdict, first, last, body) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (label.id, label.document, label.kind, label.value, label.verdict, *places, label_to_row(label)),
    )


@functools.lru_cache(maxsize=20_000)
def label_from_row(row: str) -> Label:
    """Raises ValueError, KeyError, TypeError where it is not such a row."""
    plain = json.loads(row)
    place = plain["anchor"]
    anchor = (
        None
        if place is None
        else Anchor(
            str(place["document"]),
            int(place["page"]),
            Span(int(place["start"]), int(place["end"])),
            str(place["quote"]),
            str(place["before"]),
            str(place["after"]),
        )
    )
    return Label(
        str(plain["id"]),
        str(plain["document"]),
        plain["kind"],
        str(plain["value"]),
        plain["verdict"],
        anchor,
        str(plain["text"]),
        str(plain["origin"]),
        float(plain["time"]),
    )


def type_to_row(kind: LabelType) -> str:
    return _dumps(
        {
            "kind": kind.kind,
            "name": kind.name,
            "title": kind.title,
            "color": kind.color,
            "shortcut": kind.shortcut,
            "own": kind.own,
        }
    )


def type_from_row(row: str) -> LabelType:
    """Raises ValueError, KeyError, TypeError where it is not such a row."""
    plain = json.loads(row)
    names = ("name", "title", "color", "shortcut")
    name, title, color, shortcut = (str(plain[key]) for key in names)
    return LabelType(plain["kind"], name, title, color, shortcut, bool(plain["own"]))


def pack_text(text: str) -> bytes:
    # Text of damaged documents may hold lone surrogates.
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 6)


def unpack_text(data: bytes) -> str:
    """Raises zlib.error, UnicodeDecodeError."""
    return zlib.decompress(data).decode("utf-8", "surrogatepass")


def pack_layout(document: Document) -> bytes:
    """Pages and blocks."""
    plain = {
        "pages": [[p.number, p.span.start, p.span.end, p.width, p.height, p.source] for p in document.pages],
        "blocks": [[b.span.start, b.span.end, b.kind, b.level] for b in document.blocks],
    }
    return zlib.compress(_dumps(plain).encode(), 6)


def unpack_layout(data: bytes) -> tuple[tuple[Page, ...], tuple[Block, ...]]:
    """Raises zlib.error, ValueError, KeyError, TypeError."""
    plain: dict[str, list[list[Any]]] = json.loads(zlib.decompress(data))
    pages = tuple(Page(number, Span(start, end), w, h, source) for number, start, end, w, h, source in plain["pages"])
    blocks = tuple(Block(Span(start, end), kind, level) for start, end, kind, level in plain["blocks"])
    return pages, blocks


def text_digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _dumps(value: object) -> str:
    # ASCII: SQLite stores UTF-8, which has no lone surrogates.
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
