"""What stands beside the cells of a sheet: comments, text boxes, titles of charts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from assistant.documents.archive import Archive, resolve
from assistant.documents.grid import cell
from assistant.documents.markup import attribute, local, parse_xml
from assistant.documents.number_formats import general

_LEGACY = "[Threaded comment]"
_MOST = 20_000
_POINTS = 2_000
"""Points of a chart that are shown as rows; they are cells of a sheet as well."""


def relations(archive: Archive, part: str, path: Path) -> dict[str, tuple[str, str]]:
    """Kind and part by id, of the relations inside the container. Raises DocumentError."""
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
    if rels not in archive:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for element in parse_xml(archive.read(rels, limit_mb=20), path):
        if element.get("TargetMode") == "External":
            continue
        target = resolve(part, element.get("Target") or "")
        if target is not None:
            found[element.get("Id") or ""] = (element.get("Type") or "").rpartition("/")[2], target
    return found


def comments(archive: Archive, part: str, path: Path) -> Iterator[str]:
    """``B3 2024-05-31 12:30:00 – Author: text`` of each comment, of either kind. Raises DocumentError."""
    root = parse_xml(archive.read(part), path)
    people = _people(archive, path) if local(root) == "ThreadedComments" else {}
    authors = [each.text or "" for group in root if local(group) == "authors" for each in group]
    count = 0
    for element in root.iter():
        kind = local(element)
        if kind not in ("comment", "threadedComment"):
            continue
        count += 1
        if count > _MOST:
            return
        text = " ".join("".join(each.text or "" for each in element.iter() if local(each) in ("t", "text")).split())
        if kind == "threadedComment":
            author = people.get(element.get("personId") or "", "")
        else:
            number = element.get("authorId") or ""
            author = authors[int(number)] if number.isdigit() and int(number) < len(authors) else ""
        if not text or text.startswith(_LEGACY):
            # The old part says in many words that the new one has the comment.
            continue
        if author and not text.startswith(author + ":") and not author.startswith("tc="):
            text = f"{author}: {text}"
        when = (element.get("dT") or "")[:19].replace("T", " ")
        place = " ".join(each for each in (element.get("ref"), when) if each)
        yield f"{place} – {text}" if place else text


def _people(archive: Archive, path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in archive.names:
        if "/persons/" in name.lower() and name.lower().endswith(".xml"):
            for each in parse_xml(archive.read(name, limit_mb=5), path):
                found[each.get("id") or ""] = each.get("displayName") or ""
    return found


def texts_of_drawings(archive: Archive, part: str, path: Path) -> Iterator[str | list[str]]:
    """Text boxes of a drawing, and titles and figures (as rows) of its charts. Raises DocumentError."""
    root = parse_xml(archive.read(part), path)
    targets = relations(archive, part, path)
    for element in root.iter():
        kind = local(element)
        if kind == "txBody":
            yield from _paragraphs(element)
        elif kind == "chart":
            _, chart = targets.get(attribute(element, "id") or "", ("", ""))
            if chart and chart in archive:
                yield from _chart(parse_xml(archive.read(chart), path))


def _chart(root: Any) -> Iterator[str | list[str]]:
    names: list[str] = [""]
    columns: list[list[str]] = []
    for element in root.iter():
        kind = local(element)
        if kind == "rich":
            yield from _paragraphs(element)
        elif kind == "ser":
            parts = {local(each): each for each in element}
            names.append(" ".join(_values(parts.get("tx"))))
            categories = parts.get("cat", parts.get("xVal"))
            if not columns:
                columns.append(_values(categories))
            columns.append(_values(parts.get("val", parts.get("yVal"))))
    if columns and any(columns):
        yield names
        for row in islice(zip_longest(*columns, fillvalue=""), _POINTS):
            yield list(row)


def _values(element: Any) -> list[str]:
    """The values that a chart keeps of its cells, in their order."""
    if element is None:
        return []
    found = []
    for each in element.iter():
        if local(each) == "v" and each.text:
            try:
                found.append(cell(general(float(each.text)), right=True))
            except ValueError:
                found.append(cell(each.text))
    return found


def _paragraphs(element: Any) -> Iterator[str]:
    for paragraph in element.iter():
        if local(paragraph) == "p":
            text = "".join(each.text or "" for each in paragraph.iter() if local(each) == "t")
            if text.strip():
                yield text.strip()
