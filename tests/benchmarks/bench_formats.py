"""Word recall of formats against the corpus' ground truths, and files per second against markitdown on the same files.

Run: ``python tests/benchmarks/bench_formats.py KIND ... [--rival PYTHON] [--rounds N] [--skip NAME]``, with KIND
a folder of ``../shared/corpus`` (``docx``, ``pptx``, ``xlsx``, ``rtf``, ``epub``; ``odf`` has no ground truths) and
PYTHON an interpreter that has ``markitdown[all]``.

Recall: words (casefolded ``\\w+``) of the ground truth that ``docent text`` would print, each as often as it occurs
there, averaged over files. Ground truths are Markdown; its markup, comments for images, addresses of links and LaTeX
commands are no words of the document. "Once": a ground truth writes a merged cell once for each column that it covers,
so equal cells beside and below each other count once there; both figures are given. The rival's text goes through the
same measure.

Speed: one process reads all files that both can read, one after the other, ``--rounds`` times; the best round counts.
Processor time, as other work on the machine would be measured otherwise. Ours is the whole way from the file to the
paragraphs of all pages, laid out, as the document process goes it.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import subprocess
import sys
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

CORPUS = ROOT / ".." / "shared" / "corpus"

_RIVAL = """
import json, sys, time
from markitdown import MarkItDown
reader = MarkItDown(enable_plugins=False)
texts, best = {}, {}
for path in sys.argv[2:]:
    try:
        texts[path] = reader.convert(path).markdown
    except Exception:
        texts[path] = None
for _ in range(int(sys.argv[1])):
    for path in sys.argv[2:]:
        if texts[path] is not None:
            began = time.process_time()
            reader.convert(path)
            best[path] = min(best.get(path, 1e9), time.process_time() - began)
print("\\n" + json.dumps({"texts": texts, "seconds": best}))
"""


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


def plain(markdown: str, *, once: bool) -> str:
    """The words of Markdown without its markup."""
    lines: list[str] = []
    above: list[str] = []
    for line in markdown.splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
            if once:
                kept = [
                    cell
                    for index, cell in enumerate(cells)
                    if not (index and cell == cells[index - 1]) and not (index < len(above) and cell == above[index])
                ]
                line = "|".join(kept)
            above = cells
        else:
            above = []
        # Boxes of task lists.
        lines.append(re.sub(r"- \[[ x]\]", "-", line))
    text = html.unescape("\n".join(lines))
    text = re.sub(r"<!--.*?-->", " ", text, flags=re.DOTALL)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", " ", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"</?[a-z][^<>\n]{0,200}>", " ", text)
    text = re.sub(r"\$[^$]+\$", lambda formula: re.sub(r"\\[A-Za-z]+", " ", formula[0]), text)
    text = re.sub(r"\\([\\`*_{}\[\]()#+.!|~-])", r"\1", text)
    return re.sub(r"[*~`]|(?<!\w)_+|_+(?!\w)", "", text)


def recall(truth: str, found: str) -> float | None:
    wanted = words(truth)
    if not wanted:
        return None
    return sum((wanted & words(found)).values()) / sum(wanted.values())


def texts_of(paths: list[Path]) -> dict[Path, str | None]:
    """By the document process, as everyone gets them; None for a refusal."""
    from assistant.documents.host import DocumentHost
    from assistant.errors import DocumentError
    from assistant.jobs import Context

    found: dict[Path, str | None] = {}
    host = DocumentHost()
    for path in paths:
        try:
            opened = host.open(path, Context())
            found[path] = host.read(opened, Context()).text
            host.close(opened)
        except DocumentError:
            found[path] = None
    host.shutdown()
    return found


def seconds_of(paths: list[Path], rounds: int) -> dict[Path, float]:
    """The best time of each file, in this process."""
    from assistant.documents import mupdf, registry
    from assistant.documents.grid_text import grid_paragraphs
    from assistant.documents.lines import parse
    from assistant.documents.paragraphs import paragraphs

    options = mupdf.text_options()
    best: dict[Path, float] = {}
    for _ in range(rounds):
        for path in paths:
            began = time.process_time()
            source: Any = import_module(registry.detect(path).module).load(path, None)
            while not source.step():
                pass
            for page in range(source.count()):
                lines, _ = parse(mupdf.lines_json(source.text_page(page, options)))
                if hasattr(source, "cells"):
                    grid_paragraphs(lines, {}, source.cells(page))
                else:
                    paragraphs(lines, {}, laid_out=True)
            source.close()
            best[path] = min(best.get(path, 1e9), time.process_time() - began)
    return best


def rival_of(python: str, paths: list[Path], rounds: int) -> tuple[dict[Path, str | None], dict[Path, float]]:
    done = subprocess.run(
        [python, "-c", _RIVAL, str(rounds), *map(str, paths)], capture_output=True, text=True, check=True, timeout=3600
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    seconds = {Path(path): value for path, value in answer["seconds"].items()}
    return {Path(path): text for path, text in answer["texts"].items()}, seconds


def measure(kind: str, rival: str | None, rounds: int, skip: str | None = None) -> dict[str, Any]:
    paths = sorted(path for path in (CORPUS / kind).iterdir() if skip is None or skip not in path.name)
    texts = texts_of(paths)
    read = [path for path in paths if texts[path] is not None]
    row: dict[str, Any] = {"files": len(paths), "read": len(read), "recall": {}, "of": {}}
    # Those of RTF are plain text.
    ending = "txt" if kind == "rtf" else "md"
    truths = {path: CORPUS / "groundtruth" / f"{path.name}.{ending}" for path in paths}
    rival_texts: dict[Path, str | None] = {}
    if rival is not None:
        rival_texts, rival_seconds = rival_of(rival, paths, rounds)
        both = [path for path in read if path in rival_seconds]
        ours = seconds_of(both, rounds)
        row["both_read"] = len(both)
        if not both:
            # It refuses all of them.
            rival = None
    if rival is not None:
        row["files_per_second"] = round(len(both) / sum(ours.values()), 1)
        row["markitdown_files_per_second"] = round(len(both) / sum(rival_seconds[path] for path in both), 1)
        row["ratio"] = round(sum(rival_seconds[path] for path in both) / sum(ours.values()), 2)
        # A file of pictures takes as long as its pictures: the usual file is what the median tells.
        ratios = sorted(rival_seconds[path] / ours[path] for path in both)
        row["median_ratio"] = round(ratios[len(ratios) // 2], 2)
    for once in (False, True):
        mine: list[float] = []
        theirs: list[float] = []
        for path, truth in truths.items():
            if not truth.exists():
                continue
            wanted = plain(truth.read_text(encoding="utf-8"), once=once)
            value = recall(wanted, texts[path] or "")
            if value is None:
                continue
            mine.append(value)
            theirs.append(recall(wanted, plain(rival_texts.get(path) or "", once=False)) or 0.0)
            row["of"].setdefault(path.name, []).append(round(value, 3))
        name = "merged cells once" if once else "as written"
        if mine:
            row["recall"][name] = round(sum(mine) / len(mine), 4)
        if mine and rival is not None:
            row["recall"][f"markitdown, {name}"] = round(sum(theirs) / len(theirs), 4)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=["docx", "pptx"])
    parser.add_argument("--rival", help="an interpreter with markitdown")
    parser.add_argument("--skip", help="leave out files with this in their names")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = {kind: measure(kind, arguments.rival, arguments.rounds, arguments.skip) for kind in arguments.kinds}
    if arguments.json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
        return
    for kind, row in rows.items():
        of = row.pop("of")
        sys.stdout.write(f"{kind}: {json.dumps(row)}\n")
        for name, (written, once) in sorted(of.items(), key=lambda item: item[1][0]):
            sys.stdout.write(f"    {written:.3f} {once:.3f}  {name}\n")


if __name__ == "__main__":
    main()
