"""Pictures of what is done with results: thread, reasons, companions, sections. The real window and models.

    python tests/helpers/result_shots.py OUT [FILE] [LANGUAGE] [dark]

Run with QT_QPA_PLATFORM=offscreen (QT_SCALE_FACTOR=2 for 200 %). Exits 1 if a state does not come in four minutes.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from assistant.engine import Engine  # noqa: E402
from assistant.paths import Paths  # noqa: E402
from assistant.settings import UI_LANGUAGE  # noqa: E402
from ui.app import Program, make_application  # noqa: E402

_SIZE = (1440, 900)
_LIMIT = 240.0
_QUESTIONS = {
    "en": ("Which law governs the agreement?", "Who is the managing director?", "What colour is the moon?"),
    "zh": ("合同总价是多少？", "月亮是什么颜色？"),
}


def main() -> int:
    out = Path(sys.argv[1])
    file = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "resources" / "samples" / "services-agreement.pdf"
    language = sys.argv[3] if len(sys.argv) > 3 else "en"
    out.mkdir(parents=True, exist_ok=True)
    app = make_application()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(os.environ.get("DOCENT_HOME", temporary))
        engine = Engine.create(Paths.under(home))
        engine.settings.set(UI_LANGUAGE, language)
        program = Program.build(engine, ROOT / "resources")
        try:
            _take(program, app.processEvents, out, file, dark="dark" in sys.argv)
        finally:
            program.shutdown()
    return 0


def _take(program: Program, turn: Callable[[], None], out: Path, file: Path, *, dark: bool) -> None:
    window = program.window

    def wait(until: Callable[[], bool]) -> None:
        end = time.monotonic() + _LIMIT
        while not until():
            if time.monotonic() > end:
                raise SystemExit(1)
            turn()
            time.sleep(0.01)

    def save(name: str, popup: QWidget | None = None) -> None:
        wait(lambda: view.pages.is_settled)
        for _ in range(20):
            # Layouts of what was just filled.
            turn()
        picture = window.grab()
        if popup is not None:
            painter = QPainter(picture)
            painter.drawPixmap(window.mapFromGlobal(popup.mapToGlobal(QPoint(0, 0))), popup.grab())
            painter.end()
        picture.save(str(out / f"{name}.png"))

    window.resize(*_SIZE)
    window.show()
    turn()
    handle = window.windowHandle()
    if handle is not None:
        QTest.mouseMove(handle, QPoint(_SIZE[0] // 2, _SIZE[1] - 1))
    if window.look.theme.is_dark != dark:
        window.actions_table["theme"].trigger()
    window.open_paths([file])
    view = window.view
    if view is None:
        raise SystemExit(1)
    wait(lambda: view.session.analysis_seconds is not None)
    document = view.session.document
    if document is None:
        raise SystemExit(1)
    view.right_switch.set_current("ask")
    for question in _QUESTIONS.get(document.language, _QUESTIONS["en"]):
        view.ask_question(question)
        wait(lambda: not view.ask.is_busy)
    first = view.ask.cards[0]
    picture = first.picture
    if picture is not None:
        wait(lambda: picture.has_picture)
    view.ask.column.ensureWidgetVisible(first, 0, 500)
    save("1-thread")
    answer = first.answers.answer if first.answers is not None else None
    if answer is not None:
        view.ask.wanted.emit(first, "similar", answer)
        wait(lambda: first._similar is not None)
        save("2-similar")
        view.ask.wanted.emit(first, "why", answer)
        wait(view.insights.explain.sentence.isVisible)
        save("3-why-answer", view.insights.explain)
        view.insights.explain.close()
    shown = view.arranging.shown
    if shown is None:
        raise SystemExit(1)
    entity = max((e for e in shown.entities if e.label in ("PERSON", "ORGANIZATION")), key=lambda e: len(e.mentions))
    index = view.entities.model.index_of((entity.label, entity.name))
    row = view.entities.view.visualRect(index)
    place = QRect(view.entities.view.viewport().mapToGlobal(row.topLeft()), row.size())
    view.arranging.show_companions(entity, place)
    wait(view.arranging.companions.isVisible)
    save("4-companions", view.arranging.companions)
    view.arranging.companions.close()
    view.insights.explain_mention(entity.mentions[0], place)
    wait(view.insights.explain.sentence.isVisible)
    save("5-why-entity", view.insights.explain)
    view.insights.explain.close()
    menu = view.arranging.tools_menu(view.entities.tools)
    menu.popup(view.entities.tools.mapToGlobal(QPoint(0, 32)))
    turn()
    save("6-tools", menu)
    menu.close()
    view.arranging.set_grouping(by_person=True)
    wait(lambda: view.entities.model.index(0, 0).data() != "" and view.entities.model._people is not None)
    others = [e for e in shown.entities if e.label == entity.label and e is not entity]
    if others:
        view.arranging.merge(entity, others[0])
        wait(view.entities.changes.isVisible)
    view.right_switch.set_current("summary")
    view.summary.set_by_section(True)
    wait(lambda: bool(view.summary.sections))
    save("7-by-person-and-sections")
    view.right_switch.set_current("type")
    save("8-type")


if __name__ == "__main__":
    raise SystemExit(main())
