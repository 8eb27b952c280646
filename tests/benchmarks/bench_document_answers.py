"""Questions to whole documents, end to end: right page and overlapping span in the first answer, and false answers.

Run: ``python tests/benchmarks/bench_document_answers.py [--model FOLDER] [--keep FOLDER] [--seconds N]
[--answerable 8 --hard 4 --other 4] [--paragraphs N]``; prints one JSON object. The dev articles of six files become 29
PDFs of 4 to 22 pages, which the program opens and reads as any other; questions are asked of the document that holds
the answer ("answerable"), of the document whose paragraph is about them but does not answer ("hard": the files' own
unanswerable questions) and of another document in the same language ("other").

``first``: of the answerable questions, those whose best answer, shown or not, overlaps an annotated one (and so stands
on its page). ``shown``: those for which it is also shown, being above the threshold. ``false``: share of the others
that get an answer. ``--paragraphs N`` asks N rows of squad2_half and all of clapnq of their own paragraph alone, for
the AUROC of "is there an answer". ``--keep`` keeps PDFs, indexes and results, so that ``--seconds`` can cut the work
into pieces: run it again until ``left`` is 0. About a second a question and 5 s a document on 2 quiet cores.

Targets: first >= 65 %; false <= 15 %; AUROC >= 0.85.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assistant.inference.catalog import Catalog
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Runtime
from assistant.jobs import Context
from assistant.tasks.ask import ask
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import plain_document
from assistant.training.answer_documents import Article, AskedDocument, articles_of, pooled, with_questions_of_others
from assistant.training.dataset import read_answers
from assistant.training.metrics import auroc
from assistant.types import Span
from helpers.answer_pdfs import read_article_pdfs

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "answers"
FILES = (
    ("squad2_half_en", 30_000),
    ("squadshifts_new_wiki_en", 30_000),
    ("clapnq_en", 28_000),
    ("cmrc2018_zh", 12_000),
    ("drcd_zh", 12_000),
    ("xquad_de", 19_000),
    ("xquad_es", 19_000),
)
"""Files and the characters of one document; their dev splits."""

Result = dict[str, Any]


def groups() -> list[tuple[str, tuple[Article, ...]]]:
    found = []
    for name, characters in FILES:
        articles = articles_of(read_answers(DATA / f"{name}.jsonl.gz", ("dev",)))
        # clapnq has its unanswerable rows at its end; a document is to have both.
        random.Random(1).shuffle(articles)
        found += [(f"{name}-{number}", group) for number, group in enumerate(pooled(articles, characters))]
    return found


class Asking:
    """The shipped encoder and a reader."""

    def __init__(self, model: Path) -> None:
        catalog = Catalog(ROOT / "models", model / "none", model / "none", Runtime(available=lambda: ()))
        self.encoder, self.reader = catalog.encoder(), catalog.load_answers(model)

    def index(self, item: AskedDocument, path: Path) -> DocumentIndex:
        if path.is_file():
            index = DocumentIndex.from_bytes(path.read_bytes(), item.document, self.encoder.name)
            if index is not None:
                return index
        index = DocumentIndex.build(item.document, self.encoder, Context())
        path.write_bytes(index.to_bytes())
        return index

    def put(self, index: DocumentIndex, question: str, answers: Sequence[Span]) -> Result:
        began = time.perf_counter()
        found = ask(index.document, index, self.encoder, self.reader, question, Context())
        best = found.answer or (found.alternatives[0] if found.alternatives else None)
        return {
            "shown": found.answer is not None,
            "score": best.score if best is not None else 0.0,
            "right": best is not None and any(best.span.overlaps(span) for span in answers),
            "page": best is not None and any(best.page == index.document.page_at(span.start) for span in answers),
            "seconds": time.perf_counter() - began,
        }


def documents_asked(asking: Asking, options: argparse.Namespace, folder: Path, stamp: str) -> tuple[list[Result], int]:
    """Results so far, and how many questions are left."""
    named = groups()
    documents = with_questions_of_others(
        read_article_pdfs(named, folder), options.answerable, options.hard, options.other, seed=3
    )
    store = folder / f"results-{stamp}.jsonl"
    known = {(row["document"], row["question"]): row for row in _lines(store)}
    jobs = [
        (name, item, question) for (name, _), item in zip(named, documents, strict=True) for question in item.questions
    ]
    # In a mixed order, so that a part of them stands for all; one document's index is loaded when it is needed.
    random.Random(5).shuffle(jobs)
    began, left, results = time.perf_counter(), 0, []
    with store.open("a", encoding="utf-8") as file:
        for name, item, question in jobs:
            row = known.get((name, question.text))
            if row is None:
                if options.seconds and time.perf_counter() - began > options.seconds:
                    left += 1
                    continue
                index = asking.index(item, folder / f"{name}.npz")
                row = asking.put(index, question.text, question.answers)
                row |= {"document": name, "question": question.text, "kind": question.kind, "lang": question.lang}
                file.write(json.dumps(row) + "\n")
                file.flush()
            results.append(row)
    return results, left


def paragraphs_asked(asking: Asking, count: int) -> dict[str, Any]:
    """AUROC of "is there an answer" for rows of their own paragraph."""
    report = {}
    for name, limit in (("squad2_half_en", count), ("clapnq_en", 10_000)):
        rows = read_answers(DATA / f"{name}.jsonl.gz", ("dev",))
        rows = random.Random(2).sample(rows, min(limit, len(rows)))
        scores, answerable = [], []
        for row in rows:
            index = DocumentIndex.build(plain_document(row.context, row.lang), asking.encoder, Context())
            scores.append(asking.put(index, row.question, ())["score"])
            answerable.append(bool(row.answers))
        report[name] = {"rows": len(rows), "auroc": _auroc(answerable, scores)}
    return report


def figures(results: Sequence[Result]) -> dict[str, Any]:
    answerable = [row for row in results if row["kind"] == "answerable"]
    found: dict[str, Any] = {
        "answerable": len(answerable),
        "first": _share(row["right"] and row["page"] for row in answerable),
        "shown": _share(row["right"] and row["page"] and row["shown"] for row in answerable),
        "answered": _share(row["shown"] for row in answerable),
        "false": {},
        "auroc": {},
    }
    for kinds in (("other",), ("hard",), ("other", "hard")):
        silent = [row for row in results if row["kind"] in kinds]
        if silent and answerable:
            name = "+".join(kinds)
            found["false"][name] = {"questions": len(silent), "answered": _share(row["shown"] for row in silent)}
            both = [*answerable, *silent]
            found["auroc"][name] = _auroc([row["kind"] == "answerable" for row in both], [row["score"] for row in both])
    return found


def _auroc(positive: Sequence[bool], scores: Sequence[float]) -> float | None:
    value = auroc(positive, scores)
    return None if value is None else round(value, 3)


def _share(values: Iterator[bool]) -> float:
    listed = list(values)
    return round(100 * sum(listed) / max(len(listed), 1), 1)


def _lines(path: Path) -> list[Result]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "answers")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--answerable", type=int, default=8)
    parser.add_argument("--hard", type=int, default=4)
    parser.add_argument("--other", type=int, default=4)
    parser.add_argument("--paragraphs", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="(always)")
    options = parser.parse_args()
    manifest = Manifest.read(options.model)
    asking = Asking(options.model)
    report: dict[str, Any] = {"model": manifest.id, "calibration": manifest.calibration}
    if options.paragraphs:
        report["paragraphs"] = paragraphs_asked(asking, options.paragraphs)
    else:
        with tempfile.TemporaryDirectory() as name:
            folder = options.keep or Path(name)
            folder.mkdir(parents=True, exist_ok=True)
            told = json.dumps([manifest.files[manifest.graph].sha256, manifest.calibration], sort_keys=True)
            stamp = hashlib.sha256(told.encode()).hexdigest()[:12]
            results, left = documents_asked(asking, options, folder, stamp)
        report |= {"left": left, "documents": len({row["document"] for row in results})} | figures(results)
        report["languages"] = {
            lang: figures([row for row in results if row["lang"] == lang])
            for lang in sorted({row["lang"] for row in results})
        }
        report["median_seconds"] = round(statistics.median(row["seconds"] for row in results), 2)
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
