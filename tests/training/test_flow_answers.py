"""Answers and summaries from labels to an active model, with real trainers."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

from assistant.inference.catalog import Catalog
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Runtime
from assistant.jobs import Context
from assistant.paths import bundled
from assistant.tasks.answerability import FEATURES, Answerability
from assistant.training import replay
from assistant.training.flow import Parameters, Workshop
from assistant.types import LabelledDocument
from helpers.labelled import Shelf, lease, marked

SHIPPED = bundled("models")
SMALL = Parameters(
    epochs=1, batch_tokens=1024, frozen_layers=11, replay=0.2, precision="fp32", least_steps=4, evaluations=2,
    patience=50, threads=1,
)  # fmt: skip


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """The models that ship, with a tenth of the earlier questions."""
    folder = tmp_path / "shipped"
    (folder / "replay").mkdir(parents=True)
    for name in ("base", "answers", "summary"):
        (folder / name).symlink_to(SHIPPED / name)
    (folder / "replay/summary.jsonl.gz").symlink_to(SHIPPED / "replay/summary.jsonl.gz")
    rows = replay.read(SHIPPED / "replay/answers.jsonl.gz")
    kept = [
        row for split, count in (("train", 60), ("validation", 25), ("test", 18))
        for row in [row for row in rows if row["split"] == split][:count]
    ]  # fmt: skip
    with gzip.open(folder / "replay/answers.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in kept)
    return folder


def workshop_of(home: Path, shipped: Path, documents: Sequence[LabelledDocument]) -> Workshop:
    catalog = Catalog(shipped, home / "models", home / "cache", Runtime(available=lambda: ()))
    return Workshop(home, shipped, Shelf(documents), lambda: catalog)


@pytest.mark.timeout(900)
def test_the_reader_learns_and_keeps_knowing_when_to_be_silent(tmp_path: Path, shipped: Path) -> None:
    workshop = workshop_of(tmp_path, shipped, [lease(number) for number in range(7)])
    try:
        goal = next(row for row in workshop.goals() if row.task == "answers")
        assert (goal.available, goal.model, goal.labels, goal.documents) == (True, "answers@4", 35, 7)
        wizard = workshop.wizard("answers")
        data = wizard.prepare(Context())
        assert {row.label: row.total for row in data.classes} == {"ANSWERED": 21, "ABSENT": 14}
        assert data.replay == 60
        wizard.next()
        assert wizard.method is not None
        assert wizard.method.starts == ("answers@4",)
        wizard.set_parameters(SMALL)
        run = wizard.start()
        ended = workshop.wait(run.id)
        assert (ended.status, ended.error, ended.error_params) == ("finished", "", ())
        result = wizard.result()
        assert result.current == "answers@4"
        assert {row.name for row in result.figures} == {"exact", "answered_f1", "right_place", "no_answer"}
        assert result.rows == 5 * result.documents
        before, after = result.replay[""]
        assert before > 0.5
        assert after > before - 0.15
        made, first = Manifest.read(tmp_path / "runs" / run.id / "model"), Manifest.read(SHIPPED / "answers")
        fitted = Answerability.of("answer", made.calibration)
        assert fitted is not None
        assert Answerability.of("evidence", made.calibration) == Answerability.of("evidence", first.calibration)
        names = [f"answer.{name}" for name in FEATURES["answer"]]
        moved = [made.calibration[name] - first.calibration[name] for name in names]
        assert 0 < max(map(abs, moved)) < 1.0
        state = wizard.publish(Context(), insist=True)
        assert (state.published, state.active) == ("my-answers@1", True)
        version = next(row for row in workshop.versions() if row.id == "my-answers@1")
        assert (version.parent, version.documents) == ("answers@4", 7)
        # And the next one goes on from it.
        again = workshop.wizard("answers")
        again.prepare(Context())
        assert again.method is not None
        assert again.method.starts == ("my-answers@1", "answers@4")
        assert workshop.roll_back("answers").id == "answers@4"
    finally:
        workshop.shutdown()


def test_the_summary_learns_in_seconds(tmp_path: Path, shipped: Path) -> None:
    texts = [
        f"Report {n} of the board. The mill in ward {n} burnt down in the night of 3 May. Nobody was hurt by the fire. "
        f"The damage is {n * 7 + 3} thousand euros, as the insurance says. People came from far away to see it. The "
        f"board decided to build the mill again next year. Coffee was served at {n + 8} o'clock to all who had come."
        for n in range(8)
    ]
    documents = [
        marked(
            text, ["The board decided to build the mill again next year.", f"The damage is {n * 7 + 3} thousand euros"]
        )
        for n, text in enumerate(texts[:6])
    ]
    documents += [marked(text, reference="The mill burnt down and is built again.") for text in texts[6:]]
    workshop = workshop_of(tmp_path, shipped, documents)
    try:
        wizard = workshop.wizard("summary")
        wizard.prepare(Context())
        # All reports are alike; here they may stand on either side.
        wizard._take(replace(wizard._preparation(), groups={item.sha256: n for n, item in enumerate(documents)}))
        wizard.new_split(3)
        wizard.next()
        assert wizard.method is not None
        assert wizard.method.starts[0] == "summary@2"
        run = wizard.start()
        ended = workshop.wait(run.id)
        assert (ended.status, ended.error, ended.error_params) == ("finished", "", ())
        result = wizard.result()
        assert result.current == "summary@2"
        assert result.figures[0].name == "rouge1"
        assert result.replay[""][0] > 0.3
        assert result.replay[""][1] > result.replay[""][0] - 0.05
        assert wizard.publish(Context(), insist=True).published == "my-summary@1"
        assert workshop.roll_back("summary").id == "summary@2"
    finally:
        workshop.shutdown()


def test_a_head_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    import numpy as np
    import torch

    from assistant.inference.salience import EXTRA
    from assistant.training.heads import SalienceHead
    from assistant.training.summary_run import start_head

    model = SalienceHead(384 + EXTRA)
    start_head(model, SHIPPED / "summary")
    model.eval()
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(12, 384)).astype(np.float32)
    catalog = Catalog(SHIPPED, tmp_path, tmp_path, Runtime(available=lambda: ()))
    lengths = list(range(30, 42))
    from assistant.inference.salience import features

    with torch.inference_mode():
        mine = model(torch.from_numpy(features(vectors, lengths)[None])).sigmoid().numpy()[0]
    assert np.abs(mine - catalog.load_summary(SHIPPED / "summary").scores(vectors, lengths)).max() < 1e-4
