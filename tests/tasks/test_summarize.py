from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assistant.errors import Cancelled
from assistant.jobs import Context
from assistant.tasks.base import FloatArray
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import document_of_sentences, plain_document
from assistant.tasks.prose import (
    exactness,
    is_boilerplate,
    is_dangling,
    is_definition,
    is_fragment,
    is_sources_title,
    is_summary_sentence,
    is_unresolved,
)
from assistant.tasks.summarize import (
    Aspects,
    SummaryOptions,
    candidates,
    extract,
    lexrank,
    sections,
    sentence_count,
    sources_of,
    summarize,
)
from assistant.types import Block, Passage, Span
from helpers.small_models import WIDTH, SmallEncoder

SECTIONS = {
    "Fees": "The annual fee of the service is 1,240,000 euros and is paid by the customer in four equal parts.",
    "Term": "The agreement begins on 1 March 2024 and continues for an initial period of forty months after that day.",
    "Liability": "The liability of each company for damage is limited to the amount that was paid in the same year.",
    "Staff": "The supplier names a programme manager who is the first contact of the customer in daily questions.",
}
TEXT = "\n\n".join(
    f"{title}\n\n{sentence} Further details about {title.lower()} number {n} are agreed between the sides in writing."
    f" Everything else that concerns {title.lower()} in part {n} is left to the usual practice of the trade."
    for n in range(3)
    for title, sentence in SECTIONS.items()
)


def build(text: str) -> DocumentIndex:
    return DocumentIndex.build(plain_document(text, "en"), SmallEncoder(), Context())


@pytest.fixture(scope="module")
def index() -> DocumentIndex:
    return build(TEXT)


class FirstWords:
    """A salience model that likes sentences about liability."""

    name = "salience@1"

    def __init__(self, index: DocumentIndex, word: str) -> None:
        self._chances = np.array([float(word in index.text(n)) for n in range(len(index.sentences))], dtype=np.float32)
        self.seen = 0

    def scores(self, vectors: FloatArray, lengths: list[int]) -> FloatArray:
        assert vectors.shape == (len(lengths), WIDTH)
        self.seen = len(lengths)
        return self._chances


@pytest.mark.parametrize("level", ["sentence", "short", "detailed"])
def test_sentences_are_the_documents_own_in_order_and_with_their_places(index: DocumentIndex, level: str) -> None:
    summary = summarize(index.document, index, None, level)  # type: ignore[arg-type]
    assert 1 <= len(summary.sentences) <= 20
    starts = [item.span.start for item in summary.sentences]
    assert starts == sorted(set(starts))
    whole = {sentence.span for sentence in index.sentences}
    for item in summary.sentences:
        assert item.span in whole
        assert item.text == item.span.of(index.document.text)
        assert 0 <= item.score <= 1
        assert item.page == 1


def test_levels_differ_in_length(index: DocumentIndex) -> None:
    lengths = [
        len(summarize(index.document, index, None, level).sentences) for level in ("sentence", "short", "detailed")
    ]
    assert lengths[0] == 1
    assert 3 <= lengths[1] <= 7 < lengths[2]


def test_nothing_is_said_twice(index: DocumentIndex) -> None:
    # Each of the four statements stands in the text three times, word for word.
    texts = [item.text for item in summarize(index.document, index, None, "detailed").sentences]
    assert len(set(texts)) == len(texts)


def test_the_whole_of_a_long_document_is_covered() -> None:
    rng = np.random.default_rng(1)
    words = [f"word{n}" for n in range(400)]
    parts = []
    for part in range(30):
        own = rng.choice(words, 25)
        for _ in range(10):
            parts.append(" ".join(["The", *rng.choice(own, 14)]) + f" of part {part} here.")
    index = build("\n\n".join(parts))
    chosen = summarize(index.document, index, None, "detailed").sentences
    places = np.array([item.span.start for item in chosen]) / len(index.document.text)
    for quarter in range(4):
        assert ((places >= quarter / 4) & (places < (quarter + 1) / 4)).sum() >= 1


def test_the_trained_head_counts_and_sees_every_sentence(index: DocumentIndex) -> None:
    model = FirstWords(index, "programme manager")
    summary = summarize(index.document, index, model, "sentence", options=SummaryOptions(head=0.9))
    assert "programme manager" in summary.sentences[0].text
    assert model.seen == len(index.sentences)
    assert summary.model == "salience@1"


def test_aspects_are_told_first(index: DocumentIndex) -> None:
    texts = ("agreement begins and continues: initial period", "liability is limited to the amount")
    aspects = Aspects(texts, SmallEncoder().embed(texts, "query", Context()))
    gist = summarize(index.document, index, None, "sentence", aspects=aspects)
    assert "1 March 2024" in gist.sentences[0].text
    short = " ".join(item.text for item in summarize(index.document, index, None, "short", aspects=aspects).sentences)
    assert "1 March 2024" in short
    assert "liability of each company" in short


def test_headings_tables_and_contents_are_not_summary_sentences() -> None:
    document, spans = document_of_sentences(
        [
            "A heading that is long enough to look like a whole sentence of text.",
            "Revenue in the year 2024 and in the year before it was as follows here.",
            "The harbour handled more cargo in this year than in any other year of its history.",
        ],
        "en",
    )
    kinds = ("heading", "table_row", "paragraph")
    blocks = tuple(Block(item.span, kind) for item, kind in zip(spans, kinds, strict=True))
    document = type(document)(
        document.path, document.sha256, "txt", document.text, document.pages, blocks, "en", document.title
    )
    sentences = tuple(type(item)(item.span, number) for number, item in enumerate(spans))
    passages = [Passage(Span(0, len(document.text)), (0, 3))]
    index = DocumentIndex.encode(document, sentences, passages, SmallEncoder(), Context())
    assert candidates(document, index) == [2]


def listed(items: list[str]) -> DocumentIndex:
    document, spans = document_of_sentences(items, "en")
    blocks = tuple(Block(item.span, "list_item") for item in spans)
    document = type(document)(
        document.path, document.sha256, "txt", document.text, document.pages, blocks, "en", document.title
    )
    sentences = tuple(type(item)(item.span, number) for number, item in enumerate(spans))
    passages = [Passage(Span(0, len(document.text)), (0, len(spans)))]
    return DocumentIndex.encode(document, sentences, passages, SmallEncoder(), Context())


def test_of_lists_only_their_sentences_where_they_have_any() -> None:
    index = listed(
        [
            "• Some italic bold underline",
            "• The harbour is closed on Sunday.",
            "• replace her only with the consent of the other party.",
            "• The budget of the next year was approved without a vote by all members.",
        ]
    )
    assert candidates(index.document, index) == [1, 3]


def test_of_lists_without_sentences_what_there_is() -> None:
    items = [f"• Budget of part {number} approved for the year" for number in range(6)]
    index = listed(items)
    assert candidates(index.document, index) == list(range(6))
    # One sentence at the top of the slides is not all that they say.
    index = listed(["The board met on Monday in the town hall.", *items])
    assert candidates(index.document, index) == list(range(7))


def test_a_long_sentence_is_chosen_only_where_it_says_much_more() -> None:
    short = "The annual fee of the service is 1,240,000 euros and is paid by the customer in four parts."
    long = (
        short[:-1] + ", " + "and what else there is to say about fees is said here at some length, " * 8 + "as usual."
    )
    index = build(f"{long}\n\n{short}")
    rows = list(range(len(index.sentences)))
    of = {
        limit: extract(index.document, index, rows, None, 2, Context(), SummaryOptions(words=limit))
        for limit in (40, 999)
    }
    assert dict(of[40])[0] < 0.5 * dict(of[999])[0]
    assert dict(of[40])[1] == dict(of[999])[1]


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("replace her only with the consent of the other party.", True),
        ("(b) deliver the goods to the place named in the order.", True),
        ("iv) the day on which the notice was received.", True),
        ("2. and then of the remaining parts.", True),
        ("The Supplier delivers.", False),
        ("(b) The Supplier delivers.", False),
        ("eBay was founded in 1995.", False),
        ("12.3 Fees are due.", False),
        ("3 ships called.", False),
        ("2024 was a good year.", False),
        ("“Fee” means the annual fee.", False),
        ("本合同自签字之日起生效。", False),
    ],
)
def test_what_opens_in_the_middle_of_a_sentence(text: str, fragment: bool) -> None:
    assert is_fragment(text) is fragment


def test_the_opening_that_says_what_the_subject_is_is_the_gist() -> None:
    opening = "For many years it was not so. The harbour of Harrowmouth (or Harr) is a harbour on the north coast."
    text = f"# The Harbour of Harrowmouth\n\n{opening}\n\n{TEXT}"
    document = plain_document(text, "en")
    titled = replace(document, title="The Harbour of Harrowmouth - Guide")
    index = DocumentIndex.build(titled, SmallEncoder(), Context())
    gist = summarize(titled, index, FirstWords(index, "liability"), "sentence").sentences[0].text
    # Untitled, the same text has no subject to define.
    plain = DocumentIndex.build(document, SmallEncoder(), Context())
    other = summarize(document, plain, FirstWords(plain, "liability"), "sentence").sentences[0].text
    assert gist.startswith("The harbour of Harrowmouth")
    assert "liability" in other


@pytest.mark.parametrize(
    ("text", "title", "defines"),
    [
        ("Duck is the common name for numerous species of waterfowl.", "Duck - Wikipedia", True),
        ("The Eiffel Tower (French: tour Eiffel) is a lattice tower in Paris.", "Eiffel Tower", True),
        ("苏州市（简称苏）是江苏省下辖的地级市。", "苏州市", True),
        ("Ducklings are young ducks.", "Duckling and other birds", False),
        ("Ducklings grow. This is a fact.", "Ducklings", False),
        ("Anything is a thing.", "", False),
    ],
)
def test_what_defines_the_subject(text: str, title: str, defines: bool) -> None:
    assert is_definition(text, title) is defines


def test_lists_of_sources_are_left_out() -> None:
    body = "The harbour handled more cargo in this year than in any other year of its history, as the board reports."
    source = (
        "Roberts halts the revival of the harbour in the second part of the season, The Guardian, 4 May of that year."
    )
    texts = [
        "1 Introduction",
        body,
        "References",
        source,
        "Sources",
        source.upper().capitalize(),
        "Appendix",
        body[:-1] + " too.",
    ]
    levels = [1, 0, 1, 0, 2, 0, 1, 0]
    document, spans = document_of_sentences(texts, "en")
    blocks = tuple(
        Block(item.span, "heading" if level else "paragraph", level) for item, level in zip(spans, levels, strict=True)
    )
    headed = replace(document, blocks=blocks)
    sentences = tuple(type(item)(item.span, number) for number, item in enumerate(spans))
    passages = [Passage(Span(0, len(document.text)), (0, len(spans)))]
    index = DocumentIndex.encode(headed, sentences, passages, SmallEncoder(), Context())
    assert [part.start for part in sources_of(headed)] == [spans[2].span.start]
    assert candidates(headed, index) == [1, 7]
    # A title that is no heading counts after the first third only: before that it may be a line of the contents.
    flat = tuple(Block(item.span, "paragraph") for item in spans)
    assert [part.start for part in sources_of(replace(document, blocks=flat))] == [spans[4].span.start]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("References", True),
        ("7. Bibliography", True),
        ("参考文献", True),
        ("External links", True),
        ("References to the annexes", False),
        ("Notes on the text", False),
    ],
)
def test_titles_of_sources(text: str, title: bool) -> None:
    assert is_sources_title(text) is title


def test_a_document_without_prose_has_an_empty_summary() -> None:
    for text in (" ", "1 2 3\n\n4 5 6", "Contents\n\nPage 3 of 12"):
        index = build(text)
        assert summarize(index.document, index, None, "short").sentences == ()


def test_it_stops_when_told_to(index: DocumentIndex) -> None:
    ctx = Context()
    ctx.cancel()
    with pytest.raises(Cancelled):
        summarize(index.document, index, None, "detailed", ctx)


@pytest.mark.parametrize(
    ("text", "kind", "fits"),
    [
        ("The Supplier shall deliver the goods within thirty days after the order.", "paragraph", True),
        ("本合同自双方签字盖章之日起生效，有效期为三十六个月。", "paragraph", True),
        (
            "3.1 本合同总价为人民币肆佰贰拾肆万元整（¥4,240,000.00），为含税固定总价，其中增值税税率为13%。",
            "list_item",
            True,
        ),
        ("Too short to tell anything.", "paragraph", False),
        ("Page 3 of 12", "paragraph", False),
        ("第 3 页 共 12 页", "paragraph", False),
        ("1 Introduction ............................................................ 3", "paragraph", False),
        ("Figure 3: The number of ships that called at the harbour in each month.", "paragraph", False),
        ("[12] J. Smith and A. Jones, A study of harbours, in Proceedings of PORT, 2019.", "paragraph", False),
        ("IN WITNESS WHEREOF the parties have signed this agreement on the date below.", "paragraph", False),
        ("Archived (https://web.archive.org/x) from the original on the first of April 2019.", "paragraph", False),
        ("Text is available under the Creative Commons Attribution License; terms may apply.", "list_item", False),
        ("The Supplier shall observe all of the following rules on each of its sites:", "paragraph", False),
        ("Is this really the most important question of the entire annual report?", "paragraph", False),
        ("The Supplier shall deliver the goods within thirty days after the order.", "table_row", False),
        ("THE TERMS OF THIS NOTICE APPLY TO ALL OF THE SHAREHOLDERS OF THE COMPANY.", "paragraph", False),
        ("12,400 1,300 55,000 1,240,000 88,000 12,400 1,300 55,000 in total.", "paragraph", False),
    ],
)
def test_which_sentences_fit(text: str, kind: str, fits: bool) -> None:
    assert is_summary_sentence(text, kind) is fits  # type: ignore[arg-type]


def test_forms() -> None:
    assert is_boilerplate("All rights reserved.")
    assert not is_boilerplate("The figures of the year are better than those of the year before.")
    assert is_dangling("However, the fee was raised.")
    assert is_dangling("因此，双方终止合同。")
    assert not is_dangling("Sorting is fast.")
    assert exactness("4.1 The fee is EUR 1,240,000, due on 1 March 2024.") > exactness("4.1 The fee is due later.")


def test_lexrank_is_a_distribution_that_favours_what_many_resemble() -> None:
    rng = np.random.default_rng(0)
    subject = rng.normal(size=32)
    rows = [subject + 0.4 * rng.normal(size=32) for _ in range(8)] + [rng.normal(size=32) for _ in range(4)]
    vectors = np.array(rows, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rank = lexrank(vectors, 12.0, 0.85, Context())
    assert rank.sum() == pytest.approx(1)
    assert rank[:8].min() > rank[8:].max()
    assert len(lexrank(np.zeros((0, 32), dtype=np.float32), 12.0, 0.85, Context())) == 0


def test_lexrank_of_very_many_sentences_uses_a_sample_and_agrees_with_the_whole() -> None:
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(4400, 8)).astype(np.float32)
    vectors[::2] += np.array([1.5] + [0] * 7, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rank = lexrank(vectors, 4.0, 0.85, Context(), iterations=5)
    assert rank.shape == (4400,)
    assert rank.sum() == pytest.approx(1)
    assert rank[::2].mean() > rank[1::2].mean()


@pytest.mark.parametrize(
    ("prose", "expected"), [(0, (0, 0, 0)), (1, (1, 1, 1)), (6, (1, 2, 3)), (40, (1, 5, 12)), (3000, (1, 7, 20))]
)
def test_length_grows_with_the_document(prose: int, expected: tuple[int, int, int]) -> None:
    assert tuple(sentence_count(level, prose) for level in ("sentence", "short", "detailed")) == expected


def test_a_note_of_short_sentences_is_summarized_from_them() -> None:
    short = build("Call Ann.\n\nThe crane is late.\n\nMonday, noon")
    summary = summarize(short.document, short, None, "short")
    assert [item.text for item in summary.sentences]
    assert {item.text for item in summary.sentences} <= {"Call Ann.", "The crane is late."}


def test_sections_cover_all_candidates_once(index: DocumentIndex) -> None:
    rows = candidates(index.document, index)
    parts = sections(index.document, index, rows, 5)
    assert [number for part in parts for number in part] == list(range(len(rows)))
    assert len(parts) >= 3


@pytest.mark.parametrize(
    "text",
    [
        "It was closed in the year after that.",
        "This means that the fee is due at once.",
        "These are the most common causes of a fire.",
        "However, they were not told about the change.",
        "That was the last ship which left the harbour.",
        "Its members meet four times a year.",
        "这意味着费用立即到期。",
        "其价格由双方商定。",
    ],
)
def test_a_pronoun_at_the_start_is_seen(text: str) -> None:
    assert is_unresolved(text)


@pytest.mark.parametrize(
    "text",
    [
        "This agreement begins on 1 March 2024.",
        "It is recommended that the filter be changed every month.",
        "These terms and conditions govern the use of the service.",
        "That company was founded in 1990.",
        "Italy joined in the following year.",
        "Theirry Ltd is a company of the north.",
        "其他费用由乙方承担。",
        "这家公司成立于1990年。",
    ],
)
def test_what_stands_for_itself_is_not_taken_for_a_pronoun(text: str) -> None:
    assert not is_unresolved(text)


def test_no_summary_opens_with_a_pronoun_while_there_is_a_choice() -> None:
    pronouns = "It was given its present form by the board in the spring. This means that no company may leave it now."
    index = build(TEXT.replace(" Further details", f" {pronouns} Further details"))
    likes = FirstWords(index, "present form")
    for level in ("sentence", "short", "detailed"):
        summary = summarize(index.document, index, likes, level)  # type: ignore[arg-type]
        assert not [item.text for item in summary.sentences if item.text.startswith(("It ", "This "))]
    alone = build("It was given its present form by the board in the spring of the last year.")
    assert len(summarize(alone.document, alone, None, "sentence").sentences) == 1


def test_what_is_measured_is_what_is_shown(index: DocumentIndex) -> None:
    rows = candidates(index.document, index)
    wanted = sentence_count("short", len(rows))
    shown = summarize(index.document, index, None, "short").sentences
    chosen = extract(index.document, index, rows, None, wanted, Context())
    assert [index.sentences[row].span for row, _ in chosen] == [item.span for item in shown]
    assert extract(index.document, index, [], None, 3, Context()) == []
