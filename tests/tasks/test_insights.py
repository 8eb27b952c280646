"""Words by occlusion, companions, sections, questions: the pure parts, on texts whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.documents import segment
from assistant.insights import Explanation
from assistant.jobs import Context
from assistant.tasks.companions import companions, people
from assistant.tasks.occlusion import FEWEST, HIDDEN, MOST, Variant, units, variants, weigh
from assistant.tasks.sections import parts
from assistant.tasks.suggesting import TRIED, candidates, is_worth_showing
from assistant.types import Answer, Answers, Block, Document, Entities, Entity, Mention, Page, Span


def _document(blocks: Sequence[tuple[str, str]], language: str = "en") -> Document:
    text, made = "", []
    for kind, words in blocks:
        made.append(Block(Span(len(text), len(text) + len(words)), kind, 1 if kind == "heading" else 0))  # type: ignore[arg-type]
        text += words + "\n\n"
    page = Page(1, Span(0, len(text)), 600.0, 800.0, "layer")
    return Document(Path("x.pdf"), "a" * 64, "pdf", text, (page,), tuple(made), language, "A title")


def _entity(document: Document, label: str, name: str) -> Entity:
    mentions, at = [], document.text.find(name)
    while at >= 0:
        mentions.append(Mention(Span(at, at + len(name)), 1, name, label, 0.9, "model:small@1"))
        at = document.text.find(name, at + 1)
    return Entity(label, name, tuple(mentions), 0.9)


# --- occlusion ------------------------------------------------------------------------------------------------------


def test_words_are_left_out_one_by_one_and_the_target_keeps_its_place() -> None:
    text = "The fee of Acme Ltd is due."
    target = Span(11, 19)
    made = variants(text, target, units(text))
    assert [item.target.of(item.text) for item in made] == [
        "Acme Ltd", "Acme Ltd", "Acme Ltd", f"{HIDDEN} Ltd", f"Acme {HIDDEN}", "Acme Ltd", "Acme Ltd",
    ]  # fmt: skip
    assert made[0].text == "fee of Acme Ltd is due."
    assert made[-1].text == "The fee of Acme Ltd is ."


def test_the_word_that_decides_weighs_most() -> None:
    text = "The rent is due monthly, not yearly"

    def score(made: Sequence[Variant]) -> list[float]:
        return [0.9 * ("rent" in item.text) - 0.3 * ("not" in item.text) for item in made]

    words, before, after = weigh(text, Span(0, 0), 100, score)
    weights = {word.text: word.weight for word in words}
    assert weights["rent"] == 1.0
    assert weights["due"] == 0.0
    assert weights["not"] == pytest.approx(-1 / 3)
    assert (before, after) == (pytest.approx(0.6), pytest.approx(-0.3))
    assert all(word.span.start >= 100 for word in words)


def test_a_long_sentence_is_looked_at_in_groups() -> None:
    assert len(units(" ".join(["word"] * 30))) == 30
    assert len(units(" ".join(["w"] * 500))) <= MOST
    assert FEWEST // 2 <= len(units(" ".join(["extraordinarily"] * 80))) <= FEWEST
    assert [span.of("甲方应当付款。") for span in units("甲方应当付款。")] == ["甲方", "应当", "付款"]


def test_nothing_to_look_at_is_no_error() -> None:
    words, before, after = weigh("…", Span(0, 0), 0, lambda made: [0.5] * len(made))
    assert (words, before, after) == ((), 0.5, 0.5)


# --- companions -----------------------------------------------------------------------------------------------------


def test_who_appears_with_whom() -> None:
    document = _document(
        [("paragraph", "Ann met Bob in Oslo. Bob called Ann later. Carl stayed alone. Ann saw Carl leave Rome.")]
    )
    found = [_entity(document, "PERSON", name) for name in ("Ann", "Bob", "Carl")]
    found += [_entity(document, "LOCATION", name) for name in ("Oslo", "Rome")]
    entities = Entities(tuple(found), (), "small")
    sentences = segment.sentences(document)
    with_ann = companions(document, sentences, entities, found[0], Context())
    assert [(item.name, len(item.places)) for item in with_ann] == [("Bob", 2), ("Oslo", 1), ("Carl", 1), ("Rome", 1)]
    assert with_ann[0].places[1].text == "Bob called Ann later."
    rows = {person.name: [item.name for item in others] for person, others in people(
        document, sentences, entities, Context())}  # fmt: skip
    assert rows["Carl"] == ["Ann", "Rome"]


# --- sections ---------------------------------------------------------------------------------------------------------


def test_a_document_is_cut_at_its_headings() -> None:
    document = _document(
        [("paragraph", "Before."), ("heading", "One"), ("heading", "And two"), ("paragraph", "Words."),
         ("heading", "Three"), ("paragraph", "More words.")]
    )  # fmt: skip
    made = parts(document)
    assert [title for title, _ in made] == ["", "One · And two", "Three"]
    assert "".join(span.of(document.text) for _, span in made) == document.text
    assert [title for title, _ in parts(_document([("paragraph", "Only words.")]))] == [""]


# --- questions ----------------------------------------------------------------------------------------------------


def test_questions_are_in_the_documents_language_and_of_its_own_words() -> None:
    english = _document([("heading", "Contents"), ("heading", "4.2 Term and termination"), ("paragraph", "Ann pays.")])
    made = candidates(english, "contract", Entities((_entity(english, "PERSON", "Ann"),), (), "small"))
    asked = [item.question for item in made]
    assert "Who are the parties?" in asked
    assert "Who is Ann?" in asked
    assert "What does it say about term and termination?" in asked
    assert not any("ontents" in question for question in asked)
    assert len(asked) <= TRIED
    chinese = _document([("heading", "第三条 合同价款"), ("paragraph", "沈若溪付款。")], "zh")
    made = candidates(chinese, "contract", Entities((_entity(chinese, "PERSON", "沈若溪"),), (), "small"))
    asked = [item.question for item in made]
    assert "沈若溪是谁？" in asked
    assert "关于合同价款有什么规定？" in asked


def test_a_document_without_headings_and_entities_is_asked_by_its_type() -> None:
    made = candidates(_document([("paragraph", "Only words.")]), None, None)
    assert [item.question for item in made] == ["Who wrote it?", "What is the purpose of this document?"]


def test_only_sure_answers_of_their_own_are_shown() -> None:
    def answers(question: str, start: int, text: str, score: float) -> Answers:
        span = Span(start, start + len(text))
        return Answers(question, Answer(span, 1, text, score, span), (), (), "small")

    good = answers("Who pays?", 0, "Acme Ltd", 0.9)
    assert is_worth_showing(good, [])
    assert not is_worth_showing(answers("Who pays?", 0, "Acme Ltd", 0.5), [])
    assert not is_worth_showing(answers("Who is Acme Ltd?", 0, "Acme Ltd", 0.9), [])
    assert not is_worth_showing(answers("Who owes?", 0, "Acme Ltd", 0.9), [good])
    assert not is_worth_showing(answers("Who is Jane?", 50, "Dr", 0.9), [])
    assert not is_worth_showing(good, [], Span(4, 100))
    assert is_worth_showing(good, [], Span(0, 100))
    assert not is_worth_showing(Answers("Who?", None, (), (), "small"), [])


def test_an_explanation_is_a_plain_result() -> None:
    from assistant.store import codecs

    made = Explanation("entity", "Oslo", Span(0, 4), 1, (), "rule", 1.0, 1.0)
    assert codecs.decode(Explanation, codecs.encode(made)) == made
