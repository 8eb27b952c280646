"""Short variants of the samples as plain text, Markdown and HTML, for tests of those formats."""

from __future__ import annotations

import html
import re
import textwrap
from pathlib import Path

from samples.source import Block, Heading, Paragraph, Table, parse

CLAUSES = ("4 ", "5 ", "10 ", "16 ")
"""The clauses of the services agreement that the short variants keep."""


def write_variants(texts: dict[str, str], folder: Path) -> None:
    short = _shorten(texts["services-agreement"])
    blocks = parse(short)
    _write(folder / "services-agreement.md", short)
    _write(folder / "services-agreement.txt", _plain(blocks))
    _write(folder / "services-agreement.html", _html(blocks))
    chinese = re.sub(r"(?s)<!-- signatures.*", "", texts["purchase-contract-zh"])
    # Chinese files from Windows are often in GB 18030, without a mark that says so.
    (folder / "purchase-contract-zh.gb18030.txt").write_bytes(_plain(parse(chinese)).encode("gb18030"))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _shorten(markdown: str) -> str:
    front, *sections = re.split(r"(?m)^(?=## )", markdown)
    kept = [section for section in sections if section.removeprefix("## ").startswith(CLAUSES)]
    return re.sub(r"<!--.*?-->\n*", "", front + "".join(kept)).rstrip() + "\n"


def _plain(blocks: list[Block]) -> str:
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            parts.append(block.text.upper() if block.level == 1 else block.text)
        elif isinstance(block, Paragraph):
            parts.append("\n".join(textwrap.wrap(block.text, 92)) if " " in block.text[:60] else block.text)
        elif isinstance(block, Table):
            parts.append("\n".join("\t".join(row) for row in block.rows))
    return "\n\n".join(parts) + "\n"


def _html(blocks: list[Block]) -> str:
    lines = ["<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">']
    lines += ["<title>Services Agreement</title>", "</head>", "<body>"]
    for block in blocks:
        if isinstance(block, Heading):
            lines.append(f"<h{block.level}>{html.escape(block.text)}</h{block.level}>")
        elif isinstance(block, Paragraph):
            lines.append(f"<p>{block.markup}</p>")
        elif isinstance(block, Table):
            lines.append("<table>")
            for index, row in enumerate(block.rows):
                tag = "td" if index else "th"
                lines.append("<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>")
            lines.append("</table>")
    return "\n".join([*lines, "</body>", "</html>"]) + "\n"
