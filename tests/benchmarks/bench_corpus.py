"""All of ``../shared/corpus`` through the document process, as ``docent text`` does it: how each file ends, by kind.

Run: ``python tests/benchmarks/bench_corpus.py [KIND ...] [--json]``. A file is *read* (with text, or with a notice that
says why there is none), needs a *password*, or is *refused* with a code of ``errors.MESSAGES``. *Crashed*: the document
process ended by itself. *Hung*: a limit of time or memory stopped it. *Silent*: no text and no word about it. Target:
the last three 0 in all kinds, and the window process alive (this one is in its place).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.documents.host import DocumentHost
from assistant.errors import DocumentError, PasswordRequired
from assistant.jobs import Context

CORPUS = (Path(__file__).resolve().parents[2] / ".." / "shared" / "corpus").resolve()
_STOPPED = frozenset({"document_timeout", "document_memory", "page_timeout"})
_CRASHED = frozenset({"document_process_died", "document_process_failed"})


def look(host: DocumentHost, path: Path) -> dict[str, Any]:
    """What one file ends as, in how many seconds."""
    began = time.perf_counter()
    notices: list[str] = []
    characters = pages = 0
    try:
        opened = host.open(path, Context())
        try:
            document = host.read(opened, Context())
        finally:
            host.close(opened)
        notices = [notice.code for notice in document.notices]
        characters, pages = len(document.text.strip()), len(document.pages)
        end = "read" if characters or notices else "silent"
    except PasswordRequired:
        end = "password"
    except DocumentError as error:
        notices = [error.code]
        end = "crashed" if error.code in _CRASHED else "hung" if error.code in _STOPPED else "refused"
        if error.code == "office_encrypted":
            end = "password"
    except Exception as error:  # noqa: BLE001 - exactly what is looked for
        notices, end = [type(error).__name__], "crashed"
    seconds = round(time.perf_counter() - began, 3)
    return {"end": end, "codes": notices, "seconds": seconds, "characters": characters, "pages": pages}


def main() -> None:
    if not CORPUS.is_dir():
        sys.exit("needs ../shared/corpus")
    kinds = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    files = [path for path in sorted(CORPUS.glob("*/*")) if path.parent.name != "groundtruth" and path.is_file()]
    restarts: list[str] = []
    host = DocumentHost(on_restart=restarts.append)
    found: dict[str, dict[str, Any]] = {}
    try:
        for path in files:
            if not kinds or path.parent.name in kinds:
                found[f"{path.parent.name}/{path.name}"] = look(host, path)
    finally:
        host.shutdown()
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"files": found, "restarts": len(restarts), "load": load}) + "\n")
        return
    ends = ("read", "password", "refused", "crashed", "hung", "silent")
    names = sorted({name.partition("/")[0] for name in found})
    sys.stdout.write("| Kind | Files | " + " | ".join(ends) + " | median s | slowest s |\n" + "|---" * 10 + "|\n")
    for kind in (*names, "all"):
        rows = [row for name, row in found.items() if kind in ("all", name.partition("/")[0])]
        counts = Counter(row["end"] for row in rows)
        times = [row["seconds"] for row in rows]
        cells = [kind, len(rows), *(counts[end] for end in ends), f"{median(times):.2f}", f"{max(times):.1f}"]
        sys.stdout.write("| " + " | ".join(map(str, cells)) + " |\n")
    codes = Counter(code for row in found.values() if row["end"] == "refused" for code in row["codes"])
    sys.stdout.write(f"\nRefused: {', '.join(f'{code} {count}' for code, count in codes.most_common())}.\n")
    for end in ("crashed", "hung", "silent"):
        for name, row in found.items():
            if row["end"] == end:
                sys.stdout.write(f"{end}: {name} {' '.join(row['codes'])}\n")
    sys.stdout.write(f"Restarts of the document process: {len(restarts)}. Load {load}.\n")


if __name__ == "__main__":
    main()
