"""Sentences, passages and language: a table of real cases in eleven languages, and properties over arbitrary text."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.documents.segment import detect_language, passages, sentences, split_text
from assistant.documents.segment.passages import weight
from assistant.errors import Cancelled
from assistant.types import Block, BlockKind, Document, Page, Sentence, Span

SHARED = Path(__file__).parents[2] / "../shared"

# "|" marks where one sentence ends and the next begins.
CASES: list[tuple[str, str]] = [
    # English
    ("en", "Dr. Smith met J. R. R. Tolkien at 3.30 p.m. in the U.S. Army base.| He left."),
    ("en", "He paid $4.50 for it, e.g. Tea.| See Fig. 3 and No. 5.| No.| He left."),
    ("en", "Visit https://a.example.com/x.html.| Mail me at jane.doe@example.com.| Done."),
    ("en", "“It is done.” |She left.| \"Why?\" he asked.| (See below.) |Next one."),
    ("en", "Acme Inc. announced it.| They work for Acme Ltd. |The company is big... |Really?| Yes!"),
    ("en", "He waited ... and waited.| Then he left."),
    ("en", "Article 7. The Supplier shall pay.| It shall pay within 30 days."),
    ("en", "4.2 The term is 3.5 years.| 4.3. Notices are in writing."),
    ("en", "The Supplier shall: (a) provide services;| (b) pay fees; and| (c) leave."),
    ("en", "We reject; however, we pay; nothing else follows."),
    ("en", "Version 2.0.1 was released on 3.5.2024 by Prof. A. B. Miller Jr. for all."),
    ("en", "In 2019. |25 people came."),
    ("en", "As shown by Smith et al. (2019), this holds.[12] |We agree."),
    ("en", "Introduction . . . . . . . . 5"),
    ("en", "So am I. |The rest is vitamin C. |This is all."),
    ("en", "First line\nsecond line of it.| Next."),
    ("en", "Shopping list:\n|- apples\n|- pears\n\n|The end"),
    ("en", "hello there. |how are you? |i am fine."),
    ("en", "The iPhone sold. |iPads did not."),
    # German
    ("de", "Am 3. Mai 2024 traf Hr. Müller z. B. Frau Dr. Schmidt.| Das 19. Jahrhundert war lang."),
    ("de", "„Halt.“ |Er ging. |Gem. Art. 5 Abs. 2 gilt das. |Siehe S. 25. |Die Nr. 7 fehlt."),
    ("de", "Die Fa. Müller zahlt 1.240.000,00 €. |Der Rest usw. folgt bzgl. Anlage 3."),
    # French
    ("fr", "« Bonjour. » |Elle sourit. |M. Dupont est là. |Voir p. 12. |C'est fini ! |Vraiment ?"),
    ("fr", "Mme Leroy et le Dr Petit, cf. art. 5, l'ont dit. |L'an 2024 commence."),
    # Spanish
    ("es", "El Sr. García llegó. |¿Qué pasa? |¡Nada! |La Sra. López, Art. 5, vino."),
    # Italian
    ("it", "Il sig. Rossi è qui. |L'art. 5 lo dice. |Vedi pag. 12 e ss. del testo."),
    # Portuguese
    ("pt", "O Sr. Silva chegou. |A Dra. Costa, n.º 5, não veio. |Fim."),
    # Dutch
    ("nl", "Dhr. de Vries kwam bijv. niet. |Zie art. 5. |Het is klaar."),
    # Chinese
    ("zh", "他说：“你好！”他说。|然后走了。|我不知道……|你走吧。|“真的吗？”我问道。|（见附件。）|完。"),
    ("zh", "甲方应：（一）按期付款；|（二）提供资料；|（三）配合验收。|价格为3.5元；逾期不候。"),
    ("zh", "苹果、梨……等水果都有。|你好!|我是张三?|对。"),
    ("zh", "他问：\"好吗？\"|\"好。\"|她走了。"),
    # Japanese
    ("ja", "「はい。」と言った。|彼は行った！|本当？|ええ。"),
    # Other scripts
    ("ru", "Он пришёл в 2024 г. |Она ушла! |Почему?"),
    ("hi", "यह एक वाक्य है। |यह दूसरा है।"),
    ("ar", "ما هذا؟ |هذا كتاب."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "marked"), CASES, ids=range(len(CASES)))
def test_real_cases(language: str, marked: str) -> None:
    text = marked.replace("|", "")
    assert [span.of(text) for span in split_text(text, language)] == [part.strip() for part in marked.split("|")]


FRAGMENTS = st.sampled_from(
    ["Dr.", " ", "  ", "\n", "\n\n", "a", "B", "3.", ". ", ".", "。", "！", "“", "”", '"', "(a)", "; ", "；（一）", "…",
     "中", "文字", "»", " »", "\u00a0", "\u3000", "\u0301", "\x00", "U.S.", "e.g.", "x" * 300, ", ", "• ", "\f"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=300), st.lists(FRAGMENTS, max_size=60).map("".join))


def covered(text: str, spans: list[Span], within: Span) -> bool:
    marks = bytearray(len(text))
    for span in spans:
        for offset in range(span.start, span.end):
            marks[offset] += 1
    return all(marks[k] == 1 or (marks[k] == 0 and text[k].isspace()) for k in range(within.start, within.end))


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.sampled_from(["en", "de", "zh", "und"]))
@example(". \u00a0»", "en")
@example("x" * 2500, "en")
@example("中" * 1300, "zh")
@example("a" + "\u0301" * 1500, "en")
def test_covers_all_text_in_order_without_overlap(text: str, language: str) -> None:
    spans = split_text(text, language)
    assert spans == sorted(spans)
    assert covered(text, spans, Span(0, len(text)))
    for span in spans:
        piece = span.of(text)
        assert piece == piece.strip()
        assert 0 < len(piece) <= 1000


def make_document(parts: list[tuple[BlockKind, int, str]], language: str = "en") -> Document:
    text = ""
    blocks = []
    for kind, level, part in parts:
        blocks.append(Block(Span(len(text), len(text) + len(part)), kind, level))
        text += part + "\n"
    page = Page(1, Span(0, len(text)), 595, 842, "layer")
    return Document(Path("x.pdf"), "0" * 64, "pdf", text, (page,), tuple(blocks), language, "")


KINDS: st.SearchStrategy[BlockKind] = st.sampled_from(
    ["paragraph", "heading", "list_item", "table_row", "running_head", "page_number", "footnote"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(KINDS, st.integers(0, 3), TEXTS), max_size=12))
def test_sentences_and_passages_of_arbitrary_blocks(parts: list[tuple[BlockKind, int, str]]) -> None:
    document = make_document(parts)
    found = sentences(document)
    spans = [sentence.span for sentence in found]
    for block in document.blocks:
        if block.kind in ("running_head", "page_number"):
            assert not any(span.overlaps(block.span) for span in spans)
        else:
            assert covered(document.text, spans, block.span)
    for sentence in found:
        assert document.blocks[sentence.block].span.contains(sentence.span)
    grouped = passages(document, found)
    assert [k for passage in grouped for k in range(*passage.sentences)] == list(range(len(found)))
    for passage in grouped:
        first, last = passage.sentences
        assert passage.span == Span(found[first].span.start, found[last - 1].span.end)
        heavy = sum(weight(document.text, sentence.span) for sentence in found[first:last])
        assert heavy <= 1400 or last - first == 1


def texts_of(document: Document, found: tuple[Sentence, ...]) -> list[str]:
    return [sentence.span.of(document.text) for sentence in found]


def test_headings_and_rows_are_whole_and_running_heads_left_out() -> None:
    document = make_document(
        [
            ("running_head", 0, "Annual Report. Page 3."),
            ("heading", 1, "1. Scope. Definitions"),
            ("paragraph", 0, "One. Two."),
            ("table_row", 0, "Fee. net\tEUR 5. Due"),
            ("page_number", 0, "3"),
        ]
    )
    expected = ["1. Scope. Definitions", "One.", "Two.", "Fee. net\tEUR 5. Due"]
    assert texts_of(document, sentences(document)) == expected


def test_passages_break_before_main_headings_and_keep_headings_with_what_follows() -> None:
    filler = "This sentence says something about the matter at hand. "
    document = make_document(
        [
            ("heading", 1, "First part"),
            ("paragraph", 0, (filler * 9).strip()),
            ("heading", 2, "Second part"),
            ("paragraph", 0, (filler * 40).strip()),
            ("heading", 1, "Tiny"),
            ("paragraph", 0, "Short."),
            ("heading", 1, "Last part"),
            ("paragraph", 0, (filler * 3).strip()),
        ]
    )
    found = sentences(document)
    grouped = [passage.span.of(document.text) for passage in passages(document, found)]
    assert grouped[0].startswith("First part")
    assert "Second part" not in grouped[0]
    assert grouped[1].startswith("Second part\nThis")
    assert any(piece.startswith("Tiny\nShort.\nLast part\nThis") for piece in grouped), grouped
    assert all(700 <= len(piece) <= 1400 for piece in grouped[1:3])


def test_chinese_passages_weigh_three_times() -> None:
    document = make_document([("paragraph", 0, "本合同自双方签字盖章之日起生效，有效期为三年。" * 60)], "zh")
    lengths = [len(passage.span) for passage in passages(document, sentences(document))]
    assert max(lengths) <= 1400 // 3
    assert sum(lengths) / len(lengths) > 200


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The supplier shall provide the services with reasonable care and skill."),
        ("de", "Der Auftragnehmer erbringt die Leistungen mit der gebotenen Sorgfalt."),
        ("fr", "Le prestataire fournit les services avec le soin et la compétence requis."),
        ("es", "El proveedor prestará los servicios con el debido cuidado y diligencia."),
        ("it", "Il fornitore presta i servizi con la dovuta cura e diligenza professionale."),
        ("pt", "O fornecedor prestará os serviços com o devido cuidado e não cobrará mais."),
        ("nl", "De leverancier verricht de diensten met de vereiste zorg en deskundigheid."),
        ("zh", "本合同自双方签字之日起生效。"),
        ("zh", "乙方应使用 Docent Enterprise 软件提供服务，并遵守 ISO 9001 标准。"),
        ("ja", "本契約は署名の日から効力を生じる。"),
        ("ko", "이 계약은 서명일부터 효력이 발생한다."),
        ("ru", "Настоящий договор вступает в силу с момента подписания сторонами."),
        ("el", "Η σύμβαση ισχύει από την υπογραφή."),
        ("he", "החוזה נכנס לתוקף"),
        ("und", ""),
        ("und", "12345 67.8 %"),
        ("und", "ok"),
    ],
)
def test_detects_language(language: str, text: str) -> None:
    assert detect_language(text) == language


def test_language_of_a_long_text_is_that_of_most_of_it() -> None:
    english = "This page is in English and holds only the cover letter of the file. " * 20
    german = "Dieser Vertrag regelt die Lieferung von Waren und die Zahlung des Kaufpreises. " * 2000
    assert detect_language(english + german) == "de"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_language_never_raises(text: str) -> None:
    assert 2 <= len(detect_language(text)) <= 3


@pytest.mark.parametrize(
    "unit", [".", ". ", "a. ", "(", "“", "; ", "\n", " ", "»", ".”", "1.", "中", "[1]", "\u0301", ". . "]
)
def test_repetition_is_linear(unit: str) -> None:
    # With anything quadratic this needs minutes, and the test's own limit stops it.
    text = unit * (600_000 // len(unit))
    assert covered_ends(text, split_text(text, "en"))


def covered_ends(text: str, spans: list[Span]) -> bool:
    return all(first.end <= second.start for first, second in itertools.pairwise(spans)) and (
        sum(map(len, spans)) <= len(text)
    )


def boundary_f1(documents: list[list[str]], language: str, separator: str) -> float:
    hits = wrong = missed = 0
    for parts in documents:
        gold, position = set(), 0
        for part in parts:
            gold.add(position + len(part))
            position += len(part) + len(separator)
        found = {span.end for span in split_text(separator.join(parts), language)}
        hits, wrong, missed = hits + len(gold & found), wrong + len(found - gold), missed + len(gold - found)
    return 2 * hits / (2 * hits + wrong + missed)


def test_boundaries_of_abstracts() -> None:
    path = SHARED / "data/summaries/scitldr_en.jsonl.gz"
    if not path.is_file():
        pytest.skip("needs ../shared/data")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [[part.strip() for part in json.loads(line)["sentences"]] for line in lines]
    # The source cut some abstracts in the middle of sentences; 0.962 is what the rules reach (precision 0.99).
    assert boundary_f1(rows, "en", " ") > 0.955


def test_boundaries_of_chinese() -> None:
    path = SHARED / "data/entities/uner_gsdsimp_zh.jsonl.gz"
    if not path.is_file():
        pytest.skip("needs ../shared/data")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line)["text"].strip() for line in lines]
    assert boundary_f1([rows[k : k + 10] for k in range(0, len(rows), 10)], "zh", "") > 0.985


def test_segmenting_a_long_text_stops_when_it_is_told_to() -> None:
    text = "One sentence follows another. " * 40_000
    page = Page(1, Span(0, len(text)), 595, 842, "layout")
    block = Block(Span(0, len(text)), "paragraph")
    document = Document(Path("a.txt"), "", "txt", text, (page,), (block,), "en", "a")
    calls = itertools.count(1)

    def check() -> None:
        if next(calls) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        sentences(document, check)
    assert next(calls) == 4, "it stopped at once"
