"""The page view on real documents: drawing, zoom, places, selection, marks, memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from assistant.documents.host import DocumentHost
from assistant.types import Mention, Span
from helpers.documents import PARAGRAPHS, Samples, write_pdf
from helpers.ui_pages import Shown, show
from ui.theme import DARK, LIGHT
from ui.views import page_images
from ui.views.page_geometry import Spot


@pytest.fixture(scope="module")
def host() -> Iterator[DocumentHost]:
    made = DocumentHost()
    yield made
    made.shutdown()


@pytest.fixture
def contract(host: DocumentHost, qtbot: QtBot, samples: Samples) -> Iterator[Shown]:
    with show(host, qtbot, samples.contract) as shown:
        shown.settle()
        yield shown


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 pages, each with its number in words."""
    path = tmp_path_factory.mktemp("book") / "book.pdf"
    return write_pdf(path, [[f"Chapter {number}", PARAGRAPHS[number % len(PARAGRAPHS)]] for number in range(1, 201)])


def _grab(shown: Shown) -> QImage:
    return shown.view.viewport().grab().toImage()


def _dark_pixels(image: QImage, limit: int = 110) -> int:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    lines = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())[:, : grey.width()]
    return int((lines < limit).sum())


def _close(one: QColor, other: QColor, by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one.getRgb(), other.getRgb(), strict=True))


# --- drawing and zoom -----------------------------------------------------------------------------------


def test_pages_are_drawn_on_paper_over_the_desk(contract: Shown) -> None:
    image = _grab(contract)
    rect = contract.view.page_rect(1).toRect()
    assert image.pixelColor(3, 300) == QColor(LIGHT.desk)
    assert image.pixelColor(rect.left() + 8, rect.top() + 8) == QColor(LIGHT.paper)
    assert _dark_pixels(image) > 500
    assert contract.view.fit == "width"
    assert contract.view.horizontalScrollBar().maximum() == 0


def test_what_is_drawn_is_the_rendered_picture_pixel_for_pixel(contract: Shown) -> None:
    view = contract.view
    rect = view.page_rect(1)
    scale = round(view.geometry_of_pages.scale * view.devicePixelRatioF(), 4)
    picture = contract.pages.host.render(contract.pages.opened, 1, scale).result(20)
    expected = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width, 4)[:, :, 2::-1]
    image = _grab(contract).convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    left, top = round(rect.left()), round(rect.top())
    drawn = lines[top : top + 300, left * 3 : (left + 400) * 3].reshape(300, 400, 3)
    assert np.array_equal(drawn, expected[:300, :400])


def test_zooming_keeps_the_point_under_the_pointer(contract: Shown) -> None:
    view = contract.view
    place = QPointF(400, 350)
    before = view.spot_at(place)
    event = QWheelEvent(
        place,
        view.viewport().mapToGlobal(place),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    old = view.zoom
    QApplication.sendEvent(view.viewport(), event)
    after = view.spot_at(place)
    assert view.zoom == pytest.approx(old * 1.15**2, rel=1e-3)
    assert after.page == before.page
    assert after.x == pytest.approx(before.x, abs=1.0)
    assert after.y == pytest.approx(before.y, abs=1.0)
    contract.settle()


def test_zoom_steps_and_fitting(contract: Shown) -> None:
    view = contract.view
    view.set_zoom(1.0)
    view.zoom_step(1)
    assert view.zoom == pytest.approx(1.1)
    view.zoom_step(-1)
    view.zoom_step(-1)
    assert view.zoom == pytest.approx(0.9)
    view.fit_page()
    assert view.page_rect(1).height() <= view.viewport().height()
    view.fit_width()
    width = view.zoom
    view.resize(1000, 700)
    assert view.zoom > width
    view.set_zoom(99)
    assert view.zoom == 8.0


def test_a_large_zoom_is_drawn_in_tiles_that_fit_together(contract: Shown) -> None:
    view = contract.view
    contract.view.set_zoom(4.0)
    view.go_to(Spot(1, 0, 60))
    contract.settle()
    scale = round(view.geometry_of_pages.scale * view.devicePixelRatioF(), 4)
    whole = contract.pages.host.render(contract.pages.opened, 1, scale).result(20)
    expected = np.frombuffer(whole.pixels, np.uint8).reshape(whole.height, whole.width, 4)[:, :, 2::-1].astype(np.int16)
    image = _grab(contract).convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    drawn = lines[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(np.int16)
    rect = view.page_rect(1)
    left, top = -round(rect.left()), -round(rect.top())
    part = expected[top : top + image.height(), left : left + image.width()]
    differing = (np.abs(part - drawn[: part.shape[0], : part.shape[1]]).max(axis=2) > 40).mean()
    assert whole.width * whole.height > page_images.WHOLE_PAGE_LIMIT
    assert differing < 0.002
    assert view.images is not None
    assert view.images.bytes_used < 40_000_000


def test_dark_paper_keeps_ink_readable_and_hues(host: DocumentHost, qtbot: QtBot, samples: Samples) -> None:
    with show(host, qtbot, samples.contract, mode="dark") as shown:
        shown.settle()
        image = _grab(shown)
        rect = shown.view.page_rect(1).toRect()
        assert image.pixelColor(3, 300) == QColor(DARK.desk)
        assert _close(image.pixelColor(rect.left() + 8, rect.top() + 8), QColor(DARK.paper), 2)
        lightest = max(
            image.pixelColor(x, y).lightness()
            for x in range(rect.left(), rect.right(), 1)
            for y in range(rect.top() + 90, rect.top() + 130)
        )
        assert lightest > 190
        shown.look.theme.set_mode("light")
        shown.settle()
        assert _grab(shown).pixelColor(rect.left() + 8, rect.top() + 8) == QColor(LIGHT.paper)


# --- places ---------------------------------------------------------------------------------------------


def test_keys_scroll_and_the_page_is_told(host: DocumentHost, qtbot: QtBot, book: Path) -> None:
    with show(host, qtbot, book) as shown:
        view = shown.view
        told: list[int] = []
        view.page_changed.connect(told.append)
        QTest.keyClick(view, Qt.Key.Key_PageDown)
        QTest.keyClick(view, Qt.Key.Key_Down)
        qtbot.waitUntil(lambda: view.verticalScrollBar().value() > view.viewport().height() / 2)
        QTest.keyClick(view, Qt.Key.Key_End)
        assert view.page == 200
        QTest.keyClick(view, Qt.Key.Key_Home)
        assert view.page == 1
        assert told[-2:] == [200, 1]
        view.go_to_page(120)
        assert view.page == 120
        shown.settle()


def test_back_and_forward_after_jumps(host: DocumentHost, qtbot: QtBot, book: Path) -> None:
    with show(host, qtbot, book) as shown:
        view = shown.view
        view.go_to_page(50)
        view.go_to_page(150)
        view.back()
        assert view.page == 50
        view.back()
        assert view.page == 1
        assert not view.history.can_go_back
        view.forward()
        view.forward()
        assert view.page == 150


def test_a_far_place_is_shown_once_its_glyphs_are_known(host: DocumentHost, qtbot: QtBot, book: Path) -> None:
    with show(host, qtbot, book) as shown:
        span = shown.span("Chapter 180")
        shown.view.show_span(span, flash=True)
        qtbot.waitUntil(lambda: shown.view.point_of(span) is not None, timeout=20_000)
        assert shown.view.page in (179, 180)
        assert shown.view.history.can_go_back
        assert shown.view.layers.flash == span


def test_memory_stays_bounded_and_stale_requests_are_given_up(
    host: DocumentHost, qtbot: QtBot, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = 12_000_000
    monkeypatch.setattr("ui.views.page_view.BUDGET", budget)
    with show(host, qtbot, book) as shown:
        view = shown.view
        assert view.images is not None
        for page in range(1, 200, 9):
            view.go_to_page(page)
            # At once, before the pages of the last jump can all have come.
            view.want_now()
        shown.settle()
        qtbot.waitUntil(lambda: view.images is not None and view.images.pending == 0, timeout=20_000)
        one = view.page_rect(1).width() * view.page_rect(1).height() * 4
        assert view.images.bytes_used <= budget + one * 3
        assert shown.pages.cancelled > 0
        view.hide()
        assert view.images.pending == 0


# --- selection ------------------------------------------------------------------------------------------


def test_dragging_selects_to_the_character_and_copies(contract: Shown) -> None:
    span = contract.span("monthly reporting")
    contract.drag(span.start, span.end - 1)
    assert contract.view.selected_text() == "monthly reporting"
    contract.view.copy()
    assert QGuiApplication.clipboard().text() == "monthly reporting"


def test_dragging_over_lines_gives_the_text_as_read(contract: Shown) -> None:
    text = contract.document.text
    first, last = text.index("governs"), text.index("freight volumes") + len("freight volumes") - 1
    contract.drag(first, last)
    assert contract.view.selected_text() == text[first : last + 1]


def test_double_click_takes_the_word_and_triple_click_the_line(contract: Shown) -> None:
    contract.click(contract.span("Analytics").start + 3, times=2)
    assert contract.view.selected_text() == "Analytics"
    contract.click(contract.span("governs").start + 3, times=3)
    line = contract.view.selected_text()
    assert "governs" in line
    assert len(line) > 40


def test_chinese_is_selected_to_the_character(host: DocumentHost, qtbot: QtBot, samples: Samples) -> None:
    with show(host, qtbot, samples.chinese) as shown:
        shown.settle()
        span = shown.span("远山科技")
        shown.drag(span.start, span.end - 1)
        assert shown.view.selected_text() == "远山科技"


def test_select_all_and_escape(contract: Shown) -> None:
    contract.view.select_all()
    assert contract.view.selected_text() == contract.document.text
    QTest.keyClick(contract.view, Qt.Key.Key_Escape)
    assert contract.view.selected_text() == ""


# --- marks ----------------------------------------------------------------------------------------------


def test_entities_are_underlined_in_their_colour_and_clicked(contract: Shown) -> None:
    mention = contract.mention("Northwind Analytics GmbH", "ORGANIZATION")
    contract.view.set_mentions([mention])
    image = _grab(contract)
    point = contract.view.point_of(mention.span)
    assert point is not None
    column = [image.pixelColor(round(point.x()), round(point.y()) + dy) for dy in range(2, 16)]
    assert any(_close(color, QColor(LIGHT.organization)) for color in column)
    clicked: list[Mention] = []
    contract.view.mention_clicked.connect(lambda found, _: clicked.append(found))
    contract.click(mention.span.start + 4)
    assert clicked == [mention]
    QTest.mouseMove(contract.view.viewport(), point.toPoint())
    assert contract.view.viewport().cursor().shape() == Qt.CursorShape.PointingHandCursor


def test_highlights_leave_the_ink_as_dark_as_it_was(contract: Shown) -> None:
    before = _dark_pixels(_grab(contract), 60)
    span = contract.span(PARAGRAPHS[1][:60])
    contract.view.layers.answer = span
    contract.view.refresh()
    image = _grab(contract)
    assert _dark_pixels(image, 60) >= before
    gap = contract.corner(span.start + 4).toPoint()
    amber = [image.pixelColor(gap.x() + dx, gap.y() - 6) for dx in range(-20, 40)]
    assert any(color.blue() < 190 and color.red() > 230 for color in amber)


def test_found_places_and_the_current_one(contract: Shown) -> None:
    plain = _grab(contract)
    hits = [contract.span("Northwind"), contract.span("Harbour")]
    contract.view.layers.set_hits(hits)
    contract.view.refresh()
    marked = _grab(contract)
    assert marked != plain
    contract.view.layers.current_hit = hits[1]
    contract.view.refresh()
    assert _grab(contract) != marked
    contract.view.layers.set_hits([])
    contract.view.refresh()
    assert _grab(contract) == plain


def test_a_span_without_glyphs_marks_nothing(contract: Shown) -> None:
    plain = _grab(contract)
    contract.view.layers.answer = Span(0, 0)
    contract.view.refresh()
    assert _grab(contract) == plain
