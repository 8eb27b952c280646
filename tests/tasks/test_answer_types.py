"""The prior over kinds of answers."""

from __future__ import annotations

import pytest

from assistant.tasks.answer_types import EMPTY, UNLIKE, likeness


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
    ],
)
def test_likeness(question: str, answer: str, expected: float) -> None:
    assert likeness(question, answer) == expected
