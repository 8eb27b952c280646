"""The wizard end to end: 60 labelled documents, Quick, from Start to an activated ONNX model.

    PYTHONPATH=. python -m tests.benchmarks.bench_wizard [--documents N] [--preset NAME] [--set NAME=VALUE ...]

Documents are consecutive sentences of CrossNER on artificial intelligence (dev, ``../shared/data``, Wikipedia). The
shipped entity model was trained on these sentences as regards the labels it knows, so for PERSON this measures time,
not quality. The other two, fields and algorithms, no shipped model knows. Without the data, contract pages are made.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from assistant.inference.catalog import Catalog
from assistant.inference.runtime import Runtime
from assistant.jobs import Context
from assistant.paths import bundled
from assistant.training import presets
from assistant.training.cli import data_folders
from assistant.training.flow import RunState, Workshop
from tests.helpers.labelled import Shelf, clause_document, file_documents

LABELS = {
    "field": "FIELD", "algorithm": "ALGORITHM", "person": "PERSON", "researcher": "PERSON", "scientist": "PERSON",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--preset", default="quick", choices=("quick", "balanced", "thorough"))
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="parameters beside the preset's")
    options = parser.parse_args()
    files = [folder / "entities" / "crossner_en.jsonl.gz" for folder in data_folders()]
    file = next((path for path in files if path.is_file()), None)
    if file is None:
        documents = [clause_document(number) for number in range(options.documents)]
    else:
        # The part on artificial intelligence, whose fields and algorithms are labelled.
        documents = file_documents(file, ("dev",), 5, options.documents, LABELS, domain="ai")
    load = os.getloadavg()
    with tempfile.TemporaryDirectory() as home:
        catalog = Catalog(bundled("models"), Path(home) / "models", Path(home) / "cache", Runtime(available=lambda: ()))
        workshop = Workshop(Path(home), bundled("models"), Shelf(documents), lambda: catalog)
        wizard = workshop.wizard("entities")
        began = time.perf_counter()
        data = wizard.prepare(Context())
        prepared = time.perf_counter() - began
        wizard.go("method")
        wizard.choose_preset(options.preset)
        given = dict(pair.split("=", 1) for pair in options.set)
        wizard.set_parameters(presets.with_values("entities", presets.parameters("entities", options.preset), given))
        marks: dict[str, float] = {}
        began = time.perf_counter()

        def watch(state: RunState) -> None:
            marks.setdefault(state.stage, time.perf_counter() - began)

        workshop.subscribe(watch)
        run = wizard.start()
        ended = workshop.wait(run.id)
        if ended.status != "finished":
            raise SystemExit(f"the run is {ended.status}: {ended.error} {ended.error_params}")
        result = wizard.result()
        state = wizard.publish(Context(), insist=True)
        seconds = time.perf_counter() - began
        workshop.shutdown()
    counts = ", ".join(f"{row.label} {row.total}" for row in data.classes)
    print(f"{len(documents)} documents, {sum(data.rows.values())} sentences, labels: {counts}")
    print(f"cores {os.cpu_count()}, load before {load[0]:.1f}, after {os.getloadavg()[0]:.1f}")
    print(f"data step {prepared:.1f} s; start to activated {seconds:.1f} s (target: under 180)")
    print("stages begin at " + ", ".join(f"{stage} {at:.0f} s" for stage, at in marks.items()))
    before = "none" if result.before is None else f"{result.before.value:.3f}"
    f1 = result.overall.f1
    print(f"{state.published}, {state.precision}: F1 {f1.value:.3f} ({f1.low:.3f} to {f1.high:.3f}), before {before}")
    for row in result.classes:
        print(f"  {row.label}: F1 {row.f1.value:.3f} of {row.gold}, before {row.before_f1}")
    print(f"earlier skills, before and after: {result.replay.get('')}")
    for label, (old, new) in result.replay.items():
        if label:
            print(f"  {label}: {old:.3f}, {new:.3f}")


if __name__ == "__main__":
    main()
