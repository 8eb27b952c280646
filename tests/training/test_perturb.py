"""Perturbed text: offsets stay on the mentions, the same seed makes the same text, and the text really changes."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.documents.paragraphs import Paragraph
from assistant.documents.textmap import TextBuilder
from assistant.documents.words import Words
from assistant.jobs import Context
from assistant.training.dataset import AnswerRow, EntityRow, LabelledSpan
from assistant.training.perturb import (
    ANSWER_PERTURBATIONS,
    PERTURBATIONS,
    apply_edits,
    augment,
    long_sentences,
    mixed_answers,
    mixed_entities,
)

ENGLISH = (
    "Yesterday Jane Smith-Jones of Acme Corp. (formerly “Widgets & Sons”) flew to Rio de Janeiro, Brazil; "
    "the so-called negotiations with the administration of Straße ended inconclusively on 12.5 percent, 'as agreed'."
)
ENGLISH_NAMES = ("Jane Smith-Jones", "Acme Corp.", "“Widgets & Sons”", "Rio de Janeiro", "Brazil", "Straße")
CHINESE = (
    "中国人民银行行长周小川昨天在北京会见了乔治·华盛顿大学校长，双方讨论了头发干燥与皇后大道的问题，历时三个小时。"
)
CHINESE_NAMES = ("中国人民银行", "周小川", "北京", "乔治·华盛顿大学")


def row_of(text: str, names: Sequence[str], lang: str = "en", ignored: Sequence[str] = ()) -> EntityRow:
    def place(name: str) -> tuple[int, int]:
        return text.index(name), text.index(name) + len(name)

    entities = tuple(LabelledSpan(*place(name), "PERSON") for name in names)
    return EntityRow("1", "d", "dev", lang, "test", text, entities, tuple(place(name) for name in ignored))


ROWS = (row_of(ENGLISH, ENGLISH_NAMES, ignored=("administration",)), row_of(CHINESE, CHINESE_NAMES, "zh", ("校长",)))


def mentions(row: EntityRow) -> list[str]:
    return [row.text[item.start : item.end] for item in row.entities]


def traditional(text: str) -> str:
    # Of these names alone, so that the module's own table is not asked.
    return text.translate(str.maketrans("国银长乔顿学华", "國銀長喬頓學華"))


def spoken(text: str) -> str:
    kept = "".join(" " if char == "-" else char for char in text if char not in "“”.·(),;'")
    return " ".join(kept.split())


EXPECTED: dict[str, Callable[[str], str]] = {
    "upper_case": str.upper,
    "lower_case": str.lower,
    "no_punctuation": spoken,
    "traditional": traditional,
    "table_row": str,
}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("row", ROWS, ids=["en", "zh"])
def test_spans_are_the_perturbed_form_of_their_mentions(row: EntityRow, name: str) -> None:
    changed = PERTURBATIONS[name](row, random.Random(3))
    form = EXPECTED[name] if name != "traditional" or row.lang == "zh" else str
    assert mentions(changed) == [form(text) for text in mentions(row)]
    assert [changed.text[start:end] for start, end in changed.ignored] == [
        form(row.text[start:end]) for start, end in row.ignored
    ]
    assert [item.label for item in changed.entities] == [item.label for item in row.entities]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("row", ROWS, ids=["en", "zh"])
def test_divided_lines_joined_again_are_the_text_and_its_mentions(row: EntityRow, seed: int) -> None:
    changed = PERTURBATIONS["hyphenated"](row, random.Random(seed))
    assert "\n" in changed.text
    assert max(map(len, changed.text.split("\n"))) <= 72

    def joined(text: str) -> str:
        # No word of the rows is broken without a hyphen, and none that has one of its own is given a second.
        text = text.replace("so-\ncalled", "so-called").replace("Smith-\nJones", "Smith-Jones")
        return text.replace("-\n", "").replace("\n", " " if row.lang == "en" else "")

    assert joined(changed.text) == row.text
    assert [joined(text) for text in mentions(changed)] == mentions(row)


def test_long_words_are_divided() -> None:
    divided = sum("-\n" in PERTURBATIONS["hyphenated"](ROWS[0], random.Random(seed)).text for seed in range(50))
    assert divided > 20


def test_hyphens_are_read_as_the_program_reads_them() -> None:
    """The same broken lines, through the code that reads pages."""
    text = (
        "The so-called committee, a light-hearted and absent-minded body, met in Wilkes-Barre after the week-end; "
        "mother-in-law jokes notwithstanding, the brother-in-law spoke of pre-war Rolls-Royce engines."
    )
    dropped = 0
    for seed in range(200):
        row = row_of(text, ("Wilkes-Barre", "Rolls-Royce"))
        divided = PERTURBATIONS["hyphenated"](row, random.Random(seed)).text
        builder, start = TextBuilder(), 0
        for line in divided.split("\n"):
            builder.line(line, start)
            start += len(line)
        shape = (100, False, 0, 10, 0, 0, 3, "upper", False, True)
        paragraph = Paragraph("paragraph", builder.text(), builder.runs, builder.hyphens, *shape)
        words = Words(Context())
        words.add([paragraph])
        read, _ = words.without_hyphens(paragraph)
        found = PERTURBATIONS["hyphenated_read"](row, random.Random(seed)).text
        assert found == read
        dropped += found != text
    assert dropped > 10


def distance(one: str, other: str) -> int:
    """Levenshtein's."""
    line = list(range(len(other) + 1))
    for number, char in enumerate(one, 1):
        above, line[0] = line[0], number
        for place, candidate in enumerate(other, 1):
            above, line[place] = line[place], min(line[place] + 1, line[place - 1] + 1, above + (char != candidate))
    return line[-1]


@pytest.mark.parametrize("percent", [1, 3, 5])
@pytest.mark.parametrize("row", ROWS, ids=["en", "zh"])
def test_ocr_noise_has_its_rate_and_keeps_the_mentions(row: EntityRow, percent: int) -> None:
    errors = characters = 0
    for seed in range(25):
        changed = PERTURBATIONS[f"ocr_noise_{percent}"](row, random.Random(seed))
        errors += (whole := distance(row.text, changed.text))
        characters += len(row.text)
        # No border has moved over a character: the errors inside of the mentions are among those of the whole.
        inner = [distance(a, b) for a, b in zip(mentions(row), mentions(changed), strict=True)]
        assert sum(inner) <= 2 + whole
        assert all(count <= 2 + len(name) // 4 for count, name in zip(inner, mentions(row), strict=True))
    # Two letters for one (m, rn) are two edits.
    assert 0.7 * percent <= 100 * errors / characters <= 1.7 * percent


def test_ocr_noise_makes_the_errors_that_it_promises() -> None:
    text = "modern clear 100 Oil Lima illegible summer horn"
    seen = {PERTURBATIONS["ocr_noise_5"](row_of(text, ()), random.Random(seed)).text for seed in range(3000)}
    for piece in ("modem", "dear", "1O0", "0il", "lima", "surnmer", "hom", "clear100"):
        assert any(piece in found for found in seen), piece


def test_table_rows_keep_names_whole_in_cells_of_their_own() -> None:
    separators = set()
    for seed in range(40):
        changed = PERTURBATIONS["table_row"](row_of(ENGLISH, ENGLISH_NAMES), random.Random(seed))
        separator = "\t" if "\t" in changed.text else " | "
        separators.add(separator)
        cells = changed.text.split(separator)
        assert all(name in cells for name in ENGLISH_NAMES)
        assert len(changed.text) < len(ENGLISH)
    assert separators == {"\t", " | "}
    without = PERTURBATIONS["table_row"](row_of("one two three four five six seven eight", ()), random.Random(0))
    assert without.text.replace("\t", " ").replace(" | ", " ") == "one two three four five six seven eight"
    assert without.text != "one two three four five six seven eight"


# --- any text ----------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        *"Anna rn 1 l O clear straße İstanbul ŉ Smith-Jones-Frey U.S. 北京 頭髮 。 — - ' , modernization é 𝒜".split(),  # noqa: SIM905
        "\t",
        "\n",
    ]
)


@st.composite
def any_row(draw: st.DrawFn) -> EntityRow:
    words = draw(st.lists(WORDS, min_size=1, max_size=25))
    lang = draw(st.sampled_from(["en", "zh"]))
    text = ("" if lang == "zh" else " ").join(words)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = [(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False) if text[a:b].strip()]
    entities = tuple(LabelledSpan(a, b, "PERSON") for a, b in spans)
    at = draw(st.integers(0, len(text)))
    ignored = ((at, len(text)),) if text[at:].strip() else ()
    return EntityRow("1", None, "dev", lang, "test", text, entities, ignored)


@settings(deadline=None, max_examples=100)
@given(any_row(), st.sampled_from(sorted(PERTURBATIONS)), st.integers(0, 1000))
def test_any_row_stays_well_formed_and_is_the_same_for_the_same_seed(row: EntityRow, name: str, seed: int) -> None:
    changed = PERTURBATIONS[name](row, random.Random(seed))
    assert changed == PERTURBATIONS[name](row, random.Random(seed))
    last = 0
    for item in changed.entities:
        assert last <= item.start < item.end <= len(changed.text)
        assert changed.text[item.start : item.end] == changed.text[item.start : item.end].strip()
        last = item.end
    if name in ("upper_case", "lower_case", "table_row"):
        form = {"upper_case": str.upper, "lower_case": lambda text: "".join(map(str.lower, text))}.get(name, str)
        assert mentions(changed) == [form(text.strip()) for text in mentions(row)]
    if name == "no_punctuation":
        assert not any(unicodedata.category(char)[0] == "P" and char not in "@#%&*" for char in changed.text)


@settings(deadline=None)
@given(st.text("ab -", min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_edits_move_spans_as_a_slow_edit_of_marked_characters_does(text: str, rng: random.Random) -> None:
    places = sorted(rng.sample(range(len(text) + 1), min(4, len(text) + 1) // 2 * 2))
    spans = [(a, b) for a, b in zip(places[::2], places[1::2], strict=True)]
    edits, owners, at = [], [], 0
    borders = {0, len(text), *places}
    while at < len(text):
        end = min(at + rng.randint(0, 3), min(border for border in borders if border > at))
        if rng.random() < 0.5:
            edits.append((at, end, rng.choice(["", "X", "YZ"])))
            # An insertion at a border belongs to nobody.
            owners.append(None if at == end and at in borders else at)
        at = end + 1 if end == at else end + rng.randint(0, 1)
    pieces: list[tuple[str, int | None]] = []
    at = 0
    for (start, end, new), owner in zip(edits, owners, strict=True):
        pieces += [(text[place], place) for place in range(at, start)] + [(char, owner) for char in new]
        at = end
    pieces += [(text[place], place) for place in range(at, len(text))]
    edited, moved = apply_edits(text, edits, spans)
    assert edited == "".join(char for char, _ in pieces)
    for (start, end), place in zip(spans, moved, strict=True):
        mine = "".join(char for char, owner in pieces if owner is not None and start <= owner < end).strip()
        assert (edited[place[0] : place[1]] if place else "") == mine


def test_edits_over_a_border_or_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="border"):
        apply_edits("abcdef", [(1, 4, "x")], [(2, 5)])
    with pytest.raises(ValueError, match="border"):
        apply_edits("abcdef", [(4, 6, "x")], [(2, 5)])
    with pytest.raises(ValueError, match="order"):
        apply_edits("abcdef", [(3, 4, "x"), (1, 2, "")], [])


# --- answers -----------------------------------------------------------------------------------------------------

CONTEXT = (
    "In 1989, Tim Berners-Lee wrote a memo. It described hypertext. CERN's managers called it “vague, but exciting”."
)


def answer_row(answer: str, context: str = CONTEXT, lang: str = "en") -> AnswerRow:
    return AnswerRow("1", "dev", lang, "test", "title", context, "Who?", ((context.index(answer), answer),))


@pytest.mark.parametrize("name", sorted(ANSWER_PERTURBATIONS))
@pytest.mark.parametrize("answer", ["Tim Berners-Lee", "“vague, but exciting”", "memo. It", "In 1989", "”."])
def test_answers_stand_where_they_are_said_to(name: str, answer: str) -> None:
    for seed in range(30):
        row = ANSWER_PERTURBATIONS[name](answer_row(answer), random.Random(seed))
        ((start, text),) = row.answers
        assert row.context[start : start + len(text)] == text
        assert row.question == "Who?"
        if name in ("table_row", "long_sentence", "traditional"):
            assert text == answer


def test_an_answer_that_would_vanish_keeps_its_row() -> None:
    row = answer_row("”.")
    assert ANSWER_PERTURBATIONS["no_punctuation"](row, random.Random(0)) is row
    silent = AnswerRow("1", "dev", "en", "test", "", CONTEXT, "Who?", ())
    assert ANSWER_PERTURBATIONS["no_punctuation"](silent, random.Random(0)).context.endswith("vague but exciting")


def test_contexts_become_one_sentence_or_a_row_of_clauses() -> None:
    row = answer_row("hypertext")
    assert "memo; It described hypertext; CERN" in ANSWER_PERTURBATIONS["long_sentence"](row, random.Random(0)).context
    cells = ANSWER_PERTURBATIONS["table_row"](row, random.Random(0)).context
    assert cells.replace(" | ", "\t").startswith(
        "In 1989\tTim Berners-Lee wrote a memo\tIt described hypertext\tCERN's"
    )


# --- several rows ------------------------------------------------------------------------------------------------


def test_long_sentences_are_made_of_all_rows() -> None:
    rows = [row_of(f"I saw Ann{number}.", (f"Ann{number}",), ignored=("saw",)) for number in range(10)]
    long, rest = long_sentences(rows, random.Random(0), 8)
    assert long.text.startswith("I saw Ann0; I saw Ann1;")
    assert mentions(long) == [f"Ann{number}" for number in range(8)]
    assert [long.text[start:end] for start, end in long.ignored] == ["saw"] * 8
    assert mentions(rest) == ["Ann8", "Ann9"]


def test_mixed_rows_keep_their_own_mentions_and_ignore_the_stranger() -> None:
    english, chinese = ROWS
    sides = set()
    for seed in range(20):
        mixed = mixed_entities(english, chinese, random.Random(seed))
        assert mentions(mixed) == mentions(english)
        assert CHINESE in [mixed.text[start:end] for start, end in mixed.ignored]
        assert (mixed.id, mixed.lang) == (english.id, "en")
        sides.add(mixed.text.startswith(CHINESE))
        row = mixed_answers(answer_row("hypertext"), answer_row("北京", CHINESE, "zh"), random.Random(seed))
        ((start, text),) = row.answers
        assert row.context[start : start + len(text)] == text == "hypertext"
        assert CHINESE in row.context
    assert sides == {True, False}


def test_augmentation_keeps_its_shares() -> None:
    rng = random.Random(0)
    rows = [augment(ROWS[0], rng, {"upper_case": 0.2, "lower_case": 0.3}) for _ in range(2000)]
    assert 340 < sum(row.text.isupper() for row in rows) < 460
    assert 540 < sum(row.text.islower() for row in rows) < 660
    assert sum(row is ROWS[0] for row in rows) > 900
