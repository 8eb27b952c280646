"""Long documents in the real window: memory of window and children together, and how soon any page is sharp.

Run: ``QT_QPA_PLATFORM=offscreen python tests/benchmarks/bench_memory.py KIND [--seconds N] [--jumps N]`` with KIND
``pdf1000``, ``pdf3000``, ``sheet`` (500,000 rows in XLSX) or ``scan`` (about 100 MB of pages that are pictures); prints
one JSON object. The analyses and the recognition run as they do for a reader, for ``--seconds`` after the text is read
(or after the first page, for a scan), while the view jumps to random pages. Targets: 1,500 MB together, 300 ms.

Memory is the sum of the proportional set sizes (PSS), so that what processes share counts once; the peak of samples
taken every 0.2 s.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QCoreApplication, QEventLoop

from assistant.engine import Engine
from assistant.paths import Paths
from helpers.big_pdf import write_big_pdf
from ui.app import Program, make_application

_ROWS = 500_000
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def write_sheet(path: Path, rows: int = _ROWS) -> Path:
    """Rows of a number, a name, a date as text and an amount."""
    sheet_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types">'
            f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{sheet_type}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{sheet_type}.worksheet+xml"/></Types>',
        )
        package.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_RELATIONS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_RELATIONS}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        )
        package.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_SHEET}" xmlns:r="{_RELATIONS}"><sheets><sheet name="Orders" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>",
        )
        with package.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(f'<worksheet xmlns="{_SHEET}"><sheetData>'.encode())
            for row in range(1, rows + 1):
                part.write(
                    f"<row><c><v>{row}</v></c><c t='inlineStr'><is><t>Customer {row % 997} Ltd</t></is></c>"
                    f"<c t='inlineStr'><is><t>2024-{row % 12 + 1:02}-{row % 28 + 1:02}</t></is></c>"
                    f"<c><v>{row * 7 % 100_000 / 100}</v></c></row>".encode()
                )
            part.write(b"</sheetData></worksheet>")
    return path


def write_long_scan(path: Path, megabytes: int = 100) -> Path:
    """Pages of text as pictures with noise, so that they take as much room as scans do."""
    import numpy as np
    import pymupdf

    source = write_big_pdf(path.with_name("text.pdf"), 40)
    noise = np.random.default_rng(1)
    with pymupdf.open(source) as text, pymupdf.open() as scan:
        size, number = 0, 0
        while size < megabytes * 1_000_000:
            shown = text[number % 40].get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
            pixels = np.frombuffer(shown.samples, np.uint8).astype(np.int16) + noise.normal(0, 14, len(shown.samples))
            noisy = pymupdf.Pixmap(
                pymupdf.csGRAY, shown.width, shown.height, pixels.clip(0, 255).astype(np.uint8).tobytes(), False
            )
            data = noisy.tobytes("jpg", jpg_quality=85)
            size += len(data)
            scan.new_page(width=595, height=842).insert_image(pymupdf.Rect(0, 0, 595, 842), stream=data)
            number += 1
        scan.save(path)
    return path


class Watch(threading.Thread):
    """Samples the memory of this process and of its children."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.parts: dict[str, int] = {}
        self._end = threading.Event()

    def run(self) -> None:
        me = psutil.Process()
        while not self._end.wait(0.2):
            parts: dict[str, int] = {}
            for number, process in enumerate([me, *me.children(recursive=True)]):
                try:
                    parts[f"{number} {process.name()}"] = process.memory_full_info().pss
                except psutil.Error:
                    continue
            if sum(parts.values()) > self.peak:
                self.peak, self.parts = sum(parts.values()), parts

    def end(self) -> None:
        self._end.set()
        self.join()


def until(done: Callable[[], bool], seconds: float) -> bool:
    end = time.perf_counter() + seconds
    while not done() and time.perf_counter() < end:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
    return done()


def measure(path: Path, home: Path, seconds: float, jumps: int) -> dict[str, object]:
    make_application()
    watch = Watch()
    program = Program.build(Engine.create(Paths(home / "data", home / "cache", home / "log")))
    window = program.window
    window.resize(1400, 900)
    window.show()
    watch.start()
    began = time.perf_counter()
    window.open_paths([path])
    view = window.view
    assert view is not None
    pages = view.pages
    until(lambda: view.is_open and pages.is_sharp(1), 120)
    first = time.perf_counter() - began
    chance = random.Random(1)
    took: list[float] = []
    read_at: float | None = None
    end = time.perf_counter() + 900
    while time.perf_counter() < end:
        if read_at is None and view.session.document is not None:
            read_at = time.perf_counter()
            end = read_at + seconds
        if len(took) < jumps or read_at is None:
            page = chance.randint(1, view.page_count)
            at = time.perf_counter()
            pages.go_to_page(page, record=False)
            if until(lambda page=page: pages.is_sharp(page), 20):  # type: ignore[misc]
                took.append(time.perf_counter() - at)
        until(lambda: False, 0.25)
        if read_at is not None and len(took) >= jumps and not view.session.is_busy():
            break
    watch.end()
    found = {
        "pages": view.page_count,
        "first_page_s": round(first, 2),
        "read_s": round(read_at - began, 1) if read_at is not None else None,
        "all_done": not view.session.is_busy(),
        "jumps": len(took),
        "jump_ms": [round(1000 * each) for each in (median(took), sorted(took)[int(len(took) * 0.95)], max(took))],
        "peak_mb": round(watch.peak / 1e6),
        "of_it_mb": {name: round(size / 1e6) for name, size in watch.parts.items()},
    }
    program.shutdown()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["pdf1000", "pdf3000", "sheet", "scan"])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--jumps", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if arguments.kind == "sheet":
            path = write_sheet(root / "orders.xlsx")
        elif arguments.kind == "scan":
            path = write_long_scan(root / "scan.pdf")
        else:
            path = write_big_pdf(root / "long.pdf", int(arguments.kind[3:]))
        row = {"kind": arguments.kind, "file_mb": round(path.stat().st_size / 1e6, 1)}
        row.update(measure(path, root / "home", arguments.seconds, arguments.jumps))  # type: ignore[arg-type]
    sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
