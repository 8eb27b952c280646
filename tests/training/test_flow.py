"""The wizard end to end with real trainers: killed, paused, stopped, found again, published, never half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("torch")

from assistant.errors import UsageError, UserError
from assistant.inference.catalog import Catalog
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Runtime
from assistant.jobs import Context
from assistant.paths import bundled
from assistant.training.flow import Parameters, RunState, Wizard, Workshop
from helpers.labelled import Shelf, clause_document, labelled

SHIPPED = bundled("models")
ROOT = Path(__file__).resolve().parents[2]
SMALL = Parameters(
    epochs=1, batch_tokens=256, frozen_layers=11, replay=0.1, precision="fp32", least_steps=8, evaluations=4,
    patience=50, threads=1,
)  # fmt: skip
DOCUMENTS = [clause_document(number, 4) for number in range(8)]


def workshop_in(home: Path) -> Workshop:
    catalog = Catalog(SHIPPED, home / "models", home / "cache", Runtime(available=lambda: ()))
    return Workshop(home, SHIPPED, Shelf(DOCUMENTS), lambda: catalog)


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    made = workshop_in(tmp_path)
    yield made
    made.shutdown()


def at_method(workshop: Workshop, **changes: Any) -> Wizard:
    wizard = workshop.wizard("entities")
    wizard.prepare(Context())
    wizard.go("method")
    wizard.set_parameters(replace(SMALL, **changes))
    return wizard


class Watch:
    """Waits for a state of a run."""

    def __init__(self, workshop: Workshop) -> None:
        self.states: list[RunState] = []
        self._changed = threading.Condition()
        workshop.subscribe(self)

    def __call__(self, state: RunState) -> None:
        with self._changed:
            self.states.append(state)
            self._changed.notify_all()

    def until(self, wanted: Callable[[RunState], bool], seconds: float = 200) -> RunState:
        with self._changed:
            assert self._changed.wait_for(lambda: any(map(wanted, self.states)), seconds)
            return next(filter(wanted, self.states))


def trainers(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if "assistant.training.worker" in process.cmdline() and str(folder) in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def has_score(state: RunState) -> bool:
    return state.best is not None


def test_from_labels_to_an_active_model_through_a_killed_trainer(tmp_path: Path, workshop: Workshop) -> None:
    goal = next(row for row in workshop.goals() if row.task == "entities")
    assert goal.available
    assert (goal.model, goal.documents) == ("entities@2", 8)
    began = time.time()
    wizard = at_method(workshop)
    ready = time.time()
    with pytest.raises(UsageError):
        wizard.result()
    watch = Watch(workshop)
    run = wizard.start()
    assert wizard.step == "train"
    watch.until(has_score)
    (trainer,) = trainers(tmp_path)
    trainer.send_signal(signal.SIGKILL)
    ended = workshop.wait(run.id)
    # It was started again by itself, from its checkpoint.
    assert (ended.status, ended.error) == ("finished", "")
    scored = [point.step for point in ended.curve if point.score is not None]
    assert scored == sorted(set(scored))
    assert ended.memory > 0
    assert list((tmp_path / "runs" / run.id / "tensorboard").iterdir())
    assert trainers(tmp_path) == []

    wizard.next()
    result = wizard.result()
    assert result.current == "entities@2"
    assert {row.label for row in result.classes} == {"PERSON", "LOCATION", "CLAUSE_NO"}
    assert result.difference is not None
    assert result.replay[""][0] > 0.7
    held = {row.document for row in (wizard.data.documents if wizard.data else ()) if row.side == "test"}
    assert {change.place.document for change in result.changed} <= held

    before = wizard.publish_state()
    assert not before.published
    assert before.parity < 2e-3
    assert before.int8_loss is not None
    # Another model is in use by now: the comparison says nothing of it.
    small = next(row.id for row in workshop.versions() if row.name == "entities-small")
    workshop.activate(small)
    state = wizard.publish(Context())
    assert (state.published, state.active, state.other) == ("my-entities@1", False, small)
    workshop.activate("entities@2")
    assert wizard.publish_state().other == ""
    state = wizard.publish(Context(), insist=True, title="Contracts")
    assert (state.published, state.active) == ("my-entities@1", True)
    # Asked again it is the same one.
    assert wizard.publish(Context(), insist=True).published == "my-entities@1"
    version = next(row for row in workshop.versions() if row.id == "my-entities@1")
    assert (version.parent, version.title, version.documents) == ("entities@2", "Contracts", 8)
    assert "CLAUSE_NO" in version.labels
    assert set(version.labels) > {"PERSON", "WORK", "MISC"}
    assert version.metrics["held-out/f1"] == result.overall.f1.value
    # What was labelled while it trained was not there for it, though the model is younger.
    assert began < Manifest.read(version.folder).training["labels"]["read"] < ready < version.created
    Manifest.read(version.folder).verified_graph(version.folder)
    assert workshop.roll_back("entities").id == "entities@2"

    again = workshop.reopen(run.id)
    assert again.step == "result"
    assert again.result() == result
    assert again.method is not None
    assert again.method.parameters.least_steps == 8
    workshop.forget(run.id)
    assert workshop.runs() == ()


def test_paused_found_again_stopped_with_its_best(tmp_path: Path, workshop: Workshop) -> None:
    wizard = at_method(workshop, epochs=500, evaluations=100)
    watch = Watch(workshop)
    run = wizard.start()
    watch.until(has_score)
    workshop.pause(run.id)
    assert workshop.wait(run.id).status == "paused"
    assert trainers(tmp_path) == []
    workshop.shutdown()

    other = workshop_in(tmp_path)
    try:
        (found,) = other.runs()
        assert (found.id, found.status) == (run.id, "paused")
        assert found.curve
        wizard = other.reopen(run.id)
        assert wizard.step == "train"
        watch = Watch(other)
        other.resume(run.id)
        with pytest.raises(UsageError):
            other.forget(run.id)
        step = max(point.step for point in found.curve)
        watch.until(lambda state: state.step > step and state.stage == "training")
        other.stop(run.id)
        assert other.wait(run.id).status == "finished"
        assert wizard.result().documents > 0
    finally:
        other.shutdown()


WINDOW = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from training import test_flow
home = Path(sys.argv[1])
workshop = test_flow.workshop_in(home)
wizard = test_flow.at_method(workshop, epochs=500, evaluations=200)
run = wizard.start()
watch = test_flow.Watch(workshop)
watch.until(test_flow.has_score)
print("scored", flush=True)
workshop.wait(run.id)
"""


def test_a_killed_window_leaves_a_run_that_goes_on(tmp_path: Path) -> None:
    code = WINDOW.format(root=str(ROOT), tests=str(ROOT / "tests"))
    window = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert window.stdout is not None
    assert window.stdout.readline() == "scored\n"
    window.send_signal(signal.SIGKILL)
    window.wait()
    window.stdout.close()
    workshop = workshop_in(tmp_path)
    try:
        (found,) = workshop.runs()
        assert found.status == "interrupted"
        assert found.unfinished
        watch = Watch(workshop)
        workshop.resume(found.id)
        going = watch.until(lambda state: state.stage == "training" and state.step > 0)
        # Not from the beginning: the orphaned trainer saved where it was.
        assert going.step > 1
        assert len(trainers(tmp_path)) == 1
        workshop.cancel(found.id)
        watch.until(lambda state: state.status == "cancelled")
        workshop.shutdown()
        assert workshop.runs() == ()
        assert not (tmp_path / "runs" / found.id).exists()
    finally:
        workshop.shutdown()
    assert trainers(tmp_path) == []


PUBLISHER = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from assistant.training.versions import Versions
from assistant.inference.catalog import Catalog
from assistant.inference.runtime import Runtime
home, shipped = Path(sys.argv[1]), Path({shipped!r})
catalog = Catalog(shipped, home / "models", home / "cache", Runtime(available=lambda: ()))
versions = Versions(lambda: catalog, shipped, home / "models")
print("ready", flush=True)
while True:
    versions.activate(versions.install(shipped / "summary", "mine"))
    print("published", flush=True)
"""


def test_a_killed_publish_never_leaves_half_a_model_active(tmp_path: Path) -> None:
    code = PUBLISHER.format(root=str(ROOT), tests=str(ROOT / "tests"), shipped=str(SHIPPED))
    rng = random.Random(3)
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(rng.randrange(1, 4)):
            assert process.stdout.readline() == "published\n"
        # Somewhere within the next one.
        threading.Event().wait(rng.random() * 0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        workshop = workshop_in(tmp_path)
        rows = [row for row in workshop.versions() if row.task == "summary"]
        (active,) = [row for row in rows if row.active]
        assert active.id.startswith("mine@")
        for row in rows:
            manifest = Manifest.read(row.folder)
            assert manifest.id == row.id
            manifest.verified_graph(row.folder)
        assert workshop.roll_back("summary")


def test_what_stops_training_is_a_sentence(tmp_path: Path, workshop: Workshop) -> None:
    empty = Workshop(tmp_path, SHIPPED, Shelf(), lambda: workshop._catalog())
    wizard = empty.wizard("entities")
    with pytest.raises(UsageError):
        wizard.go("method")
    wizard.prepare(Context())
    with pytest.raises(UsageError, match="There are no labels"):
        wizard.go("method")
    with pytest.raises(UsageError, match="There are no labels"):
        wizard.start()
    one = Workshop(tmp_path, SHIPPED, Shelf(DOCUMENTS[:1]), lambda: workshop._catalog()).wizard("entities")
    one.prepare(Context())
    with pytest.raises(UsageError, match="Label a second document"):
        one.next()
    wizard = at_method(workshop)
    with pytest.raises(UsageError, match="must be between"):
        wizard.set_parameters(replace(SMALL, learning_rate=5.0))
    with pytest.raises(UserError, match="network is off"):
        wizard.set_parameters(replace(SMALL, start="someone/model"))
    with pytest.raises(UsageError, match="There is no training run"):
        workshop.reopen("../models")
    assert workshop.runs() == ()


@pytest.mark.skipif(os.name != "posix", reason="needs a device without room")
def test_no_room_for_a_run_is_a_sentence(tmp_path: Path, workshop: Workshop) -> None:
    wizard = at_method(workshop)
    (tmp_path / "runs").write_text("in the way", encoding="utf-8")
    with pytest.raises(UserError, match="cannot write"):
        wizard.start()


def test_labels_are_left_out_of_one_training(workshop: Workshop) -> None:
    """ "Retrain without these labels": they do not count, and the step says so."""
    whole = workshop.wizard("entities").prepare(Context())
    document = DOCUMENTS[0]
    (shipped,) = [row for row in workshop.versions() if row.id.partition("@")[0] == "entities"]
    ids = workshop.labels_after(replace(shipped, created=0.0))
    mine = tuple(label.id for label in document.labels if label.id in ids)
    assert mine
    without = workshop.wizard("entities", mine)
    less = without.prepare(Context())
    assert sum(row.total for row in less.classes) == sum(row.total for row in whole.classes) - len(mine)
    said = next(check for check in less.checks if check.code == "training_left_out")
    assert dict(said.params)["count"] == len(mine)
    assert workshop.labels_after(replace(shipped, created=max(label.time for label in document.labels) + 1000)) == ()


def test_choices_at_the_data_step(workshop: Workshop) -> None:
    wizard = workshop.wizard("entities")
    data = wizard.prepare(Context())
    test = [row.document for row in data.documents if row.side == "test"]
    moved = wizard.move(test[0], "train")
    assert next(row.side for row in moved.documents if row.document == test[0]) == "train"
    less = wizard.leave_out(documents=test, labels=["CLAUSE_NO"])
    assert {row.document for row in less.documents if row.left_out} == set(test)
    assert next(row.left_out for row in less.classes if row.label == "CLAUSE_NO")
    assert {row.document for row in wizard.leave_out(documents=[], labels=[]).documents if row.left_out} == set()
    assert wizard.new_split(5).seed == 5
    first = wizard.data
    assert wizard.new_split(6).documents != (first.documents if first else ())
    # Prepared again (labels were added meanwhile), the choices stay.
    assert wizard.prepare(Context()).seed == 6


def test_search_lora_fgm_weights_and_the_curve_over_labels(tmp_path: Path, workshop: Workshop) -> None:
    wizard = at_method(
        workshop, lora_rank=4, adversarial=0.05, class_weights=True, learning_curve=True, frozen_layers=10, replay=0,
        least_steps=3, evaluations=1,
    )  # fmt: skip
    wizard.search(0.01)
    watch = Watch(workshop)
    run = wizard.start()
    ended = workshop.wait(run.id)
    assert (ended.status, ended.error, ended.error_params) == ("finished", "", ())
    stages = list(dict.fromkeys(state.stage for state in watch.states))
    assert stages == ["preparing", "searching", "training", "exporting", "evaluating", "learning_curve"]
    result = wizard.result()
    assert [point.share for point in result.learning_curve] == [0.25, 0.5, 0.75, 1.0]
    assert ended.examples_per_second > 0
    again = workshop_in(tmp_path)
    assert again.run(run.id).examples_per_second == ended.examples_per_second, "kept over a restart"
    assert again.curve_says() == {"entities": result.more_labels_help}
    again.shutdown()
    rows = [point.rows for point in result.learning_curve]
    assert rows == sorted(rows)
    assert rows[0] < rows[-1]
    assert result.more_labels_help is not None
    manifest = Manifest.read(tmp_path / "runs" / run.id / "model")
    assert manifest.settings["parity"] < 2e-3
    assert manifest.training["recipe"]["train"]["lora_rank"] == 4


def test_document_types_are_trained(tmp_path: Path) -> None:
    words = {"invoice": "Invoice: please pay the amount of {} euros by", "letter": "Dear friend, thank you for the {}"}
    documents = [
        labelled(f"{text.format(number * 7)} number {number}. " * 6, kind=kind, name=f"{kind} {number}")
        for kind, text in words.items()
        for number in range(7)
    ]
    catalog = Catalog(SHIPPED, tmp_path / "models", tmp_path / "cache", Runtime(available=lambda: ()))
    workshop = Workshop(tmp_path, SHIPPED, Shelf(documents), lambda: catalog)
    try:
        wizard = workshop.wizard("classification")
        wizard.prepare(Context())
        wizard.next()
        offered = {info.name for info in wizard.parameter_infos}
        assert not offered & {"start", "frozen_layers", "lora_rank", "replay", "distillation", "augmentation", "device"}
        # The head has a rate of its own; there are no layers for the other one.
        assert "learning_rate" not in offered
        assert {"head_learning_rate", "class_weights", "epochs", "learning_curve"} <= offered
        assert "frozen_layers" in {info.name for info in workshop.wizard("entities").parameter_infos}
        run = wizard.start()
        assert workshop.wait(run.id).status == "finished"
        result = wizard.result()
        assert result.current == "zero-shot"
        assert result.overall.f1.value == 1.0
        assert {row.label for row in result.classes} == {"invoice", "letter"}
        assert wizard.publish(Context()).published == "my-types@1"
    finally:
        workshop.shutdown()
