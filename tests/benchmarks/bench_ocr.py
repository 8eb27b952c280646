"""Recognising scans, against Tesseract on the same pages in the same run.

Pages of our own samples are rendered at 150 and 300 dpi and turned by 0, 90 and 180 degrees. Each engine gets two cores
in its best way: ours reads two lines at a time, Tesseract (``--psm 1``, finds the orientation by itself; English or
simplified Chinese, as it is told) two pages in two processes of one thread. ``as_it_comes`` is Tesseract without that,
one page after the other with its own threads. All take turns page by page, so that other work on the machine hits all.

Accuracy is 1 - edits / characters, blanks aside, in the order from top to bottom; "bag" counts the characters without
regard to their order. ``cpu`` is processor time a page.

    python -m tests.benchmarks.bench_ocr [--pages 2] [--turns 0,90,180] [--dpi 150,300] [--drawn 200] [--json]

Needs ``apt-get install tesseract-ocr tesseract-ocr-chi-sim``; without it only ours is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pymupdf

from assistant.documents import ocr
from assistant.documents.ocr import Recogniser
from assistant.documents.paragraphs import paragraphs
from assistant.documents.recognised import layout_lines

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"
DOCUMENTS = {
    "eng": ("services-agreement.pdf", "annual-report.pdf"),
    "chi_sim": ("purchase-contract-zh.pdf",),
}


@dataclass
class Score:
    edits: int = 0
    missed: int = 0
    characters: int = 0
    pages: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    def add(self, found: str, truth: str, pages: int = 1) -> None:
        found, truth = plain(found), plain(truth)
        self.edits += distance(found, truth)
        left, right = Counter(found), Counter(truth)
        self.missed += max((left - right).total(), (right - left).total())
        self.characters += len(truth)
        self.pages += pages

    def row(self) -> dict[str, float]:
        return {
            "accuracy": round(100 * (1 - self.edits / self.characters), 2),
            "bag": round(100 * (1 - self.missed / self.characters), 2),
            "pages_a_minute": round(60 * self.pages / self.wall, 1),
            "cpu_a_page": round(self.cpu / self.pages, 2),
        }


def plain(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if not char.isspace())


def distance(a: str, b: str) -> int:
    """Levenshtein's, a row at a time."""
    codes = np.array([ord(char) for char in b])
    row = np.arange(len(b) + 1)
    steps = np.arange(len(b) + 1)
    for index, char in enumerate(a, 1):
        new = np.empty_like(row)
        new[0] = index
        new[1:] = np.minimum(row[1:] + 1, row[:-1] + (codes != ord(char)))
        # An insertion costs one for each step to the right.
        row = np.minimum.accumulate(new - steps) + steps
    return int(row[-1])


def cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def sources(pages: int) -> list[tuple[str, Path, int]]:
    return [
        (lang, SAMPLES / name, n) for lang, names in DOCUMENTS.items() for name in names for n in range(1, pages + 1)
    ]


def truth_of(page: pymupdf.Page) -> str:
    return str(page.get_text("text", sort=True))


def draw(page: pymupdf.Page, dpi: float, turn: int) -> pymupdf.Pixmap:
    pixmap = page.get_pixmap(dpi=round(dpi), alpha=False)
    if not turn:
        return pixmap
    rows = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3)
    turned = np.ascontiguousarray(np.rot90(rows, -turn // 90))
    return pymupdf.Pixmap(pymupdf.csRGB, turned.shape[1], turned.shape[0], turned.tobytes(), False)


def ours(recogniser: Recogniser, picture: pymupdf.Pixmap, dpi: int) -> str:
    """What the recognising process does with a page that is this picture: draw it at its own resolution, read it."""
    drawn = min(ocr.DPI / dpi, 1.0)
    rows = np.frombuffer(picture.samples, np.uint8).reshape(picture.height, picture.width, 3)
    if drawn < 1.0:
        shrunk = pymupdf.Pixmap(picture, round(picture.width * drawn), round(picture.height * drawn), None)
        rows = np.frombuffer(shrunk.samples, np.uint8).reshape(shrunk.height, shrunk.width, -1)[:, :, :3]
    found = recogniser.read(np.ascontiguousarray(rows), dpi / 72 * drawn)
    return "\n".join(each.text for each in paragraphs(layout_lines(found.for_layout(), 0), {}))


def tesseract(files: list[Path], language: str, *, tuned: bool) -> list[str]:
    def run(file: Path) -> str:
        command = ["tesseract", str(file), "stdout", "-l", language, "--psm", "1"]
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"} if tuned else dict(os.environ)
        return subprocess.run(command, capture_output=True, env=environment, check=False).stdout.decode("utf-8")

    with ThreadPoolExecutor(2 if tuned else 1) as pool:
        return list(pool.map(run, files))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=2)
    parser.add_argument("--turns", default="0,90,180")
    parser.add_argument("--dpi", default="150,300")
    parser.add_argument("--drawn", type=float, default=ocr.DPI, help="dots per inch that our pages are read at")
    parser.add_argument("--ours", action="store_true", help="without Tesseract")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    ocr.DPI = options.drawn
    rival = shutil.which("tesseract") is not None and not options.ours
    recogniser = Recogniser(2)
    recogniser.read(np.full((400, 400, 3), 255, np.uint8), 2.0)
    table: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for dpi in map(int, options.dpi.split(",")):
            for turn in map(int, options.turns.split(",")):
                for language in DOCUMENTS:
                    mine, tuned, plainly = Score(), Score(), Score()
                    files: list[Path] = []
                    truths: list[str] = []
                    chosen = [(path, n) for lang, path, n in sources(options.pages) if lang == language]
                    for number, (path, n) in enumerate(chosen):
                        with pymupdf.open(path) as document:
                            picture, truth = draw(document[n], dpi, turn), truth_of(document[n])
                        began, used = time.perf_counter(), cpu(resource.RUSAGE_SELF)
                        text = ours(recogniser, picture, dpi)
                        mine.wall += time.perf_counter() - began
                        mine.cpu += cpu(resource.RUSAGE_SELF) - used
                        mine.add(text, truth)
                        files.append(Path(folder) / f"{number}.png")
                        picture.set_dpi(dpi, dpi)
                        picture.save(files[-1])
                        truths.append(truth)
                        if rival and (len(files) == 2 or number + 1 == len(chosen)):
                            for score in (tuned, plainly):
                                began, used = time.perf_counter(), cpu(resource.RUSAGE_CHILDREN)
                                texts = tesseract(files, language, tuned=score is tuned)
                                score.wall += time.perf_counter() - began
                                score.cpu += cpu(resource.RUSAGE_CHILDREN) - used
                                for found, known in zip(texts, truths, strict=True):
                                    score.add(found, known)
                            files, truths = [], []
                    row = {"ours": mine.row()}
                    if rival:
                        row |= {"tesseract": tuned.row(), "as_it_comes": plainly.row()}
                    table[f"{language} {dpi} dpi {turn}"] = row
                    if not options.json:
                        sys.stdout.write(f"{language:8}{dpi} dpi, turned {turn:3}: {row}\n")
                        sys.stdout.flush()
    if options.json:
        sys.stdout.write(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
