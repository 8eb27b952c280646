from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.errors import Cancelled, UserError
from assistant.jobs import Context
from assistant.labelling import Labels
from assistant.labelling.exchange import FORMATS, LabelFormat
from assistant.labelling.formats.sheet import decode_name, encode_name
from assistant.labelling.formats.table import bare, guarded
from assistant.store.labels import LabelStore
from assistant.types import Document, Label, Span
from helpers.labels import document, places, span_of
from helpers.processes import python

TEXT = "Anna Berg\r\nof Acme\tLtd owes 10 EUR.\n\n=SUM(A1) was signed in São Paulo by 張偉 and 👩‍👩‍👧.\nEnd\n"
HOLDS = {
    "jsonl": {"entity", "type", "salient", "summary", "answer"},
    "doccano": {"entity", "type", "salient", "summary", "answer"},
    "csv": {"entity", "type", "salient", "summary", "answer"},
    "conll": {"entity"},
    "squad": {"answer"},
    "brat": {"entity"},
}


@pytest.fixture
def labels(tmp_path: Path) -> Iterator[Labels]:
    made = Labels(LabelStore(tmp_path / "labels.db"))
    yield made
    made.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Labels]:
    """Another profile."""
    made = Labels(LabelStore(tmp_path / "other" / "labels.db"))
    yield made
    made.close()


@pytest.fixture
def contract() -> Document:
    return document(TEXT, "/docs/contract.txt", pages=2)


def _fill(labels: Labels, text: Document) -> None:
    labels.add(text, "entity", "PERSON", span_of(text, "Anna Berg\r\nof Acme"))
    labels.add(text, "entity", "Own type", span_of(text, "=SUM(A1)"))
    labels.add(text, "entity", "LOCATION", span_of(text, "São Paulo"), verdict="no")
    labels.add(text, "type", "contract", None)
    labels.add(text, "salient", "", span_of(text, "=SUM(A1) was signed in São Paulo"))
    labels.add(text, "summary", "", None, text="=1+1\r\nAnna owes ten.")
    labels.add(text, "answer", "Who owes?", span_of(text, "Anna Berg"))
    labels.add(text, "answer", "Who owes?", span_of(text, "張偉"))
    labels.add(text, "answer", "Who pays?", span_of(text, "👩‍👩‍👧"), verdict="no")
    labels.add(text, "answer", "@when", None, verdict="no")


def _kept(labels: tuple[Label, ...], format_: LabelFormat) -> list[Label]:
    """What a format holds of ``labels``."""
    return sorted(
        (label for label in labels if label.kind in HOLDS[format_] and (format_ != "conll" or label.verdict == "yes")),
        key=lambda label: label.id,
    )


def _without_id(labels: list[Label]) -> list[tuple[object, ...]]:
    return sorted((label.kind, label.value, label.verdict, label.text, label.anchor) for label in labels)  # type: ignore[type-var]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_round_trip_into_another_profile(
    labels: Labels, fresh: Labels, contract: Document, tmp_path: Path, format_: LabelFormat
) -> None:
    _fill(labels, contract)
    target = tmp_path / "out" / "labels"
    written = labels.export(target, format_)
    here = [contract] if format_ in ("csv", "conll") else []
    report = fresh.import_(target, format_, here)
    assert report.problems == ()
    wanted = _kept(labels.of(contract), format_)
    found = _kept(fresh.of(contract), format_)
    assert wanted
    assert len(found) == report.added == written.labels
    if format_ == "conll":
        assert _without_id(found) == _without_id(wanted), "ids have no place in CoNLL"
    else:
        assert found == wanted
    again = fresh.import_(target, format_, here)
    assert (again.added, again.already, again.problems) == (0, len(wanted), ())
    fresh.undo()
    assert fresh.of(contract) == (), "an import is one step"


_TEXT = st.text(
    st.one_of(st.sampled_from("ab Z9\n\r\t =+-@'\";,%_#.\x0b\x85\u2028\ufeffé東👩"), st.characters(codec=None)),
    min_size=1,
    max_size=60,
)
_NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(lambda name: name.strip())


@pytest.mark.parametrize("format_", FORMATS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_round_trips_of_any_text_are_exact(format_: LabelFormat, data: st.DataObject) -> None:
    text = document("x" + data.draw(_TEXT), "/docs/a.txt")
    with tempfile.TemporaryDirectory() as name:
        labels = Labels(LabelStore(Path(name) / "labels.db"))
        fresh = Labels(LabelStore(Path(name) / "other" / "labels.db"))
        for _ in range(data.draw(st.integers(1, 5))):
            start = data.draw(st.integers(0, len(text.text) - 1))
            end = data.draw(st.integers(start + 1, len(text.text)))
            value = data.draw(_NAMES)
            kind = data.draw(st.sampled_from(["entity", "salient", "answer"]))
            verdict = data.draw(st.sampled_from(["yes", "yes", "no"]))
            if Span(start, end).of(text.text).strip():
                labels.add(text, kind, "" if kind == "salient" else value, Span(start, end), verdict=verdict)
        if data.draw(st.booleans()):
            labels.add(text, "summary", "", None, text="s" + data.draw(_TEXT))
        target = Path(name) / "out"
        written = labels.export(target, format_)
        report = fresh.import_(target, format_, [text])
        assert report.problems == ()
        wanted, found = _kept(labels.of(text), format_), _kept(fresh.of(text), format_)
        if format_ == "conll":
            overlapping = dict(written.left_out).get("overlap", 0)
            assert len(found) == len(wanted) - overlapping
            assert set(map(str, _without_id(found))) <= set(map(str, _without_id(wanted)))
        else:
            assert found == wanted
        labels.close()
        fresh.close()


@given(st.text())
def test_any_cell_comes_back_and_none_is_a_formula(cell: str) -> None:
    assert bare(guarded(cell)) == cell
    assert guarded(cell)[:1] not in set("=+-@\t\r\n")


@given(st.text(min_size=1))
def test_any_name_is_one_word(name: str) -> None:
    assert decode_name(encode_name(name)) == name
    assert len(encode_name(name).split()) == 1


def test_formulas_are_neutralised_in_the_file(labels: Labels, contract: Document, tmp_path: Path) -> None:
    _fill(labels, contract)
    labels.export(tmp_path / "a.csv", "csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = {cell for row in rows for cell in row.values()}
    assert {"'=SUM(A1)", "'=1+1\r\nAnna owes ten.", "'@when"} <= cells
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r\n")]


@pytest.mark.parametrize("format_", ["jsonl", "csv", "squad", "brat", "conll"])
def test_offsets_that_do_not_fit_the_words_are_reported_and_never_shifted(
    labels: Labels, fresh: Labels, tmp_path: Path, format_: LabelFormat
) -> None:
    text = document("Anna Berg and Anna Berg.", "/docs/a.txt")
    labels.add(text, "entity", "PERSON", Span(0, 9))
    labels.add(text, "answer", "Who?", Span(14, 23))
    target = tmp_path / "out"
    labels.export(target, format_)
    files = [target] if target.is_file() else sorted(target.glob("*.ann"))
    for file in files:
        content = file.read_text(encoding="utf-8")
        for old, new in (
            ('"start": 0, "end": 9', '"start": 1, "end": 10'),
            ('"answer_start": 14', '"answer_start": 13'),
            ('"start": 14, "end": 23', '"start": 140, "end": 149'),
            ('"0","9"', '"1","10"'),
            ('"14","23"', '"140","149"'),
            ("PERSON 0 9", "PERSON 1 10"),
            ("Berg 5 9", "Berg 4 8"),
        ):
            content = content.replace(old, new)
        file.write_text(content, encoding="utf-8")
    report = fresh.import_(target, format_, [text])
    assert report.added == 0
    assert {problem.reason for problem in report.problems} <= {"mismatch", "outside"}
    assert len(report.problems) == (2 if format_ in ("jsonl", "csv") else 1)
    assert report.problems[0].quoted == ("AnnaBerg" if format_ == "conll" else "Anna Berg")
    assert report.problems[0].where
    assert fresh.of(text) == ()


def test_files_as_prodigy_and_doccano_write_them(fresh: Labels, tmp_path: Path) -> None:
    text = "Anna Berg lives in Hamburg."
    rows = [
        {"text": text, "spans": [{"start": 0, "end": 9, "label": "PERSON", "token_start": 0, "token_end": 1}]}
        | {"answer": "accept", "_input_hash": 1, "tokens": []},
        {"text": text, "spans": [{"start": 19, "end": 26, "label": "PERSON"}], "answer": "reject"},
        {"text": text, "spans": [{"start": 0, "end": 4, "label": "MISC"}], "answer": "ignore"},
        {"text": text, "accept": ["letter"], "options": [{"id": "letter", "text": "Letter"}], "answer": "accept"},
        {"id": 7, "text": text, "label": [[19, 26, "LOCATION"]]},
        {"id": 8, "text": text, "entities": [{"id": 1, "label": "CITY", "start_offset": 19, "end_offset": 25}]},
        {"id": 9, "data": "Another text.", "label": ["note"]},
    ]
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\nnot JSON\n[1]\n", encoding="utf-8")
    report = fresh.import_(file, "jsonl")
    assert (report.documents, report.added) == (2, 6)
    assert [(problem.where, problem.reason) for problem in report.problems] == [
        ("line 8", "unreadable"),
        ("line 9", "unreadable"),
    ]
    by_text = {row.text: row.labels for row in fresh.labelled_documents()}
    assert [(*place, label.verdict) for place, label in zip(places(by_text[text]), by_text[text], strict=True)] == [
        ("type", "letter", "", "yes"),
        ("entity", "PERSON", "Anna Berg", "yes"),
        ("entity", "CITY", "Hambur", "yes"),
        ("entity", "PERSON", "Hamburg", "no"),
        ("entity", "LOCATION", "Hamburg", "yes"),
    ]
    assert places(by_text["Another text."]) == [("type", "note", "")]
    assert {label.origin for label in by_text[text]} == {"import:a.jsonl"}
    assert {"CITY"} == {item.name for item in fresh.types("entity") if item.own}


def test_files_of_other_tools_in_conll_squad_and_brat(fresh: Labels, tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(
        "-DOCSTART- -X- -X- O\n\nAnna NNP I-NP I-PER\nBerg NNP I-NP I-PER\nlives VBZ I-VP O\n. . O O\n\nIn\tO\n"
        "New\tB-LOC\nYork\tE-LOC\n\n-DOCSTART- -X- -X- O\n\nBremen S-LOC\n",
        encoding="utf-8",
    )
    report = fresh.import_(tmp_path / "a.conll", "conll")
    assert (report.documents, report.added, report.problems) == (2, 3, ())
    first, second = sorted(fresh.labelled_documents(), key=lambda row: -len(row.text))
    assert first.text == "Anna Berg lives .\nIn New York"
    assert places(first.labels) == [("entity", "PER", "Anna Berg"), ("entity", "LOC", "New York")]
    assert places(second.labels) == [("entity", "LOC", "Bremen")]
    (tmp_path / "a.json").write_text(
        json.dumps(
            {
                "data": [
                    {
                        "title": "A",
                        "paragraphs": [
                            {
                                "context": "Anna signs in May.",
                                "qas": [
                                    {"id": "1", "question": "When?", "answers": [{"text": "May", "answer_start": 14}]},
                                    {"id": "2", "question": "Where?", "answers": [], "is_impossible": True},
                                    {"id": "3", "question": "Who?", "answers": [{"text": "Berg", "answer_start": 0}]},
                                ],
                            }
                        ],
                    }
                ]
            }
        ),
        encoding="utf-8",
    )
    report = fresh.import_(tmp_path / "a.json", "squad")
    assert report.added == 2
    assert [(problem.reason, problem.quoted, problem.found) for problem in report.problems] == [
        ("mismatch", "Berg", "Anna")
    ]
    folder = tmp_path / "brat"
    folder.mkdir()
    (folder / "x.txt").write_text("Anna\nBerg and the Otto Wall", encoding="utf-8")
    (folder / "x.ann").write_text(
        "T1\tPER 0 4;5 9\tAnna Berg\nT2\tPER 0 4;18 22\tAnna Otto\nT3\tPER 18 27\tOtto Wall\n"
        "R1\tKnows Arg1:T1 Arg2:T3\n",
        encoding="utf-8",
    )
    report = fresh.import_(folder, "brat")
    assert report.added == 2
    assert [(problem.where, problem.reason) for problem in report.problems] == [("x.ann, line 2", "discontinuous")]


def test_what_is_labelled_here_already_stays_and_contradictions_are_reported(
    labels: Labels, fresh: Labels, contract: Document, tmp_path: Path
) -> None:
    labels.add(contract, "entity", "PERSON", span_of(contract, "張偉"))
    labels.add(contract, "type", "invoice", None)
    labels.export(tmp_path / "a.jsonl", "jsonl")
    mine = fresh.add(contract, "entity", "LOCATION", span_of(contract, "張偉"))
    kind = fresh.add(contract, "type", "contract", None)
    report = fresh.import_(tmp_path / "a.jsonl", "jsonl")
    assert report.added == 0
    assert [(p.reason, p.quoted, p.found) for p in report.problems] == [
        ("conflict", "invoice", "contract"),
        ("conflict", "張偉", "LOCATION"),
    ]
    assert set(fresh.of(contract)) == {mine, kind}


def test_a_table_for_documents_that_nobody_knows_here(
    labels: Labels, fresh: Labels, contract: Document, tmp_path: Path
) -> None:
    _fill(labels, contract)
    labels.export(tmp_path / "a.csv", "csv")
    report = fresh.import_(tmp_path / "a.csv", "csv")
    assert report.added == 0
    assert {problem.reason for problem in report.problems} == {"unknown_document"}
    assert len(report.problems) == 10


@pytest.mark.parametrize(
    ("format_", "content", "code"),
    [
        ("squad", b"{", "data_invalid"),
        ("squad", b'{"data": 3}', "data_invalid"),
        ("squad", b'{"data":' + b"[" * 100_000, "data_invalid"),
        ("csv", b"a,b\n1,2\n", "data_invalid"),
        ("csv", b"", "data_invalid"),
        ("jsonl", b"\xff\xfe\x00", "data_invalid"),
        ("conll", b"\xff\xfe\x00", "data_invalid"),
        ("brat", b"T1\tPER 0 4\tAnna", "data_missing"),
    ],
)
def test_files_that_are_something_else(
    fresh: Labels, tmp_path: Path, format_: LabelFormat, content: bytes, code: str
) -> None:
    file = tmp_path / "a.ann"
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        fresh.import_(file, format_)
    assert caught.value.code == code
    with pytest.raises(UserError) as caught:
        fresh.import_(tmp_path / "nothing", format_)
    assert caught.value.code == "data_missing"


@pytest.mark.parametrize("line", ["{" * 50_000, '{"text": 3}', '{"text": "a", "spans": [3, {"start": true}]}', "null"])
def test_rubbish_in_a_line_is_a_problem_of_this_line(fresh: Labels, tmp_path: Path, line: str) -> None:
    good = json.dumps({"text": "Anna", "spans": [{"start": 0, "end": 4, "label": "PERSON"}]})
    (tmp_path / "a.jsonl").write_text(f"{line}\n{good}\n", encoding="utf-8")
    report = fresh.import_(tmp_path / "a.jsonl", "jsonl")
    assert report.added == 1
    assert {problem.where for problem in report.problems} == {"line 1"}


@pytest.mark.parametrize("format_", FORMATS)
def test_an_interrupted_export_leaves_the_old_file_and_nothing_else(
    labels: Labels, tmp_path: Path, format_: LabelFormat
) -> None:
    for number in range(3):
        text = document(f"Anna Berg {number}", f"/docs/{number}.txt")
        labels.add(text, "entity", "PERSON", Span(0, 9))
        labels.add(text, "answer", "Who?", Span(0, 9))
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "labels"
    if format_ != "brat":
        target.write_text("the old one", encoding="utf-8")
    ctx = Context()

    class Stop(Context):
        checks = 0

        def check(self) -> None:
            self.checks += 1
            if self.checks == 3:
                ctx.cancel()
            ctx.check()

    with pytest.raises(Cancelled):
        labels.export(target, format_, ctx=Stop())
    assert [file.name for file in folder.iterdir()] == ([] if format_ == "brat" else ["labels"])
    if format_ != "brat":
        assert target.read_text(encoding="utf-8") == "the old one"


def test_a_folder_with_something_in_it_is_left_alone(labels: Labels, contract: Document, tmp_path: Path) -> None:
    _fill(labels, contract)
    target = tmp_path / "out"
    target.mkdir()
    (target / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="not an empty folder"):
        labels.export(target, "brat")
    assert [file.name for file in target.iterdir()] == ["mine.txt"]


_FULL = """
import resource, sys
from pathlib import Path
from assistant.errors import UserError
from assistant.labelling import Labels
from assistant.store.labels import LabelStore
labels = Labels(LabelStore(Path(sys.argv[1]) / "labels.db"))
labels.labelled_documents()
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
try:
    labels.export(Path(sys.argv[1]) / "out" / "labels", sys.argv[2])
except UserError as error:
    print(error.code)
"""


@pytest.mark.parametrize("format_", ["jsonl", "brat"])
def test_an_export_to_a_full_disk_leaves_nothing(labels: Labels, tmp_path: Path, format_: LabelFormat) -> None:
    pytest.importorskip("resource")
    long = document("Anna Berg " * 20_000)
    labels.add(long, "entity", "PERSON", Span(0, 9))
    labels.close()
    (tmp_path / "out").mkdir()
    done = python(_FULL, tmp_path, format_, home=tmp_path)
    assert done.stdout.strip() in ("cannot_write", "disk_full"), done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_what_a_format_cannot_hold_is_counted(labels: Labels, contract: Document, tmp_path: Path) -> None:
    _fill(labels, contract)
    labels.add(contract, "entity", "MISC", span_of(contract, "Acme"))
    report = labels.export(tmp_path / "a.conll", "conll")
    assert dict(report.left_out) == {"kind": 8, "overlap": 1}
    assert (report.documents, report.labels) == (1, 2)
