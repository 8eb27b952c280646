"""Labels in the engine: they teach document types at once, win over results, and fill the queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from assistant.engine import Engine
from assistant.errors import UserError
from assistant.jobs import Context
from assistant.paths import Paths
from assistant.types import Classification, Document
from helpers.documents import PASSWORD, Samples
from test_engine import SmallCatalog


@pytest.fixture
def catalog() -> SmallCatalog:
    return SmallCatalog()


@pytest.fixture
def engine(paths: Paths, catalog: SmallCatalog) -> Iterator[Engine]:
    with Engine(paths, cast(Any, catalog)) as engine:
        yield engine


def _chance(found: Classification, label: str) -> float:
    return next((row.score for row in found.scores if row.label == label), 0.0)


def _text(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _load(engine: Engine, path: Path) -> Document:
    return engine.load(path, Context())


RECIPE = "Whisk flour with butter and sugar until smooth. Bake the dough for ten minutes in a hot oven. Serve warm.\n"


def test_a_labelled_type_teaches_the_documents_like_it(engine: Engine, tmp_path: Path) -> None:
    made = engine.labels.create_type("type", "Recipe")
    first = _load(engine, _text(tmp_path, "1.txt", RECIPE + "Add an egg to the flour."))
    second = _load(engine, _text(tmp_path, "2.txt", RECIPE + "Add some salt to the butter."))
    letter = _load(engine, _text(tmp_path, "3.txt", "Dear Sir, the board of directors has met on Monday. Yours truly"))
    assert made.name in {item.id for item in engine.document_types()}
    before = _chance(engine.classify(second, Context()), made.name)
    engine.labels.add(first, "type", made.name, None)
    engine.labels.add(letter, "type", "letter", None)
    after = _chance(engine.classify(second, Context()), made.name)
    assert after > 100 * before
    engine.labels.undo()
    engine.labels.undo()
    assert _chance(engine.classify(second, Context()), made.name) == pytest.approx(before)


def test_what_was_taught_is_known_after_a_restart_without_encoding_again(paths: Paths, tmp_path: Path) -> None:
    first, second = (_text(tmp_path, name, RECIPE + name) for name in ("1.txt", "2.txt"))
    with Engine(paths, cast(Any, SmallCatalog())) as engine:
        engine.labels.add(_load(engine, first), "type", "letter", None)
        told = engine.classify(_load(engine, second), Context())
    first.unlink()
    catalog = SmallCatalog()
    with Engine(paths, cast(Any, catalog)) as engine:
        assert engine.classify(_load(engine, second), Context()) == told
        third = _load(engine, _text(tmp_path, "3.txt", RECIPE))
        assert _chance(engine.classify(third, Context()), "letter") > 0
        assert len(catalog.small_encoder.lengths) <= 2, "only the third document is encoded"


def test_the_users_type_is_what_the_summary_is_made_for(engine: Engine, samples: Samples) -> None:
    document = _load(engine, samples.contract)
    assert engine.labels.document_type(document) is None
    engine.summarize(document, Context())
    engine.labels.add(document, "type", "invoice", None)
    assert engine.labels.document_type(document) == "invoice"
    engine.summarize(document, Context())


def test_the_queue_is_of_documents_that_were_read(engine: Engine, samples: Samples) -> None:
    opened = engine.open(samples.contract, Context())
    document = engine.read(opened, Context())
    assert engine.labels.queue() == ()
    engine.classify(document, Context())
    (item,) = engine.labels.queue()
    assert (item.document, item.kind, item.path) == (document.sha256, "type", samples.contract)
    engine.labels.add(document, "type", "contract", None)
    assert engine.labels.queue() == ()
    engine.close(opened)


def test_of_a_locked_document_nothing_but_the_labelled_words_is_kept(
    engine: Engine, paths: Paths, samples: Samples
) -> None:
    document = engine.load(samples.locked, Context(), PASSWORD)
    word = document.text.split()[0]
    span = engine.find(document, word)[0]
    engine.labels.add(document, "entity", "MISC", span)
    (label,) = engine.labels.of(document)
    assert label.anchor is not None
    assert (label.anchor.before, label.anchor.after) == ("", "")
    assert [row.text for row in engine.labels.labelled_documents()] == [""]


def test_reading_goes_on_where_labels_are_of_a_newer_version(
    engine: Engine, paths: Paths, samples: Samples, tmp_path: Path
) -> None:
    import sqlite3

    paths.data.mkdir(parents=True)
    connection = sqlite3.connect(paths.data / "labels.db")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    document = _load(engine, samples.contract)
    assert engine.classify(document, Context()).scores
    with pytest.raises(UserError, match="newer version of Docent"):
        engine.labels.add(document, "type", "contract", None)
