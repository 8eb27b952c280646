"""Against published reference behaviour, with values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.training.metrics import (
    AnswerScorer,
    EntityScorer,
    RougeScorer,
    accuracy,
    answer_em,
    answer_f1,
    answer_tokens,
    auroc,
    expected_calibration_error,
    labels_of,
    macro_f1,
    normalize_answer,
)


def test_entities_need_exact_spans_and_labels() -> None:
    scorer = EntityScorer(frozenset({"PERSON", "LOCATION"}))
    gold = [(0, 5, "PERSON"), (10, 16, "LOCATION"), (20, 25, "PERSON")]
    scorer.add(gold, [(0, 5, "PERSON"), (10, 15, "LOCATION"), (20, 25, "LOCATION")])
    # One of three predicted and one of three gold are right.
    assert scorer.micro.precision == pytest.approx(1 / 3)
    assert scorer.micro.recall == pytest.approx(1 / 3)
    assert scorer.micro.f1 == pytest.approx(1 / 3)
    assert (scorer.of("PERSON").correct, scorer.of("PERSON").predicted, scorer.of("PERSON").gold) == (1, 1, 2)
    assert (scorer.of("LOCATION").correct, scorer.of("LOCATION").predicted, scorer.of("LOCATION").gold) == (0, 2, 1)


def test_entities_are_summed_over_texts_before_dividing() -> None:
    scorer = EntityScorer(frozenset({"PERSON"}))
    scorer.add([(0, 1, "PERSON")], [(0, 1, "PERSON")])
    scorer.add([(0, 1, "PERSON"), (2, 3, "PERSON")], [(5, 6, "PERSON")])
    # tp 1, fp 1, fn 2: P 1/2, R 1/3, F1 2 * 1 / (2 + 3).
    assert scorer.report()["f1"] == pytest.approx(0.4)
    assert scorer.report()["precision"] == pytest.approx(0.5)
    assert scorer.report()["recall"] == pytest.approx(1 / 3)
    assert scorer.report()["labels"]["PERSON"]["gold"] == 3


def test_ignored_mentions_and_labels_that_the_file_does_not_use_are_no_errors() -> None:
    scorer = EntityScorer(frozenset({"PERSON"}))
    scorer.add([(0, 5, "PERSON")], [(0, 5, "PERSON"), (10, 14, "PERSON"), (20, 25, "DATE")], ignored=[(8, 12), (3, 9)])
    assert (scorer.micro.correct, scorer.micro.predicted, scorer.micro.gold) == (1, 1, 1)
    scorer.add([], [(12, 14, "PERSON")], ignored=[(8, 12)])
    assert scorer.micro.predicted == 2


def test_entities_of_nothing() -> None:
    scorer = EntityScorer(frozenset({"PERSON"}))
    scorer.add([], [])
    assert scorer.report()["f1"] == 0
    assert scorer.report()["labels"]["PERSON"]["gold"] == 0
    assert labels_of([{"entities": [{"label": "DATE"}]}, {"entities": []}, {"entities": [{"label": "PERSON"}]}]) == {
        "DATE",
        "PERSON",
    }


def test_squad_normalization() -> None:
    assert normalize_answer("The  Norman's, a people!") == "normans people"
    assert answer_em("the Eiffel Tower.", "Eiffel tower") == 1
    assert answer_em("Eiffel Towers", "Eiffel tower") == 0
    # Punctuation goes before articles, as in the official script: "a-b" is one word.
    assert normalize_answer("a-b") == "ab"


def test_squad_f1_by_hand() -> None:
    # {in, 10th, century} and {10th, and, 11th, centuries}: one common word, P 1/3, R 1/4.
    assert answer_f1("in the 10th century", "10th and 11th centuries") == pytest.approx(2 / 7)
    assert answer_f1("gold gold", "gold") == pytest.approx(2 / 3)
    assert answer_f1("", "") == 1
    assert answer_f1("", "gold") == 0
    assert answer_f1("the", "a") == 1


def test_chinese_answers_are_compared_by_characters() -> None:
    assert answer_tokens("2019年，iPhone 11Pro", "zh") == ["2019", "年", "iphone", "11pro"]
    # Longest common run 北京市 of 5 predicted and 3 gold characters: P 3/5, R 1.
    assert answer_f1("中国北京市", "北京市", "zh") == pytest.approx(0.75)
    # CMRC counts one run, not a bag: of 甲乙丙丁 and 甲丙乙丁 only one character in a row is common.
    assert answer_f1("甲乙丙丁", "甲丙乙丁", "zh") == pytest.approx(0.25)
    assert answer_em("《红楼梦》", "红楼梦。", "zh") == 1
    assert answer_em("红楼", "红楼梦", "zh") == 0


def test_answers_take_the_best_gold_and_know_no_answer() -> None:
    scorer = AnswerScorer()
    scorer.add("Paris", ["London", "Paris, France"], no_answer=0.1)
    scorer.add("", [], no_answer=0.9)
    scorer.add("Rome", [], no_answer=0.3)
    scorer.add("", ["Berlin"], no_answer=0.6)
    report = scorer.report()
    assert report["f1"] == pytest.approx((2 / 3 + 1 + 0 + 0) / 4)
    assert report["em"] == pytest.approx(1 / 4)
    assert report["has_answer_f1"] == pytest.approx(1 / 3)
    assert report["no_answer_f1"] == pytest.approx(0.5)
    # Unanswerable 0.9 and 0.3 against answerable 0.1 and 0.6: three of four pairs are in order.
    assert report["no_answer_auroc"] == pytest.approx(0.75)


def test_one_kind_of_question_alone_has_no_roc() -> None:
    scorer = AnswerScorer()
    scorer.add("Paris", ["Paris"])
    report = scorer.report()
    assert report["no_answer_auroc"] is None
    assert report["no_answer_f1"] is None
    assert report["f1"] == 1
    assert AnswerScorer().report()["f1"] == 0


def test_auroc_by_hand_and_with_ties() -> None:
    assert auroc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == pytest.approx(0.75)  # scikit-learn's own example
    assert auroc([1, 0], [0.5, 0.5]) == pytest.approx(0.5)
    assert auroc([1, 1, 0, 0], [4, 3, 2, 1]) == 1
    assert auroc([1, 1], [0, 1]) is None


def test_rouge_is_that_of_the_package() -> None:
    pytest.importorskip("rouge_score")
    scorer = RougeScorer("en")
    # The package's README: precision 0.75, recall 0.667 for the first of these.
    scores = scorer.add(["The quick brown dog jumps on the log."], ["The quick brown fox jumps over the lazy dog"])
    assert scores["rouge1"] == pytest.approx(0.7058823)
    # Common pairs: the quick, quick brown. 2 of 7 and 2 of 8.
    assert scores["rouge2"] == pytest.approx(2 * (2 / 7) * (2 / 8) / (2 / 7 + 2 / 8))
    second = scorer.add(["something else"], ["nothing like it", "something else"])
    assert second["rougeLsum"] == 1
    assert scorer.report()["rouge1"] == pytest.approx((scores["rouge1"] + 1) / 2)


def test_rouge_lsum_takes_sentences_by_themselves() -> None:
    pytest.importorskip("rouge_score")
    forward = RougeScorer("en").add(["the cat sat", "a dog ran"], [["a dog ran", "the cat sat"]])
    assert forward["rougeLsum"] == 1


def test_chinese_rouge_counts_characters() -> None:
    pytest.importorskip("rouge_score")
    scores = RougeScorer("zh").add(["合同总价为一百万元"], ["合同价为一百万"])
    # All 7 characters of the reference are among the 9 of the summary.
    assert scores["rouge1"] == pytest.approx(2 * (7 / 9) / (7 / 9 + 1))
    assert RougeScorer("en").add(["合同总价"], ["合同总价"])["rouge1"] == 0


def test_accuracy_and_macro_f1() -> None:
    gold, predicted = ["a", "a", "b", "c"], ["a", "b", "b", None]
    assert accuracy(gold, predicted) == 0.5
    # a: P 1, R 1/2 -> 2/3; b: P 1/2, R 1 -> 2/3; c: 0.
    assert macro_f1(gold, predicted) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    # scikit-learn's own example gives 0.26...
    assert macro_f1(list("012012"), list("021001")) == pytest.approx(0.2666667)
    assert accuracy([], []) == 0
    with pytest.raises(ValueError, match="one prediction"):
        accuracy(["a"], [])


def test_calibration_error_by_hand() -> None:
    # Bin (0.8, 0.9]: confidence 0.85, accuracy 0.5, weight 1/2; bin (0.9, 1]: 0.95 against 1.
    error = expected_calibration_error([0.82, 0.88, 0.95, 0.95], [1, 0, 1, 1])
    assert error == pytest.approx(0.5 * 0.35 + 0.5 * 0.05)
    assert expected_calibration_error([1.0, 0.0], [1, 0]) == 0
    assert expected_calibration_error([], []) == 0
    rng = np.random.default_rng(0)
    sure = rng.uniform(size=20_000)
    assert expected_calibration_error(sure, rng.uniform(size=20_000) < sure) < 0.02
