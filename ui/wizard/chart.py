"""Curves with pyqtgraph, in the theme's colours. The library is loaded when the first chart is made."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.models.training import Training
from ui.views.widgets import Look, label

_WIDTH = 2


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: points (x, y), the token of its colour. ``right``: on the axis to the right; ``dots``: its points."""

    name: str
    points: tuple[tuple[float, float], ...]
    color: str
    dashed: bool = False
    right: bool = False
    dots: bool = False


def load_chart(training: Training, owner: QObject, then: Callable[[], None]) -> None:
    """Load the library on another thread (it takes half a second, and makes no Qt object), then call ``then``."""
    job = training.jobs.start("", lambda _: importlib.import_module("pyqtgraph"), owner, quiet=True)
    job.succeeded.connect(lambda _: then())
    job.failed.connect(training.failed)


class CurveChart(QWidget):
    """Loss goes by the left axis, scores in [0, 1] by the right one. A legend above says which is which."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        import pyqtgraph

        self._pg: Any = pyqtgraph
        self._look, self._name = look, name
        self._series: tuple[Series, ...] = ()
        self._x_title = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(look.sizes.chart_height * 3 // 4)
        self.legend = QHBoxLayout()
        self.legend.setSpacing(look.sizes.grid * 3)
        self.plot: Any = pyqtgraph.PlotWidget(background=None)
        # It takes what room there is, and asks for none: its own wish is 640 x 480.
        self.plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        item = self.plot.getPlotItem()
        item.vb.setMouseEnabled(x=False, y=False)
        item.showAxis("right")
        self._right: Any = pyqtgraph.ViewBox(enableMenu=False)
        self._right.setMouseEnabled(x=False, y=False)
        item.scene().addItem(self._right)
        item.getAxis("right").linkToView(self._right)
        self._right.setXLink(item.vb)
        item.vb.sigResized.connect(lambda *_: self._right.setGeometry(item.vb.sceneBoundingRect()))
        self._right.setYRange(0, 1, padding=0.02)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.sizes.grid)
        column.addLayout(self.legend)
        column.addWidget(self.plot, 1)
        look.theme.changed.connect(self._draw)

    def set_series(self, series: Sequence[Series], x_title: str) -> None:
        if (tuple(series), x_title) != (self._series, self._x_title):
            self._series, self._x_title = tuple(series), x_title
            self._draw()

    def _draw(self) -> None:
        pg, look, item = self._pg, self._look, self.plot.getPlotItem()
        for box in (item.vb, self._right):
            for child in list(box.addedItems):
                box.removeItem(child)
        muted, line = look.color("muted"), look.color("border")
        tick = look.font("secondary")
        tick.setPixelSize(tick.pixelSize() - 1)
        left = any(not row.right and row.points for row in self._series)
        right = any(row.right and row.points for row in self._series)
        for side in ("left", "bottom", "right"):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(line))
            axis.setTextPen(pg.mkPen(muted))
            axis.setStyle(tickFont=tick, tickLength=-4, maxTickLevel=0)
            axis.setStyle(showValues=left if side == "left" else right if side == "right" else True)
        item.getAxis("bottom").enableAutoSIPrefix(False)
        item.getAxis("left").setWidth(36 if left else 8)
        item.getAxis("right").setWidth(34 if right else 8)
        item.setLabel("bottom", self._x_title, color=muted.name())
        item.getAxis("bottom").label.setFont(tick)
        for row in self._series:
            if row.points:
                self._add(row)
        xs = [x for row in self._series for x, _ in row.points]
        if xs:
            item.vb.setXRange(min(xs), max(max(xs), min(xs) + 1e-9), padding=0.02)
        ys = [y for row in self._series if not row.right for _, y in row.points]
        if ys:
            item.vb.setYRange(min(0.0, *ys), max(*ys, 1e-9), padding=0.06)
        self._show_legend()
        self._describe()

    def _add(self, row: Series) -> None:
        pg, color = self._pg, QColor(self._look.color(row.color))
        # Cosmetic pens are as wide as so many pixels of the screen, whatever its scale.
        pen = QPen(color, _WIDTH * self.devicePixelRatioF())
        pen.setCosmetic(True)
        pen.setStyle(Qt.PenStyle.DashLine if row.dashed else Qt.PenStyle.SolidLine)
        dots = row.dots or len(row.points) == 1
        curve = pg.PlotDataItem(
            [x for x, _ in row.points], [y for _, y in row.points], pen=pen, antialias=True,
            symbol="o" if dots else None, symbolSize=6, symbolBrush=color, symbolPen=None,
        )  # fmt: skip
        (self._right if row.right else self.plot.getPlotItem().vb).addItem(curve)

    def _show_legend(self) -> None:
        while (child := self.legend.takeAt(0)) is not None:
            if (widget := child.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for row in self._series:
            if row.points:
                entry = QHBoxLayout()
                entry.setSpacing(self._look.sizes.grid + 2)
                entry.addWidget(_Key(self._look, row))
                entry.addWidget(label(row.name, "secondary"))
                holder = QWidget()
                holder.setLayout(entry)
                entry.setContentsMargins(0, 0, 0, 0)
                self.legend.addWidget(holder)
        self.legend.addStretch(1)

    def _describe(self) -> None:
        """The curves in words: from where to where each goes."""
        parts = [
            tr("{name}: from {first} to {last}", name=row.name, first=f"{row.points[0][1]:.3f}",
               last=f"{row.points[-1][1]:.3f}")
            for row in self._series if row.points
        ]  # fmt: skip
        self.setAccessibleName(self._name)
        self.setAccessibleDescription(". ".join(parts))


class _Key(QWidget):
    """A bit of the curve as the legend shows it."""

    def __init__(self, look: Look, series: Series) -> None:
        super().__init__()
        self._look, self._series = look, series
        self.setFixedSize(look.sizes.icon, look.sizes.chip)

    def paintEvent(self, _event: object) -> None:
        from PySide6.QtGui import QPainter

        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self._look.color(self._series.color), _WIDTH)
        pen.setStyle(Qt.PenStyle.DashLine if self._series.dashed else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        middle = self.height() // 2
        painter.drawLine(0, middle, self.width(), middle)


def best_step(points: Sequence[tuple[float, float]]) -> int | None:
    """Where the highest score was reached first."""
    return int(max(points, key=lambda point: (point[1], -point[0]))[0]) if points else None


__all__ = ["CurveChart", "Series", "best_step", "load_chart"]
