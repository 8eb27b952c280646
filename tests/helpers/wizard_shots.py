"""Takes pictures of every page of the wizard and of the Models window: the real program, a real run.

    python tests/helpers/wizard_shots.py OUT HOME [--theme dark] [--scale 2] [--documents 14]

HOME is the profile: labels are made, and a model is trained, where there are none yet. Run with
QT_QPA_PLATFORM=offscreen. Exits 1 if something does not come within ten minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("--theme", default="light", choices=("light", "dark"))
    parser.add_argument("--scale", default="1")
    parser.add_argument("--documents", type=int, default=14)
    parser.add_argument("--task", default="entities", help="of a profile that has labels for it")
    parser.add_argument("--language", default="")
    args = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = args.scale
    from assistant.engine import Engine
    from assistant.paths import Paths
    from assistant.settings import UI_LANGUAGE
    from helpers.training_profile import label_documents
    from ui.app import Program, make_application

    args.out.mkdir(parents=True, exist_ok=True)
    app = make_application()
    engine = Engine.create(Paths.under(args.home))
    if args.language:
        engine.settings.set(UI_LANGUAGE, args.language)
    files = sorted((args.home / "files").glob("*.txt"))
    if not files:
        files = label_documents(engine, args.home / "files", args.documents)
    program = Program.build(engine, ROOT / "resources")
    program.window.look.theme.set_mode(args.theme)
    try:
        _take(program, app.processEvents, args.out, f"{args.theme}-{args.scale}", files, args.task)
    finally:
        program.shutdown()
    return 0


def _take(program: object, turn: Callable[[], None], out: Path, suffix: str, files: list[Path], task: str) -> None:
    from ui.app import Program

    assert isinstance(program, Program)
    window = program.window
    hub = window.training

    def wait(until: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + 600
        while not until():
            if time.monotonic() > end:
                sys.stderr.write(f"{what} did not come\n")
                raise SystemExit(1)
            turn()
            time.sleep(0.01)

    def rest(seconds: float = 0.4) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            turn()
            time.sleep(0.01)

    def save(widget: object, name: str) -> None:
        rest()
        widget.grab().save(str(out / f"{name}-{suffix}.png"))  # type: ignore[attr-defined]

    window.resize(1440, 900)
    window.show()
    window.open_paths(files[:1])
    view = window.view
    assert view is not None
    wait(lambda: view.session.analysis_seconds is not None, "the analysis")
    hub.open_wizard()
    wizard = hub.wizard
    assert wizard is not None
    wizard.resize(1080, 800)
    model = wizard.model
    wait(lambda: bool(model.state.goals), "the goals")
    next(card for name, card in wizard.goal.cards.items() if name == task).click()
    wait(lambda: model.state.goal is not None and not model.is_busy, "the goal")
    save(wizard, "1-goal")
    wizard.primary.click()
    wait(lambda: model.state.data is not None and not model.is_busy, "the data")
    save(wizard, "2-data")
    wizard.primary.click()
    wait(lambda: model.state.step == "method", "the method")
    save(wizard, "3-method")
    wizard.method.advanced_button.click()
    rest(0.2)
    bar = wizard.method.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    save(wizard, "3-method-advanced")
    done = [run for run in hub.training.runs.values() if run.status == "finished" and run.task == task]
    wizard.primary.click()
    wait(lambda: model.state.run is not None and model.state.step == "train", "the run")
    wait(
        lambda: model.state.run is None or len(model.state.run.curve) > 12 or not model.state.run.unfinished, "a curve"
    )
    save(wizard, "4-train")
    save(window, "4-main-window")
    run = model.state.run
    if done and run is not None:
        hub.training.command(lambda workshop: workshop.cancel(run.id))
        wait(lambda: run.id not in hub.training.runs, "the end of the run")
        hub.open_run(done[0].id)
    else:
        wait(lambda: model.state.run is not None and not model.state.run.unfinished, "the end of the training")
        save(wizard, "4-trained")
        wait(wizard.primary.isEnabled, "the way on")
        wizard.primary.click()
    wizard = hub.wizard
    assert wizard is not None
    wizard.resize(1080, 800)
    model = wizard.model
    wait(lambda: model.state.result is not None and wizard.result.curves.chart is not None, "the result")
    save(wizard, "5-result")
    wizard.primary.click()
    wait(lambda: model.state.step == "publish" and not model.is_busy, "publishing")
    save(wizard, "6-publish")
    if model.state.publish is not None and not model.state.publish.active and not model.state.publish.worse:
        wizard.primary.click()
        wait(lambda: model.state.publish is not None and model.state.publish.active, "the active model")
        save(wizard, "6-published")
    wizard.close()
    hub.open_models()
    models = hub.models
    assert models is not None
    models.resize(1080, 800)
    wait(lambda: bool(models.versions), "the models")
    save(models, "7-models")


if __name__ == "__main__":
    raise SystemExit(main())
