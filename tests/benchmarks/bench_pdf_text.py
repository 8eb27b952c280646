"""Text of PDFs: Docent's document process against pdfminer.six, pypdf and raw MuPDF, side by side.

Run: ``python tests/benchmarks/bench_pdf_text.py --rivals PYTHON [--pages N] [--rounds N]``, where PYTHON is the
interpreter of an environment with pdfminer.six and pypdf. Prints one JSON object: pages/s of the four on the first N
pages of the long manual and on all PDFs of the corpus together, and word recall against the words of the other readers
(a word counts that two of the three others give on the file). Word recall is per file, averaged.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import mean, median

import pymupdf

sys.path.insert(0, str(Path(__file__).parents[2]))

from assistant.documents.host import DocumentHost
from assistant.errors import DocumentError
from assistant.jobs import Context

_CORPUS = Path(__file__).parents[3] / "shared/corpus/pdf"
_MANUAL = "kreuzberg__xerox_alta_link_series_mfp_sag_en_us_2.pdf"
_RIVAL = """
import io, json, logging, sys, time, warnings
logging.disable(logging.CRITICAL); warnings.simplefilter("ignore")
which, first = sys.argv[1], int(sys.argv[2])
if which == "pypdf":
    from pypdf import PdfReader
    def read(path):
        reader = PdfReader(path)
        pages = reader.pages if not first else [reader.pages[n] for n in range(min(first, len(reader.pages)))]
        return [page.extract_text() for page in pages]
else:
    from pdfminer.high_level import extract_text
    def read(path):
        return [extract_text(path, maxpages=first)]
for path in sys.stdin.read().splitlines():
    began = time.perf_counter()
    try:
        text = "\\n".join(read(path))
    except Exception:
        text = ""
    print(json.dumps([path, time.perf_counter() - began, text]), flush=True)
"""
_WORD = re.compile(r"\w{2,}")


def _words(text: str) -> Counter[str]:
    # Words that are divided at a line end are one word, whoever joins them.
    return Counter(_WORD.findall(re.sub(r"(?<=\w)[-\xad\u2010]\s*\n\s*(?=\w)", "", text.casefold())))


def _rival(python: str, which: str, first: int, paths: list[Path]) -> dict[Path, tuple[float, str]]:
    done = subprocess.run(
        [python, "-c", _RIVAL, which, str(first)],
        input="\n".join(map(str, paths)),
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=1200,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(path): (seconds, text) for path, seconds, text in rows}


def _docent(host: DocumentHost, paths: list[Path]) -> dict[Path, tuple[float, str]]:
    found = {}
    for path in paths:
        began = time.perf_counter()
        try:
            opened = host.open(path, Context())
            text = host.read(opened, Context()).text
            host.close(opened)
        except DocumentError:
            text = ""
        found[path] = time.perf_counter() - began, text
    return found


def _raw(paths: list[Path]) -> dict[Path, tuple[float, str]]:
    found = {}
    for path in paths:
        began = time.perf_counter()
        try:
            with pymupdf.open(path, filetype="pdf") as document:
                text = "\n".join(page.get_text() for page in document)
        except (RuntimeError, ValueError):
            text = ""
        found[path] = time.perf_counter() - began, text
    return found


def _recalls(results: dict[str, dict[Path, tuple[float, str]]], paths: list[Path]) -> dict[str, float]:
    recalls: dict[str, list[float]] = {name: [] for name in results}
    for path in paths:
        words = {name: _words(found[path][1]) for name, found in results.items()}
        for name in results:
            others = [words[other] for other in results if other != name]
            # The middle count of the three others: what at least two of them give.
            wanted = Counter({w: sorted(o[w] for o in others)[1] for w in set().union(*others)})
            total = sum(wanted.values())
            if total:
                recalls[name].append(sum(min(words[name][w], n) for w, n in wanted.items()) / total)
    return {name: round(mean(values), 4) for name, values in recalls.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rivals", required=True)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    pymupdf.TOOLS.mupdf_display_errors(False)
    paths = sorted(path for path in _CORPUS.glob("*.pdf") if path.name != _MANUAL)
    part = Path("/tmp") / "bench-pdf-text.pdf"
    with pymupdf.open(_CORPUS / _MANUAL, filetype="pdf") as manual:
        manual.select(range(min(options.pages, len(manual))))
        manual.ez_save(part)
        pages = len(manual)
    host = DocumentHost()
    host.warm_up()
    _docent(host, [part])
    speeds: dict[str, list[float]] = {}
    results: dict[str, dict[Path, tuple[float, str]]] = {}
    for _ in range(options.rounds):
        one = {
            "docent": _docent(host, [part]),
            "mupdf": _raw([part]),
            "pdfminer.six": _rival(options.rivals, "pdfminer", 0, [part]),
            "pypdf": _rival(options.rivals, "pypdf", 0, [part]),
        }
        for name, found in one.items():
            speeds.setdefault(name, []).append(pages / found[part][0])
        results = one
    manual_recall = _recalls(results, [part])
    corpus = {
        "docent": _docent(host, paths),
        "mupdf": _raw(paths),
        "pdfminer.six": _rival(options.rivals, "pdfminer", 0, paths),
        "pypdf": _rival(options.rivals, "pypdf", 0, paths),
    }
    host.shutdown()
    report = {
        "pages": pages,
        "pages_per_s": {name: round(median(values), 1) for name, values in speeds.items()},
        "recall_manual": manual_recall,
        "corpus_files": len(paths),
        "corpus_seconds": {name: round(sum(s for s, _ in found.values()), 2) for name, found in corpus.items()},
        "corpus_with_text": {name: sum(1 for _, t in found.values() if t.strip()) for name, found in corpus.items()},
        "recall_corpus": _recalls(corpus, paths),
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
