"""Scans of our own: pages of PDFs as pictures, turned and askew, with the true places of their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pymupdf

from helpers.pdfs import Text, make_pdf, prose

ENGLISH = (
    "The tenant pays a monthly rent of EUR 1,840 to Harbour",
    "Lights Housing Ltd, due on the third working day. It is",
    "agreed that repairs below EUR 120 are borne by the ten-",
    "ant, and that Maria Keller keeps the keys of the cellar.",
)
LEFT = (
    "The ferry leaves the old harbour at seven",
    "in the morning and crosses the strait in",
    "forty minutes. Passengers may bring two",
    "suitcases and a bicycle free of charge.",
)
RIGHT = (
    "Cyclists are asked to wait until all cars",
    "have left the deck. In strong winds the",
    "captain may close the upper saloon, and",
    "hot drinks are then served below deck.",
)
CHINESE = ("本合同自双方签字之日起生效，有效期三年。", "甲方应于每月五日前支付租金人民币六千元。")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a scan: a source page, and how it lies on the glass."""

    texts: Sequence[Text]
    font: str = "helv"
    turn: int = 0
    """Degrees that its head points to the right of upwards; a multiple of 90."""
    skew: float = 0.0
    """Degrees that its lines fall to the right, besides."""


# Below where running heads stand: the same lines begin several pages.
ENGLISH_SHEET = prose(ENGLISH, y=330, size=12, pitch=17)
TWO_COLUMNS = [
    (50.0, 80.0, "Notices to passengers of the Northern Line", 18.0),
    *prose(LEFT, x=50, y=120, size=11, pitch=15),
    *prose(RIGHT, x=315, y=120, size=11, pitch=15),
]
CHINESE_SHEET = prose(CHINESE, y=110, size=13, pitch=22)


def placed(sheet: Sheet, page: pymupdf.Rect) -> tuple[pymupdf.Matrix, pymupdf.Rect]:
    """From the source page to the scanned one, both in points, and the scanned page."""
    middle = pymupdf.Matrix(1, 0, 0, 1, -page.width / 2, -page.height / 2)
    turned = pymupdf.Matrix(sheet.turn + sheet.skew)
    size = (page.height, page.width) if sheet.turn % 180 else (page.width, page.height)
    matrix = middle * turned * pymupdf.Matrix(1, 0, 0, 1, size[0] / 2, size[1] / 2)
    return matrix, pymupdf.Rect(0, 0, *size)


def write_scan(path: Path, sheets: Sequence[Sheet], dpi: float = 150) -> list[list[tuple[str, pymupdf.Rect]]]:
    """Each sheet as a page that is one picture. Returns the words of each page with their places."""
    words: list[list[tuple[str, pymupdf.Rect]]] = []
    scan = pymupdf.open()
    for number, sheet in enumerate(sheets):
        source = make_pdf(path.with_suffix(f".{number}.pdf"), [sheet.texts], sheet.font)
        with pymupdf.open(source) as document:
            page = document[0]
            matrix, size = placed(sheet, page.rect)
            scale = dpi / 72
            area = pymupdf.IRect(0, 0, round(size.width * scale), round(size.height * scale))
            shown = page.get_displaylist()
            picture = pymupdf.Pixmap(pymupdf.csGRAY, area, False)
            picture.clear_with(255)
            device = pymupdf.mupdf.fz_new_draw_device(pymupdf.mupdf.FzMatrix(), picture.this)
            parts = pymupdf.mupdf.FzMatrix(*(matrix * pymupdf.Matrix(scale, scale)))
            everywhere = pymupdf.mupdf.FzRect(pymupdf.mupdf.FzRect.Fixed_INFINITE)
            pymupdf.mupdf.fz_run_display_list(shown.this, device, parts, everywhere, pymupdf.mupdf.FzCookie())
            pymupdf.mupdf.fz_close_device(device)
            scan.new_page(width=size.width, height=size.height).insert_image(size, pixmap=picture)
            words.append([(word[4], pymupdf.Rect(word[:4]) * matrix) for word in page.get_text("words")])
        source.unlink()
    scan.save(path)
    scan.close()
    return words
