"""The model card: what a model is for, what it was made of, how good it is, where it fails. No torch."""

from __future__ import annotations

import datetime

from assistant.inference.manifest import Manifest
from assistant.training.model_tables import begin, end, published_metrics
from assistant.training.recipe import DataSource, Recipe

_LIMITS = {
    "entities": (
        "Names in running text of English and Chinese are what it knows best. Lower-cased or all-capital text, tables, "
        "lists of names, scans with recognition errors and languages other than English and Chinese are harder for it. "
        "Dates, amounts, addresses and numbers are found by rules, not by this model."
    ),
    "answers": (
        "It finds answers that stand in the text word for word. It does not add, compare or conclude, and a question "
        "that needs several places is answered from one of them. Below its threshold it says that there is no answer."
    ),
    "summary": (
        "It was trained on abstracts of papers and on meetings; contracts, letters and news are new to it. The summary "
        "mixes it with centrality and position, which know no kind of text."
    ),
    "classification": "It knows the classes that it was trained on and puts every text into one of them.",
}


def model_card(manifest: Manifest, recipe: Recipe) -> str:
    """``README.md`` of a model's folder."""
    lines = [
        f"# {manifest.id}",
        "",
        manifest.description or f"A model of {manifest.task}, trained by Docent.",
        "",
        f"- Task: {manifest.task}",
        f"- Stands on `{manifest.base}`; runs in {manifest.precision}; {manifest.size / 1e6:.1f} MB",
        f"- Licence of the weights: {manifest.licence or 'that of the data, see below'}",
        f"- Made on {datetime.date.today().isoformat()}; {manifest.training['seconds'] / 60:.0f} minutes of training",
        f"- {manifest.training['steps']} steps, best at step {manifest.training['best_step']}, seed {recipe.seed}",
        f"- Largest difference between torch and ONNX in float32: {manifest.settings.get('parity', 0):.1e}",
    ]
    if manifest.labels:
        lines.append(f"- Labels: {', '.join(label for label in manifest.labels if not label.startswith('I-'))}")
    if manifest.calibration:
        values = ", ".join(f"{name} {value:.3f}" for name, value in manifest.calibration.items())
        lines.append(f"- Calibration (on the validation rows below): {values}")
    lines += ["", "## Data", ""]
    lines += ["| file | used for | splits | rows at most | licence |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {_named(source)} | {source.role} | {', '.join(source.splits)}"
        f" | {source.limit or 'all'}"
        f"{f' x {source.repeat}' if source.repeat > 1 else ''} | {source.licence or 'the user’s own'} |"
        for source in recipe.data
    ]
    lines += _shared_rows(recipe)
    lines += ["", "## Metrics", "", "Of the exported graph, as the program runs it, on the rows of the test sources."]
    # `docent evaluate --all --robustness --write` puts its fuller figures in the places of these.
    lines += _marked("metrics", published_metrics(manifest.metrics))
    if recipe.task in ("entities", "answers"):
        lines += ["", "## Robustness", *_marked("robustness", "Not measured yet.")]
        lines += ["", "## Failure cases seen", *_marked("failures", "None collected yet.")]
    lines += ["", "## Limits", "", _LIMITS[manifest.task], ""]
    return "\n".join(lines)


def _named(source: DataSource) -> str:
    return source.file or f"{source.name} (generated)"


def _shared_rows(recipe: Recipe) -> list[str]:
    """Says where rows that decided something are among those that are measured."""
    tested = {(_named(source), split) for source in recipe.sources("test") for split in source.splits}
    told = []
    for source in recipe.sources("validation"):
        if shared := [split for split in source.splits if (_named(source), split) in tested]:
            rows = f"at most {source.limit}" if source.limit else "all"
            told.append(f"{_named(source)} [{', '.join(shared)}] ({rows})")
    if not told:
        return []
    return ["", f"Rows that chose the checkpoint and the calibration can be among the test rows: {'; '.join(told)}."]


def _marked(name: str, body: str) -> list[str]:
    return ["", begin(name), "", body, "", end(name)]
