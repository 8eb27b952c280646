"""SIGKILL during labelling, migration, checkpoints and publishing: nothing acknowledged is lost, the files are sound.

Run: ``python tests/benchmarks/bench_durability.py [--kills 200] [--training 60] [--seed 1]``; prints one JSON object
and exits with 1 if anything is lost. Nine of ten kills hit a child that adds, changes, removes, undoes and redoes
labels as fast as it can and tells each on a pipe once the call has returned; the tenth hits one that brings an older
file up to date. After each kill all of the log is read again: every row that was told has to be there with the same
content, the labels have to be what the log says, at most one step may be there that was not told, and ``PRAGMA
integrity_check`` has to say ok. A kill tests the program and SQLite, not the disk: that commits are flushed is what
``synchronous=FULL`` is for.

``--training`` kills more hit a training that writes a checkpoint after each step, and versions that are installed and
activated one after the other, half of them each (tests/helpers/killed_training.py).

Also measured: milliseconds of one ``add``, all of it, with that many labels in the document before.
Targets: 0 lost.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.labelling import Labels
from assistant.paths import bundled
from assistant.store.labels import LabelStore
from assistant.types import Mention, Span
from helpers.killed_labelling import labelling, migrations
from helpers.killed_training import checkpoints, publishing
from helpers.labels import document


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--training", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        first = labelling(_made(folder / "a"), options.kills - options.kills // 10, options.seed)
        second = migrations(_made(folder / "b"), options.kills // 10, options.seed)
        third = checkpoints(_made(folder / "c"), options.training // 2, options.seed)
        fourth = publishing(
            _made(folder / "d"), bundled("models"), options.training - options.training // 2, options.seed
        )
        result = {
            "kills": first.kills + second.kills,
            "acknowledged": first.acknowledged,
            "kills_of_migrations": second.kills,
            "kills_of_checkpoints": third.kills,
            "in_the_middle_of_one": third.inside,
            "kills_of_publishing": fourth.kills,
            "lost": first.lost + second.lost + third.lost + fourth.lost,
            "seconds": round(time.perf_counter() - began, 1),
            "add_ms": {count: _add_milliseconds(folder / f"add-{count}", count) for count in (0, 1000, 5000)},
        }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 1 if result["lost"] else 0


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _add_milliseconds(folder: Path, before: int, rounds: int = 60) -> dict[str, float]:
    words = [f"word{number:05d}" for number in range(before + rounds)]
    text = document(" ".join(words))
    labels = Labels(LabelStore(folder / "labels.db"))
    places = [Span(10 * number, 10 * number + 9) for number in range(len(words))]
    labels.accept_all(text, [Mention(place, 1, place.of(text.text), "MISC", 0.9, "m") for place in places[:before]])
    times: list[float] = []
    for place in places[before:]:
        began = time.perf_counter()
        labels.add(text, "entity", "PERSON", place)
        times.append(1000 * (time.perf_counter() - began))
    labels.close()
    return {"median": round(median(times), 1), "p95": round(quantiles(times, n=20)[-1], 1)}


if __name__ == "__main__":
    sys.exit(main())
