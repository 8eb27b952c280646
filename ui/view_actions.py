"""What the actions do that concern nothing but the document in front, or the row of tabs."""

from __future__ import annotations

from collections.abc import Callable

from ui.actions import Actions
from ui.views.document_view import DocumentView
from ui.views.page_geometry import MODES
from ui.views.tab_bar import DocumentTabs

Call = Callable[[DocumentView], object]

_CALLS: dict[str, Call] = {
    "copy": lambda view: view.pages.copy(),
    "copy_quotation": lambda view: view.shown.copy_quotation(),
    "select_all": lambda view: view.pages.select_all(),
    "find": lambda view: view.open_find(),
    "find_next": lambda view: view.find_bar.step(1),
    "find_previous": lambda view: view.find_bar.step(-1),
    "back": lambda view: view.pane.back(),
    "forward": lambda view: view.pane.forward(),
    "zoom_in": lambda view: view.pane.zoom_step(1),
    "zoom_out": lambda view: view.pane.zoom_step(-1),
    "zoom_actual": lambda view: view.pane.set_zoom(1.0),
    "fit_width": lambda view: view.pane.fit_width(),
    "fit_page": lambda view: view.pane.fit_page(),
    "printed": lambda view: view.printed.toggle(),
    "rotate_right": lambda view: view.pane.rotate(90),
    "rotate_left": lambda view: view.pane.rotate(-90),
    "other_pane": lambda view: view.shown.panes.other(),
    "close_pane": lambda view: view.shown.panes.close_pane(),
    "presentation": lambda view: view.shown.present(),
}

_SWITCHES: dict[str, Call] = {
    "mode_continuous": lambda view: view.pane.set_mode("continuous"),
    "mode_single": lambda view: view.pane.set_mode("single"),
    "mode_two": lambda view: view.pane.set_mode("two"),
    "mode_two_cover": lambda view: view.pane.set_mode("two_cover"),
    "split_beside": lambda view: view.shown.toggle_split("beside"),
    "split_below": lambda view: view.shown.toggle_split("below"),
    "caret_mode": lambda view: view.pane.caret.set_active(active=not view.pane.caret.active),
}
"""Their checks say how things are, also where a call changed nothing."""

_PARTS = {"pages": "left", "outline": "left", "entities": "left", "notes": "left", "summary": "right", "type": "right"}


def view_available(view: DocumentView | None, actions: Actions) -> dict[str, bool]:
    """What these actions need; also says how things stand with the printed pages."""
    reason = view.printed.reason() if view is not None else ""
    actions["printed"].setChecked(view is not None and (view.printed.active or view.printed.is_making))
    actions.explain("printed", reason)
    return {
        "selection": view is not None and bool(view.pages.selected_text()),
        "history_back": view is not None and view.pane.history.can_go_back,
        "history_forward": view is not None and view.pane.history.can_go_forward,
        "hits": view is not None and bool(view.find_bar.hits),
        "panes": view is not None and bool(view.shown.panes.split),
        "printed": view is not None and not reason and not view.printed.is_making,
    }


def view_handlers(
    with_view: Callable[[Call], None], show_part: Callable[[str, str], None]
) -> dict[str, Callable[[], None]]:
    """The functions of these actions: ``with_view`` calls with the view in front, ``show_part`` opens a panel."""

    def on_view(call: Call) -> Callable[[], None]:
        return lambda: with_view(call)

    def switch(call: Call) -> Callable[[], None]:
        def run(view: DocumentView) -> None:
            call(view)
            view.state_changed.emit()

        return lambda: with_view(run)

    def part(side: str, key: str) -> Callable[[], None]:
        return lambda: show_part(side, key)

    return {
        **{name: on_view(call) for name, call in _CALLS.items()},
        **{name: switch(call) for name, call in _SWITCHES.items()},
        **{name: part(side, name) for name, side in _PARTS.items()},
    }


def switches(view: DocumentView | None) -> dict[str, bool]:
    """Which of the actions that are switches are on for this document."""
    pane = view.pane if view is not None else None
    mode = pane.arrangement.mode if pane is not None else ""
    split = view.shown.panes.split if view is not None else ""
    return {
        **{f"mode_{each}": each == mode for each in MODES},
        "split_beside": split == "beside",
        "split_below": split == "below",
        "caret_mode": pane is not None and pane.caret.active,
    }


def tab_handlers(tabs: Callable[[], DocumentTabs]) -> dict[str, Callable[[], None]]:
    """The functions of the actions that go along the tabs; ``tabs`` gives the row that is shown now."""

    def step(by: int) -> None:
        row = tabs()
        if row.count():
            row.setCurrentIndex((row.currentIndex() + by) % row.count())

    return {"next_tab": lambda: step(1), "previous_tab": lambda: step(-1)}
