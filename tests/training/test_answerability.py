"""Documents made of rows, and the weights that are fitted on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.jobs import Context
from assistant.tasks.answerability import Answerability
from assistant.training.answer_documents import (
    AskedDocument,
    articles_of,
    asked_of_text,
    pooled,
    with_questions_of_others,
)
from assistant.training.answerability import best_of, fit, fit_kind, gather, logistic_regression
from assistant.training.dataset import AnswerRow
from helpers.answer_pdfs import read_article_pdfs
from helpers.small_models import SmallEncoder, SmallReader

TOPICS = ("railway", "garden", "coffee", "chess", "museum", "harbour", "castle", "library", "market", "bridge")


def rows() -> list[AnswerRow]:
    found = []
    for number, topic in enumerate(TOPICS):
        for part in range(3):
            context = (
                f"The old {topic} number {part} was opened by the town in the year {1800 + 10 * number + part}. "
                f"Many people went to see the {topic}, and it is well known for its fine gate."
            )
            value = str(1800 + 10 * number + part)
            question = f"When was the old {topic} number {part} opened?"
            answers = ((context.index(value), value),)
            found.append(AnswerRow(f"{topic}{part}", "train", "en", "made", topic.title(), context, question, answers))
        missing = f"Who painted the ceiling of the {topic}?"
        found.append(AnswerRow(f"{topic}x", "train", "en", "made", topic.title(), context, missing, ()))
    return found


@pytest.fixture(scope="module")
def documents() -> list[AskedDocument]:
    groups = pooled(articles_of(rows()), 400)
    asked = [asked_of_text(group, "en") for group in groups]
    return with_questions_of_others(asked, answerable=3, hard=1, other=2, seed=1)


def test_documents_keep_the_places_of_their_answers() -> None:
    groups = pooled(articles_of(rows()), 400)
    assert len(groups) == 10
    asked = asked_of_text(groups[2], "en")
    assert [question.kind for question in asked.questions] == ["answerable"] * 3 + ["hard"]
    for question in asked.questions[:3]:
        assert question.answers[0].of(asked.document.text).startswith("182")
    assert asked.document.blocks[0].kind == "heading"


def test_pooling_joins_short_articles_and_cuts_long_ones() -> None:
    articles = articles_of(rows())
    assert [len(group) for group in pooled(articles, 1000)] == [3, 3, 4]
    parts = [article for group in pooled(articles, 100) for article in group]
    assert sum(len(part.contexts) for part in parts) == 30
    assert all(row.context in part.contexts for part in parts for row in part.rows)
    assert sum(len(part.rows) for part in parts) == 40


def test_questions_of_others_come_from_other_titles(documents: list[AskedDocument]) -> None:
    for item in documents:
        kinds = [question.kind for question in item.questions]
        assert (kinds.count("answerable"), kinds.count("hard"), kinds.count("other")) == (3, 1, 2)
        foreign = [question.text for question in item.questions if question.kind == "other"]
        assert not any(item.document.title.casefold() in text for text in foreign)


def test_fitting_tells_answers_from_questions_that_have_none(documents: list[AskedDocument]) -> None:
    encoder, reader = SmallEncoder(), SmallReader()
    found = gather(documents, encoder, reader, Context())
    model = fit_kind("answer", found["answer"])
    scores: dict[str, list[float]] = {"answerable": [], "hard": [], "other": []}
    right = []
    for example in found["answer"]:
        score, is_right = best_of(model, example)
        scores[example.question.kind].append(score)
        if example.question.kind == "answerable":
            right.append(is_right)
    assert np.mean(right) >= 0.9
    assert min(scores["answerable"]) > max(scores["other"])
    assert np.mean(np.array(scores["answerable"]) >= model.threshold) >= 0.9
    assert np.mean(np.array(scores["hard"] + scores["other"]) >= model.threshold) <= 0.2

    entries = fit(documents[:6], encoder, reader, Context())
    assert Answerability.of("answer", entries) is not None
    assert Answerability.of("evidence", entries) is not None


def test_logistic_regression_finds_the_weights_that_made_the_labels() -> None:
    chance = np.random.default_rng(3)
    inputs = chance.normal(size=(4000, 3)) * np.array([1.0, 10.0, 1.0])
    logits = inputs @ np.array([2.0, -0.1, 0.0]) - 0.5
    labels = (chance.random(4000) < 1 / (1 + np.exp(-logits))).astype(np.float64)
    assert logistic_regression(inputs, labels, 0.1) == pytest.approx([2.0, -0.1, 0.0, -0.5], abs=0.2)
    # A feature that never varies and one that separates perfectly give finite weights.
    separated = np.stack([labels, np.ones(4000)], axis=1)
    assert np.isfinite(logistic_regression(separated, labels, 1.0)).all()


def test_real_pdfs_hold_the_answers_at_their_places(tmp_path: Path) -> None:
    group = tuple(articles_of(rows()))
    (item,) = read_article_pdfs([("made", group)], tmp_path)
    assert len(item.document.pages) >= 2
    answerable = [question for question in item.questions if question.answers]
    assert len(answerable) == 30
    for question, row in zip(answerable, [row for row in rows() if row.answers], strict=True):
        assert question.text == row.question
        assert question.answers[0].of(item.document.text) == row.answers[0][1]
