from __future__ import annotations

from pathlib import Path

import pytest

from helpers.killed_labelling import labelling, migrations

# The long version is tests/benchmarks/bench_durability.py.


@pytest.mark.timeout(300)
def test_no_acknowledged_label_is_lost_when_the_program_is_killed(tmp_path: Path) -> None:
    outcome = labelling(tmp_path, kills=6)
    assert outcome.lost == []
    assert outcome.kills == 6
    assert outcome.acknowledged >= 30


@pytest.mark.timeout(300)
def test_a_migration_that_is_killed_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    outcome = migrations(tmp_path, kills=4)
    assert outcome.lost == []
