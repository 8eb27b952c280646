"""Why a result is what it is: its sentence with the words that weighed most, and one plain sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QTextLayout, QTextLine, QTextOption
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from assistant.types import Span
from ui.i18n import tr
from ui.models import quotes
from ui.views.widgets import FlowText, IconButton, LinkButton, Look, PopupCard, ProgressRow, label

if TYPE_CHECKING:
    from assistant.engine import Explanation, WordWeight

_WIDTH = 380
_COUNTS = 0.15
"""Words of less weight are not marked."""
_HEAVY = 0.6
"""Words from here on have a thick line."""
_MATTERS = 0.02
"""A smaller change says that no single word decides."""
_FILL = 0.4


class ExplainCard(PopupCard):
    """A popup beside what is explained. :meth:`wait` opens it, :meth:`show_explanation` or :meth:`show_problem` fills
    it. Escape closes. ``cancelled()``: it was closed while the work ran."""

    cancelled = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.setFixedWidth(_WIDTH + 2 * self.edge)
        self._waiting = False
        self._place = QRect()
        self.title = label(tr("Why?"), "strong")
        self.words = WeightedWords(look)
        self.sentence = FlowText(look, color="text")
        self.method = FlowText(look, role="secondary", color="muted")
        self.progress = ProgressRow(look)
        self.close_button = IconButton(look, "close", tr("Close"), small=True, color="muted")
        self.close_button.clicked.connect(self.close)
        self.stop = LinkButton(tr("Stop"), tr("Stop looking for the reason"))
        self.stop.clicked.connect(self.close)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.stop)
        head.addWidget(self.close_button)
        pad = look.sizes.pad
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(look.sizes.gap)
        column.addLayout(head)
        for part in (self.progress, self.words, self.sentence, self.method):
            column.addWidget(part)
        self.setAccessibleName(tr("Why?"))

    def wait(self, place: QRect) -> None:
        """Open beside ``place`` (global coordinates), before the result is there."""
        self._waiting, self._place = True, place
        for part in (self.words, self.sentence, self.method):
            part.hide()
        self.progress.set_progress(None)
        self.progress.words.set_text(tr("Looking at each word…"))
        self.progress.show()
        self.stop.show()
        self._open()

    def show_explanation(self, found: Explanation, text: str) -> None:
        """``text`` is the document's."""
        self.words.set_words(text, found.span, found.words)
        self.words.setVisible(bool(found.words))
        self._fill(reason(found), tr("Each word was left out once, and the model asked again.") if found.words else "")

    def show_problem(self, sentence: str) -> None:
        self.words.hide()
        self._fill(sentence, "")

    def _fill(self, sentence: str, method: str) -> None:
        self._waiting = False
        self.progress.hide()
        self.stop.hide()
        self.sentence.set_text(sentence)
        self.sentence.show()
        self.method.set_text(method)
        self.method.setVisible(bool(method))
        self.setAccessibleDescription(sentence)
        self._open()

    def _open(self) -> None:
        self.adjustSize()
        self.show_beside(self._place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)

    def hideEvent(self, _event: object) -> None:
        if self._waiting:
            self._waiting = False
            self.cancelled.emit()


def reason(found: Explanation) -> str:
    """The explanation in one plain sentence."""
    if found.method == "rule":
        return tr("It is told by its form: a rule found it, and no model was asked.")
    if found.method == "document":
        return tr("The same words are found elsewhere in this document, where the sentence makes it certain.")
    if found.method == "user":
        return tr("You labelled it.")
    heavy = [item for item in sorted(found.words, key=lambda item: -item.weight) if item.weight >= _COUNTS][:3]
    if found.method == "other" or not heavy:
        return tr("No word of the sentence says more than the others.")
    named = tr(", ").join(quotes.quoted(item.text) for item in heavy)
    figures = {"words": named, "word": quotes.quoted(heavy[0].text), "before": f"{found.before:.2f}",
               "after": f"{found.after:.2f}"}  # fmt: skip
    if abs(found.before - found.after) < _MATTERS:
        return tr("No single word decides; most say {words}.", **figures)
    if found.kind == "entity":
        text = tr("{words} weigh most. Without {word} the probability of this type goes from {before} to {after}.",
                  **figures)  # fmt: skip
    elif found.kind == "answer":
        text = tr("{words} weigh most. Without {word} the probability of the answer goes from {before} to {after}.",
                  **figures)  # fmt: skip
    elif found.kind == "type":
        text = tr("{words} weigh most. Without {word} the sentence speaks for the type with {after} instead of "
                  "{before}.", **figures)  # fmt: skip
    else:
        text = tr("{words} weigh most. Without {word} the model's weight of the sentence goes from {before} to "
                  "{after}.", **figures)  # fmt: skip
    return text


class WeightedWords(QWidget):
    """A sentence; behind each word that counts, the accent, as strong as its weight, over a line, thick for the
    heaviest. What speaks against the result has a dashed line. The weights are the accessible description."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._text = ""
        self._words: list[tuple[int, int, float]] = []
        self._layout = QTextLayout()
        self._room = _WIDTH - 2 * look.sizes.pad
        """The card's width is fixed, and with it the height of a text."""

    def set_words(self, text: str, place: Span, words: tuple[WordWeight, ...]) -> None:
        """``text[place]`` with the weights of its words."""
        shown = place.of(text)
        # Line ends become spaces, one for one; Qt counts UTF-16 units.
        self._text = "".join(" " if char.isspace() else char for char in shown)
        self._words = []
        for word in words:
            first = _units(self._text[: word.span.start - place.start])
            self._words.append((first, first + _units(word.span.of(text)), word.weight))
        self.setAccessibleName(self._text)
        ranked = sorted((word for word in words if abs(word.weight) >= _COUNTS), key=lambda word: -word.weight)
        self.setAccessibleDescription(tr(", ").join(f"{word.text} {word.weight:.2f}" for word in ranked[:8]))
        self.setFixedHeight(math.ceil(self._lay_out(self._room)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._room, self.height())

    def _lay_out(self, width: int) -> float:
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout = QTextLayout(self._text, self._look.font("body"))
        self._layout.setTextOption(option)
        step = self._look.line_height("body") + 4
        self._layout.beginLayout()
        y = 0.0
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(max(1, width))
            line.setPosition(QPointF(0, y + (step - line.height()) / 2))
            y += step
        self._layout.endLayout()
        return y

    def paintEvent(self, _event: QPaintEvent) -> None:
        self._lay_out(self.width())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for first, stop, weight in self._words:
            if abs(weight) >= _COUNTS:
                for box in self._boxes(first, stop):
                    self._paint_weight(painter, box, weight)
        painter.setPen(self._look.color("text"))
        self._layout.draw(painter, QPointF(0, 0))

    def _boxes(self, first: int, stop: int) -> list[QRectF]:
        boxes = []
        for number in range(self._layout.lineCount()):
            line = self._layout.lineAt(number)
            start, end = max(first, line.textStart()), min(stop, line.textStart() + line.textLength())
            if start < end:
                x0, x1 = _x(line, start), _x(line, end)
                boxes.append(QRectF(x0 - 1, line.y(), x1 - x0 + 2, line.height() + 2))
        return boxes

    def _paint_weight(self, painter: QPainter, box: QRectF, weight: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        color = "accent" if weight > 0 else "warn"
        painter.setBrush(self._look.color(color, _FILL * abs(weight)))
        painter.drawRoundedRect(box, 3, 3)
        pen = QPen(self._look.color(color), 2.5 if weight >= _HEAVY else 1)
        pen.setStyle(Qt.PenStyle.SolidLine if weight > 0 else Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(box.bottomLeft(), box.bottomRight())


def _x(line: QTextLine, cursor: int) -> float:
    # PySide gives the place beside the cursor, which it may have moved.
    found: Any = line.cursorToX(cursor)
    return float(found[0] if isinstance(found, tuple) else found)


def _units(text: str) -> int:
    """UTF-16 code units, in which Qt counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
