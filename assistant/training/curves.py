"""The curves of a run: ``curve.jsonl``, which the window reads, and ``tensorboard/`` for TensorBoard.

A run that goes on from a checkpoint writes some steps again; :func:`read_curve` takes the later of them.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Self

from assistant.training.steps import CurvePoint

_log = logging.getLogger(__name__)
FILE = "curve.jsonl"


class CurveLog:
    """Writes both. Without the package tensorboardX only the first."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / FILE).open("a", encoding="utf-8")
        self._board: Any = None
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            _log.info("tensorboardX is not installed; no logs for TensorBoard")
        else:
            self._board = SummaryWriter(str(folder / "tensorboard"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if self._board is not None:
            self._board.close()

    def loss(self, step: int, loss: float, rate: float) -> None:
        self._write({"step": step, "loss": round(loss, 6)})
        if self._board is not None:
            self._board.add_scalar("train/loss", loss, step)
            self._board.add_scalar("train/learning_rate", rate, step)

    def scores(self, step: int, scores: dict[str, float]) -> None:
        self._write({"step": step, "score": scores["score"], "validation_loss": scores.get("loss")})
        if self._board is not None:
            for name, value in scores.items():
                self._board.add_scalar(f"validation/{name}", value, step)
            self._board.flush()

    def _write(self, row: dict[str, Any]) -> None:
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()


def read_curve(folder: Path) -> list[CurvePoint]:
    """The points until now, by step. A last line that is cut off is left out."""
    path = folder / FILE
    if not path.is_file():
        return []
    points: list[CurvePoint] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
            point = CurvePoint(int(row["step"]), row.get("loss"), row.get("score"), row.get("validation_loss"))
        except (ValueError, KeyError):
            continue
        points = with_point(points, point)
    return points


def with_point(points: list[CurvePoint], point: CurvePoint) -> list[CurvePoint]:
    """The curve with one point more; what it had of this step and later was before the run went on."""
    kept = len(points)
    while kept and points[kept - 1].step > point.step:
        kept -= 1
    while kept and points[kept - 1].step == point.step and (points[kept - 1].score is None) == (point.score is None):
        kept -= 1
    return [*points[:kept], point]
