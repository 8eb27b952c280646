"""The committed sample documents: they say what their texts say, and are the documents that the program promises."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pymupdf
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "resources" / "samples"
TEXTS = ROOT / "packaging" / "samples"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}


def _lines(name: str) -> list[str]:
    """What the Markdown text says, without its marks: paragraphs, headings and the cells of tables."""
    lines: list[str] = []
    for line in (TEXTS / f"{name}.md").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith(("<!--", "|---")):
            continue
        plain = re.sub(r"^#+ |^!\[|\]\(chart:\w+\)$|\*", "", line)
        lines += [cell.strip() for cell in plain.strip("|").split("|")] if line.startswith("|") else [plain]
    return [line for line in lines if line]


def _bare(text: str) -> str:
    """Without what line ends change: white space and hyphens."""
    for ligature, letters in _LIGATURES.items():
        text = text.replace(ligature, letters)
    return re.sub(r"[\s\u00ad-]", "", text)


def _pdf(name: str) -> pymupdf.Document:
    return pymupdf.open(SAMPLES / f"{name}.pdf")


@pytest.mark.parametrize(
    ("name", "pages", "language", "outline"),
    [
        ("services-agreement", range(8, 14), "en", "4 Fees and payment"),
        ("purchase-contract-zh", range(4, 8), "zh", "第三条 合同价款"),
        ("annual-report", range(6, 9), "en", "Cargo and traffic"),
    ],
)
def test_pdf_says_what_its_text_says(name: str, pages: range, language: str, outline: str) -> None:
    with _pdf(name) as document:
        said = _bare("".join(page.get_text() for page in document))
        assert document.page_count in pages
        assert document.language == language
        assert outline in [title for _, title, _ in document.get_toc()]
        assert all(page.get_text().strip() for page in document)
        embedded = {font[1] for page in document for font in page.get_fonts()}
    assert embedded <= {"ttf", "otf"}
    # A paragraph may be cut by a page end and its running head, so its two ends are looked for.
    missing = [line for line in _lines(name) if _bare(line)[:24] not in said or _bare(line)[-24:] not in said]
    # The caption of the cover's figures is for those who cannot see them.
    assert [line for line in missing if line != "The authority at a glance"] == []


def test_samples_are_small() -> None:
    assert {path.name: path.stat().st_size for path in SAMPLES.iterdir() if path.stat().st_size > 1_000_000} == {}


def test_docx_says_the_same_as_the_pdf() -> None:
    with zipfile.ZipFile(SAMPLES / "annual-report.docx") as archive:
        body = ElementTree.fromstring(archive.read("word/document.xml"))
        pictures = [name for name in archive.namelist() if name.startswith("word/media/")]
    paragraphs = ["".join(text.text or "" for text in item.iter(f"{_WORD}t")) for item in body.iter(f"{_WORD}p")]
    lines = [line for line in _lines("annual-report") if line != "The authority at a glance"]
    assert [line for line in lines if line not in paragraphs] == []
    styles = [item.get(f"{_WORD}val") for item in body.iter(f"{_WORD}pStyle")]
    assert styles.count("Heading1") == 9
    assert styles.count("Heading2") == 9
    assert len(pictures) == 5
    assert len(list(body.iter(f"{_WORD}tbl"))) == 3


def test_agreement_has_hyphens_at_line_ends_and_an_annex_in_two_columns() -> None:
    with _pdf("services-agreement") as document:
        hyphenated = [line for page in document for line in page.get_text().splitlines() if line.endswith("-")]
        annex = next(page for page in document if page.get_text().find("A.1 Demand forecasting") >= 0)
        middle = annex.rect.width / 2
        words = annex.get_text("words")
    assert len(hyphenated) > 40
    left = [word for word in words if word[2] < middle]
    right = [word for word in words if word[0] > middle]
    assert min(len(left), len(right)) > 150
    assert len(left) + len(right) >= len(words) - 2


@pytest.mark.parametrize("name", ["services-agreement.txt", "services-agreement.md", "services-agreement.html"])
def test_variants_hold_the_clauses_that_they_keep(name: str) -> None:
    text = " ".join((ROOT / "tests" / "data" / name).read_text(encoding="utf-8").split())
    for words in ("payable within thirty (30) days of receipt", "continues until 30 June 2027", "Landgericht Hamburg"):
        assert words in text


def test_chinese_variant_is_in_gb18030() -> None:
    data = (ROOT / "tests" / "data" / "purchase-contract-zh.gb18030.txt").read_bytes()
    assert "人民币肆佰贰拾肆万元整" in data.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
