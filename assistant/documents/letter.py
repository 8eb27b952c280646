"""A message as a document: who wrote to whom, the text, attached messages, the list of attachments.

Shared by the mail formats, which differ in their containers only.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.documents import markup, names
from assistant.documents.flow import FlowSource, clean_html
from assistant.documents.limits import MAIL_TEXT_MB, MEGABYTE
from assistant.documents.parts import cut
from assistant.documents.pictures import data_address
from assistant.errors import DocumentError
from assistant.types import size_text

_BREAK = re.compile(r"\n[ \t]*\n\s*")
_INDENT = re.compile(r"^[ \t]+|(?<=[ \t])[ \t]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """An attachment."""

    name: str
    """As the sender wrote it."""
    media_type: str
    size: int
    """In bytes."""
    data: Callable[[], bytes]
    """Its content. May raise DocumentError."""


@dataclass(slots=True)
class Letter:
    """One message."""

    subject: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    """Label and text: From, To, Cc, Date."""
    bodies: list[str] = field(default_factory=list)
    """Clean HTML."""
    enclosures: list[Enclosure] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    """Attached messages."""


class LetterSource(FlowSource):
    """A message laid out into pages, with its attachments."""

    def __init__(self, path: Path, letter: Letter) -> None:
        super().__init__(path, cut(_page(letter, 1), path) or ["<p></p>"], names.shown(letter.subject) or None)
        self._enclosures = letter.enclosures

    def attachments(self) -> Sequence[tuple[str, str, int]]:
        """Name, media type and size in bytes."""
        return [(names.safe(each.name), each.media_type, each.size) for each in self._enclosures]

    def attachment(self, number: int) -> bytes:
        """The content of the attachment of that number, from 0."""
        return self._enclosures[number].data()


def from_html(text: str, path: Path, resolve: Callable[[str], bytes | None]) -> str:
    """Clean HTML of a body; ``resolve`` has the pictures that come with the message, by their addresses.

    Raises DocumentError.
    """
    _check_size(text, path)

    def address(source: str) -> str | None:
        data = resolve(source)
        return data_address(data) if data is not None else None

    return clean_html(text, address)


def from_text(text: str, path: Path, *, flowed: bool = False) -> str:
    """Paragraphs of a plain body, with their line ends (``flowed``: RFC 3676, a space at the end goes on)."""
    _check_size(text, path)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if flowed:
        text = re.sub(r"(?<!\n--) \n(?![>\n])", " ", text)
    paragraphs = (piece.strip("\n") for piece in _BREAK.split(text.strip("\n")))
    return "".join(f"<p>{_lines(piece)}</p>" for piece in paragraphs if piece.strip())


def picture(data: bytes) -> str:
    """A picture as a paragraph of its own; nothing where it cannot be drawn."""
    address = data_address(data)
    return f'<p><img src="{address}"></p>' if address is not None else ""


def has_content(body: str) -> bool:
    """Whether clean HTML shows anything."""
    return bool(re.search(r"<img[^>]* src=", body)) or bool(
        html.unescape(re.sub(r"<[^>]*>", "", body)).strip("\ufeff\u200b \xa0\t\n")
    )


def _page(letter: Letter, level: int) -> str:
    out = []
    subject = names.shown(letter.subject)
    heading = f"h{min(level, 6)}"
    if subject:
        out.append(f"<{heading}>{markup.escape(subject)}</{heading}>")
    if letter.fields:
        rows = [(f"<b>{label}</b>", markup.escape(names.shown(text))) for label, text in letter.fields]
        out.append(markup.table(rows))
    out.extend(letter.bodies)
    for inner in letter.letters:
        # Its subject is its heading.
        title = "Attached message"
        out.append(
            f"<p><b>{title}</b></p>" if inner.subject else f"<h{min(level + 1, 6)}>{title}</h{min(level + 1, 6)}>"
        )
        out.append(_page(inner, level + 1))
    if letter.enclosures:
        out.append(f"<h{min(level + 1, 6)}>Attachments</h{min(level + 1, 6)}><ul>")
        for each in letter.enclosures:
            kind = f"{markup.escape(names.shown(each.media_type))}, {size_text(each.size)}"
            out.append(f"<li>{markup.escape(names.safe(each.name))} ({kind})</li>")
        out.append("</ul>")
    return "".join(out)


def _lines(paragraph: str) -> str:
    lines = _INDENT.sub(lambda found: "\xa0" * len(found.group().expandtabs(4)), paragraph)
    return markup.escape(lines).replace("\n", "<br>")


def _check_size(text: str, path: Path) -> None:
    if len(text) > MAIL_TEXT_MB * MEGABYTE:
        size = round(len(text) / MEGABYTE)
        raise DocumentError("too_large", path=str(path), size=size, kind="message text", limit=MAIL_TEXT_MB)
