"""Questions to the two sample contracts through the program: answered rightly, wrongly, or not, by two readers in turn.

Run: ``python tests/benchmarks/bench_contracts.py [MODEL_FOLDER ...] [--list]``; without a folder the reader that ships.
Prints a line of JSON a model. ``contract_questions.json`` has for each question words of the right answer, or null
where the contract does not answer. The samples are never trained on; the questions were written with them at hand.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from assistant.engine import Engine
from assistant.inference.catalog import Catalog
from assistant.inference.runtime import Runtime
from assistant.jobs import Context
from assistant.paths import Paths, bundled
from assistant.tasks.ask import ask
from assistant.tasks.index import DocumentIndex

QUESTIONS = Path(__file__).with_name("contract_questions.json")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--list", action="store_true", help="each question with what was answered")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        paths = Paths.under(Path(home))
        catalog = Catalog(bundled("models"), paths.data / "models", paths.cache, Runtime(paths.cache / "provider.json"))
        encoder = catalog.encoder()
        with Engine(paths) as engine:
            indexes = {}
            for name in json.loads(QUESTIONS.read_text(encoding="utf-8")):
                document = engine.load(bundled("resources") / "samples" / name, Context())
                indexes[name] = DocumentIndex.build(document, encoder, Context())
        for folder in options.models or [bundled("models") / "answers"]:
            reader = catalog.load_answers(folder)
            counts = {"right": 0, "wrong": 0, "silent": 0, "first": 0, "false": 0, "answerable": 0, "unanswerable": 0}
            for name, rows in json.loads(QUESTIONS.read_text(encoding="utf-8")).items():
                index = indexes[name]
                for question, words in rows:
                    found = ask(index.document, index, encoder, reader, question, Context())
                    shown = None if found.answer is None else " ".join(found.answer.text.split())
                    best = found.answer or next(iter(found.alternatives), None)
                    if words is None:
                        counts["unanswerable"] += 1
                        counts["false"] += shown is not None
                    else:
                        counts["answerable"] += 1
                        counts["first"] += best is not None and words in " ".join(best.text.split())
                        counts["silent" if shown is None else "right" if words in shown else "wrong"] += 1
                    if options.list:
                        score = best.score if best is not None else 0.0
                        text = " ".join(best.text.split())[:70] if best is not None else ""
                        mark = "-" if shown is None else "+"
                        sys.stdout.write(f"{mark} {score:.2f} {question} | {words} | {text}\n")
            sys.stdout.write(json.dumps({"model": str(folder), **counts}) + "\n")


if __name__ == "__main__":
    main()
