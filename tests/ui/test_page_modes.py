"""The page view's modes on real documents: pages beside each other, one at a time, turned; moving, caret, colours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from assistant.documents.host import DocumentHost
from helpers.documents import PARAGRAPHS, Samples, write_pdf
from helpers.ui_pages import Shown, show
from ui.page_theme import PageTheme
from ui.theme import DARK, LIGHT
from ui.views.page_geometry import Arrangement, PageGeometry, Spot
from ui.views.page_texts import readable_word_at

_CLICK = Qt.KeyboardModifier.NoModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def host() -> Iterator[DocumentHost]:
    made = DocumentHost()
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "book.pdf"
    return write_pdf(path, [[f"Chapter {number}", PARAGRAPHS[number % len(PARAGRAPHS)]] for number in range(1, 21)])


@pytest.fixture
def shown(host: DocumentHost, qtbot: QtBot, book: Path) -> Iterator[Shown]:
    with show(host, qtbot, book) as made:
        made.settle()
        yield made


def _rest(shown: Shown) -> None:
    """Until nothing glides any more."""
    shown.qtbot.waitUntil(lambda: not shown.view.glide.is_running)
    shown.settle()


def _wheel(shown: Shown, down: int) -> None:
    view = shown.view
    place = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        place,
        view.viewport().mapToGlobal(place),
        QPoint(),
        QPoint(0, -120 * down),
        Qt.MouseButton.NoButton,
        _CLICK,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)
    shown.qtbot.waitUntil(lambda: not view.glide.is_running)


def _grab(shown: Shown) -> QImage:
    return shown.view.viewport().grab().toImage()


def _dark(image: QImage) -> tuple[float, float]:
    """Where the dark pixels of a picture have their middle, as shares of its width and height."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    lines = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())[:, : grey.width()]
    rows, columns = np.nonzero(lines < 100)
    return float(columns.mean()) / grey.width(), float(rows.mean()) / grey.height()


# --- page modes -----------------------------------------------------------------------------------------


def test_two_pages_lie_beside_each_other(shown: Shown) -> None:
    view = shown.view
    view.set_mode("two")
    first, second, third = view.page_rect(1), view.page_rect(2), view.page_rect(3)
    assert first.top() == second.top() < third.top()
    assert first.right() < second.left()
    assert second.right() <= view.viewport().width()
    assert list(view.visible_pages())[:2] == [1, 2]
    view.set_mode("two_cover")
    cover, left, right = view.page_rect(1), view.page_rect(2), view.page_rect(3)
    assert cover.left() == right.left() > left.right()
    assert cover.bottom() < left.top() == right.top()


def test_the_right_one_of_two_pages_can_be_gone_to(shown: Shown) -> None:
    view = shown.view
    view.set_mode("two")
    view.go_to_page(8)
    assert view.page == 8
    assert view.spot_at(QPointF(view.page_rect(8).center())).page == 8
    assert view.spot_at(QPointF(view.page_rect(7).center())).page == 7
    view.turn_page(1)
    assert view.page == 9


def test_one_page_is_in_sight_at_a_time(shown: Shown) -> None:
    view = shown.view
    view.set_mode("single")
    view.fit_page()
    for page in (1, 2, 3):
        assert list(view.visible_pages()) == [page]
        QTest.keyClick(view, Qt.Key.Key_Space)
    QTest.keyClick(view, Qt.Key.Key_Space, _SHIFT)
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.page == 2
    # Wherever the scroll bar is dragged to, a page is whole.
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2 + 77)
    assert len(view.visible_pages()) == 1
    view.go_to_page(20)
    assert list(view.visible_pages()) == [20]


def test_the_wheel_turns_the_page_at_its_end(shown: Shown) -> None:
    view = shown.view
    view.set_mode("single")
    view.fit_width()
    low, high = view.scroll_room()
    assert high > low
    while view.verticalScrollBar().value() < high:
        _wheel(shown, 1)
        assert view.page == 1
    _wheel(shown, 1)
    assert view.page == 2
    assert view.verticalScrollBar().value() == view.scroll_room()[0]
    _wheel(shown, -1)
    assert view.page == 1
    assert view.verticalScrollBar().value() == high


def test_a_place_at_the_end_of_a_page_does_not_turn_it(shown: Shown) -> None:
    view = shown.view
    view.set_mode("single")
    view.set_zoom(2.0)
    view.go_to(Spot(3, 0.0, 800.0))
    assert view.page == 3
    span = shown.span("Chapter 5")
    view.show_span(span)
    shown.qtbot.waitUntil(lambda: view.point_of(span) is not None, timeout=20_000)
    assert list(view.visible_pages()) == [5]


def test_each_page_is_as_large_as_the_view_where_it_is_alone(host: DocumentHost, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mixed.pdf"
    with pymupdf.open() as pdf:
        for width, height in ((600, 800), (1600, 400), (200, 300)):
            pdf.new_page(width=width, height=height).insert_text((20, 60), "A page", fontsize=20)
        pdf.save(path)
    with show(host, qtbot, path) as shown:
        view = shown.view
        view.set_mode("single")
        view.fit_page()
        room = view.viewport().size()
        for page in (1, 2, 3, 2):
            view.go_to_page(page)

            def fits(page: int = page) -> bool:
                rect, margin = view.page_rect(page), 2 * shown.look.sizes.page_margin
                spare = min(room.width() - rect.width() - margin, room.height() - rect.height() - margin)
                return view.page == page and abs(spare) < 2 and list(view.visible_pages()) == [page]

            qtbot.waitUntil(fits)


# --- rotation -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_places_survive_turning(rotation: int) -> None:
    geometry = PageGeometry([(600, 800), (400, 300)], 1.5, 16, 20, Arrangement("two", rotation))
    for page, x, y in ((1, 10.0, 20.0), (1, 590.0, 700.0), (2, 33.0, 290.0)):
        spot = geometry.spot(geometry.point(Spot(page, x, y), 900.0), 900.0)
        assert spot.page == page
        assert (spot.x, spot.y) == pytest.approx((x, y))
    assert geometry.point(geometry.top_of(2), 900.0) == geometry.rect(2, 900.0).topLeft()


def test_turned_pages_are_drawn_turned_and_text_is_where_it_is_seen(shown: Shown) -> None:
    view = shown.view
    view.fit_page()
    shown.settle()
    rect = view.page_rect(1).toRect()
    # Text fills the upper part of the page.
    across, down = _dark(_grab(shown).copy(rect))
    assert down < 0.45
    view.rotate(90)
    _rest(shown)
    turned = view.page_rect(1)
    assert turned.width() > turned.height()
    x, y = _dark(_grab(shown).copy(turned.toRect()))
    assert x == pytest.approx(1 - down, abs=0.03)
    assert y == pytest.approx(across, abs=0.03)
    word = shown.span("Chapter 1")
    shown.click(word.start + 2, times=2)
    assert view.selected_text() == "Chapter"
    # As sharp as ever: the picture is turned, not stretched.
    assert view.is_sharp(1)


def test_large_turned_pages_are_drawn_in_tiles(shown: Shown) -> None:
    view = shown.view
    view.set_zoom(4.0)
    view.rotate(270)
    view.go_to_page(1)
    shown.settle()
    turned = _grab(shown)
    view.rotate(90)
    view.rotate(180)
    shown.settle()
    view.rotate(-180)
    shown.settle()
    assert view.arrangement.rotation == 0
    view.rotate(-90)
    view.go_to_page(1)
    shown.settle()
    assert _grab(shown) == turned


# --- moving ---------------------------------------------------------------------------------------------


def test_the_middle_button_moves_the_pages(shown: Shown) -> None:
    view = shown.view
    viewport, bar = view.viewport(), view.verticalScrollBar()
    QTest.mousePress(viewport, Qt.MouseButton.MiddleButton, _CLICK, QPoint(300, 500))
    assert viewport.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    QTest.mouseMove(viewport, QPoint(300, 380))
    assert bar.value() == 120
    QTest.mouseRelease(viewport, Qt.MouseButton.MiddleButton, _CLICK, QPoint(300, 380))
    QTest.mouseMove(viewport, QPoint(300, 300))
    assert bar.value() == 120


def test_space_held_moves_and_space_tapped_scrolls(shown: Shown) -> None:
    view = shown.view
    viewport, bar = view.viewport(), view.verticalScrollBar()
    QTest.keyPress(view, Qt.Key.Key_Space)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, _CLICK, QPoint(300, 500))
    QTest.mouseMove(viewport, QPoint(300, 440))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, _CLICK, QPoint(300, 440))
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert bar.value() == 60
    assert view.selected_text() == ""
    QTest.keyClick(view, Qt.Key.Key_Space)
    shown.qtbot.waitUntil(lambda: bar.value() > view.viewport().height() / 2)


@pytest.fixture
def motion() -> Iterator[None]:
    before = QApplication.isEffectEnabled(Qt.UIEffect.UI_General)
    QApplication.setEffectEnabled(Qt.UIEffect.UI_General, True)
    yield
    QApplication.setEffectEnabled(Qt.UIEffect.UI_General, before)


@pytest.mark.usefixtures("motion")
def test_scrolling_glides_to_its_end_and_a_jump_ends_it(shown: Shown) -> None:
    view = shown.view
    values: list[int] = []
    view.verticalScrollBar().valueChanged.connect(values.append)
    view.glide.to(400)
    shown.qtbot.waitUntil(lambda: not view.glide.is_running)
    assert values[-1] == 400
    assert values == sorted(values)
    assert len(set(values)) > 2
    view.glide.to(900)
    assert view.glide.is_running
    view.go_to_page(7)
    assert not view.glide.is_running
    assert view.page == 7


def test_a_pinch_zooms_around_the_fingers(shown: Shown) -> None:
    view = shown.view
    place = QPointF(300, 260)
    before, old = view.spot_at(place), view.zoom
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        place,
        place,
        view.viewport().mapToGlobal(place),
        0.25,
        QPointF(),
    )
    QApplication.sendEvent(view.viewport(), event)
    assert view.zoom == pytest.approx(old * 1.25)
    after = view.spot_at(place)
    assert (after.x, after.y) == pytest.approx((before.x, before.y), abs=1.0)


# --- text -----------------------------------------------------------------------------------------------


def test_triple_click_takes_the_paragraph(host: DocumentHost, qtbot: QtBot, samples: Samples) -> None:
    with show(host, qtbot, samples.contract) as shown:
        shown.settle()
        offset = shown.span("governs").start
        shown.click(offset + 2, times=3)
        block = next(block for block in shown.document.blocks if block.span.start <= offset < block.span.end)
        assert shown.view.selected_text() == block.span.of(shown.document.text).strip()
        assert shown.view.layers.selection is not None


def test_chinese_words_are_what_the_document_repeats() -> None:
    text = "远山科技有限公司的合同由远山科技有限公司签订。付款方式如下：付款方式为电汇，逾期付款应当支付违约金。"
    company = readable_word_at(text, text.index("科"))
    assert company.of(text) == "远山科技有限公司"
    assert readable_word_at(text, text.index("方式")).of(text) == "付款方式"
    assert readable_word_at(text, text.index("的")).of(text) == "的"
    assert readable_word_at(text, text.index("电汇")).of(text) == "电汇"
    assert readable_word_at("The contract ends.", 6).of("The contract ends.") == "contract"


def test_dragging_stays_in_the_column(host: DocumentHost, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "columns.pdf"
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=600, height=800)
        left = "\n".join(f"Left line {number} of a text that goes on" for number in range(1, 31))
        right = "\n".join(f"Right line {number} which is much shorter" for number in range(1, 11))
        page.insert_text((50, 80), left, fontsize=11)
        page.insert_text((320, 80), right, fontsize=11)
        pdf.save(path)
    with show(host, qtbot, path) as shown:
        shown.settle()
        view = shown.view
        start = shown.corner(shown.span("Right line 2").start).toPoint()
        # Far below the end of the short column, beside lines of the other one.
        end = view.point_in_view(1, 400.0, 400.0).toPoint()
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, _CLICK, start)
        QTest.mouseMove(view.viewport(), (start + end) / 2)
        QTest.mouseMove(view.viewport(), end)
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, _CLICK, end)
        chosen = view.selected_text()
        assert chosen.startswith("Right line 2")
        assert "Right line 10" in chosen
        assert "Left" not in chosen


def test_shift_and_arrows_move_the_end_of_the_selection(shown: Shown) -> None:
    view = shown.view
    shown.click(shown.span("Chapter 1").start + 2, times=2)
    assert view.selected_text() == "Chapter"
    for _ in range(2):
        QTest.keyClick(view, Qt.Key.Key_Right, _SHIFT)
    assert view.selected_text() == "Chapter 1"
    QTest.keyClick(view, Qt.Key.Key_Left, _SHIFT)
    assert view.selected_text() == "Chapter "
    QTest.keyClick(view, Qt.Key.Key_Down, _SHIFT)
    assert len(view.selected_text()) > len("Chapter 1")
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.selected_text() == ""


def test_the_caret_goes_through_the_text(shown: Shown) -> None:
    view, text = shown.view, shown.document.text
    plain = _grab(shown)
    view.caret.set_active(active=True)
    assert view.layers.caret == 0
    assert _grab(shown) != plain
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.caret.place == 1
    QTest.keyClick(view, Qt.Key.Key_Right, _CONTROL)
    assert text[view.caret.place :].startswith("1")
    QTest.keyClick(view, Qt.Key.Key_Left, _CONTROL)
    assert view.caret.place == 0
    QTest.keyClick(view, Qt.Key.Key_Right, _CONTROL | _SHIFT)
    assert view.selected_text() == "Chapter "
    QTest.keyClick(view, Qt.Key.Key_Down)
    line = text.index(PARAGRAPHS[1][:12])
    assert view.caret.place > line - 1
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.caret.place == line
    QTest.keyClick(view, Qt.Key.Key_End, _SHIFT)
    assert view.selected_text().startswith(PARAGRAPHS[1][:12])
    QTest.keyClick(view, Qt.Key.Key_End, _CONTROL)
    shown.qtbot.waitUntil(lambda: view.page == 20, timeout=20_000)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.layers.caret is None


# --- colours --------------------------------------------------------------------------------------------


def test_pages_have_colours_of_their_own(host: DocumentHost, qtbot: QtBot, samples: Samples) -> None:
    with show(host, qtbot, samples.contract) as shown:
        shown.settle()
        theme = shown.look.page_theme
        assert isinstance(theme, PageTheme)
        rect = shown.view.page_rect(1).toRect()
        corner = rect.left() + 8, rect.top() + 8
        theme.choose("dark")
        shown.settle()
        image = _grab(shown)
        assert image.pixelColor(*corner) == QColor(DARK.paper)
        assert image.pixelColor(3, 300) == QColor(LIGHT.desk)
        shown.look.theme.set_mode("dark")
        theme.choose("light")
        shown.settle()
        image = _grab(shown)
        assert image.pixelColor(*corner) == QColor(LIGHT.paper)
        assert image.pixelColor(3, 300) == QColor(DARK.desk)
        theme.choose("theme")
        shown.settle()
        assert _grab(shown).pixelColor(*corner) == QColor(DARK.paper)


def test_pictures_keep_their_colours_on_dark_paper(host: DocumentHost, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "picture.pdf"
    photo = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 60, 40))
    photo.set_rect(photo.irect, (240, 200, 40))
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=400, height=600)
        page.insert_text((50, 60), "A photograph of the harbour in the morning.")
        page.insert_image(pymupdf.Rect(100, 200, 300, 333), pixmap=photo)
        pdf.save(path)
    with show(host, qtbot, path, mode="dark") as shown:
        shown.settle()
        image = _grab(shown)
        inside = shown.view.point_in_view(1, 200.0, 260.0).toPoint()
        color = image.pixelColor(inside)
        assert (color.red(), color.green(), color.blue()) == pytest.approx((240, 200, 40), abs=6)
        paper = shown.view.point_in_view(1, 50.0, 260.0).toPoint()
        assert image.pixelColor(paper) == QColor(DARK.paper)


def test_a_scan_is_no_picture_that_keeps_its_colours(host: DocumentHost, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    sheet = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 60, 90))
    sheet.set_rect(sheet.irect, (255, 255, 255))
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=400, height=600)
        page.insert_image(page.rect, pixmap=sheet)
        pdf.save(path)
    with show(host, qtbot, path, mode="dark") as shown:
        shown.settle()
        middle = shown.view.page_rect(1).center().toPoint()
        assert _grab(shown).pixelColor(middle.x(), 200) == QColor(DARK.paper)


def test_focus_lost_lets_go_of_space(shown: Shown) -> None:
    view = shown.view
    QTest.keyPress(view, Qt.Key.Key_Space)
    assert view.keys.holds_space
    view.clearFocus()
    assert not view.keys.holds_space
