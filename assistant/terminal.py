"""Text for people on a terminal: wrapping that knows wide characters, headings, results, progress."""

from __future__ import annotations

import os
import shutil
import time
import unicodedata
from typing import TYPE_CHECKING, TextIO

from assistant.jobs import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.types import Answer, Answers, Document, Evidence, Mention, ModelInfo

_STAGES = {
    "reading": ("Reading", "pages"),
    "layout": ("Laying out", "pages"),
    "scans": ("Reading scans", "pages"),
    "entities": ("Finding entities", "parts"),
    "indexing": ("Encoding the text", "passages"),
    "summary": ("Summarizing", "steps"),
    "classification": ("Finding the document's type", "steps"),
    "answering": ("Looking for an answer", "passages"),
    "models": ("Loading models", "steps"),
    "training": ("Training", "steps"),
    "evaluating": ("Evaluating", "rows"),
}
_MOST_WIDTH = 100
_LEAST_WIDTH = 40
_BETWEEN_SECONDS = 0.1
_NAMES_PER_ENTITY = 4


def certainty(score: float) -> str:
    """The word that goes with a score, the same as in the window."""
    return "certain" if score >= 0.85 else "likely" if score >= 0.5 else "unsure"


def width_of(text: str) -> int:
    """Columns that ``text`` takes: two for a wide character, none for a combining one."""
    return sum(_columns(character) for character in text)


def wrap(text: str, columns: int, indent: str = "") -> str:
    """``text`` in lines of at most ``columns``, all but the first one indented. CJK may break at any character."""
    lines: list[str] = []
    line, used = "", 0
    room = max(columns - width_of(indent), 8)
    for piece in _pieces(" ".join(text.split())):
        size = width_of(piece)
        if line and used + width_of(piece.rstrip()) > room:
            lines.append(line.rstrip())
            line, used = "", 0
        while size > room and not line:
            head = _head(piece, room)
            lines.append(head)
            piece = piece[len(head) :]
            size = width_of(piece)
        line += piece
        used += size
    if line:
        lines.append(line.rstrip())
    return f"\n{indent}".join(lines)


def _pieces(text: str) -> Iterable[str]:
    """Runs that stay together: a word with its blank, or a wide character (with what may not begin a line)."""
    start = 0
    for index in range(1, len(text)):
        before, after = text[index - 1], text[index]
        wide = _columns(before) == 2 or _columns(after) == 2
        closing = unicodedata.category(after) in ("Pe", "Pf", "Po") or after == " "
        if before == " " or (wide and not closing and unicodedata.category(before) not in ("Ps", "Pi")):
            yield text[start:index]
            start = index
    if start < len(text):
        yield text[start:]


def _head(text: str, room: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += _columns(character)
        if used > room:
            return text[: max(index, 1)]
    return text


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Writer:
    """Headings and paragraphs on a stream, as wide as the terminal; bold where the terminal can."""

    def __init__(self, out: TextIO, columns: int | None = None) -> None:
        self._out = out
        size = columns or shutil.get_terminal_size((80, 24)).columns
        self.columns = max(_LEAST_WIDTH, min(size, _MOST_WIDTH))
        self._styled = _styled(out)

    def line(self, text: str = "") -> None:
        self._out.write(text + "\n")

    def heading(self, text: str, note: str = "") -> None:
        self.line()
        self.line(self.bold(text) + (f"  {self.dim(note)}" if note else ""))

    def item(self, text: str, chip: str, bullet: str = "  ") -> None:
        """A paragraph with its place and score behind it."""
        self.line(bullet + wrap(text, self.columns, " " * width_of(bullet)))
        self.line(" " * width_of(bullet) + self.dim(chip))

    def bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self._styled else text

    def dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if self._styled else text


def _styled(out: TextIO) -> bool:
    if not out.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    # The old Windows console shows escape sequences as they are; those that do not say who they are.
    return os.name != "nt" or any(os.environ.get(name) for name in ("WT_SESSION", "ANSICON", "TERM", "ConEmuANSI"))


class ProgressLine:
    """One line on a terminal, rewritten as work goes on; silent elsewhere. What, how far and how long."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._on = out.isatty() and os.environ.get("TERM") != "dumb"
        self._stage = ""
        self._began = 0.0
        self._last = 0.0
        self._shown = 0

    def report(self, progress: Progress) -> None:
        if not self._on:
            return
        now = time.monotonic()
        if progress.stage != self._stage:
            self._stage, self._began, self._last = progress.stage, now, 0.0
        if now - self._last < _BETWEEN_SECONDS and progress.done != progress.total:
            return
        self._last = now
        self._show(describe(progress, now - self._began))

    def clear(self) -> None:
        if self._shown:
            self._show("")
            self._out.write("\r")
            self._out.flush()
            self._shown = 0

    def _show(self, text: str) -> None:
        text = _head(text, max(shutil.get_terminal_size((80, 24)).columns - 1, 20))
        self._out.write("\r" + text + " " * max(0, self._shown - width_of(text)))
        self._out.flush()
        self._shown = width_of(text)


def describe(progress: Progress, seconds: float) -> str:
    """``Reading: 12 of 300 pages, about 8 s left``."""
    title, unit = _STAGES.get(progress.stage, (progress.stage.replace("_", " ").capitalize(), "steps"))
    if not progress.total:
        return f"{title} ..."
    text = f"{title}: {progress.done:,} of {progress.total:,} {unit}"
    # An estimate from the first moments would jump about.
    if seconds > 2 and 0 < progress.done < progress.total:
        left = seconds * (progress.total - progress.done) / progress.done
        text += f", about {left:.0f} s left" if left < 90 else f", about {left / 60:.0f} min left"
    return text


# --- results ------------------------------------------------------------------------------------------------------


def score_chip(page: int, score: float) -> str:
    return f"p. {page} · {certainty(score)} {score:.2f}"


def show_document(write: Writer, document: Document) -> None:
    write.line(write.bold(wrap(document.title or document.path.name, write.columns)))
    pages = "1 page" if len(document.pages) == 1 else f"{len(document.pages):,} pages"
    facts = [document.format.upper(), pages, f"{len(document.text):,} characters"]
    if document.language != "und":
        facts.append(f"language {document.language}")
    write.line(write.dim(" · ".join(facts)))


def show_summary(write: Writer, sentences: Sequence[Evidence]) -> None:
    write.heading("Summary", f"{len(sentences)} sentences" if len(sentences) != 1 else "1 sentence")
    if not sentences:
        write.line("  There are no whole sentences to summarize.")
    for sentence in sentences:
        write.item(sentence.text, score_chip(sentence.page, sentence.score))


def show_types(write: Writer, label: str | None, best: Sequence[tuple[str, float]]) -> None:
    write.heading("Type")
    if not best:
        write.line("  There is no text to tell the type from.")
        return
    word = f"{label.replace('_', ' ')}" if label else "unsure"
    others = ", ".join(f"{name.replace('_', ' ')} {score:.2f}" for name, score in best)
    if width_of(word) + width_of(others) + 4 <= write.columns:
        write.line(f"  {write.bold(word)}  {write.dim(others)}")
    else:
        write.line(f"  {write.bold(wrap(word, write.columns, '  '))}")
        write.line(f"    {write.dim(wrap(others, write.columns, '    '))}")


def show_entities(write: Writer, groups: Sequence[tuple[str, str, float, Sequence[Mention]]]) -> None:
    """:param groups: ``(label, name, score, mentions)``, those of one label together."""
    count = len(groups)
    write.heading("Entities", f"{count:,} in {sum(len(group[3]) for group in groups):,} places")
    if not groups:
        write.line("  None were found.")
    label = None
    for kind, name, score, mentions in groups:
        if kind != label:
            label = kind
            same = sum(1 for group in groups if group[0] == kind)
            write.line(f"  {kind.capitalize()} ({same:,})")
        pages: list[int] = sorted({mention.page for mention in mentions})
        shown = ", ".join(str(page) for page in pages[:_NAMES_PER_ENTITY]) + (
            " ..." if len(pages) > _NAMES_PER_ENTITY else ""
        )
        times = f" · {len(mentions)} times" if len(mentions) > 1 else ""
        chip = f"p. {shown}{times} · {certainty(score)} {score:.2f}"
        text = wrap(name, write.columns, "      ")
        last = text.rpartition("\n")[2]
        room = write.columns - width_of(last) - 4
        write.line(
            f"    {text}" + (f"  {write.dim(chip)}" if width_of(chip) + 2 <= room else f"\n      {write.dim(chip)}")
        )


def show_answers(write: Writer, answers: Answers) -> None:
    if answers.answer is None:
        write.line(write.bold("Not in this document."))
    else:
        write.item(answers.answer.text, score_chip(answers.answer.page, answers.answer.score), bullet="")
    _alternatives(write, answers.alternatives)
    if answers.evidence:
        write.heading("Where to look" if answers.answer is None else "Evidence")
        for place in answers.evidence:
            write.item(place.text, f"p. {place.page}")


def _alternatives(write: Writer, alternatives: Sequence[Answer]) -> None:
    if alternatives:
        write.heading("Other answers")
        for answer in alternatives:
            write.item(answer.text, score_chip(answer.page, answer.score))


def show_models(write: Writer, models: Sequence[ModelInfo]) -> None:
    for model in models:
        state = "active" if model.active else "installed"
        facts = f"{model.task}, {state}, {model.size / 1e6:.1f} MB, {model.licence}"
        write.line(f"{write.bold(model.name)} {model.version}  {facts}")
        if model.metrics:
            write.line("  " + ", ".join(f"{name} {value:.3f}" for name, value in model.metrics.items()))
    if not models:
        write.line("No models are installed.")
