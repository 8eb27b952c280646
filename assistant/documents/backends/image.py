"""Pictures of pages: PNG, JPEG, TIFF (all pages of it), WebP, BMP, GIF (its first frame), HEIC and AVIF.

Pillow decodes them, and is told which formats it may try; MuPDF gets pixels only. A frame is decoded when its page is
drawn. Pages have no text of their own: they are recognised as scans are.
"""

from __future__ import annotations

import math
import struct
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pillow_heif
import pymupdf
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError
from pymupdf import mupdf

from assistant.documents import mupdf as mu
from assistant.documents.base import Bookmark, KnownHeading, Size
from assistant.documents.limits import FLOW_PAGES, IMAGE_MEGAPIXELS
from assistant.errors import DocumentError

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "HEIF", "AVIF")
_PAGED = ("TIFF", "HEIF")
"""Of the others only the first frame is a page; the rest is an animation or a preview."""
_DEFAULT_DPI = 96.0
_CREDIBLE_DPI = (97.0, 2400.0)
"""Scanners (also fax, 204 x 98) write what is true. 72 and 96 stand in files of every camera and screen, whatever they
show."""
_LARGE, _SHEET = 1200.0, 842.0
"""A picture without a credible resolution that would be longer than the first (points) becomes as long as the second:
a photograph of a sheet of paper, most likely."""
_SHORTEST, _LONGEST = 36.0, 14_400.0
"""Lengths that a page may have, in points."""
_KEPT_PIXELS = 60_000_000
"""Of all pages that are kept decoded."""
_STEP_FRAMES = 200
_DAMAGED = (
    *(OSError, ValueError, TypeError, SyntaxError, KeyError, IndexError, AttributeError, ZeroDivisionError),
    *(OverflowError, EOFError, RuntimeError, AssertionError, struct.error, NotImplementedError, MemoryError),
)
"""What Pillow's readers raise for files that are not as they say."""

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
Image.MAX_IMAGE_PIXELS = IMAGE_MEGAPIXELS * 1_000_000
# A picture that ends early is shown as far as it goes.
ImageFile.LOAD_TRUNCATED_IMAGES = True
# Damaged metadata, sizes between one and two limits: said by this module where it matters.
warnings.simplefilter("ignore")


class ImageSource:
    """The frames of one file as pages."""

    kind: Literal["layer", "layout"] = "layer"

    def __init__(self, path: Path, image: Image.Image) -> None:
        self._path = path
        self._image = image
        self._sizes: list[Size | None] = []
        self._lists: OrderedDict[int, tuple[Any, int]] = OrderedDict()
        self._paged = image.format in _PAGED
        # Whether it can be decoded at all is known before it is shown as a document.
        self._sizes.append(self._measure(0))
        self._counted = not self._paged
        try:
            self.display_list(0)
        except DocumentError:
            if not self._paged or not self._has(1):
                raise DocumentError("damaged_document", path=str(path)) from None

    def step(self) -> bool:
        """Count the frames: a TIFF is a chain of them, of unknown length."""
        for _ in range(_STEP_FRAMES):
            number = len(self._sizes)
            if self._counted or not self._has(number):
                self._counted = True
                return True
            if number >= FLOW_PAGES:
                raise DocumentError("too_many_pages", path=str(self._path), limit=FLOW_PAGES)
            self._sizes.append(self._measure(number))
        return False

    def progress(self) -> tuple[int, int]:
        return len(self._sizes), 0

    def count(self) -> int:
        return len(self._sizes)

    def size(self, page: int) -> Size | None:
        return self._sizes[page]

    def title(self) -> str | None:
        return None

    def outline(self) -> Sequence[Bookmark]:
        return ()

    def headings(self) -> Sequence[KnownHeading]:
        return ()

    def display_list(self, page: int) -> Any:
        """Raises DocumentError for a frame that cannot be decoded."""
        if page not in self._lists:
            size = self._sizes[page]
            if size is None:
                raise DocumentError("page_failed", page=page + 1)
            pixmap = self._pixmap(page)
            shown = mupdf.FzDisplayList(mupdf.FzRect(0, 0, *size))
            device = mupdf.fz_new_list_device(shown)
            image = mupdf.fz_new_image_from_pixmap(pixmap.this, mupdf.FzImage())
            mupdf.fz_fill_image(device, image, mupdf.FzMatrix(size[0], 0, 0, size[1], 0, 0), 1.0, mupdf.FzColorParams())
            mupdf.fz_close_device(device)
            self._lists[page] = shown, pixmap.width * pixmap.height
            while len(self._lists) > 1 and sum(pixels for _, pixels in self._lists.values()) > _KEPT_PIXELS:
                self._lists.popitem(last=False)
        self._lists.move_to_end(page)
        return self._lists[page][0]

    def text_page(self, page: int, options: Any) -> Any:
        """Empty: a picture has no text layer, and is not decoded to find that out."""
        return mupdf.FzStextPage(mupdf.FzDisplayList(mupdf.FzRect(0, 0, *(self._sizes[page] or (1.0, 1.0)))), options)

    def extras(self, page: int) -> Sequence[Any]:
        """No form fields and no comments."""
        return ()

    def close(self) -> None:
        self._lists.clear()
        self._image.close()

    def _has(self, page: int) -> bool:
        try:
            self._image.seek(page)
        except _DAMAGED:
            return False
        return True

    def _measure(self, page: int) -> Size | None:
        """From the frame's header alone; None where that is damaged."""
        try:
            self._image.seek(page)
            width, height = self._image.size
            if width * height > IMAGE_MEGAPIXELS * 1_000_000:
                raise DocumentError(
                    "image_too_large",
                    path=str(self._path),
                    size=math.ceil(width * height / 1_000_000),
                    limit=IMAGE_MEGAPIXELS,
                )
            if width < 1 or height < 1:
                return None
            across, down = _dpi(self._image)
            turned = self._image.getexif().get(0x0112, 1) in (5, 6, 7, 8) if self._image.format != "TIFF" else False
        except _DAMAGED:
            return None
        if turned:
            width, height, across, down = height, width, down, across
        return page_size(width, height, across, down)

    def _pixmap(self, page: int) -> Any:
        try:
            self._image.seek(page)
            turned = ImageOps.exif_transpose(self._image)
            plain = _plain(turned)
            colors = pymupdf.csGRAY if plain.mode == "L" else pymupdf.csRGB
            return pymupdf.Pixmap(colors, plain.width, plain.height, plain.tobytes(), False)
        except (*_DAMAGED, mu.Error):
            raise DocumentError("page_failed", page=page + 1) from None


def load(path: Path, password: str | None) -> ImageSource:
    """Raises DocumentError. ``password`` is not used."""
    try:
        image = Image.open(path, formats=_FORMATS)
    except Image.DecompressionBombError:
        raise DocumentError(
            "image_too_large", path=str(path), size=2 * IMAGE_MEGAPIXELS, limit=IMAGE_MEGAPIXELS
        ) from None
    except (UnidentifiedImageError, *_DAMAGED):
        raise DocumentError("damaged_document", path=str(path)) from None
    return ImageSource(path, image)


def page_size(width: int, height: int, across: float | None, down: float | None) -> Size:
    """Of a picture in pixels, in points. ``across`` and ``down`` are its dots per inch, None where it names none."""
    lowest, highest = _CREDIBLE_DPI
    if across is None or down is None or not (lowest <= across <= highest and lowest <= down <= highest):
        across = down = _DEFAULT_DPI
        if max(width, height) * 72 / across > _LARGE:
            across = down = max(width, height) * 72 / _SHEET
    size = width * 72 / across, height * 72 / down
    scale = min(max(1.0, _SHORTEST / max(min(size), 0.01)), _LONGEST / max(size))
    return max(size[0] * scale, 1.0), max(size[1] * scale, 1.0)


def _dpi(image: Image.Image) -> tuple[float | None, float | None]:
    try:
        found: Any = image.info["dpi"]
        across, down = float(found[0]), float(found[1])
    except _DAMAGED:
        return None, None
    return (across, down) if math.isfinite(across) and math.isfinite(down) else (None, None)


def _plain(image: Image.Image) -> Image.Image:
    """In 8 bit grey or RGB, on white where it is transparent."""
    if image.mode in ("L", "RGB"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith(("I", "F")):
        extrema: Any = image.convert("F").getextrema()
        low, high = float(extrema[0]), float(extrema[1])
        scale = 255 / 65_535 if image.mode.startswith("I;16") else 255 / max(high - low, 1e-9)
        low = 0.0 if image.mode.startswith("I;16") else low
        return image.convert("F").point(_linear(scale, -low * scale)).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layered = image.convert("RGBA")
        ground = Image.new("RGB", layered.size, (255, 255, 255))
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    return image.convert("RGB")


def _linear(scale: float, offset: float) -> Any:
    # Pillow takes nothing but this form for numbers of more than 8 bits.
    return lambda value: value * scale + offset
