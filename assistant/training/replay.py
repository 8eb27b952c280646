"""Earlier examples that are trained on again with the user's own, so that old skills are not forgotten. No torch.

``models/replay/entities.jsonl.gz`` ships: a few hundred rows of the files that the entity model was trained on, those
whose licence allows it (``models/replay/README.md``), with rows of their held-out parts to see what was forgotten.
``python -m assistant.training.replay ../shared/data models/replay`` makes it.

Replay: Robins 1995, "Catastrophic forgetting, rehearsal and pseudorehearsal".
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.training.dataset import raw_rows
from assistant.training.files import write_rows
from assistant.training.recipe import DataSource
from assistant.training.steps import Parameters, Side

FILE = "entities.jsonl.gz"


@dataclass(frozen=True, slots=True)
class ReplaySource:
    """What is taken of a file: rows of ``train`` for training, of ``held`` for validation and test."""

    file: str
    labels: tuple[str, ...]
    train: int
    validation: int
    test: int
    held: str
    licence: str


_NAMES = ("PERSON", "ORGANIZATION", "LOCATION")
SOURCES = (
    ReplaySource("uner_ewt_en", _NAMES, 160, 0, 0, "", "CC BY-SA 4.0"),
    ReplaySource("uner_gsdsimp_zh", _NAMES, 180, 40, 80, "dev", "CC BY-SA 4.0"),
    ReplaySource(
        "crossner_en", (*_NAMES, "EVENT", "PRODUCT", "WORK", "MISC"), 260, 80, 160, "test",
        "MIT labels; Wikipedia text CC BY-SA",
    ),
    ReplaySource("wikigold_en", _NAMES, 100, 0, 0, "", "CC BY 4.0 labels; Wikipedia text CC BY-SA"),
    ReplaySource("gum_en", _NAMES, 100, 0, 0, "", "CC BY 4.0 labels; texts CC BY / CC BY-SA 3.0"),
)  # fmt: skip


def make(data: Path, folder: Path, seed: int = 13) -> Path:
    """Write the file of earlier examples into ``folder``. Rows are chosen by the seed; raises UserError."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    made: list[dict[str, Any]] = []
    for source in SOURCES:
        path = data / "entities" / f"{source.file}.jsonl.gz"
        rows = [row for _, row in raw_rows(path, ("train",))]
        made += [_row(row, source, "train") for row in _drawn(rows, source.train, rng)]
        if source.held:
            held = _drawn([row for _, row in raw_rows(path, (source.held,))], source.validation + source.test, rng)
            made += [
                _row(row, source, "validation" if number < source.validation else "test")
                for number, row in enumerate(held)
            ]
    target = folder / FILE
    # No time in the header: the same rows make the same bytes.
    with target.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as file:
        for row in made:
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8"))
    return target


def _drawn(rows: Sequence[dict[str, Any]], count: int, rng: random.Random) -> list[dict[str, Any]]:
    """So many, six in seven with entities."""
    named = [row for row in rows if row["entities"] and 30 <= len(row["text"]) <= 400]
    plain = [row for row in rows if not row["entities"] and 30 <= len(row["text"]) <= 400]
    few = min(len(plain), count // 7)
    chosen = rng.sample(named, min(len(named), count - few)) + rng.sample(plain, few)
    rng.shuffle(chosen)
    return chosen


def _row(row: dict[str, Any], source: ReplaySource, split: str) -> dict[str, Any]:
    ignored = [{"start": item["start"], "end": item["end"]} for item in row.get("ignored", ())]
    entities = []
    for item in row["entities"]:
        place = {"start": item["start"], "end": item["end"]}
        if item["label"] in source.labels:
            entities.append({**place, "label": item["label"]})
        else:
            ignored.append(place)
    return {
        "id": f"{source.file}/{row['id']}", "split": split, "lang": row["lang"], "source": f"replay/{source.file}",
        "marks": list(source.labels), "text": row["text"], "entities": entities, "ignored": ignored,
    }  # fmt: skip


def read(path: Path) -> list[dict[str, Any]]:
    """The rows, as they stand in the file; none where there is no file. Raises UserError ``data_invalid``."""
    return [row for _, row in raw_rows(path)] if path.is_file() else []


def rehearsed(folder: Path, earlier: Path | None, values: Parameters, own: int, held: int) -> list[DataSource]:
    """Write rows of ``earlier`` below ``folder``, for so many ``own`` ones and ``held`` to validate; their sources."""
    if earlier is None or not values.replay:
        return []
    rows, sources = read(earlier), []
    counts: list[tuple[Side, int]] = [("train", round(values.replay * own)), ("validation", held)]
    for side, count in counts:
        members = chosen(rows, side, count, values.seed)
        if members:
            name = f"rows/replay-{side}.jsonl"
            write_rows(folder / name, members)
            sources.append(DataSource(name, side, (side,), licence="see models/replay/README.md"))
    return sources


def chosen(rows: Iterable[dict[str, Any]], split: str, count: int, seed: int) -> list[dict[str, Any]]:
    """Up to ``count`` rows of a split, drawn with the seed."""
    members = [row for row in rows if row["split"] == split]
    return members if len(members) <= count else random.Random(f"replay/{seed}").sample(members, count)


ANSWERS = (
    ("squad2_half_en", "en", 170, 3, 70),
    ("squadshifts_new_wiki_en", "en", 80, 1, 30),
    ("cmrc2018_zh", "zh", 90, 2, 40),
)
"""Files of answers: name, language, rows to train on, articles of paragraphs to calibrate on, rows to test on."""
ARTICLE = {"zh": 9}
"""Paragraphs of an article that is calibrated on; 7 in other languages."""


def make_answers(data: Path, folder: Path, seed: int = 13) -> Path:
    """Write the file of earlier questions. Rows of ``train`` are trained on; those of the held-out parts, which the
    shipped reader was not trained on either, calibrate (whole paragraphs in order) and test."""
    from assistant.training.clauses import clause_rows

    rng, made = random.Random(seed), []
    for name, language, train, articles, test in ANSWERS:
        path = data / "answers" / f"{name}.jsonl.gz"
        rows = [row for _, row in raw_rows(path, ("train",)) if len(row["context"]) <= 1200]
        made += [_answer_row(row, name, "train") for row in rng.sample(rows, min(train, len(rows)))]
        held = [row for _, row in raw_rows(path, ("dev",)) if len(row["context"]) <= 1200]
        titles = list(dict.fromkeys(row["title"] for row in held))
        size = ARTICLE.get(language, 7)
        contexts: list[str] = []
        if len(titles) < 20:
            for title in titles[:articles]:
                contexts += list(dict.fromkeys(row["context"] for row in held if row["title"] == title))[:size]
        else:
            contexts = list(dict.fromkeys(row["context"] for row in held))[: size * articles]
        for context in contexts:
            members = [row for row in held if row["context"] == context]
            made += [_answer_row(row, name, "validation") for row in rng.sample(members, min(3, len(members)))]
        rest = [row for row in held if row["context"] not in set(contexts)]
        made += [_answer_row(row, name, "test") for row in rng.sample(rest, min(test, len(rest)))]
    for split, count in (("train", 120), ("dev", 40)):
        for item in clause_rows(count, seed, (split,)):
            row = {
                "id": item.id, "lang": item.lang, "title": item.title, "context": item.context,
                "question": item.question, "answers": [{"start": start, "text": text} for start, text in item.answers],
            }  # fmt: skip
            made.append(_answer_row(row, "clauses", "train" if split == "train" else "test"))
    target = folder / "answers.jsonl.gz"
    with target.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as file:
        for row in made:
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8"))
    return target


def _answer_row(row: dict[str, Any], source: str, split: str) -> dict[str, Any]:
    return {
        "id": f"{source}/{row['id']}", "split": split, "lang": row["lang"], "source": f"replay/{source}",
        "title": row["title"], "context": row["context"], "question": row["question"], "answers": row["answers"],
    }  # fmt: skip


SUMMARIES = {"train": 90, "validation": 20, "test": 40}
"""Abstracts of SciTLDR (Apache 2.0), by split; the last two of its held-out part."""


def make_summaries(data: Path, folder: Path, seed: int = 13) -> Path:
    """Write the file of earlier summaries."""
    rng, made = random.Random(seed), []
    path = data / "summaries" / "scitldr_en.jsonl.gz"
    train, held = ([row for _, row in raw_rows(path, (split,))] for split in ("train", "dev"))
    drawn = rng.sample(held, SUMMARIES["validation"] + SUMMARIES["test"])
    parts = (
        ("train", rng.sample(train, SUMMARIES["train"])), ("validation", drawn[: SUMMARIES["validation"]]),
        ("test", drawn[SUMMARIES["validation"] :]),
    )  # fmt: skip
    for split, rows in parts:
        for row in rows:
            kept = {key: row[key] for key in ("lang", "kind", "title", "sentences", "reference")}
            made.append({"id": f"scitldr_en/{row['id']}", "split": split, "source": "replay/scitldr_en", **kept})
    target = folder / "summary.jsonl.gz"
    with target.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as file:
        for row in made:
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8"))
    return target


if __name__ == "__main__":
    import sys

    make(Path(sys.argv[1]), Path(sys.argv[2]))
    make_answers(Path(sys.argv[1]), Path(sys.argv[2]))
    make_summaries(Path(sys.argv[1]), Path(sys.argv[2]))
