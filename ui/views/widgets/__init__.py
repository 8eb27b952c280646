"""The widgets that panels share. Each takes the :class:`~ui.views.widgets.look.Look` that it is drawn with."""

from ui.views.widgets.blocks import (
    Card,
    Column,
    ElidedLabel,
    PaintedButton,
    PopupCard,
    ProgressRow,
    RowButton,
    StateView,
    ThinBar,
    progress_text,
)
from ui.views.widgets.controls import (
    Dot,
    IconButton,
    IconPicture,
    LevelSlider,
    LinkButton,
    PageChip,
    PageLabel,
    PillButton,
    ScoreLabel,
    SegmentedSwitch,
    label,
    page_text,
    score_text,
)
from ui.views.widgets.data_table import Cell, DataTable, Head
from ui.views.widgets.fields import ChoiceField, FieldFrame, SearchField, TickBox
from ui.views.widgets.flow_box import FlowBox
from ui.views.widgets.look import Look
from ui.views.widgets.room import resize_on_screen
from ui.views.widgets.switch import Switch
from ui.views.widgets.text import MARK_PAD, FlowText

__all__ = [
    "MARK_PAD",
    "Card",
    "Cell",
    "ChoiceField",
    "Column",
    "DataTable",
    "Dot",
    "ElidedLabel",
    "FieldFrame",
    "FlowBox",
    "FlowText",
    "Head",
    "IconButton",
    "IconPicture",
    "LevelSlider",
    "LinkButton",
    "Look",
    "PageChip",
    "PageLabel",
    "PaintedButton",
    "PillButton",
    "PopupCard",
    "ProgressRow",
    "RowButton",
    "ScoreLabel",
    "SearchField",
    "SegmentedSwitch",
    "StateView",
    "Switch",
    "ThinBar",
    "TickBox",
    "label",
    "page_text",
    "progress_text",
    "resize_on_screen",
    "score_text",
]
