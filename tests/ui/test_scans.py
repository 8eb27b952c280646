"""Scans in the window: shown at once, read in the background, their words marked; stopping and going on."""

from __future__ import annotations

from pathlib import Path

import pymupdf
from pytestqt.qtbot import QtBot

from assistant.jobs import Progress
from helpers.scans import ENGLISH_SHEET, Sheet, write_scan
from ui.main_window import MainWindow
from ui.views.document_view import DocumentView

_WAIT = 120_000


def _open(window: MainWindow, path: Path, qtbot: QtBot) -> DocumentView:
    window.open_paths([path])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.session.document is not None, timeout=_WAIT)
    return view


def test_a_scan_is_read_in_the_background(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    write_scan(path, [Sheet([]), Sheet(ENGLISH_SHEET)])
    view = _open(window, path, qtbot)
    document = view.session.document
    assert document is not None
    assert document.text == ""
    assert view.session.reads_scans
    assert "being recognised" in view.notices.sentence.text()
    assert not window.status.recognised.isVisible()
    view.pages.go_to_page(2, record=False)
    here = view.pages.here()
    qtbot.waitUntil(lambda: view.session.document is not document, timeout=_WAIT)
    assert view.session.document is not None
    assert "Maria Keller" in view.session.document.text
    assert view.pages.here() == here
    assert not view.notices.isVisible()
    assert window.status.recognised.isVisible()
    assert window.status.recognised.text() == "Recognised text"
    # The analyses run on the new text, and their marks lie on the page.
    qtbot.waitUntil(lambda: view.session.entities is not None and view.session.entities.complete, timeout=_WAIT)
    mention = next(each for each in view.session.entities.mentions if "Keller" in each.text)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: view.pages.point_of(mention.span) is not None, timeout=_WAIT)
    view.pages.go_to_page(1, record=False)
    assert not window.status.recognised.isVisible(), "the first page is blank"


def test_stopped_by_the_user_and_continued(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    write_scan(path, [Sheet([(72.0, 100.0, f"Sheet number {number}", 14.0)]) for number in (21, 22)])
    view = _open(window, path, qtbot)
    jobs = [job for job in window._jobs.running() if job.title == "Reading scans"]
    assert len(jobs) == 1
    job = jobs[0]

    def stop(progress: Progress) -> None:
        if progress.done == 1:
            job.cancel()

    job.progress.connect(stop)
    qtbot.waitUntil(lambda: not view.session.reads_scans, timeout=_WAIT)
    assert "stopped" in view.notices.sentence.text()
    assert view.notices.button.text() == "Go on"
    view.notices.button.click()
    assert view.session.reads_scans
    qtbot.waitUntil(lambda: "22" in (view.session.document.text if view.session.document else ""), timeout=_WAIT)
    assert view.session.document is not None
    assert view.session.document.text.split("\n\n") == ["Sheet number 21", "Sheet number 22"]


def test_pictures_without_words_do_not_have_the_text_analysed_again(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "photo.pdf"
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((72, 100), "Maria Keller wrote this letter in Hamburg on 3 March 2024.")
        photo = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 400, 300), False)
        photo.clear_with(90)
        photo.set_rect(pymupdf.IRect(50, 50, 350, 250), (200, 160, 90))
        page.insert_image(pymupdf.Rect(72, 200, 472, 500), pixmap=photo)
        document.save(path)
    window.open_paths([path])
    view = window.view
    assert view is not None
    texts = []
    view.session.read.connect(texts.append)
    with qtbot.waitSignal(view.session.notices_changed, timeout=_WAIT):
        pass
    qtbot.waitUntil(lambda: not view.session.is_busy(), timeout=_WAIT)
    assert len(texts) == 1
    assert not view.notices.isVisible()
    assert view.session.entities is not None
    assert view.session.entities.entities
