"""What a start of the window loads before it can be seen: nothing heavy."""

from __future__ import annotations

from pathlib import Path

from helpers.processes import python

_HEAVY = ("torch", "transformers", "optimum", "onnxruntime", "tokenizers", "pandas", "matplotlib", "pyqtgraph", "scipy")
_LATER = ("PySide6.QtPrintSupport", "PySide6.QtTest", "ui.self_test", "ui.wizard.window")
"""Parts of the window that few starts come to."""

_START = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QEvent, QObject, QTimer
from assistant.engine import Engine
from assistant.paths import Paths
from ui.app import Program, make_application
app = make_application()
program = Program.build(Engine.create(Paths.default()), Path("resources").absolute())
window = program.window
class Paints(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            print("LOADED " + ",".join(sorted(sys.modules)), flush=True)
            QTimer.singleShot(0, app.quit)
        return False
paints = Paints()
window.start_page.installEventFilter(paints)
window.show()
app.exec()
program.shutdown()
"""


def test_nothing_heavy_is_loaded_before_the_first_paint(tmp_path: Path) -> None:
    done = python(_START, home=tmp_path, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.partition("LOADED ")[2].split()[0].split(","))
    assert "PySide6" in loaded
    assert {*_HEAVY, *_LATER} & loaded == set()
