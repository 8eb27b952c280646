"""The figures of the annual report, drawn with MuPDF's vector operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pymupdf

INK = (0.11, 0.12, 0.14)
MUTED = (0.40, 0.43, 0.47)
RULE = (0.84, 0.86, 0.89)
BLUE = (0.10, 0.33, 0.56)
LIGHT_BLUE = (0.60, 0.73, 0.85)
TEAL = (0.05, 0.47, 0.40)


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws text and shapes on a page in the sans-serif face of the report."""

    page: pymupdf.Page
    regular: pymupdf.Font
    bold: pymupdf.Font

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 8,
        color: Sequence[float] = INK,
        *,
        bold: bool = False,
        anchor: float = 0.0,
    ) -> None:
        """``anchor`` 0 puts the text's left end at ``x``, 0.5 its middle, 1 its right end."""
        font = self.bold if bold else self.regular
        self.page.insert_text(
            (x - anchor * font.text_length(text, size), y),
            text,
            fontsize=size,
            fontname="sansbold" if bold else "sans",
            color=color,
        )

    def line(
        self, x0: float, y0: float, x1: float, y1: float, color: Sequence[float] = RULE, width: float = 0.6
    ) -> None:
        self.page.draw_line((x0, y0), (x1, y1), color=color, width=width)

    def box(self, x0: float, y0: float, x1: float, y1: float, color: Sequence[float]) -> None:
        self.page.draw_rect(pymupdf.Rect(x0, y0, x1, y1), color=None, fill=color, width=0)


Draw = Callable[[Pen, pymupdf.Rect], None]


def _axis(pen: Pen, area: pymupdf.Rect, top: float, step: float, digits: int = 0) -> Callable[[float], float]:
    def height(value: float) -> float:
        return float(area.y1 - (area.y1 - area.y0) * value / top)

    value = 0.0
    while value <= top + 1e-6:
        y = height(value)
        pen.line(area.x0, y, area.x1, y, INK if value == 0 else RULE)
        pen.text(area.x0 - 6, y + 2.6, f"{value:.{digits}f}", 7.5, MUTED, anchor=1)
        value += step
    return height


def _bars(pen: Pen, rect: pymupdf.Rect, names: Sequence[str], values: Sequence[float], top: float, step: float) -> None:
    area = pymupdf.Rect(rect.x0 + 26, rect.y0 + 12, rect.x1 - 6, rect.y1 - 18)
    height = _axis(pen, area, top, step)
    slot = area.width / len(values)
    for index, (name, value) in enumerate(zip(names, values, strict=True)):
        middle = area.x0 + slot * (index + 0.5)
        last = index == len(values) - 1
        pen.box(middle - slot * 0.27, height(value), middle + slot * 0.27, area.y1, BLUE if last else LIGHT_BLUE)
        pen.text(middle, height(value) - 4, f"{value:.1f}", 8, bold=last, anchor=0.5)
        pen.text(middle, area.y1 + 12, name, 8, MUTED, anchor=0.5)


def cargo(pen: Pen, rect: pymupdf.Rect) -> None:
    _bars(pen, rect, ("2020", "2021", "2022", "2023", "2024"), (21.4, 22.6, 23.1, 23.8, 25.2), 30, 10)


def safety(pen: Pen, rect: pymupdf.Rect) -> None:
    _bars(pen, rect, ("2020", "2021", "2022", "2023", "2024"), (5.1, 4.4, 3.9, 3.2, 2.6), 6, 2)


def kinds(pen: Pen, rect: pymupdf.Rect) -> None:
    rows = (
        ("Containers", 9.1, 9.8),
        ("Dry bulk", 6.3, 6.1),
        ("Liquid bulk", 4.6, 4.7),
        ("Roll-on roll-off", 2.9, 3.4),
        ("Project cargo", 0.9, 1.2),
    )
    left, right = rect.x0 + 82, rect.x1 - 40
    pen.box(left, rect.y0 + 2, left + 8, rect.y0 + 10, LIGHT_BLUE)
    pen.text(left + 12, rect.y0 + 9.5, "2023", 8, MUTED)
    pen.box(left + 46, rect.y0 + 2, left + 54, rect.y0 + 10, BLUE)
    pen.text(left + 58, rect.y0 + 9.5, "2024", 8, MUTED)
    slot = (rect.y1 - rect.y0 - 20) / len(rows)
    for index, (name, before, now) in enumerate(rows):
        y = rect.y0 + 20 + slot * index
        pen.text(left - 8, y + slot * 0.55, name, 8, anchor=1)
        for part, value, color in ((0, before, LIGHT_BLUE), (1, now, BLUE)):
            top = y + slot * (0.12 + 0.38 * part)
            end = left + (right - left) * value / 10
            pen.box(left, top, end, top + slot * 0.34, color)
            pen.text(end + 5, top + slot * 0.30, f"{value:.1f}", 7.5, INK if part else MUTED, bold=bool(part))
    pen.line(left, rect.y0 + 18, left, rect.y1, INK)


def emissions(pen: Pen, rect: pymupdf.Rect) -> None:
    years = ("2019", "2020", "2021", "2022", "2023", "2024")
    values = (31.2, 28.0, 27.1, 24.6, 21.3, 17.5)
    area = pymupdf.Rect(rect.x0 + 26, rect.y0 + 12, rect.x1 - 6, rect.y1 - 18)
    height = _axis(pen, area, 40, 10)
    slot = area.width / len(years)
    points = [(area.x0 + slot * (index + 0.5), height(value)) for index, value in enumerate(values)]
    pen.page.draw_polyline(points, color=TEAL, width=1.8, lineJoin=1)
    for (x, y), year, value in zip(points, years, values, strict=True):
        pen.page.draw_circle((x, y), 2.8, color=TEAL, fill=TEAL)
        pen.text(x, y - 7, f"{value:.1f}", 8, bold=year == "2024", anchor=0.5)
        pen.text(x, area.y1 + 12, year, 8, MUTED, anchor=0.5)


def cover(pen: Pen, rect: pymupdf.Rect) -> None:
    figures = (
        ("25.2 m", "tonnes of cargo"),
        ("6,318", "calls by ships"),
        ("£186.4 m", "revenue"),
        ("-44%", "emissions since 2019"),
    )
    pen.box(rect.x0, rect.y0, rect.x1, rect.y1, (0.93, 0.95, 0.97))
    pen.box(rect.x0, rect.y0, rect.x0 + 4, rect.y1, BLUE)
    slot = (rect.width - 16) / len(figures)
    middle = (rect.y0 + rect.y1) / 2
    for index, (figure, name) in enumerate(figures):
        x = rect.x0 + 20 + slot * index
        pen.text(x, middle + 2, figure, 18, BLUE, bold=True)
        pen.text(x, middle + 18, name, 8.5, MUTED)


CHARTS: dict[str, tuple[float, Draw]] = {
    "cover": (78, cover),
    "cargo": (150, cargo),
    "kinds": (165, kinds),
    "emissions": (150, emissions),
    "safety": (135, safety),
}
"""Name -> height in points, drawing."""
