"""What is painted over the text of a page: entities, answer, found places, a flash, the selection.

Spans become rectangles here, page by page, when a page is painted; the rectangles of entities are kept.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from assistant.types import Mention, PageText, Quad, Span
from ui.theme import UNDERLINES, Theme
from ui.views.label_marks import ToView, paint_bar, paint_handles
from ui.views.mark_paint import MarkLayer
from ui.views.page_texts import caret_box
from ui.views.underlines import paint_underlines

_MARKS = (
    *("_hits", "_hit_starts", "current_hit", "current_mention", "answer", "alternatives", "selection", "suggestions"),
    *("salient", "handles"),
)


@dataclass(frozen=True, slots=True)
class _Placed:
    mention: Mention
    rects: tuple[QRectF, ...]
    """One a line, in points."""


class PageLayers:
    """The marks of one document. Setters take spans of the document's text; painting takes one page at a time."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._mentions: dict[int, list[Mention]] = {}
        self._placed: dict[int, list[_Placed]] = {}
        self._hidden: frozenset[str] = frozenset()
        self._hits: list[Span] = []
        self._hit_starts: list[int] = []
        self.current_hit: Span | None = None
        self.current_mention: Span | None = None
        self.answer: Span | None = None
        self.alternatives: tuple[Span, ...] = ()
        self.flash: Span | None = None
        self.flash_opacity = 0.0
        self.selection: Span | None = None
        self.caret: int | None = None
        """The code point before which the caret stands, where there is one."""
        self.show_entities = True
        self.suggestions: frozenset[Span] = frozenset()
        """Mentions that are only proposed: their underline is dashed."""
        self.salient: tuple[Span, ...] = ()
        """Sentences that the user holds to be important: a bar beside them."""
        self.handles: Span | None = None
        """The mark whose ends can be dragged."""
        self.marks = MarkLayer()
        """What the reader highlighted and noted."""
        self.draft: Span | None = None
        """Where the mark would be if the drag ended now."""

    def set_mentions(self, mentions: Iterable[Mention], pages_of: Callable[[Span], range]) -> None:
        """``pages_of`` gives the pages that a span touches."""
        by_page: dict[int, list[Mention]] = {}
        for mention in mentions:
            for page in pages_of(mention.span):
                by_page.setdefault(page, []).append(mention)
        self._mentions = by_page
        self._placed.clear()

    def set_hits(self, hits: Sequence[Span]) -> None:
        """Found places in document order."""
        self._hits = list(hits)
        self._hit_starts = [hit.start for hit in hits]
        self.current_hit = None

    def clear(self) -> None:
        """Take all marks away."""
        self.set_mentions((), lambda _: range(0))
        self.set_hits(())
        self.marks.clear()
        self.current_mention = self.answer = self.flash = self.selection = self.handles = self.draft = None
        self.caret = None
        self.alternatives, self.suggestions, self.salient = (), frozenset(), ()

    def kept(self) -> dict[str, object]:
        """All marks but the mentions, to be put back by :meth:`restore` when the same text comes on other pages."""
        return {name: getattr(self, name) for name in _MARKS}

    def restore(self, kept: dict[str, object]) -> None:
        for name, value in kept.items():
            setattr(self, name, value)

    def set_hidden(self, labels: frozenset[str]) -> None:
        """Types of entities that are not marked."""
        self._hidden = labels
        self._placed.clear()

    def forget_page(self, page: int) -> None:
        """The page's text came anew."""
        self._placed.pop(page, None)
        self.marks.forget_page(page)

    def mention_at(self, page: int, text: PageText, x: float, y: float) -> Mention | None:
        """The mention under a point of the page."""
        if not self.show_entities:
            return None
        for placed in self._place(page, text):
            if any(rect.contains(x, y) for rect in placed.rects):
                return placed.mention
        return None

    def paint(self, painter: QPainter, page: int, text: PageText, to_view: ToView) -> None:
        """Paint all layers of a page; ``to_view`` maps rectangles in points to the painter's."""
        theme = self._theme
        self.marks.paint(painter, page, text, theme, to_view, fill_under)
        if self.show_entities:
            self._entities(painter, self._place(page, text), to_view)
        for span in self.alternatives:
            self._marker(painter, text, span, theme.color("answer", theme.tokens.answer_opacity / 2), to_view)
        if self.answer is not None:
            self._marker(painter, text, self.answer, theme.answer_fill(), to_view)
        for hit in self._hits_on(text):
            strong = theme.tokens.answer_opacity * (1.6 if hit == self.current_hit else 0.7)
            self._marker(painter, text, hit, theme.color("answer", min(strong, 1.0)), to_view)
            if hit == self.current_hit:
                self._outline(painter, text.quads(hit), theme.color("warn"), to_view)
        if self.flash is not None and self.flash_opacity > 0:
            fill = theme.color("accent", 0.22 * self.flash_opacity)
            self._marker(painter, text, self.flash, fill, to_view)
        if self.selection is not None and len(self.selection):
            self._marker(painter, text, self.selection, theme.selection_fill(), to_view, radius=0.0)
        if self.caret is not None:
            self._caret(painter, text, self.caret, to_view)
        for span in self.salient:
            paint_bar(painter, text, span, theme, to_view)
        if self.draft is not None:
            self._marker(painter, text, self.draft, theme.selection_fill(), to_view)
        shown = self.draft or self.handles
        if self.handles is not None and shown is not None:
            paint_handles(painter, text, shown, theme, to_view)

    def _entities(self, painter: QPainter, placed: Sequence[_Placed], to_view: ToView) -> None:
        """All of a colour in one stroke: a page may hold hundreds."""
        theme = self._theme
        fills: dict[str, QPainterPath] = {}
        lines: dict[tuple[str, bool], list[QLineF]] = {}
        corner = theme.sizes.radius_small / 2
        current: _Placed | None = None
        for each in placed:
            token = theme.entity_token(each.mention.label)
            fill = fills.setdefault(token, QPainterPath())
            line = lines.setdefault((token, each.mention.span in self.suggestions), [])
            for points in each.rects:
                rect = to_view(points)
                fill.addRoundedRect(rect, corner, corner)
                line.append(QLineF(rect.bottomLeft(), rect.bottomRight()))
            if each.mention.span == self.current_mention:
                current = each
        for token, fill in fills.items():
            fill_under(painter, fill, theme.color(token, theme.tokens.highlight_opacity), theme)
        for (token, suggested), line in lines.items():
            paint_underlines(
                painter, theme.color(token), "dashed" if suggested else UNDERLINES.get(token, "solid"), line, theme
            )
        if current is not None:
            color = theme.entity_color(current.mention.label)
            self._outline_rects(painter, [to_view(rect) for rect in current.rects], color)

    def _caret(self, painter: QPainter, text: PageText, offset: int, to_view: ToView) -> None:
        points = caret_box(text, offset)
        if points is not None:
            rect = to_view(points)
            width = self._theme.sizes.underline
            painter.fillRect(QRectF(rect.x() - width / 2, rect.y(), width, rect.height()), self._theme.color("accent"))

    def _marker(
        self, painter: QPainter, text: PageText, span: Span, fill: QColor, to_view: ToView, radius: float | None = None
    ) -> None:
        corner = self._theme.sizes.radius_small if radius is None else radius
        path = QPainterPath()
        for quad in text.quads(span):
            path.addRoundedRect(to_view(_rect(quad)), corner, corner)
        if not path.isEmpty():
            fill_under(painter, path, fill, self._theme)

    def _outline(self, painter: QPainter, quads: Sequence[Quad], color: QColor, to_view: ToView) -> None:
        self._outline_rects(painter, [to_view(_rect(quad)) for quad in quads], color)

    def _outline_rects(self, painter: QPainter, rects: Sequence[QRectF], color: QColor) -> None:
        painter.setPen(QPen(color, self._theme.sizes.underline))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        corner = self._theme.sizes.radius_small
        for rect in rects:
            painter.drawRoundedRect(rect.adjusted(-1, -1, 1, 1), corner, corner)

    def _place(self, page: int, text: PageText) -> list[_Placed]:
        placed = self._placed.get(page)
        if placed is None:
            placed = []
            for mention in self._mentions.get(page, ()):
                if mention.label in self._hidden:
                    continue
                rects = tuple(_rect(quad) for quad in text.quads(mention.span))
                if rects:
                    placed.append(_Placed(mention, rects))
            self._placed[page] = placed
        return placed

    def _hits_on(self, text: PageText) -> list[Span]:
        if not self._hits or len(text.offsets) == 0:
            return []
        first, last = int(text.offsets[0]), int(text.ends[-1])
        begin = max(bisect.bisect_left(self._hit_starts, first) - 1, 0)
        return [hit for hit in self._hits[begin : bisect.bisect_left(self._hit_starts, last)] if hit.end > first]


def bounds_of(text: PageText, span: Span) -> QRectF | None:
    """The smallest rectangle in points around a span on its page; None if it has no glyph there."""
    united: QRectF | None = None
    for quad in text.quads(span):
        rect = _rect(quad)
        united = rect if united is None else united.united(rect)
    return united


def _rect(quad: Quad) -> QRectF:
    x0, y0, x1, y1 = quad.bounds
    return QRectF(x0, y0, x1 - x0, y1 - y0)


def fill_under(painter: QPainter, path: QPainterPath, color: QColor, theme: Theme) -> None:
    """Lay ``color`` (with its opacity) under the text: mixed with the paper, it replaces only what is lighter than
    it (on dark paper: darker), so that glyphs keep their full contrast."""
    paper = theme.color("paper")
    alpha = color.alphaF()
    mixed = QColor.fromRgbF(
        paper.redF() + (color.redF() - paper.redF()) * alpha,
        paper.greenF() + (color.greenF() - paper.greenF()) * alpha,
        paper.blueF() + (color.blueF() - paper.blueF()) * alpha,
    )
    mode = QPainter.CompositionMode
    path.setFillRule(Qt.FillRule.WindingFill)
    painter.setCompositionMode(mode.CompositionMode_Lighten if theme.is_dark else mode.CompositionMode_Darken)
    painter.fillPath(path, mixed)
    painter.setCompositionMode(mode.CompositionMode_SourceOver)
