"""The card of an entity, the switch, and every panel in every state: names for screen readers, both themes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QSlider, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from helpers import ui_data as data
from helpers import ui_scenes
from ui.views.entity_card import EntityCard, source_text
from ui.views.widgets import Look, SegmentedSwitch


def _shown(qtbot: QtBot, widget: QWidget, width: int = 376, height: int = 700) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    qtbot.waitExposed(widget)


# --- entity card ----------------------------------------------------------------------------------------


def test_entity_card_goes_through_the_mentions(qtbot: QtBot, look: Look) -> None:
    card = EntityCard(look)
    qtbot.addWidget(card)
    found = data.entities().entities[0]
    card.set_mention(found, found.mentions[1])
    assert card.number == 2
    assert card.position.text() == "2 of 14"
    assert card.score.text() == "certain · 0.97"
    assert card.kind.text() == "Organization"
    with qtbot.waitSignal(card.mention_activated) as heard:
        qtbot.keyClick(card, Qt.Key.Key_Right)
    assert heard.args == [found.mentions[2], 3, 14]
    for _ in range(3):
        qtbot.mouseClick(card.previous, Qt.MouseButton.LeftButton)
    assert card.number == 14
    single = data.entities().entities[2]
    card.set_mention(single, single.mentions[0])
    assert not card.next.isEnabled()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("model:entities@1", "found by the model entities, version 1"),
        ("rule:iban", "found by the rule for iban"),
        ("document", "named like another mention in this document"),
        ("user", "marked by you"),
        ("other", "other"),
    ],
)
def test_sources_in_words(source: str, words: str) -> None:
    assert source_text(source) == words


# --- all of them ----------------------------------------------------------------------------------------


@pytest.fixture(params=sorted(ui_scenes.SCENES))
def scene(request: pytest.FixtureRequest, qtbot: QtBot, look: Look) -> Iterator[QWidget]:
    widget = ui_scenes.SCENES[request.param](look)
    qtbot.addWidget(widget)
    widget.show()
    yield widget
    ui_scenes.close()


def test_every_state_is_named_reachable_and_themed(scene: QWidget, look: Look, qtbot: QtBot) -> None:
    for control in scene.findChildren(QWidget):
        if not control.isVisible() or not isinstance(control, QAbstractButton | QLineEdit | QSlider):
            continue
        where = f"{type(control).__name__} {control.objectName()!r} in {type(control.parentWidget()).__name__}"
        assert control.accessibleName(), where
        assert control.toolTip(), where
        in_a_group = isinstance(control, QToolButton) and control.isCheckable() and not control.isChecked()
        if control.isEnabled() and not in_a_group:
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, where
    light = scene.grab().toImage()
    look.theme.set_mode("dark")
    dark = scene.grab().toImage()
    look.theme.set_mode("light")
    assert _brightness(dark) < 90 < 140 < _brightness(light)


def _brightness(image: QImage) -> float:
    small = image.scaled(40, 40, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    values = [
        small.pixelColor(x, y).lightness() for x in range(40) for y in range(40) if small.pixelColor(x, y).alpha()
    ]
    return sum(values) / len(values)


def test_segmented_switch_by_keys(qtbot: QtBot, look: Look) -> None:
    switch = SegmentedSwitch(look, "Panel")
    _shown(qtbot, switch, 300, 32)
    for key in ("pages", "outline", "entities"):
        switch.add(key, key.capitalize())
    heard: list[str] = []
    switch.changed.connect(heard.append)
    qtbot.keyClick(switch.button("pages"), Qt.Key.Key_Left)
    qtbot.keyClick(switch.button("entities"), Qt.Key.Key_Right)
    switch.set_current("outline")
    qtbot.mouseClick(switch.button("entities"), Qt.MouseButton.LeftButton)
    assert heard == ["entities", "pages", "outline", "entities"]
    reachable = [key for key in ("pages", "outline", "entities") if switch.button(key).focusPolicy()]
    assert reachable == ["entities"]
