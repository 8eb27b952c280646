"""Messages between the window process and the document process: a JSON header and a blob of bytes.

JSON rather than pickle, because the document process handles hostile files: what it sends is data and nothing else.
A frame is two little-endian uint32 lengths, the header in UTF-8, the blob.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

Header = dict[str, Any]

_LENGTHS = struct.Struct("<II")


def write(stream: IO[bytes], header: Header, blob: bytes = b"") -> None:
    """Send one message. Raises OSError when the other side is gone."""
    # Lone surrogates (from damaged fonts) survive as escapes: ASCII only.
    encoded = json.dumps(header, separators=(",", ":")).encode("ascii")
    stream.write(_LENGTHS.pack(len(encoded), len(blob)) + encoded)
    if blob:
        stream.write(blob)
    stream.flush()


def read(stream: IO[bytes]) -> tuple[Header, bytes]:
    """Wait for one message. Raises EOFError when the other side closed or died in the middle of one."""
    header_length, blob_length = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
    header = json.loads(_exactly(stream, header_length))
    if not isinstance(header, dict):
        raise EOFError
    return header, _exactly(stream, blob_length)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if data is None or len(data) < size:
        raise EOFError
    return data
