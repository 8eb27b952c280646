"""SQuAD 2.0 JSON: questions with their answers in the text, or none (``is_impossible``). Rejected answers are
``plausible_answers``, as in SQuAD. The extra keys ``docent_*`` are passed over by other tools."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from assistant.errors import UserError
from assistant.labelling.formats.sheet import Row, Sheet, Written, as_offset, as_text, as_time, rows_of, whole
from assistant.types import ImportProblem, LabelledDocument


def write(documents: Iterable[LabelledDocument], written: Written) -> Iterator[str]:
    """The file in pieces: one a document."""
    yield '{"version": "v2.0", "data": ['
    first = True
    for document in documents:
        rows = rows_of(document, written, frozenset({"answer"}))
        if not rows:
            continue
        written.labels += len(rows)
        questions: dict[str, list[Row]] = {}
        for row in rows:
            questions.setdefault(row.value, []).append(row)
        paragraph = {"context": document.text, "qas": [_question(text, said) for text, said in questions.items()]}
        plain = {
            "title": document.title,
            "docent_sha256": document.sha256,
            "docent_path": str(document.path),
            "paragraphs": [paragraph],
        }
        yield ("" if first else ",") + "\n" + json.dumps(plain, ensure_ascii=True)
        first = False
    yield "\n]}\n"


def _question(text: str, rows: list[Row]) -> dict[str, object]:
    answers = [_answer(row) for row in rows if row.verdict == "yes"]
    plain: dict[str, object] = {"id": rows[0].id, "question": text, "is_impossible": not answers, "answers": answers}
    refused = [row for row in rows if row.verdict == "no" and row.start is not None]
    if refused:
        plain["plausible_answers"] = [_answer(row) for row in refused]
    absent = next((row for row in rows if row.verdict == "no" and row.start is None), None)
    if absent is not None:
        plain |= {"docent_absent": True, "docent_id": absent.id}
        plain |= {"docent_origin": absent.origin, "docent_time": absent.time}
    elif not answers:
        plain["docent_absent"] = False
    return plain


def _answer(row: Row) -> dict[str, object]:
    return {
        "text": row.quote,
        "answer_start": row.start,
        "docent_id": row.id,
        "docent_origin": row.origin,
        "docent_time": row.time,
    }


def read(path: Path) -> Iterator[Sheet]:
    """One sheet a context. Raises ``UserError``."""
    try:
        articles = json.loads(whole(path))["data"]
        if not isinstance(articles, list):
            raise TypeError("data is no list")
    except json.JSONDecodeError as error:
        raise UserError("data_invalid", path=str(path), line=error.lineno, why=error.msg) from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError("data_invalid", path=str(path), line=1, why=f"it is no SQuAD file ({error}).") from error
    for number, article in enumerate(articles, 1):
        paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
        if not isinstance(paragraphs, list):
            sheet = Sheet(f"document {number}")
            sheet.unreadable(sheet.where, "it has no paragraphs")
            yield sheet
            continue
        for part, paragraph in enumerate(paragraphs, 1):
            where = f"document {number}" if len(paragraphs) == 1 else f"document {number}, paragraph {part}"
            yield _sheet(article, paragraph, where)


def _sheet(article: dict[str, Any], paragraph: Any, where: str) -> Sheet:
    sheet = Sheet(where)
    try:
        sheet.text = as_text(paragraph["context"])
        sheet.sha256 = as_text(article.get("docent_sha256", ""))
        sheet.title, sheet.path = as_text(article.get("title", "")), as_text(article.get("docent_path", ""))
        questions = list(paragraph["qas"])
    except (ValueError, TypeError, KeyError) as error:
        sheet.unreadable(where, str(error))
        return sheet
    for question in questions:
        try:
            sheet.rows.extend(_rows(question, where))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            sheet.problems.append(ImportProblem(where, "unreadable", str(error), ""))
    return sheet


def _rows(question: dict[str, Any], where: str) -> list[Row]:
    text = as_text(question["question"])
    rows: list[Row] = []
    impossible = bool(question.get("is_impossible", False))
    for key, verdict in (("answers", "yes"), ("plausible_answers", "no")):
        for answer in question.get(key) or ():
            quote, start = as_text(answer["text"]), as_offset(answer["answer_start"])
            rows.append(
                Row(
                    where,
                    "answer",
                    text,
                    "yes" if verdict == "yes" else "no",
                    start,
                    start + len(quote),
                    quote,
                    id=as_text(answer.get("docent_id", "")),
                    origin=as_text(answer.get("docent_origin", "")),
                    time=as_time(answer.get("docent_time", 0.0)),
                )
            )
    # Only ours tells a rejected answer apart from "not in this document".
    if question.get("docent_absent", impossible):
        rows.append(
            Row(
                where,
                "answer",
                text,
                "no",
                id=as_text(question.get("docent_id", "")),
                origin=as_text(question.get("docent_origin", "")),
                time=as_time(question.get("docent_time", 0.0)),
            )
        )
    return rows
