"""Small documents, good and bad, made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import pymupdf

_CONTRACT = """
Service Agreement

This agreement is made on 3 March 2024 between Northwind Analytics GmbH, Berlin, and Harbour Freight Lines Ltd,
London. It governs the monthly reporting of freight volumes.

The fee is EUR 12,500 per month. Invoices are payable within 30 days of receipt. Late payment bears interest of
2.5% above the base rate.

Either party may end this agreement with three months' notice in writing. Notices are sent to
legal@northwind-analytics.example or by post to the address above.

Maria Keller signs for Northwind Analytics GmbH. James Okafor signs for Harbour Freight Lines Ltd.
"""
PARAGRAPHS = tuple(" ".join(paragraph.split()) for paragraph in _CONTRACT.split("\n\n"))
QUESTION = "How much is the monthly fee?"
PASSWORD = "open sesame"


def write_pdf(path: Path, pages: list[list[str]], **save: object) -> Path:
    """A PDF with a text layer: each page is a list of paragraphs; ``save`` goes to ``pymupdf``'s ``save``."""
    document = pymupdf.open()
    for paragraphs in pages:
        page = document.new_page(width=595, height=842)
        top = 72.0
        for paragraph in paragraphs:
            box = pymupdf.Rect(72, top, 523, 800)
            left = page.insert_textbox(box, paragraph, fontsize=11, fontname="helv")
            assert left >= 0, "the paragraph does not fit on the page"
            top += (box.height - left) + 8
    document.save(str(path), **save)
    document.close()
    return path


class Samples:
    """Each property is the path of a document; it is written on first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _make(self, name: str, write: Callable[[Path], object]) -> Path:
        path = self.folder / name
        write(path)
        return path

    @cached_property
    def contract(self) -> Path:
        """Two pages of an English contract."""
        pages = [list(PARAGRAPHS[:3]), list(PARAGRAPHS[3:])]
        return self._make("contract.pdf", lambda path: write_pdf(path, pages))

    @cached_property
    def text(self) -> Path:
        content = "\n\n".join(PARAGRAPHS) + "\n"
        return self._make("contract.txt", lambda path: path.write_text(content, encoding="utf-8"))

    @cached_property
    def chinese(self) -> Path:
        paragraphs = (
            "采购合同",
            "甲方:北京远山科技有限公司。乙方:上海明湖物流有限公司。",
            "合同总价为人民币1,200,000元,自2024年3月1日起生效。",
        )
        return self._make("合同.txt", lambda path: path.write_text("\n\n".join(paragraphs), encoding="utf-8"))

    @cached_property
    def locked(self) -> Path:
        """The contract behind :data:`PASSWORD`."""

        def write(path: Path) -> None:
            write_pdf(
                path,
                [list(PARAGRAPHS)],
                encryption=pymupdf.PDF_ENCRYPT_AES_256,
                user_pw=PASSWORD,
                owner_pw="the owner's",
            )

        return self._make("locked.pdf", write)

    @cached_property
    def scan(self) -> Path:
        """Pages that are pictures: no text layer."""

        def write(path: Path) -> None:
            document = pymupdf.open()
            for shade in (90, 160):
                page = document.new_page(width=300, height=400)
                pixels = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 60, 80), False)
                pixels.clear_with(shade)
                page.insert_image(page.rect, pixmap=pixels)
            document.save(str(path))
            document.close()

        return self._make("scan.pdf", write)

    @cached_property
    def damaged(self) -> Path:
        """A PDF's first line and then nothing of use."""
        return self._make("damaged.pdf", lambda path: path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 8))

    @cached_property
    def empty(self) -> Path:
        return self._make("empty.pdf", lambda path: path.write_bytes(b""))

    @cached_property
    def misnamed(self) -> Path:
        """A ZIP archive of no known kind that claims to be a PDF."""
        return self._make("misnamed.pdf", lambda path: path.write_bytes(b"PK\x05\x06" + b"\0" * 18))

    @cached_property
    def huge(self) -> Path:
        """50 MB of plain text."""
        line = "The quick brown fox jumps over the lazy dog near the river bank in spring.\n"

        def write(path: Path) -> None:
            with path.open("w", encoding="utf-8", newline="\n") as stream:
                for _ in range(50_000_000 // (len(line) * 1000) + 1):
                    stream.write(line * 1000)

        return self._make("huge.txt", write)
