from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any, cast

import numpy as np
import psutil
import pytest

from assistant.engine import Engine, OpenDocument
from assistant.errors import Cancelled, DocumentError, ModelError, PasswordRequired, UsageError
from assistant.jobs import Context, Progress
from assistant.paths import Paths
from assistant.settings import KEEP_FINDINGS, RECENT_FILES, THEME
from assistant.store.findings import FindingStore
from assistant.types import Notice, ProviderInfo
from helpers.documents import PASSWORD, QUESTION, Samples, write_pdf
from helpers.small_models import SmallEncoder, SmallReader

_SOON = 60.0


class SmallRuntime:
    def info(self) -> ProviderInfo:
        return ProviderInfo("CPU", "fp32", 1)


class SmallCatalog:
    """The catalog's part that the engine uses, on the tasks' small models; counts what is loaded."""

    def __init__(self, on_batch: Callable[[], None] | None = None, missing: set[str] | None = None) -> None:
        self.runtime = SmallRuntime()
        self.missing = missing if missing is not None else set()
        self.loaded: list[str] = []
        self.small_encoder = SmallEncoder(on_batch)

    def _load(self, name: str, model: object) -> object:
        self.loaded.append(name)
        if name in self.missing:
            raise ModelError("model_damaged", path=f"models/{name}/model.onnx")
        return model

    def encoder(self) -> object:
        return self._load("encoder", self.small_encoder)

    def answers(self) -> object:
        return self._load("answers", SmallReader())

    def summary(self) -> object:
        return self._load("summary", _Salience())

    def classes(self) -> None:
        return None

    def entities(self) -> object:
        self.missing.add("entities")
        return self._load("entities", None)


class _Salience:
    name = "salience@1"

    def scores(self, sentence_vectors: Any, lengths: Any) -> Any:
        return 1.0 / (1.0 + abs(np.asarray(lengths) - 80.0))


@pytest.fixture
def catalog() -> SmallCatalog:
    return SmallCatalog()


@pytest.fixture
def engine(paths: Paths, catalog: SmallCatalog) -> Iterator[Engine]:
    with _engine(paths, catalog) as engine:
        yield engine


def _engine(paths: Paths, catalog: SmallCatalog) -> Engine:
    return Engine(paths, cast(Any, catalog))


def _process(engine: Engine) -> int | None:
    return engine._host.process_id if engine._host is not None else None


# --- documents ------------------------------------------------------------------------------------------------


def test_creating_an_engine_starts_and_writes_nothing(paths: Paths) -> None:
    before = threading.active_count()
    with Engine.create(paths) as engine:
        assert threading.active_count() == before
        assert _process(engine) is None
        assert not paths.data.exists()
        assert not paths.cache.exists()


def test_open_read_render_and_glyphs(engine: Engine, samples: Samples) -> None:
    seen: list[Progress] = []
    ctx = Context(on_progress=seen.append)
    opened = engine.open(samples.contract, ctx)
    document = engine.read(opened, ctx)
    assert (opened.format, len(opened.page_sizes)) == ("pdf", 2)
    assert "Northwind Analytics GmbH" in document.text
    assert seen[-1] == Progress("reading", 2, 2)
    image = engine.render(opened, 1, 0.5).result(_SOON)
    assert len(image.pixels) == image.width * image.height * 4
    span = engine.find(document, "Maria Keller")[0]
    assert document.page_at(span.start) == 2
    assert engine.page_text(opened, 2).result(_SOON).quads(span)


def test_the_second_time_the_text_is_kept_and_glyphs_still_come(
    paths: Paths, samples: Samples, catalog: SmallCatalog
) -> None:
    with _engine(paths, catalog) as engine:
        opened = engine.open(samples.contract, Context())
        first = engine.read(opened, Context())
        span = engine.find(first, "EUR 12,500")[0]
        quads = engine.page_text(opened, 1).result(_SOON).quads(span)
    with _engine(paths, catalog) as engine:
        opened = engine.open(samples.contract, Context())
        future = engine.page_text(opened, 1)
        assert engine.read(opened, Context()) == first
        assert future.result(_SOON).quads(span) == quads


def test_loading_what_is_kept_starts_no_process(paths: Paths, samples: Samples, catalog: SmallCatalog) -> None:
    with _engine(paths, catalog) as engine:
        first = engine.load(samples.contract, Context())
        assert _process(engine) is not None
    with _engine(paths, catalog) as engine:
        assert engine.load(samples.contract, Context()) == first
        assert _process(engine) is None
        assert engine.recent() == []


def test_a_changed_file_is_another_document(engine: Engine, tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "note.pdf", [["The first version."]])
    assert "first" in engine.load(path, Context()).text
    write_pdf(path, [["The second version."]])
    assert "second" in engine.load(path, Context()).text


def test_the_same_bytes_under_another_name_are_the_same_text(engine: Engine, samples: Samples, tmp_path: Path) -> None:
    first = engine.load(samples.text, Context())
    copy = tmp_path / "copy.txt"
    copy.write_bytes(samples.text.read_bytes())
    again = engine.load(copy, Context())
    assert (again.path, again.text) == (copy, first.text)
    markdown = tmp_path / "copy.md"
    markdown.write_bytes(samples.text.read_bytes())
    assert engine.load(markdown, Context()).format == "md"


def test_of_a_locked_document_nothing_is_kept(paths: Paths, samples: Samples, catalog: SmallCatalog) -> None:
    with _engine(paths, catalog) as engine:
        with pytest.raises(PasswordRequired) as caught:
            engine.load(samples.locked, Context())
        assert caught.value.code == "password_required"
        with pytest.raises(PasswordRequired) as caught:
            engine.open(samples.locked, Context(), "wrong")
        assert caught.value.code == "password_wrong"
        document = engine.load(samples.locked, Context(), PASSWORD)
        assert "Northwind" in document.text
        assert engine.ask(document, QUESTION, Context()).answer is not None
        engine.summarize(document, Context())
        assert len(catalog.small_encoder.lengths) > 0
        batches = len(catalog.small_encoder.lengths)
        engine.summarize(document, Context())
        assert len(catalog.small_encoder.lengths) == batches
    store = FindingStore(paths.cache / "findings.db", lambda: 10**9)
    assert store.size() == 0
    store.close()
    with _engine(paths, catalog) as engine, pytest.raises(PasswordRequired):
        engine.load(samples.locked, Context())


def test_nothing_is_kept_where_the_reader_does_not_want_it(paths: Paths, samples: Samples) -> None:
    with _engine(paths, SmallCatalog()) as engine:
        engine.settings.set(KEEP_FINDINGS, False)
        engine.summarize(engine.load(samples.contract, Context()), Context())
    store = FindingStore(paths.cache / "findings.db", lambda: 10**9)
    assert store.size() == 0
    store.close()


def test_a_closed_document_is_cancelled_not_wrong(engine: Engine, samples: Samples) -> None:
    opened = engine.open(samples.contract, Context())
    waiting = engine.page_text(opened, 1)
    engine.close(opened)
    engine.close(opened)
    with pytest.raises(CancelledError):
        waiting.result(_SOON)
    with pytest.raises(CancelledError):
        engine.render(opened, 1, 1.0).result(_SOON)
    with pytest.raises(Cancelled):
        engine.read(opened, Context())


# --- findings -------------------------------------------------------------------------------------------------


def test_results_are_made_once_and_kept_for_the_next_session(paths: Paths, samples: Samples) -> None:
    first = SmallCatalog()
    with _engine(paths, first) as engine:
        document = engine.load(samples.contract, Context())
        results = _all(engine, samples)
        assert first.loaded
        for place in (*results[0].sentences, *results[2].evidence):
            assert place.text == document.text[place.span.start : place.span.end]
        answer = results[2].answer
        assert answer is not None
        assert answer.text == document.text[answer.span.start : answer.span.end]
    second = SmallCatalog()
    with _engine(paths, second) as engine:
        assert _all(engine, samples) == results
        assert second.loaded == []
        assert engine.ran_on(document) == SmallRuntime().info()
    with _engine(paths, second) as engine:
        # A new question needs the models, but the document is encoded already.
        engine.ask(engine.load(samples.contract, Context()), "Who signs for Harbour Freight Lines?", Context())
        assert second.loaded
        assert second.small_encoder.lengths == []


def _all(engine: Engine, samples: Samples) -> tuple[Any, Any, Any]:
    document = engine.load(samples.contract, Context())
    return (
        engine.summarize(document, Context(), "detailed"),
        engine.classify(document, Context()),
        engine.ask(document, f"  {QUESTION} \n", Context()),
    )


def test_an_edited_list_of_types_is_used_at_once(paths: Paths, samples: Samples, engine: Engine) -> None:
    from assistant.tasks.document_types import save_types

    document = engine.load(samples.contract, Context())
    everything = engine.classify(document, Context())
    some = engine.document_types()[:3]
    save_types(some, paths)
    fewer = engine.classify(document, Context())
    assert len(fewer.scores) == 3 < len(everything.scores)


def test_a_type_that_is_in_no_list_is_not_explained_by_another(samples: Samples, engine: Engine) -> None:
    document = engine.load(samples.contract, Context())
    place = document.blocks[0].span
    known = engine.explain_type(document, engine.document_types()[0].id, place, Context())
    assert known.method == "occlusion"
    unknown = engine.explain_type(document, "no_such_type", place, Context())
    assert (unknown.method, unknown.words) == ("other", ())


def test_tasks_that_start_together_encode_the_document_once(paths: Paths, samples: Samples) -> None:
    catalog = SmallCatalog()
    with _engine(paths, catalog) as engine:
        document = engine.load(samples.contract, Context())
        done: list[object] = []
        threads = [
            threading.Thread(target=lambda work=work: done.append(work(document, Context())))  # type: ignore[misc]
            for work in (engine.summarize, engine.classify, lambda d, c: engine.ask(d, QUESTION, c), engine.summarize)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_SOON)
        assert len(done) == 4
        encoded = len(catalog.small_encoder.lengths)
        engine._findings.index(document, Context())
        assert len(catalog.small_encoder.lengths) == encoded
        sizes = [len(e.ids) for e in catalog.small_encoder.tokenizer.encode([document.text])]
        assert sum(catalog.small_encoder.lengths) <= sizes[0] + 10


def test_whoever_waits_for_anothers_work_can_leave(paths: Paths, samples: Samples) -> None:
    working, go_on = threading.Event(), threading.Event()

    def on_batch() -> None:
        working.set()
        assert go_on.wait(_SOON)

    with _engine(paths, SmallCatalog(on_batch)) as engine:
        document = engine.load(samples.contract, Context())
        results: list[object] = []
        maker = threading.Thread(target=lambda: results.append(engine.summarize(document, Context())))
        maker.start()
        assert working.wait(_SOON)
        left: list[float] = []
        ctx = Context()

        def wait() -> None:
            try:
                engine.classify(document, ctx)
            except Cancelled:
                left.append(time.monotonic())

        waiter = threading.Thread(target=wait)
        waiter.start()
        ctx.cancel()
        # The maker is held until the waiter has gone: were it to wait for it, this would never end.
        waiter.join(_SOON)
        assert len(left) == 1
        assert results == []
        go_on.set()
        maker.join(_SOON)
        assert len(results) == 1


def test_a_maker_that_is_cancelled_leaves_the_work_to_the_next(paths: Paths, samples: Samples) -> None:
    working, go_on = threading.Event(), threading.Event()

    def on_batch() -> None:
        working.set()
        assert go_on.wait(_SOON)

    with _engine(paths, SmallCatalog(on_batch)) as engine:
        document = engine.load(samples.contract, Context())
        first = Context()
        outcomes: list[str] = []

        def make(name: str, ctx: Context) -> None:
            try:
                engine.summarize(document, ctx)
                outcomes.append(f"{name} done")
            except Cancelled:
                outcomes.append(f"{name} cancelled")

        maker = threading.Thread(target=make, args=("first", first))
        maker.start()
        assert working.wait(_SOON)
        waiter = threading.Thread(target=make, args=("second", Context()))
        waiter.start()
        first.cancel()
        go_on.set()
        maker.join(_SOON)
        waiter.join(_SOON)
        assert sorted(outcomes) == ["first cancelled", "second done"]


def test_without_a_model_the_other_results_come_and_the_sentence_is_clear(paths: Paths, samples: Samples) -> None:
    catalog = SmallCatalog(missing={"answers", "summary"})
    with _engine(paths, catalog) as engine:
        notices: list[Notice] = []
        engine.on_notice(notices.append)
        document = engine.load(samples.contract, Context())
        with pytest.raises(ModelError, match="damaged or was changed"):
            engine.ask(document, QUESTION, Context())
        assert engine.classify(document, Context()).scores
        without = engine.summarize(document, Context())
        assert without.sentences
        assert [notice.code for notice in notices] == ["model_damaged"]
        # When the model is there again, its result is.
        catalog.missing.clear()
        assert engine.summarize(document, Context()).model != without.model
        assert engine.ask(document, QUESTION, Context()).answer is not None


def test_without_its_model_entities_are_found_by_rules(paths: Paths, samples: Samples) -> None:
    with _engine(paths, SmallCatalog()) as engine:
        notices: list[Notice] = []
        engine.on_notice(notices.append)
        document = engine.load(samples.contract, Context())
        labels = {mention.label for mention in engine.entities(document, Context()).mentions}
        assert {"MONEY", "DATE", "EMAIL"} <= labels
        assert "PERSON" not in labels
        assert [notice.code for notice in notices] == ["model_damaged"]


def test_a_question_without_words_is_refused(engine: Engine, samples: Samples) -> None:
    with pytest.raises(UsageError) as caught:
        engine.ask(engine.load(samples.text, Context()), " \n", Context())
    assert caught.value.code == "question_empty"


def test_a_document_without_text_gives_empty_results(engine: Engine, samples: Samples) -> None:
    document = engine.load(samples.scan, Context())
    assert document.text.strip() == ""
    assert [notice.code for notice in document.notices] == ["no_text_layer"]
    assert engine.summarize(document, Context()).sentences == ()
    assert engine.classify(document, Context()).label is None
    assert engine.ask(document, QUESTION, Context()).answer is None
    assert engine.find(document, "anything") == []


def test_a_ruined_cache_costs_time_and_nothing_else(paths: Paths, samples: Samples) -> None:
    with _engine(paths, SmallCatalog()) as engine:
        first = _all(engine, samples)
    path = paths.cache / "findings.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xab" * (len(content) - 4096)
    path.write_bytes(content)
    with _engine(paths, SmallCatalog()) as engine:
        assert _all(engine, samples) == first


# --- the reader's own -----------------------------------------------------------------------------------------


def test_recent_files_and_the_last_place(paths: Paths, samples: Samples, catalog: SmallCatalog) -> None:
    with _engine(paths, catalog) as engine:
        opened = engine.open(samples.contract, Context())
        assert engine.place(opened.sha256) is not None
        engine.remember(opened, 2, 310.0, 1.5)
        engine.open(samples.text, Context())
    with _engine(paths, catalog) as engine:
        assert [row.path for row in engine.recent()] == [samples.text, samples.contract]
        place = engine.place(opened.sha256)
        assert place is not None
        assert (place.page, place.y, place.zoom) == (2, 310.0, 1.5)
        document = engine.load(samples.contract, Context())
        engine.forget_recent(samples.contract)
        assert engine.place(opened.sha256) is None
        assert engine._keeper.document(document.sha256, document.path) is None
        engine.clear_recent()
        assert engine.recent() == []


def test_nothing_is_remembered_where_the_reader_does_not_want_it(engine: Engine, samples: Samples) -> None:
    engine.settings.set(RECENT_FILES, 0)
    opened = engine.open(samples.contract, Context())
    engine.remember(opened, 2, 0, 1)
    assert engine.recent() == []
    assert engine.place(opened.sha256) is None


def test_a_profile_that_cannot_be_written_does_not_keep_from_reading(tmp_path: Path, samples: Samples) -> None:
    (tmp_path / "profile").write_bytes(b"a file in the place of the folder")
    with _engine(Paths.under(tmp_path / "profile"), SmallCatalog()) as engine:
        notices: list[Notice] = []
        engine.on_notice(notices.append)
        opened = engine.open(samples.contract, Context())
        assert engine.summarize(engine.read(opened, Context()), Context()).sentences
        engine.remember(opened, 1, 0, 1)
        assert {notice.code for notice in notices} == {"cannot_write"}


def test_damaged_settings_are_told_to_whoever_listens_later(paths: Paths) -> None:
    paths.data.mkdir(parents=True)
    (paths.data / "settings.json").write_text("{", encoding="utf-8")
    with Engine.create(paths) as engine:
        notices: list[Notice] = []
        engine.on_notice(notices.append)
        assert [notice.code for notice in notices] == ["settings_damaged"]
        assert engine.settings.get(THEME) == "system"


# --- the end --------------------------------------------------------------------------------------------------


def test_shutdown_stops_all_work_and_leaves_nothing(paths: Paths, samples: Samples, tmp_path: Path) -> None:
    long = write_pdf(tmp_path / "long.pdf", [[f"Page {number} says nothing new."] for number in range(1, 800)])
    working, go_on = threading.Event(), threading.Event()

    def on_batch() -> None:
        working.set()
        go_on.wait(_SOON)

    engine = _engine(paths, SmallCatalog(on_batch))
    document = engine.load(samples.contract, Context())
    process = psutil.Process(_process(engine))
    opened = engine.open(long, Context())
    outcomes: list[str] = []
    reading = threading.Event()

    def attempt(name: str, work: Callable[[], object]) -> None:
        try:
            work()
            outcomes.append(f"{name} done")
        except Cancelled:
            outcomes.append(f"{name} cancelled")

    ctx = Context(on_progress=lambda progress: reading.set())
    threads = [
        threading.Thread(target=attempt, args=("read", lambda: engine.read(opened, ctx))),
        threading.Thread(target=attempt, args=("summary", lambda: engine.summarize(document, Context()))),
        threading.Thread(target=attempt, args=("type", lambda: engine.classify(document, Context()))),
    ]
    for thread in threads:
        thread.start()
    assert working.wait(_SOON)
    assert reading.wait(_SOON)
    picture = engine.render(opened, 700, 3.0, priority=2)
    engine.shutdown()
    engine.shutdown()
    go_on.set()
    for thread in threads:
        thread.join(_SOON)
    assert {"summary cancelled", "type cancelled"} <= set(outcomes)
    assert len(outcomes) == 3
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert picture.done()
    for late in (lambda: engine.open(long, Context()), lambda: engine.load(long, Context())):
        with pytest.raises(Cancelled):
            late()


def test_errors_of_files_come_as_they_are(engine: Engine, samples: Samples, tmp_path: Path) -> None:
    for path, code in (
        (tmp_path / "nowhere.pdf", "file_not_found"),
        (tmp_path, "is_directory"),
        (samples.empty, "empty_file"),
    ):
        for work in (engine.open, engine.load):
            with pytest.raises(DocumentError) as caught:
                work(path, Context())
            assert caught.value.code == code
    assert isinstance(engine.open(samples.text, Context()), OpenDocument)
