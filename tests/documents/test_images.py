"""Pictures as documents: their pages, their sizes, and what hostile and damaged ones end as."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from assistant.documents.backends.image import page_size
from assistant.documents.host import DocumentHost
from assistant.errors import MESSAGES, DocumentError
from assistant.jobs import Context

RED, BLUE = (220, 20, 20), (20, 20, 220)


def _halves(width: int = 60, height: int = 40) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def _save(name: str, **options: object) -> Callable[[Path], None]:
    def save(path: Path) -> None:
        _halves().save(path, name, **options)

    return save


FORMATS: dict[str, Callable[[Path], None]] = {
    "png": _save("PNG"),
    "jpg": _save("JPEG", quality=95),
    "tif": _save("TIFF"),
    "webp": _save("WEBP", lossless=True),
    "bmp": _save("BMP"),
    "gif": lambda path: _halves().save(path, "GIF", save_all=True, append_images=[Image.new("RGB", (60, 40))]),
    "heic": lambda path: pillow_heif.from_pillow(_halves()).save(path, quality=95),
    "palette.png": lambda path: _halves().quantize(4).save(path, "PNG"),
    "clear.png": lambda path: _clear().save(path, "PNG"),
    "deep.tif": lambda path: Image.new("I;16", (60, 40), 60_000).save(path, "TIFF"),
    "fax.tif": lambda path: Image.new("1", (60, 40), 1).save(path, "TIFF", compression="group4"),
}


def _clear() -> Image.Image:
    image = _halves().convert("RGBA")
    image.paste((0, 0, 0, 0), (30, 0, 60, 40))
    return image


def _near(pixels: bytes, at: int, color: tuple[int, int, int]) -> bool:
    """Whether the pixel of that number is about ``color`` (red, green, blue)."""
    return all(abs(pixels[4 * at + 2 - part] - color[part]) < 40 for part in range(3))


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_a_page(name: str, tmp_path: Path, host: DocumentHost) -> None:
    # The content decides, not the name.
    path = tmp_path / f"picture {name}.dat"
    FORMATS[name](path)
    opened = host.open(path, Context())
    assert (opened.format, len(opened.page_sizes)) == ("image", 1)
    assert opened.page_sizes[0] == pytest.approx((45 * 36 / 30, 36), abs=0.1)
    image = host.render(opened, 1, 4.0).result(30)
    left = image.height // 2 * image.width + 10
    right = image.height // 2 * image.width + image.width - 10
    pale = (255, 255, 255)
    expected = {"deep.tif": ((233,) * 3, (233,) * 3), "fax.tif": (pale, pale), "clear.png": (RED, pale)}
    assert _near(image.pixels, left, expected.get(name, (RED, BLUE))[0])
    assert _near(image.pixels, right, expected.get(name, (RED, BLUE))[1])
    host.close(opened)


def test_pages_of_a_tiff_with_their_own_sizes(tmp_path: Path, host: DocumentHost) -> None:
    path = tmp_path / "fax.tif"
    pages = [Image.new("L", (850 + number, 1100), number) for number in range(3)]
    pages[0].save(path, "TIFF", save_all=True, append_images=pages[1:], dpi=(100, 100))
    opened = host.open(path, Context())
    assert [size[0] for size in opened.page_sizes] == pytest.approx([612.0, 612.72, 613.44], abs=0.01)
    assert [host.render(opened, page, 0.1).result(30).pixels[0] for page in (3, 1, 2)] == [2, 0, 1]
    host.close(opened)


def test_turned_as_the_camera_says(tmp_path: Path, host: DocumentHost) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # The top of what was seen is on the right.
    _halves().save(path, "JPEG", quality=95, exif=exif)
    opened = host.open(path, Context())
    assert opened.page_sizes[0][0] < opened.page_sizes[0][1]
    image = host.render(opened, 1, 2.0).result(30)
    assert _near(image.pixels, image.width * 5 + 10, RED)
    assert _near(image.pixels, image.width * (image.height - 5) + 10, BLUE)
    host.close(opened)


@pytest.mark.parametrize(
    ("pixels", "dpi", "size"),
    [
        ((2480, 3508), (300, 300), (595.2, 841.92)),
        ((1728, 1100), (204, 98), (609.88, 808.16)),
        ((800, 600), None, (600, 450)),
        ((800, 600), (0, 0), (600, 450)),
        ((4032, 3024), (72, 72), (842, 631.5)),
        ((1, 1), None, (36, 36)),
        ((60_000, 60), (150, 150), (14_400, 14.4)),
    ],
)
def test_sizes_of_pages(pixels: tuple[int, int], dpi: tuple[float, float] | None, size: tuple[float, float]) -> None:
    assert page_size(*pixels, *(dpi or (None, None))) == pytest.approx(size, abs=0.1)


def _png(path: Path, width: int, height: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (2_000_000_000, 1), (9000, 9000)])
def test_too_many_pixels_are_refused_before_they_are_decoded(
    width: int, height: int, tmp_path: Path, host: DocumentHost
) -> None:
    path = tmp_path / "bomb.png"
    _png(path, width, height)
    with pytest.raises(DocumentError) as caught:
        host.open(path, Context())
    assert caught.value.code == "image_too_large"


def test_a_picture_that_ends_early_is_shown_as_far_as_it_goes(tmp_path: Path, host: DocumentHost) -> None:
    whole = tmp_path / "whole.jpg"
    Image.effect_noise((600, 800), 90).convert("RGB").save(whole, "JPEG")
    data = whole.read_bytes()
    path = tmp_path / "half.jpg"
    path.write_bytes(data[: len(data) // 2])
    opened = host.open(path, Context())
    image = host.render(opened, 1, 1.0).result(30)
    rows = [len(set(image.pixels[y * image.width * 3 : (y + 1) * image.width * 3])) for y in (10, image.height - 10)]
    assert rows[0] > 50 > rows[1]
    host.close(opened)
    path.write_bytes(data[:30])
    with pytest.raises(DocumentError) as caught:
        host.open(path, Context())
    assert caught.value.code == "damaged_document"


def test_every_picture_of_the_corpus_is_shown_or_refused(shared: Path, host: DocumentHost) -> None:
    ends: dict[str, str] = {}
    for path in sorted((shared / "corpus" / "image").iterdir()):
        try:
            opened = host.open(path, Context())
        except DocumentError as error:
            ends[path.name] = error.code
        else:
            host.render(opened, 1, 1.0).result(60)
            host.close(opened)
            ends[path.name] = "shown"
    assert set(ends.values()) <= {"shown", *MESSAGES}
    refused = {name for name, end in ends.items() if end != "shown"}
    assert refused == {name for name in ends if "__crash-" in name or "__oom-" in name or "badpalettesize" in name}
