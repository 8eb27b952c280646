"""``docent``: the same engine without a window. Commands, JSON fields and exit codes are an interface: see README.

Exit codes: 0 done; 1 something else went wrong; 2 the request does not make sense; 3 a document cannot be read;
130 interrupted. Under ``--json`` stdout carries one JSON object and nothing else, and an error is the object
``{"error": {"code", "message"}}`` on stderr. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import assistant
from assistant import cli_labels, cli_window, log
from assistant.cli_session import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_PIPE,
    Json,
    error_object,
    exit_code,
    load,
    loaded,
    print_json,
    say,
    session,
    terminated_as_by_ctrl_c,
    workshop,
)
from assistant.errors import Cancelled, UsageError, UserError
from assistant.paths import Paths, choose_profile
from assistant.terminal import (
    Writer,
    show_answers,
    show_document,
    show_entities,
    show_models,
    show_summary,
    show_types,
)
from assistant.training.cli_arguments import add_model_arguments, add_training_arguments

if TYPE_CHECKING:
    from assistant.types import Answer, Answers, Classification, Document, Entities, Evidence, Summary

TASKS = ("entities", "answers", "summary", "classification")
LEVELS = ("sentence", "short", "detailed")

_BEST_TYPES = 3
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Raises ``SystemExit`` for ``--help`` and ``--version`` alone."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _prepare_streams()
    as_json = "--json" in arguments
    try:
        options = _parser().parse_args(arguments or ["open"])
        choose_profile(options.profile, portable=options.portable)
        log.configure(Paths.default(), verbose=options.verbose)
        command: Callable[[argparse.Namespace], int] = options.run
        code = command(options)
        sys.stdout.flush()
    except (Cancelled, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except UserError as error:
        say(error_object(error), str(error), as_json)
        return exit_code(error)
    except Exception as error:  # noqa: BLE001 - the last line: a bug becomes a sentence and a log entry
        if isinstance(error, OSError) and _pipe_broke(error):
            return _give_up_stdout()
        _log.error("command failed", exc_info=True)
        bug = UserError("internal", why=type(error).__name__, log=str(Paths.default().log / "docent.log"))
        say(error_object(bug), str(bug), as_json)
        return EXIT_FAILED
    return code


# --- the commands -----------------------------------------------------------------------------------------------


def _read(options: argparse.Namespace) -> int:
    failures: list[UserError] = []
    timings: dict[str, float] = {}
    with session(options) as (engine, ctx):
        began = time.perf_counter()
        document = _timed(timings, "read", lambda: load(engine, options, ctx))
        # One missing model does not take the other results away.
        entities = _attempt(failures, timings, "entities", lambda: engine.entities(document, ctx))
        summary = _attempt(failures, timings, "summary", lambda: engine.summarize(document, ctx, options.level))
        types = _attempt(failures, timings, "classification", lambda: engine.classify(document, ctx))
        given = None
        try:
            # What the user said wins over what models found.
            given = engine.labels.document_type(document)
            entities = engine.labels.merged(document, entities) if entities is not None else None
        except UserError as error:
            failures.append(error)
        provider = engine.ran_on(document).name
        timings["total"] = round(time.perf_counter() - began, 4)
    for failure in failures:
        say(error_object(failure), str(failure), options.json)
    if options.json:
        # There only where the user has said it.
        said: Json = {} if given is None else {"document_type": {"label": given, "source": "user"}}
        print_json(
            {
                "document": _document_object(document),
                "summary": [_place(sentence) for sentence in summary.sentences] if summary else [],
                "entities": _entity_objects(entities) if entities else [],
                "classification": _type_objects(types) if types else [],
                "provider": provider,
                "timings": timings,
                **said,
            }
        )
    else:
        _print_findings(document, summary, entities, types, given)
        sys.stdout.write(f"\nRead on {provider} in {timings['total']:.1f} s.\n")
    return exit_code(failures[0]) if failures else EXIT_OK


def _text(options: argparse.Namespace) -> int:
    with session(options) as (engine, ctx):
        document = load(engine, options, ctx)
    if options.json:
        pages = [
            {
                "number": page.number,
                "start": page.span.start,
                "end": page.span.end,
                # A page without any text: its layer was looked at and is empty.
                "source": "layer" if page.source == "none" else page.source,
            }
            for page in document.pages
        ]
        print_json({"text": document.text, "pages": pages})
    else:
        sys.stdout.write(document.text)
        if document.text and not document.text.endswith("\n"):
            sys.stdout.write("\n")
    return EXIT_OK


def _tables(options: argparse.Namespace) -> int:
    from assistant.engine import table_csv

    with session(options) as (engine, ctx):
        document, tables = loaded(options, lambda password: engine.load_tables(options.file, ctx, password))
    files: list[Path] = []
    if options.csv is not None:
        try:
            options.csv.mkdir(parents=True, exist_ok=True)
            for number, table in enumerate(tables, 1):
                files.append(options.csv / f"{document.path.stem}-{number:03}-page-{table.page}.csv")
                files[-1].write_text(table_csv(document, table), encoding="utf-8-sig", newline="")
        except OSError as error:
            raise UserError("cannot_write", path=str(options.csv), why=error.strerror or "error") from error
    if options.json:
        rows = [
            {
                "page": table.page,
                "box": [round(value, 1) for value in table.box],
                "rows": [[cell.of(document.text) for cell in row] for row in table.rows],
                "cells": [[[cell.start, cell.end] for cell in row] for row in table.rows],
            }
            for table in tables
        ]
        print_json({"tables": rows, "files": [str(file) for file in files]})
    elif files:
        sys.stdout.writelines(f"{file}\n" for file in files)
    else:
        sys.stdout.write("\n".join(table_csv(document, table) for table in tables))
    return EXIT_OK


def _ask(options: argparse.Namespace) -> int:
    with session(options) as (engine, ctx):
        document = load(engine, options, ctx)
        answers: Answers = engine.ask(document, options.question, ctx)
    if options.json:
        print_json(
            {
                "answer": _place(answers.answer) if answers.answer else None,
                "alternatives": [_place(answer) for answer in answers.alternatives],
                "evidence": [_place(evidence) for evidence in answers.evidence],
            }
        )
    else:
        show_answers(Writer(sys.stdout), answers)
    return EXIT_OK


def _models(options: argparse.Namespace) -> int:
    if options.action is not None:
        models_cli = importlib.import_module("assistant.training.models_cli")
        return int(models_cli.models_command(options, sys.stdout, lambda: workshop(options)))
    from assistant.engine import Engine

    with Engine.create() as engine:
        models = engine.models()
    if options.json:
        names = ("name", "task", "version", "licence", "size", "active", "labels", "metrics")
        print_json({"models": [{name: getattr(model, name) for name in names} for model in models]})
    else:
        show_models(Writer(sys.stdout), models)
    return EXIT_OK


def _doctor(options: argparse.Namespace) -> int:
    from assistant.doctor import doctor

    return doctor(options.json)


def _train(options: argparse.Namespace) -> int:
    if options.labels or options.resume:
        if options.recipe or options.data or options.out:
            raise UsageError("usage", why="--labels takes no --recipe, --data or --out: the labels are the data.")
        models_cli = importlib.import_module("assistant.training.models_cli")
        return int(models_cli.train_from_labels(options, sys.stdout, lambda: workshop(options)))
    if options.recipe is None and (options.task is None or not options.data or options.out is None):
        raise UsageError("usage", why="docent train needs --task, --data and --out, or --recipe.")
    return _training("train_command", options)


def _evaluate(options: argparse.Namespace) -> int:
    return _training("evaluate_command", options)


def _training(name: str, options: argparse.Namespace) -> int:
    """Hand over to :mod:`assistant.training.cli`, which is there in any case; its packages may not be."""
    try:
        command = getattr(importlib.import_module("assistant.training.cli"), name)
        with terminated_as_by_ctrl_c():
            return int(command(options, sys.stdout) or EXIT_OK)
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "assistant":
            raise
        _log.info("training needs %s", error.name)
        raise UserError("training_unavailable") from error


# --- arguments --------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Errors of usage go the way of all errors, so that ``--json`` holds for them as well."""

    def error(self, message: str) -> NoReturn:
        raise UsageError("usage", why=f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="docent",
        description="Read a document on this computer: summary, entities, type and answers, each with its place.",
        epilog="Exit codes: 0 done, 2 usage, 3 the document cannot be read, 1 anything else, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"docent {assistant.__version__}")
    common = _Parser(add_help=False)
    common.add_argument("--verbose", action="store_true", help="log to stderr")
    common.add_argument("--profile", metavar="NAME", help="settings, labels, models and recent files of their own")
    common.add_argument("--portable", action="store_true", help="keep everything in a folder beside the program")
    as_json = _Parser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="one JSON object on stdout")
    document = _Parser(add_help=False)
    document.add_argument("file", metavar="FILE", type=Path, help="a PDF, an office document, mail, text or a picture")
    document.add_argument(
        "--password", help="opens a protected document (better: the variable DOCENT_PASSWORD, or a prompt)"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    cli_window.add_parsers(commands, common)

    command = commands.add_parser("read", parents=[document, as_json, common], help="summary, entities and type")
    command.add_argument("--level", choices=LEVELS, default="short", help="how much the summary says")
    command.set_defaults(run=_read)

    command = commands.add_parser("text", parents=[document, as_json, common], help="the text in reading order")
    command.set_defaults(run=_text)

    command = commands.add_parser("tables", parents=[document, as_json, common], help="the tables, as CSV")
    command.add_argument("--csv", metavar="DIR", type=Path, help="one file for each table instead of the terminal")
    command.set_defaults(run=_tables)

    command = commands.add_parser("ask", parents=[document, as_json, common], help="answer a question from a document")
    command.add_argument("question", metavar="QUESTION")
    command.set_defaults(run=_ask)

    cli_labels.add_parsers(commands, common, as_json)

    command = commands.add_parser("train", parents=[as_json, common], help="train a model")
    command.add_argument("--task", choices=TASKS)
    command.add_argument("--data", metavar="FILE", type=Path, action="append", default=[], help="may be repeated")
    command.add_argument("--out", metavar="DIR", type=Path)
    command.add_argument("--recipe", metavar="FILE", type=Path, help="a file of models/recipes")
    command.add_argument("--start", metavar="DIR", type=Path, help="the model that the recipe starts from")
    add_training_arguments(command)
    command.set_defaults(run=_train)

    command = commands.add_parser("evaluate", parents=[as_json, common], help="score a model on labelled data")
    command.add_argument("task", choices=TASKS, nargs="?")
    command.add_argument("--data", metavar="FILE", type=Path)
    command.add_argument("--all", action="store_true", help="all models that ship, on all their test data")
    command.add_argument("--only", metavar="NAME", help="of the shipped models, measure this one alone")
    command.add_argument("--robustness", action="store_true", help="what they lose on capitals, OCR errors, tables ...")
    command.add_argument("--write", action="store_true", help="put these figures into models/")
    command.add_argument("--model", metavar="DIR", type=Path, help="instead of the active one")
    command.add_argument("--limit", metavar="N", type=_positive, help="score the first N rows only")
    command.add_argument("--split", help="score the rows of one split only")
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("models", parents=[as_json, common], help="list the installed models, change them")
    add_model_arguments(command)
    command.set_defaults(run=_models)

    command = commands.add_parser("doctor", parents=[as_json, common], help="look whether everything is in order")
    command.set_defaults(run=_doctor)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)


def _timed(timings: dict[str, float], name: str, work: Callable[[], _T]) -> _T:
    began = time.perf_counter()
    try:
        return work()
    finally:
        timings[name] = round(time.perf_counter() - began, 4)


def _attempt(failures: list[UserError], timings: dict[str, float], name: str, work: Callable[[], _T]) -> _T | None:
    try:
        return _timed(timings, name, work)
    except UserError as error:
        failures.append(error)
        return None


# --- output -----------------------------------------------------------------------------------------------------


def _document_object(document: Document) -> Json:
    return {
        "path": str(document.path),
        "sha256": document.sha256,
        "format": document.format,
        "pages": len(document.pages),
        "language": document.language,
        "title": document.title,
        "characters": len(document.text),
    }


def _place(found: Evidence | Answer) -> Json:
    return {
        "text": found.text,
        "page": found.page,
        "start": found.span.start,
        "end": found.span.end,
        "score": round(float(found.score), 6),
    }


def _entity_objects(entities: Entities) -> list[Json]:
    return [
        {
            "text": mention.text,
            "label": mention.label,
            "page": mention.page,
            "start": mention.span.start,
            "end": mention.span.end,
            "score": round(float(mention.score), 6),
            "source": mention.source,
        }
        for mention in entities.mentions
    ]


def _type_objects(types: Classification) -> list[Json]:
    return [{"label": row.label, "score": round(float(row.score), 6)} for row in types.scores]


def _print_findings(
    document: Document,
    summary: Summary | None,
    entities: Entities | None,
    types: Classification | None,
    given: str | None,
) -> None:
    from assistant.types import ENTITY_LABELS

    write = Writer(sys.stdout)
    show_document(write, document)
    if types is not None:
        show_types(write, given or types.label, [(row.label, row.score) for row in types.scores[:_BEST_TYPES]])
    if summary is not None:
        show_summary(write, summary.sentences)
    if entities is not None:
        order = {label: index for index, label in enumerate(ENTITY_LABELS)}
        # Within a label the entity that is named most often comes first.
        rows = sorted(entities.entities, key=lambda one: (order.get(one.label, len(order)), -len(one.mentions)))
        show_entities(write, [(one.label, one.name, one.score, one.mentions) for one in rows])


# --- the world outside --------------------------------------------------------------------------------------------


def _prepare_streams() -> None:
    """UTF-8 whatever the console's code page is; what cannot be shown is replaced, never an error."""
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def _pipe_broke(error: OSError) -> bool:
    # Windows reports a closed pipe as EINVAL.
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)


def _give_up_stdout() -> int:
    """The reader of our output has left (``docent text FILE | head``). Python's own last flush must not complain."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return EXIT_PIPE


if __name__ == "__main__":
    sys.exit(main())
