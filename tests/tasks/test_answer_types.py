"""The prior over kinds of answers."""

from __future__ import annotations

import pytest

from assistant.tasks.answer_types import EMPTY, UNLIKE, asked_kind, bare_question, likeness, wants_yes_or_no


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Who are the parties?", "Neither", EMPTY),
        ("Who are the parties?", "Northwind Analytics Ltd and Contoso Logistics GmbH", 1.0),
        ("Who may approve travel?", "Dr. Maria Keller", 1.0),
        ("Who may approve travel?", "a breach of it", UNLIKE),
        ("When are invoices due?", "thirty (30) days of receipt", 1.0),
        ("When are invoices due?", "an invoice in good faith", UNLIKE),
        ("How much is the fee?", "EUR 1,240,000", 1.0),
        ("How long does it last?", "three years", 1.0),
        ("How much is the fee?", "the fees", UNLIKE),
        ("谁是联系人？", "周明远", 1.0),
        ("合同总价是多少？", "人民币肆佰贰拾肆万元整", 1.0),
        ("什么时候交货？", "2024年8月31日", 1.0),
        ("什么时候交货？", "苏州市", UNLIKE),
        ("Why was it moved?", "the storm", 1.0),
        ("Who is the supplier?", "The Supplier", EMPTY),
        ("What is the annual fee?", "annual fee", EMPTY),
        ("甲方负责什么？", "甲方", EMPTY),
        ("Is the fee monthly or annual?", "annual", 1.0),
    ],
)
def test_likeness(question: str, answer: str, expected: float) -> None:
    assert likeness(question, answer) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Is the supplier liable for loss of profit?",
        "Can either party terminate for convenience?",
        "Does the fee include travel?",
        "May the client audit the supplier?",
        "Could you tell me, is there a penalty?",
        "合同可以转让吗？",
        "是否需要购买保险？",
        "Ist der Lieferant haftbar?",
        "¿Puede el cliente rescindir el contrato?",
        "Peut-on résilier le contrat ?",
    ],
)
def test_questions_that_want_a_yes_or_a_no(question: str) -> None:
    assert wants_yes_or_no(question)


@pytest.mark.parametrize(
    "question",
    [
        "Can you tell me how much the fee is?",
        "Do you know when it ends?",
        "What is the fee?",
        "Who may terminate?",
        "In which case is it void?",
        "May 2024 revenue?",
        "为什么要终止合同？",
        "请问合同什么时候到期？",
        "Wer darf kündigen?",
        "¿Cuándo puede terminar?",
    ],
)
def test_questions_that_want_more_than_a_yes_or_a_no(question: str) -> None:
    assert not wants_yes_or_no(question)


def test_politeness_is_not_part_of_the_question() -> None:
    assert bare_question("Can you please tell me when invoices are due?") == "when invoices are due?"
    assert bare_question("请问卖方是谁？") == "卖方是谁？"
    assert bare_question("Do you know?") == "Do you know?"
    assert likeness("Could you tell me when it ends?", "in good faith") == UNLIKE


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Wann endet der Vertrag?", "time"),
        ("¿Cuándo termina?", "time"),
        ("¿De quién es?", "name"),
        ("Wie viele Tage?", "number"),
        ("In what year was it built?", "time"),
        ("Which company sells it?", "name"),
        ("有几个仓库？", "number"),
        ("What is it made of?", None),
    ],
)
def test_what_is_asked_for(question: str, kind: str | None) -> None:
    assert asked_kind(question) == kind
