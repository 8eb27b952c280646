"""The document process: priorities, limits, death and restart, and nothing left behind."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import threading
from multiprocessing import shared_memory
from pathlib import Path

import psutil
import pymupdf
import pytest

from assistant.documents.host import DocumentHost
from assistant.documents.limits import Limits
from assistant.documents.opened import Fit, OpenDocument
from assistant.errors import Cancelled, DocumentError, PasswordRequired
from assistant.jobs import Context, Progress
from helpers.pdfs import make_pdf, prose


def _many_pages(path: Path, count: int = 300) -> Path:
    lines = [f"Line {number} of a page of a long document that takes a while to read." for number in range(45)]
    return make_pdf(path, [prose([f"Page {page}", *lines], y=60) for page in range(count)])


def _slow_page(path: Path) -> Path:
    """The second page paints so many large transparent shapes that it takes far longer than any limit here."""
    document = pymupdf.open()
    for number in range(3):
        document.new_page().insert_text((72, 72), f"This is page {number + 1}.")
    page = document[1]
    shape = "q 0.5 w 0 0 m " + " ".join(f"{n % 590} {n * 7 % 840} l" for n in range(4000)) + " f* Q\n"
    xref = page.get_contents()[0]
    document.update_stream(xref, document.xref_stream(xref) + shape.encode() * 100)
    document.save(path, deflate=True)
    return path


def test_pages_can_be_seen_before_and_while_the_text_is_read(tmp_path: Path) -> None:
    host = DocumentHost()
    opened = host.open(_many_pages(tmp_path / "long.pdf"), Context())
    rendered_during_reading = threading.Event()
    seen: list[Progress] = []

    def progress(step: Progress) -> None:
        seen.append(step)
        if len(seen) == 3:
            host.render(opened, 200, 0.5).add_done_callback(lambda _: rendered_during_reading.set())
        if step.done < step.total and rendered_during_reading.is_set():
            order.append("still reading")

    order: list[str] = []
    image = host.render(opened, 1, 2.0).result(30)
    assert (image.width, image.height) == (1190, 1684)
    assert len(image.pixels) == 1190 * 1684 * 4
    assert bytes(image.pixels).count(b"\0\0\0\xff") > 100, "there is black text on it"
    part = host.render(opened, 1, 2.0, clip=(0, 0, 100, 50)).result(30)
    assert (part.width, part.height) == (200, 100)
    document = host.read(opened, Context(progress))
    assert order, "the picture came before the text was through"
    assert len(document.pages) == 300
    assert [step.done for step in seen] == sorted(step.done for step in seen)
    text = host.page_text(opened, 5).result(30)
    offset = document.text.index("Page 4", document.pages[4].span.start)
    box = text.boxes[list(text.offsets).index(offset)]
    assert text.offset_at(float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2) == offset
    host.shutdown()


def test_the_first_page_can_be_seen_before_all_sizes_are_known(tmp_path: Path) -> None:
    document = pymupdf.open(_many_pages(tmp_path / "long.pdf", 60))
    document[40].set_mediabox(pymupdf.Rect(0, 0, 300, 400))
    document.set_toc([[1, "Start", 1], [1, "The small page", 41]])
    document.save(tmp_path / "sizes.pdf")
    host = DocumentHost()
    early: list[OpenDocument] = []
    pictures: list[int] = []

    def shown(partial: object) -> None:
        assert isinstance(partial, OpenDocument)
        early.append(partial)
        pictures.append(host.render(partial, 1, 0.5).result(30).width)

    opened = host.open(tmp_path / "sizes.pdf", Context(on_partial=shown))
    assert pictures == [298]
    assert (early[0].id, early[0].sha256, len(early[0].page_sizes)) == (opened.id, opened.sha256, 60)
    assert opened.page_sizes[40] == (300, 400)
    assert opened.page_sizes[0] == opened.page_sizes[59] == early[0].page_sizes[59]
    assert [item.title for item in opened.outline] == ["Start", "The small page"]
    with pytest.raises(Cancelled):
        host.open(tmp_path / "sizes.pdf", Context(on_partial=lambda partial: host.close(_open_document(partial))))
    host.shutdown()


def _open_document(partial: object) -> OpenDocument:
    assert isinstance(partial, OpenDocument)
    return partial


def test_a_new_file_is_shown_before_its_bytes_are_hashed(tmp_path: Path) -> None:
    path = _many_pages(tmp_path / "long.pdf", 20)
    host = DocumentHost()
    early: list[OpenDocument] = []
    begun = host.begin(path, Fit(1000.0, 1e9, 0.1, 10.0, 4_000_000))
    context = Context(on_partial=lambda partial: early.append(_open_document(partial)))
    opened = host.open(path, context, begun=begun)
    assert [each.sha256 for each in early] == [""]
    assert opened.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    host.shutdown()


def test_glyphs_asked_for_early_wait_for_the_text(tmp_path: Path) -> None:
    host = DocumentHost()
    opened = host.open(make_pdf(tmp_path / "a.pdf", [prose(["Hello there"])]), Context())
    early = host.page_text(opened, 1)
    assert not early.done()
    host.read(opened, Context())
    assert len(early.result(30).offsets) == len("Hello there")
    second = host.open(tmp_path / "a.pdf", Context())
    never = host.page_text(second, 1)
    host.close(second)
    assert never.cancelled()
    host.shutdown()


def test_killed_while_reading_it_starts_again_and_reads_on(tmp_path: Path) -> None:
    restarts: list[str] = []
    host = DocumentHost(restarts.append)
    opened = host.open(_many_pages(tmp_path / "long.pdf", 120), Context())
    expected = host.read(opened, Context()).text
    killed: list[int] = []

    def kill_once(step: Progress) -> None:
        if step.done > 20 and not killed and host.process_id is not None:
            killed.append(host.process_id)
            psutil.Process(host.process_id).kill()

    document = host.read(opened, Context(kill_once))
    assert killed
    assert host.process_id not in killed
    assert document.text == expected
    assert all(page.problem is None for page in document.pages)
    assert restarts == ["document_process_restarted"]
    assert host.render(opened, 3, 0.3).result(30).width == 179
    host.shutdown()


def test_killed_while_rendering_the_picture_still_comes(tmp_path: Path) -> None:
    host = DocumentHost(limits=Limits(render_seconds=120))
    path = _slow_page(tmp_path / "slow.pdf")
    opened = host.open(path, Context())
    fine = make_pdf(tmp_path / "fine.pdf", [prose(["A locked page"])])
    locked = pymupdf.open(fine)
    locked.save(tmp_path / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="geheim", owner_pw="other")
    protected = host.open(tmp_path / "locked.pdf", Context(), "geheim")
    slow = host.render(opened, 2, 4.0)
    queued = host.render(protected, 1, 1.0, priority=1)
    for _ in range(2):
        first = host.process_id
        assert first is not None
        _wait_until(slow.running)
        process = psutil.Process(first)
        process.kill()
        _wait_until(lambda first=first: host.process_id not in (first, None))  # type: ignore[misc]
    with pytest.raises(DocumentError) as failure:
        slow.result(60)
    assert failure.value.code == "page_failed"
    assert queued.result(60).width == 595, "its password is remembered"
    host.shutdown()


def _wait_until(condition: object, seconds: float = 30) -> None:
    tick = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if condition():  # type: ignore[operator]
            return
        tick.wait(0.02)
    raise AssertionError("it did not happen")


def test_a_page_over_its_time_is_given_up_and_the_others_go_on(tmp_path: Path) -> None:
    host = DocumentHost(limits=Limits(render_seconds=1.0))
    opened = host.open(_slow_page(tmp_path / "slow.pdf"), Context())
    slow = host.render(opened, 2, 4.0)
    fine = host.render(opened, 3, 0.5, priority=1)
    with pytest.raises(DocumentError) as failure:
        slow.result(90)
    assert failure.value.code == "page_timeout"
    assert fine.result(60).page == 3
    host.shutdown()


def test_the_page_that_takes_too_long_to_read_is_known_and_left_out(tmp_path: Path) -> None:
    document = pymupdf.open()
    for number in range(12):
        document.new_page().insert_text((72, 72), f"This is page {number + 1}.")
    xref = document[7].get_contents()[0]
    words = b"BT /helv 1 Tf 72 90 Td " + (b"(" + b"x" * 1000 + b") Tj\n") * 40_000 + b"ET\n"
    document.update_stream(xref, document.xref_stream(xref) + words)
    document.save(tmp_path / "long.pdf", deflate=True)
    restarts: list[str] = []
    host = DocumentHost(restarts.append, limits=Limits(page_seconds=1.0))
    read = host.read(host.open(tmp_path / "long.pdf", Context()), Context())
    assert [page.problem for page in read.pages] == [None] * 7 + ["page_timeout"] + [None] * 4
    assert [f"This is page {number}." in read.text for number in range(1, 13)] == [True] * 7 + [False] + [True] * 4
    assert len(restarts) == 1, "it is not tried again"
    host.shutdown()


def test_too_much_memory_stops_the_process_not_the_program(tmp_path: Path) -> None:
    host = DocumentHost(limits=Limits(memory_mb=1, open_seconds=60))
    path = tmp_path / "big.html"
    path.write_text("<html><body>" + "<p>Many words for one paragraph.</p>" * 60_000, encoding="utf-8")
    with pytest.raises(DocumentError) as failure:
        host.open(path, Context())
    assert failure.value.code == "document_memory"
    host.shutdown()


def test_opening_can_be_cancelled_in_the_middle_of_layout(tmp_path: Path) -> None:
    host = DocumentHost()
    path = tmp_path / "long.txt"
    path.write_text("A paragraph of plain text that is laid out into pages.\n\n" * 40_000, encoding="utf-8")
    context = Context(lambda step: context.cancel() if step.stage == "layout" else None)
    with pytest.raises(Cancelled):
        host.open(path, context)
    small = make_pdf(tmp_path / "small.pdf", [prose(["Short"])])
    assert host.read(host.open(small, Context()), Context()).text == "Short"
    host.shutdown()


def test_passwords(tmp_path: Path) -> None:
    document = pymupdf.open(make_pdf(tmp_path / "open.pdf", [prose(["Secret words"])]))
    path = tmp_path / "locked.pdf"
    document.save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="geheim", owner_pw="other")
    host = DocumentHost()
    for password, code in ((None, "password_required"), ("nein", "password_wrong")):
        with pytest.raises(PasswordRequired) as failure:
            host.open(path, Context(), password)
        assert failure.value.code == code
    assert host.read(host.open(path, Context(), "geheim"), Context()).text == "Secret words"
    host.shutdown()


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    host = DocumentHost()
    opened = host.open(make_pdf(tmp_path / "a.pdf", [prose(["Words"])]), Context())
    host.render(opened, 1, 1.0).result(30)
    segment = host._segment._memory
    assert segment is not None
    name, process = segment.name, psutil.Process(host.process_id)
    process.kill()
    host.shutdown()
    assert not process.is_running()
    with pytest.raises(FileNotFoundError):
        shared_memory.SharedMemory(name)


@pytest.mark.skipif(sys.platform == "win32", reason="by a signal")
def test_the_process_ends_by_itself_where_native_code_hangs() -> None:
    code = "from assistant.documents import child; child._end_after(0.2); sum(range(10**13))"
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], timeout=60, check=False)
    assert done.returncode == -signal.SIGALRM


_ORPHAN = """
import sys
from pathlib import Path
from assistant.documents.host import DocumentHost
from assistant.jobs import Context
host = DocumentHost()
opened = host.open(Path(sys.argv[1]), Context())
host.render(opened, 1, 1.0).result(60)
blocked = [name for name in ("pymupdf", "PySide6", "torch", "onnxruntime") if name in sys.modules]
print(host.process_id, host._segment._memory.name, blocked, flush=True)
sys.stdin.read()
"""


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [prose(["Words"])])
    command = [sys.executable, "-W", "error", "-c", _ORPHAN, str(path)]
    root = Path(__file__).parents[2]
    parent = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root, text=True
    )
    assert parent.stdout is not None
    line = parent.stdout.readline()
    assert line.rstrip().endswith("[]"), "the window's side imports no parser: " + line
    child = psutil.Process(int(line.split()[0]))
    parent.kill()
    _, errors = parent.communicate(timeout=30)
    child.wait(timeout=30)
    assert "Error" not in errors
