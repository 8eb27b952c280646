"""The schemas, one file a step. A step that was released is never edited; a change is the next step."""

from __future__ import annotations

from assistant.store.db import Migration
from assistant.store.migrations import (
    findings_0001,
    labels_0001,
    marks_0001,
    notebook_0001,
    reader_0001,
    reader_0002,
)

READER: tuple[Migration, ...] = (reader_0001.migrate, reader_0002.migrate)
FINDINGS: tuple[Migration, ...] = (findings_0001.migrate,)
LABELS: tuple[Migration, ...] = (labels_0001.migrate,)
MARKS: tuple[Migration, ...] = (marks_0001.migrate,)
NOTEBOOK: tuple[Migration, ...] = (notebook_0001.migrate,)
