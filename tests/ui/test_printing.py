"""Printing into real PDF files, from the real window and its document process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest
from pytestqt.qtbot import QtBot

from assistant.types import Span
from helpers.program import WAIT, open_document
from ui.dialogs.printing import PrintDialog
from ui.jobs import Job
from ui.main_window import MainWindow
from ui.models.page_ranges import page_range
from ui.views.document_view import DocumentView
from ui.views.print_pages import PrintRequest


def _paper(path: Path, pages: int = 5) -> Path:
    with pymupdf.open() as document:
        for number in range(pages):
            page = document.new_page(width=842, height=595) if number == 1 else document.new_page()
            page.insert_text((72, 100), f"Sheet {number + 1}: 合同", fontname="china-s", fontsize=30)
        document.save(path)
    return path


def _print(window: MainWindow, view: DocumentView, request: PrintRequest, *, with_marks: bool) -> Job:
    source = view.printed.pages
    assert source is not None
    return window.exports.print_pages(view, source, request, with_marks=with_marks)


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("2", [2]),
        ("1-3, 5", [1, 2, 3, 5]),
        (" 4 - ", [4, 5]),
        ("-2", [1, 2]),
        ("3-1", [3, 2, 1]),
        ("1，3、5", [1, 3, 5]),
        ("0", None),
        ("6", None),
        ("1-6", None),
        ("a", None),
        ("1,,2", None),
        ("-", None),
        ("1 2", None),
        ("9" * 400, None),
    ],
)
def test_ranges(text: str, pages: list[int] | None) -> None:
    assert page_range(text, 5) == pages


def test_pages_are_printed_to_a_file_with_their_size_and_highlights(
    start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = start()
    view = open_document(window, _paper(tmp_path / "paper.pdf"), qtbot)
    document, desk = view.session.document, view.marks
    qtbot.waitUntil(lambda: view.session.analysis_seconds is not None and not view.session.is_busy(), timeout=WAIT)
    assert document is not None
    assert desk is not None
    at = document.text.index("合同")
    desk.session.run(lambda marks, text: marks.add(text, "highlight", Span(at, at + 2), "pink"))
    qtbot.waitUntil(lambda: len(desk.state.marks) == 1, timeout=WAIT)
    for with_marks, name in ((True, "with.pdf"), (False, "without.pdf")):
        with qtbot.waitSignal(window._jobs.idle, timeout=WAIT):
            _print(window, view, PrintRequest((1, 2, 4), "", tmp_path / name), with_marks=with_marks)
        with pymupdf.open(tmp_path / name) as printed:
            assert [(round(page.rect.width), round(page.rect.height)) for page in printed] == [
                (595, 842),
                (842, 595),
                (595, 842),
            ]
            pixels = printed[0].get_pixmap()
            dark = sum(sum(pixels.pixel(x, y)) < 300 for x in range(60, 460, 2) for y in range(60, 120, 2))
            pink = sum(
                pixels.pixel(x, y)[0] > pixels.pixel(x, y)[1] + 40 for x in range(60, 460, 2) for y in range(60, 120, 2)
            )
            assert dark > 20, "the words are there"
            assert (pink > 20) == with_marks
        assert window.status.message.full_text == f"Saved as {name}"
    assert not list(tmp_path.glob(".docent-*"))


def test_printing_can_be_stopped_and_never_replaces_the_document(
    start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    path = _paper(tmp_path / "paper.pdf", 60)
    window = start()
    view = open_document(window, path, qtbot)
    before = path.read_bytes()
    pages = tuple(range(1, 61))
    job = _print(window, view, PrintRequest(pages, "", tmp_path / "out.pdf"), with_marks=False)
    with qtbot.waitSignal(job.progress, timeout=WAIT):
        pass
    with qtbot.waitSignal(job.cancelled, timeout=WAIT):
        job.cancel()
    assert not (tmp_path / "out.pdf").exists()
    qtbot.waitUntil(lambda: not list(tmp_path.glob(".docent-*")), timeout=WAIT)
    job = _print(window, view, PrintRequest((1,), "", path), with_marks=False)
    with qtbot.waitSignal(job.failed, timeout=WAIT) as failed:
        pass
    assert failed.args[0].code == "export_over_source"
    assert path.read_bytes() == before


def test_printing_stops_with_its_document(start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    window = start()
    view = open_document(window, _paper(tmp_path / "paper.pdf", 60), qtbot)
    errors: list[object] = []
    window.error_shown.connect(errors.append)
    said: list[str] = []
    window.exports.said.connect(said.append)
    job = _print(window, view, PrintRequest(tuple(range(1, 61)), "", tmp_path / "out.pdf"), with_marks=False)
    with qtbot.waitSignal(job.progress, timeout=WAIT):
        pass
    window.actions_table["close_tab"].trigger()
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT)
    assert said == ["Stopped."]
    assert not errors
    assert not (tmp_path / "out.pdf").exists()
    # A failure that comes after the document was closed is said all the same.
    view = open_document(window, _paper(tmp_path / "other.pdf", 2), qtbot)
    _print(window, view, PrintRequest((1,), "", tmp_path / "no folder" / "out.pdf"), with_marks=False)
    window.actions_table["close_tab"].trigger()
    qtbot.waitUntil(lambda: len(said) == 2, timeout=WAIT)
    assert not errors


def test_the_dialog_shows_what_will_be_printed(start: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path) -> None:
    window = start()
    open_document(window, _paper(tmp_path / "paper.pdf"), qtbot)
    window.actions_table["print"].trigger()
    (dialog,) = window.findChildren(PrintDialog)
    qtbot.waitUntil(lambda: dialog.preview.is_drawn, timeout=WAIT)
    assert dialog.pages == [1, 2, 3, 4, 5]
    # Return prints; the way to the other pages of the preview comes after.
    assert dialog.focusWidget() is dialog.printer
    dialog.which.setCurrentIndex(dialog.which.findData("range"))
    dialog.range.setText("4-5")
    assert dialog.pages == [4, 5]
    dialog.next.click()
    assert dialog.position.text() == "Page 5 of 5"
    qtbot.waitUntil(lambda: dialog.preview.is_drawn, timeout=WAIT)
    dialog.range.setText("9")
    assert not dialog.print_button.isEnabled()
    assert "1 to 5" in dialog.problem.text
    dialog.set_printers(["Office"], "Office")
    dialog.range.setText("1-2")
    assert dialog.print_button.text() == "Print 2 pages"
    assert dialog.printer_name == "Office"
    dialog.reject()
