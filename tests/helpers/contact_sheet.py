"""One picture of the window's main states, and all states in light, dark, Chinese and at 200 %.

    python tests/helpers/contact_sheet.py [OUT]        (default: a folder of its own below the temporary one)

Runs ``docent open FILE --self-test`` for each of :data:`LOOKS`, in a profile of its own, and saves its pictures below
``OUT/NAME``; ``contact-sheet.png`` beside ``OUT``'s folders shows a choice of them. Run with QT_QPA_PLATFORM=offscreen
where nobody shall see it. Exits 1 if a self-test does not end well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "resources" / "samples"


@dataclass(frozen=True, slots=True)
class Look:
    name: str
    file: str
    theme: str
    language: str
    scale: str


LOOKS = (
    Look("light", "services-agreement.pdf", "light", "en", "1"),
    Look("dark", "annual-report.pdf", "dark", "en", "1"),
    Look("chinese", "purchase-contract-zh.pdf", "light", "zh", "1"),
    Look("chinese-dark-200", "purchase-contract-zh.pdf", "dark", "zh", "2"),
)
SHOWN = (
    ("light", "02-analysed"), ("light", "04-answer"), ("light", "10-find"),
    ("dark", "05-type"), ("dark", "13-labelling"), ("light", "19-two-panes"),
    ("chinese", "02-analysed"), ("chinese", "04-answer"), ("chinese-dark-200", "17-notes"),
)  # fmt: skip
_COLUMNS, _WIDTH, _GAP = 3, 640, 12


def take(look: Look, out: Path) -> int:
    """The self-test's exit code; its pictures lie in ``out``."""
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "data"
        config.mkdir()
        values = {"appearance.theme": look.theme, "appearance.language": look.language}
        (config / "settings.json").write_text(json.dumps(values), encoding="utf-8")
        environment = {**os.environ, "DOCENT_HOME": home, "QT_SCALE_FACTOR": look.scale}
        command = [sys.executable, "-m", "assistant", "open", str(SAMPLES / look.file), "--self-test", str(out)]
        return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


def sheet(out: Path) -> QImage:
    """The chosen pictures side by side, in rows."""
    pictures = [QImage(str(out / look / f"{name}.png")) for look, name in SHOWN]
    parts = [each.scaledToWidth(_WIDTH, Qt.TransformationMode.SmoothTransformation) for each in pictures]
    height = max(each.height() for each in parts)
    rows = -(-len(parts) // _COLUMNS)
    size = _COLUMNS * (_WIDTH + _GAP) + _GAP, rows * (height + _GAP) + _GAP
    made = QImage(*size, QImage.Format.Format_RGB32)
    made.fill(0xFFC9CED6)
    painter = QPainter(made)
    for number, part in enumerate(parts):
        left = _GAP + (number % _COLUMNS) * (_WIDTH + _GAP)
        top = _GAP + (number // _COLUMNS) * (height + _GAP)
        painter.drawImage(QRectF(left, top, part.width(), part.height()), part)
    painter.end()
    return made


def main() -> int:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="docent-looks-"))
    failed = [look.name for look in LOOKS if take(look, out / look.name)]
    sheet(out).save(str(out / "contact-sheet.png"))
    sys.stdout.write(f"{out}\n" + "".join(f"failed: {name}\n" for name in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
