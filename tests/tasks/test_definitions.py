"""Fields, aliases and collective names as answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.tasks.definitions import asked_definition
from assistant.tasks.plain import plain_document
from assistant.types import Document

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def contract() -> Document:
    return plain_document((DATA / "services-agreement.txt").read_text(encoding="utf-8"), "en")


@pytest.fixture(scope="module")
def chinese() -> Document:
    return plain_document((DATA / "purchase-contract-zh.gb18030.txt").read_text(encoding="gb18030"), "zh")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who is the Supplier?", "Northwind Analytics Ltd"),
        ("who's the client", "Contoso Logistics GmbH"),
        ("Can you tell me who the client is?", "Contoso Logistics GmbH"),
    ],
)
def test_aliases(contract: Document, question: str, answer: str) -> None:
    span = asked_definition(contract, question)
    assert span is not None
    assert span.of(contract.text) == answer


@pytest.mark.parametrize("question", ["Who are the parties?", "Who are the parties to this?"])
def test_a_collective_name_stands_for_all_it_was_given_to(contract: Document, question: str) -> None:
    span = asked_definition(contract, question)
    assert span is not None
    text = span.of(contract.text)
    assert text.startswith("Northwind Analytics Ltd, a company")
    assert "Contoso Logistics GmbH" in text
    assert "each a" not in text


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("卖方是谁？", "深圳市远衡精密仪器股份有限公司"),
        ("请问谁是甲方？", "青岚河智能装备有限公司"),
        ("合同编号是什么？", "QLH-CG-2024-0386"),
        ("签订日期是哪天？", "2024年4月18日"),
    ],
)
def test_fields_of_a_chinese_contract(chinese: Document, question: str, answer: str) -> None:
    span = asked_definition(chinese, question)
    assert span is not None
    assert span.of(chinese.text) == answer


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("Invoice number: 2024-118.\n\nBill to: Acme Ltd", "What is the invoice number?", "2024-118"),
        ("Total due: EUR 2,142.00", "What is the total due?", "EUR 2,142.00"),
        ('The Acme Corporation (hereinafter the "Seller") sells.', "Who is the seller?", "The Acme Corporation"),
    ],
)
def test_fields_and_definitions(text: str, question: str, answer: str) -> None:
    document = plain_document(text, "en")
    span = asked_definition(document, question)
    assert span is not None
    assert span.of(text) == answer


@pytest.mark.parametrize(
    "question",
    [
        "When must the Supplier return the data?",
        "What is the fee?",
        "Who approves travel for the client?",
        "What?",
    ],
)
def test_what_asks_for_more_than_a_term_is_left_to_the_reader(contract: Document, question: str) -> None:
    assert asked_definition(contract, question) is None


@pytest.mark.parametrize("question", ["合同双方是谁？", "双方当事人是谁", "本合同的当事人有哪些？"])
def test_both_sides_of_a_chinese_contract(chinese: Document, question: str) -> None:
    span = asked_definition(chinese, question)
    assert span is not None
    text = span.of(chinese.text)
    assert text.startswith("青岚河智能装备有限公司")
    assert text.endswith("深圳市远衡精密仪器股份有限公司")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("合同总价是多少？", "人民币肆佰贰拾肆万元整（¥4,240,000.00）"),
        ("质量保证期是多长？", "自《最终验收证书》签署之日起的二十四个月"),
        ("质保期多长？", "自《最终验收证书》签署之日起的二十四个月"),
        ("增值税税率是多少？", "13%"),
    ],
)
def test_clauses_that_say_what_one_thing_is(chinese: Document, question: str, answer: str) -> None:
    span = asked_definition(chinese, question)
    assert span is not None
    assert span.of(chinese.text) == answer


def test_a_quoted_term_that_means_something() -> None:
    document = plain_document("“Contract Year” means a period of twelve months; “Fee” is what is paid.", "en")
    span = asked_definition(document, "What is a Contract Year?")
    assert span is not None
    assert span.of(document.text) == "a period of twelve months"


@pytest.mark.parametrize("question", ["合同总价包含什么？", "质保金多少？", "双方如何解决争议？", "保险费是多少？"])
def test_what_is_more_than_a_term_is_left_to_the_reader(chinese: Document, question: str) -> None:
    assert asked_definition(chinese, question) is None
