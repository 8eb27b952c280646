"""Results as the engine gives them, with the words of the look's pictures; for the gallery and the tests."""

from __future__ import annotations

from pathlib import Path

from assistant.types import (
    Answer,
    Answers,
    Block,
    Classification,
    Document,
    Entities,
    Entity,
    Evidence,
    LabelScore,
    Mention,
    Page,
    Span,
    Summary,
    SummaryLevel,
)

PARAGRAPHS = (
    (
        "Northwind Analytics Ltd provides demand forecasting and route planning to Contoso Logistics GmbH from 1 March "
        "2024."
    ),
    "Contoso pays a fixed annual fee of EUR 1,240,000, invoiced quarterly in advance.",
    "Invoices are payable within thirty (30) days of receipt.",
    "Travel to Shenzhen and other sites outside Hamburg is reimbursed where Dr. Maria Keller has approved it before.",
    "Either party may terminate on ninety days’ written notice.",
    "Liability is limited to the fees paid in the twelve months before the claim.",
    "Disputes are settled by the Landgericht Hamburg under German law.",
)
PAGES = (1, 4, 4, 4, 4, 9, 12)
CHINESE = (
    "本合同由北京云图数据科技有限公司（以下简称甲方）与上海远航物流股份有限公司（以下简称乙方）于2024年3月1日签订。",
    "乙方应在收到发票后三十（30）日内付款，年度服务费为人民币1,240,000元。",
    "任何一方可提前九十日书面通知对方解除本合同。",
    "因本合同引起的争议，由北京市海淀区人民法院管辖。",
)


def document(paragraphs: tuple[str, ...] = PARAGRAPHS, name: str = "Services Agreement.pdf") -> Document:
    """A document of these paragraphs, one to a page (its pages here are not those that the results name)."""
    text, blocks, pages = "", [], []
    for number, paragraph in enumerate(paragraphs, 1):
        start = len(text)
        text += paragraph + "\n"
        blocks.append(Block(Span(start, len(text) - 1), "paragraph"))
        pages.append(Page(number, Span(start, len(text)), 595, 842, "layer"))
    language = "zh" if "\u4e00" <= paragraphs[0][0] <= "\u9fff" else "en"
    return Document(
        Path(name), "0" * 63 + str(len(paragraphs)), "pdf", text, tuple(pages), tuple(blocks), language, name
    )


def span_of(doc: Document, words: str) -> Span:
    start = doc.text.index(words)
    return Span(start, start + len(words))


def evidence(doc: Document, words: str, page: int, score: float = 0.8) -> Evidence:
    return Evidence(span_of(doc, words), page, words, score)


def summary(doc: Document, level: SummaryLevel = "short", pages: tuple[int, ...] = (1, 4, 4, 9, 12)) -> Summary:
    """The sentences of picture 1 (or the first ones of another document)."""
    paragraphs = [block.span.of(doc.text) for block in doc.blocks]
    chosen = [paragraphs[n] for n in (0, 1, 4, 5, 6)] if len(paragraphs) == len(PARAGRAPHS) else paragraphs
    if level == "sentence":
        chosen = chosen[:1]
    found = tuple(evidence(doc, words, page) for words, page in zip(chosen, (*pages, 20), strict=False))
    return Summary(level, found, "salience@1")


def entity(name: str, label: str, number: int, start: int, source: str = "model:entities@1") -> Entity:
    """An entity with ``number`` mentions, 1,000 code points apart from ``start``."""
    mentions = tuple(
        Mention(Span(start + 1000 * n, start + 1000 * n + len(name)), 1 + n, name, label, 0.97, source)
        for n in range(number)
    )
    return Entity(label, name, mentions, 0.97)


def entities(complete: bool = True) -> Entities:
    """The list of picture 1, with one entity of every further group and a long name."""
    rows = (
        ("Northwind Analytics Ltd", "ORGANIZATION", 14),
        ("Contoso Logistics GmbH", "ORGANIZATION", 9),
        ("Landgericht Hamburg", "ORGANIZATION", 1),
        ("Dr. Maria Keller", "PERSON", 6),
        ("James Okafor", "PERSON", 4),
        ("Hamburg", "LOCATION", 5),
        ("Shenzhen", "LOCATION", 2),
        ("1 March 2024", "DATE", 3),
        ("30 June 2027", "DATE", 2),
        ("EUR 1,240,000", "MONEY", 2),
        ("2.5%", "PERCENT", 1),
        ("legal@northwind.example", "EMAIL", 1),
        ("DE89 3704 0044 0532 0130 00", "IDENTIFIER", 1),
        ("Incoterms 2020", "WORK", 1),
        ("Internationale Kommission für die Angelegenheiten des Elbeverkehrs und der Binnenhäfen", "MISC", 3),
        ("上海远航物流股份有限公司", "MISC", 2),
    )
    found = tuple(entity(name, label, number, 10 + 40 * n) for n, (name, label, number) in enumerate(rows))
    mentions = tuple(sorted((m for e in found for m in e.mentions), key=lambda m: m.span))
    return Entities(found, mentions, "entities@1", complete)


def many_entities(number: int) -> Entities:
    """``number`` entities of all labels with one to five mentions."""
    labels = ("ORGANIZATION", "PERSON", "LOCATION", "DATE", "MONEY", "EMAIL", "WORK")
    found = tuple(entity(f"Name {n:05d}", labels[n % len(labels)], 1 + n % 5, 10 * n) for n in range(number))
    return Entities(found, tuple(m for e in found for m in e.mentions), "entities@1")


def classification(unsure: bool = False) -> Classification:
    doc = document()
    scores = (0.97, 0.02, 0.006, 0.002, 0.001, 0.001) if not unsure else (0.31, 0.27, 0.2, 0.12, 0.06, 0.04)
    labels = ("contract", "letter", "report", "form", "invoice", "scientific_paper")
    found = tuple(LabelScore(label, score) for label, score in zip(labels, scores, strict=True))
    proof = (evidence(doc, PARAGRAPHS[1], 4), evidence(doc, PARAGRAPHS[4], 4), evidence(doc, PARAGRAPHS[6], 12))
    return Classification(found, None if unsure else "contract", proof, "base@1")


def answer(doc: Document, words: str, page: int, score: float) -> Answer:
    span = span_of(doc, words)
    sentence = next(block.span for block in doc.blocks if block.span.contains(span))
    return Answer(span, page, words, score, sentence)


def invoices_due(doc: Document) -> Answers:
    return Answers(
        "When are invoices due?", answer(doc, "thirty (30) days of receipt", 4, 0.94), (),
        (evidence(doc, PARAGRAPHS[2], 4),), "answers@1",
    )  # fmt: skip


def approves_travel(doc: Document) -> Answers:
    others = (answer(doc, "Contoso Logistics GmbH", 1, 0.41), answer(doc, "Either party", 4, 0.12))
    return Answers("Who may approve travel?", answer(doc, "Dr. Maria Keller", 4, 0.71), others, (), "answers@1")


def liability_in_dollars(doc: Document) -> Answers:
    return Answers(
        "What is the liability cap in dollars?", None, (), (evidence(doc, PARAGRAPHS[5], 9, 0.4),), "answers@1"
    )
