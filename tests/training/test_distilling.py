"""What the starting model said is a target of training: by hand, and on the shipped model."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from assistant.inference.manifest import Manifest  # noqa: E402
from assistant.paths import bundled  # noqa: E402
from assistant.training import presets, replay  # noqa: E402
from assistant.training.distilling import TEMPERATURE, distillation, fitting  # noqa: E402
from assistant.training.features import IGNORE  # noqa: E402
from assistant.training.files import write_rows  # noqa: E402
from assistant.training.labels_run import built  # noqa: E402
from assistant.training.recipe import DataSource  # noqa: E402
from assistant.training.steps import Parameters  # noqa: E402

SHIPPED = bundled("models")
START = SHIPPED / "entities"


def test_distillation_by_hand() -> None:
    # Tags O, B-NEW, B-OLD: the starting model knew O and B-OLD.
    known = torch.tensor([0, 2])
    now, before = torch.tensor([[[1.0, 7.0, 3.0], [0.0, 0.0, 9.0]]]), torch.tensor([[[2.0, 0.0], [5.0, 5.0]]])
    taught = torch.tensor([[True, False]])

    def softened(first: float, second: float) -> float:
        return 1 / (1 + math.exp((second - first) / TEMPERATURE))

    was, has = softened(2, 0), softened(1, 3)
    expected = TEMPERATURE**2 * (was * math.log(was / has) + (1 - was) * math.log((1 - was) / (1 - has)))
    assert float(distillation(now, before, known, taught)) == pytest.approx(expected, rel=1e-5)
    # The new tag takes from all of the old ones alike, and costs nothing.
    same = torch.tensor([[[2.0, 50.0, 0.0], [0.0, 0.0, 0.0]]])
    assert float(distillation(same, before, known, taught)) == pytest.approx(0, abs=1e-6)
    assert float(distillation(now, before, known, torch.zeros(1, 2, dtype=torch.bool))) == 0


def test_the_starting_model_teaches_nothing_against_the_gold() -> None:
    # Tags O, B-NEW, B-OLD, B-ELSE; the source marks NEW and OLD, and says nothing of ELSE.
    known, opened = torch.tensor([0, 2, 3]), torch.tensor([True, False, False, True])
    says = {"O": [9.0, 0, 0], "OLD": [0.0, 9, 0], "ELSE": [0.0, 0, 9]}
    rows = [
        ("O", IGNORE, False), ("O", 0, True), ("OLD", 0, False), ("ELSE", 0, True), ("OLD", 2, True),
        ("ELSE", 2, False), ("O", 1, False), ("OLD", IGNORE, True), ("O", IGNORE, False),
    ]  # fmt: skip
    asked = torch.tensor([says[name] for name, _, _ in rows])
    targets = torch.tensor([target for _, target, _ in rows])
    assert fitting(asked, known, targets, opened).tolist() == [right for _, _, right in rows]


def objective_in(folder: Path, **values: Any) -> Any:
    """On a few replay rows and a label that the shipped model does not know."""
    known = known_labels()
    rows = replay.chosen(replay.read(SHIPPED / "replay" / replay.FILE), "train", 6, 1)
    write_rows(folder / "rows.jsonl", rows)
    sources = [DataSource("rows.jsonl", role, ("train",), labels=("PERSON", "NEW")) for role in ("train", "validation")]
    parameters = Parameters(precision="fp32", threads=1, **values)
    recipe = presets.recipe("x", "entities", "1", sources, [*known, "NEW"], parameters, "entities", "")
    made = built(recipe, folder, SHIPPED, START, lambda: None)
    made.start_epoch(0)
    made.model.eval()
    return made


def known_labels() -> list[str]:
    return list(dict.fromkeys(tag[2:] for tag in Manifest.read(START).labels if tag != "O"))


@pytest.mark.parametrize("frozen", [11, 0])
def test_the_starting_model_is_held_to_whatever_became_of_it(tmp_path: Path, frozen: int) -> None:
    objective = objective_in(tmp_path, frozen_layers=frozen, distillation=2.0)
    everything = list(range(len(objective.lengths)))

    def kept() -> float:
        batch = objective.batch(everything)
        plain = {name: value for name, value in batch.items() if name not in ("asked", "taught")}
        with torch.no_grad():
            return float(objective.loss(batch) - objective.loss(plain))

    assert bool(objective.batch(everything)["taught"].any())
    # At the start the model is its own teacher (16 bits of rounding apart).
    assert kept() == pytest.approx(0, abs=2e-3)
    with torch.no_grad():
        objective.model.classifier.bias[0] += 4.0
    changed = kept()
    assert changed > 0.05
    # Drawn anew or not, the second epoch has the same teacher: not the model as it is now.
    objective.start_epoch(1)
    objective.model.eval()
    everything = list(range(len(objective.lengths)))
    assert kept() > 0.05


def test_without_a_weight_nothing_is_asked(tmp_path: Path) -> None:
    objective = objective_in(tmp_path, frozen_layers=11, distillation=0.0)
    assert "asked" not in objective.batch([0])
