"""Labelling that is killed (SIGKILL) at any moment, again and again, and what is there afterwards."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from assistant.labelling import Labels
from assistant.store.labels import LabelStore
from assistant.store.migrations import LABELS
from assistant.types import Document, LabelEvent
from helpers.labels import document, span_of
from helpers.processes import ROOT, environment

NAMES = [f"Name{number:04d}" for number in range(2000)]
PEOPLE = document("\n".join(f"{name} lives in Hamburg." for name in NAMES))
_ROWS = 30_000


@dataclass(slots=True)
class Outcome:
    kills: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    """What should be there and is not, in words."""


def label(path: Path, seed: int) -> None:
    """The child: all kinds of changes, without an end; each is told on stdout once its call has returned."""
    chance = random.Random(seed)
    labels = Labels(LabelStore(path))
    while True:
        _change(labels, chance)
        event = labels.history(PEOPLE.sha256, 1)[0]
        sys.stdout.write(json.dumps(_told(event)) + "\n")
        sys.stdout.flush()


def migrate(path: Path) -> None:
    """The child: brings the file up to date, which takes a while."""
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    with LabelStore(path, migrations=(*LABELS, slow_step)).reading():
        pass
    sys.stdout.write("done\n")
    sys.stdout.flush()


def slow_step(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE notes (number INTEGER PRIMARY KEY, text TEXT)")
    for number in range(_ROWS):
        connection.execute("INSERT INTO notes VALUES (?, ?)", (number, "x" * 200))


def _change(labels: Labels, chance: random.Random) -> None:
    known = [one for one in labels.of(PEOPLE) if one.kind == "entity"] if chance.random() < 0.5 else []
    way = chance.choice(("add", "add", "add", "change", "remove", "undo", "redo"))
    if way == "undo" and labels.undo() is not None:
        return
    if way == "redo" and labels.redo() is not None:
        return
    if known and way == "change":
        one = chance.choice(known)
        labels.change(PEOPLE, one.id, value="MISC" if one.value == "PERSON" else "PERSON")
    elif known and way == "remove":
        labels.remove(PEOPLE, chance.choice(known).id)
    else:
        before = len(labels.history(PEOPLE.sha256, 1))
        name = chance.choice(NAMES)
        value = chance.choice(("PERSON", "ORGANIZATION", "MISC"))
        labels.add(PEOPLE, "entity", value, span_of(PEOPLE, name))
        if not before:
            labels.add(PEOPLE, "type", "list", None)


def _told(event: LabelEvent) -> list[object]:
    thing = event.after or event.before
    assert thing is not None
    return [event.number, event.action, thing.id, thing.value, thing.text, event.after is not None]


def labelling(folder: Path, kills: int, seed: int = 1) -> Outcome:
    """Label and kill, ``kills`` times on one file; looks at all of it after each."""
    chance = random.Random(seed)
    path = folder / "labels.db"
    outcome = Outcome()
    acknowledged: dict[int, list[object]] = {}
    for number in range(kills):
        for line in _killed(folder, f"label(Path({str(path)!r}), {seed * 1000 + number})", chance.randint(1, 25)):
            told = json.loads(line)
            acknowledged[told[0]] = told
        outcome.kills += 1
        _look(path, acknowledged, outcome)
    outcome.acknowledged = len(acknowledged)
    return outcome


def migrations(folder: Path, kills: int, seed: int = 1) -> Outcome:
    """Kill while an older file is brought up to date: it is the old one or the new one, with all labels."""
    outcome = Outcome()
    old = folder / "old" / "labels.db"
    labels = Labels(LabelStore(old))
    for name in NAMES[:50]:
        labels.add(PEOPLE, "entity", "PERSON", span_of(PEOPLE, name))
    before = labels.of(PEOPLE)
    labels.close()
    chance = random.Random(seed)
    for number in range(kills):
        path = folder / f"{number}" / "labels.db"
        path.parent.mkdir()
        shutil.copy(old, path)
        _killed(folder, f"migrate(Path({str(path)!r}))", 1, pause=chance.random() * 0.15)
        outcome.kills += 1
        copy = path.with_name("labels.version-1.db")
        for file in (path, copy) if copy.exists() else (path,):
            _sound(file, outcome)
            store = Labels(LabelStore(file, migrations=(*LABELS, slow_step)))
            if store.of(PEOPLE) != before:
                outcome.lost.append(f"{file}: labels differ after migration {number}")
            store.close()
    outcome.acknowledged = len(before) * outcome.kills
    return outcome


def _killed(folder: Path, call: str, lines: int, pause: float = 0.0) -> list[str]:
    """What a child said before it was killed: at least ``lines`` lines, none of them cut."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r})\n"
        f"from pathlib import Path\nfrom helpers.killed_labelling import label, migrate\n{call}\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(folder),
        cwd=ROOT,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    said = [child.stdout.readline() for _ in range(lines)]
    if pause:
        # Anywhere within the work, also after its end.
        try:
            child.wait(pause)
        except subprocess.TimeoutExpired:
            said.append("")
    child.kill()
    rest, errors = child.communicate()
    if not said[0]:
        raise AssertionError(errors)
    whole = "".join(said) + rest
    return whole[: whole.rfind("\n") + 1].splitlines()


def _look(path: Path, acknowledged: dict[int, list[object]], outcome: Outcome) -> None:
    _sound(path, outcome)
    labels = Labels(LabelStore(path))
    log = {event.number: event for event in labels.history(PEOPLE.sha256, 10_000_000)}
    for number, told in acknowledged.items():
        if number not in log or _told(log[number]) != told:
            outcome.lost.append(f"row {number} ({told}) is not in the log after kill {outcome.kills}")
    beyond = {event.step for number, event in log.items() if number > max(acknowledged)}
    if len(beyond) > 1:
        outcome.lost.append(f"{len(beyond)} steps are there that nobody acknowledged")
    _compare(labels, log, outcome)
    labels.close()


def _compare(labels: Labels, log: dict[int, LabelEvent], outcome: Outcome) -> None:
    """The labels are what the log says."""
    state: dict[str, object] = {}
    for number in sorted(log):
        event = log[number]
        if event.after is not None:
            state[event.after.id] = event.after
        elif event.before is not None:
            state.pop(event.before.id, None)
    text: Document = PEOPLE
    if {one.id: one for one in labels.of(text)} != state:
        outcome.lost.append(f"the labels are not what the log says after kill {outcome.kills}")


def _sound(path: Path, outcome: Outcome) -> None:
    connection = sqlite3.connect(path)
    try:
        said = connection.execute("PRAGMA integrity_check").fetchall()
    finally:
        connection.close()
    if said != [("ok",)]:
        outcome.lost.append(f"{path}: {said[:1]} after kill {outcome.kills}")
