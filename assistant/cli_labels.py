"""``docent labels``: list, export, import, history, undo, redo. Commands and JSON fields are an interface."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.cli_session import EXIT_FAILED, EXIT_OK, Json, load, print_json, session
from assistant.errors import UsageError, UserError

if TYPE_CHECKING:
    from assistant.engine import Engine
    from assistant.types import Document, ImportProblem, ImportReport, Label, LabelEvent

FORMATS = ("jsonl", "doccano", "conll", "squad", "csv", "brat")
_SUFFIXES = {".jsonl": "jsonl", ".conll": "conll", ".bio": "conll", ".iob": "conll", ".json": "squad", ".csv": "csv"}
_SHOWN = 60
_PROBLEMS = 20
_WORDS = {
    "mismatch": "other words stand there",
    "outside": "the place is outside of the text",
    "unknown_document": "no such document is known here",
    "conflict": "there is another label, which stays",
    "discontinuous": "its parts are not next to each other",
    "unreadable": "it cannot be read",
    "refused": "it is too long",
}
_LEFT_OUT = {
    "kind": "labels of kinds that the format does not hold",
    "overlap": "labels that overlap others",
    "lost": "labels whose words are not found any more",
    "no_text": "labels of documents whose text is not kept, as they need a password",
}


def add_parsers(commands: Any, common: argparse.ArgumentParser, as_json: argparse.ArgumentParser) -> None:
    """Add ``labels`` with its own commands to ``commands`` of the program's parser."""
    labels = commands.add_parser("labels", help="labels: list, export, import, history, undo")
    own = labels.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parents = [as_json, common]

    command = own.add_parser("list", parents=parents, help="how many labels there are, or those of one document")
    _document_argument(command)
    command.set_defaults(run=_list)

    command = own.add_parser("export", parents=parents, help="write labels for other tools")
    command.add_argument("out", metavar="OUT", type=Path, help="a file; a new folder for brat")
    command.add_argument("--format", choices=FORMATS, help="told by the name of OUT if it is not given")
    command.add_argument("--document", metavar="FILE", type=Path, action="append", default=[], help="may be repeated")
    command.add_argument("--force", action="store_true", help="replace OUT where it is there already")
    command.add_argument("--password", help=argparse.SUPPRESS)
    command.set_defaults(run=_export)

    command = own.add_parser("import", parents=parents, help="take over labels from another tool")
    command.add_argument("source", metavar="IN", type=Path, help="a file; a folder for brat")
    command.add_argument("--format", choices=FORMATS, help="told by the name of IN if it is not given")
    command.add_argument("--document", metavar="FILE", type=Path, help="the document that the labels are of")
    command.add_argument("--password", help=argparse.SUPPRESS)
    command.set_defaults(run=_import)

    command = own.add_parser("history", parents=parents, help="what was labelled, newest first")
    _document_argument(command)
    command.add_argument("--limit", metavar="N", type=int, default=50)
    command.set_defaults(run=_history)

    for way, help_ in (("undo", "turn back the last step"), ("redo", "take the last undo back")):
        command = own.add_parser(way, parents=parents, help=help_)
        _document_argument(command)
        command.set_defaults(run=_move, way=way)


def _document_argument(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", type=Path, nargs="?", help="of this document alone")
    command.add_argument("--password", help=argparse.SUPPRESS)


@contextmanager
def _engine(options: argparse.Namespace, file: Path | None) -> Iterator[tuple[Engine, Document | None]]:
    """An engine, and the document that the command is about."""
    with session(options) as (engine, ctx):
        document = None
        if file is not None:
            options.file = file
            document = load(engine, options, ctx)
        yield engine, document


def _list(options: argparse.Namespace) -> int:
    with _engine(options, options.file) as (engine, document):
        if document is not None:
            _say_labels(options, engine.labels.of(document))
            return EXIT_OK
        counts = engine.labels.counts()
    if options.json:
        print_json({"documents": counts.documents, "counts": [asdict(row) for row in counts.rows]})
        return EXIT_OK
    if not counts.rows:
        sys.stdout.write("There are no labels yet.\n")
    for row in counts.rows:
        more = f", {row.needed} more needed for training" if row.needed else ""
        rejected = f", {row.rejected} rejected" if row.rejected else ""
        name = f"{row.kind} {row.value}".strip()
        sys.stdout.write(f"{name}: {row.labels} in {_count(row.documents, 'document')}{rejected}{more}\n")
    return EXIT_OK


def _say_labels(options: argparse.Namespace, labels: tuple[Label, ...]) -> None:
    if options.json:
        print_json({"labels": [_label_object(label) for label in labels]})
        return
    for label in labels:
        where = "lost" if label.lost else f"page {label.anchor.page}" if label.anchor is not None else "document"
        sys.stdout.write(f"{where:10}{_said(label)}\n")


def _export(options: argparse.Namespace) -> int:
    format_ = options.format or _format_of(options.out)
    if options.out.exists() and not options.force and format_ != "brat":
        raise UserError("file_exists", path=str(options.out))
    with session(options) as (engine, ctx):
        chosen: list[str] | None = None
        if options.document:
            chosen = []
            for file in options.document:
                options.file = file
                document = load(engine, options, ctx)
                # A file that was edited takes its labels along when they are first asked for.
                engine.labels.of(document)
                chosen.append(document.sha256)
        report = engine.labels.export(options.out, format_, chosen, ctx)
    if options.json:
        left = dict(report.left_out)
        print_json({"path": str(report.path), "documents": report.documents, "labels": report.labels, "left_out": left})
        return EXIT_OK
    what = f"{_count(report.labels, 'label')} of {_count(report.documents, 'document')}"
    sys.stdout.write(f"Written to {report.path}: {what}.\n")
    for reason, count in report.left_out:
        sys.stdout.write(f"Left out: {count} {_LEFT_OUT[reason]}.\n")
    return EXIT_OK


def _import(options: argparse.Namespace) -> int:
    format_ = options.format or _format_of(options.source)
    with session(options) as (engine, ctx):
        documents: list[Document] = []
        if options.document is not None:
            options.file = options.document
            documents.append(load(engine, options, ctx))
        report: ImportReport = engine.labels.import_(options.source, format_, documents, ctx)
    if options.json:
        print_json(
            {
                "documents": report.documents,
                "added": report.added,
                "already": report.already,
                "problems": [asdict(problem) for problem in report.problems],
            }
        )
    else:
        already = f" {report.already} were there before." if report.already else ""
        what = f"{_count(report.added, 'label')} of {_count(report.documents, 'document')}"
        sys.stdout.write(f"Taken over: {what}.{already}\n")
        for problem in report.problems[:_PROBLEMS]:
            sys.stdout.write(f"Not taken over: {_problem(problem)}\n")
        if len(report.problems) > _PROBLEMS:
            sys.stdout.write(f"... and {len(report.problems) - _PROBLEMS} more.\n")
    return EXIT_FAILED if report.problems and not (report.added or report.already) else EXIT_OK


def _history(options: argparse.Namespace) -> int:
    with _engine(options, options.file) as (engine, document):
        events = engine.labels.history(document.sha256 if document is not None else None, options.limit)
    if options.json:
        print_json({"events": [_event_object(event) for event in events]})
    for event in () if options.json else events:
        sys.stdout.write(f"{datetime.fromtimestamp(event.time):%Y-%m-%d %H:%M:%S}  {_told(event)}\n")
    return EXIT_OK


def _move(options: argparse.Namespace) -> int:
    with _engine(options, options.file) as (engine, document):
        move = engine.labels.undo if options.way == "undo" else engine.labels.redo
        event = move(document.sha256 if document is not None else None)
    if options.json:
        print_json({"event": _event_object(event) if event is not None else None})
    elif event is None:
        sys.stdout.write(f"There is nothing to {options.way}.\n")
    else:
        sys.stdout.write(f"{_told(event)}\n")
    return EXIT_OK


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _format_of(path: Path) -> Any:
    if path.is_dir():
        return "brat"
    found = _SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise UsageError("usage", why=f"The format cannot be told by the name {path.name}. Add --format.")
    return found


def _said(label: Label) -> str:
    words = " ".join(label.text.split())
    quoted = f'"{words[:_SHOWN]}{"..." if len(words) > _SHOWN else ""}"' if words else ""
    no = "not " if label.verdict == "no" else ""
    return " ".join(part for part in (f"{no}{label.kind}", label.value, quoted, f"({label.origin})") if part)


def _told(event: LabelEvent) -> str:
    undone = " (undone)" if event.undone else ""
    if event.label_type is not None:
        return f"type {event.label_type.title}{undone}"
    if event.before is not None and event.after is not None:
        return f"{event.action}: {_said(event.before)} -> {_said(event.after)}{undone}"
    label = event.after or event.before
    what = "removed" if event.after is None else "added"
    said = _said(label) if label is not None else ""
    return f"{event.action}: {what} {said}{undone}" if event.action in ("undo", "redo") else f"{what} {said}{undone}"


def _problem(problem: ImportProblem) -> str:
    found = f', found "{problem.found}"' if problem.found else ""
    return f'{problem.where}: {_WORDS[problem.reason]} ("{problem.quoted}"{found})'


def _label_object(label: Label) -> Json:
    anchor = label.anchor
    return {
        "id": label.id,
        "document": label.document,
        "kind": label.kind,
        "value": label.value,
        "verdict": label.verdict,
        "text": label.text,
        "page": anchor.page if anchor is not None else None,
        "start": anchor.span.start if anchor is not None else None,
        "end": anchor.span.end if anchor is not None else None,
        "origin": label.origin,
        "time": label.time,
        "lost": label.lost,
    }


def _event_object(event: LabelEvent) -> Json:
    return {
        "number": event.number,
        "step": event.step,
        "time": event.time,
        "document": event.document,
        "action": event.action,
        "before": _label_object(event.before) if event.before is not None else None,
        "after": _label_object(event.after) if event.after is not None else None,
        "type": asdict(event.label_type) if event.label_type is not None else None,
        "undone": event.undone,
    }
