"""A long PDF: first page, whole text, memory, and pages shown after jumps.

Run: ``python tests/benchmarks/bench_long_pdf.py [PAGES] [JUMPS]``; prints one JSON object. Targets: memory under
1,500 MB together, any page under 300 ms.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from assistant.documents.host import DocumentHost
from assistant.jobs import Context
from helpers.big_pdf import write_big_pdf
from ui.app import SWITCH_INTERVAL


def main() -> None:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    jumps = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    sys.setswitchinterval(SWITCH_INTERVAL)
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        path = write_big_pdf(Path(folder) / "long.pdf", pages)
        host = DocumentHost()
        host.warm_up()
        began = time.perf_counter()
        first: list[float] = []

        def published(partial: object) -> None:
            host.render(partial, 1, 1.25).result(60)  # type: ignore[arg-type]
            first.append(time.perf_counter() - began)

        opened = host.open(path, Context(on_partial=published))
        whole = time.perf_counter() - began
        reading = threading.Thread(target=lambda: host.read(opened, Context()))
        began_reading = time.perf_counter()
        reading.start()
        during: list[float] = []
        while reading.is_alive() and len(during) < jumps:
            at = time.perf_counter()
            host.render(opened, chance.randint(1, pages), 1.25).result(60)
            during.append(time.perf_counter() - at)
        reading.join()
        read = time.perf_counter() - began_reading
        after: list[float] = []
        for _ in range(jumps):
            at = time.perf_counter()
            host.render(opened, chance.randint(1, pages), 1.25).result(60)
            after.append(time.perf_counter() - at)
        child = psutil.Process(host.process_id).memory_info().rss / 1e6
        own = psutil.Process().memory_info().rss / 1e6
        host.shutdown()
    report = {
        "pages": pages,
        "first_page_ms": round(first[0] * 1000) if first else None,
        "opened_ms": round(whole * 1000),
        "read_with_jumps_s": round(read, 2),
        "jump_while_reading_ms": [round(1000 * f(during)) for f in (median, max)] if during else [],
        "jump_after_ms": [round(1000 * f(after)) for f in (median, max)],
        "memory_mb": {"document process": round(child), "this process": round(own)},
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
