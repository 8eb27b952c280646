"""The centre of the window: all pages below each other, sharp at any zoom, with what was found marked on them.

Nothing here waits for a page: what has not come yet is paper, or the nearest picture there is. Pictures and glyphs of
visible pages are asked for first, then those of their neighbours; what scrolled out of sight is cancelled.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from typing import Protocol

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from assistant.types import Document, Mark, Mention, PageImage, PageText, Span
from ui.i18n import error_message
from ui.jobs import Dispatcher
from ui.views.page_area import PageArea
from ui.views.page_caret import PageCaret
from ui.views.page_flash import Flash
from ui.views.page_images import Clip, PageImages
from ui.views.page_keys import LINE_STEP, PageKeys
from ui.views.page_layers import PageLayers, bounds_of
from ui.views.page_painter import PageRequest, Wanted, paint_paper, paint_tiles, paint_whole, recolouring, turned
from ui.views.page_pointer import PagePointer
from ui.views.page_texts import PageTexts
from ui.views.widgets.look import Look

BUDGET = 256 * 1024 * 1024
HIDDEN_BUDGET = 32 * 1024 * 1024
"""For a document whose tab is not in front."""
_SCROLL_WAIT_MS = 12
_PAPER_WAIT_MS = 12
_ZOOM_WAIT_MS = 90


class PageSource(Protocol):
    """The pages of one open document; the session gives them from the engine."""

    @property
    def page_sizes(self) -> Sequence[tuple[float, float]]: ...

    def render(self, page: int, scale: float, clip: Clip | None, priority: int) -> Future[PageImage]: ...

    def pictures(self, page: int, priority: int) -> Future[tuple[Clip, ...]]: ...

    def page_text(self, page: int, priority: int) -> Future[PageText]: ...


class PageView(PageArea):
    """Shows one document. Main thread only."""

    selection_changed = Signal()
    mention_clicked = Signal(object, QPoint)
    """:class:`assistant.types.Mention` and the place on the screen."""
    copied = Signal(int)
    """This many characters were put on the clipboard."""
    refreshed = Signal()
    """The marks were changed: whoever shows them, too, has to paint."""
    settled = Signal()
    """Everything that is in sight is drawn as sharp as it gets, and marked once the text was read."""

    def __init__(
        self,
        look: Look,
        dispatcher: Dispatcher,
        pool: Executor,
        parent: QWidget | None = None,
        *,
        layers: PageLayers | None = None,
    ) -> None:
        """``layers``: marks that are shown in another view as well."""
        super().__init__(look, parent)
        self._dispatcher = dispatcher
        self._pool = pool
        self._source: PageSource | None = None
        self._document: Document | None = None
        self._starts: list[int] = []
        self._images: PageImages | None = None
        self._texts: PageTexts | None = None
        self._thumbnails: PageImages | None = None
        self._settled = False
        self._came = False
        self.layers = layers or PageLayers(look.on_page)
        self.caret = PageCaret(self)
        self.keys = PageKeys(self)
        self.pointer = PagePointer(self)

        self.viewport().setMouseTracking(True)
        self.viewport().grabGesture(Qt.GestureType.PinchGesture)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().setSingleStep(LINE_STEP)
        self.horizontalScrollBar().setSingleStep(LINE_STEP)
        self._want_timer = QTimer(self, singleShot=True, interval=_SCROLL_WAIT_MS)
        self._want_timer.timeout.connect(self._want)
        self._flash = Flash(look.on_page, self._set_flash_opacity, self)
        look.on_page.changed.connect(self._theme_changed)
        look.theme.changed.connect(self.viewport().update)

    # --- the document ----------------------------------------------------------------------------------------

    def open(self, source: PageSource, zoom: float | str = "width") -> None:
        """Show a document's pages at ``zoom`` (or ``width``, ``page``: as large as the view)."""
        self._fit = zoom if isinstance(zoom, str) else None
        self._source = source
        self._thumbnails = None
        self._images = PageImages(source.render, self._dispatcher, self._pool, BUDGET, self, pictures=source.pictures)
        self._images.set_recolouring(recolouring(self._look))
        self._images.ready.connect(self._page_came)
        self._images.failed.connect(self._page_came)
        self._texts = PageTexts(source.page_text, self._dispatcher, self)
        self._texts.ready.connect(self._text_came)
        self._page_sizes = source.page_sizes
        self._relayout(zoom if isinstance(zoom, float) else None)

    def set_sizes(self, source: PageSource) -> None:
        """The true sizes of the pages are known now; the reader's place stays."""
        if self._source is not None and source.page_sizes != self._source.page_sizes:
            self._source = source
            self._set_page_sizes(source.page_sizes)

    def set_stand_ins(self, thumbnails: PageImages) -> None:
        """``thumbnails`` lend their pictures until the sharp ones come."""
        self._thumbnails = thumbnails

    def set_document(self, document: Document) -> None:
        """The text was read: it can be selected, copied, and marked. Read again, it has other offsets: what was marked
        is gone, the reader's place stays."""
        if self._document is not None and self._texts is not None and self._source is not None:
            self._texts.cancel()
            self._texts = PageTexts(self._source.page_text, self._dispatcher, self)
            self._texts.ready.connect(self._text_came)
            self._jump = None
            self.layers.clear()
        self._document = document
        self._starts = [page.span.start for page in document.pages]
        self.want_now()

    @property
    def document(self) -> Document | None:
        return self._document

    @property
    def images(self) -> PageImages | None:
        return self._images

    @property
    def texts(self) -> PageTexts | None:
        return self._texts

    @property
    def is_settled(self) -> bool:
        return self._settled

    def is_sharp(self, page: int) -> bool:
        """Whether what is in sight of this page is there at the resolution of the screen."""
        images = self._images
        return images is not None and all(images.get(key) is not None for key, _, _ in self._pictures_of(page))

    def set_mentions(self, mentions: Iterable[Mention]) -> None:
        self.layers.set_mentions(mentions, self._pages_of)
        self.refresh()

    def set_marks(self, marks: Iterable[Mark]) -> None:
        document = self._document
        widths = [page.width for page in document.pages] if document is not None else []
        self.layers.marks.set_marks(marks, self._pages_of, widths)
        self.viewport().update()

    def refresh(self) -> None:
        """A layer was changed: paint it."""
        self.viewport().update()
        self.refreshed.emit()

    def present(self) -> None:
        """Nothing but pages, on black."""
        self._surround, self._margin = "stage", 0
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def close_document(self) -> None:
        """Stop waiting for anything; the pictures are forgotten."""
        if self._images is not None:
            self._images.clear()
        if self._texts is not None:
            self._texts.cancel()
        self._want_timer.stop()
        self._source = None

    # --- places ----------------------------------------------------------------------------------------------

    def show_span(self, span: Span, *, record: bool = True, flash: bool = False) -> None:
        """Bring a place of the text into view, a third down, unless it is well in view already."""
        if self._document is None or self._texts is None:
            return
        if record:
            self._leave()
        if flash:
            self.layers.flash = span
            self._flash.start()
        page = self._document.page_at(span.start)
        text = self._texts.get(page)
        if text is None:
            self.go_to_page(page, record=False)
            self._texts.request(page)
            self._jump = span
        else:
            self._scroll_to_span(page, text, span)
        self.refresh()

    # --- places in the view ----------------------------------------------------------------------------------

    def point_of(self, span: Span) -> QPointF | None:
        """The middle of a span's first line in the viewport; None while its page has no glyphs or is out of sight."""
        if self._document is None or self._texts is None:
            return None
        page = self._document.page_at(span.start)
        text = self._texts.get(page) if page in self.visible_pages() else None
        quads = text.quads(span) if text is not None else []
        if not quads:
            return None
        x0, y0, x1, y1 = quads[0].bounds
        point = self.rect_in_view(page, QRectF(x0, y0, x1 - x0, y1 - y0)).center()
        return point if QRectF(self.viewport().rect()).contains(point) else None

    def _pages_of(self, span: Span) -> range:
        if self._document is None:
            return range(0)
        # For thousands of mentions at once; Document.page_at would list all pages for each.
        first = max(bisect.bisect_right(self._starts, span.start), 1)
        return range(first, max(bisect.bisect_right(self._starts, max(span.end - 1, span.start)), first) + 1)

    # --- asking for what is to be seen -----------------------------------------------------------------------

    def _want_soon(self, wait: int = _SCROLL_WAIT_MS) -> None:
        self._settled = False
        if not self._want_timer.isActive() or wait > _SCROLL_WAIT_MS:
            self._want_timer.start(wait)

    def want_now(self) -> None:
        """Ask for what is in sight without waiting for the reader to come to rest."""
        self._settled = False
        self._want_timer.stop()
        self._want()

    def _want(self) -> None:
        if self._images is None or self._texts is None or not self._geometry.count or not self.isVisible():
            return
        visible = self.visible_pages()
        beside = range(1, self.arrangement.columns + 1)
        near = [visible.stop, *(visible.start - step for step in beside), *(visible.stop + step for step in beside)]
        near = [page for page in near if 1 <= page <= self._geometry.count]
        wanted: list[Wanted] = []
        for page in visible:
            wanted.extend(self._pictures_of(page))
        if not self._came:
            # What is in sight first, and nothing beside it.
            near = []
        for page in near:
            wanted.extend(self._request.neighbour(page))
        self._images.want(wanted)
        if self._document is not None:
            pages = list(visible)
            if self._jump is not None:
                pages.append(self._document.page_at(self._jump.start))
            self._texts.want(pages)
            for page in near:
                self._texts.request(page, 1)
        self._check_settled()

    @property
    def _request(self) -> PageRequest:
        return PageRequest(self._geometry, self.devicePixelRatioF())

    def _pictures_of(self, page: int) -> list[Wanted]:
        return self._request.pictures(page, self.page_rect(page), self.viewport().rect())

    def _page_came(self, page: int) -> None:
        if page in self.visible_pages():
            if self._came:
                self.viewport().update()
            else:
                # Now, and nothing but the page: the reader waits for it.
                self._came = True
                self.viewport().repaint(self.page_rect(page).toAlignedRect())
                self._want_soon()
        self._check_settled()

    def _text_came(self, page: int) -> None:
        self.layers.forget_page(page)
        jump, document, texts = self._jump, self._document, self._texts
        if jump is not None and document is not None and texts is not None and document.page_at(jump.start) == page:
            text = texts.get(page)
            self._jump = None
            if text is not None:
                self._scroll_to_span(page, text, jump)
        if page in self.visible_pages():
            self.viewport().update()
        self._check_settled()

    def _check_settled(self) -> None:
        if self._images is None or self._texts is None or self._want_timer.isActive():
            return
        for page in self.visible_pages():
            if self._images.problem(page) is None and any(
                self._images.get(key) is None for key, _, _ in self._pictures_of(page)
            ):
                return
            if self._document is not None and self._texts.is_awaited(page):
                return
        if not self._settled:
            self._settled = True
            self.settled.emit()

    # --- scrolling -------------------------------------------------------------------------------------------

    def _scroll_to_span(self, page: int, text: PageText, span: Span) -> None:
        bounds = bounds_of(text, span)
        if bounds is None or (self.is_paged and page != self.page):
            self.go_to_page(page, record=False)
        if bounds is None:
            return
        rect = self.rect_in_view(page, bounds)
        view = QRectF(self.viewport().rect())
        margin = min(view.height() / 8, 80.0)
        if rect.top() < view.top() + margin or rect.bottom() > view.bottom() - margin:
            self.scroll_on_page(page, self.verticalScrollBar().value() + rect.top() - view.height() / 3)
        if rect.left() < view.left() or rect.right() > view.right():
            centre = self.horizontalScrollBar().value() + rect.center().x() - view.width() / 2
            self.horizontalScrollBar().setValue(round(centre))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._keep_to_page()
        self._note_page()
        self._want_soon()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fit is not None or self.is_paged:
            self._relayout(None if self._fit is not None else self.zoom)
        else:
            self._update_bars()
            self._want_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._images is not None:
            self._images.set_budget(BUDGET)
        self._want_soon()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._images is not None:
            self._images.cancel()
            self._images.set_budget(HIDDEN_BUDGET)

    # --- painting --------------------------------------------------------------------------------------------

    def _set_flash_opacity(self, value: float) -> None:
        self.layers.flash_opacity = value
        self.refresh()

    def _theme_changed(self) -> None:
        if self._images is not None:
            self._images.set_recolouring(recolouring(self._look))
        self._want_soon(0)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._look.color(self._surround))
        if self._images is not None and self._geometry.count:
            for page in self.visible_pages():
                self._paint_page(painter, page, self._images)
        painter.end()

    def _paint_page(self, painter: QPainter, page: int, images: PageImages) -> None:
        rect, ratio = self.page_rect(page), self.devicePixelRatioF()
        paint_paper(painter, rect, self._look)
        problem = images.problem(page)
        if problem is not None:
            painter.setPen(self._look.color("muted"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, error_message(problem))
            return
        request = self._request
        transform, upright = turned(rect, self._geometry.rotation)
        painter.save()
        painter.setTransform(transform, True)
        if request.is_whole(page):
            paint_whole(painter, upright, images, self._thumbnails, page, request.scale, ratio)
        else:
            areas = request.tiles(page, rect, self.viewport().rect())
            paint_tiles(painter, upright, images, self._thumbnails, page, request.scale, ratio, areas)
        text = self._texts.get(page) if self._texts is not None else None
        if text is not None and self._document is not None:
            scale = self._geometry.scale
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(upright)
            self.layers.paint(painter, page, text, lambda points: _scaled(points, scale))
        painter.restore()

    # --- input -----------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.pointer.wheel(event):
            super().wheelEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        return self.pointer.handle(event) or super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not (self.caret.key(event) or self.keys.press(event)):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.keys.release(event):
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.keys.let_go()

    def leave_for_jump(self) -> None:
        """The reader goes far away: Back leads here."""
        self._leave()

    def forget_jump(self) -> None:
        """The reader scrolls: what is still to be scrolled to is not any more."""
        self._jump = None

    # --- selection -------------------------------------------------------------------------------------------

    def selected_text(self) -> str:
        if self._document is None or self.layers.selection is None:
            return ""
        return self.layers.selection.of(self._document.text)

    def copy(self) -> None:
        """Put the selected text on the clipboard."""
        text = self.selected_text()
        if text:
            QGuiApplication.clipboard().setText(text)
            self.copied.emit(len(text))

    def select_all(self) -> None:
        if self._document is not None:
            self.pointer.select(Span(0, len(self._document.text)))


def _scaled(points: QRectF, scale: float) -> QRectF:
    return QRectF(points.x() * scale, points.y() * scale, points.width() * scale, points.height() * scale)
