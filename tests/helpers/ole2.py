"""OLE2 containers (version 3, 512-byte sectors, no small streams) with streams of our own, for MSG files in tests."""

from __future__ import annotations

import struct
from pathlib import Path

Streams = dict[tuple[str, ...], bytes]
"""Content by path of names."""

_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SECTOR = 512


def write(path: Path, streams: Streams) -> Path:
    """Storages are made for all paths. Each stream fills whole sectors of its own (at least 4096 bytes long)."""
    entries: list[list[object]] = [["Root Entry", 5, {}, b""]]
    for names, data in streams.items():
        children = entries[0][2]
        for level, name in enumerate(names):
            assert isinstance(children, dict)
            if name not in children:
                children[name] = len(entries)
                leaf = level == len(names) - 1
                entries.append([name, 2 if leaf else 1, {}, data if leaf else b""])
            children = entries[children[name]][2]
    sectors: list[bytes] = []
    fat: list[int] = []

    def store(data: bytes) -> int:
        count = -(-len(data) // _SECTOR)
        start = len(sectors)
        sectors.extend(data[at * _SECTOR : (at + 1) * _SECTOR].ljust(_SECTOR, b"\0") for at in range(count))
        fat.extend([*range(start + 1, start + count), _END])
        return start

    directory = b""
    siblings = dict.fromkeys(range(len(entries)), (_FREE, _FREE))
    tops: dict[int, int] = {}
    for index, entry in enumerate(entries):
        kids = entry[2]
        assert isinstance(kids, dict)
        order = [kids[name] for name in sorted(kids, key=lambda name: (len(name), name.upper()))]
        tops[index] = _tree(order, siblings)
    for index, (name, kind, _, data) in enumerate(entries):
        assert isinstance(name, str)
        assert isinstance(kind, int)
        assert isinstance(data, bytes)
        # Below 4096 bytes a stream would lie among the small ones.
        padded = data.ljust(4096, b"\0") if kind == 2 else b""
        start = store(padded) if padded else _END if kind == 5 else 0
        encoded = name.encode("utf-16-le") + b"\0\0"
        left, right = siblings[index]
        directory += encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
        directory += struct.pack("<III", left, right, tops[index]) + bytes(36) + struct.pack("<IQ", start, len(padded))
    first = store(directory)
    # The table of sectors lies last and describes itself.
    size = -(-(len(fat) + len(fat) // 127 + 2) // 128)
    place = len(sectors)
    fat += [_FAT] * size
    fat += [_FREE] * (size * 128 - len(fat))
    table = struct.pack(f"<{len(fat)}I", *fat)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<IIIIIIIII", 0, size, first, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", *[*range(place, place + size), *[_FREE] * (109 - size)])
    path.write_bytes(header + b"".join(sectors) + table)
    return path


def _tree(order: list[int], siblings: dict[int, tuple[int, int]]) -> int:
    """A balanced tree of the entries of one storage; its root."""
    if not order:
        return _FREE
    middle = len(order) // 2
    siblings[order[middle]] = _tree(order[:middle], siblings), _tree(order[middle + 1 :], siblings)
    return order[middle]


def message(subject: str, body: str, attachments: dict[str, bytes]) -> Streams:
    """The streams of an Outlook message in Unicode."""
    streams: Streams = {
        ("__properties_version1.0",): bytes(32),
        ("__substg1.0_0037001F",): subject.encode("utf-16-le"),
        ("__substg1.0_1000001F",): body.encode("utf-16-le"),
        ("__substg1.0_0C1A001F",): "Maria Keller".encode("utf-16-le"),
        ("__substg1.0_0C1F001F",): "maria.keller@northwind-analytics.example".encode("utf-16-le"),
    }
    for number, (name, data) in enumerate(attachments.items()):
        storage = f"__attach_version1.0_#{number:08X}"
        streams[storage, "__properties_version1.0"] = bytes(8)
        streams[storage, "__substg1.0_3707001F"] = name.encode("utf-16-le")
        streams[storage, "__substg1.0_37010102"] = data
    return streams
