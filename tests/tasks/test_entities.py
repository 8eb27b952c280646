"""Entities: decoding, merging, grouping and the whole flow, with a deterministic classifier over white-space tokens."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import Cancelled
from assistant.inference.catalog import Catalog
from assistant.inference.runtime import Runtime
from assistant.inference.tokenizer import Encoding
from assistant.jobs import Context, JobContext, Progress
from assistant.tasks.entities import WINDOW, find_entities
from assistant.tasks.entity_decoding import Tags, best_path, decode, trim
from assistant.tasks.entity_grouping import group, is_title
from assistant.tasks.entity_merging import PageFinder, merge, with_seats
from assistant.types import Block, BlockKind, Document, Entities, Entity, Mention, Page, Span

LABELS = ("PERSON", "ORGANIZATION", "LOCATION", "DATE", "EVENT")
TAGS = ("O", *(f"{tag}-{label}" for label in LABELS for tag in "BI"))


class Words:
    """Runs of non-space as pieces, long ones cut in two; one piece for each Chinese character."""

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        encodings = []
        for text in texts:
            spans = []
            for found in re.finditer(r"[\u4e00-\u9fff]|[A-Za-z]+|\d+|[^\sA-Za-z\d\u4e00-\u9fff]", text):
                start, end = found.span()
                middle = start + 4 if end - start > 6 else end
                spans += [(start, middle), (middle, end)] if middle < end else [(start, end)]
            array = np.array(spans, dtype=np.int32).reshape(-1, 2)
            ids = np.array([hash(text[start:end]) % 1000 for start, end in spans], dtype=np.int32)
            encodings.append(Encoding(ids, array[:, 0], array[:, 1]))
        return encodings


class Gazetteer:
    """A classifier that knows a few names: a table in place of weights."""

    name = "names@1"
    labels = TAGS

    def __init__(self, names: dict[str, tuple[str, float]]) -> None:
        self.tokenizer = Words()
        self.sizes: list[int] = []
        self._names = {}
        for name, (label, probability) in names.items():
            ids = tuple(int(i) for i in self.tokenizer.encode([name])[0].ids)
            self._names[ids] = (label, probability)

    def logits(self, encodings: Sequence[Encoding], ctx: JobContext) -> Iterator[tuple[int, np.ndarray]]:
        for index in reversed(range(len(encodings))):
            ctx.check()
            ids = [int(i) for i in encodings[index].ids]
            self.sizes.append(len(ids))
            scores = np.zeros((len(ids), len(TAGS)), dtype=np.float32)
            scores[:, 0] = 12.0
            for name, (label, probability) in self._names.items():
                for at in range(len(ids) - len(name) + 1):
                    if tuple(ids[at : at + len(name)]) == name:
                        for k in range(len(name)):
                            column = TAGS.index(("I-" if k else "B-") + label)
                            scores[at + k] = np.log((1 - probability) / (len(TAGS) - 1) + 1e-9)
                            scores[at + k, column] = np.log(probability)
            yield index, scores


def make_document(pages: Sequence[Sequence[str | tuple[BlockKind, str]]], language: str = "en") -> Document:
    text, blocks, spans = "", [], []
    for parts in pages:
        begin = len(text)
        for part in parts:
            kind, words = part if isinstance(part, tuple) else ("paragraph", part)
            blocks.append(Block(Span(len(text), len(text) + len(words)), kind))
            text += words + "\n"
        spans.append(Span(begin, len(text)))
    numbered = tuple(Page(number, span, 595, 842, "layer") for number, span in enumerate(spans, 1))
    return Document(Path("x.pdf"), "0" * 64, "pdf", text, numbered, tuple(blocks), language, "")


def listed(found: Entities) -> list[tuple[str, str, str]]:
    return [(mention.label, mention.text, mention.source.partition(":")[0]) for mention in found.mentions]


def by_name(found: Entities) -> dict[str, Entity]:
    return {entity.name: entity for entity in found.entities}


def test_rules_alone_find_dates_and_amounts_with_their_pages() -> None:
    document = make_document(
        [
            ["Signed on 1 March 2024."],
            [("running_head", "Draft of 5 May 2020"), "Fee: EUR 1,240,000, again 2024-03-01."],
        ]
    )
    found = find_entities(document, None, Context())
    assert [(m.label, m.text, m.page, m.value) for m in found.mentions] == [
        ("DATE", "1 March 2024", 1, "2024-03-01"),
        ("MONEY", "EUR 1,240,000", 2, "EUR 1240000"),
        ("DATE", "2024-03-01", 2, "2024-03-01"),
    ]
    assert found.model == "rules"
    assert found.complete
    # Equal dates are one entity, whatever their form.
    assert [(entity.label, len(entity.mentions), entity.value) for entity in found.entities] == [
        ("DATE", 2, "2024-03-01"),
        ("MONEY", 1, "EUR 1240000"),
    ]


def test_rules_do_not_reach_over_the_end_of_a_block() -> None:
    document = make_document([["Total 5", "March 2024 was cold."]])
    assert [m.text for m in find_entities(document, None, Context()).mentions] == ["March 2024"]


def test_model_and_rules_are_merged() -> None:
    model = Gazetteer(
        {
            "Jane Smith": ("PERSON", 0.95),
            "March 2024": ("DATE", 0.9),
            "Olympic Games 2024": ("EVENT", 0.9),
            "Atlantis": ("LOCATION", 0.4),
        }
    )
    document = make_document([["Dr. Jane Smith's letter of 1 March 2024 on the Olympic Games 2024 in Atlantis."]])
    found = find_entities(document, model, Context())
    assert listed(found) == [
        ("PERSON", "Jane Smith", "model"),
        ("DATE", "1 March 2024", "rule"),
        ("EVENT", "Olympic Games 2024", "model"),
    ]
    assert found.mentions[0].source == "model:names@1"
    assert 0.9 < found.mentions[0].score <= 0.96
    assert "Atlantis" in {m.text for m in find_entities(document, model, Context(), thresholds=0.2).mentions}
    assert "Atlantis" in {
        m.text for m in find_entities(document, model, Context(), thresholds={"LOCATION": 0.2}).mentions
    }


def test_a_certain_name_is_found_everywhere_as_a_whole_word() -> None:
    class Once(Gazetteer):
        """Sees a name only in its first window."""

        def logits(self, encodings: Sequence[Encoding], ctx: JobContext) -> Iterator[tuple[int, np.ndarray]]:
            for index, scores in super().logits(encodings, ctx):
                if self.sizes[1:]:
                    scores[:] = 0.0
                    scores[:, 0] = 9.0
                yield index, scores

    model = Once({"Northwind Analytics": ("ORGANIZATION", 0.95), "Jane": ("PERSON", 0.9)})
    document = make_document(
        [
            ["Northwind Analytics hired Jane."],
            ["We trust Northwind\nAnalytics. Northwind Analyticsx is another. So did Jane."],
        ]
    )
    found = find_entities(document, model, Context())
    assert listed(found) == [
        ("ORGANIZATION", "Northwind Analytics", "model"),
        ("PERSON", "Jane", "model"),
        ("ORGANIZATION", "Northwind\nAnalytics", "document"),
    ]
    assert found.mentions[2].page == 2
    assert len(by_name(found)["Northwind Analytics"].mentions) == 2


def mention(text: str, name: str, label: str, start: int = 0, score: float = 0.9) -> Mention:
    at = text.index(name, start)
    return Mention(Span(at, at + len(name)), 1, name, label, score, "model:m@1")


@pytest.mark.parametrize(
    ("label", "forms", "groups"),
    [
        ("ORGANIZATION", ["Acme Ltd", "ACME Limited", "Acme"], 1),
        ("ORGANIZATION", ["Muster GmbH", "Muster AG", "Muster"], 1),
        ("ORGANIZATION", ["北京星河科技有限公司", "北京星河科技股份有限公司", "北京星河科技"], 1),
        ("ORGANIZATION", ["Acme Ltd", "Apex Ltd"], 2),
        ("ORGANIZATION", ["European Central Bank (ECB)", "ECB"], 1),
        ("ORGANIZATION", ["European Central Bank", "ECB"], 2),
        ("ORGANIZATION", ["European Central Bank (XYZ)", "XYZ"], 2),
        ("PERSON", ["Jane Smith", "Smith", "Dr. Smith", "Ms Jane Smith"], 1),
        ("PERSON", ["Jane Smith", "Paul Smith", "Smith"], 3),
        ("PERSON", ["王小明先生", "王小明", "王小明女士"], 1),
        ("PERSON", ["Jane", "Jane Smith"], 2),
        ("LOCATION", ["New York", "New\nYork", "NEW YORK"], 1),
    ],
)
def test_grouping(label: str, forms: list[str], groups: int) -> None:
    text, mentions = "", []
    for form in forms:
        name = form.partition(" (")[0]
        mentions.append(Mention(Span(len(text), len(text) + len(name)), 1, name, label, 0.9, "model:m@1"))
        text += form + " and "
    entities = group(mentions, text)
    assert len(entities) == groups, [(entity.name, len(entity.mentions)) for entity in entities]
    assert sum(len(entity.mentions) for entity in entities) == len(forms)


def test_the_seat_of_a_company_is_a_place() -> None:
    text = "Baltic Cloud Oy of Helsinki and Acme Ltd of Contoso GmbH"
    names = ["Baltic Cloud Oy", "Helsinki", "Acme Ltd", "Contoso GmbH"]
    found = with_seats([mention(text, name, "ORGANIZATION") for name in names], text)
    assert [item.label for item in found] == ["ORGANIZATION", "LOCATION", "ORGANIZATION", "ORGANIZATION"]
    listed = "Acme Ltd, Contoso"
    assert [
        item.label
        for item in with_seats([mention(listed, name, "ORGANIZATION") for name in ("Acme Ltd", "Contoso")], listed)
    ] == ["ORGANIZATION", "ORGANIZATION"]


def test_an_entity_has_its_fullest_name_without_the_title() -> None:
    text = "Dr. Smith met Prof. Jane Smith. Smith left."
    found = [
        mention(text, "Dr. Smith", "PERSON"),
        mention(text, "Prof. Jane Smith", "PERSON"),
        mention(text, "Smith", "PERSON", 31),
    ]
    assert [(entity.name, len(entity.mentions)) for entity in group(found, text)] == [("Jane Smith", 3)]


def test_entities_are_sorted_by_label_then_count_then_place() -> None:
    text = "Paris Rome Rome Jane Oslo"
    found = [
        mention(text, "Paris", "LOCATION"),
        mention(text, "Rome", "LOCATION"),
        mention(text, "Rome", "LOCATION", 8),
        mention(text, "Jane", "PERSON"),
        mention(text, "Oslo", "LOCATION"),
    ]
    assert [entity.name for entity in group(found, text)] == ["Jane", "Rome", "Paris", "Oslo"]


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("“Jane Smith,”", "PERSON", "Jane Smith"),
        ("Jane's", "PERSON", "Jane"),
        ("the European Union’s", "ORGANIZATION", "European Union"),
        ("The Hague", "LOCATION", "The Hague"),
        ("The Trial", "WORK", "The Trial"),
        ("Acme Inc.", "ORGANIZATION", "Acme Inc."),
        ("the U.S.", "LOCATION", "U.S."),
        ("Berlin.", "LOCATION", "Berlin"),
        ("University of Kent and", "ORGANIZATION", "University of Kent"),
        ("fire service of", "ORGANIZATION", "fire service"),
        ("(Berlin)", "LOCATION", "Berlin"),
        ("Acme (UK)", "ORGANIZATION", "Acme (UK)"),
        ("《红楼梦》", "WORK", "红楼梦"),
        ("北京。", "LOCATION", "北京"),
        ("...", "PERSON", None),
        ("((", "PERSON", None),
    ],
)
def test_trim(text: str, label: str, expected: str | None) -> None:
    span = trim(text, 0, len(text), label)
    assert (span.of(text) if span else None) == expected


def test_decoding_keeps_to_whole_words_and_to_valid_tags() -> None:
    text = "Jane Smithson lives"
    starts, ends = np.array([0, 5, 10, 14]), np.array([4, 10, 13, 19])
    logits = np.full((4, len(TAGS)), -9.0, dtype=np.float32)
    # "I-PERSON" first, then a B inside the word, then nothing: still one person over two whole words.
    for row, tag in enumerate(["I-PERSON", "I-PERSON", "O", "O"]):
        logits[row, TAGS.index(tag)] = 5.0
    logits[0, TAGS.index("B-PERSON")] = 4.0
    logits[2, TAGS.index("I-PERSON")] = 4.9
    found = decode(text, starts, ends, logits, Tags.of(TAGS))
    assert [(f.span.of(text), f.label) for f in found] == [("Jane Smithson", "PERSON")]
    cooler = decode(text, starts, ends, logits, Tags.of(TAGS), temperature=3.0)
    assert cooler[0].score < found[0].score


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(1, 3), st.integers(0, 10**6))
def test_best_path_is_the_best_valid_one(length: int, count: int, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(length, 2 * count + 1))
    path = best_path(scores, count)

    def valid(sequence: tuple[int, ...]) -> bool:
        before = 0
        for column in sequence:
            if column > count and before not in (column, column - count):
                return False
            before = column
        return True

    best = -np.inf
    stack: list[tuple[int, ...]] = [()]
    while stack:
        sequence = stack.pop()
        if len(sequence) == length:
            best = max(best, sum(scores[k, column] for k, column in enumerate(sequence)))
            continue
        stack += [(*sequence, column) for column in range(2 * count + 1) if valid((*sequence, column))]
        if len(stack) > 20_000:
            return
    assert valid(tuple(int(column) for column in path))
    assert np.isclose(sum(scores[k, column] for k, column in enumerate(path)), best)


def test_tags_must_be_bio() -> None:
    with pytest.raises(ValueError, match="BIO"):
        Tags.of(("O", "B-PERSON"))


def test_long_sentences_are_read_in_overlapping_windows() -> None:
    model = Gazetteer({"Jane Smith": ("PERSON", 0.95)})
    words = "word " * (WINDOW - 1) + "Jane Smith " + "word " * 300 + "Jane Smith"
    # One heading is one sentence; 500 words in it would be cut, so the words are short.
    text = words.replace("word", "w")
    found = find_entities(make_document([[text]]), model, Context())
    assert [m.span.start for m in found.mentions] == [m.start() for m in re.finditer("Jane", text)]
    assert {m.source for m in found.mentions} == {"model:names@1"}
    assert max(model.sizes) <= WINDOW


def test_visible_page_comes_first_and_partials_lead_to_the_whole() -> None:
    model = Gazetteer({"Jane Smith": ("PERSON", 0.95)})
    document = make_document(
        [[f"Jane Smith signed page {number} on {number} May 2024."] * 30 for number in range(1, 31)]
    )
    partials: list[Entities] = []
    progress: list[Progress] = []
    found = find_entities(document, model, Context(progress.append, partials.append), first_page=17)  # type: ignore[arg-type]
    assert partials
    assert {m.page for m in partials[0].mentions} == {17}
    assert not partials[0].complete
    assert found.complete
    assert len(found.mentions) == 1800
    assert set(partials[-1].mentions) <= set(found.mentions)
    done = [step.done for step in progress]
    assert done == sorted(done)
    assert (done[-1], progress[-1].total) == (900, 900)


def test_stops_when_told_to() -> None:
    document = make_document([["Jane Smith signed on 1 May 2024."] * 40] * 20)
    steps: list[Progress] = []

    def stop(step: Progress) -> None:
        steps.append(step)
        ctx.cancel()

    ctx = Context(stop)
    with pytest.raises(Cancelled):
        find_entities(document, None, ctx)
    assert len(steps) == 1


def test_empty_document() -> None:
    found = find_entities(make_document([[]]), Gazetteer({"Jane": ("PERSON", 0.9)}), Context())
    assert (found.entities, found.mentions, found.complete) == ((), (), True)


def test_page_finder_agrees_with_the_document() -> None:
    document = make_document([["One."], [], ["Three."], []])
    finder = PageFinder(document)
    assert [finder(k) for k in range(len(document.text) + 1)] == [
        document.page_at(k) for k in range(len(document.text) + 1)
    ]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9), st.booleans(), st.floats(0, 1)), max_size=30))
def test_merged_mentions_never_overlap(rows: list[tuple[int, int, bool, float]]) -> None:
    made = [
        Mention(Span(start, start + size), 1, "x" * size, "DATE", score, "rule:date" if rule else "model:m@1")
        for start, size, rule, score in rows
    ]
    kept = merge([m for m in made if m.source == "model:m@1"], [m for m in made if m.source == "rule:date"])
    assert all(a.span.end <= b.span.start for a, b in itertools.pairwise(kept))
    # Nothing was left out for which there was room.
    assert all(any(m.span.overlaps(k.span) for k in kept) for m in made)


def test_with_the_real_model(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    if not (root / "models/entities/manifest.json").is_file():
        pytest.skip("the entity model is not made yet")
    catalog = Catalog(root / "models", tmp_path / "own", tmp_path / "cache", Runtime(tmp_path / "provider.json"))
    model = catalog.entities()
    text = "Angela Merkel met Emmanuel Macron in Paris. Siemens AG signed on 1 March 2024 for EUR 5 million."
    found = find_entities(make_document([[text]]), model, Context())
    names = {(entity.label, entity.name) for entity in found.entities}
    assert {("PERSON", "Angela Merkel"), ("LOCATION", "Paris"), ("DATE", "1 March 2024")} <= names


@pytest.mark.parametrize(
    ("name", "title"), [("Dr.", True), ("Mrs", True), ("Prof. Dr.", True), ("Dr. Keller", False), ("Hon", True)]
)
def test_titles_alone_are_nobody(name: str, title: bool) -> None:
    assert is_title(name) is title
