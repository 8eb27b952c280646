"""View as printed: the pages of LibreOffice with the same marks, and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from assistant.documents import office_program
from assistant.engine import Engine
from assistant.paths import Paths
from assistant.types import Span
from helpers.processes import ROOT
from ui.dialogs.printing import PrintDialog
from ui.main_window import MainWindow
from ui.views.document_view import DocumentView

_WAIT = 120_000
_REPORT = ROOT / "resources" / "samples" / "annual-report.docx"
needs_office = pytest.mark.skipif(office_program.find_office() is None, reason="needs LibreOffice")


def _open(window: MainWindow, path: Path, qtbot: QtBot) -> DocumentView:
    window.open_paths([path])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.session.entities is not None and view.session.entities.complete, timeout=_WAIT)
    # Pictures in it are read, too, and change the text.
    qtbot.waitUntil(lambda: not view.session.is_busy(), timeout=_WAIT)
    return view


@needs_office
@pytest.mark.timeout(240)
def test_printed_pages_have_the_same_marks(window: MainWindow, qtbot: QtBot) -> None:
    view = _open(window, _REPORT, qtbot)
    action = window.actions_table["printed"]
    qtbot.waitUntil(action.isEnabled, timeout=_WAIT)
    document = view.session.document
    assert document is not None
    pages_here = [page.span for page in document.pages]
    mention = view.session.entities.mentions[-1]  # type: ignore[union-attr]
    view.show_mention(mention)
    view.pages.layers.answer = mention.span
    qtbot.waitUntil(lambda: view.pages.point_of(mention.span) is not None, timeout=_WAIT)
    action.trigger()
    qtbot.waitUntil(lambda: view.printed.active, timeout=_WAIT)
    assert action.isChecked()
    shown = view.pages.document
    assert shown is not None
    assert shown.text == document.text
    assert [page.span for page in shown.pages] != pages_here
    assert shown.pages[0].span.start == 0
    assert shown.pages[-1].span.end == len(document.text)
    assert view.page_count == len(shown.pages)
    # What was in sight is, with its marks.
    view.show_mention(mention)
    qtbot.waitUntil(lambda: view.pages.point_of(mention.span) is not None, timeout=_WAIT)
    assert view.pages.layers.answer == mention.span
    assert mention.span.start >= shown.pages[view.pages.page - 1].span.start
    text = view.pages.texts.get(view.pages.page)  # type: ignore[union-attr]
    assert text is not None
    marked = view.pages.layers._mentions[view.pages.page]
    assert any(text.quads(each.span) for each in marked)
    action.trigger()
    assert not view.printed.active
    assert not action.isChecked()
    assert view.pages.document is document
    view.show_mention(mention)
    qtbot.waitUntil(lambda: view.pages.point_of(mention.span) is not None, timeout=_WAIT)
    # What was made is kept.
    action.trigger()
    assert view.printed.active


@needs_office
@pytest.mark.timeout(240)
def test_notes_and_print_on_printed_pages(window: MainWindow, qtbot: QtBot) -> None:
    view = _open(window, _REPORT, qtbot)
    action, desk, document = window.actions_table["printed"], view.marks, view.session.document
    assert desk is not None
    assert document is not None
    qtbot.waitUntil(action.isEnabled, timeout=_WAIT)
    action.trigger()
    qtbot.waitUntil(lambda: view.printed.active, timeout=_WAIT)
    shown = view.pages.document
    assert shown is not None
    starts = [document.page_at(page.span.start) for page in shown.pages]
    page = next(number for number, start in enumerate(starts, 1) if start != number)
    view.pages.go_to_page(page)
    qtbot.waitUntil(lambda: view.pages.page == page, timeout=_WAIT)
    # Kept by the pages that are laid out here.
    window.actions_table["bookmark"].trigger()
    qtbot.waitUntil(lambda: len(desk.state.marks) == 1, timeout=_WAIT)
    assert desk.state.marks[0].page == starts[page - 1]
    view.pages.go_to_page(1)
    desk.go_to(desk.state.marks[0])
    start = document.pages[starts[page - 1] - 1].span.start
    qtbot.waitUntil(lambda: view.pages.point_of(Span(start, start + 1)) is not None, timeout=_WAIT)
    window.actions_table["bookmark"].trigger()
    # What is on the screen is printed.
    window.actions_table["print"].trigger()
    (dialog,) = window.findChildren(PrintDialog)
    assert len(dialog.pages) == len(shown.pages)
    dialog.reject()


@needs_office
def test_words_of_a_document_are_where_they_are_printed(paths: Paths) -> None:
    from assistant.jobs import Context

    with Engine.create(paths) as engine:
        opened = engine.open(_REPORT, Context())
        document = engine.read(opened, Context())
        printed = engine.printed(opened, document, Context())
        assert printed.found > 0.9
        for phrase in ("Annual report", "revenue"):
            at = document.text.lower().find(phrase.lower())
            assert at >= 0
            span = Span(at, at + len(phrase))
            page = printed.document.page_at(at)
            glyphs = engine.printed_text(printed, page).result()
            inside = [
                document.text[start:end]
                for start, end in zip(glyphs.offsets, glyphs.ends, strict=True)
                if span.start <= start < span.end
            ]
            assert "".join(inside).split() == document.text[span.start : span.end].split()
            assert glyphs.quads(span)
        engine.close_printed(printed.opened)
        engine.close(opened)


def test_without_libreoffice_the_action_says_why(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(office_program, "_PLACES", ())
    _open(window, _REPORT, qtbot)
    action = window.actions_table["printed"]
    assert not action.isEnabled()
    assert action.toolTip().startswith("LibreOffice is not installed.")


def test_what_has_pages_of_its_own_is_not_printed(window: MainWindow, qtbot: QtBot) -> None:
    _open(window, _REPORT.with_suffix(".pdf"), qtbot)
    action = window.actions_table["printed"]
    assert not action.isEnabled()
    assert "own pages" in action.toolTip()
