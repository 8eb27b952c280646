"""Wrapped text with a line height of its own, drawn from the theme's tokens."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextLine, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import FontRole
from ui.views.widgets.look import Look

MARK_PAD = 3
"""How far the mark of an answer reaches over its letters, as the highlight on the page does."""


class FlowText(QWidget):
    """Text that wraps to its width at 1.5 line height; its height follows from its width.

    ``role`` is a font role and ``color`` a token of :mod:`ui.theme`. ``max_lines`` elides what does not fit (0: shows
    all). A *marked* text lies on the answer's amber, which needs an ``inset`` of MARK_PAD pixels. Chinese and words
    without a break wrap anywhere.
    The whole text is the accessible name.
    """

    def __init__(
        self,
        look: Look,
        text: str = "",
        *,
        role: FontRole = "body",
        color: str = "text",
        bold: bool = False,
        max_lines: int = 0,
        inset: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._role: FontRole = role
        self._color = color
        self._bold = bold
        self._max_lines = max_lines
        self._inset = inset
        self._marked = False
        self._text = ""
        self._layout = QTextLayout()
        self._laid_out_for = -1
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_text(text)

    # --- content ----------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        # A document's line ends and tabs mean nothing here: the text wraps by itself.
        self._text = " ".join(text.split())
        self.setAccessibleName(self._text)
        self._relayout()

    @property
    def marked(self) -> bool:
        return self._marked

    def set_marked(self, marked: bool) -> None:
        if marked != self._marked:
            self._marked = marked
            self.update()

    def set_color(self, color: str) -> None:
        if color != self._color:
            self._color = color
            self.update()

    def set_max_lines(self, lines: int) -> None:
        if lines != self._max_lines:
            self._max_lines = lines
            self._relayout()

    def set_bold(self, bold: bool) -> None:
        if bold != self._bold:
            self._bold = bold
            self._relayout()

    # --- geometry ---------------------------------------------------------------------------------------

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max(1, self._line_count(width)) * self._line_height()

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._font())
        natural = math.ceil(metrics.horizontalAdvance(self._text)) + 1
        width = min(natural, 40 * math.ceil(metrics.averageCharWidth())) + 2 * self._inset
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.sizes.control, self._line_height())

    def _font(self) -> QFont:
        return self._look.font(self._role, bold=self._bold)

    def _line_height(self) -> int:
        return self._look.line_height(self._role)

    def _relayout(self) -> None:
        self._laid_out_for = -1
        self.updateGeometry()
        self.update()

    def _line_count(self, width: int) -> int:
        self._lay_out(width)
        lines = self._layout.lineCount()
        return min(lines, self._max_lines) if self._max_lines else lines

    def _lay_out(self, width: int) -> None:
        if self._laid_out_for == width:
            return
        self._laid_out_for = width
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout = QTextLayout(self._text, self._font())
        self._layout.setTextOption(option)
        self._layout.beginLayout()
        height = self._line_height()
        number = 0
        while True:
            line = self._layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(max(1, width - 2 * self._inset))
            line.setPosition(QPointF(self._inset, number * height + (height - line.height()) / 2))
            number += 1
        self._layout.endLayout()

    # --- events -----------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._relayout()

    def paintEvent(self, _event: QPaintEvent) -> None:
        self._lay_out(self.width())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        count = self._line_count(self.width())
        lines = [self._layout.lineAt(number) for number in range(count)]
        if self._marked:
            self._paint_mark(painter, lines)
        painter.setPen(self._look.color(self._color))
        cut = count < self._layout.lineCount()
        for number, line in enumerate(lines):
            if cut and number == count - 1:
                self._paint_elided(painter, line)
            else:
                line.draw(painter, QPointF(0, 0))

    def _paint_mark(self, painter: QPainter, lines: list[QTextLine]) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.theme.answer_fill())
        height = self._line_height()
        radius = self._look.sizes.radius
        for line in lines:
            box = line.naturalTextRect()
            middle = box.center().y()
            half = min(height, box.height() + 2 * MARK_PAD) / 2
            mark = QRectF(box.left() - MARK_PAD, middle - half, box.width() + 2 * MARK_PAD, 2 * half)
            painter.drawRoundedRect(mark, radius, radius)

    def _paint_elided(self, painter: QPainter, line: QTextLine) -> None:
        font = self._font()
        painter.setFont(font)
        # QTextLine counts UTF-16 units, Python code points.
        rest = self._text.encode("utf-16-le")[2 * line.textStart() :].decode("utf-16-le")
        shown = QFontMetricsF(font).elidedText(rest, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(QPointF(line.x(), line.y() + line.ascent()), shown)
