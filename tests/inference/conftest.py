"""The shipped base model on the CPU, loaded once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.inference.catalog import Catalog
from assistant.inference.encoder import Encoder, Floats
from assistant.inference.runtime import Runtime
from assistant.paths import bundled


@dataclass(frozen=True)
class Reference:
    """What the source wheel's own code says to one text."""

    text: str
    kind: str
    ids: list[int]
    vector: list[float]


@pytest.fixture(scope="session")
def base() -> Path:
    return bundled("models") / "base"


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    nowhere = tmp_path_factory.mktemp("own")
    return Catalog(bundled("models"), nowhere, nowhere, Runtime(available=lambda: ())).encoder()


@pytest.fixture(scope="session")
def reference() -> list[Reference]:
    path = Path(__file__).resolve().parents[1] / "data" / "e5_reference.json"
    return [Reference(**row) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]


@pytest.fixture(scope="session")
def embedded(encoder: Encoder, reference: list[Reference]) -> list[Floats]:
    """The int8 graph's vector of each reference text that has one."""
    from assistant.jobs import Context

    return [encoder.embed([row.text], row.kind, Context())[0] for row in reference]  # type: ignore[arg-type]
