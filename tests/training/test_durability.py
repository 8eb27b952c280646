"""Kills and full disks in training, checkpoints and publishing: nothing that was told of is lost, nothing is half."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from assistant.errors import UserError  # noqa: E402
from assistant.jobs import Context  # noqa: E402
from assistant.paths import bundled  # noqa: E402
from assistant.training.flow import Workshop  # noqa: E402
from helpers.killed_training import checkpoints, publishing  # noqa: E402
from helpers.processes import ROOT, environment  # noqa: E402
from training.test_own_base import SMALL, at_method, make_encoder, workshop_in  # noqa: E402

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL, mount")


def test_a_kill_inside_a_checkpoint_leaves_the_one_before(tmp_path: Path) -> None:
    outcome = checkpoints(tmp_path, 6)
    assert outcome.lost == []
    assert outcome.acknowledged >= 6


_TORN = """
import os, signal, sys
from pathlib import Path
import torch
from assistant.training import loop
state, model = loop._State(), torch.nn.Linear(300, 300)
optimizer = torch.optim.AdamW(model.parameters())
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
place = Path(sys.argv[1]) / "checkpoint.pt"
state.step = 1
state.save(place, model, optimizer, schedule)
save = torch.save

def half(values, file):
    save(values, file)
    file.truncate(file.tell() // 2)
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)

torch.save = half
state.step = 2
state.save(place, model, optimizer, schedule)
"""


def test_half_a_checkpoint_is_none(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _TORN, str(tmp_path)], env=environment(tmp_path), cwd=ROOT, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert (tmp_path / "checkpoint.tmp").stat().st_size > 1000, "killed in the middle of it"
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 1


def test_a_kill_inside_publishing_leaves_whole_versions(tmp_path: Path) -> None:
    outcome = publishing(tmp_path, bundled("models"), 6, seed=4)
    assert outcome.lost == []
    assert outcome.acknowledged >= 6


# --- a disk without room --------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 8 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, left: int) -> Path:
    """A file that leaves so many bytes."""
    path = disk / "filler"
    with path.open("wb") as file:
        for _ in range(max(0, shutil.disk_usage(disk).free - left) // 4096):
            file.write(bytes(4096))
    return path


def ended(workshop: Workshop, run: str) -> tuple[str, str]:
    state = workshop.wait(run)
    return state.status, state.error


def test_a_full_disk_stops_a_run_that_goes_on_when_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    base = make_encoder(tmp_path / "base")
    workshop = workshop_in(small_disk)
    try:
        wizard = at_method(workshop, str(base))
        wizard.set_parameters(replace(SMALL, start=str(base), least_steps=20, epochs=0.1, evaluations=4))
        # Not even the rows.
        filler = fill(small_disk, 0)
        with pytest.raises(UserError) as caught:
            wizard.start()
        assert caught.value.code == "disk_full"
        assert workshop.runs() == ()
        filler.unlink()
        # The rows, but no checkpoint.
        fill(small_disk, 400_000)
        run = wizard.start().id
        assert ended(workshop, run) == ("failed", "disk_full")
        filler.unlink()
        workshop.resume(run)
        assert ended(workshop, run) == ("finished", "")
        assert wizard.result().rows > 0
        # The version is not there by half.
        fill(small_disk, 200_000)
        with pytest.raises(UserError) as caught:
            wizard.publish(Context(), insist=True)
        assert caught.value.code == "disk_full"
        assert [row for row in workshop.versions() if not row.shipped] == []
        filler.unlink()
        assert wizard.publish(Context(), insist=True).published == "my-entities@1"
    finally:
        workshop.shutdown()
