"""Figures of all models: computed on small files by the models that ship, written between markers, in agreement."""

from __future__ import annotations

import argparse
import gzip
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import UsageError, UserError
from assistant.inference.catalog import Catalog
from assistant.inference.manifest import FILE as MANIFEST
from assistant.inference.manifest import Manifest, ModelFile
from assistant.inference.runtime import Runtime
from assistant.inference.span_extractor import SpanScore
from assistant.jobs import Context
from assistant.paths import bundled
from assistant.training import scoreboard
from assistant.training.card import model_card
from assistant.training.cli import evaluate_command
from assistant.training.dataset import AnswerRow, EntityRow, LabelledSpan, read_entities
from assistant.training.evaluate import JudgedEntities, score_answers, score_entities
from assistant.training.model_tables import (
    begin,
    beside,
    between,
    card_sections,
    end,
    merged,
    put_between,
    sections_of,
    with_metrics,
    write_board,
)
from assistant.training.recipe import DataSource, Recipe
from assistant.training.robustness import ENTITY_FILES, entity_copies, measure_robustness
from assistant.training.scoreboard import Board, Failure, ModelFacts, Robustness, Score, score_models

ENTITIES: list[dict[str, Any]] = [
    {"text": "Angela Merkel met Barack Obama in Berlin.", "domain": "politics", "names": [(0, 13), (18, 30), (34, 40)]},
    {"text": "Marie Curie worked in Paris.", "domain": "science", "names": [(0, 11), (22, 27)]},
    {"text": "nothing of note here", "domain": "science", "names": []},
]
LABELS = {"Berlin": "LOCATION", "Paris": "LOCATION"}


def entity_lines(split: str, lang: str = "en") -> str:
    lines = []
    for number, row in enumerate(ENTITIES):
        text = str(row["text"])
        entities = [
            {"start": start, "end": end, "label": LABELS.get(text[start:end], "PERSON")} for start, end in row["names"]
        ]
        domain = {"domain": row["domain"]} if lang == "en" else {}
        lines.append({"id": f"r{number}", "lang": lang, "split": split, "text": text, "entities": entities} | domain)
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three rows under the names of the entity model's test files; no other file is there."""
    tmp_path = tmp_path_factory.mktemp("board")
    for file, split in ENTITY_FILES:
        path = tmp_path / "data" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(entity_lines(split, "zh" if "zh" in file else "en").encode()))
    return tmp_path / "data"


@pytest.fixture(scope="module")
def catalog(data: Path) -> Catalog:
    return Catalog(bundled("models"), data / "none", data / "none", Runtime(available=lambda: ()))


def test_all_models_are_scored_by_file_and_domain(catalog: Catalog, data: Path) -> None:
    board = score_models(catalog, bundled("models"), data, None, Context())
    assert {"base", "entities", "answers", "summary"} <= {model.id.partition("@")[0] for model in board.models}
    # Generated rows need no file, so the reader is scored on them.
    assert {(score.task, score.data) for score in board.scores if score.task != "entities"} == {("answers", "clauses")}
    by_place = {(score.data, score.domain): score for score in board.scores}
    whole, politics = by_place["crossner_en", ""], by_place["crossner_en", "politics"]
    science = by_place["crossner_en", "science"]
    assert (whole.rows, politics.rows, science.rows) == (3, 1, 2)
    assert whole.metrics["f1"] > 0.7
    assert whole.metrics["names_f1"] == whole.metrics["f1"]
    assert whole.tokens_per_second
    assert by_place["uner_gsdsimp_zh", ""].language == "zh"
    # What is not there is named: of the other models, every file.
    assert {"answers/clapnq_en.jsonl.gz", "classes/csl_zh.jsonl.gz"} <= set(board.skipped)
    assert not any(file.startswith("entities/") for file in board.skipped)


def test_a_limit_draws_the_same_rows_from_all_of_the_file(catalog: Catalog, data: Path) -> None:
    assert scoreboard.sampled(range(10), 20, "f") == list(range(10))
    drawn = scoreboard.sampled(range(1000), 10, "f")
    assert drawn == scoreboard.sampled(range(1000), 10, "f") == sorted(drawn)
    assert drawn[-1] > 500
    board = score_models(catalog, bundled("models"), data, 2, Context())
    entities = [score for score in board.scores if score.task == "entities" and not score.domain]
    assert {(score.rows, score.available) for score in entities} == {(2, 3)}


def test_robustness_is_drawn_by_a_fixed_seed_and_names_missing_files(catalog: Catalog, data: Path) -> None:
    first, missing = measure_robustness(catalog, bundled("models"), data, None, Context())
    assert missing
    assert all(file.startswith("answers/") for file in missing)
    english = next(entry for entry in first if entry.data == "crossner_en")
    chinese = next(entry for entry in first if entry.language == "zh")
    assert {"upper_case", "ocr_noise_5", "table_row", "long_sentence", "mixed_languages"} <= set(english.scores)
    assert "traditional" not in english.scores
    assert "traditional" in chinese.scores
    assert english.plain > 0.7
    assert english.rows == 3
    rows, strangers = (read_entities(data / file, (split,)) for file, split in (ENTITY_FILES[1], ENTITY_FILES[2]))
    for name, copy in entity_copies(rows, strangers).items():
        assert copy() == entity_copies(rows, strangers)[name](), name
        if not name.startswith(("ocr_noise", "hyphenated")):
            # In three short rows there is little to misread and nothing to divide wrongly.
            assert [row.text for row in copy()] != [row.text for row in rows], name


# --- scores ------------------------------------------------------------------------------------------------------


def judged(text: str, gold: list[tuple[int, int, str]], said: list[tuple[int, int, str, float]]) -> JudgedEntities:
    entities = tuple(LabelledSpan(*item) for item in gold)
    return JudgedEntities(EntityRow("1", None, "dev", "en", "t", text, entities, ()), tuple(said))


def test_names_are_scored_apart_from_other_labels() -> None:
    one = judged(
        "Anna read Emma", [(0, 4, "PERSON"), (10, 14, "WORK")], [(0, 4, "PERSON", 1.0), (10, 14, "PERSON", 0.5)]
    )
    scores = score_entities([one])
    assert scores["names_f1"] == pytest.approx(2 / 3)
    assert scores["f1"] == 0.5
    assert scores["expected_calibration_error"] == pytest.approx(0.25)
    assert score_entities([judged("Emma", [(0, 4, "WORK")], [])])["names_f1"] is None
    # Labels of the whole file: what a domain lacks is wrong there all the same.
    assert score_entities([judged("Emma", [], [(0, 4, "WORK", 0.9)])], {"WORK"})["precision"] == 0.0


def test_answers_where_there_is_none_are_counted() -> None:
    def row(answers: tuple[tuple[int, str], ...]) -> AnswerRow:
        return AnswerRow("1", "dev", "en", "t", "", "It was red.", "What?", answers)

    found: list[tuple[AnswerRow, SpanScore | None]] = [
        (row(()), SpanScore(7, 10, 0.9, 0)),
        (row(()), SpanScore(7, 10, 0.2, 0)),
        (row(()), None),
        (row(((7, "red"),)), SpanScore(7, 10, 0.3, 0)),
    ]
    scores = score_answers(found, 0.5)
    assert scores["false_answer_rate"] == pytest.approx(1 / 3)
    assert scores["span_f1"] == 1.0
    assert scores["f1"] == pytest.approx(2 / 4)
    assert scores["no_answer_auroc"] == pytest.approx(2 / 3)
    assert score_answers(found, 0.1)["false_answer_rate"] == pytest.approx(2 / 3)
    assert score_answers(found[3:], 0.5)["false_answer_rate"] is None


def test_failures_are_the_surest_mistakes_and_what_was_missed() -> None:
    text = "Anna met Bert and Cleo in Rome"
    gold = [(0, 4, "PERSON"), (9, 13, "PERSON"), (26, 30, "LOCATION")]
    said = [(0, 4, "PERSON", 0.99), (9, 17, "PERSON", 0.6), (18, 22, "LOCATION", 0.9)]
    found = scoreboard.entity_failures([judged(text, gold, said)], {"PERSON", "LOCATION"})
    assert [entry[1:] for entry in found] == [
        ("Cleo (LOCATION, 0.90)", "nothing"),
        ("Bert and (PERSON, 0.60)", "Bert (PERSON)"),
        ("nothing", "Rome (LOCATION)"),
    ]


# --- files -------------------------------------------------------------------------------------------------------

FACTS = ModelFacts("small@1", "entities", "int8", 2_000_000, "CC0-1.0", "abc")
BOARD = Board(
    "2026-01-02",
    "A machine, 2 cores",
    (FACTS,),
    (
        Score("small@1", "entities", "crossner_en", "test", "en", "", 3, 9, {"f1": 0.5, "names_f1": 0.75}, 10.5, 2000),
        Score("small@1", "entities", "crossner_en", "test", "en", "music", 1, 1, {"f1": 0.25}),
    ),
    (Failure("small@1", "crossner_en", "a | b\nc <i>", "x", "y"),),
    (Robustness("small@1", "entities", "crossner_en", "test", "en", "f1", 3, 0.5, {"upper_case": 0.4}),),
    "2026-01-03",
)


def marked(*names: str) -> str:
    return "By hand.\n" + "".join(f"\n{begin(name)}\nold\n{end(name)}\n\nAlso by hand, {name}.\n" for name in names)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    (folder / "small").mkdir(parents=True)
    (folder / "README.md").write_text(marked("metrics", "robustness"), encoding="utf-8")
    (folder / "small" / "README.md").write_text(marked("metrics", "failures"), encoding="utf-8")
    files = {"model.onnx": ModelFile("abc", 1)}
    metrics = {"dev[old]/f1": 0.1, "cosine": 0.9}
    Manifest("small", "entities", "1", "CC0-1.0", files, metrics=metrics).write(folder / "small")
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {
        path.name + path.parent.name: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()
    }


def test_tables_are_written_between_the_markers_and_writing_again_changes_nothing(models: Path) -> None:
    write_board(BOARD, models)
    first = contents(models)
    write_board(Board.load(models / scoreboard.FILE) or BOARD, models)
    assert contents(models) == first
    readme = (models / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("By hand.\n")
    assert readme.endswith("Also by hand, robustness.\n")
    assert "old" not in readme
    assert "| crossner_en, test | English | 3 of 9 | 0.500 | 0.750 | 10 | 2,000 |" in readme
    assert "| crossner_en, music | English | 1 | 0.250 | - |  |  |" in readme
    assert "| all capitals | 0.400 (-0.100) |" in readme
    card = (models / "small" / "README.md").read_text(encoding="utf-8")
    assert "| crossner_en | a \\| b c &lt;i> | x | y |" in card
    # Published names; what is no score of a file stays.
    assert Manifest.read(models / "small").metrics == {
        "cosine": 0.9, "crossner_en[test]/f1": 0.5, "crossner_en[test]/names_f1": 0.75,
    }  # fmt: skip


def test_the_board_comes_back_from_its_file(models: Path) -> None:
    write_board(BOARD, models)
    assert Board.load(models / scoreboard.FILE) == BOARD
    assert Board.load(models / "nowhere.json") is None
    (models / scoreboard.FILE).write_text('{"date": 1}', encoding="utf-8")
    with pytest.raises(UserError, match=r"metrics\.json"):
        Board.load(models / scoreboard.FILE)


def test_what_was_not_measured_now_is_kept_from_before() -> None:
    later = Board("2026-02-01", "Another", (FACTS,))
    assert merged(BOARD, replace(later, scores=BOARD.scores[:1]), None, scored=True) == replace(
        later, scores=BOARD.scores[:1], robustness=BOARD.robustness, robustness_date=BOARD.robustness_date
    )
    only = merged(BOARD, later, (), scored=False)
    assert (only.scores, only.date, only.robustness, only.robustness_date) == (BOARD.scores, BOARD.date, (), later.date)
    assert set(sections_of(merged(None, later, BOARD.robustness, scored=False))) == {"robustness"}


def test_one_model_is_measured_and_the_others_keep_their_figures() -> None:
    other = replace(FACTS, id="other@1")
    old = replace(
        BOARD,
        models=(FACTS, other),
        scores=(*BOARD.scores, replace(BOARD.scores[0], model="other@1")),
        robustness=(*BOARD.robustness, replace(BOARD.robustness[0], model="other@1")),
    )
    again = replace(BOARD.scores[0], model="other@2", rows=7)
    new = replace(old, date="2026-02-01", models=(FACTS, replace(other, id="other@2")), scores=(again,))
    board = beside(old, new, "other")
    assert board.scores == (*BOARD.scores, again)
    assert board.robustness == BOARD.robustness  # of other@1, which is gone, nothing stays
    assert (board.date, board.failures) == ("2026-02-01", BOARD.failures)
    # What was not measured again keeps its date, also the next time.
    for known in (board, beside(board, replace(new, date="2026-03-01"), "other")):
        assert "Recomputed on 2026-01-02" in card_sections(known, "small@1")["metrics"]
        assert f"Recomputed on {known.date}" in card_sections(known, "other@2")["metrics"]
        assert "Of small@1 on 2026-01-02, on A machine, 2 cores." in sections_of(known)["metrics"]
    assert beside(None, new, "other") == new


def test_one_model_alone_is_of_all_of_them() -> None:
    """Scoring the active model instead, without a word, would be another figure than was asked for."""
    options = argparse.Namespace(
        all=False, robustness=False, only="entities-small", task="entities", data=Path("rows.jsonl"), write=False
    )
    with pytest.raises(UsageError, match="--only goes with --all"):
        evaluate_command(options, io.StringIO())


def test_a_text_without_markers_is_left_alone_and_named(models: Path) -> None:
    with pytest.raises(ValueError, match="metrics"):
        put_between("no markers", "metrics", "x")
    with pytest.raises(ValueError, match="metrics"):
        put_between(f"{end('metrics')} {begin('metrics')}", "metrics", "x")
    (models / "small" / "README.md").write_text("no markers", encoding="utf-8")
    before = contents(models)
    with pytest.raises(UserError, match=r"small.README\.md"):
        write_board(BOARD, models)
    assert contents(models) == before


def test_a_new_card_has_a_place_for_the_figures() -> None:
    recipe = Recipe("small", "entities", "1", (DataSource("a.jsonl", "train"),))
    manifest = Manifest(
        "small", "entities", "1", "CC0-1.0", {}, metrics={"a[dev]/f1": 0.5, "b[dev]/f1": 0.25, "b[dev]/names_f1": 1.0},
        training={"seconds": 60.0, "steps": 1, "best_step": 1},
    )  # fmt: skip
    card = model_card(manifest, recipe)
    assert "| a[dev] | 0.500 | - |" in (between(card, "metrics") or "")
    assert "| b[dev] | 0.250 | 1.000 |" in (between(card, "metrics") or "")
    for name, body in card_sections(BOARD, "small@1").items():
        assert between(put_between(card, name, body), name) == body


def test_a_card_owns_up_to_test_rows_that_chose_something() -> None:
    test = DataSource("a.jsonl", "test", ("dev", "test"))
    for splits, told in ((("dev",), True), (("train",), False)):
        chosen = DataSource("a.jsonl", "validation", splits, limit=40)
        recipe = Recipe("small", "entities", "1", (DataSource("b.jsonl", "train"), chosen, test))
        manifest = Manifest(
            "small", "entities", "1", "CC0-1.0", {}, training={"seconds": 60.0, "steps": 1, "best_step": 1}
        )
        assert ("a.jsonl [dev] (at most 40)" in model_card(manifest, recipe)) is told
    made = (DataSource("", role, ("dev",), limit=9, generate="clauses") for role in ("train", "validation", "test"))
    assert "clauses (generated) [dev] (at most 9)" in model_card(manifest, replace(recipe, data=tuple(made)))


# --- the files of the repository ---------------------------------------------------------------------------------


def shipped_board() -> Board:
    board = Board.load(bundled("models") / scoreboard.FILE)
    if board is None:
        pytest.skip("models/metrics.json is not made yet: docent evaluate --all --robustness --write")
    return board


AGAIN = "not what models/metrics.json says; run: docent evaluate --all --robustness --write"


def test_the_readme_and_the_cards_say_what_was_measured() -> None:
    board = shipped_board()
    texts: list[tuple[Path, dict[str, str]]] = [(bundled("models") / "README.md", sections_of(board))]
    texts += [
        (bundled("models") / model.id.partition("@")[0] / "README.md", card_sections(board, model.id))
        for model in board.models
        if any(score.model == model.id for score in board.scores)
    ]
    for path, sections in texts:
        text = path.read_text(encoding="utf-8")
        for name, body in sections.items():
            found = between(text, name)
            assert found is None or found == body, f"{path}: {name} is {AGAIN}"


def test_the_measured_models_are_those_that_ship() -> None:
    board = shipped_board()
    found: dict[str, Any] = {}
    for path in sorted(bundled("models").glob(f"*/{MANIFEST}")):
        manifest = Manifest.read(path.parent)
        found[manifest.id] = manifest.files[manifest.graph].sha256
        assert manifest.metrics == with_metrics(manifest, board).metrics, f"{path} is {AGAIN}"
    assert {model.id: model.graph for model in board.models} == found, f"The models are {AGAIN}"
