"""Training and publishing that are killed (SIGKILL) at any moment, again and again, and what is there afterwards."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.processes import ROOT, environment


@dataclass(slots=True)
class Outcome:
    kills: int = 0
    acknowledged: int = 0
    """Checkpoints, or versions, that were told of."""
    inside: int = 0
    """Kills in the middle of a write: a part of a file was left beside."""
    lost: list[str] = field(default_factory=list)


_TRAIN = """
import sys
from pathlib import Path
import numpy as np
import torch
from assistant.training.loop import train
from assistant.training.recipe import Recipe, TrainingParameters

class Objective:
    def __init__(self):
        # Large enough for a write to take a while: 12 MB a checkpoint.
        self.model = torch.nn.Sequential(torch.nn.Linear(4, 250_000), torch.nn.Linear(250_000, 1))
        self.lengths = np.full(64, 32)
    def start_epoch(self, epoch): ...
    def batch(self, indices):
        return {"x": torch.ones(len(indices), 4)}
    def loss(self, batch):
        return self.model(batch["x"]).square().mean()
    def validate(self, check):
        return {"score": 0.5}

folder = Path(sys.argv[1])
place = folder / "checkpoint.pt"
step = torch.load(place, weights_only=True)["step"] if place.exists() else 0
said = [step]

def check():
    # Each step ends with a checkpoint: what was done before this call is on the disk.
    print(said[0], flush=True)
    said[0] += 1

values = TrainingParameters(epochs=1000, batch_tokens=64, precision="fp32", evaluations=1, threads=1)
train(Objective(), Recipe("x", "entities", "1", (), train=values), folder, on_step=lambda _: None,
      on_scores=lambda *_: None, check=check, checkpoint_every=0.0)
"""


def checkpoints(folder: Path, kills: int, seed: int = 1) -> Outcome:
    """Kill while a checkpoint is written after each step: the newest that was told of, or a later one, is there."""
    import torch

    outcome, chance, told = Outcome(), random.Random(seed), 0
    for _ in range(kills):
        said = _killed(folder, _TRAIN, 2 + chance.randrange(3), chance.random() * 0.06)
        steps = [int(line) for line in said]
        outcome.kills += 1
        outcome.acknowledged += len(steps) - 1
        if steps[0] < told:
            outcome.lost.append(f"it went on from step {steps[0]}, and {told} was told of")
        told = max(told, steps[-1])
        outcome.inside += (folder / "checkpoint.tmp").exists()
        try:
            values: dict[str, Any] = torch.load(folder / "checkpoint.pt", weights_only=True)
        except (OSError, RuntimeError, EOFError) as error:
            if told:
                outcome.lost.append(f"the checkpoint cannot be read: {error}")
            continue
        if values["step"] < told or not all(torch.isfinite(item).all() for item in values["model"].values()):
            outcome.lost.append(f"the checkpoint is of step {values['step']}, and {told} was told of")
    return outcome


_PUBLISH = """
import sys
from pathlib import Path
from assistant.inference.catalog import Catalog
from assistant.inference.runtime import Runtime
from assistant.training.versions import Versions
home, shipped = Path(sys.argv[1]), Path(sys.argv[2])
catalog = Catalog(shipped, home / "models", home / "cache", Runtime(available=lambda: ()))
versions = Versions(lambda: catalog, shipped, home / "models")
print("ready", flush=True)
while True:
    made = versions.install(shipped / "summary", "mine")
    versions.activate(made)
    print(made, flush=True)
"""


def publishing(folder: Path, shipped: Path, kills: int, seed: int = 1) -> Outcome:
    """Kill while versions are installed and activated: each is there whole or not at all, one that is whole is used."""
    from assistant.inference.catalog import Catalog
    from assistant.inference.manifest import Manifest
    from assistant.inference.runtime import Runtime
    from assistant.training.versions import Versions

    outcome, chance = Outcome(), random.Random(seed)
    active = ""
    for _ in range(kills):
        said = _killed(folder, _PUBLISH, 1 + chance.randrange(1, 4), chance.random() * 0.02, shipped)
        outcome.kills += 1
        outcome.acknowledged += len(said) - 1
        active = said[-1] if len(said) > 1 else active
        outcome.inside += any((folder / "incoming").iterdir()) if (folder / "incoming").is_dir() else 0
        catalog = Catalog(shipped, folder / "models", folder / "cache", Runtime(available=lambda: ()))
        versions = Versions(lambda catalog=catalog: catalog, shipped, folder / "models")  # type: ignore[misc]
        rows = {row.id: row for row in versions.all() if row.task == "summary"}
        for row in rows.values():
            Manifest.read(row.folder).verified_graph(row.folder)
        (used,) = [row.id for row in rows.values() if row.active]
        if active not in rows:
            outcome.lost.append(f"{active} was told of and is not there")
        # One that was on its way may be in use already.
        if int(used.split("@")[1]) < int(active.split("@")[1]):
            outcome.lost.append(f"{used} is in use, and {active} was told of")
    return outcome


def _killed(folder: Path, code: str, lines: int, pause: float, *arguments: object) -> list[str]:
    """Whole lines that a child said before it was killed: at least so many, and what came within ``pause`` seconds."""
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment(folder), cwd=ROOT,
    )  # fmt: skip
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(lines)]
    try:
        child.wait(pause)
    except subprocess.TimeoutExpired:
        child.kill()
    rest, errors = child.communicate()
    if not said[-1]:
        raise AssertionError(errors)
    whole = "".join(said) + rest
    return whole[: whole.rfind("\n") + 1].splitlines()
