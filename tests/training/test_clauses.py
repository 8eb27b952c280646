"""Rows of our own: exact, repeatable, nothing of the held-out samples in them, a part of the wordings kept back."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

import pytest

from assistant.training.answer_rows import altered, source_rows
from assistant.training.clause_values import in_characters, in_words
from assistant.training.clauses import clause_rows, facts, wordings_path
from assistant.training.dataset import AnswerRow
from assistant.training.recipe import DataSource

DATA = Path(__file__).parents[1] / "data"


def test_answers_stand_where_they_are_said_to_stand() -> None:
    rows = clause_rows(1500, 3)
    assert len(rows) == 1500
    for row in rows:
        assert "{" not in row.context + row.question
        assert "[[" not in row.context
        for at, text in row.answers:
            assert row.context[at : at + len(text)] == text
            assert text == text.strip()
    silent = sum(not row.answers for row in rows) / len(rows)
    assert 0.25 < silent < 0.5
    assert {row.lang for row in rows} == {"en", "zh"}


def test_the_same_seed_makes_the_same_rows_and_another_seed_others() -> None:
    assert clause_rows(300, 3) == clause_rows(300, 3)
    first, other = clause_rows(300, 3), clause_rows(300, 4)
    assert not {row.context for row in first} & {row.context for row in other}


def patterns(lang: str, split: str) -> dict[str, list[re.Pattern[str]]]:
    """Each wording of a split's clauses as a pattern for the passages made of it."""
    found = {}
    for name, fact in facts(lang).items():
        texts = [re.escape(clause.replace("[[", "").replace("]]", "")) for clause in fact.part(fact.clauses, split)]
        found[name] = [re.compile(re.sub(r"\\\{\w+\\\}", ".+?", text), re.I) for text in texts]
    return found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_wording_of_the_dev_split_is_never_trained_on(lang: str) -> None:
    held = {
        name: (set(fact.part(fact.clauses, "dev")), set(fact.part(fact.clauses, "train")))
        for name, fact in facts(lang).items()
        if len(fact.clauses) > 2
    }
    assert len(held) > 15
    assert all(len(dev) == 1 and not dev & train for dev, train in held.values())
    text = "\n".join(row.context for row in clause_rows(1200, 5) if row.lang == lang)
    seen = {name for name, some in patterns(lang, "train").items() if any(item.search(text) for item in some)}
    assert len(seen) > 50
    for name, some in patterns(lang, "dev").items():
        if name in held:
            longest = [item for item in some if len(item.pattern) > (60 if lang == "en" else 40)]
            assert not any(item.search(text) for item in longest), name


def test_a_question_that_is_not_answered_is_never_one_that_the_passage_answers() -> None:
    for lang in ("en", "zh"):
        by_question = {text: fact for fact in facts(lang).values() for text in fact.questions if "{" not in text}
        told = {
            name: [re.compile(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(c.replace("[[", "").replace("]]", "")))) for c in
                   fact.clauses]
            for name, fact in facts(lang).items()
        }  # fmt: skip
        checked = 0
        for row in clause_rows(600, 6):
            fact = by_question.get(row.question)
            if row.lang == lang and not row.answers and fact is not None and "\t" not in row.context:
                longest = [item for item in told[fact.name] if len(item.pattern) > (60 if lang == "en" else 40)]
                assert not any(item.search(row.context) for item in longest), (row.question, row.context)
                checked += 1
        assert checked > 20


def shingles(text: str, size: int) -> set[str]:
    bare = re.sub(r"\s+", "", text)
    return {bare[at : at + size] for at in range(len(bare) - size + 1)}


@pytest.mark.parametrize(
    ("lang", "sample", "encoding", "size"),
    [("en", "services-agreement.txt", "utf-8", 34), ("zh", "purchase-contract-zh.gb18030.txt", "gb18030", 11)],
)
def test_the_samples_stay_unseen(lang: str, sample: str, encoding: str, size: int) -> None:
    known = shingles((DATA / sample).read_text(encoding=encoding), size)
    stored = tomllib.loads(wordings_path(lang).read_text(encoding="utf-8"))
    for name, item in stored.items():
        for text in [*item["c"], *item["q"]]:
            copied = shingles(re.sub(r"[\[\]]", "", text), size) & known
            assert not copied, (name, text, copied)


def test_numbers_in_words() -> None:
    assert [in_words(number) for number in (7, 30, 45, 120, 300)] == [
        "seven", "thirty", "forty-five", "one hundred and twenty", "three hundred",
    ]  # fmt: skip
    assert [in_characters(number) for number in (8, 15, 30, 105, 1005, 20000, 10300)] == [
        "八", "十五", "三十", "一百零五", "一千零五", "二万", "一万零三百",
    ]  # fmt: skip
    assert in_characters(4_240_000, "零壹贰叁肆伍陆柒捌玖", "拾佰仟") == "肆佰贰拾肆万"


def row(
    question: str, context: str = "The mill burned in 1907. Old Brandt and the Kestrel family rebuilt it."
) -> AnswerRow:
    return AnswerRow("1", "train", "en", "s", "t", context, question, ((0, "The mill"),))


def test_an_altered_question_differs_in_one_thing_and_has_no_answer() -> None:
    rng = random.Random(1)
    cases = {
        "What burned in 1907?": r"What burned in \d{4}\?",
        "What was the largest house?": r"What was the smallest house\?",
        "Where did they rebuild it?": r"Where did not they rebuild it\?",
        "Who of the house of Brandt came?": r"Who of the house of Kestrel came\?",
    }
    for question, expected in cases.items():
        (made,) = altered([row(question)], 1.0, rng)
        assert made.question != question
        assert re.fullmatch(expected, made.question), made.question
        assert made.answers == ()
    assert altered([row("Which mill?")], 1.0, rng) == []


def test_a_holdout_is_in_one_role_only(shared: Path) -> None:
    file = "answers/squad2_half_en.jsonl.gz"
    trained = source_rows(DataSource(file, "train", holdout=6), shared / "data", 13)
    held = source_rows(DataSource(file, "validation", holdout=6), shared / "data", 13)
    assert len(trained) + len(held) == 4862
    assert 100 < len(held) < 600
    assert not {item.context for item in trained} & {item.context for item in held}
