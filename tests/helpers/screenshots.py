"""Takes the README's pictures: the real window with the real models on the bundled services agreement.

    python tests/helpers/screenshots.py [OUT]        (default: resources/screenshots)

Run with QT_QPA_PLATFORM=offscreen where nobody shall see it. Exits 1 if something does not come within four minutes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from assistant.engine import Engine  # noqa: E402
from assistant.paths import Paths  # noqa: E402
from ui.app import Program, make_application  # noqa: E402

_SIZE = (1440, 900)
_PAGE = 4
_LIMIT = 240.0
_QUESTIONS = (
    "Who may approve travel?",
    "Which law governs this Agreement?",
    "What is the interest on overdue amounts?",
)


def main() -> int:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "resources" / "screenshots"
    out.mkdir(parents=True, exist_ok=True)
    app = make_application()
    with tempfile.TemporaryDirectory() as home:
        program = Program.build(Engine.create(Paths.under(Path(home))), ROOT / "resources")
        try:
            _take(program, app.processEvents, out)
        finally:
            program.shutdown()
    return 0


def _take(program: Program, turn: Callable[[], None], out: Path) -> None:
    window = program.window

    def wait(until: Callable[[], bool]) -> None:
        end = time.monotonic() + _LIMIT
        while not until():
            if time.monotonic() > end:
                raise SystemExit(1)
            turn()
            time.sleep(0.01)

    def save(name: str) -> None:
        if handle is not None:
            # The pointer lies over no button.
            QTest.mouseMove(handle, QPoint(_SIZE[0] // 2, _SIZE[1] - 2))
        wait(lambda: view.pages.is_settled and view.pages.layers.flash_opacity == 0)
        # A smaller file for a difference that nobody sees: 128 steps a colour, and the strongest compression.
        image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        pixels = np.frombuffer(image.bits(), np.uint8)
        coarse = (pixels & 0xFE) | (pixels >> 7)
        size = (image.width(), image.height(), image.bytesPerLine())
        QImage(coarse.data, *size, QImage.Format.Format_RGB888).save(str(out / f"{name}.png"), "PNG", 0)

    window.resize(*_SIZE)
    window.show()
    turn()
    handle = window.windowHandle()
    if handle is not None:
        QTest.mouseMove(handle, QPoint(_SIZE[0] // 2, _SIZE[1] - 1))
    if window.look.theme.is_dark:
        window.actions_table["theme"].trigger()
    window.open_paths([ROOT / "resources" / "samples" / "services-agreement.pdf"])
    view = window.view
    if view is None:
        raise SystemExit(1)
    wait(lambda: view.session.analysis_seconds is not None)
    found, summary = view.session.entities, view.session.summary
    if found is None or summary is None:
        raise SystemExit(1)
    sentence = next((each for each in summary.sentences if each.page == _PAGE), None)
    if sentence is not None:
        view.summary.set_current(sentence.span)
    view.pages.go_to_page(_PAGE)
    mention = next(each for each in found.mentions if each.page == _PAGE and each.label == "ORGANIZATION")
    view.pages.layers.current_mention = mention.span
    view.entities.set_current(mention)
    view.pages.refresh()
    save("reading-light")
    window.actions_table["labelling"].trigger()
    view.labels.run(lambda labels: labels.create_type("entity", "Clause no.", "work"))
    view.labelling.accept_all([each for each in view.labels.state.suggestions if each.page <= _PAGE][2:-1])
    wait(lambda: not view.labels.is_busy)
    view.labelling.set_target(view.labelling.target_at(mention.span))
    view.entities.set_current(mention)
    view.pages.go_to_page(_PAGE)
    save("labelling-light")
    window.actions_table["labelling"].trigger()
    view.pages.layers.current_mention = mention.span
    view.right_switch.set_current("ask")
    for question in _QUESTIONS:
        view.ask_question(question)
        wait(lambda: not view.ask.is_busy)
    window.actions_table["theme"].trigger()
    save("asking-dark")


if __name__ == "__main__":
    raise SystemExit(main())
