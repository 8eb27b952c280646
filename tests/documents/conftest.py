"""A running document process for the tests of this folder, kept for a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.documents.host import DocumentHost
from assistant.jobs import Context
from assistant.types import Document


@pytest.fixture(scope="module")
def host() -> Iterator[DocumentHost]:
    running = DocumentHost()
    yield running
    running.shutdown()


@pytest.fixture
def read(host: DocumentHost) -> Iterator[Callable[[Path], Document]]:
    """Open, read and close."""

    def reader(path: Path) -> Document:
        opened = host.open(path, Context())
        try:
            return host.read(opened, Context())
        finally:
            host.close(opened)

    return reader
