"""Text through the document process against MuPDF's raw ``get_text("words")`` over the same pages, interleaved.

Run: ``python tests/benchmarks/bench_extraction.py [FILE.pdf] [ROUNDS]``; prints one JSON object. Target: ratio >= 0.7.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path
from statistics import median

import pymupdf

sys.path.insert(0, str(Path(__file__).parents[2]))

from assistant.documents.host import DocumentHost
from assistant.jobs import Context
from ui.app import SWITCH_INTERVAL

_DEFAULT = Path(__file__).parents[3] / "shared/corpus/pdf/kreuzberg__xerox_alta_link_series_mfp_sag_en_us_2.pdf"


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else _DEFAULT
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    # As in the window: at the interpreter's default, the thread that feeds the process waits for the one that reads.
    sys.setswitchinterval(SWITCH_INTERVAL)
    # The window collects garbage itself, and not while a document is read (ui/models/garbage.py).
    gc.disable()
    gc.freeze()
    host = DocumentHost()
    ratios, raw, ours = [], [], []
    pages = 0
    for _ in range(rounds):
        document = pymupdf.open(path, filetype="pdf")
        pages = len(document)
        start = time.perf_counter()
        for page in document:
            page.get_text("words")
        raw.append(time.perf_counter() - start)
        opened = host.open(path, Context())
        start = time.perf_counter()
        host.read(opened, Context())
        ours.append(time.perf_counter() - start)
        host.close(opened)
        ratios.append(raw[-1] / ours[-1])
    host.shutdown()
    result = {"pages": pages, "raw_pages_per_s": pages / median(raw), "docent_pages_per_s": pages / median(ours)}
    sys.stdout.write(json.dumps({**result, "ratio": median(ratios), "ratios": ratios}) + "\n")


if __name__ == "__main__":
    main()
