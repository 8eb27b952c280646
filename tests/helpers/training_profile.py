"""A profile with labelled documents: real files, read by the real engine, with labels in its store."""

from __future__ import annotations

from pathlib import Path

from assistant.engine import Engine
from assistant.jobs import Context
from helpers.labelled import clause_document


def label_documents(engine: Engine, folder: Path, count: int, sentences: int = 6) -> list[Path]:
    """Write ``count`` texts about clauses, read them, and label their persons, places and clause numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    if "CLAUSE_NO" not in {row.name for row in engine.labels.types("entity")}:
        engine.labels.create_type("entity", "Clause no", color="#B0246B")
    paths = []
    for number in range(count):
        made = clause_document(number, sentences)
        path = folder / f"contract {number + 1}.txt"
        path.write_text(made.text, encoding="utf-8")
        document = engine.load(path, Context())
        at = 0
        for label in made.labels:
            at = document.text.index(label.text, at)
            span = type(made.pages[0].span)(at, at + len(label.text))
            engine.labels.add(document, "entity", label.value, span)
            at = span.end
        paths.append(path)
    return paths
