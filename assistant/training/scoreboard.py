"""The figures of all shipped models, recomputed in one run and kept in ``models/metrics.json``. No torch.

What a model is tested on stands in its manifest: the test sources of its recipe, all rows of them. ``EXTRA`` adds what
no recipe names. A file that is not there is named in ``Board.skipped``.
"""

from __future__ import annotations

import datetime
import json
import platform
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

import psutil

from assistant.errors import UsageError, UserError
from assistant.inference.catalog import Catalog, Installed
from assistant.inference.span_extractor import SpanScore
from assistant.jobs import JobContext
from assistant.training.clauses import clause_rows
from assistant.training.dataset import (
    AnswerRow,
    raw_rows,
    read_answers,
    read_classes,
    read_entities,
    read_summaries,
)
from assistant.training.evaluate import (
    JudgedEntities,
    best_spans,
    evaluate_classification,
    evaluate_summary,
    judge_entities,
    score_answers,
    score_entities,
)
from assistant.training.metrics import answer_f1

FILE = "metrics.json"
EXTRA: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "answers": (("answers/clapnq_en.jsonl.gz", ("dev",)),),
    # Zero-shot, over the descriptions of the labels.
    "embeddings": (
        ("classes/gum_doctypes_en.jsonl.gz", ("dev",)),
        ("classes/csl_zh.jsonl.gz", ("dev",)),
        ("classes/mini_newsgroups_en.jsonl.gz", ("dev",)),
    ),
}
GENERATED = {"clauses": 600}
"""Rows of a source that is generated, not read."""
SAMPLES = 3
"""Failures of each kind that are kept of each file."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    id: str
    task: str
    precision: str
    size: int
    """Bytes of all its files."""
    licence: str
    graph: str
    """SHA-256 of the graph that was measured."""
    date: str = ""
    """When, and on which machine, where it was not with the rest of the board (``docent evaluate --only``)."""
    machine: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Metrics (fractions of 1) of one model on one split of one file, or on one domain of it."""

    model: str
    task: str
    data: str
    split: str
    language: str
    domain: str
    """Empty: the whole split."""
    rows: int
    available: int
    """Rows of the split; more than ``rows`` where a limit was set."""
    metrics: dict[str, float]
    rows_per_second: float | None = None
    tokens_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A mistake as it was seen, for the model's card."""

    model: str
    data: str
    text: str
    said: str
    right: str


@dataclass(frozen=True, slots=True)
class Robustness:
    """One metric of a model on perturbed rows of a file, and on the same rows as they are (``plain``)."""

    model: str
    task: str
    data: str
    split: str
    language: str
    metric: str
    rows: int
    plain: float
    scores: dict[str, float]


@dataclass(frozen=True, slots=True)
class Board:
    date: str
    machine: str
    models: tuple[ModelFacts, ...] = ()
    scores: tuple[Score, ...] = ()
    failures: tuple[Failure, ...] = ()
    robustness: tuple[Robustness, ...] = ()
    robustness_date: str = ""
    skipped: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Board | None:
        """None where there is none yet. Raises UserError ``data_invalid``."""
        if not path.is_file():
            return None
        kinds: dict[str, Any] = {"models": ModelFacts, "scores": Score, "failures": Failure, "robustness": Robustness}
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            lists: dict[str, Any] = {
                name: tuple(kind(**item) for item in values.pop(name)) for name, kind in kinds.items()
            }
            return cls(skipped=tuple(values.pop("skipped")), **values, **lists)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError("data_invalid", path=str(path), line=1, why=str(error)) from error

    def to_json(self) -> str:
        """One line for each entry, so that a change of one figure is a change of one line."""
        lines = []
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, tuple):
                entries = (entry if isinstance(entry, str) else asdict(entry) for entry in value)
                rows = ",".join(f"\n  {json.dumps(entry, ensure_ascii=False)}" for entry in entries)
                lines.append(f' "{item.name}": [{rows}' + ("\n ]" if rows else "]"))
            else:
                lines.append(f' "{item.name}": {json.dumps(value, ensure_ascii=False)}')
        return "{\n" + ",\n".join(lines) + "\n}\n"


def machine() -> str:
    """The processor's name and how many cores of it may be used."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    process = psutil.Process()
    cores = len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else psutil.cpu_count() or 1
    return f"{' '.join(name.split())}, {cores} cores"


def shipped(catalog: Catalog, folder: Path, only: str = "") -> list[Installed]:
    """The models in ``folder``; ``only`` is the name of one. Raises UsageError ``usage`` where it is not there."""
    found = [item for item in catalog.installed() if item.folder.parent == folder]
    if only and all(item.manifest.name != only for item in found):
        names = ", ".join(item.manifest.name for item in found)
        raise UsageError("usage", why=f"There is no shipped model {only}. There are {names}.")
    return [item for item in found if not only or item.manifest.name == only]


def score_models(
    catalog: Catalog, folder: Path, root: Path, limit: int | None, ctx: JobContext, only: str = ""
) -> Board:
    """Score every model in ``folder`` (or the one of that name) on the files below ``root``, ``limit`` rows of each.

    Raises Cancelled, UserError for data that cannot be read, ModelError for a model that cannot be used.
    """
    board = empty_board(catalog, folder)
    scores: list[Score] = []
    failures: list[Failure] = []
    skipped: list[str] = []
    for installed in shipped(catalog, folder, only):
        model: Any = None
        for file, splits in tested_on(installed):
            if file not in GENERATED and not (root / file).is_file():
                skipped.append(file)
                continue
            ctx.check()
            model = model or _loaded(catalog, installed)
            made, seen = _score(catalog, installed, model, root, file, splits, limit, ctx)
            scores += made
            failures += seen
    return replace(board, scores=tuple(scores), failures=tuple(failures), skipped=tuple(dict.fromkeys(skipped)))


def empty_board(catalog: Catalog, folder: Path) -> Board:
    """Date, machine and the models in ``folder``, without figures."""
    manifests = [item.manifest for item in shipped(catalog, folder)]
    models = (ModelFacts(m.id, m.task, m.precision, m.size, m.licence, m.files[m.graph].sha256) for m in manifests)
    return Board(datetime.date.today().isoformat(), machine(), tuple(models))


def tested_on(installed: Installed) -> list[tuple[str, tuple[str, ...]]]:
    """``(file, splits)``: the recipe's test sources, or else its validation sources, and those of ``EXTRA``."""
    data = installed.manifest.training.get("recipe", {}).get("data", ())
    sources = [item for item in data if item["role"] == "test"] or [i for i in data if i["role"] == "validation"]
    named = [(str(item["file"] or item["generate"]), tuple(item.get("splits", ("train",)))) for item in sources]
    return list(dict.fromkeys([*named, *EXTRA.get(installed.manifest.task, ())]))


def sampled(rows: Sequence[Row], limit: int | None, file: str) -> list[Row]:
    """At most ``limit`` rows in order, the same in every run; spread over the file, which may begin with one domain."""
    if limit is None or limit >= len(rows):
        return list(rows)
    return [rows[index] for index in sorted(random.Random(f"13/{file}").sample(range(len(rows)), limit))]


def data_name(file: str) -> str:
    return file.rsplit("/", 1)[-1].split(".")[0]


def _score(
    catalog: Catalog, installed: Installed, loaded: Any, root: Path, file: str, splits: tuple[str, ...],
    limit: int | None, ctx: JobContext,
) -> tuple[list[Score], list[Failure]]:  # fmt: skip
    path, task, model = root / file, installed.manifest.task, installed.manifest.id
    failures: list[Failure] = []
    by_domain: dict[str, dict[str, Any]] = {}
    counts: dict[str, int] = {}
    if task == "entities":
        entities = read_entities(path, splits)
        available, rows = len(entities), sampled(entities, limit, file)
        judged, seconds = _timed(lambda: judge_entities(rows, loaded, ctx))
        labels = {entity.label for row in rows for entity in row.entities}
        metrics = score_entities(judged, labels)
        domains = _domains(path, splits)
        for domain in sorted({domains[row.id] for row in rows if row.id in domains}):
            members = [item for item in judged if domains.get(item.row.id) == domain]
            by_domain[domain], counts[domain] = score_entities(members, labels), len(members)
        failures = [Failure(model, data_name(file), *texts) for texts in entity_failures(judged, labels)]
        texts, languages = [row.text for row in rows], {row.lang for row in rows}
    elif task == "answers":
        questions = clause_rows(GENERATED[file], 13, splits) if file in GENERATED else read_answers(path, splits)
        available, answers = len(questions), sampled(questions, limit, file)
        found, seconds = _timed(lambda: list(best_spans(answers, loaded, ctx)))
        metrics = score_answers(found, loaded.threshold)
        failures = [Failure(model, data_name(file), *texts) for texts in answer_failures(found, loaded.threshold)]
        texts = [text for row in answers for text in (row.question, row.context)]
        languages = {row.lang for row in answers}
    elif task == "summary":
        documents = read_summaries(path, splits)
        available, summaries = len(documents), sampled(documents, limit, file)
        metrics, seconds = _timed(lambda: evaluate_summary(summaries, catalog.encoder(), loaded, ctx))
        texts, languages = [text for row in summaries for text in row.sentences], {row.lang for row in summaries}
    else:
        labelled = read_classes(path, splits)
        available, classes = len(labelled), sampled(labelled, limit, file)
        trained = loaded if task == "classification" else None
        metrics, seconds = _timed(lambda: evaluate_classification(classes, catalog.encoder(), trained, ctx))
        texts, languages = [row.text for row in classes], {row.lang for row in classes}
    tokens = sum(len(encoding) for encoding in catalog.encoder().tokenizer.encode(texts))
    count = min(available, limit or available)
    what = (model, "classification" if task == "embeddings" else task, data_name(file), ",".join(splits))
    language = ",".join(sorted(languages))
    speed = (round(count / seconds, 1), round(tokens / seconds)) if seconds > 0 else (None, None)
    scores = [Score(*what, language, "", count, available, _numbers(metrics), *speed)]
    scores += [
        Score(*what, language, domain, counts[domain], counts[domain], _numbers(values))
        for domain, values in by_domain.items()
    ]
    return scores, failures


def _loaded(catalog: Catalog, installed: Installed) -> Any:
    load: dict[str, Callable[[Path], Any]] = {
        "entities": catalog.load_entities,
        "answers": catalog.load_answers,
        "summary": catalog.load_summary,
        "classification": catalog.load_classes,
        "embeddings": lambda _: catalog.encoder(),
    }
    return load[installed.manifest.task](installed.folder)


def _timed(work: Callable[[], Row]) -> tuple[Row, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def _domains(path: Path, splits: tuple[str, ...]) -> dict[str, str]:
    """Row id -> ``domain``, of the rows that have one."""
    return {
        str(row.get("id", number)): str(row["domain"]) for number, row in raw_rows(path, splits) if row.get("domain")
    }


def _numbers(metrics: dict[str, Any]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in metrics.items() if isinstance(value, float)}


# --- failures ----------------------------------------------------------------------------------------------------


def entity_failures(judged: Sequence[JudgedEntities], labels: Iterable[str]) -> list[tuple[str, str, str]]:
    """``(text, said, right)``: the surest wrong mentions, and mentions that nothing was found at, drawn by a seed."""
    wrong: list[tuple[float, tuple[str, str, str]]] = []
    missed: list[tuple[str, str, str]] = []
    known = set(labels)
    for item in judged:
        text = item.row.text
        gold = {(entity.start, entity.end): entity.label for entity in item.row.entities}
        for start, end, label, score in item.said:
            masked = any(start < stop and begin < end for begin, stop in item.row.ignored)
            if label in known and gold.get((start, end)) != label and not masked:
                right = [f"{text[a:b]} ({name})" for (a, b), name in gold.items() if a < end and start < b]
                said = f"{text[start:end]} ({label}, {score:.2f})"
                wrong.append((score, (_around(text, start, end), said, ", ".join(right) or "nothing")))
        for (start, end), label in gold.items():
            if not any(begin < end and start < stop for begin, stop, _, _ in item.said):
                missed.append((_around(text, start, end), "nothing", f"{text[start:end]} ({label})"))
    wrong.sort(key=lambda entry: (-entry[0], entry[1]))
    return [entry for _, entry in wrong[:SAMPLES]] + random.Random(13).sample(missed, min(SAMPLES, len(missed)))


def answer_failures(
    found: Sequence[tuple[AnswerRow, SpanScore | None]], threshold: float
) -> list[tuple[str, str, str]]:
    """``(question, said, right)``: the surest answers that share no word with a right one, or where there is none."""
    wrong = []
    for row, best in found:
        if best is None or best.score < threshold:
            continue
        said = row.context[best.start : best.end]
        if all(answer_f1(said, text, row.lang) == 0 for _, text in row.answers):
            right = row.answers[0][1] if row.answers else "no answer in this text"
            wrong.append((best.score, (row.question, f"{_short(said)} ({best.score:.2f})", _short(right))))
    wrong.sort(key=lambda entry: (-entry[0], entry[1]))
    return [entry for _, entry in wrong[:SAMPLES]]


def _around(text: str, start: int, end: int, room: int = 50) -> str:
    first, last = max(0, start - room), min(len(text), end + room)
    return f"{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}"


def _short(text: str, longest: int = 120) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
