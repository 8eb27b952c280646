"""The sample documents' Markdown as a list of blocks that every output format is made from."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``runs`` are (text, bold, italic)."""

    runs: tuple[tuple[str, bool, bool], ...]

    @property
    def text(self) -> str:
        return "".join(text for text, _, _ in self.runs)

    @property
    def markup(self) -> str:
        parts = []
        for text, bold, italic in self.runs:
            escaped = html.escape(text, quote=False)
            escaped = f"<i>{escaped}</i>" if italic else escaped
            parts.append(f"<b>{escaped}</b>" if bold else escaped)
        return "".join(parts)

    @property
    def is_item(self) -> bool:
        """A lettered item such as ``(a)`` or ``（一）``, which is indented."""
        return re.match(r"\([a-z]\) |（[一二三四五六七八九十]）", self.text) is not None


@dataclass(frozen=True, slots=True)
class Table:
    """``rows[0]`` is the head. A row is bold if its cells are."""

    rows: tuple[tuple[str, ...], ...]
    bold: tuple[bool, ...]
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    caption: str


@dataclass(frozen=True, slots=True)
class Directive:
    """``toc``, ``page``, ``columns``, ``/columns`` or ``signatures NAME; LINE; LINE | NAME; ...``."""

    name: str
    argument: str = ""


Block = Heading | Paragraph | Table | Figure | Directive


def parse(markdown: str) -> list[Block]:
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    blocks: list[Block] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "heading_open":
            blocks.append(Heading(int(token.tag[1]), tokens[index + 1].content))
            index += 3
        elif token.type == "paragraph_open":
            blocks.append(_paragraph(tokens[index + 1]))
            index += 3
        elif token.type == "table_open":
            end = next(i for i in range(index, len(tokens)) if tokens[i].type == "table_close")
            blocks.append(_table(tokens[index:end]))
            index = end + 1
        elif token.type == "html_block":
            name, _, argument = token.content.strip().removeprefix("<!--").removesuffix("-->").strip().partition(" ")
            blocks.append(Directive(name, argument))
            index += 1
        else:
            raise ValueError(f"the samples do not use {token.type}")
    return blocks


def _paragraph(inline: Token) -> Paragraph | Figure:
    runs: list[tuple[str, bool, bool]] = []
    bold = italic = False
    for child in inline.children or ():
        match child.type:
            case "strong_open" | "strong_close":
                bold = child.type == "strong_open"
            case "em_open" | "em_close":
                italic = child.type == "em_open"
            case "image":
                return Figure(str(child.attrs["src"]).removeprefix("chart:"), child.content)
            case "text":
                runs.append((child.content, bold, italic))
            case "softbreak":
                runs.append((" ", bold, italic))
            case other:
                raise ValueError(f"the samples do not use {other}")
    return Paragraph(tuple(run for run in runs if run[0]))


def _table(tokens: list[Token]) -> Table:
    rows: list[tuple[str, ...]] = []
    bold: list[bool] = []
    right: list[bool] = []
    cells: list[str] = []
    heavy = False
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            cells, heavy = [], not rows
        elif token.type in ("th_open", "td_open"):
            if token.type == "th_open":
                right.append("right" in str(token.attrs.get("style", "")))
            paragraph = _paragraph(tokens[index + 1])
            assert isinstance(paragraph, Paragraph)
            cells.append(paragraph.text)
            heavy = heavy or any(run[1] for run in paragraph.runs)
        elif token.type == "tr_close":
            rows.append(tuple(cells))
            bold.append(heavy)
    return Table(tuple(rows), tuple(bold), tuple(right))
