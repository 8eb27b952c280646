"""Reading the picture of a page: level it, find its lines, recognise each, find where its characters are.

Used in the recognising process only, which alone loads RapidOCR (PP-OCR's models) and through it ONNX Runtime.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from assistant.documents.inked import Ink, ink_of
from assistant.documents.recognised import EDGE_UNITS, RecognisedPage, TextLine

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

DPI = 200.0
"""Resolution at which a page is drawn; see tests/benchmarks/README.md. Finer scans are scaled down to it."""
LONGEST = 4000
"""Pixels of the longer side at most."""
_FIND_DPI, _FIND_LEAST, _FIND_MOST = 96.0, 960, 1920
"""Lines are found at a lower resolution than they are read at."""
_HEIGHT = 48
"""Of a line's picture, as the model takes it."""
_NARROWING = 0.85
"""Of a line's picture: takes as much less time, and costs one character in two thousand."""
_LEAST_SCORE = 0.5
_SURE = 0.85
"""A page on which some lines are read with this probability stands upright."""
_SAMPLE = 4
_WHITE = 6.0
"""Standard deviation of a picture on which there is nothing."""
_MOST_SKEW = 20.0
_OPENING, _CLOSING = re.compile(r'(?<![^\s(\[])["”](?=\w)'), re.compile(r'(?<=[^\s(\[])["“](?!\w)')
_APOSTROPHE = re.compile(r"(?<=[^\W\d])'(?=[\w\s.,;:)]|$)")
_CJK = re.compile("[\u3000-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Read:
    """A line as the model read it."""

    text: str
    score: float
    centres: tuple[float, ...]
    """Of each character but blanks, along the line from 0 to 1."""
    ink: Ink


class Recogniser:
    """The models, loaded once. Not thread-safe."""

    def __init__(self, threads: int) -> None:
        """:param threads: lines that are read at the same time, each on one core."""
        from rapidocr import RapidOCR

        folder = files("rapidocr") / "models"
        common: dict[str, Any] = {
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.max_side_len": 100_000,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # Without it a third of the time goes into getting memory from the system.
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
        }
        # Named by their paths: nothing is ever looked for anywhere else.
        self._finder = RapidOCR(
            params={
                **common,
                "Global.use_rec": False,
                "Det.model_path": str(folder / "PP-OCRv6_det_small.onnx"),
                "Det.limit_type": "max",
                "Det.limit_side_len": _FIND_MOST,
            }
        )
        self._reader = RapidOCR(
            params={
                **common,
                "Global.use_det": False,
                "Global.return_word_box": True,
                "Rec.model_path": str(folder / "PP-OCRv6_rec_small.onnx"),
                "Rec.rec_batch_num": 1,
                # Short lines are not filled up with blank paper to the width of long ones.
                "Rec.rec_img_shape": [3, _HEIGHT, 64],
            }
        )
        cv2.setNumThreads(1)
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    @staticmethod
    def scale(size: tuple[float, float]) -> float:
        """Pixels per point at which a page of ``size`` in points is to be drawn."""
        return min(DPI / 72, LONGEST / max(size))

    def read(self, image: Pixels, scale: float) -> RecognisedPage:
        """The lines of a picture (h, w, 3; RGB) with ``scale`` pixels per point."""
        height, width = image.shape[:2]
        grey: Any = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        if float(grey.std()) < _WHITE and not _has_marks(grey):
            return RecognisedPage(width / scale, height / scale, 0, 0.0, True, ())
        turn, quads, begun = self._upright(image, scale)
        turned: Pixels = np.ascontiguousarray(np.rot90(image, -turn // 90))
        skew = _skew(quads)
        reads: list[_Read | None] = [begun.get(index) for index in range(len(quads))]
        missing = [index for index, read in enumerate(reads) if read is None]
        for index, read in zip(missing, self._map(lambda i: self._line(turned, quads[i]), missing), strict=True):
            reads[index] = read
        return _page(quads, reads, turn, skew, turned.shape[:2], scale)

    def _upright(self, image: Pixels, scale: float) -> tuple[int, list[Floats], dict[int, _Read]]:
        """Degrees (clockwise) to turn the picture by, the corners of its lines then, and those that were read to know
        it. Lines that are higher than wide tell of a page on its side, what can be read tells which one is up."""
        found = self._find(image, scale)
        lying = sum(_length(quad) for quad in found if _tall(quad))
        ways = (90, 270, 0) if 2 * lying > sum(_length(quad) for quad in found) else (0, 180)
        best: tuple[int, list[Floats], dict[int, _Read]] = ways[0], found, {}
        for turn in ways:
            quads = [_turned(quad, turn, *image.shape[:2]) for quad in found]
            reads = self._sample(image, turn, quads)
            if turn == ways[0] or _mean_score(reads) > _mean_score(best[2]):
                best = turn, quads, reads
            if not found or _mean_score(reads) >= _SURE:
                break
        if best[0] in (90, 270):
            # Lines are found best where they are level.
            return best[0], self._find(np.ascontiguousarray(np.rot90(image, -best[0] // 90)), scale), {}
        return best

    def _sample(self, image: Pixels, turn: int, quads: Sequence[Floats]) -> dict[int, _Read]:
        """Some lines that are neither the longest, which take time, nor short."""
        order = sorted(range(len(quads)), key=lambda index: -_length(quads[index]))
        chosen = order[len(order) // 3 :][:_SAMPLE]
        turned: Pixels = np.ascontiguousarray(np.rot90(image, -turn // 90))
        return dict(zip(chosen, self._map(lambda index: self._line(turned, quads[index]), chosen), strict=True))

    def _map(self, work: Callable[[int], _Read], items: Sequence[int]) -> list[_Read]:
        return list(self._pool.map(work, items)) if self._pool is not None else [work(item) for item in items]

    def _find(self, image: Pixels, scale: float) -> list[Floats]:
        """Corners of the lines: upper left, upper right, lower right, lower left."""
        height, width = image.shape[:2]
        side = min(max(max(width, height) * _FIND_DPI / 72 / scale, _FIND_LEAST), _FIND_MOST)
        factor = min(1.0, side / max(width, height))
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else image
        found: Any = self._finder(np.ascontiguousarray(small[:, :, ::-1]))
        boxes = getattr(found, "boxes", None)
        if boxes is None:
            return []
        back = np.array((width / small.shape[1], height / small.shape[0]))
        return [np.asarray(box, np.float64) * back for box in boxes]

    def _line(self, image: Pixels, quad: Floats) -> _Read:
        read = self._read(image, quad)
        if _tall(quad) and read.score < _SURE:
            # A line across the others, from the bottom upwards.
            other = self._read(image, np.roll(quad, 2, axis=0))
            return other if other.score > read.score else read
        return read

    def _read(self, image: Pixels, quad: Floats) -> _Read:
        corners = _along(quad)
        length, height = _length(corners), max(float(np.linalg.norm(corners[0] - corners[3])), 1.0)
        width = max(round(length * _HEIGHT / height * _NARROWING), _HEIGHT // 2)
        target = np.array(((0, 0), (width, 0), (width, _HEIGHT), (0, _HEIGHT)), np.float32)
        matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
        strip: Any = cv2.warpPerspective(
            image, matrix, (width, _HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        shown: Any = np.ascontiguousarray(strip[:, :, ::-1])
        if width < _HEIGHT:
            # Narrower pictures would be enlarged.
            shown = cv2.copyMakeBorder(shown, 0, 0, 0, _HEIGHT - width, cv2.BORDER_REPLICATE)
        result: Any = self._reader(shown)
        ink = ink_of(strip, _NARROWING)
        if not result.txts or not result.word_results or result.word_results[0] is None:
            return _Read("", 0.0, (), ink)
        words = result.word_results[0]
        steps = max(float(words.line_txt_len) * width / shown.shape[1], 1.0)
        centres = tuple(min((column + 0.5) / steps, 1.0) for word in words.word_cols for column in word)
        text = str(result.txts[0])
        if len(centres) != sum(1 for char in text if not char.isspace()):
            return _Read("", 0.0, (), ink)
        return _Read(text, float(result.scores[0]), centres, ink)


def _has_marks(grey: Pixels) -> bool:
    """Whether a nearly white picture has some lines of text all the same."""
    return int(np.count_nonzero(np.abs(grey.astype(np.int16) - int(np.median(grey))) > 60)) > 30


def _mean_score(reads: dict[int, _Read]) -> float:
    weights = [(len(read.text), read.score) for read in reads.values() if len(read.text) > 1]
    return sum(length * score for length, score in weights) / sum(length for length, _ in weights) if weights else 0.0


def _length(quad: Floats) -> float:
    return max(float(np.linalg.norm(quad[0] - quad[1])), float(np.linalg.norm(quad[0] - quad[3])))


def _tall(quad: Floats) -> bool:
    return float(np.linalg.norm(quad[0] - quad[3])) > 1.5 * float(np.linalg.norm(quad[0] - quad[1]))


def _along(quad: Floats) -> Floats:
    """The corners in the order in which the line reads: a tall one from top to bottom."""
    return np.roll(quad, -1, axis=0) if _tall(quad) else quad


def _skew(quads: Sequence[Floats]) -> float:
    """Degrees by which lines fall to the right: the median of the long ones."""
    angles = []
    for quad in quads:
        step = quad[1] - quad[0] + quad[2] - quad[3]
        length = float(np.linalg.norm(step)) / 2
        height = float(np.linalg.norm(quad[0] - quad[3]))
        if length > 4 * height:
            angles.append((math.degrees(math.atan2(step[1], step[0])), length))
    if not angles:
        return 0.0
    angles.sort()
    half = sum(length for _, length in angles) / 2
    for angle, length in angles:
        half -= length
        if half <= 0:
            return angle if 0.1 < abs(angle) <= _MOST_SKEW else 0.0
    return 0.0


def _page(
    quads: Sequence[Floats],
    reads: Sequence[_Read | None],
    turn: int,
    skew: float,
    shape: tuple[int, int],
    scale: float,
) -> RecognisedPage:
    """Bring what was read into the level frame and back onto the page, in points."""
    height, width = shape
    radians = math.radians(-skew)
    level = np.array(((math.cos(radians), -math.sin(radians)), (math.sin(radians), math.cos(radians))))
    middle = np.array((width / 2, height / 2))
    lines: list[TextLine] = []
    for quad, read in zip(quads, reads, strict=True):
        if read is None or read.score < _LEAST_SCORE or not read.text.strip():
            continue
        corners = _along(quad)
        ink = read.ink
        edges = ink.edges(read.text, read.centres)
        size, top, bottom = ink.font(read.text)
        # From here on the line goes from its first character to its last, and from its ascenders to its descenders.
        along, down = corners[1] - corners[0], corners[3] - corners[0]
        begin, end = edges[0][0], edges[-1][1]
        origin = corners[0] + along * begin + down * top
        along, down = along * (end - begin), down * (bottom - top)
        span = max(end - begin, 1e-6)
        units = [round((edge - begin) / span * EDGE_UNITS) for pair in edges for edge in pair]
        shown = np.array((origin, origin + along, origin + along + down, origin + down))
        flat = (shown - middle) @ level.T + middle
        points = flat / scale
        height_of_line = float(np.linalg.norm(corners[3] - corners[0])) / scale
        frame = [_unturned(origin, turn, width, height), _unturned(origin + along, turn, width, height)]
        frame.append(_unturned(origin + down, turn, width, height))
        first, right, below = (np.array(point) / scale for point in frame)
        lines.append(
            TextLine(
                read.text,
                round(read.score, 4),
                (
                    round(float(points[:, 0].min()), 2),
                    round(float(points[:, 1].min()), 2),
                    round(float(points[:, 0].max()), 2),
                    round(float(points[:, 1].max()), 2),
                ),
                round(size * height_of_line, 2),
                False,
                not _tall(quad),
                (
                    round(float(first[0]), 2),
                    round(float(first[1]), 2),
                    round(float(right[0] - first[0]), 2),
                    round(float(right[1] - first[1]), 2),
                    round(float(below[0] - first[0]), 2),
                    round(float(below[1] - first[1]), 2),
                ),
                tuple(units),
            )
        )
    lines = with_curly_quotes(lines)
    lines.sort(key=lambda line: (line.box[1] + line.box[3], line.box[0]))
    return RecognisedPage(width / scale, height / scale, turn, round(skew, 2), False, tuple(_one_size(lines)))


def _turned(quad: Floats, turn: int, height: int, width: int) -> Floats:
    """Corners on the picture (height x width) as they are on it when it is turned; the upper left one first again."""
    x, y = quad[:, 0], quad[:, 1]
    if turn == 90:
        return np.roll(np.stack((height - y, x), axis=1), 1, axis=0)
    if turn == 180:
        return np.roll(np.stack((width - x, height - y), axis=1), 2, axis=0)
    if turn == 270:
        return np.roll(np.stack((y, width - x), axis=1), 3, axis=0)
    return quad


def _unturned(point: Floats, turn: int, width: int, height: int) -> tuple[float, float]:
    """A point of the turned picture (width x height) on the page as it was."""
    x, y = float(point[0]), float(point[1])
    if turn == 90:
        return y, width - x
    if turn == 180:
        return width - x, height - y
    if turn == 270:
        return height - y, x
    return x, y


def with_curly_quotes(lines: Sequence[TextLine]) -> list[TextLine]:
    """The models take some curly quotes for straight ones. On a page that has curly ones all are, as the English use
    them: opening before a word, closing after it. A character stays a character."""
    text = "".join([line.text for line in lines])
    if not any(mark in text for mark in "“”’") or any(mark in text for mark in "„«»") or _CJK.search(text):
        return list(lines)

    def curly(line: TextLine) -> TextLine:
        shown = _OPENING.sub("“", line.text)
        return replace(line, text=_APOSTROPHE.sub("’", _CLOSING.sub("”", shown)))

    return [curly(line) for line in lines]


def _one_size(lines: Sequence[TextLine]) -> list[TextLine]:
    """Lines that are about as large get the same size: what is measured on single lines differs by some percent."""
    weights = sorted((line.size, len(line.text)) for line in lines if line.upright)
    groups: list[list[tuple[float, int]]] = []
    for size, weight in weights:
        if groups and size <= groups[-1][0][0] * 1.18:
            groups[-1].append((size, weight))
        else:
            groups.append([(size, weight)])
    sizes = []
    for group in groups:
        half = sum(weight for _, weight in group) / 2
        for size, weight in group:
            half -= weight
            if half <= 0:
                sizes.append((size, group[0][0], group[-1][0]))
                break
    found = []
    for line in lines:
        size = next((size for size, low, high in sizes if low <= line.size <= high), line.size)
        found.append(replace(line, size=size))
    return found
