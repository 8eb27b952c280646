"""The tables of figures in ``models/README.md`` and in the models' cards, written between markers. No torch.

A table is a function of the :class:`Board` alone, so that a test can hold the files to ``models/metrics.json``. What
stands around the markers is written by hand and stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.errors import UserError
from assistant.inference.manifest import Manifest
from assistant.training.scoreboard import FILE, Board, Failure, ModelFacts, Robustness, Score

README = "README.md"
COLUMNS = {
    "entities": {
        "f1": "F1",
        "precision": "Precision",
        "recall": "Recall",
        "names_f1": "F1 of people, organizations, places",
        "expected_calibration_error": "Calibration error",
    },
    "answers": {
        "span_f1": "Best span",
        "f1": "F1",
        "no_answer_auroc": "No-answer AUROC",
        "false_answer_rate": "Unanswerable ones answered",
        "expected_calibration_error": "Calibration error",
    },
    "summary": {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeLsum": "ROUGE-Lsum"},
    "classification": {
        "accuracy": "Accuracy",
        "macro_f1": "Macro F1",
        "expected_calibration_error": "Calibration error",
    },
}
"""Of each task, the metrics that are shown, by name. ``metrics.json`` has all."""
LANGUAGES = {"en": "English", "zh": "Chinese", "de": "German", "es": "Spanish", "fr": "French", "ja": "Japanese"}
PERTURBED = {
    "upper_case": "all capitals",
    "lower_case": "lower case",
    "no_punctuation": "no punctuation",
    "ocr_noise_1": "OCR errors, 1% of characters",
    "ocr_noise_3": "OCR errors, 3%",
    "ocr_noise_5": "OCR errors, 5%",
    "hyphenated": "words divided at line ends, unjoined",
    "hyphenated_read": "the same, as reading joins them",
    "table_row": "table rows",
    "long_sentence": "very long sentences",
    "mixed_languages": "English and Chinese mixed",
    "traditional": "traditional characters",
}


def begin(name: str) -> str:
    return f"<!-- begin {name}: written by docent evaluate -->"


def end(name: str) -> str:
    return f"<!-- end {name} -->"


def between(text: str, name: str) -> str | None:
    """What stands between the two markers; None where they are not both there."""
    _, first, rest = text.partition(begin(name))
    body, last, _ = rest.partition(end(name))
    return body.strip("\n") if first and last else None


def put_between(text: str, name: str, body: str) -> str:
    """The text with ``body`` between the markers. Raises ValueError where they are not both there."""
    if between(text, name) is None:
        raise ValueError(f"there are no markers for {name}")
    before, first, rest = text.partition(begin(name))
    _, last, after = rest.partition(end(name))
    return f"{before}{first}\n\n{body}\n\n{last}{after}"


# --- tables ------------------------------------------------------------------------------------------------------


def metrics_section(board: Board) -> str:
    """All models: what they are, and the figures of each."""
    made = [_made(board.date, board.machine)]
    for date, machine in dict.fromkeys((model.date, model.machine) for model in board.models if model.date):
        names = ", ".join(model.id for model in board.models if (model.date, model.machine) == (date, machine))
        made.append(f"Of {names} on {date}, on {machine}.")
    parts = [" ".join(made), _table(["Model", "Task", "Runs as", "Size", "Licence"], map(_model_line, board.models))]
    for model in board.models:
        if mine := [score for score in board.scores if score.model == model.id]:
            parts += [f"### {model.id}", *_score_tables(mine)]
    if board.skipped:
        parts.append(f"Not measured, as the file was not there: {', '.join(board.skipped)}.")
    return "\n\n".join(parts)


def robustness_section(board: Board, model: str | None = None) -> str:
    """Score of each perturbed copy and its difference from the plain one, of all models or of one."""
    entries = [entry for entry in board.robustness if model in (None, entry.model)]
    parts = []
    for name in dict.fromkeys(entry.model for entry in entries):
        mine = [entry for entry in entries if entry.model == name]
        kind = "exact-span F1" if mine[0].metric == "f1" else "F1 of the best span, questions with an answer"
        parts += [f"{name}: {kind}, and what it loses.", _robustness_table(mine)]
    note = (
        f"Measured on {board.robustness_date} by `docent evaluate --robustness --write`: the same rows of each file as "
        "they are and as `assistant/training/perturb.py` changes them, by a fixed seed."
    )
    return "\n\n".join([note, *parts])


def card_metrics(board: Board, model: str) -> str:
    """One model's figures, for its card."""
    scores = [score for score in board.scores if score.model == model]
    facts = next(facts for facts in board.models if facts.id == model)
    made = _made(facts.date or board.date, facts.machine or board.machine)
    return "\n\n".join([made, *_score_tables(scores)])


def published_metrics(metrics: Mapping[str, float]) -> str:
    """A manifest's ``data[split]/metric`` figures: a line for each data file, for a card that is just published."""
    by_data: dict[str, dict[str, float]] = {}
    for name, value in metrics.items():
        data, _, metric = name.rpartition("/")
        by_data.setdefault(data, {})[metric] = value
    names = list(dict.fromkeys(metric for values in by_data.values() for metric in values))
    shown = {metric: title for columns in COLUMNS.values() for metric, title in columns.items()}
    lines = (
        [data, *(f"{values[name]:.3f}" if name in values else "-" for name in names)]
        for data, values in by_data.items()
    )
    return _table(["Data", *(shown.get(name, name) for name in names)], lines)


def card_failures(board: Board, model: str) -> str:
    """Mistakes as they were seen."""
    mine = [failure for failure in board.failures if failure.model == model]
    return _table(["Data", "Text", "Said", "Right"], map(_failure_line, mine)) if mine else "None collected."


def _made(date: str, machine: str) -> str:
    return (
        f"Recomputed on {date} by `docent evaluate --all --write`: the graphs as the program runs them, through "
        f"the code that reads documents, on {machine}."
    )


def _model_line(model: ModelFacts) -> list[str]:
    folder = model.id.partition("@")[0]
    size = f"{model.size / 1e6:.1f} MB"
    return [f"[`{model.id}`]({folder}/{README})", model.task, model.precision, size, model.licence or "-"]


def _score_tables(scores: Sequence[Score]) -> list[str]:
    tables = []
    for task in dict.fromkeys(score.task for score in scores):
        shown = COLUMNS[task]
        mine = [score for score in scores if score.task == task]
        kept = [name for name in shown if any(name in score.metrics for score in mine)]
        headings = ["Data", "Language", "Rows", *(shown[name] for name in kept), "Rows/s", "Tokens/s"]
        tables.append(_table(headings, (_score_line(score, kept) for score in mine)))
    return tables


def _score_line(score: Score, metrics: Sequence[str]) -> list[str]:
    data = f"{score.data}, {score.domain}" if score.domain else f"{score.data}, {score.split}"
    rows = f"{score.rows:,}" if score.rows == score.available else f"{score.rows:,} of {score.available:,}"
    language = ", ".join(LANGUAGES.get(code, code) for code in score.language.split(","))
    figures = [f"{score.metrics[name]:.3f}" if name in score.metrics else "-" for name in metrics]
    speed = [f"{value:,.0f}" if value is not None else "" for value in (score.rows_per_second, score.tokens_per_second)]
    return [data, language, rows, *figures, *speed]


def _robustness_table(entries: Sequence[Robustness]) -> str:
    headings = ["Text", *(f"{entry.data}, {entry.split} ({entry.rows})" for entry in entries)]
    lines = [["as it is", *(f"{entry.plain:.3f}" for entry in entries)]]
    for name in dict.fromkeys(name for entry in entries for name in entry.scores):
        lines.append([PERTURBED.get(name, name), *(_drop(entry, name) for entry in entries)])
    return _table(headings, lines)


def _drop(entry: Robustness, name: str) -> str:
    if (score := entry.scores.get(name)) is None:
        return "-"
    return f"{score:.3f} ({score - entry.plain:+.3f})"


def _failure_line(failure: Failure) -> list[str]:
    return [failure.data, failure.text, failure.said, failure.right]


def _table(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [headings, ["---"] * len(headings), *lines]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)


def _cell(text: str) -> str:
    """Text as a cell shows it word for word: no line break, no border, no tag."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


# --- files -------------------------------------------------------------------------------------------------------


def merged(old: Board | None, new: Board, robustness: Sequence[Robustness] | None, scored: bool) -> Board:
    """What was measured now, and of the record before what was not."""
    if old is None:
        old = replace(new, models=(), scores=(), failures=(), robustness=(), skipped=())
    board = new if scored else replace(old, models=old.models or new.models)
    if robustness is None:
        return replace(board, robustness=old.robustness, robustness_date=old.robustness_date)
    return replace(board, robustness=tuple(robustness), robustness_date=new.date)


def beside(old: Board | None, new: Board, only: str) -> Board:
    """``new``, in which only the model of that name was measured, with the figures that ``old`` has of the others."""
    if old is None:
        return new

    earlier = {model.id: model for model in old.models if model.id.partition("@")[0] != only}
    order = {model.id: number for number, model in enumerate(new.models)}

    def facts(model: ModelFacts) -> ModelFacts:
        if (known := earlier.get(model.id)) is None:
            return model
        date, machine = known.date or old.date, known.machine or old.machine
        apart = (date, machine) != (new.date, new.machine)
        return replace(known, date=date if apart else "", machine=machine if apart else "")

    def joined(before: Iterable[Any], now: Iterable[Any]) -> tuple[Any, ...]:
        entries = [entry for entry in before if entry.model.partition("@")[0] != only]
        entries += [entry for entry in now if entry.model.partition("@")[0] == only]
        known = [entry for entry in entries if entry.model in order]
        return tuple(sorted(known, key=lambda entry: order[entry.model]))

    return replace(
        new,
        models=tuple(map(facts, new.models)),
        scores=joined(old.scores, new.scores),
        failures=joined(old.failures, new.failures),
        robustness=joined(old.robustness, new.robustness),
        robustness_date=new.robustness_date or old.robustness_date,
    )


def write_board(board: Board, folder: Path) -> list[Path]:
    """Put the board into ``metrics.json``, README, cards and manifests of ``folder``; returns the files.

    Nothing is written before all texts are made. Raises UserError ``usage`` where a text has no markers.
    """
    texts = {folder / FILE: board.to_json()}
    sections = sections_of(board)
    texts[folder / README] = _filled(folder / README, sections, sections)
    manifests: dict[Path, Manifest] = {}
    for model in board.models:
        own = folder / model.id.partition("@")[0]
        if not any(score.model == model.id for score in board.scores):
            continue
        texts[own / README] = _filled(own / README, card_sections(board, model.id), ("metrics",))
        manifests[own] = with_metrics(Manifest.read(own), board)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    for own, manifest in manifests.items():
        manifest.write(own)
    return [*texts, *(own / "manifest.json" for own in manifests)]


def sections_of(board: Board) -> dict[str, str]:
    """What stands between the markers of ``models/README.md``, by their names; only what was measured."""
    sections = {"metrics": metrics_section(board)} if board.scores else {}
    return sections | ({"robustness": robustness_section(board)} if board.robustness else {})


def card_sections(board: Board, model: str) -> dict[str, str]:
    """What stands between the markers of a model's card, by their names."""
    sections = {"metrics": card_metrics(board, model), "failures": card_failures(board, model)}
    if any(entry.model == model for entry in board.robustness):
        sections["robustness"] = robustness_section(board, model)
    return sections


def with_metrics(manifest: Manifest, board: Board) -> Manifest:
    """The manifest with the board's figures under the names that publishing gives them: ``data[split]/metric``."""
    kept = {name: value for name, value in manifest.metrics.items() if "[" not in name}
    found = {
        f"{score.data}[{score.split}]/{name}": value
        for score in board.scores
        if score.model == manifest.id and not score.domain
        for name, value in score.metrics.items()
    }
    values = {name: getattr(manifest, name) for name in manifest.__slots__}
    return Manifest(**values | {"metrics": kept | found})


def _filled(path: Path, sections: Mapping[str, str], needed: Collection[str]) -> str:
    """The file with its sections filled; one that is not ``needed`` is left out where it has no markers."""
    try:
        text = path.read_text(encoding="utf-8")
        for name, body in sections.items():
            if name in needed or between(text, name) is not None:
                text = put_between(text, name, body)
    except (OSError, ValueError) as error:
        raise UserError("usage", why=f"{path} cannot be written: {error}") from error
    return text
