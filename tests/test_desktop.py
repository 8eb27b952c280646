"""``docent install-desktop``: what a Linux desktop needs to show the program, written and taken away."""

from __future__ import annotations

import configparser
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assistant.desktop import _quoted, install
from assistant.paths import bundled
from helpers.processes import docent

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="freedesktop.org's files")


def test_the_menu_has_it_and_loses_it(tmp_path: Path) -> None:
    share = tmp_path / "share with space"
    done = docent("install-desktop", home=tmp_path, XDG_DATA_HOME=str(share))
    assert done.returncode == 0, done.stderr
    files = [Path(line) for line in done.stdout.splitlines()]
    assert len(files) == 3
    assert all(file.is_relative_to(share) and file.stat().st_size for file in files)
    entry = configparser.ConfigParser(interpolation=None, strict=True)
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(share / "applications" / "docent.desktop", encoding="utf-8")
    section = entry["Desktop Entry"]
    program = section["Exec"].split('"')[1]
    assert Path(program).is_file()
    assert section["Exec"].endswith(" open %F")
    assert "application/pdf" in section["MimeType"].split(";")
    ElementTree.parse(share / "mime" / "packages" / "docent.xml")
    ElementTree.parse(share / "icons" / "hicolor" / "scalable" / "apps" / "docent.svg")

    done = docent("install-desktop", "--remove", home=tmp_path, XDG_DATA_HOME=str(share))
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 3
    assert not any(file.exists() for file in files)


def test_a_path_of_strange_letters_is_one_argument() -> None:
    assert _quoted('/opt/a b"$c%') == '"/opt/a b\\\\"\\\\$c%%"'


def test_a_tool_that_is_no_program_is_one_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "update-desktop-database"
    tool.write_bytes(b"\x7fELF")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert len(install(bundled("resources") / "desktop", tmp_path / "share")) == 3
