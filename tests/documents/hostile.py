"""What ends in a document or a sentence, and never in anything else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from assistant.documents.host import DocumentHost
from assistant.errors import MESSAGES, DocumentError
from assistant.jobs import Context
from assistant.types import Document


def outcome(host: DocumentHost, path: Path) -> Document | str:
    """The document, or the code of its refusal."""
    try:
        opened = host.open(path, Context())
        document = host.read(opened, Context())
        host.close(opened)
    except DocumentError as error:
        refusal = error
    else:
        refusal = None
    if refusal is not None:
        assert refusal.code in MESSAGES
        assert "{" not in str(refusal)
        return refusal.code
    assert all(notice.code in MESSAGES for notice in document.notices)
    return document


def damaged(path: Path, folder: Path, count: int = 12) -> Iterator[Path]:
    """Copies that are cut off and with bits flipped, the same at each run."""
    data = path.read_bytes()
    chance = random.Random(4)
    for number in range(count):
        copy = bytearray(data[: len(data) * (number + 1) // (count + 1)] if number % 2 else data)
        if number % 2 == 0:
            for _ in range(1 + number):
                copy[chance.randrange(len(copy))] ^= 1 << chance.randrange(8)
        target = folder / f"{number}{path.suffix}"
        target.write_bytes(copy)
        yield target


def check_damaged(host: DocumentHost, path: Path, folder: Path) -> None:
    """Each copy ends, and the process that read it lives on."""
    outcome(host, path)
    process = host.process_id
    ends = [outcome(host, copy) for copy in damaged(path, folder)]
    assert any(isinstance(end, str) or end.notices or end.text for end in ends)
    assert host.process_id == process
