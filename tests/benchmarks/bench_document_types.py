"""Accuracy of the document type at 0, 1, 2, 4, ... labelled documents a class: mean and spread over random draws.

    python -m tests.benchmarks.bench_document_types [--draws N] [--cache FOLDER] [--json] [SET ...]

Sets: ``news5`` (five newsgroups far apart), ``news`` (all twenty), ``csl`` (Chinese titles of papers, 13 fields) and
``gum`` (15 kinds of English documents). Each is read as the product reads it, its opening only (1,500 characters of a
posting or 2,500 of a document); names and descriptions of the classes are those of ``class_descriptions.json``, as a
user would write them, or those of the product's own types (gum). Examples are drawn from the train split; all of dev is
scored.
Also printed: the most processor time that learning took, how often the product is unsure, and how often its guess would
then have been wrong.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.inference.catalog import Catalog
from assistant.inference.runtime import Runtime
from assistant.jobs import Context
from assistant.paths import bundled
from assistant.tasks.classify import ClassifyOptions, TypeEmbedder, classify
from assistant.tasks.document_types import DocumentType, load_types, types_for_labels
from assistant.tasks.few_shot import Examples, FewShotClassifier, document_vector
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import plain_document
from assistant.training.metrics import expected_calibration_error

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "classes"
FIVE = ("comp.graphics", "misc.forsale", "rec.sport.hockey", "sci.space", "talk.politics.mideast")
GUM = ("gum_doctypes_en", "gum_doctypes_restricted_en")
FILES = {"news5": ("mini_newsgroups_en",), "news": ("mini_newsgroups_en",), "csl": ("csl_zh",), "gum": GUM}
OPENING = {"news5": 1500, "news": 1500, "csl": 1500, "gum": 2500}
SIZES = (1, 2, 4, 8, 16, 32)
MOST_OF_A_CLASS = 64


@dataclass(frozen=True)
class Set:
    """``vectors`` (n, width), zero-shot ``prior`` (n, labels), ``gold`` (n,) indices of ``labels``, ``dev`` (n,)."""

    labels: tuple[str, ...]
    vectors: npt.NDArray[np.float32]
    prior: npt.NDArray[np.float64]
    gold: npt.NDArray[np.int64]
    dev: npt.NDArray[np.bool_]


def described(labels: Sequence[str]) -> tuple[DocumentType, ...]:
    """The labels as types, with the descriptions that a user would give them."""
    texts = json.loads(Path(__file__).with_name("class_descriptions.json").read_text(encoding="utf-8"))
    return tuple(
        DocumentType(item.id, *texts[item.id]) if item.id in texts else item
        for item in types_for_labels(labels, load_types())
    )


def load(name: str, cache: Path | None) -> Set:
    path = None if cache is None else cache / f"{name}.npz"
    if path is not None and path.is_file():
        with np.load(path) as kept:
            return Set(tuple(kept["labels"].tolist()), kept["vectors"], kept["prior"], kept["gold"], kept["dev"])
    rows, seen = [], Counter[tuple[str, str]]()
    for file in FILES[name]:
        with gzip.open(DATA / f"{file}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                seen[row["label"], row["split"]] += 1
                wanted = row["split"] == "dev" or seen[row["label"], row["split"]] <= MOST_OF_A_CLASS
                if wanted and (name != "news5" or row["label"] in FIVE):
                    rows.append(row)
    labels = tuple(sorted({row["label"] for row in rows}))
    types = described(labels)
    nowhere = Path("nowhere")
    encoder = Catalog(bundled("models"), nowhere, nowhere, Runtime(available=lambda: ())).encoder()
    embedder, vectors, prior = TypeEmbedder(), [], []
    for row in rows:
        document = plain_document(row["text"][: OPENING[name]], row["lang"])
        index = DocumentIndex.build(document, encoder, Context())
        found = classify(document, index, encoder, types, Context(), embedder)
        chances = {item.label: item.score for item in found.scores}
        vectors.append(document_vector(index))
        prior.append([chances[label] for label in labels])
    made = Set(
        labels,
        np.stack(vectors),
        np.array(prior),
        np.array([labels.index(row["label"]) for row in rows]),
        np.array([row["split"] == "dev" for row in rows]),
    )
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, labels=made.labels, vectors=made.vectors, prior=made.prior, gold=made.gold, dev=made.dev)
    return made


def draw(data: Set, count: int, seed: int) -> npt.NDArray[np.int64]:
    """``count`` rows of train of each class, or as many as there are."""
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.permutation(np.flatnonzero((data.gold == label) & ~data.dev))[:count] for label in range(len(data.labels))]
    )


def unsure(chances: npt.NDArray[np.float64], options: ClassifyOptions) -> npt.NDArray[np.bool_]:
    top = np.sort(chances, axis=1)[:, ::-1]
    return np.asarray((top[:, 0] < options.threshold) | (top[:, 0] - top[:, 1] < options.margin))


def score(data: Set, chances: npt.NDArray[np.float64]) -> dict[str, float]:
    right = chances.argmax(axis=1) == data.gold[data.dev]
    silent = unsure(chances, ClassifyOptions())
    return {
        "accuracy": float(right.mean()),
        "unsure": float(silent.mean()),
        "wrong_if_unsure": float((~right[silent]).mean()) if silent.any() else float("nan"),
        "accuracy_if_sure": float(right[~silent].mean()) if not silent.all() else float("nan"),
        "ece": expected_calibration_error(chances.max(axis=1), right),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=list(FILES))
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--cache", type=Path, help="keep the vectors here")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for name in options.sets:
        data = load(name, options.cache)
        asked, prior = data.vectors[data.dev], data.prior[data.dev]
        for count in (0, *SIZES):
            found, seconds = [], 0.0
            for seed in range(1 if count == 0 else options.draws):
                rows = draw(data, count, seed)
                examples = Examples(data.vectors[rows], tuple(data.labels[label] for label in data.gold[rows]))
                start = time.process_time()
                learned = FewShotClassifier(data.labels, examples)
                seconds = max(seconds, time.process_time() - start)
                found.append(score(data, learned.probabilities(asked, prior)))
            mean = {key: float(np.nanmean([item[key] for item in found])) for key in found[0]}
            spread = float(np.std([item["accuracy"] for item in found]))
            row = {"set": name, "examples": count, "dev": len(asked), "spread": spread, "seconds": seconds, **mean}
            if options.json:
                print(json.dumps(row), flush=True)
            else:
                values = " ".join(f"{key} {value:.3f}" for key, value in row.items() if isinstance(value, float))
                print(f"{name:6} {count:3} a class, {len(asked)} documents: {values}", flush=True)


if __name__ == "__main__":
    main()
