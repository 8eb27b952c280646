from __future__ import annotations

import json

import pytest

from assistant.errors import Cancelled, UserError
from assistant.jobs import Context
from assistant.paths import Paths
from assistant.tasks.classify import ClassifyOptions, Cues, TypeEmbedder, classify, summary_aspects
from assistant.tasks.document_types import (
    FILE_NAME,
    Cue,
    DocumentType,
    load_types,
    read_types,
    save_types,
    types_for_labels,
    types_hash,
)
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import plain_document
from assistant.tasks.traits import TRAITS, Traits
from assistant.types import Classification
from helpers.small_models import SmallEncoder

CONTRACT = """Services Agreement

This Agreement is entered into by and between the parties. Either party may terminate this Agreement upon notice.

1.1 The Supplier shall deliver the goods. 1.2 The Client shall pay the fee.

IN WITNESS WHEREOF the parties have signed."""

CUES = (Cue("agreement", "head", 1.5), Cue("in witness whereof", "any", 1.0), Cue("合同", "head", 1.5))
TYPES = (
    DocumentType(
        "contract",
        "Contract",
        "合同",
        "An agreement between parties about fees and termination.",
        "合同",
        cues=CUES,
        aspects=("the fee",),
    ),
    DocumentType(
        "recipe", "Recipe", "菜谱", "How to cook a dish from flour and eggs.", "菜谱", cues=(Cue("flour", "any", 1.0),)
    ),
    DocumentType("email", "E-mail", "邮件", "A message from a sender.", "邮件", formats={"eml": 4.0}),
)


def run(text: str, types: tuple[DocumentType, ...] = TYPES, options: ClassifyOptions | None = None) -> Classification:
    document = plain_document(text)
    index = DocumentIndex.build(document, SmallEncoder(), Context())
    return classify(document, index, SmallEncoder(), types, Context(), options=options)


def test_a_contract_is_a_contract_and_its_sentences_say_why() -> None:
    found = run(CONTRACT)
    assert found.label == "contract"
    assert found.scores[0].label == "contract"
    assert sum(item.score for item in found.scores) == pytest.approx(1)
    assert [item.score for item in found.scores] == sorted((item.score for item in found.scores), reverse=True)
    assert {item.label for item in found.scores} == {item.id for item in TYPES}
    assert found.evidence
    assert all(item.text == item.span.of(CONTRACT) and 0 <= item.score <= 1 for item in found.evidence)
    assert any("greement" in item.text for item in found.evidence)


def test_what_fits_no_type_is_unsure() -> None:
    even = ClassifyOptions(temperature=1e6)
    assert run(CONTRACT, options=even).label is None
    assert run("").label is None
    assert run("").scores[0].score == pytest.approx(1 / 3)
    twins = (TYPES[0], DocumentType("twin", *(getattr(TYPES[0], name) for name in DocumentType.__slots__[1:])))
    assert run(CONTRACT, twins).label is None


def test_one_type_alone_is_certain() -> None:
    assert run(CONTRACT, TYPES[:1]).label == "contract"


def test_cues_are_whole_words_in_their_place() -> None:
    filler = "Something else entirely. " * 60
    assert Cues(plain_document("Service Agreement\n\nText.")).score(TYPES[0]) == 1.5
    assert Cues(plain_document("Disagreements everywhere.")).score(TYPES[0]) == 0
    assert Cues(plain_document(filler + "\n\nAn agreement was made here.")).score(TYPES[0]) == 0
    assert Cues(plain_document(filler + "\n\nMuch flour.")).score(TYPES[1]) == 1.0
    assert Cues(plain_document("设备采购合同\n\n正文。")).score(TYPES[0]) == 1.5


def test_types_are_embedded_once_for_each_list_and_encoder() -> None:
    class Counting(SmallEncoder):
        calls = 0

        def embed(self, texts, kind, ctx):  # type: ignore[no-untyped-def]
            self.calls += 1
            return super().embed(texts, kind, ctx)

    encoder, embedder = Counting(), TypeEmbedder()
    first = embedder.vectors(TYPES, encoder, Context())
    assert embedder.vectors(TYPES, encoder, Context()) is first
    assert encoder.calls == 1
    embedder.vectors(TYPES[:2], encoder, Context())
    assert encoder.calls == 2


def test_it_stops_when_told_to() -> None:
    document = plain_document(CONTRACT)
    index = DocumentIndex.build(document, SmallEncoder(), Context())
    ctx = Context()
    ctx.cancel()
    with pytest.raises(Cancelled):
        classify(document, index, SmallEncoder(), TYPES, ctx)


def test_the_type_tells_what_a_summary_should_say() -> None:
    document = plain_document(CONTRACT)
    found = run(CONTRACT)
    aspects = summary_aspects(document, found, TYPES, SmallEncoder(), Context())
    assert aspects is not None
    assert aspects.texts == ("the fee",)
    assert len(aspects.vectors) == 1
    unsure = Classification(found.scores, None, (), found.model)
    assert summary_aspects(document, unsure, TYPES, SmallEncoder(), Context()) is None


def test_the_list_that_ships_is_complete() -> None:
    types = load_types()
    ids = {item.id for item in types}
    assert ids >= {
        "contract", "invoice", "report", "scientific_paper", "letter", "email", "resume", "news", "manual", "minutes",
        "form", "presentation", "court_ruling", "legislation", "financial_statement", "policy", "thesis", "book",
    }  # fmt: skip
    for item in types:
        assert item.name_zh != item.name, item.id
        assert any("㐀" <= char <= "鿿" for char in item.description_zh), item.id
        assert len(item.prototypes) >= 3, item.id
        assert set(item.signals) <= set(TRAITS), item.id
        assert bool(item.aspects) == bool(item.aspects_zh), item.id
    names = [name.casefold() for item in types for name in (item.id, *item.aliases)]
    assert len(names) == len(set(names))


def test_the_user_can_edit_the_list(paths: Paths) -> None:
    assert load_types(paths) == load_types()
    own = (*load_types(), TYPES[1])
    save_types(own, paths)
    assert load_types(paths) == own
    assert types_hash(own) != types_hash(load_types())
    assert [path.name for path in paths.data.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"types": []}',
        '{"types": [{"id": "a"}]}',
        '{"types": [{"id": "a", "name": "A", "description": "d", "cues": [{"text": ""}]}]}',
        '{"types": [{"id": "a", "name": "A", "description": "d", "prototypes": "p"}]}',
        '{"types": [{"id": "a", "name": "A", "description": "d", "formats": [1]}]}',
    ],
)
def test_a_damaged_list_is_a_clear_error(paths: Paths, content: str) -> None:
    paths.data.mkdir(parents=True)
    (paths.data / FILE_NAME).write_text(content, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_types(paths)
    assert caught.value.code == "data_invalid"
    assert "{" not in str(caught.value).replace(str(paths.data), "")


def test_the_smallest_list_has_defaults(paths: Paths) -> None:
    paths.data.mkdir(parents=True)
    file = paths.data / FILE_NAME
    file.write_text(json.dumps({"types": [{"id": "a", "name": "A", "description": "about a"}]}), encoding="utf-8")
    (only,) = read_types(file)
    assert (only.name_zh, only.description_zh, only.prototypes, only.cues) == ("A", "about a", (), ())
    with pytest.raises(UserError) as caught:
        read_types(paths.data / "none.json")
    assert caught.value.code == "data_missing"


def test_labels_of_a_data_file_borrow_known_types() -> None:
    known = load_types()
    types = types_for_labels(["court record", "academic paper", "comp.graphics", "court record"], known)
    assert [item.id for item in types] == ["court record", "academic paper", "comp.graphics"]
    assert types[0].description == next(item.description for item in known if item.id == "court_ruling")
    assert types[1].cues
    assert "comp graphics" in types[2].description


@pytest.mark.parametrize(
    ("trait", "much", "little"),
    [
        ("questions", "Why? How so? And when?", "Because. So it is. Now then."),
        ("citations", "This is known [1, 2] (Smith, 2010) and Jones et al. (2012).", "This is known."),
        ("clauses", "1.1 The Supplier shall deliver.\n1.2 The Client shall pay.", "The supplier delivers."),
        ("blanks", "Name: ________ Date: ________", "Name: John Date: today"),
        ("amounts", "Total $50.00 Tax $5.00", "Total and tax"),
        ("dateline", "Storm hits coast\n\nMonday, May 18, 2015\n\nText.", "Storm hits coast"),
        ("reported", "The minister said so, police told us.", "The sky is blue."),
        ("turns", "Anna: Hello.\nBob: Hi there.", "Hello. Hi there."),
        ("first_person", "I told you my story.", "Stones fall down."),
        ("imperative", "Press the button. Turn the key.", "The button is red. The key is new."),
    ],
)
def test_traits_count_what_they_say(trait: str, much: str, little: str) -> None:
    assert 0 <= Traits(plain_document(little, "en")).value(trait) < Traits(plain_document(much, "en")).value(trait) <= 1


def test_an_unknown_trait_says_nothing() -> None:
    assert Traits(plain_document("Text.", "en")).value("from a later version") == 0
    assert all(0 <= Traits(plain_document("", "en")).value(name) <= 1 for name in TRAITS)
