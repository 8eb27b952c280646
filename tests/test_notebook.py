"""The reader's own notes on results: threads survive, arrangements can be undone, private documents leave nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from assistant.engine import Arrangement, Engine
from assistant.jobs import Context
from assistant.notebook import Notebook
from assistant.paths import Paths
from assistant.tasks.arranging import arrange
from assistant.types import Answer, Answers, Block, Document, Entities, Entity, Mention, Page, Span

TEXT = "Jane Doe met J. Doe and Doe in Oslo. Jane Doe left."


def _document(text: str = TEXT, sha256: str = "a" * 64) -> Document:
    whole = Span(0, len(text))
    page = Page(1, whole, 600.0, 800.0, "layer")
    return Document(Path("x.pdf"), sha256, "pdf", text, (page,), (Block(whole, "paragraph"),), "en", "X")


def _answers(question: str, document: Document, words: str) -> Answers:
    start = document.text.index(words)
    span = Span(start, start + len(words))
    return Answers(question, Answer(span, 1, words, 0.9, span), (), (), "small")


def _mention(text: str, start: int, label: str = "PERSON") -> Mention:
    return Mention(Span(start, start + len(text)), 1, text, label, 0.9, "model:small@1")


def _entities() -> Entities:
    first, second, third = _mention("Jane Doe", 0), _mention("J. Doe", 13), _mention("Jane Doe", 37)
    place = _mention("Oslo", 31, "LOCATION")
    people = (Entity("PERSON", "Jane Doe", (first, third), 0.9), Entity("PERSON", "J. Doe", (second,), 0.9))
    return Entities((*people, Entity("LOCATION", "Oslo", (place,), 0.9)), (first, second, place, third), "small")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "notebook.db"


def test_a_thread_survives_the_program(file: Path) -> None:
    document, other = _document(), _document(sha256="b" * 64)
    book = Notebook(file, lambda _: False)
    first = book.keep(document, _answers("Who?", document, "Jane Doe"))
    book.keep(document, _answers("Where?", document, "Oslo"))
    book.keep(other, _answers("Who?", other, "Doe"))
    book.close()
    book = Notebook(file, lambda _: False)
    assert [asked.answers.question for asked in book.thread(document)] == ["Who?", "Where?"]
    assert book.thread(document)[0].answers.answer == first.answers.answer
    book.forget(document.sha256, first.id)
    assert [asked.answers.question for asked in book.thread(document)] == ["Where?"]
    book.forget(document.sha256)
    assert book.thread(document) == ()
    assert len(book.thread(other)) == 1
    book.close()


def test_the_same_question_is_kept_once_with_its_newest_answer(file: Path) -> None:
    document = _document()
    book = Notebook(file, lambda _: False)
    book.keep(document, _answers("Who?", document, "Jane Doe"))
    book.keep(document, _answers("Who?", document, "J. Doe"))
    (asked,) = book.thread(document)
    assert asked.answers.answer is not None
    assert asked.answers.answer.text == "J. Doe"
    book.close()


def test_answers_whose_places_have_moved_are_stale(file: Path) -> None:
    document = _document()
    book = Notebook(file, lambda _: False)
    book.keep(document, _answers("Where?", document, "Oslo"))
    assert not book.thread(document)[0].stale
    # More text behind it moves nothing; text before it does.
    assert not book.thread(_document(TEXT + " And more."))[0].stale
    assert book.thread(_document("A head. " + TEXT))[0].stale
    book.close()


def test_nothing_of_a_private_document_is_written(file: Path) -> None:
    document = _document()
    book = Notebook(file, lambda sha256: sha256 == document.sha256)
    book.keep(document, _answers("A secret question?", document, "Oslo"))
    book.merge(document, _entities().entities[:2])
    assert len(book.thread(document)) == 1
    assert len(book.arrangement(document).edits) == 1
    book.close()
    written = b"".join(each.read_bytes() for each in file.parent.iterdir())
    assert b"secret" not in written
    assert b"Oslo" not in written
    book.forget(document.sha256)
    assert book.thread(document) == ()
    book.erase(document.sha256)
    assert book.arrangement(document) == Arrangement()
    book.close()


@pytest.mark.parametrize("private", [False, True])
def test_merging_and_splitting_can_be_undone_and_redone(file: Path, private: bool) -> None:
    document, found = _document(), _entities()
    book = Notebook(file, lambda _: private)
    jane, short, _ = found.entities

    def names(made: Arrangement) -> list[tuple[str, int]]:
        return [(entity.name, len(entity.mentions)) for entity in arrange(found, made.edits).entities]

    merged = book.merge(document, (jane, short))
    assert names(merged) == [("Jane Doe", 3), ("Oslo", 1)]
    one = arrange(found, merged.edits).entities[0]
    assert names(book.split(document, one, "J. Doe")) == [("Jane Doe", 2), ("J. Doe", 1), ("Oslo", 1)]
    assert names(book.step(document, back=True)) == [("Jane Doe", 3), ("Oslo", 1)]
    assert names(book.step(document, back=True)) == [("Jane Doe", 2), ("J. Doe", 1), ("Oslo", 1)]
    assert book.step(document, back=True).edits == ()
    assert names(book.step(document, back=False)) == [("Jane Doe", 3), ("Oslo", 1)]
    # A new change ends what could be made again.
    assert book.merge(document, (short, jane)).undone == ()
    assert names(book.arrangement(document)) == [("J. Doe", 3), ("Oslo", 1)]
    book.close()


def test_edits_fit_a_partial_result_and_lose_no_mention() -> None:
    found = _entities()
    edits = Notebook(Path("unused"), lambda _: True).merge(_document(), found.entities[:2]).edits
    part = Entities(found.entities[1:], found.mentions[1:], "small", complete=False)
    made = arrange(part, edits)
    assert [entity.name for entity in made.entities] == ["Jane Doe", "Oslo"]
    assert sorted(m.span for e in arrange(found, edits).entities for m in e.mentions) == sorted(
        m.span for m in found.mentions
    )


def test_a_damaged_notebook_gives_what_it_can(file: Path) -> None:
    document = _document()
    book = Notebook(file, lambda _: False)
    for number in range(300):
        book.keep(document, _answers(f"Who is number {number}?", document, "Jane Doe"))
    book.close()
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4096] = b"\xaa" * 4096
    file.write_bytes(data)
    told: list[Path] = []
    book = Notebook(file, lambda _: False, lambda path, copy: told.append(copy))
    kept = len(book.thread(document))
    assert told
    assert 0 < kept <= 300, "the middle may be a page of the index, which costs no row"
    book.close()


def test_two_programs_write_into_one_notebook(file: Path) -> None:
    document = _document()
    books = [Notebook(file, lambda _: False) for _ in range(2)]

    def ask(book: Notebook, name: str) -> None:
        for number in range(20):
            book.keep(document, _answers(f"{name} {number}?", document, "Oslo"))

    threads = [threading.Thread(target=ask, args=(book, str(n))) for n, book in enumerate(books)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(books[0].thread(document)) == 40
    for book in books:
        book.close()


def test_forgetting_a_recent_file_forgets_its_questions(paths: Paths, tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text(TEXT, encoding="utf-8")
    with Engine.create(paths) as engine:
        opened = engine.open(path, Context())
        document = engine.read(opened, Context())
        engine.notebook.keep(document, _answers("Where?", document, "Oslo"))
        engine.close(opened)
        engine.forget_recent(path.absolute())
        assert engine.notebook.thread(document) == ()
