"""The list of files when its database is damaged: while the program runs, and with a rescue that is cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import UserError
from assistant.store.documents import DocumentStore


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    store = DocumentStore(tmp_path / "reader.db")
    for number in range(300):
        store.opened(Path(f"/tmp/file {number}.pdf"), f"{number:064}", f"Title {number} " + "x" * 80, "pdf", 3, 1000)
    store.close()
    return store


def _break(path: Path) -> bytes:
    data = bytearray(path.read_bytes())
    page = len(data) // 2 // 4096 * 4096
    data[page : page + 4096] = b"\x5a" * 4096
    path.write_bytes(data)
    return bytes(data)


def test_damage_that_comes_while_the_program_runs_is_said_and_repaired(store: DocumentStore, tmp_path: Path) -> None:
    _break(tmp_path / "reader.db")
    with pytest.raises(UserError) as caught:
        store.recent()
    assert caught.value.code == "database_damaged"
    assert len(store.recent()) > 100
    store.opened(Path("/tmp/new.pdf"), "f" * 64, "New", "pdf", 1, 1000)
    assert store.recent()[0].title == "New"


def test_a_list_that_cannot_be_taken_over_stays_as_it_was(
    store: DocumentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "reader.db"
    before = _break(path)
    again = DocumentStore(path)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as no_room:
        no_room.setattr("assistant.store.documents.take_rows", full)
        with pytest.raises((OSError, UserError)):
            again.recent()
    assert path.read_bytes() == before
    assert len(again.recent()) > 100
    assert not (tmp_path / "reader.rescue").exists()
