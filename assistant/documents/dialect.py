"""Whether a text is a table of separated values, and what separates them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

_SEPARATORS = ",;\t|"
_SAMPLE = 65_536
_RECORDS = 60
_REGULAR = 0.6
"""Least share of records with the usual number of cells."""
_SENTENCE = re.compile(r"[.!?。！？]['\")]?\s")


def separator(text: str) -> str | None:
    """What separates the cells; None for what is no table, such as prose."""
    text = text[:_SAMPLE].lstrip("\ufeff").replace("\0", "")
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        return declared[1]
    scores = {mark: _score(text, mark) for mark in _SEPARATORS}
    best = max(scores, key=lambda mark: scores[mark])
    if scores[best] >= _REGULAR:
        return best
    # A single column of short items is a table as well.
    lines = [line for line in text.splitlines() if line.strip()]
    short = sum(1 for line in lines if len(line) <= 60 and not _SENTENCE.search(line))
    if scores[best] > 0 or short >= 0.9 * max(1, len(lines)):
        prose = len(_SENTENCE.findall(text)) * 3 > len(lines)
        return None if prose else best if scores[best] else ","
    return None


def _score(text: str, mark: str) -> float:
    """How regular the rows are that a separator makes: the share of records with the usual number of cells."""
    records = _records(text, mark)
    if len(text) >= _SAMPLE:
        records = records[:-1]
    counts = Counter(len(record) for record in records if any(item.strip() for item in record))
    total = sum(counts.values())
    if not total:
        return 0.0
    usual, count = max(counts.items(), key=lambda item: (item[1], item[0]))
    if usual < 2:
        return 0.0
    # Of equally regular ones that with more cells.
    return count / total + min(usual, 50) / 1000


def _records(text: str, mark: str) -> list[list[str]]:
    found = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            found.append(record)
            if len(found) >= _RECORDS:
                break
    except csv.Error:
        pass
    return found
