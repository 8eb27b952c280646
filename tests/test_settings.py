from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

import pytest

from assistant import log
from assistant.errors import DocumentError, UserError
from assistant.paths import Paths
from assistant.settings import (
    CACHE_MEGABYTES,
    KEEP_FINDINGS,
    SETTINGS,
    THEME,
    THREADS,
    UI_LANGUAGE,
    Settings,
    Value,
)
from helpers.processes import python


def test_defaults_need_no_file_and_make_none(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data" / "settings.json")
    assert settings.get(THEME) == "system"
    assert not (tmp_path / "data").exists()


def test_a_change_is_on_disk_before_set_returns_and_only_differences_are(tmp_path: Path) -> None:
    path = tmp_path / "data" / "settings.json"
    settings = Settings(path)
    settings.set(THEME, "dark")
    assert json.loads(path.read_text(encoding="utf-8")) == {"appearance.theme": "dark"}
    assert Settings(path).get(THEME) == "dark"
    settings.reset(THEME)
    assert json.loads(path.read_text(encoding="utf-8")) == {}
    assert [file.name for file in path.parent.iterdir()] == ["settings.json"]


def test_keys_of_other_versions_and_of_other_processes_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"future.key": [1, 2], "appearance.theme": "light"}', encoding="utf-8")
    settings = Settings(path)
    other = Settings(path)
    other.set(THREADS, 3)
    settings.set(KEEP_FINDINGS, False)
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "future.key": [1, 2],
        "appearance.theme": "light",
        "models.threads": 3,
        "storage.keep_findings": False,
    }


@pytest.mark.parametrize("content", [b"{half", b"[1, 2]", b"\xff\xfe\x00", b"", b"[" * 100_000])
def test_a_damaged_file_is_set_aside_and_nothing_of_it_is_lost(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    for time in (1, 2):
        path.write_bytes(content)
        told: list[Path] = []
        settings = Settings(path, told.append)
        assert settings.get(THEME) == "system"
        settings.set(THEME, "dark")
        assert [copy.read_bytes() for copy in told] == [content]
        assert len(list(tmp_path.glob("settings.damaged-*.json"))) == time
        assert Settings(path).get(THEME) == "dark"


def test_values_that_do_not_fit_are_refused_and_stored_ones_ignored(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"appearance.theme": "pink", "models.threads": true, "storage.cache_megabytes": 1}')
    settings = Settings(path)
    assert settings.get(THEME) == "system"
    assert settings.get(THREADS) == 0
    assert settings.get(CACHE_MEGABYTES) == 512
    for setting, value in ((THEME, "pink"), (THREADS, True), (THREADS, -1), (THREADS, "2"), (KEEP_FINDINGS, 1)):
        with pytest.raises(ValueError, match=setting.key):
            settings.set(setting.key, value)
    with pytest.raises(KeyError):
        settings.get("no.such.key")


def test_subscribers_hear_changes_until_they_leave(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    heard: list[Value] = []
    leave = settings.subscribe(THEME, heard.append)
    settings.set(THEME, "dark")
    settings.set(THEME, "dark")
    settings.set(UI_LANGUAGE, "zh")
    settings.set("appearance.theme", "light")
    leave()
    settings.set(THEME, "system")
    assert heard == ["dark", "light"]


def test_threads_that_set_together_lose_nothing(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    rows = [("models.threads", 5), ("storage.recent_files", 7), ("storage.cache_megabytes", 99), (THEME.key, "dark")]
    threads = [threading.Thread(target=settings.set, args=row) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads((tmp_path / "settings.json").read_text()) == dict(rows)


def test_a_place_that_cannot_be_written_gives_a_sentence_and_keeps_the_old_value(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file in the place of the folder")
    settings = Settings(tmp_path / "data" / "settings.json")
    with pytest.raises(UserError, match="cannot write"):
        settings.set(THEME, "dark")
    assert settings.get(THEME) == "system"


_KILLED = """
import sys, threading, os, signal
from pathlib import Path
from assistant.settings import Settings
settings = Settings(Path(sys.argv[1]))
real = os.fsync
def fsync(handle):
    real(handle)
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
settings.set("appearance.theme", "dark")
os.fsync = fsync
settings.set("appearance.theme", "light")
"""


def test_a_process_killed_while_it_writes_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    done = python(_KILLED, path, home=tmp_path)
    assert done.returncode != 0
    assert done.stderr == ""
    assert Settings(path).get(THEME) == "dark"


def test_the_table_can_be_shown() -> None:
    assert len({setting.key for setting in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.check(setting.default) == setting.default
        if not setting.hidden:
            assert setting.title
            assert setting.help.endswith(".")


# --- the log --------------------------------------------------------------------------------------------------


def _configured(paths: Paths, verbose: bool = False) -> str:
    log.configure(paths, verbose)
    return (paths.log / "docent.log").as_posix()


def test_the_log_says_what_failed_but_quotes_no_document(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    _configured(paths, verbose=True)
    logger = logging.getLogger("assistant.somewhere")
    try:
        try:
            {}["Confidential words of the document"]
        except KeyError as error:
            raise DocumentError("damaged_document", path="secret.pdf") from error
    except DocumentError:
        logger.error("reading failed", exc_info=True)
    logger.info("done")
    written = (paths.log / "docent.log").read_text(encoding="utf-8")
    assert "reading failed" in written
    assert "test_settings.py" in written
    assert "KeyError" in written
    assert "DocumentError: damaged_document" in written
    assert written.index("KeyError") < written.index("DocumentError: damaged_document")
    assert "Confidential" not in written
    assert capsys.readouterr().err.count("reading failed") == 1
    log.configure(paths)


def test_the_log_turns_over_and_stays_small(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_MAX_BYTES", 20_000)
    _configured(paths)
    logger = logging.getLogger("assistant.somewhere")
    for number in range(1_000):
        logger.info("line %d of many that fill the file to its limit and beyond", number)
    files = sorted(paths.log.iterdir())
    assert [file.name for file in files] == ["docent.log", "docent.log.1", "docent.log.2", "docent.log.3"]
    assert all(file.stat().st_size <= 20_000 for file in files)
    log.configure(paths)


def test_without_a_log_folder_the_program_goes_on(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"")
    log.configure(Paths.under(tmp_path))
    logging.getLogger("assistant.somewhere").error("nowhere to go")
    log.configure(Paths.under(tmp_path / "other"))
