from __future__ import annotations

from collections.abc import Sequence

import pytest

from assistant.errors import Cancelled, UserError
from assistant.jobs import Context, JobContext
from assistant.tasks.ask import AskOptions, answer_key, ask
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import plain_document
from assistant.tasks.retrieval import retrieve
from assistant.types import Answers
from helpers.small_models import SmallEncoder, SmallReader, SmallSpan

TOPICS = ["weather in the mountains", "history of railways", "care of roses", "prices of coffee", "rules of chess"]
FILLER = "\n\n".join(
    f"This long paragraph tells something about the {topic} and nothing else. " * 12 for topic in TOPICS * 3
)
TEXT = (
    FILLER
    + "\n\nFees and payment\n\nThe annual subscription fee is 1,240,000 euros. It is payable within 30 days.\n\n"
    + FILLER
    + "\n\n第五条 合同期限\n\n本合同的期限为 36 个月，自签字之日起计算。\n\n"
    + FILLER
    + "\n\nAs stated above, the annual subscription fee of 1,240,000 euros may be adjusted once a year.\n"
)


@pytest.fixture(scope="module")
def index() -> DocumentIndex:
    return DocumentIndex.build(plain_document(TEXT, "en"), SmallEncoder(), Context())


def put(index: DocumentIndex, question: str, options: AskOptions | None = None) -> Answers:
    return ask(index.document, index, SmallEncoder(), SmallReader(), question, Context(), options)


def test_the_answer_is_found_in_a_long_document_with_its_exact_place(index: DocumentIndex) -> None:
    answers = put(index, "What is the annual subscription fee?")
    assert answers.answer is not None
    assert answers.answer.text == "1,240,000"
    assert answers.answer.span.of(TEXT) == "1,240,000"
    assert "annual subscription fee" in answers.answer.sentence.of(TEXT)
    assert answers.answer.sentence.contains(answers.answer.span)
    assert 0.3 <= answers.answer.score <= 1
    assert answers.evidence[0].span.contains(answers.answer.span)
    assert answers.model == "small@1+reader@1"


def test_the_same_answer_in_two_passages_is_one_answer_with_more_support(index: DocumentIndex) -> None:
    answers = put(index, "annual subscription fee euros")
    assert answers.answer is not None
    texts = [answers.answer.text, *(item.text for item in answers.alternatives)]
    assert len({answer_key(text) for text in texts}) == len(texts)
    spans = [answers.answer.span, *(item.span for item in answers.alternatives)]
    assert not any(a.overlaps(b) for i, a in enumerate(spans) for b in spans[i + 1 :])
    assert answers.answer.score > 0.9


def test_chinese_questions_and_answers(index: DocumentIndex) -> None:
    answers = put(index, "合同的期限是多少个月？")
    assert answers.answer is not None
    assert answers.answer.text == "36 个月"
    assert "期限" in answers.answer.sentence.of(TEXT)


def test_what_the_document_does_not_say_is_not_answered(index: DocumentIndex) -> None:
    answers = put(index, "Which penguins inhabit Antarctica?")
    assert answers.answer is None
    assert len(answers.evidence) == AskOptions().evidence
    for item in answers.evidence:
        assert item.text == item.span.of(TEXT)
        assert 0 <= item.score <= 1


def test_the_threshold_decides(index: DocumentIndex) -> None:
    question = "What is the annual subscription fee?"
    strict = put(index, question, AskOptions(threshold=1.01))
    assert strict.answer is None
    assert strict.alternatives[0].text == "1,240,000"


@pytest.mark.parametrize("question", ["", "   \n", "???", "。？"])
def test_an_empty_question_is_a_clear_error(index: DocumentIndex, question: str) -> None:
    with pytest.raises(UserError) as caught:
        put(index, question)
    assert caught.value.code == "question_empty"


def test_a_document_without_text_answers_nothing() -> None:
    document = plain_document(" ")
    index = DocumentIndex.build(document, SmallEncoder(), Context())
    answers = put(index, "What is the fee?")
    assert answers.answer is None
    assert answers.evidence == ()


def test_evidence_is_published_before_reading_and_reading_can_be_cancelled(index: DocumentIndex) -> None:
    published: list[object] = []
    reader = SmallReader()

    def stop(partial: object) -> None:
        published.append(partial)
        ctx.cancel()

    ctx = Context(on_partial=stop)
    with pytest.raises(Cancelled):
        ask(index.document, index, SmallEncoder(), reader, "annual fee", ctx)
    assert isinstance(published[0], Answers)
    assert published[0].evidence
    assert reader.read == []


def test_only_the_best_passages_are_read(index: DocumentIndex) -> None:
    reader = SmallReader()
    ask(index.document, index, SmallEncoder(), reader, "annual subscription fee", Context(), AskOptions(passages=3))
    assert len(reader.read) == 3 < len(index.passages)


def test_words_and_meaning_both_count(index: DocumentIndex) -> None:
    question = "annual subscription fee"
    vector = SmallEncoder().embed([question], "query", Context())[0]
    ranking = retrieve(index, question, vector, Context())
    assert sorted(ranking.order) == list(range(len(index.passages)))
    assert len(ranking.cosines) == len(ranking.scores) == len(index.passages)
    best = index.passages[ranking.order[0]].span.of(TEXT)
    assert "subscription fee" in best


def test_answers_are_compared_without_form() -> None:
    assert answer_key("The Supplier,") == answer_key("supplier")
    assert answer_key("１２个月") == answer_key("12个月")
    assert answer_key("12 months") != answer_key("12 weeks")
    assert answer_key("5%") != answer_key("5")
    assert answer_key("…") == ""


class RowReader(SmallReader):
    """Marks the two last cells of a row together, as a reader of prose does."""

    def spans(self, question: str, contexts: Sequence[str], ctx: JobContext) -> list[list[SmallSpan]]:
        return [
            [SmallSpan(text.index("385,000"), text.index("770,000") + 7, 0.9, 5.0, -0.1)] if "\t" in text else []
            for text in contexts
        ]


def test_an_answer_lies_in_one_cell() -> None:
    text = "Item\tPrice\tAmount\n\nRoute planning\t385,000\t770,000\n"
    index = DocumentIndex.build(plain_document(text, "en"), SmallEncoder(), Context())
    found = ask(index.document, index, SmallEncoder(), RowReader(), "What is the price of route planning?", Context())
    assert found.answer is not None
    assert found.answer.text == "385,000"
