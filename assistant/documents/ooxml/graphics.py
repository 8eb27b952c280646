"""Charts and diagrams (SmartArt) as tables and lists: what they say, not how they are drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from assistant.documents.markup import attribute, child, children, escape, local, table
from assistant.documents.ooxml.styles import number, value

_POINTS, _SERIES = 1_000, 20
"""Of one chart; more is a picture rather than a table."""
_NODES = 2_000
_DATE = re.compile(r"(?<![a-z])(?:[dy]{1,4}|m{1,4})[-/. ,年月]", re.IGNORECASE)
_KINDS = {
    "barChart": "Bar chart",
    "bar3DChart": "Bar chart",
    "lineChart": "Line chart",
    "line3DChart": "Line chart",
    "pieChart": "Pie chart",
    "pie3DChart": "Pie chart",
    "ofPieChart": "Pie chart",
    "doughnutChart": "Doughnut chart",
    "areaChart": "Area chart",
    "area3DChart": "Area chart",
    "scatterChart": "Scatter chart",
    "bubbleChart": "Bubble chart",
    "radarChart": "Radar chart",
    "stockChart": "Stock chart",
    "surfaceChart": "Surface chart",
    "surface3DChart": "Surface chart",
}


def chart(root: Any) -> list[str]:
    """Blocks of HTML of a chart part: its title, its kind and its values."""
    found = child(root, "chart")
    if found is None:
        return []
    if child(found, "plotArea", "plotAreaRegion") is not None:
        return _new_chart(root, found)
    area = child(found, "plotArea")
    title = _rich(child(found, "title"))
    blocks = [f"<p><b>{escape(title)}</b></p>"] if title else []
    for plot in area if area is not None else ():
        kind = _KINDS.get(local(plot))
        if kind is None:
            continue
        series = list(children(plot, "ser")[:_SERIES])
        if kind == "Bar chart" and value(child(plot, "barDir")) != "bar":
            kind = "Column chart"
        blocks.append(f'<p class="alt">{kind}</p>')
        rows = _values(series)
        if rows:
            blocks.extend(_tables(rows))
    axes = [_rich(child(axis, "title")) for axis in area if local(axis).endswith("Ax")] if area is not None else []
    named = [escape(name) for name in axes if name]
    if named:
        blocks.append(f'<p class="alt">{" · ".join(named)}</p>')
    return blocks


def _tables(rows: Sequence[Sequence[str]]) -> list[str]:
    """In pieces that are laid out quickly, each with the heads of its columns."""
    return [table([rows[0], *rows[at : at + 200]], header=True) for at in range(1, len(rows), 200)] or [table(rows)]


def _values(series: list[Any]) -> list[list[str]]:
    """Categories down, series across."""
    names = [_points(child(item, "tx")) for item in series]
    heads = [escape(" ".join(name.values())) for name in names]
    columns = [
        _points(child(item, "val") if child(item, "val") is not None else child(item, "yVal")) for item in series
    ]
    labels: dict[int, str] = {}
    for item in series:
        source = child(item, "cat") if child(item, "cat") is not None else child(item, "xVal")
        for index, text in _points(source).items():
            labels.setdefault(index, text)
    places = sorted({index for column in [*columns, labels] for index in column})[:_POINTS]
    if not places:
        return []
    rows = [["", *heads]] if any(heads) else [["", *("" for _ in series)]]
    rows.extend(
        [escape(labels.get(index, "")), *(escape(column.get(index, "")) for column in columns)] for index in places
    )
    return rows


def _points(source: Any | None) -> dict[int, str]:
    """The cached values of a reference by their places."""
    if source is None:
        return {}
    found: dict[int, str] = {}
    levels = [item for item in source.iter() if local(item) == "lvl"]
    form = next((item.text or "" for item in source.iter() if local(item) == "formatCode"), "")
    for holder in reversed(levels) if levels else (source,):
        for point in holder.iter():
            if local(point) != "pt" or len(found) > 2 * _POINTS:
                continue
            index = number(attribute(point, "idx"))
            cached = child(point, "v")
            text = (cached.text or "") if cached is not None else ""
            text = shown(text.strip(), attribute(point, "formatCode") or form)
            found[index] = f"{found[index]} · {text}" if index in found and levels else text
    if not found:
        rich = _rich(source)
        direct = child(source, "v")
        text = rich or (direct.text or "" if direct is not None else "")
        return {0: text} if text else {}
    return found


def shown(text: str, form: str) -> str:
    """A number as people see it: percentages, dates, no noise of binary fractions."""
    try:
        figure = float(text)
    except ValueError:
        return text
    if "%" in form:
        decimals = len(form.partition(".")[2].partition("%")[0]) if "." in form else 0
        return f"{figure * 100:.{min(decimals, 6)}f}%"
    if _DATE.search(form + " ") and "#" not in form and 0 < figure < 2_958_466:
        day = datetime(1899, 12, 30) + timedelta(days=figure)
        return f"{day:%Y-%m-%d}" if figure == int(figure) else f"{day:%Y-%m-%d %H:%M}"
    return f"{figure:.12g}" if "e" not in text.lower() or abs(figure) < 1e12 else text


def _rich(element: Any | None) -> str:
    """Text of a title, written or cached."""
    if element is None:
        return ""
    paragraphs = [item for item in element.iter() if local(item) == "p"]
    if paragraphs:
        lines = ("".join(item.text or "" for item in part.iter() if local(item) == "t") for part in paragraphs)
        return " ".join(" ".join(lines).split())
    cached = (item.text or "" for item in element.iter() if local(item) == "v")
    return " ".join(" ".join(cached).split())


def _new_chart(root: Any, found: Any) -> list[str]:
    """Charts since Office 2016 (waterfall, funnel, treemap)."""
    title = _rich(child(found, "title"))
    blocks = [f"<p><b>{escape(title)}</b></p>"] if title else []
    for data in [item for item in root.iter() if local(item) == "data"][:_SERIES]:
        columns: list[dict[int, str]] = []
        for dimension in data:
            if local(dimension) in ("strDim", "numDim"):
                for level in children(dimension, "lvl"):
                    form = attribute(level, "formatCode") or ""
                    points = children(level, "pt")[:_POINTS]
                    columns.append({number(attribute(item, "idx")): shown(item.text or "", form) for item in points})
        places = sorted({index for column in columns for index in column})[:_POINTS]
        rows = [[escape(column.get(index, "")) for column in columns] for index in places]
        if rows:
            blocks.extend(table(rows[at : at + 200]) for at in range(0, len(rows), 200))
    return blocks


def diagram(root: Any) -> list[str]:
    """Blocks of HTML of a diagram's data: its texts as a list by their levels."""
    points = child(root, "ptLst")
    if points is None:
        return []
    texts: dict[str, str] = {}
    order: list[str] = []
    for point in children(points, "pt")[:_NODES]:
        if (attribute(point, "type") or "node") not in ("node", "asst", "doc"):
            continue
        key = attribute(point, "modelId") or ""
        text = child(point, "t")
        lines = [
            "".join(
                item.text or "" if local(item) == "t" else " " for item in part.iter() if local(item) in ("t", "br")
            )
            for part in (children(text, "p") if text is not None else ())
        ]
        texts[key] = "<br>".join(escape(" ".join(line.split())) for line in lines if line.strip())
        order.append(key)
    below: dict[str, list[tuple[int, str]]] = {}
    inner: set[str] = set()
    links = child(root, "cxnLst")
    for link in children(links, "cxn") if links is not None else ():
        if (attribute(link, "type") or "parOf") != "parOf":
            continue
        above, under = attribute(link, "srcId") or "", attribute(link, "destId") or ""
        if above in texts and under in texts and under not in inner:
            below.setdefault(above, []).append((number(attribute(link, "srcOrd")), under))
            inner.add(under)
    blocks: list[str] = []
    done: set[str] = set()
    for key in [*(key for key in order if key not in inner), *order]:
        for node, depth in _tree(key, below, done):
            if texts[node]:
                blocks.append(f'<p class="i{min(depth, 5)}">•&#160;{texts[node]}</p>')
    return blocks


def _tree(root: str, below: dict[str, list[tuple[int, str]]], done: set[str]) -> Iterator[tuple[str, int]]:
    """Nodes from the top down, each once, whatever the connections say."""
    waiting = [(root, 0)]
    while waiting:
        key, depth = waiting.pop()
        if key in done:
            continue
        done.add(key)
        yield key, max(0, depth - 1)
        waiting.extend((under, depth + 1) for _, under in sorted(below.get(key, ()), reverse=True))
