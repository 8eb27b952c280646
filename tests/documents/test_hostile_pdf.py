"""Hostile and damaged PDFs: each is read, read in part or refused with a reason; the process is restarted at most."""

from __future__ import annotations

import random
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from assistant.documents.host import DocumentHost
from assistant.documents.limits import Limits
from assistant.errors import MESSAGES, DocumentError
from assistant.jobs import Context
from helpers import hostile_pdf

LIMITS = Limits(open_seconds=10, page_seconds=1.5, render_seconds=1.5)
"""Shorter than those of the program, so that the test is."""
REFUSALS = {"damaged_document", "no_pages", "document_memory", "document_timeout", "document_process_died"}
SAMPLES = sorted((Path(__file__).parents[2] / "resources" / "samples").glob("*.pdf"))[:3]


@pytest.fixture(scope="module")
def host() -> Iterator[DocumentHost]:
    running = DocumentHost(limits=LIMITS)
    yield running
    running.shutdown()


def _outcome(host: DocumentHost, path: Path) -> tuple[str | None, str]:
    """The code of the refusal, and the text. Whatever else is raised is a failure of the test."""
    try:
        opened = host.open(path, Context())
    except DocumentError as error:
        return error.code, ""
    problem = host.render(opened, 1, 1.0).exception(60)
    assert problem is None or (isinstance(problem, DocumentError) and problem.code in ("page_failed", "page_timeout"))
    document = host.read(opened, Context())
    host.close(opened)
    missing = [page.number for page in document.pages if page.problem is not None]
    told = {notice.code: dict(notice.params) for notice in document.notices}
    assert told.get("pages_missing", {}).get("count", 0) == len(missing)
    return None, document.text


class _Watch(threading.Thread):
    """The most memory that the document process had, in MB."""

    def __init__(self, host: DocumentHost) -> None:
        super().__init__(daemon=True)
        self._host = host
        self._done = threading.Event()
        self.most = 0.0

    def run(self) -> None:
        while not self._done.wait(0.02):
            pid = self._host.process_id
            if pid is not None and psutil.pid_exists(pid):
                try:
                    self.most = max(self.most, psutil.Process(pid).memory_info().rss / 1e6)
                except psutil.NoSuchProcess:
                    continue

    def stop(self) -> float:
        self._done.set()
        self.join()
        return self.most


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", hostile_pdf.MADE)
def test_a_hostile_file_ends_with_text_or_a_reason(name: str, tmp_path: Path, host: DocumentHost) -> None:
    path = tmp_path / "hostile.pdf"
    path.write_bytes(hostile_pdf.MADE[name]())
    watch = _Watch(host)
    watch.start()
    refusal, text = _outcome(host, path)
    # The watch of the process itself looks 20 times a second: what comes on top is what grew in between.
    assert watch.stop() < 1.3 * LIMITS.memory_mb
    assert refusal is None or refusal in REFUSALS & set(MESSAGES)
    if name in hostile_pdf.READABLE:
        assert "Hello" in text


@pytest.mark.timeout(120)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_truncated_and_flipped_copies_are_read_or_refused(sample: Path, tmp_path: Path, host: DocumentHost) -> None:
    whole = sample.read_bytes()
    chance = random.Random(sample.name)
    ended = []
    for number in range(12):
        data = bytearray(whole)
        if number % 2:
            data = data[: chance.randrange(len(data) // 50, len(data))]
        else:
            for _ in range(2**number // 32 + 1):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(data)
        refusal, text = _outcome(host, path)
        assert refusal is None or refusal in REFUSALS
        ended.append(bool(text))
    # MuPDF repairs: most copies still say something.
    assert sum(ended) >= 4


def test_actions_are_not_run_and_nothing_is_fetched(tmp_path: Path, host: DocumentHost) -> None:
    marker = tmp_path / "was-run"
    with socket.create_server(("127.0.0.1", 0)) as server:
        path = tmp_path / "actions.pdf"
        path.write_bytes(hostile_pdf.with_actions(server.getsockname()[1], str(marker)))
        refusal, text = _outcome(host, path)
        assert refusal is None
        assert "Hello world of text" in text
        knocked, _, _ = select.select([server], [], [], 0)
        assert not knocked
    assert not marker.exists()
