"""Builds every panel in every state with the data of the look's pictures, and saves pictures of them.

    python tests/helpers/gallery.py OUT [--only NAME] [--scale 1.25] [--theme dark] [--width 376]

Run with QT_QPA_PLATFORM=offscreen. The scale is set through QT_SCALE_FACTOR, so that it must be given on the command
line, not changed in a running program.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--theme", default="light", choices=("light", "dark"))
    parser.add_argument("--scale", default="1")
    parser.add_argument("--width", type=int, default=0)
    args = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = args.scale
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

    root = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(root), str(root / "tests")]
    from helpers import ui_scenes
    from ui.icons import Icons
    from ui.theme import Theme
    from ui.views.widgets import Look

    app = QApplication(sys.argv[:1])
    app.setStyle(QStyleFactory.create("Fusion"))
    theme = Theme(args.theme)
    theme.apply()
    look = Look(theme, Icons(theme))
    args.out.mkdir(parents=True, exist_ok=True)
    scenes: dict[str, Callable[[Look], QWidget]] = ui_scenes.SCENES
    for name, build in scenes.items():
        if args.only and args.only not in name:
            continue
        widget = build(look)
        if args.width and widget.minimumWidth() <= args.width:
            widget.resize(args.width, widget.height())
        widget.show()
        for _ in range(5):
            app.processEvents()
            if (focused := app.focusWidget()) is not None:
                focused.clearFocus()
        widget.grab().save(str(args.out / f"{name}-{args.theme}-{args.scale}.png"))
        widget.close()
        widget.deleteLater()
    ui_scenes.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
