"""``docent open`` and ``docent install-desktop``: the program as part of a desktop."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from pathlib import Path
from typing import Any

from assistant.cli_session import EXIT_OK
from assistant.errors import UserError
from assistant.paths import Paths, bundled


def add_parsers(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add both to ``commands`` of the program's parser."""
    command = commands.add_parser("open", parents=[common], help="open documents in the window")
    command.add_argument("files", metavar="FILE", nargs="*")
    command.add_argument("--self-test", metavar="DIR", type=Path, help="drive the window, save pictures to DIR, exit")
    command.set_defaults(run=_open, json=False)

    command = commands.add_parser(
        "install-desktop",
        parents=[common],
        help="add Docent to the menu and to *Open with* of the file manager (Linux)",
    )
    command.add_argument("--remove", action="store_true", help="take it away again")
    command.set_defaults(run=_install_desktop, json=False)


def _open(options: argparse.Namespace) -> int:
    """Open files in the window of this profile: the one that is there, or a new one."""
    try:
        importlib.import_module("PySide6")
    except ImportError as error:
        raise UserError("window_missing") from error
    _ensure_display(options.self_test)
    files = [Path(name).expanduser().absolute() for name in options.files]
    # By name, as the engine's package does not know the window's.
    instance = importlib.import_module("ui.instance")
    profile = str(Paths.default().data.absolute())
    # A self-test has a window to itself.
    if options.self_test is None and instance.hand_over(profile, files):
        return EXIT_OK
    # What is loaded is there to stay; the window takes the collection over (ui.models.garbage).
    gc.disable()
    from assistant.engine import Engine

    app = importlib.import_module("ui.app")
    with Engine.create() as engine:
        return int(app.run(engine, files, options.self_test, bundled("resources"), profile))


def _install_desktop(options: argparse.Namespace) -> int:
    from assistant import desktop

    for path in desktop.remove() if options.remove else desktop.install(bundled("resources") / "desktop"):
        sys.stdout.write(f"{path}\n")
    return EXIT_OK


def _ensure_display(self_test: Path | None) -> None:
    """Qt ends the whole process where there is no display; say it instead. A self-test needs none."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return
    if self_test is None:
        raise UserError("window_failed", why="there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
